"""A family that is picked out of the tables is whole, and nothing of another is in it."""

from __future__ import annotations

import pytest

from biome_pipeline.errors import ModelNotFoundError
from biome_pipeline.genealogy.selection import largest_trees, tree_around, tree_of
from biome_pipeline.warehouse.engine import open_engine
from biome_pipeline_tests.reference import descent
from biome_pipeline_tests.worlds.chain import HUBS, KEY, chain_of, settings

DRAWN = [name for name in HUBS if name.startswith("seeds")]
TABLES = ("hub.models", "genealogy.families", "genealogy.members", "genealogy.edges")


@pytest.fixture(scope="module")
def engine():
    with open_engine(settings()) as engine:
        yield engine


def tables_of(engine, name: str) -> list:
    return [engine.memory_table(chain_of(name).tables[table]) for table in TABLES]


def largest(engine, name: str, *, graph: str, n: int, max_models: int = 10**6) -> list:
    _, families, members, edges = tables_of(engine, name)
    return largest_trees(
        engine, families, members, edges, graph=graph, n=n, max_models=max_models, snapshot=KEY
    )


def assert_whole(name: str, graph: str, tree) -> None:
    """Compare a picked family with the definitions' members and edges."""
    chain = chain_of(name)
    placed = {
        row["model_id"]: row
        for row in descent.members(chain.descents, chain.people)
        if (row["graph"], row["family_id"]) == (graph, tree.family_id)
    }
    assert list(tree.ids) == sorted(placed), name
    assert {row["root_id"] for row in placed.values()} == {tree.root_id}, name
    generations = [placed[model_id]["generation"] for model_id in tree.ids]
    assert tree.generation.tolist() == generations, name
    found = {
        (tree.ids[parent], tree.ids[child], relation)
        for parent, child, relation in zip(tree.parent, tree.child, tree.relation, strict=True)
    }
    assert found == {
        (edge["parent_id"], edge["child_id"], edge["relation"])
        for edge in chain.descents
        if not edge["is_excluded"]
        and edge["relation"] in descent.GRAPHS[graph]
        and edge["child_id"] in placed
    }, name
    assert (tree.graph, tree.snapshot) == (graph, KEY)


@pytest.mark.parametrize("graph", descent.GRAPHS)
def test_the_largest_families_are_whole_and_in_order(engine, graph: str) -> None:
    for name in (DRAWN[1], DRAWN[2], DRAWN[-1]):
        trees = largest(engine, name, graph=graph, n=4)
        families = chain_of(name).rows("genealogy.families")
        n_families = sum(row["graph"] == graph for row in families)
        assert [tree.family_id for tree in trees] == list(range(1, min(4, n_families) + 1)), name
        for tree in trees:
            assert_whole(name, graph, tree)


def test_a_hub_without_families_has_no_trees(engine) -> None:
    assert chain_of(DRAWN[0]).tables["genealogy.members"].num_rows == 0
    assert largest(engine, DRAWN[0], graph="all", n=4) == []


def test_families_beyond_the_limit_are_left_out(engine) -> None:
    name = DRAWN[-1]
    sizes = [
        r["n_models"] for r in chain_of(name).rows("genealogy.families") if r["graph"] == "all"
    ]
    limit = sorted(sizes, reverse=True)[3] - 1
    trees = largest(engine, name, graph="all", n=3, max_models=limit)
    assert [tree.n_models for tree in trees] == sorted(
        (size for size in sizes if size <= limit), reverse=True
    )[:3]
    for tree in trees:
        assert_whole(name, "all", tree)


def test_the_family_around_a_model_is_its_own(engine) -> None:
    models, _, members, edges = tables_of(engine, "demo")
    placed = [
        row for row in chain_of("demo").rows("genealogy.members") if row["graph"] == "asexual"
    ]
    for row in placed[:: len(placed) // 5]:
        tree = tree_around(
            engine, models, members, edges, model_id=row["model_id"], graph="asexual", snapshot=KEY
        )
        assert tree.family_id == row["family_id"]
        assert_whole("demo", "asexual", tree)


def test_a_family_by_number_is_whole(engine) -> None:
    _, _, members, edges = tables_of(engine, DRAWN[-1])
    tree = tree_of(engine, members, edges, graph="all", family_id=7, snapshot=KEY)
    assert tree.family_id == 7
    assert_whole(DRAWN[-1], "all", tree)


def test_a_model_without_relatives_is_told_from_one_that_is_not_there(engine) -> None:
    models, _, members, edges = tables_of(engine, "demo")
    related = {row["model_id"] for row in chain_of("demo").rows("genealogy.members")}
    ids = [row["model_id"] for row in chain_of("demo").people]
    alone = next(model_id for model_id in ids if model_id not in related)
    lower = {model_id.lower() for model_id in ids}

    def look(model_id: str) -> None:
        tree_around(engine, models, members, edges, model_id=model_id, graph="all", snapshot=KEY)

    with pytest.raises(ModelNotFoundError, match="no relatives in graph all"):
        look(alone)
    with pytest.raises(ModelNotFoundError, match=f"case-sensitive: .*{alone}"):
        look(alone.swapcase())
    assert "nobody/nothing" not in lower
    with pytest.raises(ModelNotFoundError, match="find its name with: biome sql"):
        look("nobody/nothing")
