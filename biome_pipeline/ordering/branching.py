"""One component to the proof: cutting planes, then branch and bound where they leave a gap.

What does not belong here: the linear program itself (``relaxation``), and what
becomes of the components (``linear``).
"""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from biome_pipeline.ordering.insertion import (
    backward_weight,
    improved_orders,
    perturbed_orders,
    row_sum_order,
)
from biome_pipeline.ordering.relaxation import Relaxation

if TYPE_CHECKING:
    import numpy.typing as npt

    from biome_pipeline.ordering.relaxation import Relaxed

__all__ = ["Solved", "solve_component"]

_INTEGRAL = 1e-6


@dataclass(frozen=True, eq=False)
class Solved:
    """The best order found of a component, and what is known of all others.

    Attributes
    ----------
    order : ndarray of int64, shape (n,)
        Items, first to last.
    weight : float
        Weight that it leaves backward.
    bound : float
        No order leaves less; `weight` if that is proven.
    """

    order: npt.NDArray[np.int64]
    weight: float
    bound: float


class _Search:
    def __init__(self, net, unit, tolerance, deadline, seed, first_rows):
        self.net = net
        self.n = len(net)
        self.unit = unit
        self.tolerance = tolerance
        self.deadline = deadline
        self.generator = np.random.Generator(np.random.PCG64(seed))
        self.order = np.arange(self.n)
        self.weight = np.inf
        self.first_rows = first_rows
        self.stats = {"lps": 0, "nodes": 0, "rows": 0, "root": 0.0, "t_lp": 0.0}

    def offer(self, orders):
        for order in orders:
            weight = backward_weight(self.net, order)
            if weight < self.weight:
                self.order, self.weight = order, weight

    @property
    def threshold(self):
        """A bound above this leaves nothing better than the incumbent."""
        if self.unit:
            return self.weight - self.unit * 0.999
        return self.weight - self.tolerance

    def round(self, relaxation, x):
        order = row_sum_order(relaxation.matrix(x))
        self.offer(improved_orders(self.net, order[None], deadline=self.deadline))

    def start(self):
        starts = np.stack([row_sum_order(self.net), row_sum_order(np.sign(self.net))])
        self.offer(improved_orders(self.net, starts, deadline=self.deadline))
        more = perturbed_orders(self.order, 8, max(2, self.n // 4), self.generator)
        self.offer(improved_orders(self.net, more, deadline=self.deadline))

    def cut(self, rel, limit):
        """Solve and cut until nothing is violated; give the last solution and bound."""
        bound = -np.inf
        while True:
            t = perf_counter()
            found = rel.solve(self.threshold)
            self.stats["lps"] += 1
            self.stats["t_lp"] += perf_counter() - t
            if not found.is_feasible:
                return found, np.inf, False
            bound = max(bound, found.bound)
            if bound > self.threshold:
                return found, bound, True
            if not found.is_solved or perf_counter() > self.deadline:
                return found, bound, False
            self.round(rel, found.x)
            if bound > self.threshold:
                return found, bound, True
            if not rel.add_violated(found.x, limit):
                return found, bound, True

    def run(self):
        self.start()
        if self.weight <= 0:
            return Solved(self.order, self.weight, self.weight)
        rel = Relaxation(self.net, self.deadline)
        self.rel = rel
        place = np.empty(self.n)
        place[self.order] = np.arange(self.n)
        ahead = place[rel.pairs[0]] < place[rel.pairs[1]]
        x = np.where(rel.cost == 0, ahead, rel.cost < 0).astype(float)
        limit = self.first_rows
        rel.add_violated(x, limit)
        found, bound, done = self.cut(rel, limit)
        self.stats["root"] = bound
        self.stats["troot"] = perf_counter()
        surely = np.zeros((self.n, self.n), dtype=bool)
        if bound > self.threshold:
            return Solved(self.order, self.weight, self.weight)
        stack = [(surely, bound, found)]
        while stack and perf_counter() < self.deadline:
            self.stats["nodes"] += 1
            surely, bound, found = stack.pop()
            if bound > self.threshold:
                continue
            if found is None:
                low = surely[rel.pairs].astype(float)
                high = 1.0 - surely.T[rel.pairs]
                rel.restrict(low, high)
                found, own, done = self.cut(rel, limit)
                bound = max(bound, own)
                if bound > self.threshold:
                    continue
                if not done:
                    stack.append((surely, bound, found))
                    break
            # reduced cost fixing
            slack = self.threshold - bound
            fix0 = (found.reduced > slack)
            fix1 = (-found.reduced > slack)
            surely = surely.copy()
            surely[rel.pairs[0][fix1], rel.pairs[1][fix1]] = True
            surely[rel.pairs[1][fix0], rel.pairs[0][fix0]] = True
            # closure
            while True:
                c = surely | (surely.astype(np.float32) @ surely.astype(np.float32) > 0)
                if np.array_equal(c, surely): break
                surely = c
            if (surely & surely.T).any():
                continue
            x = found.x
            frac = np.minimum(x, 1 - x)
            free = ~(surely | surely.T)[rel.pairs]
            if not free.any():
                continue
            score = np.where(free, frac * (1e-3+np.abs(rel.cost)), -1)
            k = int(np.argmax(score))
            i, j = rel.pairs[0][k], rel.pairs[1][k]
            first = (i, j) if x[k] >= .5 else (j, i)
            for a, b in (first[::-1], first):
                s = surely.copy()
                pre = np.append(np.flatnonzero(s[:, a]), a)
                suc = np.append(np.flatnonzero(s[b]), b)
                s[np.ix_(pre, suc)] = True
                stack.append((s, bound, None))
        self.stats["rows"] = rel.rows.size
        best = min([self.weight] + [b for _, b, _ in stack if b <= self.threshold])
        return Solved(self.order, self.weight, best)


def solve_component(net, unit, tolerance, deadline, seed=0, first_rows=10**9):
    s = _Search(net, unit, tolerance, deadline, seed, first_rows)
    r = s.run()
    return r, s.stats
