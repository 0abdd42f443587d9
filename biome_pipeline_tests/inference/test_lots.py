"""Lots are whole families, the largest by themselves, and vary as much as families do."""

from __future__ import annotations

import numpy as np
import pytest

from biome_pipeline.errors import InferenceError
from biome_pipeline.inference.lots import MOST_LOTS, lots_of_families
from biome_pipeline.inference.resampling import percentile_interval, resampled_sums


def test_few_families_are_a_lot_each() -> None:
    assert lots_of_families(np.array([3, 9, 1]), most=3).tolist() == [0, 1, 2]
    assert lots_of_families(np.zeros(0, int)).tolist() == []
    assert lots_of_families(np.ones(MOST_LOTS, int)).tolist() == list(range(MOST_LOTS))


def test_the_largest_are_alone_and_the_others_dealt_out_by_size() -> None:
    for seed in range(50):
        generator = np.random.Generator(np.random.PCG64(seed))
        most = int(generator.integers(2, 9))
        sizes = generator.integers(1, 30, int(generator.integers(most + 1, 60)))
        lot = lots_of_families(sizes, most=most)
        order = sorted(range(sizes.size), key=lambda family: (-sizes[family], family))
        n_alone = most // 2
        expected = {}
        for rank, family in enumerate(order):
            shared = n_alone + (rank - n_alone) % (most - n_alone)
            expected[family] = rank if rank < n_alone else shared
        assert lot.tolist() == [expected[family] for family in range(sizes.size)]


def test_a_ratio_has_the_same_interval_in_lots() -> None:
    """20,000 small families and some large ones: the width is right to within 10 %."""
    generator = np.random.Generator(np.random.PCG64(4))
    counts = np.concatenate([[5_000, 3_000, 1_000, 800], generator.geometric(0.4, 20_000)])
    shares = generator.beta(1, 1, counts.size)
    rows = np.stack([counts * shares, counts], axis=1)
    widths = []
    for lot in (np.arange(counts.size), lots_of_families(counts, most=1_000)):
        own = np.stack([np.bincount(lot, weights=column) for column in rows.T], axis=1)
        drawn = resampled_sums(own, n_replicates=999, seed=1)
        low, high = percentile_interval(drawn[:, 0] / drawn[:, 1])
        widths.append(high - low)
    assert widths[1] == pytest.approx(widths[0], rel=0.1)


@pytest.mark.parametrize(("sizes", "most"), [(np.ones(3, int), 1), (np.ones((3, 1), int), 4)])
def test_what_is_no_lot_is_refused(sizes, most) -> None:
    with pytest.raises(InferenceError, match="lots of families"):
        lots_of_families(sizes, most=most)
