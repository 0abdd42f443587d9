"""What an outcome is with and without a feature: as published, and among models alike.

The published rule compares the means of all models with a feature and of all
without. These differ in everything else too: grouped queries came with newer
and larger models. The matched rule compares models of the same family, size
class and quarter, by the ratio of rates of Mantel and Haenszel for time at risk
(Rothman, Greenland and Lash 2008, "Modern Epidemiology", chapter 15):

    ratio = sum_s a_1s T_0s / T_s  /  sum_s a_0s T_1s / T_s

with outcomes a and exposures T of those with (1) and without (0) in stratum s.

Its p-value exchanges the feature among models of the same root and the same
stratum: only these are alike but for it. Within a root alone, models of other
quarters would be exchanged, which had more time to have children. It asks where
the numerator of the ratio less its denominator, which is a sum over the models
with the feature, lies among its exchanges.

What does not belong here: which features a config has (``snapshot``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse

from biome_pipeline.fitness.arrays import FLAGS, OUTCOMES, UNKNOWN, exposure_of
from biome_pipeline.fitness.bins import BILLION, SIZE_BINS
from biome_pipeline.fitness.groups import FEWEST, lots_of_roots
from biome_pipeline.inference.resampling import blocks, percentile_interval
from biome_pipeline.inference.significance import adjust_p_values

if TYPE_CHECKING:
    import numpy.typing as npt

    from biome_pipeline.fitness.arrays import FitnessModels

    Vector = npt.NDArray[np.float64]
    Codes = npt.NDArray[np.int64]

__all__ = ["FEATURES", "Strata", "impact_rows", "matched_ratio", "strata_of"]

FEATURES: tuple[str, ...] = tuple(name for name in FLAGS if name.startswith("uses_"))
"""Choices that a config makes or not."""

_LOT_BITS = 40
_PUBLISHED_OUTCOMES = ("descendants", "downloads")
_FEW = f"the rule asks for more than {FEWEST} models with it and without"


@dataclass(frozen=True, eq=False)
class Strata:
    """Models of which a feature is known, in strata that have both kinds.

    Attributes
    ----------
    rows : ndarray of intp, shape (n,)
        The models.
    stratum : ndarray of int64, shape (n,)
        Their stratum, from 0 without gaps.
    has : ndarray of bool, shape (n,)
        Whether they have the feature.
    n_strata : int
        Strata.
    """

    rows: npt.NDArray[np.intp]
    stratum: Codes
    has: npt.NDArray[np.bool_]
    n_strata: int


def strata_of(models: FitnessModels, feature: str, rows: npt.NDArray[np.intp]) -> Strata:
    """Match models on family, size class and quarter.

    Parameters
    ----------
    models : FitnessModels
        All models.
    feature : str
        One of `FEATURES`.
    rows : ndarray of intp
        Models of which it is known.

    Returns
    -------
    Strata
        Only strata with models of both kinds; an unknown family or size is a class
        of its own.
    """
    size = SIZE_BINS.codes(models.traits["parameters"][rows] / BILLION)
    parts = np.stack([models.family[rows], size, models.quarter[rows]])
    _, stratum = np.unique(parts, axis=1, return_inverse=True)
    stratum = stratum.reshape(-1)
    has = models.traits[feature][rows] == 1
    n = int(stratum.max()) + 1 if stratum.size else 0
    n_with = np.bincount(stratum[has], minlength=n)
    is_mixed = (n_with > 0) & (n_with < np.bincount(stratum, minlength=n))
    inside = is_mixed[stratum]
    number = np.cumsum(is_mixed) - 1
    return Strata(
        rows[inside],
        number[stratum[inside]].astype(np.int64),
        has[inside],
        int(np.count_nonzero(is_mixed)),
    )


def matched_ratio(
    with_outcome: Vector, with_time: Vector, without_outcome: Vector, without_time: Vector
) -> Vector:
    """Give the ratio of rates of Mantel and Haenszel.

    Parameters
    ----------
    with_outcome, with_time, without_outcome, without_time : ndarray of float64, (..., n_strata)
        Sums of outcomes and of exposures in each stratum.

    Returns
    -------
    ndarray of float64, shape (...)
        The ratio; NaN where those without have no outcome in any stratum.
    """
    time = with_time + without_time
    share = np.divide(1.0, time, where=time > 0, out=np.zeros_like(time))
    above = (with_outcome * without_time * share).sum(axis=-1)
    below = (without_outcome * with_time * share).sum(axis=-1)
    found: Vector = np.divide(above, below, where=below > 0, out=np.full(np.shape(above), np.nan))
    return found


def impact_rows(models: FitnessModels, *, n_replicates: int, seed: int) -> list[dict[str, Any]]:
    """Make the rows of ``fitness.feature_impact``.

    Parameters
    ----------
    models : FitnessModels
        All models.
    n_replicates : int
        Replicates of the bootstrap, and of the exchanges (B).
    seed : int
        Seed of both.

    Returns
    -------
    list of dict
        One row per feature, outcome and rule.
    """
    rows = []
    for feature in FEATURES:
        rows += _published(models, feature, n_replicates, seed)
        rows += _matched(models, feature, n_replicates, seed)
    own = [row for row in rows if row.get("p_value") is not None]
    adjusted = adjust_p_values(np.array([row["p_value"] for row in own], np.float64))
    for row, p_adjusted in zip(own, adjusted.tolist(), strict=True):
        row["p_adjusted"] = p_adjusted
    return rows


def _published(
    models: FitnessModels, feature: str, n_replicates: int, seed: int
) -> list[dict[str, Any]]:
    flags = models.traits[feature]
    taken = models.is_published
    rows = np.flatnonzero(taken & ~np.isnan(flags))
    has = flags[rows] == 1
    n_with, n_without = int(np.count_nonzero(has)), int(np.count_nonzero(~has))
    found = []
    for outcome in _PUBLISHED_OUTCOMES:
        values = models.outcomes[outcome]
        if outcome == "descendants":
            values = models.descendants_finetune
        row: dict[str, Any] = {
            "feature": feature,
            "outcome": outcome,
            "rule": "published",
            "n_with": n_with,
            "n_without": n_without,
            "n_unknown": int(np.count_nonzero(taken & np.isnan(flags))),
            "n_roots": int(np.unique(models.root[rows]).size),
        }
        found.append(row)
        if min(n_with, n_without) <= FEWEST:
            row["reason"] = _FEW
            continue
        # One stratum, and a time of 1 for each model: the ratio of the means.
        one = Strata(rows, np.zeros(rows.size, np.int64), has, 1)
        row |= _estimated(
            models,
            one,
            values[rows],
            np.ones(rows.size),
            usable=np.ones(rows.size, np.bool_),
            n_replicates=n_replicates,
            seed=seed,
        )
    return found


def _matched(
    models: FitnessModels, feature: str, n_replicates: int, seed: int
) -> list[dict[str, Any]]:
    flags = models.traits[feature]
    is_dated = ~np.isnan(models.age_days)
    known = np.flatnonzero(is_dated & ~np.isnan(flags))
    strata = strata_of(models, feature, known)
    cells = _exchangeable(models, strata)
    excesses: list[Vector] = []
    tested: list[dict[str, Any]] = []
    found = []
    for outcome in OUTCOMES:
        values = models.outcomes[outcome]
        usable = ~np.isnan(values[strata.rows])
        row: dict[str, Any] = {
            "feature": feature,
            "outcome": outcome,
            "rule": "matched",
            "n_with": int(np.count_nonzero(usable & strata.has)),
            "n_without": int(np.count_nonzero(usable & ~strata.has)),
            "n_unknown": int(np.count_nonzero(np.isnan(flags))),
            "n_strata": strata.n_strata,
            "n_roots": int(np.unique(models.root[strata.rows]).size),
            "n_permutable": int(np.count_nonzero(cells != UNKNOWN)),
        }
        found.append(row)
        if not strata.rows.size:
            row["reason"] = "no stratum has models with it and without"
            continue
        own = np.where(usable, values[strata.rows], 0.0)
        time = np.where(usable, exposure_of(outcome, models.age_days[strata.rows]), 0.0)
        row |= _estimated(
            models, strata, own, time, usable=usable, n_replicates=n_replicates, seed=seed
        )
        if row.get("effect") is None:
            continue
        if not row["n_permutable"]:
            row["reason"] = "no p-value: no root has models with it and without in one stratum"
            continue
        tested.append(row)
        excesses.append(_excess(strata, own, time))
    p_values = _exchange_p_values(strata, cells, excesses, n_replicates=n_replicates, seed=seed)
    for row, p_value in zip(tested, p_values, strict=True):
        row["p_value"] = p_value
    return found


def _estimated(
    models: FitnessModels,
    strata: Strata,
    outcome: Vector,
    time: Vector,
    *,
    usable: npt.NDArray[np.bool_],
    n_replicates: int,
    seed: int,
) -> dict[str, Any]:
    """Give both means and the ratio, with intervals over roots: every replicate anew."""
    lot = lots_of_roots(models.root[strata.rows])
    n_lots = int(lot.max()) + 1
    sides = [(word, usable & own) for word, own in (("with", strata.has), ("without", ~strata.has))]
    # By lot: outcomes and times of every stratum, and outcomes and models of all.
    by_stratum = [
        sparse.csr_array((values * own, (lot, strata.stratum)), shape=(n_lots, strata.n_strata))
        for _, own in sides
        for values in (outcome, time)
    ]
    overall = np.stack(
        [
            np.bincount(lot, weights=values, minlength=n_lots)
            for _, own in sides
            for values in (outcome * own, own)
        ],
        axis=1,
        dtype=np.float64,
    )
    found: dict[str, Any] = {}
    totals = overall.sum(axis=0)
    for k, (word, _) in enumerate(sides):
        if totals[2 * k + 1]:
            found[f"mean_{word}"] = float(totals[2 * k] / totals[2 * k + 1])
    value = float(_ratios(np.ones((1, n_lots)), by_stratum)[0])
    if np.isnan(value):
        found["reason"] = "no model without it has any"
    else:
        found["effect"] = value
    if n_lots < 2:
        return found
    generator = np.random.Generator(np.random.PCG64(seed))
    ratios, means = np.empty(n_replicates), np.empty((n_replicates, 2))
    # A replicate holds four numbers for each stratum.
    for start, stop in blocks(n_replicates, max(n_lots, 4 * strata.n_strata)):
        drawn = generator.integers(n_lots, size=(stop - start, n_lots))
        drawn += n_lots * np.arange(stop - start)[:, None]
        times = np.bincount(drawn.reshape(-1), minlength=(stop - start) * n_lots)
        weight = times.reshape(stop - start, n_lots).astype(np.float64)
        sums = weight @ overall
        below = sums[:, [1, 3]]
        means[start:stop] = np.divide(
            sums[:, [0, 2]], below, where=below > 0, out=np.full(below.shape, np.nan)
        )
        ratios[start:stop] = _ratios(weight, by_stratum)
    for k, (word, _) in enumerate(sides):
        low, high = percentile_interval(means[:, k])
        found |= {f"mean_{word}_ci_low": low, f"mean_{word}_ci_high": high}
    if "effect" in found:
        found["ci_low"], found["ci_high"] = percentile_interval(ratios)
    return found


def _ratios(
    weight: npt.NDArray[np.float64], by_stratum: list[sparse.csr_array]
) -> npt.NDArray[np.float64]:
    a, b, c, d = (np.asarray(weight @ part, np.float64) for part in by_stratum)
    return matched_ratio(a, b, c, d)


def _exchangeable(models: FitnessModels, strata: Strata) -> Codes:
    """Give the number of each cell of one root and stratum with both kinds, else UNKNOWN."""
    if not strata.rows.size:
        return np.zeros(0, np.int64)
    pairs = np.stack([models.root[strata.rows], strata.stratum])
    _, cell = np.unique(pairs, axis=1, return_inverse=True)
    cell = cell.reshape(-1)
    n = int(cell.max()) + 1
    n_with = np.bincount(cell[strata.has], minlength=n)
    is_mixed = (n_with > 0) & (n_with < np.bincount(cell, minlength=n))
    return np.where(is_mixed[cell], cell, UNKNOWN).astype(np.int64)


def _excess(strata: Strata, outcome: Vector, time: Vector) -> Vector:
    """Give what each model has beyond its share of its stratum's outcome by its time.

    Summed over those with the feature this is the numerator of the ratio less its
    denominator, so that it is above 0 where the ratio is above 1.
    """

    def sums(values: Vector) -> Vector:
        found = np.bincount(strata.stratum, weights=values, minlength=strata.n_strata)
        return found.astype(np.float64)

    total = sums(time)
    rate = np.divide(sums(outcome), total, where=total > 0, out=np.zeros(strata.n_strata))
    result: Vector = outcome - time * rate[strata.stratum]
    return result


def _exchange_p_values(
    strata: Strata,
    cells: Codes,
    excesses: list[Vector],
    *,
    n_replicates: int,
    seed: int,
) -> list[float]:
    """Exchange the feature within cells, for all outcomes at once.

    Each p-value is twice the smaller tail of the excess of those with the feature
    among its exchanges, itself one of them.
    """
    moved = np.flatnonzero(cells != UNKNOWN)
    if not moved.size or not excesses:
        return [1.0] * len(excesses)
    cell = np.unique(cells[moved], return_inverse=True)[1].reshape(-1)
    home = np.argsort(cell, kind="stable")
    has = strata.has[moved][home]
    table = np.stack([excess[moved][home] for excess in excesses], axis=1)
    observed = has.astype(np.float64) @ table
    slack = 1e-9 * np.abs(table).sum(axis=0)
    # A stream apart from the bootstrap's, of the same seed.
    generator = np.random.Generator(np.random.PCG64([seed, 1]))
    # One whole number for each model: its cell, then a lot, and who has it rides along in
    # the last bit; sorted, the lots have dealt the feature out anew within each cell.
    base = (cell[home].astype(np.int64) << _LOT_BITS) | has
    n_above = np.zeros(len(excesses), np.int64)
    n_below = np.zeros(len(excesses), np.int64)
    for _ in range(n_replicates):
        lots = generator.integers(1 << (_LOT_BITS - 1), size=moved.size) << 1
        dealt = (np.sort(base | lots) & 1).astype(np.float64)
        drawn = dealt @ table
        n_above += drawn >= observed - slack
        n_below += drawn <= observed + slack
    tails = np.minimum(n_above, n_below)
    return np.minimum(1.0, 2.0 * (1 + tails) / (1 + n_replicates)).tolist()
