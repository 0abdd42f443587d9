"""Rows of hub-stats' ``models.parquet`` as the raw table, unchanged in meaning.

Names and types become the project's; nothing is cleaned, so that whatever is
odd is still there to be looked at. What does not belong here: checking the
file (``source``, ``schema``) and judging rows (``snapshot``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
import pyarrow.parquet as pq
import pyarrow.types as pt

from biome_pipeline.hub.schema import check_schema
from biome_pipeline.warehouse.engine.functions import map_from_entries

if TYPE_CHECKING:
    from pathlib import Path

    import ibis.expr.types as ir

    from biome_pipeline.hub.schema import SchemaReport
    from biome_pipeline.warehouse.engine import Engine

__all__ = ["raw_models"]

_DTYPE_COUNTS = "map<string, int64>"

_PLAIN = {
    "model_id": ("id", "string"),
    "hub_id": ("_id", "string"),
    "author": ("author", "string"),
    "pipeline_tag": ("pipeline_tag", "string"),
    "library_name": ("library_name", "string"),
    "created_at": ("createdAt", "timestamp(6)"),
    "last_modified": ("lastModified", "timestamp(6)"),
    "likes": ("likes", "int64"),
    "downloads": ("downloads", "int64"),
    "downloads_all_time": ("downloadsAllTime", "int64"),
    "trending_score": ("trendingScore", "float64"),
    "tags": ("tags", "array<string>"),
    "card_data": ("cardData", "string"),
    "config": ("config", "string"),
    "gguf": ("gguf", "string"),
    "gated": ("gated", "string"),
    "is_private": ("private", "boolean"),
    "sha": ("sha", "string"),
    "source_anomalies": ("anomalies", "array<string>"),
}


def raw_models(engine: Engine, path: Path) -> ir.Table:
    """Read a checked file as ``hub.raw_models``.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    path : Path
        A file that `biome_pipeline.hub.source.open_file` accepted.

    Returns
    -------
    ibis.expr.types.Table
        Columns of ``hub.raw_models`` but ``snapshot``, in the file's order.

    Raises
    ------
    SourceSchemaError
        If the file does not have the columns after all.
    """
    schema = pq.read_schema(path)
    report = check_schema(schema, place=str(path))
    rows = engine.scan(path, with_row_number=True)
    known = {name for name in schema.names if not pt.is_null(schema.field(name).type)}
    columns: dict[str, ir.Value] = {"row_number": rows.file_row_number.cast("int64")}
    for name, (found, wanted) in _PLAIN.items():
        columns[name] = rows[found].try_cast(wanted) if found in known else ibis.null().cast(wanted)
    columns["siblings"] = (
        rows.siblings.map(lambda file: file["rfilename"]).cast("array<string>")
        if "siblings" in known
        else ibis.null().cast("array<string>")
    )
    columns.update(_safetensors(rows, report, is_known="safetensors" in known))
    columns.update(_base_models(rows, is_known="baseModels" in known))
    return rows.select(**columns)


def _safetensors(rows: ir.Table, report: SchemaReport, *, is_known: bool) -> dict[str, ir.Value]:
    if not is_known:
        return {
            "parameters": ibis.null().cast("int64"),
            "dtype_parameters": ibis.null().cast(_DTYPE_COUNTS),
        }
    safetensors = rows.safetensors
    return {
        "parameters": safetensors["total"].try_cast("int64"),
        "dtype_parameters": _dtype_parameters(safetensors, report),
    }


def _dtype_parameters(safetensors: ir.StructColumn, report: SchemaReport) -> ir.Value:
    if report.parameters_kind == "null":
        return ibis.null().cast(_DTYPE_COUNTS)
    counts = safetensors["parameters"]
    if report.parameters_kind == "map":
        entries = (
            counts.keys()
            .zip(counts.values())
            .map(lambda pair: ibis.struct({"k": pair["f1"], "v": pair["f2"].try_cast("int64")}))
        )
    else:
        entries = ibis.array(
            [
                ibis.struct({"k": ibis.literal(name), "v": counts[name].try_cast("int64")})
                for name in report.dtype_names
            ]
        )
    known = entries.filter(lambda entry: entry["v"].notnull())
    # Which formats are columns differs from file to file: absent ones say nothing.
    return ibis.ifelse(counts.notnull(), map_from_entries(known), ibis.null().cast(_DTYPE_COUNTS))


def _base_models(rows: ir.Table, *, is_known: bool) -> dict[str, ir.Value]:
    if not is_known:
        return {
            "base_models": ibis.null().cast("array<string>"),
            "base_models_relation": ibis.null().cast("string"),
        }
    structure = rows.baseModels
    return {
        "base_models": structure["models"].map(lambda parent: parent["id"]).cast("array<string>"),
        "base_models_relation": structure["relation"].cast("string"),
    }
