"""Fertility is counted right, and its interval is the bootstrap over families."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from biome_pipeline.genealogy.fertility import ratio_interval
from biome_pipeline_tests.reference import descent
from biome_pipeline_tests.reference.rows import assert_same_rows
from biome_pipeline_tests.worlds.chain import HUBS, chain_of, run_chain
from biome_pipeline_tests.worlds.hub import BATCHES, draw_batch


@pytest.mark.parametrize("name", HUBS)
def test_fertility_is_that_of_the_definition(name: str) -> None:
    chain = chain_of(name)
    expected = descent.fertility(chain.descents, chain.people)
    assert_same_rows(chain.rows("genealogy.fertility"), expected, ["graph", "relation"], name)


@pytest.mark.parametrize("name", HUBS)
def test_the_interval_holds_the_share_and_needs_two_families(name: str) -> None:
    for row in chain_of(name).rows("genealogy.fertility"):
        if row["n_families"] < 2:
            assert (row["ci_low"], row["ci_high"]) == (None, None), row
        else:
            assert 0 <= row["ci_low"] <= row["share_fertile"] <= row["ci_high"] <= 1, row


def test_the_same_rows_give_the_same_interval() -> None:
    name = next(name for name in HUBS if name.startswith(f"seeds {BATCHES[-1][0]}"))
    again = run_chain(draw_batch(BATCHES[-1]))
    assert again.rows("genealogy.fertility") == chain_of(name).rows("genealogy.fertility")


def draw_families(seed: int, n_families: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw fertile children and children of families: many small, few large, each its own share.

    The share of a family has mean 0.2 and does not depend on its size, so that
    0.2 is the ratio that a sample of families estimates.
    """
    generator = np.random.Generator(np.random.PCG64(seed))
    n_children = 1 + generator.lognormal(1, 1, n_families).astype(np.int64)
    return generator.binomial(n_children, generator.beta(2, 8, n_families)), n_children


def resampled_ratios(
    numerator: np.ndarray, denominator: np.ndarray, n_replicates: int, seed: int
) -> np.ndarray:
    """Resample families one by one, as the bootstrap is defined."""
    generator = np.random.Generator(np.random.PCG64(seed))
    drawn = generator.integers(numerator.size, size=(n_replicates, numerator.size))
    return numerator[drawn].sum(axis=1) / denominator[drawn].sum(axis=1)


@pytest.mark.parametrize("n_families", [2, 5, 40])
def test_the_interval_is_that_of_the_bootstrap_over_families(n_families: int) -> None:
    n_replicates = 20_000
    for seed in range(8):
        numerator, denominator = draw_families(seed, n_families)
        ratios = resampled_ratios(numerator, denominator, n_replicates, seed + 1_000)
        found = ratio_interval(numerator, denominator, n_replicates=n_replicates, seed=seed)
        # The law has atoms, so each end must lie between quantiles a little to
        # both sides: 0.78 % is five standard errors of the difference of two
        # simulated shares of 2.5 % at this B.
        for end, share in zip(found, (0.025, 0.975), strict=True):
            low, high = np.quantile(ratios, [share - 0.0078, share + 0.0078])
            assert low - 1e-12 <= end <= high + 1e-12, f"seed {seed}"


def test_the_interval_covers_the_planted_share() -> None:
    # Of 200 honest 95 % intervals, 179 to 198 cover in 99.9 % of all cases.
    low, high = binom.ppf([0.0005, 0.9995], 200, 0.95)
    assert (low, high) == (179, 198)
    covered = 0
    for seed in range(200):
        interval = ratio_interval(*draw_families(seed, 300), n_replicates=999, seed=seed)
        covered += interval[0] <= 0.2 <= interval[1]
    assert low <= covered <= high


def test_one_family_or_none_has_no_interval() -> None:
    for n in (0, 1):
        counts = np.ones(n, dtype=np.int64)
        assert ratio_interval(counts, counts, n_replicates=99, seed=1) == (None, None)


def test_equal_families_have_no_spread() -> None:
    numerator, denominator = np.full(7, 2), np.full(7, 8)
    interval = ratio_interval(numerator, denominator, n_replicates=99, seed=1)
    assert interval == (0.25, 0.25)
