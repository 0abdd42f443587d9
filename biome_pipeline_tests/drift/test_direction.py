"""Statistics are those of dense algebra, p-values those of signs drawn family by family."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, product

import numpy as np
import pytest

from biome_pipeline.drift.bradley_terry import fit_bradley_terry
from biome_pipeline.drift.direction import DirectionTests, direction_tests, direction_verdicts
from biome_pipeline.drift.edges import trait_edges
from biome_pipeline.drift.transitions import FamilyFlows, edge_transitions, family_flows
from biome_pipeline.errors import InferenceError
from biome_pipeline_tests.worlds.drift import (
    bradley_terry_kernel,
    draw_forest,
    draw_labelled_graph,
    stated_sets,
    walk,
)

LAW = np.array([0.4, 0.3, 0.2, 0.1])
STRENGTH = np.array([0.0, -1.0, 1.0, -1.5])


def draw_flows(seed: int, n_nodes: int, share_roots: float = 0.05) -> FamilyFlows:
    forest = draw_forest(seed, n_nodes, share_roots=share_roots)
    value = walk(seed, forest, bradley_terry_kernel(STRENGTH, LAW, 0.3), LAW)
    sets = stated_sets(value, np.eye(4), np.zeros(value.size, dtype=bool))
    edges = trait_edges(sets, forest.parent, forest.child, forest.family)
    return family_flows(edge_transitions(edges), edges.family, 4)


def dense(flows: FamilyFlows) -> np.ndarray:
    return flows.edges.toarray().reshape(-1, flows.n_values, flows.n_values)


def naive_pairs(matrices: np.ndarray):
    """Give net exchanges of each pair that has any: by family and in all, and totals."""
    n = matrices.shape[1]
    whole = matrices.sum(axis=0)
    pairs = [(i, j) for i, j in combinations(range(n), 2) if whole[i, j] + whole[j, i] > 0]
    net = np.array([[m[i, j] - m[j, i] for i, j in pairs] for m in matrices])
    both = np.array([[m[i, j] + m[j, i] for i, j in pairs] for m in matrices])
    return pairs, net, both


def naive_pearson(residual, variance, pairs, n) -> float:
    """Give the sum of squares that weighted least squares on strengths leaves."""
    design = np.zeros((len(pairs), n))
    for k, (i, j) in enumerate(pairs):
        design[k, i], design[k, j] = 1, -1
    root = np.sqrt(variance)
    scaled = residual / root
    slope = design * root[:, None]
    step = np.linalg.lstsq(slope, scaled, rcond=None)[0]
    return float(((scaled - slope @ step) ** 2).sum())


@pytest.mark.parametrize("seed", range(4))
def test_both_p_values_are_those_of_all_signs_one_by_one(seed: int) -> None:
    flows = draw_flows(seed, 150, share_roots=0.05)
    assert 5 <= flows.n_families <= 8
    found = direction_tests(flows, n_replicates=999, seed=seed)
    pairs, net, both = naive_pairs(dense(flows))
    first, second = np.array(pairs).T
    total = both.sum(axis=0)

    def fit(net: np.ndarray):
        return fit_bradley_terry(net[None, :], total, first, second, 4)

    best = fit(net.sum(axis=0))
    lean = np.tanh((best.strength[0][first] - best.strength[0][second]) / 2)
    variance = total * (1 - lean**2)
    residual = net - both * lean
    gains, pearsons = [], []
    for signs in product([-1, 1], repeat=flows.n_families):
        gains.append(float(fit((np.array(signs)[:, None] * net).sum(axis=0)).gain[0]))
        flipped = (np.array(signs)[:, None] * residual).sum(axis=0)
        pearsons.append(naive_pearson(flipped, variance, pairs, 4))
    m = both.sum(axis=1)
    effective = m.sum() ** 2 / (m**2).sum()
    assert flows.effective_families == pytest.approx(effective)
    factor = effective / (effective - 1)
    bits = 2 * np.log(2) * total.sum()
    for test, statistic, drawn in (
        (found.symmetry, float(best.gain[0]), np.array(gains)),
        (
            found.quasi_symmetry,
            naive_pearson(residual.sum(axis=0), variance, pairs, 4),
            np.array(pearsons),
        ),
    ):
        assert test.statistic == pytest.approx(statistic, abs=1e-5)
        p_value = np.mean(factor * drawn >= statistic - 1e-6 * max(statistic, 1))
        assert test.p_value == pytest.approx(p_value)
        assert test.null_effect == pytest.approx(drawn.mean() / bits, rel=1e-4)
        assert test.n_mutated == pytest.approx(total.sum())
    assert found.symmetry.df == 3
    assert found.quasi_symmetry.df == len(pairs) - 3
    assert found.strength == pytest.approx(best.strength[0], abs=1e-6)


def test_an_edge_counts_once_however_many_values_it_changes() -> None:
    for seed in range(0, 60, 2):
        graph = draw_labelled_graph(seed)
        edges = trait_edges(graph.sets, graph.parent, graph.child, graph.family)
        rows = edge_transitions(edges)
        flows = family_flows(rows, edges.family, edges.n_values)
        found = direction_tests(flows, n_replicates=9, seed=seed)
        assert found.symmetry.n_mutated == pytest.approx(np.unique(rows.edge).size)
        share = found.symmetry.effect + found.quasi_symmetry.effect
        assert -1e-9 <= share <= 1 + 1e-9
        pairs, _, _ = naive_pairs(dense(flows))
        assert found.symmetry.df + found.quasi_symmetry.df == len(pairs)


def test_strong_drift_is_a_bit_and_balance_none() -> None:
    one_way = family_flows_of([[(0, 1)] * 5] * 40)
    found = direction_tests(one_way, n_replicates=199, seed=1)
    assert found.symmetry.effect == pytest.approx(1, abs=1e-3)
    assert found.symmetry.p_value == 1 / 200
    assert (found.quasi_symmetry.df, found.quasi_symmetry.p_value) == (0, None)
    balanced = family_flows_of([[(0, 1), (1, 0)]] * 40)
    found = direction_tests(balanced, n_replicates=199, seed=1)
    assert found.symmetry.effect == pytest.approx(0, abs=1e-9)
    assert found.symmetry.p_value == 1
    # Round in a circle there is a direction in each pair, and none in the values.
    circle = family_flows_of([[(0, 1), (1, 2), (2, 0)]] * 40)
    found = direction_tests(circle, n_replicates=199, seed=1)
    assert found.symmetry.effect == pytest.approx(0, abs=1e-9)
    assert found.quasi_symmetry.effect == pytest.approx(1, abs=1e-6)
    assert found.quasi_symmetry.p_value == 1 / 200
    assert direction_verdicts(found, 0.9) == ("no direction shown", "not one-dimensional")


def family_flows_of(families: list[list[tuple[int, int]]]) -> FamilyFlows:
    """Make families of edges between values of one, each from a value to another."""
    n = 3
    ends = [edge for own in families for edge in own]
    family = np.repeat(np.arange(len(families)), [len(own) for own in families])
    kind = np.array(ends, dtype=np.int64).reshape(-1)
    sets = stated_sets(kind, np.eye(n), np.zeros(kind.size, dtype=bool))
    node = np.arange(kind.size)
    edges = trait_edges(sets, node[::2], node[1::2], family)
    return family_flows(edge_transitions(edges), edges.family, n)


@pytest.mark.parametrize("families", [[], [[(0, 1), (0, 1), (1, 2)]]])
def test_without_two_families_there_is_no_p_value(families: list) -> None:
    found = direction_tests(family_flows_of(families), n_replicates=99, seed=1)
    for test in (found.symmetry, found.quasi_symmetry):
        assert (test.p_value, test.null_effect) == (None, None)
        assert np.isfinite([test.statistic, test.effect]).all()
    assert direction_verdicts(found, 0.9) == ("no direction shown", "no direction shown")


def test_a_giant_family_decides_nothing() -> None:
    # One family holds 400 of 408 mutated edges: whichever its sign, the statistic is as large.
    found = direction_tests(
        family_flows_of([[(0, 1)] * 400, *[[(0, 1)]] * 8]), n_replicates=999, seed=1
    )
    assert found.symmetry.effect > 0.99
    assert found.symmetry.p_value == 1


def test_so_many_families_that_signs_cannot_be_counted() -> None:
    found = direction_tests(family_flows_of([[(0, 1)], [(1, 0)]] * 700), n_replicates=19, seed=1)
    assert found.symmetry.p_value == 1


def test_the_same_seed_gives_the_same_and_another_one_another() -> None:
    flows = draw_flows(1, 2_000)
    first = direction_tests(flows, n_replicates=99, seed=1)
    again = direction_tests(flows, n_replicates=99, seed=1)
    assert (first.symmetry, first.quasi_symmetry) == (again.symmetry, again.quasi_symmetry)
    assert direction_tests(flows, n_replicates=99, seed=2).symmetry != first.symmetry
    with pytest.raises(InferenceError, match="replicates"):
        direction_tests(flows, n_replicates=0, seed=1)


def test_verdicts_need_the_test_and_the_other_half() -> None:
    known = direction_tests(draw_flows(1, 2_000), n_replicates=99, seed=1)

    def said(one_way: float | None, one_scale: float | None, low: float | None):
        tests = DirectionTests(
            replace(known.symmetry, p_value=one_way),
            replace(known.quasi_symmetry, p_value=one_scale),
            known.strength,
        )
        return direction_verdicts(tests, low)

    nothing = "no direction shown"
    assert said(0.05, 0.06, 0.51) == ("directed", "one-dimensional")
    assert said(0.05, 0.05, 0.51) == ("directed", "not one-dimensional")
    assert said(0.05, None, 0.51) == ("directed", nothing)
    for one_way, low in ((0.06, 0.9), (None, 0.9), (0.01, 0.5), (0.01, None)):
        assert said(one_way, 0.5, low) == (nothing, nothing)
