"""Vocabularies are scikit-learn's with ties cut by term, and exact however they are found."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import numpy as np
import pytest
from sklearn.feature_extraction.text import CountVectorizer

from biome_pipeline.errors import SimilarityError
from biome_pipeline.similarity.vocabulary import (
    PUBLISHED_SIZE,
    Vocabulary,
    build_vocabulary,
    draw_nodes,
)
from biome_pipeline_tests.reference import texts as naive
from biome_pipeline_tests.worlds.texts import draw_texts, draw_tied_corpus, table_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import ibis.expr.types as ir

    from biome_pipeline.warehouse.engine import Engine

Listed = list[tuple[str, int, int]]


def listed(vocabulary: Vocabulary) -> Listed:
    numbers = (vocabulary.counts.tolist(), vocabulary.document_frequencies.tolist())
    return list(zip(vocabulary.terms, *numbers, strict=True))


def by_scikit_learn(texts: Sequence[str], size: int) -> Listed:
    """Cut the vocabulary of all terms by hand: what max_features does to ties is chance."""
    vectorizer = CountVectorizer(ngram_range=(1, 2))
    counts = vectorizer.fit_transform(texts)
    totals, documents = counts.sum(axis=0).A1, (counts > 0).sum(axis=0).A1
    terms = vectorizer.get_feature_names_out()
    ranked = sorted(range(len(terms)), key=lambda place: (-totals[place], terms[place]))
    return [(terms[at], int(totals[at]), int(documents[at])) for at in ranked[:size]]


def test_vocabulary_of_drawn_texts_is_that_of_scikit_learn(engine: Engine) -> None:
    texts = draw_texts(20_000, seed=3)
    found = build_vocabulary(engine, table_of(engine, texts))
    assert len(found.terms) == PUBLISHED_SIZE == 512
    assert listed(found) == by_scikit_learn(texts, 512)
    assert any(" " in term for term in found.terms)
    assert any(not term.isascii() for term in found.terms)
    assert (found.n_documents, found.is_sampled) == (20_000, False)


def test_vocabularies_of_corpora_full_of_ties(engine: Engine) -> None:
    n_cut_ties = n_compared = 0
    for seed in range(60):
        texts = draw_tied_corpus(seed)
        everything = naive.vocabulary(texts, 10_000)
        for size in {1 + seed % 7, 20}:
            found = build_vocabulary(engine, table_of(engine, texts), size=size)
            assert listed(found) == everything[:size], f"seed {seed}, size {size}"
            assert found.n_documents == len(texts)
            cut = everything[size - 1 : size + 1]
            n_cut_ties += len(cut) == 2 and cut[0][1] == cut[1][1]
        if everything:
            assert everything == by_scikit_learn(texts, 10_000), f"seed {seed}"
            n_compared += 1
    assert n_compared > 45
    assert n_cut_ties > 30


def test_a_pair_gets_in_whose_tokens_are_the_last_to_count(engine: Engine) -> None:
    # The pair is as frequent as its tokens, and before the second one by its term.
    texts = ["bb aa", "bb aa", "cc", "cc", "cc"]
    found = build_vocabulary(engine, table_of(engine, texts), size=3)
    assert listed(found) == [("cc", 3, 3), ("aa", 2, 2), ("bb", 2, 2)]
    texts = ["aa cc", "aa cc", "bb", "bb"]
    found = build_vocabulary(engine, table_of(engine, texts), size=2)
    assert listed(found) == [("aa", 2, 2), ("aa cc", 2, 2)]


def test_tokens_are_no_neighbours_across_a_rare_one_or_a_text(engine: Engine) -> None:
    texts = ["aa x bb", "aa rare bb", "aa", "bb aa", "aa bb"]
    found = build_vocabulary(engine, table_of(engine, texts), size=3)
    # A single letter is no token, so that its neighbours are neighbours.
    assert listed(found) == [("aa", 5, 5), ("bb", 4, 4), ("aa bb", 2, 2)]


def test_count_and_document_frequency_are_told_apart(engine: Engine) -> None:
    texts = ["aa aa aa aa", "bb", "bb", "bb"]
    found = build_vocabulary(engine, table_of(engine, texts), size=3)
    assert listed(found) == [("aa", 4, 1), ("aa aa", 3, 1), ("bb", 3, 3)]


@pytest.mark.parametrize("texts", [[], ["", "a"], [None, ""]])
def test_texts_without_tokens_make_an_empty_vocabulary(
    engine: Engine, texts: list[str | None]
) -> None:
    found = build_vocabulary(engine, table_of(engine, texts))
    assert listed(found) == []
    assert found.n_documents == len([text for text in texts if text is not None])


def test_a_missing_text_is_no_document(engine: Engine) -> None:
    found = build_vocabulary(engine, table_of(engine, ["aa", None, "", "aa bb"]))
    assert (found.n_documents, found.is_sampled) == (3, False)
    assert listed(found) == [("aa", 2, 2), ("aa bb", 1, 1), ("bb", 1, 1)]


def sampled(engine: Engine, table: ir.Table, n_sampled: int, seed: int) -> Vocabulary:
    drawn = draw_nodes(engine, table, n_sampled, seed=seed)
    assert drawn is not None
    return build_vocabulary(engine, table.semi_join(drawn, "node"), size=64, is_sampled=True)


def test_sampled_vocabulary_is_exact_on_its_sample(engine: Engine) -> None:
    texts = draw_texts(3_000, seed=4)
    table = table_of(engine, texts)
    found = sampled(engine, table, 500, seed=7)
    rng = np.random.Generator(np.random.PCG64(7))
    drawn = rng.choice(np.arange(3_000), 500, replace=False)
    assert listed(found) == naive.vocabulary([texts[node] for node in drawn], 64)
    assert (found.n_documents, found.is_sampled) == (500, True)
    shuffled = engine.materialize(table.order_by(table.text))
    again, other = sampled(engine, shuffled, 500, seed=7), sampled(engine, table, 500, seed=8)
    assert listed(again) == listed(found) != listed(other)


def test_a_sample_of_all_is_no_sample(engine: Engine) -> None:
    table = table_of(engine, draw_texts(100, seed=5))
    assert draw_nodes(engine, table, 100, seed=1) is None
    assert draw_nodes(engine, table, 101, seed=1) is None
    assert draw_nodes(engine, table, 99, seed=1) is not None


@pytest.mark.parametrize("n_words", [400, 1_500])
def test_many_words_of_equal_rank_are_counted_as_well(engine: Engine, n_words: int) -> None:
    # Each word twice, so that all reach the last count: few places, and a sort.
    rng = random.Random(n_words)
    words = [f"w{number:04}" for number in range(n_words)]
    texts = []
    for _ in range(2):
        rng.shuffle(words)
        texts += [" ".join(words[start : start + 50]) for start in range(0, n_words, 50)]
    texts *= 2
    found = build_vocabulary(engine, table_of(engine, texts), size=700)
    assert listed(found) == naive.vocabulary(texts, 700)


def test_arrays_have_the_documented_types_and_cannot_be_written(engine: Engine) -> None:
    found = build_vocabulary(engine, table_of(engine, ["aa bb aa"]))
    for name in ("counts", "document_frequencies"):
        array = getattr(found, name)
        assert array.dtype == np.int64, name
        assert not array.flags.writeable, name


def test_nothing_is_left_in_the_engine(engine: Engine) -> None:
    table = engine.materialize(table_of(engine, ["aa bb", "cc"]))
    names = "SELECT table_name FROM duckdb_tables()"
    before = set(engine.backend.con.execute(names).fetchall())
    build_vocabulary(engine, table)
    assert (table.op().name,) in before
    assert set(engine.backend.con.execute(names).fetchall()) == before


@pytest.mark.parametrize("size", [0, -1])
def test_sizes_that_are_none_are_refused(engine: Engine, size: int) -> None:
    with pytest.raises(SimilarityError, match=f"size {size}: a vocabulary has at least one term"):
        build_vocabulary(engine, table_of(engine, ["aa"]), size=size)
    with pytest.raises(SimilarityError, match=f"n_sampled {size}: a sample has at least one text"):
        draw_nodes(engine, table_of(engine, ["aa"]), size, seed=1)
