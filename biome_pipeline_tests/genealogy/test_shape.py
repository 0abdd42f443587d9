"""The form of a family is that of its members taken alone."""

from __future__ import annotations

import numpy as np
import pytest

from biome_pipeline.errors import GenealogyError
from biome_pipeline.genealogy.descent import count_descendants
from biome_pipeline.genealogy.families import find_families
from biome_pipeline.genealogy.graphs import generations
from biome_pipeline.genealogy.shape import measure_shape
from biome_pipeline_tests.reference import genealogy as naive
from biome_pipeline_tests.worlds.graphs import SEEDS, chain, draw_world

TYPES = {
    "depth": np.int32,
    "n_leaves": np.int64,
    "max_children": np.int32,
    "n_pairs": np.int64,
    "is_tree": np.bool_,
}


def test_shapes_are_those_of_the_families_taken_alone() -> None:
    n_trees = n_others = 0
    for seed in SEEDS:
        world = draw_world(seed)
        graph, expected = world.graph, naive.digraph(world.n_nodes, world.pairs)
        families = find_families(graph, world.created, count_descendants(graph))
        found = measure_shape(graph, families, generations(graph))
        want = [
            naive.shape_of(expected, members)
            for _, members in naive.families_largest_first(expected, world.created.tolist())
        ]
        for name, dtype in TYPES.items():
            values = getattr(found, name)
            assert values.dtype == dtype, name
            assert values.tolist() == [shape[name] for shape in want], f"seed {seed}: {name}"
        n_trees += int(found.is_tree.sum())
        n_others += int((~found.is_tree).sum())
    assert min(n_trees, n_others) > 100


def test_families_of_another_graph_are_refused() -> None:
    graph = chain(3)
    families = find_families(graph, np.zeros(3, np.int64), count_descendants(graph))
    with pytest.raises(GenealogyError, match="the graph has 4 nodes, the families 3"):
        measure_shape(chain(4), families, generations(chain(4)))
    with pytest.raises(GenealogyError, match="the generations 4"):
        measure_shape(graph, families, generations(chain(4)))
