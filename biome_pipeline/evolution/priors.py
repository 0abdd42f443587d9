"""Weights of operators from counts of mutations, smoothed with a Dirichlet prior.

The published rule counts every edge. One family can hold thousands of copies of
one mutated model, so the robust rule counts an operator once for each family that
shows it. Both are posterior means of the share under a symmetric Dirichlet prior
(Gelman et al. 2013, "Bayesian Data Analysis", section 3.4):

    weight = (observed + alpha base) / (total + alpha)

with base 1/K. Alpha is K/2, half a mutation for each operator: Jeffreys' prior of
a multinomial, under which the code length of what comes next is within a constant
of the best in the worst case (Krichevsky and Trofimov 1981, IEEE Trans. Inf.
Theory 27). An operator that nobody used keeps a weight above zero, and fifty
operators do not drown a few dozen families.

What does not belong here: what is counted (``observed``) and whether weights
predict (``prior_scores``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from biome_pipeline.errors import InferenceError

if TYPE_CHECKING:
    import numpy.typing as npt

    Vector = npt.NDArray[np.float64]
    Flags = npt.NDArray[np.bool_]

__all__ = [
    "MUTATIONS_PER_OPERATOR",
    "dirichlet_weights",
    "edge_counts",
    "family_counts",
    "search_weights",
    "uniform_prior",
]

MUTATIONS_PER_OPERATOR = 0.5
"""Mutations that each operator is taken to have had before any was seen (alpha / K)."""


def uniform_prior(n_operators: int) -> Vector:
    """Give every operator the same share.

    Parameters
    ----------
    n_operators : int
        Operators (K).

    Returns
    -------
    ndarray of float64, shape (n_operators,)
        1/K each.

    Raises
    ------
    InferenceError
        If there is no operator.
    """
    if n_operators < 1:
        raise InferenceError("there is no operator to weigh", remedy="give one or more")
    return np.full(n_operators, 1 / n_operators)


def edge_counts(hits: Flags) -> npt.NDArray[np.int64]:
    """Count the edges that show each operator (the published rule).

    Parameters
    ----------
    hits : ndarray of bool, shape (n_edges, n_operators)
        Which edge shows which operator.

    Returns
    -------
    ndarray of int64, shape (n_operators,)
        Edges.
    """
    return hits.sum(axis=0, dtype=np.int64)


def family_counts(hits: Flags, family: npt.NDArray[np.integer[Any]]) -> npt.NDArray[np.int64]:
    """Count the families that show each operator (the robust rule).

    Parameters
    ----------
    hits : ndarray of bool, shape (n_edges, n_operators)
        Which edge shows which operator.
    family : ndarray of integers, shape (n_edges,)
        Family of each edge.

    Returns
    -------
    ndarray of int64, shape (n_operators,)
        Families; each at most once, however many of its edges show it.

    Raises
    ------
    InferenceError
        If the two do not have the same edges.
    """
    if hits.ndim != 2 or family.shape != hits.shape[:1]:
        raise InferenceError(
            f"the arrays do not match: hits {hits.shape}, family {family.shape}",
            remedy="give one row of hits and one family for each edge",
        )
    _, home = np.unique(family, return_inverse=True)
    edge, operator = np.nonzero(hits)
    pairs = np.unique(home.reshape(-1)[edge] * hits.shape[1] + operator)
    return np.bincount(pairs % hits.shape[1], minlength=hits.shape[1]).astype(np.int64)


def dirichlet_weights(
    counts: npt.NDArray[np.integer[Any]], prior: Vector, *, alpha: float | None = None
) -> Vector:
    """Smooth counts towards a prior.

    Parameters
    ----------
    counts : ndarray of integers, shape (n_operators,)
        Mutations seen of each operator.
    prior : ndarray of float64, shape (n_operators,)
        Share of each before any was seen; positive, sums to 1.
    alpha : float, optional
        Mutations that the prior is worth; K/2 if not given.

    Returns
    -------
    ndarray of float64, shape (n_operators,)
        (counts + alpha prior) / (total + alpha): positive, sums to 1.

    Raises
    ------
    InferenceError
        If the arrays do not match, a count is negative, the prior is none, or
        alpha is not positive.
    """
    worth = MUTATIONS_PER_OPERATOR * prior.size if alpha is None else alpha
    if counts.ndim != 1 or counts.shape != prior.shape or np.any(counts < 0):
        raise InferenceError(
            f"counts of shape {counts.shape} for a prior of shape {prior.shape}",
            remedy="give one count of 0 or more for each operator",
        )
    if not (np.all(prior > 0) and np.isclose(prior.sum(), 1)):
        raise InferenceError(
            f"the prior shares are not positive or sum to {prior.sum():.6g}",
            remedy="give positive shares that sum to 1",
        )
    if not (np.isfinite(worth) and worth > 0):
        raise InferenceError(f"alpha is {worth}", remedy="give a finite number above 0")
    return np.asarray((counts + worth * prior) / (counts.sum() + worth))


def search_weights(weights: Vector, prior: Vector, is_observable: Flags) -> Vector:
    """Let operators that no config can show keep their prior share.

    Smoothing takes an operator that was never seen for rare. Of one that cannot
    be seen nothing was learned: with thousands of mutations of the others its
    weight would vanish all the same, and a search would never try it.

    Parameters
    ----------
    weights : ndarray of float64, shape (n_operators,)
        As of `dirichlet_weights`.
    prior : ndarray of float64, shape (n_operators,)
        Share before any mutation was seen.
    is_observable : ndarray of bool, shape (n_operators,)
        Whether a config can show it.

    Returns
    -------
    ndarray of float64, shape (n_operators,)
        The prior of those that cannot be seen; the others share what is left in
        proportion to their weights. Sums to 1 as the prior does.

    Raises
    ------
    InferenceError
        If the arrays do not match.
    """
    if not weights.shape == prior.shape == is_observable.shape:
        raise InferenceError(
            f"the arrays do not match: {weights.shape}, {prior.shape}, {is_observable.shape}",
            remedy="give one weight, share and flag for each operator",
        )
    found = prior.copy()
    seen = weights[is_observable]
    found[is_observable] = prior[is_observable].sum() * seen / seen.sum()
    return found
