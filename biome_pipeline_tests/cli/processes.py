"""Runs of the command line in processes of their own, forked from a warm one.

A run is a leader of its process group, so that it can be killed with all that
it started; importing everything anew for each would take as long as the run.
What does not belong here: what a test expects of a run.
"""

from __future__ import annotations

import hashlib
import multiprocessing as mp
import os
import resource
import signal
import sys
import time
from contextlib import suppress
from multiprocessing import forkserver
from pathlib import Path
from uuid import uuid4

import duckdb

from biome_pipeline.errors import BiomeError
from biome_pipeline.warehouse.lake import Lake
from biome_pipeline.warehouse.tables import PUBLISHED, TABLES

__all__ = ["SMALL", "Run", "contents", "digests", "lake_faults", "table_digests"]

SMALL = {
    "BIOME_DEMO_MODELS": "200",
    "BIOME_THREADS": "1",
    "BIOME_BOOTSTRAP_REPLICATES": "99",
    "BIOME_SIMILARITY_DRAWS": "50",
    "BIOME_SOLVED_REPLICATES": "20",
    "BIOME_REPORT": "false",
    "HF_HUB_OFFLINE": "1",
}
"""Environment of the smallest run: the least demo, one thread, few replicates, no report."""

_ROOT = Path(__file__).parents[2]


class Run:
    """One call of ``biome``, started.

    Parameters
    ----------
    arguments : object
        The words after ``biome``.
    cwd : Path
        Folder to work in; what is said is kept there, too.
    env : dict of str to str
        Variables on top of `SMALL`.
    file_limit : int, optional
        Largest file that can be written, in bytes: a disk that is full.
    """

    def __init__(self, *arguments: object, cwd: Path, file_limit: int = 0, **env: str) -> None:
        context = mp.get_context("forkserver")
        context.set_forkserver_preload(["biome_pipeline_tests.cli.warm"])
        before = os.environ.get("PYTHONPATH")
        os.environ["PYTHONPATH"] = str(_ROOT)
        try:
            forkserver.ensure_running()
        finally:
            os.environ.pop("PYTHONPATH")
            if before is not None:
                os.environ["PYTHONPATH"] = before
        cwd.mkdir(parents=True, exist_ok=True)
        self._out = cwd / f"said-{uuid4().hex}"
        self._process = context.Process(
            target=_run,
            args=([str(word) for word in arguments], self._out, cwd, {**SMALL, **env}, file_limit),
        )
        self.started = time.monotonic()
        self._process.start()

    def wait(self, timeout: float = 600) -> int:
        """Give the exit code, or the signal as a negative number."""
        self._process.join(timeout)
        if self._process.exitcode is None:
            self.kill()
            raise AssertionError(f"no end after {timeout} s: {self.errors}")
        return self._process.exitcode

    def kill(self) -> int:
        """Kill the run with all that it started, and wait for its end."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        with suppress(ProcessLookupError):
            # It may not be a leader yet.
            os.kill(self._process.pid, signal.SIGKILL)
        self._process.join(30)
        return self._process.exitcode

    def is_running(self) -> bool:
        """Tell whether it has not ended."""
        return self._process.exitcode is None

    @property
    def errors(self) -> str:
        """What it wrote to standard error so far."""
        path = self._out.with_suffix(".err")
        return path.read_text() if path.exists() else ""

    @property
    def said(self) -> str:
        """What it wrote to standard output so far."""
        path = self._out.with_suffix(".out")
        return path.read_text() if path.exists() else ""


def _run(words: list[str], out: Path, cwd: Path, env: dict[str, str], file_limit: int) -> None:
    os.setsid()
    os.chdir(cwd)
    os.environ.pop("BIOME_DATA", None)
    os.environ.update(env)
    for number, suffix in ((1, ".out"), (2, ".err")):
        handle = os.open(out.with_suffix(suffix), os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(handle, number)
    if file_limit:
        # Python ignores the signal; writing fails, as on a full disk.
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (file_limit, file_limit))
    from biome_pipeline.cli.main import run_command_line

    code = run_command_line(words)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def contents(data: Path) -> dict[str, tuple[str, int, int]]:
    """Digest, inode and time of every file of lake and database."""
    paths = [path for path in (data / "lake").rglob("*") if path.is_file()]
    paths += [path for path in (data / "biome.duckdb",) if path.exists()]
    return {
        str(path.relative_to(data)): (
            hashlib.sha256(path.read_bytes()).hexdigest(),
            path.stat().st_ino,
            path.stat().st_mtime_ns,
        )
        for path in sorted(paths)
    }


def digests(data: Path) -> dict[str, str]:
    """Digest of every file of lake and database."""
    return {name: found[0] for name, found in contents(data).items()}


# When a run happened and was by whom differs from run to run of the same content.
_WHEN = ("started_at", "finished_at")


def _digest(connection: duckdb.DuckDBPyConnection, spec, source: str) -> str:
    columns = ", ".join(f'"{name}"' for name in spec.published_columns if name not in _WHEN)
    rows = connection.execute(f"SELECT {columns} FROM {source}").fetchall()
    return hashlib.sha256("\n".join(sorted(map(repr, rows))).encode()).hexdigest()


def table_digests(data: Path, key: str, *, of_lake: bool = False) -> dict[str, str]:
    """Digest of one snapshot of every published table, in the database or the lake."""
    lake = Lake(data)
    path = ":memory:" if of_lake else str(data / "biome.duckdb")
    with duckdb.connect(path, read_only=not of_lake) as connection:
        return {
            spec.name: _digest(
                connection,
                spec,
                f"read_parquet('{lake.path(spec, key)}')"
                if of_lake
                else f"{spec.partition_table} WHERE snapshot = '{key}'",
            )
            for spec in PUBLISHED
        }


def lake_faults(data: Path, key: str) -> list[str]:
    """Say which partitions of a snapshot are not whole: each row, and what it says of itself."""
    import pyarrow.parquet as pq

    lake, faults = Lake(data), []
    for spec in TABLES.values():
        try:
            lake.provenance(spec, key)
            found = pq.read_table(lake.path(spec, key))
            if found.schema.names != list(spec.columns):
                faults.append(f"{spec.name}: {found.schema.names}")
        except (BiomeError, OSError, ValueError) as error:
            faults.append(f"{spec.name}: {error}")
    return faults
