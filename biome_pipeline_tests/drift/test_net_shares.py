"""Directions by family: estimates by hand, p-values over all signs, verdicts by both."""

from __future__ import annotations

import numpy as np
import pytest

from biome_pipeline.drift.net_shares import (
    Direction,
    difference_of_net_shares,
    mean_change,
    net_share,
    verdict_by_both,
)
from biome_pipeline.errors import InferenceError
from biome_pipeline.inference.resampling import Estimate
from biome_pipeline_tests.reference.trait_flows import sign_flip_p_value

# Of up to nine families all signs are tried with so many.
EXACT = {"n_replicates": 600, "seed": 3}


def drawn(seed: int, n_columns: int) -> tuple[list[np.ndarray], np.ndarray]:
    draw = np.random.Generator(np.random.PCG64(seed))
    n = int(draw.integers(0, 30))
    columns = [draw.random(n) * (draw.random(n) < 0.5) for _ in range(n_columns)]
    return columns, draw.integers(0, 9, n)


def sums_by(family: np.ndarray, values: np.ndarray) -> list[float]:
    return [float(values[family == home].sum()) for home in np.unique(family)]


def test_net_share_on_drawn_flows() -> None:
    for seed in range(200):
        (ahead, back), family = drawn(seed, 2)
        found = net_share(ahead, back, family, **EXACT)
        moves = ahead + back > 0
        homes = set(family[moves].tolist())
        assert found.estimate.n == moves.sum()
        assert found.estimate.n_families == len(homes)
        if not moves.any():
            assert found.estimate.value is None
            assert found.p_value is None
            continue
        value = (ahead.sum() - back.sum()) / (ahead.sum() + back.sum())
        assert found.estimate.value == pytest.approx(value)
        if len(homes) == 1:
            assert found.p_value is found.estimate.ci_low is None
            continue
        expected = sign_flip_p_value(sums_by(family[moves], (ahead - back)[moves]))
        assert found.p_value == pytest.approx(expected)
        assert found.estimate.ci_low is not None
        assert found.estimate.ci_high is not None
        assert -1 <= found.estimate.ci_low <= found.estimate.ci_high <= 1


def test_difference_of_net_shares_on_drawn_flows() -> None:
    n_both = 0
    for seed in range(200):
        (a, b, c, d), family = drawn(seed, 4)
        found = difference_of_net_shares((a, b), (c, d), family, **EXACT)
        if not (a + b).sum() or not (c + d).sum():
            assert found.estimate.value is found.p_value is None
            continue
        n_both += 1
        gap = (a - b) / (a + b).sum() - (c - d) / (c + d).sum()
        assert found.estimate.value == pytest.approx(gap.sum())
        moves = a + b + c + d > 0
        assert found.estimate.n == moves.sum()
        if found.estimate.n_families == 1:
            assert found.p_value is found.estimate.ci_low is None
            continue
        assert found.p_value == pytest.approx(sign_flip_p_value(sums_by(family[moves], gap[moves])))
    assert n_both > 100


def test_the_same_seed_gives_the_same_numbers() -> None:
    (a, b, c, d), family = drawn(7, 4)
    once = difference_of_net_shares((a, b), (c, d), family, n_replicates=50, seed=2)
    assert difference_of_net_shares((a, b), (c, d), family, n_replicates=50, seed=2) == once
    assert difference_of_net_shares((a, b), (c, d), family, n_replicates=50, seed=4) != once


def test_mean_change_leaves_missing_out() -> None:
    parent = np.array([3.0, 2.0, np.nan, 4.0])
    child = np.array([1.0, 2.0, 5.0, 1.0])
    found = mean_change(parent, child, np.array([0, 1, 1, 2]), **EXACT)
    assert found.estimate.value == pytest.approx(-5 / 3)
    assert (found.estimate.n, found.estimate.n_missing) == (3, 1)
    assert found.p_value == pytest.approx(sign_flip_p_value([-2, 0, -3]))


@pytest.mark.parametrize(
    ("low", "high", "p_value", "verdict"),
    [
        (0.1, 0.3, 0.01, "holds"),
        (-0.3, -0.1, 0.01, "does not hold"),
        (-0.1, 0.3, 0.01, "not decided"),
        (0.1, 0.3, 0.06, "not decided"),
        (0.1, 0.3, None, "not decided"),
        (None, None, 0.01, "not decided"),
    ],
)
def test_a_verdict_needs_interval_and_p_value(low, high, p_value, verdict) -> None:
    estimate = Estimate(0.2, low, high, 10, 0, 3)
    assert verdict_by_both(Direction(estimate, p_value), sign=1) == verdict


def test_bad_input() -> None:
    one, two = np.ones(1), np.ones(2)
    with pytest.raises(InferenceError, match="do not match"):
        net_share(one, two, np.zeros(2, int), n_replicates=9, seed=1)
    with pytest.raises(InferenceError, match="do not match"):
        difference_of_net_shares((one, one), (one, two), np.zeros(1, int), n_replicates=9, seed=1)
    with pytest.raises(InferenceError, match="replicates"):
        mean_change(one, one, np.zeros(1, int), n_replicates=0, seed=1)
