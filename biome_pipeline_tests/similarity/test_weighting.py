"""Each weighting is that of its definition, and closed forms equal enumeration."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from biome_pipeline.errors import InferenceError
from biome_pipeline.inference.resampling import (
    Estimate,
    mean_of_group_means,
    mean_over_families,
    mean_over_pairs,
)
from biome_pipeline.similarity.siblings import sibling_sums
from biome_pipeline.similarity.weighting import sibling_means, weighted_means
from biome_pipeline_tests.worlds.relatives import draw_relatives

KIND = {"n_replicates": 99, "seed": 4}


def weighted(values: np.ndarray, top: object, family: object) -> dict[str, Estimate]:
    """Give the estimates of one measure."""
    (found,) = weighted_means(values[:, None], top, family, **KIND)
    return {weighting: one.estimate for weighting, one in found.items()}


def nested_mean(values: np.ndarray, unit: np.ndarray) -> float:
    means = [np.nanmean(values[unit == u]) for u in set(unit[~np.isnan(values)].tolist())]
    return float(np.mean(means))


def test_each_weighting_is_that_of_the_definition() -> None:
    for seed in range(40):
        generator = np.random.Generator(np.random.PCG64(seed))
        n = int(generator.integers(5, 60))
        top = generator.integers(0, 9, n)
        family = top % 4
        values = generator.random(n) + top
        values[1:][generator.random(n - 1) < 0.2] = np.nan
        found = weighted(values, top, family)
        assert list(found) == ["pair", "parent", "family"]
        assert found["pair"].value == pytest.approx(np.nanmean(values))
        assert found["parent"].value == pytest.approx(nested_mean(values, top))
        assert found["family"].value == pytest.approx(nested_mean(values, family))
        n_missing = int(np.isnan(values).sum())
        n_families = len(set(family[~np.isnan(values)].tolist()))
        for weighting, estimate in found.items():
            assert (estimate.n, estimate.n_missing) == (n - n_missing, n_missing)
            assert estimate.n_families == n_families, weighting
            if estimate.ci_low is not None:
                assert estimate.ci_low <= estimate.value <= estimate.ci_high


def test_random_pairs_have_one_weighting() -> None:
    values = np.array([0.1, np.nan, 0.3])
    found = weighted(values, None, None)
    assert list(found) == ["pair"]
    assert (found["pair"].value, found["pair"].n_missing) == (pytest.approx(0.2), 1)
    for top, family in ((np.arange(3), None), (None, np.arange(3))):
        with pytest.raises(InferenceError, match="without"):
            weighted(values, top, family)


@pytest.mark.parametrize("batch", range(3))
def test_all_siblings_in_closed_form_are_all_siblings_enumerated(batch: int) -> None:
    for seed in range(batch * 10, batch * 10 + 10):
        world = draw_relatives(seed, seed % 7 + 2, share_empty=0.2, share_second=0.3)
        dense = world.vectors.toarray()
        values, tops, families = [], [], []
        for parent in np.unique(world.parent_row):
            is_here = world.parent_row == parent
            for first, second in combinations(world.child_row[is_here], 2):
                is_known = dense[first].any() and dense[second].any()
                values.append(dense[first] @ dense[second] if is_known else np.nan)
                tops.append(parent)
                families.append(world.family[is_here][0])
        arrays = np.array(values), np.array(tops), np.array(families)
        enumerated = weighted(*arrays)
        closed = sibling_sums(world.vectors, world.parent_row, world.child_row)
        family_of = dict(zip(world.parent_row.tolist(), world.family.tolist(), strict=True))
        family = np.array([family_of[parent] for parent in closed.parent_row.tolist()])
        found = sibling_means(
            closed.sums, closed.n_pairs, family, n_missing=closed.n_missing, **KIND
        )
        assert list(found) == ["pair", "parent", "family"]
        for weighting, estimate in found.items():
            expected = enumerated[weighting]
            assert estimate.value == pytest.approx(expected.value, rel=1e-9)
            assert (estimate.n, estimate.n_missing) == (expected.n, expected.n_missing)
            if weighting != "pair":
                assert estimate.n_families == expected.n_families
                # Both draw the same families with one seed.
                for end in ("ci_low", "ci_high"):
                    both = getattr(estimate, end), getattr(expected, end)
                    assert both == (None, None) or both[0] == pytest.approx(both[1], rel=1e-9)


def test_parents_without_pairs_are_left_out() -> None:
    sums, n_pairs, family = np.array([0.0, 0.6, 4.0]), np.array([0, 1, 10]), np.array([5, 6, 6])
    found = sibling_means(sums, n_pairs, family, **KIND)
    assert found["pair"] == Estimate(pytest.approx(4.6 / 11), None, None, 11, 0, 1)
    assert found["parent"] == Estimate(pytest.approx(0.5), None, None, 11, 0, 1)
    assert found["family"] == Estimate(pytest.approx(4.6 / 11), None, None, 11, 0, 1)
    none = sibling_means(sums[:1], n_pairs[:1], family[:1], n_missing=3, **KIND)
    for estimate in none.values():
        assert estimate == Estimate(None, None, None, 0, 3, 0)


def test_sums_that_do_not_match_are_refused() -> None:
    with pytest.raises(InferenceError, match="do not match"):
        sibling_means(np.zeros(2), np.ones(3, dtype=int), np.zeros(2, dtype=int), **KIND)
    with pytest.raises(InferenceError, match="negative"):
        sibling_means(np.zeros(1), np.array([-1]), np.zeros(1, dtype=int), **KIND)


def test_measures_that_share_draws_have_the_law_of_each_alone() -> None:
    # The means are exact; the intervals are those of another seed of the same law.
    generator = np.random.Generator(np.random.PCG64(5))
    top = generator.integers(0, 90, 600)
    family = top % 30
    values = generator.random((600, 4)) + 0.2 * generator.random(30)[family][:, None]
    values[generator.random((600, 4)) < 0.1] = np.nan
    kind = {"n_replicates": 4_000, "seed": 8}
    found = weighted_means(values, top, family, **kind)
    for k, column in enumerate(values.T):
        alone = {
            "pair": mean_over_pairs(column, **kind),
            "parent": mean_of_group_means(column, top, family, **kind),
            "family": mean_of_group_means(column, family, family, **kind),
        }
        for weighting, expected in alone.items():
            own = found[k][weighting].estimate
            assert own.value == pytest.approx(expected.value, rel=1e-12)
            width = expected.ci_high - expected.ci_low
            # A percentile of 4,000 replicates is known to about 3 % of the width.
            assert own.ci_low == pytest.approx(expected.ci_low, abs=0.08 * width)
            assert own.ci_high == pytest.approx(expected.ci_high, abs=0.08 * width)
        over_families = mean_over_families(column, family, **kind)
        own = found[k]["pair"].over_families
        width = over_families.ci_high - over_families.ci_low
        assert own.value == pytest.approx(over_families.value)
        assert own.ci_low == pytest.approx(over_families.ci_low, abs=0.08 * width)
        assert own.ci_high == pytest.approx(over_families.ci_high, abs=0.08 * width)


def test_a_top_in_two_families_is_refused() -> None:
    with pytest.raises(InferenceError, match="two families"):
        weighted(np.ones(2), np.array([3, 3]), np.array([1, 2]))
