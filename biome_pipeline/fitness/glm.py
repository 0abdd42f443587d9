"""Least squares, Poisson and negative-binomial regression by Newton's method.

A count y with exposure E has the mean mu = E exp(x'b). The Poisson estimate
solves sum x (y - mu) = 0, which needs no more than that the mean is right
(pseudo maximum likelihood: Gourieroux, Monfort and Trognon 1984, Econometrica
52; Santos Silva and Tenreyro 2006, REStat 88), so that many zeros and any
variance do no harm to it. The negative binomial has the variance mu + alpha mu^2
(NB2: Cameron and Trivedi 2013, "Regression Analysis of Count Data", section
3.3); alpha is estimated with it by maximum likelihood, in turn with b, as
``MASS::glm.nb`` of R does.

What does not belong here: what is regressed on what (``design``), and how sure
the estimates are (``clustered``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import digamma, gammaln, polygamma, xlogy

from biome_pipeline.errors import InferenceError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    Vector = npt.NDArray[np.float64]
    Matrix = npt.NDArray[np.float64]

__all__ = ["Fit", "fit_negative_binomial", "fit_ols", "fit_poisson", "weighted_gram"]

_BLOCK = 1 << 15
"""Rows whose weighted copy is held at once: 10 MB at 40 columns."""

_MOST_STEPS = 100
_MOST_ROUNDS = 50
_TOLERANCE = 1e-11
_LARGEST_ETA = 500.0
_ALPHAS = (1e-5, 1e6)


@dataclass(frozen=True, eq=False)
class Fit:
    """A regression that converged.

    Attributes
    ----------
    coefficients : ndarray of float64, shape (k,)
        Estimates (b).
    hessian : ndarray of float64, shape (k, k)
        X'WX at the estimates: the expected information of b, for a dispersion of 1.
    weight : ndarray of float64, shape (n,)
        Diagonal of W.
    residual : ndarray of float64, shape (n,)
        What a row adds to the score is its x times this.
    mean : ndarray of float64, shape (n,)
        Fitted values.
    deviance, null_deviance : float
        Of the fit, and of a constant rate (least squares: sums of squares).
    dispersion : float
        Least squares: residual variance. Poisson: Pearson's chi squared by
        degree of freedom. Negative binomial: alpha.
    plain_scale : float
        Variance that `hessian` leaves out: the residual variance, else 1.
    """

    coefficients: Vector
    hessian: Matrix
    weight: Vector
    residual: Vector
    mean: Vector
    deviance: float
    null_deviance: float
    dispersion: float
    plain_scale: float

    @property
    def goodness(self) -> float:
        """Share of the null deviance that is explained; least squares: R squared."""
        return 1 - self.deviance / self.null_deviance if self.null_deviance > 0 else np.nan


def fit_ols(design: Matrix, outcome: Vector) -> Fit:
    """Fit ordinary least squares.

    Parameters
    ----------
    design : ndarray of float64, shape (n, k)
        Columns that are not collinear, a constant among them.
    outcome : ndarray of float64, shape (n,)
        What is explained.

    Returns
    -------
    Fit
        The estimates.

    Raises
    ------
    InferenceError
        If there are no more rows than columns, or columns are collinear.
    """
    _check(design, outcome)
    ones = np.ones(outcome.size)
    hessian = weighted_gram(design, ones)
    coefficients = _solved(hessian, design.T @ outcome)
    mean = design @ coefficients
    # Once more on what is left over: squares of the design lose half of the digits.
    coefficients += _solved(hessian, design.T @ (outcome - mean))
    mean = design @ coefficients
    residual = outcome - mean
    deviance = float(residual @ residual)
    variance = deviance / (outcome.size - design.shape[1])
    about = outcome - outcome.mean()
    return Fit(
        coefficients, hessian, ones, residual, mean, deviance, float(about @ about), variance,
        variance,
    )  # fmt: skip


def fit_poisson(
    design: Matrix, outcome: Vector, log_exposure: Vector, *, start: Vector | None = None
) -> Fit:
    """Fit a Poisson regression.

    Parameters
    ----------
    design : ndarray of float64, shape (n, k)
        Columns that are not collinear; the first is the constant.
    outcome : ndarray of float64, shape (n,)
        Counts from 0, not all 0.
    log_exposure : ndarray of float64, shape (n,)
        Natural logarithm of the exposure.
    start : ndarray of float64, shape (k,), optional
        Where to begin.

    Returns
    -------
    Fit
        The estimates.

    Raises
    ------
    InferenceError
        If there are no more rows than columns, counts are negative or all 0,
        columns are collinear, or it does not converge.
    """
    _check(design, outcome, counts=True)
    found = _newton(design, outcome, log_exposure, 0.0, start)
    return _fit(design, outcome, log_exposure, found, 0.0)


def fit_negative_binomial(
    design: Matrix, outcome: Vector, log_exposure: Vector, *, start: Vector | None = None
) -> Fit:
    """Fit a negative-binomial regression (NB2), alpha by maximum likelihood.

    Parameters
    ----------
    design : ndarray of float64, shape (n, k)
        Columns that are not collinear; the first is the constant.
    outcome : ndarray of float64, shape (n,)
        Counts from 0, not all 0.
    log_exposure : ndarray of float64, shape (n,)
        Natural logarithm of the exposure.
    start : ndarray of float64, shape (k,), optional
        Where to begin, as the Poisson estimates.

    Returns
    -------
    Fit
        The estimates; `hessian` is that of the coefficients at the alpha found,
        which is orthogonal to them.

    Raises
    ------
    InferenceError
        As `fit_poisson` does, and if the counts vary too little for any alpha.
    """
    _check(design, outcome, counts=True)
    coefficients = start if start is not None else _started(design, outcome, log_exposure)
    values, times = np.unique(outcome, return_counts=True)
    alpha = _moment_alpha(design, outcome, log_exposure, coefficients)
    last = -np.inf
    for _ in range(_MOST_ROUNDS):
        coefficients = _newton(design, outcome, log_exposure, alpha, coefficients)
        mean = np.exp(_eta(design, log_exposure, coefficients))
        alpha = _best_alpha(outcome, mean, values, times, alpha)
        now = _log_likelihood(outcome, mean, values, times, alpha)
        if abs(now - last) <= _TOLERANCE * (abs(now) + 1):
            break
        last = now
    else:
        raise InferenceError("the dispersion does not converge", remedy="use the Poisson estimates")
    if alpha <= _ALPHAS[0] * 1.01:
        raise InferenceError(
            "the counts vary no more than Poisson's do", remedy="use the Poisson estimates"
        )
    coefficients = _newton(design, outcome, log_exposure, alpha, coefficients)
    return _fit(design, outcome, log_exposure, coefficients, alpha)


def weighted_gram(design: Matrix, weight: Vector) -> Matrix:
    """Give X'WX, some rows at a time.

    Parameters
    ----------
    design : ndarray of float64, shape (n, k)
        X.
    weight : ndarray of float64, shape (n,)
        Diagonal of W.

    Returns
    -------
    ndarray of float64, shape (k, k)
        The product, symmetric.
    """
    total = np.zeros((design.shape[1], design.shape[1]))
    for rows in _blocks(len(weight)):
        part = design[rows]
        total += part.T @ (part * weight[rows, None])
    result: Matrix = (total + total.T) / 2
    return result


def _blocks(n: int) -> Iterator[slice]:
    for start in range(0, n, _BLOCK):
        yield slice(start, min(start + _BLOCK, n))


def _check(design: Matrix, outcome: Vector, *, counts: bool = False) -> None:
    n, k = design.shape
    if n <= k:
        raise InferenceError(
            f"{n} rows are too few for {k} terms", remedy="leave terms out, or add models"
        )
    if counts and (np.any(outcome < 0) or not outcome.any()):
        raise InferenceError(
            "counts are negative, or all are 0", remedy="give counts of which some are above 0"
        )


def _solved(matrix: Matrix, right: Vector) -> Vector:
    """Solve for a symmetric matrix whose columns may be of very different size."""
    scale = np.sqrt(np.diag(matrix))
    if np.any(scale == 0) or not np.all(np.isfinite(scale)):
        raise InferenceError("a term has no weight", remedy="leave it out")
    try:
        found = np.linalg.solve(matrix / np.outer(scale, scale), right / scale) / scale
    except np.linalg.LinAlgError:
        raise InferenceError("terms are collinear", remedy="leave some out") from None
    return np.asarray(found, np.float64)


def _eta(design: Matrix, log_exposure: Vector, coefficients: Vector) -> Vector:
    return np.clip(design @ coefficients + log_exposure, -_LARGEST_ETA, _LARGEST_ETA)


def _started(design: Matrix, outcome: Vector, log_exposure: Vector) -> Vector:
    """Begin with the one rate of all."""
    start = np.zeros(design.shape[1])
    start[0] = np.log(outcome.sum() / np.exp(log_exposure).sum())
    return start


def _deviance(outcome: Vector, mean: Vector, alpha: float) -> float:
    """Give twice the log-likelihood that is missing to that of a mean for each row."""
    if alpha == 0:
        terms = xlogy(outcome, outcome) - xlogy(outcome, mean) - (outcome - mean)
    else:
        size = 1 / alpha
        above = (outcome + size) * np.log((outcome + size) / (mean + size))
        terms = xlogy(outcome, outcome) - xlogy(outcome, mean) - above
    return float(2 * terms.sum())


def _newton(
    design: Matrix, outcome: Vector, log_exposure: Vector, alpha: float, start: Vector | None
) -> Vector:
    """Find the coefficients at a given alpha by Newton's method with halved steps."""
    begun = _started(design, outcome, log_exposure)
    coefficients = begun if start is None else start
    mean = np.exp(_eta(design, log_exposure, coefficients))
    deviance = _deviance(outcome, mean, alpha)
    for _ in range(_MOST_STEPS):
        below = 1 + alpha * mean
        score = design.T @ ((outcome - mean) / below)
        # Observed and not expected information: the likelihood is concave at any alpha,
        # while steps by the expected one may swing for ever.
        observed = mean * (1 + alpha * outcome) / below**2
        step = _solved(weighted_gram(design, observed), score)
        for _ in range(40):
            trial = coefficients + step
            mean = np.exp(_eta(design, log_exposure, trial))
            now = _deviance(outcome, mean, alpha)
            if np.isfinite(now) and now <= deviance + 1e-9 * (abs(deviance) + 1):
                break
            step = step / 2
        else:
            raise InferenceError("the regression does not converge", remedy="leave terms out")
        coefficients = trial
        # Half of the score's step is what Newton still expects to gain.
        gain = float(score @ step)
        deviance = min(now, deviance)
        if abs(gain) <= _TOLERANCE * (abs(deviance) + 1):
            return coefficients
    raise InferenceError("the regression does not converge", remedy="leave terms out")


def _fit(
    design: Matrix, outcome: Vector, log_exposure: Vector, coefficients: Vector, alpha: float
) -> Fit:
    mean = np.exp(_eta(design, log_exposure, coefficients))
    below = 1 + alpha * mean
    weight, residual = mean / below, (outcome - mean) / below
    null = _newton(np.ones((outcome.size, 1)), outcome, log_exposure, alpha, None)
    null_mean = np.exp(_eta(np.ones((outcome.size, 1)), log_exposure, null))
    pearson = float(((outcome - mean) ** 2 / mean).sum()) / (outcome.size - design.shape[1])
    return Fit(
        coefficients=coefficients,
        hessian=weighted_gram(design, weight),
        weight=weight,
        residual=residual,
        mean=mean,
        deviance=_deviance(outcome, mean, alpha),
        null_deviance=_deviance(outcome, null_mean, alpha),
        dispersion=alpha or pearson,
        plain_scale=1.0,
    )


def _moment_alpha(
    design: Matrix, outcome: Vector, log_exposure: Vector, coefficients: Vector
) -> float:
    mean = np.exp(_eta(design, log_exposure, coefficients))
    found = float((((outcome - mean) ** 2 - mean) / mean**2).mean())
    return float(np.clip(found if np.isfinite(found) else 1.0, 1e-3, 1e3))


def _log_likelihood(
    outcome: Vector, mean: Vector, values: Vector, times: npt.NDArray[Any], alpha: float
) -> float:
    """Give the log-likelihood up to what does not depend on alpha and mean."""
    size = 1 / alpha
    counted = (times * (gammaln(values + size) - gammaln(size))).sum()
    rows = xlogy(outcome, mean) - xlogy(outcome, mean + size) - size * np.log1p(mean / size)
    return float(counted + rows.sum())


def _best_alpha(
    outcome: Vector, mean: Vector, values: Vector, times: npt.NDArray[Any], start: float
) -> float:
    """Maximise the likelihood over ln(alpha) by Newton's method within bounds."""
    low, high = (float(np.log(end)) for end in _ALPHAS)
    place = float(np.clip(np.log(start), low, high))
    for _ in range(_MOST_STEPS):
        first, second = _slopes(outcome, mean, values, times, np.exp(-place))
        # Of a likelihood that is not curved down there, go uphill.
        step = first / -second if second < 0 else np.copysign(1.0, first)
        moved = float(np.clip(place + np.clip(step, -2.0, 2.0), low, high))
        if abs(moved - place) <= 1e-10:
            return float(np.exp(moved))
        place = moved
    return float(np.exp(place))


def _slopes(
    outcome: Vector, mean: Vector, values: Vector, times: npt.NDArray[Any], size: float
) -> tuple[float, float]:
    """Give the first and second derivative of the log-likelihood by ln(alpha); size is 1/alpha."""
    total = mean + size
    counted = times * (digamma(values + size) - digamma(size))
    first = counted.sum() + (np.log(size / total) + 1 - (outcome + size) / total).sum()
    curved = times * (polygamma(1, values + size) - polygamma(1, size))
    second = curved.sum() + (1 / size - 2 / total + (outcome + size) / total**2).sum()
    # ln(alpha) = -ln(size): the chain rule.
    return float(-size * first), float(size * first + size**2 * second)
