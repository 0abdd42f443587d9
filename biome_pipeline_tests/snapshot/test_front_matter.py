"""Front matter is read as words, whatever stands there."""

from __future__ import annotations

import json

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from biome_pipeline.snapshot.front_matter import declared
from biome_pipeline.warehouse.engine import open_engine
from biome_pipeline_tests.reference.hub import front_matter, words
from biome_pipeline_tests.worlds import chain

# JSON knows no lone surrogates, and a text of the engine holds no NUL.
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=6)
PLAIN = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXT
VALUES = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=2)
)
NAMES = ("license", "language", "base_model")
CARDS = st.dictionaries(st.sampled_from((*NAMES, "other")), VALUES).map(json.dumps)
BROKEN = st.sampled_from(
    ["", "{", "license: mit", "[]", "null", "3", '"x"', "{'license': 1}", None]
)


@pytest.fixture(scope="module")
def engine():
    with open_engine(chain.settings()) as engine:
        yield engine


@given(cards=st.lists(CARDS | BROKEN, min_size=1, max_size=30))
@settings(max_examples=15, deadline=None, derandomize=True, database=None)
def test_words_are_those_of_the_definition(engine, cards) -> None:
    numbered = pa.table({"place": range(len(cards)), "card": pa.array(cards, pa.string())})
    rows = engine.memory_table(numbered)
    found = engine.to_arrow(rows.select("place", **declared(rows.card, *NAMES))).sort_by("place")
    for name in NAMES:
        expected = [words(front_matter(card), name) for card in cards]
        assert found[name].to_pylist() == expected, (name, cards)


@pytest.mark.parametrize(
    ("card", "expected"),
    [
        ('{"license": "mit"}', ["mit"]),
        ('{"license": [" mit ", "", null]}', ["mit", ""]),
        ('{"license": false}', ["false"]),
        ('{"license": [false, 7, {"a": [1]}]}', ["false", "7", '{"a":[1]}']),
        ('{"license": "mit", "license": "gpl-3.0"}', ["mit"]),
        ('{"license": "mit", "loss": NaN}', ["mit"]),
        ('{"license": 7}', None),
        ('{"license": null}', None),
        ('{"license": {"name": "mit"}}', None),
        ("license: mit", None),
        (None, None),
    ],
)
def test_words_of_single_cards(engine, card, expected) -> None:
    rows = engine.memory_table(pa.table({"card": pa.array([card], pa.string())}))
    found = engine.to_arrow(rows.select(**declared(rows.card, "license")))
    assert found["license"].to_pylist() == [expected]
