"""``biome derivatives``: children and descendants of a model."""

from __future__ import annotations

import json

import duckdb
import networkx as nx
import pytest


@pytest.fixture(scope="session")
def graph(pristine) -> nx.DiGraph:
    """All pairs that are in some graph, with their relations."""
    made = nx.DiGraph()
    with duckdb.connect(str(pristine / "biome.duckdb"), read_only=True) as connection:
        rows = connection.execute(
            "SELECT parent_id, child_id, relation FROM genealogy.edges WHERE NOT is_excluded"
        ).fetchall()
    for parent, child, relation in rows:
        made.add_edge(parent, child)
        made[parent][child].setdefault("relations", set()).add(relation)
    return made


@pytest.fixture(scope="session")
def downloads(pristine) -> dict[str, int | None]:
    """Downloads of each model."""
    with duckdb.connect(str(pristine / "biome.duckdb"), read_only=True) as connection:
        return dict(connection.execute("SELECT model_id, downloads FROM hub.models").fetchall())


def rows_of(biome, *words) -> list[dict]:
    code, out, err = biome("derivatives", *words, "--format", "json", "--limit", 0)
    assert code == 0, err
    return [json.loads(line) for line in out.splitlines()]


def in_order(names: list[str], downloads: dict[str, int | None]) -> list[str]:
    def place(name: str) -> tuple[bool, int, bytes]:
        known = downloads[name]
        return (known is None, -(known or 0), name.encode())

    return sorted(names, key=place)


def test_children_have_relation_and_downloads(biome, pristine, graph, downloads):
    for model in [name for name in graph if graph.out_degree(name)][:12]:
        rows = rows_of(biome, model, "--data", pristine)
        assert [row["model_id"] for row in rows] == in_order(list(graph[model]), downloads)
        for row in rows:
            assert row["downloads"] == downloads[row["model_id"]]
            assert row["relation"] == ", ".join(sorted(graph[model][row["model_id"]]["relations"]))
            assert row["distance"] == 1


def test_descendants_have_their_shortest_distance(biome, pristine, graph, downloads):
    deepest = max(graph, key=lambda name: (len(nx.descendants(graph, name)), name))
    distance = nx.single_source_shortest_path_length(graph, deepest)
    rows = rows_of(biome, deepest, "--all", "--data", pristine)
    found = {row["model_id"]: row["distance"] for row in rows}
    assert max(found.values()) > 1
    assert found == {name: far for name, far in distance.items() if far}
    assert [row["model_id"] for row in rows] == in_order(list(found), downloads)
    for row in rows:
        nearer = [
            parent
            for parent in graph.predecessors(row["model_id"])
            if distance.get(parent) == row["distance"] - 1
        ]
        words = set().union(*(graph[parent][row["model_id"]]["relations"] for parent in nearer))
        assert row["relation"] == ", ".join(sorted(words))


def test_the_limit_says_how_much_is_shown(biome, pristine, graph):
    model = max(graph, key=lambda name: (graph.out_degree(name), name))
    code, out, err = biome("derivatives", model, "--limit", 2, "--data", pristine)
    assert code == 0
    assert len(out.splitlines()) == 3
    assert f"{graph.out_degree(model):,} rows, the first 2 shown" in err


def test_a_model_without_children_has_no_rows(biome, pristine, graph):
    leaf = next(name for name in graph if not graph.out_degree(name))
    code, _, err = biome("derivatives", leaf, "--data", pristine)
    assert code == 0
    assert "no rows" in err
    for words in ((), ("--all",)):
        assert rows_of(biome, leaf, *words, "--data", pristine) == []


@pytest.mark.parametrize(
    ("words", "word"),
    [
        (["nobody/nothing"], "nobody/nothing"),
        (["\x1b[2J"], "there is no such model"),
        (["a/b", "--snapshot", "2020-01-01"], "2025-06-30"),
    ],
    ids=repr,
)
def test_what_is_not_there_is_one_line(biome, pristine, words, word):
    code, out, err = biome("derivatives", *words, "--data", pristine)
    assert (code, out) == (1, "")
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert "\x1b" not in err
    assert word in err
