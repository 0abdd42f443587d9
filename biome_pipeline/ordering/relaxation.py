"""The linear relaxation: pair variables, and the inequalities of 3-cycles as they are needed.

Groetschel, Juenger and Reinelt (1984, Operations Research 32, 1195-1220): x[i, j]
is 1 if i stands before j; for every three items 0 <= x[i, j] + x[j, k] - x[i, k]
<= 1, of which few matter. A bound is computed from the dual values with numpy,
whatever the tolerances of the solver: any dual values give a valid one.

What does not belong here: orders (``insertion``), and what to do where the
solution is fractional (``branching``).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from time import perf_counter
from typing import TYPE_CHECKING

import highspy
import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["Relaxation", "Relaxed"]

_VIOLATED = 1e-6


@dataclass(frozen=True, eq=False)
class Relaxed:
    """One solution of the relaxation.

    Attributes
    ----------
    x : ndarray of float64, shape (n_pairs,)
        Values of the pairs i < j, row by row.
    bound : float
        No order within the bounds of the pairs leaves less weight backward.
    reduced : ndarray of float64, shape (n_pairs,)
        Reduced costs that belong to the bound.
    is_solved : bool
        Whether the solver ended by itself.
    is_feasible : bool
        False if no values satisfy the bounds and inequalities.
    """

    x: npt.NDArray[np.float64]
    bound: float
    reduced: npt.NDArray[np.float64]
    is_solved: bool
    is_feasible: bool


class Relaxation:
    """The linear program of one component, which grows by the inequalities it violates.

    Parameters
    ----------
    net : ndarray of float64, shape (n, n)
        Net weights, antisymmetric.
    deadline : float
        Reading of ``time.perf_counter`` after which the solver stops.
    """

    def __init__(self, net: npt.NDArray[np.float64], deadline: float) -> None:
        self.n = len(net)
        self.deadline = deadline
        self.pairs = np.triu_indices(self.n, 1)
        gain = net[self.pairs]
        self.n_pairs = gain.size
        # Backward weight = constant + cost . x
        self.cost = -gain
        self.constant = float(np.maximum(gain, 0.0).sum())
        self.triples = _triples(self.n)
        self.rows = np.empty(0, dtype=np.int64)
        self.is_row = np.zeros(self.triples[0].size, dtype=bool)
        self.low = np.zeros(self.n_pairs)
        self.high = np.ones(self.n_pairs)
        self._columns = np.arange(self.n_pairs, dtype=np.int32)
        self._highs = highspy.Highs()
        for name, value in _OPTIONS.items():
            self._highs.setOptionValue(name, value)
        self._highs.addVars(self.n_pairs, self.low, self.high)
        self._highs.changeColsCost(self.n_pairs, self._columns, self.cost)

    def restrict(self, low: npt.NDArray[np.float64], high: npt.NDArray[np.float64]) -> None:
        """Set the bounds of all pairs.

        Parameters
        ----------
        low, high : ndarray of float64, shape (n_pairs,)
            Least and largest value of each pair.
        """
        self.low, self.high = low, high
        self._highs.changeColsBounds(self.n_pairs, self._columns, low, high)

    def violations(self, x: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Say by how much the values of the pairs violate each triple.

        Parameters
        ----------
        x : ndarray of float64, shape (n_pairs,)
            Values of the pairs.

        Returns
        -------
        ndarray of float64, shape (n_triples,)
            Violation; 0 or less where there is none.
        """
        one, two, long = self.triples
        turn = x[one] + x[two] - x[long]
        return np.maximum(turn - 1.0, -turn)

    def add_violated(self, x: npt.NDArray[np.float64], limit: int) -> int:
        """Add the most violated inequalities.

        Parameters
        ----------
        x : ndarray of float64, shape (n_pairs,)
            Values of the pairs.
        limit : int
            Largest number of inequalities to add.

        Returns
        -------
        int
            Number that was added; 0 if none is violated.
        """
        violation = self.violations(x)
        found = np.flatnonzero((violation > _VIOLATED) & ~self.is_row)
        if found.size > limit:
            found = found[np.argsort(-violation[found], kind="stable")[:limit]]
        if not found.size:
            return 0
        self.add_rows(found)
        return int(found.size)

    def add_rows(self, found: npt.NDArray[np.int64]) -> None:
        """Add the inequalities of triples.

        Parameters
        ----------
        found : ndarray of int64, shape (n_rows,)
            Numbers of the triples.
        """
        n_rows = found.size
        one, two, long = self.triples
        index = np.stack([one[found], two[found], long[found]], axis=1).astype(np.int32)
        self._highs.addRows(
            n_rows,
            np.zeros(n_rows),
            np.ones(n_rows),
            3 * n_rows,
            np.arange(0, 3 * n_rows, 3, dtype=np.int32),
            index.reshape(-1),
            np.tile([1.0, 1.0, -1.0], n_rows),
        )
        self.rows = np.concatenate([self.rows, found])
        self.is_row[found] = True

    def solve(self, cutoff: float = np.inf) -> Relaxed:
        """Solve the relaxation as it stands.

        Parameters
        ----------
        cutoff : float, default inf
            The solver may stop once the bound is above this.

        Returns
        -------
        Relaxed
            The solution and the bound of its dual values.
        """
        highs = self._highs
        left = max(0.0, self.deadline - perf_counter())
        highs.setOptionValue("time_limit", min(1e9, highs.getRunTime() + left))
        highs.setOptionValue("objective_bound", min(cutoff - self.constant, 1e30))
        highs.run()
        status = highs.getModelStatus()
        solution = highs.getSolution()
        x = np.clip(np.array(solution.col_value), self.low, self.high)
        dual = np.array(solution.row_dual)
        if not solution.dual_valid or dual.size != self.rows.size:
            dual = np.zeros(self.rows.size)
        one, two, long = (side[self.rows] for side in self.triples)
        reduced = self.cost - np.bincount(one, dual, self.n_pairs)
        reduced -= np.bincount(two, dual, self.n_pairs)
        reduced += np.bincount(long, dual, self.n_pairs)
        bound = self.constant + float(np.minimum(dual, 0.0).sum())
        bound += float(np.minimum(reduced * self.low, reduced * self.high).sum())
        is_solved = status in (
            highspy.HighsModelStatus.kOptimal,
            highspy.HighsModelStatus.kObjectiveBound,
        )
        is_feasible = status != highspy.HighsModelStatus.kInfeasible
        return Relaxed(x, bound, reduced, is_solved, is_feasible)

    def matrix(self, x: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Give the values of the pairs as a matrix.

        Parameters
        ----------
        x : ndarray of float64, shape (n_pairs,)
            Values of the pairs.

        Returns
        -------
        ndarray of float64, shape (n, n)
            How far i stands before j; 0 on the diagonal.
        """
        found = np.zeros((self.n, self.n))
        found[self.pairs] = x
        found.T[self.pairs] = 1.0 - x
        return found


_OPTIONS: dict[str, bool | int | str] = {
    "output_flag": False,
    "threads": 1,
    "parallel": "off",
    "presolve": "off",
    "solver": "simplex",
}


@lru_cache(maxsize=8)
def _triples(n: int) -> tuple[npt.NDArray[np.int32], ...]:
    """Give the pairs (i, j), (j, k) and (i, k) of every i < j < k."""
    number = np.full((n, n), -1, dtype=np.int32)
    number[np.triu_indices(n, 1)] = np.arange(n * (n - 1) // 2)
    one, two = np.triu_indices(n, 1)
    n_each = n - 1 - two
    first = np.repeat(np.arange(one.size), n_each)
    starts = np.cumsum(n_each) - n_each
    third = np.arange(first.size) - starts[first] + two[first] + 1
    i, j = one[first], two[first]
    return number[i, j], number[j, third], number[i, third]
