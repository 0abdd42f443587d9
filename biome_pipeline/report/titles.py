"""What is written above a figure: its title, a note, or that there is nothing to draw.

What does not belong here: titles of single panels (``figures``), and texts from
outside (``labels``).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from biome_pipeline.report.labels import text_width
from biome_pipeline.report.style import EDGE, LETTERS, TITLE

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from biome_pipeline.report.style import Theme

__all__ = ["headline", "note_height", "say_empty"]

_LOW = 1.2  # height of a figure without a drawing, in inches
_SPACING = 1.25
_ADVANCE = 1.3  # from line to line at that spacing, in sizes of the letters
_JOINED = "\N{NO-BREAK SPACE}"


def headline(figure: Figure, title: str, note: str = "", *, look: Theme) -> None:
    """Write the title of a figure above it, at the left, with a quieter note below.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        The figure.
    title : str
        What is seen, and of how many.
    note : str
        What a reader has to know of it, in a line or several.
    look : Theme
        Colours.
    """
    width, height = 72 * figure.get_figwidth(), 72 * figure.get_figheight()
    edge = 72 * EDGE
    room = _room(figure.get_figwidth())
    titles = _broken(title, room, TITLE, is_bold=True)
    notes = _broken(note, room, LETTERS)
    spot: dict[str, Any] = {"x": edge / width, "y": 1 - edge / height}
    place: dict[str, Any] = {"ha": "left", "va": "top", "linespacing": _SPACING, "in_layout": False}
    figure.suptitle("\n".join(titles), **spot, weight="bold", **place)
    spot["y"] -= len(titles) * TITLE * _ADVANCE / height
    if notes:
        figure.text(s="\n".join(notes), **spot, color=look.muted, fontsize=LETTERS, **place)
        spot["y"] -= len(notes) * LETTERS * _ADVANCE / height
    # What is drawn begins below; the layout makes no room for notes by itself.
    layout: Any = figure.get_layout_engine()
    layout.set(rect=(0, 0, 1, spot["y"] - 0.8 * LETTERS / height))


def note_height(note: str, width: float) -> float:
    """Give the room that a note takes below a title.

    Parameters
    ----------
    note : str
        As of `headline`.
    width : float
        Width of the figure in inches.

    Returns
    -------
    float
        Its height in inches.
    """
    lines = _broken(note, _room(width), LETTERS) if note else []
    return len(lines) * LETTERS * _ADVANCE / 72


def say_empty(figure: Figure, title: str, fact: str, look: Theme) -> Figure:
    """Say that there is nothing to draw, in less height than a drawing takes.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        The empty figure.
    title : str
        What would be seen.
    fact : str
        What is missing, such as "No family in this snapshot".
    look : Theme
        Colours.

    Returns
    -------
    matplotlib.figure.Figure
        The same figure.
    """
    figure.set_figheight(_LOW)
    headline(figure, f"{title} (n = 0)", look=look)
    figure.text(0.5, 0.4, fact, ha="center", va="center", color=look.muted, fontsize=TITLE)
    return figure


def _room(width: float) -> float:
    """Give the room for a line of text in points."""
    return 0.95 * 72 * (width - 2 * EDGE)


def _broken(text: str, room: float, size: float, *, is_bold: bool = False) -> list[str]:
    """Break lines that are too long, but never within ``n = 1,234 models``."""
    joined = re.sub(
        r"n = [\d,]+( \w+$)?",
        lambda found: found[0].replace(" ", _JOINED),
        text,
        flags=re.MULTILINE,
    )
    return [
        part.replace(_JOINED, " ")
        for line in joined.splitlines()
        for part in _filled(line.split(" "), room, size, is_bold=is_bold)
    ]


def _filled(words: list[str], room: float, size: float, *, is_bold: bool) -> list[str]:
    """Put as many words on each line as have room; one that is too long is on its own."""
    lines = words[:1]
    for word in words[1:]:
        longer = f"{lines[-1]} {word}"
        if text_width(longer, size, is_bold=is_bold) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines
