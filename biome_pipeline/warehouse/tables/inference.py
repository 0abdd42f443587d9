"""The table of the schema ``inference``: what all subjects state, tested."""

from __future__ import annotations

from biome_pipeline.warehouse.spec import TableSpec

__all__ = ["FINDINGS"]

FINDINGS = TableSpec(
    schema="inference",
    table="findings",
    subject="inference",
    meaning="One statement about the snapshot, tested.",
    grain=("subject", "finding", "graph"),
    columns=(
        "snapshot",
        "subject",
        "finding",
        "graph",
        "statement",
        "estimate",
        "ci_low",
        "ci_high",
        "n",
        "p_value",
        "p_adjusted",
        "verdict",
        "caveat",
    ),
    required=("statement", "verdict", "caveat"),
    requirements=("No p-value without an estimate.",),
    lineage={
        "estimate": (
            "similarity.pairs.first_id",
            "similarity.pairs.second_id",
            "hub.raw_models.tags",
            "hub.models.licenses",
            "hub.models.languages",
            "hub.models.pipeline_tag",
            "hub.models.library_name",
        )
    },
    may_be_empty=True,
)
