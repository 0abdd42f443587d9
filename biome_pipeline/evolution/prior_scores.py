"""Whether weights of operators learned from earlier mutations predict the later ones.

The mutated edges are cut by the creation date of the child: weights are learned
from the first 80 %, and asked for the probability of every mutation of the rest.
The score is the logarithmic one (Good 1952, J. R. Stat. Soc. B 14), in bits per
mutation: the length of the code that the weights make for what came later. What
is gained over equal weights has an interval from drawing the later families again
(``inference.resampling``), with the learned weights as they are.

Only operators that a config can show take part: equal weights over all of them
would lose to any that merely know which ones can be seen. A family may lie on
both sides of the cut, so that the gain says how well a Hub is predicted from its
own past and not how well from another Hub.

What does not belong here: the weights themselves (``priors``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from biome_pipeline.errors import InferenceError
from biome_pipeline.evolution.priors import (
    dirichlet_weights,
    edge_counts,
    family_counts,
    uniform_prior,
)
from biome_pipeline.inference.lots import lots_of_families
from biome_pipeline.inference.resampling import ratio_over_families

if TYPE_CHECKING:
    import numpy.typing as npt

    Vector = npt.NDArray[np.float64]
    Flags = npt.NDArray[np.bool_]

__all__ = ["EARLIER", "WEIGHTINGS", "Cut", "PriorScore", "cut_in_time", "score_priors"]

EARLIER = 0.8
"""Share of the mutated edges, first by date, that weights are learned from."""

WEIGHTINGS: tuple[str, ...] = ("robust", "edge", "uniform")
"""Every family once for each operator; every edge; no learning."""


@dataclass(frozen=True, eq=False)
class Cut:
    """Mutated edges before and after a date.

    Attributes
    ----------
    earlier, later : ndarray of bool, shape (n_edges,)
        Mutated edges of either side; an edge that is on neither shows nothing or
        has no date.
    until : float
        Last date of the earlier ones; NaN without any.
    n_missing : int
        Mutated edges without a date.
    """

    earlier: Flags
    later: Flags
    until: float
    n_missing: int


@dataclass(frozen=True)
class PriorScore:
    """How well weights of one rule predict the later mutations.

    Attributes
    ----------
    weighting : str
        One of `WEIGHTINGS`.
    bits, gain : float or None
        Bits per mutation, and how many fewer than under equal weights; ``None``
        without a later mutation.
    ci_low, ci_high : float or None
        95 % interval of the gain; ``None`` with fewer than two families.
    n_fitted_edges, n_fitted_families : int
        Mutated edges that weights are learned from, and their families.
    n_edges, n_mutations, n_families : int
        Later mutated edges, what they show in all, and their families.
    n_missing : int
        Mutated edges without a date.
    """

    weighting: str
    bits: float | None
    gain: float | None
    ci_low: float | None
    ci_high: float | None
    n_fitted_edges: int
    n_fitted_families: int
    n_edges: int
    n_mutations: int
    n_families: int
    n_missing: int


def cut_in_time(is_mutated: Flags, created: Vector, *, share: float = EARLIER) -> Cut:
    """Cut mutated edges at a date.

    Parameters
    ----------
    is_mutated : ndarray of bool, shape (n_edges,)
        Which edges show an operator.
    created : ndarray of float64, shape (n_edges,)
        When the child was created, in any unit; NaN where that is not known.
    share : float, default `EARLIER`
        Least share of the dated mutated edges that is earlier; edges of the last
        earlier date stay together.

    Returns
    -------
    Cut
        The two sides.

    Raises
    ------
    InferenceError
        If the arrays do not match, or the share is not between 0 and 1.
    """
    if is_mutated.ndim != 1 or is_mutated.shape != created.shape or not 0 < share < 1:
        raise InferenceError(
            f"flags {is_mutated.shape} and dates {created.shape} to be cut at {share}",
            remedy="give one date for each edge, and a share between 0 and 1",
        )
    is_dated = is_mutated & ~np.isnan(created)
    dates = np.sort(created[is_dated])
    until = float(dates[int(np.ceil(share * dates.size)) - 1]) if dates.size else np.nan
    earlier = is_dated & (created <= until)
    n_missing = int(np.count_nonzero(is_mutated & ~is_dated))
    return Cut(earlier, is_dated & ~earlier, until, n_missing)


def score_priors(
    hits: Flags,
    family: npt.NDArray[np.integer[Any]],
    created: Vector,
    *,
    n_replicates: int,
    seed: int,
) -> tuple[PriorScore, ...]:
    """Learn weights from the earlier mutations, and score them on the later ones.

    Parameters
    ----------
    hits : ndarray of bool, shape (n_edges, n_operators)
        Which edge shows which operator; only operators that a config can show.
    family : ndarray of integers, shape (n_edges,)
        Family of each edge.
    created : ndarray of float64, shape (n_edges,)
        When the child was created; NaN where that is not known.
    n_replicates : int
        Replicates (B).
    seed : int
        Seed of the draws, which all weightings have in common.

    Returns
    -------
    tuple of PriorScore
        In the order of `WEIGHTINGS`.

    Raises
    ------
    InferenceError
        If the arrays do not match, there is no operator, or B is not positive.
    """
    prior = uniform_prior(hits.shape[-1])
    if hits.ndim != 2 or not hits.shape[0] == family.size == created.size:
        raise InferenceError(
            f"the arrays do not match: {hits.shape}, {family.shape}, {created.shape}",
            remedy="give one row of hits, one family and one date for each edge",
        )
    cut = cut_in_time(np.logical_or.reduce(hits, axis=1), created)
    fitted, later = hits[cut.earlier], hits[cut.later]
    weights = {
        "robust": dirichlet_weights(family_counts(fitted, family[cut.earlier]), prior),
        "edge": dirichlet_weights(edge_counts(fitted), prior),
        "uniform": prior,
    }
    _, home, sizes = np.unique(family[cut.later], return_inverse=True, return_counts=True)
    lot = lots_of_families(sizes)[home.reshape(-1)]
    n_each = later.sum(axis=1).astype(np.float64)
    scores = []
    for name in WEIGHTINGS:
        gained = _summed(later, np.log2(weights[name]) - np.log2(prior))
        estimate = ratio_over_families(gained, n_each, lot, n_replicates=n_replicates, seed=seed)
        gain = estimate.value
        scores.append(
            PriorScore(
                weighting=name,
                bits=None if gain is None else float(np.log2(prior.size)) - gain,
                gain=gain,
                ci_low=estimate.ci_low,
                ci_high=estimate.ci_high,
                n_fitted_edges=len(fitted),
                n_fitted_families=int(np.unique(family[cut.earlier]).size),
                n_edges=len(later),
                n_mutations=int(n_each.sum()),
                n_families=int(sizes.size),
                n_missing=cut.n_missing,
            )
        )
    return tuple(scores)


def _summed(later: Flags, bits: Vector) -> Vector:
    """Sum the bits of what each edge shows, operator by operator: the same on every machine."""
    found = np.zeros(len(later))
    for place, value in enumerate(bits):
        found[later[:, place]] += value
    return found
