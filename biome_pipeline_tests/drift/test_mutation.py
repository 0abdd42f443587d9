"""Rates are those of the definition, their intervals those of families drawn anew."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array

from biome_pipeline.drift import mutation as kernel
from biome_pipeline.drift.edges import trait_edges
from biome_pipeline.drift.mutation import edge_mutations, mutation_rate, mutation_rates
from biome_pipeline.errors import InferenceError
from biome_pipeline_tests.reference.drift import naive_mutations
from biome_pipeline_tests.worlds.drift import LabelledGraph, draw_labelled_graph

N_GRAPHS = 300
GENTLY = {"n_replicates": 19, "seed": 1}


def edges_of(graph: LabelledGraph):
    return trait_edges(graph.sets, graph.parent, graph.child, graph.family)


def test_rates_are_those_of_the_definition() -> None:
    n_silent = n_shared = 0
    for seed in range(N_GRAPHS):
        graph = draw_labelled_graph(seed)
        mutation = edge_mutations(edges_of(graph))
        expected = naive_mutations(graph)
        known = [m for m in expected if m is not None]
        assert [None if np.isnan(m) else m for m in mutation.tolist()] == expected
        rate = mutation_rate(mutation, graph.family, **GENTLY)
        n, n_known = len(expected), len(known)
        assert (rate.n_edges, rate.n_reporting) == (n, n_known)
        assert rate.n_mutations == pytest.approx(sum(known))
        assert rate.rate == (pytest.approx(sum(known) / n_known) if known else None)
        if n:
            # Every silent edge as it would be at best and at worst.
            for bound, guess in ((rate.bound_low, 0.0), (rate.bound_high, 1.0)):
                filled = [guess if m is None else m for m in expected]
                assert bound == pytest.approx(np.mean(filled))
        else:
            assert rate.bound_low is rate.bound_high is None
        is_known = ~np.isnan(mutation)
        n_families = len(set(graph.family[is_known].tolist()))
        assert rate.n_families == n_families
        assert (rate.ci_low is None) == (n_families < 2)
        n_silent += n - n_known
        n_shared += sum(0 < m < 1 for m in known)
    assert n_silent > 1_000
    assert n_shared > 1_000


def test_blocks_of_edges_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = draw_labelled_graph(8)
    whole = edge_mutations(edges_of(graph))
    assert whole.size > 20
    monkeypatch.setattr(kernel, "_EDGES", 7)
    assert np.array_equal(edge_mutations(edges_of(graph)), whole, equal_nan=True)


def test_relations_are_groups_of_edges() -> None:
    rng = np.random.Generator(np.random.PCG64(3))
    mutation = np.where(rng.random(200) < 0.3, np.nan, rng.integers(0, 2, 200).astype(float))
    family = rng.integers(0, 30, 200)
    own = {"finetune": rng.random(200) < 0.5, "merge": np.zeros(200, dtype=bool)}
    rates = mutation_rates(mutation, family, own, n_replicates=99, seed=5)
    assert list(rates) == ["all", "finetune", "merge"]
    assert rates["all"] == mutation_rate(mutation, family, n_replicates=99, seed=5)
    picked = mutation[own["finetune"]]
    assert rates["finetune"].rate == pytest.approx(np.nanmean(picked))
    assert rates["finetune"].n_edges == picked.size
    empty = rates["merge"]
    assert (empty.n_edges, empty.rate, empty.ci_low, empty.bound_high) == (0, None, None, None)


def test_the_interval_is_that_of_families_drawn_anew() -> None:
    n_replicates = 20_000
    for seed in range(3):
        rng = np.random.Generator(np.random.PCG64(seed))
        family = np.repeat(np.arange(30), rng.integers(1, 15, 30))
        mutation = (rng.random(family.size) < rng.beta(1, 4, 30)[family]) * rng.choice(
            [0.5, 1.0], family.size
        )
        parts = [mutation[family == f] for f in range(30)]
        plain = np.empty(n_replicates)
        for k in range(n_replicates):
            plain[k] = np.concatenate([parts[f] for f in rng.integers(0, 30, 30)]).mean()
        found = mutation_rate(mutation, family, n_replicates=n_replicates, seed=seed)
        low, high = np.percentile(plain, [2.5, 97.5])
        # Five standard errors of two simulated ends (see the tests of resampling).
        error = 5 * np.sqrt(2 * 0.025 * 0.975 / n_replicates) / 0.0584 / 3.92 * (high - low)
        assert abs(found.ci_low - low) < error
        assert abs(found.ci_high - high) < error


def test_one_family_has_no_interval() -> None:
    rate = mutation_rate(np.array([0.0, 1.0]), np.array([4, 4]), **GENTLY)
    assert (rate.rate, rate.ci_low, rate.ci_high, rate.n_families) == (0.5, None, None, 1)


def test_bad_input_is_refused() -> None:
    sets = csr_array(np.eye(3, dtype=bool))
    good = np.array([0, 1])
    with pytest.raises(InferenceError, match="do not match"):
        trait_edges(sets, good, good[:1], good)
    for parent, child, name in ((good + 2, good, "parent"), (good, good - 1, "child")):
        with pytest.raises(InferenceError, match=f"{name} outside the 3 value sets"):
            trait_edges(sets, parent, child, good)
    with pytest.raises(InferenceError, match="do not match"):
        mutation_rate(np.zeros(2), np.zeros(3, dtype=int), **GENTLY)
    with pytest.raises(InferenceError, match="replicates"):
        mutation_rate(np.zeros(2), np.zeros(2, dtype=int), n_replicates=0, seed=1)
    with pytest.raises(InferenceError, match="do not match"):
        mutation_rates(
            np.zeros(2), np.zeros(2, dtype=int), {"merge": np.ones(3, dtype=bool)}, **GENTLY
        )


def test_zeros_and_doubles_are_no_values() -> None:
    # Row 0 states value 1 twice and value 0 with a zero; row 1 is silent but for a zero.
    sets = csr_array(
        (np.array([1, 1, 0, 0]), np.array([1, 1, 0, 2]), np.array([0, 3, 4, 4])), shape=(3, 3)
    )
    edges = trait_edges(sets, np.array([0, 0]), np.array([0, 1]), np.array([0, 0]))
    assert edges.sets.nnz == 1
    assert edge_mutations(edges).tolist() == [0.0, pytest.approx(np.nan, nan_ok=True)]
