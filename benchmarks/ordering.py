"""``python -m benchmarks.ordering``: what an order with its certificate costs.

One run, one process, CPU seconds: orders of 100 items around a planted one, random
weights of 40 items beside the local search alone, random directions of 20 items,
and 50 items beside the same library (HiGHS) with the inequalities of all 3-cycles
at once: as the integer program that one would write down, as this solver with
them, and as the relaxation alone.
"""

from __future__ import annotations

import time
from itertools import combinations
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    Weights = npt.NDArray[np.float64]

_TIME_LIMIT = 60.0


def planted_weights(n: int, seed: int, *, share_reversed: float) -> Weights:
    """Draw weights around an order: most pairs forward, a few backward by little."""
    generator = np.random.Generator(np.random.PCG64(seed))
    is_upper = np.triu(np.ones((n, n), dtype=bool), 1)
    is_reversed = is_upper & (generator.random((n, n)) < share_reversed)
    heavy = np.ceil(np.exp(generator.normal(3, 1.5, (n, n))))
    light = np.ceil(np.exp(generator.normal(1, 0.8, (n, n))))
    planted = np.where(is_upper & ~is_reversed, heavy, 0) + np.where(is_reversed, light, 0).T
    place = generator.permutation(n)
    return planted[place][:, place]


def random_weights(n: int, seed: int) -> Weights:
    """Draw every weight from 0 to 99."""
    generator = np.random.Generator(np.random.PCG64(seed))
    return generator.integers(0, 100, (n, n)).astype(np.float64)


def coin_weights(n: int, seed: int, *, share_of_pairs: float = 1.0) -> Weights:
    """Draw the direction of each pair, or of a share of them, by a coin."""
    generator = np.random.Generator(np.random.PCG64(seed))
    is_pair = np.triu(generator.random((n, n)) < share_of_pairs, 1)
    is_ahead = generator.random((n, n)) < 0.5
    return (is_pair & is_ahead) + (is_pair & ~is_ahead).T.astype(np.float64)


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    started = time.process_time()
    found = work()
    return time.process_time() - started, found


def _solved(weights: Weights, **way: bool) -> tuple[float, Any]:
    from biome_pipeline.ordering import solve_linear_ordering

    return _timed(lambda: solve_linear_ordering(weights, time_limit=_TIME_LIMIT, **way))


def _many(instances: list[Weights]) -> dict[str, float]:
    # What is kept between solves is there from the second on.
    _solved(instances[0])
    cpu, found = zip(*(_solved(weights) for weights in instances), strict=True)
    return {
        "n": len(instances),
        "median": median(cpu),
        "mean": sum(cpu) / len(cpu),
        "max": max(cpu),
        "n_optimal": sum(one.is_optimal for one in found),
    }


def _against_local_search(instances: list[Weights]) -> list[dict[str, float]]:
    from biome_pipeline.ordering.insertion import improved_orders, row_sum_order

    rows = []
    for weights in instances:
        net = weights - weights.T
        (local,) = improved_orders(net, row_sum_order(net)[None])
        cpu, found = _solved(weights)
        rows.append(
            {
                "cpu": cpu,
                "value": found.value,
                "bound": found.bound,
                "gap": found.gap,
                "local": float(np.triu(weights[local[:, None], local], 1).sum()),
            }
        )
    return rows


def _integer_program(weights: Weights) -> float:
    """Solve the whole integer program by HiGHS as it comes; give the value."""
    from highspy import HighsVarType
    from highspy._core import _Highs

    n = len(weights)
    pairs = list(combinations(range(n), 2))
    number = {pair: k for k, pair in enumerate(pairs)}
    one, other = np.array(pairs).T
    sides = [(number[i, j], number[j, k], number[i, k]) for i, j, k in combinations(range(n), 3)]
    index, columns = np.array(sides, dtype=np.int32).ravel(), np.arange(len(pairs), dtype=np.int32)
    starts = 3 * np.arange(len(sides), dtype=np.int32)
    signs = np.tile([1.0, 1.0, -1.0], len(sides))

    def solve() -> float:
        highs = _Highs()
        options = {"output_flag": False, "threads": 1, "mip_rel_gap": 0.0}
        for name, value in {**options, "time_limit": _TIME_LIMIT}.items():
            highs.setOptionValue(name, value)
        highs.addVars(columns.size, np.zeros(columns.size), np.ones(columns.size))
        highs.changeColsCost(columns.size, columns, weights[other, one] - weights[one, other])
        kinds = np.array([HighsVarType.kInteger] * columns.size)
        highs.changeColsIntegrality(columns.size, columns, kinds)
        low, high = np.zeros(len(sides)), np.ones(len(sides))
        highs.addRows(len(sides), low, high, index.size, starts, index, signs)
        highs.run()
        return float(weights[other, one].sum() - highs.getInfo().objective_function_value)

    cpu, value = _timed(solve)
    assert np.isclose(value, _solved(weights)[1].value), "the two do not agree"
    return cpu


def _relaxation(weights: Weights, *, is_lazy: bool) -> float:
    """Solve the relaxation alone."""
    from biome_pipeline.ordering.relaxation import Relaxation

    def solve() -> None:
        relaxation = Relaxation(weights - weights.T, float("inf"))
        if not is_lazy:
            relaxation.add_all()
            relaxation.solve(np.inf)
            return
        x = (relaxation.cost < 0).astype(np.float64)
        while relaxation.add_violated(x):
            x = relaxation.solve(np.inf).x

    return _timed(solve)[0]


def _ratio(pairs: list[tuple[float, float]]) -> dict[str, float]:
    ours, theirs = (median(column) for column in zip(*pairs, strict=True))
    return {"ours": ours, "all_at_once": theirs, "ratio": theirs / ours}


def measure() -> dict[str, Any]:
    """Measure everything, in one process.

    Returns
    -------
    dict
        CPU seconds and ratios, by what was measured.
    """
    near = [planted_weights(50, seed, share_reversed=0.02 + 0.01 * seed) for seed in range(4)]
    coins = [coin_weights(20, seed) for seed in range(200)]
    # As many of the pairs as the published licenses have drifts.
    skeletons = [coin_weights(20, seed, share_of_pairs=140 / 190) for seed in range(200)]
    found: dict[str, Any] = {
        "planted_20": _many(
            [planted_weights(20, seed, share_reversed=0.04) for seed in range(200)]
        ),
        "coins_20": _many(coins),
        "coins_140_of_190": _many(skeletons),
        "planted_100": _many(
            [
                planted_weights(100, seed, share_reversed=0.02 + 0.01 * (seed % 4))
                for seed in range(8)
            ]
        ),
        "random_40": _against_local_search([random_weights(40, seed) for seed in range(3)]),
        "program_50": _ratio([(_solved(one)[0], _integer_program(one)) for one in near]),
        "solver_50": _ratio([(_solved(one)[0], _solved(one, is_lazy=False)[0]) for one in near]),
    }
    random = random_weights(50, 1)
    found["relaxation_50"] = _ratio(
        [(_relaxation(random, is_lazy=True), _relaxation(random, is_lazy=False))]
    )
    return found


_MANY = {
    "planted_20": "20 items around a planted order",
    "coins_20": "20 items, directions by a coin",
    "coins_140_of_190": "the same, 140 of the 190 pairs",
    "planted_100": "100 items around a planted order",
}
_RATIOS = {
    "program_50": "planted, HiGHS with the whole integer program",
    "solver_50": "planted, this solver with all inequalities",
    "relaxation_50": "random weights, the relaxation alone",
}


def table_of(found: dict[str, Any]) -> str:
    """Write what was measured as tables."""
    lines = [
        "| CPU, ms | solves | optimal | median | mean | max |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for name, title in _MANY.items():
        row = found[name]
        times = " | ".join(f"{1000 * row[key]:.1f}" for key in ("median", "mean", "max"))
        lines.append(f"| {title} | {row['n']} | {row['n_optimal']} | {times} |")
    lines += [
        "",
        "| random weights, 40 items | CPU, s | value | local search | gap |",
        "|---|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {number} | {row['cpu']:.1f} | {row['value']:,.0f} | {row['local']:,.0f} "
        f"| {row['gap']:.2%} |"
        for number, row in enumerate(found["random_40"], start=1)
    ]
    lines += [
        "",
        "| 50 items, CPU, s | as needed | all at once | times faster |",
        "|---|---:|---:|---:|",
    ]
    lines += [
        f"| {title} | {found[name]['ours']:.4f} | {found[name]['all_at_once']:.3f} "
        f"| {found[name]['ratio']:.1f} |"
        for name, title in _RATIOS.items()
    ]
    return "\n".join(lines)


def main() -> None:
    """Measure and print the tables."""
    print(table_of(measure()))


if __name__ == "__main__":
    main()
