"""The edges of one graph as arrays, each pair of models once.

What does not belong here: what models are like (``traits``, ``attributes``), and
what is counted along the edges.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from biome_pipeline.genealogy.tables import RelationEdges, family_of_nodes
from biome_pipeline.vocabulary.relations import GRAPH_RELATIONS, RELATIONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import ibis.expr.types as ir
    import numpy.typing as npt

    from biome_pipeline.warehouse.engine import Engine

__all__ = ["GraphEdges", "edges_of_graphs"]


@dataclass(frozen=True, eq=False)
class GraphEdges:
    """The edges of one graph.

    Attributes
    ----------
    graph : str
        Its name.
    parent, child : ndarray of int64, shape (n_edges,)
        Nodes of the two ends; by parent, then child.
    family : ndarray of int64, shape (n_edges,)
        Family of each edge.
    relations : dict of str to ndarray of bool, shape (n_edges,)
        Which edges are of each relation of the graph; a pair may be of several.
    """

    graph: str
    parent: npt.NDArray[np.int64]
    child: npt.NDArray[np.int64]
    family: npt.NDArray[np.int64]
    relations: dict[str, npt.NDArray[np.bool_]]

    @property
    def first_relation(self) -> npt.NDArray[np.int8]:
        """Give the first relation of each edge, as its place in `RELATIONS`."""
        found = np.full(self.parent.size, -1, np.int8)
        for name, is_of in reversed(self.relations.items()):
            found[is_of] = RELATIONS.index(name)
        return found

    @property
    def groups(self) -> dict[str, npt.NDArray[np.intp]]:
        """Give the edges of the whole graph and of each relation that has some."""
        return {"all": np.arange(self.parent.size)} | {
            name: np.flatnonzero(is_of) for name, is_of in self.relations.items() if is_of.any()
        }


def edges_of_graphs(
    engine: Engine, *, edges: ir.Table, members: ir.Table, n_nodes: int, graphs: Sequence[str]
) -> Iterator[GraphEdges]:
    """Read the edges of some graphs.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    edges : ibis.expr.types.Table
        ``genealogy.edges``.
    members : ibis.expr.types.Table
        ``genealogy.members``.
    n_nodes : int
        Models of the snapshot.
    graphs : sequence of str
        Out of `GRAPHS`.

    Yields
    ------
    GraphEdges
        One per graph; also of a graph without any edge.
    """
    related = RelationEdges(engine, edges)
    for graph in graphs:
        inside = related.within(graph)
        pair = related.parent[inside].astype(np.int64) << 32 | related.child[inside]
        pairs, place = np.unique(pair, return_inverse=True)
        parent = pairs >> 32
        relations = {}
        for name in GRAPH_RELATIONS[graph]:
            is_of = np.zeros(pairs.size, np.bool_)
            is_of[place[related.relation[inside] == RELATIONS.index(name)]] = True
            relations[name] = is_of
        family = family_of_nodes(engine, members, graph, n_nodes)[parent]
        yield GraphEdges(graph, parent, pairs & 0xFFFFFFFF, family, relations)
