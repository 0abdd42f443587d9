"""Columns of the schema ``inference``."""

from __future__ import annotations

from biome_pipeline.warehouse.fields.field import Field

__all__ = ["ALL"]

ALL = (
    Field("subject", "VARCHAR", "Room that makes the statement.", source="computed"),
    Field("finding", "VARCHAR", "Short name of the statement.", source="computed"),
    Field("statement", "VARCHAR", "The statement in words.", source="computed"),
    Field("estimate", "DOUBLE", "What the statement is about, as a number.", source="computed"),
    Field("p_value", "DOUBLE", "Two-sided p-value; NULL if it cannot be had.", source="computed"),
    Field(
        "p_adjusted",
        "DOUBLE",
        "The p-value adjusted within its subject (Benjamini and Hochberg 1995).",
        source="computed",
    ),
    Field(
        "verdict",
        "VARCHAR",
        "Whether the statement holds in this snapshot.",
        source="computed",
        values=("holds", "does not hold", "not decided"),
    ),
    Field("caveat", "VARCHAR", "What the statement does not say.", source="computed"),
)
