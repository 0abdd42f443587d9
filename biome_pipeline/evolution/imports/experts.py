"""Which layers of a config have experts, and what a type declares of them.

What does not belong here: the feed-forwards themselves (``feed_forwards``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from biome_pipeline.evolution.imports.keys import shown

if TYPE_CHECKING:
    from biome_pipeline.evolution.imports.source import Source

    Feed = Literal["dense", "moe", "none"]

__all__ = ["Experts", "experts_of", "feeds_of", "n_experts"]


@dataclass(frozen=True)
class Experts:
    """What a type's class declares of its experts where a config is silent.

    Parameters
    ----------
    n, k : int, optional
        Routed experts, and how many a token passes; None: a config must say.
    hidden : int, optional
        Inner features of each; None: those of the dense feed-forward.
    shared : int
        Experts that every token passes.
    shared_hidden : int, optional
        Inner features of each of these; None: as the routed ones.
    score : str
        How scores become weights, ``softmax`` or ``sigmoid``.
    balance : float
        Weight of the loss that spreads tokens; 0: the class has none.
    first_dense : int
        Layers at the start without experts.
    """

    n: int | None
    k: int | None
    hidden: int | None = None
    shared: int = 0
    shared_hidden: int | None = None
    score: Literal["softmax", "sigmoid"] = "softmax"
    balance: float = 0.001
    first_dense: int = 0


_DEEPSEEK = Experts(256, 8, 2048, 1, score="sigmoid", balance=0.0, first_dense=3)
_EXPERTS: dict[str, Experts] = {
    "mixtral": Experts(8, 2),
    "qwen2_moe": Experts(60, 4, 1408, 1, 5632),
    "qwen3_moe": Experts(128, 8, 768),
    "qwen3_vl_moe_text": Experts(60, 4, 1408),
    "qwen3_next": Experts(512, 10, 512, 1, 512),
    "qwen3_5_moe_text": Experts(256, 8, 512, 1, 512),
    "phimoe": Experts(16, 2),
    "olmoe": Experts(64, 8, balance=0.01),
    "granitemoe": Experts(8, 2),
    "granitemoeshared": Experts(8, 2, None, 1, 0),
    "granitemoehybrid": Experts(8, 2, None, 1, 1024),
    "gpt_oss": Experts(128, 4),
    "llama4_text": Experts(16, 1, None, 1, score="sigmoid"),
    "deepseek_v2": Experts(64, None, 1407, 2, balance=0.0),
    "deepseek_v3": _DEEPSEEK,
    "deepseek_v32": _DEEPSEEK,
    "deepseek_v4": Experts(256, 6, 2048, 1, score="sigmoid"),
    "glm_moe_dsa": _DEEPSEEK,
    "glm4_moe": Experts(128, 8, 1408, 1, score="sigmoid", balance=0.0, first_dense=1),
    "glm4_moe_lite": Experts(64, 4, 1536, 1, score="sigmoid", balance=0.0, first_dense=1),
    "minimax": Experts(8, 2),
    "minimax_m2": Experts(256, 8, score="sigmoid"),
    "ernie4_5_moe": Experts(64, 6, 1536, 2),
    "nemotron_h": Experts(8, 2, 7688, 1, 7688, score="sigmoid", balance=0.0),
    "step3p7": Experts(288, 8, 1280, 1, 1280, score="sigmoid", balance=0.0, first_dense=3),
    "gemma4_text": Experts(None, None, None, 1, balance=0.0),
}


def experts_of(source: Source) -> Experts | None:
    """Find what a config's type declares of experts.

    Parameters
    ----------
    source : Source
        The config.

    Returns
    -------
    Experts or None
        None if the type has none, or the config switches them off.
    """
    if source.kind.name == "gemma4_text" and not source.flag("enable_moe_block", default=False):
        # Configs of dense models write these, too, as null.
        source.value("num_experts", "top_k_experts", "moe_intermediate_size")
        return None
    return _EXPERTS.get(source.kind.name)


def n_experts(source: Source, experts: Experts) -> int:
    """Count the routed experts of a layer.

    Parameters
    ----------
    source : Source
        The config.
    experts : Experts
        Of its type.

    Returns
    -------
    int
        0 if there are none.

    Raises
    ------
    ConfigImportError
        If it is not stated, and the type has no default.
    """
    return source.size("num_experts", experts.n)


def feeds_of(source: Source, n: int) -> list[Feed]:
    """Tell the feed-forwards of a config's layers apart.

    Parameters
    ----------
    source : Source
        The config.
    n : int
        Its layers.

    Returns
    -------
    list of str
        ``dense``, ``moe`` or ``none``, from the first layer to the last.

    Raises
    ------
    ConfigImportError
        If a list does not fit the layers.
    """
    experts = experts_of(source)
    if source.kind.name == "mamba2":
        return ["none"] * n
    if experts is None or not n_experts(source, experts):
        return ["dense"] * n
    stated = source.value("mlp_layer_types")
    if stated is not None:
        return _stated(source, stated, n)
    has_experts = _by_type(source, experts, n)
    return ["moe" if each else "dense" for each in has_experts]


_WORDS: dict[str, Feed] = {"dense": "dense", "sparse": "moe", "moe": "moe", "hash_moe": "moe"}


def _stated(source: Source, words: list[str], n: int) -> list[Feed]:
    if len(words) < n:
        raise source.fault("mlp_layer_types", f"{len(words)} kinds are too few for {n} layers")
    odd = next((word for word in words[:n] if word not in _WORDS), None)
    if odd is not None:
        raise source.fault("mlp_layer_types", f"it holds {shown(odd)}, no feed-forward")
    # DeepSeek of that list writes its first dense layers once more.
    source.value("first_k_dense_replace", "moe_layer_freq")
    return [_WORDS[word] for word in words[:n]]


_SPARSE_STEPS = ("qwen2_moe", "qwen3_moe", "qwen3_vl_moe_text", "qwen3_next")


def _by_type(source: Source, experts: Experts, n: int) -> list[bool]:
    kind = source.kind.name
    if kind in _SPARSE_STEPS:
        dense = source.value("mlp_only_layers") or []
        every = source.needed("decoder_sparse_step", default=1)
        return [place not in dense and (place + 1) % every == 0 for place in range(n)]
    if kind == "llama4_text":
        places = source.value("moe_layers")
        if places is not None:
            return [place in places for place in range(n)]
        every = source.needed("interleave_moe_layer_step", default=1)
        return [(place + 1) % every == 0 for place in range(n)]
    if kind == "ernie4_5_moe":
        return _ernie(source, n)
    if source.layout.has_latent_attention or experts.first_dense:
        first = source.value("first_k_dense_replace")
        first = experts.first_dense if first is None else first
        every = source.value("moe_layer_freq") or 1
        return [place >= first and place % every == 0 for place in range(n)]
    return [True] * n


def _ernie(source: Source, n: int) -> list[bool]:
    first = source.value("moe_layer_start_index")
    last = source.value("moe_layer_end_index")
    first, last = 1 if first is None else first, 27 if last is None else last
    last = n - 1 if last == -1 else last
    every = source.needed("moe_layer_interval", default=1)
    return [first <= place <= last and (place + 1) % every == 0 for place in range(n)]
