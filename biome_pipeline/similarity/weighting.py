"""How the values of one position are weighed: by pair, by parent, by family.

The published mean gives every pair the same weight, so that a few parents with
very many children may supply most of it. The robust ones take the mean within
each parent, or each family, first.

What does not belong here: how pairs are drawn and compared (``sampling``,
``vectors``, ``siblings``), and the resampling itself (``inference.resampling``).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from biome_pipeline.errors import InferenceError
from biome_pipeline.inference.resampling import (
    Estimate,
    check_arrays,
    mean_over_families,
    percentile_interval,
    ratio_over_families,
    resampled_sums,
)

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["Weighed", "Weighting", "sibling_means", "weighted_means"]

Weighting = Literal["pair", "parent", "family"]
"""A value of the column ``weighting``."""


def sibling_means(
    sums: npt.NDArray[np.float64],
    n_pairs: npt.NDArray[np.integer[Any]],
    family: npt.NDArray[np.integer[Any]],
    *,
    n_replicates: int,
    seed: int,
    n_missing: int = 0,
) -> dict[Weighting, Estimate]:
    """Give the mean similarity of all siblings, without drawing pairs.

    Parameters
    ----------
    sums : ndarray of float64, shape (n_parents,)
        Sum of the similarity over the unordered pairs of each parent's children.
    n_pairs : ndarray of integers, shape (n_parents,)
        Pairs in that sum; a parent with none is left out.
    family : ndarray of integers, shape (n_parents,)
        Family of each parent.
    n_replicates : int
        Replicates (B) of each bootstrap.
    seed : int
        Seed of the draws.
    n_missing : int, default 0
        Pairs that the sums leave out.

    Returns
    -------
    dict of str to Estimate
        ``pair``, ``parent`` and ``family`` as by :func:`weighted_means` of all
        pairs; `n` counts pairs. All pairs are there, so that nothing is left to
        resample but families: the interval of ``pair`` is over families, too.

    Raises
    ------
    InferenceError
        If the arrays do not match, a number of pairs is negative, or B is not
        positive.
    """
    if n_pairs.size and n_pairs.min() < 0:
        raise InferenceError("a parent has a negative number of pairs", remedy="count them anew")
    if not sums.shape == n_pairs.shape == family.shape:
        raise InferenceError(
            f"the arrays do not match: {sums.shape}, {n_pairs.shape} and {family.shape}",
            remedy="give one number per parent in each",
        )
    has_pairs = n_pairs > 0
    total, count, home = sums[has_pairs], n_pairs[has_pairs].astype(np.float64), family[has_pairs]
    _, place = np.unique(home, return_inverse=True)
    family_mean = np.bincount(place, weights=total) / np.bincount(place, weights=count)
    n = int(n_pairs[has_pairs].sum(dtype=np.int64))
    estimates: dict[Weighting, Estimate] = {
        "pair": ratio_over_families(total, count, home, n_replicates=n_replicates, seed=seed),
        "parent": mean_over_families(total / count, home, n_replicates=n_replicates, seed=seed),
        "family": mean_over_families(
            family_mean, np.unique(home), n_replicates=n_replicates, seed=seed
        ),
    }
    return {
        weighting: replace(estimate, n=n, n_missing=n_missing)
        for weighting, estimate in estimates.items()
    }


def weighted_means(
    values: npt.NDArray[np.float64],
    top: npt.NDArray[np.integer[Any]] | None,
    family: npt.NDArray[np.integer[Any]] | None,
    *,
    n_replicates: int,
    seed: int,
) -> list[dict[Weighting, Weighed]]:
    """Give the mean similarity of one position under each weighting, by several measures.

    The weights are those of the pairs at hand. In a sample drawn in proportion
    to multiplicity a parent with few occurrences is seldom drawn at all, so that
    ``parent`` and ``family`` speak of the parents and families that were drawn,
    not of all; :func:`sibling_means` speaks of all.

    All measures share the draws of pairs and of families: a replicate is drawn
    once for all of them. What has no value by any measure is not drawn.

    Parameters
    ----------
    values : ndarray of float64, shape (n_pairs, n_measures)
        Similarity of each pair by each measure, NaN where it is missing.
    top : ndarray of integers, shape (n_pairs,), or None
        Top node of the position (the parent that the pair descends from).
    family : ndarray of integers, shape (n_pairs,), or None
        Family of the pair. Without tops and families, as of random pairs, there
        is ``pair`` alone.
    n_replicates : int
        Replicates (B) of each bootstrap.
    seed : int
        Seed of the draws.

    Returns
    -------
    list of dict of str to Weighed
        One per measure. ``pair``: the mean over pairs; ``parent``: the mean
        within each top node, then over them; ``family``: the mean within each
        family, then over them.

    Raises
    ------
    InferenceError
        If the arrays do not match, one of top and family is given without the
        other, a top lies in two families, or B is not positive.
    """
    if (top is None) != (family is None):
        raise InferenceError(
            "tops were given without families, or families without tops",
            remedy="give both, or neither",
        )
    is_known = ~np.isnan(values)
    n, n_missing = is_known.sum(axis=0), (~is_known).sum(axis=0)
    by_pair = _Columns(np.where(is_known, values, 0.0), is_known.astype(np.float64))
    over_pairs = _intervals([by_pair], n_replicates, seed)[0]
    if top is None or family is None:
        return [
            {"pair": Weighed(Estimate(*mean, int(n[k]), int(n_missing[k]), None), None)}
            for k, mean in enumerate(over_pairs)
        ]
    check_arrays(n_replicates, top=top, family=family)
    if len(top) != len(values):
        raise InferenceError(f"{len(values)} pairs do not match {len(top)} tops")
    homes, home = np.unique(family, return_inverse=True)
    tops, first, place = np.unique(top, return_index=True, return_inverse=True)
    torn = np.flatnonzero(home != home[first][place])
    if torn.size:
        raise InferenceError(
            "a top node has pairs in two families",
            place=f"node {int(top[torn[0]])}",
            remedy="number the families of one graph alone",
        )
    within_family = by_pair.within(home, homes.size)
    by_parent = by_pair.within(place, tops.size).means().within(home[first], homes.size)
    parts = [within_family, by_parent, within_family.means()]
    over_families = _intervals(parts, n_replicates, seed)
    n_families = (within_family.counts > 0).sum(axis=0)
    found: list[dict[Weighting, Weighed]] = []
    for k in range(values.shape[1]):
        own = (int(n[k]), int(n_missing[k]), int(n_families[k]))
        pair, parent, whole = (Estimate(*part[k], *own) for part in over_families)
        found.append(
            {
                "pair": Weighed(Estimate(*over_pairs[k], *own), pair),
                "parent": Weighed(parent, parent),
                "family": Weighed(whole, whole),
            }
        )
    return found


@dataclass(frozen=True)
class Weighed:
    """A mean with its two intervals.

    Attributes
    ----------
    estimate : Estimate
        The mean; its interval is over pairs where these weigh the same, else over families.
    over_families : Estimate or None
        The same mean with its interval over families; ``None`` without families.
    """

    estimate: Estimate
    over_families: Estimate | None


@dataclass(frozen=True, eq=False)
class _Columns:
    """Sums and numbers of values of several measures, a row for each unit."""

    sums: npt.NDArray[np.float64]
    counts: npt.NDArray[np.float64]

    def within(self, group: npt.NDArray[np.integer[Any]], n_groups: int) -> _Columns:
        """Add the units of each group up."""
        return _Columns(_added(self.sums, group, n_groups), _added(self.counts, group, n_groups))

    def means(self) -> _Columns:
        """Make each unit with a value count once, with its mean."""
        has_any = self.counts > 0
        means = np.divide(self.sums, self.counts, where=has_any, out=np.zeros_like(self.sums))
        return _Columns(means, has_any.astype(np.float64))


def _added(
    columns: npt.NDArray[np.float64], group: npt.NDArray[np.integer[Any]], n_groups: int
) -> npt.NDArray[np.float64]:
    return np.stack(
        [np.bincount(group, weights=column, minlength=n_groups) for column in columns.T], axis=1
    )


def _intervals(
    parts: list[_Columns], n_replicates: int, seed: int
) -> list[list[tuple[float | None, float | None, float | None]]]:
    """Give mean, low and high end of every measure of every part, units drawn once."""
    n_measures = parts[0].sums.shape[1]
    rows = np.concatenate([block for part in parts for block in (part.sums, part.counts)], axis=1)
    rows = rows[np.any(parts[0].counts > 0, axis=1)]
    drawn = None
    if len(rows) > 1:
        drawn = resampled_sums(rows, n_replicates=n_replicates, seed=seed)
    found = []
    for number, part in enumerate(parts):
        total, count = part.sums.sum(axis=0), part.counts.sum(axis=0)
        own: list[tuple[float | None, float | None, float | None]] = []
        for k in range(n_measures):
            value = float(total[k] / count[k]) if count[k] else None
            low = high = None
            # One unit with a value says nothing of how units differ.
            if drawn is not None and np.count_nonzero(part.counts[:, k]) > 1:
                at = 2 * number * n_measures + k
                times = drawn[:, at + n_measures]
                ratio = np.divide(
                    drawn[:, at], times, where=times > 0, out=np.full(times.size, np.nan)
                )
                low, high = percentile_interval(ratio)
            own.append((value, low, high))
        found.append(own)
    return found
