"""Worlds of drifting traits: many small families, each model with one value.

A family is a root and generations of children; a child mutates with a probability
that depends on its parent's value and the value it goes to. What does not belong
here: the demo, whose traits drift by its own rules.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array

from biome_pipeline.drift.claims import Lineage
from biome_pipeline.drift.traits import TraitValues

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from biome_pipeline.drift.traits import Trait

__all__ = ["World", "drawn_world", "lineage_of", "trait_of"]


@dataclass(frozen=True, eq=False)
class World:
    """Families of models: edges with their family, and a number for each model's value."""

    parent: npt.NDArray[np.int64]
    child: npt.NDArray[np.int64]
    family: npt.NDArray[np.int64]
    value: npt.NDArray[np.int64]


def drawn_world(
    chances: npt.NDArray[np.float64],
    roots: npt.NDArray[np.float64],
    *,
    n_families: int,
    n_children: int,
    seed: int,
) -> World:
    """Draw families whose values move by a matrix of chances.

    `chances[i, j]` is the probability that a child of a parent with i has j, the
    rows summing to one; `roots` that of a root. Families are of unequal size.
    """
    draw = np.random.Generator(np.random.PCG64(seed))
    n_values = roots.size
    # Two generations: half of the children hang on the first children.
    sizes = 1 + draw.geometric(1 / n_children, n_families)
    root = np.cumsum(sizes + 1) - sizes - 1
    family = np.repeat(np.arange(n_families), sizes)
    child = np.arange(sizes.sum()) + family + 1
    first = np.repeat(root + 1, sizes)
    is_second = (draw.random(child.size) < 0.5) & (child > first)
    parent = np.where(is_second, first, first - 1)
    value = np.empty(sizes.sum() + n_families, np.int64)
    value[root] = draw.choice(n_values, n_families, p=roots)
    steps = chances.cumsum(axis=1)
    coins = draw.random(child.size)
    for chosen in (~is_second, is_second):
        rows = steps[value[parent[chosen]]]
        value[child[chosen]] = (coins[chosen, None] > rows[:, :-1]).sum(axis=1)
    return World(parent, child, family, value)


def trait_of(trait: Trait, values: Sequence[str], number: npt.NDArray[np.int64]) -> TraitValues:
    """Make the matrix of a trait of single values; a negative number is silent."""
    n = np.bincount(number[number >= 0], minlength=len(values))
    order = sorted(range(len(values)), key=lambda k: (-n[k], values[k]))
    place = np.argsort(order)
    rows = np.flatnonzero(number >= 0)
    columns = place[number[rows]]
    sets = csr_array(
        (np.ones(rows.size, np.int8), (rows, columns)), shape=(number.size, len(values))
    )
    return TraitValues(trait, tuple(values[k] for k in order), n[order].astype(np.int64), sets)


def lineage_of(world: World, *, n_replicates: int, seed: int = 1, graph: str = "all") -> Lineage:
    """Give the edges of a world."""
    return Lineage(graph, world.parent, world.child, world.family, n_replicates, seed)
