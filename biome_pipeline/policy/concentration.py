"""How much of a market few hold: Herfindahl index, Gini coefficient, top shares.

A *holder* is an author, a family, a language or a license; what it holds is its
models or their downloads. With shares ``s_i`` of ``n`` holders:

- HHI = sum of ``s_i**2`` (Herfindahl 1950), from ``1 / n`` to 1;
- Gini = ``sum((2 r_i - n - 1) s_i) / n`` with ranks ``r_i`` from the smallest
  (Gini 1912, in the form of Deaton 1997, "The Analysis of Household Surveys",
  equation 3.10, without the factor ``n / (n - 1)``), from 0 to ``(n - 1) / n``;
- top-k share = what the k largest hold together.

A snapshot is a census of itself, so each number is exact for it. Its interval is
about what the number would be had other families come into being by the same
process: the numbers are functions of sums over families, whose variance follows
from their influence values (Deville 1999, "Variance estimation for complex
statistics and estimators", Survey Methodology 25, section 3; for the Gini
coefficient section 5), with ranks and the set of the k largest held fixed.

What does not belong here: who holds what (``concentration_tables``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from biome_pipeline.errors import PolicyError

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["MEASURES", "TOPS", "Holding", "Measured", "measure_concentration"]

TOPS = (1, 10, 100)
"""Numbers of the largest holders whose share is measured."""

MEASURES = ("hhi", "gini", *(f"top_{k}_share" for k in TOPS))
"""Names of the measures."""

_Z = 1.959963984540054  # of the normal law, 97.5 %


@dataclass(frozen=True, eq=False)
class Holding:
    """What comes from each family to each holder.

    Attributes
    ----------
    holder, family : ndarray of int64, shape (n_rows,)
        Numbers from 0; a pair may come more than once.
    amount : ndarray of float64, shape (n_rows,)
        Models, or downloads; not negative.
    """

    holder: npt.NDArray[np.int64]
    family: npt.NDArray[np.int64]
    amount: npt.NDArray[np.float64]

    def __post_init__(self) -> None:
        shapes = {self.holder.shape, self.family.shape, self.amount.shape}
        if len(shapes) > 1 or self.holder.ndim != 1:
            raise PolicyError(
                f"holders, families and amounts of shapes {sorted(shapes)}",
                remedy="give arrays of one dimension and the same length",
            )
        if not np.all(self.amount >= 0):
            raise PolicyError(
                "an amount is negative or missing", remedy="leave models without it out"
            )


@dataclass(frozen=True)
class Measured:
    """One measure with what it rests on.

    Attributes
    ----------
    value : float or None
        The measure; ``None`` where nobody holds anything.
    ci_low, ci_high : float or None
        Ends of the 95 % interval, cut to what is possible; ``None`` with fewer
        than two families.
    n_holders : int
        Holders of more than nothing.
    n_families : int
        Families that something comes from.
    """

    value: float | None
    ci_low: float | None
    ci_high: float | None
    n_holders: int
    n_families: int


def measure_concentration(
    holding: Holding, *, without_largest: bool = False
) -> dict[str, Measured]:
    """Measure the concentration of a market.

    Parameters
    ----------
    holding : Holding
        Who holds what, and from which family it comes.
    without_largest : bool, default False
        Whether to leave the largest holder out, of equals the one of the smallest
        number: how much of the concentration is one holder's.

    Returns
    -------
    dict of str to Measured
        By measure, all of `MEASURES`.
    """
    totals = np.bincount(holding.holder, weights=holding.amount)
    kept = holding.amount > 0
    if without_largest and totals.size:
        kept &= holding.holder != int(np.argmax(totals))
    names, holder = np.unique(holding.holder[kept], return_inverse=True)
    homes, family = np.unique(holding.family[kept], return_inverse=True)
    amount = holding.amount[kept]
    if not names.size:
        return {name: Measured(None, None, None, 0, 0) for name in MEASURES}
    held = np.asarray(np.bincount(holder, weights=amount), np.float64)
    gradients = _gradients(held)
    found = {}
    for name, (measure, gradient) in gradients.items():
        # What a family adds to a measure of degree 0 is its part of the gradient.
        parts = np.bincount(family, weights=gradient[holder] * amount)
        influence = np.asarray(parts, np.float64)
        # A sum of shares may pass 1 in the last digit.
        value = min(measure, 1.0)
        low, high = _interval(value, influence)
        found[name] = Measured(value, low, high, int(names.size), int(homes.size))
    return found


def _gradients(
    held: npt.NDArray[np.float64],
) -> dict[str, tuple[float, npt.NDArray[np.float64]]]:
    """Give each measure, and its derivative by what each holder holds."""
    total, n = held.sum(), held.size
    share = held / total
    hhi = float((share**2).sum())
    order = np.argsort(held, kind="stable")
    rank = np.empty(n)
    rank[order] = np.arange(1, n + 1)
    weight = (2 * rank - n - 1) / n
    gini = float((weight * share).sum())
    found = {
        "hhi": (hhi, 2 * (share - hhi) / total),
        "gini": (gini, (weight - gini) / total),
    }
    for k in TOPS:
        is_top = np.zeros(n)
        is_top[order[-k:]] = 1
        top = float((is_top * share).sum())
        found[f"top_{k}_share"] = (top, (is_top - top) / total)
    return found


def _interval(
    value: float, influence: npt.NDArray[np.float64]
) -> tuple[float | None, float | None]:
    n = influence.size
    if n < 2:
        return None, None
    # The influences sum to 0, as a measure of shares does not change with all amounts.
    error = _Z * float(np.sqrt(n / (n - 1) * (influence**2).sum()))
    return max(0.0, value - error), min(1.0, value + error)
