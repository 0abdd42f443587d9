"""Occurrences of the eight topologies, found by trying every assignment of nodes.

Plain Python over networkx, written to be read and not to be fast. Nothing here
shares code with the package.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import networkx as nx

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["NODES", "SHAPES", "assignments", "count_occurrences", "position_law", "shape_graph"]

NxGraph = Any  # networkx comes without types

SHAPES: dict[str, tuple[str, ...]] = {
    "edge": ("uv",),
    "siblings": ("uv", "uw"),
    "chain3": ("uv", "vw"),
    "star3": ("uv", "uw", "ux"),
    "fork": ("uv", "vw", "vx"),
    "uncle": ("uv", "vw", "ux"),
    "chain4": ("tu", "uv", "vw"),
}
"""Edges of each topology but ``pair``, from parent to child."""

NODES: dict[str, str] = {
    "pair": "uv",
    **{name: "".join(sorted(set("".join(edges)))) for name, edges in SHAPES.items()},
}
"""Nodes of each topology, in alphabetical order."""


def shape_graph(topology: str) -> NxGraph:
    """Make the networkx graph of a topology's own edges."""
    graph = nx.DiGraph()
    graph.add_nodes_from(NODES[topology])
    graph.add_edges_from(SHAPES.get(topology, ()))
    return graph


def assignments(graph: NxGraph, topology: str) -> Iterator[dict[str, int]]:
    """Give every way to put different nodes in the places of a topology.

    Nodes of equal role may be exchanged, so that an occurrence comes as often
    as its form has symmetries: all as often as one another.
    """
    yield from _extend(graph, topology, {})


def _extend(graph: NxGraph, topology: str, chosen: dict[str, int]) -> Iterator[dict[str, int]]:
    names = NODES[topology]
    if len(chosen) == len(names):
        yield dict(chosen)
        return
    name = names[len(chosen)]
    candidates = set(graph)
    for upper, lower in SHAPES.get(topology, ()):
        if upper == name and lower in chosen:
            candidates &= set(graph.predecessors(chosen[lower]))
        if lower == name and upper in chosen:
            candidates &= set(graph.successors(chosen[upper]))
    for node in candidates - set(chosen.values()):
        yield from _extend(graph, topology, {**chosen, name: node})


def count_occurrences(graph: NxGraph, topology: str) -> int:
    """Count the different sets of edges; of nodes, for a pair."""
    found = set()
    for nodes in assignments(graph, topology):
        edges = [(nodes[u], nodes[v]) for u, v in SHAPES.get(topology, ())]
        found.add(frozenset(edges or nodes.values()))
    return len(found)


def position_law(graph: NxGraph, topology: str, names: str) -> dict[tuple[int, ...], float]:
    """Give the probability of the nodes at some places of a topology, in their order."""
    times: dict[tuple[int, ...], int] = {}
    for nodes in assignments(graph, topology):
        key = tuple(nodes[name] for name in names)
        times[key] = times.get(key, 0) + 1
    total = sum(times.values())
    return {key: n / total for key, n in times.items()}
