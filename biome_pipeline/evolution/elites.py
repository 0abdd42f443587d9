"""Structural elites: candidates kept for what they are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["structural_elites"]


def structural_elites(
    counts: npt.NDArray[np.float64], weights: npt.NDArray[np.float64], n_elites: int
) -> npt.NDArray[np.int64]:
    """Name the candidates with most structure.

    Parameters
    ----------
    counts : ndarray of float64, shape (n, k)
        Structural counts: layers, mixtures of experts, selectors.
    weights : ndarray of float64, shape (k,)
        Of the counts.
    n_elites : int
        How many are wanted.

    Returns
    -------
    ndarray of int64, shape (min(n, n_elites),)
        Places by descending weighted sum of the counts, each over the pool's largest;
        ties in the order of birth.
    """
    most = counts.max(axis=0, initial=0.0)
    shares = np.divide(counts, most, out=np.zeros_like(counts), where=most > 0)
    scores = np.zeros(len(counts))
    for column, weight in enumerate(weights):
        scores += shares[:, column] * weight
    return np.argsort(-scores, kind="stable")[:n_elites].astype(np.int64)
