"""Locks between processes: they end with the process, however it ends.

What does not belong here: what is worked on while a lock is held (``lake``).
"""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from biome_pipeline.warehouse.engine.faults import translate_faults

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["is_alive", "lock_file", "take_lock"]


@contextmanager
def lock_file(data: Path, name: str) -> Iterator[int]:
    """Open the lock of one piece of work.

    Parameters
    ----------
    data : Path
        The data directory.
    name : str
        What is worked on.

    Yields
    ------
    int
        Handle of the open file; its lock ends when it is closed.

    Raises
    ------
    DataDirectoryError, DiskFullError
        If it cannot be made.
    """
    folder = data / "locks"
    with translate_faults(place=str(data)):
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder / f"{name}.lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        yield handle
    finally:
        os.close(handle)


def take_lock(handle: int, *, waits: bool = False) -> bool:
    """Take the lock of an open file.

    Parameters
    ----------
    handle : int
        As `lock_file` gave it.
    waits : bool
        Whether to wait until it is free.

    Returns
    -------
    bool
        Whether it was taken.
    """
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if waits else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    return True


def is_alive(process: int) -> bool:
    """Tell whether a process is still there.

    Parameters
    ----------
    process : int
        Its number.

    Returns
    -------
    bool
        Also if it belongs to somebody else.
    """
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
