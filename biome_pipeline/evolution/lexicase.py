"""Epsilon-lexicase selection: objectives one after another, in random order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Losses = npt.NDArray[np.float64]

__all__ = ["epsilons", "lexicase_winner"]


def epsilons(losses: Losses) -> npt.NDArray[np.float64]:
    """Compute how much worse than the best still passes.

    Parameters
    ----------
    losses : ndarray of float64, shape (n, m)
        Smaller is better.

    Returns
    -------
    ndarray of float64, shape (m,)
        Median absolute deviation of each objective (La Cava et al. 2016, section 3.1).
    """
    medians = np.median(losses, axis=0)
    return np.asarray(np.median(np.abs(losses - medians), axis=0))


def lexicase_winner(
    losses: Losses,
    slack: npt.NDArray[np.float64],
    pool: npt.NDArray[np.int64],
    rng: np.random.Generator,
) -> int:
    """Draw one candidate.

    Parameters
    ----------
    losses : ndarray of float64, shape (n, m)
        Smaller is better.
    slack : ndarray of float64, shape (m,)
        As `epsilons` gives it.
    pool : ndarray of int64
        Places that take part; at least one.
    rng : numpy.random.Generator
        Draws the order of objectives, and one of those that pass all.

    Returns
    -------
    int
        Its place.
    """
    for column in rng.permutation(losses.shape[1]):
        values = losses[pool, column]
        pool = pool[values <= values.min() + slack[column]]
        if len(pool) == 1:
            break
    return int(pool[rng.integers(len(pool))])
