"""Strengths and deviances are those of independent fits, separated values included."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import xlogy
from sklearn.linear_model import LogisticRegression, PoissonRegressor

from biome_pipeline.drift.bradley_terry import RIDGE, fit_bradley_terry, saturated_gain


def draw_pairs(seed: int, n_replicates: int = 1):
    """Draw exchanges of all pairs but a few; every pair runs both ways."""
    rng = np.random.Generator(np.random.PCG64(seed))
    n = int(rng.integers(3, 8))
    pairs = [p for p in combinations(range(n), 2) if rng.random() < 0.8 or p[1] == p[0] + 1]
    first, second = np.array(pairs).T
    total = rng.integers(8, 60, len(pairs)) + rng.random(len(pairs))
    strength = rng.normal(0, 1, n)
    forward = 1 / (1 + np.exp(-(strength[first] - strength[second])))
    share = np.clip(rng.beta(4, 4, (n_replicates, len(pairs))) / 2 + forward / 2, 0.02, 0.98)
    return total * (2 * share - 1), total, first, second, n


def log_likelihood(ahead: np.ndarray, behind: np.ndarray, share: np.ndarray) -> float:
    return float((xlogy(ahead, share) + xlogy(behind, 1 - share)).sum())


def test_fits_are_those_of_logistic_regression() -> None:
    for seed in range(40):
        net, total, first, second, n = draw_pairs(seed)
        ahead, behind = (total + net[0]) / 2, (total - net[0]) / 2
        design = np.zeros((total.size, n))
        design[np.arange(total.size), first] = 1
        design[np.arange(total.size), second] = -1
        model = LogisticRegression(C=np.inf, fit_intercept=False, tol=1e-10, max_iter=10_000)
        model.fit(
            np.tile(design[:, 1:], (2, 1)),
            np.repeat([1, 0], total.size),
            sample_weight=np.concatenate([ahead, behind]),
        )
        expected = np.concatenate([[0], model.coef_[0]])
        found = fit_bradley_terry(net, total, first, second, n)
        # The ridge holds a strength by a ten-thousandth of an exchange.
        assert found.strength[0] - found.strength[0, 0] == pytest.approx(expected, abs=2e-3)
        half = np.full(total.size, 0.5)
        best = 1 / (1 + np.exp(-design @ expected))
        symmetry = log_likelihood(ahead, behind, half)
        gain = 2 * (log_likelihood(ahead, behind, best) - symmetry)
        assert found.gain[0] == pytest.approx(gain, abs=1e-5)
        free = 2 * (log_likelihood(ahead, behind, ahead / total) - symmetry)
        assert saturated_gain(net, total)[0] == pytest.approx(free)


def test_it_is_quasi_symmetry_of_the_square_table() -> None:
    # Caussinus: log m_ij = symmetric part of the pair + a part of the row, as Poisson.
    for seed in range(5):
        net, total, first, second, n = draw_pairs(seed)
        m = total.size
        counts = np.concatenate([(total + net[0]) / 2, (total - net[0]) / 2])
        design = np.zeros((2 * m, m + n))
        design[np.arange(2 * m), np.tile(np.arange(m), 2)] = 1
        design[np.arange(2 * m), m + np.concatenate([first, second])] = 1
        model = PoissonRegressor(
            alpha=1e-9, fit_intercept=False, solver="newton-cholesky", tol=1e-12, max_iter=10_000
        ).fit(design, counts)
        fitted = model.predict(design)
        strength = fit_bradley_terry(net, total, first, second, n).strength[0]
        share = 1 / (1 + np.exp(-(strength[first] - strength[second])))
        assert fitted[:m] == pytest.approx(total * share, rel=1e-3)
        # The deviance of the table is what the pairs lack to the saturated model.
        table = 2 * float((xlogy(counts, counts / fitted) - counts + fitted).sum())
        found = fit_bradley_terry(net, total, first, second, n)
        assert saturated_gain(net, total)[0] - found.gain[0] == pytest.approx(table, abs=1e-3)


def test_many_replicates_are_each_by_itself() -> None:
    net, total, first, second, n = draw_pairs(3, n_replicates=50)
    together = fit_bradley_terry(net, total, first, second, n)
    for k in range(50):
        alone = fit_bradley_terry(net[k : k + 1], total, first, second, n)
        assert together.strength[k] == pytest.approx(alone.strength[0], abs=1e-6)
        assert together.gain[k] == pytest.approx(alone.gain[0], abs=1e-8)


def test_separated_values_stop_at_a_finite_strength_near_the_limit() -> None:
    # Value 0 is never entered, value 3 never left; 1 and 2 exchange both ways.
    first, second = np.array([0, 0, 1, 2, 1]), np.array([1, 3, 3, 3, 2])
    total = np.array([400.0, 3, 50, 60, 100])
    net = np.array([[400.0, 3, 50, 60, 20]])
    found = fit_bradley_terry(net, total, first, second, 4)
    assert np.isfinite(found.strength).all()
    assert np.abs(found.strength).max() < 16
    # In the limit the separated pairs are certain: the middle pair's share is its own.
    limit = saturated_gain(net, total)[0]
    assert limit - 0.05 < found.gain[0] <= limit + 1e-9


def test_hostile_pairs_reach_the_maximum_of_another_optimiser() -> None:
    rng = np.random.Generator(np.random.PCG64(9))
    for _ in range(30):
        n = 6
        first, second = np.array(list(combinations(range(n), 2))).T
        total = np.exp(rng.normal(0, 4, first.size))
        net = total * rng.choice([-1.0, -0.3, 0.0, 0.999, 1.0], first.size)

        def loss(theta: np.ndarray, net=net, total=total, first=first, second=second) -> float:
            half = (theta[first] - theta[second]) / 2
            return -float(
                (net * half - total * (np.logaddexp(half, -half) - np.log(2))).sum()
                - RIDGE / 2 * (theta**2).sum()
            )

        found = fit_bradley_terry(net[None, :], total, first, second, n)
        expected = minimize(loss, np.zeros(n), method="BFGS", options={"gtol": 1e-9})
        assert loss(found.strength[0]) <= expected.fun + 1e-7 * (1 + abs(expected.fun))
        assert found.gain[0] <= saturated_gain(net[None, :], total)[0] + 1e-7


def test_no_pairs_have_no_strengths() -> None:
    none = np.zeros(0, dtype=np.int64)
    found = fit_bradley_terry(np.zeros((3, 0)), np.zeros(0), none, none, 4)
    assert not found.strength.any()
    assert found.gain.tolist() == [0, 0, 0]
    assert saturated_gain(np.zeros((3, 0)), np.zeros(0)).tolist() == [0, 0, 0]
