"""Rotary positions out of a config's words: base, stretching, share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from biome_pipeline.evolution.genome import Rope
from biome_pipeline.evolution.imports.keys import shown

if TYPE_CHECKING:
    from biome_pipeline.evolution.imports.layers import Layer
    from biome_pipeline.evolution.imports.source import Source

__all__ = ["is_alibi", "rope_of"]

_KINDS = {
    "default": "plain",
    # Sections for images, and frequencies over the whole head: a share is all that stays.
    "mrope": "plain",
    "proportional": "plain",
    "linear": "linear",
    "dynamic": "dynamic",
    "yarn": "yarn",
    "llama3": "llama3",
    "longrope": "longrope",
    "su": "longrope",
}
_PLACES = ("rope_parameters", "rope_scaling")
_THETAS = ("rope_theta", "rotary_emb_base", "attn_config.rope_theta")
_SHARES = ("partial_rotary_factor", "rotary_pct")
# Their layers with a window rotate on their own, and are never stretched.
_OWN_WINDOWS = ("gemma3_text", "gemma4_text", "olmo3")
_STRETCHED_BY_DEFAULT = {"gpt_oss": 32.0, "ministral3": 16.0}
"""Factors of the types that stretch by YaRN where a config says nothing."""

_SHORT_THETA = 10_000.0


def is_alibi(source: Source) -> bool:
    """Tell whether positions are biases by distance.

    Parameters
    ----------
    source : Source
        The config.

    Returns
    -------
    bool
        By the type, its flag, or, of Baichuan, its width: the models of 13 billion
        parameters have them, and no key says so.
    """
    name = source.kind.name
    if name == "bloom":
        return True
    if name == "falcon":
        return source.flag("alibi", default=False)
    if name == "mpt":
        return source.flag("attn_config.alibi", default=True)
    return name == "baichuan" and source.size("hidden_size", None) != 4_096


def rope_of(source: Source, layer: Layer, head_dim: int, *, is_latent: bool) -> Rope | None:
    """Read how the attention of a layer rotates positions.

    Parameters
    ----------
    source : Source
        The config.
    layer : Layer
        Kinds of the layer.
    head_dim : int
        Features of a head.
    is_latent : bool
        Whether a part of each head is rotated as a whole (multi-head latent attention).

    Returns
    -------
    Rope or None
        None if it does not, or the layer has no positions.

    Raises
    ------
    ConfigImportError
        If its kind is unknown, or is stretched by no factor.
    """
    if source.kind.theta is None and source.kind.name != "granitemoehybrid":
        return None
    if source.kind.name == "granitemoehybrid" and source.value("position_embedding_type") != "rope":
        return None
    if source.kind.name == "mpt" and not source.flag("attn_config.rope", default=False):
        return None
    if not layer.has_rope:
        return None
    if source.kind.name == "deepseek_v4":
        return _of_deepseek_v4(source, layer, head_dim)
    objects = _objects(source, layer)
    kind, factor = _stretched(source, layer, objects)
    fields: dict[str, Any] = {
        "kind": kind,
        "theta": _theta(source, layer, objects),
        "factor": factor,
        "share": 1.0 if is_latent else _share(source, layer, objects, head_dim),
    }
    return Rope(**fields)


def _objects(source: Source, layer: Layer) -> list[str]:
    """List where a layer's rotation may stand, the nearest first."""
    own = "sliding_attention" if layer.mixer == "sliding" else "full_attention"
    found = []
    for place in _PLACES:
        if source.value(f"{place}.{own}") is not None:
            found.append(f"{place}.{own}")
        elif source.value(f"{place}.full_attention") is not None and layer.mixer != "sliding":
            found.append(f"{place}.full_attention")
        found.append(place)
    return found


def _theta(source: Source, layer: Layer, objects: list[str]) -> float:
    stated: float | None = source.value(*(f"{each}.rope_theta" for each in objects))
    if layer.mixer == "sliding" and source.kind.name in ("gemma3_text", "gemma4_text"):
        own = stated if objects[0].endswith("sliding_attention") else None
        own = own or source.value("rope_local_base_freq")
        if own is None:
            source.assumed.append("rope_local_base_freq")
        return float(own or _SHORT_THETA)
    stated = stated or source.value(*_THETAS)
    if stated is None and source.kind.name == "chatglm":
        # Longer contexts of ChatGLM are reached by a larger base alone.
        stated = _SHORT_THETA * (source.value("rope_ratio") or 1.0)
        if not source.is_stated("rope_ratio"):
            source.assumed.append("rope_ratio")
    if stated is None:
        source.assumed.append("rope_theta")
        stated = source.kind.theta or _SHORT_THETA
    return float(stated)


def _stretched(source: Source, layer: Layer, objects: list[str]) -> tuple[str, float | None]:
    """Give kind and factor of the stretching."""
    if layer.mixer == "sliding" and source.kind.name in _OWN_WINDOWS:
        objects = [each for each in objects if each.endswith("sliding_attention")]
    names = [f"{each}.{name}" for each in objects for name in ("rope_type", "type")]
    stated: str | None = source.value(*names)
    by_default = _STRETCHED_BY_DEFAULT.get(source.kind.name)
    if stated is None and by_default is not None and not _is_any(source):
        source.assumed.append("rope_scaling")
        return "yarn", by_default
    kind = _KINDS.get(stated or "default")
    if kind is None:
        name = next(name for name in names if source.value(name) is not None)
        raise source.fault(name, f"it is {shown(stated)}, no rotation of a genome")
    if kind == "plain":
        return kind, None
    factor: float | None = source.value(*(f"{each}.factor" for each in objects))
    if factor is None and kind in ("longrope", "yarn"):
        factor = _by_lengths(source, objects)
    if factor is None:
        raise source.fault(f"{objects[-1]}.factor", f"a {kind} rope needs it, and it is not stated")
    return kind, float(factor)


def _is_any(source: Source) -> bool:
    return any(source.value(place) for place in _PLACES)


def _by_lengths(source: Source, objects: list[str]) -> float | None:
    """Take the factor as transformers does: all positions over those trained on."""
    name = "original_max_position_embeddings"
    before: int | None = source.value(name, *(f"{each}.{name}" for each in objects))
    longest = source.maybe("context_length")
    if before is None or longest is None or longest < before:
        return None
    return longest / before


def _share(source: Source, layer: Layer, objects: list[str], head_dim: int) -> float:
    name = source.kind.name
    if name == "chatglm":
        return source.kind.share  # its class rotates half of a head, whatever its config says
    stated: float | None = source.value(
        *(f"{each}.partial_rotary_factor" for each in objects), *_SHARES
    )
    rotated: int | None = source.value("rotary_dim")
    if rotated is None and name in ("gptj", "codegen") and not source.is_stated("rotary_dim"):
        rotated = 64
    if stated is None and rotated is not None:
        if rotated > head_dim:
            raise source.fault("rotary_dim", f"{rotated} is above head_dim {head_dim}")
        return rotated / head_dim
    if name == "gemma4_text" and layer.mixer == "sliding":
        return 1.0 if stated is None or not objects[0].endswith("sliding_attention") else stated
    if name == "bamba":
        return source.kind.share
    return source.kind.share if stated is None else float(stated)


def _of_deepseek_v4(source: Source, layer: Layer, head_dim: int) -> Rope:
    """Rotate layers with a window alone as ever, and the others slower and stretched."""
    rotated = source.needed("qk_rope_head_dim", default=64)
    if rotated > head_dim:
        raise source.fault("qk_rope_head_dim", f"{rotated} is above head_dim {head_dim}")
    share = rotated / head_dim
    if layer.mixer == "sliding":
        short: float = source.value("rope_theta") or _SHORT_THETA
        return Rope(kind="plain", theta=float(short), share=share)
    theta: float = source.value("compress_rope_theta") or 160_000.0
    kind, factor = _stretched(source, layer, list(_PLACES))
    fields: dict[str, Any] = {"kind": kind, "theta": float(theta), "factor": factor, "share": share}
    return Rope(**fields)
