"""Rates by quarter are those of the definition, and the parts of a change add up to it."""

from __future__ import annotations

import datetime as dt
import math
from collections import defaultdict
from dataclasses import astuple
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from scipy.stats import binom

from biome_pipeline.drift.quarters import QuarterRate, rates_by_quarter
from biome_pipeline.drift.traits import TRAITS
from biome_pipeline.errors import InferenceError
from biome_pipeline_tests.reference.trait_flows import value_sets
from biome_pipeline_tests.worlds.documented import DOCUMENTED, documented_chain_of

if TYPE_CHECKING:
    from biome_pipeline_tests.worlds.chain import Chain

KIND = {"n_replicates": 99, "seed": 2}
Row = dict[str, Any]
Edge = tuple[Fraction, int, int, int]
"""Mutation, quarter, relation and family of an edge that reports."""


def rate_of(edges: list[Edge]) -> Fraction | None:
    return sum((edge[0] for edge in edges), Fraction(0)) / len(edges) if edges else None


def kitagawa(before: list[Edge], after: list[Edge], stratum: int) -> tuple[Fraction, Fraction]:
    """Add the parts of every stratum up; a rate that is missing is the other quarter's."""
    composition = behaviour = Fraction(0)
    for name in {edge[stratum] for edge in (*before, *after)}:
        own = [[edge for edge in edges if edge[stratum] == name] for edges in (before, after)]
        share = [Fraction(len(own[0]), len(before)), Fraction(len(own[1]), len(after))]
        rates = [rate_of(own[0]), rate_of(own[1])]
        first = rates[0] if rates[0] is not None else rates[1]
        second = rates[1] if rates[1] is not None else rates[0]
        assert first is not None
        assert second is not None
        composition += (share[1] - share[0]) * (first + second) / 2
        behaviour += (share[0] + share[1]) / 2 * (second - first)
    return composition, behaviour


def share_common(before: list[Edge], after: list[Edge], stratum: int) -> Fraction:
    names = {edge[stratum] for edge in before} & {edge[stratum] for edge in after}
    shares = [
        Fraction(sum(edge[stratum] in names for edge in edges), len(edges))
        for edges in (before, after)
    ]
    return sum(shares, Fraction(0)) / 2


def draw(seed: int) -> tuple[list[Edge], list[bool]]:
    """Draw edges with mutations of halves and thirds, some silent, some without a date."""
    generator = np.random.Generator(np.random.PCG64(seed))
    n = int(generator.integers(0, 70))
    edges = [
        (
            Fraction(int(generator.integers(0, 7)), 6),
            int(generator.integers(-1, 5)) * 2,
            int(generator.integers(0, 3)),
            int(generator.integers(0, 6)) * 7,
        )
        for _ in range(n)
    ]
    # In one quarter nothing reports at all.
    return edges, [bool(generator.random() < 0.7) and edge[1] != 4 for edge in edges]


def found_of(edges: list[Edge], reports: list[bool], **kind: int) -> list[QuarterRate]:
    mutation = np.array([float(edge[0]) for edge in edges], float)
    is_reporting = np.array(reports, bool)
    # What a silent edge says is not looked at.
    mutation[~is_reporting] = np.nan
    labels = (np.array([edge[k] for edge in edges], np.int64) for k in (1, 2, 3))
    return rates_by_quarter(mutation, is_reporting, *labels, **{**KIND, **kind})


def test_rates_and_parts_are_those_of_the_definition() -> None:
    n_steps = 0
    for seed in range(200):
        edges, reports = draw(seed)
        found = found_of(edges, reports)
        quarters = sorted({edge[1] for edge in edges if edge[1] >= 0})
        assert [rate.quarter for rate in found] == quarters
        own: dict[int, list[Edge]] = defaultdict(list)
        for edge, is_reporting in zip(edges, reports, strict=True):
            if is_reporting:
                own[edge[1]].append(edge)
        last = None
        for rate in found:
            here = own[rate.quarter]
            assert rate.n_edges == sum(edge[1] == rate.quarter for edge in edges)
            assert (rate.rate.n, rate.rate.n_missing) == (len(here), rate.n_edges - len(here))
            assert rate.rate.n_families == len({edge[3] for edge in here})
            expected = rate_of(here)
            assert rate.rate.value == (None if expected is None else pytest.approx(float(expected)))
            assert rate.compared_with == (last if here else None)
            if not here or last is None:
                assert (rate.change, rate.by_relation, rate.by_family) == (None, None, None)
            else:
                check_parts(rate, own[last], here)
                n_steps += 1
            last = rate.quarter if here else last
    assert n_steps > 300


def check_parts(rate: QuarterRate, before: list[Edge], after: list[Edge]) -> None:
    change = rate_of(after) - rate_of(before)
    assert rate.change.value == pytest.approx(float(change), abs=1e-12)
    for parts, stratum in ((rate.by_relation, 2), (rate.by_family, 3)):
        composition, behaviour = kitagawa(before, after, stratum)
        assert composition + behaviour == change
        assert parts.composition.value == pytest.approx(float(composition), abs=1e-12)
        assert parts.behaviour.value == pytest.approx(float(behaviour), abs=1e-12)
        assert parts.share_common == pytest.approx(float(share_common(before, after, stratum)))
        assert parts.composition.value + parts.behaviour.value == pytest.approx(
            rate.change.value, abs=1e-12
        )
        assert parts.composition.n == len(before) + len(after)


def test_intervals_are_those_of_drawing_families_again() -> None:
    """Each replicate is computed by definition; a family that is drawn twice counts as two."""
    generator = np.random.Generator(np.random.PCG64(9))
    families = np.repeat(np.arange(6), 20)
    edges = [
        (Fraction(int(generator.integers(0, 7)), 6), int(q), int(generator.integers(0, 3)), int(f))
        for f, q in zip(families, np.tile([0, 1], 60), strict=True)
    ]
    found = found_of(edges, [True] * len(edges))
    drawn = np.random.Generator(np.random.PCG64(2)).integers(6, size=(99, 6))
    replicates: dict[str, list[float]] = defaultdict(list)
    for row in drawn.tolist():
        chosen = [
            (value, quarter, relation, 10 * time + family)
            for time, name in enumerate(row)
            for value, quarter, relation, family in edges
            if family == name
        ]
        before, after = ([edge for edge in chosen if edge[1] == quarter] for quarter in (0, 1))
        replicates["rate"].append(float(rate_of(after)))
        replicates["change"].append(float(rate_of(after) - rate_of(before)))
        for name, stratum in (("relation", 2), ("family", 3)):
            for part, value in zip("cb", kitagawa(before, after, stratum), strict=True):
                replicates[f"{name} {part}"].append(float(value))
    rate = found[1]
    estimates = {
        "rate": rate.rate,
        "change": rate.change,
        "relation c": rate.by_relation.composition,
        "relation b": rate.by_relation.behaviour,
        "family c": rate.by_family.composition,
        "family b": rate.by_family.behaviour,
    }
    for name, estimate in estimates.items():
        ends = np.percentile(replicates[name], [2.5, 97.5])
        assert (estimate.ci_low, estimate.ci_high) == pytest.approx(tuple(ends)), name


def test_many_families_are_counted_one_by_one_and_resampled_in_lots() -> None:
    generator = np.random.Generator(np.random.PCG64(3))
    family = np.repeat(np.arange(7_000), generator.geometric(0.4, 7_000))
    quarter, relation = generator.integers(0, 2, family.size), generator.integers(0, 3, family.size)
    level = generator.beta(1, 1, 7_000)[family]
    mutation = (generator.random(family.size) < level).astype(float)
    reports = np.ones(family.size, bool)
    rate = rates_by_quarter(mutation, reports, quarter, relation, family, n_replicates=999, seed=1)[
        1
    ]
    edges = [
        (Fraction(int(m)), int(q), int(r), int(f))
        for m, q, r, f in zip(mutation, quarter, relation, family, strict=True)
    ]
    before, after = ([edge for edge in edges if edge[1] == at] for at in (0, 1))
    composition = naive_family_composition(before, after)
    assert rate.rate.n_families == len({edge[3] for edge in after})
    assert rate.by_family.composition.value == pytest.approx(composition, abs=1e-12)
    assert rate.by_family.share_common == pytest.approx(float(share_common(before, after, 3)))
    own = quarter == 1
    sums, counts = np.bincount(family[own], weights=mutation[own]), np.bincount(family[own])
    # Of thousands of families the interval is that of the linearised ratio; 999 replicates
    # and the lots leave 3.5 % of doubt about its width.
    gaps = sums - sums.sum() / counts.sum() * counts
    width = 2 * 1.96 * math.sqrt((gaps**2).sum()) / counts.sum()
    assert rate.rate.ci_high - rate.rate.ci_low == pytest.approx(width, rel=0.12)


def naive_family_composition(before: list[Edge], after: list[Edge]) -> float:
    """Add the composition of each family up, as `kitagawa` does, family by family once."""
    own: dict[int, list[list[Fraction]]] = defaultdict(lambda: [[], []])
    for at, edges in enumerate((before, after)):
        for edge in edges:
            own[edge[3]][at].append(edge[0])
    total = 0.0
    for one, other in own.values():
        rates = [float(sum(values) / len(values)) if values else None for values in (one, other)]
        known = [rate for rate in rates if rate is not None]
        total += (len(other) / len(after) - len(one) / len(before)) * sum(known) / len(known)
    return total


def test_a_stratum_of_one_quarter_is_composition_whole() -> None:
    """Adapters come in the second quarter, always mutated; finetunes stay as they are."""
    before = [(Fraction(k % 2), 0, 0, k) for k in range(10)]
    after = [(Fraction(k % 2), 1, 0, k) for k in range(10)]
    coming = [(Fraction(1), 1, 1, 100 + k) for k in range(10)]
    rate = found_of([*before, *after, *coming], [True] * 30)[1]
    assert rate.change.value == pytest.approx(0.25)
    assert rate.by_relation.composition.value == pytest.approx(0.25)
    assert rate.by_relation.behaviour.value == pytest.approx(0, abs=1e-12)
    assert rate.by_relation.share_common == pytest.approx(0.75)
    assert rate.by_family.composition.value == pytest.approx(0.25)
    going = [(value, 1 - quarter, relation, family) for value, quarter, relation, family in coming]
    rate = found_of([*before, *after, *going], [True] * 30)[1]
    assert rate.by_relation.composition.value == pytest.approx(-0.25)
    assert rate.by_relation.behaviour.value == pytest.approx(0, abs=1e-12)


def test_families_of_one_quarter_only_leave_no_behaviour() -> None:
    edges = [(Fraction(k % 3, 2), k % 2, 0, k) for k in range(40)]
    rate = found_of(edges, [True] * 40)[1]
    assert rate.by_family.share_common == 0
    assert rate.by_family.behaviour.value == pytest.approx(0, abs=1e-12)
    assert rate.by_family.composition.value == pytest.approx(rate.change.value)
    assert rate.by_relation.composition.value == pytest.approx(0, abs=1e-12)


def world(
    seed: int, *, mix: tuple[float, float], rates: tuple[tuple[float, float], ...]
) -> QuarterRate:
    """Draw 100 families in two quarters: shares of relation 0, rates of both in each quarter."""
    generator = np.random.Generator(np.random.PCG64(seed))
    family = np.repeat(np.arange(100), generator.geometric(0.1, 100))
    n = family.size
    # A family has a mix and rates of its own, about those of all.
    quarter = generator.integers(0, 2, n)
    share = np.array(mix)[quarter] + generator.uniform(-0.15, 0.15, 100)[family]
    relation = (generator.random(n) > share).astype(int)
    probability = np.array(rates)[quarter, relation] + generator.uniform(-0.1, 0.1, 100)[family]
    mutation = (generator.random(n) < probability).astype(float)
    reports = np.ones(n, bool)
    return rates_by_quarter(
        mutation, reports, quarter, relation, family, n_replicates=199, seed=seed
    )[1]


@pytest.mark.parametrize(
    ("mix", "rates", "composition", "behaviour"),
    [
        # Other relations are drawn, and each behaves as before.
        ((0.7, 0.3), ((0.2, 0.6), (0.2, 0.6)), 0.16, 0.0),
        # The same relations, which behave otherwise.
        ((0.5, 0.5), ((0.2, 0.3), (0.4, 0.5)), 0.0, 0.2),
        # Nothing changes.
        ((0.5, 0.5), ((0.3, 0.5), (0.3, 0.5)), 0.0, 0.0),
        # Both, against each other.
        ((0.7, 0.3), ((0.3, 0.6), (0.2, 0.5)), 0.12, -0.1),
    ],
)
def test_planted_parts_are_found(
    mix: tuple[float, float],
    rates: tuple[tuple[float, float], ...],
    composition: float,
    behaviour: float,
) -> None:
    """Of 200 worlds; percentile intervals of 100 unequal families are a little narrow."""
    covered = [0, 0, 0]
    for seed in range(200):
        rate = world(seed, mix=mix, rates=rates)
        parts = rate.by_relation
        for k, (estimate, true) in enumerate(
            (
                (rate.change, composition + behaviour),
                (parts.composition, composition),
                (parts.behaviour, behaviour),
            )
        ):
            covered[k] += estimate.ci_low <= true <= estimate.ci_high
    for n in covered:
        assert binom.ppf(0.005, 200, 0.92) <= n <= binom.ppf(0.995, 200, 0.96), covered


def test_one_family_has_no_interval_and_nothing_no_quarters() -> None:
    edges = [(Fraction(1, 2), quarter, 0, 7) for quarter in (0, 0, 1)]
    first, second = found_of(edges, [True] * 3)
    assert (first.rate.value, first.rate.ci_low) == (0.5, None)
    assert second.by_family.behaviour.ci_high is None
    assert found_of([], []) == []
    assert found_of([(Fraction(1), -1, 0, 0)], [True]) == []
    (silent,) = found_of([(Fraction(1), 3, 0, 0)], [False])
    assert (silent.n_edges, silent.rate.value, silent.rate.n_missing) == (1, None, 1)


def test_the_same_seed_gives_the_same_numbers() -> None:
    edges, reports = draw(5)
    assert found_of(edges, reports) == found_of(edges, reports)
    other = found_of(edges, reports, seed=3)
    assert [astuple(rate) for rate in found_of(edges, reports)] != [astuple(r) for r in other]


@pytest.mark.parametrize("odd", [-0.1, 1.1, np.nan])
def test_what_is_no_mutation_is_refused(odd: float) -> None:
    labels = (np.zeros(2, int),) * 3
    with pytest.raises(InferenceError, match="outside 0 to 1"):
        rates_by_quarter(np.array([0.5, odd]), np.ones(2, bool), *labels, **KIND)


def test_what_does_not_match_is_refused() -> None:
    labels = (np.zeros(2, int), np.zeros(3, int), np.zeros(2, int))
    with pytest.raises(InferenceError, match="do not match"):
        rates_by_quarter(np.zeros(2), np.ones(2, bool), *labels, **KIND)


GRAPHS = {
    "finetune": ("finetune",),
    "asexual": ("finetune", "adapter", "quantized", "unspecified"),
    "all": ("finetune", "adapter", "quantized", "merge", "unspecified"),
}


def values_of(chain: Chain) -> dict[str, dict[str, set[str]]]:
    models = sorted(chain.rows("hub.models"), key=lambda model: model["node"])
    ids = [model["model_id"] for model in models]
    return {trait: dict(zip(ids, value_sets(models, trait), strict=True)) for trait in TRAITS}


@pytest.mark.parametrize("name", DOCUMENTED)
def test_the_table_is_that_of_the_definition(name: str) -> None:
    chain = documented_chain_of(name)
    values = values_of(chain)
    quarter_of = {}
    for model in chain.rows("hub.models"):
        created = model["created_at"]
        if created is not None and not model["is_created_at_backfilled"]:
            quarter_of[model["model_id"]] = dt.date(
                created.year, (created.month - 1) // 3 * 3 + 1, 1
            )
    rows = {
        (row["graph"], row["trait"], row["quarter"]): row for row in chain.rows("drift.by_quarter")
    }
    expected = set()
    for graph, relations in GRAPHS.items():
        pairs = {
            (edge["parent_id"], edge["child_id"])
            for edge in chain.descents
            if not edge["is_excluded"] and edge["relation"] in relations
        }
        for trait in TRAITS:
            by_quarter: dict[dt.date, list[float | None]] = defaultdict(list)
            for parent, child in pairs:
                if child in quarter_of:
                    one, other = values[trait][parent], values[trait][child]
                    mutation = 1 - len(one & other) / len(one | other) if one and other else None
                    by_quarter[quarter_of[child]].append(mutation)
            last = None
            for quarter in sorted(by_quarter):
                row = rows[graph, trait, quarter]
                expected.add((graph, trait, quarter))
                known = [value for value in by_quarter[quarter] if value is not None]
                assert (row["n"], row["n_reporting"]) == (len(by_quarter[quarter]), len(known))
                rate = sum(known) / len(known) if known else None
                assert row["rate"] == (None if rate is None else pytest.approx(rate))
                assert row["compared_with"] == (last if known else None)
                if row["change"] is not None:
                    for prefix in ("", "family_"):
                        parts = (f"{prefix}composition_part", f"{prefix}behaviour_part")
                        total = sum(row[part] for part in parts)
                        assert total == pytest.approx(row["change"], abs=1e-12)
                last = quarter if known else last
    assert set(rows) == expected
