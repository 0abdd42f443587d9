"""Curves of an outcome over a trait: pointwise intervals, simultaneous bands, and n.

What does not belong here: lines over a few classes (``fitness_lines``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from biome_pipeline.report.scales import compact
from biome_pipeline.report.style import LETTERS, WIDTH, figure, style_axes, styled
from biome_pipeline.report.titles import headline, note_height, say_empty

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from biome_pipeline.report.style import Theme

__all__ = ["rate_curves"]

_PANEL = 2.1  # height of a curve in inches
_STRIP = 0.42  # height of the numbers of models below it
_BEYOND = 4.0  # how far a scale goes beyond the curve, as a factor
_BELOW = 10  # points from a scale to its numbers
_TICKS = {True: 5, False: 4}


def rate_curves(
    rows: pa.Table,
    outcomes: Mapping[str, str],
    what: str,
    *,
    axis: str,
    counted: str,
    note: str = "",
    empty: str,
    theme: str = "light",
    width: float = WIDTH,
) -> Figure:
    """Draw a curve for each outcome over a logarithmic trait.

    Parameters
    ----------
    rows : pyarrow.Table
        Rows of ``fitness.curves`` of one trait.
    outcomes : mapping of str to str
        Outcomes to draw, with their words.
    what, axis, counted : str
        What is seen, what the trait is and its unit, and of how many.
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
        Panels side by side, on a narrow figure one above the other; below each
        how many models lie near each point.
    """
    is_wide = width >= WIDTH
    title = f"{what}, {counted}"
    curves: dict[str, list[dict[str, Any]]] = {}
    for row in sorted(rows.to_pylist(), key=lambda row: row["value"]):
        curves.setdefault(row["outcome"], []).append(row)
    kept = {name: curves[name] for name in outcomes if name in curves}
    n_rows = 1 if is_wide else len(kept)
    with styled(theme) as look:
        made = figure(
            width,
            1.75 + (not is_wide) * 0.42 + n_rows * (_PANEL + _STRIP) + note_height(note, width),
            theme=theme,
            description=f"{title}. {_told(kept, outcomes)}.",
        )
        if not kept:
            return say_empty(made, what, empty, look)
        grid = (2, len(kept)) if is_wide else (2 * len(kept), 1)
        ratios = [_PANEL, _STRIP] * (1 if is_wide else len(kept))
        panels = made.subplots(*grid, squeeze=False, sharex=True, height_ratios=ratios)
        for number, (name, points) in enumerate(kept.items()):
            place = panels[:, number] if is_wide else panels[2 * number : 2 * number + 2, 0]
            curve, strip = place
            _draw(curve, points, look)
            curve.set_title(outcomes[name], loc="left", fontweight="bold", fontsize=LETTERS - 0.5)
            _draw_strip(strip, points, look)
            if not number or not is_wide:
                curve.set_ylabel("Rate relative to the mean")
                strip.set_ylabel("n near")
            if is_wide or number == len(kept) - 1:
                strip.set_xlabel(f"{axis} (log scale)")
        _ticks(panels[-1, 0], kept, is_wide=is_wide)
        headline(made, title, note, look=look)
        _add_legend(made, look, is_wide=is_wide)
        return made


def _draw(axes: Axes, points: Sequence[Mapping[str, Any]], look: Theme) -> None:
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    style_axes(axes, look)
    axes.set_xscale("log")
    axes.set_yscale("log")
    value, estimate, low, high, band_low, band_high = (
        np.array([np.nan if row[name] is None else row[name] for row in points], dtype=np.float64)
        for name in ("value", "estimate", "ci_low", "ci_high", "band_low", "band_high")
    )
    axes.fill_between(value, band_low, band_high, color=look.main, alpha=0.22, linewidth=0)
    for end in (low, high):
        axes.plot(value, end, color=look.main, linewidth=1.1, linestyle="--")
    axes.plot(value, estimate, color=look.main, linewidth=2.0)
    axes.axhline(1, color=look.muted, linewidth=1, zorder=1)
    # A band may reach very far where there are few models.
    ends = [
        (min(np.nanmin(edge), 1.0), max(np.nanmax(edge), 1.0))
        for edge in (estimate, np.concatenate([estimate, band_low, band_high]))
    ]
    least = max(ends[0][0] / _BEYOND, ends[1][0] / 1.1)
    most = min(ends[0][1] * _BEYOND, ends[1][1] * 1.1)
    axes.set_ylim(least, most)
    span = most / least
    subs = (1.0, 2.0, 5.0) if span < 80 else (1.0, 3.0) if span < 800 else (1.0,)
    axes.yaxis.set_major_locator(LogLocator(subs=subs, numticks=8))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:,.6g}"))
    axes.tick_params(axis="x", which="both", length=0)


def _draw_strip(axes: Axes, points: Sequence[Mapping[str, Any]], look: Theme) -> None:
    style_axes(axes, look, grid="")
    near = [row["n_near"] for row in points]
    axes.vlines(
        [row["value"] for row in points], 0, near, color=look.muted, linewidth=2.0, zorder=3
    )
    # The first number stands below the number at the foot of the other scale.
    axes.tick_params(axis="x", pad=_BELOW)
    most = max(near)
    axes.set_ylim(0, 1.15 * max(most, 1))
    axes.set_yticks([0, most] if most else [0], ["0", f"{most:,}"] if most else ["0"])


def _ticks(axes: Axes, kept: Mapping[str, Sequence[Mapping[str, Any]]], *, is_wide: bool) -> None:
    """Mark the horizontal scale, which all panels share."""
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullFormatter, NullLocator

    values = [row["value"] for points in kept.values() for row in points]
    low, high = min(values), max(values)
    margin = (high / low) ** 0.02 if high > low else 2.0
    axes.set_xlim(low / margin, high * margin)
    powers = range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))) + 1)
    chosen: list[float] = [low, high] if high > low else [low]
    for subs in ((1,), (1, 3), (1, 2, 5), (1, 1.5, 2, 3, 5, 7)):
        found = [s * 10.0**p for p in powers for s in subs if low <= s * 10.0**p <= high]
        if len(found) > _TICKS[is_wide]:
            step = -(-len(found) // _TICKS[is_wide])
            chosen = found[::step] if subs == (1,) else chosen
            break
        chosen = found if len(found) > 1 else chosen
    axes.xaxis.set_major_locator(FixedLocator(chosen))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: compact(v)))


def _add_legend(made: Figure, look: Theme, *, is_wide: bool) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    made.legend(
        [
            Line2D([], [], color=look.main, linewidth=2.0),
            Line2D([], [], color=look.main, linewidth=1.1, linestyle="--"),
            Patch(facecolor=look.main, alpha=0.22, edgecolor="none"),
        ],
        ["rate", "95 % interval of each point", "95 % band of the whole curve"],
        loc="outside lower left",
        ncols=3 if is_wide else 1,
    )


def _told(kept: Mapping[str, Sequence[Mapping[str, Any]]], outcomes: Mapping[str, str]) -> str:
    """Say the ends and the top of each curve in words."""
    told = []
    for name, points in kept.items():
        top = max(points, key=lambda row: row["estimate"])
        said = "; ".join(
            f"{words} {compact(row['value'])}: {row['estimate']:.3g}{_band(row)}"
            for words, row in (("at", points[0]), ("highest at", top), ("at", points[-1]))
        )
        told.append(f"{outcomes[name]} (n = {points[0]['n']:,}), relative rate {said}")
    return ". ".join(told) or "Nothing to show"


def _band(row: Mapping[str, Any]) -> str:
    if row["band_low"] is None or row["band_high"] is None:
        return ""
    return f" (band {row['band_low']:.3g} to {row['band_high']:.3g})"
