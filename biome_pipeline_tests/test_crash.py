"""Kills at any moment and runs side by side: lake and database stay whole, and mend.

A snapshot is replaced by a changed source, again and again. Whenever the run
is killed, every file of the lake is whole, the database is the old or the new
snapshot and nothing between, and the next run repairs everything.
"""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import duckdb
import numpy as np
import pytest

from biome_pipeline.warehouse.tables import TABLES
from biome_pipeline_tests.cli.processes import (
    Run,
    contents,
    digests,
    lake_faults,
    table_digests,
)

# Whole runs, several for each test: minutes.
pytestmark = pytest.mark.slow

KEY = "2025-06-30"
SIZES = ("200", "230")
N_CHAINS = 5
N_KILLS = 4
# Seconds; about as long as the longest step of so small a run.
LONGEST_DELAY = 0.4


def take(data: Path, size: str, *more: object, report: bool = False) -> Run:
    chosen = {"BIOME_DEMO_MODELS": size, "BIOME_REPORT": str(report).lower()}
    return Run("run", "--data", data, *more, cwd=data.parent, **chosen)


@pytest.fixture(scope="session")
def worlds(tmp_path_factory: pytest.TempPathFactory):
    """Per size of the demo: a data directory and its digests."""
    folder = tmp_path_factory.mktemp("worlds")
    made = {}
    for size in SIZES:
        data = folder / size / "data"
        run = take(data, size)
        assert run.wait() == 0, run.errors
        made[size] = (data, table_digests(data, KEY))
    assert made[SIZES[0]][1] != made[SIZES[1]][1]
    return made


@pytest.fixture
def data(worlds, tmp_path: Path) -> Path:
    """A data directory with the first size published."""
    return Path(shutil.copytree(worlds[SIZES[0]][0], tmp_path / "data"))


def assert_old_or_new(data: Path, old: dict[str, str], new: dict[str, str]) -> bool:
    """Check what a kill left; tell whether the database is the new snapshot."""
    assert lake_faults(data, KEY) == []
    found = table_digests(data, KEY)
    assert found in (old, new)
    return found == new


def assert_mended(data: Path, new: dict[str, str]) -> None:
    """Check that the database is the new snapshot and the lake, and nothing is left over."""
    assert lake_faults(data, KEY) == []
    assert table_digests(data, KEY) == new
    assert table_digests(data, KEY, of_lake=True) == new
    assert list((data / "incoming").iterdir()) == []


@pytest.mark.parametrize("chain", range(N_CHAINS))
def test_a_kill_at_any_moment_leaves_old_or_new_and_the_next_run_mends(worlds, data, chain):
    """Twenty kills in all, one in each twentieth of a run's steps, at a drawn moment.

    Two kills come in a row, damage upon damage, before a run may end.
    """
    rng = np.random.default_rng([20250630, chain])
    n_killed = 0
    shares = [(i * N_CHAINS + chain + rng.random()) / (N_CHAINS * N_KILLS) for i in range(N_KILLS)]
    rng.shuffle(shares)
    for turn, first in enumerate(range(0, N_KILLS, 2)):
        old, new = (worlds[SIZES[(turn + j) % 2]][1] for j in (0, 1))
        size = SIZES[(turn + 1) % 2]
        for share in shares[first : first + 2]:
            # The report is most of the time of so small a run: the long tests have it.
            run = take(data, size, report=chain > 0)
            await_moment(run, share, len(TABLES) + 1 + (chain > 0))
            n_killed += run.kill() != 0
            assert_old_or_new(data, old, new)
        mended = take(data, size)
        assert mended.wait() == 0, mended.errors
        assert_mended(data, new)
    # Only the very last moment may come after the end.
    assert n_killed >= N_KILLS - 1


def await_moment(run, share, n_steps):
    """Wait until a share of the run's steps has ended, and a part of the next one.

    Steps and not seconds: how fast the machine is does not matter then.
    """
    n_ended, part = divmod(share * n_steps, 1)
    while run.is_running() and run.errors.count(" s\n") < n_ended:
        time.sleep(0.002)
    time.sleep(part * LONGEST_DELAY)


def test_a_kill_while_publishing_leaves_old_or_new(worlds, data):
    """Killed when the new database is under way, at its first sight and later."""
    old, new = (worlds[size][1] for size in SIZES)
    caught = 0
    for delay in (0.0, 0.1):
        run = take(data, SIZES[1], "--force")
        while run.is_running() and run.errors.count(" rows ") < len(TABLES):
            time.sleep(0.02)
        while run.is_running() and not list((data / "incoming").glob("*.part")):
            time.sleep(0.002)
        time.sleep(delay)
        caught += run.kill() != 0
        assert_old_or_new(data, old, new)
    assert caught > 0
    mended = take(data, SIZES[1])
    assert mended.wait() == 0, mended.errors
    assert_mended(data, new)


def test_two_runs_at_once_of_different_snapshots_both_end_well(worlds, data):
    """While a reader keeps the database open, that neither waits for nor disturbs."""
    lake_before = {n: d for n, d in digests(data).items() if n.startswith("lake/")}
    ask = "SELECT CAST(snapshot AS VARCHAR) FROM hub.snapshots ORDER BY 1"
    with duckdb.connect(str(data / "biome.duckdb"), read_only=True) as reader:
        runs = [take(data, SIZES[1], "--snapshot", key) for key in ("2025-07-07", "2025-07-14")]
        for run in runs:
            assert run.wait() == 0, run.errors
        assert reader.execute(ask).fetchall() == [(KEY,)]
    with duckdb.connect(str(data / "biome.duckdb"), read_only=True) as reader:
        assert reader.execute(ask).fetchall() == [(KEY,), ("2025-07-07",), ("2025-07-14",)]
    assert table_digests(data, KEY) == worlds[SIZES[0]][1]
    for key in ("2025-07-07", "2025-07-14"):
        assert lake_faults(data, key) == []
        assert table_digests(data, key) == table_digests(data, key, of_lake=True)
    after = digests(data)
    assert {name: after[name] for name in lake_before} == lake_before
    assert list((data / "incoming").iterdir()) == []


def test_of_two_runs_at_once_of_the_same_snapshot_one_wins(worlds, data):
    first = take(data, SIZES[1])
    while first.is_running() and not first.said:
        time.sleep(0.01)
    second = take(data, SIZES[1])
    assert second.wait() == 1
    assert first.is_running()
    (line,) = second.errors.splitlines()
    assert line.startswith("error: ")
    assert "another run" in line
    assert KEY in line
    assert first.wait() == 0, first.errors
    assert_mended(data, worlds[SIZES[1]][1])
    before = contents(data)
    third = take(data, SIZES[1])
    assert third.wait() == 0, third.errors
    assert "is unchanged" in third.said
    assert contents(data) == before
