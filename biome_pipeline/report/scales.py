"""Scales of figures: months, whole numbers, shares, and when a scale is logarithmic.

What does not belong here: colours and letters (``style``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt
    import pyarrow as pa
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

__all__ = ["compact", "count_axis", "integer_axis", "is_steep", "month_axis", "months", "percent"]

_STEEP = 30  # times the median from which on a scale is logarithmic
_MOST_TICKS = 8
_BELOW = 8  # points from a scale to its dates
_STEPS = (1, 2, 3, 6, 12, 24, 60, 120, 1200)  # months from tick to tick


def months(table: pa.Table) -> npt.NDArray[np.int64]:
    """Give the column ``month`` as whole numbers.

    Parameters
    ----------
    table : pyarrow.Table
        A table with the column ``month``, dates.

    Returns
    -------
    ndarray of int64, shape (n_rows,)
        Months since January 1970.
    """
    found: npt.NDArray[np.int64] = (
        table["month"].to_numpy().astype("datetime64[M]").astype(np.int64)
    )
    return found


def month_axis(
    axes: Axes, first: int, last: int, margin: float = 0.0, most_ticks: int = _MOST_TICKS
) -> None:
    """Make the horizontal scale one of months, marked by years if it is long.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        The scale.
    first, last : int
        Ends of the scale in months since January 1970.
    margin : float
        Room beyond either end, in months.
    most_ticks : int
        How many dates find room on it.
    """
    step = next((s for s in _STEPS if (last - first) // s < most_ticks), _STEPS[-1])
    ticks = [month for month in range(first, last + 1) if month % step == 0] or [first]
    is_years = step >= 12 and ticks[0] % 12 == 0
    texts = [
        f"{1970 + t // 12}" if is_years else f"{1970 + t // 12}-{t % 12 + 1:02}" for t in ticks
    ]
    axes.set_xticks(ticks, texts)
    # A date at the left end stands below the number at the foot of the other scale.
    axes.tick_params(axis="x", pad=_BELOW)
    # A single month needs some width to stand on.
    room = margin or (0.5 if first == last else 0.0)
    axes.set_xlim(first - room, last + room)
    axes.set_xlabel("Month, UTC (a year stands at its January)" if is_years else "Month, UTC")


def count_axis(scale: Axis, text: str, *, is_log: bool) -> None:
    """Write whole numbers with separators, and say if the scale is logarithmic.

    Parameters
    ----------
    scale : matplotlib.axis.Axis
        The horizontal or vertical scale, already logarithmic if it is to be.
    text : str
        What is counted.
    is_log : bool
        Whether the scale is logarithmic.
    """
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    if is_log:
        scale.set_major_locator(LogLocator(numticks=_MOST_TICKS))
        scale.set_minor_formatter(NullFormatter())
    else:
        integer_axis(scale)
    scale.set_major_formatter(FuncFormatter(lambda count, _: f"{count:,.0f}"))
    scale.set_label_text(f"{text} (log scale)" if is_log else text)


def integer_axis(scale: Axis) -> None:
    """Mark whole numbers only.

    Parameters
    ----------
    scale : matplotlib.axis.Axis
        The horizontal or vertical scale.
    """
    from matplotlib.ticker import MaxNLocator

    scale.set_major_locator(MaxNLocator(nbins=_MOST_TICKS, integer=True))


def is_steep(counts: npt.NDArray[np.int64]) -> bool:
    """Tell whether counts differ so much that small ones vanish on a linear scale.

    Parameters
    ----------
    counts : ndarray of int64, shape (n,)
        Counts, some of them positive.

    Returns
    -------
    bool
        Whether the largest is over 30 times the median of the positive ones.
    """
    return bool(counts.max() > _STEEP * np.median(counts[counts > 0]))


def percent(share: float) -> str:
    """Write a share on a figure.

    Parameters
    ----------
    share : float
        From 0 to 1.

    Returns
    -------
    str
        In percent with one decimal; some never reads as nothing, and most never as all.
    """
    if 0.9995 <= share < 1:
        return ">99.9 %"
    return "<0.1 %" if 0 < share < 0.0005 else f"{100 * share:.1f} %"


def compact(number: float) -> str:
    """Write a large number in a few characters, such as ``7B``.

    Parameters
    ----------
    number : float
        A positive number.

    Returns
    -------
    str
        Three digits, and a letter for thousand (k), million, billion or trillion.
    """
    for size, letter in ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k")):
        if number >= 0.9995 * size:
            return f"{number / size:.3g}{letter}"
    return f"{number:.3g}"
