"""``biome models``: by size, date and completeness."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json

import duckdb
import pytest


@pytest.fixture(scope="session")
def people(pristine) -> list[dict]:
    """All models of the snapshot, in the order that is promised."""
    with duckdb.connect(str(pristine / "biome.duckdb"), read_only=True) as connection:
        rows = connection.execute("SELECT * FROM hub.models").to_arrow_table().to_pylist()
    return sorted(
        rows,
        key=lambda row: (
            row["downloads"] is None,
            -(row["downloads"] or 0),
            row["model_id"].encode(),
        ),
    )


def ids_of(biome, *words) -> list[str]:
    code, out, err = biome("models", *words, "--format", "json", "--limit", 0)
    assert code == 0, err
    return [json.loads(line)["model_id"] for line in out.splitlines()]


def is_born_after(row: dict, day: dt.datetime) -> bool:
    born = row["created_at"]
    return born is not None and born >= day and not row["is_created_at_backfilled"]


@pytest.mark.parametrize(
    ("words", "is_wanted"),
    [
        ([], lambda row: True),
        (
            ["--size", 1, 8],
            lambda row: row["parameters"] is not None and 1e9 <= row["parameters"] <= 8e9,
        ),
        (
            ["--has", "license", "--has", "languages"],
            lambda row: row["license"] and row["languages"],
        ),
        (
            ["--created-after", "2025-01-15"],
            lambda row: is_born_after(row, dt.datetime(2025, 1, 15)),
        ),
        (
            ["--created-after", "2022-01-01"],
            lambda row: is_born_after(row, dt.datetime(2022, 1, 1)),
        ),
        (
            ["--size", 0, 3, "--has", "datasets", "--created-after", "2024-01-01"],
            lambda row: (
                row["parameters"] is not None
                and row["parameters"] <= 3e9
                and row["datasets"]
                and is_born_after(row, dt.datetime(2024, 1, 1))
            ),
        ),
    ],
    ids=lambda value: " ".join(map(str, value)) or "none" if isinstance(value, list) else "",
)
def test_conditions_hold_together(biome, pristine, people, words, is_wanted):
    expected = [row["model_id"] for row in people if is_wanted(row)]
    assert expected
    assert ids_of(biome, *words, "--data", pristine) == expected


def test_both_ends_of_the_size_are_included(biome, pristine, people):
    sized = next(row for row in people if row["parameters"])
    at = repr(sized["parameters"] / 1e9)
    assert sized["model_id"] in ids_of(biome, "--size", at, at, "--data", pristine)


def test_formats_and_limit(biome, pristine, people):
    code, out, err = biome("models", "--limit", 3, "--format", "csv", "--data", pristine)
    assert code == 0
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [row["model_id"] for row in rows] == [row["model_id"] for row in people[:3]]
    assert f"{len(people):,} rows, the first 3 shown" in err
    code, out, _ = biome("models", "--limit", 3, "--data", pristine)
    assert code == 0
    assert len(out.splitlines()) == 4


@pytest.mark.parametrize(
    "words",
    [
        ["--size", "9", "1"],
        ["--size", "-1", "1"],
        ["--size", "x", "1"],
        ["--has", "fame"],
        ["--created-after", "yesterday"],
        ["--limit", "-1"],
    ],
    ids=" ".join,
)
def test_a_wrong_call_says_where_to_look(biome, pristine, words):
    code, out, err = biome("models", *words, "--data", pristine)
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert "biome models --help" in err


def test_an_empty_folder_says_what_to_do(biome, tmp_path):
    for words in (["models"], ["derivatives", "a/b"]):
        code, _, err = biome(*words, "--data", tmp_path)
        assert code == 1
        assert "biome run" in err
