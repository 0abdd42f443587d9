"""``biome run``: bad input leaves all bytes as they were; good input changes its own key only."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from biome_pipeline_tests.cli.processes import (
    SMALL,
    Run,
    contents,
    digests,
    lake_faults,
    table_digests,
)
from biome_pipeline_tests.hubserver.stats import SCHEMA, stats_bytes, stats_table

KEY = "2025-06-30"
NEW_KEY = "2025-07-07"
ROOT = Path(__file__).parents[2]


def error_line(err: str) -> str:
    """Give the one line of complaint; lines of progress stand aside."""
    lines = [line for line in err.splitlines() if not line.startswith("  ")]
    assert len(lines) == 1, err
    assert lines[0].startswith("error: ")
    assert "Traceback" not in err
    return lines[0]


def edited(change) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(change(stats_table()), sink)
    return sink.getvalue().to_pybytes()


def with_column(table: pa.Table, name: str, values: pa.Array) -> pa.Table:
    return table.set_column(table.schema.get_field_index(name), name, values)


def texts(table: pa.Table, name: str) -> pa.Table:
    return with_column(table, name, pa.array(["many"] * len(table)))


BAD_FILES = {
    "empty": (b"", "empty"),
    "html": (b"<!doctype html><html><body>404</body></html>", "HTML"),
    "json": (b'{"error": "not found"}', "JSON"),
    "text": (b"id,likes\na/b,3\n", "not a Parquet file"),
    "lfs": (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "git lfs pull"),
    "truncated": (stats_bytes()[:-100], "truncated"),
    "head only": (stats_bytes()[:6], "truncated"),
    "bytes lost inside": (stats_bytes()[:500] + stats_bytes()[900:], "damaged"),
    "no rows": (edited(lambda table: table.slice(0, 0)), "no rows"),
    "missing column": (edited(lambda table: table.drop_columns(["tags"])), "tags"),
    "renamed column": (
        edited(lambda t: t.rename_columns(["model" if n == "id" else n for n in t.column_names])),
        "id",
    ),
    "retyped column": (edited(lambda table: texts(table, "likes")), "likes"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_file_that_cannot_be_taken_changes_nothing(biome, data, tmp_path, name):
    content, word = BAD_FILES[name]
    path = tmp_path / "models.parquet"
    path.write_bytes(content)
    before = contents(data)
    code, _, err = biome("run", "--source", path, "--snapshot", NEW_KEY, "--data", data)
    assert code == 1
    line = error_line(err)
    assert word in line
    assert "models.parquet" in line
    assert contents(data) == before


@pytest.mark.parametrize(
    ("source", "word"),
    [("nothing.parquet", "no such file"), (".", "directory"), ("", ""), ("/dev/null", "regular")],
)
def test_a_place_that_is_no_file_changes_nothing(biome, data, source, word):
    before = contents(data)
    code, _, err = biome("run", "--source", source, "--data", data)
    assert code == 1
    assert word in error_line(err)
    assert contents(data) == before


@pytest.mark.parametrize(
    "key",
    ["../etc", "2026-02-30", "2026-8-1", "", "٢٠٢٦-٠٨-١٩", "2026-08-19/../x"],
)
def test_a_bad_key_changes_nothing(biome, data, key):
    before = contents(data)
    code, _, err = biome("run", "--snapshot", key, "--data", data)
    assert code == 1
    assert "YYYY-MM-DD" in error_line(err)
    assert contents(data) == before


@pytest.mark.parametrize("below", ["file", "file/data", "file/a/b"])
def test_a_data_directory_that_cannot_be_made_is_named(biome, tmp_path, below):
    (tmp_path / "file").write_bytes(b"kept")
    code, _, err = biome("run", "--data", tmp_path / below)
    assert code == 1
    assert "another --data" in error_line(err)
    assert (tmp_path / "file").read_bytes() == b"kept"


def test_a_subject_that_is_unknown_names_those_there_are(biome, data):
    before = contents(data)
    code, _, err = biome("run", "--select", "astrology", "--data", data)
    assert code == 2
    line = error_line(err)
    assert "genealogy" in line
    assert "biome run --help" in line
    assert contents(data) == before


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("BIOME_DEMO_MODELS", "10"),
        ("BIOME_SEED", "x"),
        ("BIOME_MEMORY_LIMIT", "much"),
        ("BIOME_KEEP_SNAPSHOTS", "0"),
    ],
)
def test_a_bad_setting_is_named(biome, data, monkeypatch, variable, text):
    monkeypatch.setenv(variable, text)
    before = contents(data)
    code, _, err = biome("run", "--data", data)
    assert code == 1
    assert error_line(err).startswith(f"error: {variable}: ")
    assert contents(data) == before


def test_a_key_of_another_source_is_refused(biome, data, tmp_path):
    path = tmp_path / "models.parquet"
    path.write_bytes(stats_bytes())
    before = contents(data)
    code, _, err = biome("run", "--source", path, "--data", data)
    assert code == 1
    line = error_line(err)
    assert "held by demo" in line
    assert "--replace" in line
    assert contents(data) == before


def ids(change) -> bytes:
    def replaced(table):
        values = table["id"].to_pylist()
        change(values)
        return with_column(table, "id", pa.array(values, pa.string()))

    return edited(replaced)


def spoil(values):
    values[3] = values[4] = values[7]
    values[9] = None
    values[11] = ""


class TestRowsWithoutAnIdOfTheirOwn:
    """Refused in a file, unless the user sets them aside."""

    @pytest.mark.slow
    def test_they_are_refused_then_set_aside(self, data, tmp_path):
        path = tmp_path / "models.parquet"
        path.write_bytes(ids(spoil))
        words = ("run", "--source", path, "--snapshot", NEW_KEY, "--data", data)
        before = digests(data)
        refused = Run(*words, cwd=tmp_path)
        assert refused.wait() == 1
        line = error_line(refused.errors)
        assert "2 with duplicate_id, 2 with missing_id" in line
        assert "--allow-rejects" in line
        assert digests(data) == before
        assert list((data / "incoming").iterdir()) == []
        taken = Run(*words, "--allow-rejects", cwd=tmp_path)
        assert taken.wait() == 0, taken.errors
        with duckdb.connect(str(data / "biome.duckdb"), read_only=True) as connection:
            ask = f"SELECT row_number, reason FROM hub.rejects WHERE snapshot = '{NEW_KEY}'"
            found = connection.execute(f"{ask} ORDER BY 1").fetchall()
            ask = f"SELECT n_models, n_rejected FROM hub.snapshots WHERE snapshot = '{NEW_KEY}'"
            assert connection.execute(ask).fetchall() == [(46, 4)]
        # Of equal ids the row that was modified last is kept: row 3.
        assert found == [
            (4, "duplicate_id"),
            (7, "duplicate_id"),
            (9, "missing_id"),
            (11, "missing_id"),
        ]
        # Another key touches nothing but its own partition.
        lake_before = {name: d for name, d in before.items() if name.startswith("lake/")}
        after = digests(data)
        assert {name: after.get(name) for name in lake_before} == lake_before
        assert {name for name in after if name not in before} == {
            name.replace(KEY, NEW_KEY) for name in lake_before
        }


def test_a_page_that_is_damaged_is_found_before_anything_is_replaced(data, tmp_path):
    path = tmp_path / "models.parquet"
    whole = bytearray(edited(lambda table: table))
    place = pq.read_metadata(pa.BufferReader(bytes(whole))).row_group(0).column(1).data_page_offset
    whole[place : place + 40] = b"\xff" * 40
    path.write_bytes(bytes(whole))
    before = digests(data)
    words = ("--source", path, "--snapshot", NEW_KEY, "--data", data)
    run = Run("run", *words, cwd=tmp_path)
    assert run.wait() == 1
    assert "models.parquet" in error_line(run.errors)
    assert digests(data) == before


@pytest.mark.slow
def test_a_shrunken_source_is_refused_then_forced(data, tmp_path):
    """And a key is taken over from another source, when the user says so."""
    path = tmp_path / "models.parquet"
    path.write_bytes(stats_bytes(40))
    first = Run("run", "--source", path, "--data", data, "--replace", cwd=tmp_path)
    assert first.wait() == 0, first.errors
    path.write_bytes(stats_bytes(10))
    before = digests(data)
    refused = Run("run", "--source", path, "--data", data, cwd=tmp_path)
    assert refused.wait() == 1
    assert "--force" in error_line(refused.errors)
    assert digests(data) == before
    forced = Run("run", "--source", path, "--data", data, "--force", cwd=tmp_path)
    assert forced.wait() == 0, forced.errors
    with duckdb.connect(str(data / "biome.duckdb"), read_only=True) as connection:
        assert connection.execute("SELECT n_models FROM hub.snapshots").fetchall() == [(10,)]


@pytest.mark.parametrize("limit", [4_000, 64_000, 300_000, 1_000_000])
def test_a_full_disk_leaves_what_was_there(data, tmp_path, limit):
    """Files can grow to this size and no further; the next run mends what is half done."""
    before = table_digests(data, KEY)
    database = (data / "biome.duckdb").read_bytes()
    run = Run("run", "--data", data, cwd=tmp_path, file_limit=limit, BIOME_DEMO_MODELS="260")
    assert run.wait() == 1, run.errors
    line = error_line(run.errors)
    # SQLite, of the history, does not tell a full disk from other faults of it.
    assert "disk space" in line
    assert "another --data" in line
    assert (data / "biome.duckdb").read_bytes() == database
    assert table_digests(data, KEY) == before
    assert lake_faults(data, KEY) == []
    assert list((data / "incoming").iterdir()) == []


class TestUnchanged:
    """A second run of the same input."""

    def test_it_says_so_writes_nothing_and_leaves_dagster_alone(self, data, tmp_path):
        code = (
            "import sys; from biome_pipeline.cli.main import run_command_line as run; "
            "code = run(sys.argv[1:]); "
            "print('dagster' if 'dagster' in sys.modules else 'alone'); sys.exit(code)"
        )
        before = contents(data)
        done = subprocess.run(
            [sys.executable, "-c", code, "run", "--data", str(data)],
            cwd=tmp_path,
            env={"PATH": "", "PYTHONPATH": str(ROOT), **SMALL},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert "is unchanged" in done.stdout
        assert done.stdout.endswith("alone\n")
        assert done.stderr == ""
        assert contents(data) == before

    @pytest.mark.slow
    def test_other_settings_make_it_again(self, data, tmp_path):
        before = contents(data)
        run = Run("run", "--data", data, cwd=tmp_path, BIOME_SEED="1")
        assert run.wait() == 0, run.errors
        assert "unchanged" not in run.said
        after = contents(data)
        assert set(after) == set(before)
        assert all(after[name][1] != before[name][1] for name in before)

    def test_rebuilding_gives_the_same_database(self, biome, data):
        before = table_digests(data, KEY)
        inode = (data / "biome.duckdb").stat().st_ino
        code, out, err = biome("run", "--data", data, "--rebuild-database")
        assert (code, err) == (0, "")
        assert "is unchanged" in out
        assert table_digests(data, KEY) == before
        assert (data / "biome.duckdb").stat().st_ino != inode


def test_a_part_is_made_with_what_it_needs(tmp_path):
    data = tmp_path / "data"
    run = Run("run", "--data", data, "--select", "snapshot", cwd=tmp_path)
    assert run.wait() == 0, run.errors
    assert (data / "lake/hub/models").is_dir()
    assert not (data / "lake/genealogy").exists()
    with duckdb.connect(str(data / "biome.duckdb"), read_only=True) as connection:
        assert connection.execute("SELECT count(*) FROM genealogy.edges").fetchone() == (0,)
        assert connection.execute("SELECT count(*) FROM hub.models").fetchone()[0] > 100


def test_columns_of_the_schema_are_those_of_the_tests():
    assert SCHEMA.names == stats_table(1).column_names
    assert stats_table(1)["lastModified"][0].as_py().date() == dt.date(2025, 6, 30)
