"""Weighted choice from short lists of words.

What does not belong here: the lists themselves (`words`).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from itertools import accumulate
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Weighted", "zipf_ranks"]


class Weighted:
    """Words with weights, drawn by numbers that are uniform on [0, 1).

    The caller brings the random number, so that what is drawn depends on the
    caller's stream alone.

    Parameters
    ----------
    weights : mapping of str to float
        Words and their weights, positive; they need not sum to one.
    """

    def __init__(self, weights: Mapping[str, float]) -> None:
        self.words = tuple(weights)
        total = sum(weights.values())
        self._edges = [edge / total for edge in accumulate(weights.values())]
        # Rounding may leave the last edge below one, and a draw above it.
        self._edges[-1] = 1.0

    def pick(self, u: float) -> str:
        """Choose one word.

        Parameters
        ----------
        u : float
            Uniform on [0, 1).

        Returns
        -------
        str
            The word whose share of the unit interval holds `u`.
        """
        return self.words[bisect_right(self._edges, u)]

    def pick_other(self, u: float, current: str) -> str:
        """Choose a word that is not the current one.

        Parameters
        ----------
        u : float
            Uniform on [0, 1).
        current : str
            The word to leave; it need not be in the list.

        Returns
        -------
        str
            Another word, by the weights of the others.
        """
        others = [(word, edge) for word, edge in zip(self.words, self._widths(), strict=True)]
        total = sum(width for word, width in others if word != current)
        left = u * total
        chosen = current
        for word, width in others:
            if word == current:
                continue
            chosen = word
            left -= width
            if left < 0:
                break
        return chosen

    def pick_many(self, u: NDArray[np.float64]) -> list[str]:
        """Choose one word per number.

        Parameters
        ----------
        u : numpy.ndarray of float, shape (n,)
            Uniform on [0, 1).

        Returns
        -------
        list of str
            The n words.
        """
        places = np.searchsorted(np.asarray(self._edges), u, side="right")
        return [self.words[place] for place in places.tolist()]

    def _widths(self) -> list[float]:
        return [right - left for left, right in zip([0.0, *self._edges], self._edges, strict=False)]


def zipf_ranks(u: NDArray[np.float64], n_ranks: int, exponent: float) -> list[int]:
    """Draw ranks whose probability falls as a power of the rank (Zipf's law).

    Parameters
    ----------
    u : numpy.ndarray of float, shape (n,)
        Uniform on [0, 1).
    n_ranks : int
        Number of ranks, positive.
    exponent : float
        The power; larger gives the first ranks more.

    Returns
    -------
    list of int
        The n ranks, from 0 to ``n_ranks - 1``.
    """
    edges = np.cumsum(1.0 / np.arange(1, n_ranks + 1, dtype=np.float64) ** exponent)
    places: list[int] = np.searchsorted(edges, u * edges[-1], side="right").tolist()
    return places
