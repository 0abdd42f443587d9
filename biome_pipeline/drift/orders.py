"""The best order of values for a drift graph, or for many at once.

Two objectives: ``directions`` maximises the number of drifts that point forward,
``traffic`` their sum; either is a linear ordering problem, solved exactly where
the solver says so.

What does not belong here: the solver (``ordering``), and what an order explains
(``flow``).
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from biome_pipeline.drift.flow import net_flow
from biome_pipeline.ordering import solve_linear_ordering

if TYPE_CHECKING:
    import numpy.typing as npt

    from biome_pipeline.ordering import LinearOrdering

__all__ = ["OBJECTIVES", "Objective", "Orders", "best_order", "best_orders"]

Objective = Literal["directions", "traffic"]
"""What an order maximises; a value of the column ``objective``."""

OBJECTIVES: tuple[Objective, ...] = ("directions", "traffic")
"""Both of them."""


@dataclass(frozen=True, eq=False)
class Orders:
    """Orders of many replicates.

    Attributes
    ----------
    order : ndarray of int64, shape (n_replicates, n)
        Values from first to last.
    n_unproven : int
        Replicates whose order was not proven best before the time was out.
    """

    order: npt.NDArray[np.int64]
    n_unproven: int


def best_order(
    transitions: npt.NDArray[np.float64], objective: Objective, *, time_limit: float
) -> LinearOrdering:
    """Order values so that drifts point forward.

    Parameters
    ----------
    transitions : ndarray of float64, shape (n, n)
        Transitions from the row's value to the column's.
    objective : {"directions", "traffic"}
        What to maximise.
    time_limit : float
        Seconds after which the best order so far is taken.

    Returns
    -------
    LinearOrdering
        The order with its value, bound and gap.
    """
    return solve_linear_ordering(_weights(transitions, objective), time_limit=time_limit)


def best_orders(
    transitions: npt.NDArray[np.float64],
    objective: Objective,
    *,
    time_limit: float,
    n_threads: int = 1,
) -> Orders:
    """Order values for each of many replicates.

    Parameters
    ----------
    transitions : ndarray of float64, shape (n_replicates, n, n)
        Transitions of each replicate.
    objective : {"directions", "traffic"}
        What to maximise.
    time_limit : float
        Seconds for each replicate.
    n_threads : int, default 1
        Replicates solved at once; the orders do not depend on it.

    Returns
    -------
    Orders
        The order of each replicate. Replicates with the same drifts are solved
        once.
    """
    weights = _weights(transitions, objective)
    n_replicates, n = weights.shape[0], weights.shape[-1]
    distinct: dict[bytes, int] = {}
    place = [distinct.setdefault(own.tobytes(), len(distinct)) for own in weights]
    first = {place[k]: k for k in reversed(range(n_replicates))}

    def solve(k: int) -> LinearOrdering:
        return solve_linear_ordering(weights[first[k]], time_limit=time_limit)

    if n_threads > 1:
        with ThreadPoolExecutor(n_threads) as pool:
            solved = list(pool.map(solve, range(len(distinct))))
    else:
        solved = [solve(k) for k in range(len(distinct))]
    order = np.empty((n_replicates, n), dtype=np.int64)
    for k, own in enumerate(place):
        order[k] = solved[own].order
    return Orders(order, sum(not solved[own].is_optimal for own in place))


def _weights(transitions: npt.NDArray[np.float64], objective: Objective) -> npt.NDArray[np.float64]:
    drift = net_flow(transitions)
    return (drift > 0).astype(np.float64) if objective == "directions" else drift
