"""A key belongs to one source, and a source does not shrink unnoticed."""

from __future__ import annotations

import pytest

from biome_pipeline.errors import (
    ShrunkenSourceError,
    SnapshotKeyTakenError,
    SourceRowsError,
)
from biome_pipeline.hub.claims import check_claim, check_rejects, check_size, holder_of
from biome_pipeline.hub.source import open_file
from biome_pipeline.hub.sources import resolve_source
from biome_pipeline.warehouse.tables.hub import RAW_MODELS
from biome_pipeline_tests.hubserver.stats import stats_table

KEY = "2025-06-30"


def test_a_key_is_held_by_what_was_taken_in(shore) -> None:
    assert holder_of(shore.lake, KEY) is None
    path = shore.file("a.parquet", stats_table())
    shore.take(path)
    source = open_file(path)
    assert holder_of(shore.lake, KEY) == (source.identity, source.revision)


def test_a_key_is_refused_to_another_source(shore) -> None:
    shore.take(shore.file("a.parquet", stats_table(50)))
    other = open_file(shore.file("b.parquet", stats_table(51)))
    with pytest.raises(SnapshotKeyTakenError, match=r"held by file:.*a\.parquet, not by .*b\.par"):
        check_claim(shore.lake, KEY, other)
    with pytest.raises(SnapshotKeyTakenError, match="held by file"):
        check_claim(shore.lake, KEY, resolve_source("demo", shore.settings))
    check_claim(shore.lake, KEY, other, replaces=True)
    check_claim(shore.lake, "2025-07-07", other)
    assert holder_of(shore.lake, KEY)[0].endswith("a.parquet")


def test_the_same_bytes_under_another_name_are_the_same_source(shore) -> None:
    first = shore.file("a.parquet", stats_table())
    shore.take(first)
    copy = shore.folder / "copy.parquet"
    copy.write_bytes(first.read_bytes())
    assert shore.take(copy) == 50
    assert holder_of(shore.lake, KEY)[0].endswith("copy.parquet")


def test_the_same_name_with_other_bytes_is_the_same_source(shore) -> None:
    shore.take(shore.file("a.parquet", stats_table(50)))
    assert shore.take(shore.file("a.parquet", stats_table(60))) == 60


def test_a_partition_that_cannot_be_read_holds_nothing(shore) -> None:
    shore.take(shore.file("a.parquet", stats_table()))
    shore.lake.path(RAW_MODELS, KEY).write_bytes(b"PAR1 and then nothing")
    assert holder_of(shore.lake, KEY) is None
    assert shore.take(shore.file("b.parquet", stats_table(10))) == 10


def test_a_source_may_not_shrink_below_the_share(shore) -> None:
    path = shore.file("a.parquet", stats_table(50))
    shore.take(path)
    source = open_file(path)
    check_size(shore.lake, KEY, source, 25, min_share=0.5)
    with pytest.raises(ShrunkenSourceError, match=r"24 rows, the snapshot of 2025-06-30 had 50"):
        check_size(shore.lake, KEY, source, 24, min_share=0.5)
    check_size(shore.lake, KEY, source, 24, min_share=0.5, is_forced=True)


def test_a_source_is_compared_with_its_own_kind_only(shore) -> None:
    source = open_file(shore.file("a.parquet", stats_table(50)))
    shore.take("demo", key="2025-01-01")
    check_size(shore.lake, KEY, source, 1, min_share=1)
    shore.take(shore.file("b.parquet", stats_table(40)), key="2025-02-02")
    shore.take(shore.file("c.parquet", stats_table(30)), key="2025-03-03")
    with pytest.raises(ShrunkenSourceError, match="the snapshot of 2025-03-03 had 30"):
        check_size(shore.lake, KEY, source, 29, min_share=1)
    # The partition that is to be replaced comes before the newest one.
    with pytest.raises(ShrunkenSourceError, match="the snapshot of 2025-02-02 had 40"):
        check_size(shore.lake, "2025-02-02", source, 35, min_share=1)


def test_a_file_may_not_hold_rejects_unless_accepted(shore) -> None:
    source = open_file(shore.file("a.parquet", stats_table()))
    counts = {"missing_id": 2, "duplicate_id": 1_000, "private": 0}
    with pytest.raises(
        SourceRowsError, match=r"1,002 rows .*: 1,000 with duplicate_id, 2 with missing_id;"
    ):
        check_rejects(source, counts, may_reject=False)
    check_rejects(source, counts, may_reject=True)
    check_rejects(source, {}, may_reject=False)
    check_rejects(source, {"private": 0}, may_reject=False)
    check_rejects(resolve_source("demo", shore.settings), counts, may_reject=False)
