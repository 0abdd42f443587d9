"""Classes of sizes and context lengths, and the usual sizes that models are near to.

Bins are those of the published notebook: open below and closed above, so that a
model of 7.0 billion parameters is in 3-7B and one of 7.6 billion in 7-13B.

What does not belong here: what is measured of a bin (``groups``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from biome_pipeline.fitness.arrays import UNKNOWN

if TYPE_CHECKING:
    import numpy.typing as npt

    Vector = npt.NDArray[np.float64]
    Codes = npt.NDArray[np.int64]

__all__ = ["BILLION", "CONTEXT_BINS", "SIZE_BINS", "SPOTS", "SPOT_NAMES", "Bins", "nearest_spot"]

BILLION = 1e9

SPOTS: tuple[int, ...] = (1, 3, 7, 13, 30, 70)
"""Usual sizes, in billions of parameters."""

SPOT_NAMES: tuple[str, ...] = tuple(f"{spot}B" for spot in SPOTS)
"""What they are called."""

_SPOT_ENDS = (0.5, 200.0)


@dataclass(frozen=True)
class Bins:
    """Neighbouring bins of a number.

    Attributes
    ----------
    edges : tuple of float
        Where they begin and end; the last has no end.
    names : tuple of str
        One for each bin.
    """

    edges: tuple[float, ...]
    names: tuple[str, ...]

    def codes(self, values: Vector) -> Codes:
        """Give the bin of each value.

        Parameters
        ----------
        values : ndarray of float64, shape (n,)
            Values in the unit of the edges; NaN where one is not known.

        Returns
        -------
        ndarray of int64, shape (n,)
            Place of the bin; `UNKNOWN` where the value is not known, or not above
            the first edge.
        """
        found = np.searchsorted(self.edges, values, side="left").astype(np.int64) - 1
        found[np.isnan(values)] = UNKNOWN
        return np.minimum(found, len(self.names) - 1)

    def ends(self, place: int) -> tuple[float, float | None]:
        """Give where a bin begins and ends.

        Parameters
        ----------
        place : int
            Place of the bin.

        Returns
        -------
        tuple of (float, float or None)
            Open lower end, closed upper end; ``None`` of the last bin.
        """
        upper = self.edges[place + 1] if place + 1 < len(self.edges) else None
        return self.edges[place], upper


SIZE_BINS = Bins(
    (0.0, 1.0, 3.0, 7.0, 13.0, 30.0, 70.0, 200.0),
    ("0-1B", "1-3B", "3-7B", "7-13B", "13-30B", "30-70B", "70-200B", "200B+"),
)
"""Of billions of parameters."""

CONTEXT_BINS = Bins(
    (0.0, 2_048.0, 8_192.0, 32_768.0, 131_072.0),
    ("0-2k", "2-8k", "8-32k", "32-128k", "128k+"),
)
"""Of tokens."""


def nearest_spot(parameters: Vector, *, is_logarithmic: bool) -> Codes:
    """Give the usual size that each model is nearest to.

    Parameters
    ----------
    parameters : ndarray of float64, shape (n,)
        Numbers of parameters; NaN where one is not known.
    is_logarithmic : bool
        Whether distances are of logarithms, so that 20B is as far from 13B as
        from 30B by their ratio; published are differences.

    Returns
    -------
    ndarray of int64, shape (n,)
        Place in `SPOTS`, of two as near the smaller; `UNKNOWN` if the number is not
        known, or not between 0.5 and 200 billion.
    """
    billions = parameters / BILLION
    inside = (billions > _SPOT_ENDS[0]) & (billions < _SPOT_ENDS[1])
    spots = np.array(SPOTS, np.float64)
    place = np.where(inside, billions, 1.0)
    scale = np.log if is_logarithmic else np.asarray
    gaps = np.abs(scale(place)[:, None] - scale(spots)[None, :])
    return np.where(inside, gaps.argmin(axis=1), UNKNOWN).astype(np.int64)
