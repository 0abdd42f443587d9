"""Local search: orders that no move of one item to another place improves.

Many orders are improved side by side, each by its best move at a time, so that
the whole neighbourhood of all of them is a few sums along arrays.

What does not belong here: bounds (``relaxation``, ``branching``). An order
found here is good, and never said to be the best.
"""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["backward_weights", "improved_orders", "perturbed_orders", "row_sum_order"]

_LEAST_GAIN = 1e-12
"""A move must gain more than this share of all weight: rounding is no gain."""


def backward_weights(
    net: npt.NDArray[np.float64], orders: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    """Sum the positive net weights that each order leaves pointing backward.

    Parameters
    ----------
    net : ndarray of float64, shape (n, n)
        Net weights, antisymmetric: ``net[i, j] > 0`` wants i before j.
    orders : ndarray of int64, shape (n_orders, n)
        Items, first to last.

    Returns
    -------
    ndarray of float64, shape (n_orders,)
        The weight of the feedback arc set that each order leaves.
    """
    n = orders.shape[1]
    placed = net[orders[:, :, None], orders[:, None, :]]
    is_backward = np.arange(n)[:, None] > np.arange(n)
    return np.maximum(placed, 0.0).sum(axis=(1, 2), where=is_backward)


def row_sum_order(gains: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """Order items by the sum of what each gains over the others, largest first.

    Parameters
    ----------
    gains : ndarray of float64, shape (n, n)
        Net weights, or the values of the pair variables of a relaxation.

    Returns
    -------
    ndarray of int64, shape (n,)
        The order; ties by index.
    """
    return np.argsort(-gains.sum(axis=1), kind="stable").astype(np.int64)


def perturbed_orders(
    order: npt.NDArray[np.int64], n_orders: int, n_moves: int, generator: np.random.Generator
) -> npt.NDArray[np.int64]:
    """Copy an order and move a few items of each copy to random places.

    Parameters
    ----------
    order : ndarray of int64, shape (n,)
        The order to copy.
    n_orders : int
        Number of copies.
    n_moves : int
        Items moved in each.
    generator : numpy.random.Generator
        Where the draws come from.

    Returns
    -------
    ndarray of int64, shape (n_orders, n)
        The copies.
    """
    n = order.size
    places = np.tile(np.arange(n, dtype=np.float64), (n_orders, 1))
    moved = generator.integers(n, size=(n_orders, n_moves))
    to = generator.uniform(-0.5, n - 0.5, size=(n_orders, n_moves))
    places[np.arange(n_orders)[:, None], moved] = to
    return order[np.argsort(places, axis=1, kind="stable")]


def improved_orders(
    net: npt.NDArray[np.float64], orders: npt.NDArray[np.int64], *, deadline: float = np.inf
) -> npt.NDArray[np.int64]:
    """Move one item of each order to its best place until no move gains anything.

    Parameters
    ----------
    net : ndarray of float64, shape (n, n)
        Net weights, antisymmetric.
    orders : ndarray of int64, shape (n_orders, n)
        Where to start from.
    deadline : float, default inf
        Reading of ``time.perf_counter`` after which the orders are given as they are.

    Returns
    -------
    ndarray of int64, shape (n_orders, n)
        The improved orders.
    """
    orders = orders.copy()
    n_orders, n = orders.shape
    least = _LEAST_GAIN * float(np.abs(net).sum())
    places = np.arange(n)
    to_right = places[:, None] < places
    active = np.arange(n_orders)
    while active.size and n > 1 and perf_counter() < deadline:
        current = orders[active]
        placed = net[current[:, :, None], current[:, None, :]]
        sums = placed.cumsum(axis=2)
        # An item that moves to the right changes sides with all up to its new
        # place, one that moves to the left with all from there on.
        gain = sums[:, places, places][:, :, None] - sums
        np.add(gain, placed, out=gain, where=~to_right)
        gain = gain.reshape(active.size, -1)
        best = gain.argmax(axis=1)
        is_better = gain[np.arange(active.size), best] > least
        active, best = active[is_better], best[is_better]
        source, target = np.divmod(best[:, None], n)
        # Where each place of the new order took its item from.
        shift = ((places >= source) & (places < target)).astype(np.int64)
        shift -= (places > target) & (places <= source)
        taken = np.where(places == target, source, places + shift)
        orders[active] = np.take_along_axis(orders[active], taken, axis=1)
    return orders
