"""Every measure is that of its definition, its interval that of drawing families again."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import fields
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from scipy.stats import binom, norm

from biome_pipeline.drift.attributes import ATTRIBUTES, CARD_ATTRIBUTES, FLAGS
from biome_pipeline.drift.numeric import NumericDrift, numeric_drift
from biome_pipeline.drift.numeric_published import MEASURES, PUBLISHED
from biome_pipeline.drift.numeric_sums import WEIGHTINGS, weighted_quantile
from biome_pipeline.errors import InferenceError
from biome_pipeline.hub.demo import build_demo_hub
from biome_pipeline.hub.demo.planted import PLANTED
from biome_pipeline_tests.worlds.documented import DOCUMENTED, documented_chain_of

if TYPE_CHECKING:
    from biome_pipeline_tests.worlds.chain import Chain

Row = dict[str, Any]
Edge = tuple[float | None, float | None, int]
"""Number of the parent and of the child, None where missing; and the parent."""

ESTIMATES = [field.name for field in fields(NumericDrift) if field.name != "n_parents"]


def weigh(edges: list[Edge], weighting: str) -> list[Fraction]:
    n_each = Counter(parent for *_, parent in edges)
    return [Fraction(1, n_each[parent] if weighting == "parent" else 1) for *_, parent in edges]


def naive_mean(values: list[float], edges: list[Edge], weighting: str) -> float | None:
    weights = weigh(edges, weighting)
    if not edges:
        return None
    return math.fsum(float(w) * v for w, v in zip(weights, values, strict=True)) / float(
        sum(weights)
    )


def naive_median(values: list[float], edges: list[Edge], weighting: str) -> float | None:
    """Give the value up to which half of the weight is; midway where exactly half is."""
    if not edges:
        return None
    ordered = sorted(zip(values, weigh(edges, weighting), strict=True))
    total, up_to = sum(weight for _, weight in ordered), Fraction(0)
    for place, (value, weight) in enumerate(ordered):
        up_to += weight
        if 2 * up_to == total:
            return (value + ordered[place + 1][0]) / 2
        if 2 * up_to > total:
            return value
    raise AssertionError


def naive(edges: list[Edge], weighting: str, *, is_flag: bool = False) -> dict[str, float | None]:
    """Give every measure by its definition, edge by edge."""
    known = [edge for edge in edges if edge[0] is not None and edge[1] is not None]
    grown = [] if is_flag else [edge for edge in known if edge[0] > 0]
    both = [edge for edge in grown if edge[1] > 0]

    def mean_of(measure: Any, chosen: list[Edge]) -> float | None:
        return naive_mean([measure(p, c) for p, c, _ in chosen], chosen, weighting)

    before, after = mean_of(lambda p, _: p, known), mean_of(lambda _, c: c, known)
    return {
        "mean_parent": before,
        "mean_child": after,
        "mean_difference": mean_of(lambda p, c: c - p, known),
        "ratio_of_means": None if not before or after is None else after / before,
        "share_lower": mean_of(lambda p, c: c < p, known),
        "share_higher": mean_of(lambda p, c: c > p, known),
        "mean_change": mean_of(lambda p, c: c / p - 1, grown),
        "median_log_ratio": naive_median(
            [math.log(c / p) for p, c, _ in both], both, weighting
        ),
    }  # fmt: skip


def draw(seed: int, *, is_flag: bool = False) -> tuple[list[Edge], list[int], dict[str, Any]]:
    """Draw edges of a few families with missing numbers and zeros, and groups of them."""
    generator = np.random.Generator(np.random.PCG64(seed))
    n = int(generator.integers(0, 60))
    parent = generator.integers(0, 12, n)
    family = (parent % 5) * 3
    high = 2 if is_flag else 9
    of_parent = generator.integers(0, high, 12).astype(float)
    of_parent[generator.random(12) < 0.15] = np.nan
    of_child = generator.integers(0, high, n).astype(float)
    of_child[generator.random(n) < 0.15] = np.nan
    edges = [
        (None if np.isnan(p) else float(p), None if np.isnan(c) else float(c), int(at))
        for p, c, at in zip(of_parent[parent], of_child, parent, strict=True)
    ]
    relation = generator.integers(0, 3, n)
    groups = {"all": np.arange(n)} | {str(k): np.flatnonzero(relation == k) for k in range(4)}
    return edges, family.tolist(), groups


def arrays(edges: list[Edge], family: list[int]) -> tuple[np.ndarray, ...]:
    ends = [[math.nan if edge[end] is None else edge[end] for edge in edges] for end in (0, 1)]
    parent = np.array([edge[2] for edge in edges], np.int64)
    return (*(np.array(end, float) for end in ends), parent, np.array(family, np.int64))


@pytest.mark.parametrize("is_flag", [False, True])
def test_every_measure_is_that_of_its_definition(is_flag: bool) -> None:
    for seed in range(120):
        edges, family, groups = draw(seed, is_flag=is_flag)
        found = numeric_drift(
            *arrays(edges, family), groups, is_flag=is_flag, n_replicates=99, seed=1
        )
        assert list(found) == [(group, weighting) for group in groups for weighting in WEIGHTINGS]
        for (group, weighting), drift in found.items():
            own = [edges[k] for k in groups[group]]
            for name, value in naive(own, weighting, is_flag=is_flag).items():
                got = getattr(drift, name).value
                assert got == (None if value is None else pytest.approx(value, abs=1e-12)), name
            check_counts(drift, own, [family[k] for k in groups[group]], is_flag=is_flag)


def check_counts(
    drift: NumericDrift, edges: list[Edge], family: list[int], *, is_flag: bool
) -> None:
    known = [k for k, (p, c, _) in enumerate(edges) if p is not None and c is not None]
    grown = [k for k in known if edges[k][0] > 0]
    chosen = {"mean_change": grown, "median_log_ratio": [k for k in grown if edges[k][1] > 0]}
    assert drift.n_parents == len({edges[k][2] for k in known})
    for name in ESTIMATES:
        estimate, own = getattr(drift, name), chosen.get(name, known)
        if is_flag and name in chosen:
            assert (estimate.value, estimate.n) == (None, 0)
            continue
        assert estimate.n == len(own)
        assert estimate.n_missing == len(edges) - len(own)
        assert estimate.n_families == len({family[k] for k in own})
        if estimate.n_families < 2 or estimate.value is None:
            assert (estimate.ci_low, estimate.ci_high) == (None, None)


def test_intervals_are_those_of_drawing_families_again() -> None:
    """Each replicate is computed by definition, families drawn as many times as they come."""
    for seed in range(12):
        generator = np.random.Generator(np.random.PCG64(seed))
        n, n_families = 60, 7
        parent = np.concatenate([np.arange(14), generator.integers(0, 14, n - 14)])
        family = parent % n_families
        of_parent = generator.integers(1, 30, 14).astype(float)
        edges = [
            (float(of_parent[p]), float(c), int(p))
            for p, c in zip(parent, generator.integers(1, 40, n), strict=True)
        ]
        groups = {"all": np.arange(n)}
        found = numeric_drift(*arrays(edges, family.tolist()), groups, n_replicates=99, seed=seed)
        drawn = np.random.Generator(np.random.PCG64(seed)).integers(
            n_families, size=(99, n_families)
        )
        for weighting in WEIGHTINGS:
            drift = found["all", weighting]
            replicates = [
                naive(
                    [
                        # A family that is drawn twice comes with parents of its own.
                        (p, c, 100 * time + at)
                        for time, chosen in enumerate(row)
                        for (p, c, at), home in zip(edges, family, strict=True)
                        if home == chosen
                    ],
                    weighting,
                )
                for row in drawn.tolist()
            ]
            for name in ESTIMATES[:-1]:
                ends = np.percentile([row[name] for row in replicates], [2.5, 97.5])
                estimate = getattr(drift, name)
                assert (estimate.ci_low, estimate.ci_high) == pytest.approx(tuple(ends)), name


def test_the_interval_of_the_median_is_about_that_of_drawing_families_again() -> None:
    """Woodruff's ends are within a tenth of the width of the bootstrap's own, in the mean."""
    gaps = []
    for seed in range(30):
        generator = np.random.Generator(np.random.PCG64(seed))
        family = np.repeat(np.arange(80), 8)
        log_ratio = generator.normal(0, 1, 80)[family] + generator.normal(0, 0.5, family.size)
        ones = np.ones(family.size)
        found = numeric_drift(
            ones,
            np.exp(log_ratio),
            np.arange(family.size),
            family,
            {"all": np.arange(family.size)},
            n_replicates=999,
            seed=seed,
        )
        median = found["all", "edge"].median_log_ratio
        drawn = generator.integers(80, size=(999, 80))
        by_family = log_ratio.reshape(80, 8)
        ends = np.percentile(np.median(by_family[drawn].reshape(999, -1), axis=1), [2.5, 97.5])
        gaps.append((np.array([median.ci_low, median.ci_high]) - ends) / (ends[1] - ends[0]))
    assert np.all(np.abs(np.mean(gaps, axis=0)) < 0.1)


def test_the_interval_of_the_median_is_woodruffs() -> None:
    """The share up to the median is drawn again by family, and carried to the values.

    The families are few and of unequal size and level, so that the share varies
    further to one side than to the other, and the sides cannot be mixed up.
    """
    for seed in range(20):
        generator = np.random.Generator(np.random.PCG64(seed))
        family = np.repeat(np.arange(5), [40, 9, 8, 7, 6])
        log_ratio = generator.normal(0, 0.3, family.size) + np.array([2, 0, -1, -1, -2])[family]
        edges = (np.ones(family.size), np.exp(log_ratio), np.arange(family.size), family)
        groups = {"all": np.arange(family.size)}
        found = numeric_drift(*edges, groups, n_replicates=99, seed=seed)["all", "edge"]
        median = float(np.median(log_ratio))
        drawn = np.random.Generator(np.random.PCG64(seed)).integers(5, size=(99, 5)).tolist()
        up_to = [
            np.mean(np.concatenate([log_ratio[family == home] <= median for home in row]))
            for row in drawn
        ]
        gaps = np.percentile(up_to, [97.5, 2.5]) - np.mean(log_ratio <= median)
        ends = np.quantile(log_ratio, np.clip(0.5 - gaps, 0, 1), method="averaged_inverted_cdf")
        estimate = found.median_log_ratio
        assert (estimate.ci_low, estimate.ci_high) == pytest.approx(tuple(ends))


def test_quantiles_are_those_of_repeated_values() -> None:
    generator = np.random.Generator(np.random.PCG64(0))
    for _ in range(200):
        n = int(generator.integers(1, 12))
        values = np.sort(generator.integers(0, 6, n).astype(float))
        times = generator.integers(1, 4, n)
        share = float(generator.choice([0.0, 0.025, 0.25, 0.5, 0.9, 1.0, -0.2, 1.3]))
        found = weighted_quantile(values, np.cumsum(times).astype(float), share)
        repeated = np.repeat(values, times)
        expected = np.quantile(repeated, min(max(share, 0), 1), method="averaged_inverted_cdf")
        assert found == pytest.approx(expected)


def world(
    seed: int, n_families: int = 120
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Draw families whose children change by the same law: a shift of the family's own, noise.

    The logarithm of child over parent has the mean -0.5 and the variance 0.5.
    """
    generator = np.random.Generator(np.random.PCG64(seed))
    parent = np.repeat(np.arange(n_families), generator.geometric(0.25, n_families))
    shift = generator.normal(-0.5, 0.5, n_families)
    of_parent = np.exp(generator.normal(7, 0.5, n_families))[parent]
    of_child = of_parent * np.exp(shift[parent] + generator.normal(0, 0.5, parent.size))
    return of_parent, of_child, parent, parent


TRUE = {
    "median_log_ratio": -0.5,
    "share_lower": float(norm.cdf(0.5 / math.sqrt(0.5))),
    "share_higher": 1 - float(norm.cdf(0.5 / math.sqrt(0.5))),
    "mean_change": math.exp(-0.5 + 0.25) - 1,
    "ratio_of_means": math.exp(-0.5 + 0.25),
    "mean_parent": math.exp(7 + 0.125),
}


def test_intervals_cover_what_the_world_was_drawn_with() -> None:
    """Of 300 worlds; percentile intervals of 120 unequal families are a little narrow."""
    covered = Counter()
    for seed in range(300):
        edges = world(seed)
        found = numeric_drift(
            *edges, {"all": np.arange(edges[0].size)}, n_replicates=199, seed=seed
        )
        for weighting in WEIGHTINGS:
            for name, true in TRUE.items():
                estimate = getattr(found["all", weighting], name)
                covered[name, weighting] += estimate.ci_low <= true <= estimate.ci_high
    for key, n in covered.items():
        assert binom.ppf(0.005, 300, 0.92) <= n <= binom.ppf(0.995, 300, 0.96), (key, n)


def test_many_families_are_measured_one_by_one_and_resampled_in_lots() -> None:
    of_parent, of_child, parent, family = world(1, n_families=9_000)
    groups = {"all": np.arange(family.size)}
    found = numeric_drift(of_parent, of_child, parent, family, groups, n_replicates=999, seed=1)[
        "all", "edge"
    ]
    counts, sums = np.bincount(family), np.bincount(family, weights=of_child < of_parent)
    # Of thousands of families the interval is that of the linearised ratio; 999 replicates
    # and the lots leave 3.5 % of doubt about its width.
    gaps = sums - sums.sum() / counts.sum() * counts
    width = 2 * 1.96 * math.sqrt((gaps**2).sum()) / counts.sum()
    share = found.share_lower
    assert share.n_families == 9_000
    assert share.value == pytest.approx(sums.sum() / counts.sum())
    assert share.ci_high - share.ci_low == pytest.approx(width, rel=0.12)


def test_means_may_halve_while_the_mean_change_is_growth() -> None:
    """As is published of cards: few long cards become short, many short ones longer."""
    of_parent = np.array([20_000.0] * 10 + [200.0] * 10)
    of_child = np.array([5_000.0] * 10 + [900.0] * 10)
    family = np.arange(20)
    found = numeric_drift(
        of_parent, of_child, family, family, {"all": np.arange(20)}, n_replicates=199, seed=1
    )["all", "edge"]
    assert found.ratio_of_means.value == pytest.approx(5_900 / 20_200)
    assert found.mean_change.value == pytest.approx((-0.75 + 3.5) / 2)
    assert found.share_lower.value == 0.5


def test_one_parent_with_most_children_decides_by_edge_but_not_by_parent() -> None:
    of_parent = np.array([100.0] * 90 + [100.0] * 9)
    of_child = np.array([50.0] * 90 + [200.0] * 9)
    parent = np.array([0] * 90 + list(range(1, 10)))
    found = numeric_drift(
        of_parent, of_child, parent, parent, {"all": np.arange(99)}, n_replicates=99, seed=1
    )
    assert found["all", "edge"].share_lower.value == pytest.approx(90 / 99)
    assert found["all", "parent"].share_lower.value == pytest.approx(1 / 10)
    assert found["all", "parent"].median_log_ratio.value == pytest.approx(math.log(2))


def test_zeros_have_no_relative_change_and_nothing_has_no_value() -> None:
    zeros, family = np.zeros(6), np.arange(6)
    groups = {"all": np.arange(6), "none": np.zeros(0, np.int64)}
    found = numeric_drift(zeros, zeros, family, family, groups, n_replicates=99, seed=1)
    drift = found["all", "edge"]
    assert (drift.mean_parent.value, drift.share_lower.value) == (0.0, 0.0)
    assert (drift.ratio_of_means.value, drift.ratio_of_means.ci_low) == (None, None)
    assert (drift.mean_change.value, drift.mean_change.n) == (None, 0)
    assert (drift.median_log_ratio.value, drift.median_log_ratio.n_missing) == (None, 6)
    empty = found["none", "parent"]
    assert {getattr(empty, name).value for name in ESTIMATES} == {None}
    assert numeric_drift(zeros, zeros, family, family, {}, n_replicates=99, seed=1) == {}


def test_the_same_seed_gives_the_same_numbers() -> None:
    edges = world(1)
    groups = {"all": np.arange(edges[0].size)}
    first = numeric_drift(*edges, groups, n_replicates=99, seed=5)
    assert first == numeric_drift(*edges, groups, n_replicates=99, seed=5)
    assert first != numeric_drift(*edges, groups, n_replicates=99, seed=6)


@pytest.mark.parametrize(
    ("parent_value", "child_value", "family", "n_replicates", "part"),
    [
        (np.ones(3), np.ones(2), np.arange(3), 9, "do not match"),
        (np.ones(3), np.ones(3), np.arange(2), 9, "do not match"),
        (-np.ones(3), np.ones(3), np.arange(3), 9, "negative"),
        (np.ones(3), np.full(3, np.inf), np.arange(3), 9, "infinite"),
        (np.ones(3), np.ones(3), np.arange(3), 0, "replicates"),
    ],
)
def test_what_is_odd_is_refused(parent_value, child_value, family, n_replicates, part) -> None:
    with pytest.raises(InferenceError, match=part):
        numeric_drift(
            parent_value,
            child_value,
            np.arange(3),
            family,
            {"all": np.arange(3)},
            n_replicates=n_replicates,
            seed=1,
        )


GRAPHS = {
    "finetune": ("finetune",),
    "asexual": ("finetune", "adapter", "quantized", "unspecified"),
    "all": ("finetune", "adapter", "quantized", "merge", "unspecified"),
}


def attributes_of(chain: Chain) -> dict[str, dict[str, float | None]]:
    """Give every attribute of every model, model by model."""
    cards = {row["model_id"]: row for row in chain.rows("hub.cards")}
    found: dict[str, dict[str, float | None]] = {name: {} for name in ATTRIBUTES}
    known = {"missing": 0.0, "empty": 0.0, "too_large": 1.0, "not_utf8": 1.0}
    for model in chain.rows("hub.models"):
        name, card = model["model_id"], cards.get(model["model_id"], {})
        length = card.get("characters")
        is_read = length is not None and length > 3
        has_card = known.get(card.get("outcome")) if length is None else float(is_read)
        auto = card["is_auto_generated"] if is_read else None
        n_languages = len(model["languages"])
        row = {
            "has_card": has_card,
            "is_auto_generated": None if auto is None else float(auto),
            "card_characters": length if is_read else None,
            "card_characters_bespoke": length if is_read and not auto else None,
            "card_words": card["words"] if is_read else None,
            "n_languages": n_languages or None,
            "n_languages_or_none": n_languages,
            "likes": model["likes"],
            "downloads": model["downloads"],
        }
        for attribute, value in row.items():
            found[attribute][name] = value
    return found


@pytest.mark.parametrize("name", DOCUMENTED)
def test_the_table_is_that_of_the_definition(name: str) -> None:
    chain = documented_chain_of(name)
    values = attributes_of(chain)
    rows = {
        (row["graph"], row["relation"], row["attribute"], row["weighting"]): row
        for row in chain.rows("drift.numeric")
    }
    with_cards = bool(chain.rows("hub.cards"))
    expected = set()
    kept = [edge for edge in chain.descents if not edge["is_excluded"]]
    for graph, relations in GRAPHS.items():
        own = [edge for edge in kept if edge["relation"] in relations]
        pairs = {"all": {(edge["parent_id"], edge["child_id"]) for edge in own}}
        for relation in relations:
            pairs[relation] = {
                (edge["parent_id"], edge["child_id"])
                for edge in own
                if edge["relation"] == relation
            }
        for relation, ends in pairs.items():
            for attribute in ATTRIBUTES if ends else ():
                if not with_cards and attribute in CARD_ATTRIBUTES:
                    continue
                value = values[attribute]
                number = {parent: k for k, parent in enumerate(sorted({p for p, _ in ends}))}
                edges = [(value[p], value[c], number[p]) for p, c in sorted(ends)]
                for weighting in WEIGHTINGS:
                    key = (graph, relation, attribute, weighting)
                    expected.add(key)
                    check_row(rows[key], edges, weighting, is_flag=attribute in FLAGS)
    assert set(rows) == expected


def check_row(row: Row, edges: list[Edge], weighting: str, *, is_flag: bool) -> None:
    n = sum(p is not None and c is not None for p, c, _ in edges)
    assert (row["n"], row["n_missing"]) == (n, len(edges) - n)
    for measure, value in naive(edges, weighting, is_flag=is_flag).items():
        low, got, high = row[f"{measure}_ci_low"], row[measure], row[f"{measure}_ci_high"]
        wanted = None if value is None else pytest.approx(value, rel=1e-12, abs=1e-12)
        assert got == wanted, measure
        assert low is None or low <= high
    published = PUBLISHED.get((row["relation"], row["attribute"]), {})
    is_published = row["graph"] == "all" and weighting == "edge"
    for measure in MEASURES:
        expected = published.get(measure) if is_published else None
        assert row[f"published_{measure}"] == expected


def test_the_planted_shortening_of_cards_is_found() -> None:
    """The mean text of a card falls by the planted factor with each generation.

    On the planted lengths themselves, along edges that lead one generation down,
    every parent weighing the same: most edges are those of a few roots, whose
    lengths are a few draws.
    """
    truth = build_demo_hub(20_000).truth
    models = {row["id"]: row for row in truth.models.to_pylist()}
    edges = [(models[row["parent_id"]], models[row["child_id"]]) for row in truth.edges.to_pylist()]
    steps = [(p, c) for p, c in edges if c["generation"] == p["generation"] + 1]
    length = [
        np.array([float(pair[end]["card_characters"] or np.nan) for pair in steps])
        for end in (0, 1)
    ]
    number = {name: k for k, name in enumerate(models)}
    parent = np.array([number[p["id"]] for p, _ in steps])
    family = np.array([number[p["root_id"]] for p, _ in steps])
    found = numeric_drift(
        *length, parent, family, {"all": np.arange(len(steps))}, n_replicates=999, seed=1
    )
    ratio = found["all", "parent"].ratio_of_means
    factor = PLANTED["card_characters_factor"]
    assert ratio.n > 7_000
    assert ratio.ci_low <= factor <= ratio.ci_high
    assert ratio.ci_high < 0.9


def test_cards_of_the_demo_get_shorter_and_are_more_often_generated() -> None:
    rows = {
        (row["graph"], row["relation"], row["attribute"], row["weighting"]): row
        for row in documented_chain_of("demo").rows("drift.numeric")
    }
    length = rows["all", "all", "card_characters", "parent"]
    assert length["ratio_of_means_ci_high"] < 1
    auto = rows["all", "adapter", "is_auto_generated", "edge"]
    assert auto["mean_difference_ci_low"] > 0
    assert auto["mean_change"] is None
