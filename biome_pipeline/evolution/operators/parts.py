"""How a block gains and loses a part without breaking what depends on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from biome_pipeline.evolution.genome import Block, Extras
    from biome_pipeline.evolution.genome.part import Part

__all__ = ["MIXING", "can_lose", "with_extra", "without"]

MIXING = ("extras.branch_router", "extras.gated_mix")
"""What may go along with a mixer."""


def with_extra(block: Block, field: str, part: Part | None) -> Block:
    """Give a block with one extra put in, exchanged, or taken out.

    Parameters
    ----------
    block : Block
        The block.
    field : str
        Field of `Extras`.
    part : Part, optional
        The extra; none takes it out.

    Returns
    -------
    Block
        A router of mixers goes when fewer than two are left, gates when none is.
    """
    return _settled(block, block.extras.changed({field: part}))


def without(block: Block, field: str) -> Block:
    """Give a block without its attention, state space or feed-forward.

    Parameters
    ----------
    block : Block
        One that `can_lose` the part.
    field : str
        Field of `Block`.

    Returns
    -------
    Block
        Memory tokens go with the attention that sees them.
    """
    extras = block.extras
    if field == "attention":
        extras = extras.changed(memory_tokens=None)
    return _settled(block, extras, {field: None})


def can_lose(block: Block, field: str) -> bool:
    """Tell whether something is left without a part.

    Parameters
    ----------
    block : Block
        The block.
    field : str
        Field of `Block`.

    Returns
    -------
    bool
        Whether the part is there, and another one, too.
    """
    parts = ("attention", "ssm", "feed_forward")
    others = [name for name in parts if name != field and getattr(block, name) is not None]
    return getattr(block, field) is not None and bool(others)


def _settled(
    block: Block, extras: Extras, changes: Mapping[str, Part | None] | None = None
) -> Block:
    bare = block.changed(changes, extras=extras.changed(branch_router=None, gated_mix=False))
    return bare.changed(
        extras=bare.extras.changed(
            branch_router=block.extras.branch_router if len(bare.mixers) >= 2 else None,
            gated_mix=block.extras.gated_mix and bool(bare.mixers),
        )
    )
