"""A small ``models.parquet`` in the schema of hub-stats, for the local Hub to serve.

What does not belong here: rows that mean something (the demo and the worlds
have those).
"""

from __future__ import annotations

import datetime as dt
import io

import pyarrow as pa
import pyarrow.parquet as pq

__all__ = ["NEWEST", "SCHEMA", "stats_bytes", "stats_table"]

NEWEST = dt.datetime(2025, 6, 30, 23, 59, 58)
"""The newest ``lastModified`` of the table, without zone as in hub-stats."""

SCHEMA = pa.schema(
    {
        "_id": pa.string(),
        "id": pa.string(),
        "author": pa.string(),
        "pipeline_tag": pa.string(),
        "library_name": pa.string(),
        "createdAt": pa.timestamp("ms"),
        "lastModified": pa.timestamp("ms"),
        "likes": pa.int64(),
        "downloads": pa.int64(),
        "downloadsAllTime": pa.int64(),
        "trendingScore": pa.float64(),
        "tags": pa.list_(pa.string()),
        "siblings": pa.list_(pa.struct({"rfilename": pa.string()})),
        "cardData": pa.string(),
        "config": pa.string(),
        "gguf": pa.string(),
        "safetensors": pa.struct(
            {"parameters": pa.struct({"BF16": pa.int64(), "F32": pa.int64()}), "total": pa.int64()}
        ),
        "baseModels": pa.struct(
            {
                "models": pa.list_(pa.struct({"_id": pa.string(), "id": pa.string()})),
                "relation": pa.string(),
            }
        ),
    }
)


def stats_table(n_models: int = 50) -> pa.Table:
    """Build a table of models that differ in id and date only."""
    rows = [
        {
            "_id": f"{i:024x}",
            "id": f"org/model-{i}",
            "author": "org",
            "pipeline_tag": "text-generation",
            "createdAt": NEWEST - dt.timedelta(days=400 + i),
            "lastModified": NEWEST - dt.timedelta(days=i),
            "likes": i,
            "downloads": 10 * i,
            "tags": ["license:mit", "region:us"],
            "siblings": [{"rfilename": "README.md"}],
            "safetensors": {"parameters": {"BF16": 7, "F32": None}, "total": 7},
            "baseModels": None,
        }
        for i in range(n_models)
    ]
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def stats_bytes(n_models: int = 50) -> bytes:
    """Give the table as the bytes of a Parquet file."""
    sink = io.BytesIO()
    pq.write_table(stats_table(n_models), sink)
    return sink.getvalue()
