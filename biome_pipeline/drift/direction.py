"""Tests of whether a trait drifts in a direction, and whether in one only.

Two tests on the mutated edges, each edge counted once in total. *Symmetry*
against quasi-symmetry: do the exchanges of a pair run one way more than the
other, as one strength per value would have it? *Quasi-symmetry* against the
saturated model: is one strength per value enough? Statistics and degrees of
freedom are those of independent exchanges (Agresti 2013, "Categorical Data
Analysis", section 11.4); their chi-square law does not hold here, because
exchanges of one family go together, so that p-values are from resampling
families.

The first flips the sign of what each family adds to the differences X_ij - X_ji,
and leaves the totals N_ij (a wild cluster bootstrap with Rademacher weights and
the null imposed: Cameron, Gelbach and Miller 2008, Review of Economics and
Statistics 90). The statistic, the deviance, is fitted anew each time. All signs
are tried where there are no more than B; with fewer than six families no p-value
is below 5 %, and one family has none.

The second flips the signs of each family's residuals from the fit, and takes
out of them what other strengths would take up (one Newton step, the projection
of the score test). Its statistic is Pearson's, which needs no exchange to stay
within its pair's total.

Families are few and unequal: resampled statistics are taken G / (G - 1) times, the
factor of cluster-robust variances (Cameron and Miller 2015, Journal of Human
Resources 50), G the effective number of families (Kish). In 1,000 drawn
forests each without drift they then reject, at a level of 5 %, 5.5 % and 5.1 % (G
about 93), 6.3 % and 6.3 % (35), 7.7 % and 8.6 % (18), 4.3 % and 3.0 % (8), 2.9 % and
1.2 % (6): without the factor, with 8, 9.0 % and 10.7 %. What no sign can show is a
rare value that by chance no founder had: it is reached and never left.

Effects are in bits per mutated edge, of the one bit that a direction is: what
strengths say of it, and what is left of what the pair alone says. Noise says
something, too: `null_effect` is the mean of the resamples.

What does not belong here: the fit (``bradley_terry``), and orders (``orders``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components

from biome_pipeline.drift.bradley_terry import fit_bradley_terry, saturated_gain
from biome_pipeline.inference.resampling import blocks, check_arrays

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from biome_pipeline.drift.transitions import FamilyFlows

__all__ = [
    "DirectionTest",
    "DirectionTests",
    "DirectionVerdict",
    "direction_tests",
    "direction_verdicts",
]

DirectionVerdict = Literal[
    "directed", "one-dimensional", "no direction shown", "not one-dimensional"
]
"""What the tests and the held-out share say together."""

_LEVEL = 0.05


@dataclass(frozen=True)
class DirectionTest:
    """One of the two tests.

    Attributes
    ----------
    test : str
        ``symmetry`` or ``quasi_symmetry``: the hypothesis.
    statistic : float
        Deviance of symmetry less that of quasi-symmetry; Pearson's X² of
        quasi-symmetry.
    df : int
        Degrees of freedom.
    p_value : float or None
        From resampling families; ``None`` with fewer than two, or without df.
    effect : float
        Bits per mutated edge: the difference of deviances / (2 ln 2 N).
    null_effect : float or None
        The same that noise alone would give.
    deviance : float
        The difference of deviances; equal to the statistic of ``symmetry``.
    n_mutated : float
        Mutated edges N.
    n_families : int
        Families with a mutated edge.
    """

    test: Literal["symmetry", "quasi_symmetry"]
    statistic: float
    df: int
    p_value: float | None
    effect: float
    null_effect: float | None
    deviance: float
    n_mutated: float
    n_families: int


@dataclass(frozen=True, eq=False)
class DirectionTests:
    """Both tests, and the strengths they are about.

    Attributes
    ----------
    symmetry, quasi_symmetry : DirectionTest
        The tests.
    strength : ndarray of float64, shape (n_values,)
        Strength of each value in logits, upstream high; 0 where it has no exchange.
    """

    symmetry: DirectionTest
    quasi_symmetry: DirectionTest
    strength: npt.NDArray[np.float64]


def direction_tests(flows: FamilyFlows, *, n_replicates: int, seed: int) -> DirectionTests:
    """Test symmetry against quasi-symmetry, and quasi-symmetry against anything.

    Parameters
    ----------
    flows : FamilyFlows
        What each family adds to the flow.
    n_replicates : int
        Replicates (B).
    seed : int
        Seed of the draws.

    Returns
    -------
    DirectionTests
        Statistics, degrees of freedom, p-values and effects.

    Raises
    ------
    InferenceError
        If B is not positive.
    """
    check_arrays(n_replicates)
    pairs = _exchanges(flows)
    n = flows.n_values
    net = np.asarray(pairs.net.sum(axis=0), dtype=np.float64)
    fit = fit_bradley_terry(net[None, :], pairs.total, pairs.first, pairs.second, n)
    gain, strength = float(fit.gain[0]), fit.strength[0]
    left = max(float(saturated_gain(net[None, :], pairs.total)[0]) - gain, 0.0)
    lean = np.tanh((strength[pairs.first] - strength[pairs.second]) / 2)
    project = _Projection(pairs, lean, n)
    residual = csr_array(pairs.net - pairs.totals.multiply(lean[None, :]))
    pearson = float(
        project.statistic(np.asarray(residual.sum(axis=0), dtype=np.float64)[None, :])[0]
    )
    gains, pearsons = [], []
    if flows.n_families > 1:
        for signs in _signs(flows.n_families, n_replicates, seed):
            flipped = (pairs.net.T @ signs.T).T
            gains.append(fit_bradley_terry(flipped, pairs.total, pairs.first, pairs.second, n).gain)
            pearsons.append(project.statistic((residual.T @ signs.T).T))
    has_all = _has_all(flows.n_families, n_replicates)
    n_effective = flows.effective_families
    inflation = n_effective / (n_effective - 1) if n_effective > 1 else np.inf
    df = _dimension(pairs, n)

    def test(
        name: Literal["symmetry", "quasi_symmetry"],
        statistic: float,
        deviance: float,
        df: int,
        replicates: list[npt.NDArray[np.float64]],
    ) -> DirectionTest:
        n_mutated = float(pairs.total.sum())
        drawn = np.concatenate(replicates) if replicates and df > 0 else None
        bits = 2 * np.log(2) * n_mutated
        return DirectionTest(
            test=name,
            statistic=statistic,
            df=df,
            p_value=None
            if drawn is None
            else _p_value(statistic, inflation * drawn, has_all=has_all),
            effect=deviance / bits if bits else 0.0,
            null_effect=None if drawn is None else float(drawn.mean() / bits),
            deviance=deviance,
            n_mutated=n_mutated,
            n_families=flows.n_families,
        )

    return DirectionTests(
        test("symmetry", gain, gain, df, gains),
        test("quasi_symmetry", pearson, left, pairs.total.size - df, pearsons),
        strength,
    )


def direction_verdicts(
    tests: DirectionTests, heldout_low: float | None
) -> tuple[DirectionVerdict, DirectionVerdict]:
    """Say in words what the tests and the held-out share show.

    Parameters
    ----------
    tests : DirectionTests
        Both tests.
    heldout_low : float or None
        Lower end of the interval of the held-out share.

    Returns
    -------
    tuple of (str, str)
        Of symmetry: ``directed`` if it is rejected at 5 % and the held-out share
        lies above 0.5, else ``no direction shown``. Of quasi-symmetry:
        ``not one-dimensional`` if it is rejected at 5 %, ``one-dimensional`` if
        it is not and there is a direction, else ``no direction shown``.
    """
    one_way, one_scale = tests.symmetry.p_value, tests.quasi_symmetry.p_value
    is_directed = (
        one_way is not None and one_way <= _LEVEL and heldout_low is not None and heldout_low > 0.5
    )
    dimension: DirectionVerdict = "no direction shown"
    if one_scale is not None and one_scale <= _LEVEL:
        dimension = "not one-dimensional"
    elif is_directed and one_scale is not None:
        dimension = "one-dimensional"
    return "directed" if is_directed else "no direction shown", dimension


@dataclass(frozen=True, eq=False)
class _Exchanges:
    """The pairs of values that any edge exchanges, and what each family adds."""

    first: npt.NDArray[np.int64]
    second: npt.NDArray[np.int64]
    total: npt.NDArray[np.float64]
    net: csr_array
    totals: csr_array


def _exchanges(flows: FamilyFlows) -> _Exchanges:
    n = flows.n_values
    first, second = np.triu_indices(n, k=1)
    forward, back = (
        csr_array(flows.edges[:, columns]) for columns in (first * n + second, second * n + first)
    )
    total = np.asarray((forward + back).sum(axis=0), dtype=np.float64)
    used = np.flatnonzero(total > 0)
    forward, back = forward[:, used], back[:, used]
    return _Exchanges(
        first[used].astype(np.int64),
        second[used].astype(np.int64),
        total[used],
        csr_array(forward - back),
        csr_array(forward + back),
    )


def _dimension(pairs: _Exchanges, n: int) -> int:
    """Give the strengths that are free: values less components of the pairs."""
    links = coo_array((np.ones(pairs.first.size), (pairs.first, pairs.second)), shape=(n, n))
    n_components, _ = connected_components(links, directed=False)
    return n - int(n_components)


class _Projection:
    """Pearson's statistic of residuals, after what strengths take up is taken out."""

    def __init__(self, pairs: _Exchanges, lean: npt.NDArray[np.float64], n: int) -> None:
        # Variance of a pair's net exchanges by the fit.
        self._variance = pairs.total * np.maximum(1 - lean**2, 1e-12)
        self._first, self._second, self._n = pairs.first, pairs.second, n
        weight = np.zeros((n, n))
        weight[pairs.first, pairs.second] = self._variance
        weight += weight.T
        self._inverse = np.linalg.pinv(
            np.diag(weight.sum(axis=1)) - weight, rcond=1e-11, hermitian=True
        )

    def statistic(self, residual: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        inflow = np.zeros((len(residual), self._n, self._n))
        inflow[:, self._first, self._second] = residual
        inflow -= np.swapaxes(inflow, 1, 2)
        step = (self._inverse * inflow.sum(axis=2)[:, None, :]).sum(axis=2)
        rest = residual - self._variance * (step[:, self._first] - step[:, self._second])
        return np.asarray((rest**2 / self._variance).sum(axis=1))


def _has_all(n_families: int, n_replicates: int) -> bool:
    """Say whether all signs are no more than the replicates and the data."""
    return n_families < 63 and 2**n_families <= n_replicates + 1


def _signs(n_families: int, n_replicates: int, seed: int) -> Iterator[npt.NDArray[np.float64]]:
    """Give a sign for each family, all there are or B at random, in blocks."""
    if _has_all(n_families, n_replicates):
        pattern = np.arange(2**n_families)[:, None] >> np.arange(n_families)
        yield (pattern % 2 * 2 - 1).astype(np.float64)
        return
    generator = np.random.Generator(np.random.PCG64([seed, 1]))
    for start, stop in blocks(n_replicates, n_families):
        drawn = generator.integers(2, size=(stop - start, n_families))
        yield (2 * drawn - 1).astype(np.float64)


def _p_value(statistic: float, drawn: npt.NDArray[np.float64], *, has_all: bool) -> float:
    # Statistics that are equal but for rounding are ties, and a tie is a hit.
    n_beyond = int(np.count_nonzero(drawn >= statistic - 1e-7 * max(statistic, 1.0)))
    return n_beyond / drawn.size if has_all else (1 + n_beyond) / (1 + drawn.size)
