"""Generated corpora: what each holds, by its own rules."""

import numpy as np
import pytest

from biome_pipeline.evolution.surrogate import corpora
from biome_pipeline.evolution.surrogate.corpora import (
    CHANCE,
    SHORTEST,
    STRATA,
    VOCABULARY,
    batch_of,
    unigram_entropy,
)


def drawn(seed, *, per_stratum=5, length=64):
    batch = batch_of(np.random.default_rng([41, seed]), per_stratum=per_stratum, length=length)
    parts = zip(np.split(batch.tokens, 3), np.split(batch.counted, 3), strict=True)
    return dict(zip(STRATA, parts, strict=True))


@pytest.mark.parametrize("length", [SHORTEST, 33, 64, 127, 500])
def test_batches_have_their_shape_and_vocabulary(length):
    batch = batch_of(np.random.default_rng(0), per_stratum=3, length=length)
    assert batch.tokens.shape == (9, length + 1)
    assert batch.counted.shape == (9, length)
    assert batch.tokens.min() >= 0
    assert batch.tokens.max() < VOCABULARY
    assert batch.counted.any(1).all()


def test_the_same_seed_draws_the_same():
    first, again, other = (
        batch_of(np.random.default_rng(seed), per_stratum=2, length=64).tokens for seed in (7, 7, 8)
    )
    assert (first == again).all()
    assert (first != other).any()


def test_sequences_too_short_for_recall_are_refused():
    with pytest.raises(ValueError, match=f"31 tokens are shorter than {SHORTEST}"):
        batch_of(np.random.default_rng(0), per_stratum=1, length=SHORTEST - 1)


@pytest.mark.parametrize("seed", range(20))
def test_brackets_of_code_close(seed):
    tokens, _ = drawn(seed, length=300)["code"]
    for line in tokens:
        depth = 0
        for token in line.tolist():
            depth += (token == corpora._OPEN) - (token == corpora._CLOSE)
            assert 0 <= depth <= 4
            assert depth == 0 or token != corpora._STOP


@pytest.mark.parametrize("seed", range(20))
def test_sums_are_right(seed):
    tokens, _ = drawn(seed, length=69)["math"]
    for one, plus, other, equals, tens, ones, stop in tokens.reshape(-1, 7):
        assert (plus, equals, stop) == (corpora._PLUS, corpora._EQUALS, corpora._STOP)
        assert one + other == 10 * tens + ones


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("length", [SHORTEST, 64, 130])
def test_answers_are_the_value_told_far_before(seed, length):
    tokens, counted = drawn(seed, length=length)["recall"]
    for line, flags in zip(tokens, counted, strict=True):
        told = np.flatnonzero((line >= corpora._TOLD) & (line < corpora._ANSWERS))
        asked = np.flatnonzero(line == corpora._QUESTION)
        answers = np.flatnonzero(flags) + 1
        assert len(told) == 1
        assert (answers == asked + 1).all()
        assert len(answers) == 7
        assert (line[answers] - corpora._ANSWERS == line[told] - corpora._TOLD).all()
        # Neither the telling nor an earlier answer is close to a question.
        assert np.diff(np.concatenate([told, answers])).min() > length // 16


def test_values_are_even_so_that_chance_is_what_it_says():
    tokens, counted = drawn(0, per_stratum=4_000)["recall"]
    assert unigram_entropy(tokens, counted) == pytest.approx(CHANCE, abs=2e-3)
    assert pytest.approx(np.log(8)) == CHANCE


def test_unigram_entropy_is_that_of_the_counted_tokens():
    tokens = np.array([[9, 1, 2, 1, 3]])
    assert unigram_entropy(tokens, np.array([[True, True, True, False]])) == pytest.approx(
        -(2 / 3 * np.log(2 / 3) + 1 / 3 * np.log(1 / 3))
    )
