"""Families for tests of pictures and formats: the rows of one family, made small.

What does not belong here: how pairs are drawn (``graphs``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from biome_pipeline.genealogy.graphs import Graph, generations
from biome_pipeline.genealogy.lineage import FamilyTree, family_tree
from biome_pipeline.vocabulary.relations import RELATIONS
from biome_pipeline_tests.worlds.graphs import draw_woven_world

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["HOSTILE", "draw_family", "edge_rows", "make_family", "member_rows"]

HOSTILE = (
    "$x_1^2$/$\\frac{1}{0}$",
    "a_b/c^d_{",
    "o'neill/it's, (quoted): [1];",
    "evil/\u202egpj.exe",
    "bell/\x07\x1b[31mred\nline",
    "emoji/\U0001f917-\U0001f468\u200d\U0001f469",
    "שלום/مرحبا",
    '<b>&amp;/"quoted"',
    "long/" + "x" * 90 + "y",
    "back\\slash/\\u202e",
)
"""Ids that break mathtext, Newick, XML, terminals or fonts, where not prepared."""


def member_rows(ids: Sequence[str], pairs: Sequence[tuple[int, int]]) -> pa.Table:
    """Make the family's rows of ``genealogy.members``; the first id is the root."""
    ends = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    generation = generations(Graph.from_pairs(ends[:, 0], ends[:, 1], len(ids)))
    return pa.table(
        {
            "graph": ["all"] * len(ids),
            "family_id": [1] * len(ids),
            "root_id": [ids[0]] * len(ids),
            "model_id": ids,
            "generation": generation,
        }
    )


def edge_rows(ids: Sequence[str], rows: Sequence[tuple[int, int, str]]) -> pa.Table:
    """Make the family's rows of ``genealogy.edges``."""
    return pa.table(
        {
            "parent_id": pa.array([ids[parent] for parent, _, _ in rows], pa.string()),
            "child_id": pa.array([ids[child] for _, child, _ in rows], pa.string()),
            "relation": pa.array([relation for _, _, relation in rows], pa.string()),
        }
    )


def make_family(ids: Sequence[str], rows: Sequence[tuple[int, int, str]]) -> FamilyTree:
    """Make a family of ids and of rows of parent, child and relation; the first id is the root."""
    members = member_rows(ids, [row[:2] for row in rows])
    return family_tree(members, edge_rows(ids, rows), snapshot="2025-06-30")


def draw_family(
    seed: int, n_models: int = 30, name: Callable[[int], str] = "owner/model-{}".format
) -> FamilyTree:
    """Draw one connected family with merges and pairs under two relations."""
    rng = np.random.Generator(np.random.PCG64(seed))
    n_pairs = n_models - 1 + int(rng.integers(0, n_models))
    world = draw_woven_world(seed, n_models, n_pairs)
    rows = [
        (parent, child, RELATIONS[int(rng.integers(len(RELATIONS)))])
        for parent, child in world.pairs
    ]
    founder = next(node for node in range(n_models) if node not in {row[1] for row in rows})
    # The root comes first: the founder takes the place of node 0.
    place = list(range(n_models))
    place[0], place[founder] = founder, 0
    moved = [(place[parent], place[child], relation) for parent, child, relation in rows]
    return make_family([name(node) for node in range(n_models)], moved)
