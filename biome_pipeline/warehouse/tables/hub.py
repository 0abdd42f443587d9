"""Tables of the schema ``hub``: what the Hub holds, as observed."""

from __future__ import annotations

from biome_pipeline.warehouse.spec import ForeignKey, TableSpec

__all__ = [
    "ALL",
    "MODELS",
    "MODEL_TRAITS",
    "QUALITY",
    "RAW_MODELS",
    "REJECTS",
    "SNAPSHOTS",
    "STATISTICS",
]

RAW_MODELS = TableSpec(
    schema="hub",
    table="raw_models",
    subject="hub",
    meaning="One row of the source as it came, odd values included; kept in the lake only.",
    grain=("row_number",),
    columns=(
        "snapshot",
        "row_number",
        "model_id",
        "hub_id",
        "author",
        "pipeline_tag",
        "library_name",
        "created_at",
        "last_modified",
        "likes",
        "downloads",
        "downloads_all_time",
        "trending_score",
        "tags",
        "siblings",
        "card_data",
        "config",
        "gguf",
        "parameters",
        "dtype_parameters",
        "base_models",
        "base_models_relation",
        "gated",
        "is_private",
        "sha",
        "source_anomalies",
    ),
    requirements=("Nothing is cleaned: ids may be NULL, malformed or repeated here.",),
    is_published=False,
    is_model_grain=True,
    is_sorted=False,
)

MODELS = TableSpec(
    schema="hub",
    table="models",
    subject="snapshot",
    meaning="One public model of the Hub.",
    grain=("model_id",),
    columns=(
        "snapshot",
        "model_id",
        "node",
        "row_number",
        "hub_id",
        "author",
        "created_at",
        "is_created_at_backfilled",
        "last_modified",
        "likes",
        "downloads",
        "downloads_all_time",
        "trending_score",
        "pipeline_tag",
        "library_name",
        "license",
        "licenses",
        "languages",
        "datasets",
        "arxiv_ids",
        "doi",
        "parameters",
        "dtype_parameters",
        "gated",
        "has_safetensors",
        "has_weights",
        "tags",
        "anomalies",
    ),
    required=(
        "node",
        "row_number",
        "licenses",
        "languages",
        "datasets",
        "arxiv_ids",
        "has_safetensors",
        "anomalies",
    ),
    requirements=(
        "Every model exactly once; of repeated rows the last modified one is kept, the others "
        "stand in hub.rejects.",
        "node runs from 0 to the number of models less one, in the order of model_id.",
        "Counts are never negative; what was odd is NULL and named in anomalies.",
    ),
    lake_only_columns=("node", "row_number"),
    lineage={
        **{
            name: (f"hub.raw_models.{name}",)
            for name in (
                "model_id",
                "hub_id",
                "created_at",
                "last_modified",
                "likes",
                "downloads",
                "downloads_all_time",
                "trending_score",
                "pipeline_tag",
                "library_name",
                "parameters",
                "dtype_parameters",
                "gated",
                "tags",
            )
        },
        "author": ("hub.raw_models.author", "hub.raw_models.model_id"),
        "is_created_at_backfilled": ("hub.raw_models.created_at",),
        "license": ("hub.raw_models.card_data", "hub.raw_models.tags"),
        "licenses": ("hub.raw_models.card_data", "hub.raw_models.tags"),
        "languages": ("hub.raw_models.card_data", "hub.raw_models.tags"),
        "datasets": ("hub.raw_models.tags",),
        "arxiv_ids": ("hub.raw_models.tags",),
        "doi": ("hub.raw_models.tags",),
        "has_safetensors": (
            "hub.raw_models.parameters",
            "hub.raw_models.siblings",
            "hub.raw_models.tags",
        ),
        "has_weights": ("hub.raw_models.siblings",),
    },
    is_model_grain=True,
    is_sorted=False,
)

MODEL_TRAITS = TableSpec(
    schema="hub",
    table="model_traits",
    subject="snapshot",
    meaning="One value of one trait of one model.",
    grain=("model_id", "trait", "value"),
    columns=("snapshot", "model_id", "trait", "value"),
    foreign_keys=(ForeignKey(("model_id",), "hub.models", ("model_id",)),),
    lineage={
        "model_id": ("hub.models.model_id",),
        "value": (
            "hub.models.licenses",
            "hub.models.languages",
            "hub.models.pipeline_tag",
            "hub.models.library_name",
            "hub.models.datasets",
            "hub.models.tags",
            "hub.models.arxiv_ids",
        ),
    },
    is_model_grain=True,
    may_be_empty=True,
    is_sorted=False,
)

REJECTS = TableSpec(
    schema="hub",
    table="rejects",
    subject="snapshot",
    meaning="One row of a source that was not taken, and why.",
    grain=("source", "row_number"),
    columns=("snapshot", "source", "row_number", "model_id", "reason", "detail"),
    required=("reason",),
    requirements=("Models and rejects together are all rows of the source.",),
    may_be_empty=True,
)

SNAPSHOTS = TableSpec(
    schema="hub",
    table="snapshots",
    subject="snapshot",
    meaning="One snapshot of the Hub: where it comes from and what it holds.",
    grain=(),
    columns=(
        "snapshot",
        "source",
        "source_revision",
        "upstream_at",
        "started_at",
        "finished_at",
        "n_models",
        "n_rejected",
        "manifest",
    ),
    required=(
        "source",
        "source_revision",
        "started_at",
        "finished_at",
        "n_models",
        "n_rejected",
        "manifest",
    ),
)

QUALITY = TableSpec(
    schema="hub",
    table="quality",
    subject="snapshot",
    meaning="How many models lack one field, and why.",
    grain=("field",),
    columns=("snapshot", "field", "n_models", "n_missing", "share_missing", "reason"),
    required=("n_models", "n_missing", "reason"),
    requirements=("A list without elements is missing.",),
)

STATISTICS = TableSpec(
    schema="hub",
    table="statistics",
    # Some statistics are about parents, so that edges must be there first.
    subject="genealogy",
    meaning="One number that describes the snapshot.",
    grain=("statistic", "item"),
    columns=(
        "snapshot",
        "statistic",
        "item",
        "value",
        "n",
        "share_of_models",
        "share_of_reporting",
    ),
    required=("value", "n"),
    requirements=(
        "Numbers describe the whole snapshot, without sampling error; ci_low and ci_high stand "
        "only beside what is an estimate.",
        "What cannot be computed, a mean of nothing for instance, has no row.",
        "Of the values of a trait and of the parents, the 1,000 most frequent stand here.",
    ),
    lineage={
        "item": (
            "hub.model_traits.value",
            "hub.models.model_id",
            "hub.models.dtype_parameters",
            "genealogy.edges.parent_id",
        ),
        "value": (
            "hub.model_traits.value",
            "hub.models.downloads",
            "hub.models.downloads_all_time",
            "hub.models.parameters",
            "hub.models.tags",
            "hub.quality.n_missing",
            "genealogy.edges.child_id",
        ),
    },
)

ALL = (RAW_MODELS, REJECTS, MODELS, MODEL_TRAITS, QUALITY)
