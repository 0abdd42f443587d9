"""Edges are those of the definition, each with its places, flags and reason."""

from __future__ import annotations

import pytest

from biome_pipeline.warehouse.tables.genealogy import EDGES
from biome_pipeline_tests.reference.rows import assert_same_rows
from biome_pipeline_tests.worlds.chain import HUBS, chain_of, demo_truth

KEY = ["parent_id", "child_id", "relation"]
DRAWN = [name for name in HUBS if name.startswith("seeds")]
PLACES = {"tag": "tags", "card": "card", "structure": "base_models"}


def by_key(name: str) -> dict[tuple[str, str, str], dict]:
    return {tuple(row[k] for k in KEY): row for row in chain_of(name).rows("genealogy.edges")}


@pytest.mark.parametrize("name", HUBS)
def test_edges_are_those_of_the_definition(name: str) -> None:
    chain = chain_of(name)
    assert_same_rows(chain.rows("genealogy.edges"), chain.descents, KEY, name)
    assert all({"snapshot", *edge} == set(EDGES.columns) for edge in chain.descents)


@pytest.mark.parametrize("name", HUBS)
def test_no_edge_of_a_graph_is_in_a_cycle(name: str) -> None:
    assert chain_of(name).n_edges_in_cycles == 0


def test_the_drawn_hubs_show_every_case() -> None:
    edges = [row for name in DRAWN for row in chain_of(name).rows("genealogy.edges")]
    seen = {name: {str(row[name]) for row in edges} for name in EDGES.columns}
    assert seen["excluded_reason"] == {"None", "malformed", "self_loop", "absent", "cycle"}
    assert seen["relation"] == {"finetune", "adapter", "quantized", "merge", "unspecified"}
    for name in ("is_child_older", "is_relation_contradicted"):
        assert seen[name] == {"True", "False", "None"}, name
    assert seen["is_case_mismatch"] == {"True", "False"}
    renamed = [row for row in edges if row["resolved_from"]]
    assert {row["excluded_reason"] for row in renamed} >= {None, "absent"}
    assert {len(row["declared_by"]) for row in edges} == {1, 2, 3}
    assert any(row["declared_by"] != row["pair_declared_by"] for row in edges)
    assert any(row["unknown_relations"] for row in edges)


def test_every_edge_of_the_demo_is_found_and_no_other_is_kept() -> None:
    found, truth = by_key("demo"), demo_truth()
    planted = {tuple(edge[k] for k in KEY) for edge in truth.edges.to_pylist()}
    assert planted
    odd = set()
    for key in planted:
        assert key in found, key
        assert not found[key]["is_excluded"], found[key]
    for cases in truth.anomalies.values():
        odd |= {(case.get("resolved_to", case.get("parent")), case["id"]) for case in cases}
    surplus = {key[:2] for key, row in found.items() if not row["is_excluded"]} - odd
    assert surplus == {key[:2] for key in planted}


EDGE_ANOMALIES = sorted(
    name for name, cases in demo_truth().anomalies.items() if cases and "parent" in cases[0]
)


@pytest.mark.parametrize("anomaly", EDGE_ANOMALIES)
def test_edges_that_the_demo_planted_end_as_expected(anomaly: str) -> None:
    found = by_key("demo")
    for case in demo_truth().anomalies[anomaly]:
        is_known = case.get("is_relation_known", True)
        relation = case["relation"] if case["relation"] and is_known else "unspecified"
        parent = case.get("resolved_to", case["parent"])
        row = found[parent, case["id"], relation]
        expected = None if case["expected"] == "kept" else case["expected"]
        assert row["excluded_reason"] == expected, case
        assert row["is_excluded"] == (expected is not None), case
        assert row["resolved_from"] == (case["parent"] if "resolved_to" in case else None), case
        assert row["is_case_mismatch"] == ("matches_without_case" in case), case
        assert row["unknown_relations"] == ([] if is_known else [case["relation"]]), case
        if "is_child_older" in case:
            assert bool(row["is_child_older"]) == case["is_child_older"], case
        if "files_say" in case:
            assert row["is_relation_contradicted"], case
        if "declared_by" in case:
            places = sorted(PLACES[place] for place in case["declared_by"])
            assert row["declared_by"] == places, case
