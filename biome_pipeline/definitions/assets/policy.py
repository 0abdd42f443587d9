"""License risk, concentration and transparency, as assets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from biome_pipeline.definitions.io import table_asset
from biome_pipeline.policy import concentration_tables as held
from biome_pipeline.policy import conflict_rates as counted
from biome_pipeline.policy import conflict_tables as dropped
from biome_pipeline.policy import transparency as disclosed
from biome_pipeline.warehouse.tables import policy
from biome_pipeline.warehouse.tables.cards import CARDS
from biome_pipeline.warehouse.tables.genealogy import EDGES, MEMBERS
from biome_pipeline.warehouse.tables.hub import MODELS, RAW_MODELS

if TYPE_CHECKING:
    import pyarrow as pa

    from biome_pipeline.definitions.resources import Step

__all__ = [
    "concentration",
    "conflict_rates",
    "inherited_terms",
    "license_conflicts",
    "license_terms",
    "transparency",
]

_DESCENT = {"raw_models": RAW_MODELS, "models": MODELS, "edges": EDGES}


@table_asset(policy.LICENSE_TERMS, reads=[MODELS])
def license_terms(step: Step) -> pa.Table:
    """Reviewed by reading the full texts; licenses that nobody reviewed are named, too."""
    return dropped.terms_table(step.engine, models=step.read(MODELS))


@table_asset(policy.LICENSE_CONFLICTS, reads=[*_DESCENT.values()])
def license_conflicts(step: Step) -> pa.Table:
    """Over whole paths, with the edge where the obligation vanished."""
    read = {name: step.read(spec) for name, spec in _DESCENT.items()}
    return dropped.license_conflicts(step.engine, **read)


@table_asset(policy.INHERITED_TERMS, reads=[*_DESCENT.values()])
def inherited_terms(step: Step) -> pa.Table:
    """Kept, dropped, or not to be told."""
    read = {name: step.read(spec) for name, spec in _DESCENT.items()}
    return dropped.inherited_terms(step.engine, **read)


@table_asset(policy.CONFLICT_RATES, reads=[policy.INHERITED_TERMS, MODELS, EDGES, MEMBERS])
def conflict_rates(step: Step) -> pa.Table:
    """By license, family, relation and month, with bounds for the models that do not tell."""
    return counted.conflict_rates(
        step.engine,
        inherited=step.read(policy.INHERITED_TERMS),
        models=step.read(MODELS),
        edges=step.read(EDGES),
        members=step.read(MEMBERS),
        settings=step.settings,
    )


@table_asset(policy.CONCENTRATION, reads=[MODELS, MEMBERS])
def concentration(step: Step) -> pa.Table:
    """Of models and downloads, with and without the largest."""
    return held.concentration(step.engine, models=step.read(MODELS), members=step.read(MEMBERS))


@table_asset(policy.TRANSPARENCY, reads=[CARDS, MODELS, EDGES, MEMBERS])
def transparency(step: Step) -> pa.Table:
    """By generation and family."""
    return disclosed.transparency(
        step.engine,
        cards=step.read(CARDS),
        models=step.read(MODELS),
        edges=step.read(EDGES),
        members=step.read(MEMBERS),
        settings=step.settings,
    )
