"""What the Hub's own mutations teach a search, as assets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from biome_pipeline.definitions.io import table_asset
from biome_pipeline.warehouse.tables import evolution_priors as tables
from biome_pipeline.warehouse.tables.configs import CONFIGS
from biome_pipeline.warehouse.tables.genealogy import EDGES, MEMBERS
from biome_pipeline.warehouse.tables.hub import MODELS

if TYPE_CHECKING:
    import pyarrow as pa

    from biome_pipeline.definitions.resources import Step

__all__ = ["operator_priors", "prior_scores"]

_CONFIGURED_RELATIVES = (CONFIGS, MODELS, EDGES, MEMBERS)


def _given(step: Step) -> dict[str, Any]:
    from biome_pipeline.evolution.operators import OPERATORS

    read = {spec.table: step.read(spec) for spec in _CONFIGURED_RELATIVES}
    return {**read, "operators": tuple(OPERATORS)}


@table_asset(tables.OPERATOR_PRIORS, reads=_CONFIGURED_RELATIVES)
def operator_priors(step: Step) -> pa.Table:
    """By edges and by families, smoothed."""
    from biome_pipeline.evolution import prior_tables

    return prior_tables.operator_priors(step.engine, **_given(step))


@table_asset(tables.PRIOR_SCORES, reads=_CONFIGURED_RELATIVES)
def prior_scores(step: Step) -> pa.Table:
    """Held out in time, beside equal weights."""
    from biome_pipeline.evolution import prior_tables

    return prior_tables.prior_scores(step.engine, **_given(step), settings=step.settings)
