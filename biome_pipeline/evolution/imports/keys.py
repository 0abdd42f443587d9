"""Which keys of a config an import knows, and what each may hold.

A value of another type is an error, never silence: ``"8"`` heads are no heads that
nobody stated. What does not belong here: what the values mean (``layers``, ``mixers``,
``ropes``, ``feed_forwards``) and what they are when missing (``kinds``).
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeGuard

from biome_pipeline.snapshot.config_names import NAMES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["RULES", "Rule", "faults_of", "shown"]

_LONGEST_SHOWN = 40


@dataclass(frozen=True)
class Rule:
    """What a key may hold beside null.

    Parameters
    ----------
    kind : str
        ``whole``, ``real``, ``flag``, ``word``, ``wholes`` and ``words`` (lists),
        ``object``, ``objects``, or ``list``.
    lowest, highest : float
        Of numbers; a real whose `lowest` is 0 must be above it unless `has_zero`.
    has_zero : bool
        Whether 0 is allowed of a real.
    word : str
        A text that is allowed beside a number.
    """

    kind: Literal["whole", "real", "flag", "word", "wholes", "words", "object", "objects", "list"]
    lowest: float = 0
    highest: float = math.inf
    has_zero: bool = False
    word: str = ""

    def allows(self, value: object) -> bool:
        """Tell whether a value may stand there.

        Parameters
        ----------
        value : object
            Anything that JSON holds.

        Returns
        -------
        bool
            True for null, too.
        """
        if value is None or (self.word and value == self.word):
            return True
        if self.kind == "whole":
            return _is_whole(value) and self.lowest <= value <= self.highest
        if self.kind == "real":
            return self._allows_real(value)
        if self.kind in _ELEMENTS:
            return isinstance(value, list) and all(map(_ELEMENTS[self.kind], value))
        return isinstance(value, _CLASSES[self.kind])

    def _allows_real(self, value: object) -> bool:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        # NaN is not above 0, and infinity not up to any bound.
        is_above = value > 0 or (self.has_zero and value == 0)
        return is_above and self.lowest <= value <= min(self.highest, 1e12)

    def __str__(self) -> str:
        """Say what may stand there, for an error."""
        if self.kind == "whole":
            return f"whole number from {self.lowest:.0f} to {self.highest:.0f}"
        if self.kind == "real":
            begin = "from 0" if self.has_zero else "above 0" if not self.lowest else ""
            begin = begin or f"from {self.lowest:g}"
            return f"number {begin} up to {min(self.highest, 1e12):g}"
        return {
            "flag": "truth value",
            "word": "text",
            "wholes": "list of whole numbers from 0 on",
            "words": "list of texts",
            "objects": "list of objects",
        }.get(self.kind, self.kind)


def _is_whole(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


_CLASSES: dict[str, type] = {"flag": bool, "word": str, "object": dict, "list": list}
_ELEMENTS = {
    "wholes": lambda each: _is_whole(each) and each >= 0,
    "words": lambda each: isinstance(each, str),
    "objects": lambda each: isinstance(each, dict),
}

_WIDTH = Rule("whole", 1, 1_048_576)
_COUNT = Rule("whole", 1, 65_536)
_MAYBE = Rule("whole", 0, 65_536)
_LENGTH = Rule("whole", 1, 134_217_728)
_SHARE = Rule("real", highest=1)
_REAL = Rule("real")
_FLAG, _WORD = Rule("flag"), Rule("word")

_OF_FACTS = {
    "hidden_size": _WIDTH,
    "num_layers": Rule("whole", 1, 4_096),
    "num_heads": _COUNT,
    "num_kv_heads": _COUNT,
    "head_dim": _WIDTH,
    "intermediate_size": _WIDTH,
    "vocab_size": Rule("whole", 2, 16_777_216),
    "context_length": _LENGTH,
    "num_experts": _MAYBE,
    "experts_per_token": _COUNT,
}
_ROPE = {
    "rope_theta": _REAL,
    "factor": Rule("real", lowest=1, highest=65_536),
    "partial_rotary_factor": _SHARE,
    "rope_type": _WORD,
    "type": _WORD,
    "original_max_position_embeddings": _LENGTH,
}
_ROPE_PLACES = tuple(
    f"{name}{part}"
    for name in ("rope_scaling", "rope_parameters")
    for part in ("", ".full_attention", ".sliding_attention", ".main", ".compress")
)
_BY_RULE: tuple[tuple[Rule, str], ...] = (
    (
        _WIDTH,
        "moe_intermediate_size expert_ffn_hidden_size intermediate_size_mlp global_head_dim "
        "kv_lora_rank q_lora_rank qk_head_dim qk_nope_head_dim qk_rope_head_dim v_head_dim "
        "index_head_dim linear_key_head_dim linear_value_head_dim mamba_head_dim ssm_state_size "
        "state_size mamba_d_state mamba_d_ssm rotary_dim block_configs.ffn.intermediate_size",
    ),
    (
        Rule("whole", 0, 1_048_576),
        "shared_expert_intermediate_size moe_shared_expert_intermediate_size share_expert_dim "
        "shared_intermediate_size",
    ),
    (Rule("whole", 1, 1_048_576, word="auto"), "mamba_d_head"),
    (Rule("whole", 1, 65_536, word="LLLG"), "sliding_window_pattern"),
    (
        _COUNT,
        "num_global_key_value_heads num_sliding_attention_heads "
        "multi_query_group_num index_n_heads linear_num_key_heads "
        "linear_num_value_heads mamba_num_heads mamba_n_heads n_groups mamba_n_groups conv_kernel "
        "mamba_d_conv expand mamba_expand full_attention_interval "
        "nope_layer_interval no_rope_layer_interval decoder_sparse_step moe_layer_interval "
        "interleave_moe_layer_step moe_layer_freq expansion_ratio "
        "block_configs.attention.n_heads_in_group",
    ),
    (
        _MAYBE,
        "n_shared_experts num_shared_experts moe_num_shared_experts first_k_dense_replace "
        "max_window_layers moe_layer_start_index num_kv_shared_layers num_hash_layers "
        "hidden_size_per_layer_input",
    ),
    (Rule("whole", -1, 65_536), "moe_layer_end_index"),
    (
        _LENGTH,
        "sliding_window attention_chunk_size window_size index_topk "
        "original_max_position_embeddings",
    ),
    (
        _REAL,
        "rope_theta rotary_emb_base rope_local_base_freq rope_ratio compress_rope_theta "
        "attn_config.rope_theta attn_logit_softcapping",
    ),
    (Rule("real", highest=64), "block_configs.ffn.ffn_mult"),
    (_SHARE, "partial_rotary_factor rotary_pct"),
    (Rule("real", highest=100, has_zero=True), "router_aux_loss_coef aux_loss_alpha"),
    (
        _FLAG,
        "tie_word_embeddings is_encoder_decoder use_sliding_window use_qk_norm qk_layernorm "
        "attn_output_gate enable_moe_block attention_k_eq_v use_double_wide_mlp alibi multi_query "
        "new_decoder_architecture multi_query_attention attn_config.alibi attn_config.rope "
        "attn_config.qk_ln block_configs.attention.no_op block_configs.ffn.no_op "
        "block_configs.attention.replace_with_linear block_configs.ffn.replace_with_linear",
    ),
    (
        _WORD,
        "model_type hidden_act hidden_activation mlp_hidden_act activation_function activation afn "
        "scoring_func hybrid_override_pattern position_embedding_type attn_config.attn_type",
    ),
    (
        Rule("wholes"),
        "no_rope_layers mlp_only_layers moe_layers attn_layer_indices attn_type_list "
        "compress_ratios",
    ),
    (Rule("words"), "layer_types layers_block_type mlp_layer_types"),
    (Rule("objects"), "block_configs"),
    (Rule("object"), "attn_config block_configs.attention block_configs.ffn quantization_config"),
    (Rule("list"), "attention_types"),
)
RULES: dict[str, Rule] = {
    **{
        name: _OF_FACTS[fact]
        for fact, entry in NAMES.items()
        for name in entry.names
        if not name.endswith("[]")
    },
    **{name: rule for rule, names in _BY_RULE for name in names.split()},
    **dict.fromkeys(_ROPE_PLACES, Rule("object")),
    **{f"{place}.{name}": rule for place in _ROPE_PLACES for name, rule in _ROPE.items()},
}
"""What each known key may hold, by its path."""


def faults_of(section: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Find the values that their keys may not hold.

    Parameters
    ----------
    section : mapping of str to Any
        The object of a text model.

    Yields
    ------
    tuple of str and str
        Path of the key, and what is wrong.
    """
    yield from _faults(section, "", "")


def _faults(section: Mapping[str, Any], rules: str, place: str) -> Iterator[tuple[str, str]]:
    for key, value in section.items():
        rule = RULES.get(f"{rules}{key}")
        if rule is None or _is_off(section, key):
            continue
        if not rule.allows(value):
            yield f"{place}{key}", f"it is {shown(value)}, no {rule}"
        elif rule.kind == "object" and value is not None:
            yield from _faults(value, f"{rules}{key}.", f"{place}{key}.")
        elif rule.kind == "objects" and value is not None:
            for number, each in enumerate(value):
                yield from _faults(each, f"{rules}{key}.", f"{place}{key}.{number}.")


def _is_off(section: Mapping[str, Any], key: str) -> bool:
    # Classes of Qwen write a window of 0 where they use none.
    return (
        key == "sliding_window"
        and section[key] == 0
        and section.get("use_sliding_window") is False
        and not isinstance(section[key], bool)
    )


def shown(value: object) -> str:
    """Write a value as a config does, cut if it is long.

    Parameters
    ----------
    value : object
        Anything.

    Returns
    -------
    str
        One line.
    """
    try:
        text = json.dumps(value, default=lambda each: type(each).__name__)
    except (TypeError, ValueError, RecursionError):
        text = type(value).__name__
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."
