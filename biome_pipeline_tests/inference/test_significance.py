"""P-values are those of the definition, and err as often as they say."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.stats import binom, false_discovery_control

from biome_pipeline.errors import InferenceError
from biome_pipeline.inference.resampling import family_sums, percentile_interval, resampled_sums
from biome_pipeline.inference.significance import (
    adjust_p_values,
    bootstrap_p_value,
    paired_difference,
)


def draw_pairs(
    seed: int, n_families: int, effect: float = 0.0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw two values per unit whose difference has a family effect around `effect`."""
    generator = np.random.Generator(np.random.PCG64(seed))
    size = 1 + generator.lognormal(1, 1.5, n_families).astype(np.int64)
    family = np.repeat(np.arange(n_families), size)
    first = generator.normal(0, 1, family.size)
    gap = effect + generator.normal(0, 1, n_families)[family] + generator.normal(size=family.size)
    return first, first - gap, family


def exact_p_value(gap: np.ndarray, family: np.ndarray) -> float:
    """Try every sign of every family."""
    sums = [gap[family == f].sum() for f in np.unique(family)]
    flipped = [
        abs(sum(s * x for s, x in zip(signs, sums, strict=True)))
        for signs in itertools.product((-1, 1), repeat=len(sums))
    ]
    observed = abs(sum(sums))
    return sum(value >= observed * (1 - 1e-9) for value in flipped) / len(flipped)


def test_with_few_families_every_sign_is_tried() -> None:
    for seed, n_families in itertools.product(range(10), range(2, 8)):
        first, second, family = draw_pairs(seed, n_families)
        found = paired_difference(first, second, family, n_replicates=127, seed=seed)
        assert found.p_value == pytest.approx(exact_p_value(first - second, family))


def test_with_many_families_signs_are_drawn() -> None:
    n_replicates = 9_999
    for seed in range(6):
        first, second, family = draw_pairs(seed, 14, 0.5)
        expected = exact_p_value(first - second, family)
        found = paired_difference(first, second, family, n_replicates=n_replicates, seed=seed)
        error = np.sqrt(expected * (1 - expected) / n_replicates)
        assert found.p_value == pytest.approx(expected, abs=5 * error + 1 / n_replicates)


@pytest.mark.parametrize("n_families", [8, 20, 100])
def test_no_difference_is_found_as_often_as_it_should(n_families: int) -> None:
    # In 99 % of all cases, 3 to 19 of 200 honest tests reject at 5 %.
    low, high = binom.ppf([0.005, 0.995], 200, 0.05)
    assert (low, high) == (3, 19)
    # Seen with 8, 20 and 100 families: 10, 8 and 10; by the bootstrap 27, 22 and 12.
    n_rejected = n_by_bootstrap = 0
    for seed in range(200):
        first, second, family = draw_pairs(seed, n_families)
        found = paired_difference(first, second, family, n_replicates=499, seed=seed)
        n_rejected += found.p_value <= 0.05
        sums = resampled_sums(
            family_sums((first - second)[:, None], family), n_replicates=499, seed=seed
        )
        n_by_bootstrap += bootstrap_p_value(sums[:, 0] / sums[:, 1]) <= 0.05
    assert low <= n_rejected <= high
    # Why it is sign flips: with few families the bootstrap leaves the band.
    assert n_families > 20 or n_by_bootstrap > high


def test_a_planted_difference_is_found() -> None:
    found = [
        paired_difference(*draw_pairs(seed, 60, 1.0), n_replicates=499, seed=seed)
        for seed in range(40)
    ]
    assert sum(each.p_value <= 0.05 and each.difference.ci_low > 0 for each in found) >= 38


def test_both_directions_are_tested_alike() -> None:
    for n_families in (5, 40):
        for effect in (-1.0, 1.0):
            first, second, family = draw_pairs(3, n_families, effect)
            ahead = paired_difference(first, second, family, n_replicates=199, seed=1)
            back = paired_difference(second, first, family, n_replicates=199, seed=1)
            assert ahead.p_value == back.p_value
            assert ahead.difference.value == -back.difference.value
            assert (ahead.first_mean, ahead.second_mean) == (back.second_mean, back.first_mean)


def test_a_unit_with_one_missing_value_is_left_out_of_both_means() -> None:
    first = np.array([1.0, np.nan, 3.0, 8.0])
    second = np.array([0.0, 5.0, 1.0, np.nan])
    found = paired_difference(first, second, np.array([1, 1, 2, 3]), n_replicates=99, seed=1)
    assert (found.first_mean, found.second_mean) == (2.0, 0.5)
    difference = found.difference
    assert (difference.value, difference.n, difference.n_missing) == (1.5, 2, 2)
    # Both signs of two families: 3 and 3 lie as far from 0 as 3, 1 and 1 do not.
    assert (difference.n_families, found.p_value) == (2, 0.5)


def test_without_two_families_there_is_no_test() -> None:
    one = paired_difference(np.ones(3), np.zeros(3), np.full(3, 7), n_replicates=99, seed=1)
    assert (one.difference.value, one.difference.ci_low, one.p_value) == (1.0, None, None)
    for size in (0, 3):
        missing = np.full(size, np.nan)
        none = paired_difference(missing, missing, np.arange(size), n_replicates=99, seed=1)
        assert (none.first_mean, none.second_mean, none.p_value) == (None, None, None)
        assert (none.difference.value, none.difference.n_missing) == (None, size)


@pytest.mark.parametrize("n_families", [3, 100])
def test_equal_values_are_no_difference(n_families: int) -> None:
    values = np.random.Generator(np.random.PCG64(1)).random(n_families)
    found = paired_difference(values, values, np.arange(n_families), n_replicates=99, seed=1)
    assert (found.difference.value, found.p_value) == (0.0, 1.0)


def test_the_p_value_of_a_bootstrap_says_what_its_interval_says() -> None:
    n_inside = 0
    for seed in range(200):
        generator = np.random.Generator(np.random.PCG64(seed))
        replicates = generator.normal(generator.normal(0, 2.5), 1, 999)
        low, high = percentile_interval(replicates)
        p_value = bootstrap_p_value(replicates)
        share = min(sum(replicates <= 0), sum(replicates >= 0)) / 999
        assert p_value == pytest.approx(min(1, 2 * share), abs=2.1e-3)
        # The estimate counts as one replicate, so that the p-value is the stricter by 1 of 500.
        if p_value <= 0.05:
            assert not low <= 0 <= high
        if p_value > 0.0541:
            assert low <= 0 <= high
        n_inside += low <= 0 <= high
    assert 50 < n_inside < 150


def test_a_bootstrap_at_zero_or_without_replicates() -> None:
    assert bootstrap_p_value(np.zeros(99)) == 1.0
    assert bootstrap_p_value(np.ones(99)) == 0.02
    assert bootstrap_p_value(np.append(np.ones(99), [np.nan] * 99)) == 0.02
    assert bootstrap_p_value(np.append(np.ones(9), [np.nan] * 10)) is None
    assert bootstrap_p_value(np.zeros(0)) is None


def test_adjusted_p_values_are_those_of_scipy() -> None:
    for seed in range(100):
        generator = np.random.Generator(np.random.PCG64(seed))
        p_values = generator.beta(0.4, 1, int(generator.integers(1, 30))).round(2)
        expected = false_discovery_control(p_values, method="bh")
        assert adjust_p_values(p_values) == pytest.approx(expected, rel=1e-12, abs=0)
        # A test that could not be made does not count, wherever it stands.
        places = np.sort(generator.integers(0, p_values.size + 1, 4))
        gaps = adjust_p_values(np.insert(p_values, places, np.nan))
        assert gaps[~np.isnan(gaps)] == pytest.approx(expected, rel=1e-12, abs=0)
        assert np.array_equal(np.isnan(gaps), np.isnan(np.insert(p_values, places, np.nan)))


def test_no_p_values_and_no_probabilities() -> None:
    assert adjust_p_values(np.zeros(0)).shape == (0,)
    assert np.isnan(adjust_p_values(np.full(2, np.nan))).all()
    for wrong in (-0.1, 1.1):
        with pytest.raises(InferenceError, match="outside 0 to 1"):
            adjust_p_values(np.array([0.5, wrong]))
