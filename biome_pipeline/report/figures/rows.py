"""Rows of marks along one scale, under headings: estimates with what stands beside them.

What does not belong here: what any mark stands for (``rates``, ``shares``,
``documentation`` and the like).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from biome_pipeline.report.labels import fitted_label
from biome_pipeline.report.style import LETTERS, WIDTH, figure, style_axes, styled
from biome_pipeline.report.titles import headline, note_height, say_empty

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from biome_pipeline.report.style import Theme

__all__ = ["PUBLISHED", "Kind", "Mark", "Part", "Row", "Scale", "colour_of", "rows_of_marks"]

_ROW = 0.3  # height of a row, in inches
_HEADING = 0.95  # above the rows of a part, in rows
_NAMES = {True: 190.0, False: 104.0}  # points for names, on a wide and a narrow figure
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


def rows_of_marks(
    parts: Sequence[Part],
    kinds: Mapping[str, Kind],
    scale: Scale,
    title: str,
    note: str = "",
    *,
    empty: str,
    row: float = _ROW,
    theme: str = "light",
    width: float = WIDTH,
) -> Figure:
    """Draw rows of marks.

    Parameters
    ----------
    parts : sequence of Part
        Rows under headings.
    kinds : mapping of str to Kind
        How marks look, in the order of the legend; a kind without a mark is not
        named.
    scale : Scale
        What is measured.
    title, note : str
        What is seen, and what a reader has to know of it.
    empty : str
        Why there is nothing to draw, if there is nothing.
    row : float
        Height of a row in inches.
    theme : str
        A key of :data:`~biome_pipeline.report.style.THEMES`.
    width : float
        Width in inches, either of the two of ``report.style``.

    Returns
    -------
    matplotlib.figure.Figure
        A line for each row.
    """
    is_wide = width >= WIDTH
    used = {m.kind for part in parts for line in part.rows for m in line.marks if m.is_drawn}
    kept = {name: kind for name, kind in kinds.items() if name in used}
    n_rows = sum(len(part.rows) + _HEADING * bool(part.heading) for part in parts)
    with styled(theme) as look:
        n_lines = -(-len(kept) // 2) if is_wide else len(kept)
        made = figure(
            width,
            1.55 + 0.21 * n_lines + row * (n_rows + 0.4) + note_height(note, width),
            theme=theme,
            description=f"{title}. {_told(parts, kinds, scale)}.",
        )
        if not used:
            return say_empty(made, title, empty, look)
        axes = made.subplots()
        _scale(axes, scale, look, parts, kinds, is_wide=is_wide)
        _draw(axes, parts, kinds, look, is_wide=is_wide)
        if scale.beside:
            axes.annotate(
                scale.beside,
                (1, 1),
                (8, 4),
                xycoords="axes fraction",
                textcoords="offset points",
                color=look.muted,
                fontsize=LETTERS - 1.5,
            )
        headline(made, title, note, look=look)
        made.legend(
            [_handle(kind, look) for kind in kept.values()],
            [kind.words for kind in kept.values()],
            loc="outside lower left",
            ncols=2 if is_wide else 1,
        )
        return made


def _scale(
    axes: Axes,
    scale: Scale,
    look: Theme,
    parts: Sequence[Part],
    kinds: Mapping[str, Kind],
    *,
    is_wide: bool,
) -> None:
    from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

    style_axes(axes, look, grid="x")
    axes.spines[:].set_visible(False)
    values = np.array(
        [
            value
            for part in parts
            for line in part.rows
            for mark in line.marks
            if mark.kind in kinds
            for value in (mark.value, mark.low, mark.high)
            if value is not None and (value > 0 or not scale.is_log)
        ]
        + ([] if scale.reference is None else [scale.reference])
    )
    low, high = float(values.min()), float(values.max())
    if scale.is_log:
        axes.set_xscale("log")
        margin = (high / low) ** 0.04 if high > low else 2.0
        ends = (low / margin, high * margin)
        subs = _subs(high / low if is_wide else (high / low) ** 2)
        axes.xaxis.set_major_locator(LogLocator(numticks=6, subs=subs))
        axes.xaxis.set_minor_formatter(NullFormatter())
    else:
        margin = 0.04 * (high - low) or 0.5
        ends = (low - margin, high + margin)
        axes.xaxis.set_major_locator(MaxNLocator(nbins=5 if is_wide else 3, steps=[1, 2, 5, 10]))
    axes.set_xlim(
        ends[0] if scale.low is None else scale.low, ends[1] if scale.high is None else scale.high
    )
    axes.xaxis.set_major_formatter(
        FuncFormatter(
            (lambda v, _: f"{100 * v:.3g} %") if scale.is_share else (lambda v, _: f"{v:,.6g}")
        )
    )
    axes.set_xlabel(scale.text)
    if scale.reference is not None:
        axes.axvline(scale.reference, color=look.muted, linewidth=1, zorder=1)


def _subs(span: float) -> tuple[float, ...]:
    """Give what powers of ten are multiplied with to mark a scale of such a span."""
    if span > 100:
        return (1.0,) if span > 1_000 else (1.0, 3.0)
    return (1.0, 2.0, 5.0) if span > 8 else (1.0, 1.5, 2.0, 3.0, 5.0, 7.0)


def _draw(
    axes: Axes,
    parts: Sequence[Part],
    kinds: Mapping[str, Kind],
    look: Theme,
    *,
    is_wide: bool,
) -> None:
    across = axes.get_yaxis_transform()
    at, names, top = [], [], 0.0
    for part in parts:
        if part.heading:
            # Lines of the scale do not cross it.
            behind = {"facecolor": look.background, "edgecolor": "none", "pad": 1.5}
            axes.text(
                0,
                top + 0.6,
                part.heading,
                weight="bold",
                va="center",
                transform=across,
                bbox=behind,
            )
            top += _HEADING
        for line in part.rows:
            middle = top + 0.5
            at.append(middle)
            names.append(fitted_label(line.name, _NAMES[is_wide], LETTERS - 1, length=60))
            for mark in line.marks:
                _draw_mark(axes, mark, kinds[mark.kind], middle, look)
            if line.beside:
                axes.annotate(
                    line.beside,
                    (1, middle),
                    (8, 0),
                    xycoords=across,
                    textcoords="offset points",
                    va="center_baseline",
                    fontsize=LETTERS - 1.5,
                )
            top += 1
    axes.set_yticks(at, names)
    axes.set_ylim(top + 0.15, 0)


def _draw_mark(axes: Axes, mark: Mark, kind: Kind, middle: float, look: Theme) -> None:
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


def _handle(kind: Kind, look: Theme) -> Any:
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


def _told(parts: Sequence[Part], kinds: Mapping[str, Kind], scale: Scale) -> str:
    """Say every mark in words."""
    told = []
    for part in parts:
        for line in part.rows:
            marks = [
                f"{kinds[mark.kind].words} {_worded(mark, scale)}"
                for mark in line.marks
                if mark.is_drawn
            ]
            name = ": ".join(filter(None, (part.heading, line.name)))
            if marks:
                beside = f" ({line.beside})" if line.beside else ""
                told.append(f"{name}{beside}: {', '.join(marks)}")
    return "; ".join(told) or "Nothing to show"


def _worded(mark: Mark, scale: Scale) -> str:
    def said(value: float) -> str:
        return f"{100 * value:.1f} %" if scale.is_share else f"{value:,.3g}"

    interval = (
        f"{said(mark.low)} to {said(mark.high)}"
        if mark.low is not None and mark.high is not None
        else ""
    )
    if mark.value is None:
        return interval
    return f"{said(mark.value)} ({interval})" if interval else said(mark.value)
