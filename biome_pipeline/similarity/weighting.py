"""How the values of one position are weighed: by pair, by parent, by family.

The published mean gives every pair the same weight, so that a few parents with
very many children may supply most of it. The robust ones take the mean within
each parent, or each family, first.

What does not belong here: how pairs are drawn and compared (``sampling``,
``vectors``, ``siblings``), and the resampling itself (``inference.resampling``).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from biome_pipeline.errors import InferenceError
from biome_pipeline.inference.resampling import (
    Estimate,
    mean_of_group_means,
    mean_over_families,
    mean_over_pairs,
    ratio_over_families,
)

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["Weighting", "sibling_means", "weighted_means"]

Weighting = Literal["pair", "parent", "family"]
"""A value of the column ``weighting``."""


def weighted_means(
    values: npt.NDArray[np.float64],
    top: npt.NDArray[np.integer[Any]] | None,
    family: npt.NDArray[np.integer[Any]] | None,
    *,
    n_replicates: int,
    seed: int,
) -> dict[Weighting, Estimate]:
    """Give the mean similarity of one position under each weighting.

    The weights are those of the pairs at hand. In a sample drawn in proportion
    to multiplicity a parent with few occurrences is seldom drawn at all, so that
    ``parent`` and ``family`` speak of the parents and families that were drawn,
    not of all; :func:`sibling_means` speaks of all.

    Parameters
    ----------
    values : ndarray of float64, shape (n_pairs,)
        Similarity of each pair, NaN where it is missing.
    top : ndarray of integers, shape (n_pairs,), or None
        Top node of the position (the parent that the pair descends from).
    family : ndarray of integers, shape (n_pairs,), or None
        Family of the pair. Without tops and families, as of random pairs, there
        is ``pair`` alone.
    n_replicates : int
        Replicates (B) of each bootstrap.
    seed : int
        Seed of the draws.

    Returns
    -------
    dict of str to Estimate
        ``pair``: the mean over pairs, its interval over pairs (published);
        ``parent``: the mean within each top node, then over them; ``family``:
        the mean within each family, then over them; both with intervals over
        families.

    Raises
    ------
    InferenceError
        If the arrays do not match, one of top and family is given without the
        other, a top lies in two families, or B is not positive.
    """
    pair = mean_over_pairs(values, n_replicates=n_replicates, seed=seed)
    if top is None and family is None:
        return {"pair": pair}
    if top is None or family is None:
        raise InferenceError(
            "tops were given without families, or families without tops",
            remedy="give both, or neither",
        )
    return {
        "pair": pair,
        "parent": mean_of_group_means(values, top, family, n_replicates=n_replicates, seed=seed),
        "family": mean_of_group_means(values, family, family, n_replicates=n_replicates, seed=seed),
    }


def sibling_means(
    sums: npt.NDArray[np.float64],
    n_pairs: npt.NDArray[np.integer[Any]],
    family: npt.NDArray[np.integer[Any]],
    *,
    n_replicates: int,
    seed: int,
    n_missing: int = 0,
) -> dict[Weighting, Estimate]:
    """Give the mean similarity of all siblings, without drawing pairs.

    Parameters
    ----------
    sums : ndarray of float64, shape (n_parents,)
        Sum of the similarity over the unordered pairs of each parent's children.
    n_pairs : ndarray of integers, shape (n_parents,)
        Pairs in that sum; a parent with none is left out.
    family : ndarray of integers, shape (n_parents,)
        Family of each parent.
    n_replicates : int
        Replicates (B) of each bootstrap.
    seed : int
        Seed of the draws.
    n_missing : int, default 0
        Pairs that the sums leave out.

    Returns
    -------
    dict of str to Estimate
        ``pair``, ``parent`` and ``family`` as by :func:`weighted_means` of all
        pairs; `n` counts pairs. All pairs are there, so that nothing is left to
        resample but families: the interval of ``pair`` is over families, too.

    Raises
    ------
    InferenceError
        If the arrays do not match, a number of pairs is negative, or B is not
        positive.
    """
    if n_pairs.size and n_pairs.min() < 0:
        raise InferenceError("a parent has a negative number of pairs", remedy="count them anew")
    if not sums.shape == n_pairs.shape == family.shape:
        raise InferenceError(
            f"the arrays do not match: {sums.shape}, {n_pairs.shape} and {family.shape}",
            remedy="give one number per parent in each",
        )
    has_pairs = n_pairs > 0
    total, count, home = sums[has_pairs], n_pairs[has_pairs].astype(np.float64), family[has_pairs]
    _, place = np.unique(home, return_inverse=True)
    family_mean = np.bincount(place, weights=total) / np.bincount(place, weights=count)
    n = int(n_pairs[has_pairs].sum(dtype=np.int64))
    estimates: dict[Weighting, Estimate] = {
        "pair": ratio_over_families(total, count, home, n_replicates=n_replicates, seed=seed),
        "parent": mean_over_families(total / count, home, n_replicates=n_replicates, seed=seed),
        "family": mean_over_families(
            family_mean, np.unique(home), n_replicates=n_replicates, seed=seed
        ),
    }
    return {
        weighting: replace(estimate, n=n, n_missing=n_missing)
        for weighting, estimate in estimates.items()
    }
