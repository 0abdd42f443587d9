"""Linear orderings by their definition: pair by pair, set by set, order by order."""

from __future__ import annotations

from itertools import combinations, permutations
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray


def forward_weight(weights: NDArray[np.float64], order: Iterable[int]) -> float:
    """Sum what points forward, pair by pair."""
    return sum(float(weights[one, other]) for one, other in combinations(order, 2))


def backward_weight(net: NDArray[np.float64], order: Iterable[int]) -> float:
    """Sum the positive net weights that point backward, pair by pair."""
    return sum(max(float(net[other, one]), 0.0) for one, other in combinations(order, 2))


def largest_value(weights: NDArray[np.float64]) -> float:
    """Give the largest forward weight, by dynamic programming over all sets."""
    n = len(weights)
    rows = [[float(weight) for weight in row] for row in weights]
    gains = []
    for row in rows:
        gain = [0.0] * (1 << n)
        for chosen in range(1, 1 << n):
            low = chosen & -chosen
            gain[chosen] = gain[chosen ^ low] + row[low.bit_length() - 1]
        gains.append(gain)
    # The best order of a set: one of its items, before the best order of the rest.
    best = [0.0] * (1 << n)
    for chosen in range(1, 1 << n):
        left, most = chosen, -np.inf
        while left:
            low = left & -left
            rest = chosen ^ low
            most = max(most, best[rest] + gains[low.bit_length() - 1][rest])
            left ^= low
        best[chosen] = most
    return best[-1]


def largest_value_by_program(weights: NDArray[np.float64]) -> float:
    """Give the largest forward weight, by an integer program with every 3-cycle in it."""
    n = len(weights)
    pairs = {pair: number for number, pair in enumerate(combinations(range(n), 2))}
    rows = np.zeros((n * (n - 1) * (n - 2) // 6, len(pairs)))
    for row, (i, j, k) in zip(rows, combinations(range(n), 3), strict=True):
        row[[pairs[i, j], pairs[j, k], pairs[i, k]]] = 1, 1, -1
    found = milp(
        [float(weights[j, i] - weights[i, j]) for i, j in pairs],
        constraints=LinearConstraint(rows, 0, 1),
        bounds=Bounds(0, 1),
        integrality=np.ones(len(pairs)),
        options={"mip_rel_gap": 0},
    )
    return sum(float(weights[j, i]) for i, j in pairs) - float(found.fun)


def first_best(weights: NDArray[np.float64]) -> Sequence[int]:
    """Give the first of all orders, by index, that has the largest forward weight."""
    return max(permutations(range(len(weights))), key=lambda order: forward_weight(weights, order))


def moved(order: Sequence[int], source: int, target: int) -> list[int]:
    """Take an item out and put it in at another place."""
    items = list(order)
    items.insert(target, items.pop(source))
    return items
