"""Lines over a few ordered classes, with intervals, and n of every point below.

What does not belong here: what the lines stand for (``report.site``), and smooth
curves (``fitness_curves``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from biome_pipeline.report.figures.fitness_bars import log_ends
from biome_pipeline.report.figures.marks import colour_of, legend_sign
from biome_pipeline.report.labels import text_width
from biome_pipeline.report.scales import compact
from biome_pipeline.report.style import LETTERS, WIDTH, figure, style_axes, styled
from biome_pipeline.report.titles import headline, note_height, say_empty

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from biome_pipeline.report.figures.marks import Kind, Mark, Scale
    from biome_pipeline.report.style import Theme

__all__ = ["Line", "LinePanel", "class_lines"]

_PANEL = 1.85  # height of a panel in inches
_COUNT = 12.0  # from one row of n to the next, in points
_SMALL = LETTERS - 2.0
_MARGIN = 1.1  # width that the scale takes, in inches
_DODGE = 0.5  # width of a class over which its points are spread


@dataclass(frozen=True)
class Line:
    """The points of one line.

    Parameters
    ----------
    kind : str
        Name of its kind.
    marks : tuple of Mark
        One for each class; the kind of each is not read.
    """

    kind: str
    marks: tuple[Mark, ...]


@dataclass(frozen=True)
class LinePanel:
    """One panel.

    Parameters
    ----------
    heading : str
        What is measured.
    scale : Scale
        Its scale; text, is_log, is_share and ends are read.
    lines : tuple of Line
        The lines.
    """

    heading: str
    scale: Scale
    lines: tuple[Line, ...]


def class_lines(
    classes: Sequence[str],
    panels: Sequence[LinePanel],
    kinds: Mapping[str, Kind],
    counts: Mapping[str, tuple[str, Sequence[int]]],
    what: str,
    *,
    axis: str,
    counted: str,
    note: str = "",
    empty: str,
    theme: str = "light",
    width: float = WIDTH,
) -> Figure:
    """Draw panels of lines, one above the other.

    Parameters
    ----------
    classes : sequence of str
        What the points are of, in their order.
    panels : sequence of LinePanel
        The panels.
    kinds : mapping of str to Kind
        How lines look, in the order of the legend; a hollow sign has a dashed line.
    counts : mapping of str to tuple of (str, sequence of int)
        By kind a short name, and n of each class; where there is no room for all
        digits, three of them.
    what, axis, counted : str
        What is seen, what the classes are, and of how many.
    note : str
        What a reader has to know.
    empty : str
        Why there is nothing to draw, if there is nothing.
    theme : str
        A key of :data:`~biome_pipeline.report.style.THEMES`.
    width : float
        Width in inches, either of the two of ``report.style``.

    Returns
    -------
    matplotlib.figure.Figure
        The same classes in every panel, with n below the last.
    """
    is_wide = width >= WIDTH
    title = f"{what}, {counted}"
    used = {
        line.kind
        for panel in panels
        for line in panel.lines
        if any(mark.value is not None for mark in line.marks)
    }
    kept = {name: kind for name, kind in kinds.items() if name in used}
    with styled(theme) as look:
        n_lines = -(-len(kept) // (2 if is_wide else 1))
        made = figure(
            width,
            1.15
            + 0.21 * n_lines
            + _PANEL * len(panels)
            + _COUNT * len(kept) / 72
            + note_height(note, width),
            theme=theme,
            description=f"{title}. {_told(classes, panels, kinds, counts)}.",
        )
        if not used:
            return say_empty(made, what, empty, look)
        drawn = made.subplots(len(panels), 1, sharex=True, squeeze=False).ravel()
        for axes, panel in zip(drawn, panels, strict=True):
            _draw(axes, panel, kept, look)
        last = drawn[-1]
        last.set_xticks(range(len(classes)), classes)
        last.set_xlim(-0.6, len(classes) - 0.4)
        _write_counts(last, kept, counts, look, room=72 * (width - _MARGIN) / len(classes))
        last.set_xlabel(axis)
        # Below the rows of n.
        last.tick_params(axis="x", pad=4)
        last.xaxis.labelpad = 7 + _COUNT * len(kept)
        headline(made, title, note, look=look)
        made.legend(
            [legend_sign(kind, look) for kind in kept.values()],
            [kind.words for kind in kept.values()],
            loc="outside lower left",
            ncols=2 if is_wide else 1,
        )
        return made


def _draw(axes: Axes, panel: LinePanel, kinds: Mapping[str, Kind], look: Theme) -> None:
    style_axes(axes, look)
    _scale(axes, panel)
    bottom = axes.get_ylim()[0]
    lines = [line for line in panel.lines if line.kind in kinds]
    for number, line in enumerate(lines):
        kind = kinds[line.kind]
        colour = colour_of(look, kind.colour)
        aside = _DODGE * ((number + 0.5) / len(lines) - 0.5)
        at = np.arange(len(line.marks)) + aside
        values = np.array(
            [np.nan if mark.value is None else mark.value for mark in line.marks], dtype=np.float64
        )
        hidden = values <= 0 if panel.scale.is_log else np.zeros(values.size, dtype=np.bool_)
        within: dict[str, Any] = {"color": colour, "clip_on": False, "in_layout": False}
        axes.plot(
            at,
            np.where(hidden, np.nan, values),
            linewidth=1.2,
            linestyle="--" if kind.is_hollow else "-",
            marker=kind.marker,
            markersize=kind.size,
            markerfacecolor=look.background if kind.is_hollow else colour,
            markeredgewidth=1.2,
            zorder=3,
            **within,
        )
        for place, mark, is_hidden in zip(at, line.marks, hidden, strict=True):
            if is_hidden:
                axes.annotate(
                    "0",
                    (place, 0),
                    (0, 2),
                    xycoords=axes.get_xaxis_transform(),
                    textcoords="offset points",
                    ha="center",
                    color=colour,
                    fontsize=_SMALL,
                )
            elif mark.value is not None and mark.low is not None and mark.high is not None:
                axes.plot(
                    [place, place], [max(mark.low, bottom), mark.high], linewidth=1.6, **within
                )
                if panel.scale.is_log and mark.low < bottom:
                    axes.plot(place, bottom, marker="v", markersize=4, **within)
    axes.set_title(panel.heading, loc="left", fontweight="bold", fontsize=LETTERS - 0.5)


def _scale(axes: Axes, panel: LinePanel) -> None:
    from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

    scale = panel.scale
    marks = [mark for line in panel.lines for mark in line.marks]
    values = [mark.value for mark in marks]
    lowest, highest = [mark.low for mark in marks], [mark.high for mark in marks]
    if scale.is_log:
        axes.set_yscale("log")
        axes.set_ylim(*log_ends(values, lowest, highest))
        axes.yaxis.set_major_locator(LogLocator(numticks=5))
        axes.yaxis.set_minor_formatter(NullFormatter())
    else:
        most = max((value for value in (*values, *highest) if value is not None), default=0.0)
        axes.set_ylim(0, (1.06 * most if most > 0 else 1.0) if scale.high is None else scale.high)
        axes.yaxis.set_major_locator(MaxNLocator(nbins=4, steps=[1, 2, 5, 10]))
    axes.yaxis.set_major_formatter(
        FuncFormatter(
            (lambda v, _: f"{100 * v:.3g} %") if scale.is_share else (lambda v, _: f"{v:,.6g}")
        )
    )
    axes.set_ylabel(scale.text)


def _write_counts(
    axes: Axes,
    kinds: Mapping[str, Kind],
    counts: Mapping[str, tuple[str, Sequence[int]]],
    look: Theme,
    *,
    room: float,
) -> None:
    across = axes.get_xaxis_transform()
    widest = max(text_width(f"{n:,}", _SMALL) for _, found in counts.values() for n in found)
    is_short = 1.15 * widest > room
    small: dict[str, Any] = {"textcoords": "offset points", "va": "top", "fontsize": _SMALL}
    for number, (name, kind) in enumerate(kinds.items()):
        colour = colour_of(look, kind.colour)
        words, found = counts[name]
        down = -20 - _COUNT * number
        axes.annotate(
            f"n, {words}",
            (0, 0),
            (-8, down),
            xycoords="axes fraction",
            ha="right",
            color=colour,
            **small,
        )
        for place, n in enumerate(found):
            text = compact(n) if is_short and n >= 1_000 else f"{n:,}"
            axes.annotate(text, (place, 0), (0, down), xycoords=across, ha="center", **small)


def _told(
    classes: Sequence[str],
    panels: Sequence[LinePanel],
    kinds: Mapping[str, Kind],
    counts: Mapping[str, tuple[str, Sequence[int]]],
) -> str:
    """Say every point in words."""
    told = [
        f"{panel.heading}, {kinds[line.kind].words}, {name} "
        f"(n = {counts[line.kind][1][place]:,}): {_worded(mark, panel.scale)}"
        for panel in panels
        for line in panel.lines
        for place, (name, mark) in enumerate(zip(classes, line.marks, strict=True))
        if mark.value is not None
    ]
    return "; ".join(told) or "Nothing to show"


def _worded(mark: Mark, scale: Scale) -> str:
    def said(value: float) -> str:
        return f"{100 * value:.1f} %" if scale.is_share else f"{value:,.3g}"

    if mark.value is None or mark.low is None or mark.high is None:
        return "not known" if mark.value is None else said(mark.value)
    return f"{said(mark.value)} ({said(mark.low)} to {said(mark.high)})"
