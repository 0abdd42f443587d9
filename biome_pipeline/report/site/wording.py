"""How values are written on pages: numbers, shares, and text from outside.

What does not belong here: numbers on figures (``report.scales``).
"""

from __future__ import annotations

import datetime as dt

from biome_pipeline.genealogy.lineage import printable
from biome_pipeline.report.site.page import Share

__all__ = ["is_number", "percent", "shown"]

_UNKNOWN = "not known"
_JOINED = "\N{NO-BREAK SPACE}"  # a number and its sign stay on one line


def shown(value: object) -> str:
    """Write a value for a reader.

    Parameters
    ----------
    value : object
        A cell, a fact, or text of the Hub.

    Returns
    -------
    str
        One line; control characters are escapes, and nothing is HTML yet.
    """
    match value:
        case None:
            text = _UNKNOWN
        case bool():
            text = "yes" if value else "no"
        case Share():
            text = percent(value)
        case int():
            text = f"{value:,}"
        case float():
            is_count = value.is_integer() or abs(value) >= 100
            text = f"{value:,.0f}" if is_count else f"{value:.3g}"
        case dt.datetime():
            text = f"{value:%Y-%m-%d %H:%M} UTC"
        case _:
            text = printable(str(value))
    return text


def percent(share: float) -> str:
    """Write a share.

    Parameters
    ----------
    share : float
        From 0 to 1.

    Returns
    -------
    str
        In percent with one decimal; what is there never reads as nothing.
    """
    text = "<0.1" if 0 < share < 0.0005 else f"{100 * share:.1f}"
    return f"{text}{_JOINED}%"


def is_number(value: object) -> bool:
    """Tell whether a cell is set to the right.

    Parameters
    ----------
    value : object
        A cell.

    Returns
    -------
    bool
        Whether it is a number.
    """
    return isinstance(value, int | float) and not isinstance(value, bool)
