"""How a file becomes a source, and how it is refused."""

from __future__ import annotations

import datetime as dt
import hashlib
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from biome_pipeline.errors import SourceFormatError, SourceNotFoundError, SourceSchemaError
from biome_pipeline.hub.source import (
    file_sha256,
    inspect_parquet,
    newest_change,
    open_file,
    verify_pages,
)
from biome_pipeline_tests.hubserver.stats import NEWEST, SCHEMA, stats_bytes, stats_table


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "models.parquet"


def with_dates(
    dates: list[dt.datetime | None], unit: str = "ms", tz: str | None = None
) -> pa.Table:
    """Give the table with other ``lastModified``, one row per date."""
    kind = pa.timestamp(unit, tz=tz)
    table = stats_table(len(dates))
    return table.set_column(
        SCHEMA.get_field_index("lastModified"), "lastModified", pa.array(dates, kind)
    )


def test_a_file_is_known_by_its_bytes(path: Path) -> None:
    path.write_bytes(stats_bytes())
    source = open_file(path)
    assert source.kind == "file"
    assert source.identity == f"file:{path.resolve()}"
    assert source.revision == hashlib.sha256(path.read_bytes()).hexdigest()
    assert source.snapshot == "2025-06-30"
    assert source.upstream_at == NEWEST.replace(tzinfo=dt.UTC)
    assert source.schema is not None
    assert source.schema.dtype_names == ("BF16", "F32")


def test_a_link_and_its_target_are_the_same_source(path: Path, tmp_path: Path) -> None:
    path.write_bytes(stats_bytes())
    link = tmp_path / "latest.parquet"
    link.symlink_to(path)
    assert open_file(link).identity == open_file(path).identity


def test_the_snapshot_can_be_given(path: Path) -> None:
    path.write_bytes(stats_bytes())
    assert open_file(path, snapshot="2024-02-29").snapshot == "2024-02-29"


def test_the_sum_of_a_large_file_is_read_in_a_stream(path: Path) -> None:
    content = np.random.default_rng(1).bytes(3_000_001)
    path.write_bytes(content)
    assert file_sha256(path) == hashlib.sha256(content).hexdigest()


def test_a_missing_file(path: Path) -> None:
    with pytest.raises(SourceNotFoundError, match="no such file") as caught:
        open_file(path)
    assert caught.value.place == str(path)


def test_a_directory(tmp_path: Path) -> None:
    with pytest.raises(SourceFormatError, match="this is a directory"):
        open_file(tmp_path)


@pytest.mark.parametrize(
    ("content", "fact"),
    [
        (b"", r"empty \(0 bytes\)"),
        (b"<!DOCTYPE html><html></html>", "not Parquet but an HTML or XML page"),
        (b"\xef\xbb\xbf\n <html>", "not Parquet but an HTML or XML page"),
        (b'{"error": "gone"}', "not Parquet but JSON text"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0", "a Git LFS pointer"),
        (b"\x1f\x8b\x08\x00", "a gzip archive"),
        (b"id,author\n", "not a Parquet file"),
        (b"PAR1", "truncated: 4 bytes"),
        (b"PAR1PAR1", "truncated: 8 bytes"),
        (b"PAR1" + b"\xff" * 40 + b"\x10\x00\x00\x00PAR1", "its footer cannot be read"),
        (b"PAR1" + b"\0" * 8 + b"\xff\xff\xff\x7fPAR1", "its footer cannot be read"),
    ],
)
def test_what_is_not_parquet_is_called_by_its_name(path: Path, content: bytes, fact: str) -> None:
    path.write_bytes(content)
    with pytest.raises(SourceFormatError, match=fact):
        open_file(path)


@pytest.mark.parametrize("share", [0.01, 0.3, 0.9, 0.999])
def test_a_file_cut_short_is_refused(path: Path, share: float) -> None:
    content = stats_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(SourceFormatError, match="truncated"):
        open_file(path)


def test_a_file_that_lost_its_middle_is_refused(path: Path) -> None:
    content = stats_bytes(2_000)
    path.write_bytes(content[:1000] + content[5000:])
    with pytest.raises(SourceFormatError, match="beyond the end of the file"):
        open_file(path)


def test_a_file_without_rows_is_refused(path: Path) -> None:
    pq.write_table(SCHEMA.empty_table(), path)
    with pytest.raises(SourceFormatError, match="no rows"):
        open_file(path)


def test_the_schema_is_checked(path: Path) -> None:
    pq.write_table(stats_table().drop_columns(["tags"]), path)
    with pytest.raises(SourceSchemaError, match="column tags is missing") as caught:
        open_file(path)
    assert caught.value.place == str(path)


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("tz", [None, "UTC"])
@pytest.mark.parametrize("has_statistics", [True, False])
def test_the_newest_change_is_the_same_in_any_unit(
    path: Path, unit: str, tz: str | None, has_statistics: bool
) -> None:
    dates = [dt.datetime(2021, 5, 6), None, dt.datetime(2023, 12, 31, 23, 59, 59)]
    table = with_dates([d and d.replace(tzinfo=dt.UTC if tz else None) for d in dates], unit, tz)
    pq.write_table(table, path, row_group_size=2, write_statistics=has_statistics)
    newest = dt.datetime(2023, 12, 31, 23, 59, 59, tzinfo=dt.UTC)
    assert newest_change(path, place="") == newest
    assert open_file(path).snapshot == "2023-12-31"


def test_old_timestamps_of_96_bits_are_read(path: Path) -> None:
    pq.write_table(stats_table(), path, use_deprecated_int96_timestamps=True)
    assert newest_change(path, place="") == NEWEST.replace(tzinfo=dt.UTC)


def test_unbelievable_dates_do_not_count(path: Path) -> None:
    rng = np.random.default_rng(20250630)
    days = [dt.datetime(2010, 1, 1) + dt.timedelta(days=int(d)) for d in rng.integers(0, 5000, 40)]
    odd = [dt.datetime(1, 1, 1), dt.datetime(9999, 12, 31), dt.datetime(1999, 12, 31), None]
    dates = [*days, *odd, dt.datetime(2100, 1, 1)]
    rng.shuffle(dates)
    for row_group_size in (1, 7, 100):
        pq.write_table(with_dates(dates), path, row_group_size=row_group_size)
        assert newest_change(path, place="") == max(days).replace(tzinfo=dt.UTC)


@pytest.mark.parametrize(
    "dates",
    [[None], [dt.datetime(1, 1, 1)], [dt.datetime(2100, 1, 1)], [dt.datetime(1999, 12, 31), None]],
)
def test_without_a_date_the_snapshot_has_to_be_given(
    path: Path, dates: list[dt.datetime | None]
) -> None:
    pq.write_table(with_dates(dates), path)
    with pytest.raises(SourceFormatError, match="--snapshot YYYY-MM-DD"):
        open_file(path)
    source = open_file(path, snapshot="2025-01-01")
    assert (source.snapshot, source.upstream_at) == ("2025-01-01", None)


def test_dates_of_unknown_type_are_no_dates(path: Path) -> None:
    table = stats_table()
    table = table.set_column(
        table.schema.get_field_index("lastModified"), "lastModified", pa.nulls(len(table))
    )
    pq.write_table(table, path)
    with pytest.raises(SourceFormatError, match="--snapshot"):
        open_file(path)


def flip(content: bytes, column: str) -> bytes:
    """Turn over the bytes of a column's pages, past the header of the first."""
    metadata = pq.read_metadata(pa.BufferReader(content))
    group = metadata.row_group(0)
    chunk = next(
        group.column(j)
        for j in range(group.num_columns)
        if group.column(j).path_in_schema.split(".")[0] == column
    )
    start = chunk.dictionary_page_offset or chunk.data_page_offset
    first, last = start + 30, start + chunk.total_compressed_size
    return content[:first] + bytes(b ^ 0xFF for b in content[first:last]) + content[last:]


@pytest.mark.parametrize("column", ["id", "lastModified", "siblings", "safetensors"])
def test_damaged_pages_are_found_and_the_column_named(path: Path, column: str) -> None:
    path.write_bytes(flip(stats_bytes(500), column))
    inspect_parquet(path, place="")
    with pytest.raises(SourceFormatError, match=f"column {column} cannot be read") as caught:
        verify_pages(path)
    assert caught.value.place == str(path)


def test_damaged_dates_without_statistics_are_named(path: Path) -> None:
    pq.write_table(stats_table(500), path, write_statistics=False)
    path.write_bytes(flip(path.read_bytes(), "lastModified"))
    with pytest.raises(SourceFormatError, match="column lastModified cannot be read"):
        open_file(path)


def test_text_that_is_not_utf8_is_found(path: Path) -> None:
    table = stats_table(2)
    odd = pa.array([b"fine", b"\xff\xfe"]).view(pa.string())
    pq.write_table(
        table.set_column(table.schema.get_field_index("cardData"), "cardData", odd), path
    )
    with pytest.raises(SourceFormatError, match="column cardData cannot be read"):
        verify_pages(path)


@pytest.mark.parametrize("write", [{}, {"row_group_size": 3}, {"compression": "zstd"}])
def test_a_good_file_passes_whole(path: Path, write: dict[str, object]) -> None:
    pq.write_table(stats_table(), path, **write)
    assert inspect_parquet(path, place="").parameters_kind == "struct"
    verify_pages(path)
