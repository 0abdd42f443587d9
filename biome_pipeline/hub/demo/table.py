"""Rows as an Arrow table in the schema of hub-stats' ``models.parquet``.

What does not belong here: what the rows say (`population`, `anomalies`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Any

import pyarrow as pa

from biome_pipeline.hub.demo.rows import Row

__all__ = ["DTYPES", "SCHEMA", "SYNTHETIC_NOTE", "to_table"]

SYNTHETIC_NOTE = (
    "Synthetic: a made-up Hub, drawn at random from planted parameters. No row describes a real "
    "model, and the numbers beside well-known ids are made up too."
)
"""What the table says of itself, in its schema's metadata and in its truth."""

DTYPES: tuple[str, ...] = ("BF16", "F16", "F32", "I8", "U8")
"""The data types that the file counts parameters by."""

_PARENT = pa.struct([("_id", pa.string()), ("id", pa.string())])
_FILE = pa.struct([("rfilename", pa.string())])

SCHEMA = pa.schema(
    [
        ("_id", pa.string()),
        ("id", pa.string()),
        ("author", pa.string()),
        ("pipeline_tag", pa.string()),
        ("library_name", pa.string()),
        ("createdAt", pa.timestamp("ms")),
        ("lastModified", pa.timestamp("ms")),
        ("likes", pa.int64()),
        ("downloads", pa.int64()),
        ("downloadsAllTime", pa.int64()),
        ("trendingScore", pa.float64()),
        ("tags", pa.list_(pa.string())),
        ("siblings", pa.list_(_FILE)),
        ("cardData", pa.string()),
        ("config", pa.string()),
        ("gguf", pa.string()),
        (
            "safetensors",
            pa.struct(
                [
                    ("parameters", pa.struct([(dtype, pa.int64()) for dtype in DTYPES])),
                    ("total", pa.int64()),
                ]
            ),
        ),
        ("baseModels", pa.struct([("models", pa.list_(_PARENT)), ("relation", pa.string())])),
    ],
    metadata={b"biome.synthetic": SYNTHETIC_NOTE.encode()},
)
"""Columns in the order of the file; the metadata says that the table is synthetic."""


def to_table(rows: Sequence[Row]) -> pa.Table:
    """Write rows as one table.

    Parameters
    ----------
    rows : sequence of Row
        The models, in the order they are to have.

    Returns
    -------
    pyarrow.Table
        One row each, in `SCHEMA`.
    """
    columns: dict[str, Any] = {
        "_id": [row.hub_id for row in rows],
        "id": [row.id for row in rows],
        "author": [row.author for row in rows],
        "pipeline_tag": [row.pipeline_tag for row in rows],
        "library_name": [row.library_name for row in rows],
        "createdAt": [row.created_ms for row in rows],
        "lastModified": [row.modified_ms for row in rows],
        "likes": [row.likes for row in rows],
        "downloads": [row.downloads for row in rows],
        "downloadsAllTime": [row.downloads_all_time for row in rows],
        "trendingScore": [row.trending for row in rows],
        "tags": [row.tags for row in rows],
        "siblings": _files(rows),
        "cardData": [row.card_text() for row in rows],
        "config": [_json(row.config) for row in rows],
        "gguf": [_json(row.gguf) for row in rows],
        "safetensors": [_safetensors(row.dtypes) for row in rows],
        "baseModels": _base_models(rows),
    }
    arrays = [
        column if isinstance(column, pa.Array) else _array(column, field.type)
        for field, column in zip(SCHEMA, columns.values(), strict=True)
    ]
    return pa.Table.from_arrays(arrays, schema=SCHEMA)


def _array(values: list[Any], kind: pa.DataType) -> pa.Array:
    if pa.types.is_timestamp(kind):
        return pa.array(values, pa.int64()).cast(kind)
    return pa.array(values, kind)


def _json(value: dict[str, Any] | None) -> str | None:
    return None if value is None else json.dumps(value)


def _safetensors(dtypes: dict[str, int] | None) -> dict[str, Any] | None:
    if dtypes is None:
        return None
    return {"parameters": dtypes, "total": sum(dtypes.values())}


def _offsets(lengths: Iterable[int]) -> pa.Array:
    return pa.array([0, *accumulate(lengths)], pa.int32())


def _files(rows: Sequence[Row]) -> pa.Array:
    # Flat arrays take a tenth of the time of one dictionary per file.
    names = pa.array([name for row in rows for name in row.files], pa.string())
    files = pa.StructArray.from_arrays([names], fields=list(_FILE))
    return pa.ListArray.from_arrays(_offsets(len(row.files) for row in rows), files)


def _base_models(rows: Sequence[Row]) -> pa.Array:
    kind = SCHEMA.field("baseModels").type
    values = [
        None
        if row.parents is None
        else {
            "models": [{"_id": hub_id, "id": parent} for hub_id, parent in row.parents],
            "relation": row.relation,
        }
        for row in rows
    ]
    return pa.array(values, kind)
