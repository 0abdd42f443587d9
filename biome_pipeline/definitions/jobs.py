"""The job that takes one snapshot, from source to database."""

from __future__ import annotations

import dagster as dg

__all__ = ["TAKE_SNAPSHOT"]

TAKE_SNAPSHOT = dg.define_asset_job(
    "take_snapshot",
    selection=dg.AssetSelection.all(),
    description="Takes one snapshot of the Hub and makes every table of it.",
)
