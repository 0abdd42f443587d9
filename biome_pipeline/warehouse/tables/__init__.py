"""All tables, one module per schema or domain, and the registry of them.

A table's place in ``TABLES`` is the order in which it can be made: what it
reads stands before it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from biome_pipeline.warehouse.tables import (
    cards,
    configs,
    documentation,
    drift,
    drift_numeric,
    evolution,
    evolution_priors,
    fitness,
    fitness_mutations,
    genealogy,
    hub,
    inference,
    papers,
    policy,
    report,
    similarity,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from biome_pipeline.warehouse.spec import TableSpec

__all__ = ["PUBLISHED", "SUBJECTS", "SWEEP_TABLES", "TABLES", "tables_of"]

TABLES: dict[str, TableSpec] = {
    spec.name: spec
    for spec in (
        *hub.ALL,
        *cards.ALL,
        *configs.ALL,
        papers.PAPERS,
        papers.OUTCOMES,
        hub.SNAPSHOTS,
        *genealogy.ALL,
        hub.STATISTICS,
        *similarity.ALL,
        *documentation.ALL,
        *drift.ALL,
        *drift_numeric.ALL,
        *fitness.ALL,
        *fitness_mutations.ALL,
        *policy.ALL,
        *evolution_priors.ALL,
        inference.FINDINGS,
        report.SCORECARD,
    )
}

SWEEP_TABLES: dict[str, TableSpec] = {spec.name: spec for spec in evolution.ALL}
"""Tables whose partitions are sweeps of the architecture search; all are published."""

PUBLISHED: tuple[TableSpec, ...] = tuple(spec for spec in TABLES.values() if spec.is_published)

# What each subject needs; a run of one takes these along.
_NEEDS: dict[str, tuple[str, ...]] = {
    "hub": (),
    "snapshot": ("hub",),
    "genealogy": ("hub", "snapshot"),
    "similarity": ("hub", "snapshot", "genealogy"),
    "documentation": ("hub", "snapshot", "genealogy"),
    "drift": ("hub", "snapshot", "genealogy"),
    "fitness": ("hub", "snapshot", "genealogy"),
    "policy": ("hub", "snapshot", "genealogy"),
    "evolution": ("hub", "snapshot", "genealogy"),
    "inference": ("hub", "snapshot", "genealogy", "similarity", "drift", "fitness"),
    "scorecard": (
        "hub",
        "snapshot",
        "genealogy",
        "similarity",
        "documentation",
        "drift",
        "fitness",
    ),
}

SUBJECTS: tuple[str, ...] = tuple(_NEEDS)


def tables_of(subjects: Sequence[str]) -> tuple[TableSpec, ...]:
    """List the tables of some subjects and of all that these need.

    Parameters
    ----------
    subjects : sequence of str
        Names out of `SUBJECTS`; none means all.

    Returns
    -------
    tuple of TableSpec
        In the order of the registry.
    """
    wanted = {need for name in subjects for need in (name, *_NEEDS[name])} or set(SUBJECTS)
    return tuple(spec for spec in TABLES.values() if spec.subject in wanted)
