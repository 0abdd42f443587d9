"""Transitions are those of the definition, summed by pair and by family."""

from __future__ import annotations

import tracemalloc
from collections import Counter

import numpy as np
import pytest
from scipy.sparse import csr_array

from biome_pipeline.drift import transitions as kernel
from biome_pipeline.drift.edges import trait_edges
from biome_pipeline.drift.flow import net_flow
from biome_pipeline.drift.mutation import edge_mutations
from biome_pipeline.drift.transitions import (
    Transitions,
    edge_transitions,
    family_flows,
    top_values,
    transition_counts,
)
from biome_pipeline.errors import InferenceError
from biome_pipeline_tests.drift.test_mutation import N_GRAPHS, edges_of
from biome_pipeline_tests.reference.drift import naive_drift_graph, naive_transitions
from biome_pipeline_tests.worlds.drift import draw_labelled_graph


def rows_of(rows: Transitions) -> dict[tuple[int, int, int], tuple[int, int]]:
    keys = zip(rows.edge.tolist(), rows.source.tolist(), rows.target.tolist(), strict=True)
    values = zip(rows.n_added.tolist(), rows.n_removed.tolist(), strict=True)
    found = dict(zip(keys, values, strict=True))
    assert len(found) == rows.edge.size, "a row stands twice"
    return found


def test_transitions_and_orientation_are_those_of_the_definition() -> None:
    n_rows = n_ties = 0
    for seed in range(N_GRAPHS):
        graph = draw_labelled_graph(seed)
        n = graph.sets.shape[1]
        rows = edge_transitions(edges_of(graph))
        added, removed = naive_transitions(graph)
        assert rows_of(rows) == {key: (added[key], removed[key]) for key in added | removed}
        assert (np.diff(rows.edge) >= 0).all()
        counts = transition_counts(rows, n)
        by_pair: Counter[tuple[int, int]] = Counter()
        for key, times in (added + removed).items():
            by_pair[key[1:]] += times
        pairs = list(zip(counts.source.tolist(), counts.target.tolist(), strict=True))
        assert pairs == sorted(by_pair)
        assert counts.transitions.tolist() == [by_pair[pair] for pair in pairs]
        assert counts.n_added.sum() == added.total()
        assert counts.mutations.sum() * 2 == by_pair.total()
        if seed % 2:  # One value each: every mutation is added and removed.
            assert counts.n_added.tolist() == counts.n_removed.tolist()
            assert counts.mutations.sum() == np.nansum(edge_mutations(edges_of(graph)))
        flows = family_flows(rows, graph.family, n)
        drift = naive_drift_graph(by_pair)
        net = net_flow(flows.total())
        assert {(i, j): net[i, j] for i, j in np.argwhere(net > 0).tolist()} == {
            (i, j): traffic for i, j, traffic in drift.edges(data="traffic")
        }
        n_rows += rows.edge.size
        n_ties += sum(by_pair[i, j] == by_pair[j, i] for i, j in pairs)
    assert n_rows > 5_000
    assert n_ties > 200


def test_families_add_up_and_an_edge_counts_once() -> None:
    for seed in range(60):
        graph = draw_labelled_graph(seed)
        n = graph.sets.shape[1]
        rows = edge_transitions(edges_of(graph))
        flows = family_flows(rows, graph.family, n)
        raw, once = Counter(), Counter()
        added, removed = naive_transitions(graph)
        each = added + removed
        of_edge = Counter()
        for (k, _, _), times in each.items():
            of_edge[k] += times
        for (k, i, j), times in each.items():
            raw[int(graph.family[k]), i, j] += times
            once[int(graph.family[k]), i, j] += times / of_edge[k]
        for matrix, expected in ((flows.transitions, raw), (flows.edges, once)):
            dense = matrix.toarray().reshape(-1, n, n)
            found = {
                (int(flows.family[f]), i, j): dense[f, i, j]
                for f, i, j in np.argwhere(dense).tolist()
            }
            assert found == pytest.approx(dict(expected))
        assert flows.family.tolist() == sorted({family for family, _, _ in raw})
        mutated = Counter(int(graph.family[k]) for k in of_edge)
        m = np.array(list(mutated.values()))
        kish = m.sum() ** 2 / (m**2).sum() if m.size else 0.0
        assert flows.effective_families == pytest.approx(kish)


def test_transitions_among_some_values_are_those_of_restricted_sets() -> None:
    for seed in range(100):
        graph = draw_labelled_graph(seed)
        n = graph.sets.shape[1]
        edges = edges_of(graph)
        rng = np.random.Generator(np.random.PCG64(seed))
        columns = rng.permutation(n)[: max(1, n - 2)]
        ours = rows_of(edge_transitions(edges).among(columns, n))
        # What is missing in the restricted sets makes no edge report that did not.
        assert ours == rows_of(edge_transitions(edges.restricted(columns)))
        added, removed = naive_transitions(graph)
        place = {int(value): k for k, value in enumerate(columns)}
        assert ours == {
            (k, place[i], place[j]): (added[k, i, j], removed[k, i, j])
            for k, i, j in added | removed
            if i in place and j in place
        }


@pytest.mark.parametrize("block", [1, 7, 60])
def test_blocks_do_not_matter(monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    edges = edges_of(draw_labelled_graph(2))
    whole = rows_of(edge_transitions(edges))
    assert len(whole) > 100
    monkeypatch.setattr(kernel, "_PAIRS", block)
    assert rows_of(edge_transitions(edges)) == whole


def test_large_sets_take_memory_by_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    # 100 languages lose one, 400 times: of 10,000 pairs of values 99 are transitions.
    dense = np.ones((2, 100), dtype=bool)
    dense[1, 0] = False
    none = np.zeros(400, dtype=np.int64)
    edges = trait_edges(csr_array(dense), none, none + 1, none)
    monkeypatch.setattr(kernel, "_PAIRS", 1 << 16)
    tracemalloc.start()
    try:
        rows = edge_transitions(edges)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert rows.edge.size == 400 * 99
    assert (rows.source == 0).all()
    # A single array of all pairs of values would take 32 MB.
    assert peak < 16e6


def test_the_values_of_an_order_are_the_most_frequent_that_say_something() -> None:
    values = ["mit", "other", "", "apache-2.0", "unknown", " ", "gpl-3.0"]
    assert top_values(values, 2).tolist() == [0, 3]
    assert top_values(values, 20).tolist() == [0, 3, 6]
    with pytest.raises(InferenceError, match="order of 1 values"):
        top_values(values, 1)
