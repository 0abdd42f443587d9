"""What an arm's rules do: measures of each search, over seeds, against a baseline.

Imposed depth is not selected depth: a floor under the layers keeps pools deep whatever
selection wants. So every measure of depth stands beside the floor, and beside a search
under the same gates in which only chance selects.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from biome_pipeline.evolution.search import Search

__all__ = [
    "MEASURES",
    "TRAINED_MEASURES",
    "Interval",
    "ablation_rows",
    "mean_interval",
    "search_measures",
]

MEASURES = (
    "layers",
    "excess_layers",
    "share_at_floor",
    "moe_blocks",
    "selector_blocks",
    "memory_blocks",
    "recurrences",
    "graph_entropy",
    "novelty",
    "parameters",
    "flops_per_token",
    "memory_bytes",
    "rejection_rate",
    "no_op_rate",
    "elite_share",
    "front_share",
)
"""Means over those alive at the end, but for the rates, which are over attempts."""

TRAINED_MEASURES = (
    "loss",
    "retrained_loss",
    "loss_at_equal_flops",
    "selection_bias",
    "seed_noise",
)
"""What is measured as well where candidates are trained."""

_LOGS = ("parameters", "flops_per_token", "memory_bytes")


class Interval(NamedTuple):
    """A mean and its interval.

    Attributes
    ----------
    n : int
    mean, low, high : float or None
        None where there are too few values.
    """

    n: int
    mean: float | None
    low: float | None
    high: float | None


def search_measures(search: Search) -> dict[str, float]:
    """Measure a search at its end.

    Parameters
    ----------
    search : Search
        With at least one candidate alive.

    Returns
    -------
    dict of str to float
        By the names in `MEASURES`: ``excess_layers`` is over the floor of the gate,
        ``share_at_floor`` of those alive; neither is there without a floor. Parameters,
        operations and bytes are geometric means. ``rejection_rate`` is over children
        that are new (born or rejected), ``no_op_rate`` over attempts after the founders.
        ``front_share`` is of those on the first front.

        By the names in `TRAINED_MEASURES`, where candidates were trained: ``loss`` of
        those alive, as the search saw it; of the finalists ``retrained_loss`` and
        ``loss_at_equal_flops``, trained anew with seeds that nobody was selected on;
        ``selection_bias``, by how much their retrained loss is above the one they were
        selected for; ``seed_noise``, the deviation of one finalist's losses over seeds,
        pooled over finalists.
    """
    people = [search.population.candidates[place] for place in search.population.alive]
    found = {
        name: math.fsum(one.analytic[name] for one in people) / len(people)
        for name in MEASURES
        if name in people[0].analytic and name not in _LOGS
    }
    for name in _LOGS:
        logs = [math.log(one.analytic[name]) for one in people]
        found[name] = math.exp(math.fsum(logs) / len(people))
    known = [one.novelty for one in people if one.novelty is not None]
    if known:
        found["novelty"] = math.fsum(known) / len(known)
    floor = search.arm.gates.min_layers
    if floor:
        found["excess_layers"] = found["layers"] - floor
        at_floor = [one.analytic["layers"] == floor for one in people]
        found["share_at_floor"] = sum(at_floor) / len(people)
    outcomes = [
        attempt.outcome for attempt in search.population.attempts if attempt.origin != "founder"
    ]
    n_new = outcomes.count("rejected") + outcomes.count("born")
    if n_new:
        found["rejection_rate"] = outcomes.count("rejected") / n_new
    if outcomes:
        found["no_op_rate"] = outcomes.count("no-op") / len(outcomes)
    found["elite_share"] = sum(one.is_elite for one in people) / len(people)
    _, fronts, _ = search.fronts()
    if len(fronts):
        found["front_share"] = float((fronts == 0).mean())
    return {**found, **_trained(search)}


def _trained(search: Search) -> dict[str, float]:
    """Measure losses: of those alive, and of the finalists as they were trained anew."""
    found = {}
    last = search.last_rung
    people = [search.population.candidates[place] for place in search.population.alive]
    losses = [one.metrics(last)["loss"] for one in people if "loss" in one.metrics(last)]
    if losses:
        found["loss"] = math.fsum(losses) / len(losses)
    retrained, equal, biases, spreads, freedom = [], [], [], [], 0
    for place in search.finalists():
        one = search.population.candidates[place]
        anew = [past.metrics for past in one.measurements if past.rung > last]
        own = [metrics["loss"] for metrics in anew if "loss" in metrics]
        equal += [m["loss_at_equal_flops"] for m in anew if "loss_at_equal_flops" in m]
        if not own:
            continue
        mean = math.fsum(own) / len(own)
        retrained.append(mean)
        spreads += [(value - mean) ** 2 for value in own]
        freedom += len(own) - 1
        if "loss" in one.metrics(last):
            biases.append(mean - one.metrics(last)["loss"])
    for name, values in (
        ("retrained_loss", retrained),
        ("loss_at_equal_flops", equal),
        ("selection_bias", biases),
    ):
        if values:
            found[name] = math.fsum(values) / len(values)
    if freedom:
        found["seed_noise"] = math.sqrt(math.fsum(spreads) / freedom)
    return found


def mean_interval(values: Sequence[float], *, level: float = 0.95) -> Interval:
    """Give the mean of a few independent values with its interval.

    Parameters
    ----------
    values : sequence of float
        One for each seed.
    level : float
        Coverage wanted.

    Returns
    -------
    Interval
        Of Student's t with n - 1 degrees of freedom; without an interval for fewer
        than two values, without a mean for none.
    """
    from scipy.stats import t

    n = len(values)
    if not n:
        return Interval(0, None, None, None)
    mean = math.fsum(values) / n
    if n == 1:
        return Interval(1, mean, None, None)
    spread = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (n - 1) / n)
    half = float(t.ppf((1 + level) / 2, n - 1)) * spread
    return Interval(n, mean, mean - half, mean + half)


def ablation_rows(
    measured: Mapping[str, Mapping[int, Mapping[str, float]]],
    compared_with: Callable[[str], str],
) -> list[dict[str, Any]]:
    """Sum arms up over seeds, and hold each against another one.

    Parameters
    ----------
    measured : mapping of str to mapping of int to mapping of str to float
        Measures by arm and seed.
    compared_with : callable
        Gives the arm that an arm is held against.

    Returns
    -------
    list of dict of str to Any
        Rows of ``evolution.ablation`` by arm and measure. Differences are paired by
        seed: arm and baseline began with the same random numbers.
    """
    rows = []
    is_trained = any("loss" in own for by_seed in measured.values() for own in by_seed.values())
    measures = (*MEASURES, *TRAINED_MEASURES) if is_trained else MEASURES
    for arm, by_seed in measured.items():
        baseline = compared_with(arm)
        for measure in measures:
            own = {seed: all_[measure] for seed, all_ in by_seed.items() if measure in all_}
            other = {
                seed: all_[measure] for seed, all_ in measured[baseline].items() if measure in all_
            }
            seeds = [seed for seed in own if seed in other] if arm != baseline else []
            mean = mean_interval(list(own.values()))
            apart = mean_interval([own[seed] - other[seed] for seed in seeds])
            rows.append(
                {
                    "arm": arm,
                    "measure": measure,
                    "n_seeds": mean.n,
                    "n_missing": len(by_seed) - mean.n,
                    "mean": mean.mean,
                    "ci_low": mean.low,
                    "ci_high": mean.high,
                    "baseline": baseline,
                    "n_pairs": apart.n,
                    "difference": apart.mean,
                    "difference_low": apart.low,
                    "difference_high": apart.high,
                }
            )
    return rows
