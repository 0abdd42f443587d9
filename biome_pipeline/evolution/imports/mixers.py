"""Attention and state spaces out of a config's words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from biome_pipeline.evolution.genome import Attention, Latent, Rope, Selector, Sparsity, Ssm
from biome_pipeline.vocabulary.model_mechanisms import ALIBI_TYPES

if TYPE_CHECKING:
    from biome_pipeline.evolution.imports.layers import Layer
    from biome_pipeline.evolution.imports.source import Source

__all__ = ["attention_of", "ssm_of"]

_THETA = 10_000.0
_STRETCHED = ("linear", "dynamic", "yarn", "llama3", "longrope")
_SHARES = ("partial_rotary_factor", "rotary_pct")


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
        If a size is not stated.
    """
    if layer.mixer == "linear":
        return _linear(source)
    text, facts = source.text, source.facts
    heads = source.needed("num_heads", facts.num_heads)
    latent = _latent(source)
    is_global = layer.mixer == "full" and text.has("global_head_dim")
    head_dim = source.needed(
        "head_dim", text.number("global_head_dim") if is_global else facts.head_dim
    )
    kv_heads = text.number("num_global_key_value_heads") if is_global else None
    kv_heads = layer.kv_heads or kv_heads or facts.num_kv_heads
    kv_heads = source.or_else("num_kv_heads", kv_heads, heads)
    rope = _rope(source, layer, head_dim)
    is_alibi = source.model_type in ALIBI_TYPES or text.flag("alibi") is True
    cap = text.real("attn_logit_softcapping")
    return Attention(
        kind="softmax" if latent is None else "mla",
        heads=heads,
        head_dim=head_dim,
        n_kv_heads=kv_heads if latent is None else heads,
        rope=None if is_alibi else rope,
        alibi=is_alibi,
        sparsity=_sparsity(source, layer),
        output_gate=text.flag("attn_output_gate") is True,
        qk_norm=latent is None and _has_qk_norm(source),
        logit_cap=cap,
        selector=_selector(source),
        latent=latent,
    )


def _linear(source: Source) -> Attention:
    text = source.text
    n_kv_heads = source.or_else("linear_num_key_heads", text.number("linear_num_key_heads"), 16)
    return Attention(
        kind="linear",
        heads=source.or_else("linear_num_value_heads", text.number("linear_num_value_heads"), 32),
        head_dim=source.or_else("linear_key_head_dim", text.number("linear_key_head_dim"), 128),
        n_kv_heads=n_kv_heads,
        output_gate=text.flag("attn_output_gate") is True,
    )


def _latent(source: Source) -> Latent | None:
    text = source.text
    width = text.number("kv_lora_rank")
    if width is None:
        return None
    return Latent(
        kv_width=width,
        query_width=text.number("q_lora_rank"),
        rope_dim=source.needed("qk_rope_head_dim", text.number("qk_rope_head_dim")),
        value_dim=source.needed("v_head_dim", text.number("v_head_dim")),
    )


def _selector(source: Source) -> Selector | None:
    text = source.text
    top_k = text.number("index_topk")
    if top_k is None:
        return None
    return Selector(
        top_k=top_k,
        heads=source.needed("index_n_heads", text.number("index_n_heads")),
        head_dim=source.needed("index_head_dim", text.number("index_head_dim")),
    )


def _has_qk_norm(source: Source) -> bool:
    for name in ("use_qk_norm", "qk_layernorm"):
        stated = source.text.flag(name)
        if stated is not None:
            return stated
    return bool(source.layout.head_norm)


def _sparsity(source: Source, layer: Layer) -> Sparsity | None:
    text, longest = source.text, source.facts.context_length
    name, kind = {
        "sliding": ("sliding_window", "sliding"),
        "chunked": ("attention_chunk_size", "block"),
    }.get(layer.mixer, ("", ""))
    window = text.number(name) if name else None
    # A window as long as the context hides nothing.
    if window is None or (longest is not None and window >= longest):
        return None
    fields: dict[str, Any] = {"kind": kind, "window": window}
    return Sparsity(**fields)


def _rope(source: Source, layer: Layer, head_dim: int) -> Rope | None:
    text, facts = source.text, source.facts
    if facts.uses_rope is False or not layer.has_rope:
        return None
    if facts.uses_rope is None:
        source.assumed.append("rope")
    own = f"rope_parameters.{layer.mixer}_attention"
    stated = text.real(f"{own}.rope_theta")
    if stated is None and layer.mixer == "sliding":
        stated = text.real("rope_local_base_freq")
    theta = stated or facts.rope_theta or text.real("rope_theta")
    if theta is None:
        source.assumed.append("rope_theta")
        theta = _THETA
    kind = facts.rope_type or "default"
    is_stretched = kind in _STRETCHED and facts.rope_factor is not None and facts.rope_factor >= 1
    share = text.real(
        f"{own}.partial_rotary_factor", "rope_parameters.partial_rotary_factor", *_SHARES
    )
    rotated = text.number("rotary_dim")
    if share is None and rotated is not None:
        share = rotated / head_dim
    fields: dict[str, Any] = {
        "kind": kind if kind in _STRETCHED else "plain",
        "theta": theta,
        "factor": facts.rope_factor if is_stretched else None,
        "share": min(1.0, share) if share else 1.0,
    }
    return Rope(**fields)


def ssm_of(source: Source) -> Ssm:
    """Read the state space of a layer.

    Parameters
    ----------
    source : Source
        The config.

    Returns
    -------
    Ssm
        Of Mamba 2; of Mamba 1 as one with a head for each feature.

    Raises
    ------
    ConfigImportError
        If a size is not stated.
    """
    text, facts = source.text, source.facts
    state = text.number("ssm_state_size", "state_size", "mamba_d_state")
    heads = text.number("mamba_num_heads", "num_heads", "mamba_n_heads")
    width = source.needed("hidden_size", facts.hidden_size)
    if heads is None:
        expand = source.or_else("expand", text.number("expand", "mamba_expand"), 2)
        heads, head_dim = text.number("intermediate_size") or expand * width, 1
    else:
        head_dim = source.or_else(
            "mamba_head_dim", text.number("mamba_head_dim", "head_dim", "mamba_d_head"), 64
        )
    return Ssm(
        heads=heads,
        head_dim=head_dim,
        state=source.needed("ssm_state_size", state),
        groups=source.or_else("n_groups", text.number("n_groups", "mamba_n_groups"), 1),
        conv=source.or_else("conv_kernel", text.number("conv_kernel", "mamba_d_conv", "d_conv"), 4),
    )
