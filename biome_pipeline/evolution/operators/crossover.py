"""Crossover: the lower blocks of one genome, the upper ones of another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from biome_pipeline.evolution.operators.operator import Change, NoOp

if TYPE_CHECKING:
    import numpy as np

    from biome_pipeline.evolution.genome import Genome

__all__ = ["CROSSOVER", "splice"]

CROSSOVER = "splice"
"""Name of the operator in tables."""


def splice(parent: Genome, mate: Genome, rng: np.random.Generator) -> Change | NoOp:
    """Join two genomes at one point each.

    Parameters
    ----------
    parent, mate : Genome
        Two of the same vocabulary and sequence.
    rng : numpy.random.Generator
        Draws the points.

    Returns
    -------
    Change or NoOp
        The first blocks of `parent` and the last ones of `mate`, at least one of each;
        recurrences that lie whole in either part stay; all else is of `parent`.

    Raises
    ------
    ValueError
        If vocabulary or sequence differ.
    """
    if (parent.vocabulary, parent.sequence) != (mate.vocabulary, mate.sequence):
        raise ValueError("only genomes of one vocabulary and sequence can be spliced")
    first = int(rng.integers(1, len(parent.blocks) + 1))
    last = int(rng.integers(len(mate.blocks)))
    moved = first - last
    spans = [span for span in parent.recurrences if span.stop <= first]
    spans += [
        span.changed(start=span.start + moved, stop=span.stop + moved)
        for span in mate.recurrences
        if span.start >= last
    ]
    child = parent.changed(
        blocks=parent.blocks[:first] + mate.blocks[last:], recurrences=tuple(spans)
    )
    if child in (parent, mate):
        return NoOp("no choice")
    return Change(
        child,
        f"blocks.{first}:{len(child.blocks)}",
        str(len(parent.blocks)),
        str(len(child.blocks)),
    )
