"""``biome ui``: the Dagster UI on this machine.

What does not belong here: what the UI shows (``definitions``).
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import click

from biome_pipeline.cli.terminal import DATA_OPTION, say
from biome_pipeline.settings import child_environment, load_settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import FrameType

__all__ = ["command"]

_HOST = "127.0.0.1"

_SECONDS_TO_END = 30.0


@click.command("ui", epilog="\b\nExample:\n  biome ui --port 3000")
@click.option("--port", type=click.IntRange(1, 65_535), default=3000, show_default=True)
@DATA_OPTION
def command(port: int, data: str | None) -> None:
    """Open the Dagster UI: the asset graph, runs, checks, schedule and sensor.

    The history is kept in the data directory; telemetry is off; only this
    machine can reach it. Ctrl-C ends it.
    """
    from biome_pipeline.cli.execution import open_instance, shipped
    from biome_pipeline.definitions.partitions import EVOLUTION_SWEEP, HUB_SNAPSHOT
    from biome_pipeline.warehouse.lake import Lake
    from biome_pipeline.warehouse.tables.evolution import SWEEPS
    from biome_pipeline.warehouse.tables.hub import RAW_MODELS

    settings = load_settings(data=data)
    _check_port(port)
    lake = Lake(settings.data)
    with open_instance(settings.data) as instance:
        # What was taken in elsewhere, into a copied folder for instance, shows up too.
        instance.add_dynamic_partitions(str(HUB_SNAPSHOT.name), lake.keys(RAW_MODELS))
        instance.add_dynamic_partitions(str(EVOLUTION_SWEEP.name), lake.keys(SWEEPS))
    home = (settings.data / "dagster_home").resolve()
    say(f"Dagster UI on http://{_HOST}:{port} (Ctrl-C ends it)")
    workspace = str(shipped("workspace.yaml"))
    code = _serve(
        ["--workspace", workspace, "--host", _HOST, "--port", str(port), "--log-level", "warning"],
        child_environment(DAGSTER_HOME=str(home), BIOME_DATA=str(settings.data.resolve())),
    )
    if code:
        raise click.ClickException(f"the UI ended with code {code}")


def _check_port(port: int) -> None:
    """Refuse a port that is in use: the UI would say so in a page of text."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_HOST, port))
        except OSError as error:
            reason = error.strerror or "it cannot be opened"
            raise click.BadParameter(
                f"port {port} cannot be used ({reason.lower()}); choose another one",
                param_hint="--port",
            ) from None


def _serve(arguments: Sequence[str], environment: dict[str, str]) -> int:
    """Run Dagster's servers until they end or we are told to; none outlives us."""
    # In a session of its own the signals of the terminal reach us alone, and
    # the servers are told once, in their order.
    with (
        _stops_as_interrupts(),
        subprocess.Popen(  # noqa: S603 - our own interpreter and fixed words
            [sys.executable, "-m", "dagster_dg_cli.cli", "dev", *arguments],
            env=environment,
            start_new_session=True,
        ) as server,
    ):
        try:
            return server.wait()
        except KeyboardInterrupt:
            server.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired, KeyboardInterrupt):
                server.wait(_SECONDS_TO_END)
            return 0
        finally:
            _end_group(server)


@contextmanager
def _stops_as_interrupts() -> Iterator[None]:
    """Treat a request to stop, and a closed terminal, like Ctrl-C."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    # A script's background job ignores Ctrl-C, and so would the servers, which
    # are told to end by it; a signal that is handled here has its usual effect there.
    before = {
        number: signal.signal(number, interrupt)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end_group(server: subprocess.Popen[bytes]) -> None:
    """End what the servers left: steps that still run, and code servers."""
    with suppress(ProcessLookupError):
        os.killpg(server.pid, signal.SIGTERM)
        for _ in range(50):
            time.sleep(0.1)
            # Also tells whether anyone is left.
            server.poll()
            os.killpg(server.pid, 0)
        os.killpg(server.pid, signal.SIGKILL)
