"""The table of the schema ``report``: published figures beside ours."""

from __future__ import annotations

from biome_pipeline.warehouse.spec import TableSpec

__all__ = ["SCORECARD"]

SCORECARD = TableSpec(
    schema="report",
    table="scorecard",
    subject="scorecard",
    meaning="One published figure beside ours, with a verdict.",
    grain=("key",),
    columns=(
        "snapshot",
        "key",
        "published",
        "published_text",
        "computed",
        "computed_text",
        "difference",
        "verdict",
        "reason",
        "statement",
        "computed_from",
        "n",
        "contradicts",
        "graph",
        "kind",
        "source",
    ),
    required=("published_text", "verdict", "reason", "kind", "source"),
    requirements=(
        "Every published key has one row.",
        "Reproduced only by the same definition on the same input; what follows from published "
        "figures says so in computed_from.",
    ),
)
