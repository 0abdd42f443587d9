"""Means are those of the definition, and their intervals those of plain resampling."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from scipy.stats import binom

from biome_pipeline.errors import InferenceError
from biome_pipeline.genealogy.fertility import ratio_interval
from biome_pipeline.inference import resampling
from biome_pipeline.inference.resampling import (
    Estimate,
    family_sums,
    mean_of_group_means,
    mean_over_families,
    mean_over_pairs,
    percentile_interval,
    ratio_over_families,
    resampled_sums,
)

GENTLY = {"n_replicates": 19, "seed": 3}


def draw_values(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw values, some missing, with a group and a family each: a group lies in one family."""
    generator = np.random.Generator(np.random.PCG64(seed))
    n = int(generator.integers(0, 40))
    n_families = int(generator.integers(1, 8))
    group = generator.integers(0, 12, n)
    family = generator.permutation(1_000)[:n_families][group % n_families]
    values = generator.random(n)
    values[generator.random(n) < generator.choice([0, 0.3, 1])] = np.nan
    return values, group, family


def is_close(found: float | None, expected: float | None) -> bool:
    """Both are missing, or both are the same number."""
    if found is None or expected is None:
        return found is expected
    return found == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("batch", range(4))
def test_means_and_counts_are_those_of_the_definition(batch: int) -> None:
    for seed in range(batch * 50, batch * 50 + 50):
        values, group, family = draw_values(seed)
        known = [k for k in range(values.size) if not np.isnan(values[k])]
        n_families = len({int(family[k]) for k in known})
        counts = (len(known), values.size - len(known))
        plain = sum(values[k] for k in known) / len(known) if known else None
        pair = mean_over_pairs(values, **GENTLY)
        assert (pair.n, pair.n_missing, pair.n_families) == (*counts, None)
        assert is_close(pair.value, plain), seed
        assert (pair.ci_low is None) == (pair.ci_high is None) == (len(known) < 2)
        by_family = mean_over_families(values, family, **GENTLY)
        assert is_close(by_family.value, plain), seed
        for unit in (group, family):
            lists: dict[int, list[float]] = {}
            for k in known:
                lists.setdefault(int(unit[k]), []).append(values[k])
            means = [sum(each) / len(each) for each in lists.values()]
            expected = sum(means) / len(means) if means else None
            found = mean_of_group_means(values, unit, family, **GENTLY)
            assert is_close(found.value, expected), seed
            for estimate in (by_family, found):
                assert (estimate.n, estimate.n_missing) == counts
                assert estimate.n_families == n_families
                assert (estimate.ci_low is None) == (n_families < 2)


def test_nothing_and_nothing_known_have_no_mean() -> None:
    for values in (np.zeros(0), np.full(3, np.nan)):
        name = np.arange(values.size)
        empty = Estimate(None, None, None, 0, values.size, 0)
        assert mean_over_pairs(values, **GENTLY) == Estimate(None, None, None, 0, values.size, None)
        assert mean_over_families(values, name, **GENTLY) == empty
        assert mean_of_group_means(values, name, name, **GENTLY) == empty


def test_one_unit_has_a_mean_but_no_interval() -> None:
    values, family = np.array([0.25, np.nan, 0.75]), np.array([4, 9, 4])
    assert mean_over_families(values, family, **GENTLY) == Estimate(0.5, None, None, 2, 1, 1)
    assert mean_over_pairs(values[:2], **GENTLY) == Estimate(0.25, None, None, 1, 1, None)


def test_equal_values_have_no_spread() -> None:
    values, family = np.full(9, 0.5), np.arange(9) // 2
    assert mean_over_families(values, family, **GENTLY) == Estimate(0.5, 0.5, 0.5, 9, 0, 5)
    assert mean_over_pairs(values, **GENTLY) == Estimate(0.5, 0.5, 0.5, 9, 0, None)


def test_the_ratio_is_that_of_the_two_sums() -> None:
    for seed in range(40):
        generator = np.random.Generator(np.random.PCG64(seed))
        n = int(generator.integers(1, 30))
        numerator, denominator = generator.random(n), generator.integers(1, 9, n).astype(float)
        family = generator.integers(0, 5, n)
        found = ratio_over_families(numerator, denominator, family, **GENTLY)
        assert found.value == pytest.approx(sum(numerator) / sum(denominator), rel=1e-12)
        assert (found.n, found.n_missing) == (n, 0)
        # One unit per denominator's worth of equal values is the same bootstrap.
        repeats = denominator.astype(int)
        spread = np.repeat(numerator / denominator, repeats)
        same = mean_over_families(spread, np.repeat(family, repeats), **GENTLY)
        assert is_close(found.ci_low, same.ci_low)
        assert is_close(found.ci_high, same.ci_high)


def draw_families(seed: int, n_families: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw values around 0 of families of very unequal size, each with an effect of its own."""
    generator = np.random.Generator(np.random.PCG64(seed))
    size = 1 + generator.lognormal(1, 1, n_families).astype(np.int64)
    family = np.repeat(np.arange(n_families), size)
    effect = generator.normal(0, 1, n_families)
    return effect[family] + generator.normal(0, 1, family.size), family


def assert_same_law(found: Estimate, replicates: np.ndarray, place: str) -> None:
    """Both ends lie where simulated quantiles put them, at B = 20,000 on both sides.

    0.78 % is five standard errors of the difference of two simulated shares of
    2.5 %; the law has atoms, so that each end is compared with two quantiles.
    """
    for end, share in ((found.ci_low, 0.025), (found.ci_high, 0.975)):
        low, high = np.quantile(replicates, [share - 0.0078, share + 0.0078])
        assert low - 1e-12 <= end <= high + 1e-12, place


@pytest.mark.parametrize("n_families", [2, 5, 30])
def test_intervals_over_families_are_those_of_plain_resampling(n_families: int) -> None:
    n_replicates = 20_000
    for seed in range(4):
        values, family = draw_families(seed, n_families)
        group = np.arange(values.size) // 3 + 10_000 * family
        parts = [values[family == f] for f in range(n_families)]
        nested = [
            [values[group == g].mean() for g in np.unique(group[family == f])]
            for f in range(n_families)
        ]
        generator = np.random.Generator(np.random.PCG64(seed + 1_000))
        plain, grouped = np.empty(n_replicates), np.empty(n_replicates)
        sums = np.array(
            [[part.sum(), part.size, sum(g), len(g)] for part, g in zip(parts, nested, strict=True)]
        )
        for k in range(n_replicates):
            drawn = [int(f) for f in generator.integers(n_families, size=n_families)]
            if k < 50:  # what the sums stand for
                pooled = np.concatenate([parts[f] for f in drawn])
                assert pooled.mean() == pytest.approx(sums[drawn, 0].sum() / sums[drawn, 1].sum())
                means = np.concatenate([nested[f] for f in drawn])
                assert means.mean() == pytest.approx(sums[drawn, 2].sum() / sums[drawn, 3].sum())
            total = sums[drawn].sum(axis=0)
            plain[k], grouped[k] = total[0] / total[1], total[2] / total[3]
        kind = {"n_replicates": n_replicates, "seed": seed}
        assert_same_law(mean_over_families(values, family, **kind), plain, f"seed {seed}")
        assert_same_law(mean_of_group_means(values, group, family, **kind), grouped, f"seed {seed}")


def test_the_interval_over_pairs_is_that_of_plain_resampling() -> None:
    n_replicates = 20_000
    for seed in range(4):
        generator = np.random.Generator(np.random.PCG64(seed))
        values = generator.beta(0.5, 2, 40)
        drawn = [generator.choice(values, values.size).mean() for _ in range(n_replicates)]
        found = mean_over_pairs(values, n_replicates=n_replicates, seed=seed)
        assert_same_law(found, np.array(drawn), f"seed {seed}")


def test_replicates_have_the_moments_of_the_bootstrap() -> None:
    # A sum of n rows drawn from n has mean n m and variance n v, exactly.
    rows = np.random.Generator(np.random.PCG64(5)).normal(2, 3, (50, 2))
    n_replicates = 20_000
    sums = resampled_sums(rows, n_replicates=n_replicates, seed=6)
    spread = np.sqrt(50 * rows.var(axis=0))
    error = np.abs(sums.mean(axis=0) - rows.sum(axis=0)) / (spread / np.sqrt(n_replicates))
    assert (error < 4).all()
    # Five standard errors of a standard deviation at this B: 5 / sqrt(2 B) = 2.5 %.
    assert sums.std(axis=0) == pytest.approx(spread, rel=0.025)
    # Columns of one row are drawn together.
    expected = np.corrcoef(rows.T)[0, 1]
    assert np.corrcoef(sums.T)[0, 1] == pytest.approx(expected, abs=5 / np.sqrt(n_replicates))


def test_shares_have_the_interval_of_the_bootstrap_of_counts() -> None:
    n_replicates = 20_000
    for seed in range(4):
        generator = np.random.Generator(np.random.PCG64(seed))
        family = np.repeat(np.arange(40), 1 + generator.integers(0, 9, 40))
        values = generator.random(family.size) < generator.beta(2, 8, 40)[family]
        n_hits = np.bincount(family, weights=values).astype(np.int64)
        counts = ratio_interval(
            n_hits, np.bincount(family), n_replicates=n_replicates, seed=seed + 1_000
        )
        found = mean_over_families(
            values.astype(float), family, n_replicates=n_replicates, seed=seed
        )
        width = counts[1] - counts[0]
        # Five standard errors of two simulated ends: a normal law has there a
        # density of 0.0584 per standard deviation, and 3.92 of them are the width.
        error = 5 * np.sqrt(2 * 0.025 * 0.975 / n_replicates) / 0.0584 / 3.92 * width
        assert abs(found.ci_low - counts[0]) < error
        assert abs(found.ci_high - counts[1]) < error


def test_intervals_cover_a_planted_mean_only_if_families_are_resampled() -> None:
    # Of 200 honest 95 % intervals, 179 to 198 cover in 99.9 % of all cases. Seen:
    # 187 (of group means 193) over families; 131 over pairs, which take relatives
    # for strangers.
    low, high = binom.ppf([0.0005, 0.9995], 200, 0.95)
    assert (low, high) == (179, 198)
    by_family = by_group = by_pair = 0
    for seed in range(200):
        values, family = draw_families(seed, 200)
        kind = {"n_replicates": 499, "seed": seed}
        found = mean_over_families(values, family, **kind)
        by_family += found.ci_low <= 0 <= found.ci_high
        found = mean_of_group_means(values, family, family, **kind)
        by_group += found.ci_low <= 0 <= found.ci_high
        found = mean_over_pairs(values, **kind)
        by_pair += found.ci_low <= 0 <= found.ci_high
    assert low <= by_family <= high
    assert low <= by_group <= high
    assert by_pair < 150


def test_blocks_do_not_change_the_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = np.random.Generator(np.random.PCG64(1)).random((17, 3))
    whole = resampled_sums(rows, n_replicates=101, seed=2)
    for block in (1, 20, 170):
        monkeypatch.setattr(resampling, "_BLOCK", block)
        assert np.array_equal(resampled_sums(rows, n_replicates=101, seed=2), whole)


def test_the_same_seed_gives_the_same_interval_and_another_one_another() -> None:
    values, family = draw_families(1, 30)
    first = mean_over_families(values, family, n_replicates=99, seed=1)
    assert mean_over_families(values, family, n_replicates=99, seed=1) == first
    assert mean_over_families(values, family, n_replicates=99, seed=2) != first


def test_ten_thousand_pairs_take_little_memory() -> None:
    values = np.random.Generator(np.random.PCG64(1)).random(10_000)
    tracemalloc.start()
    try:
        mean_over_pairs(values, n_replicates=999, seed=1)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 64e6


def test_family_sums_are_those_of_the_definition() -> None:
    for seed in range(20):
        generator = np.random.Generator(np.random.PCG64(seed))
        columns, family = generator.random((30, 2)), generator.integers(-3, 4, 30)
        expected = [
            [*columns[family == f].sum(axis=0), (family == f).sum()] for f in sorted(set(family))
        ]
        assert family_sums(columns, family) == pytest.approx(np.array(expected))


def test_replicates_that_are_missing_are_left_out_unless_they_are_most() -> None:
    numbers = np.arange(101.0)
    assert percentile_interval(np.append(numbers, [np.nan] * 101)) == (2.5, 97.5)
    assert percentile_interval(np.append(numbers, [np.nan] * 102)) == (None, None)
    assert percentile_interval(np.zeros(0)) == (None, None)


def test_a_group_of_two_families_is_refused() -> None:
    values, group = np.array([0.1, 0.2, 0.3]), np.array([7, 5, 7])
    with pytest.raises(InferenceError, match="group 7"):
        mean_of_group_means(values, group, np.array([1, 1, 2]), **GENTLY)


def test_what_does_not_match_is_refused() -> None:
    values = np.zeros(3)
    for family in (np.zeros(2, dtype=int), np.zeros((3, 1), dtype=int)):
        with pytest.raises(InferenceError, match="do not match"):
            mean_over_families(values, family, **GENTLY)
    with pytest.raises(InferenceError, match="do not match"):
        mean_over_pairs(np.zeros((3, 2)), **GENTLY)
    with pytest.raises(InferenceError, match="0 replicates"):
        mean_over_pairs(values, n_replicates=0, seed=1)
    with pytest.raises(InferenceError, match="nothing to resample"):
        resampled_sums(np.zeros((0, 2)), **GENTLY)
    with pytest.raises(InferenceError, match="denominator"):
        ratio_over_families(values, np.array([1.0, 0, 1]), np.arange(3), **GENTLY)
