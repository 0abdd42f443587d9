"""The report of a snapshot as an asset: what people look at first."""

import dagster as dg

from biome_pipeline.definitions.assets.database import DATABASE
from biome_pipeline.definitions.io import OWNERS, fail_clearly
from biome_pipeline.definitions.partitions import HUB_SNAPSHOT, snapshot_of
from biome_pipeline.definitions.resources import Warehouse
from biome_pipeline.provenance import code_version
from biome_pipeline.warehouse.engine import open_engine

__all__ = ["REPORT", "report"]

REPORT = dg.AssetKey("report")


@dg.asset(
    key=REPORT,
    deps=[DATABASE],
    partitions_def=HUB_SNAPSHOT,
    group_name="report",
    owners=OWNERS,
    kinds={"html"},
    code_version=code_version(),
)
def report(
    context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse]
) -> dg.MaterializeResult[None]:
    """Pages, pictures and tables of one snapshot in a folder that opens from disk."""
    # Opened here, so that loading the definitions does not load matplotlib.
    from biome_pipeline.report.site.build import build_report

    key = snapshot_of(context)
    warehouse.reporter.begins("report")
    spill = warehouse.lake.spill()
    with fail_clearly(), open_engine(warehouse.settings, spill=spill) as engine:
        path = build_report(engine, warehouse.settings, key)
    warehouse.reporter.ends("report", None)
    return dg.MaterializeResult(
        metadata={
            "path": dg.MetadataValue.path(str(path)),
            "size in bytes": sum(f.stat().st_size for f in path.parent.rglob("*") if f.is_file()),
        }
    )
