"""Feed-forwards out of a config's words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from biome_pipeline.evolution.genome import Dense, Moe

if TYPE_CHECKING:
    from biome_pipeline.evolution.genome.feed_forward import Activation
    from biome_pipeline.evolution.imports.source import Source

__all__ = ["dense_of", "moe_of"]

_ACTIVATIONS: dict[str, Activation] = {
    "silu": "silu",
    "swish": "silu",
    "swiglu": "silu",
    "relu": "relu",
    "relu2": "relu2",
    "relu_squared": "relu2",
}


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
        If its size is not stated.
    """
    stated = source.text.number("intermediate_size_mlp") or source.facts.intermediate_size
    hidden = hidden or source.needed("intermediate_size", stated)
    return Dense(
        kind="dense",
        # Qwen's first models write the sizes of both projections in one.
        hidden=max(1, hidden // source.layout.feed_forward_share),
        activation=_activation(source),
        gated=_is_gated(source),
    )


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
        If a size is not stated.
    """
    text, facts = source.text, source.facts
    hidden = text.number("moe_intermediate_size", "expert_ffn_hidden_size")
    hidden = hidden or facts.intermediate_size
    hidden = source.needed("moe_intermediate_size", hidden)
    shared, shared_hidden = _shared(source)
    score = text.word("scoring_func")
    weight = text.real("router_aux_loss_coef", "aux_loss_alpha")
    router: dict[str, Any] = {"kind": "sigmoid" if score == "sigmoid" else "softmax"}
    if weight is not None:
        router["balance_weight"] = weight
    elif text.section.get("router_aux_loss_coef") == 0:
        router["balance_weight"] = 0.0
    fields: dict[str, Any] = {
        "kind": "moe",
        "n_experts": source.needed("num_experts", facts.num_experts),
        "k": source.needed("experts_per_token", facts.experts_per_token),
        "hidden": hidden,
        "activation": _activation(source),
        "gated": _is_gated(source),
        "shared_experts": shared,
        "shared_hidden": None if shared_hidden == hidden else shared_hidden,
        "router": router,
    }
    return Moe.model_validate(fields)


def _shared(source: Source) -> tuple[int, int | None]:
    """Give how many experts every token passes, and their size if it is their own."""
    text = source.text
    size = text.number(
        "shared_expert_intermediate_size",
        "moe_shared_expert_intermediate_size",
        "share_expert_dim",
        "shared_intermediate_size",
    )
    n = text.number("n_shared_experts", "num_shared_experts", lowest=0)
    if n is None:
        n = 1 if size is not None else source.layout.shared_experts
    return n, size if n else None


def _activation(source: Source) -> Activation:
    names = ("hidden_act", "hidden_activation", "mlp_hidden_act", "activation_function")
    stated = source.text.word(*names)
    if stated is None:
        source.assumed.append("hidden_act")
        return "silu"
    return _ACTIVATIONS.get(stated.lower(), "gelu")


def _is_gated(source: Source) -> bool:
    # What squares its activation has two matrices (Primer, So et al. 2021).
    if source.text.word("mlp_hidden_act") == "relu2":
        return False
    return source.is_on(source.layout.is_gated)
