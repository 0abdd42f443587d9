"""``biome dictionary``: every table, and every column of one."""

from __future__ import annotations

import pytest

from biome_pipeline.warehouse.tables import TABLES


def test_it_lists_every_table(biome):
    code, out, err = biome("dictionary")
    assert (code, err) == (0, "")
    for name in TABLES:
        assert name in out


@pytest.mark.parametrize("name", TABLES)
def test_it_lists_every_column_of_one(biome, name):
    code, out, _ = biome("dictionary", name)
    assert code == 0
    first_words = {line.split()[0] for line in out.splitlines() if line.strip()}
    assert set(TABLES[name].columns) <= first_words


@pytest.mark.parametrize("name", ["models", "hub.nothing", "", "\x1b[2J"])
def test_an_unknown_table_names_those_there_are(biome, name):
    code, out, err = biome("dictionary", name)
    assert (code, out) == (1, "")
    assert err.count("\n") == 1
    assert "hub.models" in err
    assert "\x1b" not in err
