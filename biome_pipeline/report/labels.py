"""Texts from outside, made fit to stand in a figure.

An id may be long, hold characters that the font lacks, or turn the direction of
its line. What does not belong here: titles and scales (``titles``, ``scales``).
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from biome_pipeline.genealogy.lineage import printable
from biome_pipeline.report.style import FONT

if TYPE_CHECKING:
    from matplotlib.ft2font import FT2Font

__all__ = ["fitted_label", "label", "model_label", "text_width"]

_MISSING = "\N{WHITE SQUARE}"  # where the font has no shape for a character
_FEWEST = 8  # characters that are left of a label, however little room it has


def label(text: str, length: int = 28) -> str:
    """Prepare a model's id, or any text from outside, to stand in a figure.

    Parameters
    ----------
    text : str
        The text.
    length : int
        Most characters; a longer text loses its middle, as ids differ in their
        ends.

    Returns
    -------
    str
        One line of characters that the font has; others become squares.
    """
    known = _characters()
    line = "".join(
        character if ord(character) in known else _MISSING for character in printable(text)
    )
    if len(line) <= length:
        return line
    n_end = (length - 1) // 2
    return f"{line[: length - 1 - n_end]}…{line[len(line) - n_end :]}"


def model_label(model_id: str, length: int = 28) -> str:
    """Prepare a model's id to stand in a figure: the name matters more than the owner.

    Parameters
    ----------
    model_id : str
        The id.
    length : int
        Most characters.

    Returns
    -------
    str
        The id, or ``…/name``, or that without its middle.
    """
    _, slash, name = model_id.partition("/")
    is_long = len(printable(model_id)) > length
    return label(f"…/{name}" if is_long and slash else model_id, length)


def fitted_label(
    model_id: str, room: float, size: float, *, length: int = 44, is_bold: bool = False
) -> str:
    """Prepare a model's id to stand in a stretch of a figure.

    Letters differ in width threefold, so it is measured and not counted.

    Parameters
    ----------
    model_id : str
        The id, or any text from outside.
    room : float
        Width of the stretch in points.
    size : float
        Size of the letters in points.
    length : int
        Most characters, however much room there is.
    is_bold : bool
        Whether the letters are bold.

    Returns
    -------
    str
        As much of it as has room, as `model_label` cuts it.
    """
    for n_characters in range(min(length, len(printable(model_id))), _FEWEST, -1):
        text = model_label(model_id, n_characters)
        if text_width(text, size, is_bold=is_bold) <= room:
            return text
    return model_label(model_id, _FEWEST)


def text_width(text: str, size: float, *, is_bold: bool = False) -> float:
    """Measure a line as the font of figures writes it.

    Parameters
    ----------
    text : str
        One line.
    size : float
        Size of the letters in points.
    is_bold : bool
        Whether the letters are bold, which are wider.

    Returns
    -------
    float
        Its width in points.
    """
    from matplotlib.ft2font import LoadFlags

    font = _font(is_bold=is_bold)
    font.set_size(size, 72)
    font.set_text(text, 0, flags=LoadFlags.NO_HINTING)
    return float(font.get_width_height()[0] / 64)


@cache
def _characters() -> frozenset[int]:
    """Give the characters that the font has."""
    return frozenset(_font().get_charmap())


def _font(*, is_bold: bool = False) -> FT2Font:
    from matplotlib import font_manager

    wanted = font_manager.FontProperties(family=FONT, weight="bold" if is_bold else "normal")
    # Matplotlib keeps one for each thread.
    return font_manager.get_font(font_manager.findfont(wanted))
