"""The published database as an asset: what people open."""

import dagster as dg

from biome_pipeline.definitions.io import OWNERS, asset_key, fail_clearly
from biome_pipeline.definitions.partitions import HUB_SNAPSHOT, snapshot_of
from biome_pipeline.definitions.resources import Warehouse
from biome_pipeline.provenance import code_version
from biome_pipeline.warehouse.database import publish
from biome_pipeline.warehouse.tables import PUBLISHED

__all__ = ["DATABASE", "database"]

DATABASE = dg.AssetKey("database")


@dg.asset(
    key=DATABASE,
    deps=[asset_key(spec) for spec in PUBLISHED],
    partitions_def=HUB_SNAPSHOT,
    group_name="warehouse",
    owners=OWNERS,
    kinds={"duckdb"},
    code_version=code_version(),
)
def database(
    context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse]
) -> dg.MaterializeResult[None]:
    """Bring the DuckDB file up to the lake: one transaction, one rename."""
    key = snapshot_of(context)
    warehouse.reporter.begins("database")
    with fail_clearly():
        done = publish(warehouse.lake, warehouse.settings, key=key)
    warehouse.reporter.ends("database", None)
    return dg.MaterializeResult(
        metadata={
            "path": dg.MetadataValue.path(str(done.path)),
            "size in bytes": done.path.stat().st_size,
            "partitions written": done.n_written,
            "partitions removed": done.n_removed,
            "withheld": ", ".join(done.withheld) or "nothing",
        }
    )
