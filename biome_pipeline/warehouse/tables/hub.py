"""Tables of the schema ``hub``: what the Hub holds, as observed."""

from __future__ import annotations

from biome_pipeline.warehouse.spec import ForeignKey, TableSpec

__all__ = ["ALL", "MODELS", "MODEL_TRAITS", "RAW_MODELS", "REJECTS", "SNAPSHOTS"]

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
        "metadata",
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
        "metadata",
    ),
    requirements=(
        "Every model exactly once; of repeated rows the last modified one is kept, the others "
        "stand in hub.rejects.",
        "node runs from 0 to the number of models less one, in the order of model_id.",
        "Counts are never negative; what was odd is NULL and named in anomalies.",
    ),
    lake_only_columns=("node", "row_number", "metadata"),
    is_model_grain=True,
)

MODEL_TRAITS = TableSpec(
    schema="hub",
    table="model_traits",
    subject="snapshot",
    meaning="One value of one trait of one model.",
    grain=("model_id", "trait", "value"),
    columns=("snapshot", "model_id", "trait", "value"),
    foreign_keys=(ForeignKey(("model_id",), "hub.models", ("model_id",)),),
    is_model_grain=True,
    may_be_empty=True,
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

ALL = (RAW_MODELS, MODELS, MODEL_TRAITS, REJECTS, SNAPSHOTS)
