"""Topologies, drawn pairs and vocabularies of whole Hubs are those of the definition."""

from __future__ import annotations

from collections import Counter, defaultdict
from math import comb
from typing import TYPE_CHECKING, Any

import networkx as nx
import pytest

from biome_pipeline.similarity.tables import pairs
from biome_pipeline_tests.reference import topologies as naive
from biome_pipeline_tests.reference.genealogy import digraph
from biome_pipeline_tests.reference.rows import assert_same_rows
from biome_pipeline_tests.reference.similarity import KINDS, children_of, edges_of, texts_of
from biome_pipeline_tests.reference.texts import vocabulary
from biome_pipeline_tests.worlds.chain import (
    HUBS,
    WITH_CARDS,
    Chain,
    drawn_chain_of,
    settings,
    similar_chain_of,
)

if TYPE_CHECKING:
    from biome_pipeline.warehouse.engine import Engine

Row = dict[str, Any]

GRAPHS = ("finetune", "asexual", "all")
SMALL = [name for name in HUBS if name.startswith("seeds") and len(set(name.split()[1::2])) == 1]
# Positions in which the two are compared, as published; u-x of an uncle is ours.
POSITIONS = {
    "pair": ["random"],
    "edge": ["u-v"],
    "siblings": ["u-v", "v-w"],
    "chain3": ["u-w", "v-w", "u-v"],
    "star3": ["u-v", "v-w"],
    "fork": ["u-w", "v-w", "u-v", "w-x"],
    "uncle": ["u-w", "w-x", "v-w", "u-v", "v-x", "u-x"],
    "chain4": ["t-w", "u-w", "t-v", "v-w", "u-v", "t-u"],
}


def counts_of(chain: Chain) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for row in chain.rows("similarity.topologies"):
        assert row["topology"] not in found[row["graph"]]
        found[row["graph"]][row["topology"]] = row["occurrences"]
    return found


@pytest.mark.parametrize("name", HUBS)
def test_topologies_are_counted_as_by_definition(name: str) -> None:
    chain = drawn_chain_of(name)
    found = counts_of(chain)
    assert set(found) == set(GRAPHS)
    node = {model["model_id"]: model["node"] for model in chain.people}
    for graph in GRAPHS:
        edges = edges_of(chain.descents, graph)
        own = children_of(edges)
        n = len(chain.people)
        degree = {model_id: len(own.get(model_id, [])) for model_id in node}
        n_parents = Counter(child for _, child in edges)
        expected = {
            "pair": n * (n - 1) // 2,
            "edge": len(edges),
            "siblings": sum(comb(d, 2) for d in degree.values()),
            "chain3": sum(degree[child] for _, child in edges),
            "star3": sum(comb(d, 3) for d in degree.values()),
            "fork": sum(comb(degree[child], 2) for _, child in edges),
            "chain4": sum(n_parents[parent] * degree[child] for parent, child in edges),
        }
        if name in SMALL:
            world = digraph(n, sorted((node[u], node[v]) for u, v in edges))
            by_trial = {
                topology: naive.count_occurrences(world, topology) for topology in naive.NODES
            }
            assert found[graph] == by_trial, graph
        assert expected.items() <= found[graph].items(), graph
        assert found[graph].keys() == POSITIONS.keys(), graph


def test_hubs_have_every_topology_and_lack_some() -> None:
    counts = [counts_of(drawn_chain_of(name))[graph] for name in HUBS for graph in GRAPHS]
    for topology in POSITIONS:
        assert max(own[topology] for own in counts) > 0, topology
        if topology != "pair":
            assert min(own[topology] for own in counts) == 0, topology


def steps(topology: str, position: str) -> tuple[int | None, int | None]:
    """Give the generation gap and the distance of a position, in the form itself."""
    if position == "random":
        return None, None
    form, one, other = naive.shape_graph(topology), position[0], position[-1]
    top = min(form)
    down = nx.single_source_shortest_path_length(form, top)
    assert set(down) == set(form)
    distance = nx.shortest_path_length(form.to_undirected(), one, other)
    return abs(down[other] - down[one]), distance


@pytest.mark.parametrize("name", HUBS)
def test_pairs_are_where_they_are_said_to_be(name: str) -> None:
    chain = drawn_chain_of(name)
    ids = {model["node"]: model["model_id"] for model in chain.people}
    edges = {graph: edges_of(chain.descents, graph) for graph in GRAPHS}
    occurrences: dict[tuple[str, str, int], dict[str, str]] = defaultdict(dict)
    tops: dict[tuple[str, str, int], set[str | None]] = defaultdict(set)
    drawn: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for row in chain.rows("similarity.pairs"):
        topology, position, at = row["topology"], row["position"], (row["graph"], row["topology"])
        assert ids[row["first_node"]] == row["first_id"]
        assert ids[row["second_node"]] == row["second_id"]
        assert (row["generation_gap"], row["distance"]) == steps(topology, position), row
        drawn[at][position] += 1
        place, names = (*at, row["draw"]), [*("uv" if position == "random" else position[::2])]
        tops[place].add(None if row["top_node"] is None else ids[row["top_node"]])
        # All positions of one draw are of one occurrence: a name is one model.
        for letter, model_id in zip(names, (row["first_id"], row["second_id"]), strict=True):
            assert occurrences[place].setdefault(letter, model_id) == model_id, row
    for (graph, topology, draw), nodes in occurrences.items():
        assert len(set(nodes.values())) == len(nodes), (graph, topology, draw, nodes)
        # The third child of star3 stands in no position.
        form = [pair for pair in naive.SHAPES.get(topology, ()) if set(pair) <= set(nodes)]
        assert len(form) >= len(naive.SHAPES.get(topology, ())) - (topology == "star3")
        for upper, lower in map(tuple, form):
            assert (nodes[upper], nodes[lower]) in edges[graph], (graph, topology, draw, nodes)
        top = None if topology == "pair" else nodes[min(nodes)]
        assert tops[graph, topology, draw] == {top}, (graph, topology, draw)
    n_draws = settings().similarity_draws
    counts = counts_of(chain)
    for graph in GRAPHS:
        for topology, positions in POSITIONS.items():
            expected = dict.fromkeys(positions, n_draws) if counts[graph][topology] else {}
            assert drawn[graph, topology] == expected, (graph, topology)
            if expected:
                numbers = {draw for g, t, draw in occurrences if (g, t) == (graph, topology)}
                assert numbers == set(range(n_draws))


def test_pairs_depend_on_the_seed_alone(engine: Engine) -> None:
    chain = drawn_chain_of("demo")
    edges = engine.memory_table(chain.tables["genealogy.edges"])
    models = engine.memory_table(chain.tables["hub.models"])
    rows = chain.tables["similarity.pairs"]
    again = pairs(engine, edges, models, settings())
    assert again.to_pylist() == rows.drop_columns("snapshot").select(again.column_names).to_pylist()
    other = pairs(engine, edges, models, settings().model_copy(update={"seed": 2}))
    assert other.num_rows == again.num_rows
    # Another seed draws another sequence at every position, and so does another graph.
    mine, others = by_position(again.to_pylist()), by_position(other.to_pylist())
    assert mine.keys() == others.keys()
    for place, own in mine.items():
        assert own != others[place], place
    assert len({tuple(mine[graph, "pair", "random"]) for graph in GRAPHS}) == len(GRAPHS)


def by_position(rows: list[Row]) -> dict[tuple[str, str, str], list[tuple[str, str]]]:
    found = defaultdict(list)
    for row in rows:
        place = (row["graph"], row["topology"], row["position"])
        found[place].append((row["first_id"], row["second_id"]))
    return found


@pytest.mark.parametrize("name", [*SMALL, "demo"])
def test_vocabularies_are_those_of_all_texts_of_a_kind(name: str) -> None:
    chain = similar_chain_of(name)
    expected = []
    for kind in KINDS:
        texts = list(texts_of(kind, chain).values())
        expected += [
            {
                "text": kind[0],
                "ablation": kind[1],
                "place": place,
                "term": term,
                "occurrences": count,
                "document_frequency": frequency,
                "n_documents": len(texts),
                "is_sampled": False,
            }
            for place, (term, count, frequency) in enumerate(vocabulary(texts, 512))
        ]
    found = chain.rows("similarity.vocabulary")
    assert_same_rows(found, expected, ["text", "ablation", "place"], name)
    assert ("card" in {row["text"] for row in found}) == (name in WITH_CARDS)
