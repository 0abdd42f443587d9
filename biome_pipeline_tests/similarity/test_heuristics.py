"""The three heuristics hold where they were planted, and err as often as they say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binom

from biome_pipeline.errors import InferenceError
from biome_pipeline.similarity.heuristics import (
    FEW_FAMILIES,
    SUBJECT,
    PositionValues,
    alike_within_family,
    falls_with_distance,
    falls_with_generation_gap,
)

KIND = {"graph": "all", "n_replicates": 199}
SLOPES = pytest.mark.parametrize("test", [falls_with_generation_gap, falls_with_distance])

# Positions with gap and distance, of the three topologies with most of a contrast.
SHAPES = [
    ("siblings", "u-v", 1, 1),
    ("siblings", "v-w", 0, 2),
    ("uncle", "u-w", 2, 2),
    ("uncle", "w-x", 1, 3),
    ("uncle", "u-v", 1, 1),
    ("chain4", "t-w", 3, 3),
    ("chain4", "u-w", 2, 2),
    ("chain4", "t-u", 1, 1),
    ("edge", "u-v", 1, 1),
]
LEVEL = {"siblings": 0.2, "uncle": 0.5, "chain4": 0.9, "edge": 0.1}


def draw_positions(
    seed: int, *, per_gap: float = 0.0, per_step: float = 0.0, n_families: int = 80
) -> list[PositionValues]:
    """Draw values with family effects; deeper topologies are more alike throughout."""
    generator = np.random.Generator(np.random.PCG64(seed))
    effect = generator.normal(0, 0.3, n_families)
    # Each family has a slope of its own around the planted one.
    own = generator.normal(0, 0.05, n_families)
    positions = []
    for topology, position, gap, distance in SHAPES:
        family = generator.integers(0, n_families, 300) * 7
        slope = per_gap * gap + per_step * distance + own[family // 7] * (gap + distance)
        values = LEVEL[topology] + effect[family // 7] + slope + generator.normal(0, 0.1, 300)
        values[generator.random(300) < 0.1] = np.nan
        positions.append(PositionValues(topology, position, gap, distance, values, family))
    return positions


def regression_slope(positions: list[PositionValues], steps: list[int], weighting: str) -> float:
    """Least squares of position means on steps with a dummy for each topology."""
    means = []
    for position in positions:
        lists: dict[int, list[float]] = {}
        for value, family in zip(position.values, position.family, strict=True):
            if not np.isnan(value):
                lists.setdefault(int(family), []).append(value)
        if weighting == "family":
            means.append(np.mean([np.mean(each) for each in lists.values()]))
        else:
            means.append(np.mean([value for each in lists.values() for value in each]))
    topologies = sorted({position.topology for position in positions})
    design = [
        [step, *(position.topology == topology for topology in topologies)]
        for position, step in zip(positions, steps, strict=True)
    ]
    return float(np.linalg.lstsq(np.array(design, dtype=float), np.array(means))[0][0])


@pytest.mark.parametrize("weighting", ["pair", "family"])
def test_slopes_are_those_of_the_regression(weighting: str) -> None:
    for seed in range(10):
        positions = draw_positions(seed, per_gap=-0.1, n_families=20)
        gap = falls_with_generation_gap(positions, weighting=weighting, seed=seed, **KIND)
        steps = [position.generation_gap for position in positions]
        expected = regression_slope(positions, steps, weighting)
        assert gap.estimate == pytest.approx(expected, abs=1e-9)
        distance = falls_with_distance(positions, weighting=weighting, seed=seed, **KIND)
        steps = [position.distance for position in positions]
        expected = regression_slope(positions, steps, weighting)
        assert distance.estimate == pytest.approx(expected, abs=1e-9)
        n = sum(int((~np.isnan(position.values)).sum()) for position in positions)
        assert gap.n == distance.n == n


def test_the_interval_of_a_slope_is_that_of_resampling_families_across_positions() -> None:
    # Families stand in some positions and not in others; 0.78 % is five standard
    # errors of the difference of two simulated shares of 2.5 % at this B.
    n_replicates, n_families = 20_000, 12
    for seed in range(2):
        generator = np.random.Generator(np.random.PCG64(seed))
        sums = np.zeros((3, n_families))
        counts = generator.integers(0, 4, (3, n_families)).astype(float)
        positions = []
        for gap in range(3):
            family = np.repeat(np.arange(n_families), counts[gap].astype(int))
            values = generator.normal(size=family.size) + family / 2
            sums[gap] = np.bincount(family, weights=values, minlength=n_families)
            positions.append(PositionValues("chain4", f"gap {gap}", gap, gap, values, family))
        slopes = []
        for _ in range(n_replicates):
            drawn = generator.integers(n_families, size=n_families)
            count = counts[:, drawn].sum(axis=1)
            if count.all():
                mean = sums[:, drawn].sum(axis=1) / count
                slopes.append((mean[2] - mean[0]) / 2)
        found = falls_with_generation_gap(
            positions, graph="all", n_replicates=n_replicates, seed=seed
        )
        for end, share in ((found.ci_low, 0.025), (found.ci_high, 0.975)):
            low, high = np.quantile(slopes, [share - 0.0078, share + 0.0078])
            assert low <= end <= high, f"seed {seed}"


def test_planted_slopes_are_found_with_their_sign() -> None:
    for test, plant in ((falls_with_generation_gap, "per_gap"), (falls_with_distance, "per_step")):
        verdicts = {-0.1: [], 0.1: []}
        for seed in range(20):
            for slope, seen in verdicts.items():
                found = test(draw_positions(seed, **{plant: slope}), seed=seed, **KIND)
                seen.append(found.verdict)
                assert (found.verdict == "not decided") or found.p_value <= 0.06
        # Topologies differ by 0.7 in level, against the slope: that must not count.
        assert verdicts[-0.1].count("holds") >= 19
        assert verdicts[0.1].count("does not hold") >= 19


@SLOPES
def test_no_slope_is_found_as_often_as_it_should(test) -> None:
    # In 99 % of all cases, 3 to 19 of 200 honest tests reject at 5 %. Seen: 7 and 7.
    low, high = binom.ppf([0.005, 0.995], 200, 0.05)
    assert (low, high) == (3, 19)
    n_rejected = sum(
        test(draw_positions(seed), seed=seed, **KIND).p_value <= 0.05 for seed in range(200)
    )
    assert low <= n_rejected <= high


def draw_pairs(
    seed: int, effect: float, n_families: int = 80
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw relatives with family effects, and random pairs without, `effect` apart."""
    generator = np.random.Generator(np.random.PCG64(seed))
    family = generator.integers(0, n_families, 600)
    values = effect + generator.normal(0, 0.3, n_families)[family] + generator.normal(0, 0.1, 600)
    others = generator.normal(0, 0.3, 400)
    values[generator.random(600) < 0.1] = np.nan
    others[generator.random(400) < 0.1] = np.nan
    return values, family, others


def test_alike_within_family_is_a_difference_of_means() -> None:
    for seed in range(10):
        values, family, others = draw_pairs(seed, 0.2)
        found = alike_within_family(values, family, others, seed=seed, **KIND)
        assert found.estimate == pytest.approx(np.nanmean(values) - np.nanmean(others))
        assert found.n == int((~np.isnan(values)).sum() + (~np.isnan(others)).sum())
        known = ~np.isnan(values)
        means = [values[known & (family == f)].mean() for f in np.unique(family[known])]
        found = alike_within_family(values, family, others, weighting="family", seed=seed, **KIND)
        assert found.estimate == pytest.approx(np.mean(means) - np.nanmean(others))


def test_alike_within_family_errs_as_often_as_it_should() -> None:
    rejected = [
        alike_within_family(*draw_pairs(seed, 0.0), seed=seed, **KIND).p_value <= 0.05
        for seed in range(200)
    ]
    assert 3 <= sum(rejected) <= 19
    for effect, verdict in ((0.2, "holds"), (-0.2, "does not hold")):
        verdicts = [
            alike_within_family(*draw_pairs(seed, effect), seed=seed, **KIND).verdict
            for seed in range(20)
        ]
        assert verdicts.count(verdict) >= 19


def test_both_samples_add_to_the_interval() -> None:
    # Two means of 200 values each: the variance of the difference is their sum.
    generator = np.random.Generator(np.random.PCG64(1))
    values, others = generator.normal(size=200), generator.normal(size=200)
    found = alike_within_family(
        values, np.arange(200), others, graph="all", n_replicates=9_999, seed=1
    )
    expected = 2 * 1.96 * np.sqrt((values.var() + others.var()) / 200)
    assert found.ci_high - found.ci_low == pytest.approx(expected, rel=0.05)


def test_a_finding_says_what_it_is_and_warns_of_few_families() -> None:
    many = draw_pairs(1, 0.5, FEW_FAMILIES)
    few = draw_pairs(1, 0.5, 6)
    for pairs, is_warned in ((many, False), (few, True)):
        found = alike_within_family(*pairs, seed=1, **KIND)
        key = (found.subject, found.finding, found.graph)
        assert key == (SUBJECT, "alike_within_family", "all")
        assert ("too narrow" in found.caveat) == is_warned
        assert found.ci_low < found.estimate < found.ci_high


@SLOPES
def test_without_contrast_or_families_nothing_is_decided(test) -> None:
    edge = [position for position in draw_positions(1) if position.topology == "edge"]
    for positions in ([], edge):
        found = test(positions, seed=1, **KIND)
        assert (found.estimate, found.ci_low, found.p_value) == (None, None, None)
        assert found.verdict == "not decided"
    positions = [
        replace(position, family=np.zeros_like(position.family)) for position in draw_positions(1)
    ]
    found = test(positions, seed=1, **KIND)
    assert found.estimate is not None
    assert (found.ci_low, found.p_value, found.verdict) == (None, None, "not decided")


@SLOPES
def test_a_position_without_values_is_as_if_it_were_not_there(test) -> None:
    positions = draw_positions(2, per_gap=-0.1)
    silent = [
        replace(position, values=np.full(300, np.nan)) if position.position == "t-w" else position
        for position in positions
    ]
    absent = [position for position in positions if position.position != "t-w"]
    assert test(silent, seed=1, **KIND) == test(absent, seed=1, **KIND)


def test_nothing_known_is_not_decided() -> None:
    none, some = np.full(3, np.nan), np.array([0.1, 0.2, 0.3])
    for values, others in ((none, some), (some, none), (np.zeros(0), some)):
        family = np.arange(values.size)
        found = alike_within_family(values, family, others, seed=1, **KIND)
        assert (found.estimate, found.ci_low, found.p_value) == (None, None, None)
        assert found.verdict == "not decided"


def test_what_does_not_match_is_refused() -> None:
    with pytest.raises(InferenceError, match="do not match"):
        alike_within_family(np.zeros(3), np.arange(2), np.zeros(2), seed=1, **KIND)
    wrong = [replace(position, family=np.arange(2)) for position in draw_positions(1)]
    with pytest.raises(InferenceError, match="do not match"):
        falls_with_distance(wrong, seed=1, **KIND)
