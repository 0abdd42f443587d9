"""Operators on the stack: how many blocks, and in which order."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from biome_pipeline.evolution.operators.operator import Change, Operator, pick, text_of
from biome_pipeline.evolution.operators.templates import TEMPLATES

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from biome_pipeline.evolution.genome import Block, Genome
    from biome_pipeline.evolution.operators.operator import Site

__all__ = ["OPERATORS", "insert_blocks", "remove_blocks"]

_LONGEST_SPAN = 4
_MOST_BLOCKS = 512


def insert_blocks(genome: Genome, at: int, blocks: Sequence[Block]) -> Genome:
    """Put blocks into the stack.

    Parameters
    ----------
    genome : Genome
        The stack.
    at : int
        Place of the first one.
    blocks : sequence of Block
        The blocks.

    Returns
    -------
    Genome
        Recurrences that begin at or after the place move on, those around it grow.
    """
    n = len(blocks)
    spans = tuple(
        span.changed(
            start=span.start + n if span.start >= at else span.start,
            stop=span.stop + n if span.stop > at else span.stop,
        )
        for span in genome.recurrences
    )
    stack = (*genome.blocks[:at], *blocks, *genome.blocks[at:])
    return genome.changed(blocks=stack, recurrences=spans)


def remove_blocks(genome: Genome, start: int, stop: int) -> Genome:
    """Take blocks out of the stack.

    Parameters
    ----------
    genome : Genome
        The stack.
    start, stop : int
        First block, and the one after the last.

    Returns
    -------
    Genome
        Recurrences shrink and move along; one of fewer than two blocks ends.
    """

    def moved(place: int) -> int:
        return place if place <= start else max(start, place - (stop - start))

    spans = [(span, moved(span.start), moved(span.stop)) for span in genome.recurrences]
    return genome.changed(
        blocks=genome.blocks[:start] + genome.blocks[stop:],
        recurrences=tuple(
            span.changed(start=first, stop=end) for span, first, end in spans if end - first >= 2
        ),
    )


def _spans(shortest: int, *, spares_one: bool = False, fits: bool = False) -> _SpanSites:
    return _SpanSites(shortest, spares_one=spares_one, fits=fits)


class _SpanSites:
    """Lists the spans of a stack as sites: start and length."""

    def __init__(self, shortest: int, *, spares_one: bool, fits: bool) -> None:
        self._shortest = shortest
        self._spares_one = spares_one
        self._fits = fits

    def __call__(self, genome: Genome) -> list[Site]:
        n = len(genome.blocks)
        longest = min(_LONGEST_SPAN, n - 1 if self._spares_one else n)
        if self._fits:
            longest = min(longest, _MOST_BLOCKS - n)
        return [
            (start, length)
            for length in range(self._shortest, longest + 1)
            for start in range(n - length + 1)
        ]


def _layers(genome: Genome) -> str:
    return str(len(genome.blocks))


def _duplicate(genome: Genome, site: Site, _rng: np.random.Generator) -> Change:
    start, length = site
    stop = start + length
    child = insert_blocks(genome, stop, genome.blocks[start:stop])
    target = f"blocks.{start}:{stop}"
    return Change(child, target, _layers(genome), _layers(child), undo=(stop, length))


def _remove(genome: Genome, site: Site, _rng: np.random.Generator) -> Change:
    start, length = site
    child = remove_blocks(genome, start, start + length)
    return Change(child, f"blocks.{start}:{start + length}", _layers(genome), _layers(child))


def _shuffle(genome: Genome, site: Site, rng: np.random.Generator) -> Change:
    start, length = site
    stop = start + length
    order = [int(place) for place in rng.permutation(length)]
    span = genome.blocks[start:stop]
    shuffled = tuple(span[place] for place in order)
    child = genome.changed(blocks=(*genome.blocks[:start], *shuffled, *genome.blocks[stop:]))
    before, after = text_of(tuple(range(length))), text_of(tuple(order))
    return Change(child, f"blocks.{start}:{stop}", before, after)


_SWAPPED = ("attention", "ssm", "feed_forward")


def _pairs(genome: Genome) -> list[Site]:
    """List what two blocks could exchange: part, and both places."""
    found: list[Site] = []
    for part, name in enumerate(_SWAPPED):
        places = [i for i, block in enumerate(genome.blocks) if getattr(block, name) is not None]
        # One partner for each place, so that deep stacks do not make long lists.
        found += [
            (part, one, other)
            for one, other in pairwise(places)
            if getattr(genome.blocks[one], name) != getattr(genome.blocks[other], name)
        ]
    return found


def _jitter(genome: Genome, site: Site, _rng: np.random.Generator) -> Change:
    part, one, other = site
    name = _SWAPPED[part]
    stack = list(genome.blocks)
    mine, theirs = getattr(stack[one], name), getattr(stack[other], name)
    stack[one] = stack[one].changed({name: theirs})
    stack[other] = stack[other].changed({name: mine})
    child = genome.changed(blocks=tuple(stack))
    return Change(child, f"blocks.{one}.{name}", text_of(mine), text_of(theirs))


def _places(genome: Genome) -> list[Site]:
    n = len(genome.blocks)
    return [(place,) for place in range(n + 1)] if n < _MOST_BLOCKS else []


def _template(genome: Genome, site: Site, rng: np.random.Generator) -> Change:
    (at,) = site
    block = TEMPLATES[pick(rng, tuple(TEMPLATES))](genome)
    child = insert_blocks(genome, at, (block,))
    return Change(child, f"blocks.{at}", None, text_of(block), undo=(at, 1))


_STACK = ("blocks", "recurrences.start", "recurrences.stop")

OPERATORS = (
    Operator("duplicate_block_span", _STACK, _spans(1, fits=True), _duplicate, "remove_block_span"),
    Operator("remove_block_span", ("blocks", "recurrences"), _spans(1, spares_one=True), _remove),
    Operator("shuffle_block_span", ("blocks",), _spans(2), _shuffle),
    Operator("graph_jitter", tuple(f"blocks.{name}" for name in _SWAPPED), _pairs, _jitter),
    Operator("template_mutation", _STACK, _places, _template, "remove_block_span"),
)
"""Duplicate, remove, shuffle, exchange between neighbours, insert a known kind."""
