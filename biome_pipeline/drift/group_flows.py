"""Flows of a trait between groups of values, each mutated edge counted once in total.

Along a reporting edge u -> v every added value a of A[v] - A[u] counts one
transition from each value of A[u], and every removed value r of A[u] - A[v] one to
each value of A[v] (``transitions``; "Anatomy of a Machine Learning Ecosystem",
arXiv 2508.06811, section 7). An edge between large sets has many; here all
transitions of an edge together weigh one, so that no edge counts more than another.

What does not belong here: counts of single transitions, and tests (``findings``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from biome_pipeline.errors import InferenceError

if TYPE_CHECKING:
    import numpy.typing as npt
    from scipy.sparse import csr_array

__all__ = ["EdgeFlows", "busiest_pair", "group_flows", "reporting_edges"]


@dataclass(frozen=True, eq=False)
class EdgeFlows:
    """Flows between groups of values on the edges that mutate.

    Attributes
    ----------
    edge : ndarray of int64, shape (n_mutated,)
        Positions of the mutated edges, ascending.
    flows : ndarray of float64, shape (n_mutated, n_groups, n_groups)
        Share of the edge's transitions from one group to another; the shares of an
        edge sum to 1 less what touches values outside every group.
    n_edges, n_reporting : int
        Edges, and those with values on both ends.
    """

    edge: npt.NDArray[np.int64]
    flows: npt.NDArray[np.float64]
    n_edges: int
    n_reporting: int


def reporting_edges(
    sets: csr_array, parent: npt.NDArray[np.integer[Any]], child: npt.NDArray[np.integer[Any]]
) -> npt.NDArray[np.int64]:
    """Find the edges with values on both ends.

    Parameters
    ----------
    sets : scipy.sparse.csr_array of ones, shape (n_nodes, n_values)
        Values of each node; an empty row is not reported.
    parent, child : ndarray of integers, shape (n_edges,)
        Nodes of the two ends of each edge.

    Returns
    -------
    ndarray of int64, shape (n_reporting,)
        Their positions, ascending.

    Raises
    ------
    InferenceError
        If the ends do not match each other, or are no rows of the sets.
    """
    if parent.ndim != 1 or parent.shape != child.shape:
        raise InferenceError(
            f"the ends of edges do not match: {parent.shape} and {child.shape}",
            remedy="give one parent and one child for each edge",
        )
    nodes = np.concatenate([parent, child])
    if nodes.size and (nodes.min() < 0 or nodes.max() >= sets.shape[0]):
        raise InferenceError(
            f"an edge leaves the {sets.shape[0]} nodes of the sets",
            remedy="number the nodes as the sets do",
        )
    size = np.diff(sets.indptr)
    return np.flatnonzero((size[parent] > 0) & (size[child] > 0)).astype(np.int64)


def group_flows(
    sets: csr_array,
    parent: npt.NDArray[np.integer[Any]],
    child: npt.NDArray[np.integer[Any]],
    group: npt.NDArray[np.integer[Any]],
    *,
    n_groups: int,
) -> EdgeFlows:
    """Measure the flows between groups of values on every mutated edge.

    Parameters
    ----------
    sets : scipy.sparse.csr_array of ones, shape (n_nodes, n_values)
        Values of each node; an empty row is not reported.
    parent, child : ndarray of integers, shape (n_edges,)
        Nodes of the two ends of each edge.
    group : ndarray of integers, shape (n_values,)
        Group of each value; -1 for a value that is in none.
    n_groups : int
        Number of groups.

    Returns
    -------
    EdgeFlows
        With c counts of values in groups, a counts of added and r of removed ones,
        the flow from g to h of an edge is (c_parent[g] a[h] + r[g] c_child[h]) / t,
        with t the sum of the numerator over all values, in groups or not.

    Raises
    ------
    InferenceError
        If the arrays do not match each other or the sets, or a group is not one.
    """
    _check_groups(sets, group, n_groups)
    reporting = reporting_edges(sets, parent, child)
    edge, kept, total = _mutated(sets, parent, child, reporting)
    has_group = np.flatnonzero(group >= 0)
    within = np.zeros((sets.shape[1], n_groups))
    within[has_group, group[has_group]] = 1
    counts = sets @ within
    of_parent, of_child = counts[parent[edge]], counts[child[edge]]
    of_kept = kept @ within
    flows = np.einsum("eg,eh->egh", of_parent, of_child - of_kept)
    flows += np.einsum("eg,eh->egh", of_parent - of_kept, of_child)
    flows /= total[:, None, None]
    return EdgeFlows(edge, flows, parent.size, reporting.size)


def busiest_pair(
    sets: csr_array, parent: npt.NDArray[np.integer[Any]], child: npt.NDArray[np.integer[Any]]
) -> tuple[int, int] | None:
    """Find the two values that exchange most, each edge counted once.

    Parameters
    ----------
    sets : scipy.sparse.csr_array of ones, shape (n_nodes, n_values)
        Values of each node.
    parent, child : ndarray of integers, shape (n_edges,)
        Nodes of the two ends of each edge.

    Returns
    -------
    tuple of (int, int) or None
        The smaller and the larger column of the pair with the largest sum of flows
        in both directions, ties by column; ``None`` if nothing mutates.

    Raises
    ------
    InferenceError
        As of :func:`reporting_edges`.
    """
    edge, kept, total = _mutated(sets, parent, child, reporting_edges(sets, parent, child))
    if not edge.size:
        return None
    weight = 1 / total[:, None]
    of_parent, of_child = (sets[end[edge]].astype(np.float64) for end in (parent, child))
    flow = of_parent.T @ (of_child - kept).multiply(weight).tocsr()
    flow += (of_parent - kept).multiply(weight).tocsr().T @ of_child
    both = (flow + flow.T).tocoo()
    upper = both.row < both.col
    row, column, traffic = both.row[upper], both.col[upper], both.data[upper]
    # Sums of weights in another order differ in the last digits; such pairs are ties.
    best = np.lexsort((column, row, -np.round(traffic, 9)))[0]
    return int(row[best]), int(column[best])


def _mutated(
    sets: csr_array,
    parent: npt.NDArray[np.integer[Any]],
    child: npt.NDArray[np.integer[Any]],
    reporting: npt.NDArray[np.int64],
) -> tuple[npt.NDArray[np.int64], csr_array, npt.NDArray[np.float64]]:
    """Give the mutated edges, the values they keep, and their transitions."""
    size = np.diff(sets.indptr).astype(np.float64)
    ones = sets.astype(np.float64)
    kept = ones[parent[reporting]].multiply(ones[child[reporting]]).tocsr()
    n_kept = np.asarray(kept.sum(axis=1)).ravel()
    n_parent, n_child = size[parent[reporting]], size[child[reporting]]
    total = n_parent * (n_child - n_kept) + (n_parent - n_kept) * n_child
    changed = np.flatnonzero(total)
    return reporting[changed], kept[changed], total[changed]


def _check_groups(sets: csr_array, group: npt.NDArray[np.integer[Any]], n_groups: int) -> None:
    if group.shape != (sets.shape[1],):
        raise InferenceError(
            f"{group.shape} groups do not match {sets.shape[1]} values",
            remedy="give the group of each value, -1 for none",
        )
    if group.size and (group.min() < -1 or group.max() >= n_groups):
        raise InferenceError(
            f"a group is outside 0 to {n_groups - 1}", remedy="give -1 to values in no group"
        )
