"""Which architectures spread, as assets.

The kernels import scipy and scikit-learn, which take longer than all
definitions: each asset imports its own when it runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from biome_pipeline.definitions.assets.pictures import (
    coefficient_pictures,
    curve_pictures,
    size_pictures,
)
from biome_pipeline.definitions.io import table_asset
from biome_pipeline.warehouse.tables import fitness as tables
from biome_pipeline.warehouse.tables import fitness_mutations as mutations
from biome_pipeline.warehouse.tables.configs import CONFIGS
from biome_pipeline.warehouse.tables.genealogy import EDGES, MEMBERS
from biome_pipeline.warehouse.tables.hub import MODELS

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    from biome_pipeline.definitions.resources import Step

__all__ = [
    "by_context",
    "by_family",
    "by_size",
    "config_mutation_kinds",
    "config_mutations",
    "coverage",
    "curves",
    "diagnostics",
    "feature_impact",
    "models",
    "regressions",
    "relation_contradictions",
    "summary",
    "sweet_spots",
]

_CONFIGURED_RELATIVES = (CONFIGS, MODELS, EDGES, MEMBERS)
_SUMMED_UP = (tables.BY_SIZE, tables.BY_FAMILY, tables.SWEET_SPOTS, tables.FEATURE_IMPACT)


def _configured_relatives(step: Step) -> dict[str, Any]:
    return {spec.table: step.read(spec) for spec in _CONFIGURED_RELATIVES}


def _models(step: Step) -> dict[str, Any]:
    return {"models": step.read(tables.MODELS), "settings": step.settings}


@table_asset(tables.MODELS, reads=_CONFIGURED_RELATIVES)
def models(step: Step) -> ir.Table:
    """Of every model, with a config or without; what is not known is NULL."""
    from biome_pipeline.fitness.models import models as made

    return made(step.engine, **_configured_relatives(step), snapshot=step.key)


@table_asset(tables.COVERAGE, reads=[tables.MODELS])
def coverage(step: Step) -> pa.Table:
    """Configs are asked for of models that matter, so that those without one differ."""
    from biome_pipeline.fitness import group_tables

    return group_tables.coverage(step.engine, **_models(step))


@table_asset(tables.BY_SIZE, reads=[tables.MODELS], describe=size_pictures)
def by_size(step: Step) -> pa.Table:
    """By the published rule and the robust one, with the probability to be the best class."""
    from biome_pipeline.fitness import group_tables

    return group_tables.by_size(step.engine, **_models(step))


@table_asset(tables.BY_FAMILY, reads=[tables.MODELS])
def by_family(step: Step) -> pa.Table:
    """The six published families, and by the robust rule all that there are."""
    from biome_pipeline.fitness import group_tables

    return group_tables.by_family(step.engine, **_models(step))


@table_asset(tables.BY_CONTEXT, reads=[tables.MODELS])
def by_context(step: Step) -> pa.Table:
    """Of three families, and by the robust rule of all together."""
    from biome_pipeline.fitness import group_tables

    return group_tables.by_context(step.engine, **_models(step))


@table_asset(tables.SWEET_SPOTS, reads=[tables.MODELS])
def sweet_spots(step: Step) -> pa.Table:
    """Each model counts to the nearest of six usual sizes."""
    from biome_pipeline.fitness import group_tables

    return group_tables.sweet_spots(step.engine, **_models(step))


@table_asset(tables.FEATURE_IMPACT, reads=[tables.MODELS])
def feature_impact(step: Step) -> pa.Table:
    """As published, and matched on family, size and quarter."""
    from biome_pipeline.fitness import group_tables

    return group_tables.feature_impact(step.engine, **_models(step))


@table_asset(tables.SUMMARY, reads=[tables.MODELS, *_SUMMED_UP])
def summary(step: Step) -> pa.Table:
    """Totals, the best groups, and means with and without grouped queries and experts."""
    from biome_pipeline.fitness import group_tables

    others = {spec.table: step.read(spec) for spec in _SUMMED_UP}
    return group_tables.summary(step.engine, models=step.read(tables.MODELS), **others)


@table_asset(tables.REGRESSIONS, reads=[tables.MODELS], describe=coefficient_pictures)
def regressions(step: Step) -> pa.Table:
    """As published, and counts with exposure, zeros, missing traits and clustered errors."""
    from biome_pipeline.fitness import regression_tables

    return regression_tables.regressions(step.engine, **_models(step))


@table_asset(tables.CURVES, reads=[tables.MODELS], describe=curve_pictures)
def curves(step: Step) -> pa.Table:
    """Splines with bands that hold the whole curve."""
    from biome_pipeline.fitness import regression_tables

    return regression_tables.curves(step.engine, **_models(step))


@table_asset(tables.DIAGNOSTICS, reads=[tables.MODELS])
def diagnostics(step: Step) -> pa.Table:
    """Variance inflation, missing shares, and what a random forest makes of the traits."""
    from biome_pipeline.fitness import diagnostics as judged

    return judged.diagnostics(step.engine, **_models(step))


@table_asset(mutations.CONFIG_MUTATIONS, reads=_CONFIGURED_RELATIVES)
def config_mutations(step: Step) -> pa.Table:
    """Every fact of the config, with the commonest change."""
    from biome_pipeline.fitness import mutation_tables

    return mutation_tables.config_mutations(
        step.engine, **_configured_relatives(step), settings=step.settings
    )


@table_asset(mutations.CONFIG_MUTATION_KINDS, reads=_CONFIGURED_RELATIVES)
def config_mutation_kinds(step: Step) -> pa.Table:
    """A resized vocabulary, a longer context, layers that stand twice, and others."""
    from biome_pipeline.fitness import mutation_tables

    return mutation_tables.config_mutation_kinds(
        step.engine, **_configured_relatives(step), settings=step.settings
    )


@table_asset(mutations.RELATION_CONTRADICTIONS, reads=_CONFIGURED_RELATIVES)
def relation_contradictions(step: Step) -> pa.Table:
    """Where the config of a child is none that its declared relation would make."""
    from biome_pipeline.fitness import mutation_tables

    return mutation_tables.relation_contradictions(
        step.engine, **_configured_relatives(step), settings=step.settings
    )
