"""Published figures beside ours, as an asset."""

from __future__ import annotations

from typing import TYPE_CHECKING

from biome_pipeline.definitions.io import table_asset
from biome_pipeline.report.scorecard.readings import READ
from biome_pipeline.warehouse.tables import TABLES
from biome_pipeline.warehouse.tables.report import SCORECARD

if TYPE_CHECKING:
    import pyarrow as pa

    from biome_pipeline.definitions.resources import Step

__all__ = ["scorecard"]


@table_asset(SCORECARD, reads=[TABLES[name] for name in READ])
def scorecard(step: Step) -> pa.Table:
    """Reproduced, drifted, by another definition, or not computable, each with its reason."""
    from biome_pipeline.report.scorecard import score

    return score.scorecard(step.engine, {name: step.read(TABLES[name]) for name in READ})
