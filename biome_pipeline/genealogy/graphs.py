"""A graph of ancestry as arrays: nodes, unique pairs and adjacency both ways.

A node is a dense integer, the rank of a model's id among the sorted ids of one
snapshot, so that node order is id order. Every kernel of this room takes a
:class:`Graph` and gives arrays back.

What does not belong here: where edges come from and which of them count
(``edges``), how cycles are found (``cycles``), and any measure beyond the
component and generation of a node.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from biome_pipeline.errors import GenealogyError

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["MAX_NODES", "Graph", "check_pairs", "distinct", "generations", "neighbours"]

_Integer = TypeVar("_Integer", bound=np.integer[Any])

MAX_NODES = int(np.iinfo(np.int32).max)
"""Most nodes of one graph: a node is an int32."""


@dataclass(frozen=True, eq=False)
class Graph:
    """A directed acyclic graph, edges from parent to child, each pair once.

    Build it with :meth:`from_pairs`; the arrays are read-only. That no cycle is
    left is a requirement which :func:`generations` verifies.

    Attributes
    ----------
    n_nodes : int
        Number of nodes; they are 0 to ``n_nodes - 1``.
    parent, child : ndarray of int32, shape (n_edges,)
        Ends of the edges, unique pairs, sorted by parent, then child.
    """

    n_nodes: int
    parent: npt.NDArray[np.int32]
    child: npt.NDArray[np.int32]

    @classmethod
    def from_pairs(
        cls, parent: npt.NDArray[np.integer[Any]], child: npt.NDArray[np.integer[Any]], n_nodes: int
    ) -> Graph:
        """Make a graph of pairs in any order, each of them once.

        Parameters
        ----------
        parent, child : ndarray of integers, shape (n_pairs,)
            Ends of the edges; duplicates are dropped.
        n_nodes : int
            Number of nodes.

        Returns
        -------
        Graph
            The graph of the unique pairs.

        Raises
        ------
        GenealogyError
            If the arrays do not match, an index is outside 0 to
            ``n_nodes - 1``, or a node is its own parent.
        """
        check_pairs(parent, child, n_nodes)
        loops = np.flatnonzero(parent == child)
        if loops.size:
            raise GenealogyError(
                f"{loops.size} edges lead from a node to itself",
                place=f"node {int(parent[loops[0]])}",
                remedy="exclude self-loops before the graph is made",
            )
        # One 64-bit key per pair sorts by parent, then child: MAX_NODES squared fits.
        key = distinct(parent.astype(np.int64) * n_nodes + child.astype(np.int64))
        ends = np.divmod(key, max(n_nodes, 1))
        return cls(n_nodes, *(_sealed(end.astype(np.int32)) for end in ends))

    @property
    def n_edges(self) -> int:
        """Number of unique pairs."""
        return int(self.parent.size)

    @cached_property
    def n_children(self) -> npt.NDArray[np.int32]:
        """Children of each node, int32, shape (n_nodes,)."""
        return _sealed(np.bincount(self.parent, minlength=self.n_nodes).astype(np.int32))

    @cached_property
    def n_parents(self) -> npt.NDArray[np.int32]:
        """Parents of each node, int32, shape (n_nodes,)."""
        return _sealed(np.bincount(self.child, minlength=self.n_nodes).astype(np.int32))

    @cached_property
    def children_indptr(self) -> npt.NDArray[np.int64]:
        """Where the children of each node begin, int64, shape (n_nodes + 1,)."""
        return _offsets(self.n_children)

    @property
    def children_indices(self) -> npt.NDArray[np.int32]:
        """Children, grouped by parent, ascending, int32, shape (n_edges,)."""
        return self.child

    @cached_property
    def parents_indptr(self) -> npt.NDArray[np.int64]:
        """Where the parents of each node begin, int64, shape (n_nodes + 1,)."""
        return _offsets(self.n_parents)

    @cached_property
    def component(self) -> npt.NDArray[np.int32]:
        """Weakly connected component of each node, from 0, in no stated order.

        int32, shape (n_nodes,).
        """
        from scipy.sparse import csr_array
        from scipy.sparse.csgraph import connected_components

        if not self.n_nodes:
            return np.zeros(0, dtype=np.int32)
        is_edge = np.ones(self.n_edges, dtype=np.int8)
        adjacency = csr_array(
            (is_edge, self.children_indices, self.children_indptr),
            shape=(self.n_nodes, self.n_nodes),
        )
        _, component = connected_components(adjacency, directed=False)
        return _sealed(np.asarray(component, dtype=np.int32))

    @cached_property
    def parents_indices(self) -> npt.NDArray[np.int32]:
        """Parents, grouped by child, ascending, int32, shape (n_edges,)."""
        return _sealed(self.parent[np.argsort(self.child, kind="stable")])


def check_pairs(
    parent: npt.NDArray[np.integer[Any]], child: npt.NDArray[np.integer[Any]], n_nodes: int
) -> None:
    """Refuse arrays that are not pairs of nodes.

    Parameters
    ----------
    parent, child : ndarray of integers, shape (n_pairs,)
        Ends of the edges.
    n_nodes : int
        Number of nodes.

    Raises
    ------
    GenealogyError
        If ``n_nodes`` is not between 0 and `MAX_NODES`, the arrays differ in
        shape or are not integers, or an index is outside 0 to ``n_nodes - 1``.
    """
    if not 0 <= n_nodes <= MAX_NODES:
        raise GenealogyError(
            f"a graph cannot have {n_nodes} nodes", remedy=f"give 0 to {MAX_NODES} nodes"
        )
    if parent.ndim != 1 or parent.shape != child.shape:
        raise GenealogyError(
            f"parents and children do not match: shapes {parent.shape} and {child.shape}",
            remedy="give two arrays of one dimension and the same length",
        )
    for name, node in (("parent", parent), ("child", child)):
        if not np.issubdtype(node.dtype, np.integer):
            raise GenealogyError(
                f"nodes are {node.dtype}", place=name, remedy="give nodes as integers"
            )
        if node.size and (node.min() < 0 or node.max() >= n_nodes):
            raise GenealogyError(
                f"a node is outside 0 to {n_nodes - 1}: they run from {node.min()} to {node.max()}",
                place=name,
                remedy="number the nodes by the rank of their id",
            )


def neighbours(
    indptr: npt.NDArray[np.int64],
    indices: npt.NDArray[np.int32],
    nodes: npt.NDArray[np.integer[Any]],
) -> npt.NDArray[np.int32]:
    """Give the neighbours of several nodes, one list after the other.

    Parameters
    ----------
    indptr : ndarray of int64, shape (n_nodes + 1,)
        Where the neighbours of each node begin.
    indices : ndarray of int32, shape (n_edges,)
        Neighbours, grouped by node.
    nodes : ndarray of integers, shape (k,)
        The nodes asked for, in any order.

    Returns
    -------
    ndarray of int32, shape (sum of the k degrees,)
        Neighbours in the order of `nodes`; one shared by two nodes comes twice.
    """
    first = indptr[nodes]
    n_each = indptr[nodes + 1] - first
    end = np.cumsum(n_each)
    total = int(end[-1]) if end.size else 0
    return indices[np.repeat(first - end + n_each, n_each) + np.arange(total)]


def distinct(numbers: npt.NDArray[_Integer]) -> npt.NDArray[_Integer]:
    """Give each number once, ascending, as ``numpy.unique`` does.

    That hashes integers before it sorts them; to sort alone takes a third of
    the time.

    Parameters
    ----------
    numbers : ndarray of integers, shape (n,)
        The numbers.

    Returns
    -------
    ndarray of the same type, shape (n_distinct,)
        Each of them once.
    """
    ordered = np.sort(numbers)
    is_first = np.ones(ordered.size, dtype=np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=is_first[1:])
    return ordered[is_first]


def generations(graph: Graph) -> npt.NDArray[np.int32]:
    """Give the generation of each node: its longest path from a founder.

    Nodes are taken off in layers, each layer the nodes whose parents are all
    taken (Kahn 1962, "Topological sorting of large networks", CACM 5).

    Parameters
    ----------
    graph : Graph
        The graph.

    Returns
    -------
    ndarray of int32, shape (n_nodes,)
        Edges on the longest path from a node without parents; 0 for those.

    Raises
    ------
    GenealogyError
        If the graph has a cycle.
    """
    generation = np.zeros(graph.n_nodes, dtype=np.int32)
    n_waiting = graph.n_parents.copy()
    # Most nodes have no relatives: they are generation 0 and lead nowhere.
    is_founder, is_parent = n_waiting == 0, graph.n_children > 0
    layer = np.flatnonzero(is_founder & is_parent)
    n_taken, level = int(np.count_nonzero(is_founder & ~is_parent)), 0
    while layer.size:
        generation[layer] = level
        n_taken += layer.size
        child = neighbours(graph.children_indptr, graph.children_indices, layer)
        np.subtract.at(n_waiting, child, 1)
        layer = distinct(child[n_waiting[child] == 0])
        level += 1
    if n_taken < graph.n_nodes:
        raise GenealogyError(
            f"{graph.n_nodes - n_taken} nodes lie on a cycle or below one",
            place=f"node {int(np.flatnonzero(n_waiting)[0])}",
            remedy="exclude the edges inside cycles before the graph is made",
        )
    return generation


def _offsets(n_each: npt.NDArray[np.int32]) -> npt.NDArray[np.int64]:
    offsets = np.zeros(n_each.size + 1, dtype=np.int64)
    np.cumsum(n_each, out=offsets[1:])
    offsets.setflags(write=False)
    return offsets


def _sealed(array: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    array.setflags(write=False)
    return array
