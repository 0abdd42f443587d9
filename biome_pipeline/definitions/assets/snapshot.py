"""Clean tables of one snapshot as assets."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import dagster as dg

from biome_pipeline.definitions.io import table_asset
from biome_pipeline.definitions.resources import Step, now
from biome_pipeline.snapshot import accounting
from biome_pipeline.snapshot import models as clean
from biome_pipeline.snapshot import quality as missing
from biome_pipeline.snapshot import rejects as rejected
from biome_pipeline.snapshot import traits as listed
from biome_pipeline.warehouse.tables.cards import RAW_CARDS
from biome_pipeline.warehouse.tables.configs import RAW_CONFIGS
from biome_pipeline.warehouse.tables.hub import (
    MODEL_TRAITS,
    MODELS,
    QUALITY,
    RAW_MODELS,
    REJECTS,
    SNAPSHOTS,
)
from biome_pipeline.warehouse.tables.papers import OUTCOMES, PAPERS

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

__all__ = ["model_traits", "models", "quality", "rejects", "snapshots"]


def _reject_counts(step: Step) -> dict[str, Any]:
    counts = accounting.reject_counts(step.engine, step.read(REJECTS))
    return {f"rejected: {reason}": n for reason, n in counts.items()}


@table_asset(REJECTS, reads=[RAW_MODELS], describe=_reject_counts)
def rejects(step: Step) -> ir.Table:
    """Rows without a usable id, private ones, and repeated ones, each with its reason."""
    from biome_pipeline.hub.intake import REJECTED_ROWS

    taken = step.lake.provenance(RAW_MODELS, step.key)
    raw = step.read(RAW_MODELS)
    if taken.facts.get(REJECTED_ROWS) == "0":
        # Every row of a file was judged before it was taken in.
        raw = raw.limit(0)
    return rejected.rejects(step.engine, raw, taken.source)


@table_asset(MODELS, reads=[RAW_MODELS, REJECTS])
def models(step: Step) -> ir.Table:
    """Every accepted row, its values checked; what cannot be is NULL and named."""
    return clean.models(step.engine, step.read(RAW_MODELS), step.read(REJECTS))


@table_asset(MODEL_TRAITS, reads=[MODELS])
def model_traits(step: Step) -> ir.Table:
    """Licenses, languages, tasks, libraries, datasets, regions and papers, one a row."""
    return listed.traits(step.read(MODELS))


@table_asset(QUALITY, reads=[MODELS])
def quality(step: Step) -> pa.Table:
    """Missing values of each field, with the reason."""
    return missing.quality(step.engine, step.read(MODELS))


@table_asset(
    SNAPSHOTS,
    reads=[RAW_MODELS, MODELS, REJECTS, RAW_CARDS, RAW_CONFIGS, PAPERS, OUTCOMES],
    # Weekly, with a day to be late; twice that is stale.
    freshness=dg.FreshnessPolicy.time_window(
        fail_window=timedelta(days=15), warn_window=timedelta(days=8)
    ),
)
def snapshots(step: Step) -> pa.Table:
    """Where the snapshot comes from, what was taken and what was not."""
    return accounting.snapshots(
        step.engine,
        step.read(MODELS),
        step.read(REJECTS),
        raw=step.lake.provenance(RAW_MODELS, step.key),
        outcomes=step.read(OUTCOMES),
        deliveries={
            spec.table: step.lake.provenance(spec, step.key)
            for spec in (RAW_CARDS, RAW_CONFIGS, PAPERS)
        },
        n_rows=step.lake.n_rows(RAW_MODELS, step.key),
        finished_at=now(),
    )
