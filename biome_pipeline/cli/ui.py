"""``biome ui``: the Dagster UI on this machine."""

from __future__ import annotations

import subprocess
import sys

import click

from biome_pipeline.cli.terminal import DATA_OPTION, say
from biome_pipeline.settings import child_environment, load_settings

__all__ = ["command"]

_HOST = "127.0.0.1"


@click.command("ui", epilog="\b\nExample:\n  biome ui --port 3000")
@click.option("--port", type=click.IntRange(1, 65_535), default=3000, show_default=True)
@DATA_OPTION
def command(port: int, data: str | None) -> None:
    """Open the Dagster UI: the asset graph, runs, checks, schedule and sensor.

    The history is kept in the data directory; telemetry is off; only this
    machine can reach it. Ctrl-C ends it.
    """
    from biome_pipeline.cli.execution import open_instance
    from biome_pipeline.warehouse.lake import Lake
    from biome_pipeline.warehouse.tables.hub import RAW_MODELS

    settings = load_settings(data=data)
    lake = Lake(settings.data)
    with open_instance(settings.data) as instance:
        # What was taken in elsewhere, into a copied folder for instance, shows up too.
        instance.add_dynamic_partitions("hub_snapshot", lake.keys(RAW_MODELS))
    home = (settings.data / "dagster_home").resolve()
    say(f"Dagster UI on http://{_HOST}:{port} (Ctrl-C ends it)")
    arguments = ["dev", "-m", "biome_pipeline.definitions.workspace"]
    arguments += ["--host", _HOST, "--port", str(port), "--log-level", "warning"]
    done = subprocess.run(  # noqa: S603 - our own interpreter and fixed words
        [sys.executable, "-m", "dagster_dg_cli.cli", *arguments],
        env=child_environment(DAGSTER_HOME=str(home), BIOME_DATA=str(settings.data.resolve())),
        check=False,
    )
    if done.returncode not in (0, -2, 130):
        raise click.ClickException(f"the UI ended with code {done.returncode}")
