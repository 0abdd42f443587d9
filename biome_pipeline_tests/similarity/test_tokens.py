"""Tokens are scikit-learn's, in every script, and terms are counted within one text only."""

from __future__ import annotations

import sys
import unicodedata
from collections import Counter
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from biome_pipeline.similarity.tokens import TermCounter, tokens_of, worked_batches
from biome_pipeline_tests.reference import texts as naive
from biome_pipeline_tests.worlds.texts import draw_texts, table_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from biome_pipeline.warehouse.engine import Engine


def tokens_by_engine(engine: Engine, texts: Sequence[str | None]) -> list[list[str] | None]:
    found = engine.to_arrow(tokens_of(table_of(engine, texts)).order_by("node"))
    assert found.column_names == ["node", "tokens"]
    tokens: list[list[str] | None] = found["tokens"].to_pylist()
    return tokens


def test_tokens_of_drawn_texts_are_those_of_the_definition(engine: Engine) -> None:
    texts = draw_texts(5_000, seed=1)
    assert tokens_by_engine(engine, texts) == [naive.tokens_of(text) for text in texts]


def test_every_character_is_cut_and_lowered_as_by_the_definition(engine: Engine) -> None:
    # What this Unicode has no name for may be a letter to the engine's.
    known = [
        chr(code)
        for code in range(1, sys.maxunicode + 1)
        if unicodedata.category(chr(code)) not in {"Cn", "Cs"}
    ]
    texts = [f"A{character}B c{character}{character}" for character in known]
    found = tokens_by_engine(engine, texts)
    wrong = [
        f"U+{ord(character):04X}"
        for character, text, tokens in zip(known, texts, found, strict=True)
        if tokens != naive.tokens_of(text)
    ]
    assert len(known) > 130_000
    assert wrong == []


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        (None, None),
        ("", []),
        ("a b", []),
        ("aa", ["aa"]),
        ("aa,b-cc_1", ["aa", "cc_1"]),
        ("İstanbul", ["stanbul"]),
        ("ΟΔΟΣ ΟΔΟΣΑ", ["οδος", "οδοσα"]),
        ("STRASSE Straße ẞß", ["strasse", "straße", "ßß"]),
        ("cafe\u0301s", ["cafe"]),
    ],
)
def test_tokens_of_odd_texts(engine: Engine, text: str | None, tokens: list[str] | None) -> None:
    # The second row lets the engine see both ways of lower case in one go.
    assert tokens_by_engine(engine, [text, "Plain Text"]) == [tokens, ["plain", "text"]]
    if text is not None:
        assert naive.tokens_of(text) == tokens


def test_pairs_are_neighbours_of_one_text() -> None:
    lists = [["aa", "bb", "xx", "aa"], ["bb", "aa", "bb", "aa", "bb"], None, [], ["bb"], ["aa"]]
    counter = TermCounter(("bb", "aa bb", "aa", "bb aa", "aa aa"))
    found = counter.count(pa.array(lists, pa.list_(pa.string())))
    assert found.dtype == "int32"
    assert found.toarray().tolist() == [
        [1, 1, 2, 0, 0],
        [3, 2, 2, 2, 0],
        [0, 0, 0, 0, 0],
        [0, 0, 0, 0, 0],
        [1, 0, 0, 0, 0],
        [0, 0, 1, 0, 0],
    ]


def test_a_part_of_an_array_is_counted_by_itself() -> None:
    whole = pa.array([["aa", "bb"], ["bb", "bb"], None, ["aa"]], pa.list_(pa.string()))
    found = TermCounter(("aa", "bb bb")).count(whole.slice(1, 2))
    assert found.toarray().tolist() == [[0, 1], [0, 0]]


@pytest.mark.parametrize("terms", [(), ("aa",)])
def test_nothing_to_count_is_an_empty_matrix(terms: tuple[str, ...]) -> None:
    lists = pa.array([[], []], pa.list_(pa.string()))
    found = TermCounter(terms).count(lists)
    assert (found.shape, found.nnz) == ((2, len(terms)), 0)
    assert TermCounter(terms).count(lists.slice(0, 0)).shape == (0, len(terms))


def test_batches_hold_every_text_once(engine: Engine) -> None:
    texts = draw_texts(20_000, seed=2)
    terms = ("model", "model model", "transformers")
    counter = TermCounter(terms)
    tokens = engine.materialize(tokens_of(table_of(engine, texts)))
    batches = list(
        worked_batches(engine, tokens, lambda nodes, lists: (nodes, counter.count(lists)))
    )
    assert len(batches) > 1
    seen: Counter[int] = Counter()
    for nodes, counts in batches:
        seen.update(nodes.tolist())
        for node, row in zip(nodes.tolist(), counts.toarray().tolist(), strict=True):
            occurring = Counter(naive.terms_of(texts[node]))
            assert row == [occurring[term] for term in terms]
    assert seen == Counter(range(len(texts)))
