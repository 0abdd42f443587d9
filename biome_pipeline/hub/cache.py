"""The folder of downloads: whose turn it is, and what killed ones left behind.

huggingface_hub lays the folder out: ``<repository>/blobs`` holds the bytes,
``<repository>/snapshots/<commit>`` points to them, and while it writes a blob
it holds a lock in ``.locks/<repository>``. What does not belong here: what the
Hub said of a revision, and whether a copy is a good one (``fetch``).
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import logging
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

from huggingface_hub import try_to_load_from_cache

from biome_pipeline.hub.refusals import cache_failure

__all__ = ["cached_copy", "hold", "remove_copy", "remove_leftovers"]

_log = logging.getLogger(__name__)

_DAY = 24 * 3600.0


@contextlib.contextmanager
def hold(repo: str, cache_dir: Path) -> Iterator[None]:
    """Keep other fetches of a repository out of a cache, waiting for one's turn.

    The lock ends with the process, however it ends. Its file says who holds
    it, and stays: to remove it would let two hold locks of the same name.

    Parameters
    ----------
    repo : str
        The dataset.
    cache_dir : pathlib.Path
        The cache; made if it is not there.

    Yields
    ------
    None
        While held.

    Raises
    ------
    DataDirectoryError, DiskFullError
        The cache cannot be written.
    """
    path = cache_dir / "locks" / f"{repo.replace('/', '--')}.lock"
    with contextlib.ExitStack() as stack:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
            stack.callback(os.close, handle)
            if not _take(handle):
                holder = path.read_text(encoding="utf-8", errors="replace").strip()
                _log.warning("%s is being fetched by %s; waiting for it", repo, holder or "another")
                fcntl.flock(handle, fcntl.LOCK_EX)
            os.ftruncate(handle, 0)
            os.pwrite(handle, f"process {os.getpid()} on {socket.gethostname()}\n".encode(), 0)
        except OSError as error:
            raise cache_failure(error, cache_dir) from error
        yield


def remove_leftovers(cache_dir: Path) -> None:
    """Remove what downloads left that were killed before they could do so.

    No download goes on where another one ended, so such bytes are of no use.
    Removed is what is older than a day, and what has no writer any more: its
    lock is there but free. That a file cannot be removed is no failure.

    Parameters
    ----------
    cache_dir : pathlib.Path
        The cache.
    """
    for path in sorted(cache_dir.glob("*/blobs/*.incomplete")):
        with contextlib.suppress(OSError):
            status = path.stat()
            is_old = time.time() - status.st_mtime > _DAY
            if is_old or _is_abandoned(path, cache_dir):
                path.unlink()
                _log.info(
                    "removed %s (%d bytes) of a download that was killed", path, status.st_size
                )


def cached_copy(repo: str, file: str, revision: str | None, cache_dir: Path) -> Path | None:
    """Find the copy of a file of one commit, without asking anybody.

    Parameters
    ----------
    repo, file : str
        The dataset and its file.
    revision : str or None
        The commit; nothing is found without one.
    cache_dir : pathlib.Path
        The cache.

    Returns
    -------
    pathlib.Path or None
        The pointer in the folder of the commit, if there is one.
    """
    if revision is None:
        return None
    path = try_to_load_from_cache(
        repo, file, cache_dir=cache_dir, revision=revision, repo_type="dataset"
    )
    return Path(path) if isinstance(path, str) else None


def remove_copy(path: Path) -> None:
    """Remove a copy: the pointer of its commit and the bytes that it points to.

    Parameters
    ----------
    path : pathlib.Path
        The pointer.
    """
    bytes_at = path.resolve()
    path.unlink(missing_ok=True)
    bytes_at.unlink(missing_ok=True)


def _take(handle: int) -> bool:
    """Take the lock of an open file if it is free, and tell whether it was."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno not in {errno.EWOULDBLOCK, errno.EACCES}:
            raise
        return False
    return True


def _is_abandoned(path: Path, cache_dir: Path) -> bool:
    """Tell whether the writer of ``<blob>.<8 digits>.incomplete`` has gone.

    Without its lock file nothing is known of it: only age tells then.
    """
    blob = path.name.rsplit(".", 2)[0]
    handle = os.open(cache_dir / ".locks" / path.parent.parent.name / f"{blob}.lock", os.O_RDWR)
    try:
        return _take(handle)
    finally:
        os.close(handle)
