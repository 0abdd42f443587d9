"""Partition keys: calendar dates as YYYY-MM-DD, checked before they reach a path."""

from __future__ import annotations

import re
from datetime import date

from biome_pipeline.errors import InvalidSnapshotKeyError

__all__ = ["check_snapshot_key"]

_SHAPE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def check_snapshot_key(key: str) -> str:
    """Accept a partition key, or say what is wrong with it.

    Parameters
    ----------
    key : str
        Anything a user or the Hub gave.

    Returns
    -------
    str
        The same key, now safe in a path and in SQL.

    Raises
    ------
    InvalidSnapshotKeyError
        If it is not a calendar date written as YYYY-MM-DD.
    """
    try:
        if not _SHAPE.fullmatch(key):
            raise ValueError
        date.fromisoformat(key)
    except ValueError:
        raise InvalidSnapshotKeyError(
            f"{key[:60]!r} is not a snapshot key",
            remedy="give a calendar date written as YYYY-MM-DD, for instance 2026-08-19",
        ) from None
    return key
