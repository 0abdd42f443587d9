"""Exact orders of few items by dynamic programming over subsets.

The best order of a set begins with some item and goes on with the best order of
the rest (Held and Karp 1962, J. SIAM 10, 196-210; for linear orders Remage and
Thompson 1966, Biometrika 53, 143-149): 2^n sets, n items each.

What does not belong here: more items than :data:`MAX_ITEMS`, which the
relaxation solves quicker (``relaxation``).
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["MAX_ITEMS", "first_best_order"]

MAX_ITEMS = 10
"""Items up to which this is the quickest way."""


def first_best_order(net: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """Give the best order; of several, the one that comes first by index.

    Parameters
    ----------
    net : ndarray of float64, shape (n, n)
        Net weights, antisymmetric; n at most some 20.

    Returns
    -------
    ndarray of int64, shape (n,)
        Items, first to last: the lexicographically smallest of all orders that
        leave the least weight pointing backward (equal as floats are equal).
    """
    n = len(net)
    bits, layers = _subsets(n)
    # What item i leaves backward when it stands before the set. Summed item by item,
    # the same to the last bit everywhere, which a product of matrices is not.
    lost = np.maximum(-net, 0.0)
    debt = np.zeros((1 << n, n))
    for item in range(n):
        debt[1 << item : 2 << item] = debt[: 1 << item] + lost[:, item]
    best = np.zeros(1 << n)
    for sets, items, rests in layers:
        best[sets] = (best[rests] + debt[rests, items]).min(axis=1)
    order = np.empty(n, dtype=np.int64)
    left = (1 << n) - 1
    for place in range(n):
        items = np.flatnonzero(bits[left])
        rests = left - (1 << items)
        chosen = int(np.argmin(best[rests] + debt[rests, items]))
        order[place], left = items[chosen], int(rests[chosen])
    return order


@lru_cache(maxsize=32)
def _subsets(
    n: int,
) -> tuple[
    npt.NDArray[np.bool_],
    list[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64]]],
]:
    """Give the members of each subset, and by size: sets, their items, what is left of them."""
    sets = np.arange(1 << n)
    members = (sets[:, None] >> np.arange(n)) & 1
    size = members.sum(axis=1)
    layers = []
    for k in range(1, n + 1):
        own = np.flatnonzero(size == k)
        items = np.nonzero(members[own])[1].reshape(-1, k)
        layers.append((own, items, own[:, None] - (1 << items)))
    return members.astype(np.bool_), layers
