"""Columns of the schema ``fitness``: how configs change from parent to child."""

from __future__ import annotations

from biome_pipeline.vocabulary.relations import RELATIONS
from biome_pipeline.warehouse.fields.field import Field

__all__ = ["ALL"]

_MUTATIONS = "fitness.config_mutations"
_KINDS = "fitness.config_mutation_kinds"

ALL = (
    *(
        Field(
            "relation",
            "VARCHAR",
            "How the child was made from the parent; all is every edge of the graph.",
            source="declarations",
            values=("all", *RELATIONS),
            table=table,
        )
        for table in (_MUTATIONS, _KINDS)
    ),
    Field(
        "attribute",
        "VARCHAR",
        "Column of hub.configs.",
        source="hub.configs",
        table=_MUTATIONS,
    ),
    Field("n_changed", "BIGINT", "Reporting edges on which it changed.", "edges", "computed"),
    Field("share_changed", "DOUBLE", "n_changed over n_reporting.", "share", "computed"),
    Field("n_increased", "BIGINT", "Edges on which a number grew.", "edges", "computed"),
    Field("n_decreased", "BIGINT", "Edges on which a number shrank.", "edges", "computed"),
    Field(
        "median_ratio",
        "DOUBLE",
        "Median of child over parent where a number changed.",
        "ratio",
        "computed",
    ),
    Field(
        "typical_from",
        "VARCHAR",
        "Value of the parent in the commonest change.",
        source="hub.configs",
    ),
    Field(
        "typical_to", "VARCHAR", "Value of the child in the commonest change.", source="hub.configs"
    ),
    Field("n_typical", "BIGINT", "Edges with the commonest change.", "edges", "computed"),
    Field(
        "kind",
        "VARCHAR",
        "How the config changed.",
        source="computed",
        values=(
            "unchanged",
            "vocabulary_resized",
            "context_extended",
            "context_shortened",
            "layers_added",
            "layers_removed",
            "width_changed",
            "heads_changed",
            "experts_added",
            "rope_changed",
            "dtype_changed",
            "quantized",
            "dequantized",
            "type_changed",
        ),
        table=_KINDS,
    ),
    Field(
        "contradiction",
        "VARCHAR",
        "What a child made by this relation should not show, or should.",
        source="computed",
        values=(
            "quantized without quantization",
            "quantized with other sizes",
            "quantized with another vocabulary",
            "finetune with quantization",
            "finetune with other sizes",
            "finetune of another type",
            "adapter with other sizes",
            "merge with another width",
        ),
    ),
    Field("n_contradicted", "BIGINT", "Reporting edges that show it.", "edges", "computed"),
    Field("share_contradicted", "DOUBLE", "n_contradicted over n_reporting.", "share", "computed"),
    Field(
        "example_parent_id",
        "VARCHAR",
        "Parent of an edge that shows it: the one with most descendants; ties by id.",
        source="genealogy.edges",
    ),
    Field("example_child_id", "VARCHAR", "Child of that edge.", source="genealogy.edges"),
)
