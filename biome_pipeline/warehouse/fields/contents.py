"""Columns of files that are fetched one by one: cards and configs."""

from __future__ import annotations

from biome_pipeline.warehouse.fields.field import Field

__all__ = ["ALL"]

ALL = (
    Field("revision", "VARCHAR", "Commit of the repository that the file is of.", source="Hub"),
    Field(
        "outcome",
        "VARCHAR",
        "What became of the file: ok, or why there is nothing of it.",
        source="computed",
        values=(
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
        ),
    ),
    Field("attempts", "INTEGER", "How often the Hub was asked.", "requests", "run"),
    Field("bytes", "BIGINT", "Size of the file's content.", "bytes", "Hub"),
    Field(
        "origin",
        "VARCHAR",
        "Where the file was taken from: a bulk file, a request of its own, or the demo.",
        source="run",
        values=("bulk", "single", "demo"),
    ),
    Field("text", "VARCHAR", "Content of the file as it came; NULL unless the outcome is ok."),
)
