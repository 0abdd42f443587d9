"""What engine and operating system complain of becomes one error with its remedy."""

from __future__ import annotations

import errno
import sqlite3

import duckdb
import pytest

from biome_pipeline.errors import (
    DataDirectoryError,
    DiskFullError,
    PartitionCorruptError,
    SettingsError,
    WarehouseError,
)
from biome_pipeline.warehouse.engine.faults import fault_of, translate_faults

PLACE = "/data/lake"


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), DiskFullError),
        (OSError(errno.EFBIG, "File too large"), DiskFullError),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), DiskFullError),
        (duckdb.IOException('Could not write: "x": File too large'), DiskFullError),
        (duckdb.OutOfMemoryException("over max_temp_directory_size of 1GB"), DiskFullError),
        (sqlite3.OperationalError("database or disk is full"), DiskFullError),
        (PermissionError(errno.EACCES, "Permission denied"), DataDirectoryError),
        (NotADirectoryError(errno.ENOTDIR, "Not a directory"), DataDirectoryError),
        (OSError(errno.EROFS, "Read-only file system"), DataDirectoryError),
        (sqlite3.OperationalError("attempt to write a readonly database"), DataDirectoryError),
        (sqlite3.OperationalError("disk I/O error"), DataDirectoryError),
        (sqlite3.OperationalError("unable to open database file"), DataDirectoryError),
        (duckdb.OutOfMemoryException("failed to allocate"), WarehouseError),
        (duckdb.IOException("TProtocolException: thrift"), PartitionCorruptError),
        (duckdb.InvalidInputException("No magic bytes found: parquet"), PartitionCorruptError),
        (OSError("Invalid Input Error: a.parquet: Snappy failure"), PartitionCorruptError),
        (OSError("Out of Memory Error: failed to allocate"), WarehouseError),
        (OSError("IO Error: Could not write: No space left on device"), DiskFullError),
    ],
    ids=lambda value: str(value)[:40] if isinstance(value, Exception) else value.__name__,
)
def test_a_fault_is_named(error, kind):
    found = fault_of(error, place=PLACE)
    assert type(found) is kind
    assert found.place == PLACE
    assert found.remedy


@pytest.mark.parametrize(
    "error",
    [
        ValueError("parquet is a floor"),
        KeyError("corrupt"),
        FileNotFoundError(errno.ENOENT, "No such file or directory"),
        duckdb.CatalogException("Table with name x does not exist"),
        duckdb.ConversionException("out of range"),
        OSError("Conversion Error: Could not convert string 'no space left' to INT32"),
        OSError("something else"),
        duckdb.ParserException("syntax error: COPY x TO y (FORMAT parquet"),
        duckdb.PermissionException("Cannot access file 'x.parquet': permission denied"),
        duckdb.CatalogException("no such table: SELECT 'no space left' FROM nothing"),
        duckdb.BinderException("column \"a\" not found: read_parquet('b')"),
    ],
    ids=repr,
)
def test_what_nobody_foresaw_stays_as_it_is(error):
    assert fault_of(error, place=PLACE) is None
    with pytest.raises(type(error)) as caught, translate_faults(place=PLACE):
        raise error
    assert caught.value is error


def chained(*errors, explicitly: bool) -> Exception:
    """Raise each error while the one before is handled; give the last."""
    previous = None
    for error in errors:
        if explicitly:
            error.__cause__ = previous
        else:
            error.__context__ = previous
        previous = error
    return previous


@pytest.mark.parametrize("explicitly", [True, False])
def test_a_fault_is_found_behind_other_errors(explicitly):
    full = OSError(errno.ENOSPC, "No space left on device")
    outer = chained(full, RuntimeError("step"), ValueError("run"), explicitly=explicitly)
    assert type(fault_of(outer, place=PLACE)) is DiskFullError


def test_an_error_of_the_project_is_handed_through_unchanged():
    own = SettingsError("bad", place="BIOME_SEED", remedy="give a number")
    assert fault_of(chained(own, RuntimeError("step"), explicitly=True), place=PLACE) is own
    with pytest.raises(SettingsError) as caught, translate_faults(place=PLACE):
        raise own
    assert caught.value is own


def test_a_ring_of_errors_ends():
    first, second = ValueError("a"), ValueError("b")
    first.__cause__, second.__cause__ = second, first
    assert fault_of(first, place=PLACE) is None


def test_the_cause_is_kept():
    with pytest.raises(DiskFullError) as caught, translate_faults(place=PLACE):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert isinstance(caught.value.__cause__, OSError)


def test_ctrl_c_is_no_fault():
    with pytest.raises(KeyboardInterrupt), translate_faults(place=PLACE):
        raise KeyboardInterrupt
