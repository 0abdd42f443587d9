"""Whether a source may fill a partition: whose key it is, and how much it brings.

What does not belong here: reading or judging rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from biome_pipeline.errors import (
    PartitionCorruptError,
    ShrunkenSourceError,
    SnapshotKeyTakenError,
    SourceRowsError,
)
from biome_pipeline.warehouse.tables.hub import RAW_MODELS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from biome_pipeline.hub.source import Source
    from biome_pipeline.warehouse.lake import Lake

__all__ = ["check_claim", "check_rejects", "check_size", "holder_of"]


def holder_of(lake: Lake, key: str) -> tuple[str, str] | None:
    """Say which source holds a key.

    Parameters
    ----------
    lake : Lake
        The lake.
    key : str
        Partition key.

    Returns
    -------
    tuple of (str, str) or None
        Identity and revision; ``None`` if the key is free.
    """
    if not lake.has(RAW_MODELS, key):
        return None
    try:
        made = lake.provenance(RAW_MODELS, key)
    except PartitionCorruptError:
        # A partition that cannot be read holds nothing.
        return None
    return made.source, made.source_revision


def check_claim(lake: Lake, key: str, source: Source, *, replaces: bool = False) -> None:
    """Refuse a key that another source holds.

    The same bytes under another name are the same source.

    Parameters
    ----------
    lake : Lake
        The lake.
    key : str
        Partition key.
    source : Source
        What wants the key.
    replaces : bool
        Whether the user said that it may take the key over.

    Raises
    ------
    SnapshotKeyTakenError
        If it is taken.
    """
    holder = holder_of(lake, key)
    if replaces or holder is None:
        return
    if source.identity != holder[0] and source.revision != holder[1]:
        raise SnapshotKeyTakenError(
            f"the key is held by {holder[0]}, not by {source.identity}",
            place=f"snapshot {key}",
            remedy="choose another key with --snapshot, or take this one over with --replace",
        )


def check_size(
    lake: Lake, key: str, source: Source, n_rows: int, *, min_share: float, is_forced: bool = False
) -> None:
    """Refuse a source with far fewer rows than the last snapshot of its kind.

    Parameters
    ----------
    lake : Lake
        The lake.
    key : str
        Partition key.
    source : Source
        What is taken in.
    n_rows : int
        Its rows.
    min_share : float
        Smallest accepted share of the last snapshot's rows, 0 to 1.
    is_forced : bool
        Whether the user said that it is right.

    Raises
    ------
    ShrunkenSourceError
        If it has fewer.
    """
    last = _last_of_kind(lake, key, source)
    if is_forced or last is None:
        return
    n_before = lake.n_rows(RAW_MODELS, last)
    if n_rows < n_before * min_share:
        raise ShrunkenSourceError(
            f"it has {n_rows:,} rows, the snapshot of {last} had {n_before:,}",
            place=source.identity,
            remedy="check the source; if it is right, run again with --force",
        )


def check_rejects(source: Source, counts: Mapping[str, int], *, may_reject: bool) -> None:
    """Refuse a file with rows that cannot be models, unless the user accepts it.

    A crawl meets repeated rows while the Hub moves under it, so they are
    accounted for; a file that someone gives should have none.

    Parameters
    ----------
    source : Source
        What is taken in.
    counts : mapping of str to int
        Rejected rows by reason.
    may_reject : bool
        Whether the user accepts them.

    Raises
    ------
    SourceRowsError
        If there are any in a file.
    """
    if may_reject or source.kind != "file" or not sum(counts.values()):
        return
    listed = ", ".join(f"{n:,} with {reason}" for reason, n in sorted(counts.items()) if n)
    raise SourceRowsError(
        f"{sum(counts.values()):,} rows are no models of their own: {listed}",
        place=source.identity,
        remedy="mend the file, or run again with --allow-rejects to set them aside in hub.rejects",
    )


def _last_of_kind(lake: Lake, key: str, source: Source) -> str | None:
    """Find what a source is compared with: its own partition, else the newest."""
    keys = lake.keys(RAW_MODELS)
    for candidate in [key, *reversed(keys)]:
        holder = holder_of(lake, candidate)
        if holder is not None and holder[0].partition(":")[0] == source.kind:
            return candidate
    return None
