"""Figures of top values and of shares with intervals.

What does not belong here: which values are shown (``report.site``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from biome_pipeline.report.labels import fitted_label, label, text_width
from biome_pipeline.report.scales import percent
from biome_pipeline.report.style import (
    EDGE,
    WIDTH,
    figure,
    style_axes,
    styled,
)
from biome_pipeline.report.titles import headline, say_empty

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from biome_pipeline.report.style import Theme

__all__ = ["Bars", "bar_panels", "fertility_intervals"]

_ROW = 0.235  # height of a bar with its text, in inches
_SIZE = 9.2  # of the letters on a bar, in points
_BETWEEN = 0.3  # inches between two panels in a row


@dataclass(frozen=True)
class Bars:
    """One panel of bars, the largest on top.

    Parameters
    ----------
    title : str
        What is counted; a panel that stands alone leaves that to the figure.
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
    heights = [max([1, *(len(bars.items) for bars in row)]) * _ROW + 0.5 for row in rows]
    described = "; ".join(_described(bars) for bars in panels)
    if len(panels) == 1:
        title = f"{title}, n = {panels[0].n:,}"
    with styled(theme) as look:
        made = figure(width, sum(heights) + 0.9, theme=theme, description=f"{title}. {described}.")
        if not panels:
            return say_empty(made, title, "Nothing to show", look)
        axes = made.subplots(len(rows), n_columns, squeeze=False, height_ratios=heights).ravel()
        for place in axes[len(panels) :]:
            place.set_axis_off()
        room = (width - 2 * EDGE - (n_columns - 1) * _BETWEEN) / n_columns
        for number, (place, bars) in enumerate(zip(axes, panels, strict=False)):
            _draw_bars(place, bars, look, room=72 * room, has_title=len(panels) > 1)
            # All panels of a row have bars of one height.
            most = max([1, *(len(other.items) for other in rows[number // n_columns])])
            place.set_ylim(most - 0.4, -0.6)
        headline(made, title, note, look=look)
        return made


def _described(bars: Bars) -> str:
    """Say the largest bars of a panel in words."""
    first = ", ".join(
        f"{label(item, 60)} {f'{count:,.0f}' if share is None else percent(share)}"
        for item, count, share in list(zip(bars.items, bars.counts, bars.shares, strict=True))[:3]
    )
    return f"{bars.title} (n = {bars.n:,}): {first or bars.empty}"


def _draw_bars(axes: Axes, bars: Bars, look: Theme, *, room: float, has_title: bool) -> None:
    style_axes(axes, look, grid="")
    axes.spines[:].set_visible(False)
    axes.set_xticks([])
    axes.set_yticks([])
    if has_title:
        axes.set_title(f"{bars.title}, n = {bars.n:,}", loc="left", fontweight="bold")
    if not bars.items:
        axes.text(0.0, 0.95, bars.empty, color=look.muted, transform=axes.transAxes, va="top")
        return
    counts = np.array(bars.counts, dtype=np.float64)
    place = np.arange(counts.size)
    axes.barh(place, counts, height=0.86, color=look.main, alpha=0.32, linewidth=0)
    axes.set_xlim(0, max(float(counts.max()), 1e-9) * 1.001)
    for row, (item, count, share) in enumerate(
        zip(bars.items, bars.counts, bars.shares, strict=True)
    ):
        shown = f"{count:,.0f}" + ("" if share is None else f" ({percent(share)})")
        inside: dict[str, Any] = {
            "va": "center",
            "fontsize": _SIZE,
            "transform": axes.get_yaxis_transform(),
        }
        # Browsers without the font have one that is up to a twentieth wider.
        left = 0.95 * (0.98 * room - text_width(shown, _SIZE)) - _SIZE
        axes.text(0.01, row, fitted_label(item, left, _SIZE), **inside)
        axes.text(0.99, row, shown, ha="right", **inside)


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
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    rows = [row for row in fertility.to_pylist() if row["share_fertile"] is not None]
    n_children = sum(row["n_children"] for row in rows)
    title = f"Children that have children, n = {n_children:,}"
    with styled(theme) as look:
        told = "; ".join(
            f"{row['relation']} {percent(row['share_fertile'])}{_interval(row)}" for row in rows
        )
        made = figure(
            width, 1.6 + 0.42 * max(len(rows), 3), theme=theme, description=f"{title}: {told}."
        )
        if not rows:
            return say_empty(
                made, "Children that have children", "No family in this snapshot", look
            )
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
        axes.xaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:.3g} %"))
        axes.set_xlabel("Share of children with a child")
        headline(
            made,
            title,
            "Lines are 95 % intervals, bootstrapped over families.\n"
            "A child by several relations counts for each",
            look=look,
        )
        return made


def _interval(row: dict[str, Any]) -> str:
    if row["ci_low"] is None:
        return ""
    return f" (95 % interval {percent(row['ci_low'])} to {percent(row['ci_high'])})"
