"""Halves are halves of families, and the share is of what the order has not seen."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from biome_pipeline.drift.heldout import Halves, draw_halves, held_out
from biome_pipeline.errors import InferenceError
from biome_pipeline_tests.drift.test_uncertainty import draw_matrices, flows_of

LIMIT = {"time_limit": 60.0}


@pytest.mark.parametrize("n_families", [2, 7, 10])
def test_each_half_has_half_of_the_families(n_families: int) -> None:
    # Family k adds 2 to the power k, so that a sum names its families.
    matrices = np.zeros((n_families, 3, 3))
    matrices[:, 0, 1] = 2.0 ** np.arange(n_families)
    halves = draw_halves(flows_of(matrices), n_halves=400, seed=2)
    assert (halves.fitted + halves.other == matrices.sum(axis=0)).all()
    chosen = (halves.fitted[:, 0, 1, None].astype(int) >> np.arange(n_families)) % 2
    assert (chosen.sum(axis=1) == n_families // 2).all()
    share = (n_families // 2) / n_families
    # Five standard errors of a share of 400.
    assert np.abs(chosen.mean(axis=0) - share).max() < 5 * np.sqrt(share * (1 - share) / 400)
    again = draw_halves(flows_of(matrices), n_halves=400, seed=2)
    assert (again.fitted == halves.fitted).all()


@pytest.mark.parametrize("objective", ["directions", "traffic"])
def test_the_share_is_that_of_a_loop_over_all_orders(objective: str) -> None:
    n_known = 0
    for seed in range(15):
        halves = draw_halves(flows_of(draw_matrices(seed)), n_halves=20, seed=seed)
        found = held_out(halves, objective, **LIMIT, seed=seed)
        possible = []
        for fitted, other in zip(halves.fitted, halves.other, strict=True):
            gain = {}
            for order in permutations(range(4)):
                forward = [(i, j) for k, i in enumerate(order) for j in order[k + 1 :]]
                net = np.array([max(fitted[p] - fitted[p[::-1]], 0.0) for p in forward])
                gain[order] = (net if objective == "traffic" else net > 0).sum()
            best = max(gain.values())
            shares = set()
            for order in (order for order in gain if gain[order] == best):
                forward = [(i, j) for k, i in enumerate(order) for j in order[k + 1 :]]
                untied = [p for p in forward if other[p] != other[p[::-1]]]
                along = sum(other[p] for p in untied)
                back = sum(other[p[::-1]] for p in untied)
                if best > 0 and untied:
                    shares.add(along / (along + back))
            if shares:
                possible.append(shares)
        # Of several best orders the solver takes one by its rule.
        assert found.n_halves == len(possible)
        low = np.mean([min(shares) for shares in possible])
        high = np.mean([max(shares) for shares in possible])
        assert low - 1e-9 <= found.share <= high + 1e-9
        assert found.ci_low <= found.share <= found.ci_high
        n_known += sum(len(shares) == 1 for shares in possible)
    assert n_known > 60


def test_halves_without_a_drift_are_not_asked() -> None:
    one_way, tied = np.zeros((3, 3)), np.zeros((3, 3))
    one_way[0, 1] = 4
    tied[0, 1] = tied[1, 0] = 4
    fitted = np.array([one_way, one_way, tied, one_way])
    other = np.array([one_way, one_way.T, one_way, tied])
    found = held_out(Halves(fitted, other), "traffic", **LIMIT, seed=1)
    assert (found.share, found.n_halves) == (0.5, 2)
    # Most cuts cannot be asked: then there is no share.
    found = held_out(Halves(fitted[1:], other[1:]), "traffic", **LIMIT, seed=1)
    assert (found.share, found.ci_low, found.ci_high, found.n_halves) == (None, None, None, 1)


def test_one_family_has_no_other_half() -> None:
    flows = flows_of(draw_matrices(1, n_families=1))
    found = held_out(draw_halves(flows, n_halves=9, seed=1), "traffic", **LIMIT, seed=1)
    assert (found.share, found.ci_low, found.n_halves) == (None, None, 0)
    with pytest.raises(InferenceError, match="replicates"):
        draw_halves(flows, n_halves=0, seed=1)


def test_without_drift_the_share_is_a_half_on_average() -> None:
    # Worlds, not halves of one world: halves of one sample lean against each other.
    shares = []
    for seed in range(300):
        rng = np.random.Generator(np.random.PCG64(seed))
        matrices = rng.poisson(1.0, (30, 4, 4))
        matrices[:, range(4), range(4)] = 0
        halves = draw_halves(flows_of(matrices), n_halves=4, seed=seed)
        shares.append(held_out(halves, "traffic", **LIMIT, seed=1).share)
    error = np.std(shares) / np.sqrt(len(shares))
    assert abs(np.mean(shares) - 0.5) < 4 * error
    assert error < 0.005


def test_a_value_that_one_half_does_not_place_is_placed_by_chance() -> None:
    # The fitted half knows the first two values only, the other one the last two.
    fitted, other = np.zeros((200, 4, 4)), np.zeros((200, 4, 4))
    fitted[:, 0, 1], other[:, 2, 3] = 5, 5
    found = held_out(Halves(fitted, other), "traffic", **LIMIT, seed=1)
    # Four standard errors of 200 coins.
    assert abs(found.share - 0.5) < 4 * 0.5 / np.sqrt(200)
    assert found == held_out(Halves(fitted, other), "traffic", **LIMIT, seed=1)
    assert found != held_out(Halves(fitted, other), "traffic", **LIMIT, seed=2)
