"""Assembly of the definitions: a function with overrides, so that tests swap parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import dagster as dg

from biome_pipeline.definitions.assets import (
    contents,
    database,
    documentation,
    drift,
    evolution,
    evolution_priors,
    fitness,
    genealogy,
    hub,
    inference,
    policy,
    report,
    scorecard,
    similarity,
    snapshot,
)
from biome_pipeline.definitions.checks import (
    accounting,
    acyclic,
    checks_of,
    outcome_accounting,
    reproduction,
)
from biome_pipeline.definitions.jobs import RUN_SWEEP, TAKE_SNAPSHOT
from biome_pipeline.definitions.resources import Warehouse
from biome_pipeline.definitions.upstream import new_revision, weekly
from biome_pipeline.warehouse.tables import SWEEP_TABLES, TABLES

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["build"]


def build(*, resources: Mapping[str, object] | None = None) -> dg.Definitions:
    """Put the definitions together.

    Parameters
    ----------
    resources : mapping of str to object, optional
        Resources that take the place of the usual ones, by name.

    Returns
    -------
    Definitions
        Assets, checks, jobs, schedule, sensor and resources.
    """
    return dg.Definitions(
        assets=dg.load_assets_from_modules(
            [
                hub,
                snapshot,
                contents,
                genealogy,
                similarity,
                documentation,
                drift,
                fitness,
                policy,
                evolution,
                evolution_priors,
                inference,
                scorecard,
                database,
                report,
            ]
        ),
        asset_checks=[
            *(checks_of(spec) for spec in (*TABLES.values(), *SWEEP_TABLES.values())),
            acyclic,
            accounting,
            outcome_accounting,
            reproduction,
        ],
        jobs=[TAKE_SNAPSHOT, RUN_SWEEP],
        schedules=[weekly],
        sensors=[new_revision],
        resources={"warehouse": Warehouse(), **(resources or {})},
        # Ten steps in one process take a sixth of the time of ten processes.
        executor=dg.in_process_executor,
    )
