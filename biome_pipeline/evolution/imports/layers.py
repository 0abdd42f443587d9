"""What each layer of a config holds: kind of mixer, and of feed-forward.

A list that the config writes counts first, then the rule of its type. What does not
belong here: sizes (``mixers``, ``feed_forwards``) and layers that are a mixer or a
feed-forward alone, or were searched for (``stacks``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from biome_pipeline.evolution.imports.experts import feeds_of
from biome_pipeline.evolution.imports.keys import shown

if TYPE_CHECKING:
    from collections.abc import Callable

    from biome_pipeline.evolution.imports.experts import Feed
    from biome_pipeline.evolution.imports.source import Source

    Mixer = Literal[
        "full", "sliding", "chunked", "linear", "ssm", "both", "indexed", "compressed", "none"
    ]

__all__ = ["STATE_SPACES", "Layer", "layers_of", "n_layers"]


class Layer(NamedTuple):
    """Kinds of one layer.

    Attributes
    ----------
    mixer : str
        ``full``, ``sliding`` or ``chunked`` attention; attention that is ``indexed`` or
        ``compressed`` (DeepSeek-V4); ``linear`` attention; ``ssm``; ``both`` attention
        and ssm side by side; or ``none``.
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


STATE_SPACES = frozenset({"mamba2", "bamba", "falcon_h1", "granitemoehybrid", "nemotron_h"})
"""Types whose layers that are no attention are states of Mamba 2."""

_WORDS: dict[str, Mixer] = {
    "full_attention": "full",
    "attention": "full",
    "global": "full",
    "indexed_attention": "full",
    "sliding_attention": "sliding",
    "local": "sliding",
    "chunked_attention": "chunked",
    "linear_attention": "linear",
    "mamba": "linear",
    "mamba2": "linear",
    "compressed_sparse_attention": "indexed",
    "heavily_compressed_attention": "compressed",
}
_EVERY = {
    **dict.fromkeys(("gemma2", "gpt_oss"), 2),
    **dict.fromkeys(("cohere2", "exaone4", "olmo3"), 4),
    **dict.fromkeys(("gemma3_text", "gemma4_text"), 6),
}
"""Every n-th layer attends to all, the others to a window."""

_EVERY_IS_STATED = ("gemma3_text", "cohere2", "exaone4")
"""Types of which a config may write that number."""

_SUPERSEDED = (
    "sliding_window_pattern",
    "full_attention_interval",
    "max_window_layers",
    "use_sliding_window",
    "attn_layer_indices",
    "attn_type_list",
)
"""What a list of the layers' kinds makes void."""

_ALWAYS_SLIDING = ("mistral", "ministral", "mixtral", "phi3", "phimoe", "starcoder2")
_LATER_SLIDING = ("qwen2", "qwen3", "qwen2_vl_text", "qwen2_5_vl_text")
_LINEAR = ("qwen3_next", "qwen3_5_text", "qwen3_5_moe_text")
_LINEAR_TYPES = (*_LINEAR, "minimax")
_NO_POSITIONS_BEYOND_WINDOWS = ("cohere2", "exaone4")
_RATIOS: dict[int, Mixer] = {0: "sliding", 4: "indexed", 128: "compressed"}


def n_layers(source: Source) -> int:
    """Count the layers of a config.

    Parameters
    ----------
    source : Source
        The config.

    Returns
    -------
    int
        At most 4,096.

    Raises
    ------
    ConfigImportError
        If it does not say, and its type has no default.
    """
    stated = source.maybe("num_layers")
    kinds = None if stated is not None else source.value("layers_block_type", "layer_types")
    if not kinds:
        return source.size("num_layers", source.kind.layers)
    if len(kinds) > 4_096:
        raise source.fault("layer_types", f"{len(kinds)} layers are more than 4096")
    return len(kinds)


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

    Raises
    ------
    ConfigImportError
        If a list does not fit the layers, or holds a word that no genome can say.
    """
    n = n_layers(source)
    rotated = _rotated(source, n)
    mixers = _stated(source, n) or _by_type(source, n, rotated)
    if source.kind.name in _NO_POSITIONS_BEYOND_WINDOWS and "sliding" in mixers:
        rotated = [mixer == "sliding" for mixer in mixers]
    if source.kind.name == "gemma4_text":
        mixers[-1] = "full"
    hidden = _hidden(source, n)
    feeds = feeds_of(source, n)
    return [
        Layer(mixers[place], feeds[place], rotated[place], hidden=hidden[place])
        for place in range(n)
    ]


def _stated(source: Source, n: int) -> list[Mixer] | None:
    """Read the list of the layers' kinds, if there is one."""
    name = next((each for each in ("layer_types", "layers_block_type") if source.value(each)), None)
    if name is None:
        return None
    words = source.value(name)
    source.value(*_SUPERSEDED)
    if len(words) < n:
        raise source.fault(name, f"{len(words)} kinds are too few for {n} layers")
    for place, word in enumerate(words[:n]):
        if word not in _WORDS:
            raise source.fault(f"{name}.{place}", f"it is {shown(word)}, no mixer of a genome")
    # What is beyond predicts more than one token.
    return [_fitted(source, _WORDS[word], name) for word in words[:n]]


def _fitted(source: Source, mixer: Mixer, name: str) -> Mixer:
    kind = source.kind.name
    if mixer == "linear" and kind in STATE_SPACES:
        return "both" if kind == "falcon_h1" else "ssm"
    if mixer == "linear" and kind not in _LINEAR_TYPES:
        raise source.fault(name, f"linear layers of {kind} are not known")
    return mixer


def _by_type(source: Source, n: int, rotated: list[bool]) -> list[Mixer]:
    kind = source.kind.name
    rule = _RULES.get(kind)
    if rule is not None:
        return rule(source, n)
    if kind == "smollm3":
        is_on = source.flag("use_sliding_window", default=False) and source.value("sliding_window")
        return ["sliding" if is_on and not each else "full" for each in rotated]
    if kind == "llama4_text":
        is_on = source.value("attention_chunk_size") or not source.is_stated("attention_chunk_size")
        return ["chunked" if is_on and each else "full" for each in rotated]
    return ["sliding" if kind in _ALWAYS_SLIDING else "full"] * n


def _every(source: Source, n: int) -> list[Mixer]:
    every = _EVERY[source.kind.name]
    if source.kind.name in _EVERY_IS_STATED:
        stated: int | str | None = source.value("sliding_window_pattern")
        if stated is None:
            source.assumed.append("sliding_window_pattern")
        # Exaone 4 writes three local layers and a global one as letters.
        every = stated if isinstance(stated, int) else every
    return ["full" if (place + 1) % every == 0 else "sliding" for place in range(n)]


def _later(source: Source, n: int) -> list[Mixer]:
    """Read the windows of Qwen, which are off unless switched on."""
    first = 80 if source.kind.name.endswith("_vl_text") else 28
    first = source.number("max_window_layers", default=first) or 0
    if not source.flag("use_sliding_window", default=False):
        source.value("sliding_window")
        return ["full"] * n
    if source.kind.name == "qwen2_moe":
        return ["sliding" if place % 2 == 0 and place < first else "full" for place in range(n)]
    return ["sliding" if place >= first else "full" for place in range(n)]


def _switched(source: Source, n: int) -> list[Mixer]:
    if source.flag("use_sliding_window", default=False):
        return ["sliding"] * n
    source.value("sliding_window")
    return ["full"] * n


def _exaone(source: Source, n: int) -> list[Mixer]:
    if source.is_stated("sliding_window") and source.value("sliding_window") is None:
        return ["full"] * n
    return _every(source, n)


def _hybrid(source: Source, n: int) -> list[Mixer]:
    every = source.needed("full_attention_interval", default=4)
    return ["full" if (place + 1) % every == 0 else "linear" for place in range(n)]


def _minimax(source: Source, n: int) -> list[Mixer]:
    """Read the list of MiniMax-Text-01, in which 1 is attention to all."""
    flags = source.value("attn_type_list")
    if flags is None:
        return ["linear" if place % 2 else "full" for place in range(n)]
    if len(flags) != n or not set(flags) <= {0, 1}:
        raise source.fault("attn_type_list", f"it is no list of {n} zeros and ones")
    return ["full" if flag else "linear" for flag in flags]


def _bamba(source: Source, n: int) -> list[Mixer]:
    places = source.value("attn_layer_indices") or []
    if any(place >= n for place in places):
        raise source.fault("attn_layer_indices", f"it names a layer beyond {n}")
    return ["full" if place in places else "ssm" for place in range(n)]


def _compressed(source: Source, n: int) -> list[Mixer]:
    """Read the ratios of DeepSeek-V4: 0 is a window alone, 4 is indexed."""
    ratios = source.value("compress_ratios")
    if ratios is None:
        return ["indexed" if place > 1 and place % 2 else "compressed" for place in range(n)]
    if len(ratios) < n or not set(ratios) <= set(_RATIOS):
        raise source.fault("compress_ratios", f"it is no list of 0, 4 and 128 for {n} layers")
    source.lose("compress_ratios")
    return [_RATIOS[ratio] for ratio in ratios[:n]]


def _alternating(source: Source, n: int) -> list[Mixer]:
    """Read the repeated patterns of GPT-Neo: pairs of kinds and how often."""
    kinds: list[str] = []
    for part in source.value("attention_types") or [[["global", "local"], n - n // 2]]:
        if not (isinstance(part, list) and len(part) == 2 and isinstance(part[0], list)):
            raise source.fault("attention_types", f"it holds {shown(part)}, no kinds and number")
        words, times = part
        is_count = isinstance(times, int) and not isinstance(times, bool) and 0 < times <= 4_096
        if not is_count or not all(word in ("global", "local") for word in words):
            raise source.fault("attention_types", f"it holds {shown(part)}, no kinds and number")
        kinds += (words * times)[:n]
    if len(kinds) < n:
        raise source.fault("attention_types", f"{len(kinds)} kinds are too few for {n} layers")
    return [_WORDS[kind] for kind in kinds[:n]]


_RULES: dict[str, Callable[[Source, int], list[Mixer]]] = {
    **dict.fromkeys(_EVERY, _every),
    **dict.fromkeys(_LINEAR, _hybrid),
    **dict.fromkeys((*_LATER_SLIDING, "qwen2_moe"), _later),
    "qwen3_moe": _switched,
    "exaone4": _exaone,
    "minimax": _minimax,
    "bamba": _bamba,
    "deepseek_v4": _compressed,
    "gpt_neo": _alternating,
    "mamba2": lambda _, n: ["ssm"] * n,
    "granitemoehybrid": lambda _, n: ["ssm"] * n,
    "falcon_h1": lambda _, n: ["both"] * n,
}


def _rotated(source: Source, n: int) -> list[bool]:
    """Tell which layers rotate positions, where a type's layers differ in it."""
    if source.kind.name not in ("llama4_text", "smollm3"):
        return [True] * n
    flags = source.value("no_rope_layers")
    # Llama 4 takes an empty list for none.
    if flags or (flags is not None and source.kind.name == "smollm3"):
        if len(flags) != n or not set(flags) <= {0, 1}:
            raise source.fault("no_rope_layers", f"it is no list of {n} zeros and ones")
        # 1 says that the layer rotates.
        return [flag == 1 for flag in flags]
    every = source.needed("no_rope_layer_interval", "nope_layer_interval", default=4)
    return [(place + 1) % every != 0 for place in range(n)]


def _hidden(source: Source, n: int) -> list[int | None]:
    """Give the feed-forwards of Gemma 4 that are twice as wide: those that share keys."""
    if source.kind.name != "gemma4_text":
        return [None] * n
    shared = source.value("num_kv_shared_layers") or 0
    if shared:
        source.lose("num_kv_shared_layers")
    if not source.flag("use_double_wide_mlp", default=False):
        return [None] * n
    wide = 2 * source.size("intermediate_size", source.kind.feed_forward)
    return [wide if place >= n - shared else None for place in range(n)]
