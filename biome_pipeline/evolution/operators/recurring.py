"""Operators on recurrences: spans of blocks that are run several times."""

from __future__ import annotations

from typing import TYPE_CHECKING

from biome_pipeline.evolution.genome import Recurrence
from biome_pipeline.evolution.operators.operator import Change, Operator, pick, text_of

if TYPE_CHECKING:
    import numpy as np

    from biome_pipeline.evolution.genome import Genome
    from biome_pipeline.evolution.operators.operator import Site

__all__ = ["OPERATORS"]

_LONGEST = 4
_MOST_LOOPS = 8


def _free(genome: Genome) -> list[Site]:
    """List the spans that touch no recurrence, as start and stop."""
    taken = {place for span in genome.recurrences for place in range(span.start, span.stop)}
    n = len(genome.blocks)
    return [
        (start, start + length)
        for length in range(2, _LONGEST + 1)
        for start in range(n - length + 1)
        if taken.isdisjoint(range(start, start + length))
    ]


def _first(genome: Genome) -> list[Site]:
    return [] if genome.recurrences else _free(genome)


def _additional(genome: Genome) -> list[Site]:
    return _free(genome) if genome.recurrences else []


def _add(genome: Genome, site: Site, rng: np.random.Generator) -> Change:
    start, stop = site
    new = Recurrence(start=start, stop=stop, max_loops=int(rng.integers(2, 5)))
    spans = tuple(sorted((*genome.recurrences, new), key=lambda span: span.start))
    place = spans.index(new)
    child = genome.changed(recurrences=spans)
    return Change(child, f"recurrences.{place}", None, text_of(new), undo=(place,))


def _present(genome: Genome) -> list[Site]:
    return [(place,) for place in range(len(genome.recurrences))]


def _remove(genome: Genome, site: Site, _rng: np.random.Generator) -> Change:
    (place,) = site
    spans = genome.recurrences
    child = genome.changed(recurrences=spans[:place] + spans[place + 1 :])
    return Change(child, f"recurrences.{place}", text_of(spans[place]), None)


def _tune(genome: Genome, site: Site, rng: np.random.Generator) -> Change | None:
    (place,) = site
    spans = genome.recurrences
    old = spans[place]
    before = spans[place - 1].stop if place else 0
    after = spans[place + 1].start if place + 1 < len(spans) else len(genome.blocks)
    options = [
        {"start": start}
        for start in (old.start - 1, old.start + 1)
        if before <= start <= old.stop - 2
    ]
    options += [
        {"stop": stop} for stop in (old.stop - 1, old.stop + 1) if old.start + 2 <= stop <= after
    ]
    options += [
        {"min_loops": n} for n in (old.min_loops - 1, old.min_loops + 1) if 1 <= n < old.max_loops
    ]
    options += [
        {"max_loops": n}
        for n in (old.max_loops - 1, old.max_loops + 1)
        if old.min_loops < n <= max(_MOST_LOOPS, old.max_loops)
    ]
    options = [option for option in options if option.get("max_loops", 2) >= 2]
    if not options:
        return None
    new = old.changed(pick(rng, options))
    child = genome.changed(recurrences=(*spans[:place], new, *spans[place + 1 :]))
    return Change(child, f"recurrences.{place}", text_of(old), text_of(new))


OPERATORS = (
    Operator("add_recurrence", ("recurrences",), _first, _add, "remove_recurrence"),
    Operator("add_additional_recurrence", ("recurrences",), _additional, _add, "remove_recurrence"),
    Operator("tune_recurrence", ("recurrences",), _present, _tune),
    Operator("remove_recurrence", ("recurrences",), _present, _remove),
)
"""Add the first one or another, move its ends and loops, remove it."""
