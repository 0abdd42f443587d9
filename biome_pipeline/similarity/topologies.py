"""The eight topologies of relatives, and how often each of them occurs.

An occurrence is a set of edges of the graph that has the form of the topology;
for ``pair``, any two nodes. The two children of ``siblings`` are not told
apart, so they are one occurrence, and neither are other nodes of equal role.

Source: the paper's table of similarities. Its code leaves the parents of u out
of ``chain4`` and gives no totals for ``pair`` and ``edge``; its table counts
random pairs twice. Here every count is that of the definition.

What does not belong here: drawing occurrences (``sampling``) and comparing what
the nodes are (``vectors``).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import comb
from typing import TYPE_CHECKING, Any

import numpy as np

from biome_pipeline.errors import CountOverflowError, GenealogyError
from biome_pipeline.genealogy.graphs import neighbours

if TYPE_CHECKING:
    import numpy.typing as npt

    from biome_pipeline.genealogy.graphs import Graph

__all__ = ["TOPOLOGIES", "Position", "Topology", "count_occurrences", "occurrence_weights"]

_LARGEST_COUNT = int(np.iinfo(np.int64).max)
_CANDIDATES_AT_ONCE = 1 << 20  # parents tried for shared children: some 50 MB


@dataclass(frozen=True)
class Position:
    """Two nodes of a topology that are compared with each other.

    The order of the two is that of the name, in every occurrence: the ancestor
    first if one descends from the other.

    Parameters
    ----------
    name : str
        The nodes, such as ``u-v``; ``random`` for two arbitrary ones.
    generation_gap : int or None
        Generations between the two; None for two arbitrary nodes.
    distance : int or None
        Edges between the two, whatever their direction; None as above.
    first, second : int
        Where the two stand in the nodes of the topology.
    """

    name: str
    generation_gap: int | None
    distance: int | None
    first: int
    second: int


@dataclass(frozen=True)
class Topology:
    """A form of relationship between a few nodes.

    Parameters
    ----------
    name : str
        Its name.
    nodes : tuple of str
        Its nodes. But for ``pair``, the first is the top: all others descend
        from it.
    positions : tuple of Position
        The pairs of its nodes that are compared.
    """

    name: str
    nodes: tuple[str, ...]
    positions: tuple[Position, ...]


def _topology(name: str, nodes: str, positions: dict[str, tuple[int, int]]) -> Topology:
    return Topology(
        name,
        tuple(nodes),
        tuple(
            Position(pair, gap, distance, nodes.index(pair[0]), nodes.index(pair[2]))
            for pair, (gap, distance) in positions.items()
        ),
    )


TOPOLOGIES: dict[str, Topology] = {
    topology.name: topology
    for topology in (
        Topology("pair", ("u", "v"), (Position("random", None, None, 0, 1),)),
        _topology("edge", "uv", {"u-v": (1, 1)}),
        _topology("siblings", "uvw", {"u-v": (1, 1), "v-w": (0, 2)}),
        _topology("chain3", "uvw", {"u-w": (2, 2), "v-w": (1, 1), "u-v": (1, 1)}),
        _topology("star3", "uvwx", {"u-v": (1, 1), "v-w": (0, 2)}),
        _topology("fork", "uvwx", {"u-w": (2, 2), "v-w": (1, 1), "u-v": (1, 1), "w-x": (0, 2)}),
        _topology(
            "uncle",
            "uvwx",
            {
                "u-w": (2, 2),
                "w-x": (1, 3),
                "v-w": (1, 1),
                "u-v": (1, 1),
                "v-x": (0, 2),
                "u-x": (1, 1),
            },
        ),
        _topology(
            "chain4",
            "tuvw",
            {
                "t-w": (3, 3),
                "u-w": (2, 2),
                "t-v": (2, 2),
                "v-w": (1, 1),
                "u-v": (1, 1),
                "t-u": (1, 1),
            },
        ),
    )
}
"""The topologies by name, in the order of the published table.

Edges, in the names of the nodes: ``edge`` u->v; ``siblings`` u->v, u->w;
``chain3`` u->v->w; ``star3`` u->v, u->w, u->x; ``fork`` u->v, v->w, v->x;
``uncle`` u->v, v->w, u->x; ``chain4`` t->u->v->w.
"""


def count_occurrences(graph: Graph) -> dict[str, int]:
    """Count the occurrences of every topology.

    Parameters
    ----------
    graph : Graph
        The graph.

    Returns
    -------
    dict of str to int
        Exact number of occurrences by name, in the order of `TOPOLOGIES`.

    Raises
    ------
    CountOverflowError
        If a number is not below 2**63.
    """
    return {name: _exact_sum(occurrence_weights(graph, name)) for name in TOPOLOGIES}


def occurrence_weights(graph: Graph, topology: str) -> npt.NDArray[np.int64]:
    """Count the occurrences of one topology at each node or edge that carries them.

    An occurrence is counted where its other nodes are free choices: the second
    of two nodes for ``pair``, the parent u for ``siblings`` and ``star3``, and
    otherwise the edge u -> v. That is

    - ``pair``: the nodes with a smaller number;
    - ``edge``: 1; ``siblings``: C(d(u), 2); ``star3``: C(d(u), 3);
    - ``chain3``: d(v); ``fork``: C(d(v), 2); ``chain4``: p(u) d(v);
    - ``uncle``: d(v) (d(u) - 1), less the nodes that are children of both u and
      v, which would be nephew and uncle at once.

    Parameters
    ----------
    graph : Graph
        The graph.
    topology : str
        One of `TOPOLOGIES`.

    Returns
    -------
    ndarray of int64, shape (n_nodes,) or (n_edges,)
        Occurrences at each node for ``pair``, ``siblings`` and ``star3``, else
        at each edge; their sum is below 2**63.

    Raises
    ------
    GenealogyError
        If there is no such topology.
    CountOverflowError
        If the sum is not below 2**63.
    """
    parent, child = graph.parent, graph.child
    if topology == "pair":
        weights = np.arange(graph.n_nodes, dtype=np.int64)
    elif topology == "edge":
        weights = np.ones(graph.n_edges, dtype=np.int64)
    elif topology == "siblings":
        return _subsets(graph.n_children, 2, topology)
    elif topology == "chain3":
        weights = graph.n_children[child].astype(np.int64)
    elif topology == "star3":
        return _subsets(graph.n_children, 3, topology)
    elif topology == "fork":
        return _subsets(graph.n_children[child], 2, topology)
    elif topology == "uncle":
        # A number of children is an int32, and so a product of two has 62 bits.
        n_others = graph.n_children[parent].astype(np.int64) - 1
        weights = n_others * graph.n_children[child] - _n_shared_children(graph)
    elif topology == "chain4":
        weights = graph.n_parents[parent].astype(np.int64) * graph.n_children[child]
    else:
        raise GenealogyError(
            f"there is no topology {topology!r}", remedy=f"give one of {', '.join(TOPOLOGIES)}"
        )
    _check_total(_exact_sum(weights), topology)
    return weights


def _subsets(
    n_members: npt.NDArray[np.int32], n_chosen: int, topology: str
) -> npt.NDArray[np.int64]:
    """Count the ways to choose from each set; few sizes are distinct."""
    weights = np.zeros(n_members.size, dtype=np.int64)
    has_some = n_members >= n_chosen
    size, place, n_sets = np.unique(n_members[has_some], return_inverse=True, return_counts=True)
    # Python's integers: d (d - 1) (d - 2) can leave 64 bits when a sixth of it does not.
    n_ways = [comb(d, n_chosen) for d in size.tolist()]
    _check_total(sum(w * n for w, n in zip(n_ways, n_sets.tolist(), strict=True)), topology)
    weights[has_some] = np.array(n_ways, dtype=np.int64)[place]
    return weights


def _exact_sum(numbers: npt.NDArray[np.int64]) -> int:
    """Add numbers that are not negative; halves of 32 bits cannot overflow."""
    high, low = numbers >> 32, numbers & 0xFFFFFFFF
    return (int(high.sum()) << 32) + int(low.sum())


def _check_total(total: int, topology: str) -> None:
    if total > _LARGEST_COUNT:
        raise CountOverflowError(
            f"the number of occurrences {total} does not fit 64 bits",
            place=f"topology {topology}",
            remedy="exclude the edges of the node that has so many children",
        )


def _n_shared_children(graph: Graph) -> npt.NDArray[np.int64]:
    """Count the nodes that are children of both ends, for each edge u -> v.

    Each such node w closes u -> v -> w. They are found from v -> w: u is sought
    among the parents of v or of w, whichever are fewer, so that neither a hub
    nor a merge of thousands costs more than its edges (Chiba and Nishizeki 1985,
    "Arboricity and subgraph listing algorithms", SIAM Journal on Computing 14).
    """
    n_shared = np.zeros(graph.n_edges, dtype=np.int64)
    # With v the only parent of w, nothing is shared.
    edge = np.flatnonzero((graph.n_parents[graph.child] > 1) & (graph.n_parents[graph.parent] > 0))
    v, w = graph.parent[edge], graph.child[edge]
    is_fewer = graph.n_parents[v] <= graph.n_parents[w]
    near, far = np.where(is_fewer, v, w), np.where(is_fewer, w, v)
    end = np.cumsum(graph.n_parents[near], dtype=np.int64)
    key = _edge_key(graph, graph.parent, graph.child)
    first = 0
    while first < edge.size:
        done = int(end[first - 1]) if first else 0
        last = max(first + 1, int(np.searchsorted(end, done + _CANDIDATES_AT_ONCE, side="right")))
        block = slice(first, last)
        u = neighbours(graph.parents_indptr, graph.parents_indices, near[block])
        n_each = graph.n_parents[near[block]]
        wanted = _edge_key(graph, u, np.repeat(far[block], n_each))
        # Among all keys but the last, so that a place is always one of a key.
        is_closed = key[np.searchsorted(key[:-1], wanted)] == wanted
        upper = _edge_key(graph, u[is_closed], np.repeat(v[block], n_each)[is_closed])
        np.add.at(n_shared, np.searchsorted(key, upper), 1)
        first = last
    return n_shared


def _edge_key(
    graph: Graph, parent: npt.NDArray[np.integer[Any]], child: npt.NDArray[np.integer[Any]]
) -> npt.NDArray[np.int64]:
    """Give each edge one number, ascending in the order of the graph's edges."""
    return parent.astype(np.int64) * graph.n_nodes + child
