"""Curves of every outcome over size and context length, and whether they bend.

What does not belong here: splines and bands in general (``splines``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import stats

from biome_pipeline.fitness.arrays import OUTCOMES
from biome_pipeline.fitness.counts import CountFit, count_fit, robust_sample
from biome_pipeline.fitness.design import REDUCED_NUMBERS, Column, robust_columns
from biome_pipeline.fitness.splines import NaturalSpline, curve_of, knots_of
from biome_pipeline.provenance import derive_seed

if TYPE_CHECKING:
    import numpy.typing as npt

    from biome_pipeline.fitness.arrays import FitnessModels
    from biome_pipeline.fitness.splines import Curve

    Vector = npt.NDArray[np.float64]

__all__ = ["CURVED_TRAITS", "SPLINE_MODEL", "curve_rows"]

CURVED_TRAITS: tuple[str, ...] = ("parameters", "context_length")
"""Traits along which curves run."""

SPLINE_MODEL = "poisson_spline"
"""Name of their regression."""

_POINTS = 25
_ENDS = (0.01, 0.99)
_WIDEST = 300.0
"""Logarithm of a ratio beyond which nothing is told, and nothing can be written down."""


def curve_rows(
    models: FitnessModels, *, seed: int
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Fit the curves.

    Parameters
    ----------
    models : FitnessModels
        All models.
    seed : int
        Seed of the bands.

    Returns
    -------
    tuple of (list of dict, list of dict)
        Rows of ``fitness.curves``; and of ``fitness.regressions``, the test of each
        curve against a straight line.
    """
    curves: list[dict[str, Any]] = []
    tests: list[dict[str, Any]] = []
    for outcome in OUTCOMES:
        sample = robust_sample(models, outcome)
        columns = (
            robust_columns(models, sample.rows, numbers=REDUCED_NUMBERS) if sample.rows.size else []
        )
        for trait in CURVED_TRAITS:
            values = models.traits[trait][sample.rows]
            known = np.log2(values[~np.isnan(values)])
            knots = knots_of(known)
            shared: dict[str, Any] = {
                "outcome": outcome,
                "model": SPLINE_MODEL,
                "term": f"nonlinear({trait})",
                "term_kind": "test",
                "n": int(sample.rows.size),
                "n_missing": sample.n_missing,
                "n_zero": int(sample.rows.size - np.count_nonzero(sample.outcome)),
            }
            if knots is None:
                reason = (
                    f"{trait} has fewer than three values"
                    if known.size
                    else f"{trait} is not known of any model"
                )
                tests.append({**shared, "reason": reason})
                continue
            spline = NaturalSpline(knots)
            bent, centre = _bent(columns, trait, values, spline)
            made = count_fit(models, sample, bent)
            own_seed = derive_seed(seed, f"{outcome}/{trait}")
            curve, test = _measured(made, trait, spline, centre=centre, known=known, seed=own_seed)
            tests.append({**shared, **test})
            curves += [{"outcome": outcome, "trait": trait, **row} for row in curve]
    return curves, tests


def _names(trait: str, n: int) -> list[str]:
    return [f"spline({trait}, {k + 1})" for k in range(n)]


def _bent(
    columns: list[Column], trait: str, values: Vector, spline: NaturalSpline
) -> tuple[list[Column], Vector]:
    """Put the columns of the spline in the place of the trait."""
    is_known = ~np.isnan(values)
    basis = spline.basis(np.log2(values[is_known]))
    centre = basis.mean(axis=0)
    found: list[Column] = []
    for column in columns:
        if column.name != trait:
            found.append(column)
            continue
        for k, name in enumerate(_names(trait, basis.shape[1])):
            filled = np.zeros(values.size)
            filled[is_known] = basis[:, k] - centre[k]
            found.append(Column(name, "trait", filled))
    return found, centre


def _measured(
    made: CountFit,
    trait: str,
    spline: NaturalSpline,
    *,
    centre: Vector,
    known: Vector,
    seed: int,
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    names = _names(trait, centre.size)
    if made.fit is None:
        return [], {"reason": made.reason}
    if made.clustered is None:
        return [], {"reason": "no interval: all models are of one author, or of one root"}
    gone = [dropped.reason for dropped in made.design.dropped if dropped.name in names]
    if gone:
        return [], {"reason": f"the curve cannot be told: {gone[0]}"}
    places = [made.design.names.index(name) for name in names]
    coefficients = made.fit.coefficients[places]
    covariance = made.clustered.covariance[np.ix_(places, places)]
    df = made.clustered.df
    shared = {
        "n": int(made.sample.rows.size),
        "n_missing": made.sample.n_missing,
        "n_zero": int(made.sample.rows.size - np.count_nonzero(made.sample.outcome)),
        "n_authors": made.clustered.n_authors,
        "n_roots": made.clustered.n_roots,
        "goodness": made.fit.goodness,
        "dispersion": made.fit.dispersion,
        **_bend_test(coefficients[1:], covariance[1:, 1:], df),
    }
    first, last = np.quantile(known, _ENDS).tolist()
    points = np.unique(np.linspace(first, last, _POINTS))
    curve = curve_of(
        spline.basis(points) - centre,
        coefficients,
        covariance,
        quantile=float(stats.t.ppf(0.975, df)),
        seed=seed,
    )
    if max(np.abs(curve.band_low).max(), np.abs(curve.band_high).max()) > _WIDEST:
        return [], {"reason": "the curve cannot be told: its band has no bounds"}
    return _points(curve, points, known, int(made.sample.rows.size)), shared


def _bend_test(
    coefficients: Vector, covariance: npt.NDArray[np.float64], df: int
) -> dict[str, Any]:
    """Test that all bends are 0 (Wald, as F with the clusters' degrees of freedom)."""
    scale = np.sqrt(np.diag(covariance))
    if np.any(scale == 0):
        return {"reason": "the errors of the bends are 0"}
    scaled = np.linalg.pinv(covariance / np.outer(scale, scale), rcond=1e-10, hermitian=True)
    rank = np.linalg.matrix_rank(scaled, hermitian=True)
    z = coefficients / scale
    statistic = float(z @ scaled @ z) / int(rank)
    return {
        "statistic": statistic,
        "df": float(df),
        "p_value": float(stats.f.sf(statistic, int(rank), df)),
    }


def _points(curve: Curve, points: Vector, known: Vector, n: int) -> list[dict[str, Any]]:
    edges = (points[1:] + points[:-1]) / 2
    near = np.bincount(np.searchsorted(edges, known), minlength=points.size)
    return [
        {
            "value": float(2 ** points[k]),
            "estimate": float(np.exp(curve.estimate[k])),
            "ci_low": float(np.exp(curve.ci_low[k])),
            "ci_high": float(np.exp(curve.ci_high[k])),
            "band_low": float(np.exp(curve.band_low[k])),
            "band_high": float(np.exp(curve.band_high[k])),
            "n": n,
            "n_near": int(near[k]),
        }
        for k in range(points.size)
    ]
