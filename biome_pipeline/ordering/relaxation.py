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

import numpy as np
from highspy import HighsModelStatus

# Not highspy.Highs: its constructor writes a line to standard output.
from highspy._core import _Highs

if TYPE_CHECKING:
    import numpy.typing as npt

    _Triples = tuple[npt.NDArray[np.int32], npt.NDArray[np.int32], npt.NDArray[np.int32]]

__all__ = ["Relaxation", "Relaxed"]

_VIOLATED = 1e-6
_COST_EXPONENT = 10
_MAX_EXPONENT = 1000
_MAX_ROWS = 20_000
_MAX_KEPT = 64


@dataclass(frozen=True, eq=False)
class Relaxed:
    """One solution of the relaxation.

    Attributes
    ----------
    x : ndarray of float64, shape (n_pairs,)
        Values of the pairs i < j, row by row.
    bound : float
        No order that the bounds of the pairs allow leaves less weight backward.
    reduced : ndarray of float64, shape (n_pairs,)
        Reduced costs: what leaving its side costs each pair, above `bound`.
    is_solved : bool
        Whether the solver came to an end.
    """

    x: npt.NDArray[np.float64]
    bound: float
    reduced: npt.NDArray[np.float64]
    is_solved: bool


class Relaxation:
    """The linear program of one component, which grows by the inequalities it violates.

    Parameters
    ----------
    net : ndarray of float64, shape (n, n)
        Net weights, antisymmetric, not all 0.
    deadline : float
        Reading of ``time.perf_counter`` at which the solver stops.

    Attributes
    ----------
    pairs : tuple of ndarray of int64, shape (n_pairs,)
        Items i and j of each pair, i < j.
    cost : ndarray of float64, shape (n_pairs,)
        What each pair adds to the weight left backward if i stands before j,
        less what it adds if not.
    """

    def __init__(self, net: npt.NDArray[np.float64], deadline: float) -> None:
        n = len(net)
        self.pairs = np.triu_indices(n, 1)
        self.cost = -net[self.pairs]
        self._deadline = deadline
        self._n = n
        self._n_pairs = self.cost.size
        self._constant = float(np.maximum(-self.cost, 0.0).sum())
        # The tolerances of the solver are absolute, so that weights of any size
        # are brought to the same one; a power of two changes no digit.
        exponent = int(np.frexp(np.abs(self.cost).max())[1])
        self._scale = 2.0 ** min(_COST_EXPONENT - exponent, _MAX_EXPONENT)
        self._triples = _triples_of(n)
        self._rows = np.empty(0, dtype=np.int64)
        self._is_row = np.zeros(self._triples[0].size, dtype=bool)
        self._low: npt.NDArray[np.float64] = np.zeros(self._n_pairs)
        self._high: npt.NDArray[np.float64] = np.ones(self._n_pairs)
        self._columns = np.arange(self._n_pairs, dtype=np.int32)
        self._highs = _Highs()
        for name, value in _OPTIONS.items():
            self._highs.setOptionValue(name, value)
        self._highs.addVars(self._n_pairs, self._low, self._high)
        self._highs.changeColsCost(self._n_pairs, self._columns, self.cost * self._scale)

    @property
    def n_rows(self) -> int:
        """Number of inequalities in the program."""
        return self._rows.size

    @property
    def n_triples(self) -> int:
        """Number of inequalities that there are."""
        return self._is_row.size

    def restrict(self, ahead: npt.NDArray[np.bool_]) -> None:
        """Fix the pairs that are decided, and free the others.

        Parameters
        ----------
        ahead : ndarray of bool, shape (n, n)
            Whether i is to stand before j.
        """
        self._low = ahead[self.pairs].astype(np.float64)
        self._high = (~ahead.T[self.pairs]).astype(np.float64)
        self._highs.changeColsBounds(self._n_pairs, self._columns, self._low, self._high)

    def add_violated(self, x: npt.NDArray[np.float64]) -> bool:
        """Add the inequalities that are violated, the most violated ones if they are very many.

        Parameters
        ----------
        x : ndarray of float64, shape (n_pairs,)
            Values of the pairs.

        Returns
        -------
        bool
            Whether there was any.
        """
        turn = self._turn(x, slice(None))
        violation = np.maximum(turn - 1.0, -turn)
        found = np.flatnonzero((violation > _VIOLATED) & ~self._is_row)
        if found.size > _MAX_ROWS:
            most = np.argsort(-violation[found], kind="stable")[:_MAX_ROWS]
            found = np.sort(found[most])
        self._add(found)
        return bool(found.size)

    def add_all(self) -> None:
        """Add every inequality, for comparison."""
        self._add(np.flatnonzero(~self._is_row))

    def drop_loose(self, x: npt.NDArray[np.float64]) -> None:
        """Remove the inequalities that a solution satisfies with room to spare.

        Parameters
        ----------
        x : ndarray of float64, shape (n_pairs,)
            Values of the pairs.
        """
        turn = self._turn(x, self._rows)
        is_loose = np.minimum(turn, 1.0 - turn) > _VIOLATED
        loose = np.flatnonzero(is_loose).astype(np.int32)
        self._highs.deleteRows(loose.size, loose)
        self._is_row[self._rows[is_loose]] = False
        self._rows = self._rows[~is_loose]

    def solve(self, cutoff: float) -> Relaxed:
        """Solve the program as it stands, from the basis of the last solution.

        Parameters
        ----------
        cutoff : float
            The solver may stop once the bound is above this.

        Returns
        -------
        Relaxed
            The solution and the bound of its dual values.
        """
        status = self._run((cutoff - self._constant) * self._scale)
        found = self._solution(is_solved=status in _ENDS)
        if status == HighsModelStatus.kObjectiveBound and found.bound <= cutoff:
            # The solver's word alone does not do; so let it come to the end.
            status = self._run(np.inf)
            found = self._solution(is_solved=status == HighsModelStatus.kOptimal)
        return found

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
        found = np.zeros((self._n, self._n))
        found[self.pairs] = x
        found.T[self.pairs] = 1.0 - x
        return found

    def _turn(
        self, x: npt.NDArray[np.float64], rows: slice | npt.NDArray[np.int64]
    ) -> npt.NDArray[np.float64]:
        """Give x[i, j] + x[j, k] - x[i, k] of triples: from 0 to 1 in every order."""
        one, two, long = (side[rows] for side in self._triples)
        turn: npt.NDArray[np.float64] = x[one] + x[two] - x[long]
        return turn

    def _add(self, found: npt.NDArray[np.int64]) -> None:
        n_rows = found.size
        sides = np.stack([side[found] for side in self._triples], axis=1)
        self._highs.addRows(
            n_rows,
            np.zeros(n_rows),
            np.ones(n_rows),
            3 * n_rows,
            np.arange(0, 3 * n_rows, 3, dtype=np.int32),
            sides.reshape(-1),
            np.tile([1.0, 1.0, -1.0], n_rows),
        )
        self._rows = np.concatenate([self._rows, found])
        self._is_row[found] = True

    def _run(self, objective_bound: float) -> HighsModelStatus:
        left = max(0.0, self._deadline - perf_counter())
        # The limit counts the seconds of all runs together.
        self._highs.setOptionValue("time_limit", self._highs.getRunTime() + left)
        self._highs.setOptionValue("objective_bound", objective_bound)
        self._highs.run()
        return self._highs.getModelStatus()

    def _solution(self, *, is_solved: bool) -> Relaxed:
        solution = self._highs.getSolution()
        x = np.clip(np.array(solution.col_value), self._low, self._high)
        dual = np.zeros(self._rows.size)
        if solution.dual_valid:
            dual = np.array(solution.row_dual) / self._scale
        one, two, long = (side[self._rows] for side in self._triples)
        reduced = self.cost - np.bincount(one, dual, self._n_pairs)
        reduced -= np.bincount(two, dual, self._n_pairs)
        reduced += np.bincount(long, dual, self._n_pairs)
        # Weak duality: each row is at least 0 where its dual value is positive and
        # at most 1 where it is negative, each pair lies between its bounds.
        bound = self._constant + float(np.minimum(dual, 0.0).sum())
        bound += float(np.minimum(reduced * self._low, reduced * self._high).sum())
        return Relaxed(x, bound, reduced, is_solved)


_ENDS = (HighsModelStatus.kOptimal, HighsModelStatus.kObjectiveBound)

_OPTIONS: dict[str, bool | int | str] = {
    "output_flag": False,
    "threads": 1,
    "parallel": "off",
    "presolve": "off",
    "solver": "simplex",
    # All coefficients are 1 or -1.
    "simplex_scale_strategy": 0,
}


def _triples_of(n: int) -> _Triples:
    """Give the numbers of the pairs (i, j), (j, k) and (i, k) of every i < j < k."""
    return _kept_triples(n) if n <= _MAX_KEPT else _triples(n)


def _triples(n: int) -> _Triples:
    number = np.zeros((n, n), dtype=np.int32)
    one, two = np.triu_indices(n, 1)
    number[one, two] = np.arange(one.size)
    n_each = n - 1 - two
    pair = np.repeat(np.arange(one.size), n_each)
    place = np.arange(pair.size) - (np.cumsum(n_each) - n_each)[pair]
    i, j = one[pair], two[pair]
    k = j + 1 + place
    return number[i, j], number[j, k], number[i, k]


_kept_triples = lru_cache(maxsize=_MAX_KEPT)(_triples)
