"""Conflicts against all paths, listed one by one, on drawn DAGs with drawn licenses."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import networkx as nx
import numpy as np
import pytest

from biome_pipeline.errors import PolicyError
from biome_pipeline.genealogy.descent import count_ancestors
from biome_pipeline.genealogy.graphs import Graph
from biome_pipeline.policy.ancestry import ancestor_pairs, blocks_of_descendants
from biome_pipeline.policy.conflicts import (
    CONFLICT,
    UNKNOWN,
    Conflicts,
    TermArrays,
    conflicts,
    inherited,
)


@dataclass(frozen=True)
class _World:
    graph: Graph
    code: np.ndarray
    weakness: np.ndarray
    terms: TermArrays


def _draw(seed: int) -> _World:
    """Draw a DAG, shuffled, with merges, and licenses whose terms are drawn as well."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 15))
    density = rng.uniform(0.1, 0.5)
    name = rng.permutation(n)
    pairs = [(i, j) for i in range(n) for j in range(i + 1, n) if rng.random() < density]
    parent = np.array([name[i] for i, _ in pairs], np.int32)
    child = np.array([name[j] for _, j in pairs], np.int32)
    n_licenses, n_obligations = int(rng.integers(1, 5)), int(rng.integers(1, 4))
    has = rng.random((n_licenses, n_obligations)) < 0.6
    keeps = rng.random((n_licenses, n_obligations, n_licenses)) < 0.5
    code = rng.integers(-1, n_licenses, n).astype(np.int16)
    weakness = np.where(code < 0, rng.integers(2, 4, n), rng.integers(0, 2, n)).astype(np.int8)
    return _World(Graph.from_pairs(parent, child, n), code, weakness, TermArrays(has, keeps))


def _found(world: _World) -> list[tuple[object, ...]]:
    n_ancestors = count_ancestors(world.graph)
    return [
        row
        for block in conflicts(world.graph, world.code, world.weakness, world.terms, n_ancestors)
        for row in _rows(block)
    ]


def _rows(block: Conflicts) -> list[tuple[object, ...]]:
    ends = block.path_offset
    paths = [block.path[start:stop] for start, stop in itertools.pairwise(ends)]
    return [
        (*(int(number) for number in numbers), tuple(path.tolist()))
        for *numbers, path in zip(
            block.model,
            block.ancestor,
            block.obligation,
            block.verdict,
            block.lost_parent,
            block.lost_child,
            block.weakness,
            paths,
            strict=True,
        )
    ]


def _naive(world: _World) -> list[tuple[object, ...]]:
    """List every path between every two nodes, and look at each obligation along it."""
    network = nx.DiGraph()
    network.add_nodes_from(range(world.graph.n_nodes))
    network.add_edges_from(
        zip(world.graph.parent.tolist(), world.graph.child.tolist(), strict=True)
    )
    rows: list[tuple[object, ...]] = []
    for model in network:
        for ancestor in network:
            if ancestor == model or world.code[ancestor] < 0:
                continue
            paths = list(nx.all_simple_paths(network, ancestor, model))
            if not paths:
                continue
            path = min(paths, key=lambda nodes: (len(nodes), nodes))
            own = world.code[ancestor]
            for name in range(world.terms.has.shape[1]):
                if not world.terms.has[own, name]:
                    continue

                def keeps(node: int, own: int = own, name: int = name) -> bool:
                    code = world.code[node]
                    return bool(code >= 0 and world.terms.keeps[own, name, code])

                if keeps(model):
                    continue
                lost = next(k for k in range(1, len(path)) if not keeps(path[k]))
                rows.append(
                    (
                        model,
                        ancestor,
                        name,
                        UNKNOWN if world.code[model] < 0 else CONFLICT,
                        path[lost - 1],
                        path[lost],
                        max(int(world.weakness[node]) for node in path),
                        tuple(path),
                    )
                )
    return sorted(rows)


@pytest.mark.parametrize("seed", range(200))
def test_conflicts_equal_naive_path_enumeration(seed: int) -> None:
    world = _draw(seed)
    assert _found(world) == _naive(world)


def test_the_drawn_worlds_hold_every_case() -> None:
    rows = [row for seed in range(200) for row in _naive(_draw(seed))]
    assert {row[3] for row in rows} == {CONFLICT, UNKNOWN}
    assert any(len(row[7]) > 4 for row in rows)
    assert any(row[4] != row[1] for row in rows), "lost further down than at the ancestor"
    assert any(row[5] != row[0] for row in rows), "lost before the model"


@pytest.mark.parametrize("seed", range(40))
def test_every_path_is_real_and_its_edge_is_where_the_term_vanished(seed: int) -> None:
    world = _draw(seed)
    edges = set(zip(world.graph.parent.tolist(), world.graph.child.tolist(), strict=True))
    for model, ancestor, name, verdict, lost_parent, lost_child, _, path in _found(world):
        assert isinstance(path, tuple)
        assert (path[0], path[-1]) == (ancestor, model)
        steps = list(itertools.pairwise(path))
        assert set(steps) <= edges
        place = steps.index((lost_parent, lost_child))
        kept = [
            world.code[node] >= 0
            and world.terms.keeps[world.code[ancestor], name, world.code[node]]
            for node in path[1 : place + 2]
        ]
        assert kept == [True] * place + [False]
        assert (verdict == UNKNOWN) == (world.code[model] < 0)


@pytest.mark.parametrize("seed", range(40))
def test_a_license_without_reviewed_terms_never_yields_a_conflict(seed: int) -> None:
    world = _draw(seed)
    nothing = np.full(world.graph.n_nodes, -1, np.int16)
    silent = _World(world.graph, nothing, world.weakness, world.terms)
    assert _found(silent) == []
    # Only the founders are reviewed: all else is unknown.
    founders = np.where(world.graph.n_parents == 0, world.code, -1).astype(np.int16)
    rows = _found(_World(world.graph, founders, world.weakness, world.terms))
    assert {row[3] for row in rows} <= {UNKNOWN}


@pytest.mark.parametrize("seed", range(60))
def test_what_is_inherited_tells_the_same_as_the_rows(seed: int) -> None:
    world = _draw(seed)
    rows = _naive(world)
    found: dict[tuple[int, int], tuple[int, set[int], bool]] = {}
    for block in inherited(world.graph, world.code, world.terms, count_ancestors(world.graph)):
        for k in range(block.model.size):
            found[int(block.model[k]), int(block.license[k])] = (
                int(block.n_ancestors[k]),
                set(np.flatnonzero(block.dropped[k]).tolist()),
                bool(block.is_unknown[k]),
            )
    pairs = ancestor_pairs(world.graph, np.arange(world.graph.n_nodes, dtype=np.int32))
    bound: dict[tuple[int, int], set[int]] = {}
    for ancestor, model in zip(pairs.ancestor.tolist(), pairs.descendant.tolist(), strict=True):
        code = int(world.code[ancestor])
        if code >= 0 and world.terms.has[code].any():
            bound.setdefault((model, code), set()).add(ancestor)
    assert {key: value[0] for key, value in found.items()} == {
        key: len(ancestors) for key, ancestors in bound.items()
    }
    for (model, code), (_, dropped, is_unknown) in found.items():
        own = {(row[2], row[3]) for row in rows if row[0] == model and world.code[row[1]] == code}
        assert dropped == {name for name, verdict in own if verdict == CONFLICT}
        assert is_unknown == (world.code[model] < 0)


@pytest.mark.parametrize("at_once", [1, 3, 10, 10_000])
def test_blocks_hold_every_descendant_once(at_once: int) -> None:
    world = _draw(7)
    n_ancestors = count_ancestors(world.graph)
    parts = list(blocks_of_descendants(world.graph, n_ancestors, at_once=at_once))
    assert np.concatenate(parts).tolist() == np.flatnonzero(world.graph.n_parents).tolist()


def test_no_edges_and_no_licenses_give_no_rows() -> None:
    none = np.zeros(0, np.int32)
    terms = TermArrays(np.zeros((1, 2), np.bool_), np.zeros((1, 2, 1), np.bool_))
    empty = _World(
        Graph.from_pairs(none, none, 3), np.full(3, -1, np.int16), np.zeros(3, np.int8), terms
    )
    assert _found(empty) == []
    pair = Graph.from_pairs(np.array([0]), np.array([1]), 3)
    assert _found(_World(pair, empty.code, empty.weakness, terms)) == []


def test_what_does_not_fit_is_refused() -> None:
    world = _draw(3)
    n_ancestors = count_ancestors(world.graph)
    with pytest.raises(PolicyError, match="do not match"):
        TermArrays(np.zeros((2, 3), np.bool_), np.zeros((2, 3, 3), np.bool_))
    with pytest.raises(PolicyError, match="one license at least"):
        TermArrays(np.zeros((0, 3), np.bool_), np.zeros((0, 3, 0), np.bool_))
    too_large = np.full(world.graph.n_nodes, 99, np.int16)
    with pytest.raises(PolicyError, match="no row"):
        list(conflicts(world.graph, too_large, world.weakness, world.terms, n_ancestors))
    with pytest.raises(PolicyError, match="per node"):
        list(conflicts(world.graph, world.code[1:], world.weakness, world.terms, n_ancestors))
