"""What stands at the ends of an order, against counts of all arrangements."""

from __future__ import annotations

import random
from itertools import combinations

import pytest
from scipy.stats import hypergeom

from biome_pipeline.drift.order_ends import (
    END,
    first_licenses_bound,
    last_licenses_not_commercial,
    placement_p_value,
)
from biome_pipeline.drift.published import ORDERINGS
from biome_pipeline.errors import InferenceError
from biome_pipeline.vocabulary.licenses import LICENSE_CLASSES, license_group

PUBLISHED = ORDERINGS["finetune", "license"].order


def test_p_values_are_those_of_all_arrangements() -> None:
    n_all = 9
    for n_marked in range(n_all + 1):
        for n_places in range(1, n_all):
            laid = [
                sum(k < n_marked for k in places) for places in combinations(range(n_all), n_places)
            ]
            for n_inside in set(laid):
                likely = laid.count(n_inside)
                hits = sum(laid.count(other) <= likely for other in laid)
                found = placement_p_value(n_inside, n_marked, n_places, n_all)
                assert found == pytest.approx(hits / len(laid))


def test_p_values_are_those_of_the_hypergeometric_law() -> None:
    for inside in range(9):
        law = hypergeom(20, 11, 8)
        likely = [law.pmf(k) for k in range(9)]
        expected = sum(p for p in likely if p <= likely[inside] * (1 + 1e-9))
        assert placement_p_value(inside, 11, 8, 20) == pytest.approx(expected)


def test_the_published_order_begins_with_seven_bound_licenses() -> None:
    first = first_licenses_bound(PUBLISHED, graph="finetune", resampled=[PUBLISHED] * 20)
    assert "7 of 8 against 5 of 12" in first.statement
    assert first.estimate == pytest.approx(7 / 8 - 5 / 12)
    assert (first.ci_low, first.ci_high) == pytest.approx((first.estimate, first.estimate))
    assert first.p_value == pytest.approx(placement_p_value(7, 12, 8, 20))
    # Of twenty licenses laid out at random, so many stand first more often than in 20.
    assert first.p_value > 0.05
    assert first.verdict == "not decided"
    last = last_licenses_not_commercial(PUBLISHED, graph="finetune", resampled=[PUBLISHED])
    assert "0 of 8 against 6 of 12" in last.statement
    assert last.p_value is not None
    assert last.p_value < 0.05
    assert last.verdict == "holds"


def test_resampled_orders_give_the_interval() -> None:
    draw = random.Random(0)
    for _ in range(30):
        names = draw.sample(sorted(LICENSE_CLASSES), k=draw.randrange(16, 30))
        others = [draw.sample(names, k=len(names)) for _ in range(40)]
        found = first_licenses_bound(names, graph="all", resampled=others)

        def gap(order: list[str]) -> float:
            marks = [license_group(n) in ("commercial", "restrictive") for n in order]
            return sum(marks[:END]) / END - sum(marks[END:]) / len(marks[END:])

        gaps = sorted(map(gap, others))
        assert found.estimate == pytest.approx(gap(names))
        assert found.ci_low is not None
        assert found.ci_high is not None
        assert gaps[0] - 1e-9 <= found.ci_low <= gaps[2]
        assert gaps[-3] <= found.ci_high <= gaps[-1] + 1e-9
        assert found.n == len(names)


def test_short_orders_and_no_resampling_decide_nothing() -> None:
    short = first_licenses_bound(PUBLISHED[:15], graph="all", resampled=[PUBLISHED[:15]])
    assert (short.estimate, short.p_value, short.verdict) == (None, None, "not decided")
    assert "overlap" in short.caveat
    alone = last_licenses_not_commercial(PUBLISHED, graph="all")
    assert alone.ci_low is None
    assert alone.verdict == "not decided"
    assert "Without resampled orders" in alone.caveat
    assert first_licenses_bound([], graph="all").n == 0


def test_bad_orders() -> None:
    with pytest.raises(InferenceError, match="twice"):
        first_licenses_bound(["mit", "mit"], graph="all")
    with pytest.raises(InferenceError, match="other licenses"):
        first_licenses_bound(PUBLISHED, graph="all", resampled=[PUBLISHED, PUBLISHED[1:]])
