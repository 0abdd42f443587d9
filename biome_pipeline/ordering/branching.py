"""One component to the proof: cutting planes, then branch and bound where they leave a gap.

An order that beats the best one found leaves at least one unit less backward, so
that a bound above "best less one unit" ends the search. A branch says of one
pair which comes first; what follows from it and from reduced costs is fixed with
it, as the transitive closure, so that every branch has an order that fits.

What does not belong here: the linear program itself (``relaxation``), and what
becomes of the components (``linear``).
"""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from biome_pipeline.ordering.insertion import (
    backward_weights,
    improved_orders,
    perturbed_orders,
    row_sum_order,
)
from biome_pipeline.ordering.reduction import reachable
from biome_pipeline.ordering.relaxation import Relaxation

if TYPE_CHECKING:
    import numpy.typing as npt

    from biome_pipeline.ordering.relaxation import Relaxed

__all__ = ["MAX_RELAXED", "Solved", "solve_component"]

MAX_RELAXED = 300
"""Items above which the relaxation does not fit: local search alone."""
_UNIT_SHARE = 1e-8
_UNIT_PART = 0.999
_TOLERANCE = 1e-9
_PATIENCE = 8
_TANGLED = 500
_TANGLED_SHARE = 0.2
_COPIES = 16
_COPIED = 1_000_000


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
        No order leaves less; `weight` itself if that is proven.
    """

    order: npt.NDArray[np.int64]
    weight: float
    bound: float


def solve_component(
    net: npt.NDArray[np.float64], unit: float, *, deadline: float, seed: int, is_lazy: bool
) -> Solved:
    """Find the best order of one component.

    Parameters
    ----------
    net : ndarray of float64, shape (n, n)
        Net weights, antisymmetric.
    unit : float
        What all net weights are whole multiples of, or 0.
    deadline : float
        Reading of ``time.perf_counter`` at which to stop.
    seed : int
        Seed of the local search.
    is_lazy : bool
        Whether inequalities are added as they are violated, or all at once.

    Returns
    -------
    Solved
        The order with its weight and the bound.
    """
    search = _Search(net, unit, deadline, seed)
    search.descend(np.stack([row_sum_order(net), row_sum_order(np.sign(net))]))
    if len(net) > MAX_RELAXED:
        search.restart()
        return search.solved(0.0)
    return search.solved(search.branch(is_lazy=is_lazy))


@dataclass(frozen=True, eq=False)
class _Node:
    """A part of the search: the pairs decided, and a bound for all orders that fit."""

    ahead: npt.NDArray[np.bool_]
    bound: float


class _Search:
    """The best order so far, and the ways to a better one or to the proof."""

    def __init__(
        self, net: npt.NDArray[np.float64], unit: float, deadline: float, seed: int
    ) -> None:
        self.net = net
        self.deadline = deadline
        self.generator = np.random.Generator(np.random.PCG64(seed))
        total = float(np.abs(net).sum()) / 2
        # A unit as small as the rounding of the whole sum proves nothing.
        self.unit = unit if unit > _UNIT_SHARE * total else 0.0
        self.step = _UNIT_PART * self.unit or _TOLERANCE * total
        self.order = np.arange(len(net))
        self.weight = np.inf

    @property
    def threshold(self) -> float:
        """A bound above this leaves no order that is better than the best so far."""
        return self.weight - self.step

    @property
    def is_late(self) -> bool:
        """Whether the time is up."""
        return perf_counter() >= self.deadline

    def solved(self, bound: float) -> Solved:
        """Give what was found, with a bound that counts in whole units."""
        if bound > self.threshold:
            bound = self.weight
        elif self.unit:
            bound = float(np.ceil(bound / self.unit - (1 - _UNIT_PART))) * self.unit
        return Solved(self.order, self.weight, min(bound, self.weight))

    def descend(self, starts: npt.NDArray[np.int64]) -> bool:
        """Improve orders by local search, keep the best; say whether it beats the last best."""
        orders = improved_orders(self.net, starts, deadline=self.deadline)
        weights = backward_weights(self.net, orders)
        best = int(weights.argmin())
        is_better = bool(weights[best] < self.weight)
        if is_better:
            self.order, self.weight = orders[best], float(weights[best])
        return is_better

    def restart(self) -> None:
        """Disturb the best order and improve the copies, until that helps no more."""
        n = len(self.net)
        copies = max(1, min(_COPIES, _COPIED // n**2))
        n_vain = 0
        while n_vain < max(1, n // _PATIENCE) and not self.is_late:
            starts = perturbed_orders(self.order, copies, max(2, n // 4), self.generator)
            n_vain = 0 if self.descend(starts) else n_vain + 1

    def cut(self, relaxation: Relaxation) -> tuple[Relaxed, float, bool]:
        """Solve and add what is violated, until nothing is or the bound is enough.

        Returns the last solution, the best bound, and whether the end was reached.
        """
        bound = 0.0
        while True:
            found = relaxation.solve(self.threshold)
            bound = max(bound, found.bound)
            if bound > self.threshold:
                return found, bound, True
            if not found.is_solved or self.is_late:
                return found, bound, False
            self.descend(row_sum_order(relaxation.matrix(found.x))[None])
            if bound > self.threshold or not relaxation.add_violated(found.x):
                return found, bound, True

    def branch(self, *, is_lazy: bool) -> float:
        """Search by depth, the likelier side of each pair first; give the bound of all."""
        relaxation = Relaxation(self.net, self.deadline)
        if is_lazy:
            relaxation.add_violated(self.first_guess(relaxation))
        is_tangled = relaxation.n_rows > max(_TANGLED, _TANGLED_SHARE * relaxation.n_triples)
        if is_tangled:
            self.restart()
        if not is_lazy:
            relaxation.add_all()
        n = len(self.net)
        stack = [_Node(np.zeros((n, n), dtype=bool), 0.0)]
        is_root = True
        while stack and not self.is_late:
            node = stack.pop()
            if node.bound > self.threshold:
                continue
            relaxation.restrict(node.ahead)
            found, bound, is_done = self.cut(relaxation)
            if is_root and is_done and bound <= self.threshold:
                if is_lazy:
                    relaxation.drop_loose(found.x)
                if not is_tangled:
                    self.restart()
            is_root = False
            node = _Node(node.ahead, max(node.bound, bound))
            if node.bound > self.threshold:
                continue
            if not is_done:
                stack.append(node)
                break
            stack += self.children(relaxation, node, found)
        return min([self.weight] + [node.bound for node in stack])

    def first_guess(self, relaxation: Relaxation) -> npt.NDArray[np.float64]:
        """Give each pair the side it wants, and where it wants none that of the best order."""
        place = np.argsort(self.order)
        one, other = relaxation.pairs
        gain = self.net[one, other]
        return np.where(gain == 0, place[one] < place[other], gain > 0).astype(np.float64)

    def children(self, relaxation: Relaxation, node: _Node, found: Relaxed) -> list[_Node]:
        """Fix what reduced costs tell, then decide one pair both ways."""
        one, other = relaxation.pairs
        ahead = node.ahead.copy()
        free = ~(ahead | ahead.T)[one, other]
        room = self.threshold - found.bound
        is_first, is_last = free & (found.reduced < -room), free & (found.reduced > room)
        ahead[one[is_first], other[is_first]] = True
        ahead[other[is_last], one[is_last]] = True
        ahead = reachable(ahead)
        # Reduced costs that contradict each other leave nothing better here.
        if np.any(ahead & ahead.T):
            return []
        free = ~(ahead | ahead.T)[one, other]
        if not free.any():
            self.descend(row_sum_order(ahead.astype(np.float64))[None])
            return []
        x = found.x
        cost = np.abs(relaxation.cost)
        doubt = np.minimum(x, 1 - x) * (cost + 1e-3 * cost.max())
        chosen = int(np.where(free, doubt, -1.0).argmax())
        first, last = int(one[chosen]), int(other[chosen])
        sides = [(last, first), (first, last)]
        if x[chosen] < 0.5:
            sides.reverse()
        return [_Node(_decided(ahead, *side), node.bound) for side in sides]


def _decided(ahead: npt.NDArray[np.bool_], first: int, last: int) -> npt.NDArray[np.bool_]:
    """Put one item before another, with all that follows from it."""
    decided = ahead.copy()
    before = np.append(np.flatnonzero(ahead[:, first]), first)
    after = np.append(np.flatnonzero(ahead[last]), last)
    decided[before[:, None], after] = True
    return decided
