"""Who becomes a parent, and who lives on: six schemes.

All take losses of the pool in the order of birth; ties go to the older. What does
not belong here: which candidates are eligible (``objectives``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from biome_pipeline.evolution.fronts import crowding_distances, non_dominated_fronts
from biome_pipeline.evolution.lexicase import epsilons, lexicase_winner
from biome_pipeline.evolution.objectives import check_losses, weighted_ranks

if TYPE_CHECKING:
    import numpy.typing as npt

    Losses = npt.NDArray[np.float64]
    Weights = npt.NDArray[np.float64]
    Places = npt.NDArray[np.int64]

__all__ = ["SCHEMES", "Pool", "select_parents", "select_survivors"]

SCHEMES = ("pareto", "lexicase", "tournament", "map_elites", "random", "single")
"""NSGA-II; epsilon-lexicase; tournaments on weighted ranks; MAP-Elites; and two controls:
nothing but chance, and the first objective alone."""

_TOURNAMENT = 3


@dataclass(frozen=True)
class Pool:
    """Who can be chosen, in the order of birth.

    Parameters
    ----------
    losses : ndarray of float64, shape (n, m)
        Smaller is better; finite.
    weights : ndarray of float64, shape (m,)
        Of the objectives.
    cells : ndarray of int64, shape (n,)
        Cell of each candidate, for MAP-Elites.

    Raises
    ------
    ValueError
        If a loss is not finite.
    """

    losses: Losses
    weights: Weights
    cells: Places

    def __post_init__(self) -> None:
        check_losses(self.losses)

    def __len__(self) -> int:
        """Count the candidates."""
        return len(self.losses)


def select_parents(scheme: str, pool: Pool, n: int, rng: np.random.Generator) -> Places:
    """Draw parents, with replacement.

    Parameters
    ----------
    scheme : str
        One of `SCHEMES`.
    pool : Pool
        At least one.
    n : int
        How many.
    rng : numpy.random.Generator
        Draws.

    Returns
    -------
    ndarray of int64, shape (n,)
        Places in the pool. ``pareto``: the better of two by front, then by crowding
        (Deb et al. 2002, section III.C). ``lexicase``: epsilon-lexicase (La Cava et al.
        2016). ``tournament``: the best of three by weighted ranks. ``map_elites``: any
        of the best of each cell (Mouret and Clune 2015). ``random``: any. ``single``:
        the best of three by the first objective.

    Raises
    ------
    ValueError
        If the scheme is unknown or the pool is empty.
    """
    _check(scheme)
    if not len(pool):
        raise ValueError("no parent can be drawn from an empty pool")
    if scheme == "lexicase":
        slack = epsilons(pool.losses)
        everyone = np.arange(len(pool))
        return np.array(
            [lexicase_winner(pool.losses, slack, everyone, rng) for _ in range(n)], np.int64
        )
    if scheme == "random":
        return rng.integers(len(pool), size=n)
    if scheme == "map_elites":
        elites = _elites_of_cells(pool)
        return elites[rng.integers(len(elites), size=n)]
    size = 2 if scheme == "pareto" else _TOURNAMENT
    standing = np.empty(len(pool), np.int64)
    standing[_order(scheme, pool)] = np.arange(len(pool))
    drawn = rng.integers(len(pool), size=(n, size))
    return drawn[np.arange(n), standing[drawn].argmin(axis=1)]


def select_survivors(
    scheme: str, pool: Pool, protected: Places, capacity: int, rng: np.random.Generator
) -> Places:
    """Choose who lives on.

    Parameters
    ----------
    scheme : str
        One of `SCHEMES`.
    pool : Pool
        Any number.
    protected : ndarray of int64
        Places that live on whatever they score, the most important first; if there are
        more than `capacity`, the first of them.
    capacity : int
        How many live on.
    rng : numpy.random.Generator
        Draws, in lexicase and at random.

    Returns
    -------
    ndarray of int64, shape (min(pool, capacity),)
        Places, ascending. After the protected: by front and crowding; by repeated
        lexicase without replacement; by weighted ranks; the best of each cell, then the
        others, by weighted ranks; at random; by the first objective.

    Raises
    ------
    ValueError
        If the scheme is unknown.
    """
    _check(scheme)
    kept = list(dict.fromkeys(int(place) for place in protected))[:capacity]
    rest = np.setdiff1d(np.arange(len(pool)), kept)
    room = min(capacity - len(kept), len(rest))
    if room <= 0:
        return np.sort(np.array(kept, np.int64))
    if scheme == "lexicase":
        chosen = []
        slack = epsilons(pool.losses)
        for _ in range(room):
            winner = lexicase_winner(pool.losses, slack, rest, rng)
            chosen.append(winner)
            rest = rest[rest != winner]
    elif scheme == "random":
        chosen = list(rng.choice(rest, size=room, replace=False))
    else:
        order = _order(scheme, pool)
        if scheme == "map_elites":
            elites = _elites_of_cells(pool)
            is_elite = np.isin(order, elites)
            order = np.concatenate([order[is_elite], order[~is_elite]])
        chosen = list(order[np.isin(order, rest)][:room])
    return np.sort(np.array([*kept, *chosen], np.int64))


def _check(scheme: str) -> None:
    if scheme not in SCHEMES:
        raise ValueError(f"selection {scheme!r} is none of {', '.join(SCHEMES)}")


def _order(scheme: str, pool: Pool) -> Places:
    """Order the pool from best to worst; ties in the order of birth."""
    if scheme == "pareto":
        fronts = non_dominated_fronts(pool.losses)
        return np.lexsort((-crowding_distances(pool.losses, fronts), fronts)).astype(np.int64)
    scores = pool.losses[:, 0] if scheme == "single" else weighted_ranks(pool.losses, pool.weights)
    return np.argsort(scores, kind="stable").astype(np.int64)


def _elites_of_cells(pool: Pool) -> Places:
    """Find the best of each cell, in the order of cells."""
    order = np.argsort(weighted_ranks(pool.losses, pool.weights), kind="stable")
    _, first = np.unique(pool.cells[order], return_index=True)
    return order[first].astype(np.int64)
