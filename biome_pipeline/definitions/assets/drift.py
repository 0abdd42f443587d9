"""How traits and numbers change from parent to child, as assets.

The kernels import scipy, which takes longer than all definitions: each asset
imports its own when it runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from biome_pipeline.definitions.assets.pictures import drift_pictures, number_pictures
from biome_pipeline.definitions.io import table_asset
from biome_pipeline.warehouse.tables.cards import CARDS
from biome_pipeline.warehouse.tables.drift import (
    DIRECTION_TESTS,
    MUTATION_RATES,
    ORDERING_SUMMARY,
    ORDERINGS,
    PRECEDENCE,
    TRANSITIONS,
)
from biome_pipeline.warehouse.tables.drift_numeric import BY_QUARTER, NUMERIC
from biome_pipeline.warehouse.tables.genealogy import EDGES, MEMBERS
from biome_pipeline.warehouse.tables.hub import MODELS

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    from biome_pipeline.definitions.resources import Step

__all__ = [
    "by_quarter",
    "direction_tests",
    "mutation_rates",
    "numeric",
    "ordering_summary",
    "orderings",
    "precedence",
    "transitions",
]

_RELATIVES = (MODELS, EDGES, MEMBERS)


def _relatives(step: Step) -> dict[str, Any]:
    return {spec.table: step.read(spec) for spec in _RELATIVES}


@table_asset(MUTATION_RATES, reads=_RELATIVES)
def mutation_rates(step: Step) -> pa.Table:
    """With the share of edges that report, worst-case bounds, and the published rates."""
    from biome_pipeline.drift import rate_tables

    return rate_tables.rates(step.engine, **_relatives(step), settings=step.settings)


@table_asset(TRANSITIONS, reads=_RELATIVES)
def transitions(step: Step) -> pa.Table:
    """Of all values, licenses, languages, tasks and libraries, in three graphs."""
    from biome_pipeline.drift import rate_tables

    return rate_tables.transitions(step.engine, **_relatives(step))


@table_asset(ORDERING_SUMMARY, reads=_RELATIVES)
def ordering_summary(step: Step) -> pa.Table:
    """Solved with a certificate, and again for every replicate and both nulls."""
    from biome_pipeline.drift import order_tables

    return order_tables.summary(step.engine, **_relatives(step), settings=step.settings)


@table_asset(ORDERINGS, reads=[ORDERING_SUMMARY, TRANSITIONS], describe=drift_pictures)
def orderings(step: Step) -> ir.Table:
    """With intervals of the ranks, beside the published places."""
    from biome_pipeline.drift import order_tables

    return order_tables.orderings(step.read(ORDERING_SUMMARY))


@table_asset(PRECEDENCE, reads=[ORDERING_SUMMARY])
def precedence(step: Step) -> ir.Table:
    """Over resampled families, each with its own best order."""
    from biome_pipeline.drift import order_tables

    return order_tables.precedence(step.read(ORDERING_SUMMARY))


@table_asset(DIRECTION_TESTS, reads=[*_RELATIVES, ORDERING_SUMMARY])
def direction_tests(step: Step) -> pa.Table:
    """Symmetry and quasi-symmetry, with p-values from resampling families."""
    from biome_pipeline.drift import order_tables

    return order_tables.tests(
        step.engine,
        **_relatives(step),
        solved=step.read(ORDERING_SUMMARY),
        settings=step.settings,
    )


@table_asset(NUMERIC, reads=[*_RELATIVES, CARDS], describe=number_pictures)
def numeric(step: Step) -> pa.Table:
    """Cards, languages, likes and downloads, by edge and by parent."""
    from biome_pipeline.drift import numeric_tables

    return numeric_tables.numeric(
        step.engine, **_relatives(step), cards=step.read(CARDS), settings=step.settings
    )


@table_asset(BY_QUARTER, reads=_RELATIVES)
def by_quarter(step: Step) -> pa.Table:
    """With the parts of each change: other relations or families, or other behaviour."""
    from biome_pipeline.drift import quarter_tables

    return quarter_tables.by_quarter(step.engine, **_relatives(step), settings=step.settings)
