"""How a number changes from parent to child: lengths, counts, flags.

The published rule weighs every edge the same, so that a few parents with very
many children may supply most of it; the robust one weighs every parent the
same. A ratio of means and a mean of ratios need not even point the same way:
cards are published to become half as long, and to grow by 93 % (arXiv
2508.06811, section 4.4, and its public code). All measures stand side by side,
each with its own n and its interval over families.

What does not belong here: where the numbers come from (``attributes``), and how
they are weighed and summed (``numeric_sums``).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from biome_pipeline.drift.numeric_sums import (
    COLUMNS,
    WEIGHTINGS,
    ChosenEdges,
    EdgeNumbers,
    lot_sums,
    weighted_quantile,
)
from biome_pipeline.errors import InferenceError
from biome_pipeline.inference.resampling import (
    Estimate,
    check_arrays,
    percentile_interval,
    resampled_sums,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from biome_pipeline.drift.numeric_sums import LotSums, NumericWeighting

__all__ = ["NumericDrift", "numeric_drift"]

_NOTHING = Estimate(None, None, None, 0, 0, 0)


@dataclass(frozen=True)
class NumericDrift:
    """The change of one number along some edges, under one weighting.

    Every measure is an `Estimate` of its own: its `n` counts edges it rests on,
    its `n_missing` those of the other edges, its interval is over families.

    Attributes
    ----------
    n_parents : int
        Parents of the edges on which both ends are known.
    mean_parent, mean_child : Estimate
        Means over the edges on which both ends are known.
    mean_difference : Estimate
        Mean of child less parent over these.
    ratio_of_means : Estimate
        `mean_child` over `mean_parent`; no value if that is 0.
    share_lower, share_higher : Estimate
        Share of these edges on which the child has less, or more.
    mean_change : Estimate
        Mean of (child - parent) / parent over edges on which the parent is above
        0; no value of a flag.
    median_log_ratio : Estimate
        Median of the natural logarithm of child over parent, over edges on which
        both are above 0; no value of a flag.
    """

    n_parents: int
    mean_parent: Estimate
    mean_child: Estimate
    mean_difference: Estimate
    ratio_of_means: Estimate
    share_lower: Estimate
    share_higher: Estimate
    mean_change: Estimate
    median_log_ratio: Estimate


def numeric_drift(
    parent_value: npt.NDArray[np.float64],
    child_value: npt.NDArray[np.float64],
    parent: npt.NDArray[np.integer[Any]],
    family: npt.NDArray[np.integer[Any]],
    groups: Mapping[str, npt.NDArray[np.integer[Any]]],
    *,
    is_flag: bool = False,
    n_replicates: int,
    seed: int,
) -> dict[tuple[str, NumericWeighting], NumericDrift]:
    """Measure the change along groups of edges; all measures share the draws of families.

    The interval of the median is Woodruff's (1952, JASA 47): the bootstrap over
    families tells how far the share of edges up to the median varies, and the
    quantiles at that distance from one half are its ends.

    Parameters
    ----------
    parent_value, child_value : ndarray of float64, shape (n_edges,)
        The number at both ends of each edge, at least 0; NaN where it is missing.
    parent : ndarray of integers, shape (n_edges,)
        Parent of each edge.
    family : ndarray of integers, shape (n_edges,)
        Family of each edge.
    groups : mapping of str to ndarray of integers
        Places of the edges of each group, as of a relation; an edge may be in
        several.
    is_flag : bool, default False
        Whether the number is 0 or 1, so that relative changes mean nothing.
    n_replicates : int
        Replicates (B).
    seed : int
        Seed of the draws.

    Returns
    -------
    dict of (str, str) to NumericDrift
        By group and weighting. Under ``parent`` an edge weighs one over the
        number of edges of its parent that the measure rests on, so that each of
        their parents weighs 1.

    Raises
    ------
    InferenceError
        If the arrays do not match, a number is negative or infinite, or B is not
        positive.
    """
    check_arrays(
        n_replicates,
        parent_value=parent_value,
        child_value=child_value,
        parent=parent,
        family=family,
    )
    for name, values in (("parent_value", parent_value), ("child_value", child_value)):
        if np.any(np.isinf(values)) or np.any(values < 0):
            raise InferenceError(
                "a number is negative or infinite", place=name, remedy="give NaN for what is odd"
            )
    edges = EdgeNumbers.of(parent_value, child_value, parent, family, is_flag=is_flag)
    keys: list[tuple[str, NumericWeighting]] = []
    parts: list[LotSums] = []
    for group, rows in groups.items():
        chosen = ChosenEdges.of(edges, rows)
        for weighting in WEIGHTINGS:
            keys.append((group, weighting))
            parts.append(lot_sums(edges, chosen, weighting))
    if not parts:
        return {}
    drawn = _drawn([part.columns for part in parts], n_replicates, seed)
    return {
        key: _measured(part, sums, is_flag=is_flag)
        for key, part, sums in zip(keys, parts, drawn, strict=True)
    }


def _drawn(
    parts: list[npt.NDArray[np.float64]], n_replicates: int, seed: int
) -> list[npt.NDArray[np.float64] | None]:
    """Resample the lots of all parts at once; None with fewer than two."""
    columns = np.concatenate(parts, axis=1)
    columns = columns[np.any(columns != 0, axis=1)]
    if len(columns) < 2:
        return [None] * len(parts)
    # Sums of any size become numbers about 1, so that twelve digits are kept of each.
    scale = np.abs(columns).sum(axis=0)
    scale[scale == 0] = 1
    sums = resampled_sums(columns / scale, n_replicates=n_replicates, seed=seed) * scale
    return list(np.split(sums, len(parts), axis=1))


def _measured(
    part: LotSums, drawn: npt.NDArray[np.float64] | None, *, is_flag: bool
) -> NumericDrift:
    place = {name: k for k, name in enumerate(COLUMNS)}
    total = part.columns.sum(axis=0)

    def counted(weight: str) -> Estimate:
        n = part.n_edges[weight]
        return Estimate(None, None, None, n, part.n_rows - n, part.n_families[weight])

    def ratio(plus: str, below: str, *, weight: str = "n", minus: str | None = None) -> Estimate:
        """Estimate one sum, less another, over a third."""
        sign = 0.0 if minus is None else 1.0
        less = place[plus if minus is None else minus]
        found = counted(weight)
        if total[place[below]] == 0:
            return found
        value = float((total[place[plus]] - sign * total[less]) / total[place[below]])
        found = replace(found, value=value)
        if drawn is None or part.n_families[weight] < 2:
            return found
        over = drawn[:, place[below]]
        replicates = np.divide(
            drawn[:, place[plus]] - sign * drawn[:, less],
            over,
            # A sum of nothing is 0 but for rounding.
            where=over > 1e-9 * total[place[below]],
            out=np.full(over.size, np.nan),
        )
        low, high = percentile_interval(replicates)
        return replace(found, ci_low=low, ci_high=high)

    median = counted("n_log")
    if part.ordered.size:
        median = replace(median, value=weighted_quantile(part.ordered, part.cumulative, 0.5))
        up_to = ratio("below", "n_log", weight="n_log")
        if up_to.value is not None and up_to.ci_low is not None and up_to.ci_high is not None:
            ends = (0.5 - (up_to.ci_high - up_to.value), 0.5 + (up_to.value - up_to.ci_low))
            low, high = (weighted_quantile(part.ordered, part.cumulative, end) for end in ends)
            median = replace(median, ci_low=low, ci_high=high)
    return NumericDrift(
        n_parents=part.n_parents,
        mean_parent=ratio("parent", "n"),
        mean_child=ratio("child", "n"),
        mean_difference=ratio("child", "n", minus="parent"),
        ratio_of_means=ratio("child", "parent"),
        share_lower=ratio("lower", "n"),
        share_higher=ratio("higher", "n"),
        mean_change=_NOTHING if is_flag else ratio("change", "n_change", weight="n_change"),
        median_log_ratio=_NOTHING if is_flag else median,
    )
