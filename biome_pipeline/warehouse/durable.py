"""Putting a finished file in place so that a crash leaves the old or the new one.

What does not belong here: what is in the file.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["replace_durably"]


def replace_durably(incoming: Path, final: Path) -> None:
    """Move a finished file into place so that a crash leaves old or new.

    Parameters
    ----------
    incoming : Path
        The finished file, on the same file system.
    final : Path
        Its place; what was there is replaced by one rename.
    """
    # The bytes must be on disk before the name points to them.
    handle = os.open(incoming, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
    incoming.replace(final)
    folder = os.open(final.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
