"""Every column is described once, and nothing is described that no table has."""

from __future__ import annotations

import duckdb
import pytest

from biome_pipeline.warehouse import fields as fields_module
from biome_pipeline.warehouse.engine import ibis_type
from biome_pipeline.warehouse.fields import FIELDS, field_of
from biome_pipeline.warehouse.spec import arrow_type
from biome_pipeline.warehouse.tables import SWEEP_TABLES, TABLES

EVERY = {**TABLES, **SWEEP_TABLES}


def test_no_name_is_described_twice():
    names = [(field.table, field.name) for field in fields_module._ALL]
    assert len(names) == len(set(names))
    assert list(FIELDS.values()) == list(fields_module._ALL)


def test_a_word_of_one_table_does_not_reach_the_others():
    assert field_of("hub.statistics", "value").type == "DOUBLE"
    assert field_of("hub.model_traits", "value").type == "VARCHAR"
    assert field_of("hub.quality", "reason").values == ()
    assert field_of("hub.rejects", "reason").values
    for field in FIELDS.values():
        assert not field.table or field.name in EVERY[field.table].columns
        assert not field.table or field != FIELDS.get(field.name)


def test_fields_and_tables_cover_each_other():
    used = {(field.table, field.name) for spec in EVERY.values() for field in spec.fields}
    assert used == {(field.table, field.name) for field in FIELDS.values()}


@pytest.mark.parametrize("name", FIELDS)
def test_a_description_is_whole(name):
    field = FIELDS[name]
    assert field.meaning.endswith(".")
    assert field.meaning[0].isupper() or field.meaning.split()[0] in {
        other.name for other in FIELDS.values()
    }
    assert "\n" not in field.meaning
    assert name == (f"{field.table}.{field.name}" if field.table else field.name)
    assert name == name.lower()
    assert field.name.isidentifier()
    assert not field.values or (field.type == "VARCHAR" and len(set(field.values)) > 1)


@pytest.mark.parametrize("kind", sorted({field.type for field in FIELDS.values()}))
def test_a_type_is_known_to_every_engine(kind):
    with duckdb.connect() as connection:
        described = connection.execute(f"DESCRIBE SELECT CAST(NULL AS {kind}) AS c").fetchone()
        arrow = connection.execute(f"SELECT CAST(NULL AS {kind}) AS c").to_arrow_table()
    assert described[1] == kind
    assert arrow.schema.field("c").type == arrow_type(kind)
    assert ibis_type(kind)


@pytest.mark.parametrize("kind", ["HUGEINT", "INT", "VARCHAR[", ""])
def test_a_type_that_nobody_agreed_on_is_refused(kind):
    with pytest.raises(KeyError):
        arrow_type(kind)
    with pytest.raises(KeyError):
        ibis_type(kind)


def test_counts_and_quantities_have_a_unit():
    without = [
        field.name
        for field in FIELDS.values()
        if field.name.startswith(("n_", "share_")) and not field.unit
    ]
    assert without == []
