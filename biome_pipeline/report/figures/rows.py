"""Rows of marks along one scale, under headings: estimates with what stands beside them.

What does not belong here: what a mark is (``marks``), and what any stands for
(``report.site``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from biome_pipeline.report.figures.marks import draw_mark, legend_sign
from biome_pipeline.report.labels import fitted_label
from biome_pipeline.report.style import LETTERS, WIDTH, figure, style_axes, styled
from biome_pipeline.report.titles import headline, note_height, say_empty

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from biome_pipeline.report.figures.marks import Kind, Mark, Part, Scale
    from biome_pipeline.report.style import Theme

__all__ = ["rows_of_marks"]

_ROW = 0.3  # height of a row, in inches
_HEADING = 0.95  # above the rows of a part, in rows
_NAMES = {True: 190.0, False: 104.0}  # points for names, on a wide and a narrow figure


def rows_of_marks(
    parts: Sequence[Part],
    kinds: Mapping[str, Kind],
    scale: Scale,
    what: str,
    *,
    counted: str,
    note: str = "",
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
    what, counted : str
        What is seen, and of how many, such as "n = 12 edges".
    note : str
        What a reader has to know.
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
    title = f"{what}, {counted}"
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
            return say_empty(made, what, empty, look)
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
            [legend_sign(kind, look) for kind in kept.values()],
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
                draw_mark(axes, mark, kinds[mark.kind], middle, look)
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
