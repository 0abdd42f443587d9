"""Parameters of feed-forward parts: dense, or routed to experts, layer by layer.

What does not belong here: attention, norms and embeddings (``config_parameters``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from biome_pipeline.snapshot.config_sizes import UnknownSizeError, needed

if TYPE_CHECKING:
    from biome_pipeline.snapshot.config_sizes import Sizes
    from biome_pipeline.vocabulary.model_layouts import Layout

__all__ = ["feed_forward_parameters", "sparse_layers"]

_MOST_LAYERS = 10_000


def feed_forward_parameters(sizes: Sizes, layout: Layout) -> int:
    """Count the feed-forward parts of all layers of a decoder.

    Parameters
    ----------
    sizes : Sizes
        The model.
    layout : Layout
        Its layers.

    Returns
    -------
    int
        Parameters, routers included.

    Raises
    ------
    UnknownSizeError
        If a size is not known.
    """
    layers = needed(sizes.num_layers)
    n_sparse = sparse_layers(sizes) if layout.has_experts else 0
    total = n_sparse * _routed(sizes, layout) if n_sparse else 0
    if n_sparse < layers:
        wide = needed(sizes.config.number("intermediate_size_mlp"), needed(sizes.intermediate_size))
        total += (layers - n_sparse) * _dense(sizes, layout, wide // layout.feed_forward_share)
    return total


def sparse_layers(sizes: Sizes) -> int:
    """Count the layers whose feed-forward part is routed.

    Parameters
    ----------
    sizes : Sizes
        The model.

    Returns
    -------
    int
        By a list of layers if there is one, else by the first dense layers
        (``first_k_dense_replace``, ``moe_layer_freq``) or the step
        (``decoder_sparse_step``, ``mlp_only_layers``), else all; none without experts.

    Raises
    ------
    UnknownSizeError
        If the number of layers or of experts is not known, or is beyond belief.
    """
    layers = needed(sizes.num_layers)
    if needed(sizes.num_experts) == 0:
        return 0
    if layers > _MOST_LAYERS:
        raise UnknownSizeError
    kinds = sizes.config.words("mlp_layer_types")
    if kinds is not None and len(kinds) == layers:
        return kinds.count("sparse")
    first = sizes.size("first_k_dense_replace", default=0)
    every = max(1, sizes.size("moe_layer_freq", default=1))
    step = max(1, sizes.size("decoder_sparse_step", "interleave_moe_layer_step", default=1))
    dense = set(sizes.config.numbers("mlp_only_layers") or ())
    return sum(
        index >= first and index % every == 0 and (index + 1) % step == 0 and index not in dense
        for index in range(layers)
    )


def _dense(sizes: Sizes, layout: Layout, wide: int) -> int:
    width = needed(sizes.hidden_size)
    is_gated = sizes.is_on(layout.is_gated)
    weights = (3 if is_gated else 2) * width * wide
    if not sizes.is_on(layout.mlp_bias):
        return weights
    return weights + (2 if is_gated else 1) * wide + width


def _routed(sizes: Sizes, layout: Layout) -> int:
    """Count one routed layer: router, experts, and what every token sees."""
    width, experts = needed(sizes.hidden_size), needed(sizes.num_experts)
    wide = needed(
        sizes.config.number("moe_intermediate_size", "ffn_config.ffn_hidden_size"),
        needed(sizes.intermediate_size, 0) or None,
    )
    total = experts * 3 * width * wide + experts * width
    if layout.has_expert_bias:
        total += experts * (2 * wide + width) + experts
    shared = sizes.config.number("shared_expert_intermediate_size", lowest=0)
    if shared is None:
        shared = sizes.size("n_shared_experts", default=layout.shared_experts) * wide
    elif layout.has_shared_gate:
        total += width
    return total + (_dense(sizes, layout, shared) if shared else 0)
