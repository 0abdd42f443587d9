"""The jobs: one takes a snapshot, from source to database, the other does a sweep."""

from __future__ import annotations

import dagster as dg

from biome_pipeline.definitions.io import asset_key
from biome_pipeline.warehouse.tables import SWEEP_TABLES

__all__ = ["RUN_SWEEP", "TAKE_SNAPSHOT"]

_OF_SWEEPS = dg.AssetSelection.assets(*(asset_key(spec) for spec in SWEEP_TABLES.values()))

TAKE_SNAPSHOT = dg.define_asset_job(
    "take_snapshot",
    selection=dg.AssetSelection.all() - _OF_SWEEPS,
    description="Takes one snapshot of the Hub and makes every table of it.",
)

RUN_SWEEP = dg.define_asset_job(
    "run_sweep",
    selection=_OF_SWEEPS,
    description="Does one sweep of the architecture search, or goes on with it.",
)
