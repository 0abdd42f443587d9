"""Tables of ``config.json``: the files as they came, and the facts they hold."""

from __future__ import annotations

from biome_pipeline.warehouse.spec import ForeignKey, TableSpec

__all__ = ["ALL", "CONFIGS", "RAW_CONFIGS"]

RAW_CONFIGS = TableSpec(
    schema="hub",
    table="raw_configs",
    subject="snapshot",
    meaning="The config.json of one model as it came, or why there is none; kept in the lake only.",
    grain=("model_id",),
    columns=(
        "snapshot",
        "model_id",
        "revision",
        "outcome",
        "attempts",
        "bytes",
        "detail",
        "origin",
        "text",
    ),
    required=("outcome", "attempts", "origin"),
    requirements=("Only models of a bounded, chosen subset are asked for.",),
    is_published=False,
    is_model_grain=True,
    may_be_empty=True,
)

_FACTS = (
    "model_type",
    "family",
    "architecture",
    "hidden_size",
    "num_layers",
    "num_heads",
    "num_kv_heads",
    "head_dim",
    "intermediate_size",
    "vocab_size",
    "context_length",
    "dtype",
    "num_experts",
    "experts_per_token",
    "has_tied_embeddings",
    "uses_moe",
    "uses_gqa",
    "uses_rope",
    "uses_quantization",
    "rope_theta",
    "rope_type",
    "rope_factor",
    "has_towers",
    "computed_parameters",
)
# The listing repeats only these keys of the file, and what follows from them.
_OF_LISTING = {
    "model_type",
    "family",
    "architecture",
    "uses_moe",
    "uses_gqa",
    "uses_rope",
    "uses_quantization",
}

CONFIGS = TableSpec(
    schema="hub",
    table="configs",
    subject="snapshot",
    meaning="What the config of one model says: architecture, sizes, and what was odd.",
    grain=("model_id",),
    columns=("snapshot", "model_id", "outcome", "is_full", *_FACTS, "anomalies", "raw"),
    required=("outcome", "is_full", "anomalies"),
    requirements=(
        "One row for every model whose file was asked for or whose config is in the listing.",
        "Numbers are positive and those of the text model; what was odd is NULL and named in "
        "anomalies.",
        "Without the whole file, only type, family, class and the uses_ columns may be known.",
    ),
    foreign_keys=(ForeignKey(("model_id",), "hub.models", ("model_id",)),),
    lake_only_columns=("raw",),
    lineage={
        "model_id": ("hub.models.model_id",),
        "outcome": ("hub.raw_configs.outcome", "hub.raw_configs.text", "hub.raw_models.config"),
        **{
            name: ("hub.raw_configs.text", "hub.raw_models.config")
            if name in _OF_LISTING
            else ("hub.raw_configs.text",)
            for name in _FACTS
        },
        "raw": ("hub.raw_configs.text",),
    },
    is_model_grain=True,
    may_be_empty=True,
    is_sorted=False,
)

ALL = (RAW_CONFIGS, CONFIGS)
