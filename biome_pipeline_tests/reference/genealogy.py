"""What the kernels of the genealogy compute, as naive definitions.

Plain Python and networkx, one definition per function, written to be read and
not to be fast. Nothing here shares code with the package.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

import networkx as nx

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "ancestor_counts",
    "cumulative_sizes",
    "descendant_counts",
    "digraph",
    "families_largest_first",
    "generations_from_founders",
    "is_on_cycle",
    "mean_distance",
    "shape_of",
    "wiener_index",
]

NxGraph = Any  # networkx comes without types


def digraph(n_nodes: int, pairs: Sequence[tuple[int, int]]) -> NxGraph:
    """Make the networkx graph of nodes 0 to ``n_nodes - 1`` and the pairs."""
    graph = nx.DiGraph()
    graph.add_nodes_from(range(n_nodes))
    graph.add_edges_from(pairs)
    return graph


def is_on_cycle(graph: NxGraph, parent: int, child: int) -> bool:
    """An edge is on a cycle when its child leads back to its parent."""
    return bool(nx.has_path(graph, child, parent))


def generations_from_founders(graph: NxGraph) -> list[int]:
    """A node without parents has generation 0, any other one more than its parents' largest."""
    generation: dict[int, int] = {}
    for node in nx.topological_sort(graph):
        generation[node] = max((generation[p] + 1 for p in graph.predecessors(node)), default=0)
    return [generation[node] for node in sorted(graph)]


def descendant_counts(graph: NxGraph) -> list[int]:
    """Count, for each node, the other nodes that a path leads to."""
    return [len(nx.descendants(graph, node)) for node in sorted(graph)]


def ancestor_counts(graph: NxGraph) -> list[int]:
    """Count, for each node, the other nodes that a path comes from."""
    return [len(nx.ancestors(graph, node)) for node in sorted(graph)]


def families_largest_first(graph: NxGraph, created: Sequence[int]) -> list[tuple[int, set[int]]]:
    """Give root and members of each component with an edge: largest first, then by root."""
    families = []
    for members in nx.weakly_connected_components(graph):
        if len(members) > 1:
            founders = [node for node in members if not graph.in_degree(node)]
            root = min(founders, key=lambda v: (-len(nx.descendants(graph, v)), created[v], v))
            families.append((root, set(members)))
    return sorted(families, key=lambda family: (-len(family[1]), family[0]))


def shape_of(graph: NxGraph, members: set[int]) -> dict[str, int | bool]:
    """Describe the form of one family."""
    family = graph.subgraph(members)
    return {
        "depth": nx.dag_longest_path_length(family),
        "n_leaves": sum(not family.out_degree(node) for node in family),
        "max_children": max(family.out_degree(node) for node in family),
        "n_pairs": family.number_of_edges(),
        "is_tree": nx.is_tree(family.to_undirected()),
    }


def wiener_index(graph: NxGraph, members: set[int]) -> int:
    """Sum the distances over all unordered pairs of members, edges without direction."""
    distance = dict(nx.all_pairs_shortest_path_length(graph.subgraph(members).to_undirected()))
    return sum(distance[u][v] for u, v in combinations(members, 2))


def mean_distance(graph: NxGraph, members: set[int]) -> float:
    """Average the distance over all pairs of members, edges without direction."""
    return float(nx.average_shortest_path_length(graph.subgraph(members).to_undirected()))


def cumulative_sizes(
    members: Sequence[tuple[int, int]], families: Sequence[int]
) -> list[tuple[int, int, int]]:
    """Give family, month and members so far, from (family, month) of each member."""
    dated = [(family, month) for family, month in members if month >= 0]
    rows = []
    for followed in sorted(set(families)):
        own = [month for family, month in dated if family == followed]
        if own:
            last = max(month for _, month in dated)
            for month in range(min(own), last + 1):
                rows.append((followed, month, sum(m <= month for m in own)))
    return rows
