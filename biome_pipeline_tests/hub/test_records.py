"""Every record is one row, whatever is in it; what is odd is NULL and named."""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from biome_pipeline.hub import records
from biome_pipeline.hub.records import RECORD_SCHEMA, records_of, write_records
from biome_pipeline_tests.hubserver.records import OPTIONS, record
from biome_pipeline_tests.hubserver.world import drawn_models

EXAMPLES = settings(max_examples=200, deadline=None, derandomize=True, database=None)
FIELDS = [name for name in RECORD_SCHEMA.names if name not in {"anomalies", "baseModels"}]


def written(folder: Path, *bodies: bytes) -> list[dict[str, Any]]:
    """Write pages and read the file anew, every page of it."""
    path = folder / "records.parquet"
    n_rows = write_records(bodies, path)
    table = pq.read_table(path)
    table.validate(full=True)
    assert table.schema.equals(RECORD_SCHEMA)
    assert n_rows == table.num_rows
    return table.to_pylist(maps_as_pydicts="strict")


def row_of(folder: Path, text: str | bytes) -> dict[str, Any]:
    """Give the row of one record between two good ones."""
    raw = text.encode() if isinstance(text, str) else text
    rows = written(folder, b'[{"id": "org/before"}, ' + raw + b', {"id": "org/after"}]')
    assert [rows[0]["id"], rows[2]["id"]] == ["org/before", "org/after"]
    assert rows[0]["anomalies"] == rows[2]["anomalies"] == []
    return rows[1]


# What is as it should be


def test_a_drawn_world_comes_through_unchanged(tmp_path: Path) -> None:
    shown = [record(model, OPTIONS) for model in drawn_models(500, seed=5)]
    pages = [json.dumps(shown[i : i + 70]).encode() for i in range(0, 500, 70)]
    rows = written(tmp_path, *pages)
    assert len(rows) == 500
    for row, seen in zip(rows, shown, strict=True):
        assert row["anomalies"] == []
        for name in ("_id", "id", "likes", "downloads", "trendingScore", "tags", "siblings", "sha"):
            assert row[name] == seen[name]
        for name in ("author", "pipeline_tag", "library_name", "private"):
            assert row[name] == seen.get(name)
        for name in ("cardData", "config"):
            assert (row[name] and json.loads(row[name])) == seen.get(name)
        assert row["gated"] == (str(seen["gated"]).lower())
        assert f"{row['createdAt'].isoformat(timespec='milliseconds')}Z" == seen["createdAt"]
        assert row["safetensors"] == seen["safetensors"]
        assert row["baseModels"] is None


def test_groups_of_rows_do_not_depend_on_pages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "_ROWS_PER_GROUP", 10)
    pages = [json.dumps([{"id": f"org/{i}-{j}"} for j in range(i)]).encode() for i in range(9)]
    rows = written(tmp_path, *pages)
    assert [row["id"] for row in rows] == [f"org/{i}-{j}" for i in range(9) for j in range(i)]
    assert pq.ParquetFile(tmp_path / "records.parquet").num_row_groups == 3


def test_no_page_and_no_record_make_a_file_without_rows(tmp_path: Path) -> None:
    assert written(tmp_path) == []
    assert written(tmp_path, b"[]", b" [ ] ") == []


@pytest.mark.parametrize("body", [b"", b"{}", b"3", b"null", b"[", b"[1,]", b'[{"id": "a"}', b"<"])
def test_what_is_no_array_is_an_error(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        records_of(body)


# What is not: the value, the anomaly

ODD: Sequence[tuple[str, str, str | None]] = [
    ("_id", "5", "hub_id_not_text"),
    ("author", '["a"]', "author_not_text"),
    ("pipeline_tag", r'"half \ud83d"', "pipeline_tag_not_text"),
    ("library_name", r'"\udc00"', "library_name_not_text"),
    ("createdAt", '"yesterday"', "created_at_not_timestamp"),
    ("createdAt", "1700000000", "created_at_not_timestamp"),
    ("createdAt", '"2024-02-30T00:00:00.000Z"', "created_at_not_timestamp"),
    ("createdAt", '"0000-01-01T00:00:00.000Z"', "created_at_not_timestamp"),
    ("createdAt", '"0001-01-01T00:00:00+14:00"', "created_at_not_timestamp"),
    ("lastModified", '"9999-12-31T23:59:59-10:00"', "last_modified_not_timestamp"),
    ("lastModified", '"99999-01-01T00:00:00Z"', "last_modified_not_timestamp"),
    ("lastModified", '""', "last_modified_not_timestamp"),
    ("likes", '"12"', "likes_not_integer"),
    ("likes", "true", "likes_not_integer"),
    ("likes", "1.5", "likes_not_integer"),
    ("likes", "NaN", "likes_not_integer"),
    ("downloads", "18446744073709551617", "downloads_not_integer"),
    ("downloads", "9223372036854775808", "downloads_not_integer"),
    ("downloads", "-9223372036854775809", "downloads_not_integer"),
    ("downloads", "1" * 5_000, "downloads_not_integer"),
    ("downloadsAllTime", "1e400", "downloads_all_time_not_integer"),
    ("trendingScore", '"3"', "trending_score_not_number"),
    ("trendingScore", "false", "trending_score_not_number"),
    ("trendingScore", "1" * 400, "trending_score_not_number"),
    ("tags", '"a"', "tags_not_texts"),
    ("tags", '["a", 1]', "tags_not_texts"),
    ("tags", '["a", null]', "tags_not_texts"),
    ("tags", r'["\ud800"]', "tags_not_texts"),
    ("siblings", "{}", "siblings_not_files"),
    ("siblings", '["README.md"]', "siblings_not_files"),
    ("siblings", '[{"rfilename": 1}]', "siblings_not_files"),
    ("siblings", '[{"path": "a"}]', "siblings_not_files"),
    ("siblings", '[{"rfilename": "a", "rfilename": "b"}]', "siblings_not_files"),
    ("safetensors", "[]", "parameters_not_counts"),
    ("safetensors", '{"parameters": [1]}', "parameters_not_counts"),
    ("safetensors", '{"parameters": {"F32": "7"}, "total": 7}', "parameters_not_counts"),
    ("safetensors", '{"parameters": {"F32": true}}', "parameters_not_counts"),
    ("safetensors", '{"parameters": {"F32": 18446744073709551617}}', "parameters_not_counts"),
    ("safetensors", '{"parameters": {"F32": 1, "F32": 2}}', "parameters_not_counts"),
    ("safetensors", '{"parameters": {"F32": 1}, "total": NaN}', "parameters_not_counts"),
    ("gated", "7", "gated_not_text"),
    ("private", '"true"', "is_private_not_boolean"),
    ("private", "0", "is_private_not_boolean"),
    ("sha", "{}", "sha_not_text"),
    ("config", '{"a": 1, "a": 2}', "config_not_json"),
    ("cardData", '[{"x": {"a": 1, "a": 2}}]', "card_data_not_json"),
    ("config", "[" * 10_000 + "]" * 10_000, "config_not_json"),
    ("gguf", '{"a":' * 10_000 + "1" + "}" * 10_000, "gguf_not_json"),
    ("tags", "[" * 10_000 + "]" * 10_000, "tags_not_texts"),
    ("unknown", "[" * 100_000 + "]" * 100_000, None),
    ("unknown", "1" * 100_000, None),
]


@pytest.mark.parametrize(("name", "value", "anomaly"), ODD, ids=lambda part: str(part)[:30])
def test_an_odd_value_is_null_and_named_and_costs_nothing_else(
    tmp_path: Path, name: str, value: str, anomaly: str | None
) -> None:
    row = row_of(tmp_path, f'{{"id": "org/odd", "{name}": {value}, "x": "]}}", "pipeline": 1}}')
    known = {"id": "org/odd", "anomalies": [anomaly] if anomaly else []}
    assert row == dict.fromkeys(RECORD_SCHEMA.names) | known


@pytest.mark.parametrize("text", ["null", "5", '"a"', "[]", '[{"id": "org/no"}]', "NaN", "true"])
def test_what_is_no_object_is_a_row_all_the_same(tmp_path: Path, text: str) -> None:
    row = row_of(tmp_path, text)
    assert row == dict.fromkeys(RECORD_SCHEMA.names) | {"anomalies": ["record_not_object"]}


@pytest.mark.parametrize("text", ["{}", '{"id": null}', '{"ID": "org/a"}'])
def test_a_record_without_an_id_is_a_row(tmp_path: Path, text: str) -> None:
    assert row_of(tmp_path, text) == dict.fromkeys(RECORD_SCHEMA.names) | {"anomalies": []}


def test_a_repeated_key_is_neither_of_its_values(tmp_path: Path) -> None:
    row = row_of(tmp_path, '{"id": "org/a", "likes": 1, "likes": 2, "tags": ["x"]}')
    assert (row["id"], row["likes"], row["tags"]) == ("org/a", None, ["x"])
    assert row["anomalies"] == ["likes_repeated"]
    assert row_of(tmp_path, '{"id": "a/b", "id": "c/d"}')["anomalies"] == ["model_id_repeated"]


def test_bytes_that_are_no_characters_cost_one_field(tmp_path: Path) -> None:
    row = row_of(
        tmp_path, b'{"id": "org/a", "author": "\xff", "config": {"a": "\xe9"}, "likes": 3}'
    )
    assert (row["id"], row["author"], row["likes"]) == ("org/a", None, 3)
    assert row["anomalies"] == ["author_not_text"]


def test_safetensors_without_parameters_keep_their_total(tmp_path: Path) -> None:
    row = row_of(tmp_path, '{"id": "org/a", "safetensors": {"total": 7}}')
    assert row["safetensors"] == {"parameters": None, "total": 7}
    assert row["anomalies"] == ["dtype_parameters_missing"]


def test_what_is_of_the_right_kind_is_left_to_be_judged_later(tmp_path: Path) -> None:
    row = row_of(
        tmp_path,
        '{"trendingScore": -Infinity, "likes": -5, "createdAt": "0001-01-01T00:00:00.000Z",'
        ' "gated": true, "config": {"a": "\\ud83d", "b": "\\ud83d\\ude00"},'
        ' "downloads": 9223372036854775807, "lastModified": "2024-01-01T01:00:00+02:00"}',
    )
    assert row["anomalies"] == []
    assert (row["likes"], row["downloads"]) == (-5, 2**63 - 1)
    assert row["trendingScore"] == -math.inf
    assert row["gated"] == "true"
    assert row["createdAt"] == dt.datetime(1, 1, 1)
    assert row["lastModified"] == dt.datetime(2023, 12, 31, 23)
    assert json.loads(row["config"]) == {"a": "\ud83d", "b": "\U0001f600"}


def test_a_text_that_looks_like_a_bracket_is_no_bracket(tmp_path: Path) -> None:
    odd = '{"id": "org/a", "tags": ["[[[", "\\"]]", "\\\\"], "config": '
    row = row_of(tmp_path, odd + "[" * 5_000 + '"]]"' + "]" * 5_000 + "}")
    assert row["tags"] == ["[[[", '"]]', "\\"]
    assert row["anomalies"] == ["config_not_json"]


# Whatever comes

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(alphabet=st.characters(), max_size=8)
    | st.sampled_from(
        ["2024-01-01T00:00:00.000Z", "0001-01-01", "auto", "\ud800", "\x00", "\u202e"]
    )
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["parameters", "total", "rfilename", "F32", "a", "\udfff"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=6,
)
RECORDS = VALUES | st.dictionaries(st.sampled_from([*FIELDS, "other"]), VALUES, max_size=6)

CHECKS = {
    "likes": lambda value: type(value) is int and abs(value) < 2**63,
    "downloads": lambda value: type(value) is int and abs(value) < 2**63,
    "private": lambda value: type(value) is bool,
    "author": lambda value: (
        type(value) is str and value.encode("utf-8", "ignore").decode() == value
    ),
    "trendingScore": lambda value: type(value) in {int, float},
    "gated": lambda value: type(value) is bool or CHECKS["author"](value),
    "tags": lambda value: type(value) is list and all(map(CHECKS["author"], value)),
}
COLUMNS = {"private": "is_private", "trendingScore": "trending_score"}


@given(rows=st.lists(RECORDS, max_size=6), cut=st.integers(0, 6))
@EXAMPLES
def test_there_are_as_many_rows_as_records_and_each_value_is_kept_or_named(
    tmp_path_factory: pytest.TempPathFactory, rows: list[Any], cut: int
) -> None:
    pages = [json.dumps(part).encode() for part in (rows[:cut], rows[cut:])]
    found = written(tmp_path_factory.mktemp("any"), *pages)
    assert len(found) == len(rows)
    for row, seen in zip(found, rows, strict=True):
        if not isinstance(seen, dict):
            assert row["anomalies"] == ["record_not_object"]
            continue
        for name, is_right in CHECKS.items():
            value = seen.get(name)
            is_kept = value is not None and is_right(value)
            assert (row[name] is not None) == is_kept
            is_named = any(
                a.startswith(f"{COLUMNS.get(name, name)}_not_") for a in row["anomalies"]
            )
            assert is_named == (value is not None and not is_kept)


@given(body=st.binary(max_size=40) | st.text(alphabet='[]{}",:\\1a', max_size=40).map(str.encode))
@EXAMPLES
def test_bytes_are_an_array_or_a_value_error(body: bytes) -> None:
    try:
        expected = json.loads(body)
    except ValueError:
        expected = None
    try:
        found = records_of(body)
    except ValueError:
        assert not isinstance(expected, list)
    else:
        # More is read than json reads alone, never less.
        assert expected is None or len(found) == len(expected)


def test_the_schema_is_one_that_hub_stats_readers_take() -> None:
    assert pa.types.is_map(RECORD_SCHEMA.field("safetensors").type.field("parameters").type)
    assert set(FIELDS) == set(records._READERS)
