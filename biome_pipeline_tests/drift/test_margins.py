"""The margin null is quasi-independence, and its worlds are counted like the data."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.stats import chi2

from biome_pipeline.drift import margins as kernel
from biome_pipeline.drift.edges import trait_edges
from biome_pipeline.drift.margins import fit_quasi_independence, margin_transitions
from biome_pipeline.drift.transitions import edge_transitions, family_flows
from biome_pipeline.errors import InferenceError
from biome_pipeline_tests.worlds.drift import draw_labelled_graph, stated_sets

if TYPE_CHECKING:
    from biome_pipeline.drift.edges import TraitEdges


def star(kinds: np.ndarray, ends: list[tuple[int, int]]) -> TraitEdges:
    """Make edges from one kind of set to another, each of its own two nodes."""
    kind = np.array(ends, dtype=np.int64).reshape(-1)
    sets = stated_sets(kind, kinds, np.zeros(kind.size, dtype=bool))
    node = np.arange(kind.size)
    return trait_edges(sets, node[::2], node[1::2], np.zeros(kind.size // 2, dtype=int))


def test_the_fit_is_that_of_iterative_proportional_fitting_cell_by_cell() -> None:
    for seed in range(40):
        rng = np.random.Generator(np.random.PCG64(seed))
        n = int(rng.integers(3, 9))
        counts = rng.poisson(20, (n, n)) + 1.0
        np.fill_diagonal(counts, 0)
        table = 1.0 - np.eye(n)
        for _ in range(3_000):
            table *= (counts.sum(axis=1) / table.sum(axis=1))[:, None]
            table *= counts.sum(axis=0) / table.sum(axis=0)
        fit = fit_quasi_independence(counts.sum(axis=1), counts.sum(axis=0))
        cells = np.outer(fit.source, fit.target) * (1 - np.eye(n))
        assert cells == pytest.approx(table, rel=1e-5, abs=1e-6)
        # Odds ratios off the diagonal are one: the law of quasi-independence.
        assert cells[0, 1] * cells[1, 2] * cells[2, 0] == pytest.approx(
            cells[1, 0] * cells[2, 1] * cells[0, 2]
        )


def test_margins_without_a_fit_are_approached() -> None:
    # Every edge has kind 0 at one end: all from 1 and 2 must go to 0.
    fit = fit_quasi_independence(np.array([6, 3, 5]), np.array([8, 2, 4]))
    cells = np.outer(fit.source, fit.target) * (1 - np.eye(3))
    assert cells == pytest.approx(np.array([[0, 2, 4], [3, 0, 0], [5, 0, 0]]), abs=0.05)
    assert np.isfinite(cells).all()
    empty = fit_quasi_independence(np.zeros(2), np.zeros(2))
    assert not empty.source.any()


def test_worlds_keep_sources_and_draw_targets_by_the_law() -> None:
    ends = [(0, 1)] * 30 + [(0, 2)] * 10 + [(1, 0)] * 5 + [(1, 2)] * 25 + [(2, 0)] * 10
    ends += [(2, 1)] * 20 + [(3, 0)] * 20 + [(0, 3)] * 8 + [(1, 1)] * 50
    edges = star(np.eye(4), ends)
    counts = np.zeros((4, 4))
    for source, target in ends:
        counts[source, target] += source != target
    n_worlds = 400
    worlds = margin_transitions(edges, n_replicates=n_worlds, seed=3)
    # A mutation of a single value is two transitions, and the parents stay.
    assert (worlds.sum(axis=2) == 2 * counts.sum(axis=1)).all()
    assert not worlds[:, range(4), range(4)].any()
    fit = fit_quasi_independence(counts.sum(axis=1), counts.sum(axis=0))
    expected = np.outer(fit.source, fit.target) * (1 - np.eye(4))
    drawn = worlds.sum(axis=0) / 2
    is_cell = expected > 0
    distance = (drawn - n_worlds * expected)[is_cell] ** 2 / (n_worlds * expected[is_cell])
    # Rows are fixed: 12 cells less 4 rows. Beyond this once in ten thousand.
    assert distance.sum() < chi2.ppf(0.9999, 8)
    # Not only the mean: one cell varies as a binomial number does.
    spread = worlds[:, 0, 1].var() / 4
    share = expected[0, 1] / expected[0].sum()
    assert spread == pytest.approx(counts[0].sum() * share * (1 - share), rel=0.35)


@pytest.mark.parametrize("table", [0, 1 << 18])
def test_sets_are_drawn_whole_and_counted_like_the_data(
    monkeypatch: pytest.MonkeyPatch, table: int
) -> None:
    monkeypatch.setattr(kernel, "_TABLE", table)
    # Two kinds only: a child that is not its parent's kind is the other one, so that
    # every world is the data.
    kinds = np.array([[1, 1, 1, 0], [0, 0, 1, 1]])
    edges = star(kinds, [(0, 1)] * 7 + [(1, 0)] * 4 + [(0, 0)] * 3)
    flows = family_flows(edge_transitions(edges), edges.family, 4)
    worlds = margin_transitions(edges, n_replicates=5, seed=1)
    assert (worlds == flows.total()).all()
    # Of random graphs each world is made of sets that children have.
    for seed in range(0, 40, 2):
        graph = draw_labelled_graph(seed)
        edges = trait_edges(graph.sets, graph.parent, graph.child, graph.family)
        pairs = zip(graph.parent.tolist(), graph.child.tolist(), strict=True)
        ends = [(graph.values[u], graph.values[v]) for u, v in pairs]
        mutated = [(a, b) for a, b in ends if a and b and a != b]
        before, after = Counter(a for a, _ in mutated), {b for _, b in mutated}
        possible = np.zeros((edges.n_values, edges.n_values), dtype=bool)
        for a in before:
            for b in after - {a}:
                for p in a:
                    for c in b:
                        possible[p, c] |= p not in b or c not in a
        worlds = margin_transitions(edges, n_replicates=20, seed=seed)
        assert not worlds[:, ~possible].any()
        assert (worlds == np.round(worlds)).all()


def test_nothing_mutated_gives_empty_worlds() -> None:
    assert not margin_transitions(star(np.eye(3), [(0, 0)] * 4), n_replicates=3, seed=1).any()
    assert not margin_transitions(star(np.eye(3), []), n_replicates=3, seed=1).any()
    with pytest.raises(InferenceError, match="replicates"):
        margin_transitions(star(np.eye(3), []), n_replicates=0, seed=1)


def test_the_same_seed_draws_the_same_worlds() -> None:
    edges = star(np.eye(3), [(0, 1), (1, 2), (2, 0), (0, 2)] * 9)
    first, again, other = (margin_transitions(edges, n_replicates=9, seed=s) for s in (1, 1, 2))
    assert (first == again).all()
    assert (first != other).any()
