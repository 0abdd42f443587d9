"""Every row that is no model is rejected for its first reason, and no other row."""

from __future__ import annotations

import pytest

from biome_pipeline_tests.reference import hub as naive
from biome_pipeline_tests.reference.rows import assert_same_rows
from biome_pipeline_tests.worlds.chain import HUBS, SOURCE, chain_of, demo_truth


@pytest.mark.parametrize("name", HUBS)
def test_rejects_are_those_of_the_definition(name: str) -> None:
    chain = chain_of(name)
    expected = naive.rejects(chain.source, SOURCE)
    assert_same_rows(chain.rows("hub.rejects"), expected, ["row_number"], name)


@pytest.mark.parametrize("name", HUBS)
def test_models_and_rejects_together_are_all_rows(name: str) -> None:
    chain = chain_of(name)
    taken = [row["row_number"] for row in chain.rows("hub.models")]
    rejected = [row["row_number"] for row in chain.rows("hub.rejects")]
    assert sorted(taken + rejected) == list(range(len(chain.source))), name


def test_the_drawn_hubs_show_every_reason() -> None:
    drawn = [name for name in HUBS if name.startswith("seeds")]
    reasons = {row["reason"] for name in drawn for row in chain_of(name).rows("hub.rejects")}
    assert reasons == {"missing_id", "malformed_id", "private", "duplicate_id"}


def test_rows_that_the_demo_planted_are_rejected() -> None:
    chain, planted = chain_of("demo"), demo_truth().anomalies
    rejects = chain.rows("hub.rejects")
    hub_ids = {chain.source[r["row_number"]]["_id"] for r in rejects if r["reason"] == "missing_id"}
    assert hub_ids == {case["hub_id"] for case in planted["null_id"]}
    malformed = {row["detail"] for row in rejects if row["reason"] == "malformed_id"}
    assert malformed == {case["id"] for case in planted["malformed_id"]}
    repeated = {row["model_id"] for row in rejects if row["reason"] == "duplicate_id"}
    assert repeated == {case["id"] for case in planted["duplicate_id"]}
    kept = {row["model_id"]: row["last_modified"] for row in chain.rows("hub.models")}
    for row in rejects:
        if row["reason"] == "duplicate_id":
            assert chain.source[row["row_number"]]["lastModified"] < kept[row["model_id"]]
    assert {row["reason"] for row in rejects} == {"missing_id", "malformed_id", "duplicate_id"}
