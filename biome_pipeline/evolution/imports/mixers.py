"""Attention out of a config's words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from biome_pipeline.evolution.genome import Attention, Latent, Selector, Sparsity
from biome_pipeline.evolution.imports.kinds import QK_NORMED
from biome_pipeline.evolution.imports.ropes import is_alibi, rope_of

if TYPE_CHECKING:
    from biome_pipeline.evolution.imports.layers import Layer
    from biome_pipeline.evolution.imports.source import Source

__all__ = ["attention_of"]

_LATENT = {
    # Type: features of keys and values, queries, unrotated and rotated part, and value.
    "deepseek_v2": (512, 1_536, 128, 64, 128),
    "deepseek_v3": (512, 1_536, 128, 64, 128),
    "deepseek_v32": (512, 1_536, 128, 64, 128),
    "glm4_moe_lite": (512, 768, 192, 64, 256),
    "glm_moe_dsa": (512, 2_048, 192, 64, 256),
}
_SELECTORS = {
    # Type: keys, heads, and features of a head.
    "deepseek_v32": (2_048, 64, 128),
    "glm_moe_dsa": (2_048, 32, 128),
    "deepseek_v4": (512, 64, 128),
}
_NORM_FLAGS = {
    "cohere": ("use_qk_norm", False),
    "glm4_moe": ("use_qk_norm", False),
    "llama4_text": ("use_qk_norm", True),
    "phi": ("qk_layernorm", False),
    "stablelm": ("qk_layernorm", False),
    "persimmon": ("qk_layernorm", True),
    "mpt": ("attn_config.qk_ln", False),
}
_WINDOWS = {
    # What a class has unless a config says otherwise, be it null.
    **dict.fromkeys(("mistral", "ministral", "qwen2_moe", "qwen3_moe"), 4_096),
    **dict.fromkeys(("qwen2", "qwen2_vl_text", "qwen2_5_vl_text", "qwen3"), 4_096),
    **dict.fromkeys(("gemma2", "gemma3_text", "cohere2", "olmo3", "exaone4"), 4_096),
    "gemma4_text": 512,
    "gpt_oss": 128,
    "deepseek_v4": 128,
    "gpt_neo": 256,
}
_OWN_KEYS_FOR_ALL = ("falcon", "gpt_bigcode", "gpt2", "gptj", "gpt_neox", "qwen", "bloom", "opt")
"""Types whose heads have keys of their own unless a switch says otherwise."""

_DELTA_RULE = ("qwen3_next", "qwen3_5_text", "qwen3_5_moe_text")


def attention_of(source: Source, layer: Layer) -> Attention:
    """Read the attention of a layer.

    Parameters
    ----------
    source : Source
        The config.
    layer : Layer
        Kinds of the layer.

    Returns
    -------
    Attention
        Of its kind.

    Raises
    ------
    ConfigImportError
        If a size is not stated and the type has none, or sizes do not fit each other.
    """
    if layer.mixer == "linear":
        return _linear(source)
    heads = _heads(source, layer)
    latent = _latent(source)
    if latent is None:
        head_dim, kv_heads = _head_dim(source, layer, heads), _kv_heads(source, layer, heads)
    else:
        # Some configs write the rotated part alone, or the whole, as head_dim.
        source.maybe("head_dim")
        source.maybe("num_kv_heads")
        head_dim, kv_heads = _latent_head(source, latent), heads
    if heads % kv_heads:
        name = "num_key_value_heads"
        raise source.fault(name, f"{kv_heads} does not divide {heads} heads")
    rope = rope_of(source, layer, head_dim, is_latent=latent is not None)
    has_biases = is_alibi(source)
    if rope is not None and not has_biases and head_dim % 2:
        raise source.fault("head_dim", f"it is {head_dim}, and rotation takes pairs")
    return Attention(
        kind="softmax" if latent is None else "mla",
        heads=heads,
        head_dim=head_dim,
        n_kv_heads=kv_heads,
        rope=None if has_biases else rope,
        alibi=has_biases,
        sparsity=_sparsity(source, layer),
        # The class of Qwen's hybrids gates always; some of their configs say so.
        output_gate=source.kind.name in _DELTA_RULE
        and source.flag("attn_output_gate", default=True),
        qk_norm=latent is None and _has_qk_norm(source, layer),
        logit_cap=_logit_cap(source),
        selector=_selector(source, layer),
        latent=latent,
    )


def _heads(source: Source, layer: Layer) -> int:
    heads = source.size("num_heads", source.kind.heads)
    if source.kind.name == "step3p7" and layer.mixer == "sliding":
        return source.number("num_sliding_attention_heads") or heads
    return heads


def _head_dim(source: Source, layer: Layer, heads: int) -> int:
    if source.kind.name == "gemma4_text" and layer.mixer == "full":
        return source.needed("global_head_dim", default=512)
    default = source.kind.head_dim
    stated = source.maybe("head_dim")
    if stated is not None:
        return stated
    if default is not None:
        return source.size("head_dim", default)
    width = source.size("hidden_size", source.kind.hidden)
    if width % heads:
        raise source.fault("head_dim", f"it is not stated, and {heads} heads do not divide {width}")
    return width // heads


def _kv_heads(source: Source, layer: Layer, heads: int) -> int:
    if layer.kv_heads is not None:
        return layer.kv_heads
    if source.kind.name == "gemma4_text" and layer.mixer == "full":
        own = _global_kv_heads(source)
        if own is not None:
            return own
    if _shares_one(source):
        return 1
    is_grouped = source.kind.name not in _OWN_KEYS_FOR_ALL or _is_newer(source)
    if source.kind.name == "chatglm":
        is_grouped = source.flag("multi_query_attention", default=False)
        stated = source.number("multi_query_group_num", default=1)
    else:
        stated = source.maybe("num_kv_heads")
    if not is_grouped:
        return heads
    # Null says all heads; absence says what the class declares.
    default = source.kind.kv_heads
    if stated is None and (default is None or source.is_stated("num_key_value_heads")):
        return heads
    return stated or default or heads


def _global_kv_heads(source: Source) -> int | None:
    # Only models whose values are their keys have heads of their own here.
    own = source.number("num_global_key_value_heads")
    if not source.flag("attention_k_eq_v", default=False):
        return None
    source.lose("attention_k_eq_v")
    return own


def _shares_one(source: Source) -> bool:
    """Tell whether all heads share one of keys, by the switches of older classes."""
    name = source.kind.name
    if name == "mpt":
        return bool(source.value("attn_config.attn_type") == "multiquery_attention")
    if name == "gpt_bigcode":
        return source.flag("multi_query", default=True)
    # The number of Falcon counts in its newer architecture only.
    return name == "falcon" and not _is_newer(source) and source.flag("multi_query", default=True)


def _is_newer(source: Source) -> bool:
    return source.kind.name == "falcon" and source.flag("new_decoder_architecture", default=False)


def _linear(source: Source) -> Attention:
    if source.kind.name not in _DELTA_RULE:
        # Lightning attention of MiniMax, which decays by head and rotates nothing.
        heads = source.size("num_heads", source.kind.heads)
        head_dim = source.maybe("head_dim")
        width = source.size("hidden_size", source.kind.hidden)
        if head_dim is None and width % heads:
            raise source.fault("head_dim", f"{heads} heads do not divide {width}")
        return Attention(
            kind="linear",
            heads=heads,
            head_dim=head_dim or width // heads,
            n_kv_heads=heads,
            output_gate=True,
        )
    keys = source.needed("linear_num_key_heads", default=16)
    values = source.needed("linear_num_value_heads", default=32)
    head_dim = source.needed("linear_key_head_dim", default=128)
    if source.needed("linear_value_head_dim", default=128) != head_dim:
        source.lose("linear_value_head_dim")
    if values % keys:
        raise source.fault("linear_num_key_heads", f"{keys} does not divide {values} heads")
    # A head of values here has no keys of its own; its output is always gated.
    return Attention(
        kind="linear", heads=values, head_dim=head_dim, n_kv_heads=keys, output_gate=True
    )


def _latent(source: Source) -> Latent | None:
    defaults = _LATENT.get(source.kind.name)
    if defaults is None:
        return None
    kv_width, query_width, _, rope_dim, value_dim = defaults
    return Latent(
        kv_width=source.needed("kv_lora_rank", default=kv_width),
        # Null says that queries are made from the input itself.
        query_width=None
        if source.is_stated("q_lora_rank") and source.value("q_lora_rank") is None
        else source.needed("q_lora_rank", default=query_width),
        rope_dim=source.needed("qk_rope_head_dim", default=rope_dim),
        value_dim=source.needed("v_head_dim", default=value_dim),
    )


def _latent_head(source: Source, latent: Latent) -> int:
    plain = source.needed("qk_nope_head_dim", default=_LATENT[source.kind.name][2])
    whole = source.number("qk_head_dim")
    if whole is not None and whole != plain + latent.rope_dim:
        raise source.fault("qk_head_dim", f"it is {whole}, not {plain} + {latent.rope_dim}")
    if latent.rope_dim % 2:
        raise source.fault("qk_rope_head_dim", f"it is {latent.rope_dim}, and rotation takes pairs")
    return plain + latent.rope_dim


def _selector(source: Source, layer: Layer) -> Selector | None:
    defaults = _SELECTORS.get(source.kind.name)
    if defaults is None or layer.mixer not in ("full", "indexed"):
        return None
    return Selector(
        top_k=source.needed("index_topk", default=defaults[0]),
        heads=source.needed("index_n_heads", default=defaults[1]),
        head_dim=source.needed("index_head_dim", default=defaults[2]),
    )


def _has_qk_norm(source: Source, layer: Layer) -> bool:
    name = source.kind.name
    if name in _NORM_FLAGS:
        key, default = _NORM_FLAGS[name]
        # Llama 4 norms what it rotates.
        return source.flag(key, default=default) and (name != "llama4_text" or layer.has_rope)
    has_norm = bool(source.layout.head_norm) or name in QK_NORMED
    if has_norm:
        source.value("use_qk_norm")
    return has_norm


def _logit_cap(source: Source) -> float | None:
    if source.kind.name not in ("gemma2", "gemma3_text"):
        return None
    cap: float | None = source.value("attn_logit_softcapping")
    if cap is None and source.kind.name == "gemma2":
        if source.is_stated("attn_logit_softcapping"):
            return None
        source.assumed.append("attn_logit_softcapping")
        return 50.0
    return None if cap is None else float(cap)


def _sparsity(source: Source, layer: Layer) -> Sparsity | None:
    kind, name, default = {
        "sliding": ("sliding", "sliding_window", _WINDOWS.get(source.kind.name)),
        "chunked": ("block", "attention_chunk_size", 8_192),
    }.get(layer.mixer, ("", "", None))
    if not kind:
        return None
    if source.kind.name == "gpt_neo":
        name = "window_size"
    is_none = source.is_stated(name) and source.value(name) is None
    window = None if is_none else source.number(name, default=default)
    # A window as long as the context hides nothing.
    if window is None or window >= source.size("context_length", source.kind.context):
        return None
    fields: dict[str, Any] = {"kind": kind, "window": window}
    return Sparsity(**fields)
