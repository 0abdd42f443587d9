"""Cumulative sizes of families count dated members, month by month."""

from __future__ import annotations

import numpy as np
import pytest

from biome_pipeline.errors import GenealogyError
from biome_pipeline.genealogy.growth import cumulative_growth
from biome_pipeline_tests.reference import genealogy as naive
from biome_pipeline_tests.worlds.graphs import SEEDS


def test_sizes_are_counts_of_members_so_far() -> None:
    n_rows = 0
    for seed in SEEDS:
        generator = np.random.Generator(np.random.PCG64(seed))
        n_members = int(generator.integers(0, 60))
        family = generator.integers(1, 7, size=n_members).astype(np.int32)
        month = (600 + generator.integers(20, size=n_members)).astype(np.int32)
        month[generator.random(n_members) < seed / SEEDS.stop] = -1
        followed = generator.integers(1, 9, size=int(generator.integers(0, 6)))
        found = cumulative_growth(family, month, followed)
        rows = list(zip(*(column.tolist() for column in found), strict=True))
        members = list(zip(family.tolist(), month.tolist(), strict=True))
        assert rows == naive.cumulative_sizes(members, followed.tolist()), f"seed {seed}"
        n_rows += len(rows)
    assert n_rows > 1_000


def test_all_lines_end_with_the_last_month_of_any_family() -> None:
    family, month = np.array([1, 1, 2, 9]), np.array([3, 5, 4, 7])
    found = cumulative_growth(family.astype(np.int32), month.astype(np.int32), np.array([2, 1]))
    assert found.family.tolist() == [1, 1, 1, 1, 1, 2, 2, 2, 2]
    assert found.month.tolist() == [3, 4, 5, 6, 7, 4, 5, 6, 7]
    assert found.n_cumulative.tolist() == [1, 1, 2, 2, 2, 1, 1, 1, 1]
    assert [column.dtype for column in found] == [np.int32, np.int32, np.int64]


def test_arrays_of_different_length_are_refused() -> None:
    two, three = np.zeros(2, np.int32), np.zeros(3, np.int32)
    with pytest.raises(GenealogyError, match="2 families and 3 months"):
        cumulative_growth(two, three, np.array([1]))
