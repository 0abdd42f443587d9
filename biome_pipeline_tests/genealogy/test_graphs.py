"""Graphs keep every pair once, give both adjacencies, and number generations."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest

from biome_pipeline.errors import GenealogyError
from biome_pipeline.genealogy.graphs import MAX_NODES, Graph, distinct, generations, neighbours
from biome_pipeline_tests.reference import genealogy as naive
from biome_pipeline_tests.worlds.graphs import KINDS, SEEDS, chain, draw_tangle, draw_world


def test_worlds_are_of_every_kind_and_the_same_again() -> None:
    worlds = [draw_world(seed) for seed in SEEDS]
    assert {world.kind for world in worlds} == set(KINDS)
    again = [draw_world(seed) for seed in SEEDS]
    assert [world.pairs for world in worlds] == [world.pairs for world in again]
    assert any(len(set(world.pairs)) < len(world.pairs) for world in worlds)
    assert any((world.graph.n_parents > 1).any() for world in worlds)


def test_pairs_are_unique_and_sorted_with_both_adjacencies() -> None:
    for seed in SEEDS:
        world = draw_world(seed)
        graph, expected = world.graph, naive.digraph(world.n_nodes, world.pairs)
        pairs = list(zip(graph.parent.tolist(), graph.child.tolist(), strict=True))
        assert pairs == sorted(set(world.pairs)), f"seed {seed}"
        assert graph.n_edges == len(pairs), f"seed {seed}"
        for node in range(world.n_nodes):
            lower = slice(*graph.children_indptr[node : node + 2])
            upper = slice(*graph.parents_indptr[node : node + 2])
            children, parents = graph.children_indices[lower], graph.parents_indices[upper]
            assert children.tolist() == sorted(expected.successors(node)), f"seed {seed}"
            assert parents.tolist() == sorted(expected.predecessors(node)), f"seed {seed}"
            assert graph.n_children[node] == len(children), f"seed {seed}"
            assert graph.n_parents[node] == len(parents), f"seed {seed}"


def test_arrays_have_the_documented_types_and_cannot_be_written() -> None:
    graph = Graph.from_pairs(np.array([0, 1], np.int64), np.array([1, 2], np.uint8), 4)
    for name in ("parent", "child", "n_children", "n_parents", "parents_indices"):
        array = getattr(graph, name)
        assert array.dtype == np.int32, name
        assert not array.flags.writeable, name
    for name in ("children_indptr", "parents_indptr"):
        array = getattr(graph, name)
        assert array.dtype == np.int64, name
        assert not array.flags.writeable, name
    assert generations(graph).dtype == np.int32


def test_largest_nodes_keep_their_pairs() -> None:
    # The key of a pair is near the square of the number of nodes.
    parent, child = np.array([MAX_NODES - 1, 0]), np.array([MAX_NODES - 2, MAX_NODES - 1])
    graph = Graph.from_pairs(parent, child, MAX_NODES)
    assert graph.parent.tolist() == [0, MAX_NODES - 1]
    assert graph.child.tolist() == [MAX_NODES - 1, MAX_NODES - 2]


@pytest.mark.parametrize(
    ("parent", "child", "n_nodes", "fact"),
    [
        ([0, 1], [1, 1], 2, "from a node to itself"),
        ([0], [2], 2, "outside 0 to 1"),
        ([-1], [1], 2, "outside 0 to 1"),
        ([0, 1], [1], 2, "do not match"),
        ([[0]], [[1]], 2, "do not match"),
        ([0.0], [1.0], 2, "float64"),
        ([0], [0], 0, "outside"),
        ([0], [1], MAX_NODES + 1, "cannot have"),
        ([0], [1], -1, "cannot have"),
    ],
)
def test_pairs_that_make_no_graph_are_refused(
    parent: list[int], child: list[int], n_nodes: int, fact: str
) -> None:
    with pytest.raises(GenealogyError, match=fact) as caught:
        Graph.from_pairs(np.array(parent), np.array(child), n_nodes)
    assert caught.value.remedy


def test_neighbours_follow_the_order_asked_for() -> None:
    for seed in SEEDS:
        world = draw_world(seed)
        graph, expected = world.graph, naive.digraph(world.n_nodes, world.pairs)
        generator = np.random.Generator(np.random.PCG64(seed))
        asked = generator.permutation(world.n_nodes)[: world.n_nodes // 2]
        found = neighbours(graph.children_indptr, graph.children_indices, asked).tolist()
        want = [child for node in asked for child in sorted(expected.successors(node))]
        assert found == want, f"seed {seed}"


def test_components_are_what_is_connected_in_any_direction() -> None:
    for seed in SEEDS:
        world = draw_world(seed)
        found = world.graph.component
        assert found.dtype == np.int32
        groups = [set(np.flatnonzero(found == number).tolist()) for number in set(found.tolist())]
        expected = naive.digraph(world.n_nodes, world.pairs)
        want = [set(members) for members in nx.weakly_connected_components(expected)]
        assert sorted(map(sorted, groups)) == sorted(map(sorted, want)), f"seed {seed}"


def test_generations_are_longest_paths() -> None:
    for seed in SEEDS:
        world = draw_world(seed)
        want = naive.generations_from_founders(naive.digraph(world.n_nodes, world.pairs))
        assert generations(world.graph).tolist() == want, f"seed {seed}"


def test_generations_refuse_a_cycle() -> None:
    n_cyclic = 0
    for seed in SEEDS:
        world = draw_tangle(seed)
        is_loop = world.parent == world.child
        graph = Graph.from_pairs(world.parent[~is_loop], world.child[~is_loop], world.n_nodes)
        pairs = [(u, v) for u, v in world.pairs if u != v]
        expected = naive.digraph(world.n_nodes, pairs)
        if any(naive.is_on_cycle(expected, u, v) for u, v in pairs):
            n_cyclic += 1
            with pytest.raises(GenealogyError, match="cycle"):
                generations(graph)
        else:
            want = naive.generations_from_founders(expected)
            assert generations(graph).tolist() == want, f"seed {seed}"
    assert 50 < n_cyclic < 250


def test_generations_of_a_very_long_chain() -> None:
    assert np.array_equal(generations(chain(100_000)), np.arange(100_000))


@pytest.mark.parametrize("size", [0, 1, 2, 500])
def test_distinct_numbers_are_those_of_numpy(size: int) -> None:
    for seed in range(20):
        numbers = np.random.default_rng(seed).integers(-20, 20, size).astype(np.int32)
        found = distinct(numbers)
        assert found.dtype == numbers.dtype
        np.testing.assert_array_equal(found, np.unique(numbers))
