"""Shares and means over models, with intervals from resampling families.

A share or mean is the ratio of two sums over models. Models of one family, and
models of one author, copy from each other, so that units of many
models are resampled, all of a unit or none (the cluster bootstrap: Davison and
Hinkley 1997, section 3.8). A share of exactly 0 or 1 has nothing to resample:
there the interval of Wilson (1927, JASA 22) is taken, with units for trials.

What does not belong here: which models are one unit (``units``).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING, Any

import numpy as np

from biome_pipeline.errors import InferenceError
from biome_pipeline.inference.resampling import percentile_interval, resampled_sums

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["Ratio", "ratios", "wilson_interval"]

_Z = 1.959963984540054
"""The 97.5 % point of the normal distribution."""


@dataclass(frozen=True)
class Ratio:
    """A share or a mean with its uncertainty.

    Attributes
    ----------
    value : float or None
        The ratio; ``None`` if its denominator is 0.
    ci_low, ci_high : float or None
        Ends of the 95 % interval; ``None`` with fewer than two units.
    n_units : int
        Units that add to the denominator.
    """

    value: float | None
    ci_low: float | None
    ci_high: float | None
    n_units: int


def ratios(
    numerator: npt.NDArray[np.float64],
    denominator: npt.NDArray[np.float64],
    is_share: npt.NDArray[np.bool_],
    n_units: npt.NDArray[np.integer[Any]],
    *,
    n_replicates: int,
    seed: int,
) -> list[Ratio]:
    """Give ratios of sums over lots of units, each with its interval; all share the draws.

    Parameters
    ----------
    numerator, denominator : ndarray of float64, shape (n_lots, n_ratios)
        What each lot of whole units adds to the two sums of each ratio; 0 in both
        for a lot that has nothing to do with it.
    is_share : ndarray of bool, shape (n_ratios,)
        Whether the ratio is a share, from 0 to 1.
    n_units : ndarray of integers, shape (n_ratios,)
        Units that add to each denominator.
    n_replicates : int
        Replicates (B).
    seed : int
        Seed of the draws.

    Returns
    -------
    list of Ratio
        One per column. Percentile intervals of the bootstrap over lots; of a
        share of exactly 0 or 1, Wilson's with the number of units.

    Raises
    ------
    InferenceError
        If the arrays do not match, a denominator is negative, or B is not
        positive.
    """
    if numerator.ndim != 2 or numerator.shape != denominator.shape:
        raise InferenceError(
            f"the arrays do not match: {numerator.shape} and {denominator.shape}",
            remedy="give two arrays of units by ratios",
        )
    if not is_share.shape == n_units.shape == numerator.shape[1:]:
        raise InferenceError(
            f"{is_share.size} flags and {n_units.size} numbers of units do not match "
            f"{numerator.shape[1]} ratios",
            remedy="say of every ratio whether it is a share, and of how many units",
        )
    if denominator.size and denominator.min() < 0:
        raise InferenceError("a denominator is negative", remedy="give numbers of models")
    adds = denominator > 0
    n_lots = adds.sum(axis=0)
    sums, counts = numerator.sum(axis=0), denominator.sum(axis=0)
    used = adds.any(axis=1)
    drawn = None
    if np.count_nonzero(used) > 1:
        rows = np.concatenate([numerator[used], denominator[used]], axis=1)
        drawn = resampled_sums(rows, n_replicates=n_replicates, seed=seed)
    found = []
    for k in range(numerator.shape[1]):
        value = float(sums[k] / counts[k]) if counts[k] else None
        low = high = None
        if drawn is not None and n_lots[k] > 1:
            if is_share[k] and value in {0.0, 1.0}:
                low, high = wilson_interval(int(value or 0) * int(n_units[k]), int(n_units[k]))
            else:
                times = drawn[:, numerator.shape[1] + k]
                replicates = np.divide(
                    drawn[:, k], times, where=times > 0, out=np.full(times.size, np.nan)
                )
                low, high = percentile_interval(replicates)
        found.append(Ratio(value, low, high, int(n_units[k])))
    return found


def wilson_interval(n_hits: int, n_trials: int) -> tuple[float, float]:
    """Give the 95 % score interval of a share (Wilson 1927, JASA 22, p. 209).

    Parameters
    ----------
    n_hits, n_trials : int
        Trials with the property, and all trials.

    Returns
    -------
    tuple of (float, float)
        The interval, within 0 to 1.

    Raises
    ------
    InferenceError
        If there is no trial, or there are more hits than trials.
    """
    if not 0 <= n_hits <= n_trials or n_trials < 1:
        raise InferenceError(
            f"{n_hits} of {n_trials} is no share", remedy="give hits of one or more trials"
        )
    share = n_hits / n_trials
    scale = 1 + _Z**2 / n_trials
    centre = (share + _Z**2 / (2 * n_trials)) / scale
    half = _Z * sqrt(share * (1 - share) / n_trials + (_Z / (2 * n_trials)) ** 2) / scale
    # Where nothing was hit, or all was, the ends are 0 and 1 but for rounding.
    low = 0.0 if n_hits == 0 else max(0.0, centre - half)
    high = 1.0 if n_hits == n_trials else min(1.0, centre + half)
    return low, high
