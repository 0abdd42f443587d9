"""``biome doctor``: what is configured and reachable, and how long a crawl takes."""

from __future__ import annotations

import click

from biome_pipeline.cli.terminal import DATA_OPTION, say
from biome_pipeline.errors import DatabaseNotFoundError
from biome_pipeline.settings import load_settings

__all__ = ["command"]

_MARKS = {"ok": "ok", "warning": "warning", "broken": "BROKEN", "skipped": "-"}


@click.command(
    "doctor",
    epilog="""\b
Examples:
  biome doctor
  HF_HUB_OFFLINE=1 biome doctor               without the network
""",
)
@DATA_OPTION
def command(data: str | None) -> None:
    """Say what is configured and reachable, and how long a crawl takes.

    Each place is asked one small question. The exit code is 1 if something is
    broken; the token is never shown.
    """
    # Opened here, so that `biome doctor --help` stays quick.
    from biome_pipeline.hub.checkup import check_up
    from biome_pipeline.warehouse.published import open_database

    settings = load_settings(data=data)
    try:
        with open_database(settings.data) as connection:
            row = connection.execute(
                "SELECT n_models FROM hub.snapshots WHERE source NOT LIKE 'demo%' "
                "ORDER BY snapshot DESC LIMIT 1"
            ).fetchone()
    except DatabaseNotFoundError:
        row = None
    is_broken = False
    for finding in check_up(settings, n_models=row[0] if row else None):
        is_broken |= finding.state == "broken"
        say(f"{_MARKS[finding.state]:<8} {finding.name:<17} {finding.text}")
    if is_broken:
        raise click.exceptions.Exit(1)
