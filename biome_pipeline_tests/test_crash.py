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

from biome_pipeline_tests.cli.processes import (
    Run,
    contents,
    digests,
    lake_faults,
    table_digests,
)

KEY = "2025-06-30"
SIZES = ("200", "230")
N_CHAINS = 4
N_KILLS = 5


def take(data: Path, size: str, *more: object) -> Run:
    return Run("run", "--data", data, *more, cwd=data.parent, BIOME_DEMO_MODELS=size)


@pytest.fixture(scope="session")
def worlds(tmp_path_factory: pytest.TempPathFactory):
    """Per size of the demo: a data directory, its digests, and how long its run took."""
    folder = tmp_path_factory.mktemp("worlds")
    made = {}
    for size in SIZES:
        data = folder / size / "data"
        run = take(data, size)
        assert run.wait() == 0, run.errors
        made[size] = (data, table_digests(data, KEY), run.seconds)
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
    """Twenty kills in all, one in each twentieth of a run, at a drawn moment of it."""
    rng = np.random.default_rng([20250630, chain])
    n_killed, seconds = 0, worlds[SIZES[1]][2]
    for i in range(N_KILLS):
        old, new = (worlds[SIZES[(i + j) % 2]][1] for j in (0, 1))
        share = (i * N_CHAINS + chain + rng.random()) / (N_CHAINS * N_KILLS)
        run = take(data, SIZES[(i + 1) % 2])
        time.sleep(share * seconds)
        n_killed += run.kill() != 0
        assert_old_or_new(data, old, new)
        mended = take(data, SIZES[(i + 1) % 2])
        assert mended.wait() == 0, mended.errors
        seconds = min(seconds, mended.seconds) if "unchanged" not in mended.said else seconds
        assert_mended(data, new)
    # A run that was faster than the one measured may have ended before its kill.
    assert n_killed >= N_KILLS - 2
