"""A verdict follows the interval, and p-values are adjusted within their subject."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from biome_pipeline.inference.findings import Finding, adjusted, verdict_of
from biome_pipeline.inference.significance import adjust_p_values


@pytest.mark.parametrize(
    ("low", "high", "rising", "falling"),
    [
        (0.1, 0.2, "holds", "does not hold"),
        (-0.2, -0.1, "does not hold", "holds"),
        (-0.1, 0.1, "not decided", "not decided"),
        (0.0, 0.1, "not decided", "not decided"),
        (-0.1, 0.0, "not decided", "not decided"),
        (None, None, "not decided", "not decided"),
    ],
)
def test_the_verdict_is_that_of_the_interval(low, high, rising, falling) -> None:
    assert verdict_of(low, high, sign=1) == rising
    assert verdict_of(low, high, sign=-1) == falling


def finding(subject: str, name: str, p_value: float | None) -> Finding:
    return Finding(
        subject, name, "all", "It is so.", 0.1, 0.0, 0.2, p_value, 9, "not decided", "None."
    )


def test_p_values_are_adjusted_within_their_subject() -> None:
    findings = [
        finding("drift", "a", 0.01),
        finding("similarity", "a", 0.01),
        finding("drift", "b", None),
        finding("drift", "c", 0.04),
        finding("drift", "d", 0.03),
    ]
    result = adjusted(findings)
    expected = adjust_p_values(np.array([0.01, 0.04, 0.03])).tolist()
    assert [each.p_adjusted for each in result] == [expected[0], 0.01, None, *expected[1:]]
    unadjusted = [dataclasses.replace(each, p_adjusted=None) for each in result]
    assert unadjusted == findings
    assert adjusted([]) == []
