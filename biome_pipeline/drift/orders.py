"""The best order of values for a drift graph, or for many at once.

Two objectives: ``directions`` maximises the number of drifts that point forward,
``traffic`` their sum; either is a linear ordering problem, solved exactly where
the solver says so.

What does not belong here: the solver (``ordering``), and what an order explains
(``flow``).
"""

from __future__ import annotations

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
    seed: int | None = None,
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
    seed : int, optional
        Then values are shuffled before each is solved, so that the solver's rule for
        ties does not decide the same in every replicate what the data leave open.

    Returns
    -------
    Orders
        The order of each replicate. Replicates with the same drifts are solved
        once.
    """
    weights = _weights(transitions, objective)
    generator = None if seed is None else np.random.Generator(np.random.PCG64([seed, 6]))
    solved: dict[bytes, LinearOrdering] = {}
    order = np.empty(weights.shape[:2], dtype=np.int64)
    n_unproven = 0
    for k, own in enumerate(weights):
        shuffled = np.arange(len(own)) if generator is None else generator.permutation(len(own))
        asked = own[np.ix_(shuffled, shuffled)]
        key = asked.tobytes()
        if key not in solved:
            solved[key] = solve_linear_ordering(asked, time_limit=time_limit)
        order[k] = shuffled[solved[key].order]
        n_unproven += not solved[key].is_optimal
    return Orders(order, n_unproven)


def _weights(transitions: npt.NDArray[np.float64], objective: Objective) -> npt.NDArray[np.float64]:
    drift = net_flow(transitions)
    return (drift > 0).astype(np.float64) if objective == "directions" else drift
