"""Mutation rates by quarter, and why they change: by composition or by behaviour.

A rate may change because other edges are drawn (more finetunes, fewer adapters;
other families) or because the same kinds of edges behave differently. The
decomposition is Kitagawa's (1955, "Components of a difference between two
rates", JASA 50): with the shares s and rates r of the strata in two quarters,

    change      = sum s_2 r_2 - sum s_1 r_1
    composition = sum (s_2 - s_1) (r_1 + r_2) / 2
    behaviour   = sum (s_1 + s_2) / 2 (r_2 - r_1)

and the two parts add up to the change exactly. A stratum that reports in one of
the two quarters only has no rate in the other: it is given the one it has, so
that its coming or going is composition, whole, and the sum stays exact. How
much of the edges lies in strata of both quarters is said beside, because where
that is little there is little behaviour to see.

What does not belong here: what a mutation is (``mutation``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from biome_pipeline.errors import InferenceError
from biome_pipeline.inference.lots import lots_of_families
from biome_pipeline.inference.resampling import (
    Estimate,
    check_arrays,
    percentile_interval,
    resampled_sums,
)

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["Decomposition", "QuarterRate", "rates_by_quarter"]


@dataclass(frozen=True)
class Decomposition:
    """The two parts of a change, by one kind of strata.

    Attributes
    ----------
    composition, behaviour : Estimate
        They add up to the change; intervals over families, of which both draw
        the same.
    share_common : float
        Share of the reporting edges of the two quarters that lie in strata with
        reporting edges in both, mean of the two quarters.
    """

    composition: Estimate
    behaviour: Estimate
    share_common: float


@dataclass(frozen=True)
class QuarterRate:
    """The mutation rate of one quarter, and how it came from the one before.

    Attributes
    ----------
    quarter : int
        Code of the quarter.
    n_edges : int
        Edges of the quarter, silent ones too.
    rate : Estimate
        Mean mutation over reporting edges; its `n_missing` counts silent edges.
    compared_with : int or None
        The last quarter before that has a rate; ``None`` for the first, or
        without a rate.
    change : Estimate or None
        This rate less that one.
    by_relation, by_family : Decomposition or None
        The parts of the change.
    """

    quarter: int
    n_edges: int
    rate: Estimate
    compared_with: int | None
    change: Estimate | None
    by_relation: Decomposition | None
    by_family: Decomposition | None


def rates_by_quarter(
    mutation: npt.NDArray[np.float64],
    is_reporting: npt.NDArray[np.bool_],
    quarter: npt.NDArray[np.integer[Any]],
    relation: npt.NDArray[np.integer[Any]],
    family: npt.NDArray[np.integer[Any]],
    *,
    n_replicates: int,
    seed: int,
) -> list[QuarterRate]:
    """Give the mutation rate of each quarter with its parts; all share the draws of families.

    Parameters
    ----------
    mutation : ndarray of float64, shape (n_edges,)
        1 less the Jaccard similarity of the value sets of both ends (Def. 7.1 of
        arXiv 2508.06811), from 0 to 1; not looked at where an edge is silent.
    is_reporting : ndarray of bool, shape (n_edges,)
        Whether both ends report the trait.
    quarter : ndarray of integers, shape (n_edges,)
        Quarter in which the child was created; edges below 0 are left out, as of
        children whose date is not known.
    relation, family : ndarray of integers, shape (n_edges,)
        The strata of each edge, any numbering.
    n_replicates : int
        Replicates (B).
    seed : int
        Seed of the draws.

    Returns
    -------
    list of QuarterRate
        One per quarter that has edges, in time.

    Raises
    ------
    InferenceError
        If the arrays do not match, a mutation is outside 0 to 1, or B is not
        positive.
    """
    check_arrays(
        n_replicates,
        mutation=mutation,
        is_reporting=is_reporting,
        quarter=quarter,
        relation=relation,
        family=family,
    )
    reports = is_reporting & (quarter >= 0)
    value = mutation[reports]
    # Written so that NaN is refused, too.
    if not np.all((value >= 0) & (value <= 1)):
        raise InferenceError(
            "a mutation is outside 0 to 1", remedy="give 1 less a Jaccard similarity"
        )
    quarters, n_edges = np.unique(quarter[quarter >= 0], return_counts=True)
    if not quarters.size:
        return []
    time = np.searchsorted(quarters, quarter[reports])
    _, home = np.unique(family[reports], return_inverse=True)
    _, kind = np.unique(relation[reports], return_inverse=True)
    sums = _Sums.of(value, time, kind, home, quarters.size)
    n_reporting = np.bincount(time, minlength=quarters.size)
    used = np.flatnonzero(n_reporting)
    steps = [(int(used[k - 1]), int(used[k])) for k in range(1, used.size)]
    parts = [sums.family_parts(before, after) for before, after in steps]
    drawn = sums.drawn([part for part, _ in parts], n_replicates, seed)
    before_of = dict(zip((after for _, after in steps), range(len(steps)), strict=True))
    found = []
    for at in range(quarters.size):
        rate = sums.rate(at, int(n_edges[at] - n_reporting[at]), drawn)
        change = by_relation = by_family = None
        compared = None
        if at in before_of:
            step = before_of[at]
            before = steps[step][0]
            compared = int(quarters[before])
            change, by_relation = sums.by_relation(before, at, drawn)
            by_family = sums.by_family(before, at, parts[step], step, drawn)
        found.append(
            QuarterRate(
                quarter=int(quarters[at]),
                n_edges=int(n_edges[at]),
                rate=rate,
                compared_with=compared,
                change=change,
                by_relation=by_relation,
                by_family=by_family,
            )
        )
    return found


@dataclass(frozen=True, eq=False)
class _Drawn:
    """Replicates of the sums by quarter and relation, and of the families' parts."""

    counts: npt.NDArray[np.float64]  # (B, quarters, relations)
    sums: npt.NDArray[np.float64]
    shares: npt.NDArray[np.float64]  # (B, steps, 2)


@dataclass(frozen=True, eq=False)
class _Sums:
    """Reporting edges and their mutations by lot of families, quarter and relation.

    By family they are of all relations, as its own parts need no others.
    """

    counts: npt.NDArray[np.float64]  # (lots, quarters, relations)
    sums: npt.NDArray[np.float64]
    family_counts: npt.NDArray[np.float64]  # (families, quarters)
    family_sums: npt.NDArray[np.float64]
    lot: npt.NDArray[np.int64]  # (families,)

    @classmethod
    def of(
        cls,
        value: npt.NDArray[np.float64],
        time: npt.NDArray[np.intp],
        kind: npt.NDArray[np.intp],
        home: npt.NDArray[np.intp],
        n_quarters: int,
    ) -> _Sums:
        lot = lots_of_families(np.bincount(home))
        n_lots = int(lot.max()) + 1 if lot.size else 0
        n_kinds = int(kind.max()) + 1 if kind.size else 0
        by_lot = (lot[home] * n_quarters + time) * n_kinds + kind
        by_family = home * n_quarters + time
        return cls(
            *_counted(by_lot, value, (n_lots, n_quarters, n_kinds)),
            *_counted(by_family, value, (lot.size, n_quarters)),
            lot,
        )

    def family_parts(
        self, before: int, after: int
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Give what each lot adds to the sums behind the composition of families.

        float64, shape (lots, 2): edges of its families before and after, each
        times the mean of the family's two rates; and the share of edges in
        families of both.
        """
        n = self.family_counts[:, (before, after)]
        rates = _rates(self.family_sums[:, (before, after)], n, axis=1)
        terms = n * rates.mean(axis=1)[:, None]
        is_common = np.all(n > 0, axis=1)
        by_lot = [
            np.bincount(self.lot, weights=term, minlength=len(self.counts)) for term in terms.T
        ]
        common = (n * is_common[:, None]).sum(axis=0) / n.sum(axis=0)
        return np.stack(by_lot, axis=1, dtype=np.float64), common

    def drawn(
        self, parts: list[npt.NDArray[np.float64]], n_replicates: int, seed: int
    ) -> _Drawn | None:
        n_lots, n_quarters, n_kinds = self.counts.shape
        if n_lots < 2:
            return None
        n_cells = n_quarters * n_kinds
        rows = np.concatenate(
            [self.counts.reshape(n_lots, -1), self.sums.reshape(n_lots, -1), *parts], axis=1
        )
        drawn = resampled_sums(rows, n_replicates=n_replicates, seed=seed)
        return _Drawn(
            counts=drawn[:, :n_cells].reshape(-1, n_quarters, n_kinds),
            sums=drawn[:, n_cells : 2 * n_cells].reshape(-1, n_quarters, n_kinds),
            shares=drawn[:, 2 * n_cells :].reshape(n_replicates, -1, 2),
        )

    def rate(self, at: int, n_silent: int, drawn: _Drawn | None) -> Estimate:
        counts, sums = self.counts[:, at].sum(axis=1), self.sums[:, at].sum(axis=1)
        n, n_families = int(counts.sum()), int(np.count_nonzero(self.family_counts[:, at]))
        if not n:
            return Estimate(None, None, None, 0, n_silent, 0)
        replicates = None
        if drawn is not None:
            replicates = _divided(drawn.sums[:, at].sum(axis=1), drawn.counts[:, at].sum(axis=1))
        return _estimate(float(sums.sum() / n), replicates, n, n_silent, n_families)

    def by_relation(
        self, before: int, after: int, drawn: _Drawn | None
    ) -> tuple[Estimate, Decomposition]:
        both = (before, after)
        n = self.counts[:, both].sum(axis=0)
        parts = _kitagawa(n[None], self.sums[:, both].sum(axis=0)[None])[:, 0]
        replicates = None
        if drawn is not None:
            replicates = _kitagawa(drawn.counts[:, both], drawn.sums[:, both])
        estimates = self._estimates(before, after, parts, replicates)
        is_common = np.all(n > 0, axis=0)
        share = float(((n * is_common).sum(axis=1) / n.sum(axis=1)).mean())
        change, composition, behaviour = estimates
        return change, Decomposition(composition, behaviour, share)

    def by_family(
        self,
        before: int,
        after: int,
        part: tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]],
        step: int,
        drawn: _Drawn | None,
    ) -> Decomposition:
        both = (before, after)
        terms, common = part
        n = self.counts[:, both].sum(axis=(0, 2))
        rate = self.sums[:, both].sum(axis=(0, 2)) / n
        composition = float(np.diff(terms.sum(axis=0) / n)[0])
        change = float(rate[1] - rate[0])
        parts = np.array([change, composition, change - composition])
        replicates = None
        if drawn is not None:
            times = drawn.counts[:, both].sum(axis=2)
            rates = _divided(drawn.sums[:, both].sum(axis=2), times)
            shares = _divided(drawn.shares[:, step], times)
            change_drawn, composed = rates[:, 1] - rates[:, 0], shares[:, 1] - shares[:, 0]
            replicates = np.stack([change_drawn, composed, change_drawn - composed])
        _, composed_part, behaved = self._estimates(before, after, parts, replicates)
        return Decomposition(composed_part, behaved, float(common.mean()))

    def _estimates(
        self,
        before: int,
        after: int,
        parts: npt.NDArray[np.float64],
        replicates: npt.NDArray[np.float64] | None,
    ) -> list[Estimate]:
        counts = self.family_counts[:, (before, after)]
        n, n_families = int(counts.sum()), int(np.count_nonzero(counts.any(axis=1)))
        return [
            _estimate(float(part), None if replicates is None else replicates[k], n, 0, n_families)
            for k, part in enumerate(parts)
        ]


def _estimate(
    value: float,
    replicates: npt.NDArray[np.float64] | None,
    n: int,
    n_missing: int,
    n_families: int,
) -> Estimate:
    low = high = None
    if replicates is not None and n_families > 1:
        low, high = percentile_interval(replicates)
    return Estimate(value, low, high, n, n_missing, n_families)


def _counted(
    cell: npt.NDArray[np.integer[Any]], value: npt.NDArray[np.float64], shape: tuple[int, ...]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Give the number and the sum of the values of each cell."""
    n_cells = int(np.prod(shape))
    counts = np.bincount(cell, minlength=n_cells).astype(np.float64)
    sums = np.asarray(np.bincount(cell, weights=value, minlength=n_cells), np.float64)
    return counts.reshape(shape), sums.reshape(shape)


def _divided(
    sums: npt.NDArray[np.float64], counts: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    return np.divide(sums, counts, where=counts > 0, out=np.full(sums.shape, np.nan))


def _rates(
    sums: npt.NDArray[np.float64], counts: npt.NDArray[np.float64], *, axis: int
) -> npt.NDArray[np.float64]:
    """Give the rates of strata in two quarters; one that is missing is the other.

    Where both are missing it is 0, and weighs nothing.
    """
    rates = _divided(sums, counts)
    rates = np.where(np.isnan(rates), np.flip(rates, axis=axis), rates)
    result: npt.NDArray[np.float64] = np.nan_to_num(rates)
    return result


def _kitagawa(
    counts: npt.NDArray[np.float64], sums: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Give change, composition and behaviour, float64, shape (3, n).

    Both arrays have the shape (n, 2 quarters, strata); NaN where a quarter has
    no edges at all.
    """
    total = counts.sum(axis=2)
    shares = np.divide(
        counts, total[..., None], where=total[..., None] > 0, out=np.full(counts.shape, np.nan)
    )
    rates = _rates(sums, counts, axis=1)
    composition = (np.diff(shares, axis=1)[:, 0] * rates.mean(axis=1)).sum(axis=1)
    behaviour = (shares.mean(axis=1) * np.diff(rates, axis=1)[:, 0]).sum(axis=1)
    return np.stack([composition + behaviour, composition, behaviour])
