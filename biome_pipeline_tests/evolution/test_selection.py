"""Objectives, fronts and selection against definitions written out, and moocore."""

import moocore
import numpy as np
import pytest
from scipy.stats import binom

from biome_pipeline.evolution.elites import structural_elites
from biome_pipeline.evolution.entropy import token_entropy
from biome_pipeline.evolution.fronts import crowding_distances, non_dominated_fronts
from biome_pipeline.evolution.lexicase import epsilons, lexicase_winner
from biome_pipeline.evolution.novelty import novelty
from biome_pipeline.evolution.objectives import (
    Objective,
    oriented,
    rank_normalised,
    weighted_ranks,
)
from biome_pipeline.evolution.selection import SCHEMES, Pool, select_parents, select_survivors


def drawn(seed, *, least=1):
    """Draw losses with ties, equal rows and constant columns among them."""
    rng = np.random.default_rng([9, seed])
    n, m = int(rng.integers(least, 30)), int(rng.integers(1, 5))
    losses = rng.normal(size=(n, m)) if seed % 2 else rng.integers(0, 4, (n, m)).astype(float)
    if seed % 5 == 0:
        losses[:, 0] = 1.0
    return losses, rng


def pool(losses, rng):
    cells = rng.integers(0, 4, len(losses))
    return Pool(losses, rng.uniform(0.5, 2, losses.shape[1]), cells)


def dominates(one, other):
    return all(a <= b for a, b in zip(one, other, strict=True)) and any(one < other)


@pytest.mark.parametrize("seed", range(200))
def test_fronts_equal_their_definition_and_moocore(seed):
    losses, _ = drawn(seed)
    found = non_dominated_fronts(losses)
    left, front, naive = list(range(len(losses))), 0, {}
    while left:
        now = [i for i in left if not any(dominates(losses[j], losses[i]) for j in left)]
        naive |= dict.fromkeys(now, front)
        left, front = [i for i in left if i not in now], front + 1
    assert found.tolist() == [naive[i] for i in range(len(losses))]
    assert found.tolist() == moocore.pareto_rank(losses).astype(int).tolist()
    kept = moocore.is_nondominated(losses, keep_weakly=True)
    assert (found == 0).tolist() == kept.tolist()


@pytest.mark.parametrize("seed", range(100))
def test_crowding_equals_its_definition(seed):
    losses, _ = drawn(seed)
    fronts = non_dominated_fronts(losses)
    found = crowding_distances(losses, fronts)
    naive = np.zeros(len(losses))
    for front in set(fronts.tolist()):
        members = [i for i, own in enumerate(fronts) if own == front]
        for column in range(losses.shape[1]):
            ranked = sorted(members, key=lambda i: (losses[i, column], i))
            spread = losses[ranked[-1], column] - losses[ranked[0], column]
            for place, i in enumerate(ranked):
                if place in (0, len(ranked) - 1):
                    naive[i] = np.inf
                elif spread:
                    gap = losses[ranked[place + 1], column] - losses[ranked[place - 1], column]
                    naive[i] += gap / spread
    assert found == pytest.approx(naive)


def test_a_missing_metric_never_scores():
    goals = [Objective("a", "maximise"), Objective("b", "minimise")]
    metrics = [
        {"a": 1.0, "b": 2.0},
        {"a": 1.0},
        {"a": float("nan"), "b": 0.0},
        {"a": float("inf"), "b": 0.0},
        {},
        {"a": 0.0, "b": -3.0, "c": 5.0},
    ]
    losses, places = oriented(metrics, goals)
    assert places.tolist() == [0, 5]
    assert losses.tolist() == [[-1.0, 2.0], [0.0, -3.0]]
    assert not np.signbit(losses[1, 0])


@pytest.mark.parametrize(
    ("direction", "weight"), [("up", 1.0), ("minimise", 0.0), ("maximise", float("nan"))]
)
def test_an_objective_that_is_none_is_refused(direction, weight):
    with pytest.raises(ValueError, match=r"neither|above 0"):
        Objective("a", direction, weight)


@pytest.mark.parametrize("seed", range(100))
def test_ranks_equal_their_definition(seed):
    losses, rng = drawn(seed)
    n = len(losses)
    found = rank_normalised(losses)
    for column in range(losses.shape[1]):
        values = losses[:, column]
        for i in range(n):
            below, same = (values < values[i]).sum(), (values == values[i]).sum()
            wanted = (below + (same - 1) / 2) / (n - 1) if n > 1 and same < n else 0.0
            assert found[i, column] == pytest.approx(wanted)
    weights = rng.uniform(0.5, 2, losses.shape[1])
    assert weighted_ranks(losses, weights) == pytest.approx(found @ weights / weights.sum())


def test_losses_that_are_not_finite_are_refused():
    for bad in (np.array([[np.nan]]), np.array([[np.inf]]), np.zeros(3)):
        with pytest.raises(ValueError, match=r"finite|dimensions"):
            Pool(bad, np.ones(1), np.zeros(1, int))
    with pytest.raises(ValueError, match="none of"):
        select_parents("best", Pool(np.zeros((1, 1)), np.ones(1), np.zeros(1, int)), 1, None)
    empty = Pool(np.zeros((0, 2)), np.ones(2), np.zeros(0, int))
    with pytest.raises(ValueError, match="empty pool"):
        select_parents("pareto", empty, 1, np.random.default_rng(0))


def naive_order(scheme, people):
    losses = people.losses
    if scheme == "pareto":
        fronts = non_dominated_fronts(losses)
        crowding = crowding_distances(losses, fronts)
        return sorted(range(len(losses)), key=lambda i: (fronts[i], -crowding[i], i))
    if scheme == "single":
        return sorted(range(len(losses)), key=lambda i: (losses[i, 0], i))
    scores = weighted_ranks(losses, people.weights)
    order = sorted(range(len(losses)), key=lambda i: (scores[i], i))
    if scheme == "map_elites":
        best = {}
        for i in order:
            best.setdefault(people.cells[i], i)
        order = [i for i in order if i in best.values()] + [
            i for i in order if i not in best.values()
        ]
    return order


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("seed", range(60))
def test_survivors_equal_their_definition(scheme, seed):
    losses, rng = drawn(seed)
    people, n = pool(losses, rng), len(losses)
    capacity = int(rng.integers(1, n + 3))
    protected = rng.choice(n, size=int(rng.integers(0, n + 1)), replace=False)
    found = select_survivors(scheme, people, protected, capacity, np.random.default_rng(seed))
    again = select_survivors(scheme, people, protected, capacity, np.random.default_rng(seed))
    assert found.tolist() == again.tolist() == sorted(set(found.tolist()))
    assert len(found) == min(n, capacity)
    kept = protected[:capacity].tolist()
    assert set(kept) <= set(found.tolist())
    if scheme not in ("lexicase", "random"):
        rest = [i for i in naive_order(scheme, people) if i not in kept]
        assert set(found.tolist()) == {*kept, *rest[: max(0, capacity - len(kept))]}


@pytest.mark.parametrize("seed", range(60))
def test_lexicase_equals_its_definition(seed):
    losses, _ = drawn(seed)
    slack = epsilons(losses)
    for column, own in enumerate(slack):
        values = losses[:, column].tolist()
        middle = np.median(values)
        assert own == pytest.approx(np.median([abs(value - middle) for value in values]))
    everyone = np.arange(len(losses))
    mine, twin = (np.random.default_rng(seed) for _ in range(2))
    left = everyone.tolist()
    for column in twin.permutation(losses.shape[1]):
        best = min(losses[i, column] for i in left)
        left = [i for i in left if losses[i, column] <= best + slack[column]]
        if len(left) == 1:
            break
    assert lexicase_winner(losses, slack, everyone, mine) == left[int(twin.integers(len(left)))]


@pytest.mark.parametrize("scheme", [name for name in SCHEMES if name != "random"])
def test_better_candidates_are_parents_more_often(scheme):
    losses = np.arange(10.0)[:, None] * np.ones((1, 2))
    people = Pool(losses, np.ones(2), np.arange(10) % 3)
    drawn_ = select_parents(scheme, people, 3_000, np.random.default_rng(1))
    counts = np.bincount(drawn_, minlength=10)
    if scheme == "map_elites":
        # Every elite of a cell is drawn alike, and nobody else is.
        assert set(np.flatnonzero(counts)) == {0, 1, 2}
    assert counts[:5].sum() > 2 * counts[5:].sum()


def test_chance_draws_everybody_alike():
    """Of 100 counts about 1 leaves a 99 % band; more than 6 do in 1 of 10,000 worlds."""
    n = 10_000
    people = Pool(np.zeros((10, 1)), np.ones(1), np.zeros(10, int))
    low, high = binom.ppf([0.005, 0.995], n, 0.1)
    outside = 0
    for seed in range(10):
        found = select_parents("random", people, n, np.random.default_rng(seed))
        counts = np.bincount(found, minlength=10)
        outside += int(((counts < low) | (counts > high)).sum())
    assert outside <= 6


@pytest.mark.parametrize("seed", range(50))
def test_elites_have_most_structure(seed):
    rng = np.random.default_rng(seed)
    counts = rng.integers(0, 5, (int(rng.integers(1, 20)), 3)).astype(float)
    weights, n = rng.uniform(0, 2, 3), int(rng.integers(0, 8))
    most = [max(counts[:, k].max(), 0) for k in range(3)]
    scores = [
        sum(w * c / top for w, c, top in zip(weights, row, most, strict=True) if top)
        for row in counts
    ]
    found = structural_elites(counts, weights, n)
    assert len(found) == min(n, len(counts))
    rest = [i for i in range(len(counts)) if i not in found]
    assert all(scores[i] >= scores[j] - 1e-12 for i in found for j in rest)


@pytest.mark.parametrize("seed", range(50))
def test_novelty_equals_its_definition(seed):
    rng = np.random.default_rng(seed)
    archive = rng.integers(0, 5, (int(rng.integers(0, 12)), 3)).astype(float)
    if len(archive):
        archive[:, 1] = 2.0
    rows = rng.integers(0, 5, (4, 3)).astype(float)
    own = np.full(4, -1)
    if len(archive) > 2:
        rows[0], own[0] = archive[2], 2
    found = novelty(rows, archive, k=3, own=own)
    for i, row in enumerate(rows):
        others = [other for j, other in enumerate(archive) if j != own[i]]
        if not others:
            assert np.isnan(found[i])
            continue
        spread = archive.std(axis=0)
        used = spread > 0
        away = sorted(
            float(np.sqrt((((row - other)[used] / spread[used]) ** 2).sum())) for other in others
        )
        assert found[i] == pytest.approx(np.mean(away[:3]))


def test_entropy_of_tokens():
    assert token_entropy([]) == 0.0
    assert token_entropy(["a"] * 7) == 0.0
    assert token_entropy(["a", "b"]) == 1.0
    assert token_entropy(["a", "a", "b", "c"]) == pytest.approx(1.5)
    assert token_entropy(list("abcdefgh")) == pytest.approx(3.0)
