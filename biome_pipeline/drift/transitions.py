"""From which value to which a trait changes, edge by edge.

Source: "Anatomy of a Machine Learning Ecosystem" (arXiv 2508.06811), section
4.1, and its public code (`get_trait_graph`). On an edge from value set A to B
every added value of B without A counts one from each value of A, and every
removed value of A without B counts one to each value of B. So a mutation of a
single value counts twice: `transitions` (added and removed together) is the
published convention, `mutations`, half of it, counts it once.

All pairs of an edge are those from a removed value to any of B, and those from
a kept value to an added one: two products of two lists, laid out edge by edge
in blocks. Edges that do not mutate, nearly all, have no pair and cost nothing; those
between single values are a row as they are.

What does not belong here: what follows from the counts (``flow``,
``direction``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import coo_array, csr_array

from biome_pipeline.drift.mutation import edge_mutations
from biome_pipeline.errors import InferenceError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from biome_pipeline.drift.edges import TraitEdges

__all__ = [
    "EXCLUDED_VALUES",
    "FamilyFlows",
    "TransitionCounts",
    "Transitions",
    "edge_transitions",
    "family_flows",
    "top_values",
    "transition_counts",
]

EXCLUDED_VALUES = frozenset({"", "other", "unknown"})
"""Values that say that the value is another or not known; no order has them."""

_PAIRS = 1 << 22
"""Pairs of values laid out at once: some 200 MB with all that goes beside."""


@dataclass(frozen=True, eq=False)
class Transitions:
    """Transitions as rows, each (edge, source, target) once, edges ascending.

    Attributes
    ----------
    edge : ndarray of int64, shape (n_rows,)
        Place of the edge among all.
    source, target : ndarray of int64, shape (n_rows,)
        The value of the parent, and that of the child; never the same.
    n_added, n_removed : ndarray of int8, shape (n_rows,)
        Whether the target is added, and whether the source is removed: 0 or 1.
    """

    edge: npt.NDArray[np.int64]
    source: npt.NDArray[np.int64]
    target: npt.NDArray[np.int64]
    n_added: npt.NDArray[np.int8]
    n_removed: npt.NDArray[np.int8]

    def among(self, columns: npt.NDArray[np.integer[Any]], n_values: int) -> Transitions:
        """Keep the transitions among some values, and renumber these.

        Parameters
        ----------
        columns : ndarray of integers, shape (n_kept,)
            The values kept, in their new order.
        n_values : int
            Number of all values.

        Returns
        -------
        Transitions
            Rows of which both values are kept.
        """
        place = np.full(n_values, -1, dtype=np.int64)
        place[columns] = np.arange(len(columns))
        source, target = place[self.source], place[self.target]
        kept = (source >= 0) & (target >= 0)
        return Transitions(
            self.edge[kept], source[kept], target[kept], self.n_added[kept], self.n_removed[kept]
        )


@dataclass(frozen=True, eq=False)
class TransitionCounts:
    """Transitions of a whole graph, one row per ordered pair of values that has any.

    Attributes
    ----------
    source, target : ndarray of int64, shape (n_pairs,)
        The two values; by source, then target.
    n_added, n_removed : ndarray of int64, shape (n_pairs,)
        Numbers of both kinds.
    """

    source: npt.NDArray[np.int64]
    target: npt.NDArray[np.int64]
    n_added: npt.NDArray[np.int64]
    n_removed: npt.NDArray[np.int64]

    @property
    def transitions(self) -> npt.NDArray[np.int64]:
        """Give the published count: added and removed together."""
        return self.n_added + self.n_removed

    @property
    def mutations(self) -> npt.NDArray[np.float64]:
        """Give half of it, which counts a mutation of a single value once."""
        return self.transitions / 2


@dataclass(frozen=True, eq=False)
class FamilyFlows:
    """What each family adds to the flow from value to value.

    Only families with a transition among the values are there: no other can
    move a share of transitions.

    Attributes
    ----------
    family : ndarray of int64, shape (n_families,)
        Their numbers, ascending.
    transitions : scipy.sparse.csr_array of float64, shape (n_families, n_values ** 2)
        Transitions from source to target, in column source * n_values + target.
    edges : scipy.sparse.csr_array of float64, shape (n_families, n_values ** 2)
        The same, the transitions of each edge weighing 1 together.
    n_values : int
        Number of values.
    """

    family: npt.NDArray[np.int64]
    transitions: csr_array
    edges: csr_array
    n_values: int

    @property
    def n_families(self) -> int:
        """Give the number of families with a transition."""
        return int(self.family.size)

    @property
    def effective_families(self) -> float:
        """Give Kish's effective number: (sum of m)² / sum of m², m mutated edges of a family."""
        size = np.asarray(self.edges.sum(axis=1))
        return float(size.sum() ** 2 / (size**2).sum()) if size.size else 0.0

    def total(self) -> npt.NDArray[np.float64]:
        """Give the transitions of all families.

        Returns
        -------
        ndarray of float64, shape (n_values, n_values)
            From the row's value to the column's; the diagonal is 0.
        """
        flat = np.asarray(self.transitions.sum(axis=0), dtype=np.float64)
        return flat.reshape(self.n_values, self.n_values)


def top_values(values: Sequence[str], top_n: int) -> npt.NDArray[np.int64]:
    """Choose the values that an ordering is over.

    Parameters
    ----------
    values : sequence of str
        All values, by number of models descending.
    top_n : int
        How many to take.

    Returns
    -------
    ndarray of int64, shape (at most top_n,)
        Columns of the first values that are not in `EXCLUDED_VALUES`.

    Raises
    ------
    InferenceError
        If `top_n` is below 2: one value has no order.
    """
    if top_n < 2:
        raise InferenceError(
            f"an order of {top_n} values was asked for", remedy="ask for two values or more"
        )
    columns = [k for k, value in enumerate(values) if value.strip() not in EXCLUDED_VALUES]
    return np.array(columns[:top_n], dtype=np.int64)


def edge_transitions(
    edges: TraitEdges, mutation: npt.NDArray[np.float64] | None = None
) -> Transitions:
    """List the transitions of every edge.

    Parameters
    ----------
    edges : TraitEdges
        Value sets and edges.
    mutation : ndarray of float64, shape (n_edges,), optional
        Mutation of each edge, to spare computing it.

    Returns
    -------
    Transitions
        Rows by edge; within one edge in no stated order, yet always the same.
    """
    if mutation is None:
        mutation = edge_mutations(edges)
    mutated = np.flatnonzero(mutation > 0)
    n_parent, n_child = (size[mutated] for size in edges.sizes)
    is_single = (n_parent == 1) & (n_child == 1)
    alone, several = mutated[is_single], mutated[~is_single]
    once = np.ones(alone.size, dtype=np.int8)
    parts = [Transitions(alone, *edges.first_values(alone), once, once)]
    ends = np.cumsum((n_parent.astype(np.int64) * n_child)[~is_single])
    start = 0
    while start < several.size:
        done = int(ends[start - 1]) if start else 0
        # An edge with more pairs than a block is a block by itself.
        stop = max(start + 1, int(np.searchsorted(ends, done + _PAIRS, side="right")))
        parts.append(_laid_out(edges, several[start:stop]))
        start = stop
    if len(parts) == 1:
        return parts[0]
    columns = [
        np.concatenate([getattr(part, name) for part in parts])
        for name in ("edge", "source", "target", "n_added", "n_removed")
    ]
    order = np.argsort(columns[0], kind="stable")
    return Transitions(*(column[order] for column in columns))


def transition_counts(transitions: Transitions, n_values: int) -> TransitionCounts:
    """Count the transitions between each two values.

    Parameters
    ----------
    transitions : Transitions
        The rows.
    n_values : int
        Number of values.

    Returns
    -------
    TransitionCounts
        One row per ordered pair that has a transition.
    """
    code, place = np.unique(transitions.source * n_values + transitions.target, return_inverse=True)
    return TransitionCounts(
        code // n_values,
        code % n_values,
        np.bincount(place, weights=transitions.n_added, minlength=code.size).astype(np.int64),
        np.bincount(place, weights=transitions.n_removed, minlength=code.size).astype(np.int64),
    )


def family_flows(
    transitions: Transitions, family: npt.NDArray[np.integer[Any]], n_values: int
) -> FamilyFlows:
    """Sum transitions within families.

    Parameters
    ----------
    transitions : Transitions
        The rows.
    family : ndarray of integers, shape (n_edges,)
        Family of every edge of the graph.
    n_values : int
        Number of values.

    Returns
    -------
    FamilyFlows
        Both sums of each family with a transition.
    """
    n_each = (transitions.n_added + transitions.n_removed).astype(np.float64)
    _, edge = np.unique(transitions.edge, return_inverse=True)
    weight = n_each / np.bincount(edge, weights=n_each)[edge] if edge.size else n_each
    names, row = np.unique(family[transitions.edge], return_inverse=True)
    column = transitions.source * n_values + transitions.target
    shape = (names.size, n_values * n_values)
    return FamilyFlows(
        names.astype(np.int64),
        csr_array(coo_array((n_each, (row, column)), shape=shape)),
        csr_array(coo_array((weight, (row, column)), shape=shape)),
        n_values,
    )


def _laid_out(edges: TraitEdges, chosen: npt.NDArray[np.int64]) -> Transitions:
    """List the transitions of some edges that report."""
    before, after = edges.sets[edges.parent[chosen]], edges.sets[edges.child[chosen]]
    shared = _keys(before.multiply(after).tocsr())
    old, new = _keys(before), _keys(after)
    is_kept, is_added = np.isin(old, shared), ~np.isin(new, shared)
    removed_to_any = _pairs(old[~is_kept], new, edges.n_values, chosen.size)
    kept_to_added = _pairs(old[is_kept], new[is_added], edges.n_values, chosen.size)
    key = np.concatenate([removed_to_any[0], kept_to_added[0]])
    target = np.concatenate([removed_to_any[1], kept_to_added[1]])
    n_removed = np.zeros(key.size, dtype=np.int8)
    n_removed[: removed_to_any[0].size] = 1
    return Transitions(
        chosen[key // edges.n_values],
        key % edges.n_values,
        target % edges.n_values,
        (~np.isin(target, shared)).astype(np.int8),
        n_removed,
    )


def _keys(rows: csr_array) -> npt.NDArray[np.int64]:
    """Give each entry of a matrix a number: row * n_columns + column."""
    n_each = np.diff(rows.indptr)
    return np.repeat(np.arange(rows.shape[0]), n_each) * rows.shape[1] + rows.indices


def _pairs(
    first: npt.NDArray[np.int64], second: npt.NDArray[np.int64], n_values: int, n_rows: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Pair each entry of `first` with each of `second` in the same row."""
    n_second = np.bincount(second // n_values, minlength=n_rows)
    start = np.cumsum(n_second) - n_second
    row = first // n_values
    n_each = n_second[row]
    offset = np.arange(int(n_each.sum())) - np.repeat(np.cumsum(n_each) - n_each, n_each)
    return np.repeat(first, n_each), second[np.repeat(start[row], n_each) + offset]
