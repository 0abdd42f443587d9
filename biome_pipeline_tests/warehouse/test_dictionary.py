"""The dictionary says every table and column, and its page is good Markdown."""

from __future__ import annotations

from biome_pipeline.warehouse.dictionary import (
    COLUMN_HEADINGS,
    column_rows,
    reference_page,
    table_rows,
)
from biome_pipeline.warehouse.tables import SWEEP_TABLES, TABLES

EVERY = {**TABLES, **SWEEP_TABLES}


def test_every_table_stands_there_once():
    rows = table_rows()
    assert [row[0] for row in rows] == list(EVERY)
    assert all(row[2].endswith(".") for row in rows)
    assert {row[0]: row[1] for row in rows}["hub.snapshots"] == "-"


def test_every_column_stands_there_with_its_truth():
    for spec in EVERY.values():
        rows = column_rows(spec)
        assert [row[0] for row in rows] == list(spec.columns)
        for row in rows:
            assert len(row) == len(COLUMN_HEADINGS)
            name, kind, _unit, null, meaning, _source = row
            field = next(field for field in spec.fields if field.name == name)
            assert kind == field.type
            assert (null == "never") == (name in spec.never_null)
            assert ("In the lake only." in meaning) == (name in spec.lake_only_columns)
            for value in field.values:
                assert value in meaning


def test_the_page_holds_every_column_row_in_a_table_of_one_width():
    page = reference_page()
    lines = page.splitlines()
    assert [line[3:] for line in lines if line.startswith("## ")] == list(EVERY)
    table_lines = [line for line in lines if line.startswith("|")]
    widths = {line.replace("\\|", "").count("|") for line in table_lines}
    assert widths == {len(COLUMN_HEADINGS) + 1}
    n_columns = sum(len(spec.columns) for spec in EVERY.values())
    assert len(table_lines) == n_columns + 2 * len(EVERY)
    for spec in EVERY.values():
        for requirement in spec.requirements:
            assert f"- {requirement}" in lines
    assert page.endswith("\n")
    assert not page.endswith("\n\n")
