"""Numbers at both ends of edges, weighed and summed within lots of families.

What does not belong here: the measures that are made of the sums (``numeric``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from biome_pipeline.inference.lots import lots_of_families

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = [
    "COLUMNS",
    "WEIGHTINGS",
    "ChosenEdges",
    "EdgeNumbers",
    "LotSums",
    "NumericWeighting",
    "lot_sums",
    "weighted_quantile",
]

NumericWeighting = Literal["edge", "parent"]
"""A value of the column ``weighting``: what weighs the same."""

WEIGHTINGS: tuple[NumericWeighting, ...] = ("edge", "parent")
"""Both, the published one first."""

COLUMNS: tuple[str, ...] = (
    "n",
    "parent",
    "child",
    "lower",
    "higher",
    "n_change",
    "change",
    "n_log",
    "below",
)
"""What is summed: three kinds of weights, and weights times what is averaged."""


@dataclass(frozen=True, eq=False)
class EdgeNumbers:
    """All edges: the numbers at both ends and what they come to.

    Attributes
    ----------
    parent_value, child_value : ndarray of float64, shape (n_edges,)
        The numbers; NaN where one is missing.
    is_known : ndarray of bool, shape (n_edges,)
        Whether both are known.
    is_from_some, is_to_some : ndarray of bool, shape (n_edges,)
        Whether the parent's is above 0 besides, and whether both are; never of
        flags, whose relative changes mean nothing.
    change, log_ratio : ndarray of float64, shape (n_edges,)
        Child over parent less 1, and the logarithm of it; 0 where there is none.
    order : ndarray of integers, shape (n_edges,)
        Edges by `log_ratio`, once for all groups, which pick theirs out.
    parent, family, lot : ndarray of integers, shape (n_edges,)
        Parent, family and lot of families of each edge, from 0.
    n_lots : int
        Number of lots.
    """

    parent_value: npt.NDArray[np.float64]
    child_value: npt.NDArray[np.float64]
    is_known: npt.NDArray[np.bool_]
    is_from_some: npt.NDArray[np.bool_]
    is_to_some: npt.NDArray[np.bool_]
    change: npt.NDArray[np.float64]
    log_ratio: npt.NDArray[np.float64]
    order: npt.NDArray[np.intp]
    parent: npt.NDArray[np.intp]
    family: npt.NDArray[np.intp]
    lot: npt.NDArray[np.int64]
    n_lots: int

    @classmethod
    def of(
        cls,
        parent_value: npt.NDArray[np.float64],
        child_value: npt.NDArray[np.float64],
        parent: npt.NDArray[np.integer[Any]],
        family: npt.NDArray[np.integer[Any]],
        *,
        is_flag: bool,
    ) -> EdgeNumbers:
        """Compare both ends of each edge.

        Parameters
        ----------
        parent_value, child_value : ndarray of float64, shape (n_edges,)
            The numbers, at least 0; NaN where one is missing.
        parent, family : ndarray of integers, shape (n_edges,)
            Parent and family of each edge, any numbering.
        is_flag : bool
            Whether the numbers are 0 or 1.

        Returns
        -------
        EdgeNumbers
            The edges.
        """
        is_known = ~(np.isnan(parent_value) | np.isnan(child_value))
        # Comparisons with NaN are False.
        is_from_some = is_known & (parent_value > 0) & (not is_flag)
        is_to_some = is_from_some & (child_value > 0)
        change, log_ratio = np.zeros(parent.size), np.zeros(parent.size)
        ratio = child_value[is_from_some] / parent_value[is_from_some]
        change[is_from_some] = ratio - 1
        log_ratio[is_to_some] = np.log(child_value[is_to_some] / parent_value[is_to_some])
        _, parents = np.unique(parent, return_inverse=True)
        _, home = np.unique(family, return_inverse=True)
        lot = lots_of_families(np.bincount(home))
        return cls(
            parent_value=parent_value,
            child_value=child_value,
            is_known=is_known,
            is_from_some=is_from_some,
            is_to_some=is_to_some,
            change=change,
            log_ratio=log_ratio,
            order=np.argsort(log_ratio, kind="stable"),
            parent=parents,
            family=home,
            lot=lot[home],
            n_lots=int(lot.max()) + 1 if lot.size else 0,
        )


@dataclass(frozen=True, eq=False)
class ChosenEdges:
    """The edges of one group.

    Attributes
    ----------
    known : ndarray of integers, shape (n_known,)
        Edges of which both ends are known, ascending.
    n_rows : int
        Edges of the group.
    ordered : ndarray of integers
        Edges that have a logarithm, in the order of it.
    """

    known: npt.NDArray[np.intp]
    n_rows: int
    ordered: npt.NDArray[np.intp]

    @classmethod
    def of(cls, edges: EdgeNumbers, rows: npt.NDArray[np.integer[Any]]) -> ChosenEdges:
        """Choose the edges of a group.

        Parameters
        ----------
        edges : EdgeNumbers
            All edges.
        rows : ndarray of integers
            Places of the group's edges.

        Returns
        -------
        ChosenEdges
            The choice.
        """
        known = np.sort(rows[edges.is_known[rows]])
        is_inside = np.zeros(edges.is_known.size, np.bool_)
        is_inside[known[edges.is_to_some[known]]] = True
        return cls(known, int(rows.size), edges.order[is_inside[edges.order]])


@dataclass(frozen=True, eq=False)
class LotSums:
    """One group under one weighting: sums by lot, and the logarithms in order.

    Attributes
    ----------
    columns : ndarray of float64, shape (n_lots, 9)
        Sums of `COLUMNS`.
    n_edges, n_families : dict of str to int
        Edges with weight and their families, by ``n``, ``n_change`` and ``n_log``.
    n_rows, n_parents : int
        Edges of the group, and parents of those of which both ends are known.
    ordered, cumulative : ndarray of float64, shape (n_log,)
        Logarithms, ascending, and the weight up to each.
    """

    columns: npt.NDArray[np.float64]
    n_edges: dict[str, int]
    n_rows: int
    n_parents: int
    n_families: dict[str, int]
    ordered: npt.NDArray[np.float64]
    cumulative: npt.NDArray[np.float64]


def lot_sums(edges: EdgeNumbers, chosen: ChosenEdges, weighting: NumericWeighting) -> LotSums:
    """Weigh the edges of a group and sum them within lots.

    Parameters
    ----------
    edges : EdgeNumbers
        All edges.
    chosen : ChosenEdges
        Those of the group.
    weighting : {"edge", "parent"}
        What weighs the same.

    Returns
    -------
    LotSums
        The sums.
    """
    known = chosen.known
    before, after = edges.parent_value[known], edges.child_value[known]
    parent, lot = edges.parent[known], edges.lot[known]
    masks = {
        "n": np.ones(known.size, np.bool_),
        "n_change": edges.is_from_some[known],
        "n_log": edges.is_to_some[known],
    }
    weights = {name: _weights(parent, mask, weighting) for name, mask in masks.items()}
    everywhere, changed, both = weights["n"], weights["n_change"], weights["n_log"]
    spread = np.zeros(edges.is_known.size)
    spread[known] = both
    ordered, cumulative = edges.log_ratio[chosen.ordered], np.cumsum(spread[chosen.ordered])
    median = weighted_quantile(ordered, cumulative, 0.5) if ordered.size else 0.0
    columns: npt.NDArray[np.float64] = np.stack(
        [
            np.bincount(lot, weights=values, minlength=edges.n_lots)
            for values in (
                everywhere,
                everywhere * before,
                everywhere * after,
                everywhere * (after < before),
                everywhere * (after > before),
                changed,
                changed * edges.change[known],
                both,
                both * (edges.log_ratio[known] <= median),
            )
        ],
        axis=1,
        dtype=np.float64,
    )
    home = edges.family[known]
    return LotSums(
        columns=columns,
        n_edges={name: int(np.count_nonzero(mask)) for name, mask in masks.items()},
        n_rows=chosen.n_rows,
        n_parents=_count(parent),
        n_families={name: _count(home[mask]) for name, mask in masks.items()},
        ordered=ordered,
        cumulative=cumulative,
    )


def _weights(
    parent: npt.NDArray[np.intp], chosen: npt.NDArray[np.bool_], weighting: NumericWeighting
) -> npt.NDArray[np.float64]:
    """Weigh the chosen edges, all others by 0."""
    if weighting == "edge":
        return chosen.astype(np.float64)
    n_each = np.bincount(parent[chosen], minlength=1)
    weights = np.zeros(chosen.size)
    weights[chosen] = 1 / n_each[parent[chosen]]
    return weights


def _count(numbers: npt.NDArray[np.intp]) -> int:
    """Count different small numbers."""
    return int(np.count_nonzero(np.bincount(numbers)))


def weighted_quantile(
    ordered: npt.NDArray[np.float64], cumulative: npt.NDArray[np.float64], share: float
) -> float:
    """Give a quantile of weighted values (the inverse of their distribution function).

    Parameters
    ----------
    ordered : ndarray of float64, shape (n,)
        Values, ascending; at least one.
    cumulative : ndarray of float64, shape (n,)
        Weight of each value and all before it; the last is the whole weight.
    share : float
        Share of the weight, cut to 0 to 1.

    Returns
    -------
    float
        The least value with at least that share up to it; midway to the next
        where exactly that share is, so that the median is the usual one.
    """
    wanted = min(max(share, 0.0), 1.0) * float(cumulative[-1])
    # Sums of equal weights hit a half but for rounding.
    slack = 1e-12 * float(cumulative[-1])
    at = min(int(np.searchsorted(cumulative, wanted - slack)), ordered.size - 1)
    is_exact = abs(float(cumulative[at]) - wanted) <= slack and at + 1 < ordered.size
    return float((ordered[at] + ordered[at + 1]) / 2 if is_exact else ordered[at])
