"""Curves of an outcome over a number: natural cubic splines with simultaneous bands.

What does not belong here: what else is in the regression (``design``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Vector = npt.NDArray[np.float64]
    Matrix = npt.NDArray[np.float64]

__all__ = ["Curve", "NaturalSpline", "curve_of", "knots_of"]

_QUANTILES = (0.05, 0.275, 0.5, 0.725, 0.95)
_LEVEL = 0.95
_DRAWS = 10_000


@dataclass(frozen=True, eq=False)
class NaturalSpline:
    """Cubic between its knots, straight beyond the outer ones.

    Attributes
    ----------
    knots : ndarray of float64, shape (m,)
        Ascending, at least three.
    """

    knots: Vector

    def basis(self, values: Vector) -> Matrix:
        """Give the columns of the spline (Hastie, Tibshirani and Friedman 2009, formula 5.4).

        Parameters
        ----------
        values : ndarray of float64, shape (n,)
            Where.

        Returns
        -------
        ndarray of float64, shape (n, m - 1)
            The value itself, then its m - 2 bends, in units of the span of the knots.
        """
        span = self.knots[-1] - self.knots[0]
        place = (values - self.knots[0]) / span
        knots = (self.knots - self.knots[0]) / span

        def bend(k: int) -> Vector:
            cubes = np.maximum(place - knots[k], 0) ** 3 - np.maximum(place - knots[-1], 0) ** 3
            found: Vector = cubes / (knots[-1] - knots[k])
            return found

        last = bend(len(knots) - 2)
        return np.stack([values, *(bend(k) - last for k in range(len(knots) - 2))], axis=1)


@dataclass(frozen=True, eq=False)
class Curve:
    """A curve at some points, as differences of ln(rate) from its mean over the models.

    Attributes
    ----------
    estimate : ndarray of float64, shape (n_points,)
        The curve.
    ci_low, ci_high : ndarray of float64, shape (n_points,)
        95 % interval of each point by itself.
    band_low, band_high : ndarray of float64, shape (n_points,)
        95 % band that holds the whole curve.
    """

    estimate: Vector
    ci_low: Vector
    ci_high: Vector
    band_low: Vector
    band_high: Vector


def knots_of(values: Vector) -> Vector | None:
    """Place the knots at quantiles of the values (Harrell 2015, section 2.4.6).

    Parameters
    ----------
    values : ndarray of float64, shape (n,)
        Known values.

    Returns
    -------
    ndarray of float64 or None
        Three to five knots; ``None`` if fewer than three differ.
    """
    if not values.size:
        return None
    knots = np.unique(np.quantile(values, _QUANTILES))
    if knots.size < 3:
        ends = np.unique([values.min(), np.median(values), values.mean(), values.max()])
        knots = ends
    return knots if knots.size >= 3 else None


def curve_of(
    points: Matrix, coefficients: Vector, covariance: Matrix, *, quantile: float, seed: int
) -> Curve:
    """Give a curve with its intervals and its simultaneous band.

    The band is as wide everywhere, in standard errors, as the largest deviation
    of a drawn curve is in 95 % of the draws (sup-t: Montiel Olea and Plagborg-Moller
    2019, J. Applied Econometrics 34, algorithm 1).

    Parameters
    ----------
    points : ndarray of float64, shape (n_points, m)
        Basis at the points, less its mean over the models.
    coefficients : ndarray of float64, shape (m,)
        Those of the basis.
    covariance : ndarray of float64, shape (m, m)
        Their covariance.
    quantile : float
        97.5 % quantile of the t distribution of one coefficient.
    seed : int
        Seed of the draws.

    Returns
    -------
    Curve
        The curve.
    """
    estimate = points @ coefficients
    values, vectors = np.linalg.eigh(covariance)
    root = points @ (vectors * np.sqrt(np.maximum(values, 0)))
    error = np.sqrt((root**2).sum(axis=1))
    generator = np.random.Generator(np.random.PCG64(seed))
    normal = generator.standard_normal((_DRAWS, root.shape[1]))
    scaled = np.divide(root, error[:, None], where=error[:, None] > 0, out=np.zeros_like(root))
    largest = np.abs(normal @ scaled.T).max(axis=1)
    # Normal draws are widened as t is against the normal distribution.
    factor = float(np.quantile(largest, _LEVEL)) * quantile / 1.959963984540054
    factor = max(factor, quantile)
    return Curve(
        estimate,
        estimate - quantile * error,
        estimate + quantile * error,
        estimate - factor * error,
        estimate + factor * error,
    )
