"""Replicates are families drawn anew; ranks and precedence count their orders."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from scipy.sparse import csr_array

from biome_pipeline.drift.orders import best_orders
from biome_pipeline.drift.transitions import FamilyFlows
from biome_pipeline.drift.uncertainty import ranks_of, resampled_transitions
from biome_pipeline.errors import InferenceError


def flows_of(matrices: np.ndarray) -> FamilyFlows:
    """Give families their transitions; what an edge weighs is of no matter here."""
    n = matrices.shape[1]
    flat = csr_array(matrices.reshape(len(matrices), -1).astype(np.float64))
    return FamilyFlows(np.arange(len(matrices)), flat, flat, n)


def draw_matrices(seed: int, n_families: int = 12, n: int = 4) -> np.ndarray:
    rng = np.random.Generator(np.random.PCG64(seed))
    matrices = rng.poisson(0.7, (n_families, n, n)) * rng.geometric(0.3, (n_families, 1, 1))
    matrices[:, range(n), range(n)] = 0
    return matrices


def test_replicates_are_sums_of_families_drawn_with_replacement() -> None:
    matrices = draw_matrices(1)
    n_replicates = 20_000
    worlds = resampled_transitions(flows_of(matrices), n_replicates=n_replicates, seed=4)
    # A sum of n families drawn from n has mean n m and covariance n v, exactly.
    flat, drawn = matrices.reshape(len(matrices), -1), worlds.reshape(n_replicates, -1)
    spread = np.sqrt(len(matrices) * flat.var(axis=0))
    error = np.abs(drawn.mean(axis=0) - flat.sum(axis=0))
    assert (error <= 4.5 * spread / np.sqrt(n_replicates) + 1e-9).all()
    expected = len(matrices) * np.cov(flat.T, bias=True)
    scale = np.outer(spread, spread) + 1e-9
    assert np.abs((np.cov(drawn.T) - expected) / scale).max() < 6 / np.sqrt(n_replicates)
    # Whole numbers of whole families.
    units = flows_of(np.array([[[0, 1], [0, 0]], [[0, 0], [100, 0]]]))
    pairs = resampled_transitions(units, n_replicates=500, seed=1).reshape(500, -1)
    assert {(int(a), int(b)) for a, b in pairs[:, [1, 2]]} == {(2, 0), (1, 100), (0, 200)}


def test_draws_are_seeded_and_need_two_families() -> None:
    flows = flows_of(draw_matrices(2))
    first, again, other = (resampled_transitions(flows, n_replicates=9, seed=s) for s in (1, 1, 2))
    assert (first == again).all()
    assert (first != other).any()
    one = flows_of(draw_matrices(3, n_families=1))
    assert resampled_transitions(one, n_replicates=9, seed=1).shape == (0, 4, 4)
    with pytest.raises(InferenceError, match="replicates"):
        resampled_transitions(flows, n_replicates=0, seed=1)


def test_ranks_and_precedence_are_those_of_a_loop() -> None:
    for seed in range(20):
        matrices = draw_matrices(seed, n=5)
        # Some values exchange nothing in some replicates.
        matrices[:8, 0] = matrices[:8, :, 0] = 0
        matrices[4:, 1, 2:] = matrices[4:, 2:, 1] = 0
        worlds = resampled_transitions(flows_of(matrices), n_replicates=60, seed=seed)
        orders = best_orders(worlds, "traffic", time_limit=60.0).order
        found = ranks_of(orders, worlds)
        ahead = np.zeros((5, 5))
        for order, world in zip(orders.tolist(), worlds, strict=True):
            linked = nx.Graph((i, j) for i, j in np.argwhere(world != world.T).tolist())
            linked.add_nodes_from(range(5))
            for i in range(5):
                for j in range(5):
                    if i == j:
                        continue
                    if not nx.has_path(linked, i, j):
                        ahead[i, j] += 0.5
                    elif order.index(i) < order.index(j):
                        ahead[i, j] += 1
        assert found.precedence == pytest.approx(ahead / 60)
        off = ~np.eye(5, dtype=bool)
        assert (found.precedence + found.precedence.T)[off] == pytest.approx(1.0)
        for value in range(5):
            places = sorted(order.index(value) for order in orders.tolist())
            # The second lowest of 60 is the first at or above 2.5 %; 97.5 % likewise.
            assert (found.rank_low[value], found.rank_high[value]) == (places[1], places[58])


def test_values_in_one_clear_order_have_their_rank_and_no_other() -> None:
    chain = np.zeros((40, 4, 4))
    chain[:, 0, 1] = chain[:, 1, 2] = chain[:, 2, 3] = 3
    worlds = resampled_transitions(flows_of(chain), n_replicates=50, seed=1)
    found = ranks_of(best_orders(worlds, "directions", time_limit=60.0).order, worlds)
    assert found.rank_low.tolist() == found.rank_high.tolist() == [0, 1, 2, 3]
    assert (found.precedence == np.triu(np.ones((4, 4)), 1)).all()


def test_what_the_data_leave_open_is_open_in_the_ranks() -> None:
    # Two pairs that nothing links: each is sure in itself, and not against the other.
    drift = np.zeros((200, 4, 4))
    drift[:, 0, 1] = drift[:, 2, 3] = 5
    orders = best_orders(drift, "traffic", time_limit=5.0, seed=3)
    found = ranks_of(orders.order, drift)
    assert found.rank_low.tolist() == [0, 1, 0, 1]
    assert found.rank_high.tolist() == [2, 3, 2, 3]
    assert found.precedence[0, 1] == found.precedence[2, 3] == 1
    assert found.precedence[0, 2] == 0.5
    # Without shuffles the rule for ties says the same every time.
    fixed = ranks_of(best_orders(drift, "traffic", time_limit=5.0).order, drift)
    assert (fixed.rank_low == fixed.rank_high).all()
