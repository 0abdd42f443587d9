"""Marks of estimates and what they stand for: kinds, rows, parts and their scale.

What does not belong here: how rows are laid out (``rows``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

    from biome_pipeline.report.style import Theme

__all__ = [
    "PUBLISHED",
    "Kind",
    "Mark",
    "Part",
    "Row",
    "Scale",
    "colour_of",
    "draw_mark",
    "legend_sign",
]

_BAND = 0.36  # half the height of a band, in rows
_FAINT = 0.28  # strength of a band


@dataclass(frozen=True)
class Kind:
    """How marks of one kind look, and what they stand for.

    Parameters
    ----------
    words : str
        What the legend says.
    colour : str
        A colour as of `colour_of`.
    marker : str
        Sign of matplotlib; empty for an interval alone.
    size : float
        Size of the sign in points.
    is_hollow : bool
        Whether the sign is drawn as an outline.
    line : float
        Thickness of the interval in points.
    is_band : bool
        Whether the interval is a shaded stretch behind the signs.
    aside : float
        How far below the middle of its row it stands, in rows.
    """

    words: str
    colour: str = "main"
    marker: str = "o"
    size: float = 5.6
    is_hollow: bool = False
    line: float = 2.2
    is_band: bool = False
    aside: float = 0.0


PUBLISHED = Kind("published (arXiv 2508.06811)", "text", "D", 4.6, is_hollow=True, aside=0.24)
"""Published values: hollow, as their snapshot is another."""


@dataclass(frozen=True)
class Mark:
    """One value of a row.

    Parameters
    ----------
    kind : str
        Name of its kind.
    value : float or None
        Where its sign stands; ``None`` for none.
    low, high : float or None
        Ends of its interval; ``None`` for none.
    """

    kind: str
    value: float | None
    low: float | None = None
    high: float | None = None

    @property
    def is_drawn(self) -> bool:
        """Whether there is anything to see."""
        return self.value is not None or (self.low is not None and self.high is not None)


@dataclass(frozen=True)
class Row:
    """A row of marks.

    Parameters
    ----------
    name : str
        What the row is.
    marks : tuple of Mark
        In the order to draw them; later ones lie upon earlier ones.
    beside : str
        What stands to the right of the scale, such as n.
    """

    name: str
    marks: tuple[Mark, ...]
    beside: str = ""


@dataclass(frozen=True)
class Part:
    """Rows under a heading.

    Parameters
    ----------
    heading : str
        Above the rows; may be empty.
    rows : tuple of Row
        The rows, from above.
    """

    heading: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Scale:
    """The horizontal scale.

    Parameters
    ----------
    text : str
        What is measured, in which unit.
    low, high : float or None
        Its ends; ``None`` for as far as the marks reach.
    is_share : bool
        Whether to write percent.
    is_log : bool
        Whether it is logarithmic.
    reference : float or None
        Where a line stands that marks are compared with.
    beside : str
        Heading of what stands to the right.
    """

    text: str
    low: float | None = None
    high: float | None = None
    is_share: bool = False
    is_log: bool = False
    reference: float | None = None
    beside: str = ""


def colour_of(look: Theme, name: str) -> str:
    """Give a colour of a theme by name.

    Parameters
    ----------
    look : Theme
        The theme.
    name : str
        A plain colour such as ``main``, a relation, or a number of the series.

    Returns
    -------
    str
        As ``#rrggbb``.
    """
    if name.isdigit():
        return look.series[int(name)]
    if name in look.relations:
        return look.relations[name]
    return str(getattr(look, name))


def draw_mark(axes: Axes, mark: Mark, kind: Kind, middle: float, look: Theme) -> None:
    """Draw a mark with its interval.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw.
    mark : Mark
        The mark.
    kind : Kind
        Its kind.
    middle : float
        Middle of its row.
    look : Theme
        Colours.
    """
    colour = colour_of(look, kind.colour)
    at = middle + kind.aside
    # Marks stand inside the scale, so that the layout need not measure them.
    within: dict[str, Any] = {"in_layout": False}
    if mark.low is not None and mark.high is not None:
        if kind.is_band:
            heights = [middle - _BAND, middle + _BAND]
            axes.fill_betweenx(
                heights,
                mark.low,
                mark.high,
                color=colour,
                alpha=_FAINT,
                linewidth=0,
                **within,
            )
            # A band without width is still there.
            for end in (mark.low, mark.high):
                axes.plot([end, end], heights, color=colour, linewidth=0.8, **within)
        else:
            ends = [mark.low, mark.high]
            line = {"color": colour, "linewidth": kind.line, "clip_on": False}
            axes.plot(ends, [at, at], **line, **within)  # type: ignore[arg-type]
    if mark.value is not None and kind.marker:
        axes.plot(mark.value, at, **_sign(kind, look), clip_on=False, zorder=3, **within)


def _sign(kind: Kind, look: Theme) -> dict[str, Any]:
    colour = colour_of(look, kind.colour)
    return {
        "linestyle": "none",
        "marker": kind.marker,
        "markersize": kind.size,
        "markerfacecolor": look.background if kind.is_hollow else colour,
        "markeredgecolor": colour,
        "markeredgewidth": 1.2,
    }


def legend_sign(kind: Kind, look: Theme) -> Artist:
    """Give the sign of a kind for a legend.

    Parameters
    ----------
    kind : Kind
        The kind.
    look : Theme
        Colours.

    Returns
    -------
    matplotlib.artist.Artist
        A line or a patch.
    """
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    colour = colour_of(look, kind.colour)
    if kind.is_band:
        return Patch(facecolor=colour, alpha=_FAINT, edgecolor="none")
    if not kind.marker:
        return Line2D([], [], color=colour, linewidth=kind.line)
    sign = _sign(kind, look)
    if kind.line and not kind.is_hollow:
        sign |= {"linestyle": "-", "color": colour, "linewidth": kind.line}
    return Line2D([], [], **sign)
