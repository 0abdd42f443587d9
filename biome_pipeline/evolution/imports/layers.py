"""What each layer of a config holds: kind of mixer, and of feed-forward.

What does not belong here: their sizes (``mixers``, ``feed_forwards``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from biome_pipeline.snapshot.config_values import ConfigReader
from biome_pipeline.vocabulary.model_mechanisms import LINEAR_ATTENTION_TYPES

if TYPE_CHECKING:
    from biome_pipeline.evolution.imports.source import Source

    Mixer = Literal["full", "sliding", "chunked", "linear", "ssm", "none"]
    Feed = Literal["dense", "moe", "none"]

__all__ = ["Layer", "layers_of"]


class Layer(NamedTuple):
    """Kinds of one layer.

    Attributes
    ----------
    mixer : str
        ``full``, ``sliding`` or ``chunked`` attention, ``linear`` attention, ``ssm``
        or ``none``.
    feed : str
        ``dense``, ``moe`` or ``none``.
    has_rope : bool
        Whether its attention may rotate positions.
    kv_heads, hidden : int, optional
        Sizes of this layer alone, where layers differ in them.
    """

    mixer: Mixer
    feed: Feed
    has_rope: bool = True
    kv_heads: int | None = None
    hidden: int | None = None


_MIXERS: dict[str, Mixer] = {
    "full_attention": "full",
    "attention": "full",
    "sliding_attention": "sliding",
    "chunked_attention": "chunked",
    "linear_attention": "linear",
    "mamba": "ssm",
    "mamba2": "ssm",
}
_HYBRID: dict[str, tuple[Mixer, Feed]] = {
    "M": ("ssm", "none"),
    "*": ("full", "none"),
    "-": ("none", "dense"),
    "E": ("none", "moe"),
    "mamba": ("ssm", "none"),
    "attention": ("full", "none"),
    "mlp": ("none", "dense"),
    "moe": ("none", "moe"),
}

_ALTERNATING = {"gemma2": 2, "gemma3": 6, "gemma3_text": 6}
"""Every n-th layer attends to all, the others to a window, unless the config says else."""


def layers_of(source: Source) -> list[Layer]:
    """Tell the layers of a config apart.

    Parameters
    ----------
    source : Source
        The config.

    Returns
    -------
    list of Layer
        From the first to the last.
    """
    own = _hybrid(source) or _searched(source)
    if own is not None:
        return own
    mixers = _mixers(source)
    feeds = _feeds(source)
    unrotated = _unrotated(source)
    return [
        Layer(
            # Llama 4 attends in chunks where it rotates, to all where it does not.
            "full" if place in unrotated and mixer == "chunked" else mixer,
            feed,
            place not in unrotated,
        )
        for place, (mixer, feed) in enumerate(zip(mixers, feeds, strict=True))
    ]


def _hybrid(source: Source) -> list[Layer] | None:
    """Read the patterns of models whose layers are a mixer or a feed-forward alone."""
    pattern = source.text.section.get("hybrid_override_pattern")
    source.text.has("hybrid_override_pattern")
    kinds = list(pattern) if isinstance(pattern, str) else source.text.words("layers_block_type")
    if not kinds or len(kinds) != source.n_layers or not set(kinds) <= set(_HYBRID):
        return None
    return [Layer(*_HYBRID[kind]) for kind in kinds]


def _searched(source: Source) -> list[Layer] | None:
    """Read the layers of models whose makers searched for them (Nemotron NAS, DeciLM)."""
    blocks = source.text.section.get("block_configs")
    source.text.has("block_configs")
    if not isinstance(blocks, list) or len(blocks) != source.n_layers:
        return None
    heads = source.needed("num_heads", source.facts.num_heads)
    width = source.needed("hidden_size", source.facts.hidden_size)
    layers = []
    for place, block in enumerate(blocks):
        reader = ConfigReader(block if isinstance(block, dict) else {}, f"block_configs.{place}.")
        group, multiple = (
            reader.number("attention.n_heads_in_group"),
            reader.real("ffn.ffn_mult"),
        )
        # As in its class: two thirds of the multiple, rounded up to 256.
        hidden = None if multiple is None else -(-int(2 * multiple * width / 3) // 256) * 256
        layers.append(
            Layer(
                "none" if group is None else "full",
                "none" if hidden is None else "dense",
                kv_heads=None if group is None else max(1, heads // group),
                hidden=hidden,
            )
        )
    return layers


def _mixers(source: Source) -> list[Mixer]:
    if source.layout.stack == "mamba":
        return ["ssm"] * source.n_layers
    return _interleaved(source) or _windowed(source)


def _interleaved(source: Source) -> list[Mixer] | None:
    """Read kinds that alternate, as a list or as an interval."""
    text, n = source.text, source.n_layers
    stated = text.words("layer_types")
    if stated is not None and len(stated) >= n and set(stated[:n]) <= set(_MIXERS):
        # What is beyond predicts more than one token.
        return [_MIXERS[kind] for kind in stated[:n]]
    if source.model_type in LINEAR_ATTENTION_TYPES:
        interval = source.or_else(
            "full_attention_interval", text.number("full_attention_interval"), 4
        )
        return ["full" if (place + 1) % interval == 0 else "linear" for place in range(n)]
    return ["chunked"] * n if text.has("attention_chunk_size") else None


def _windowed(source: Source) -> list[Mixer]:
    text, n = source.text, source.n_layers
    if not text.has("sliding_window") or text.flag("use_sliding_window") is False:
        return ["full"] * n
    every = text.number("sliding_window_pattern")
    if every is None and source.model_type in _ALTERNATING:
        every = source.or_else("sliding_window_pattern", None, _ALTERNATING[source.model_type])
    if every is None:
        return ["sliding"] * n
    return ["full" if (place + 1) % every == 0 else "sliding" for place in range(n)]


def _unrotated(source: Source) -> set[int]:
    """Name the layers of Llama 4 that know no positions."""
    if source.model_type not in ("llama4_text", "llama4"):
        return set()
    n = source.n_layers
    flags = source.text.numbers("no_rope_layers")
    if flags and len(flags) == n:
        # 1 says that the layer rotates.
        return {place for place, flag in enumerate(flags) if not flag}
    every = source.or_else("nope_layer_interval", source.text.number("nope_layer_interval"), 4)
    return {place for place in range(n) if (place + 1) % every == 0}


def _feeds(source: Source) -> list[Feed]:
    text, facts, n = source.text, source.facts, source.n_layers
    if source.layout.stack == "mamba":
        return ["none"] * n
    if facts.num_experts is None or facts.uses_moe is False:
        return ["dense"] * n
    stated = text.words("mlp_layer_types")
    if stated is not None and len(stated) == n and set(stated) <= {"dense", "sparse"}:
        return ["moe" if kind == "sparse" else "dense" for kind in stated]
    first = text.number("first_k_dense_replace", lowest=0) or 0
    dense = set(text.numbers("mlp_only_layers") or ())
    every, offset = _step(source)
    return [
        "moe"
        if place >= first and place not in dense and (place + offset) % every == 0
        else "dense"
        for place in range(n)
    ]


def _step(source: Source) -> tuple[int, int]:
    """Give how often a layer has experts, and from which count on."""
    for name, offset in (
        ("decoder_sparse_step", 1),
        ("interleave_moe_layer_step", 1),
        ("moe_layer_freq", 0),
    ):
        every = source.text.number(name)
        if every is not None:
            return every, offset
    return 1, 0
