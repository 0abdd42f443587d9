"""Quasi-symmetry: one strength per value says which way the pairs run.

Source: Bradley and Terry 1952 (Biometrika 39); that the model of quasi-symmetry
of a square table (Caussinus 1966) is theirs for the directions of its pairs:
Agresti 2013, "Categorical Data Analysis", section 11.4. Of the N_ij exchanges of a
pair, a share 1 / (1 + exp(-(theta_i - theta_j))) runs from i to j. N_ij may be any
positive number, as weights of edges are.

The fit is by Newton steps on the log-likelihood less `RIDGE` / 2 times the sum of
squares of theta. Where values are separated (one is never entered, or never
left) the likelihood has no finite maximum; with the ridge, a ten-thousandth of
an exchange, theta stops at some twelve logits, and the deviance is within
`RIDGE` times a few hundred of its limit. It also fixes the level of theta, which
the likelihood leaves free in each component of the pairs.

What does not belong here: the tests that use the fit (``direction``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["RIDGE", "BradleyTerry", "fit_bradley_terry", "saturated_gain"]

RIDGE = 1e-4
"""Weight of the penalty, in exchanges."""

_STEPS = 100
# Whole Newton steps leap too far where values are nearly separated; steps of two
# logits found the maximum in 60,000 hostile fits.
_LONGEST_STEP = 2.0


@dataclass(frozen=True, eq=False)
class BradleyTerry:
    """Fits of many replicates with the same pairs.

    Attributes
    ----------
    strength : ndarray of float64, shape (n_replicates, n)
        theta in logits: exchanges run from high to low.
    gain : ndarray of float64, shape (n_replicates,)
        Deviance of symmetry less that of quasi-symmetry.
    """

    strength: npt.NDArray[np.float64]
    gain: npt.NDArray[np.float64]


def fit_bradley_terry(
    net: npt.NDArray[np.float64],
    total: npt.NDArray[np.float64],
    first: npt.NDArray[np.integer[Any]],
    second: npt.NDArray[np.integer[Any]],
    n: int,
) -> BradleyTerry:
    """Fit strengths to the directions of pairs, for many replicates at once.

    Parameters
    ----------
    net : ndarray of float64, shape (n_replicates, n_pairs)
        Exchanges from the first value of each pair to its second, less those back.
    total : ndarray of float64, shape (n_pairs,)
        Exchanges both ways, positive; the same in all replicates.
    first, second : ndarray of integers, shape (n_pairs,)
        The values of each pair.
    n : int
        Number of values.

    Returns
    -------
    BradleyTerry
        Strengths and gains.
    """
    strength = np.zeros((len(net), n))
    active = np.arange(len(net)) if total.size else np.zeros(0, dtype=np.int64)
    for _ in range(_STEPS):
        if not active.size:
            break
        step = _newton_step(strength[active], net[active], total, first, second)
        longest = np.abs(step).max(axis=1)
        step *= np.minimum(1.0, _LONGEST_STEP / np.maximum(longest, 1e-300))[:, None]
        strength[active] += step
        active = active[longest > 1e-7]
    return BradleyTerry(strength, _gain(strength, net, total, first, second))


def saturated_gain(
    net: npt.NDArray[np.float64], total: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Give the deviance of symmetry, against each pair with a share of its own.

    Parameters
    ----------
    net : ndarray of float64, shape (n_replicates, n_pairs)
        Exchanges from the first value of each pair to its second, less those back.
    total : ndarray of float64, shape (n_pairs,)
        Exchanges both ways, positive.

    Returns
    -------
    ndarray of float64, shape (n_replicates,)
        2 sum over pairs of X_ij log(2 X_ij / N) + X_ji log(2 X_ji / N).
    """
    share = np.clip(net / total, -1.0, 1.0)
    both = np.zeros_like(share)
    for sign in (1.0, -1.0):
        part = 1 + sign * share
        both += part * np.log(part, out=np.zeros_like(part), where=part > 0)
    return np.asarray((total * both).sum(axis=1))


def _gain(
    strength: npt.NDArray[np.float64],
    net: npt.NDArray[np.float64],
    total: npt.NDArray[np.float64],
    first: npt.NDArray[np.integer[Any]],
    second: npt.NDArray[np.integer[Any]],
) -> npt.NDArray[np.float64]:
    """Give twice the log-likelihood over that of symmetry, without the penalty."""
    half = (strength[:, first] - strength[:, second]) / 2
    log_cosh = np.abs(half) + np.log1p(np.exp(-2 * np.abs(half))) - np.log(2)
    return np.maximum(2 * (net * half - total * log_cosh).sum(axis=1), 0.0)


def _newton_step(
    strength: npt.NDArray[np.float64],
    net: npt.NDArray[np.float64],
    total: npt.NDArray[np.float64],
    first: npt.NDArray[np.integer[Any]],
    second: npt.NDArray[np.integer[Any]],
) -> npt.NDArray[np.float64]:
    n_replicates, n = strength.shape
    lean = np.tanh((strength[:, first] - strength[:, second]) / 2)
    # Scattered into matrices and summed along them: no product of matrices, whose
    # last digits depend on the machine.
    slope = np.zeros((n_replicates, n, n))
    slope[:, first, second] = (net - total * lean) / 2
    slope[:, second, first] = -slope[:, first, second]
    curve = np.zeros((n_replicates, n, n))
    curve[:, first, second] = curve[:, second, first] = total * (1 - lean**2) / 4
    hessian = np.eye(n) * (curve.sum(axis=2) + RIDGE)[:, :, None] - curve
    gradient = slope.sum(axis=2) - RIDGE * strength
    return np.asarray(np.linalg.solve(hessian, gradient[:, :, None])[:, :, 0])
