"""The database equals the lake after any sequence of publishes; readers block nothing."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from biome_pipeline.errors import (
    DatabaseNotFoundError,
    DataDirectoryError,
    InvalidSnapshotKeyError,
    WarehouseError,
)
from biome_pipeline.settings import Settings
from biome_pipeline.warehouse import database as database_module
from biome_pipeline.warehouse.consistency import seal
from biome_pipeline.warehouse.database import publish
from biome_pipeline.warehouse.lake import Lake
from biome_pipeline.warehouse.published import (
    database_path,
    open_database,
    open_published,
    published_keys,
    published_table,
)
from biome_pipeline.warehouse.tables import PUBLISHED, SWEEP_TABLES, TABLES, tables_of
from biome_pipeline.warehouse.tables.genealogy import CREATIONS, EDGES
from biome_pipeline.warehouse.tables.hub import MODELS
from biome_pipeline_tests.warehouse.partitions import database_digests, fill, put

KEYS = ("2025-01-01", "2025-02-01", "2025-03-01", "2025-04-01")


def keep(settings: Settings, n: int) -> Settings:
    return settings.model_copy(update={"keep_snapshots": n})


def rows_of(path, spec) -> list[tuple[str, int]]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(
            f"SELECT CAST(snapshot AS VARCHAR), count(*) FROM {spec.partition_table} "
            "GROUP BY 1 ORDER BY 1"
        ).fetchall()


class Oracle:
    """What the database should hold, told from what was done, never from the code under test.

    Per snapshot it remembers the rows of every table as they were when the
    snapshot last ended well; a half-done one keeps showing these.
    """

    def __init__(self, lake: Lake):
        self.lake = lake
        self.ended: dict[str, dict[str, str]] = {}

    def ends(self, key: str) -> None:
        """Remember the rows of a snapshot whose run ended well."""
        with duckdb.connect(":memory:") as connection:
            self.ended[key] = {
                spec.name: _digest(
                    connection,
                    f"SELECT {_columns(spec)} FROM read_parquet('{self.lake.path(spec, key)}')",
                )
                for spec in PUBLISHED
            }

    def expected(self, n_kept: int, shown: set[tuple[str, str]]) -> dict[tuple[str, str], str]:
        """Digest of each partition that should be shown, by table and key.

        A half-done snapshot can only go on showing what was shown before.
        """
        keys = sorted(self.ended)
        return {
            (spec.name, key): self.ended[key][spec.name]
            for spec in PUBLISHED
            for key in keys
            if not spec.is_model_grain or key in keys[-n_kept:]
            if key not in self.half or (spec.name, key) in shown
        }

    half: frozenset[str] = frozenset()


def _columns(spec) -> str:
    return ", ".join(f'"{name}"' for name in spec.published_columns)


def _digest(connection, query: str) -> str:
    rows = sorted(map(repr, connection.execute(query).fetchall()))
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()


def held(path) -> dict[tuple[str, str], str]:
    """Digest of each partition that the database holds, by table and key."""
    with duckdb.connect(str(path), read_only=True) as connection:
        return {
            (spec.name, key): _digest(
                connection,
                f"SELECT {_columns(spec)} FROM {spec.partition_table} WHERE snapshot = '{key}'",
            )
            for spec in PUBLISHED
            for (key,) in connection.execute(
                f"SELECT DISTINCT CAST(snapshot AS VARCHAR) FROM {spec.partition_table}"
            ).fetchall()
        }


@pytest.mark.parametrize("seed", range(4))
def test_it_equals_the_lake_after_any_sequence_of_publishes(engine, settings, lake, seed):
    """New, replaced and half-done snapshots, partial runs, more or fewer kept snapshots."""
    rng = np.random.default_rng(seed)
    oracle, shown, seen = Oracle(lake), set(), set()
    chosen, half = settings, set()
    for step in range(7):
        key = KEYS[rng.integers(len(KEYS))]
        does = ["run", "half", "keep", "again", "rebuild"][
            rng.choice(5, p=[0.4, 0.2, 0.2, 0.1, 0.1])
        ]
        if step == 0:
            does = "run"
        seen.add(does)
        if does == "run":
            fill(engine, lake, key, revision=f"{seed}.{step}", n_rows=int(rng.integers(3, 6)))
            publish(lake, chosen, key=key)
            oracle.ends(key)
            half.discard(key)
        elif does == "half" and key in oracle.ended:
            # A run that died after a few tables; then another snapshot publishes.
            for spec in list(TABLES.values())[: int(rng.integers(1, len(TABLES)))]:
                put(engine, lake, spec, key, revision=f"{seed}.{step}.half")
            half.add(key)
            publish(lake, chosen)
        elif does == "keep":
            chosen = keep(settings, int(rng.integers(1, 4)))
            publish(lake, chosen)
        else:
            publish(lake, chosen, rebuild=does == "rebuild")
            if does == "rebuild":
                shown -= {(name, key) for name, key in shown if key in half}
        oracle.half = frozenset(half)
        found = held(database_path(lake.data))
        assert found == oracle.expected(chosen.keep_snapshots, shown), f"step {step}: {does}"
        shown = set(found)
    if not half:
        before = database_digests(database_path(lake.data))
        publish(lake, chosen, rebuild=True)
        assert database_digests(database_path(lake.data)) == before
    assert "run" in seen


@pytest.mark.parametrize("n_kept", [1, 2, 3, 4])
def test_tables_of_models_are_kept_for_the_newest_snapshots_only(engine, settings, lake, n_kept):
    for key in (KEYS[2], KEYS[0], KEYS[3], KEYS[1]):
        fill(engine, lake, key)
        publish(lake, keep(settings, n_kept), key=key)
    path = database_path(lake.data)
    for spec in PUBLISHED:
        wanted = KEYS[-n_kept:] if spec.is_model_grain else KEYS
        assert [key for key, _ in rows_of(path, spec)] == list(wanted), spec.name


def test_a_second_publish_writes_nothing(engine, settings, lake):
    fill(engine, lake, KEYS[0])
    first = publish(lake, settings, key=KEYS[0])
    before = database_path(lake.data).stat()
    again = publish(lake, settings, key=KEYS[0])
    after = database_path(lake.data).stat()
    assert (first.n_written, first.n_removed, first.withheld) == (len(PUBLISHED), 0, ())
    assert (again.n_written, again.n_removed) == (0, 0)
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def test_only_what_changed_is_written(engine, settings, lake):
    for key in KEYS[:2]:
        fill(engine, lake, key)
        publish(lake, settings, key=key)
    # Nothing is made from this one.
    put(engine, lake, CREATIONS, KEYS[0], revision="2")
    done = publish(lake, settings, key=KEYS[0])
    assert (done.n_written, done.n_removed) == (1, 0)


def test_what_became_stale_in_a_partial_run_is_withheld_and_named(engine, settings, lake):
    fill(engine, lake, KEYS[0])
    publish(lake, settings, key=KEYS[0])
    for spec in tables_of(("snapshot",)):
        put(engine, lake, spec, KEYS[0], revision="2")
    done = publish(lake, settings, key=KEYS[0])
    made = {"similarity", "documentation", "drift", "fitness", "policy", "evolution"}
    stale = {"genealogy", *made, "inference", "scorecard"}
    gone = {f"{spec.name}@{KEYS[0]}" for spec in PUBLISHED if spec.subject in stale}
    assert set(done.withheld) == gone
    assert done.n_removed == len(gone)
    path = database_path(lake.data)
    assert rows_of(path, EDGES) == []
    assert rows_of(path, MODELS) == [(KEYS[0], 4)]


def test_a_half_done_snapshot_leaves_what_was_published(engine, settings, lake):
    fill(engine, lake, KEYS[0])
    publish(lake, settings, key=KEYS[0])
    path = database_path(lake.data)
    before = database_digests(path)
    put(engine, lake, TABLES["hub.raw_models"], KEYS[0], revision="2")
    put(engine, lake, TABLES["hub.rejects"], KEYS[0], revision="2")
    publish(lake, settings)
    assert database_digests(path) == before
    fill(engine, lake, KEYS[1])
    publish(lake, settings, key=KEYS[1])
    after = held(path)
    assert rows_of(path, MODELS) == [(KEYS[0], 4), (KEYS[1], 4)]
    assert len(after) == 2 * len(PUBLISHED)


def test_a_snapshot_that_never_ended_is_not_shown(engine, settings, lake):
    fill(engine, lake, KEYS[0])
    publish(lake, settings)
    assert held(database_path(lake.data)) == {}
    publish(lake, settings, key=KEYS[0])
    assert len(held(database_path(lake.data))) == len(PUBLISHED)


def test_another_schema_makes_the_file_anew(engine, settings, lake):
    for key in KEYS[:2]:
        fill(engine, lake, key)
        publish(lake, settings, key=key)
    path = database_path(lake.data)
    wanted = database_digests(path)
    for change in (
        "ALTER TABLE hub.models DROP COLUMN doi",
        "ALTER TABLE hub.models ADD COLUMN odd INTEGER",
        "ALTER TABLE hub.models ALTER likes TYPE DOUBLE",
        "DROP TABLE genealogy.growth",
        "CREATE TABLE hub.odd (n INTEGER)",
    ):
        with duckdb.connect(str(path)) as connection:
            connection.execute(change)
        done = publish(lake, settings)
        assert done.n_written == 2 * len(PUBLISHED), change
        assert database_digests(path) == wanted


@pytest.mark.parametrize("content", [b"", b"no database", b"\x00" * 20_000])
def test_a_damaged_file_is_made_anew(engine, settings, lake, content):
    fill(engine, lake, KEYS[0])
    publish(lake, settings, key=KEYS[0])
    path = database_path(lake.data)
    wanted = database_digests(path)
    path.write_bytes(content)
    publish(lake, settings)
    assert database_digests(path) == wanted


def test_a_damaged_file_says_how_to_mend_it(tmp_path):
    database_path(tmp_path).write_bytes(b"no database" * 1000)
    with pytest.raises(WarehouseError, match="--rebuild-database"):
        open_database(tmp_path)
    with pytest.raises(WarehouseError, match="--rebuild-database"), open_published(tmp_path):
        pass


def test_a_file_that_lost_its_ledger_is_made_anew(engine, settings, lake):
    fill(engine, lake, KEYS[0])
    publish(lake, settings, key=KEYS[0])
    path = database_path(lake.data)
    wanted = database_digests(path)
    with duckdb.connect(str(path)) as connection:
        connection.execute("DROP TABLE main.biome_partitions")
    publish(lake, settings)
    assert database_digests(path) == wanted


def test_a_reader_stops_no_publish_and_sees_the_new_data_on_reopening(engine, settings, lake):
    fill(engine, lake, KEYS[0])
    publish(lake, settings, key=KEYS[0])
    ask = "SELECT count(*), max(snapshot)::VARCHAR FROM hub.models"
    with open_database(lake.data) as reader:
        assert reader.execute(ask).fetchone() == (4, KEYS[0])
        fill(engine, lake, KEYS[1])
        publish(lake, settings, key=KEYS[1])
        fill(engine, lake, KEYS[0], revision="2", n_rows=5)
        publish(lake, settings, key=KEYS[0])
        assert reader.execute(ask).fetchone() == (4, KEYS[0])
        assert reader.execute("SELECT count(*) FROM genealogy.edges").fetchone() == (4,)
    with open_database(lake.data) as reader:
        assert reader.execute(ask).fetchone() == (9, KEYS[1])


@pytest.mark.parametrize("at", ["_apply", "replace_durably"])
def test_an_error_while_publishing_leaves_the_last_file(engine, settings, lake, monkeypatch, at):
    fill(engine, lake, KEYS[0])
    publish(lake, settings, key=KEYS[0])
    path = database_path(lake.data)
    before = path.read_bytes()
    fill(engine, lake, KEYS[0], revision="2")
    real = getattr(database_module, at)

    def fail_after(*arguments):
        if at == "_apply":
            real(*arguments)
        raise RuntimeError(at)

    monkeypatch.setattr(database_module, at, fail_after)
    with pytest.raises(RuntimeError, match=at):
        publish(lake, settings, key=KEYS[0])
    monkeypatch.undo()
    assert path.read_bytes() == before
    assert list((lake.data / "incoming").iterdir()) == []
    assert publish(lake, settings).n_written == len(PUBLISHED)
    assert path.read_bytes() != before


def test_the_meaning_of_everything_stands_in_the_file(engine, settings, lake):
    fill(engine, lake, KEYS[0])
    publish(lake, settings, key=KEYS[0])
    with open_database(lake.data) as connection:
        tables = dict(
            connection.execute(
                "SELECT schema_name || '.' || table_name, comment FROM duckdb_tables() "
                "WHERE schema_name <> 'main'"
            ).fetchall()
        )
        columns = connection.execute(
            "SELECT schema_name || '.' || table_name, column_name, comment FROM duckdb_columns() "
            "WHERE NOT internal AND schema_name <> 'main'"
        ).fetchall()
    specs = (*PUBLISHED, *SWEEP_TABLES.values())
    assert tables == {spec.name: spec.meaning for spec in specs}
    assert all(comment for _, _, comment in columns)
    assert {(table, column) for table, column, _ in columns} == {
        (spec.name, column) for spec in specs for column in spec.published_columns
    }


def test_before_the_first_publish_there_is_nothing_to_open(tmp_path):
    with pytest.raises(DatabaseNotFoundError, match="biome run"):
        open_database(tmp_path)
    with pytest.raises(DatabaseNotFoundError), open_published(tmp_path):
        pass


def test_a_place_that_cannot_be_written_is_named(settings, tmp_path):
    file = tmp_path / "file"
    file.write_bytes(b"")
    with pytest.raises(DataDirectoryError, match="another --data"):
        publish(Lake(file / "data"), settings)


def test_published_tables_are_read_one_snapshot_at_a_time(engine, settings, lake):
    for key, n_rows in ((KEYS[1], 5), (KEYS[0], 3)):
        fill(engine, lake, key, n_rows=n_rows)
        seal(lake, key)
    publish(lake, settings)
    with open_published(lake.data) as opened:
        assert published_keys(opened) == list(KEYS[:2])
        for key, n_rows in ((KEYS[1], 5), (KEYS[0], 3)):
            rows = opened.to_arrow(published_table(opened, MODELS, key))
            assert rows.num_rows == n_rows
            assert rows.column_names == list(MODELS.published_columns)
        with pytest.raises(InvalidSnapshotKeyError):
            published_table(opened, MODELS, "2025-1-1")


def test_a_shared_table_has_the_newest_row_of_each_key(engine, settings, lake):
    spec = TABLES["hub.papers"]
    for key, titles in ((KEYS[0], ["a", "b"]), (KEYS[2], ["c"]), (KEYS[1], ["d"])):
        fill(engine, lake, key)
        ids = ["2001.00001", "2001.00002"][: len(titles)]
        rows = pa.table(
            {
                "arxiv_id": ids,
                "outcome": ["ok"] * len(ids),
                "title": titles,
                "abstract": titles,
                "primary_category": ["cs.CL"] * len(ids),
                "categories": [["cs.CL"]] * len(ids),
            }
        )
        made = lake.provenance(spec, key)
        lake.write(engine, spec, key, rows, replace(made, facts={"content": str(titles)}))
        for name in ("hub.snapshots", "hub.statistics"):
            put(engine, lake, TABLES[name], key)
        publish(lake, settings, key=key)
    with duckdb.connect(str(database_path(lake.data)), read_only=True) as connection:
        found = connection.execute("SELECT arxiv_id, title FROM hub.papers").fetchall()
    assert found == [("2001.00001", "c"), ("2001.00002", "b")]
    before = database_digests(database_path(lake.data))
    publish(lake, settings, rebuild=True)
    assert database_digests(database_path(lake.data)) == before
