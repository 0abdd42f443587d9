"""Columns of the schema ``report``."""

from __future__ import annotations

from biome_pipeline.warehouse.fields.field import Field

__all__ = ["ALL"]

_SCORECARD = "report.scorecard"

ALL = (
    Field("key", "VARCHAR", "Name of the published figure.", source="data/reference"),
    Field(
        "published",
        "DOUBLE",
        "The published number; NULL if it is none.",
        "as the key",
        "data/reference",
        table=_SCORECARD,
    ),
    Field(
        "published_text",
        "VARCHAR",
        "What was published: a text, or JSON.",
        source="data/reference",
    ),
    Field("computed", "DOUBLE", "Our number; NULL if there is none.", "as the key", "computed"),
    Field("computed_text", "VARCHAR", "What we found: a text, or JSON.", source="computed"),
    Field(
        "difference",
        "DOUBLE",
        "Ours less the published one.",
        "as the key",
        "computed",
        table=_SCORECARD,
    ),
    Field(
        "verdict",
        "VARCHAR",
        "Whether the figure is reproduced.",
        source="computed",
        values=("reproduced", "drifted", "definition differs", "not computable"),
        table=_SCORECARD,
    ),
    Field(
        "reason",
        "VARCHAR",
        "Why the verdict is that one: how the rules differ, or what is missing.",
        source="computed",
        table=_SCORECARD,
    ),
    Field(
        "statement",
        "VARCHAR",
        "What is computed, in words; NULL if nothing is.",
        source="computed",
        table=_SCORECARD,
    ),
    Field(
        "graph",
        "VARCHAR",
        "Graph that the published figure is of; NULL if of none that is named.",
        source="data/reference",
        values=("finetune", "all"),
        table=_SCORECARD,
    ),
    Field(
        "computed_from",
        "VARCHAR",
        "What ours is computed from; NULL if there is none.",
        source="computed",
        values=("snapshot", "published figures"),
    ),
    Field(
        "n",
        "BIGINT",
        "Models, edges, pairs or papers that ours rests on; NULL where it is not of a number of "
        "them.",
        "as the statement says",
        "computed",
        table=_SCORECARD,
    ),
    Field(
        "contradicts",
        "VARCHAR",
        "Key of another published figure that says something else of the same thing.",
        source="reviewed",
    ),
    Field(
        "kind",
        "VARCHAR",
        "How it was published.",
        source="data/reference",
        values=("printed", "seed-text", "figure-label", "figure-measured", "derived"),
        table=_SCORECARD,
    ),
    Field(
        "source", "VARCHAR", "Where it was published.", source="data/reference", table=_SCORECARD
    ),
)
