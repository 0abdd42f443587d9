"""Traits are every value of every trait once."""

from __future__ import annotations

import pytest

from biome_pipeline_tests.reference import hub as naive
from biome_pipeline_tests.reference.rows import assert_same_rows
from biome_pipeline_tests.worlds.chain import HUBS, chain_of

KEY = ["model_id", "trait", "value"]


@pytest.mark.parametrize("name", HUBS)
def test_traits_are_those_of_the_definition(name: str) -> None:
    chain = chain_of(name)
    assert_same_rows(chain.rows("hub.model_traits"), naive.traits(chain.people), KEY, name)


def test_the_drawn_hubs_show_every_trait() -> None:
    drawn = [name for name in HUBS if name.startswith("seeds")]
    traits = {row["trait"] for name in drawn for row in chain_of(name).rows("hub.model_traits")}
    assert traits == {"license", "language", "task", "library", "dataset", "region", "arxiv"}
