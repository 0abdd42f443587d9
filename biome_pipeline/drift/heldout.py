"""The share of mutations along an order that was fitted without them.

An order always explains the transitions it was made for. So families are cut
into two halves at random, the order is fitted on one and asked about the other:
half is chance, whatever the number of values. The interval is of percentiles
over repeated halves (Monte Carlo cross-validation: Picard and Cook 1984, JASA
79). Halves of one sample overlap, and each half is a smaller sample than the
whole: the interval says how the share varies with the half, and the order of the
whole does a little better than its mean.

A family that holds most transitions lies in one half or the other: then the
share says how well it predicts the rest, and the rest it. With one family there
is no other half, and no share.

What does not belong here: intervals under a fixed order (``uncertainty``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from biome_pipeline.drift.flow import heldout_share
from biome_pipeline.drift.orders import best_orders
from biome_pipeline.inference.resampling import check_arrays, percentile_interval

if TYPE_CHECKING:
    import numpy.typing as npt

    from biome_pipeline.drift.orders import Objective
    from biome_pipeline.drift.transitions import FamilyFlows

__all__ = ["Halves", "HeldOut", "draw_halves", "held_out"]


@dataclass(frozen=True, eq=False)
class Halves:
    """Transitions of the two halves of families, cut many times.

    Attributes
    ----------
    fitted, other : ndarray of float64, shape (n_halves, n_values, n_values)
        Transitions of the half that an order is fitted on, and of the other.
    """

    fitted: npt.NDArray[np.float64]
    other: npt.NDArray[np.float64]


@dataclass(frozen=True)
class HeldOut:
    """Share of the other half's transitions along an order, over repeated halves.

    Attributes
    ----------
    share : float or None
        Mean over halves; 0.5 is chance. ``None`` if over half of the cuts leave
        a half without a drift.
    ci_low, ci_high : float or None
        2.5 % and 97.5 % percentiles over halves.
    n_halves : int
        Cuts of which both halves have a drift.
    n_unproven : int
        Orders that were not proven best before the time was out.
    """

    share: float | None
    ci_low: float | None
    ci_high: float | None
    n_halves: int
    n_unproven: int


def draw_halves(flows: FamilyFlows, *, n_halves: int, seed: int) -> Halves:
    """Cut the families into halves, many times.

    Parameters
    ----------
    flows : FamilyFlows
        What each family adds.
    n_halves : int
        Number of cuts.
    seed : int
        Seed of the draws.

    Returns
    -------
    Halves
        Transitions of both halves of each cut; of an odd number of families the
        order is fitted on the fewer. No cut with fewer than two families.

    Raises
    ------
    InferenceError
        If the number of cuts is not positive.
    """
    check_arrays(n_halves)
    n, n_families = flows.n_values, flows.n_families
    if n_families < 2:
        return Halves(np.zeros((0, n, n)), np.zeros((0, n, n)))
    generator = np.random.Generator(np.random.PCG64([seed, 3]))
    is_fitted = np.zeros((n_families, n_halves))
    for k in range(n_halves):
        is_fitted[generator.permutation(n_families)[: n_families // 2], k] = 1.0
    fitted = (flows.transitions.T @ is_fitted).T.reshape(n_halves, n, n)
    return Halves(fitted, flows.total() - fitted)


def held_out(halves: Halves, objective: Objective, *, time_limit: float, seed: int) -> HeldOut:
    """Fit an order on one half of each cut, and ask it about the other.

    Parameters
    ----------
    halves : Halves
        The cuts.
    objective : {"directions", "traffic"}
        What an order maximises.
    time_limit : float
        Seconds for each order.
    seed : int
        Seed of the shuffles: a value that one half does not place is placed by
        chance, not by its number.

    Returns
    -------
    HeldOut
        The share and its interval.
    """
    if not len(halves.fitted):
        return HeldOut(None, None, None, 0, 0)
    orders = best_orders(halves.fitted, objective, time_limit=time_limit, seed=seed)
    share = heldout_share(halves.other, orders.order)
    # An order of nothing is none: it must not be asked.
    share[(halves.fitted == np.swapaxes(halves.fitted, 1, 2)).all(axis=(1, 2))] = np.nan
    known = share[~np.isnan(share)]
    low, high = percentile_interval(share)
    return HeldOut(
        None if low is None else float(known.mean()),
        low,
        high,
        int(known.size),
        orders.n_unproven,
    )
