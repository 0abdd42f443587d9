"""Queries of users change nothing and read nothing else; their formats are safe."""

from __future__ import annotations

import csv
import io
import json

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from biome_pipeline.errors import DatabaseNotFoundError, QueryError
from biome_pipeline.warehouse.database import publish
from biome_pipeline.warehouse.published import database_path
from biome_pipeline.warehouse.query import run_query, to_csv, to_json_lines, to_parquet
from biome_pipeline.warehouse.tables import PUBLISHED, TABLES
from biome_pipeline_tests.warehouse.partitions import fill

KEYS = ("2025-01-01", "2025-02-01", "2025-03-01")


@pytest.fixture(scope="module")
def published(engine, tmp_path_factory):
    """Settings of a data directory with three snapshots, two of them with large tables."""
    from biome_pipeline.settings import Settings
    from biome_pipeline.warehouse.lake import Lake

    settings = Settings(data=tmp_path_factory.mktemp("it's"), threads=1, keep_snapshots=2)
    for key in KEYS:
        fill(engine, Lake(settings.data), key)
        publish(Lake(settings.data), settings, key=key)
    return settings


WHERE = pytest.mark.parametrize("uses_lake", [False, True], ids=["database", "lake"])


@WHERE
def test_every_table_can_be_asked(published, uses_lake):
    for spec in TABLES.values() if uses_lake else PUBLISHED:
        found = run_query(published, f"FROM {spec.name}", uses_lake=uses_lake)
        wanted = spec.columns if uses_lake else spec.published_columns
        assert found.column_names == list(wanted)
        if "snapshot" not in wanted:
            assert spec.is_shared
            continue
        n_keys = 3 if uses_lake or not spec.is_model_grain else 2
        assert len(set(found["snapshot"].to_pylist())) == n_keys


@WHERE
@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_blob('/proc/self/environ')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM glob('/etc/*')",
        "SELECT * FROM read_parquet('https://example.org/x.parquet')",
        "COPY (SELECT 1) TO '{outside}/stolen.csv'",
        "COPY hub.snapshots TO '{outside}/stolen.parquet'",
        "EXPORT DATABASE '{outside}/stolen'",
        "ATTACH '{outside}/other.duckdb' AS other",
        "ATTACH '{outside}/other.duckdb' AS other; SELECT 1",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "SET memory_limit = '1TB'",
        "RESET lock_configuration",
        "PRAGMA enable_profiling",
    ],
)
def test_nothing_outside_can_be_reached(published, uses_lake, query, tmp_path):
    with pytest.raises(QueryError) as caught:
        run_query(published, query.format(outside=tmp_path), uses_lake=uses_lake)
    assert len(str(caught.value).splitlines()) == 1
    assert "root:" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM hub.models",
        "DROP TABLE hub.models",
        "CREATE TABLE hub.mine (n INTEGER)",
        "UPDATE hub.snapshots SET n_models = 0",
        "INSERT INTO hub.rejects BY NAME SELECT * FROM hub.rejects",
        "ALTER TABLE hub.models ADD COLUMN x INTEGER",
        "SELECT 1; DROP SCHEMA genealogy CASCADE",
        "COPY hub.snapshots FROM '/etc/passwd'",
    ],
)
def test_the_database_cannot_be_changed(published, query):
    path = database_path(published.data)
    before = path.read_bytes()
    with pytest.raises(QueryError):
        run_query(published, query)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "query",
    [
        "COPY (SELECT 1 AS n) TO '{lake}/hub/models/snapshot=2025-01-01.parquet'",
        "COPY (SELECT 1 AS n) TO '{lake}/hub/models/snapshot=2030-01-01.parquet'",
        "EXPORT DATABASE '{lake}/stolen'",
        "ATTACH '{lake}/other.duckdb' AS other",
        "COPY (SELECT 1) TO '{lake}/../x.csv'",
    ],
)
def test_the_lake_cannot_be_changed(published, query):
    def content():
        return {path: path.read_bytes() for path in published.data.rglob("*") if path.is_file()}

    before = content()
    lake = str((published.data / "lake").resolve()).replace("'", "''")
    with pytest.raises(QueryError):
        run_query(published, query.format(lake=lake), uses_lake=True)
    assert content() == before


@WHERE
@pytest.mark.parametrize(
    "query", ["", ";", "SELEC 1", "SELECT nothing FROM hub.models", "FROM hub.nothing", "SELECT '"]
)
def test_a_wrong_query_is_one_line_with_a_remedy(published, uses_lake, query):
    with pytest.raises(QueryError, match="biome dictionary") as caught:
        run_query(published, query, uses_lake=uses_lake)
    assert len(str(caught.value).splitlines()) == 1


@WHERE
def test_an_empty_data_directory_says_what_to_do(settings, uses_lake):
    with pytest.raises(DatabaseNotFoundError, match="biome run"):
        run_query(settings, "SELECT 1", uses_lake=uses_lake)


ODD = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    '=HYPERLINK("http://x", "y")',
    'a "quoted", text',
    "two\nlines",
    "naïve 模型 \U0001f33f",
    "",
    "plain",
]


def read_back(text: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.decode(), newline="")))


def test_no_text_in_csv_is_a_formula():
    rows = read_back(to_csv(pa.table({"=name": ODD})))
    assert rows[0] == ["'=name"]
    cells = [row[0] if row else "" for row in rows[1:]]
    assert len(cells) == len(ODD)
    for cell, value in zip(cells, ODD, strict=True):
        assert cell == (f"'{value}" if value[:1] in "=+-@\t\r" and value else value)
        assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))


def test_numbers_in_csv_stay_numbers():
    table = pa.table({"n": [-1, 2**63 - 1], "x": [-0.5, 1e300], "is": [True, False]})
    assert read_back(to_csv(table))[1:] == [
        ["-1", "-0.5", "True"],
        ["9223372036854775807", "1e+300", "False"],
    ]


def test_null_lists_and_maps_have_one_form():
    with duckdb.connect() as connection:
        table = connection.execute(
            "SELECT NULL::VARCHAR AS none, ['=a', NULL, 'ü'] AS list, MAP {'F32': 7} AS map, "
            "{'a': DATE '2025-01-01'} AS struct, []::VARCHAR[] AS empty"
        ).to_arrow_table()
    header, row = read_back(to_csv(table))
    cells = dict(zip(header, row, strict=True))
    assert cells["none"] == ""
    assert json.loads(cells["list"]) == ["=a", None, "ü"]
    assert json.loads(cells["map"]) == [["F32", 7]]
    assert json.loads(cells["struct"]) == {"a": "2025-01-01"}
    assert json.loads(cells["empty"]) == []
    (line,) = to_json_lines(table).decode().splitlines()
    found = json.loads(line)
    assert found["none"] is None
    assert found["list"] == ["=a", None, "ü"]
    assert "ü" in line


def test_json_has_one_object_a_line_whatever_the_text():
    lines = to_json_lines(pa.table({"t": [*ODD, None, "\u2028"]})).split(b"\n")
    assert lines.pop() == b""
    assert [json.loads(line)["t"] for line in lines] == [*ODD, None, "\u2028"]


def test_json_has_no_words_that_json_does_not_know():
    table = pa.table({"x": [float("nan"), float("inf"), -float("inf"), 0.5]})
    lines = to_json_lines(table).decode().splitlines()

    def refuse(word):
        raise AssertionError(word)

    found = [json.loads(line, parse_constant=refuse)["x"] for line in lines]
    assert found == [None, None, None, 0.5]


def test_parquet_comes_back_as_it_was(published):
    found = run_query(published, "FROM hub.models")
    assert pq.read_table(io.BytesIO(to_parquet(found))).equals(found)


def test_no_rows_are_a_heading_alone(published):
    found = run_query(published, "SELECT model_id FROM hub.models WHERE false")
    assert to_csv(found) == b"model_id\n"
    assert to_json_lines(found) == b""
    assert pq.read_table(io.BytesIO(to_parquet(found))).num_rows == 0
