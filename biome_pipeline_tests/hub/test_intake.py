"""A source is taken in whole, or the partition stays as it was to the last byte."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from biome_pipeline.errors import (
    ShrunkenSourceError,
    SnapshotKeyTakenError,
    SnapshotNotFoundError,
    SourceFormatError,
    SourceNotFoundError,
    SourceRowsError,
    SourceSchemaError,
)
from biome_pipeline.hub.intake import provenance_of
from biome_pipeline.hub.source import file_sha256, open_file
from biome_pipeline.hub.sources import resolve_source
from biome_pipeline.warehouse.tables.hub import RAW_MODELS
from biome_pipeline_tests.hubserver.stats import stats_table

if TYPE_CHECKING:
    from pathlib import Path

KEY = "2025-06-30"


def test_rows_and_provenance_are_those_of_the_file(shore) -> None:
    table = stats_table()
    path = shore.file("a.parquet", table)
    assert shore.take(path) == 50
    made = shore.lake.provenance(RAW_MODELS, KEY)
    assert made.source == f"file:{path.resolve()}"
    assert made.source_revision == file_sha256(path)
    assert made.facts == {
        "kind": "file",
        "upstream_at": "2025-06-30T23:59:58",
        "bytes": str(path.stat().st_size),
        "rejected_rows": "0",
    }
    rows = pq.read_table(shore.lake.path(RAW_MODELS, KEY), partitioning=None)
    assert rows["model_id"].to_pylist() == table["id"].to_pylist()
    assert {str(day) for day in rows["snapshot"].to_pylist()} == {KEY}
    assert shore.leftovers() == []


def test_unknown_columns_are_told(shore) -> None:
    table = stats_table().append_column("mood", pa.array(["calm"] * 50))
    source = open_file(shore.file("a.parquet", table))
    assert provenance_of(source, KEY, shore.settings).facts["unknown_columns"] == "mood"


def test_a_run_without_a_name_takes_what_the_partition_held(shore) -> None:
    path = shore.file("a.parquet", stats_table(50))
    shore.take(path)
    shore.file("a.parquet", stats_table(60))
    assert shore.take() == 60
    with pytest.raises(SnapshotNotFoundError, match="no source is named"):
        shore.take(key="2025-07-07")


def test_the_demo_is_taken_in_on_its_own_day(shore) -> None:
    assert shore.take() == 200
    source = resolve_source("demo", shore.settings)
    assert shore.lake.provenance(RAW_MODELS, KEY).source_revision == source.revision
    assert shore.leftovers() == []


def assert_refused(shore, error: type[Exception], match: str, name: object, **known) -> None:
    """Try to take a source in, and see that nothing has changed."""
    before = shore.partition()
    with pytest.raises(error, match=match):
        shore.take(name, **known)
    assert shore.partition() == before
    assert shore.leftovers() == []


def test_another_source_is_refused_until_it_may_replace(shore) -> None:
    shore.take(shore.file("a.parquet", stats_table(50)))
    other = shore.file("b.parquet", stats_table(51))
    assert_refused(shore, SnapshotKeyTakenError, "--replace", other)
    assert shore.take(other, replaces=True) == 51
    assert shore.lake.provenance(RAW_MODELS, KEY).source.endswith("b.parquet")


def test_a_shrunken_source_is_refused_until_forced(shore) -> None:
    shore.take(shore.file("a.parquet", stats_table(50)))
    path = shore.file("a.parquet", stats_table(24))
    assert_refused(shore, ShrunkenSourceError, "24 rows, .* had 50; .*--force", path)
    assert shore.take(path, is_forced=True) == 24


def test_rejects_of_a_file_are_refused_until_accepted(shore) -> None:
    shore.take(shore.file("a.parquet", stats_table(50)))
    table = stats_table(50)
    ids = [None, "a/b/c", *table["id"].to_pylist()[2:-1], "org/model-7"]
    odd = shore.file("a.parquet", table.set_column(1, "id", pa.array(ids)))
    words = "3 rows .*: 1 with duplicate_id, 1 with malformed_id, 1 with missing_id"
    assert_refused(shore, SourceRowsError, words, odd)
    # The raw table keeps them: what is odd is still there to be looked at.
    assert shore.take(odd, may_reject=True) == 50


def test_what_is_no_source_is_refused(shore) -> None:
    shore.take(shore.file("a.parquet", stats_table(50)))
    page = shore.folder / "page.parquet"
    page.write_text("<html>busy</html>")
    assert_refused(shore, SourceFormatError, "HTML", page)
    assert_refused(shore, SourceNotFoundError, "no such file", shore.folder / "nothing.parquet")
    without = shore.file("b.parquet", stats_table().drop_columns(["tags"]))
    assert_refused(shore, SourceSchemaError, "column tags is missing", without)


def damage(path: Path, column: str, compression: str) -> Path:
    """Write a file whose page of one column is noise in its second half."""
    pq.write_table(wordy_table(), path, compression=compression, use_dictionary=False)
    group = pq.read_metadata(path).row_group(0)
    chunk = next(
        group.column(place)
        for place in range(group.num_columns)
        if group.column(place).path_in_schema.split(".")[0] == column
    )
    content = bytearray(path.read_bytes())
    start = chunk.data_page_offset + chunk.total_compressed_size // 2
    end = chunk.data_page_offset + chunk.total_compressed_size
    content[start:end] = bytes(255 - byte for byte in content[start:end])
    path.write_bytes(bytes(content))
    return path


def wordy_table() -> pa.Table:
    """Give a table with enough text for pages of some size."""
    table = stats_table(2_000)
    cards = pa.array(
        [f'{{"license": "mit", "title": "Nummer {i * i} \u00e9"}}' for i in range(2_000)]
    )
    at = table.schema.get_field_index("cardData")
    return table.set_column(at, "cardData", cards)


@pytest.mark.parametrize("compression", ["snappy", "zstd", "gzip", "none"])
@pytest.mark.parametrize("column", ["id", "cardData", "tags"])
def test_a_damaged_page_costs_nothing(shore, compression: str, column: str) -> None:
    shore.take(shore.file("good.parquet", stats_table(50)))
    path = damage(shore.folder / "bad.parquet", column, compression)
    open_file(path)  # the footer is whole, so that only reading the rows can tell
    assert_refused(shore, SourceFormatError, r"bad\.parquet", path, replaces=True, is_forced=True)


@pytest.mark.parametrize("compression", ["snappy", "zstd", "gzip", "none"])
def test_a_damaged_page_is_found_before_rows_are_judged(shore, compression: str) -> None:
    path = damage(shore.folder / "bad.parquet", "cardData", compression)
    for may_reject in (False, True):
        with pytest.raises(SourceFormatError, match=r"bad\.parquet"):
            shore.take(path, may_reject=may_reject)
    assert not shore.lake.has(RAW_MODELS, KEY)
    assert shore.leftovers() == []
