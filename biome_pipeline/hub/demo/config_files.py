"""The numbers of an architecture as a config.json, in the names that configs really use.

What does not belong here: the numbers (`architectures`) and what a model
states (`configs`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from biome_pipeline.hub.demo.architectures import DECODERS, Architecture

__all__ = ["FACTS", "FORKS", "config_fields", "config_text", "stated_numbers"]

FACTS: tuple[str, ...] = (
    "hidden_size",
    "num_layers",
    "num_heads",
    "num_kv_heads",
    "head_dim",
    "intermediate_size",
    "vocab_size",
    "context_length",
    "num_experts",
    "experts_per_token",
)
"""The numbers that a config may state, by their names in the truth."""

_DECODER = {
    "hidden_size": ("hidden_size",),
    "num_layers": ("num_hidden_layers",),
    "num_heads": ("num_attention_heads",),
    "num_kv_heads": ("num_key_value_heads",),
    "head_dim": ("head_dim",),
    "intermediate_size": ("intermediate_size",),
    "vocab_size": ("vocab_size",),
    "context_length": ("max_position_embeddings",),
    "num_experts": ("num_local_experts",),
    "experts_per_token": ("num_experts_per_tok",),
}
_PAIR = {
    "num_heads": ("encoder_attention_heads", "decoder_attention_heads"),
    "intermediate_size": ("encoder_ffn_dim", "decoder_ffn_dim"),
    "vocab_size": ("vocab_size",),
}

FORKS: tuple[Mapping[str, tuple[str, ...]], ...] = (
    {
        "hidden_size": ("n_embd",),
        "num_layers": ("n_layer",),
        "num_heads": ("n_head",),
        "num_kv_heads": ("n_head_kv",),
        "head_dim": ("head_dim",),
        "intermediate_size": ("n_inner",),
        "vocab_size": ("vocab_size",),
        "context_length": ("n_positions",),
        "num_experts": ("num_experts",),
        "experts_per_token": ("num_experts_per_tok",),
    },
    {
        "hidden_size": ("d_model",),
        "num_layers": ("num_layers",),
        "num_heads": ("num_heads",),
        "num_kv_heads": ("num_kv_heads",),
        "head_dim": ("head_dim",),
        "intermediate_size": ("d_ff",),
        "vocab_size": ("vocab_size",),
        "context_length": ("max_seq_len",),
        "num_experts": ("n_routed_experts",),
        "experts_per_token": ("num_experts_per_tok",),
    },
)
"""Names of decoders whose code is a fork that was written from older code."""

_NAMES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys((*DECODERS, "llava", "bert", "roberta"), _DECODER),
    "marian": {
        "hidden_size": ("d_model",),
        "num_layers": ("encoder_layers", "decoder_layers", "num_hidden_layers"),
        "context_length": ("max_position_embeddings",),
        **_PAIR,
        "vocab_size": ("vocab_size", "decoder_vocab_size"),
    },
    "whisper": {
        "hidden_size": ("d_model",),
        "num_layers": ("encoder_layers", "decoder_layers", "num_hidden_layers"),
        **_PAIR,
    },
    "speecht5": {"hidden_size": ("hidden_size",), "num_layers": ("encoder_layers",), **_PAIR},
    "swin": {"hidden_size": ("hidden_size",), "num_layers": ("num_layers",)},
    "gpt2": {
        "hidden_size": ("n_embd",),
        "num_layers": ("n_layer",),
        "num_heads": ("n_head",),
        "vocab_size": ("vocab_size",),
        "context_length": ("n_positions",),
    },
    "distilbert": {
        "hidden_size": ("dim",),
        "num_layers": ("n_layers",),
        "num_heads": ("n_heads",),
        "intermediate_size": ("hidden_dim",),
        "vocab_size": ("vocab_size",),
        "context_length": ("max_position_embeddings",),
    },
}

# What else stands there; numbers among it that a careless reader would take.
_MORE: Mapping[str, Mapping[str, Any]] = {
    "llama": {"attention_bias": False, "hidden_act": "silu", "rms_norm_eps": 1e-05},
    "mistral": {"hidden_act": "silu", "rms_norm_eps": 1e-05, "sliding_window": None},
    "qwen2": {"hidden_act": "silu", "rms_norm_eps": 1e-06, "use_sliding_window": False},
    "llava": {"hidden_act": "silu", "rms_norm_eps": 1e-05},
    "bert": {"hidden_act": "gelu", "type_vocab_size": 2, "position_embedding_type": "absolute"},
    "roberta": {"hidden_act": "gelu", "type_vocab_size": 1, "position_embedding_type": "absolute"},
    "marian": {"activation_function": "swish", "static_position_embeddings": True},
    "whisper": {
        "max_source_positions": 1500, "max_target_positions": 448, "activation_function": "gelu",
    },
    "speecht5": {
        "decoder_layers": 6, "max_speech_positions": 4000, "max_text_positions": 600,
        "speech_decoder_postnet_layers": 5,
    },
    "swin": {
        "image_size": 224, "patch_size": 4, "window_size": 7, "mlp_ratio": 4.0,
        "num_heads": [3, 6, 12, 24],
    },
    "gpt2": {"activation_function": "gelu_new", "n_inner": None},
    "distilbert": {"activation": "gelu"},
}  # fmt: skip
_VISION = {
    "model_type": "clip_vision_model",
    "hidden_size": 1024,
    "image_size": 336,
    "intermediate_size": 4096,
    "num_attention_heads": 16,
    "num_hidden_layers": 24,
    "patch_size": 14,
    "projection_dim": 768,
    "vocab_size": 32_000,
}


def stated_numbers(
    architecture: Architecture, *, omits_kv_heads: bool = False
) -> dict[str, int | None]:
    """Say which numbers a config of an architecture states.

    Parameters
    ----------
    architecture : Architecture
        The numbers.
    omits_kv_heads : bool, default False
        Whether the heads of keys and values are left out.

    Returns
    -------
    dict of str to int or None
        The numbers by the names of `FACTS`; None for those not stated.
    """
    names = _NAMES[architecture.model_type]
    stated = {fact: getattr(architecture, fact) if fact in names else None for fact in FACTS}
    if omits_kv_heads:
        stated["num_kv_heads"] = None
    return stated


def config_fields(
    architecture: Architecture,
    stated: Mapping[str, int | None],
    fork: int | None,
    *,
    is_new: bool,
) -> dict[str, Any]:
    """Write the numbers of an architecture in the names of its configs.

    Parameters
    ----------
    architecture : Architecture
        The numbers.
    stated : mapping of str to int or None
        Those that the config states.
    fork : int or None
        Index into `FORKS`; None for the usual names.
    is_new : bool
        Whether rotary positions stand as in newer versions of transformers.

    Returns
    -------
    dict
        Fields of config.json, without those that every config has.
    """
    model_type = architecture.model_type
    names = _NAMES[model_type] if fork is None else FORKS[fork]
    fields: dict[str, Any] = {
        name: value for fact, value in stated.items() if value is not None for name in names[fact]
    }
    fields.update(_MORE[model_type])
    if architecture.rope_theta is not None:
        theta, scaling = architecture.rope_theta, _rope_scaling(architecture)
        if is_new:
            usual = {"rope_type": "default", "rope_theta": theta}
            fields["rope_parameters"] = {**usual, **(scaling or {})}
        else:
            fields["rope_theta"] = theta
            fields["rope_scaling"] = scaling
    if model_type == "llava":
        return {
            "image_token_index": 32_000,
            "text_config": {"model_type": "llama", **fields},
            "tie_word_embeddings": False,
            "vision_config": dict(_VISION),
        }
    if model_type == "swin":
        fields["embed_dim"] = architecture.hidden_size // 8
        fields["depths"] = [2, 2, 18 if architecture.hidden_size > 768 else 6, 2]
    if architecture.has_tied_embeddings is not None:
        fields["tie_word_embeddings"] = architecture.has_tied_embeddings
    return fields


def config_text(fields: Mapping[str, Any]) -> str:
    """Write fields as the text of a file.

    Parameters
    ----------
    fields : mapping
        Fields of config.json.

    Returns
    -------
    str
        JSON, one field a line.
    """
    # Without `indent` the fast encoder of the standard library is used.
    return "{\n  " + json.dumps(fields, separators=(",\n  ", ": "))[1:-1] + "\n}\n"


def _rope_scaling(architecture: Architecture) -> dict[str, Any] | None:
    original, length = architecture.original_context_length, architecture.context_length
    if original is None or length is None:
        return None
    return {
        "rope_type": "yarn" if length >= 4 * original else "linear",
        "factor": length / original,
        "original_max_position_embeddings": original,
    }
