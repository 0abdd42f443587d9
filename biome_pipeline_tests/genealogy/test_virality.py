"""Virality is the mean distance of a family, exact or with an honest error."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from biome_pipeline.errors import CountOverflowError, GenealogyError
from biome_pipeline.genealogy import virality
from biome_pipeline.genealogy.descent import count_descendants
from biome_pipeline.genealogy.families import Families, find_families
from biome_pipeline.genealogy.graphs import Graph
from biome_pipeline.genealogy.virality import Virality, wiener
from biome_pipeline_tests.reference import genealogy as naive
from biome_pipeline_tests.worlds.graphs import (
    SEEDS,
    World,
    chain,
    draw_world,
    draw_woven_world,
    join_worlds,
)

DRAWS = range(200)


def families_of(world: World) -> tuple[Graph, Families]:
    """Give the graph of a world and its families."""
    graph = world.graph
    return graph, find_families(graph, world.created, count_descendants(graph))


def assert_exact(world: World, found: Virality, place: str) -> None:
    """Compare with the definitions, family by family."""
    expected = naive.digraph(world.n_nodes, world.pairs)
    members = [m for _, m in naive.families_largest_first(expected, world.created.tolist())]
    assert found.wiener_index.tolist() == [naive.wiener_index(expected, m) for m in members], place
    means = [naive.mean_distance(expected, m) for m in members]
    assert found.structural_virality.tolist() == pytest.approx(means, rel=1e-12), place
    assert found.is_exact.tolist() == [True] * len(members), place
    assert found.std_error.tolist() == [0.0] * len(members), place


def test_virality_is_the_mean_distance() -> None:
    for seed in SEEDS:
        world = draw_world(seed)
        found = wiener(*families_of(world))
        assert_exact(world, found, f"seed {seed}")
    types = [getattr(found, field.name).dtype for field in fields(found)]
    assert types == [np.int64, np.float64, np.bool_, np.float64]


@pytest.mark.parametrize(("n_sources", "n_distances"), [(1, 1), (3, 40), (70, 1 << 22)])
def test_virality_does_not_depend_on_what_is_searched_at_once(
    monkeypatch: pytest.MonkeyPatch, n_sources: int, n_distances: int
) -> None:
    monkeypatch.setattr(virality, "_N_SOURCES_AT_ONCE", n_sources)
    monkeypatch.setattr(virality, "_DISTANCES_AT_ONCE", n_distances)
    worlds = [draw_world(seed) for seed in range(40)]
    worlds.append(draw_woven_world(0, n_nodes=150, n_pairs=230))
    worlds.append(join_worlds(worlds[-1], draw_woven_world(1, n_nodes=120, n_pairs=200)))
    for number, world in enumerate(worlds):
        assert_exact(world, wiener(*families_of(world)), f"world {number}")


def test_a_core_of_more_sources_than_one_search_takes() -> None:
    world = draw_woven_world(5, n_nodes=900, n_pairs=2_000)
    graph, families = families_of(world)
    n_core = np.count_nonzero(virality._prune(graph, families)[1])
    assert virality._N_SOURCES_AT_ONCE < n_core < world.n_nodes
    assert_exact(world, wiener(graph, families), "woven world")


def test_a_very_long_chain() -> None:
    n = 100_000
    graph = chain(n)
    families = find_families(graph, np.zeros(n, np.int64), np.arange(n)[::-1])
    found = wiener(graph, families)
    assert found.wiener_index.tolist() == [n * (n * n - 1) // 6]
    assert found.structural_virality.tolist() == pytest.approx([(n + 1) / 3], rel=1e-12)


def test_a_sampled_core_is_marked_and_a_tree_stays_exact() -> None:
    tree = draw_world(0)
    assert tree.kind == "chain"
    world = join_worlds(tree, draw_woven_world(1, n_nodes=200, n_pairs=320))
    graph, families = families_of(world)
    exact = wiener(graph, families)
    found = wiener(graph, families, exact_core_limit=0, n_sources=50, seed=1)
    assert found.is_exact.tolist() == [False, True]
    assert found.std_error[0] > 0
    assert found.wiener_index[0] != exact.wiener_index[0]
    n_pairs = families.n_models * (families.n_models - 1) / 2
    assert found.structural_virality.tolist() == (found.wiener_index / n_pairs).tolist()
    assert found.std_error[1] == 0
    assert found.wiener_index[1] == exact.wiener_index[1]


def test_the_limit_counts_the_nodes_of_the_core() -> None:
    # A triangle of which each corner has a child: three of six nodes are core.
    parent, child = np.array([0, 0, 1, 0, 1, 2]), np.array([1, 2, 2, 3, 4, 5])
    graph = Graph.from_pairs(parent, child, 6)
    families = find_families(graph, np.zeros(6, np.int64), count_descendants(graph))
    assert wiener(graph, families, exact_core_limit=3).is_exact.tolist() == [True]
    assert wiener(graph, families, exact_core_limit=2).is_exact.tolist() == [False]


def triangle_with_leaves() -> World:
    """Give a core of three nodes, the last of which stands for nine."""
    parent = np.array([0, 0, 1] + [2] * 8, np.int32)
    child = np.array([1, 2, 2, *range(3, 11)], np.int32)
    return World("triangle", 11, parent, child, np.zeros(11, np.int64))


@pytest.mark.parametrize(
    "world",
    [
        triangle_with_leaves(),
        draw_woven_world(2, n_nodes=300, n_pairs=380),
        draw_woven_world(3, n_nodes=300, n_pairs=380),
    ],
    ids=["triangle", "woven 2", "woven 3"],
)
def test_the_stated_error_is_that_of_the_estimates(world: World) -> None:
    graph, families = families_of(world)
    truth = float(wiener(graph, families).structural_virality[0])
    drawn = [wiener(graph, families, exact_core_limit=0, n_sources=60, seed=seed) for seed in DRAWS]
    estimate = np.array([found.structural_virality[0] for found in drawn])
    error = np.array([found.std_error[0] for found in drawn])
    assert np.mean(np.abs(estimate - truth) <= 5 * error) >= 0.99
    # The mean of 200 estimates has a fourteenth of the error of one.
    assert abs(estimate.mean() - truth) <= 4 * error.mean() / len(DRAWS) ** 0.5
    assert 0.8 < estimate.std(ddof=1) / error.mean() < 1.25


def test_draws_repeat_and_do_not_depend_on_other_families() -> None:
    alone = draw_woven_world(4, n_nodes=200, n_pairs=300)
    smaller = draw_woven_world(6, n_nodes=90, n_pairs=150)
    larger = draw_woven_world(5, n_nodes=250, n_pairs=400)
    among = join_worlds(smaller, join_worlds(larger, alone))

    def sampled(world: World, seed: int) -> Virality:
        graph, families = families_of(world)
        return wiener(graph, families, exact_core_limit=0, n_sources=20, seed=seed)

    for seed in range(10):
        first, again, other = (sampled(world, seed) for world in (alone, alone, among))
        assert first.wiener_index[0] == again.wiener_index[0] == other.wiener_index[1]
        assert first.std_error[0] == again.std_error[0] == other.std_error[1]
    seeds = {int(sampled(alone, seed).wiener_index[0]) for seed in range(10)}
    assert len(seeds) > 5


@pytest.mark.parametrize("limit", [0, 20_000])
def test_an_index_beyond_the_largest_count_is_refused(
    monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    # The largest count is lowered, since only chains of millions exceed the real one.
    for world in (draw_world(0), draw_woven_world(1, n_nodes=60, n_pairs=90)):
        graph, families = families_of(world)
        found = wiener(graph, families, exact_core_limit=limit)
        largest = int(found.wiener_index.max())
        monkeypatch.setattr(virality, "_LARGEST_COUNT", largest)
        same = wiener(graph, families, exact_core_limit=limit)
        assert same.wiener_index.tolist() == found.wiener_index.tolist()
        assert same.wiener_index.dtype == np.int64
        monkeypatch.setattr(virality, "_LARGEST_COUNT", largest - 1)
        with pytest.raises(CountOverflowError, match=f"{largest} does not fit") as caught:
            wiener(graph, families, exact_core_limit=limit)
        assert caught.value.place == f"family 1 with {world.n_nodes} models"
        monkeypatch.undo()


def test_a_family_of_five_million_is_summed_in_integers_of_any_size() -> None:
    # Three nodes that pass for five million, whose chain would exceed 64 bits.
    graph = chain(3)
    families = Families(1, np.ones(3, np.int32), np.zeros(1, np.int32), np.array([5_000_000]))
    assert virality._prune(graph, families)[0].dtype == object


def test_too_few_sources_are_refused() -> None:
    graph, families = families_of(draw_world(0))
    with pytest.raises(GenealogyError, match="1 sources are too few"):
        wiener(graph, families, n_sources=1)


def test_families_of_another_graph_are_refused() -> None:
    _, families = families_of(draw_world(0))
    with pytest.raises(GenealogyError, match="the graph has 70 nodes"):
        wiener(chain(70), families)
