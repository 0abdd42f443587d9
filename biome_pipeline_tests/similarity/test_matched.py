"""The matched comparison is that of the definition, silent without a difference, else loud."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from biome_pipeline.similarity.matched import matched_comparison
from biome_pipeline_tests.worlds.relatives import Relatives, draw_relatives


def compare(world: Relatives, seed: int, n_replicates: int = 299):
    return matched_comparison(
        world.vectors,
        world.parent_row,
        world.child_row,
        world.family,
        n_replicates=n_replicates,
        seed=seed,
    )


def test_only_children_with_both_means_count() -> None:
    for seed in range(20):
        world = draw_relatives(seed, 5, share_empty=0.4, share_second=0.3)
        dense = world.vectors.toarray()
        gaps, parents, families = [], [], set()
        for parent, child, family in zip(
            world.parent_row, world.child_row, world.family, strict=True
        ):
            siblings = [
                float(dense[child] @ dense[other])
                for other in world.child_row[world.parent_row == parent]
                if other != child and dense[other].any()
            ]
            if dense[child].any() and dense[parent].any() and siblings:
                to_parent = float(dense[child] @ dense[parent])
                gaps.append(to_parent - sum(siblings) / len(siblings))
                parents.append(to_parent)
                families.add(int(family))
        found = compare(world, seed, 19)
        difference = found.result.difference
        assert (difference.n, difference.n_missing) == (len(gaps), world.child_row.size - len(gaps))
        assert difference.n_families == len(families)
        assert difference.value == pytest.approx(np.mean(gaps), abs=1e-9)
        assert found.result.first_mean == pytest.approx(np.mean(parents), abs=1e-9)
        is_used = ~np.isnan(found.to_parent) & ~np.isnan(found.to_siblings)
        expected = found.to_siblings[is_used].mean()
        assert found.result.second_mean == pytest.approx(expected, abs=1e-9)


def test_exchangeable_relatives_differ_as_seldom_as_they_should() -> None:
    # In 99 % of all cases, 3 to 19 of 200 honest tests reject at 5 %. Seen: 10.
    low, high = binom.ppf([0.005, 0.995], 200, 0.05)
    assert (low, high) == (3, 19)
    n_rejected = sum(
        compare(draw_relatives(seed, 40), seed).result.p_value <= 0.05 for seed in range(200)
    )
    assert low <= n_rejected <= high


def test_siblings_that_share_more_are_found() -> None:
    n_found = 0
    for seed in range(40):
        result = compare(draw_relatives(seed, 40, to_siblings=0.7), seed).result
        n_found += result.p_value <= 0.05 and result.difference.ci_high < 0
    assert n_found >= 38


def test_children_without_siblings_are_no_comparison() -> None:
    world = draw_relatives(1, 1, n_parents=1, share_empty=1.0)
    found = compare(world, 1)
    assert np.isnan(found.to_siblings).all()
    assert (found.result.difference.value, found.result.p_value) == (None, None)
    assert found.result.difference.n_missing == world.child_row.size
