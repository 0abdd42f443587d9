"""Columns of files fetched from the Hub, a file of each model: cards and configs."""

from __future__ import annotations

from biome_pipeline.warehouse.fields.field import Field

__all__ = ["ALL", "OUTCOMES"]

OUTCOMES: tuple[str, ...] = (
    "ok",
    "missing",
    "empty",
    "gated",
    "disabled",
    "repo_not_found",
    "too_large",
    "not_utf8",
    "bad_yaml",
    "invalid_json",
    "not_object",
    "too_deep",
    "invalid_id",
    "failed",
    "not_asked",
)

ALL = (
    Field(
        "revision",
        "VARCHAR",
        "Commit of the model's repository at which the file was read; NULL if unknown.",
        source="Hub",
    ),
    Field(
        "outcome",
        "VARCHAR",
        "What became of the file: ok, why there is no text, or what is wrong with it; "
        "not_asked if the run chose not to ask.",
        source="run",
        values=OUTCOMES,
    ),
    Field("attempts", "INTEGER", "Requests made for the file.", "requests", "run"),
    Field("bytes", "BIGINT", "Size of the file as it came, decompressed.", "bytes", "Hub"),
    Field(
        "origin",
        "VARCHAR",
        "Whether the file came with many others, by a request of its own, or from the demo.",
        source="run",
        values=("bulk", "single", "demo"),
    ),
    Field("text", "VARCHAR", "The file as it came; NULL unless outcome is ok.", source="Hub"),
)
