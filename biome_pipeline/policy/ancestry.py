"""Every pair of an ancestor and a descendant, with one path between them.

Of several paths the shortest is taken, of equally short ones the first when they
are compared node by node from the ancestor on. So the evidence for a pair does
not depend on the order in which the edges come.

Pairs are found from the descendants upwards, a generation at a time: a parent of
an ancestor at distance ``d`` is an ancestor at distance ``d + 1`` at most. Each pair
keeps the pair that its path goes on with, so that a path is a walk along the pairs.

What does not belong here: what is inherited along a path (``conflicts``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from biome_pipeline.genealogy.graphs import Graph

__all__ = ["AncestorPairs", "ancestor_pairs", "blocks_of_descendants"]

_AT_ONCE = 4_000_000  # pairs expected of a block of descendants


@dataclass(frozen=True, eq=False)
class AncestorPairs:
    """Pairs of an ancestor and a descendant.

    Attributes
    ----------
    ancestor, descendant : ndarray of int32, shape (n_pairs,)
        Nodes; by distance, then descendant, then ancestor.
    distance : ndarray of int32, shape (n_pairs,)
        Edges of the path, at least 1.
    following : ndarray of int64, shape (n_pairs,)
        The pair of the second node of the path and the same descendant; -1 where
        the second node is the descendant itself.
    """

    ancestor: npt.NDArray[np.int32]
    descendant: npt.NDArray[np.int32]
    distance: npt.NDArray[np.int32]
    following: npt.NDArray[np.int64]

    def second(self, pair: npt.NDArray[np.int64]) -> npt.NDArray[np.int32]:
        """Give the second node of the paths of some pairs.

        Parameters
        ----------
        pair : ndarray of int64
            Places of pairs.

        Returns
        -------
        ndarray of int32
            A child of the ancestor; the descendant itself at distance 1.
        """
        following = self.following[pair]
        return np.where(
            following < 0, self.descendant[pair], self.ancestor[np.maximum(following, 0)]
        )


def ancestor_pairs(graph: Graph, descendants: npt.NDArray[np.int32]) -> AncestorPairs:
    """Find all ancestors of some nodes, and a path from each.

    Parameters
    ----------
    graph : Graph
        The graph, without cycles.
    descendants : ndarray of int32, shape (n,)
        Nodes whose ancestors are asked for, each once.

    Returns
    -------
    AncestorPairs
        One pair per descendant and ancestor.
    """
    indptr, indices = graph.parents_indptr, graph.parents_indices
    nodes = np.unique(descendants).astype(np.int32)
    # Pairs of the last distance; at first each node with itself, which is no pair.
    tip, base, place = nodes, nodes, np.full(nodes.size, -1, np.int64)
    seen: list[npt.NDArray[np.int64]] = []
    levels: list[tuple[npt.NDArray[np.int32], npt.NDArray[np.int32], npt.NDArray[np.int64]]] = []
    n_before = 0
    while tip.size:
        start, n_each = indptr[tip], (indptr[tip + 1] - indptr[tip])
        row = np.repeat(np.arange(tip.size), n_each)
        offset = np.arange(row.size) - np.repeat(np.cumsum(n_each) - n_each, n_each)
        parent = indices[start[row] + offset]
        key = base[row].astype(np.int64) << 32 | parent
        # Of equally long paths from one ancestor the one with the smallest second node.
        order = np.lexsort((tip[row], key))
        key, row = key[order], row[order]
        is_first = np.ones(key.size, np.bool_)
        is_first[1:] = key[1:] != key[:-1]
        key, row = key[is_first], row[is_first]
        for level in seen:
            is_new = ~_within(key, level)
            key, row = key[is_new], row[is_new]
        following = place[row]
        tip, base = (key & 0xFFFFFFFF).astype(np.int32), (key >> 32).astype(np.int32)
        place = n_before + np.arange(key.size)
        n_before += key.size
        seen.append(key)
        levels.append((tip, base, following))
    return AncestorPairs(
        np.concatenate([level[0] for level in levels] or [np.zeros(0, np.int32)]),
        np.concatenate([level[1] for level in levels] or [np.zeros(0, np.int32)]),
        np.repeat(
            np.arange(1, len(levels) + 1, dtype=np.int32), [level[0].size for level in levels]
        ),
        np.concatenate([level[2] for level in levels] or [np.zeros(0, np.int64)]),
    )


def blocks_of_descendants(
    graph: Graph, n_ancestors: npt.NDArray[np.int64], *, at_once: int = _AT_ONCE
) -> Iterator[npt.NDArray[np.int32]]:
    """Cut the nodes that have ancestors into blocks of bounded numbers of pairs.

    Parameters
    ----------
    graph : Graph
        The graph.
    n_ancestors : ndarray of int64, shape (n_nodes,)
        Ancestors of each node (:func:`~biome_pipeline.genealogy.descent.count_ancestors`).
    at_once : int
        Most pairs of a block, if it has more than one node.

    Yields
    ------
    ndarray of int32
        Nodes, ascending.
    """
    nodes = np.flatnonzero(graph.n_parents > 0).astype(np.int32)
    block = np.cumsum(n_ancestors[nodes]) // max(1, at_once)
    ends = np.flatnonzero(block[1:] != block[:-1]) + 1
    for part in np.split(nodes, ends):
        if part.size:
            yield part


def _within(keys: npt.NDArray[np.int64], known: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Tell which keys are among sorted known ones."""
    if not known.size:
        return np.zeros(keys.size, np.bool_)
    found = np.minimum(np.searchsorted(known, keys), known.size - 1)
    return known[found] == keys
