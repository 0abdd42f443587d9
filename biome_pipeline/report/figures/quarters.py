"""Mutation rates by quarter, and what their changes are made of.

What does not belong here: rates of all time (``report.site.rates``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from biome_pipeline.report.figures.marks import colour_of
from biome_pipeline.report.figures.trait_classes import TRAIT_WORDS
from biome_pipeline.report.scales import month_axis
from biome_pipeline.report.style import WIDTH, figure, style_axes, styled
from biome_pipeline.report.titles import headline, note_height, say_empty

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping, Sequence

    import pyarrow as pa
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from biome_pipeline.report.style import Theme

__all__ = ["FEWEST", "quarter_changes", "quarter_rates"]

FEWEST = 10
"""Families of a quarter from which on it is drawn."""

_GRAPHS = {
    "all": ("all relations", "text", "o", -0.2),
    "finetune": ("fine-tunes", "main", "s", 0.2),
}
_PARTS = {
    "composition": ("other shares of the relations", "second", "s", -0.55),
    "behaviour": ("other rates within relations", "main", "o", 0.0),
    "family_composition": ("other shares of the families", "3", "D", 0.55),
}
_MOST_TICKS = 4
_QUARTER = 3  # months


def quarter_rates(
    rows: pa.Table,
    note: str = "",
    *,
    empty: str = "No rate by quarter was made",
    theme: str = "light",
    width: float = WIDTH,
) -> Figure:
    """Draw the mutation rate of each trait by quarter of the child's creation.

    Parameters
    ----------
    rows : pyarrow.Table
        Rows of ``drift.by_quarter``.
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
        A panel for each trait, a line with its intervals for each graph.
    """
    kept = [row for row in _kept(rows) if row["graph"] in _GRAPHS and row["rate"] is not None]
    signs = {words: (colour, sign) for words, colour, sign, _ in _GRAPHS.values()}

    def draw(axes: Axes, own: Sequence[Mapping[str, Any]], look: Theme) -> None:
        for graph, (_, colour, sign, aside) in _GRAPHS.items():
            line = [row for row in own if row["graph"] == graph]
            _draw_line(axes, line, "rate", colour=colour_of(look, colour), sign=sign, aside=aside)
        # A little below 0, so that a sign there is seen whole.
        axes.set_ylim(bottom=-0.03 * axes.get_ylim()[1])

    n = sum(row["n_reporting"] for row in kept if row["graph"] == "all")
    return _panels(
        kept,
        draw,
        signs,
        title=f"Mutation rate by quarter, n = {n:,} reporting edges",
        what="Mutation rate by quarter",
        note=note,
        unit="Rate in %",
        empty=empty,
        theme=theme,
        width=width,
        told=_told(kept, ("rate",)),
    )


def quarter_changes(
    rows: pa.Table,
    note: str = "",
    *,
    empty: str = "No change from quarter to quarter was made",
    theme: str = "light",
    width: float = WIDTH,
) -> Figure:
    """Draw what the change of a rate from quarter to quarter is made of.

    Parameters
    ----------
    rows : pyarrow.Table
        Rows of ``drift.by_quarter`` of one graph.
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
        A panel for each trait: parts of each change with their intervals.
    """
    kept = [row for row in _kept(rows) if row["change"] is not None]
    signs = {words: (colour, sign) for words, colour, sign, _ in _PARTS.values()}

    def draw(axes: Axes, own: Sequence[Mapping[str, Any]], look: Theme) -> None:
        for part, (_, colour, sign, aside) in _PARTS.items():
            _draw_line(
                axes,
                own,
                f"{part}_part",
                colour=colour_of(look, colour),
                sign=sign,
                aside=aside,
                is_joined=False,
            )
        axes.axhline(0, color=look.muted, linewidth=1, zorder=1)

    n = sum(row["n_reporting"] for row in kept)
    return _panels(
        kept,
        draw,
        signs,
        title=f"What changes of the rate are made of, n = {n:,} reporting edges",
        what="What changes of the rate are made of",
        note=note,
        unit="Percentage points",
        empty=empty,
        theme=theme,
        width=width,
        told=_told(kept, tuple(f"{part}_part" for part in _PARTS)),
    )


def _kept(rows: pa.Table) -> list[Mapping[str, Any]]:
    """Give the quarters that enough families are in, in order."""
    found = [row for row in rows.to_pylist() if row["n_families"] >= FEWEST]
    return sorted(found, key=lambda row: (row["graph"], row["trait"], row["quarter"]))


def _month(date: dt.date) -> int:
    return 12 * (date.year - 1970) + date.month - 1


def _draw_line(
    axes: Axes,
    rows: Sequence[Mapping[str, Any]],
    column: str,
    *,
    colour: str,
    sign: str,
    aside: float,
    is_joined: bool = True,
) -> None:
    rows = [row for row in rows if row[column] is not None]
    prefix = "" if column == "rate" else f"{column}_"
    at = np.array([_month(row["quarter"]) + 1 + aside for row in rows], dtype=np.float64)
    axes.plot(
        at,
        [row[column] for row in rows],
        color=colour,
        marker=sign,
        markersize=3.6,
        linewidth=1.4,
        linestyle="-" if is_joined else "none",
        zorder=3,
    )
    for place, row in zip(at.tolist(), rows, strict=True):
        low, high = row[f"{prefix}ci_low"], row[f"{prefix}ci_high"]
        if low is not None and high is not None:
            axes.plot([place, place], [low, high], color=colour, linewidth=1.3, alpha=0.6)


def _panels(
    rows: Sequence[Mapping[str, Any]],
    draw: Callable[[Axes, Sequence[Mapping[str, Any]], Theme], None],
    signs: Mapping[str, tuple[str, str]],
    *,
    title: str,
    what: str,
    note: str,
    unit: str,
    empty: str,
    theme: str,
    width: float,
    told: str,
) -> Figure:
    from matplotlib.lines import Line2D
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    is_wide = width >= WIDTH
    traits = [trait for trait in TRAIT_WORDS if any(row["trait"] == trait for row in rows)]
    n_columns = 2 if is_wide else 1
    n_lines = -(-len(traits) // n_columns)
    with styled(theme) as look:
        made = figure(
            width,
            (1.4 if is_wide else 1.7) + 2.0 * n_lines + note_height(note, width),
            theme=theme,
            description=f"{title}. {told}.",
        )
        if not traits:
            return say_empty(made, what, empty, look)
        months = [_month(row["quarter"]) for row in rows]
        panels = made.subplots(n_lines, n_columns, squeeze=False, sharex=True).ravel()
        for panel in panels[len(traits) :]:
            panel.set_axis_off()
        for panel, trait in zip(panels, traits, strict=False):
            own = [row for row in rows if row["trait"] == trait]
            style_axes(panel, look)
            draw(panel, own, look)
            panel.set_title(TRAIT_WORDS[trait].capitalize(), loc="left", weight="bold")
            panel.yaxis.set_major_locator(MaxNLocator(nbins=4))
            panel.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:.3g}"))
            panel.set_ylabel(unit if not is_wide or traits.index(trait) % 2 == 0 else "")
            month_axis(
                panel, min(months), max(months) + _QUARTER - 1, margin=1, most_ticks=_MOST_TICKS
            )
            is_last = traits.index(trait) >= len(traits) - n_columns
            panel.set_xlabel("Quarter of the child's creation, UTC" if is_last else "")
            # Where a column is shorter, its last panel has the dates.
            panel.tick_params(axis="x", labelbottom=is_last)
        headline(made, title, note, look=look)
        made.legend(
            [
                Line2D([], [], color=colour_of(look, colour), marker=sign, markersize=4)
                for colour, sign in signs.values()
            ],
            list(signs),
            loc="outside lower left",
            ncols=2 if is_wide else 1,
        )
        return made


def _told(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> str:
    """Say the last quarter of each trait and graph in words."""
    last = {(row["trait"], row["graph"]): row for row in rows}
    told = [
        f"{TRAIT_WORDS[trait]}, {_GRAPHS.get(graph, (graph,))[0]}, quarter from "
        f"{row['quarter']}: "
        + ", ".join(
            f"{column.replace('_', ' ')} {100 * row[column]:.1f} %"
            for column in columns
            if row[column] is not None
        )
        for (trait, graph), row in last.items()
        if trait in TRAIT_WORDS
    ]
    return "; ".join(told) or "Nothing to show"
