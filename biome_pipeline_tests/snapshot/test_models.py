"""Clean models are those of the definition, in every column."""

from __future__ import annotations

import pytest

from biome_pipeline.warehouse.tables.hub import MODELS
from biome_pipeline_tests.reference.rows import assert_same_rows
from biome_pipeline_tests.worlds.chain import HUBS, chain_of, demo_truth


def models_of(name: str) -> list[dict]:
    """Give the package's models, lists without an order sorted."""
    rows = chain_of(name).rows("hub.models")
    for row in rows:
        row["anomalies"].sort()
        by_dtype = row["dtype_parameters"]
        row["dtype_parameters"] = None if by_dtype is None else dict(by_dtype)
    return rows


@pytest.mark.parametrize("name", HUBS)
def test_models_are_those_of_the_definition(name: str) -> None:
    expected = chain_of(name).people
    assert {"snapshot", *expected[0]} == set(MODELS.columns)
    assert_same_rows(models_of(name), expected, ["model_id"], name)


def test_the_drawn_hubs_show_every_anomaly() -> None:
    drawn = [name for name in HUBS if name.startswith("seeds")]
    found = {word for name in drawn for row in models_of(name) for word in row["anomalies"]}
    counts = ("likes", "downloads", "downloads_all_time", "parameters", "dtype_parameters")
    assert found == {
        *(f"{count}_negative" for count in counts),
        "created_at_implausible",
        "last_modified_implausible",
        "trending_score_not_finite",
        "card_data_not_json",
        "config_not_json",
    }


@pytest.mark.parametrize(
    ("anomaly", "column", "word"),
    [
        ("date_of_year_one", "created_at", "created_at_implausible"),
        ("trending_nan", "trending_score", "trending_score_not_finite"),
        ("negative_downloads", "downloads", "downloads_negative"),
    ],
)
def test_impossible_values_of_the_demo_are_unknown_and_named(
    anomaly: str, column: str, word: str
) -> None:
    found = {row["model_id"]: row for row in models_of("demo")}
    cases = demo_truth().anomalies[anomaly]
    assert cases
    for case in cases:
        assert found[case["id"]][column] is None
        assert found[case["id"]]["anomalies"] == [word]


def test_front_matter_of_the_demo_is_read_one_value_at_a_time() -> None:
    found = {row["model_id"]: row for row in models_of("demo")}
    planted = demo_truth().anomalies
    for case in planted["card_data_invalid_json"]:
        assert found[case["id"]]["anomalies"] == ["card_data_not_json"]
    for case in planted["card_data_odd_values"]:
        licenses = ["mit", "apache-2.0"] if case["expected"] == "license_is_list" else ["mit"]
        assert found[case["id"]]["licenses"] == licenses, case["expected"]
        assert found[case["id"]]["anomalies"] == []
    for case in planted["language_lookalike"]:
        assert found[case["id"]]["languages"] == sorted(case["languages"])
    for case in planted["control_characters_in_tag"]:
        assert case["tag"] in found[case["id"]]["tags"]
    for case in planted["ids_differ_in_case"]:
        assert {case["parent"], case["other_id"]} <= set(found)
