"""The listing record is the one of the definition, and JSON with sorted keys."""

from __future__ import annotations

import json

import pytest

from biome_pipeline.snapshot.listing_record import listing_record
from biome_pipeline.warehouse.engine import open_engine
from biome_pipeline_tests.reference import hub as naive
from biome_pipeline_tests.worlds.chain import HUBS, chain_of, settings


@pytest.mark.parametrize("name", HUBS)
def test_records_are_those_of_the_definition(name: str) -> None:
    chain = chain_of(name)
    with open_engine(settings()) as engine:
        raw = engine.memory_table(chain.tables["hub.raw_models"])
        found = engine.to_arrow(raw.select("row_number", record=listing_record(raw)))
    records = dict(zip(found["row_number"].to_pylist(), found["record"].to_pylist(), strict=True))
    assert len(records) == len(chain.source)
    for number, row in enumerate(chain.source):
        assert records[number] == naive.listing_record(row), number
        parsed = json.loads(records[number], parse_constant=pytest.fail)
        assert list(parsed) == sorted(parsed)
        assert parsed["private"] is False
