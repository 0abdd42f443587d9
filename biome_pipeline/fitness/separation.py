"""Terms that would be infinite: models of outcome 0 that they set apart from all others.

Where every model with a feature has no downloads, the estimate of the feature
falls without end, and a program that stops somewhere reports a number that
means nothing. Such models say nothing of the other terms, so that they are left
out with the term, which keeps the reason (Correia, Guimaraes and Zylkin 2019,
"Verifying the existence of maximum likelihood estimates for generalized linear
models", arXiv 1903.01633).

What does not belong here: columns that repeat each other (``design``).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import linprog

from biome_pipeline.fitness.glm import weighted_gram

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from biome_pipeline.fitness.design import Column

    Vector = npt.NDArray[np.float64]
    Matrix = npt.NDArray[np.float64]

__all__ = ["separated_rows", "without_separated"]

_FREE = 1e-9


def without_separated(
    columns: Sequence[Column], outcome: Vector
) -> tuple[list[Column], npt.NDArray[np.bool_]]:
    """Set terms aside that would be infinite: all models with it, or without it, have 0.

    One term at a time, again until nothing changes; see `separated_rows` for several
    together.

    Parameters
    ----------
    columns : sequence of Column
        The terms.
    outcome : ndarray of float64, shape (n,)
        Counts.

    Returns
    -------
    tuple of (list of Column, ndarray of bool, shape (n,))
        The terms, those that cannot be used without values; and which rows stay.
    """
    kept = np.ones(outcome.size, np.bool_)
    found = list(columns)
    is_changed = True
    while is_changed:
        is_changed = False
        for place, column in enumerate(found):
            if column.values is None or column.kind == "intercept":
                continue
            ends = np.unique(column.values[kept])
            if ends.size != 2:
                continue
            for end, words in ((ends[1], "with"), (ends[0], "without")):
                inside = kept & (column.values == end)
                if inside.any() and not outcome[inside].any():
                    n = int(np.count_nonzero(inside))
                    reason = f"the outcome of all {n:,} models {words} it is 0; they are left out"
                    found[place] = replace(column, values=None, reason=reason)
                    kept &= ~inside
                    is_changed = True
                    break
    return found, kept


def separated_rows(matrix: Matrix, outcome: Vector) -> npt.NDArray[np.bool_]:
    """Tell which models of outcome 0 some terms together set apart from all others.

    A direction z = X g that is 0 of every model with an outcome above 0, and
    nowhere negative, can be followed for ever: the mean of the models in which it
    is positive goes to 0, and the estimate to infinity (Correia, Guimaraes and
    Zylkin 2019, arXiv 1903.01633, proposition 1).

    Parameters
    ----------
    matrix : ndarray of float64, shape (n, k)
        Columns that are not collinear.
    outcome : ndarray of float64, shape (n,)
        Counts.

    Returns
    -------
    ndarray of bool, shape (n,)
        Models that say nothing of a finite estimate.
    """
    found = np.zeros(outcome.size, np.bool_)
    is_positive = outcome > 0
    if not is_positive.any():
        return found
    gram = weighted_gram(matrix, is_positive.astype(np.float64))
    scale = 1 / np.sqrt(np.maximum(weighted_gram(matrix, np.ones(outcome.size)).diagonal(), 1e-300))
    values, vectors = np.linalg.eigh(gram * np.outer(scale, scale))
    free = vectors[:, values < _FREE]
    if not free.shape[1]:
        return found
    lines = np.round(matrix[~is_positive] * scale @ free * np.sqrt(outcome.size), 6)
    distinct, place = np.unique(lines, axis=0, return_inverse=True)
    found[np.flatnonzero(~is_positive)] = _goes_to_zero(distinct)[place.reshape(-1)]
    return found


def _goes_to_zero(lines: Matrix) -> npt.NDArray[np.bool_]:
    """Find a direction along which no line falls and as many as possible rise."""
    n, k = lines.shape
    # Variables: the direction, and for each line how far it rises, up to 1.
    rises = np.concatenate([np.zeros(k), -np.ones(n)])
    above = np.concatenate([-lines, np.eye(n)], axis=1)
    limits = [(None, None)] * k + [(0.0, 1.0)] * n
    solved = linprog(rises, A_ub=above, b_ub=np.zeros(n), bounds=limits, method="highs")
    if solved.x is None:
        return np.zeros(n, np.bool_)
    result: npt.NDArray[np.bool_] = solved.x[k:] > 0.5
    return result
