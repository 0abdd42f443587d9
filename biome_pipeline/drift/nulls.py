"""What an optimal order explains by chance: coins, and margins.

An order that is the best of all explains far more than half of directions that
mean nothing, so that a share needs a null beside it, each replicate solved like
the data. Two nulls answer two questions.

*Coins*: were every drift's direction a coin's, traffic and ties as they are?
The directions of two pairs are taken to have nothing to do with each other.

*Margins*: did mutated children draw their values from one law, whatever their
parents had (``margins``)? Such worlds have a nearly perfect order, from what
children have little of to what they have much of. A share within this null says
nothing of the way from a certain value to a certain other.

What does not belong here: how the worlds of the margin null are drawn
(``margins``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from biome_pipeline.drift.flow import explained
from biome_pipeline.drift.orders import best_orders
from biome_pipeline.inference.resampling import check_arrays, percentile_interval

if TYPE_CHECKING:
    import numpy.typing as npt

    from biome_pipeline.drift.orders import Objective

__all__ = [
    "MarginVerdict",
    "NullShares",
    "coin_p_value",
    "coin_transitions",
    "margin_verdict",
    "null_shares",
]

MarginVerdict = Literal["beyond margins", "within margins", "below margins", "not decided"]
"""What the margin null says of a share."""


@dataclass(frozen=True, eq=False)
class NullShares:
    """Both shares of replicates of a null, each under its own best order.

    Attributes
    ----------
    drift_share, mutation_share : ndarray of float64, shape (n_replicates,)
        The shares; NaN where a replicate has no drift, or no transition.
    n_unproven : int
        Orders that were not proven best before the time was out.
    """

    drift_share: npt.NDArray[np.float64]
    mutation_share: npt.NDArray[np.float64]
    n_unproven: int


def coin_transitions(
    transitions: npt.NDArray[np.float64], *, n_replicates: int, seed: int
) -> npt.NDArray[np.float64]:
    """Swap the two ways of every pair by a coin.

    Parameters
    ----------
    transitions : ndarray of float64, shape (n, n)
        Transitions from the row's value to the column's.
    n_replicates : int
        Replicates.
    seed : int
        Seed of the coins.

    Returns
    -------
    ndarray of float64, shape (n_replicates, n, n)
        Transitions of each replicate: the same pairs, traffic and ties.

    Raises
    ------
    InferenceError
        If the number of replicates is not positive.
    """
    check_arrays(n_replicates)
    n = len(transitions)
    generator = np.random.Generator(np.random.PCG64([seed, 4]))
    first, second = np.triu_indices(n, k=1)
    is_swapped = np.zeros((n_replicates, n, n), dtype=np.bool_)
    is_swapped[:, first, second] = generator.integers(2, size=(n_replicates, first.size)) == 1
    is_swapped |= np.swapaxes(is_swapped, 1, 2)
    return np.where(is_swapped, transitions.T, transitions)


def null_shares(
    transitions: npt.NDArray[np.float64],
    objective: Objective,
    *,
    time_limit: float,
) -> NullShares:
    """Solve each replicate of a null, and give what its order explains.

    Parameters
    ----------
    transitions : ndarray of float64, shape (n_replicates, n, n)
        Transitions of each replicate.
    objective : {"directions", "traffic"}
        What an order maximises.
    time_limit : float
        Seconds for each order.

    Returns
    -------
    NullShares
        Both shares.
    """
    orders = best_orders(transitions, objective, time_limit=time_limit)
    found = explained(transitions, orders.order)
    return NullShares(found.drift_share, found.mutation_share, orders.n_unproven)


def coin_p_value(share: float, replicates: npt.NDArray[np.float64]) -> float | None:
    """Give the share of replicates, the data among them, that explain as much.

    Parameters
    ----------
    share : float
        Share of the data; NaN if there is none.
    replicates : ndarray of float64, shape (n_replicates,)
        Shares of the coins.

    Returns
    -------
    float or None
        One-sided; ``None`` without a share.
    """
    known = replicates[~np.isnan(replicates)]
    if np.isnan(share) or not known.size:
        return None
    return float((1 + np.count_nonzero(known >= share - 1e-12)) / (1 + known.size))


def margin_verdict(share: float, replicates: npt.NDArray[np.float64]) -> MarginVerdict:
    """Say whether a share leaves the margin null.

    Parameters
    ----------
    share : float
        Share of the data that its order maximises; NaN if there is none.
    replicates : ndarray of float64, shape (n_replicates,)
        The same of the null.

    Returns
    -------
    str
        ``beyond margins`` above the 97.5 % percentile of the null, ``below
        margins`` under its 2.5 %: less of an order than margins make.
    """
    low, high = percentile_interval(replicates) if replicates.size else (None, None)
    if np.isnan(share) or low is None or high is None:
        return "not decided"
    if share > high + 1e-12:
        return "beyond margins"
    return "below margins" if share < low - 1e-12 else "within margins"
