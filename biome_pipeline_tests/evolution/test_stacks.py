"""Stacks and their recurrences under insertion, removal and splicing, block by block.

Every block has a size of its own, so that it is known wherever it goes.
"""

from __future__ import annotations

import numpy as np
import pytest

from biome_pipeline.evolution.genome import Block, Dense, Genome
from biome_pipeline.evolution.operators import NoOp, splice
from biome_pipeline.evolution.operators.depth import insert_blocks, remove_blocks
from biome_pipeline_tests.worlds.genomes import random_recurrences


def block(name):
    return Block(feed_forward=Dense(kind="dense", hidden=name))


def stack(rng, first_name):
    n = int(rng.integers(2, 10))
    return Genome(
        dim=8,
        vocabulary=16,
        sequence=8,
        blocks=tuple(block(first_name + place) for place in range(n)),
        recurrences=random_recurrences(rng, n),
    )


def names(genome):
    return [one.feed_forward.hidden for one in genome.blocks]


def spans(genome):
    """Give the blocks of each recurrence by name, with its loops."""
    return [
        (names(genome)[span.start : span.stop], span.min_loops, span.max_loops)
        for span in genome.recurrences
    ]


@pytest.mark.parametrize("seed", range(200))
def test_inserted_blocks_belong_to_the_recurrence_that_they_stand_in(seed):
    rng = np.random.default_rng([1, seed])
    genome = stack(rng, 1)
    at = int(rng.integers(len(genome.blocks) + 1))
    new = [101 + k for k in range(int(rng.integers(1, 4)))]
    child = insert_blocks(genome, at, [block(name) for name in new])
    old = names(genome)
    assert names(child) == old[:at] + new + old[at:]
    wanted = []
    for span in genome.recurrences:
        inside = span.start < at < span.stop
        kept = old[span.start : at] + new + old[at : span.stop] if inside else None
        wanted.append((kept or old[span.start : span.stop], span.min_loops, span.max_loops))
    assert spans(child) == wanted


@pytest.mark.parametrize("seed", range(200))
def test_a_recurrence_loses_the_blocks_that_are_removed(seed):
    rng = np.random.default_rng([2, seed])
    genome = stack(rng, 1)
    n = len(genome.blocks)
    start = int(rng.integers(n))
    stop = int(rng.integers(start + 1, n + 1)) if start else int(rng.integers(1, n))
    child = remove_blocks(genome, start, stop)
    gone = set(names(genome)[start:stop])
    assert names(child) == [name for name in names(genome) if name not in gone]
    left = [([b for b in blocks if b not in gone], *loops) for blocks, *loops in spans(genome)]
    assert spans(child) == [one for one in left if len(one[0]) >= 2]


@pytest.mark.parametrize("seed", range(200))
def test_a_splice_keeps_the_recurrences_that_it_keeps_whole(seed):
    rng = np.random.default_rng([3, seed])
    parent, mate = stack(rng, 1), stack(rng, 101)
    result = splice(parent, mate, rng)
    if isinstance(result, NoOp):
        pytest.fail("two stacks without a common block cannot give one of both")
    child = result.genome
    kept = set(names(child))
    assert kept & set(names(parent))
    assert kept & set(names(mate))
    wanted = [one for one in (*spans(parent), *spans(mate)) if set(one[0]) <= kept]
    assert spans(child) == wanted
