"""Ancestors and descendants, exactly: the transitive closure of a graph.

A model reached along two paths counts once, so sums over children are wrong
wherever lines merge. The closure of two million models does not fit memory,
but lines merge in few nodes. Call a node with two parents or more *merged*, and
cut the edges into merged nodes: what is left is a forest of *regions*, each
headed by a merged node or a founder. The descendants of a node are its subtree
within its region and the whole regions of all merged nodes that it reaches; the
ancestors of a node are its line up to the head of its region and the ancestors
of that head. Who reaches which merged node is a matrix of bits, filled from the
youngest generation upwards in blocks of bounded size.

What does not belong here: components and roots (``families``), and counts that
tell relations apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from biome_pipeline.errors import GenealogyError
from biome_pipeline.genealogy.graphs import distinct, generations, neighbours

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from biome_pipeline.genealogy.graphs import Graph

__all__ = ["ancestors_of", "count_ancestors", "count_descendants", "descendants_of"]

_COLUMNS_AT_ONCE = 1 << 13  # of the bit matrix: 1 KiB per row
_BLOCK_BYTES = 1 << 26  # of one block of the bit matrix: 64 MiB
_UNPACKED_BYTES = 1 << 24  # of bits spread to one byte each: 16 MiB


def count_descendants(
    graph: Graph, generation: npt.NDArray[np.int32] | None = None
) -> npt.NDArray[np.int64]:
    """Count the nodes that descend from each node, each of them once.

    Parameters
    ----------
    graph : Graph
        The graph.
    generation : ndarray of int32, shape (n_nodes,), optional
        Result of :func:`~biome_pipeline.genealogy.graphs.generations`, to spare
        computing it again.

    Returns
    -------
    ndarray of int64, shape (n_nodes,)
        Size of the set of descendants, the node itself not among them.

    Raises
    ------
    GenealogyError
        If the graph has a cycle, or `generation` is not that of the graph.
    """
    generation = _checked_generation(graph, generation)
    n_subtree = _subtree_sizes(graph)
    n_descendants = n_subtree - 1
    for block in _reached_merged_nodes(graph, generation):
        n_descendants[block.nodes] += _sum_per_row(block.bits, n_subtree[block.merged])
    # A merged node reaches itself in the matrix, but does not descend from itself.
    is_merged = graph.n_parents > 1
    n_descendants[is_merged] -= n_subtree[is_merged]
    return n_descendants


def count_ancestors(
    graph: Graph, generation: npt.NDArray[np.int32] | None = None
) -> npt.NDArray[np.int64]:
    """Count the nodes that each node descends from, each of them once.

    Parameters
    ----------
    graph : Graph
        The graph.
    generation : ndarray of int32, shape (n_nodes,), optional
        Result of :func:`~biome_pipeline.genealogy.graphs.generations`, to spare
        computing it again.

    Returns
    -------
    ndarray of int64, shape (n_nodes,)
        Size of the set of ancestors, the node itself not among them.

    Raises
    ------
    GenealogyError
        If the graph has a cycle, or `generation` is not that of the graph.
    """
    generation = _checked_generation(graph, generation)
    head, n_ancestors = _lines_to_heads(graph)
    n_above_head = np.zeros(graph.n_nodes, dtype=np.int64)
    for block in _reached_merged_nodes(graph, generation):
        # The node itself is among those that reach it.
        n_above_head[block.merged] = _count_per_column(block.bits, block.merged.size) - 1
    return n_ancestors + n_above_head[head]


def descendants_of(graph: Graph, node: int) -> npt.NDArray[np.int32]:
    """Give all descendants of one node.

    Parameters
    ----------
    graph : Graph
        The graph.
    node : int
        The node asked for.

    Returns
    -------
    ndarray of int32, shape (n_descendants,)
        Descendants, ascending, the node itself not among them.

    Raises
    ------
    GenealogyError
        If the node is not in the graph.
    """
    _check_node(graph, node)
    found = _reachable(graph.children_indptr, graph.children_indices, np.array([node]))
    return found[found != node]


def ancestors_of(graph: Graph, node: int) -> npt.NDArray[np.int32]:
    """Give all ancestors of one node.

    Parameters
    ----------
    graph : Graph
        The graph.
    node : int
        The node asked for.

    Returns
    -------
    ndarray of int32, shape (n_ancestors,)
        Ancestors, ascending, the node itself not among them.

    Raises
    ------
    GenealogyError
        If the node is not in the graph.
    """
    _check_node(graph, node)
    found = _reachable(graph.parents_indptr, graph.parents_indices, np.array([node]))
    return found[found != node]


def _check_node(graph: Graph, node: int) -> None:
    if not 0 <= node < graph.n_nodes:
        raise GenealogyError(
            f"there is no node {node}", remedy=f"give a node from 0 to {graph.n_nodes - 1}"
        )


def _checked_generation(
    graph: Graph, generation: npt.NDArray[np.int32] | None
) -> npt.NDArray[np.int32]:
    if generation is None:
        return generations(graph)
    # Any numbers that grow along every edge order the graph and prove it acyclic.
    if generation.shape != (graph.n_nodes,) or np.any(
        generation[graph.child] <= generation[graph.parent]
    ):
        raise GenealogyError(
            "the generations are not those of this graph",
            remedy="leave them out, or give those of `generations`",
        )
    return generation


def _reachable(
    indptr: npt.NDArray[np.int64],
    indices: npt.NDArray[np.int32],
    start: npt.NDArray[np.integer[Any]],
) -> npt.NDArray[np.int32]:
    """Search breadth-first; give what was found, `start` among it, ascending."""
    is_found = np.zeros(indptr.size - 1, dtype=np.bool_)
    is_found[start] = True
    layer = start
    while layer.size:
        near = neighbours(indptr, indices, layer)
        layer = distinct(near[~is_found[near]])
        is_found[layer] = True
    return np.flatnonzero(is_found).astype(np.int32)


def _only_parents(graph: Graph) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32]]:
    """Give the nodes with exactly one parent, and that parent."""
    node = np.flatnonzero(graph.n_parents == 1)
    return node, graph.parents_indices[graph.parents_indptr[node]]


def _subtree_sizes(graph: Graph) -> npt.NDArray[np.int64]:
    """Count the subtree of each node within its region, the node included.

    Pointers double in length each round (Wyllie 1979), so a line of any depth
    takes a logarithmic number of rounds: after round k a node has counted what
    lies less than 2^k below it, and adds it to its ancestor 2^k above.
    """
    size = np.ones(graph.n_nodes, dtype=np.int64)
    above = np.full(graph.n_nodes, -1, dtype=np.int32)
    node, ancestor = _only_parents(graph)
    above[node] = ancestor
    while node.size:
        np.add.at(size, ancestor, size[node])
        farther = above[ancestor]
        above[node] = farther
        node, ancestor = node[farther >= 0], farther[farther >= 0]
    return size


def _lines_to_heads(graph: Graph) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64]]:
    """Give the head of each node's region, and the steps up to it."""
    head = np.arange(graph.n_nodes, dtype=np.int32)
    n_steps = np.zeros(graph.n_nodes, dtype=np.int64)
    node, parent = _only_parents(graph)
    head[node] = parent
    n_steps[node] = 1
    while node.size:
        half_way = head[node]
        n_steps[node] += n_steps[half_way]
        head[node] = head[half_way]
        node = node[head[node] != half_way]
    return head, n_steps


class _Block(NamedTuple):
    """Some columns of the bit matrix: which nodes reach which merged nodes."""

    nodes: npt.NDArray[np.int32]  # of the rows: all that reach any merged node, or are one
    merged: npt.NDArray[np.int32]  # of the columns
    bits: npt.NDArray[np.uint8]  # shape (n_rows, n_bytes), column j is bit j % 8 of byte j // 8


def _reached_merged_nodes(graph: Graph, generation: npt.NDArray[np.int32]) -> Iterator[_Block]:
    """Fill the bit matrix of who reaches which merged node, block by block.

    Merged nodes of one family stand side by side, and a block leaves out the
    nodes that reach none of its own, so that many families cost what each does.
    """
    merged = np.flatnonzero(graph.n_parents > 1).astype(np.int32)
    if not merged.size:
        return
    merged = merged[np.argsort(graph.component[merged], kind="stable")]
    row = np.full(graph.n_nodes, -1, dtype=np.int32)
    for start in range(0, merged.size, _COLUMNS_AT_ONCE):
        columns = merged[start : start + _COLUMNS_AT_ONCE]
        nodes = _reachable(graph.parents_indptr, graph.parents_indices, columns)
        nodes = nodes[np.argsort(-generation[nodes], kind="stable")]
        row[nodes] = np.arange(nodes.size, dtype=np.int32)
        yield from _fill(graph, generation, nodes, columns, row)
        row[nodes] = -1


def _fill(
    graph: Graph,
    generation: npt.NDArray[np.int32],
    nodes: npt.NDArray[np.int32],
    columns: npt.NDArray[np.int32],
    row: npt.NDArray[np.int32],
) -> Iterator[_Block]:
    """Fill the rows of `nodes`, youngest generation first, in blocks of bounded size."""
    upper = np.repeat(np.arange(nodes.size), graph.n_children[nodes])
    lower = row[neighbours(graph.children_indptr, graph.children_indices, nodes)]
    upper, lower = upper[lower >= 0], lower[lower >= 0]
    first = np.flatnonzero(np.diff(upper, prepend=-1))  # edge where each parent's edges begin
    target = upper[first]
    level = generation[nodes[target]]
    bounds = [*np.flatnonzero(np.diff(level, prepend=-1)).tolist(), target.size]
    edge_bounds = np.append(first, upper.size)[bounds].tolist()

    n_words = max(1, _BLOCK_BYTES // (8 * nodes.size))
    for start in range(0, columns.size, 64 * n_words):
        merged = columns[start : start + 64 * n_words]
        words = np.zeros((nodes.size, -(-merged.size // 64)), dtype=np.uint64)
        bits = words.view(np.uint8)
        place = np.arange(merged.size)
        bits[row[merged], place // 8] = np.left_shift(1, place % 8).astype(np.uint8)
        for i in range(len(bounds) - 1):
            here, edges = slice(*bounds[i : i + 2]), slice(*edge_bounds[i : i + 2])
            found = np.bitwise_or.reduceat(words[lower[edges]], first[here] - edges.start, axis=0)
            words[target[here]] |= found
        yield _Block(nodes, merged, bits)


def _sum_per_row(
    bits: npt.NDArray[np.uint8], weight: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """Add the weights of the columns set in each row, eight columns at a time."""
    is_set = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1, bitorder="little")
    by_byte = np.zeros((bits.shape[1], 8), dtype=np.int64)
    by_byte.reshape(-1)[: weight.size] = weight
    total = np.zeros(bits.shape[0], dtype=np.int64)
    for weights, column in zip(by_byte, np.ascontiguousarray(bits.T), strict=True):
        total += (is_set @ weights)[column]
    return total


def _count_per_column(bits: npt.NDArray[np.uint8], n_columns: int) -> npt.NDArray[np.int64]:
    """Count the rows in which each column is set."""
    total = np.zeros(8 * bits.shape[1], dtype=np.int64)
    n_rows = max(1, _UNPACKED_BYTES // total.size)
    for start in range(0, bits.shape[0], n_rows):
        rows = bits[start : start + n_rows]
        total += np.unpackbits(rows, axis=1, bitorder="little").sum(axis=0, dtype=np.int64)
    return total[:n_columns]
