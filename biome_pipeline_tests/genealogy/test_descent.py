"""Ancestors and descendants are sets: a node reached twice counts once."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest

from biome_pipeline.errors import GenealogyError
from biome_pipeline.genealogy import descent
from biome_pipeline.genealogy.descent import (
    ancestors_of,
    count_ancestors,
    count_descendants,
    descendants_of,
)
from biome_pipeline.genealogy.graphs import Graph, generations
from biome_pipeline_tests.reference import genealogy as naive
from biome_pipeline_tests.worlds.graphs import (
    SEEDS,
    chain,
    draw_world,
    draw_woven_world,
    join_worlds,
)


def test_counts_are_the_sizes_of_the_closure() -> None:
    for seed in SEEDS:
        world = draw_world(seed)
        graph, expected = world.graph, naive.digraph(world.n_nodes, world.pairs)
        n_descendants, n_ancestors = count_descendants(graph), count_ancestors(graph)
        assert n_descendants.dtype == n_ancestors.dtype == np.int64
        assert n_descendants.tolist() == naive.descendant_counts(expected), f"seed {seed}"
        assert n_ancestors.tolist() == naive.ancestor_counts(expected), f"seed {seed}"


@pytest.mark.parametrize(
    ("n_columns", "block_bytes"), [(1 << 13, 1), (1 << 13, 1 << 12), (100, 1), (7, 1 << 26)]
)
def test_counts_do_not_depend_on_the_size_of_a_block(
    monkeypatch: pytest.MonkeyPatch, n_columns: int, block_bytes: int
) -> None:
    monkeypatch.setattr(descent, "_COLUMNS_AT_ONCE", n_columns)
    monkeypatch.setattr(descent, "_BLOCK_BYTES", block_bytes)
    monkeypatch.setattr(descent, "_UNPACKED_BYTES", block_bytes)
    for seed in range(3):
        one, other = (draw_woven_world(s, n_nodes=200, n_pairs=350) for s in (seed, seed + 10))
        world = join_worlds(one, other)
        graph, expected = world.graph, naive.digraph(world.n_nodes, world.pairs)
        assert np.count_nonzero(graph.n_parents > 1) > 2 * 64  # more than two words of bits
        generation = generations(graph)
        n_descendants = count_descendants(graph, generation)
        n_ancestors = count_ancestors(graph, generation)
        assert n_descendants.tolist() == naive.descendant_counts(expected), f"seed {seed}"
        assert n_ancestors.tolist() == naive.ancestor_counts(expected), f"seed {seed}"


def test_sets_of_one_node() -> None:
    for seed in SEEDS:
        world = draw_world(seed)
        graph, expected = world.graph, naive.digraph(world.n_nodes, world.pairs)
        for node in range(world.n_nodes):
            below, above = descendants_of(graph, node), ancestors_of(graph, node)
            assert below.dtype == above.dtype == np.int32
            assert below.tolist() == sorted(nx.descendants(expected, node)), f"seed {seed}"
            assert above.tolist() == sorted(nx.ancestors(expected, node)), f"seed {seed}"


def test_a_very_long_chain() -> None:
    graph = chain(100_000)
    step = np.arange(100_000, dtype=np.int32)
    assert np.array_equal(count_descendants(graph, step), step[::-1])
    assert np.array_equal(count_ancestors(graph, step), step)
    assert np.array_equal(descendants_of(graph, 50_000), step[50_001:])
    assert np.array_equal(ancestors_of(graph, 50_000), step[:50_000])


def test_a_very_long_chain_with_a_merge_at_its_end() -> None:
    # Every node of the line reaches the merged node: as many levels as nodes.
    n = 20_000
    node = np.arange(n + 1, dtype=np.int32)
    parent, child = np.append(node[:-1], 0), np.append(node[1:], n)
    graph = Graph.from_pairs(parent, child, n + 1)
    assert np.array_equal(count_descendants(graph, node), node[::-1])
    assert np.array_equal(count_ancestors(graph, node), node)


def test_a_cycle_is_refused() -> None:
    graph = Graph.from_pairs(np.array([0, 1, 2]), np.array([1, 2, 1]), 3)
    for count in (count_descendants, count_ancestors):
        with pytest.raises(GenealogyError, match="cycle"):
            count(graph)
        with pytest.raises(GenealogyError, match="not those of this graph"):
            count(graph, np.array([0, 1, 2], dtype=np.int32))


def test_generations_of_another_graph_are_refused() -> None:
    with pytest.raises(GenealogyError, match="not those of this graph"):
        count_descendants(chain(3), np.arange(4, dtype=np.int32))


@pytest.mark.parametrize("node", [-1, 3])
def test_a_node_outside_is_refused(node: int) -> None:
    for find in (descendants_of, ancestors_of):
        with pytest.raises(GenealogyError, match="there is no node"):
            find(chain(3), node)
