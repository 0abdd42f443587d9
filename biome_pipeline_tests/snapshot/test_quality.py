"""Missing values are counted field by field, and each has its reason."""

from __future__ import annotations

import pytest

from biome_pipeline.snapshot.quality import WHY_MISSING
from biome_pipeline.warehouse.tables.hub import MODELS
from biome_pipeline_tests.reference import statistics as naive
from biome_pipeline_tests.reference.rows import assert_same_rows
from biome_pipeline_tests.worlds.chain import HUBS, chain_of


@pytest.mark.parametrize("name", HUBS)
def test_missing_values_are_those_of_the_definition(name: str) -> None:
    chain = chain_of(name)
    assert_same_rows(chain.rows("hub.quality"), naive.quality(chain.people), ["field"], name)


def test_every_field_of_the_models_that_can_be_missing_is_looked_at() -> None:
    never = {"snapshot", "model_id", "node", "row_number", "has_safetensors", "anomalies"}
    # What is made from another field is missing with it.
    made = {"is_created_at_backfilled", "licenses"}
    assert set(WHY_MISSING) == set(MODELS.columns) - never - made


def test_reasons_are_sentences() -> None:
    for field, reason in WHY_MISSING.items():
        assert reason.endswith("."), field
        assert reason[0].isupper(), field
