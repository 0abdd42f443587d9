"""Families are the components with an edge, each with the root it goes back to."""

from __future__ import annotations

import numpy as np
import pytest

from biome_pipeline.errors import GenealogyError
from biome_pipeline.genealogy.descent import count_descendants
from biome_pipeline.genealogy.families import NO_DATE, find_families
from biome_pipeline.genealogy.graphs import Graph
from biome_pipeline_tests.reference import genealogy as naive
from biome_pipeline_tests.worlds.graphs import SEEDS, chain, draw_world


def test_families_are_components_numbered_by_size_and_root() -> None:
    n_ties = 0
    for seed in SEEDS:
        world = draw_world(seed)
        graph, expected = world.graph, naive.digraph(world.n_nodes, world.pairs)
        found = find_families(graph, world.created, count_descendants(graph))
        want = naive.families_largest_first(expected, world.created.tolist())
        family = [-1] * world.n_nodes
        for number, (_, members) in enumerate(want, start=1):
            for member in members:
                family[member] = number
        assert found.n_families == len(want), f"seed {seed}"
        assert found.family.tolist() == family, f"seed {seed}"
        assert found.root.tolist() == [root for root, _ in want], f"seed {seed}"
        assert found.n_models.tolist() == [len(members) for _, members in want], f"seed {seed}"
        assert found.family.dtype == found.root.dtype == np.int32
        assert found.n_models.dtype == np.int64
        n_ties += len(want) - len({len(members) for _, members in want})
    assert n_ties > 100


@pytest.mark.parametrize(
    ("created", "root"),
    [([5, 5, 9], 0), ([6, 5, 9], 1), ([NO_DATE, 5, 9], 1), ([NO_DATE, NO_DATE, 9], 0)],
)
def test_founders_with_as_many_descendants_are_told_apart_by_date_then_id(
    created: list[int], root: int
) -> None:
    graph = Graph.from_pairs(np.array([0, 1]), np.array([2, 2]), 3)
    found = find_families(graph, np.array(created), np.array([1, 1, 0]))
    assert found.root.tolist() == [root]


def test_descendants_come_before_dates() -> None:
    graph = Graph.from_pairs(np.array([0, 1, 1]), np.array([2, 2, 3]), 4)
    found = find_families(graph, np.array([1, NO_DATE, 1, 1]), np.array([1, 2, 0, 0]))
    assert found.root.tolist() == [1]


def test_a_very_long_chain_is_one_family() -> None:
    n = 100_000
    found = find_families(chain(n), np.zeros(n, np.int64), np.arange(n)[::-1])
    assert (found.n_families, found.root.tolist(), found.n_models.tolist()) == (1, [0], [n])


def test_a_family_without_founder_is_refused() -> None:
    graph = Graph.from_pairs(np.array([0, 1, 2]), np.array([1, 0, 3]), 4)
    with pytest.raises(GenealogyError, match="no member without parents"):
        find_families(graph, np.zeros(4, np.int64), np.zeros(4, np.int64))


@pytest.mark.parametrize(("n_created", "n_counted"), [(2, 3), (3, 2)])
def test_arrays_of_another_length_are_refused(n_created: int, n_counted: int) -> None:
    with pytest.raises(GenealogyError, match="entries for 3 nodes"):
        find_families(chain(3), np.zeros(n_created, np.int64), np.zeros(n_counted, np.int64))
