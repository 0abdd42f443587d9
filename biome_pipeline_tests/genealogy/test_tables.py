"""Members, families, fertility, growth and creations are those of the definition."""

from __future__ import annotations

from collections import Counter

import pytest

from biome_pipeline_tests.reference import descent
from biome_pipeline_tests.reference.rows import assert_same_rows
from biome_pipeline_tests.worlds.chain import HUBS, chain_of, demo_truth, settings

DRAWN = [name for name in HUBS if name.startswith("seeds")]


@pytest.mark.parametrize("name", HUBS)
def test_members_are_those_of_the_definition(name: str) -> None:
    chain = chain_of(name)
    expected = descent.members(chain.descents, chain.people)
    assert_same_rows(chain.rows("genealogy.members"), expected, ["graph", "model_id"], name)


@pytest.mark.parametrize("name", HUBS)
def test_families_are_those_of_the_definition(name: str) -> None:
    chain = chain_of(name)
    expected = descent.families(chain.descents, chain.people)
    assert_same_rows(chain.rows("genealogy.families"), expected, ["graph", "family_id"], name)


@pytest.mark.parametrize("name", HUBS)
def test_growth_is_that_of_the_definition(name: str) -> None:
    chain = chain_of(name)
    expected = descent.growth(chain.descents, chain.people, settings().growth_families)
    key = ["graph", "family_id", "month"]
    assert_same_rows(chain.rows("genealogy.growth"), expected, key, name)


@pytest.mark.parametrize("name", HUBS)
def test_creations_are_those_of_the_definition(name: str) -> None:
    chain = chain_of(name)
    expected = descent.creations(chain.descents, chain.people)
    assert_same_rows(chain.rows("genealogy.creations"), expected, ["month"], name)


@pytest.mark.parametrize("name", HUBS)
def test_each_family_has_one_name_in_all_tables(name: str) -> None:
    chain = chain_of(name)
    placed = Counter(
        (row["graph"], row["family_id"], row["root_id"]) for row in chain.rows("genealogy.members")
    )
    families = chain.rows("genealogy.families")
    measured = {
        (row["graph"], row["family_id"], row["root_id"]): row["n_models"] for row in families
    }
    assert measured == dict(placed), name
    for graph in descent.GRAPHS:
        sizes = [row["n_models"] for row in families if row["graph"] == graph]
        assert sizes == sorted(sizes, reverse=True), f"{name}, {graph}"


def test_the_drawn_hubs_hold_trees_and_merges_of_all_sizes() -> None:
    families = [row for name in DRAWN for row in chain_of(name).rows("genealogy.families")]
    assert {row["is_tree"] for row in families} == {True, False}
    assert {row["n_models"] for row in families} >= {2, 3, 4, 5, 10, 20}
    assert max(row["depth"] for row in families) >= 6
    assert {row["graph"] for row in families} == set(descent.GRAPHS)


def test_the_families_of_the_demo_are_the_planted_ones() -> None:
    rows = chain_of("demo").rows("genealogy.families")
    found = {r["root_id"]: (r["n_models"], r["depth"]) for r in rows if r["graph"] == "all"}
    planted = [row for row in demo_truth().families.to_pylist() if row["n_models"] > 1]
    assert planted
    for row in planted:
        assert found[row["root_id"]] == (row["n_models"], row["depth"]), row
    models = {row["id"]: row for row in demo_truth().models.to_pylist()}
    placed = [r for r in chain_of("demo").rows("genealogy.members") if r["graph"] == "all"]
    known = [row for row in placed if row["model_id"] in models]
    assert len(known) == sum(row["n_models"] for row in planted)
    for row in known:
        model = models[row["model_id"]]
        assert (row["root_id"], row["generation"]) == (model["root_id"], model["generation"]), row
