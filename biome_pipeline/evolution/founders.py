"""The genomes that a search begins with.

What does not belong here: genomes made from configs of the Hub (``imports``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from biome_pipeline.evolution.genome import (
    AssociativeMemory,
    Attention,
    Block,
    Dense,
    Extras,
    Genome,
    Moe,
    Recurrence,
    RetroMemory,
    Rope,
    Selector,
)

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["FOUNDERS", "conditioned"]

_DIM = 64
_RICH_LAYERS = 12


def _attention(selector: Selector | None = None) -> Attention:
    return Attention(
        kind="softmax",
        heads=4,
        head_dim=16,
        n_kv_heads=2,
        rope=Rope(kind="plain"),
        selector=selector,
    )


def _plain() -> Block:
    return Block(attention=_attention(), feed_forward=Dense(kind="dense", hidden=2 * _DIM))


def _rich_block(place: int, sequence: int) -> Block:
    """Alternate what a block has, so that the stack holds some of everything."""
    selector = Selector(top_k=max(1, sequence // 4), heads=1, head_dim=16)
    memories = Extras(
        retro=RetroMemory(size=8, stride=max(1, sequence // 16), width=16)
        if place % 4 == 1
        else None,
        associative=AssociativeMemory(slots=16, width=16) if place % 4 == 3 else None,
    )
    moe = Moe(kind="moe", n_experts=8, k=2, hidden=_DIM)
    return Block(
        attention=_attention(selector if place % 2 else None),
        feed_forward=moe if place % 2 else Dense(kind="dense", hidden=2 * _DIM),
        extras=memories,
    )


def _minimal(vocabulary: int, sequence: int) -> tuple[Genome, ...]:
    return tuple(
        Genome(dim=_DIM, vocabulary=vocabulary, sequence=sequence, blocks=(_plain(),) * layers)
        for layers in (2, 3)
    )


def _rich(vocabulary: int, sequence: int) -> tuple[Genome, ...]:
    blocks = tuple(_rich_block(place, sequence) for place in range(_RICH_LAYERS))
    whole = Genome(dim=_DIM, vocabulary=vocabulary, sequence=sequence, blocks=blocks)
    half = _RICH_LAYERS // 2
    return whole, whole.changed(recurrences=(Recurrence(start=half - 1, stop=half + 1),))


FOUNDERS: dict[str, Callable[[int, int], tuple[Genome, ...]]] = {
    "minimal": _minimal,
    "rich": _rich,
}
"""Sets by name, made for a vocabulary and a sequence.

``minimal``: plain decoders of 2 and 3 layers. ``rich``: two of 12 layers with 6 mixtures
of experts, 6 selectors and 6 memories, one of them with a recurrence.
"""


def conditioned(genome: Genome, *, vocabulary: int, sequence: int) -> Genome:
    """Put a genome under the conditions of a sweep.

    Parameters
    ----------
    genome : Genome
        From anywhere.
    vocabulary, sequence : int
        What all genomes of the sweep share.

    Returns
    -------
    Genome
        With these, and windows and caches no longer than the sequence.
    """

    def fitted(block: Block) -> Block:
        attention = block.attention
        if attention is None or attention.sparsity is None:
            return block
        window = min(attention.sparsity.window, sequence)
        sparsity = attention.sparsity.changed(window=window)
        return block.changed(attention=attention.changed(sparsity=sparsity))

    policy = genome.kv_policy
    return genome.changed(
        vocabulary=vocabulary,
        sequence=sequence,
        blocks=tuple(fitted(block) for block in genome.blocks),
        kv_policy=policy and policy.changed(keep=min(policy.keep, sequence)),
    )
