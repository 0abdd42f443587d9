"""Bodies are joined as by definition: shingles in sets, the first that is like enough leads."""

from __future__ import annotations

import random
from itertools import pairwise

import numpy as np
import pytest

from biome_pipeline.documentation.near_duplicates import (
    THRESHOLD,
    leaders,
    shingle_sets,
    similarity,
)
from biome_pipeline.errors import InferenceError

WORDS = [f"w{number}" for number in range(60)]


def shingles(words: list[str]) -> set[tuple[str, ...]]:
    if len(words) < 3:
        return {(*words, *[""] * (3 - len(words)))}
    return {tuple(words[k : k + 3]) for k in range(len(words) - 2)}


def jaccard(first: list[str], second: list[str]) -> float:
    one, other = shingles(first), shingles(second)
    return len(one & other) / len(one | other)


def greedy(bodies: list[list[str]], threshold: float = THRESHOLD) -> list[int]:
    """Follow the leader that is most alike, or lead; every pair is looked at."""
    leader = []
    for place, body in enumerate(bodies):
        alike = [
            (jaccard(body, bodies[other]), -other)
            for other in range(place)
            if leader[other] == other
        ]
        best, other = max(alike, default=(0.0, 0))
        leader.append(-other if best >= threshold else place)
    return leader


def draw(seed: int) -> list[list[str]]:
    """Draw texts, and copies of them with a word or many words changed."""
    draw = random.Random(seed)
    bodies: list[list[str]] = []
    for _ in range(40):
        if bodies and draw.random() < 0.6:
            body = list(draw.choice(bodies))
            for _ in range(draw.choice((1, 2, 3, len(body) // 4))):
                body[draw.randrange(len(body))] = draw.choice(WORDS)
        else:
            body = draw.choices(WORDS, k=draw.choice((1, 2, 3, 40, 120, 300)))
        bodies.append(body)
    return bodies


def test_shingles_are_those_of_the_definition() -> None:
    for seed in range(60):
        bodies = draw(seed)
        found, indptr = shingle_sets(bodies)
        own = [found[begin:end] for begin, end in pairwise(indptr.tolist())]
        assert [part.size for part in own] == [len(shingles(body)) for body in bodies]
        for one in range(0, 40, 3):
            for other in range(40):
                expected = jaccard(bodies[one], bodies[other])
                assert similarity(own[one], own[other]) == pytest.approx(expected)


def test_leaders_are_those_of_all_pairs_but_for_near_misses() -> None:
    """A body just above the threshold may be missed; one below it is never joined."""
    n_equal = n_joined = 0
    for seed in range(60):
        bodies = draw(seed)
        found = leaders(bodies, seed=seed).tolist()
        for place, leader in enumerate(found):
            assert found[leader] == leader <= place
            assert place == leader or jaccard(bodies[place], bodies[leader]) >= THRESHOLD
        n_equal += found == greedy(bodies)
        n_joined += sum(place != leader for place, leader in enumerate(found))
    assert n_joined > 300
    assert n_equal >= 54


def test_of_copies_with_few_changes_none_is_missed() -> None:
    draw = random.Random(5)
    originals = [draw.choices([f"v{k}" for k in range(4000)], k=400) for _ in range(20)]
    bodies = [*originals]
    expected = list(range(20))
    for copy in range(400):
        body = list(originals[copy % 20])
        # Up to four words change at most twelve shingles of 398: 94 % alike.
        for _ in range(draw.randint(0, 4)):
            body[draw.randrange(400)] = f"x{copy}"
        bodies.append(body)
        expected.append(copy % 20)
    assert leaders(bodies, seed=1).tolist() == expected


@pytest.mark.parametrize("alike", [0.8, 0.9])
def test_pairs_at_a_similarity_are_missed_as_seldom_as_promised(alike: float) -> None:
    """Of 300 pairs exactly that alike: at most 1 in 20 at 0.8, hardly any at 0.9."""
    n = 900
    n_common = round(2 * n * alike / (1 + alike))
    n_found = 0
    for pair in range(300):
        # Runs of three words that differ share no shingle: what is common stands first.
        one = [f"{pair}-{k}" for k in range(n + 2)]
        other = one[: n_common + 2] + [f"{pair}+{k}" for k in range(n - n_common)]
        assert jaccard(one, other) >= alike - 1e-3
        n_found += leaders([one, other], seed=pair, threshold=alike - 1e-3)[1] == 0
    assert n_found >= (0.92 if alike == 0.8 else 0.99) * 300


def test_the_same_seed_gives_the_same_leaders() -> None:
    bodies = draw(7)
    assert leaders(bodies, seed=1).tolist() == leaders(iter(bodies), seed=1).tolist()


def test_no_bodies_and_bodies_of_one_word() -> None:
    assert leaders([], seed=1).tolist() == []
    found = leaders([["a"], ["a"], ["b"], ["a", "b"], []], seed=1)
    assert found.tolist() == [0, 0, 2, 3, 4]


@pytest.mark.parametrize("threshold", [0.0, -1.0, 1.1, np.nan])
def test_a_threshold_that_joins_all_or_nothing_is_refused(threshold: float) -> None:
    with pytest.raises(InferenceError, match="threshold"):
        leaders([["a"]], seed=1, threshold=threshold)
