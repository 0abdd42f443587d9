"""The linear ordering problem, solved with a certificate.

Given weights, find the order of the items that maximises the sum of the weights
that point forward. It is NP-hard; what is returned says how far it is from the
best that could be.

What does not belong here: what the items and weights are (``drift``).
"""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from biome_pipeline.errors import OrderingError
from biome_pipeline.ordering.branching import solve_component
from biome_pipeline.ordering.dynamic import MAX_ITEMS, first_best_order
from biome_pipeline.ordering.insertion import backward_weight
from biome_pipeline.ordering.reduction import components_in_order, net_weights, unit_of

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["LinearOrdering", "solve_linear_ordering"]

_TOLERANCE = 1e-9


@dataclass(frozen=True, eq=False)
class LinearOrdering:
    """An order of items, and how good the best one can be.

    Attributes
    ----------
    order : ndarray of int64, shape (n,)
        Items, first to last.
    value : float
        Sum of ``weights[i, j]`` over all i before j.
    bound : float
        No order has a larger value; equal to `value` if that is proven.
    is_optimal : bool
        Whether it is proven that no order has a larger value.
    """

    order: npt.NDArray[np.int64]
    value: float
    bound: float
    is_optimal: bool

    @property
    def gap(self) -> float:
        """What may be missing, as a share of the bound; 0 if optimal."""
        if self.is_optimal:
            return 0.0
        return (self.bound - self.value) / max(abs(self.bound), 1e-300)


def solve_linear_ordering(
    weights: npt.NDArray[np.float64],
    *,
    time_limit: float = 60.0,
    seed: int = 0,
    is_decomposed: bool = True,
) -> LinearOrdering:
    """Find the order that puts the most weight forward."""
    matrix = np.array(weights, dtype=np.float64)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise OrderingError(
            f"the weights are of shape {matrix.shape}", remedy="give a square matrix"
        )
    np.fill_diagonal(matrix, 0.0)
    if not np.isfinite(matrix).all():
        raise OrderingError("a weight is not a finite number", remedy="leave it out as 0")
    if not time_limit >= 0:
        raise OrderingError(f"the time limit is {time_limit}", remedy="give seconds, 0 or more")
    deadline = perf_counter() + time_limit
    net = net_weights(matrix)
    n = len(net)
    parts = components_in_order(net) if is_decomposed and n else [np.arange(n)] if n else []
    order, slack = [], 0.0
    for items in parts:
        if items.size == 1:
            order.append(items)
            continue
        own = net[np.ix_(items, items)]
        if items.size <= MAX_ITEMS:
            order.append(items[first_best_order(own)])
            continue
        found, _ = solve_component(
            own, unit_of(own), _TOLERANCE * np.abs(own).sum() / 2, deadline, seed
        )
        order.append(items[found.order])
        slack += found.weight - found.bound
    whole = np.concatenate(order) if order else np.empty(0, dtype=np.int64)
    value = float(np.triu(matrix[np.ix_(whole, whole)], 1).sum())
    return LinearOrdering(whole, value, value + slack, slack == 0.0)
