"""Figures of top values and of shares with intervals.

What does not belong here: which values are shown (``report.site``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from biome_pipeline.report.style import (
    WIDTH,
    figure,
    headline,
    label,
    model_label,
    say_empty,
    style_axes,
    styled,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from biome_pipeline.report.style import Theme

__all__ = ["Bars", "bar_panels", "fertility_intervals"]

_ROW = 0.235  # height of a bar with its text, in inches


@dataclass(frozen=True)
class Bars:
    """One panel of bars, the largest on top.

    Parameters
    ----------
    title : str
        What is counted.
    items : tuple of str
        Values, models' ids for instance.
    counts : tuple of float
        How often each is there.
    shares : tuple of float or None
        Share of each, from 0 to 1; None where a share means nothing.
    n : int
        Models that the panel rests on.
    empty : str
        What to say if there is no bar.
    """

    title: str
    items: tuple[str, ...]
    counts: tuple[float, ...]
    shares: tuple[float | None, ...]
    n: int
    empty: str


def bar_panels(
    panels: Sequence[Bars], title: str, note: str, *, theme: str = "light", width: float = WIDTH
) -> Figure:
    """Draw panels of bars, the words on the bars and counts with shares beside.

    Parameters
    ----------
    panels : sequence of Bars
        The panels, in the order to draw them.
    title, note : str
        What is seen, and what the shares are of.
    theme : str
        A key of :data:`~biome_pipeline.report.style.THEMES`.
    width : float
        Width in inches, either of the two of ``report.style``.

    Returns
    -------
    matplotlib.figure.Figure
        Two panels in a row, on a narrow figure one.
    """
    n_columns = min(2, len(panels)) if width >= WIDTH else 1
    rows = [panels[start : start + n_columns] for start in range(0, len(panels), n_columns)]
    heights = [max([3, *(len(bars.items) for bars in row)]) * _ROW + 0.5 for row in rows]
    described = "; ".join(
        f"{bars.title}: " + (", ".join(label(item, 60) for item in bars.items[:3]) or bars.empty)
        for bars in panels
    )
    with styled(theme) as look:
        made = figure(
            width, sum(heights) + 0.9, theme=theme, description=f"{title}. First are {described}."
        )
        if not panels:
            return say_empty(made, title, "Nothing to show", look)
        axes = made.subplots(len(rows), n_columns, squeeze=False, height_ratios=heights).ravel()
        for place in axes[len(panels) :]:
            place.set_axis_off()
        for number, (place, bars) in enumerate(zip(axes, panels, strict=False)):
            _draw_bars(place, bars, look, n_characters=22 if n_columns > 1 else 26)
            # All panels of a row have bars of one height.
            most = max(3, *(len(other.items) for other in rows[number // n_columns]))
            place.set_ylim(most - 0.4, -0.6)
        headline(made, title, note)
        return made


def _draw_bars(axes: Axes, bars: Bars, look: Theme, *, n_characters: int) -> None:
    style_axes(axes, look, grid="")
    axes.spines[:].set_visible(False)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_title(f"{bars.title}, n = {bars.n:,}", loc="left", fontweight="bold")
    if not bars.items:
        axes.text(0.0, 0.8, bars.empty, color=look.muted, transform=axes.transAxes, va="top")
        return
    counts = np.array(bars.counts, dtype=np.float64)
    place = np.arange(counts.size)
    axes.barh(place, counts, height=0.86, color=look.main, alpha=0.32, linewidth=0)
    axes.set_xlim(0, max(float(counts.max()), 1e-9) * 1.001)
    for row, (item, count, share) in enumerate(
        zip(bars.items, bars.counts, bars.shares, strict=True)
    ):
        shown = f"{count:,.0f}" + ("" if share is None else f" ({_percent(share)})")
        inside: dict[str, Any] = {
            "va": "center",
            "fontsize": 9.2,
            "transform": axes.get_yaxis_transform(),
        }
        axes.text(0.01, row, model_label(item, n_characters), **inside)
        axes.text(1.0, row, shown, ha="right", **inside)


def fertility_intervals(
    fertility: pa.Table, *, theme: str = "light", width: float = WIDTH
) -> Figure:
    """Draw the share of children that have children themselves, by relation.

    Parameters
    ----------
    fertility : pyarrow.Table
        ``relation``, ``n_children``, ``share_fertile``, ``ci_low``, ``ci_high``
        of one graph.
    theme : str
        A key of :data:`~biome_pipeline.report.style.THEMES`.
    width : float
        Width in inches, either of the two of ``report.style``.

    Returns
    -------
    matplotlib.figure.Figure
        A point with its 95 % interval for each relation.
    """
    from matplotlib.ticker import MaxNLocator, PercentFormatter

    rows = [row for row in fertility.to_pylist() if row["share_fertile"] is not None]
    n_children = sum(row["n_children"] for row in rows)
    title = f"Children that have children, n = {n_children:,}"
    with styled(theme) as look:
        told = "; ".join(f"{row['relation']} {_percent(row['share_fertile'])}" for row in rows)
        made = figure(
            width, 1.5 + 0.42 * max(len(rows), 3), theme=theme, description=f"{title}: {told}."
        )
        if not rows:
            return say_empty(made, "Children that have children", "No family here", look)
        axes = made.subplots()
        style_axes(axes, look, grid="x")
        names = [f"{row['relation']} (n = {row['n_children']:,})" for row in rows]
        for place, row in enumerate(rows):
            colour = look.relations[row["relation"]]
            if row["ci_low"] is not None:
                ends = [row["ci_low"], row["ci_high"]]
                axes.plot(ends, [place, place], color=colour, linewidth=2.4)
            axes.plot(row["share_fertile"], place, marker="o", markersize=7, color=colour)
        axes.set_yticks(range(len(rows)), names)
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.set_xlim(left=0)
        axes.xaxis.set_major_locator(MaxNLocator(nbins=4))
        axes.xaxis.set_major_formatter(PercentFormatter(1.0))
        axes.set_xlabel("Share of children with a child")
        headline(made, title, "Lines are 95 % intervals, bootstrapped over families")
        return made


def _percent(share: float) -> str:
    """Write a share; what is there never reads as nothing."""
    return "<0.1 %" if 0 < share < 0.0005 else f"{100 * share:.1f} %"
