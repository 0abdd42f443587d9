"""``biome report``: build the report of a snapshot anew."""

from __future__ import annotations

import click

from biome_pipeline.cli.terminal import DATA_OPTION, say
from biome_pipeline.errors import SnapshotNotFoundError
from biome_pipeline.settings import load_settings

__all__ = ["command"]


@click.command(
    "report",
    epilog="""\b
Examples:
  biome report
  biome report --snapshot 2026-08-19
""",
)
@click.option("--snapshot", default=None, metavar="DATE", help="[default: the latest one]")
@DATA_OPTION
def command(snapshot: str | None, data: str | None) -> None:
    """Build the report of a snapshot: a folder of pages that opens from disk.

    A run does so at its end; the folder is replaced whole, or stays as it was.
    """
    from biome_pipeline.report.site.build import build_report
    from biome_pipeline.warehouse.engine import open_engine
    from biome_pipeline.warehouse.keys import check_snapshot_key
    from biome_pipeline.warehouse.lake import Lake
    from biome_pipeline.warehouse.tables.hub import SNAPSHOTS

    settings = load_settings(data=data)
    lake = Lake(settings.data)
    keys = lake.keys(SNAPSHOTS)
    key = check_snapshot_key(snapshot) if snapshot is not None else (keys[-1] if keys else "")
    if key not in keys:
        raise SnapshotNotFoundError(
            "there is no such snapshot" if key else "there is no snapshot yet",
            place=f"snapshot {key}" if key else str(settings.data),
            remedy=(f"choose one of {', '.join(keys)}, or " if keys else "")
            + "make it with 'biome run'",
        )
    with lake.hold(key), open_engine(settings, spill=lake.spill()) as engine:
        say(build_report(engine, settings, key))
