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
from biome_pipeline.ordering.reduction import components_in_order, net_weights, unit_of

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["LinearOrdering", "solve_linear_ordering"]

_LEAST_BOUND = 1e-12


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
        return (self.bound - self.value) / max(abs(self.bound), _LEAST_BOUND)


def solve_linear_ordering(
    weights: npt.NDArray[np.float64],
    *,
    time_limit: float = 60.0,
    seed: int = 0,
    is_decomposed: bool = True,
    is_lazy: bool = True,
) -> LinearOrdering:
    """Find the order that puts the most weight forward.

    Strongly connected components of the positive net weights are solved alone,
    the small ones first (:mod:`~biome_pipeline.ordering.reduction`): up to
    :data:`~biome_pipeline.ordering.dynamic.MAX_ITEMS` items by dynamic
    programming, others by cutting planes over the inequalities of 3-cycles and
    branch and bound (Groetschel, Juenger and Reinelt 1984).

    Where several orders have the largest value, the one that is given depends on
    weights and seed alone, not on time or threads, if it is proven. Components
    are laid out by their smallest item as far as they are free to; then
    neighbours without a net weight are swapped until none stand in descending
    order.

    Parameters
    ----------
    weights : ndarray of float64, shape (n, n)
        ``weights[i, j]`` is gained when i stands before j; any sign. The diagonal
        is ignored.
    time_limit : float, default 60.0
        Seconds after which the best order so far is given, with its bound.
    seed : int, default 0
        Seed of the local search, which may find another of several best orders.
    is_decomposed : bool, default True
        Whether components are solved alone; the value is the same without.
    is_lazy : bool, default True
        Whether inequalities are added as they are violated; all of them from the
        start are much slower, for comparison.

    Returns
    -------
    LinearOrdering
        The order, its value, and the certificate. Net weights that are whole
        multiples of a common unit (whole numbers, halves) make values that are,
        too, so that the bound may be rounded down to one; `is_optimal` is then
        exact. Of other weights, and of a unit below 1e-8 of the sum of the net
        weights, it is proven to a billionth of that sum.

    Raises
    ------
    OrderingError
        If the weights are not a square matrix of finite numbers, or the time
        limit is negative or not a number.
    """
    matrix = _checked(weights)
    if not time_limit >= 0:
        raise OrderingError(
            f"the time limit is {time_limit} seconds", remedy="give a number that is not negative"
        )
    deadline = perf_counter() + time_limit
    with np.errstate(over="ignore"):
        net = net_weights(matrix)
    if not np.isfinite(net).all():
        raise OrderingError(
            "the difference of two weights is too large for a float", remedy="scale the weights"
        )
    parts = components_in_order(net) if is_decomposed else [np.arange(len(net))]
    found = list(parts)
    slack = 0.0
    # Small ones first: the time is left to those that need it.
    for number in sorted(range(len(parts)), key=lambda number: parts[number].size):
        items = parts[number]
        own = net[items[:, None], items]
        if items.size < 2 or not own.any():
            continue
        if items.size <= MAX_ITEMS:
            order = first_best_order(own)
        else:
            solved = solve_component(
                own, unit_of(own), deadline=deadline, seed=seed, is_lazy=is_lazy
            )
            order = solved.order
            slack += solved.weight - solved.bound
        found[number] = items[order]
    order = _settled(net, np.concatenate(found))
    value = float(np.triu(matrix[order[:, None], order], 1).sum())
    if slack == 0.0:
        return LinearOrdering(order, value, value, True)
    # Even a slack that the sum swallows must be seen.
    bound = max(value + slack, float(np.nextafter(value, np.inf)))
    return LinearOrdering(order, value, bound, False)


def _checked(weights: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Copy the weights, without the diagonal."""
    matrix = np.array(weights, dtype=np.float64)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise OrderingError(
            f"the weights are of shape {matrix.shape}", remedy="give a square matrix"
        )
    np.fill_diagonal(matrix, 0.0)
    if not np.isfinite(matrix).all():
        one, other = np.argwhere(~np.isfinite(matrix))[0].tolist()
        raise OrderingError(
            f"a weight is {matrix[one, other]}",
            place=f"weights[{one}, {other}]",
            remedy="give finite numbers, 0 where nothing is known",
        )
    return matrix


def _settled(net: npt.NDArray[np.float64], order: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Swap neighbours without a net weight that stand in descending order."""
    items = order.tolist()
    is_moved = True
    while is_moved:
        is_moved = False
        for place in range(len(items) - 1):
            one, other = items[place], items[place + 1]
            if one > other and net[one, other] == 0:
                items[place], items[place + 1] = other, one
                is_moved = True
    return np.array(items, dtype=np.int64)
