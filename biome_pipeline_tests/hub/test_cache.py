"""The folder of downloads: one fetch at a time, and nothing left of killed ones."""

from __future__ import annotations

import contextlib
import datetime as dt
import errno
import fcntl
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from biome_pipeline.errors import (
    DataDirectoryError,
    DiskFullError,
)
from biome_pipeline.hub.cache import hold, remove_leftovers
from biome_pipeline.hub.source import Source
from biome_pipeline_tests.hub.conftest import AT, CONTENT, FILE, REPO, Fetch
from biome_pipeline_tests.hubserver import (
    LocalHub,
    stall,
)
from biome_pipeline_tests.hubserver.stats import stats_bytes


def test_a_cache_that_cannot_be_written(take: Fetch, commit: str, cache: Path) -> None:
    cache.write_text("a file where the folder should be")
    with pytest.raises(DataDirectoryError, match="cannot be written"):
        take()


def test_a_full_disk(
    take: Fetch, hub: LocalHub, commit: str, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_args: object, **_kwargs: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("huggingface_hub.file_download.http_get", full)
        with pytest.raises(DiskFullError, match="no room left"):
            take()
    assert take().revision == commit


# Two fetches, and killed ones


START = """
import sys
from pathlib import Path
from biome_pipeline.hub.fetch import fetch
repo, address, cache = sys.argv[1:]
fetch(repo, endpoint=address, token=None, cache_dir=Path(cache), pause=0.01)
"""


@contextlib.contextmanager
def fetching(hub: LocalHub, cache: Path, repo: str = REPO) -> Iterator[subprocess.Popen[bytes]]:
    """Fetch in a process of its own, which is killed at the end of the block."""
    command = [sys.executable, "-c", START, repo, hub.address, str(cache)]
    paths = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with subprocess.Popen(command, env=os.environ | paths) as process:
        try:
            yield process
        finally:
            process.kill()


def wait_until(is_so: Callable[[], object]) -> None:
    """Wait for another process, within reason."""
    until = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.01)


def leftovers(cache: Path) -> list[Path]:
    return list(cache.glob("**/*.incomplete"))


def test_a_download_that_was_killed_leaves_nothing_after_the_next_fetch(
    take: Fetch, hub: LocalHub, commit: str, cache: Path
) -> None:
    hub.faults.append(replace(stall(at=5000, path=FILE), method="GET"))
    with fetching(hub, cache) as process:
        # The file is made before it is asked for.
        wait_until(lambda: hub.asked("GET", "resolve"))
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
    assert len(leftovers(cache)) == 1
    source = take()
    assert source.revision == commit
    assert source.path is not None
    assert source.path.read_bytes() == CONTENT
    assert not leftovers(cache)


def test_a_fetch_from_the_cache_clears_what_another_download_left(
    take: Fetch, hub: LocalHub, commit: str, cache: Path
) -> None:
    take()
    later = stats_bytes(60)
    hub.datasets[REPO].publish({"models.parquet": later}, AT + dt.timedelta(7))
    hub.faults.append(replace(stall(at=100, path=FILE), method="GET"))
    with fetching(hub, cache):
        wait_until(lambda: leftovers(cache))
        # Its writer lives: the bytes are not touched, and nobody waits for it.
        assert take(commit).revision == commit
        assert len(leftovers(cache)) == 1
    assert take(commit).revision == commit
    assert not leftovers(cache)


def test_of_bytes_without_a_lock_only_old_ones_are_removed(cache: Path) -> None:
    blobs = cache / "datasets--org--other" / "blobs"
    blobs.mkdir(parents=True)
    now = time.time()
    for name, hours in [("young", 23), ("old", 25)]:
        path = blobs / f"{name}.0a1b2c3d.incomplete"
        path.write_bytes(b"half")
        os.utime(path, (now - hours * 3600, now - hours * 3600))
    (blobs / "whole").write_bytes(b"whole")
    remove_leftovers(cache)
    assert sorted(p.name for p in blobs.iterdir()) == ["whole", "young.0a1b2c3d.incomplete"]


def test_of_bytes_with_a_lock_only_those_with_a_free_one_are_removed(cache: Path) -> None:
    locks = cache / ".locks" / "datasets--org--other"
    blobs = cache / "datasets--org--other" / "blobs"
    for folder in (locks, blobs):
        folder.mkdir(parents=True)
    for name in ("free", "held"):
        (locks / f"{name}.lock").touch()
        (blobs / f"{name}.0a1b2c3d.incomplete").write_bytes(b"half")
    with (locks / "held.lock").open() as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        remove_leftovers(cache)
    assert [p.name for p in blobs.iterdir()] == ["held.0a1b2c3d.incomplete"]


def test_a_cache_that_is_not_there_has_no_leftovers(cache: Path) -> None:
    remove_leftovers(cache)
    assert not cache.exists()


def test_the_second_fetch_waits_for_the_first_and_says_for_whom(
    take: Fetch, hub: LocalHub, commit: str, cache: Path, caplog: pytest.LogCaptureFixture
) -> None:
    hub.faults.append(replace(stall(at=100, path=FILE), method="GET"))
    taken: list[str] = []
    with fetching(hub, cache) as process:
        wait_until(lambda: hub.asked("GET", "resolve"))
        n_before = len(hub.requests)
        second = threading.Thread(target=lambda: taken.append(take().revision))
        second.start()
        wait_until(lambda: "waiting for it" in caplog.text)
        assert len(hub.requests) == n_before
        process.kill()
        second.join(timeout=30)
    assert taken == [commit]
    assert f"{REPO} is being fetched by process {process.pid} on {socket.gethostname()}" in (
        caplog.text
    )
    assert not leftovers(cache)


def test_two_fetches_at_once_bring_the_file_once(take: Fetch, hub: LocalHub, commit: str) -> None:
    taken: list[Source] = []
    threads = [threading.Thread(target=lambda: taken.append(take())) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert [source.revision for source in taken] == [commit] * 3
    assert len(hub.asked("GET", "resolve")) == 1


def test_datasets_do_not_wait_for_each_other(cache: Path) -> None:
    with hold("org/a", cache), hold("org/b", cache):
        holders = [path.read_text() for path in sorted((cache / "locks").iterdir())]
    assert holders == [f"process {os.getpid()} on {socket.gethostname()}\n"] * 2
