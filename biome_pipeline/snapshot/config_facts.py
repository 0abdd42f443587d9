"""The facts of one ``config.json``: architecture, sizes, and what was odd.

The numbers are those of the text model where a config describes several towers,
and of the whole model otherwise; a vision or audio tower's never stand for the
text model's. What is unknown is None, apart from False. What does not belong
here: many configs at once (``configs``).
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from biome_pipeline.snapshot.config_document import parse_config
from biome_pipeline.snapshot.config_names import (
    EXCEPTIONS,
    NAMED_SECTIONS,
    NAMES,
    TEXT_SECTIONS,
    TOWER_SECTIONS,
)
from biome_pipeline.snapshot.config_parameters import computed_parameters
from biome_pipeline.snapshot.config_rope import rope_of
from biome_pipeline.snapshot.config_sizes import Sizes
from biome_pipeline.snapshot.config_values import ConfigReader
from biome_pipeline.vocabulary.model_families import family_of
from biome_pipeline.vocabulary.model_layouts import LAYOUTS
from biome_pipeline.vocabulary.model_types import (
    CONFIG_DEFAULTS,
    DENSE_TYPES,
    FLAT_TYPES,
    MULTI_HEAD_TYPES,
    NO_ROPE_TYPES,
    ROPE_TYPES,
    SPARSE_TYPES,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["FACTS", "KNOWN_KEYS", "ConfigFacts", "config_facts", "text_section"]

_DEEPEST_NESTING = 3

_EXCEPTIONS = {
    (each.fact, model_type): each.names for each in EXCEPTIONS for model_type in each.model_types
}

_ROTATING_KEYS = (
    "rope_theta",
    "rope_parameters",
    "rope_scaling",
    "rope_ratio",
    "rotary_dim",
    "rotary_pct",
    "rotary_emb_base",
    "rotary_emb_fraction",
    "partial_rotary_factor",
    "attn_config.rope",
    "attn_config.rope_theta",
)
_QUANTIZATION_KEYS = ("quantization_config", "compression_config")


@dataclass(frozen=True)
class ConfigFacts:
    """What one config says.

    Parameters
    ----------
    outcome : str
        ok, empty, not_utf8, too_deep, invalid_json or not_object.
    model_type, family, architecture : str, optional
        The type, its family, and the first of the classes.
    hidden_size, num_layers, num_heads, num_kv_heads : int, optional
        Width, layers, and heads of queries and of keys; of an encoder and
        decoder, the encoder's layers and heads, as in transformers.
    head_dim : int, optional
        Size of one query's head; times the heads it need not be the width.
    intermediate_size, vocab_size, context_length : int, optional
        Feed-forward size, vocabulary, and positions as declared: scaling
        that comes on top is not multiplied in.
    dtype : str, optional
        Number format of the weights.
    num_experts, experts_per_token : int, optional
        Routed experts of a layer, and how many each token sees.
    has_tied_embeddings : bool, optional
        Whether the output shares the embeddings.
    uses_moe, uses_gqa, uses_rope, uses_quantization : bool, optional
        Experts; fewer heads of keys than of queries; rotated positions; weights
        that the config declares quantized.
    rope_theta : float, optional
        Base of the rotated positions' angles.
    rope_type : str, optional
        Kind of their scaling; ``default`` is none.
    rope_factor : float, optional
        How far scaling stretches the context.
    has_towers : bool, optional
        Whether the config describes other towers beside the text model.
    computed_parameters : int, optional
        Number of parameters by the layout of the text model's layers.
    anomalies : tuple of str
        Each value that could not be taken, and why.
    """

    outcome: str
    model_type: str | None = None
    family: str | None = None
    architecture: str | None = None
    hidden_size: int | None = None
    num_layers: int | None = None
    num_heads: int | None = None
    num_kv_heads: int | None = None
    head_dim: int | None = None
    intermediate_size: int | None = None
    vocab_size: int | None = None
    context_length: int | None = None
    dtype: str | None = None
    num_experts: int | None = None
    experts_per_token: int | None = None
    has_tied_embeddings: bool | None = None
    uses_moe: bool | None = None
    uses_gqa: bool | None = None
    uses_rope: bool | None = None
    uses_quantization: bool | None = None
    rope_theta: float | None = None
    rope_type: str | None = None
    rope_factor: float | None = None
    has_towers: bool | None = None
    computed_parameters: int | None = None
    anomalies: tuple[str, ...] = ()


FACTS: tuple[str, ...] = tuple(field.name for field in fields(ConfigFacts))


def config_facts(content: str | bytes) -> ConfigFacts:
    """Read the facts of one ``config.json``.

    Parameters
    ----------
    content : str or bytes
        The file's content, whatever it is.

    Returns
    -------
    ConfigFacts
        Nothing that the content holds raises or runs.
    """
    parsed = parse_config(content)
    if parsed.outcome != "ok":
        return ConfigFacts(parsed.outcome)
    whole = ConfigReader(parsed.document)
    model_type = whole.word("model_type")
    text = text_section(whole, model_type)
    text_type = (text.word("model_type") if text is not whole else None) or model_type
    types = tuple(kind for kind in (model_type, text_type) if kind is not None)
    architecture = _architecture(whole)
    numbers = _numbers(text, whole, text_type)
    uses_moe = _uses_moe(text, numbers, types)
    heads, kv_heads = numbers["num_heads"], numbers["num_kv_heads"]
    if heads is not None and kv_heads is not None and kv_heads > heads:
        text.note("num_kv_heads", "more than heads")
    tied = _first(text.flag("tie_word_embeddings"), whole.flag("tie_word_embeddings"))
    layout = LAYOUTS.get(text_type or "")
    if tied is None and layout is not None:
        tied = layout.is_tied
    uses_rope = _uses_rope(text, types)
    rope = rope_of(text, uses_rope=uses_rope)
    sizes = Sizes(text, text_type, architecture, tied, **numbers)
    for key in sorted(parsed.repeated & KNOWN_KEYS):
        whole.note(key, "repeated, the last one counts")
    return ConfigFacts(
        outcome="ok",
        model_type=model_type,
        family=family_of(model_type, architecture),
        architecture=architecture,
        **numbers,
        dtype=_dtype(text, whole),
        has_tied_embeddings=tied,
        uses_moe=uses_moe,
        uses_gqa=_uses_gqa(numbers, types),
        uses_rope=uses_rope,
        uses_quantization=_uses_quantization(text, whole, model_type, architecture),
        rope_theta=rope.theta,
        rope_type=rope.kind,
        rope_factor=rope.factor,
        has_towers=_has_towers(text, whole, types),
        computed_parameters=computed_parameters(sizes),
        anomalies=tuple(dict.fromkeys(whole.anomalies + text.anomalies)),
    )


KNOWN_KEYS = frozenset(
    {name for names in NAMES.values() for name in names.names}
    | {"model_type", "architectures", "dtype", "torch_dtype", "tie_word_embeddings"}
    | {*_ROTATING_KEYS, *_QUANTIZATION_KEYS, *TEXT_SECTIONS}
)
"""Keys that facts are read from."""


def _first(*values: bool | None) -> bool | None:
    return next((value for value in values if value is not None), None)


def text_section(whole: ConfigReader, model_type: str | None) -> ConfigReader:
    """Find the object that describes the text model.

    Parameters
    ----------
    whole : ConfigReader
        The whole config.
    model_type : str or None
        Its type.

    Returns
    -------
    ConfigReader
        Of the object; of the whole config if it has no other.
    """
    reader = whole
    if model_type in FLAT_TYPES:
        return reader
    for _ in range(_DEEPEST_NESTING):
        found: tuple[str, Mapping[str, Any]] | None = next(
            (
                (name, reader.section[name])
                for name in TEXT_SECTIONS
                if _is_model(name, reader.section.get(name))
            ),
            None,
        )
        if found is None:
            break
        reader = ConfigReader(found[1], f"{reader.place}{found[0]}.")
        if reader.word("model_type") in FLAT_TYPES:
            break
    return reader


def _is_model(name: str, section: object) -> bool:
    if not isinstance(section, dict) or not section:
        return False
    return name not in NAMED_SECTIONS or isinstance(section.get("model_type"), str)


def _architecture(whole: ConfigReader) -> str | None:
    classes = whole.section.get("architectures")
    if classes is None or classes == []:
        return None
    if not isinstance(classes, list):
        whole.note("architectures", "not a list")
        return None
    first = ConfigReader({"architectures": classes[0]})
    name = first.word("architectures")
    whole.anomalies += first.anomalies
    return name


def _numbers(
    text: ConfigReader, whole: ConfigReader, text_type: str | None
) -> dict[str, int | None]:
    found: dict[str, int | None] = {}
    for fact, entry in NAMES.items():
        names = _EXCEPTIONS.get((fact, text_type or ""), entry.names)
        found[fact] = text.number(*names, lowest=entry.lowest)
    if text is not whole:
        if found["vocab_size"] is None:
            # The one number that composite models also write at the top.
            found["vocab_size"] = whole.number(*NAMES["vocab_size"].names)
        for fact, default in CONFIG_DEFAULTS.get(text_type or "", {}).items():
            if found[fact] is None:
                found[fact] = default
    if text_type in DENSE_TYPES:
        for fact in ("num_experts", "experts_per_token"):
            if found[fact] is not None:
                text.note(fact, f"no fact of a {text_type}")
                found[fact] = None
    found["num_kv_heads"] = _kv_heads(text, text_type, found["num_kv_heads"], found["num_heads"])
    found["head_dim"] = _head_dim(text, found)
    layout = LAYOUTS.get(text_type or "")
    width = found["hidden_size"]
    if found["intermediate_size"] is None and layout is not None and width is not None:
        ratio = layout.feed_forward_ratio
        found["intermediate_size"] = None if ratio is None else ratio * width
    return found


def _kv_heads(
    text: ConfigReader, text_type: str | None, stated: int | None, heads: int | None
) -> int | None:
    """Apply the older switches between one, some and all heads of keys."""
    if text_type in {"falcon", "RefinedWeb", "RefinedWebModel"} and not text.flag(
        "new_decoder_architecture"
    ):
        # The number counts in the newer architecture only.
        return 1 if _first(text.flag("multi_query"), text_type == "falcon") else heads
    if text_type == "gpt_bigcode":
        return 1 if _first(text.flag("multi_query"), True) else heads
    if text_type == "chatglm":
        groups = text.number("multi_query_group_num")
        return groups if text.flag("multi_query_attention") else heads
    if text_type == "mpt" and stated is None:
        return 1 if text.word("attn_config.attn_type") == "multiquery_attention" else heads
    if text_type in MULTI_HEAD_TYPES:
        if stated not in {None, heads}:
            text.note("num_kv_heads", f"no fact of a {text_type}")
        return heads
    # Of Llama's class, null and absence mean all heads.
    return heads if stated is None and text_type in {"llama", "Yi"} else stated


def _head_dim(text: ConfigReader, found: Mapping[str, int | None]) -> int | None:
    if text.has("kv_lora_rank"):
        # Latent attention: some configs write the rotated part alone as head_dim.
        whole_head = text.number("qk_head_dim")
        plain, rotated = text.number("qk_nope_head_dim"), text.number("qk_rope_head_dim")
        if whole_head is None and plain is not None and rotated is not None:
            whole_head = plain + rotated
        return whole_head or found["head_dim"]
    width, heads = found["hidden_size"], found["num_heads"]
    if found["head_dim"] is None and width is not None and heads is not None and not width % heads:
        return width // heads
    return found["head_dim"]


def _dtype(text: ConfigReader, whole: ConfigReader) -> str | None:
    word = text.word("dtype", "torch_dtype")
    if word is None and text is not whole:
        word = whole.word("dtype", "torch_dtype")
    if word is None or word == "auto":
        return None
    return word.removeprefix("torch.")


def _uses_moe(
    text: ConfigReader, numbers: Mapping[str, int | None], types: tuple[str, ...]
) -> bool | None:
    for kind in types:
        if kind in SPARSE_TYPES or kind in DENSE_TYPES:
            return kind in SPARSE_TYPES
    if text.flag("enable_moe_block") is False:
        return False
    experts = numbers["num_experts"]
    if experts is not None:
        return experts > 1
    is_named = any(name in text.section for name in NAMES["num_experts"].names)
    return False if is_named and _is_null(text, NAMES["num_experts"].names) else None


def _is_null(text: ConfigReader, names: tuple[str, ...]) -> bool:
    return all(text.section.get(name) is None for name in names)


def _uses_gqa(numbers: Mapping[str, int | None], types: tuple[str, ...]) -> bool | None:
    if any(kind in MULTI_HEAD_TYPES for kind in types[:1]):
        return False
    heads, kv_heads = numbers["num_heads"], numbers["num_kv_heads"]
    if heads is None or kv_heads is None or kv_heads > heads:
        return None
    return kv_heads < heads


def _uses_rope(text: ConfigReader, types: tuple[str, ...]) -> bool | None:
    for kind in types:
        if kind in ROPE_TYPES or kind in NO_ROPE_TYPES:
            return kind in ROPE_TYPES
    is_biased = _first(text.flag("alibi"), text.flag("attn_config.alibi"))
    positions = text.word("position_embedding_type")
    if is_biased:
        return False
    if any(text.has(key) for key in _ROTATING_KEYS) or positions in {"rope", "rotary"}:
        return True
    if positions is not None and positions.startswith(("absolute", "relative", "alibi", "learned")):
        return False
    return True if is_biased is False and types[:1] == ("falcon",) else None


def _uses_quantization(
    text: ConfigReader, whole: ConfigReader, model_type: str | None, architecture: str | None
) -> bool | None:
    if any(reader.has(key) for reader in (whole, text) for key in _QUANTIZATION_KEYS):
        return True
    # A document that names no model is none: it cannot deny anything.
    return None if model_type is None and architecture is None else False


def _has_towers(text: ConfigReader, whole: ConfigReader, types: tuple[str, ...]) -> bool | None:
    if not types:
        return None
    return text is not whole or any(
        isinstance(whole.section.get(name), dict) for name in TOWER_SECTIONS
    )
