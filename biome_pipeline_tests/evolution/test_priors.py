"""Counts against plain pandas, and weights against the formula."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

from biome_pipeline.errors import InferenceError
from biome_pipeline.evolution.priors import (
    dirichlet_weights,
    edge_counts,
    family_counts,
    search_weights,
    uniform_prior,
)


@pytest.mark.parametrize("seed", range(30))
def test_counts_are_those_of_pandas(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n_edges, n_operators = int(rng.integers(0, 300)), int(rng.integers(1, 12))
    hits = rng.random((n_edges, n_operators)) < 0.2
    family = rng.integers(-5, 20, n_edges)
    frame = pd.DataFrame(hits).assign(family=family)
    assert edge_counts(hits).tolist() == frame.drop(columns="family").sum().astype(int).tolist()
    by_family = frame.groupby("family").any()
    expected = [int(by_family[k].sum()) if n_edges else 0 for k in range(n_operators)]
    assert family_counts(hits, family).tolist() == expected


def test_a_family_of_copies_counts_once() -> None:
    hits = np.zeros((1_002, 2), np.bool_)
    hits[:1_000, 0] = True
    hits[1_000:, 1] = True
    family = np.array([7] * 1_000 + [8, 9])
    assert edge_counts(hits).tolist() == [1_000, 2]
    assert family_counts(hits, family).tolist() == [1, 2]


@pytest.mark.parametrize("seed", range(30))
def test_weights_are_the_formula_in_exact_fractions(seed: int) -> None:
    rng = np.random.default_rng(seed)
    counts = rng.integers(0, 50, int(rng.integers(1, 60)))
    k = counts.size
    total, alpha = Fraction(int(counts.sum())), Fraction(k, 2)
    expected = [(int(n) + alpha / k) / (total + alpha) for n in counts]
    assert sum(expected) == 1
    found = dirichlet_weights(counts, uniform_prior(k))
    assert found == pytest.approx([float(weight) for weight in expected], rel=1e-12)
    assert found.sum() == pytest.approx(1, abs=1e-12)
    base = rng.dirichlet(np.ones(k))
    alpha_given = float(rng.uniform(0.1, 100))
    found = dirichlet_weights(counts, base, alpha=alpha_given)
    expected_given = [
        (n + alpha_given * b) / (counts.sum() + alpha_given)
        for n, b in zip(counts, base, strict=True)
    ]
    assert found == pytest.approx(expected_given, rel=1e-12)
    assert found.sum() == pytest.approx(1, abs=1e-12)


def test_weights_go_from_the_prior_to_the_shares() -> None:
    prior = np.array([0.5, 0.3, 0.2])
    assert dirichlet_weights(np.zeros(3, int), prior) == pytest.approx(prior)
    many = dirichlet_weights(np.array([10**9, 10**9, 0]), prior)
    assert many == pytest.approx([0.5, 0.5, 0], abs=1e-8)
    assert np.all(many > 0)


@pytest.mark.parametrize("seed", range(10))
def test_what_cannot_be_seen_keeps_its_share_and_the_rest_their_proportions(seed: int) -> None:
    rng = np.random.default_rng(seed)
    k = int(rng.integers(2, 60))
    is_observable = rng.random(k) < 0.5
    is_observable[0] = True
    counts = np.where(is_observable, rng.integers(0, 10_000, k), 0)
    prior = uniform_prior(k)
    weights = dirichlet_weights(counts, prior)
    found = search_weights(weights, prior, is_observable)
    assert found.sum() == pytest.approx(1, abs=1e-12)
    assert found[~is_observable] == pytest.approx(prior[~is_observable])
    ratios = found[is_observable] / weights[is_observable]
    assert ratios == pytest.approx(np.full(ratios.size, ratios[0]))


def test_what_is_no_count_or_no_prior_is_refused() -> None:
    prior = uniform_prior(2)
    with pytest.raises(InferenceError, match="no operator"):
        uniform_prior(0)
    for counts in (np.array([1, -1]), np.array([1, 2, 3]), np.array([[1, 2]])):
        with pytest.raises(InferenceError, match="counts of shape"):
            dirichlet_weights(counts, prior)
    for shares in ([0.5, 0.6], [1.0, 0.0], [1.5, -0.5], [np.nan, 1.0]):
        with pytest.raises(InferenceError, match="prior shares"):
            dirichlet_weights(np.array([1, 2]), np.array(shares))
    for alpha in (0.0, -1.0, np.inf, np.nan):
        with pytest.raises(InferenceError, match="alpha is"):
            dirichlet_weights(np.array([1, 2]), prior, alpha=alpha)
    with pytest.raises(InferenceError, match="do not match"):
        family_counts(np.zeros((3, 2), np.bool_), np.zeros(2, int))
    with pytest.raises(InferenceError, match="do not match"):
        search_weights(prior, prior, np.ones(3, np.bool_))
