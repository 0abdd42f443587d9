"""Draw occurrences of the topologies, each with the same probability.

Drawing is with replacement: first the node or edge that carries an occurrence,
in proportion to how many it carries, then the free nodes. Nodes of equal role,
such as the two children of ``siblings``, come in random order, and no others
are ever exchanged. A draw of all topologies takes time in the size of the graph
plus the number of draws, whatever the degrees.

What does not belong here: how many occurrences there are (``topologies``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from biome_pipeline.errors import GenealogyError
from biome_pipeline.provenance import derive_seed
from biome_pipeline.similarity.topologies import TOPOLOGIES, occurrence_weights

if TYPE_CHECKING:
    import numpy.typing as npt

    from biome_pipeline.genealogy.graphs import Graph

__all__ = ["Pairs", "sample_occurrences", "sample_positions"]

_MOST_DRAWS = int(np.iinfo(np.int32).max)


@dataclass(frozen=True, eq=False)
class Pairs:
    """Pairs of nodes that were drawn, by topology, position and draw, ascending.

    Attributes
    ----------
    topology : ndarray of int8, shape (n_pairs,)
        Place of the topology in `TOPOLOGIES`, from 0.
    position : ndarray of int8, shape (n_pairs,)
        Place of the position in the positions of its topology, from 0.
    draw : ndarray of int32, shape (n_pairs,)
        Number of the draw, from 0; all positions of one topology share it.
    first, second : ndarray of int32, shape (n_pairs,)
        The two nodes, in the order of the position's name.
    top : ndarray of int32, shape (n_pairs,)
        The node that all others of the occurrence descend from; -1 for ``pair``.
    """

    topology: npt.NDArray[np.int8]
    position: npt.NDArray[np.int8]
    draw: npt.NDArray[np.int32]
    first: npt.NDArray[np.int32]
    second: npt.NDArray[np.int32]
    top: npt.NDArray[np.int32]


def sample_positions(graph: Graph, n_draws: int, seed: int) -> Pairs:
    """Draw occurrences of every topology and give the pairs at all positions.

    Parameters
    ----------
    graph : Graph
        The graph.
    n_draws : int
        Draws per topology. A topology that does not occur has no pairs.
    seed : int
        Seed of the run. Each topology has a generator of its own, derived from
        it, so that its draws depend on no other topology.

    Returns
    -------
    Pairs
        `n_draws` pairs for each position of each topology that occurs.

    Raises
    ------
    GenealogyError
        If `n_draws` is not between 0 and 2**31 - 1.
    CountOverflowError
        If there are not fewer than 2**63 occurrences of a topology.
    """
    chosen: list[tuple[int, int]] = []
    first: list[npt.NDArray[np.int32]] = []
    second: list[npt.NDArray[np.int32]] = []
    top: list[npt.NDArray[np.int32]] = []
    for code, topology in enumerate(TOPOLOGIES.values()):
        key = derive_seed(seed, f"similarity.pairs/{topology.name}")
        generator = np.random.Generator(np.random.PCG64(key))
        nodes = sample_occurrences(graph, topology.name, n_draws, generator)
        if not nodes.shape[0]:
            continue
        has_top = topology.name != "pair"
        for place, position in enumerate(topology.positions):
            chosen.append((code, place))
            first.append(nodes[:, position.first])
            second.append(nodes[:, position.second])
            top.append(nodes[:, 0] if has_top else np.full(n_draws, -1, dtype=np.int32))
    codes = np.array(chosen, dtype=np.int8).reshape(-1, 2)
    none = np.zeros(0, dtype=np.int32)
    return Pairs(
        topology=np.repeat(codes[:, 0], n_draws),
        position=np.repeat(codes[:, 1], n_draws),
        draw=np.tile(np.arange(n_draws, dtype=np.int32), len(chosen)),
        first=np.concatenate([none, *first]),
        second=np.concatenate([none, *second]),
        top=np.concatenate([none, *top]),
    )


def sample_occurrences(
    graph: Graph, topology: str, n_draws: int, generator: np.random.Generator
) -> npt.NDArray[np.int32]:
    """Draw occurrences of one topology, all with the same probability.

    Parameters
    ----------
    graph : Graph
        The graph.
    topology : str
        One of `TOPOLOGIES`.
    n_draws : int
        Draws, with replacement.
    generator : numpy.random.Generator
        Where the randomness comes from.

    Returns
    -------
    ndarray of int32, shape (n_draws, n_nodes of the topology)
        The nodes of each draw in the order of ``Topology.nodes``; no rows if
        the topology does not occur.

    Raises
    ------
    GenealogyError
        If there is no such topology, or `n_draws` is not between 0 and
        2**31 - 1.
    CountOverflowError
        If there are not fewer than 2**63 occurrences.
    """
    if not 0 <= n_draws <= _MOST_DRAWS:
        raise GenealogyError(
            f"{n_draws} draws cannot be made", remedy=f"give a number from 0 to {_MOST_DRAWS}"
        )
    weights = occurrence_weights(graph, topology)
    cumulative = np.cumsum(weights)
    total = int(cumulative[-1]) if cumulative.size else 0
    if not total:
        return np.zeros((0, len(TOPOLOGIES[topology].nodes)), dtype=np.int32)
    occurrence = generator.integers(total, size=n_draws)
    anchor = np.searchsorted(cumulative, occurrence, side="right")
    nodes = _Draw(graph, generator).complete(topology, anchor)
    return np.stack(nodes, axis=1).astype(np.int32, copy=False)


_Nodes = tuple["npt.NDArray[np.integer]", ...]


@dataclass(frozen=True)
class _Draw:
    """The choice of free nodes, given what carries each occurrence."""

    graph: Graph
    generator: np.random.Generator

    def complete(self, topology: str, anchor: npt.NDArray[np.int64]) -> _Nodes:
        """Choose the nodes of each draw from its node or edge."""
        graph = self.graph
        if topology == "pair":
            lower = self.generator.integers(anchor)
            is_first = self.generator.integers(2, size=anchor.size) == 0
            return np.where(is_first, anchor, lower), np.where(is_first, lower, anchor)
        if topology in ("siblings", "star3"):
            return anchor, *self._children(anchor, 2 if topology == "siblings" else 3)
        u, v = graph.parent[anchor], graph.child[anchor]
        if topology == "uncle":
            return u, v, *self._nephew_and_uncle(anchor)
        below = self._children(v, {"edge": 0, "chain3": 1, "fork": 2, "chain4": 1}[topology])
        if topology == "chain4":
            rank = self.generator.integers(graph.n_parents[u])
            return graph.parents_indices[graph.parents_indptr[u] + rank], u, v, *below
        return u, v, *below

    def _children(self, parent: npt.NDArray[np.integer], n_chosen: int) -> _Nodes:
        """Choose up to three distinct children of each parent, in random order."""
        n_children = self.graph.n_children[parent]
        begin = self.graph.children_indptr[parent]
        ranks: list[npt.NDArray[np.int64]] = []
        for n_taken in range(n_chosen):
            rank = self.generator.integers(n_children - n_taken)
            # A rank among those left becomes one among all: step over the taken, upwards.
            for taken in np.sort(np.array(ranks), axis=0) if ranks else ():
                rank += rank >= taken
            ranks.append(rank)
        return tuple(self.graph.children_indices[begin + rank] for rank in ranks)

    def _nephew_and_uncle(self, edge: npt.NDArray[np.int64]) -> _Nodes:
        """Choose w among the children of v and x among the other ones of u, w not x.

        Both are drawn again where they are one: to redraw x alone would favour
        the nephews that are children of u themselves. An edge that carries an
        occurrence is refused at most every second time: at most
        min(d(v), d(u) - 1) of the d(v) (d(u) - 1) pairs are one node twice, a
        share above 1/2 only if both numbers are 1, and then a single pair is
        valid or none.
        """
        graph = self.graph
        w, x = np.zeros((2, edge.size), dtype=np.int32)
        left = np.arange(edge.size)
        while left.size:
            u, v = graph.parent[edge[left]], graph.child[edge[left]]
            (w[left],) = self._children(v, 1)
            begin = graph.children_indptr[u]
            rank = self.generator.integers(graph.n_children[u] - 1)
            rank += rank >= edge[left] - begin  # edges stand in the order of the children
            x[left] = graph.children_indices[begin + rank]
            left = left[w[left] == x[left]]
        return w, x
