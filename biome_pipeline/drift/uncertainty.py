"""How sure shares, ranks and precedence are: families drawn anew.

Families are resampled with replacement (the cluster bootstrap: Davison and
Hinkley 1997, "Bootstrap Methods and their Application", section 3.8). Only those
with a transition among the values are drawn from; the others cannot move a share.
Under the order found, the shares of the replicates say how well this order
holds; the order was made for the sample, so that they lie lower than its own
share, and their interval may even exclude it. Ranks and precedence come from
replicates whose order is solved anew, values shuffled before each: where several
orders are equally good, or nothing links two parts, the solver's rule for ties
would otherwise decide alike in all of them, and ranks look surer than they are.

What does not belong here: shares on families that the order has not seen
(``heldout``), and what chance would give (``nulls``, ``margins``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from biome_pipeline.drift.flow import net_flow
from biome_pipeline.inference.resampling import blocks, check_arrays

if TYPE_CHECKING:
    import numpy.typing as npt

    from biome_pipeline.drift.transitions import FamilyFlows

__all__ = ["Ranks", "ranks_of", "resampled_transitions"]


@dataclass(frozen=True, eq=False)
class Ranks:
    """Where values stand over replicates of the order.

    Attributes
    ----------
    rank_low, rank_high : ndarray of int64, shape (n_values,)
        2.5 % and 97.5 % percentiles of each value's place, counted from 0.
    precedence : ndarray of float64, shape (n_values, n_values)
        Probability that the row's value stands before the column's: the share of
        replicates; one in which no chain of drifts links the two counts half.
    orders : ndarray of int64, shape (n_replicates, n_values)
        Values from first to last, of each replicate.
    """

    rank_low: npt.NDArray[np.int64]
    rank_high: npt.NDArray[np.int64]
    precedence: npt.NDArray[np.float64]
    orders: npt.NDArray[np.int64]


def resampled_transitions(
    flows: FamilyFlows, *, n_replicates: int, seed: int
) -> npt.NDArray[np.float64]:
    """Draw families anew, and sum their transitions.

    Parameters
    ----------
    flows : FamilyFlows
        What each family adds.
    n_replicates : int
        Replicates (B).
    seed : int
        Seed of the draws.

    Returns
    -------
    ndarray of float64, shape (n_replicates, n_values, n_values)
        Transitions of each replicate; none at all with fewer than two families.

    Raises
    ------
    InferenceError
        If B is not positive.
    """
    check_arrays(n_replicates)
    n, n_families = flows.n_values, flows.n_families
    if n_families < 2:
        return np.zeros((0, n, n))
    generator = np.random.Generator(np.random.PCG64([seed, 2]))
    columns = csr_array(flows.transitions.T)
    sums = np.empty((n_replicates, n * n))
    for start, stop in blocks(n_replicates, n_families):
        drawn = generator.integers(n_families, size=(stop - start, n_families))
        drawn += n_families * np.arange(stop - start)[:, None]
        times = np.bincount(drawn.reshape(-1), minlength=(stop - start) * n_families)
        weight = times.reshape(stop - start, n_families).T.astype(np.float64)
        sums[start:stop] = (columns @ weight).T
    return sums.reshape(n_replicates, n, n)


def ranks_of(order: npt.NDArray[np.int64], transitions: npt.NDArray[np.float64]) -> Ranks:
    """Give the ranks of values, and which precedes which, over replicates.

    Parameters
    ----------
    order : ndarray of int64, shape (n_replicates, n_values)
        Values from first to last, solved anew for each replicate.
    transitions : ndarray of float64, shape (n_replicates, n_values, n_values)
        The transitions that each order was solved for.

    Returns
    -------
    Ranks
        Ranks and precedence.
    """
    place = np.argsort(order, axis=1)
    low, high = np.percentile(place, [2.5, 97.5], axis=0, method="inverted_cdf")
    is_before = (place[:, :, None] < place[:, None, :]).astype(np.float64)
    for own, drift in zip(is_before, net_flow(transitions), strict=True):
        _, part = connected_components(csr_array(drift > 0), directed=False)
        own[part[:, None] != part[None, :]] = 0.5
    precedence = is_before.mean(axis=0)
    np.fill_diagonal(precedence, 0.0)
    return Ranks(low.astype(np.int64), high.astype(np.int64), precedence, order)
