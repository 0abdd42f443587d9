"""Scores held out in time: against a loop over edges, in planted and in null worlds."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import numpy as np
import pytest
from scipy import stats

from biome_pipeline.errors import InferenceError
from biome_pipeline.evolution.prior_scores import WEIGHTINGS, cut_in_time, score_priors
from biome_pipeline.evolution.priors import dirichlet_weights, edge_counts, family_counts

EFFORT = {"n_replicates": 199, "seed": 3}
WORLDS = 200

World = tuple[Any, Any, Any]


def mixed_world(rng: np.random.Generator, mixes: list[Any], n_families: int = 60) -> World:
    """Draw families of edges whose mutations follow one mix before the cut and one after.

    Sizes have a heavy tail, and half of a family's edges copy its first one.
    """
    size = np.minimum(1 + rng.pareto(1.1, n_families).astype(int), 200)
    family = np.repeat(np.arange(n_families), size)
    created = np.sort(rng.uniform(0, 100, n_families))[family] + rng.uniform(0, 5, family.size)
    late = created > np.quantile(created, 0.8)
    k = len(mixes[0])
    operator = np.where(
        late, rng.choice(k, family.size, p=mixes[1]), rng.choice(k, family.size, p=mixes[0])
    )
    first = np.concatenate([[0], np.cumsum(size)[:-1]])[family]
    copies = (rng.random(family.size) < 0.5) & (late == late[first])
    operator[copies] = operator[first[copies]]
    hits = np.zeros((family.size, k), np.bool_)
    hits[np.arange(family.size), operator] = True
    return hits, family, created


@pytest.mark.parametrize("seed", range(20))
def test_scores_are_those_of_a_loop_over_edges(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n, k = int(rng.integers(5, 200)), int(rng.integers(1, 8))
    hits = rng.random((n, k)) < 0.3
    family = rng.integers(-3, 15, n)
    # Few days, so that many edges are of the last earlier one.
    created = rng.integers(0, 20, n).astype(float)
    created[rng.random(n) < 0.1] = np.nan
    mutated = [e for e in range(n) if hits[e].any()]
    dated = sorted((e for e in mutated if not math.isnan(created[e])), key=lambda e: created[e])
    until = created[dated[math.ceil(0.8 * len(dated)) - 1]]
    earlier = [e for e in dated if created[e] <= until]
    later = [e for e in dated if created[e] > until]
    by_edge = Counter(o for e in earlier for o in np.flatnonzero(hits[e]).tolist())
    pairs = {(family[e], o) for e in earlier for o in np.flatnonzero(hits[e]).tolist()}
    by_family = Counter(o for _, o in pairs)
    counts = {"edge": by_edge, "robust": by_family, "uniform": Counter()}
    n_mutations = sum(int(hits[e].sum()) for e in later)
    for score in score_priors(hits, family, created, **EFFORT):
        seen = counts[score.weighting]
        loss = [
            -math.log2((seen[o] + 0.5) / (sum(seen.values()) + k / 2))
            for e in later
            for o in np.flatnonzero(hits[e]).tolist()
        ]
        assert (score.n_fitted_edges, score.n_edges) == (len(earlier), len(later))
        assert score.n_missing == len(mutated) - len(dated)
        assert score.n_mutations == n_mutations
        assert score.n_families == len({family[e] for e in later})
        assert score.n_fitted_families == len({family[e] for e in earlier})
        if not later:
            assert score.bits is score.gain is score.ci_low is score.ci_high is None
            continue
        assert score.bits == pytest.approx(sum(loss) / n_mutations)
        assert score.gain == pytest.approx(math.log2(k) - score.bits, abs=1e-9)
        if score.n_families > 1:
            assert score.ci_low <= score.ci_high
        else:
            assert score.ci_low is score.ci_high is None


def test_the_interval_is_that_of_families_drawn_again() -> None:
    rng = np.random.default_rng(5)
    mix = rng.dirichlet(np.ones(6))
    hits, family, created = mixed_world(rng, [mix, mix])
    found = {
        score.weighting: score
        for score in score_priors(hits, family, created, n_replicates=2_000, seed=1)
    }
    cut = cut_in_time(np.ones(len(hits), np.bool_), created)
    weights = dirichlet_weights(edge_counts(hits[cut.earlier]), np.full(6, 1 / 6))
    gained = (hits[cut.later] * np.log2(6 * weights)).sum(axis=1)
    names = np.unique(family[cut.later])
    own = [gained[family[cut.later] == name] for name in names]
    means = []
    for _ in range(2_000):
        drawn = rng.integers(len(own), size=len(own))
        means.append(np.concatenate([own[k] for k in drawn]).mean())
    low, high = np.percentile(means, [2.5, 97.5])
    width = high - low
    assert found["edge"].ci_low == pytest.approx(low, abs=0.15 * width)
    assert found["edge"].ci_high == pytest.approx(high, abs=0.15 * width)
    assert found["uniform"].gain == found["uniform"].ci_low == found["uniform"].ci_high == 0
    assert tuple(found) == WEIGHTINGS


def test_a_mix_that_lasts_is_learned_and_predicts() -> None:
    n_gained: Counter[str] = Counter()
    for seed in range(40):
        rng = np.random.default_rng(1_000 + seed)
        mix = 0.7 * np.eye(10)[rng.integers(10)] + 0.3 * rng.dirichlet(np.ones(10))
        hits, family, created = mixed_world(rng, [mix, mix], n_families=400)
        robust = dirichlet_weights(family_counts(hits, family), np.full(10, 0.1))
        assert int(robust.argmax()) == int(mix.argmax())
        for score in score_priors(hits, family, created, **EFFORT):
            n_gained[score.weighting] += score.gain > 0 and score.ci_low > 0
    assert n_gained["robust"] >= 38
    assert n_gained["edge"] >= 38
    assert n_gained["uniform"] == 0


def test_weights_come_near_a_planted_mix_as_families_grow_in_number() -> None:
    mix = np.array([0.4, 0.3, 0.15, 0.1, 0.05])
    distances = []
    for n_families in (20, 200, 20_000):
        rng = np.random.default_rng(n_families)
        family = np.arange(n_families)
        hits = np.eye(5, dtype=np.bool_)[rng.choice(5, n_families, p=mix)]
        found = dirichlet_weights(family_counts(hits, family), np.full(5, 0.2))
        distances.append(float(np.abs(found - mix).sum()))
        # Each share within five standard errors and what the smoothing moves.
        error = np.sqrt(mix * (1 - mix) / n_families)
        assert np.all(np.abs(found - mix) <= 5 * error + 2.5 / n_families)
    assert distances[2] < 0.02 < distances[0]


def test_a_family_of_copies_moves_the_naive_weights_and_not_the_robust_ones() -> None:
    rng = np.random.default_rng(2)
    mix = np.array([0.5, 0.3, 0.1, 0.1])
    family = np.concatenate([np.arange(300), np.full(800, 300)])
    operator = np.concatenate([rng.choice(4, 300, p=mix), np.full(800, 3)])
    # All copies are of the first day, so that later mutations are of the other families.
    created = np.concatenate([rng.uniform(0, 100, 300), rng.uniform(0, 1, 800)])
    hits = np.eye(4, dtype=np.bool_)[operator]
    scores = {one.weighting: one for one in score_priors(hits, family, created, **EFFORT)}
    assert scores["robust"].n_families == scores["robust"].n_edges == 220
    assert scores["robust"].ci_low > 0
    assert scores["edge"].ci_high < 0


@pytest.mark.parametrize("null", ["uniform", "unrelated in time"])
def test_without_a_lasting_mix_a_gain_is_claimed_no_more_often_than_stated(null: str) -> None:
    n_claimed: Counter[str] = Counter()
    for seed in range(WORLDS):
        rng = np.random.default_rng([seed, 7 if null == "uniform" else 8])
        even = np.full(8, 1 / 8)
        before = even if null == "uniform" else rng.dirichlet(np.ones(8))
        hits, family, created = mixed_world(rng, [before, even])
        for score in score_priors(hits, family, created, n_replicates=99, seed=seed):
            n_claimed[score.weighting] += score.ci_low is not None and score.ci_low > 0
    # An interval of 95 % lies above a gain of 0 in 2.5 % of worlds; 99.9 % of draws are within.
    most = stats.binom.ppf(0.999, WORLDS, 0.025)
    assert n_claimed["robust"] <= most
    assert n_claimed["edge"] <= most
    assert n_claimed["uniform"] == 0


def test_the_same_seed_gives_the_same_and_numbering_does_not_matter() -> None:
    rng = np.random.default_rng(9)
    mix = rng.dirichlet(np.ones(6))
    hits, family, created = mixed_world(rng, [mix, mix])
    first = score_priors(hits, family, created, **EFFORT)
    assert score_priors(hits, family, created, **EFFORT) == first
    assert score_priors(hits, 10 * family - 99, created * 1e6, **EFFORT) == first


def test_dates_that_tie_stay_together_and_missing_ones_are_counted() -> None:
    created = np.array([1, 1, 2, 2, 2, np.nan, 3, 0])
    is_mutated = np.array([1, 1, 1, 1, 1, 1, 1, 0], np.bool_)
    cut = cut_in_time(is_mutated, created, share=0.5)
    assert cut.until == 2
    assert cut.earlier.tolist() == [True] * 5 + [False] * 3
    assert cut.later.tolist() == [False] * 6 + [True, False]
    assert cut.n_missing == 1
    nothing = cut_in_time(np.zeros(3, np.bool_), np.ones(3))
    assert np.isnan(nothing.until)
    assert not nothing.earlier.any()


def test_arrays_that_do_not_match_are_refused() -> None:
    hits = np.ones((3, 2), np.bool_)
    with pytest.raises(InferenceError, match="do not match"):
        score_priors(hits, np.zeros(2, int), np.zeros(3), **EFFORT)
    with pytest.raises(InferenceError, match="no operator"):
        score_priors(hits[:, :0], np.zeros(3, int), np.zeros(3), **EFFORT)
    with pytest.raises(InferenceError, match="replicates"):
        score_priors(hits, np.zeros(3, int), np.zeros(3), n_replicates=0, seed=1)
    for share in (0.0, 1.0, -1.0):
        with pytest.raises(InferenceError, match="cut"):
            cut_in_time(np.ones(3, np.bool_), np.zeros(3), share=share)
    with pytest.raises(InferenceError, match="cut"):
        cut_in_time(np.ones(3, np.bool_), np.zeros(2))
