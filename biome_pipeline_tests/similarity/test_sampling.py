"""Every occurrence is drawn with the same probability, and no other pair is."""

from __future__ import annotations

from dataclasses import fields
from functools import cache
from itertools import chain as join
from itertools import permutations

import networkx as nx
import numpy as np
import pytest
from scipy.stats import binom, chisquare

from biome_pipeline.errors import CountOverflowError, GenealogyError
from biome_pipeline.genealogy.graphs import Graph
from biome_pipeline.provenance import derive_seed
from biome_pipeline.similarity import sampling
from biome_pipeline.similarity.sampling import Pairs, sample_occurrences, sample_positions
from biome_pipeline.similarity.topologies import TOPOLOGIES, count_occurrences
from biome_pipeline_tests.reference import topologies as naive
from biome_pipeline_tests.reference.genealogy import digraph
from biome_pipeline_tests.worlds.graphs import (
    SEEDS,
    World,
    chain,
    draw_world,
    draw_woven_world,
    join_worlds,
)

LAW_SEEDS = range(200)
N_DRAWS = 3000

# What is compared with its law: all positions, and all nodes of a topology at once.
PLACES = {
    name: [topology.nodes[p.first] + topology.nodes[p.second] for p in topology.positions]
    + ([] if len(topology.nodes) == 2 else ["".join(topology.nodes)])
    for name, topology in TOPOLOGIES.items()
}

# A family with every topology in it, two of its edges carried by nephews that are uncles.
CORE = [(0, 1), (0, 2), (0, 3), (1, 2), (1, 4), (2, 4), (2, 5), (4, 5), (4, 6)]


def generator_of(seed: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(seed))


def graph_of(pairs: list[tuple[int, int]], n_nodes: int) -> Graph:
    parent, child = np.array(pairs, dtype=np.int32).reshape(-1, 2).T
    return Graph.from_pairs(parent, child, n_nodes)


def star(n_children: int) -> Graph:
    child = np.arange(1, n_children + 1, dtype=np.int32)
    return Graph(n_children + 1, np.zeros(n_children, dtype=np.int32), child)


@cache
def law_world(seed: int) -> World:
    """Draw a world in which all topologies occur in more than one way."""
    parent, child = np.array(CORE, dtype=np.int32).T
    core = World("core", 7, parent, child, np.zeros(7, dtype=np.int64))
    return join_worlds(draw_woven_world(seed, n_nodes=9, n_pairs=16), core)


def chance_of(drawn: np.ndarray, law: dict[tuple[int, ...], float], n_nodes: int) -> float:
    """Give the probability that draws from the law are as far from it as these."""
    digits = n_nodes ** np.arange(drawn.shape[1])
    keys = np.array(list(law)) @ digits
    order = np.argsort(keys)
    place = np.searchsorted(keys[order], drawn @ digits)
    assert np.array_equal(keys[order][np.minimum(place, order.size - 1)], drawn @ digits)
    observed = np.bincount(place, minlength=order.size)
    expected = np.array(list(law.values()))[order] * drawn.shape[0]
    # Cells with an expectation below 5 become one, with the next one if need be.
    rarest_first = np.argsort(expected, kind="stable")
    observed, expected = observed[rarest_first], expected[rarest_first]
    n_rare = int(np.searchsorted(expected, 5))
    if 0 < n_rare < expected.size and expected[:n_rare].sum() < 5:
        n_rare += 1
    starts = np.r_[0, np.arange(max(n_rare, 1), expected.size)]
    observed, expected = np.add.reduceat(observed, starts), np.add.reduceat(expected, starts)
    assert expected.size > 1
    assert expected.min() >= 5
    return float(chisquare(observed, expected).pvalue)


@cache
def chances(topology: str) -> dict[str, list[float]]:
    """Compare draws with the law: one p-value per place and seed, each of its own draws."""
    found: dict[str, list[float]] = {names: [] for names in PLACES[topology]}
    for seed in LAW_SEEDS:
        world = law_world(seed)
        graph, expected = world.graph, digraph(world.n_nodes, world.pairs)
        for names, values in found.items():
            generator = generator_of(derive_seed(seed, f"{topology}/{names}"))
            nodes = sample_occurrences(graph, topology, N_DRAWS, generator)
            assert nodes.shape == (N_DRAWS, len(naive.NODES[topology]))
            drawn = nodes[:, [naive.NODES[topology].index(name) for name in names]]
            law = naive.position_law(expected, topology, names)
            values.append(chance_of(drawn, law, world.n_nodes))
    return found


@pytest.mark.parametrize("topology", TOPOLOGIES)
def test_ordered_pairs_follow_the_law(topology: str) -> None:
    # Of 200 comparisons with the true law, at most 23 have a p-value
    # below 0.05 in 9,999 of 10,000 cases.
    most = int(binom.ppf(0.9999, len(LAW_SEEDS), 0.05))
    assert most == 23
    for names, found in chances(topology).items():
        assert len(found) == len(LAW_SEEDS)
        assert np.count_nonzero(np.array(found) < 0.05) <= most, names
        assert min(found) > 1e-6, names


def test_p_values_are_those_of_draws_from_the_law() -> None:
    # 25 positions and 6 whole topologies on 200 worlds: 6,200 independent
    # p-values. Binomial band of 99 %: 267 to 355 below 0.05 (4.31 % to 5.73 %);
    # with these seeds 303 are (4.89 %).
    found = np.array([p for name in TOPOLOGIES for p in join(*chances(name).values())])
    assert found.size == 6200
    low, high = binom.ppf([0.005, 0.995], found.size, 0.05)
    assert (low, high) == (267, 355)
    assert low <= np.count_nonzero(found < 0.05) <= high


def test_nothing_is_drawn_that_does_not_occur() -> None:
    n_compared = 0
    for seed in SEEDS[:120]:
        world = draw_world(seed)
        graph, expected = world.graph, digraph(world.n_nodes, world.pairs)
        counts = count_occurrences(graph)
        for topology, names in naive.NODES.items():
            nodes = sample_occurrences(graph, topology, 60, generator_of(seed))
            assert nodes.dtype == np.int32
            assert nodes.shape == (60 if counts[topology] else 0, len(names))
            for chosen in nodes.tolist():
                node = dict(zip(names, chosen, strict=True))
                assert len(set(chosen)) == len(names), f"{topology}, seed {seed}"
                edges = [(node[u], node[v]) for u, v in naive.SHAPES.get(topology, ())]
                assert all(expected.has_edge(*edge) for edge in edges), f"{topology}, seed {seed}"
                n_compared += 1
    assert n_compared > 20_000


def test_the_ancestor_comes_first() -> None:
    for seed in range(40):
        world = draw_woven_world(seed, n_nodes=30, n_pairs=45)
        expected = digraph(world.n_nodes, world.pairs)
        pairs = sample_positions(world.graph, 30, seed)
        for code, topology in enumerate(TOPOLOGIES.values()):
            shape = naive.shape_graph(topology.name)
            for place, position in enumerate(topology.positions):
                own = (pairs.topology == code) & (pairs.position == place)
                assert np.count_nonzero(own) == (30 if own.any() else 0)
                ends = topology.nodes[position.first], topology.nodes[position.second]
                if nx.has_path(shape, *ends):
                    for first, second in zip(pairs.first[own], pairs.second[own], strict=True):
                        assert nx.has_path(expected, int(first), int(second))


def test_no_nephew_is_its_own_uncle() -> None:
    # Of the four pairs below 0 -> 1 two are one node twice; 4 -> 5 has no other pair.
    pairs = [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (4, 5), (4, 6), (5, 6)]
    nodes = sample_occurrences(graph_of(pairs, 7), "uncle", 2000, generator_of(1))
    assert {tuple(row) for row in nodes.tolist()} == {(0, 1, 2, 3), (0, 1, 3, 2)}
    n_first = np.count_nonzero(nodes[:, 2] == 2)
    assert chisquare([n_first, 2000 - n_first]).pvalue > 1e-4
    alone = sample_occurrences(graph_of(pairs[5:], 7), "uncle", 100, generator_of(1))
    assert alone.shape == (0, 4)


def test_a_nephew_that_is_an_uncle_is_not_drawn_too_often() -> None:
    # Below 0 -> 1: nephew 2 has the uncle 3 alone, nephews 4 and 5 have 2 and 3.
    graph = graph_of([(0, 1), (0, 2), (0, 3), (1, 2), (1, 4), (1, 5)], 6)
    nodes = sample_occurrences(graph, "uncle", 10_000, generator_of(2))
    pairs, times = np.unique(nodes[:, 2:], axis=0, return_counts=True)
    assert pairs.tolist() == [[2, 3], [4, 2], [4, 3], [5, 2], [5, 3]]
    assert chisquare(times).pvalue > 1e-4


@pytest.mark.parametrize(("topology", "n_chosen"), [("siblings", 2), ("star3", 3)])
def test_children_of_a_hub_are_distinct_and_in_random_order(topology: str, n_chosen: int) -> None:
    n_children, n_draws = 30_000, 60_000
    nodes = sample_occurrences(star(n_children), topology, n_draws, generator_of(3))
    assert np.all(nodes[:, 0] == 0)
    chosen = np.sort(nodes[:, 1:], axis=1)
    assert np.all(chosen[:, 1:] > chosen[:, :-1])
    assert 1 <= chosen.min() < chosen.max() <= n_children
    for place in range(1, n_chosen + 1):
        times = np.bincount((nodes[:, place] - 1) // 500, minlength=60)
        assert chisquare(times).pvalue > 1e-4
    orders = [tuple(row) for row in np.argsort(nodes[:, 1:], axis=1).tolist()]
    times = [orders.count(order) for order in permutations(range(n_chosen))]
    assert sum(times) == n_draws
    assert chisquare(times).pvalue > 1e-4


def test_draws_from_as_many_occurrences_as_64_bits_hold() -> None:
    n_children = 3_810_779
    nodes = sample_occurrences(star(n_children), "star3", 2000, generator_of(4))
    assert np.all(nodes[:, 0] == 0)
    assert nodes[:, 1:].min() >= 1
    # Uniform on 1 to the number of children: five standard errors of the mean.
    half_width = 5 * n_children / np.sqrt(12 * 2000 * 3)
    assert abs(nodes[:, 1:].mean() - n_children / 2) < half_width
    for draw in (
        lambda: sample_occurrences(star(n_children + 1), "star3", 1, generator_of(4)),
        lambda: sample_positions(star(n_children + 1), 1, 4),
    ):
        with pytest.raises(CountOverflowError, match="does not fit 64 bits"):
            draw()


def rows_of(pairs: Pairs) -> np.ndarray:
    return np.stack([getattr(pairs, field.name) for field in fields(Pairs)], axis=1)


def test_the_same_seed_gives_the_same_rows() -> None:
    graph = law_world(0).graph
    one, same, other = (rows_of(sample_positions(graph, 50, seed)) for seed in (8, 8, 9))
    assert np.array_equal(one, same)
    assert one.shape == other.shape == (25 * 50, 6)
    for code in range(len(TOPOLOGIES)):
        own = one[:, 0] == code
        assert not np.array_equal(one[own], other[own])


def test_rows_are_the_positions_of_draws_with_a_generator_per_topology() -> None:
    graph, n_draws = law_world(1).graph, 40
    pairs = sample_positions(graph, n_draws, 5)
    types = [getattr(pairs, field.name).dtype for field in fields(Pairs)]
    assert types == [np.int8, np.int8, np.int32, np.int32, np.int32, np.int32]
    expected = []
    for code, (name, topology) in enumerate(TOPOLOGIES.items()):
        generator = generator_of(derive_seed(5, f"similarity.pairs/{name}"))
        nodes = sample_occurrences(graph, name, n_draws, generator).tolist()
        for place, position in enumerate(topology.positions):
            for draw, chosen in enumerate(nodes):
                first, second = chosen[position.first], chosen[position.second]
                top = -1 if name == "pair" else chosen[0]
                expected.append([code, place, draw, first, second, top])
    assert rows_of(pairs).tolist() == expected


def test_no_topology_shifts_another(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = law_world(2).graph
    everything = rows_of(sample_positions(graph, 30, 6))
    code = list(TOPOLOGIES).index("uncle")
    monkeypatch.setattr(sampling, "TOPOLOGIES", {"uncle": TOPOLOGIES["uncle"]})
    alone = rows_of(sample_positions(graph, 30, 6))
    assert alone.shape == (6 * 30, 6)
    assert np.array_equal(alone[:, 1:], everything[everything[:, 0] == code][:, 1:])


def test_a_topology_that_does_not_occur_has_no_rows() -> None:
    # A line of three: no siblings, and nothing with four nodes.
    pairs = sample_positions(chain(3), 20, 1)
    names = [list(TOPOLOGIES)[code] for code in np.unique(pairs.topology)]
    assert names == ["pair", "edge", "chain3"]
    assert pairs.first.size == (1 + 1 + 3) * 20


@pytest.mark.parametrize(("n_nodes", "n_draws", "n_rows"), [(0, 5, 0), (1, 5, 0), (3, 5, 5)])
def test_graphs_without_edges(n_nodes: int, n_draws: int, n_rows: int) -> None:
    pairs = sample_positions(graph_of([], n_nodes), n_draws, 1)
    assert rows_of(pairs).shape == (n_rows, 6)
    assert np.all(pairs.first != pairs.second)
    for name, topology in TOPOLOGIES.items():
        nodes = sample_occurrences(graph_of([], n_nodes), name, n_draws, generator_of(1))
        n_expected = n_rows if name == "pair" else 0
        assert nodes.shape == (n_expected, len(topology.nodes))
        assert nodes.dtype == np.int32


def test_no_draws_give_no_rows() -> None:
    graph = law_world(3).graph
    assert rows_of(sample_positions(graph, 0, 1)).shape == (0, 6)
    for name, topology in TOPOLOGIES.items():
        assert sample_occurrences(graph, name, 0, generator_of(1)).shape == (
            0,
            len(topology.nodes),
        )


def test_what_cannot_be_drawn_is_refused() -> None:
    for n_draws in (-1, 2**31):
        with pytest.raises(GenealogyError, match="draws cannot be made"):
            sample_occurrences(chain(3), "edge", n_draws, generator_of(1))
        with pytest.raises(GenealogyError, match="draws cannot be made"):
            sample_positions(chain(3), n_draws, 1)
    with pytest.raises(GenealogyError, match="there is no topology 'cousins'"):
        sample_occurrences(chain(3), "cousins", 1, generator_of(1))
