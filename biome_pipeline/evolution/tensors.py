"""Every trainable tensor of a genome, by name and shape: what its parameters are.

This list is the definition; ``analytic`` counts the same by formula. What does not
belong here: values of tensors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from biome_pipeline.evolution.genome import Dense, Moe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from biome_pipeline.evolution.genome import Attention, Block, Extras, Genome, Latent, Ssm

    Shape = tuple[int, ...]
    Tensors = Iterator[tuple[str, Shape]]

__all__ = ["block_tensors", "tensors_of"]


def tensors_of(genome: Genome) -> dict[str, tuple[int, ...]]:
    """List the tensors of a genome.

    Parameters
    ----------
    genome : Genome
        Any valid one.

    Returns
    -------
    dict of str to tuple of int
        Shape by name, from the embedding to the head. Linear maps are (in, out) and
        have no biases. The blocks of a recurrence are there once.
    """
    found: dict[str, Shape] = {"embedding": (genome.vocabulary, genome.dim)}
    for place, block in enumerate(genome.blocks):
        for name, shape in block_tensors(block, dim=genome.dim, norm=genome.norm):
            found[f"blocks.{place}.{name}"] = shape
    found.update(_norm("norm", genome.dim, genome.norm))
    if not genome.tied_head:
        found["head"] = (genome.dim, genome.vocabulary)
    return found


def block_tensors(block: Block, *, dim: int, norm: str) -> Tensors:
    """List the tensors of a block.

    Parameters
    ----------
    block : Block
        The block.
    dim : int
        Features of the residual stream.
    norm : str
        Kind of norm.

    Yields
    ------
    tuple of str and tuple of int
        Name within the block, and shape.
    """
    n_mixers = len(block.mixers)
    if n_mixers:
        yield from _norm("mixer_norm", dim, norm)
    if block.attention is not None:
        yield from _attention(block.attention, dim)
    if block.ssm is not None:
        yield from _ssm(block.ssm, dim)
    yield from _extras(block.extras, dim, n_mixers)
    if block.feed_forward is not None:
        yield from _norm("feed_forward_norm", dim, norm)
    if isinstance(block.feed_forward, Dense):
        yield from _mlp(
            "feed_forward", dim, block.feed_forward.hidden, is_gated=block.feed_forward.gated
        )
    if isinstance(block.feed_forward, Moe):
        yield from _moe(block.feed_forward, dim)
    if block.extras.layer_scale is not None:
        if n_mixers:
            yield "mixer_scale", (dim,)
        if block.feed_forward is not None:
            yield "feed_forward_scale", (dim,)


def _norm(name: str, width: int, kind: str) -> Tensors:
    yield f"{name}.weight", (width,)
    if kind == "layernorm":
        yield f"{name}.bias", (width,)


def _attention(attention: Attention, dim: int) -> Tensors:
    inner = attention.heads * attention.head_dim
    kv = attention.n_kv_heads * attention.head_dim
    if attention.latent is not None:
        yield from _latent(attention, attention.latent, dim)
        inner = attention.heads * attention.latent.value_dim
    else:
        yield "attention.query", (dim, inner)
        yield "attention.key", (dim, kv)
        yield "attention.value", (dim, kv)
    if attention.qk_norm:
        yield "attention.query_norm", (attention.head_dim,)
        yield "attention.key_norm", (attention.head_dim,)
    if attention.value_gate:
        yield "attention.value_gate", (dim, kv)
    if attention.output_gate:
        yield "attention.output_gate", (dim, inner)
    if attention.selector is not None:
        scorer = attention.selector
        yield "attention.selector.query", (dim, scorer.heads * scorer.head_dim)
        yield "attention.selector.key", (dim, scorer.head_dim)
        yield "attention.selector.weight", (dim, scorer.heads)
    yield "attention.output", (inner, dim)


def _latent(attention: Attention, latent: Latent, dim: int) -> Tensors:
    heads = attention.heads
    if latent.query_width is None:
        yield "attention.query", (dim, heads * attention.head_dim)
    else:
        yield "attention.query_down", (dim, latent.query_width)
        yield "attention.query_norm", (latent.query_width,)
        yield "attention.query_up", (latent.query_width, heads * attention.head_dim)
    yield "attention.kv_down", (dim, latent.kv_width + latent.rope_dim)
    yield "attention.kv_norm", (latent.kv_width,)
    plain = attention.head_dim - latent.rope_dim
    yield "attention.kv_up", (latent.kv_width, heads * (plain + latent.value_dim))


def _ssm(ssm: Ssm, dim: int) -> Tensors:
    inner = ssm.heads * ssm.head_dim
    convolved = inner + 2 * ssm.groups * ssm.state
    yield "ssm.input", (dim, inner + convolved + ssm.heads)
    yield "ssm.conv.weight", (convolved, ssm.conv)
    yield "ssm.conv.bias", (convolved,)
    yield "ssm.decay", (ssm.heads,)
    yield "ssm.skip", (ssm.heads,)
    yield "ssm.step_bias", (ssm.heads,)
    yield "ssm.norm", (inner,)
    yield "ssm.output", (inner, dim)


def _reader(name: str, dim: int, width: int) -> Tensors:
    """Give the maps of an attention to stored states."""
    yield f"{name}.query", (dim, width)
    yield f"{name}.key", (dim, width)
    yield f"{name}.value", (dim, width)
    yield f"{name}.output", (width, dim)


def _extras(extras: Extras, dim: int, n_mixers: int) -> Tensors:
    if extras.memory_tokens is not None:
        yield "memory_tokens", (extras.memory_tokens.n, dim)
    if extras.retro is not None:
        yield from _reader("retro", dim, extras.retro.width)
        if extras.retro.gate:
            yield "retro.gate", (dim,)
    if extras.associative is not None:
        memory = extras.associative
        yield "associative.query", (dim, memory.width)
        yield "associative.keys", (memory.slots, memory.width)
        yield "associative.values", (memory.slots, dim)
    if extras.chunk is not None:
        yield from _reader("chunk", dim, extras.chunk.width)
    if extras.plugin is not None:
        if extras.plugin.name == "causal_conv":
            yield "plugin.weight", (dim, extras.plugin.width)
        else:
            yield "plugin.down", (dim, extras.plugin.width)
            yield "plugin.up", (extras.plugin.width, dim)
    if extras.gated_mix:
        yield "mixer_gates", (n_mixers, dim)
    if extras.branch_router is not None:
        yield "branch_router", (dim, n_mixers)


def _mlp(name: str, dim: int, hidden: int, *, is_gated: bool) -> Tensors:
    yield f"{name}.up", (dim, hidden)
    if is_gated:
        yield f"{name}.gate", (dim, hidden)
    yield f"{name}.down", (hidden, dim)


def _moe(moe: Moe, dim: int) -> Tensors:
    yield "feed_forward.router", (dim, moe.n_experts)
    stacks = [("experts", moe.n_experts, moe.hidden)]
    if moe.shared_experts:
        stacks.append(("shared", moe.shared_experts, moe.shared_hidden or moe.hidden))
    for name, n, hidden in stacks:
        for part, shape in _mlp(f"feed_forward.{name}", dim, hidden, is_gated=moe.gated):
            yield part, (n, *shape)
