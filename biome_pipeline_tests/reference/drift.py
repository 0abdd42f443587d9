"""Drift of traits by its definition: plain sets and loops, one edge after the other."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import networkx as nx

if TYPE_CHECKING:
    from collections.abc import Iterator

    from biome_pipeline_tests.worlds.drift import LabelledGraph

__all__ = ["naive_drift_graph", "naive_mutations", "naive_transitions"]


def _edges(graph: LabelledGraph) -> Iterator[tuple[int, frozenset[int], frozenset[int]]]:
    for k, (u, v) in enumerate(zip(graph.parent.tolist(), graph.child.tolist(), strict=True)):
        yield k, graph.values[u], graph.values[v]


def naive_mutations(graph: LabelledGraph) -> list[float | None]:
    """Give 1 - Jaccard of each edge, None where an end is silent."""
    return [1 - len(a & b) / len(a | b) if a and b else None for _, a, b in _edges(graph)]


def naive_transitions(
    graph: LabelledGraph,
) -> tuple[Counter[tuple[int, int, int]], Counter[tuple[int, int, int]]]:
    """Count added and removed values by (edge, source, target)."""
    added: Counter[tuple[int, int, int]] = Counter()
    removed: Counter[tuple[int, int, int]] = Counter()
    for k, a, b in _edges(graph):
        if not a or not b:
            continue
        for new in b - a:
            for p in a:
                added[k, p, new] += 1
        for old in a - b:
            for c in b:
                removed[k, old, c] += 1
    return added, removed


def naive_drift_graph(counts: Counter[tuple[int, int]]) -> nx.DiGraph:
    """Draw i -> j if more transitions lead from i to j than back."""
    graph = nx.DiGraph()
    for i, j in counts:
        if counts[i, j] > counts[j, i]:
            graph.add_edge(i, j, traffic=counts[i, j] - counts[j, i])
    return graph
