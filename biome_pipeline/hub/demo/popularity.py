"""Downloads, likes and trending scores: heavy-tailed, and higher for parents.

What does not belong here: everything that a model's makers decide.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from biome_pipeline.hub.demo.planted import PLANTED

if TYPE_CHECKING:
    from biome_pipeline.hub.demo.families import Pedigree

__all__ = ["Popularity", "draw_popularity"]

_TAIL = 0.62
"""Exponent of the Pareto tail of the downloads: their mean is that of the few."""

_MOST_DOWNLOADS = 60_000_000
_SHARE_LIKED = 0.22


@dataclass(frozen=True)
class Popularity:
    """How much the models of a layer are used, one entry per model.

    Attributes
    ----------
    downloads : list of int
        Downloads of about 30 days.
    downloads_all_time : list of int
        All downloads; more than `downloads` where there are any.
    likes : list of int
        Likes.
    trending : list of float
        Trending scores, nearly all zero.
    """

    downloads: list[int]
    downloads_all_time: list[int]
    likes: list[int]
    trending: list[float]


def draw_popularity(rng: np.random.Generator, pedigree: Pedigree) -> Popularity:
    """Draw how much each model of a pedigree is used.

    Parameters
    ----------
    rng : numpy.random.Generator
        The stream of this layer.
    pedigree : Pedigree
        Who descends from whom; children make their parents known.

    Returns
    -------
    Popularity
        Counts and scores.
    """
    n = len(pedigree)
    children = np.zeros(n, dtype=np.int64)
    for parents in pedigree.parents:
        for parent in parents:
            children[parent] += 1
    fame = rng.normal(size=n) + 0.9 * np.log1p(children)
    downloads = _by_rank(fame, 1 - PLANTED["share_without_downloads"], _TAIL)
    # Some months of the past, and something for those whom nobody takes any more.
    months = 1 + rng.exponential(6.0, size=n)
    forgotten = np.where(rng.random(n) < 0.5, np.floor(rng.lognormal(2.5, 1.5, size=n)), 0)
    earlier = np.where(downloads > 0, np.ceil(downloads * (months - 1)) + 1, forgotten)
    likes = _by_rank(fame + rng.normal(scale=0.7, size=n), _SHARE_LIKED, 1.1)
    is_trending = rng.random(n) < 0.01 + 0.1 * (likes > 20)
    trending = np.where(is_trending, np.round(rng.exponential(3.0, size=n), 1), 0.0)
    return Popularity(
        downloads.tolist(),
        (downloads + earlier.astype(np.int64)).tolist(),
        likes.tolist(),
        trending.tolist(),
    )


def _by_rank(
    fame: np.ndarray[tuple[int], np.dtype[np.float64]], share: float, exponent: float
) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Give the most famous share the quantiles of a Pareto distribution, and the others zero."""
    counts = np.zeros(len(fame), dtype=np.int64)
    n_positive = round(share * len(fame))
    order = np.argsort(-fame, kind="stable")[:n_positive]
    ranks = np.arange(1, n_positive + 1)
    pareto = (n_positive / ranks) ** (1 / exponent)
    counts[order] = np.minimum(np.ceil(pareto), _MOST_DOWNLOADS).astype(np.int64)
    return counts
