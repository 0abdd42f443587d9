"""How values are written on pages: numbers, shares, and text from outside.

What does not belong here: numbers on figures (``report.scales``).
"""

from __future__ import annotations

import datetime as dt
import re

from biome_pipeline.genealogy.lineage import printable
from biome_pipeline.report.site.page import Distance, Parameters, Share, Similarity

__all__ = ["isolated", "parameters", "percent", "pieces", "plain", "shown"]

_UNKNOWN = "not known"
_MOST = 240  # characters of a text
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
        One line; control characters are escapes, and nothing is HTML yet. What
        fills a page loses its middle; it stands in the tables.
    """
    match value:
        case None:
            text = _UNKNOWN
        case bool():
            text = "yes" if value else "no"
        case Share():
            text = percent(value)
        case Parameters():
            text = parameters(value)
        case Distance():
            text = f"{value:.2f}"
        case Similarity():
            # Adding 0 takes the sign from what is rounded to nothing.
            text = f"{round(value, 3) + 0.0:.3f}"
        case int():
            text = f"{value:,}"
        case float():
            is_count = value.is_integer() or abs(value) >= 100
            text = f"{value:,.0f}" if is_count else f"{value:.3g}"
            if 0 < abs(value) < 0.0001:
                text = "<0.0001" if value > 0 else ">-0.0001"
        case dt.datetime():
            text = f"{value:%Y-%m-%d %H:%M} UTC"
        case _:
            text = _shortened(printable(str(value)))
    return text


def plain(value: float) -> str:
    """Write a number for a program: all its digits, no unit.

    Parameters
    ----------
    value : float
        The number.

    Returns
    -------
    str
        As JavaScript reads it back.
    """
    return repr(value) if type(value) is int else repr(float(value))


def percent(share: float) -> str:
    """Write a share.

    Parameters
    ----------
    share : float
        From 0 to 1.

    Returns
    -------
    str
        In percent with one decimal; what is there never reads as nothing, and what
        lacks something never as all.
    """
    text = f"{100 * share:.1f}"
    if 0 < share < 0.0005:
        text = "<0.1"
    elif 0.9995 <= share < 1:
        text = ">99.9"
    return f"{text}{_JOINED}%"


def parameters(count: float) -> str:
    """Write a number of parameters in words.

    Parameters
    ----------
    count : float
        How many.

    Returns
    -------
    str
        Three digits and a word, such as ``6.74 billion``.
    """
    for size, word in ((1e12, "trillion"), (1e9, "billion"), (1e6, "million"), (1e3, "thousand")):
        # What would be rounded up to a thousand is one of the next.
        if count >= 0.9995 * size:
            return f"{_three_digits(count / size)}{_JOINED}{word}"
    return f"{count:.0f}"


def isolated(text: str) -> str:
    """Keep text from outside from turning the direction of the sentence it stands in.

    Parameters
    ----------
    text : str
        Text of the Hub, that may be written from right to left.

    Returns
    -------
    str
        The text as `shown` gives it, with marks around that no reader sees.
    """
    return f"\N{FIRST STRONG ISOLATE}{shown(text)}\N{POP DIRECTIONAL ISOLATE}"


def pieces(text: str) -> list[str]:
    """Cut a name where a narrow page may break it: after the signs that join its words.

    Parameters
    ----------
    text : str
        A name, such as a model's id.

    Returns
    -------
    list of str
        The same text in pieces.
    """
    return re.split(r"(?<=[/_.])(?=[^\W_])", text)


def _shortened(text: str) -> str:
    return text if len(text) <= _MOST else f"{text[: _MOST // 2]}…{text[1 - _MOST // 2 :]}"


def _three_digits(number: float) -> str:
    if number >= 99.95:
        return f"{number:,.0f}"
    digits = f"{number:.1f}" if number >= 9.995 else f"{number:.2f}"
    return digits.rstrip("0").rstrip(".")
