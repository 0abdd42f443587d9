"""What an order explains, and what a potential takes up, is that of the definition."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from biome_pipeline.drift.flow import explained, gradient_share, heldout_share, net_flow
from biome_pipeline.errors import InferenceError


def draw_transitions(seed: int) -> np.ndarray:
    rng = np.random.Generator(np.random.PCG64(seed))
    n = int(rng.integers(2, 9))
    counts = rng.poisson(rng.choice([0.3, 2.0, 20.0]), (n, n)) * (rng.random((n, n)) < 0.7)
    np.fill_diagonal(counts, 0)
    return counts.astype(np.float64)


def test_shares_are_those_of_a_loop_over_pairs() -> None:
    for seed in range(200):
        counts = draw_transitions(seed)
        n = len(counts)
        order = np.random.Generator(np.random.PCG64(seed)).permutation(n)
        place = {int(value): k for k, value in enumerate(order)}
        drifts = [(i, j) for i in range(n) for j in range(n) if counts[i, j] > counts[j, i]]
        forward = [(i, j) for i, j in drifts if place[i] < place[j]]
        along = sum(counts[i, j] for i in range(n) for j in range(n) if place[i] < place[j])
        found = explained(counts, order)
        assert (found.n_drifts, found.n_drifts_explained) == (len(drifts), len(forward))
        assert found.traffic == sum(counts[i, j] - counts[j, i] for i, j in drifts)
        assert found.traffic_explained == sum(counts[i, j] - counts[j, i] for i, j in forward)
        share = len(forward) / len(drifts) if drifts else np.nan
        assert found.drift_share == pytest.approx(share, nan_ok=True)
        share = along / counts.sum() if counts.sum() else np.nan
        assert found.mutation_share == pytest.approx(share, nan_ok=True)
        untied = [
            (a, b) if place[a] < place[b] else (b, a)
            for a, b in combinations(range(n), 2)
            if counts[a, b] != counts[b, a]
        ]
        both = sum(counts[i, j] + counts[j, i] for i, j in untied)
        share = sum(counts[i, j] for i, j in untied) / both if both else np.nan
        assert heldout_share(counts, order) == pytest.approx(share, nan_ok=True)


def test_many_at_once_are_each_by_itself() -> None:
    rng = np.random.Generator(np.random.PCG64(2))
    counts = rng.poisson(1.0, (30, 5, 5)).astype(np.float64)
    counts[:, range(5), range(5)] = 0
    counts[0] = 0
    orders = np.array([rng.permutation(5) for _ in range(30)])
    for order in (orders[3], orders):
        found = explained(counts, order)
        for k in range(30):
            own = explained(counts[k], order if order.ndim == 1 else order[k])
            for name in vars(found):
                assert np.array_equal(getattr(found, name)[k], getattr(own, name), equal_nan=True)
    together = gradient_share(counts)
    alone = [float(gradient_share(own)) for own in counts]
    assert together == pytest.approx(np.array(alone), nan_ok=True)
    assert np.isnan(together[0])


@pytest.mark.parametrize(
    ("total", "along", "traffic", "traffic_explained"),
    [
        # Published, paper-code@9d172b3/orderings_analysis.ipynb, cells 12 and 20:
        # `ordering.finetune.license.*` and `ordering.finetune.language.*`.
        (44_285, 37_469, 30_729, 30_691),
        (118_718, 89_028, 59_400, 59_369),
    ],
)
def test_published_counts_are_of_this_definition(
    total: int, along: int, traffic: int, traffic_explained: int
) -> None:
    # What runs along an order less what runs against it is the traffic explained less
    # the rest, ties being the same both ways: of ours, and of the published counts.
    assert along - (total - along) == traffic_explained - (traffic - traffic_explained)
    for seed in range(50):
        counts = draw_transitions(seed)
        found = explained(counts, np.arange(len(counts)))
        ours = np.triu(counts).sum()
        rest = found.traffic - found.traffic_explained
        assert ours - (counts.sum() - ours) == found.traffic_explained - rest


def test_the_gradient_share_is_that_of_dense_least_squares() -> None:
    n_known = 0
    for seed in range(200):
        counts = draw_transitions(seed)
        n = len(counts)
        pairs = [(i, j) for i, j in combinations(range(n), 2) if counts[i, j] + counts[j, i]]
        weight = np.array([counts[i, j] + counts[j, i] for i, j in pairs])
        flow = np.array([counts[i, j] - counts[j, i] for i, j in pairs])
        found = float(gradient_share(counts))
        if not flow.any():
            assert np.isnan(found)
            continue
        flow = flow / weight
        design = np.zeros((len(pairs), n))
        for k, (i, j) in enumerate(pairs):
            design[k, i], design[k, j] = -1, 1
        root = np.sqrt(weight)
        potential = np.linalg.lstsq(design * root[:, None], flow * root, rcond=None)[0]
        taken = (weight * (design @ potential) ** 2).sum()
        assert found == pytest.approx(taken / (weight * flow**2).sum(), abs=1e-9)
        n_known += 1
    assert n_known > 120


def test_circles_have_no_gradient_and_hills_nothing_else() -> None:
    circle = np.zeros((3, 3))
    circle[0, 1] = circle[1, 2] = circle[2, 0] = 7
    assert gradient_share(circle) == pytest.approx(0, abs=1e-12)
    # Two hills apart, one pair seen a hundred thousand times as often.
    hills = np.zeros((5, 5))
    hills[0, 1], hills[2, 3], hills[3, 4] = 3, 300_000, 2
    assert gradient_share(hills) == pytest.approx(1, abs=1e-9)


def test_ties_are_no_drift() -> None:
    counts = np.array([[0.0, 4], [4, 0]])
    assert not net_flow(counts).any()
    found = explained(counts, np.array([1, 0]))
    assert (found.n_drifts, found.mutation_share) == (0, 0.5)
    assert np.isnan(found.drift_share)
    assert np.isnan(heldout_share(counts, np.array([0, 1])))


@pytest.mark.parametrize("order", [[0, 1], [0, 1, 1], [1, 2, 3], [[0, 1, 2], [0, 0, 1]]])
def test_what_is_no_order_is_refused(order: list) -> None:
    with pytest.raises(InferenceError, match="not one of 3 values"):
        explained(np.zeros((3, 3)), np.array(order))
