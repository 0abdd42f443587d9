"""Blocks of well-known designs, sized to fit a genome."""

from __future__ import annotations

from typing import TYPE_CHECKING

from biome_pipeline.evolution.genome import (
    Attention,
    Block,
    Dense,
    Latent,
    Moe,
    Rope,
    Selector,
    Sparsity,
    Ssm,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from biome_pipeline.evolution.genome import Genome

__all__ = ["TEMPLATES"]

# Head sizes of large models; small ones take a quarter of their width.
_HEAD_DIM = 128


def _heads(genome: Genome) -> tuple[int, int]:
    head_dim = min(_HEAD_DIM, max(2, genome.dim // 4 // 2 * 2))
    return max(1, genome.dim // head_dim), head_dim


def _kv_heads(heads: int) -> int:
    return max(n for n in range(1, max(1, heads // 4) + 1) if heads % n == 0)


def _grouped(genome: Genome, sparsity: Sparsity | None = None) -> Attention:
    heads, head_dim = _heads(genome)
    return Attention(
        kind="softmax",
        heads=heads,
        head_dim=head_dim,
        n_kv_heads=_kv_heads(heads),
        rope=Rope(kind="plain"),
        sparsity=sparsity,
    )


def _dense(genome: Genome) -> Dense:
    return Dense(kind="dense", hidden=min(1_048_576, genome.dim * 8 // 3 + 1))


def _moe(genome: Genome, shared: int = 0) -> Moe:
    return Moe(kind="moe", n_experts=8, k=2, hidden=genome.dim, shared_experts=shared)


def _llama(genome: Genome) -> Block:
    return Block(attention=_grouped(genome), feed_forward=_dense(genome))


def _gemma_local(genome: Genome) -> Block:
    window = max(1, genome.sequence // 8)
    return Block(
        attention=_grouped(genome, Sparsity(kind="sliding", window=window)),
        feed_forward=_dense(genome).changed(activation="gelu"),
    )


def _mixtral(genome: Genome) -> Block:
    return Block(attention=_grouped(genome), feed_forward=_moe(genome))


def _latent(genome: Genome) -> Attention:
    heads, head_dim = _heads(genome)
    rope_dim = max(2, head_dim // 2 // 2 * 2)
    return Attention(
        kind="mla",
        heads=heads,
        head_dim=head_dim + rope_dim,
        n_kv_heads=heads,
        rope=Rope(kind="plain"),
        latent=Latent(kv_width=max(1, genome.dim // 4), rope_dim=rope_dim, value_dim=head_dim),
    )


def _deepseek(genome: Genome) -> Block:
    return Block(attention=_latent(genome), feed_forward=_moe(genome, shared=1))


def _selected(genome: Genome) -> Block:
    selector = Selector(top_k=max(1, genome.sequence // 4), heads=2, head_dim=_heads(genome)[1])
    return Block(
        attention=_latent(genome).changed(selector=selector), feed_forward=_moe(genome, shared=1)
    )


def _mamba(genome: Genome) -> Block:
    heads, head_dim = _heads(genome)
    return Block(
        ssm=Ssm(heads=min(65_536, 2 * heads), head_dim=head_dim, state=max(4, head_dim // 2))
    )


TEMPLATES: dict[str, Callable[[Genome], Block]] = {
    "llama": _llama,
    "gemma_local": _gemma_local,
    "mixtral": _mixtral,
    "deepseek": _deepseek,
    "deepseek_selected": _selected,
    "mamba": _mamba,
}
"""By the name of the family that made the design known."""
