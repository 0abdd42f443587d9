"""The raw table is the file, column by column, whatever the file's types."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from biome_pipeline.errors import SourceSchemaError
from biome_pipeline.hub.raw import raw_models
from biome_pipeline.warehouse.engine import open_engine
from biome_pipeline.warehouse.tables.hub import RAW_MODELS
from biome_pipeline_tests.reference.rows import assert_same_rows
from biome_pipeline_tests.worlds.chain import HUBS, chain_of, settings
from biome_pipeline_tests.worlds.hub import draw_hub

NAMES = {
    "hub_id": "_id",
    "model_id": "id",
    "author": "author",
    "pipeline_tag": "pipeline_tag",
    "library_name": "library_name",
    "created_at": "createdAt",
    "last_modified": "lastModified",
    "likes": "likes",
    "downloads": "downloads",
    "downloads_all_time": "downloadsAllTime",
    "tags": "tags",
    "card_data": "cardData",
    "config": "config",
    "gguf": "gguf",
    "gated": "gated",
    "is_private": "private",
    "sha": "sha",
    "source_anomalies": "anomalies",
}


def expected_rows(source: list[dict]) -> list[dict]:
    """Rename the columns of a file; lists of files and parents become lists of their names."""
    rows = []
    for number, row in enumerate(source):
        safetensors, parents = row["safetensors"] or {}, row["baseModels"] or {}
        dtypes, score = safetensors.get("parameters"), row["trendingScore"]
        models = parents.get("models")
        rows.append(
            {
                "row_number": number,
                **{ours: row.get(theirs) for ours, theirs in NAMES.items()},
                "trending_score": str(score),
                "siblings": row["siblings"] and [file["rfilename"] for file in row["siblings"]],
                "parameters": safetensors.get("total"),
                "dtype_parameters": dtypes
                and {dtype: n for dtype, n in dtypes.items() if n is not None},
                "base_models": models and [model["id"] for model in models],
                "base_models_relation": parents.get("relation"),
            }
        )
    return rows


def found_rows(rows: list[dict]) -> list[dict]:
    """Bring maps and scores, of which NaN equals nothing, to what can be compared."""
    for row in rows:
        row["trending_score"] = str(row["trending_score"])
        if row["dtype_parameters"] is not None:
            row["dtype_parameters"] = dict(row["dtype_parameters"])
    return rows


def read(tmp_path: Path, table: pa.Table) -> list[dict[str, Any]]:
    path = tmp_path / "models.parquet"
    pq.write_table(table, path, row_group_size=16)
    with open_engine(settings()) as engine:
        return found_rows(engine.to_arrow(raw_models(engine, path)).to_pylist())


def retyped(table: pa.Table, **columns: Any) -> pa.Table:
    """Put other arrays, or casts to other types, in the place of columns."""
    for name, column in columns.items():
        at = table.schema.get_field_index(name)
        if isinstance(column, pa.DataType):
            column = table[name].cast(column)
        table = table.set_column(at, name, column)
    return table


@pytest.mark.parametrize("name", HUBS)
def test_raw_rows_are_the_rows_of_the_file(name: str) -> None:
    chain = chain_of(name)
    found = found_rows(chain.rows("hub.raw_models"))
    expected = expected_rows(chain.source)
    assert {"snapshot", *expected[0]} == set(RAW_MODELS.columns)
    assert_same_rows(found, expected, ["row_number"], name)
    assert [row["row_number"] for row in found] == list(range(len(found))), name


def test_the_width_of_types_changes_nothing(tmp_path: Path) -> None:
    table = draw_hub(0)
    wide = retyped(
        table,
        id=pa.large_string(),
        author=table["author"].dictionary_encode(),
        likes=pa.int32(),
        createdAt=pa.timestamp("us"),
        lastModified=pa.timestamp("us", tz="UTC"),
        trendingScore=pa.float32(),
        tags=pa.large_list(pa.large_string()),
    )
    assert read(tmp_path, wide) == read(tmp_path, table)


def test_counts_by_dtype_may_be_a_map(tmp_path: Path) -> None:
    table = draw_hub(0)
    kind = pa.struct({"parameters": pa.map_(pa.string(), pa.int64()), "total": pa.int64()})
    values = []
    for value in table["safetensors"].to_pylist():
        counts = value and value["parameters"]
        entries = None if counts is None else list(counts.items())
        values.append(value and {**value, "parameters": entries})
    as_map = retyped(table, safetensors=pa.array(values, kind))
    assert read(tmp_path, as_map) == read(tmp_path, table)


@pytest.mark.parametrize("is_map", [False, True])
def test_a_count_beyond_64_bits_is_unknown(tmp_path: Path, is_map: bool) -> None:
    table = draw_hub(0).slice(0, 2)
    counts = pa.map_(pa.string(), pa.uint64()) if is_map else pa.struct({"F32": pa.uint64()})
    kind = pa.struct({"parameters": counts, "total": pa.uint64()})
    values = [{"parameters": {"F32": n}, "total": n} for n in (2**63, 2**63 - 1)]
    if is_map:
        values = [{**value, "parameters": list(value["parameters"].items())} for value in values]
    huge = retyped(
        table,
        safetensors=pa.array(values, kind),
        downloads=pa.array(np.array([2**64 - 1, 5], dtype=np.uint64)),
    )
    first, second = read(tmp_path, huge)
    assert (first["parameters"], first["downloads"]) == (None, None)
    assert first["dtype_parameters"] == {}
    assert (second["parameters"], second["downloads"]) == (2**63 - 1, 5)
    assert second["dtype_parameters"] == {"F32": 2**63 - 1}


def test_columns_of_type_null_are_unknown(tmp_path: Path) -> None:
    table = draw_hub(0)
    names = [name for name in table.schema.names if name != "id"]
    empty = retyped(table, **{name: pa.nulls(table.num_rows) for name in names})
    for number, row in enumerate(read(tmp_path, empty)):
        model_id = table["id"][number].as_py()
        known = {name: value for name, value in row.items() if value not in (None, "None")}
        assert known.pop("model_id", None) == model_id
        assert known == {"row_number": number}


def test_optional_columns_may_be_missing_or_boolean(tmp_path: Path) -> None:
    table = draw_hub(1)
    without = read(tmp_path, table.drop_columns(["gated", "private"]))
    assert {(row["gated"], row["is_private"]) for row in without} == {(None, None)}
    flags = pa.array([True, False] * table.num_rows)[: table.num_rows]
    assert {row["gated"] for row in read(tmp_path, retyped(table, gated=flags))} == {
        "true",
        "false",
    }


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceSchemaError, match="column tags is missing"):
        read(tmp_path, draw_hub(0).drop_columns(["tags"]))
