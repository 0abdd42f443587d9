"""The whole analysis is its parts put together, with nothing where nothing can be said."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csr_array

from biome_pipeline.drift.analysis import Effort, TraitDrift, analyse_drift
from biome_pipeline.drift.direction import direction_tests, direction_verdicts
from biome_pipeline.drift.edges import TraitEdges, trait_edges
from biome_pipeline.drift.flow import explained, gradient_share
from biome_pipeline.drift.margins import margin_transitions
from biome_pipeline.drift.nulls import coin_transitions, margin_verdict, null_shares
from biome_pipeline.drift.orders import OBJECTIVES, best_orders
from biome_pipeline.drift.transitions import edge_transitions, family_flows
from biome_pipeline.drift.uncertainty import ranks_of, resampled_transitions
from biome_pipeline.errors import InferenceError
from biome_pipeline_tests.worlds.drift import (
    bradley_terry_kernel,
    draw_forest,
    stated_sets,
    walk,
)

LAW = np.array([0.1, 0.3, 0.25, 0.2, 0.15])
EFFORT = Effort(bootstraps=99, solved=40, nulls=40)
COLUMNS = np.array([1, 2, 3, 4])


@pytest.fixture(scope="module")
def edges() -> TraitEdges:
    """Edges of a trait of five values; the first of them is left out of orders."""
    forest = draw_forest(5, 4_000)
    strength = np.array([0.0, -1.0, 1.0, -2.0, 2.0])
    value = walk(5, forest, bradley_terry_kernel(strength, LAW, 0.25), LAW)
    silent = np.random.Generator(np.random.PCG64(5)).random(value.size) < 0.2
    sets = stated_sets(value, np.eye(5), silent)
    return trait_edges(sets, forest.parent, forest.child, forest.family)


@pytest.fixture(scope="module")
def drift(edges: TraitEdges) -> TraitDrift:
    return analyse_drift(edges, COLUMNS, effort=EFFORT, seed=7)


def test_planted_drift_is_found_with_all_that_goes_with_it(drift: TraitDrift) -> None:
    # Strengths fall from the last value to the first, in columns 4, 2, 1, 3.
    for ordering in drift.orderings.values():
        assert drift.columns[ordering.ordering.order].tolist() == [4, 2, 1, 3]
        assert ordering.ordering.is_optimal
        assert ordering.n_unproven == 0
        assert ordering.n_drifts == ordering.n_drifts_explained == 6
        assert ordering.heldout.n_halves == 40
        assert ordering.heldout.ci_low > 0.5
        assert ordering.mutation_share.coin_null < ordering.mutation_share.value
        assert ordering.ranks.precedence[3, 0] > 0.9
    assert drift.is_linked.all()
    assert drift.gradient_share.value > 0.9
    assert drift.n_families > drift.effective_families > 10


def test_the_whole_is_its_parts(edges: TraitEdges, drift: TraitDrift) -> None:
    rows = edge_transitions(edges)
    flows = family_flows(rows.among(COLUMNS, 5), edges.family, 4)
    total = flows.total()
    assert (drift.transitions == total).all()
    bootstraps = resampled_transitions(flows, n_replicates=99, seed=7)
    coins = coin_transitions(total, n_replicates=40, seed=7)
    margins = margin_transitions(edges.restricted(COLUMNS), n_replicates=40, seed=7)
    tests = direction_tests(flows, n_replicates=99, seed=7)
    verdicts = direction_verdicts(tests, drift.orderings["traffic"].heldout.ci_low)
    assert verdicts[0] == "directed"
    assert drift.gradient_share.value == pytest.approx(float(gradient_share(total)))
    for objective in OBJECTIVES:
        ordering = drift.orderings[objective]
        assert ordering.objective == objective
        order = ordering.ordering.order
        found, fixed = explained(total, order), explained(bootstraps, order)
        coin = null_shares(coins, objective, time_limit=5.0)
        margin = null_shares(margins, objective, time_limit=5.0)
        for name in ("drift_share", "mutation_share"):
            share = getattr(ordering, name)
            assert share.value == float(getattr(found, name))
            low, high = np.percentile(getattr(fixed, name), [2.5, 97.5])
            assert (share.ci_low, share.ci_high) == (low, high)
            own = getattr(coin, name)
            assert share.coin_null == pytest.approx(own.mean())
            assert share.coin_p_value == (1 + (own >= share.value - 1e-12).sum()) / 41
            low, high = np.percentile(getattr(margin, name), [2.5, 97.5])
            assert (share.margin_null_low, share.margin_null_high) == (low, high)
        solved = best_orders(bootstraps[:40], objective, time_limit=5.0, seed=7).order
        ranks = ranks_of(solved, bootstraps[:40])
        assert (ordering.ranks.precedence == ranks.precedence).all()
        assert (ordering.ranks.rank_low == ranks.rank_low).all()
        own = "drift_share" if objective == "directions" else "mutation_share"
        assert ordering.margin_verdict == margin_verdict(
            getattr(ordering, own).value, getattr(margin, own)
        )


def test_the_same_seed_gives_the_same_numbers(edges: TraitEdges, drift: TraitDrift) -> None:
    rows = edge_transitions(edges)
    again = analyse_drift(edges, COLUMNS, effort=EFFORT, seed=7, transitions=rows)
    other = analyse_drift(edges, COLUMNS, effort=EFFORT, seed=8)
    for objective in OBJECTIVES:
        first, second = drift.orderings[objective], again.orderings[objective]
        for name in ("drift_share", "mutation_share", "heldout", "margin_verdict"):
            assert getattr(first, name) == getattr(second, name)
        assert (first.ranks.precedence == second.ranks.precedence).all()
        assert first.heldout != other.orderings[objective].heldout
        assert first.mutation_share != other.orderings[objective].mutation_share
        # The order is that of the data, whatever is drawn.
        assert (first.ordering.order == other.orderings[objective].ordering.order).all()
    assert drift.gradient_share == again.gradient_share


def small_world(ends: list[tuple[int, int]], family: list[int], n: int = 3) -> TraitEdges:
    kind = np.array(ends, dtype=np.int64).reshape(-1)
    sets = stated_sets(kind, np.eye(n), np.zeros(kind.size, dtype=bool))
    node = np.arange(kind.size)
    return trait_edges(sets, node[::2], node[1::2], np.array(family, dtype=np.int64))


def test_one_family_has_shares_and_no_uncertainty() -> None:
    edges = small_world([(0, 1)] * 6 + [(1, 0)] * 2 + [(1, 2)] * 3, [4] * 11)
    found = analyse_drift(edges, np.arange(3), effort=EFFORT, seed=1)
    assert (found.n_families, found.effective_families) == (1, 1.0)
    flows = family_flows(edge_transitions(edges), edges.family, 3)
    tests = direction_tests(flows, n_replicates=99, seed=1)
    assert tests.symmetry.p_value is None
    heldout = found.orderings["traffic"].heldout
    assert direction_verdicts(tests, heldout.ci_low) == ("no direction shown",) * 2
    for ordering in found.orderings.values():
        assert ordering.drift_share.value == 1
        assert ordering.mutation_share.value == pytest.approx(18 / 22)
        for share in (ordering.drift_share, ordering.mutation_share):
            assert (share.ci_low, share.ci_high) == (None, None)
            assert share.coin_p_value is not None
        assert ordering.ranks is None
        assert ordering.heldout.share is None


@pytest.mark.parametrize("ends", [[], [(0, 0)] * 5])
def test_without_transitions_nothing_is_said(ends: list[tuple[int, int]]) -> None:
    edges = small_world(ends, list(range(len(ends))))
    found = analyse_drift(edges, np.arange(3), effort=EFFORT, seed=1)
    assert (found.n_families, found.effective_families) == (0, 0.0)
    assert not found.is_linked.any()
    assert found.gradient_share.value is None
    for ordering in found.orderings.values():
        assert sorted(ordering.ordering.order.tolist()) == [0, 1, 2]
        assert (ordering.n_drifts, ordering.traffic) == (0, 0.0)
        for share in (ordering.drift_share, ordering.mutation_share):
            assert share == replace(share, value=None, ci_low=None, coin_p_value=None)
        assert ordering.margin_verdict == "not decided"
        assert ordering.heldout.share is None


def test_a_value_without_drift_has_no_place() -> None:
    ends = [(0, 1)] * 6 + [(1, 2), (2, 1)]
    edges = small_world(ends, list(range(8)), n=4)
    found = analyse_drift(edges, np.arange(4), effort=EFFORT, seed=1)
    assert found.is_linked.tolist() == [True, True, False, False]


def test_nodes_without_values_or_edges_are_no_fault() -> None:
    none = np.zeros(0, dtype=np.int64)
    edges = trait_edges(csr_array((0, 4)), none, none, none)
    found = analyse_drift(edges, np.arange(4), effort=EFFORT, seed=1)
    assert found.transitions.shape == (4, 4)
    with pytest.raises(InferenceError, match="replicates"):
        analyse_drift(edges, np.arange(4), effort=replace(EFFORT, nulls=0), seed=1)
