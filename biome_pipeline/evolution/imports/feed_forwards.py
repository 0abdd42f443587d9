"""Feed-forwards out of a config's words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from biome_pipeline.evolution.genome import Dense, Moe
from biome_pipeline.evolution.imports.experts import experts_of, n_experts
from biome_pipeline.evolution.imports.keys import shown
from biome_pipeline.evolution.imports.kinds import UNGATED

if TYPE_CHECKING:
    from biome_pipeline.evolution.genome.feed_forward import Activation
    from biome_pipeline.evolution.imports.experts import Experts
    from biome_pipeline.evolution.imports.source import Source

__all__ = ["dense_of", "moe_of"]

_ACTIVATIONS: dict[str, Activation] = {
    "silu": "silu",
    "swish": "silu",
    "swiglu": "silu",
    "relu": "relu",
    "relu2": "relu2",
    "relu_squared": "relu2",
    # The same function, or an approximation of it.
    "gelu": "gelu",
    "gelu_10": "gelu",
    "gelu_accurate": "gelu",
    "gelu_fast": "gelu",
    "gelu_new": "gelu",
    "gelu_python": "gelu",
    "gelu_python_tanh": "gelu",
    "gelu_pytorch_tanh": "gelu",
    "geglu": "gelu",
    "quick_gelu": "gelu",
}
_KEYS = ("hidden_act", "hidden_activation", "activation_function", "activation", "afn")
_OWN_KEYS = {
    # These classes read one key, and configs may write the other as well.
    "gemma2": ("hidden_activation", "hidden_act"),
    "gemma3_text": ("hidden_activation", "hidden_act"),
    "gemma4_text": ("hidden_activation", "hidden_act"),
    "nemotron_h": ("mlp_hidden_act",),
}
_FIXED = ("bloom", "mpt", "chatglm", "qwen")
_SHARED_SIZES = (
    "shared_expert_intermediate_size",
    "moe_shared_expert_intermediate_size",
    "share_expert_dim",
    "shared_intermediate_size",
)


def dense_of(source: Source, hidden: int | None) -> Dense:
    """Read the dense feed-forward of a config.

    Parameters
    ----------
    source : Source
        The config.
    hidden : int, optional
        Size of this layer alone; none: that of all.

    Returns
    -------
    Dense
        Of the layers without experts.

    Raises
    ------
    ConfigImportError
        If its size is not stated and the type has none, or its activation is unknown.
    """
    if hidden is None and source.kind.name == "granitemoehybrid":
        # Without routed experts, what every token passes is left.
        hidden = source.needed("shared_intermediate_size", default=1024)
    return Dense(
        kind="dense",
        hidden=_hidden(source) if hidden is None else hidden,
        activation=_activation(source),
        gated=_is_gated(source),
    )


def _hidden(source: Source) -> int:
    if source.kind.name == "llama4_text":
        # Its other size is that of the experts.
        return source.needed("intermediate_size_mlp", default=16_384)
    ratio, default = source.layout.feed_forward_ratio, source.kind.feed_forward
    if default is None and ratio is not None and source.maybe("intermediate_size") is None:
        multiple: int = source.value("expansion_ratio") or ratio
        return multiple * source.size("hidden_size", source.kind.hidden)
    stated = source.size("intermediate_size", default)
    # Qwen's first models write the sizes of both projections in one.
    if stated % source.layout.feed_forward_share:
        raise source.fault("intermediate_size", f"it is {stated}, which is odd")
    return stated // source.layout.feed_forward_share


def moe_of(source: Source) -> Moe:
    """Read the mixture of experts of a config.

    Parameters
    ----------
    source : Source
        The config.

    Returns
    -------
    Moe
        Of the layers with experts.

    Raises
    ------
    ConfigImportError
        If the type has no experts, or a size is not stated and the type has none.
    """
    experts = experts_of(source)
    if experts is None:
        raise source.fault("num_experts", f"{source.kind.name} has no experts")
    n = n_experts(source, experts)
    k = source.size("experts_per_token", experts.k)
    if not 1 <= k <= n:
        raise source.fault("num_experts_per_tok", f"it is {k}, of {n} experts")
    hidden = _expert_hidden(source, experts)
    shared, shared_hidden = _shared(source, experts)
    balance: float | None = source.value("router_aux_loss_coef", "aux_loss_alpha")
    if balance is None:
        balance = experts.balance
        source.assumed.append("router_aux_loss_coef")
    fields: dict[str, Any] = {
        "kind": "moe",
        "n_experts": n,
        "k": k,
        "hidden": hidden,
        "activation": _activation(source),
        "gated": _is_gated(source),
        "shared_experts": shared,
        "shared_hidden": None if shared_hidden == hidden else shared_hidden,
        "router": {"kind": _score(source, experts), "balance_weight": float(balance)},
    }
    return Moe.model_validate(fields)


def _expert_hidden(source: Source, experts: Experts) -> int:
    names = ("moe_intermediate_size", "expert_ffn_hidden_size")
    if experts.hidden is not None or source.value(*names) is not None:
        return source.needed(*names, default=experts.hidden)
    if source.kind.name == "gemma4_text":
        # Its dense size is that of what stands beside the experts.
        return source.needed(*names)
    return source.size("intermediate_size", source.kind.feed_forward)


def _shared(source: Source, experts: Experts) -> tuple[int, int | None]:
    """Give how many experts every token passes, and their size if it is their own."""
    if source.kind.name == "gemma4_text":
        return 1, source.size("intermediate_size", source.kind.feed_forward)
    n: int | None = source.value("n_shared_experts", "num_shared_experts", "moe_num_shared_experts")
    size: int | None = source.value(*_SHARED_SIZES)
    if size is None and n is None:
        n, size = experts.shared, experts.shared_hidden
    elif size is None:
        size = experts.shared_hidden if n == 1 else None
    if size is not None:
        # All that has a size of its own is one expert; a size of 0 is none.
        return (1, size) if size and n != 0 else (0, None)
    return n or 0, None


def _score(source: Source, experts: Experts) -> str:
    stated: str | None = source.value("scoring_func")
    if stated is not None and stated not in ("softmax", "sigmoid"):
        # The nearest of the two that a genome knows is what the type has.
        source.lose("scoring_func")
        stated = None
    return stated or experts.score


def _activation(source: Source) -> Activation:
    if source.kind.name in _FIXED:
        return _ACTIVATIONS[source.kind.activation]
    names = _OWN_KEYS.get(source.kind.name, _KEYS)
    stated: str | None = source.value(*names)
    if stated is None:
        source.assumed.append(names[0])
        stated = source.kind.activation
    found = _ACTIVATIONS.get(stated.lower())
    if found is None:
        name = next(name for name in names if source.value(name) is not None)
        raise source.fault(name, f"it is {shown(stated)}, no activation of a genome")
    return found


def _is_gated(source: Source) -> bool:
    if source.kind.name in UNGATED:
        return False
    switch = source.layout.is_gated
    return switch if isinstance(switch, bool) else source.flag(switch[0], default=switch[1])
