"""A name becomes a source, and a recorded source its name again."""

from __future__ import annotations

import os
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from biome_pipeline.errors import SourceFormatError, SourceNotFoundError
from biome_pipeline.hub import sources
from biome_pipeline.hub.demo import DEMO_SNAPSHOT, build_demo_hub
from biome_pipeline.hub.limits import Account
from biome_pipeline.hub.sources import DEMO, name_of, read_source, resolve_source
from biome_pipeline.settings import load_settings
from biome_pipeline.warehouse.engine import open_engine
from biome_pipeline_tests.hubserver.stats import stats_bytes
from biome_pipeline_tests.worlds.hub import draw_hub

SETTINGS = load_settings(demo_models=200, threads=2, memory_limit="1GB")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "models: of june.parquet"
    path.write_bytes(stats_bytes())
    return path


def test_the_demo_is_known_by_its_size_and_code() -> None:
    source = resolve_source(DEMO, SETTINGS)
    assert (source.kind, source.identity, source.path) == ("demo", "demo", None)
    assert source.snapshot == DEMO_SNAPSHOT
    assert source.revision.startswith("200-")
    other = resolve_source(DEMO, load_settings(demo_models=300), snapshot="2025-01-02")
    assert other.revision == source.revision.replace("200-", "300-")
    assert other.snapshot == "2025-01-02"


def test_a_file_is_resolved_by_its_path(path: Path) -> None:
    source = resolve_source(str(path), SETTINGS)
    assert (source.kind, source.identity) == ("file", f"file:{path.resolve()}")
    assert source.snapshot == "2025-06-30"
    assert resolve_source(str(path), SETTINGS, snapshot="2025-07-07").snapshot == "2025-07-07"
    assert resolve_source(str(path), SETTINGS).snapshot == "2025-06-30"


def test_a_recorded_source_can_be_taken_again(path: Path) -> None:
    for name in (DEMO, str(path.resolve())):
        assert name_of(resolve_source(name, SETTINGS).identity) == name
    assert name_of("hub-stats:cfahlgren1/hub-stats") == "hub-stats"


def test_a_file_is_hashed_once_until_it_changes(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = []
    whole = sources.open_file

    def count(*arguments: object, **named: object) -> object:
        opened.append(arguments)
        return whole(*arguments, **named)

    monkeypatch.setattr(sources, "open_file", count)
    first = resolve_source(str(path), SETTINGS)
    assert resolve_source(str(path), SETTINGS, snapshot="2025-07-07").revision == first.revision
    assert len(opened) == 1
    path.write_bytes(stats_bytes(60))
    assert resolve_source(str(path), SETTINGS).revision != first.revision
    assert len(opened) == 2


def test_a_file_of_the_same_size_with_other_bytes_is_read_anew(path: Path) -> None:
    first = resolve_source(str(path), SETTINGS)
    changed = path.read_bytes().replace(b"license:mit", b"license:gpl")
    assert len(changed) == path.stat().st_size
    path.write_bytes(changed)
    os.utime(path, ns=(1, 1))
    assert resolve_source(str(path), SETTINGS).revision != first.revision


def test_a_file_without_dates_needs_a_key(tmp_path: Path) -> None:
    path = tmp_path / "models.parquet"
    table = draw_hub(0)
    at = table.schema.get_field_index("lastModified")
    unknown = table["lastModified"].filter([False] * table.num_rows)
    undated = table.set_column(at, "lastModified", [[None] * table.num_rows])
    pq.write_table(undated.cast(table.schema), path)
    assert len(unknown) == 0
    with pytest.raises(SourceFormatError, match="--snapshot"):
        resolve_source(str(path), SETTINGS)
    assert resolve_source(str(path), SETTINGS, snapshot="2025-07-07").snapshot == "2025-07-07"


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceNotFoundError, match=r"nothing\.parquet"):
        resolve_source(str(tmp_path / "nothing.parquet"), SETTINGS)


def test_the_demo_is_read_through_a_file_like_any_other(tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    with open_engine(SETTINGS) as engine:
        source = resolve_source(DEMO, SETTINGS)
        rows = engine.to_arrow(
            read_source(engine, source, SETTINGS, scratch=scratch, account=Account(), tell=print)
        )
    assert rows["model_id"].to_pylist() == build_demo_hub(200).table["id"].to_pylist()
