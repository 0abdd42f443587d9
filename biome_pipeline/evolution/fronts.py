"""Pareto fronts, and how crowded a candidate's place on its front is.

What does not belong here: who is chosen (``selection``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from biome_pipeline.evolution.objectives import check_losses

if TYPE_CHECKING:
    import numpy.typing as npt

    Losses = npt.NDArray[np.float64]

__all__ = ["crowding_distances", "non_dominated_fronts"]


def non_dominated_fronts(losses: Losses) -> npt.NDArray[np.int64]:
    """Sort candidates into fronts.

    Parameters
    ----------
    losses : ndarray of float64, shape (n, m)
        Smaller is better; finite.

    Returns
    -------
    ndarray of int64, shape (n,)
        0 for those that no other dominates: none is as good in all objectives and better
        in one; 1 for those that only these dominate; and so on (Deb et al. 2002, section
        III.A). Equal candidates share a front.

    Raises
    ------
    ValueError
        If a loss is not finite.
    """
    check_losses(losses)
    n = len(losses)
    fronts = np.full(n, -1, np.int64)
    if not n:
        return fronts
    no_worse = np.all(losses[:, None, :] <= losses[None, :, :], axis=2)
    better = np.any(losses[:, None, :] < losses[None, :, :], axis=2)
    dominates: npt.NDArray[np.bool_] = no_worse & better
    n_over = dominates.sum(axis=0)
    left, front = np.ones(n, np.bool_), 0
    while left.any():
        now = left & (n_over == 0)
        fronts[now] = front
        n_over = n_over - dominates[now].sum(axis=0)
        left &= ~now
        front += 1
    return fronts


def crowding_distances(losses: Losses, fronts: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Tell how much room each candidate has on its front.

    Parameters
    ----------
    losses : ndarray of float64, shape (n, m)
        Smaller is better; finite.
    fronts : ndarray of int64, shape (n,)
        As `non_dominated_fronts` gives them.

    Returns
    -------
    ndarray of float64, shape (n,)
        Sum over objectives of the distance between both neighbours on the front, over
        the front's spread (Deb et al. 2002, section III.B); infinite at the ends. Ties
        are in the order of birth.
    """
    found = np.zeros(len(losses))
    for front in range(int(fronts.max(initial=-1)) + 1):
        members = np.flatnonzero(fronts == front)
        for column in range(losses.shape[1]):
            values = losses[members, column]
            order = np.argsort(values, kind="stable")
            ranked = values[order]
            spread = ranked[-1] - ranked[0]
            inner = (ranked[2:] - ranked[:-2]) / spread if spread > 0 else 0.0
            found[members[order[1:-1]]] += inner
            found[members[order[[0, -1]]]] = np.inf
    return found
