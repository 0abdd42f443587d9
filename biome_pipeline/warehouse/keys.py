"""Partition keys, checked before they reach a path.

A snapshot's key is a calendar date as YYYY-MM-DD, a sweep's a name that is none.
"""

from __future__ import annotations

import re
from datetime import date

from biome_pipeline.errors import InvalidSnapshotKeyError, SweepError

__all__ = ["check_key", "check_snapshot_key", "check_sweep_id", "is_sweep_id"]

_SHAPE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_NAME = re.compile(r"[a-z][a-z0-9-]{0,62}")


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


def is_sweep_id(key: str) -> bool:
    """Tell whether a key can be a sweep's.

    Parameters
    ----------
    key : str
        Anything.

    Returns
    -------
    bool
        Whether it is a letter and then small letters, digits and hyphens, at most 63 in
        all: no date, and safe in a path.
    """
    return bool(_NAME.fullmatch(key))


def check_sweep_id(key: str) -> str:
    """Accept the name of a sweep, or say what is wrong with it.

    Parameters
    ----------
    key : str
        Anything a user gave.

    Returns
    -------
    str
        The same name, now safe in a path and in SQL.

    Raises
    ------
    SweepError
        If it is no such name.
    """
    if not is_sweep_id(key):
        raise SweepError(
            f"{key[:60]!r} is no name of a sweep",
            remedy="begin with a small letter; then small letters, digits and hyphens, 63 in all",
        )
    return key


def check_key(partition: str, key: str) -> str:
    """Accept the key of a partition.

    Parameters
    ----------
    partition : str
        ``snapshot`` or ``sweep_id``.
    key : str
        The key.

    Returns
    -------
    str
        The same key.

    Raises
    ------
    InvalidSnapshotKeyError, SweepError
        If it is no key of this kind.
    """
    return check_snapshot_key(key) if partition == "snapshot" else check_sweep_id(key)
