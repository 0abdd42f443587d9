"""Objectives: which metrics are compared, in which direction, and who is eligible.

What does not belong here: who is chosen (``selection``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy.stats import rankdata

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    Losses = npt.NDArray[np.float64]
    Places = npt.NDArray[np.int64]

__all__ = ["Objective", "oriented", "rank_normalised", "weighted_ranks"]


@dataclass(frozen=True)
class Objective:
    """One metric and its direction.

    Parameters
    ----------
    metric : str
        Its name.
    direction : str
        ``minimise`` or ``maximise``.
    weight : float
        Its share in weighted ranks, relative to the others; above 0.

    Raises
    ------
    ValueError
        If direction or weight are no such.
    """

    metric: str
    direction: Literal["minimise", "maximise"]
    weight: float = 1.0

    def __post_init__(self) -> None:
        if self.direction not in ("minimise", "maximise"):
            raise ValueError(f"direction {self.direction!r} is neither minimise nor maximise")
        if not (np.isfinite(self.weight) and self.weight > 0):
            raise ValueError(f"weight {self.weight} is not above 0")


def oriented(
    metrics: Sequence[Mapping[str, float]], objectives: Sequence[Objective]
) -> tuple[Losses, Places]:
    """Turn metrics into losses, for the candidates that have all of them.

    Parameters
    ----------
    metrics : sequence of mapping of str to float
        Of each candidate, by name.
    objectives : sequence of Objective
        What is compared.

    Returns
    -------
    losses : ndarray of float64, shape (n_eligible, n_objectives)
        Smaller is better.
    places : ndarray of int64, shape (n_eligible,)
        Which candidates these are, ascending. One that lacks a metric, or whose metric
        is not finite, is not among them: it has no loss, least of all 0.
    """
    rows = np.full((len(metrics), len(objectives)), np.nan)
    for place, known in enumerate(metrics):
        rows[place] = [known.get(objective.metric, np.nan) for objective in objectives]
    signs = [-1.0 if objective.direction == "maximise" else 1.0 for objective in objectives]
    eligible = np.flatnonzero(np.isfinite(rows).all(axis=1)).astype(np.int64)
    # Adding 0.0 keeps a maximised 0 from becoming a negative zero.
    return rows[eligible] * signs + 0.0, eligible


def rank_normalised(losses: Losses) -> Losses:
    """Rank candidates by each objective, from 0 for the best to 1 for the worst.

    Parameters
    ----------
    losses : ndarray of float64, shape (n, m)
        Smaller is better; finite.

    Returns
    -------
    ndarray of float64, shape (n, m)
        Average ranks for ties; a column without differences is 0.

    Raises
    ------
    ValueError
        If a loss is not finite.
    """
    check_losses(losses)
    if len(losses) < 2:
        return np.zeros_like(losses)
    ranks = (rankdata(losses, axis=0) - 1.0) / (len(losses) - 1.0)
    ranks[:, (losses == losses[:1]).all(axis=0)] = 0.0
    return ranks


def weighted_ranks(losses: Losses, weights: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Give one score to each candidate.

    Parameters
    ----------
    losses : ndarray of float64, shape (n, m)
        Smaller is better; finite.
    weights : ndarray of float64, shape (m,)
        Of the objectives; above 0.

    Returns
    -------
    ndarray of float64, shape (n,)
        Weighted mean of the normalised ranks; 0 is best.
    """
    # Summed column by column: a product of matrices may round differently by size.
    ranks = rank_normalised(losses)
    total = np.zeros(len(losses))
    for column, weight in enumerate(weights / weights.sum()):
        total += ranks[:, column] * weight
    return total


def check_losses(losses: Losses) -> None:
    """Refuse losses that cannot be compared.

    Parameters
    ----------
    losses : ndarray of float64, shape (n, m)
        Smaller is better.

    Raises
    ------
    ValueError
        If they are no table, or one is not finite.
    """
    if losses.ndim != 2:
        raise ValueError(f"losses have {losses.ndim} dimensions instead of 2")
    if not np.isfinite(losses).all():
        raise ValueError("a loss is not finite: a candidate without a metric is not eligible")
