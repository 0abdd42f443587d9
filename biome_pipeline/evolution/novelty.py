"""Novelty: how far a candidate's structure is from those that were there before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Rows = npt.NDArray[np.float64]

__all__ = ["novelty"]


def novelty(
    descriptors: Rows, archive: Rows, *, k: int, own: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    """Measure candidates against an archive.

    Parameters
    ----------
    descriptors : ndarray of float64, shape (n, d)
        Of the candidates.
    archive : ndarray of float64, shape (a, d)
        Of those they are compared with.
    k : int
        Neighbours.
    own : ndarray of int64, shape (n,)
        The candidate's own place in the archive, where it is no neighbour of itself; -1
        if it is not there.

    Returns
    -------
    ndarray of float64, shape (n,)
        Mean distance to the `k` nearest, or to all if they are fewer (Lehman and Stanley
        2011, section 3), in standard deviations of the archive's columns; columns
        without spread do not count. NaN if there is no other.
    """
    if not len(descriptors):
        return np.zeros(0)
    spread = archive.std(axis=0) if len(archive) else np.zeros(descriptors.shape[1])
    used = spread > 0
    rows, others = descriptors[:, used] / spread[used], archive[:, used] / spread[used]
    squares = np.zeros((len(rows), len(others)))
    for column in range(rows.shape[1]):
        squares += (rows[:, None, column] - others[None, :, column]) ** 2
    distances = np.sqrt(squares)
    there = np.flatnonzero(own >= 0)
    distances[there, own[there]] = np.inf
    distances.sort(axis=1)
    n_others = len(others) - (own >= 0)
    nearest = np.minimum(n_others, k)
    found = np.full(len(rows), np.nan)
    for n in np.unique(nearest[nearest > 0]):
        found[nearest == n] = distances[nearest == n, :n].mean(axis=1)
    return found
