"""What can be taken off an ordering problem before it is solved.

Only the net weight of a pair matters. Items that no cycle of positive net
weights joins never stand in each other's way: the strongly connected components
of that graph are ordered along it, and each is solved alone. The weight that an
order leaves backward is a whole multiple of the unit of the net weights, so
that a bound between two multiples may be moved to the better one.

What does not belong here: how a component is solved.
"""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["components_in_order", "net_weights", "reachable", "unit_of"]

_FINEST = 2.0**20
_MAX_EXACT = 2.0**52


def net_weights(weights: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Give what is gained when i stands before j rather than after it.

    Parameters
    ----------
    weights : ndarray of float64, shape (n, n)
        Weights; the diagonal has no meaning.

    Returns
    -------
    ndarray of float64, shape (n, n)
        ``weights - weights.T``, antisymmetric.
    """
    return weights - weights.T


def reachable(is_ahead: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Give the transitive closure of a relation (Warshall 1962, J. ACM 9, 11-12).

    Parameters
    ----------
    is_ahead : ndarray of bool, shape (n, n)
        Which items lead straight to which.

    Returns
    -------
    ndarray of bool, shape (n, n)
        Which items lead to which over one step or more.
    """
    reached = is_ahead.copy()
    for item in range(len(reached)):
        reached |= reached[:, item, None] & reached[item]
    return reached


def components_in_order(net: npt.NDArray[np.float64]) -> list[npt.NDArray[np.int64]]:
    """Give the strongly connected components of the positive net weights, in order.

    Parameters
    ----------
    net : ndarray of float64, shape (n, n)
        Net weights, antisymmetric.

    Returns
    -------
    list of ndarray of int64
        Items of each component, ascending. All positive net weights between two
        components point forward; of those that may come next, the one with the
        smallest item does.
    """
    n = len(net)
    is_ahead = net > 0
    reached = reachable(is_ahead)
    is_joined = reached & reached.T
    np.fill_diagonal(is_joined, True)
    if is_joined.all():
        return [np.arange(n)]
    # A component is named by its smallest item.
    names, label = np.unique(is_joined.argmax(axis=1), return_inverse=True)
    n_components = names.size
    by_label = np.argsort(label, kind="stable")
    ends = np.cumsum(np.bincount(label, minlength=n_components))
    members = np.split(by_label, ends[:-1])
    one, other = np.nonzero(is_ahead)
    is_between = label[one] != label[other]
    arcs = np.zeros((n_components, n_components), dtype=bool)
    arcs[label[one[is_between]], label[other[is_between]]] = True
    n_before = arcs.sum(axis=0)
    ready = [(int(members[k][0]), k) for k in np.flatnonzero(n_before == 0).tolist()]
    heapq.heapify(ready)
    found = []
    while ready:
        _, k = heapq.heappop(ready)
        found.append(members[k])
        after = np.flatnonzero(arcs[k])
        n_before[after] -= 1
        for later in after[n_before[after] == 0].tolist():
            heapq.heappush(ready, (int(members[later][0]), later))
    return found


def unit_of(net: npt.NDArray[np.float64]) -> float:
    """Give the largest number that all net weights are whole multiples of.

    Parameters
    ----------
    net : ndarray of float64, shape (n, n)
        Net weights.

    Returns
    -------
    float
        The unit: the greatest common divisor of whole numbers, halves, and so on
        down to 2^-20; 0 if there is none, or no weight at all.
    """
    sizes = np.unique(np.abs(net))
    sizes = sizes[sizes > 0]
    if not sizes.size:
        return 0.0
    for scale in (1.0, _FINEST):
        scaled = sizes * scale
        if np.array_equal(scaled, np.rint(scaled)) and scaled.sum() * len(net) < _MAX_EXACT:
            return float(np.gcd.reduce(scaled.astype(np.int64))) / scale
    return 0.0
