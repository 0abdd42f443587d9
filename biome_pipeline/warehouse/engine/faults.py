"""What an engine or the operating system complains of, as the project's errors.

What does not belong here: errors of a source (``hub``) or of a query that a
user wrote (``database``).
"""

from __future__ import annotations

import errno
from contextlib import contextmanager
from typing import TYPE_CHECKING

from biome_pipeline.errors import (
    BiomeError,
    DataDirectoryError,
    DiskFullError,
    PartitionCorruptError,
    WarehouseError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["fault_of", "translate_faults"]

_FULL = frozenset({errno.ENOSPC, errno.EFBIG, errno.EDQUOT})
_DENIED = frozenset({errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST})
_FULL_WORDS = (
    "no space left",
    "file too large",
    "disk quota exceeded",
    "database or disk is full",
    "max_temp_directory_size",
)
_DENIED_WORDS = (
    "permission denied",
    "not a directory",
    "read-only file system",
    "readonly database",
    # SQLite says no more of a file that cannot grow.
    "disk i/o error",
    "unable to open database file",
)
_STATEMENT_WORDS = ("conversion error", "constraint error", "permission error")
_DAMAGED_WORDS = ("parquet", "thrift", "zstd", "snappy", "invalid string encoding", "corrupt")


def fault_of(error: BaseException, *, place: str) -> BiomeError | None:
    """Name the foreseen fault behind an exception, looking along its causes.

    Parameters
    ----------
    error : BaseException
        Anything that was raised.
    place : str
        Where it happened, for the message.

    Returns
    -------
    BiomeError or None
        ``None`` if the exception is not a foreseen fault.
    """
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        if isinstance(current, BiomeError):
            return current
        found = _fault(current, place)
        if found is not None:
            return found
        current = current.__cause__ or current.__context__
    return None


def _fault(error: BaseException, place: str) -> BiomeError | None:
    import duckdb

    text = str(error).lower()
    number = error.errno if isinstance(error, OSError) else None
    # While batches are read, Arrow hands the engine's errors on as text without a number.
    is_streamed = isinstance(error, OSError) and number is None
    # A statement or a value that is wrong is no fault of the disk or a file,
    # though its message repeats the statement with whatever words it has.
    if isinstance(
        error,
        duckdb.ParserException
        | duckdb.BinderException
        | duckdb.CatalogException
        | duckdb.ConversionException
        | duckdb.ConstraintException
        | duckdb.PermissionException,
    ) or (is_streamed and text.startswith(_STATEMENT_WORDS)):
        return None
    if number in _FULL or any(words in text for words in _FULL_WORDS):
        return DiskFullError(
            "there is no room left to write",
            place=place,
            remedy="free some disk space or choose another --data; what was there is untouched",
        )
    if number in _DENIED or any(words in text for words in _DENIED_WORDS):
        return DataDirectoryError(
            "it cannot be written",
            place=place,
            remedy="check its permissions and the disk space, or choose another --data",
        )
    if isinstance(error, duckdb.OutOfMemoryException) or (
        is_streamed and text.startswith("out of memory error")
    ):
        return WarehouseError(
            "the memory limit was reached",
            place=place,
            remedy="raise BIOME_MEMORY_LIMIT or lower BIOME_THREADS",
        )
    is_of_engine = isinstance(error, duckdb.Error) or is_streamed
    if is_of_engine and any(words in text for words in _DAMAGED_WORDS):
        return PartitionCorruptError(
            "it cannot be read as Parquet",
            place=place,
            remedy="make it again with 'biome run --force', or give an undamaged file",
        )
    return None


@contextmanager
def translate_faults(*, place: str) -> Iterator[None]:
    """Raise foreseen faults as the project's errors, and let others through.

    Parameters
    ----------
    place : str
        Where the work happens, for the message.

    Yields
    ------
    None
        Nothing; the body is guarded.

    Raises
    ------
    BiomeError
        For each foreseen fault.
    """
    try:
        yield
    except BiomeError:
        raise
    except Exception as error:
        found = fault_of(error, place=place)
        if found is None:
            raise
        raise found from error
