"""Concentration against its definitions, and its interval against worlds drawn anew."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from biome_pipeline.errors import PolicyError
from biome_pipeline.policy.concentration import MEASURES, TOPS, Holding, measure_concentration


def _draw(seed: int) -> Holding:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 300))
    return Holding(
        rng.integers(0, rng.integers(1, 150), n),
        rng.integers(0, rng.integers(1, 60), n),
        rng.integers(0, 50, n) * rng.pareto(1.5, n),
    )


def _by_definition(holding: Holding, *, without_largest: bool) -> dict[str, float]:
    held: dict[int, float] = {}
    for holder, amount in zip(holding.holder.tolist(), holding.amount.tolist(), strict=True):
        held[holder] = held.get(holder, 0.0) + amount
    if without_largest:
        largest = min(held, key=lambda holder: (-held[holder], holder))
        del held[largest]
    amounts = sorted(amount for amount in held.values() if amount > 0)
    if not amounts:
        return {}
    total, n = sum(amounts), len(amounts)
    # The Gini coefficient as half of the mean absolute difference by the mean.
    differences = sum(abs(a - b) for a, b in itertools.product(amounts, repeat=2))
    return {
        "hhi": sum((amount / total) ** 2 for amount in amounts),
        "gini": differences / (2 * n * total),
        **{f"top_{k}_share": sum(amounts[-k:]) / total for k in TOPS},
    }


@pytest.mark.parametrize("without_largest", [False, True])
@pytest.mark.parametrize("seed", range(60))
def test_measures_equal_their_definitions(seed: int, *, without_largest: bool) -> None:
    holding = _draw(seed)
    found = measure_concentration(holding, without_largest=without_largest)
    expected = _by_definition(holding, without_largest=without_largest)
    assert tuple(found) == MEASURES
    for name, measured in found.items():
        if not expected:
            assert measured.value is None
            continue
        assert measured.value == pytest.approx(expected[name], rel=1e-9, abs=1e-12)
        if measured.ci_low is not None and measured.ci_high is not None:
            assert 0 <= measured.ci_low <= measured.value <= measured.ci_high <= 1


def test_the_influence_is_the_change_when_a_family_weighs_a_little_more() -> None:
    holding = _draw(5)
    step = 1e-6
    squares = dict.fromkeys(MEASURES, 0.0)
    families = np.unique(holding.family[holding.amount > 0])
    for family in families.tolist():
        is_own = holding.family == family
        ends = [
            measure_concentration(
                Holding(
                    holding.holder,
                    holding.family,
                    np.where(is_own, holding.amount * (1 + sign * step), holding.amount),
                )
            )
            for sign in (1, -1)
        ]
        for name in MEASURES:
            up, down = (end[name].value for end in ends)
            assert up is not None
            assert down is not None
            squares[name] += ((up - down) / (2 * step)) ** 2
    found = measure_concentration(holding)
    n = families.size
    for name in MEASURES:
        measured = found[name]
        assert measured.value is not None
        assert measured.ci_high is not None
        error = 1.959964 * np.sqrt(n / (n - 1) * squares[name])
        assert measured.ci_high == pytest.approx(min(1, measured.value + error), rel=1e-4)


def test_intervals_hold_the_truth_in_worlds_drawn_anew() -> None:
    # 40 authors of unequal pull, 400 families of 1 to 6 models, each mostly of one author.
    rng = np.random.default_rng(20_261_126)
    pull = rng.pareto(1.2, 40) + 0.2
    pull /= pull.sum()

    def world() -> Holding:
        size = rng.integers(1, 7, 400)
        family = np.repeat(np.arange(400), size)
        founder = rng.choice(40, 400, p=pull)[family]
        other = rng.choice(40, family.size, p=pull)
        author = np.where(rng.random(family.size) < 0.5, founder, other)
        return Holding(author, family, np.ones(family.size))

    truth = {
        name: np.mean([measure_concentration(world())[name].value or 0 for _ in range(200)])
        for name in ("hhi", "gini", "top_1_share", "top_10_share")
    }
    held = dict.fromkeys(truth, 0)
    for _ in range(300):
        found = measure_concentration(world())
        for name, value in truth.items():
            low, high = found[name].ci_low, found[name].ci_high
            assert low is not None
            assert high is not None
            held[name] += low <= value <= high
    # Of 300 intervals of 95 % a binomial law has 271 or more in 99.9 % of worlds.
    assert min(held.values()) >= 271, held


def test_one_family_has_no_interval_and_nothing_has_no_value() -> None:
    one = Holding(np.array([0, 1]), np.array([3, 3]), np.array([1.0, 2.0]))
    found = measure_concentration(one)["hhi"]
    assert (found.value, found.ci_low, found.ci_high) == (pytest.approx(5 / 9), None, None)
    none = Holding(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))
    assert measure_concentration(none)["gini"].value is None
    alone = measure_concentration(
        Holding(np.array([2]), np.array([0]), np.array([4.0])), without_largest=True
    )
    assert alone["top_1_share"].n_holders == 0


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(PolicyError, match="same length"):
        Holding(np.array([0, 1]), np.array([0]), np.array([1.0, 1.0]))
    with pytest.raises(PolicyError, match="negative or missing"):
        Holding(np.array([0, 1]), np.array([0, 1]), np.array([1.0, np.nan]))
