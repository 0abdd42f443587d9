"""Flows between groups are those of a loop over edges and pairs of values."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pytest
from scipy.sparse import csr_array

from biome_pipeline.drift.group_flows import busiest_pair, group_flows, reporting_edges
from biome_pipeline.errors import InferenceError
from biome_pipeline_tests.reference.trait_flows import edge_transitions, flow_between


@dataclass(frozen=True, eq=False)
class Graph:
    """A drawn graph with labels: sets of values by node, some empty."""

    names: list[str]
    labels: list[set[str]]
    edges: list[tuple[int, int]]
    sets: csr_array
    parent: np.ndarray
    child: np.ndarray


def drawn_graph(seed: int) -> Graph:
    draw = random.Random(seed)
    names = [f"v{k}" for k in range(draw.randrange(1, 8))]
    most = draw.choice([1, 1, 4])
    n_nodes = draw.randrange(2, 25)
    labels = [
        set()
        if draw.random() < 0.25
        else set(draw.sample(names, min(len(names), draw.randint(1, most))))
        for _ in range(n_nodes)
    ]
    edges = [
        (draw.randrange(n_nodes), draw.randrange(n_nodes)) for _ in range(draw.randrange(0, 60))
    ]
    dense = np.array([[name in label for name in names] for label in labels], dtype=np.int8)
    ends = np.array(edges, dtype=np.int64).reshape(-1, 2)
    return Graph(names, labels, edges, csr_array(dense), ends[:, 0], ends[:, 1])


def test_group_flows_on_drawn_graphs() -> None:
    n_mutated = 0
    for seed in range(300):
        graph = drawn_graph(seed)
        draw = random.Random(-1 - seed)
        n_groups = draw.randrange(1, 4)
        group = [draw.randrange(-1, n_groups) for _ in graph.names]
        found = group_flows(
            graph.sets, graph.parent, graph.child, np.array(group), n_groups=n_groups
        )
        members = [
            [name for name, own in zip(graph.names, group, strict=True) if own == g]
            for g in range(n_groups)
        ]
        ends = [(graph.labels[u], graph.labels[v]) for u, v in graph.edges]
        mutated = [k for k, (p, c) in enumerate(ends) if p and c and p != c]
        assert found.edge.tolist() == mutated
        assert found.n_edges == len(ends)
        assert found.n_reporting == sum(bool(p and c) for p, c in ends)
        expected = [
            [[float(flow_between(*ends[k], s, t)) for t in members] for s in members]
            for k in mutated
        ]
        assert found.flows == pytest.approx(np.array(expected).reshape(-1, n_groups, n_groups))
        n_mutated += len(mutated)
    assert n_mutated > 1000


def test_an_edge_counts_once_however_many_values_it_has() -> None:
    for seed in range(50):
        graph = drawn_graph(seed)
        each = np.arange(len(graph.names))
        found = group_flows(graph.sets, graph.parent, graph.child, each, n_groups=len(graph.names))
        assert found.flows.sum(axis=(1, 2)) == pytest.approx(np.ones(found.edge.size))


def test_the_busiest_pair_on_drawn_graphs() -> None:
    n_found = 0
    for seed in range(300):
        graph = drawn_graph(seed)
        traffic: Counter[tuple[int, int]] = Counter()
        for u, v in graph.edges:
            found = edge_transitions(graph.labels[u], graph.labels[v])
            for (i, j), n in found.items():
                pair = sorted([graph.names.index(i), graph.names.index(j)])
                traffic[pair[0], pair[1]] += Fraction(n, found.total())  # type: ignore[assignment]
        best = min(traffic, key=lambda pair: (-traffic[pair], pair)) if traffic else None
        assert busiest_pair(graph.sets, graph.parent, graph.child) == best, seed
        n_found += best is not None
    assert n_found > 150


def test_reporting_edges() -> None:
    sets = csr_array(np.array([[1, 0], [0, 0], [0, 1]], np.int8))
    parent, child = np.array([0, 0, 1, 2]), np.array([2, 1, 2, 2])
    assert reporting_edges(sets, parent, child).tolist() == [0, 3]


@pytest.mark.parametrize(
    ("parent", "child", "group", "message"),
    [
        ([0, 1], [0], [0, 1], "ends of edges do not match"),
        ([0], [2], [0, 1], "leaves the 2 nodes"),
        ([-1], [0], [0, 1], "leaves the 2 nodes"),
        ([0], [1], [0], "do not match 2 values"),
        ([0], [1], [0, 2], "outside 0 to 1"),
        ([0], [1], [0, -2], "outside 0 to 1"),
    ],
)
def test_bad_input(parent: list[int], child: list[int], group: list[int], message: str) -> None:
    sets = csr_array(np.eye(2, dtype=np.int8))
    with pytest.raises(InferenceError, match=message):
        group_flows(sets, np.array(parent), np.array(child), np.array(group), n_groups=2)


def test_nothing_mutates() -> None:
    sets = csr_array(np.eye(3, dtype=np.int8))
    none = np.zeros(0, np.int64)
    same = np.array([1, 2])
    assert busiest_pair(sets, none, none) is None
    assert busiest_pair(sets, same, same) is None
    assert group_flows(sets, same, same, np.zeros(3, int), n_groups=1).flows.shape == (0, 1, 1)
