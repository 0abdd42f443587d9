"""Topologies are counted exactly, and their positions are what the names say."""

from __future__ import annotations

from math import comb

import networkx as nx
import numpy as np
import pytest

from biome_pipeline.errors import CountOverflowError, GenealogyError
from biome_pipeline.genealogy.graphs import Graph
from biome_pipeline.similarity import topologies
from biome_pipeline.similarity.topologies import (
    TOPOLOGIES,
    count_occurrences,
    occurrence_weights,
)
from biome_pipeline_tests.reference import topologies as naive
from biome_pipeline_tests.reference.genealogy import digraph
from biome_pipeline_tests.worlds.graphs import (
    SEEDS,
    World,
    chain,
    draw_world,
    draw_woven_world,
)

LARGEST = 2**63 - 1

# Names, generation gaps and distances as published, in the published order.
TABLE = {
    "pair": [("random", None, None)],
    "edge": [("u-v", 1, 1)],
    "siblings": [("u-v", 1, 1), ("v-w", 0, 2)],
    "chain3": [("u-w", 2, 2), ("v-w", 1, 1), ("u-v", 1, 1)],
    "star3": [("u-v", 1, 1), ("v-w", 0, 2)],
    "fork": [("u-w", 2, 2), ("v-w", 1, 1), ("u-v", 1, 1), ("w-x", 0, 2)],
    "uncle": [
        ("u-w", 2, 2),
        ("w-x", 1, 3),
        ("v-w", 1, 1),
        ("u-v", 1, 1),
        ("v-x", 0, 2),
        ("u-x", 1, 1),
    ],
    "chain4": [
        ("t-w", 3, 3),
        ("u-w", 2, 2),
        ("t-v", 2, 2),
        ("v-w", 1, 1),
        ("u-v", 1, 1),
        ("t-u", 1, 1),
    ],
}


def star(n_children: int) -> Graph:
    """Make a node with children, without the cost of sorting pairs."""
    child = np.arange(1, n_children + 1, dtype=np.int32)
    return Graph(n_children + 1, np.zeros(n_children, dtype=np.int32), child)


def pretend(graph: Graph, **degrees: list[int]) -> Graph:
    """Give nodes numbers of children or parents that no memory could hold."""
    for name, degree in degrees.items():
        graph.__dict__[name] = np.array(degree, dtype=np.int32)
    return graph


def assert_counted(world: World, place: str) -> None:
    expected = digraph(world.n_nodes, world.pairs)
    found = count_occurrences(world.graph)
    assert list(found) == list(TOPOLOGIES), place
    for topology, number in found.items():
        assert type(number) is int, place
        assert number == naive.count_occurrences(expected, topology), f"{topology}, {place}"


@pytest.mark.parametrize("first", range(0, 300, 50))
def test_counts_are_those_of_trying_every_assignment(first: int) -> None:
    for seed in SEEDS[first : first + 50]:
        assert_counted(draw_world(seed), f"seed {seed}")


def test_counts_where_many_nodes_have_several_parents() -> None:
    for seed in range(12):
        assert_counted(draw_woven_world(seed, n_nodes=24, n_pairs=60), f"seed {seed}")


@pytest.mark.parametrize("n_candidates", [1, 3, 10])
def test_counts_do_not_depend_on_what_is_tried_at_once(
    monkeypatch: pytest.MonkeyPatch, n_candidates: int
) -> None:
    graph = draw_woven_world(3, n_nodes=60, n_pairs=200).graph
    expected = occurrence_weights(graph, "uncle")
    monkeypatch.setattr(topologies, "_CANDIDATES_AT_ONCE", n_candidates)
    assert np.array_equal(occurrence_weights(graph, "uncle"), expected)


@pytest.mark.parametrize(("n_nodes", "n_pairs"), [(0, 0), (1, 0), (2, 1), (5, 10)])
def test_counts_without_edges(n_nodes: int, n_pairs: int) -> None:
    none = np.zeros(0, dtype=np.int32)
    found = count_occurrences(Graph.from_pairs(none, none, n_nodes))
    assert found == dict.fromkeys(TOPOLOGIES, 0) | {"pair": n_pairs}


def test_weights_stand_at_the_node_or_edge_that_carries_them() -> None:
    for seed in range(5):
        world = draw_woven_world(seed, n_nodes=14, n_pairs=26)
        graph, expected = world.graph, digraph(world.n_nodes, world.pairs)
        edges = zip(graph.parent.tolist(), graph.child.tolist(), strict=True)
        place = {edge: number for number, edge in enumerate(edges)}
        # Symmetries of each form: as many assignments are one occurrence.
        for topology, n_alike in [("siblings", 2), ("star3", 6), ("fork", 2), ("uncle", 1)]:
            found = occurrence_weights(graph, topology)
            times = np.zeros(found.size, dtype=np.int64)
            for nodes in naive.assignments(expected, topology):
                at_node = topology in ("siblings", "star3")
                times[nodes["u"] if at_node else place[nodes["u"], nodes["v"]]] += 1
            assert found.dtype == np.int64
            assert np.array_equal(found * n_alike, times), f"{topology}, seed {seed}"


def test_an_uncle_is_not_the_nephew() -> None:
    # 0 -> 1 -> 2 and 0 -> 2: the only other child of 0 is its grandchild too.
    triangle = Graph.from_pairs(np.array([0, 1, 0]), np.array([1, 2, 2]), 4)
    assert count_occurrences(triangle)["uncle"] == 0
    wider = Graph.from_pairs(np.array([0, 1, 0, 0]), np.array([1, 2, 2, 3]), 4)
    assert count_occurrences(wider)["uncle"] == 1


def test_every_parent_counts_in_a_line_of_four() -> None:
    two_lines = Graph.from_pairs(np.array([0, 1, 2, 3]), np.array([2, 2, 3, 4]), 5)
    assert count_occurrences(two_lines)["chain4"] == 2


def test_the_table_of_positions() -> None:
    found = {
        name: [(p.name, p.generation_gap, p.distance) for p in topology.positions]
        for name, topology in TOPOLOGIES.items()
    }
    assert found == TABLE
    assert list(found) == list(TABLE)
    assert [topology.name for topology in TOPOLOGIES.values()] == list(TABLE)


@pytest.mark.parametrize("name", [name for name in TABLE if name != "pair"])
def test_gaps_and_distances_are_those_of_the_form(name: str) -> None:
    topology, shape = TOPOLOGIES[name], naive.shape_graph(name)
    assert "".join(topology.nodes) == naive.NODES[name]
    top = topology.nodes[0]
    assert nx.descendants(shape, top) == set(topology.nodes) - {top}
    generation = nx.single_source_shortest_path_length(shape, top)
    for position in topology.positions:
        first, second = topology.nodes[position.first], topology.nodes[position.second]
        assert position.name == f"{first}-{second}"
        assert position.generation_gap == abs(generation[first] - generation[second])
        distance = nx.shortest_path_length(shape.to_undirected(), first, second)
        assert position.distance == distance
        assert not nx.has_path(shape, second, first)  # the ancestor comes first


def test_the_pair_is_two_nodes_in_any_order() -> None:
    (position,) = TOPOLOGIES["pair"].positions
    assert (position.first, position.second, TOPOLOGIES["pair"].nodes) == (0, 1, ("u", "v"))


def test_a_star_just_below_and_just_above_what_64_bits_hold() -> None:
    # C(3,810,779, 3) is the largest such number; its d (d - 1) (d - 2) has 66 bits.
    n_children = 3_810_779
    assert comb(n_children, 3) <= LARGEST < comb(n_children + 1, 3)
    found = count_occurrences(star(n_children))
    assert found["star3"] == comb(n_children, 3)
    assert found["siblings"] == comb(n_children, 2)
    assert found["pair"] == comb(n_children + 1, 2)
    assert int(occurrence_weights(star(n_children), "star3")[0]) == comb(n_children, 3)
    for too_many in (n_children + 1, 4_000_000):
        with pytest.raises(CountOverflowError, match=f"{comb(too_many, 3)} does not fit") as caught:
            count_occurrences(star(too_many))
        assert caught.value.place == "topology star3"


@pytest.mark.parametrize("n_stars", [2, 5, 9])
def test_stars_that_overflow_together(n_stars: int) -> None:
    # Each fits, and sums of 64 bits that wrap around would look like counts.
    graph = pretend(chain(n_stars + 1), n_children=[3_800_000] * n_stars + [0])
    total = n_stars * comb(3_800_000, 3)
    with pytest.raises(CountOverflowError, match=f"{total} does not fit"):
        occurrence_weights(graph, "star3")


@pytest.mark.parametrize("n_edges", [3, 4, 5, 9])
@pytest.mark.parametrize("topology", ["fork", "uncle", "chain4"])
def test_edges_that_overflow_together(topology: str, n_edges: int) -> None:
    many = 2**31 - 1
    each = {
        "fork": comb(many, 2),
        "uncle": many * (many - 1),
        "chain4": many * many,
    }[topology]
    for n_present in (1, n_edges):
        graph = pretend(
            chain(n_present + 1),
            n_children=[many] * (n_present + 1),
            **({"n_parents": [many] * (n_present + 1)} if topology == "chain4" else {}),
        )
        total = n_present * each
        if total > LARGEST:
            with pytest.raises(CountOverflowError, match=f"{total} does not fit") as caught:
                occurrence_weights(graph, topology)
            assert caught.value.place == f"topology {topology}"
        else:
            assert occurrence_weights(graph, topology).tolist() == [each] * n_present


def test_the_sum_is_exact_up_to_the_last_unit() -> None:
    numbers = np.array([LARGEST, LARGEST, 2**32 - 1, 1, 0], dtype=np.int64)
    assert topologies._exact_sum(numbers) == 2 * LARGEST + 2**32
    assert topologies._exact_sum(numbers[:0]) == 0


def test_an_unknown_topology_is_refused() -> None:
    with pytest.raises(GenealogyError, match="there is no topology 'cousins'; give one of pair"):
        occurrence_weights(chain(3), "cousins")
