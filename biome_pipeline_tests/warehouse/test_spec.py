"""What follows from a spec: statements, schemas, and that specs agree with each other."""

from __future__ import annotations

from dataclasses import replace

import duckdb
import pyarrow as pa
import pytest

from biome_pipeline.warehouse.spec import TableSpec
from biome_pipeline.warehouse.tables import PUBLISHED, SUBJECTS, TABLES, tables_of
from biome_pipeline_tests.warehouse.partitions import READS, arrow_rows, sample_rows

SPECS = pytest.mark.parametrize("spec", TABLES.values(), ids=TABLES)


@SPECS
def test_the_names_of_a_spec_are_its_columns(spec: TableSpec):
    assert spec.columns[0] == "snapshot"
    assert len(set(spec.columns)) == len(spec.columns)
    for names in (spec.grain, spec.required, spec.lake_only_columns, tuple(spec.lineage)):
        assert set(names) <= set(spec.columns)
        assert len(set(names)) == len(names)
    assert set(spec.key).isdisjoint(spec.lake_only_columns)
    assert spec.subject in SUBJECTS
    assert spec.meaning.endswith(".")


@SPECS
def test_what_a_spec_refers_to_is_there(spec: TableSpec):
    order = list(TABLES)
    for foreign in spec.foreign_keys:
        other = TABLES[foreign.table]
        assert order.index(foreign.table) < order.index(spec.name)
        assert set(foreign.columns) <= set(spec.columns)
        assert set(foreign.references) <= set(other.columns)
        assert len(foreign.columns) == len(foreign.references)
        # Only what tells rows apart can be referred to.
        assert set(foreign.references) == set(other.grain)
    for origins in spec.lineage.values():
        for origin in origins:
            schema, table, column = origin.split(".")
            assert column in TABLES[f"{schema}.{table}"].columns


@pytest.mark.parametrize("spec", PUBLISHED, ids=lambda spec: spec.name)
def test_the_statement_makes_the_published_table(spec: TableSpec):
    with duckdb.connect() as connection:
        connection.execute(f'CREATE SCHEMA "{spec.schema}"')
        for statement in spec.ddl():
            connection.execute(statement)
        made = connection.execute(
            "SELECT column_name, data_type, is_nullable FROM duckdb_columns() "
            "WHERE table_name = ? ORDER BY column_index",
            [spec.table],
        ).fetchall()
    assert made == [
        (field.name, field.type, field.name not in spec.never_null)
        for field in spec.fields
        if field.name in spec.published_columns
    ]


@SPECS
def test_rows_come_back_from_duckdb_in_the_same_schema(spec: TableSpec):
    rows = arrow_rows(spec, sample_rows(spec))
    schema = pa.schema(list(spec.arrow_schema())[1:])
    assert rows.num_rows > 0
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        back = connection.from_arrow(rows).to_arrow_table()
    assert back.schema.equals(schema)
    assert back.to_pylist() == rows.to_pylist()


def test_never_null_is_key_and_required_in_table_order():
    spec = TableSpec(
        schema="hub",
        table="t",
        subject="hub",
        meaning="A row.",
        grain=("node",),
        columns=("snapshot", "likes", "node", "author"),
        required=("likes",),
        lake_only_columns=("author",),
    )
    assert spec.name == "hub.t"
    assert spec.key == ("snapshot", "node")
    assert spec.never_null == ("snapshot", "likes", "node")
    assert spec.published_columns == ("snapshot", "likes", "node")
    assert spec.ddl() == (
        'CREATE TABLE "hub"."t" ("snapshot" DATE NOT NULL, "likes" BIGINT NOT NULL, '
        '"node" INTEGER NOT NULL)',
    )
    shared = replace(spec, is_shared=True)
    assert shared.published_columns == ("likes", "node")
    assert shared.partition_table == '"main"."biome_hub_t"'
    assert shared.ddl() == (
        'CREATE TABLE "hub"."t" ("likes" BIGINT NOT NULL, "node" INTEGER NOT NULL)',
        'CREATE TABLE "main"."biome_hub_t" ("snapshot" DATE NOT NULL, "likes" BIGINT NOT NULL, '
        '"node" INTEGER NOT NULL)',
    )


def test_a_subject_takes_along_what_it_needs():
    assert tables_of(()) == tuple(TABLES.values())
    last = {"similarity", "documentation", "drift", "fitness", "policy", "evolution"}
    assert tables_of((*last, "inference", "scorecard")) == tuple(TABLES.values())
    assert {spec.subject for spec in tables_of(("inference",))} == set(SUBJECTS) - {
        "documentation",
        "policy",
        "evolution",
        "scorecard",
    }
    assert {spec.subject for spec in tables_of(("scorecard",))} == set(SUBJECTS) - {
        "inference",
        "policy",
        "evolution",
    }
    last |= {"inference", "scorecard"}
    without = {spec.subject for spec in tables_of(())} - last
    assert {spec.subject for spec in tables_of(("genealogy",))} == without
    for subject in last - {"inference", "scorecard"}:
        assert {spec.subject for spec in tables_of((subject,))} == without | {subject}
    assert {spec.subject for spec in tables_of(("snapshot",))} == {"hub", "snapshot"}
    assert [spec.name for spec in tables_of(("hub",))] == ["hub.raw_models"]


def test_what_a_table_reads_stands_before_it():
    order = list(TABLES)
    assert set(READS) == set(order)
    for name, reads in READS.items():
        assert all(order.index(read) < order.index(name) for read in reads)
