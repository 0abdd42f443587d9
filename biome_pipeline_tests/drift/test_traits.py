"""The matrix of a trait is the set of each model, counted and in order."""

from __future__ import annotations

import random
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest

from biome_pipeline.drift.traits import TRAITS, TraitValues, trait_values
from biome_pipeline.errors import InferenceError
from biome_pipeline_tests.reference.trait_flows import value_sets
from biome_pipeline_tests.worlds.chain import HUBS, chain_of

if TYPE_CHECKING:
    from biome_pipeline.warehouse.engine import Engine

Row = dict[str, Any]

WORDS = {
    "licenses": [
        "mit",
        "MIT License",
        "apache-2.0",
        "apache 2.0",
        "",
        "unknown",
        "other",
        "house-é",
    ],
    "languages": ["en", "zh", "pt", "multilingual", "mul", "und"],
    "pipeline_tag": ["text-generation", "Text Generation", "fill-mask", "", "unknown", None],
    "library_name": ["torch", "pytorch", "transformers", "Transformers", "x", " ", None, None],
}


def drawn_models(seed: int) -> list[Row]:
    draw = random.Random(seed)
    n = draw.choice([0, 1, 2, 7, 40])
    rows: list[Row] = []
    for node in range(n):
        row: Row = {"node": node}
        for name in ("licenses", "languages"):
            row[name] = draw.choices(WORDS[name], k=draw.choice([0, 0, 1, 1, 2, 5]))
        for name in ("pipeline_tag", "library_name"):
            row[name] = draw.choice(WORDS[name])
        rows.append(row)
    draw.shuffle(rows)
    return rows


def table(rows: list[Row]) -> pa.Table:
    words = pa.list_(pa.string())
    columns = {
        "node": pa.int32(),
        "licenses": words,
        "languages": words,
        "pipeline_tag": pa.string(),
        "library_name": pa.string(),
    }
    return pa.Table.from_pylist(rows, schema=pa.schema(list(columns.items())))


def sets_of(found: TraitValues) -> list[set[str]]:
    sets = found.sets
    return [
        {found.values[k] for k in sets.indices[start:stop]}
        for start, stop in zip(sets.indptr, sets.indptr[1:], strict=False)
    ]


def assert_is(found: TraitValues, expected: list[set[str]], trait: str) -> None:
    assert found.trait == trait
    assert sets_of(found) == expected
    counts = Counter(name for names in expected for name in names)
    assert list(zip(found.values, found.n_models.tolist(), strict=True)) == sorted(
        counts.items(), key=lambda item: (-item[1], item[0])
    )
    assert found.sets.shape == (len(expected), len(counts))
    assert found.sets.has_canonical_format
    assert found.sets.nnz == sum(map(len, expected))
    assert found.sets.dtype == np.int32
    assert (found.sets.data == 1).all()
    assert found.n_models.dtype == np.int64


@pytest.mark.parametrize("trait", TRAITS)
def test_drawn_models(engine: Engine, trait: Any) -> None:
    for seed in range(40):
        rows = drawn_models(seed)
        found = trait_values(engine, engine.memory_table(table(rows)), trait)
        assert_is(found, value_sets(rows, trait), trait)


@pytest.mark.parametrize("name", HUBS)
def test_hubs(engine: Engine, name: str) -> None:
    chain = chain_of(name)
    models = engine.memory_table(chain.tables["hub.models"])
    for trait in TRAITS:
        found = trait_values(engine, models, trait)
        assert_is(found, value_sets(chain.rows("hub.models"), trait), trait)


def test_one_license_in_many_spellings_is_one(engine: Engine) -> None:
    # Every spelling is an entry of the same place.
    spellings = ["mit", "MIT"] * 128
    row = {"node": 0, "licenses": spellings, "languages": [], "pipeline_tag": None}
    found = trait_values(engine, engine.memory_table(table([row])), "license")
    assert_is(found, [{"mit"}], "license")


def test_unknown_is_not_reported_and_other_is(engine: Engine) -> None:
    rows = [
        {"node": k, "licenses": words, "languages": []}
        for k, words in enumerate([["unknown"], [""], [], ["other"], ["unknown", "mit"]])
    ]
    found = trait_values(engine, engine.memory_table(table(rows)), "license")
    assert sets_of(found) == [set(), set(), set(), {"other"}, {"mit"}]


def test_no_such_trait(engine: Engine) -> None:
    with pytest.raises(InferenceError, match="no trait 'colour'"):
        trait_values(engine, engine.memory_table(table([])), "colour")  # type: ignore[arg-type]
