"""Anomalies of descent: loops, cycles, forty parents, children older than their parents.

What does not belong here: parents that are no proper models
(`parent_anomalies`), where and how a parent is declared
(`declaration_anomalies`).
"""

from __future__ import annotations

from biome_pipeline.hub.demo.families import BACKFILL_SECONDS
from biome_pipeline.hub.demo.injector import Case, Injector, edge_case
from biome_pipeline.hub.demo.rows import declare_parents

__all__ = [
    "backfilled_dates",
    "child_older_than_parent",
    "cycle_three",
    "cycle_two",
    "many_parents",
    "self_loop",
]

_BACKFILL_MS = BACKFILL_SECONDS * 1000
_MANY = 40


def self_loop(injector: Injector) -> tuple[Case, ...]:
    """Let models name themselves as parent.

    Parameters
    ----------
    injector : Injector
        Adds the rows.

    Returns
    -------
    tuple of Case
        One per model.
    """
    cases = []
    for row in injector.models(injector.n_cases):
        reference = row.reference
        declare_parents(row, [reference], "finetune")
        cases.append(edge_case(row, reference[1], "finetune", "self_loop"))
    return tuple(cases)


def _cycle(injector: Injector, length: int) -> tuple[Case, ...]:
    cases = []
    for _ in range(injector.n_cases):
        rows = injector.models(length)
        for child, parent in zip(rows, rows[1:] + rows[:1], strict=True):
            declare_parents(child, [parent.reference], "finetune")
            cases.append(edge_case(child, parent.reference[1], "finetune", "cycle"))
    return tuple(cases)


def cycle_two(injector: Injector) -> tuple[Case, ...]:
    """Let two models name each other as parent.

    Parameters
    ----------
    injector : Injector
        Adds the rows.

    Returns
    -------
    tuple of Case
        One per edge, two per cycle.
    """
    return _cycle(injector, 2)


def cycle_three(injector: Injector) -> tuple[Case, ...]:
    """Let three models name one another as parent, in a ring.

    Parameters
    ----------
    injector : Injector
        Adds the rows.

    Returns
    -------
    tuple of Case
        One per edge, three per cycle.
    """
    return _cycle(injector, 3)


def many_parents(injector: Injector) -> tuple[Case, ...]:
    """Add one merge of forty parents, whatever the number of cases wished.

    Parameters
    ----------
    injector : Injector
        Adds the rows.

    Returns
    -------
    tuple of Case
        One per edge.
    """
    *parents, child = injector.models(_MANY + 1)
    declare_parents(child, [parent.reference for parent in parents], "merge")
    return tuple(edge_case(child, row.reference[1], "merge", "kept") for row in parents)


def child_older_than_parent(injector: Injector) -> tuple[Case, ...]:
    """Let models have parents that were created after them.

    Parameters
    ----------
    injector : Injector
        Adds the rows.

    Returns
    -------
    tuple of Case
        One per child; ``is_child_older`` is true.
    """
    cases = []
    for _ in range(injector.n_cases):
        child, parent = injector.models(2)
        declare_parents(child, [parent.reference], "finetune")
        cases.append(edge_case(child, parent.reference[1], "finetune", "kept", is_child_older=True))
    return tuple(cases)


def backfilled_dates(injector: Injector) -> tuple[Case, ...]:
    """Let children have the backfilled date: with their parent, and before it.

    Parameters
    ----------
    injector : Injector
        Adds the rows.

    Returns
    -------
    tuple of Case
        Two per case wished; ``is_child_older`` is false, as nothing is known.
    """
    cases = []
    for place in range(2 * injector.n_cases):
        parent, child = injector.models(2)
        child.created_ms = _BACKFILL_MS
        if place % 2 == 0:
            parent.created_ms = _BACKFILL_MS
        declare_parents(child, [parent.reference], "finetune")
        cases.append(
            edge_case(child, parent.reference[1], "finetune", "kept", is_child_older=False)
        )
    return tuple(cases)
