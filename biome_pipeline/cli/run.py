"""``biome run``: take one snapshot and make everything for it."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import click

from biome_pipeline.cli.terminal import DATA_OPTION, StepProgress, safe, say
from biome_pipeline.errors import DataDirectoryError
from biome_pipeline.settings import Settings, load_settings
from biome_pipeline.warehouse.tables import SUBJECTS, tables_of

if TYPE_CHECKING:
    from biome_pipeline.warehouse.lake import Lake

__all__ = ["command"]


@click.command(
    "run",
    epilog="""\b
Examples:
  biome run                                  the built-in demo Hub, offline
  biome run --source models.parquet          a hub-stats file
  biome run --source hub-stats               the newest revision of the dataset
  biome run --source hub --max-configs 500   the Hub itself: list, cards, configs, papers
  biome run --source models.parquet --snapshot 2026-08-19 --select snapshot
""",
)
@click.option(
    "--source",
    default="demo",
    metavar="demo|hub-stats|hub|FILE",
    show_default=True,
    help="What to take in: the built-in demo Hub, the hub-stats dataset, the Hub itself, or a "
    "Parquet file in the schema of hub-stats.",
)
@click.option(
    "--snapshot",
    default=None,
    metavar="DATE",
    help="Key of the snapshot as YYYY-MM-DD [default: the date of what was observed].",
)
@click.option(
    "--select",
    multiple=True,
    type=click.Choice(SUBJECTS),
    help="Make this subject and what it needs, not everything; may be repeated.",
)
@click.option(
    "--max-cards",
    type=click.IntRange(min=-1),
    default=None,
    metavar="N",
    help="Ask for at most so many cards one by one [default: BIOME_MAX_CARDS, no limit].",
)
@click.option(
    "--max-configs",
    type=click.IntRange(min=0),
    default=None,
    metavar="N",
    help="Ask for the config.json of so many models, each of which counts as a download of its "
    "model [default: BIOME_MAX_CONFIGS, 5000].",
)
@click.option("--force", is_flag=True, help="Run although nothing changed, or with far fewer rows.")
@click.option(
    "--allow-rejects",
    is_flag=True,
    help="Set rows of a file aside that have no usable id or repeat one.",
)
@click.option("--replace", is_flag=True, help="Take the key over from another source.")
@click.option("--rebuild-database", is_flag=True, help="Make the database anew from the lake.")
@DATA_OPTION
def command(
    source: str,
    snapshot: str | None,
    select: tuple[str, ...],
    data: str | None,
    *,
    max_cards: int | None,
    max_configs: int | None,
    force: bool,
    allow_rejects: bool,
    replace: bool,
    rebuild_database: bool,
) -> None:
    """Take one snapshot of the Hub and make every table of it.

    The result is one DuckDB database, Parquet files for who prefers them, and a
    report that opens in a browser.
    Running a snapshot again replaces it and nothing else.
    """
    # Opened here, so that `biome run --help` stays quick.
    from biome_pipeline.hub.claims import check_claim
    from biome_pipeline.hub.intake import Intake, provenance_of
    from biome_pipeline.hub.sources import HUB, resolve_source
    from biome_pipeline.warehouse.consistency import is_current
    from biome_pipeline.warehouse.database import publish
    from biome_pipeline.warehouse.keys import check_snapshot_key
    from biome_pipeline.warehouse.lake import Lake

    started = time.monotonic()
    settings = load_settings(data=data, max_cards=max_cards, max_configs=max_configs)
    if snapshot is not None:
        check_snapshot_key(snapshot)
    found = resolve_source(source, settings, snapshot=snapshot)
    key = check_snapshot_key(found.snapshot)
    _check_writable(settings)
    lake = Lake(settings.data)
    check_claim(lake, key, found, replaces=replace)
    tables = tables_of(select)
    with lake.hold(key):
        lake.clear_incoming()
        wanted = provenance_of(found, key, settings)
        if not force and is_current(lake, key, [spec.name for spec in tables], wanted):
            publish(lake, settings, key=key, rebuild=rebuild_database)
            if settings.makes_report:
                _complete_report(lake, settings, key)
            say(
                f"Snapshot {key} is unchanged: {found.identity} was taken already. (--force: again)"
            )
            _show_results(settings, key)
            return
        say(f"Snapshot {key} from {found.identity}")
        if found.kind == "demo":
            say("The demo Hub is synthetic: right for trying things, wrong for citing numbers.")
        if found.kind == HUB and source != HUB:
            say("hub-stats is gone or stale: the Hub itself is listed in its place.")
        intake = Intake(
            name=HUB if found.kind == HUB else source,
            revision=found.revision if found.kind == "hub-stats" else None,
            is_forced=force,
            may_reject=allow_rejects,
            replaces=replace,
        )
        from biome_pipeline.cli.execution import execute

        with StepProgress(len(tables) + 1 + settings.makes_report) as progress:
            execute(settings, key, intake, tables, progress)
        done = publish(lake, settings, rebuild=rebuild_database)
    if done.withheld:
        say(
            f"Not published, because what they were made from changed: {', '.join(done.withheld)}; "
            "run again without --select."
        )
    say(f"Done in {time.monotonic() - started:.0f} s.")
    _show_results(settings, key)


def _check_writable(settings: Settings) -> None:
    """Find out before hours of work that nothing can be written."""
    folder = settings.data
    try:
        folder.mkdir(parents=True, exist_ok=True)
        is_writable = folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)
    except OSError:
        is_writable = False
    if not is_writable:
        raise DataDirectoryError(
            "it cannot be made or written",
            place=str(folder),
            remedy="check its permissions or choose another --data",
        )


def _complete_report(lake: Lake, settings: Settings, key: str) -> None:
    """Build the report if somebody removed it, or an older version made none."""
    from biome_pipeline.report.site.build import build_report, report_path
    from biome_pipeline.warehouse.engine import open_engine

    if not report_path(settings.data, key).is_file():
        with open_engine(settings, spill=lake.spill()) as engine:
            build_report(engine, settings, key)


def _show_results(settings: Settings, key: str) -> None:
    from biome_pipeline.report.site.build import report_path
    from biome_pipeline.warehouse.published import database_path, open_database

    root = None
    with open_database(settings.data) as connection:
        rows = connection.execute(
            "SELECT (SELECT n_models FROM hub.snapshots WHERE snapshot = $1), "
            "(SELECT count(*) FILTER (NOT is_excluded) FROM genealogy.edges WHERE snapshot = $1), "
            "(SELECT count(*) FROM genealogy.families WHERE snapshot = $1 AND graph = 'all'), "
            "(SELECT root_id FROM genealogy.families WHERE snapshot = $1 AND graph = 'all' "
            "AND family_id = 1)",
            [key],
        ).fetchone()
    if rows is not None:
        n_models, n_edges, n_families, root = rows
        say(f"  {n_models or 0:,} models, {n_edges:,} edges, {n_families:,} families")
    report = report_path(settings.data, key)
    data = "" if str(settings.data) == "data" else f" --data {settings.data}"
    say(
        f"  database  {database_path(settings.data)}",
        f"  lake      {settings.data / 'lake'}",
        *([f"  report    {report}"] if report.is_file() else []),
        "Try next:",
        f"  biome snapshots{data}",
        f'  biome tree "{safe(root)}"{data}' if root else "  biome dictionary",
        '  biome sql "SELECT license, count(*) AS n FROM hub.models '
        f'GROUP BY ALL ORDER BY n DESC LIMIT 10"{data}',
    )
