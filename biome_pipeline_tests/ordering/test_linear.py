"""The order is the best there is, or the certificate says by how much it may fail."""

from __future__ import annotations

import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest
from highspy import HighsModelStatus

from biome_pipeline.errors import OrderingError
from biome_pipeline.ordering import LinearOrdering, branching, solve_linear_ordering
from biome_pipeline.ordering.insertion import improved_orders, row_sum_order
from biome_pipeline.ordering.relaxation import Relaxation
from biome_pipeline_tests.reference.orderings import (
    forward_weight,
    largest_value,
    largest_value_by_program,
)
from biome_pipeline_tests.worlds.weights import KINDS, draw_weights

N_INSTANCES = 500


def near(value: float, weights: np.ndarray) -> object:
    """Equal to the rounding of a sum."""
    return pytest.approx(value, rel=0, abs=1e-9 * np.abs(weights).sum())


def assert_certified(found: LinearOrdering, weights: np.ndarray) -> None:
    assert found.order.dtype == np.int64
    assert sorted(found.order.tolist()) == list(range(len(weights)))
    assert found.value == near(forward_weight(weights, found.order.tolist()), weights)
    assert found.bound >= found.value
    assert (found.gap == 0) == found.is_optimal == (found.bound == found.value)


def instances() -> list[tuple[str, int, int]]:
    """Each kind equally often; sizes from 0 to 14, the large ones more often."""
    generator = np.random.Generator(np.random.PCG64(1))
    sizes = np.concatenate([np.arange(15), generator.integers(2, 15, N_INSTANCES - 15)])
    return [(KINDS[k % len(KINDS)], int(n), k) for k, n in enumerate(sizes)]


def test_orders_equal_dynamic_programming() -> None:
    for kind, n, seed in instances():
        weights = draw_weights(kind, n, seed)
        best = near(largest_value(weights), weights)
        for is_decomposed in (True, False):
            found = solve_linear_ordering(weights, is_decomposed=is_decomposed)
            assert_certified(found, weights)
            assert found.is_optimal, (kind, n, seed)
            assert found.value == best, (kind, n, seed)


@pytest.mark.parametrize("is_lazy", [True, False])
def test_small_ones_are_right_without_dynamic_programming(
    monkeypatch: pytest.MonkeyPatch, is_lazy: bool
) -> None:
    monkeypatch.setattr("biome_pipeline.ordering.linear.MAX_ITEMS", 2)
    for seed in range(120):
        kind, n = KINDS[seed % len(KINDS)], 3 + seed % 8
        weights = draw_weights(kind, n, seed)
        found = solve_linear_ordering(weights, is_lazy=is_lazy)
        assert_certified(found, weights)
        assert found.is_optimal
        assert found.value == near(largest_value(weights), weights)


def test_orders_that_need_branches_equal_an_integer_program() -> None:
    for seed in range(40):
        kind = ("tournament", "tournament", "tournament", "integers")[seed % 4]
        weights = draw_weights(kind, 16 + seed % 5, seed)
        found = solve_linear_ordering(weights)
        assert_certified(found, weights)
        assert found.is_optimal
        assert found.value == near(largest_value_by_program(weights), weights)


def test_the_way_does_not_change_the_value() -> None:
    for kind in KINDS:
        for n in (18, 24):
            weights = draw_weights(kind, n, n)
            ways = [
                solve_linear_ordering(weights, **way)
                for way in ({}, {"is_decomposed": False}, {"is_lazy": False}, {"seed": 5})
            ]
            assert all(found.is_optimal for found in ways)
            assert [found.value for found in ways] == [near(ways[0].value, weights)] * 4


def test_the_same_weights_give_the_same_order() -> None:
    for kind in KINDS:
        weights = draw_weights(kind, 20, 3)
        given = weights.copy()
        orders = {tuple(solve_linear_ordering(weights).order.tolist()) for _ in range(3)}
        assert len(orders) == 1
        np.testing.assert_array_equal(weights, given)


def test_the_diagonal_means_nothing() -> None:
    for seed in range(20):
        weights = draw_weights("integers", 12, seed)
        other = weights.copy()
        np.fill_diagonal(other, np.nan)
        one, two = solve_linear_ordering(weights), solve_linear_ordering(other)
        assert one.value == two.value
        np.testing.assert_array_equal(one.order, two.order)


def test_ties_go_by_index() -> None:
    assert solve_linear_ordering(np.ones((30, 30))).order.tolist() == list(range(30))
    # Two chains that nothing joins: 7 before 2, and 5 before 0.
    weights = np.zeros((8, 8))
    weights[7, 2] = weights[5, 0] = 1
    assert solve_linear_ordering(weights).order.tolist() == [1, 3, 4, 5, 0, 6, 7, 2]
    for seed in range(20):
        weights = draw_weights("ties", 16, seed)
        order = solve_linear_ordering(weights).order
        for one, other in pairwise(order):
            assert one < other or weights[one, other] != weights[other, one]


def test_whole_multiples_of_a_unit_are_proven_by_less_than_a_unit() -> None:
    for seed in range(6):
        weights = draw_weights("tournament", 20, seed)
        plain = solve_linear_ordering(weights)
        for unit in (0.125, 7.0, 3.0 * 2**20):
            scaled = solve_linear_ordering(unit * weights)
            assert scaled.is_optimal
            assert scaled.value == unit * plain.value


def test_a_planted_order_is_found() -> None:
    generator = np.random.Generator(np.random.PCG64(2))
    planted = generator.permutation(100)
    weights = np.zeros((100, 100))
    weights[planted[:, None], planted] = np.triu(generator.integers(50, 99, (100, 100)), 1)
    light = np.triu(generator.random((100, 100)) < 0.5, 1)
    weights[planted[:, None], planted] += light.T
    found = solve_linear_ordering(weights)
    assert found.is_optimal
    assert found.order.tolist() == planted.tolist()


def test_a_timeout_gives_the_best_order_so_far_and_a_bound() -> None:
    weights = draw_weights("tournament", 40, 1)
    net = weights - weights.T
    (local,) = improved_orders(net, row_sum_order(net)[None])
    best = solve_linear_ordering(weights, time_limit=2.0)
    for found in (solve_linear_ordering(weights, time_limit=0.3), best):
        assert_certified(found, weights)
        assert not found.is_optimal
        assert found.gap > 0
        assert found.value >= forward_weight(weights, local)
        assert found.bound >= best.value
        # A bound of a whole number of arcs, and no more than there are.
        assert found.bound == int(found.bound) < 40 * 39 / 2


def test_no_time_at_all_gives_an_order_and_a_bound() -> None:
    for kind in KINDS:
        weights = draw_weights(kind, 25, 1)
        found = solve_linear_ordering(weights, time_limit=0.0)
        assert_certified(found, weights)
        best = solve_linear_ordering(weights)
        assert found.bound >= best.value or found.bound == near(best.value, weights)
        assert best.value >= found.value


def test_nothing_is_optimal_on_the_word_of_the_solver(monkeypatch: pytest.MonkeyPatch) -> None:
    weights = draw_weights("integers", 24, 3)
    best = solve_linear_ordering(weights)
    run = Relaxation._run

    def gives_up(self: Relaxation, objective_bound: float) -> HighsModelStatus:
        run(self, objective_bound)
        return HighsModelStatus.kSolveError

    def lies(self: Relaxation, objective_bound: float) -> HighsModelStatus:
        # Ends before its first step, and says that it was the last one.
        self._highs.setOptionValue("simplex_iteration_limit", 5)
        self._highs.run()
        return HighsModelStatus.kObjectiveBound

    for wrong in (gives_up, lies):
        monkeypatch.setattr(Relaxation, "_run", wrong)
        found = solve_linear_ordering(weights, time_limit=5.0)
        assert_certified(found, weights)
        assert not found.is_optimal
        assert found.bound >= best.value >= found.value


def test_more_items_than_fit_the_relaxation_get_a_local_search(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(branching, "MAX_RELAXED", 15)
    weights = draw_weights("integers", 24, 3)
    found = solve_linear_ordering(weights)
    assert_certified(found, weights)
    assert not found.is_optimal
    assert found.bound == np.triu(np.maximum(weights, weights.T), 1).sum()


@pytest.mark.parametrize("n", [0, 1])
def test_nothing_to_order(n: int) -> None:
    found = solve_linear_ordering(np.full((n, n), np.nan))
    assert found.order.tolist() == list(range(n))
    assert (found.value, found.bound, found.is_optimal, found.gap) == (0.0, 0.0, True, 0.0)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (np.zeros(4), r"the weights are of shape \(4,\); give a square matrix"),
        (np.zeros((2, 3)), r"the weights are of shape \(2, 3\)"),
        (np.zeros((2, 2, 2)), r"the weights are of shape \(2, 2, 2\)"),
        (np.array([[0, np.nan], [1, 0]]), r"weights\[0, 1\]: a weight is nan; give finite"),
        (np.array([[0, 1], [-np.inf, 0]]), r"weights\[1, 0\]: a weight is -inf"),
        (np.array([[0, 1e308], [-1e308, 0]]), "the difference of two weights is too large"),
    ],
)
def test_what_is_no_weights_is_refused(weights: np.ndarray, message: str) -> None:
    with pytest.raises(OrderingError, match=message):
        solve_linear_ordering(weights)


@pytest.mark.parametrize("time_limit", [-1.0, float("nan"), float("-inf")])
def test_what_is_no_time_limit_is_refused(time_limit: float) -> None:
    with pytest.raises(OrderingError, match=r"the time limit is .* seconds"):
        solve_linear_ordering(np.zeros((3, 3)), time_limit=time_limit)


def test_there_may_be_no_time_limit() -> None:
    weights = draw_weights("tournament", 18, 1)
    assert solve_linear_ordering(weights, time_limit=np.inf).is_optimal


def test_the_solver_writes_nothing() -> None:
    program = (
        "from biome_pipeline.ordering import solve_linear_ordering as solve;"
        "from biome_pipeline_tests.worlds.weights import draw_weights;"
        "assert solve(draw_weights('tournament', 18, 1)).is_optimal"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    assert (done.stdout, done.stderr) == ("", "")
