"""Columns of ``hub.configs``: the facts of one config."""

from __future__ import annotations

from biome_pipeline.vocabulary.model_families import FAMILIES
from biome_pipeline.warehouse.fields.field import Field

__all__ = ["ALL"]

_CONFIG = "config.json"

ALL = (
    Field(
        "is_full",
        "BOOLEAN",
        "Whether the facts are those of the whole file; otherwise of the few keys that the "
        "Hub's listing repeats.",
        source="computed",
    ),
    Field("model_type", "VARCHAR", "Type of the model in transformers' words.", source=_CONFIG),
    Field(
        "family",
        "VARCHAR",
        "Family of the architecture; NULL if the type and the class are of no known one.",
        source="model_type, architecture",
        values=FAMILIES,
    ),
    Field("architecture", "VARCHAR", "First of the model's classes.", source=_CONFIG),
    Field("hidden_size", "BIGINT", "Width of the text model.", "dimensions", _CONFIG),
    Field(
        "num_layers",
        "BIGINT",
        "Layers of the text model; of an encoder and decoder, those of the encoder.",
        "layers",
        _CONFIG,
    ),
    Field("num_heads", "BIGINT", "Attention heads of a layer.", "heads", _CONFIG),
    Field(
        "num_kv_heads",
        "BIGINT",
        "Heads of keys and values; as num_heads where the class has no fewer.",
        "heads",
        _CONFIG,
    ),
    Field(
        "head_dim",
        "BIGINT",
        "Size of one query's head; hidden_size over num_heads where it is not stated.",
        "dimensions",
        _CONFIG,
    ),
    Field("intermediate_size", "BIGINT", "Feed-forward size.", "dimensions", _CONFIG),
    Field("vocab_size", "BIGINT", "Tokens that have an embedding.", "tokens", _CONFIG),
    Field(
        "context_length",
        "BIGINT",
        "Positions as declared; scaling on top is not multiplied in.",
        "tokens",
        _CONFIG,
    ),
    Field("dtype", "VARCHAR", "Number format of the weights.", source=_CONFIG),
    Field("num_experts", "BIGINT", "Routed experts of a layer.", "experts", _CONFIG),
    Field("experts_per_token", "BIGINT", "Routed experts that see a token.", "experts", _CONFIG),
    Field(
        "has_tied_embeddings",
        "BOOLEAN",
        "Whether the output shares the embeddings; NULL if unknown.",
        source=_CONFIG,
    ),
    Field(
        "uses_moe",
        "BOOLEAN",
        "Whether tokens are routed to experts; NULL if unknown.",
        source=_CONFIG,
    ),
    Field(
        "uses_gqa",
        "BOOLEAN",
        "Whether there are fewer heads of keys than of queries; NULL if unknown.",
        source=_CONFIG,
    ),
    Field(
        "uses_rope",
        "BOOLEAN",
        "Whether positions are rotated into queries and keys; NULL if unknown.",
        source=_CONFIG,
    ),
    Field(
        "uses_quantization",
        "BOOLEAN",
        "Whether the config declares quantized weights; NULL if unknown.",
        source=_CONFIG,
    ),
    Field("rope_theta", "DOUBLE", "Base of the angles of rotated positions.", source=_CONFIG),
    Field(
        "rope_type",
        "VARCHAR",
        "Kind of scaling of rotated positions; default is none, NULL is no rotation or unknown.",
        source=_CONFIG,
    ),
    Field(
        "rope_factor",
        "DOUBLE",
        "How far scaling stretches the context; NULL if not stated.",
        "ratio",
        _CONFIG,
    ),
    Field(
        "has_towers",
        "BOOLEAN",
        "Whether the config describes other towers beside the text model; NULL if unknown.",
        source=_CONFIG,
    ),
    Field(
        "computed_parameters",
        "BIGINT",
        "Parameters of the text model by the layout of its layers; NULL if that is not known.",
        "parameters",
        "computed",
    ),
    Field("raw", "VARCHAR", "The whole file as it came; NULL if it was not taken.", source=_CONFIG),
    # words that these tables use in a sense of their own
    Field(
        "detail",
        "VARCHAR",
        "What the Hub or the connection said where the outcome is not ok.",
        source="run",
        table="hub.raw_configs",
    ),
    Field(
        "anomalies",
        "VARCHAR[]",
        "Each value of the config that was not taken, as key: reason; empty if none.",
        source=_CONFIG,
        table="hub.configs",
    ),
)
