"""A source: where the rows of a snapshot come from, and how a file becomes one.

`Source` names what a snapshot is made of, so that the same input is known
again. `open_file` makes one from a Parquet file after everything that can be
checked without reading rows: that it is Parquet, whole, not empty, and in the
schema of hub-stats. `verify_pages` reads the rest, column by column.

What does not belong here: the network (`fetch`), which columns there are
(`schema`), whether a snapshot key is valid or free (``snapshot``).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from biome_pipeline.errors import SourceFormatError, SourceNotFoundError
from biome_pipeline.hub.schema import SchemaReport, check_schema, printable

__all__ = ["Source", "file_sha256", "inspect_parquet", "newest_change", "open_file", "verify_pages"]

_MAGIC = b"PAR1"
# Magic, footer length (4 bytes) and magic again: nothing shorter is Parquet.
_SHORTEST = 12
_BATCH_ROWS = 65_536
_READ_BYTES = 1 << 20
# pyarrow raises OSError and ValueError beside its own errors, on damaged files.
_UNREADABLE = (pa.ArrowException, OSError, ValueError)

_FIRST_YEAR = 2000
_LAST_YEAR = 2100
_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_PARQUET_UNITS = {"milliseconds": "ms", "microseconds": "us", "nanoseconds": "ns"}

_LOOKS = (
    (b"version https://git-lfs", "a Git LFS pointer", "fetch the file itself (git lfs pull)"),
    (b"<", "an HTML or XML page", "download the file itself, not the page about it"),
    (b"{", "JSON text", ""),
    (b"[", "JSON text", ""),
    (b"\x1f\x8b", "a gzip archive", "unpack it first"),
    (b"PK\x03\x04", "a ZIP archive", "unpack it first"),
)


@dataclass(frozen=True)
class Source:
    """What one snapshot is made of.

    Attributes
    ----------
    kind : {"demo", "hub-stats", "hub", "file"}
        Where the rows come from.
    identity : str
        The source by name: ``demo``, ``hub-stats:<repository>``,
        ``hub:<endpoint>`` or ``file:<resolved path>``.
    revision : str
        What pins its content: the commit of hub-stats, the SHA-256 of a file's
        bytes, the start of a crawl, or the parameters of the demo. Same
        revision, same rows.
    upstream_at : datetime.datetime or None
        When the content was made, in UTC, as far as the source says so.
    path : pathlib.Path or None
        The Parquet file; None for the demo and a crawl.
    snapshot : str
        The suggested snapshot key, ``YYYY-MM-DD``.
    schema : SchemaReport or None
        What the file contains; None for the demo and a crawl.
    """

    kind: Literal["demo", "hub-stats", "hub", "file"]
    identity: str
    revision: str
    upstream_at: dt.datetime | None
    path: Path | None
    snapshot: str
    schema: SchemaReport | None = None


def open_file(path: Path, *, snapshot: str | None = None) -> Source:
    """Make a source from a Parquet file, after checking all but its rows.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    snapshot : str, optional
        The snapshot key to suggest; by default the UTC date of the newest
        ``lastModified``.

    Returns
    -------
    Source
        Of kind "file", with the SHA-256 of the bytes as revision.

    Raises
    ------
    SourceNotFoundError
        There is no such file.
    SourceFormatError
        It is not a whole Parquet file with rows, or no date can be found in
        it and none is given.
    SourceSchemaError
        A column is missing or has another type.
    """
    place = printable(str(path))
    report = inspect_parquet(path, place=place)
    changed_at = newest_change(path, place=place)
    if snapshot is None:
        if changed_at is None:
            raise SourceFormatError(
                f"no row says when it was last modified between {_FIRST_YEAR} and {_LAST_YEAR}",
                place=place,
                remedy="name the day of the snapshot with --snapshot YYYY-MM-DD",
            )
        snapshot = changed_at.date().isoformat()
    return Source(
        kind="file",
        identity=f"file:{path.resolve()}",
        revision=file_sha256(path),
        upstream_at=changed_at,
        path=path,
        snapshot=snapshot,
        schema=report,
    )


def inspect_parquet(path: Path, *, place: str) -> SchemaReport:
    """Check that a file is whole Parquet with rows in the schema of hub-stats.

    Only the footer is read, so that damage inside a page is not seen here
    (`verify_pages`).

    Parameters
    ----------
    path : pathlib.Path
        The file.
    place : str
        What to call it in an error.

    Returns
    -------
    SchemaReport
        What it contains.

    Raises
    ------
    SourceNotFoundError
        There is no such file.
    SourceFormatError
        It is a directory, empty, not Parquet, truncated, or has no rows.
    SourceSchemaError
        A column is missing or has another type.
    """
    size = _check_container(path, place)
    try:
        metadata = pq.read_metadata(path)
        schema = metadata.schema.to_arrow_schema()
    except _UNREADABLE as error:
        raise _damaged(place, f"its footer cannot be read ({_first_line(error)})") from error
    # A copy that lost bytes in the middle still ends well: what the footer
    # speaks of has to fit in front of the footer.
    room = size - metadata.serialized_size - len(_MAGIC) - 4
    if _end_of_pages(metadata) > room:
        raise _damaged(place, "its footer speaks of data beyond the end of the file")
    report = check_schema(schema, place=place)
    if metadata.num_rows == 0:
        raise SourceFormatError("the file has no rows", place=place)
    return report


def newest_change(path: Path, *, place: str) -> dt.datetime | None:
    """Find the newest ``lastModified`` of a file that passed `inspect_parquet`.

    The statistics of the row groups answer without reading a row. Where they
    are missing, or name a date outside the years 2000 to 2099 that hides the
    real ones, the column is read.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    place : str
        What to call it in an error.

    Returns
    -------
    datetime.datetime or None
        In UTC, to the second; None if no row has a date of those years.

    Raises
    ------
    SourceFormatError
        The column cannot be read.
    """
    try:
        with pq.ParquetFile(path, pre_buffer=False, buffer_size=_READ_BYTES) as file:
            kind = file.schema_arrow.field("lastModified").type
            if pa.types.is_null(kind):
                return None
            known, newest = _newest_by_statistics(file.metadata)
            if not known:
                newest = _newest_by_rows(file, kind)
    except _UNREADABLE as error:
        raise _damaged(
            place, f"column lastModified cannot be read ({_first_line(error)})"
        ) from error
    return None if newest is None else dt.datetime.fromtimestamp(newest, tz=dt.UTC)


def verify_pages(path: Path) -> None:
    """Read every column of a file once, in batches, and keep nothing.

    Parameters
    ----------
    path : pathlib.Path
        A file that passed `inspect_parquet`.

    Raises
    ------
    SourceFormatError
        A column cannot be read, or holds text that is not UTF-8; the error
        names it.
    """
    place = printable(str(path))
    for name in pq.read_schema(path).names:
        try:
            with pq.ParquetFile(
                path,
                pre_buffer=False,
                buffer_size=_READ_BYTES,
                page_checksum_verification=True,
            ) as file:
                for batch in file.iter_batches(batch_size=_BATCH_ROWS, columns=[name]):
                    batch.validate(full=True)
        except _UNREADABLE as error:
            raise _damaged(
                place, f"column {printable(name)} cannot be read ({_first_line(error)})"
            ) from error


def file_sha256(path: Path) -> str:
    """Give the SHA-256 of a file's bytes, read in a stream.

    Parameters
    ----------
    path : pathlib.Path
        The file.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _check_container(path: Path, place: str) -> int:
    """Check what the first and last bytes tell, and give the size in bytes."""
    if not path.exists():
        raise SourceNotFoundError("there is no such file", place=place)
    if not path.is_file():
        what = "a directory" if path.is_dir() else "not a regular file"
        raise SourceFormatError(f"this is {what}", place=place, remedy="name one Parquet file")
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(256)
            file.seek(max(0, size - len(_MAGIC)))
            tail = file.read()
    except OSError as error:
        raise SourceFormatError(
            f"the file cannot be read ({error.strerror})", place=place
        ) from error
    if size == 0:
        raise SourceFormatError("the file is empty (0 bytes)", place=place)
    if not head.startswith(_MAGIC):
        text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
        for start, what, remedy in _LOOKS:
            if text.startswith(start):
                raise SourceFormatError(f"not Parquet but {what}", place=place, remedy=remedy)
        raise SourceFormatError("not a Parquet file", place=place)
    if size < _SHORTEST or tail != _MAGIC:
        raise _damaged(place, f"it is truncated: {size} bytes without a Parquet footer")
    return size


def _end_of_pages(metadata: pq.FileMetaData) -> int:
    """Give the offset where the last column chunk ends, in bytes."""
    ends = [0]
    for i in range(metadata.num_row_groups):
        group = metadata.row_group(i)
        for j in range(group.num_columns):
            column = group.column(j)
            starts = [column.data_page_offset]
            if column.has_dictionary_page and column.dictionary_page_offset is not None:
                starts.append(column.dictionary_page_offset)
            ends.append(min(starts) + column.total_compressed_size)
    return max(ends)


def _bounds(unit: str) -> tuple[int, int]:
    """Give the first and last believable instant, counted in a unit since 1970."""
    first = int(dt.datetime(_FIRST_YEAR, 1, 1, tzinfo=dt.UTC).timestamp())
    last = int(dt.datetime(_LAST_YEAR, 1, 1, tzinfo=dt.UTC).timestamp())
    return first * _PER_SECOND[unit], last * _PER_SECOND[unit] - 1


def _newest_by_statistics(metadata: pq.FileMetaData) -> tuple[bool, int | None]:
    """Ask the row groups: whether they know, and the newest change in seconds."""
    names = [metadata.schema.column(j).path for j in range(metadata.num_columns)]
    j = names.index("lastModified")
    # The unit of the file, which may differ from the Arrow type's (seconds are
    # stored as milliseconds).
    logical = json.loads(metadata.schema.column(j).logical_type.to_json())
    unit = _PARQUET_UNITS.get(logical.get("timeUnit", ""))
    if unit is None:
        return False, None
    first, last = _bounds(unit)
    newest: int | None = None
    for i in range(metadata.num_row_groups):
        group = metadata.row_group(i)
        statistics = group.column(j).statistics
        if statistics is None:
            return False, None
        if statistics.has_null_count and statistics.null_count == group.num_rows:
            continue
        if not statistics.has_min_max or statistics.max_raw > last:
            return False, None
        if statistics.max_raw >= first:
            newest = max(newest or first, statistics.max_raw)
    return True, None if newest is None else newest // _PER_SECOND[unit]


def _newest_by_rows(file: pq.ParquetFile, kind: pa.TimestampType) -> int | None:
    """Read the column and give its newest believable change, in seconds since 1970."""
    first, last = _bounds(kind.unit)
    newest: int | None = None
    for batch in file.iter_batches(batch_size=_BATCH_ROWS, columns=["lastModified"]):
        instants = batch.column(0).cast(pa.int64())
        believable = pc.and_(pc.greater_equal(instants, first), pc.less_equal(instants, last))
        largest = pc.max(instants.filter(believable)).as_py()
        if largest is not None:
            newest = max(newest or first, largest)
    return None if newest is None else newest // _PER_SECOND[kind.unit]


def _damaged(place: str, what: str) -> SourceFormatError:
    return SourceFormatError(
        f"the file is damaged: {what}", place=place, remedy="download or copy it again"
    )


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return printable(lines[0])[:200] if lines else type(error).__name__
