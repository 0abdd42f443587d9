"""Coins keep what they must and toss the rest; p-values and verdicts count replicates."""

from __future__ import annotations

import numpy as np
import pytest

from biome_pipeline.drift.nulls import (
    coin_p_value,
    coin_transitions,
    margin_verdict,
    null_shares,
)
from biome_pipeline.drift.orders import OBJECTIVES, best_orders
from biome_pipeline.errors import InferenceError


def test_coins_keep_pairs_and_toss_each_by_itself() -> None:
    rng = np.random.Generator(np.random.PCG64(1))
    counts = rng.poisson(2.0, (6, 6)).astype(np.float64)
    np.fill_diagonal(counts, 0)
    worlds = coin_transitions(counts, n_replicates=2_000, seed=3)
    first, second = np.triu_indices(6, k=1)
    pairs = np.sort(np.stack([worlds[:, first, second], worlds[:, second, first]]), axis=0)
    assert (pairs == np.sort([counts[first, second], counts[second, first]], axis=0)[:, None]).all()
    untied = counts[first, second] != counts[second, first]
    kept = (worlds[:, first, second] == counts[first, second])[:, untied]
    # Four standard errors of a share and of a correlation of 2,000 coins.
    assert np.abs(kept.mean(axis=0) - 0.5).max() < 4 * 0.5 / np.sqrt(2_000)
    correlation = np.corrcoef(kept.T) - np.eye(untied.sum())
    assert np.abs(correlation).max() < 4.5 / np.sqrt(2_000)
    assert (coin_transitions(counts, n_replicates=9, seed=3) == worlds[:9]).all()
    with pytest.raises(InferenceError, match="replicates"):
        coin_transitions(counts, n_replicates=0, seed=3)


def test_an_optimal_order_explains_three_quarters_of_140_coins() -> None:
    # 140 drifts among 20 values, as the published licenses: 76.8 %, not half.
    rng = np.random.Generator(np.random.PCG64(2))
    first, second = np.triu_indices(20, k=1)
    chosen = rng.permutation(first.size)[:140]
    counts = np.zeros((20, 20))
    counts[first[chosen], second[chosen]] = 1
    coins = coin_transitions(counts, n_replicates=60, seed=1)
    null = null_shares(coins, "directions", time_limit=60.0)
    assert null.n_unproven == 0
    assert null.drift_share.mean() == pytest.approx(0.768, abs=0.01)
    assert (null.drift_share == null.mutation_share).all()


def test_each_objective_explains_most_of_its_own() -> None:
    rng = np.random.Generator(np.random.PCG64(4))
    counts = rng.geometric(0.1, (40, 6, 6)).astype(np.float64)
    counts[:, range(6), range(6)] = 0
    directions, traffic = (null_shares(counts, own, time_limit=60.0) for own in OBJECTIVES)
    assert (directions.drift_share >= traffic.drift_share).all()
    assert (directions.mutation_share <= traffic.mutation_share + 1e-12).all()
    assert (directions.mutation_share < traffic.mutation_share).any()


def test_replicates_alike_have_orders_alike() -> None:
    rng = np.random.Generator(np.random.PCG64(5))
    counts = rng.poisson(2.0, (7, 5, 5)).astype(np.float64)
    again = np.concatenate([counts, counts[::-1]])
    orders = best_orders(again, "traffic", time_limit=60.0).order
    assert (orders[:7] == orders[:6:-1]).all()
    assert best_orders(counts[:0], "traffic", time_limit=60.0).order.shape == (0, 5)


def test_the_p_value_counts_the_data_among_the_coins() -> None:
    shares = np.array([0.5, 0.6, 0.7, np.nan])
    assert coin_p_value(0.7, shares) == 2 / 4
    assert coin_p_value(0.8, shares) == 1 / 4
    assert coin_p_value(0.1, shares) == 1
    assert coin_p_value(np.nan, shares) is None
    assert coin_p_value(0.5, np.array([np.nan])) is None


def test_verdicts_on_margins() -> None:
    shares = np.linspace(0.5, 0.7, 201)
    assert margin_verdict(0.696, shares) == "beyond margins"
    assert margin_verdict(0.695, shares) == "within margins"
    assert margin_verdict(0.505, shares) == "within margins"
    assert margin_verdict(0.504, shares) == "below margins"
    # All replicates and the data at one: nothing can lie beyond.
    assert margin_verdict(1.0, np.ones(200)) == "within margins"
    assert margin_verdict(np.nan, shares) == "not decided"
    assert margin_verdict(0.6, np.full(9, np.nan)) == "not decided"
    assert margin_verdict(0.6, np.zeros(0)) == "not decided"
