"""Vectors are scikit-learn's; likeness is what plain enumeration gives."""

from __future__ import annotations

import random
from math import isnan
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest
from scipy.sparse import csr_array
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer

from biome_pipeline.errors import SimilarityError
from biome_pipeline.similarity import vectors as module
from biome_pipeline.similarity.vectors import (
    cosines,
    count_vectors,
    levenshtein,
    tfidf,
    unit_vectors,
)
from biome_pipeline.similarity.vocabulary import Vocabulary, build_vocabulary
from biome_pipeline.warehouse.engine import open_engine
from biome_pipeline_tests.reference import texts as naive
from biome_pipeline_tests.worlds.chain import settings
from biome_pipeline_tests.worlds.texts import draw_texts, table_of

if TYPE_CHECKING:
    from biome_pipeline.warehouse.engine import Engine

SEEDS = range(40)


def vocabulary_of(*terms: str) -> Vocabulary:
    ones = np.ones(len(terms), np.int64)
    return Vocabulary(terms, ones, ones, 9)


def draw_vectors(seed: int) -> csr_array:
    """Draw sparse rows of counts or weights, a fifth of them empty."""
    rng = np.random.default_rng(seed)
    n_rows, n_terms = int(rng.integers(1, 40)), int(rng.integers(1, 12))
    dense = rng.poisson(0.8, (n_rows, n_terms)).astype(np.int32)
    dense[rng.random(n_rows) < 0.2] = 0
    weights = rng.random(n_terms) + 1 if seed % 2 else np.ones(n_terms, np.int32)
    return csr_array(dense * weights)


# Letters that have no lower case are in the vocabulary as they are.
@pytest.mark.filterwarnings("ignore:Upper case characters found in vocabulary")
def test_vectors_and_weights_are_those_of_scikit_learn(engine: Engine) -> None:
    texts = draw_texts(20_000, seed=6)
    table = engine.materialize(table_of(engine, texts))
    vocabulary = build_vocabulary(engine, table)
    vectorizer = CountVectorizer(ngram_range=(1, 2), vocabulary=vocabulary.terms)
    wanted = vectorizer.fit_transform(texts)
    weigher = TfidfTransformer(smooth_idf=True, norm=None).fit(wanted)
    rng = np.random.default_rng(6)
    for nodes in (np.arange(20_000), rng.permutation(20_000)[:3_000].astype(np.int32)):
        found = count_vectors(engine, table, vocabulary, nodes)
        assert isinstance(found, csr_array)
        assert (found.shape, found.dtype) == ((nodes.size, 512), np.int32)
        assert (found != wanted[nodes]).nnz == 0
        assert found.nnz == wanted[nodes].nnz
        weighted, expected = tfidf(found, vocabulary), weigher.transform(wanted[nodes])
        assert weighted.dtype == np.float64
        assert abs(weighted - expected).max() <= 1e-12 * expected.max()
    assert (np.diff(found.indptr) == 0).any()


def test_rows_are_in_the_order_of_the_nodes_asked_for(engine: Engine) -> None:
    texts = {6: "bb", 5: "aa bb", 0: "aa", 30: "bb bb", 2: None, 3: "", 4: "other"}
    table = engine.memory_table(pa.table({"node": [*texts], "text": [*texts.values()]}))
    terms = vocabulary_of("bb", "aa", "aa bb")
    nodes = np.array([5, 30, 1, 0, 2, 30, 3, 4, 5])
    found = count_vectors(engine, table, terms, nodes)
    assert found.toarray().tolist() == [
        [1, 1, 1],
        [2, 0, 0],
        [0, 0, 0],
        [0, 1, 0],
        [0, 0, 0],
        [2, 0, 0],
        [0, 0, 0],
        [0, 0, 0],
        [1, 1, 1],
    ]


def test_letters_that_are_lowered_in_context_are_counted_first_thing() -> None:
    with open_engine(settings()) as fresh:
        table = table_of(fresh, ["ΟΔΟΣ", "İstanbul"])
        found = count_vectors(fresh, table, vocabulary_of("οδος", "stanbul"), np.array([1, 0]))
    assert found.toarray().tolist() == [[0, 1], [1, 0]]


def test_many_batches_are_put_together(engine: Engine) -> None:
    texts = [f"n{number} n{number % 7}" for number in range(20_000)]
    terms = vocabulary_of(*(f"n{number}" for number in range(7)), "n19999")
    nodes = np.arange(20_000)[::-1]
    found = count_vectors(engine, table_of(engine, texts), terms, nodes)
    assert found[:, [7]].toarray().ravel().tolist() == [1] + [0] * 19_999
    for node in (0, 6, 8_191, 8_192, 16_384, 19_998):
        row = found[[19_999 - node]].toarray().ravel()
        assert row[node % 7] == 1 + (node < 7), node
        assert row.sum() == 1 + (node < 7), node


def test_no_nodes_or_no_terms_are_an_empty_matrix(engine: Engine) -> None:
    table = table_of(engine, ["aa"])
    nothing = np.zeros(0, np.int64)
    assert count_vectors(engine, table, vocabulary_of("aa"), nothing).shape == (0, 1)
    assert count_vectors(engine, table, vocabulary_of(), np.array([0, 5])).shape == (2, 0)


def test_a_node_with_two_texts_is_refused(engine: Engine) -> None:
    table = engine.memory_table(pa.table({"node": [3, 3], "text": ["aa", "bb"]}))
    with pytest.raises(SimilarityError, match="more than one text"):
        count_vectors(engine, table, vocabulary_of("aa"), np.array([3]))


def test_weights_by_hand() -> None:
    counts = np.array([9, 9])
    vocabulary = Vocabulary(("aa", "bb"), counts, np.array([1, 3]), 3)
    found = tfidf(csr_array(np.array([[2, 1], [0, 3]])), vocabulary).toarray()
    assert found == pytest.approx(np.array([[2 * (np.log(2) + 1), 1], [0, 3]]))
    with pytest.raises(SimilarityError, match="vectors of 1 places for 2 terms"):
        tfidf(csr_array(np.array([[2]])), vocabulary)


def test_cosines_are_those_of_the_definition(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PAIRS_PER_BLOCK", 37)
    n_missing = n_between = 0
    for seed in SEEDS:
        vectors = draw_vectors(seed)
        rows = vectors.toarray().tolist()
        rng = np.random.default_rng(seed)
        first, second = rng.integers(0, len(rows), (2, 200))
        found = cosines(vectors, first, second)
        assert found.dtype == np.float64
        for one, other, value in zip(first, second, found.tolist(), strict=True):
            wanted = naive.cosine(rows[one], rows[other])
            if wanted is None:
                assert isnan(value), f"seed {seed}, {one}, {other}"
                n_missing += 1
            else:
                assert value == pytest.approx(wanted, abs=1e-14), f"seed {seed}, {one}, {other}"
                assert 0 <= value <= 1, f"seed {seed}, {one}, {other}"
                n_between += 0 < value < 1
    assert n_missing > 1_000
    assert n_between > 1_000


def test_equal_rows_have_a_cosine_of_exactly_one() -> None:
    for seed in SEEDS:
        vectors = draw_vectors(seed)
        rows = np.flatnonzero(np.diff(vectors.indptr))
        assert (cosines(vectors, rows, rows) == 1).all(), f"seed {seed}"


def test_cosines_of_large_counts_do_not_overflow() -> None:
    vectors = csr_array(np.array([[2**31 - 1, 0], [2**31 - 1, 2**31 - 1]], np.int32))
    found = cosines(vectors, np.array([0]), np.array([1]))
    assert found == pytest.approx([0.5**0.5])


def test_cosines_of_no_pairs_and_of_pairs_that_do_not_match() -> None:
    vectors = csr_array(np.eye(2))
    assert cosines(vectors, np.zeros(0, np.int64), np.zeros(0, np.int64)).shape == (0,)
    with pytest.raises(SimilarityError, match="1 and 2 do not match"):
        cosines(vectors, np.array([0]), np.array([0, 1]))


def test_levenshtein_is_that_of_the_definition() -> None:
    rng = random.Random(8)
    draws = ["".join(rng.choices("abcé模🤗", k=rng.randint(0, 12))) for _ in range(3_000)]
    # Half of the pairs are variations of each other.
    pairs = [
        (one, one[: len(one) // 2] + other[:2] + one[len(one) // 2 + 1 :] if at % 2 else other)
        for at, (one, other) in enumerate(zip(draws[::2], draws[1::2], strict=True))
    ]
    found = levenshtein(*zip(*pairs, strict=True)).tolist()
    for (one, other), value in zip(pairs, found, strict=True):
        longest = max(len(one), len(other))
        if longest:
            assert value == 1 - naive.edit_distance(one, other) / longest, (one, other)
            assert 0 <= value <= 1
        else:
            assert isnan(value)
    assert len({value for value in found if not isnan(value)}) > 40


@pytest.mark.parametrize(
    ("one", "other", "value"),
    [
        ("kitten", "sitting", 1 - 3 / 7),
        ("same", "same", 1.0),
        ("abc", "xyz", 0.0),
        ("", "abc", 0.0),
        ("x" * 400, "x" * 399 + "y", 1 - 1 / 400),
        ("", "", np.nan),
        (None, "abc", np.nan),
        ("abc", None, np.nan),
        (None, None, np.nan),
        (None, "", np.nan),
    ],
)
def test_levenshtein_by_hand(one: str | None, other: str | None, value: float) -> None:
    found = levenshtein([one, "aa"], [other, "ab"], workers=2)
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found, [value, 0.5])
    np.testing.assert_array_equal(levenshtein([one], [other]), [value])


def test_levenshtein_of_no_pairs_and_of_pairs_that_do_not_match() -> None:
    assert levenshtein([], []).shape == (0,)
    with pytest.raises(SimilarityError, match="1 and 0 do not match"):
        levenshtein(["a"], [])


def test_unit_vectors_have_length_one_and_empty_rows_stay_empty() -> None:
    for seed in SEEDS[:50]:
        vectors = draw_vectors(seed)
        unit = unit_vectors(vectors).toarray()
        lengths = np.linalg.norm(vectors.toarray(), axis=1)
        assert np.linalg.norm(unit, axis=1) == pytest.approx((lengths > 0).astype(float))
        assert unit * lengths[:, None] == pytest.approx(vectors.toarray())
