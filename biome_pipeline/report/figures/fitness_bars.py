"""Bars in groups, with intervals and n: means of two rules, or with and without a feature.

What does not belong here: what the bars stand for (``report.site``), and lines
over an ordered scale (``fitness_lines``).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from biome_pipeline.report.figures.marks import colour_of
from biome_pipeline.report.labels import fitted_label
from biome_pipeline.report.style import LETTERS, WIDTH, figure, style_axes, styled
from biome_pipeline.report.titles import headline, note_height, say_empty

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from biome_pipeline.report.figures.marks import Kind, Scale
    from biome_pipeline.report.style import Theme

__all__ = ["Bar", "BarPanel", "Group", "grouped_bars", "log_ends"]

_BAR = 0.2  # height of a bar with its n, in inches
_BETWEEN = 0.55  # between two groups, in bars
_FAINT = 0.4  # strength of a filled bar
_NAMES = 118.0  # points for the name of a group
_SMALL = LETTERS - 2.0


@dataclass(frozen=True)
class Bar:
    """One mean.

    Parameters
    ----------
    kind : str
        Name of its kind.
    value : float or None
        The mean; None if there is none.
    low, high : float or None
        Ends of its interval; None for none.
    n : int
        Models that it rests on.
    """

    kind: str
    value: float | None
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True)
class Group:
    """Bars that are compared with each other.

    Parameters
    ----------
    name : str
        What they are of.
    bars : tuple of Bar
        From above.
    """

    name: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True)
class BarPanel:
    """One panel.

    Parameters
    ----------
    heading : str
        What is measured.
    scale : Scale
        Its scale; only text and whether it is logarithmic are read.
    groups : tuple of Group
        The same names in every panel.
    """

    heading: str
    scale: Scale
    groups: tuple[Group, ...]


def grouped_bars(
    panels: Sequence[BarPanel],
    kinds: Mapping[str, Kind],
    what: str,
    *,
    counted: str,
    note: str = "",
    empty: str,
    theme: str = "light",
    width: float = WIDTH,
) -> Figure:
    """Draw panels of bars in groups.

    A mean of 0 has no place on a logarithmic scale: it is written as 0 where the
    scale begins. An interval that reaches 0 ends there in an arrow.

    Parameters
    ----------
    panels : sequence of BarPanel
        The panels.
    kinds : mapping of str to Kind
        How bars look, in the order of the legend.
    what, counted : str
        What is seen, and of how many, such as "n = 12 models".
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
        Panels side by side; on a narrow figure one above the other.
    """
    is_wide = width >= WIDTH
    title = f"{what}, {counted}"
    drawn = [bar for panel in panels for group in panel.groups for bar in group.bars]
    used = {bar.kind for bar in drawn if bar.value is not None}
    kept = {name: kind for name, kind in kinds.items() if name in used}
    height = max((_height(panel.groups) for panel in panels), default=0.0)
    n_rows = 1 if is_wide else len(panels)
    with styled(theme) as look:
        n_lines = -(-len(kept) // (2 if is_wide else 1))
        made = figure(
            width,
            0.75 + 0.21 * n_lines + n_rows * (_BAR * height + 0.85) + note_height(note, width),
            theme=theme,
            description=f"{title}. {_told(panels, kinds)}.",
        )
        if not used:
            return say_empty(made, what, empty, look)
        grid = (1, len(panels)) if is_wide else (len(panels), 1)
        for axes, panel in zip(
            made.subplots(*grid, sharey=is_wide, squeeze=False).ravel(), panels, strict=True
        ):
            _draw(axes, panel, kinds, look)
        headline(made, title, note, look=look)
        made.legend(
            [bar_sign(kind, look) for kind in kept.values()],
            [kind.words for kind in kept.values()],
            loc="outside lower left",
            ncols=2 if is_wide else 1,
        )
        return made


def log_ends(
    values: Sequence[float | None],
    lowest: Sequence[float | None],
    highest: Sequence[float | None],
) -> tuple[float, float]:
    """Give the ends of a logarithmic scale of bars: from a power of ten below them.

    Parameters
    ----------
    values : sequence of float or None
        Values that are seen whole.
    lowest, highest : sequence of float or None
        Ends of their intervals.

    Returns
    -------
    tuple of float
        Lowest and highest.
    """
    positive = [value for value in values if value is not None and value > 0]
    if not positive:
        return 0.1, 10.0
    # A value at the end would be a bar without length; an interval is seen as far as
    # it goes on for a tenth.
    reached = [end for end in lowest if end is not None and end > min(positive) / 10]
    low = 10.0 ** math.floor(math.log10(min([*positive, *reached]) / 1.5))
    high = max([*positive, *(end for end in highest if end is not None and end > 0)])
    return low, max(1.3 * high, 10 * low)


def bar_sign(kind: Kind, look: Theme) -> Artist:
    """Give the sign of a kind of bars for a legend.

    Parameters
    ----------
    kind : Kind
        The kind.
    look : Theme
        Colours.

    Returns
    -------
    matplotlib.artist.Artist
        A patch.
    """
    from matplotlib.patches import Patch

    return Patch(**_fill(kind, look))


def _fill(kind: Kind, look: Theme) -> dict[str, Any]:
    from matplotlib.colors import to_rgba

    colour = colour_of(look, kind.colour)
    face = look.background if kind.is_hollow else to_rgba(colour, _FAINT)
    return {"facecolor": face, "edgecolor": colour, "linewidth": 1.0}


def _height(groups: Sequence[Group]) -> float:
    """Give the height of groups in bars."""
    return sum(len(group.bars) + _BETWEEN for group in groups)


def _places(groups: Sequence[Group]) -> Iterator[tuple[Group, float, list[float]]]:
    """Give each group with its middle and the places of its bars."""
    top = _BETWEEN / 2
    for group in groups:
        places = [top + number + 0.5 for number in range(len(group.bars))]
        yield group, top + len(group.bars) / 2, places
        top += len(group.bars) + _BETWEEN


def _draw(axes: Axes, panel: BarPanel, kinds: Mapping[str, Kind], look: Theme) -> None:
    style_axes(axes, look, grid="x")
    axes.spines[:].set_visible(False)
    _scale(axes, panel)
    left = axes.get_xlim()[0]
    for group, _, places in _places(panel.groups):
        for bar, at in zip(group.bars, places, strict=True):
            _draw_bar(axes, bar, at, kinds[bar.kind], look, left=left, is_log=panel.scale.is_log)
    axes.annotate(
        "n",
        (1, 1),
        (6, 3),
        xycoords="axes fraction",
        textcoords="offset points",
        color=look.muted,
        fontsize=_SMALL,
    )
    names = [
        (middle, fitted_label(group.name, _NAMES, LETTERS - 1, length=40))
        for group, middle, _ in _places(panel.groups)
    ]
    axes.set_yticks([middle for middle, _ in names], [name for _, name in names])
    axes.set_ylim(_height(panel.groups), 0)
    axes.set_title(panel.heading, loc="left", fontweight="bold", fontsize=LETTERS - 0.5)


def _scale(axes: Axes, panel: BarPanel) -> None:
    from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

    bars = [bar for group in panel.groups for bar in group.bars]
    values = [bar.value for bar in bars]
    lowest, highest = [bar.low for bar in bars], [bar.high for bar in bars]
    if panel.scale.is_log:
        axes.set_xscale("log")
        axes.set_xlim(*log_ends(values, lowest, highest))
        axes.xaxis.set_major_locator(LogLocator(numticks=5))
        axes.xaxis.set_minor_formatter(NullFormatter())
    else:
        most = max((value for value in (*values, *highest) if value is not None), default=0.0)
        axes.set_xlim(0, 1.05 * most if most > 0 else 1.0)
        axes.xaxis.set_major_locator(MaxNLocator(nbins=4, steps=[1, 2, 5, 10]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.6g}"))
    axes.set_xlabel(panel.scale.text)


def _draw_bar(
    axes: Axes, bar: Bar, at: float, kind: Kind, look: Theme, *, left: float, is_log: bool
) -> None:
    across = axes.get_yaxis_transform()
    small: dict[str, Any] = {"textcoords": "offset points", "va": "center_baseline"}
    axes.annotate(f"{bar.n:,}", (1, at), (6, 0), xycoords=across, fontsize=_SMALL, **small)
    if not bar.value:
        words = "no model" if not bar.n else "not known" if bar.value is None else "0"
        axes.annotate(
            words, (0, at), (4, 0), xycoords=across, fontsize=_SMALL, color=look.muted, **small
        )
        return
    axes.barh(at, bar.value - left, height=0.78, left=left, **_fill(kind, look))
    if bar.low is None or bar.high is None:
        return
    colour = colour_of(look, kind.colour)
    start = max(bar.low, left)
    line: dict[str, Any] = {"color": colour, "clip_on": False, "in_layout": False, "zorder": 3}
    axes.plot([start, bar.high], [at, at], linewidth=1.8, **line)
    axes.plot(bar.high, at, marker="|", markersize=5, **line)
    if is_log and bar.low < left:
        axes.plot(left, at, marker="<", markersize=4, linestyle="none", **line)
    else:
        axes.plot(start, at, marker="|", markersize=5, **line)


def _told(panels: Sequence[BarPanel], kinds: Mapping[str, Kind]) -> str:
    """Say every bar in words."""
    told = [
        f"{panel.heading}, {group.name}, {kinds[bar.kind].words} (n = {bar.n:,}): {_worded(bar)}"
        for panel in panels
        for group in panel.groups
        for bar in group.bars
    ]
    return "; ".join(told) or "Nothing to show"


def _worded(bar: Bar) -> str:
    if bar.value is None:
        return "not known"
    if bar.low is None or bar.high is None:
        return f"{bar.value:,.3g}"
    return f"{bar.value:,.3g} ({bar.low:,.3g} to {bar.high:,.3g})"
