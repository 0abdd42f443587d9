"""Which way mutations run, as an estimate by family: the numbers behind the findings.

The net share is the flow one way less the flow back, of both together: -1 to 1,
and 0 where exchange is symmetric. Its interval resamples families; its p-value
flips the sign of each family's net flow, as ``inference.significance`` tests a
paired difference. Below `FEW_FAMILIES` the percentile interval is too narrow, so
that a claim holds only where interval and p-value both say so.

What does not belong here: the claims in words (``findings``), and the flows
(``group_flows``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from biome_pipeline.inference.findings import Verdict, verdict_of
from biome_pipeline.inference.resampling import (
    Estimate,
    check_arrays,
    family_sums,
    percentile_interval,
    ratio_over_families,
    resampled_sums,
)
from biome_pipeline.inference.significance import paired_difference

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = [
    "FEW_FAMILIES",
    "Direction",
    "difference_of_net_shares",
    "mean_change",
    "net_share",
    "verdict_by_both",
]

FEW_FAMILIES = 50
"""Below this many families a percentile interval is too narrow to be believed."""

_LEVEL = 0.05


@dataclass(frozen=True)
class Direction:
    """An effect with its interval over families, and the p-value of none.

    Attributes
    ----------
    estimate : Estimate
        The effect; `n` counts the edges that it rests on.
    p_value : float or None
        Two-sided, by sign flips over families; ``None`` with fewer than two.
    """

    estimate: Estimate
    p_value: float | None


def net_share(
    forward: npt.NDArray[np.float64],
    backward: npt.NDArray[np.float64],
    family: npt.NDArray[np.integer[Any]],
    *,
    n_replicates: int,
    seed: int,
) -> Direction:
    """Give the net share of flows that run forward.

    Parameters
    ----------
    forward, backward : ndarray of float64, shape (n_edges,)
        Flow of each edge in the two directions, not negative; edges without any
        are left out.
    family : ndarray of integers, shape (n_edges,)
        Family of each edge.
    n_replicates : int
        Replicates (B), of the bootstrap and of the sign flips.
    seed : int
        Seed of the draws.

    Returns
    -------
    Direction
        (forward - backward) / (forward + backward), sums over edges.

    Raises
    ------
    InferenceError
        If the arrays do not match, or B is not positive.
    """
    check_arrays(n_replicates, forward=forward, backward=backward, family=family)
    moves = forward + backward > 0
    ahead, back, home = forward[moves], backward[moves], family[moves]
    drawn = {"n_replicates": n_replicates, "seed": seed}
    estimate = ratio_over_families(ahead - back, ahead + back, home, **drawn)
    return Direction(estimate, paired_difference(ahead, back, home, **drawn).p_value)


def difference_of_net_shares(
    first: tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]],
    second: tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]],
    family: npt.NDArray[np.integer[Any]],
    *,
    n_replicates: int,
    seed: int,
) -> Direction:
    """Give the net share of one pair of flows less that of another.

    Parameters
    ----------
    first, second : tuple of (ndarray of float64, ndarray of float64), shapes (n_edges,)
        Forward and backward flow of each edge.
    family : ndarray of integers, shape (n_edges,)
        Family of each edge.
    n_replicates : int
        Replicates (B), of the bootstrap and of the sign flips.
    seed : int
        Seed of the draws.

    Returns
    -------
    Direction
        Between -2 and 2; without value if either pair has no flow at all. The sign
        flips take both totals as given.

    Raises
    ------
    InferenceError
        If the arrays do not match, or B is not positive.
    """
    check_arrays(
        n_replicates,
        first_forward=first[0],
        first_backward=first[1],
        second_forward=second[0],
        second_backward=second[1],
        family=family,
    )
    columns = np.stack(
        [first[0] - first[1], first[0] + first[1], second[0] - second[1], second[0] + second[1]],
        axis=1,
    )
    moves = np.any(columns != 0, axis=1)
    columns, home = columns[moves], family[moves]
    rows = family_sums(columns, home)[:, :4]
    n, n_families = len(columns), len(rows)
    total = rows.sum(axis=0)
    if not total[1] or not total[3]:
        return Direction(Estimate(None, None, None, n, 0, n_families), None)
    low = high = None
    if n_families > 1:
        drawn = resampled_sums(rows, n_replicates=n_replicates, seed=seed)
        low, high = percentile_interval(_ratio(drawn[:, :2]) - _ratio(drawn[:, 2:]))
    value = float(total[0] / total[1] - total[2] / total[3])
    tested = paired_difference(
        columns[:, 0] / total[1],
        columns[:, 2] / total[3],
        home,
        n_replicates=n_replicates,
        seed=seed,
    )
    return Direction(Estimate(value, low, high, n, 0, n_families), tested.p_value)


def mean_change(
    parent: npt.NDArray[np.float64],
    child: npt.NDArray[np.float64],
    family: npt.NDArray[np.integer[Any]],
    *,
    n_replicates: int,
    seed: int,
) -> Direction:
    """Give the mean of child less parent.

    Parameters
    ----------
    parent, child : ndarray of float64, shape (n_edges,)
        A number on both ends of each edge; NaN where it is missing.
    family : ndarray of integers, shape (n_edges,)
        Family of each edge.
    n_replicates : int
        Replicates (B), of the bootstrap and of the sign flips.
    seed : int
        Seed of the draws.

    Returns
    -------
    Direction
        In the unit of the number.

    Raises
    ------
    InferenceError
        If the arrays do not match, or B is not positive.
    """
    found = paired_difference(child, parent, family, n_replicates=n_replicates, seed=seed)
    return Direction(found.difference, found.p_value)


def verdict_by_both(direction: Direction, *, sign: Literal[-1, 1]) -> Verdict:
    """Judge the claim that an effect has a sign, by its interval and its p-value.

    Parameters
    ----------
    direction : Direction
        The effect.
    sign : {-1, 1}
        The sign that is claimed.

    Returns
    -------
    str
        As ``inference.findings.verdict_of`` says by the interval where the p-value
        is at most 5 %, else ``not decided``.
    """
    if direction.p_value is None or direction.p_value > _LEVEL:
        return "not decided"
    return verdict_of(direction.estimate.ci_low, direction.estimate.ci_high, sign=sign)


def _ratio(sums: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Divide the first column by the second; NaN where that is 0."""
    rest = np.full(len(sums), np.nan)
    return np.divide(sums[:, 0], sums[:, 1], where=sums[:, 1] > 0, out=rest)
