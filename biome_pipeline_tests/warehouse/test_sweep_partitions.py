"""Tables of sweeps beside those of snapshots: neither touches the other."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import duckdb
import pytest

from biome_pipeline.errors import InvalidSnapshotKeyError, SweepError
from biome_pipeline.provenance import Provenance
from biome_pipeline.warehouse.consistency import sealed_partitions, tables_with
from biome_pipeline.warehouse.database import publish
from biome_pipeline.warehouse.engine import open_engine
from biome_pipeline.warehouse.integrity import check_partition
from biome_pipeline.warehouse.keys import check_key, check_sweep_id, is_sweep_id
from biome_pipeline.warehouse.tables import SWEEP_TABLES, TABLES
from biome_pipeline.warehouse.tables.evolution import CANDIDATES, SWEEPS
from biome_pipeline.warehouse.tables.genealogy import CREATIONS
from biome_pipeline_tests.warehouse.partitions import (
    arrow_rows,
    database_digests,
    fill,
    sample_rows,
)

SNAPSHOT, SWEEP = "2025-06-30", "mine"


def made(spec, key, revision):
    return Provenance(
        table=spec.name,
        snapshot=key,
        source=f"sweep:{key}",
        source_revision=revision,
        code_version="0",
        settings_hash="0" * 16,
        seed=1,
        created_at="2025-06-30T00:00:00.000000",
    )


def fill_sweep(engine, lake, key=SWEEP, revision="1"):
    for spec in SWEEP_TABLES.values():
        rows = arrow_rows(spec, sample_rows(spec, salt=revision))
        lake.write(engine, spec, key, rows, made(spec, key, revision))


def count(path, spec, key):
    with duckdb.connect(str(path), read_only=True) as connection:
        name = f'"{spec.schema}"."{spec.table}"'
        query = f"SELECT count(*) FROM {name} WHERE {spec.partition} = ?"
        return connection.execute(query, [key]).fetchone()[0]


@pytest.mark.parametrize(
    "key", ["", "2025-06-30", "-a", "1a", "A", "a" * 64, "a/b", "a.b", "a b", "a\n", "ä", ".."]
)
def test_names_that_are_none_are_refused(key):
    assert not is_sweep_id(key)
    with pytest.raises(SweepError, match="no name of a sweep"):
        check_sweep_id(key)


@pytest.mark.parametrize("key", ["a", "mine", "a-1", "a" * 63])
def test_names_of_sweeps_are_no_keys_of_snapshots(key, lake):
    assert check_key("sweep_id", key) == key
    assert lake.path(SWEEPS, key).name == f"sweep_id={key}.parquet"
    assert tables_with(key) is SWEEP_TABLES
    with pytest.raises(InvalidSnapshotKeyError):
        lake.path(CREATIONS, key)
    with pytest.raises(SweepError):
        lake.path(SWEEPS, SNAPSHOT)


@pytest.mark.parametrize("spec", SWEEP_TABLES.values(), ids=SWEEP_TABLES)
def test_rows_are_the_same_after_a_file(engine, lake, spec):
    rows = arrow_rows(spec, sample_rows(spec))
    assert lake.write(engine, spec, SWEEP, rows, made(spec, SWEEP, "1")) == rows.num_rows
    back = engine.to_arrow(lake.read(engine, spec, SWEEP))
    assert back.schema.names[0] == "sweep_id"
    assert set(back["sweep_id"].to_pylist()) == {SWEEP}
    order = [(name, "ascending") for name in spec.grain]
    assert back.drop_columns(["sweep_id"]).equals(rows.sort_by(order))
    assert spec.key[0] == "sweep_id"


def test_drawn_rows_keep_every_rule(engine, lake):
    fill_sweep(engine, lake)
    for spec in SWEEP_TABLES.values():
        broken = [v for v in check_partition(engine, lake, spec, SWEEP) if not v.holds]
        assert broken == [], spec.name


def test_a_sweep_is_published_beside_snapshots(engine, lake, settings):
    fill(engine, lake, SNAPSHOT)
    path = publish(lake, settings, key=SNAPSHOT).path
    before = database_digests(path)
    fill_sweep(engine, lake)
    assert publish(lake, settings, key=SWEEP).n_written == len(SWEEP_TABLES)
    after = database_digests(path)
    del before["main.biome_partitions"], after["main.biome_partitions"]
    assert after == before
    assert count(path, CANDIDATES, SWEEP) == 4
    fill_sweep(engine, lake, "other")
    publish(lake, settings, key="other")
    assert count(path, CANDIDATES, SWEEP) == count(path, CANDIDATES, "other") == 4
    assert publish(lake, settings, rebuild=True).n_written > len(SWEEP_TABLES)
    assert count(path, CANDIDATES, SWEEP) == 4
    assert publish(lake, settings).n_written == 0


def test_a_half_written_sweep_keeps_showing_the_old_one(engine, lake, settings):
    fill_sweep(engine, lake, revision="1")
    path = publish(lake, settings, key=SWEEP).path
    shown = published(path)
    rows = arrow_rows(CANDIDATES, sample_rows(CANDIDATES, salt="2"))
    lake.write(engine, CANDIDATES, SWEEP, rows, made(CANDIDATES, SWEEP, "2"))
    assert sealed_partitions(lake, SWEEP) is None
    publish(lake, settings)
    assert published(path) == shown
    fill_sweep(engine, lake, revision="2")
    publish(lake, settings, key=SWEEP)
    assert published(path) != shown


def published(path):
    with duckdb.connect(str(path), read_only=True) as connection:
        return {
            name: connection.execute(f"SELECT * FROM {name} ORDER BY ALL").fetchall()
            for name in SWEEP_TABLES
        }


def test_what_goes_from_the_lake_goes_from_the_database(engine, lake, settings):
    fill_sweep(engine, lake)
    path = publish(lake, settings, key=SWEEP).path
    for spec in SWEEP_TABLES.values():
        lake.path(spec, SWEEP).unlink()
    assert publish(lake, settings).n_removed == len(SWEEP_TABLES)
    assert count(path, CANDIDATES, SWEEP) == 0


def test_no_table_is_of_both_kinds():
    assert not set(TABLES) & set(SWEEP_TABLES)
    assert {spec.partition for spec in TABLES.values()} == {"snapshot"}
    assert {spec.partition for spec in SWEEP_TABLES.values()} == {"sweep_id"}


_PROGRAM = """
import sys
from biome_pipeline.settings import load_settings
from biome_pipeline.warehouse.database import publish
from biome_pipeline.warehouse.engine import open_engine
from biome_pipeline.warehouse.lake import Lake
from biome_pipeline_tests.warehouse.test_sweep_partitions import fill_sweep
settings = load_settings(data=sys.argv[1])
lake, revision = Lake(settings.data), 1
while True:
    revision += 1
    with open_engine(settings) as engine:
        fill_sweep(engine, lake, revision=str(revision % 2 + 1))
    publish(lake, settings, key="mine")
    print(revision, flush=True)
"""


@pytest.mark.slow
def test_kills_leave_a_whole_sweep(lake, settings):
    """Ten kills at times that are not chosen: the database holds the one or the other, whole."""
    with open_engine(settings) as engine:
        fill_sweep(engine, lake, revision="1")
        path = publish(lake, settings, key=SWEEP).path
        first = published(path)
        fill_sweep(engine, lake, revision="2")
        publish(lake, settings, key=SWEEP)
        second = published(path)
    assert first != second
    for kill in range(10):
        child = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM, str(settings.data)], stdout=subprocess.PIPE
        )
        child.stdout.readline()
        time.sleep(0.037 * kill)
        os.kill(child.pid, signal.SIGKILL)
        assert child.wait() == -signal.SIGKILL
        child.stdout.close()
        lake.clear_incoming()
        publish(lake, settings)
        assert published(path) in (first, second)
