"""Every column is described once, and nothing is described that no table has."""

from __future__ import annotations

import duckdb
import pytest

from biome_pipeline.warehouse import fields as fields_module
from biome_pipeline.warehouse.engine import ibis_type
from biome_pipeline.warehouse.fields import FIELDS
from biome_pipeline.warehouse.spec import arrow_type
from biome_pipeline.warehouse.tables import TABLES


def test_no_name_is_described_twice():
    names = [field.name for field in fields_module._ALL]
    assert len(names) == len(set(names))
    assert list(FIELDS.items()) == [(field.name, field) for field in fields_module._ALL]


def test_fields_and_tables_cover_each_other():
    used = {column for spec in TABLES.values() for column in spec.columns}
    assert used == set(FIELDS)


@pytest.mark.parametrize("name", FIELDS)
def test_a_description_is_whole(name):
    field = FIELDS[name]
    assert field.meaning.endswith(".")
    assert field.meaning[0].isupper() or field.meaning.split()[0] in FIELDS
    assert "\n" not in field.meaning
    assert name == name.lower()
    assert name.isidentifier()
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
