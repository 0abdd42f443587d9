"""How fit the models of each group are, and how sure it is which group is fittest.

The published rule looks at models of known sizes that are downloaded, and
compares means. That leaves out the two of three models that nobody downloads,
and a group of old models has had longer to earn. The robust rule takes all
models of which the group is known, zeros too, and divides by the time in which
they could earn. Intervals of both come from drawing whole families by descent
(roots) again; all groups share the draws, so that the share of draws in which a
group is the best sums up to 1.

What does not belong here: which groups there are (``bins``), and what else
differs between them (``impact``, ``regressions``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from biome_pipeline.fitness.arrays import UNKNOWN, exposure_of
from biome_pipeline.inference.lots import lots_of_families
from biome_pipeline.inference.resampling import percentile_interval, resampled_sums

if TYPE_CHECKING:
    import numpy.typing as npt

    from biome_pipeline.fitness.arrays import FitnessModels

    Vector = npt.NDArray[np.float64]
    Codes = npt.NDArray[np.int64]

__all__ = ["FEWEST", "RULES", "Earnings", "Rule", "earnings_of", "grouped", "lots_of_roots"]

Rule = Literal["published", "robust"]
"""Which models count, and how."""

RULES: tuple[Rule, ...] = ("published", "robust")
"""Both, the published one first."""

FEWEST = 10
"""A group of no more models than this is never the best."""

_YEAR, _MONTH = 365.25, 30.0
_SUMS = (
    "n",
    "n_liked",
    "descendants",
    "downloads",
    "likes",
    "dated_descendants",
    "dated_downloads",
    "years",
    "months",
)


@dataclass(frozen=True, eq=False)
class Earnings:
    """What the models of one rule earned.

    Attributes
    ----------
    rule : str
        The rule.
    rows : ndarray of intp, shape (n,)
        Its models.
    sums : dict of str to ndarray of float64, shape (n,)
        What each adds: 1, and 1 if its likes are known; descendants, downloads and
        likes; of models of known date also the first two once more, with the years
        and months (of at most one) in which they were earned.
    """

    rule: Rule
    rows: npt.NDArray[np.intp]
    sums: dict[str, Vector]

    def among(self, chosen: npt.NDArray[np.intp]) -> Earnings:
        """Give those of some models.

        Parameters
        ----------
        chosen : ndarray of intp
            Places of models.

        Returns
        -------
        Earnings
            Only those that are among them.
        """
        inside = np.isin(self.rows, chosen)
        sums = {name: values[inside] for name, values in self.sums.items()}
        return Earnings(self.rule, self.rows[inside], sums)


def earnings_of(models: FitnessModels, rule: Rule) -> Earnings:
    """Give the models of a rule, and what they earned.

    Parameters
    ----------
    models : FitnessModels
        All models.
    rule : str
        Published: of known hidden size and layers, downloaded; descendants by
        finetune. Robust: all of known age, downloads and likes; all descendants.

    Returns
    -------
    Earnings
        A model whose likes or date are not known has no share in their means and rates.
    """
    descendants, downloads = models.outcomes["descendants"], models.outcomes["downloads"]
    likes = models.outcomes["likes"]
    if rule == "published":
        chosen, descendants = models.is_published, models.descendants_finetune
    else:
        chosen = ~np.isnan(models.age_days) & ~np.isnan(downloads) & ~np.isnan(likes)
    rows = np.flatnonzero(chosen)
    age, likes = models.age_days[rows], likes[rows]
    is_dated, is_liked = ~np.isnan(age), ~np.isnan(likes)
    age = np.where(is_dated, age, 0.0)
    values = (
        np.ones(rows.size),
        is_liked.astype(np.float64),
        descendants[rows],
        downloads[rows],
        np.where(is_liked, likes, 0.0),
        descendants[rows] * is_dated,
        downloads[rows] * is_dated,
        age / _YEAR,
        exposure_of("downloads", age) / _MONTH,
    )
    return Earnings(rule, rows, dict(zip(_SUMS, values, strict=True)))


def lots_of_roots(root: Codes) -> Codes:
    """Put roots together into lots to be drawn.

    Parameters
    ----------
    root : ndarray of int64, shape (n,)
        Root of each model, any numbering.

    Returns
    -------
    ndarray of int64, shape (n,)
        Lot of each model, from 0 without gaps.
    """
    _, place, sizes = np.unique(root, return_inverse=True, return_counts=True)
    found: Codes = lots_of_families(sizes)[place.reshape(-1)]
    return found


def grouped(
    models: FitnessModels,
    earnings: Earnings,
    group: Codes,
    n_groups: int,
    *,
    n_replicates: int,
    seed: int,
) -> list[dict[str, Any]]:
    """Measure every group.

    Parameters
    ----------
    models : FitnessModels
        All models.
    earnings : Earnings
        The models of a rule.
    group : ndarray of int64, shape (n_models,)
        Group of every model of the snapshot; `UNKNOWN` for none.
    n_groups : int
        Groups, also those without models.
    n_replicates : int
        Replicates (B).
    seed : int
        Seed of the draws.

    Returns
    -------
    list of dict
        One per group: the columns that groups have in common.
    """
    own = group[earnings.rows]
    inside = own != UNKNOWN
    rows, own = earnings.rows[inside], own[inside]
    sums = {name: values[inside] for name, values in earnings.sums.items()}
    totals = np.stack(
        [np.bincount(own, weights=values, minlength=n_groups) for values in sums.values()],
        axis=1,
        dtype=np.float64,
    )
    n_roots = _distinct(own, models.root[rows], n_groups)
    drawn = _drawn(
        models.root[rows], own, sums, n_groups=n_groups, n_replicates=n_replicates, seed=seed
    )
    shared = {"n_missing": int(earnings.rows.size - rows.size)}
    found = []
    for k in range(n_groups):
        is_own = own == k
        has_interval = drawn is not None and n_roots[k] > 1
        found.append(
            {
                **shared,
                "n": int(totals[k, 0]),
                "n_authors": int(np.unique(models.author[rows[is_own]]).size),
                "n_roots": int(n_roots[k]),
                **_measured(totals[k], drawn[:, k] if drawn is not None and has_interval else None),
                **_described(models, rows[is_own], {n: v[is_own] for n, v in sums.items()}),
            }
        )
    for measure in ("descendants", "downloads"):
        _mark_best(found, totals, drawn, earnings.rule, measure)
    return found


def _distinct(own: Codes, root: Codes, n_groups: int) -> npt.NDArray[np.int64]:
    pairs = np.unique(np.stack([own, root]), axis=1)
    return np.bincount(pairs[0], minlength=n_groups).astype(np.int64)


def _drawn(
    root: Codes,
    own: Codes,
    sums: dict[str, Vector],
    *,
    n_groups: int,
    n_replicates: int,
    seed: int,
) -> npt.NDArray[np.float64] | None:
    """Resample lots of roots: float64, shape (B, n_groups, n_sums); None with fewer than two."""
    if not root.size:
        return None
    lot = lots_of_roots(root)
    n_lots = int(lot.max()) + 1
    if n_lots < 2:
        return None
    cell = lot * n_groups + own
    columns = np.stack(
        [
            np.bincount(cell, weights=values, minlength=n_lots * n_groups).reshape(n_lots, n_groups)
            for values in sums.values()
        ],
        axis=2,
    ).reshape(n_lots, -1)
    # Sums of any size become numbers about 1, so that twelve digits are kept of each.
    scale = columns.sum(axis=0)
    scale[scale == 0] = 1
    found = resampled_sums(columns / scale, n_replicates=n_replicates, seed=seed) * scale
    return found.reshape(n_replicates, n_groups, len(sums))


_RATIOS = {
    "mean_descendants": ("descendants", "n"),
    "mean_downloads": ("downloads", "n"),
    "mean_likes": ("likes", "n_liked"),
    "descendants_per_year": ("dated_descendants", "years"),
    "downloads_per_month": ("dated_downloads", "months"),
}


def _measured(totals: Vector, drawn: npt.NDArray[np.float64] | None) -> dict[str, float | None]:
    found: dict[str, float | None] = {}
    for name, (above, below) in _RATIOS.items():
        over, under = _SUMS.index(above), _SUMS.index(below)
        value = low = high = None
        if totals[under] > 0:
            value = float(totals[over] / totals[under])
            if drawn is not None:
                low, high = percentile_interval(_divided(drawn[:, over], drawn[:, under]))
        found |= {name: value, f"{name}_ci_low": low, f"{name}_ci_high": high}
    return found


def _described(
    models: FitnessModels, rows: npt.NDArray[np.intp], sums: dict[str, Vector]
) -> dict[str, float | None]:
    if not rows.size:
        return {}
    parameters = models.traits["parameters"][rows]
    is_known = ~np.isnan(parameters)
    likes = sums["likes"][sums["n_liked"] == 1]
    return {
        "median_descendants": float(np.median(sums["descendants"])),
        "median_downloads": float(np.median(sums["downloads"])),
        "median_likes": float(np.median(likes)) if likes.size else None,
        "share_without_downloads": float(np.mean(sums["downloads"] == 0)),
        "mean_parameters": float(parameters[is_known].mean()) if is_known.any() else None,
    }


def _mark_best(
    found: list[dict[str, Any]],
    totals: npt.NDArray[np.float64],
    drawn: npt.NDArray[np.float64] | None,
    rule: Rule,
    measure: str,
) -> None:
    """Say which group is best, and in which share of the draws; nothing if none earned any."""
    names = {
        "published": (measure, "n"),
        "robust": (f"dated_{measure}", "years" if measure == "descendants" else "months"),
    }
    over, under = (_SUMS.index(name) for name in names[rule])
    can_be = np.flatnonzero(totals[:, 0] > FEWEST)
    if not totals[can_be, over].any():
        return
    values = _divided(totals[can_be, over], totals[can_be, under])
    best = np.nanmax(values)
    for k, value in zip(can_be.tolist(), values.tolist(), strict=True):
        found[k][f"is_best_{measure}"] = bool(value == best)
    if drawn is None:
        return
    replicates = _divided(drawn[:, can_be, over], drawn[:, can_be, under])
    replicates = np.where(np.isnan(replicates), -np.inf, replicates)
    is_best = replicates == replicates.max(axis=1, keepdims=True)
    share = (is_best / is_best.sum(axis=1, keepdims=True)).mean(axis=0)
    for k, probability in zip(can_be.tolist(), share.tolist(), strict=True):
        found[k][f"probability_best_{measure}"] = probability


def _divided(
    above: npt.NDArray[np.float64], below: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    return np.divide(above, below, where=below > 0, out=np.full(np.shape(above), np.nan))
