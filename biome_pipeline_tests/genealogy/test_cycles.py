"""Edges on a cycle are found, all of them and no others."""

from __future__ import annotations

import numpy as np
import pytest

from biome_pipeline.errors import GenealogyError
from biome_pipeline.genealogy.cycles import edges_in_cycles
from biome_pipeline.genealogy.graphs import Graph, generations
from biome_pipeline_tests.reference import genealogy as naive
from biome_pipeline_tests.worlds.graphs import SEEDS, draw_tangle, draw_world


def test_an_edge_is_on_a_cycle_when_its_child_leads_back_to_its_parent() -> None:
    n_found = n_spared = 0
    for seed in SEEDS:
        world = draw_tangle(seed)
        expected = naive.digraph(world.n_nodes, world.pairs)
        want = [naive.is_on_cycle(expected, u, v) for u, v in world.pairs]
        found = edges_in_cycles(world.parent, world.child, world.n_nodes)
        assert found.dtype == np.bool_
        assert found.tolist() == want, f"seed {seed}"
        n_found += sum(want)
        n_spared += len(want) - sum(want)
    assert min(n_found, n_spared) > 1_000


def test_no_edge_is_on_a_cycle_where_there_is_none() -> None:
    for seed in SEEDS:
        world = draw_world(seed)
        found = edges_in_cycles(world.parent, world.child, world.n_nodes)
        assert found.shape == world.parent.shape, f"seed {seed}"
        assert not found.any(), f"seed {seed}"


def test_what_is_left_has_generations() -> None:
    for seed in SEEDS:
        world = draw_tangle(seed)
        keep = ~edges_in_cycles(world.parent, world.child, world.n_nodes)
        graph = Graph.from_pairs(world.parent[keep], world.child[keep], world.n_nodes)
        generation = generations(graph)
        assert (generation[graph.child] > generation[graph.parent]).all(), f"seed {seed}"


def test_pairs_listed_very_often_stay_edges() -> None:
    # 256 copies of one pair add up to zero in a byte.
    parent, child = np.repeat([0, 1], 256), np.repeat([1, 0], 256)
    assert edges_in_cycles(parent, child, 2).all()


def test_self_loops_are_cycles() -> None:
    assert edges_in_cycles(np.array([0, 0]), np.array([0, 1]), 2).tolist() == [True, False]


@pytest.mark.parametrize("is_closed", [False, True])
def test_a_very_long_chain_and_ring(is_closed: bool) -> None:
    node = np.arange(100_000)
    child = np.roll(node, -1)
    stop = node.size if is_closed else node.size - 1
    found = edges_in_cycles(node[:stop], child[:stop], node.size)
    assert found.tolist() == [is_closed] * stop


def test_a_node_outside_is_refused() -> None:
    with pytest.raises(GenealogyError, match="outside 0 to 1"):
        edges_in_cycles(np.array([0]), np.array([2]), 2)
