"""Operators on memories: insert, remove and tune each of the four kinds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from biome_pipeline.evolution.genome import (
    AssociativeMemory,
    ChunkMemory,
    MemoryTokens,
    RetroMemory,
)
from biome_pipeline.evolution.operators.operator import on_blocks, pick, scaled
from biome_pipeline.evolution.operators.parts import MIXING, with_extra

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

    from biome_pipeline.evolution.genome import Block, Genome
    from biome_pipeline.evolution.genome.part import Part
    from biome_pipeline.evolution.operators.operator import Operator

__all__ = ["MEMORIES", "OPERATORS"]

_MOST_SLOTS = 1_024


def _width(genome: Genome, rng: np.random.Generator) -> int:
    return max(1, genome.dim // int(rng.choice((1, 2, 4))))


def _retro(genome: Genome, rng: np.random.Generator) -> RetroMemory:
    stride = max(1, genome.sequence // int(rng.choice((8, 16, 32))))
    return RetroMemory(size=int(rng.choice((4, 8, 16))), stride=stride, width=_width(genome, rng))


def _associative(genome: Genome, rng: np.random.Generator) -> AssociativeMemory:
    return AssociativeMemory(slots=int(rng.choice((16, 32, 64))), width=_width(genome, rng))


def _tokens(_genome: Genome, rng: np.random.Generator) -> MemoryTokens:
    return MemoryTokens(n=int(rng.choice((2, 4, 8, 16))))


def _chunk(genome: Genome, rng: np.random.Generator) -> ChunkMemory:
    length = max(1, genome.sequence // int(rng.choice((4, 8, 16))))
    return ChunkMemory(length=length, slots=int(rng.choice((2, 4, 8))), width=_width(genome, rng))


MEMORIES: dict[str, Callable[[Genome, np.random.Generator], Part]] = {
    "retro": _retro,
    "associative": _associative,
    "memory_tokens": _tokens,
    "chunk": _chunk,
}
"""By field of `Extras`: how a new one is drawn."""

_NAMES = {
    "retro": "retro_module",
    "associative": "associative_memory",
    "memory_tokens": "memory_tokens",
    "chunk": "chunk_memory",
}


def _three(field: str) -> tuple[Operator, Operator, Operator]:
    """Make the operators that insert, remove and tune one kind of memory."""
    part, name = f"extras.{field}", _NAMES[field]

    def has(block: Block) -> bool:
        return getattr(block.extras, field) is not None

    def could_have(block: Block, _genome: Genome) -> bool:
        return not has(block) and (field != "memory_tokens" or block.attention is not None)

    def insert(block: Block, genome: Genome, rng: np.random.Generator) -> Block:
        return with_extra(block, field, MEMORIES[field](genome, rng))

    def tune(block: Block, genome: Genome, rng: np.random.Generator) -> Block | None:
        memory = getattr(block.extras, field)
        knob = str(pick(rng, tuple(type(memory).model_fields)))
        old = getattr(memory, knob)
        if isinstance(old, bool):
            return with_extra(block, field, memory.changed({knob: not old}))
        high = {
            "stride": genome.sequence,
            "length": genome.sequence,
            "width": max(old, 4 * genome.dim),
        }.get(knob, _MOST_SLOTS)
        size = scaled(rng, old, high=high)
        return None if size is None else with_extra(block, field, memory.changed({knob: size}))

    return (
        on_blocks(f"insert_{name}", part, insert, where=could_have, inverse=f"remove_{name}"),
        on_blocks(
            f"remove_{name}",
            part,
            lambda block, _genome, _rng: with_extra(block, field, None),
            where=lambda block, _genome: has(block),
            # Memory tokens are no mixer.
            also=() if field == "memory_tokens" else MIXING,
        ),
        on_blocks(f"tune_{name}", part, tune, where=lambda block, _genome: has(block)),
    )


OPERATORS = tuple(operator for field in MEMORIES for operator in _three(field))
"""Three for each kind."""
