"""The similarity of relatives at every position of the eight topologies.

What does not belong here: how a topology is drawn (``pictograms``), and what
becomes of the means when texts or weights change (``ladder``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from biome_pipeline.report.figures.pictograms import SHAPES, Strokes, draw_pictogram
from biome_pipeline.report.style import LETTERS, WIDTH, figure, style_axes, styled
from biome_pipeline.report.titles import headline, say_empty

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.patches import Rectangle

    from biome_pipeline.report.style import Theme

__all__ = ["SOURCE", "counted", "similarity_panel"]

SOURCE = "arXiv 2508.06811"
"""Where the published means are from."""

_BETWEEN = 0.45  # from box to box, in widths of a position
_FEWEST = {"pair": 2.1, "edge": 1.7, "siblings": 2.5, "star3": 2.5}  # widths for their titles
_HEADING = 0.75  # above a box of rows, in heights of a position
_NAMES = 8.0  # size of the names of positions below the scale, in points
_ROW = 0.38  # height of a position that is a row, in inches
_BESIDE = 0.17  # from the middle of a position to its two marks
_UPRIGHT = Strokes(across=5.6, down=8.2, node=4.8)
_IN_ROWS = Strokes(across=8, down=6.2, node=4.4, is_centred=True)
# Generations apart, and the colour and strength of their shade.
_SHADES: dict[int, tuple[str, str, float]] = {
    0: ("same generation", "green", 0.22),
    1: ("one generation apart", "grey", 0.08),
    2: ("two generations apart", "grey", 0.21),
    3: ("three generations apart", "grey", 0.36),
}


@dataclass(frozen=True)
class _Slot:
    """One position: its row, and where it lies along the scale of positions."""

    topology: str
    row: Mapping[str, Any]
    low: float
    high: float

    @property
    def at(self) -> float:
        return (self.low + self.high) / 2


def similarity_panel(
    rows: pa.Table,
    what: str,
    note: str = "",
    *,
    empty: str = "Similarity was not computed",
    theme: str = "light",
    width: float = WIDTH,
) -> Figure:
    """Draw the mean similarity at every position, for one text and measure.

    Redraws figure 7 of arXiv 2508.06811.

    Parameters
    ----------
    rows : pyarrow.Table
        Rows of ``similarity.summary`` of one graph, text, measure, ablation and
        weighting.
    what : str
        What is compared by which measure, such as "Metadata by tf-idf".
    note : str
        What a reader has to know of the means.
    empty : str
        Why there is nothing to draw, if there is nothing.
    theme : str
        A key of :data:`~biome_pipeline.report.style.THEMES`.
    width : float
        Width in inches, either of the two of ``report.style``.

    Returns
    -------
    matplotlib.figure.Figure
        Boxes of positions side by side; on a narrow figure a row for each
        position.
    """
    is_wide = width >= WIDTH
    found = {(row["topology"], row["position"]): row for row in rows.to_pylist()}
    drawn = [row for row in found.values() if row["mean"] is not None]
    title = f"{what}, {counted(drawn)} a position"
    slots = _placed(found, is_wide=is_wide)
    with styled(theme) as look:
        height = 5.35 if is_wide else 3.1 + _ROW * (slots[-1].high if slots else 0)
        made = figure(width, height, theme=theme, description=f"{title}: {_told(slots)}.")
        if not drawn:
            return say_empty(made, what, empty, look)
        if is_wide:
            marks, below = made.subplots(2, 1, height_ratios=[1, 0.23], sharex=True)
            _draw_upright(marks, below, slots, look)
        else:
            beside, marks = made.subplots(1, 2, width_ratios=[0.3, 1], sharey=True)
            _draw_rows(marks, beside, slots, look)
        n_empty = len(slots) - len(drawn)
        if n_empty:
            noun = "position has" if n_empty == 1 else "positions have"
            note = f"{note}\n{n_empty} {noun} no pair to compare".strip()
        headline(made, title, note, look=look)
        _add_legend(made, slots, look, n_columns=2 if is_wide else 1)
        return made


def counted(rows: Sequence[Mapping[str, Any]]) -> str:
    """Say how many pairs means rest on.

    Parameters
    ----------
    rows : sequence of mapping
        Rows with ``n``.

    Returns
    -------
    str
        One number, or the least and the most.
    """
    n = sorted(row["n"] for row in rows) or [0]
    return f"n = {n[0]:,} pairs" if n[0] == n[-1] else f"n = {n[0]:,} to {n[-1]:,} pairs"


def _placed(found: Mapping[tuple[str, str], Mapping[str, Any]], *, is_wide: bool) -> list[_Slot]:
    """Give every position that there is its place, box after box."""
    slots: list[_Slot] = []
    start = 0.0
    for topology, shape in SHAPES.items():
        rows = [found[topology, p] for p in shape.positions if (topology, p) in found]
        if not rows:
            continue
        start += 0 if is_wide else _HEADING
        size = max(1.0, _FEWEST.get(topology, 0.0) / len(rows)) if is_wide else 1.0
        for row in rows:
            slots.append(_Slot(topology, row, start, start + size))
            start += size
        start += _BETWEEN if is_wide else 0.1
    return slots


def _boxes(slots: Sequence[_Slot]) -> list[tuple[str, float, float]]:
    names = dict.fromkeys(slot.topology for slot in slots)
    return [
        (
            name,
            min(slot.low for slot in slots if slot.topology == name),
            max(slot.high for slot in slots if slot.topology == name),
        )
        for name in names
    ]


def _draw_upright(marks: Axes, below: Axes, slots: Sequence[_Slot], look: Theme) -> None:
    from matplotlib.patches import Rectangle

    style_axes(marks, look)
    marks.spines[:].set_visible(False)
    marks.set_xlim(slots[0].low - 0.1, slots[-1].high + 0.1)
    marks.set_ylim(0, 1)
    marks.set_ylabel("Mean similarity (0 to 1)")
    marks.tick_params(axis="x", labelbottom=False)
    marks.set_xticks([])
    for slot in slots:
        colour, strength = _shade(slot, look)
        marks.add_patch(
            Rectangle(
                (slot.low, 0), slot.high - slot.low, 1, color=colour, alpha=strength, linewidth=0
            )
        )
        _draw_marks(marks, slot, look, is_wide=True)
    for topology, low, high in _boxes(slots):
        marks.add_patch(_frame((low, 0), high - low, 1, look))
        marks.text(
            (low + high) / 2,
            1.02,
            _two_lines(topology, high - low),
            ha="center",
            va="bottom",
            fontsize=LETTERS - 1.5,
            linespacing=1.1,
        )
    below.set_axis_off()
    below.set_ylim(1, 0)
    for slot in slots:
        shape, position = SHAPES[slot.topology], slot.row["position"]
        below.text(
            slot.at,
            -0.12,
            position,
            ha="center",
            va="top",
            fontsize=_NAMES,
            color=look.muted,
            in_layout=False,
        )
        draw_pictogram(below, shape, _nodes(slot), at=(slot.at, 0.3), look=look, strokes=_UPRIGHT)


def _draw_rows(marks: Axes, beside: Axes, slots: Sequence[_Slot], look: Theme) -> None:
    from matplotlib.patches import Rectangle

    style_axes(marks, look, grid="x")
    marks.spines[:].set_visible(False)
    marks.set_xlim(0, 1)
    marks.set_ylim(slots[-1].high + 0.1, 0)
    marks.set_yticks([])
    marks.set_xlabel("Mean similarity (0 to 1)")
    for slot in slots:
        colour, strength = _shade(slot, look)
        marks.add_patch(
            Rectangle(
                (0, slot.low), 1, slot.high - slot.low, color=colour, alpha=strength, linewidth=0
            )
        )
        _draw_marks(marks, slot, look, is_wide=False)
    for topology, low, high in _boxes(slots):
        marks.add_patch(_frame((0, low), 1, high - low, look))
        marks.text(0.0, low - 0.08, SHAPES[topology].title, ha="left", va="bottom")
    beside.set_axis_off()
    beside.set_xlim(0, 1)
    for slot in slots:
        beside.text(
            0.0,
            slot.at,
            slot.row["position"],
            va="center",
            fontsize=LETTERS - 1,
            color=look.muted,
        )
        shape = SHAPES[slot.topology]
        draw_pictogram(beside, shape, _nodes(slot), at=(0.86, slot.at), look=look, strokes=_IN_ROWS)


def _draw_marks(axes: Axes, slot: _Slot, look: Theme, *, is_wide: bool) -> None:
    """Draw our mean with its intervals, and the published one beside it."""

    def put(along: tuple[float, ...], value: tuple[float, ...], how: Mapping[str, Any]) -> None:
        axes.plot(*((along, value) if is_wide else (value, along)), clip_on=False, zorder=4, **how)

    row = slot.row
    ours, theirs = slot.at - _BESIDE, slot.at + _BESIDE
    if row["mean"] is not None:
        for ends, thick in ((("family_ci_low", "family_ci_high"), 1.0), (("ci_low", "ci_high"), 3)):
            low, high = (row[end] for end in ends)
            if low is not None and high is not None:
                line = {"color": look.main, "linewidth": thick, "solid_capstyle": "butt"}
                put((ours, ours), (low, high), line)
        put((ours,), (row["mean"],), {"color": look.main, "marker": "o", "markersize": 5})
    if row["published"] is not None:
        put((theirs,), (row["published"],), _published(look))


def _published(look: Theme) -> dict[str, Any]:
    return {
        "linestyle": "none",
        "marker": "D",
        "markersize": 4.2,
        "markerfacecolor": look.background,
        "markeredgecolor": look.text,
        "markeredgewidth": 1.1,
    }


def _add_legend(made: Figure, slots: Sequence[_Slot], look: Theme, *, n_columns: int) -> None:
    from matplotlib.legend_handler import HandlerTuple
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    dot = {"marker": "o", "linestyle": "none", "markersize": 4.8}
    handles: list[tuple[Any, str]] = [
        (
            Line2D([], [], color=look.main, marker="o", markersize=5, linewidth=3),
            "this snapshot, 95 % interval over pairs",
        ),
        (Line2D([], [], color=look.main, linewidth=1), "95 % interval over families"),
    ]
    if any(slot.row["published"] is not None for slot in slots):
        handles.append((Line2D([], [], **_published(look)), f"published ({SOURCE})"))
    handles.append(
        (
            (
                Line2D([], [], color=look.text, **dot),  # type: ignore[arg-type]
                Line2D([], [], color=look.text, **dot),  # type: ignore[arg-type]
            ),
            "filled: the two that are compared",
        )
    )
    gaps = {slot.row["generation_gap"] for slot in slots}
    handles += [
        (
            Patch(facecolor=_colour(hue, look), alpha=strength, edgecolor="none"),
            f"shade: {words}" if gap == 0 else words,
        )
        for gap, (words, hue, strength) in _SHADES.items()
        if gap in gaps
    ]
    made.legend(
        *zip(*handles, strict=True),
        loc="outside lower left",
        ncols=n_columns,
        handler_map={tuple: HandlerTuple(ndivide=None, pad=0.2)},
    )


def _shade(slot: _Slot, look: Theme) -> tuple[str, float]:
    _, hue, strength = _SHADES.get(slot.row["generation_gap"], ("", "grey", 0.0))
    return _colour(hue, look), strength


def _colour(hue: str, look: Theme) -> str:
    return look.series[2] if hue == "green" else look.muted


def _frame(corner: tuple[float, float], width: float, height: float, look: Theme) -> Rectangle:
    from matplotlib.patches import Rectangle

    return Rectangle(
        corner,
        width,
        height,
        facecolor="none",
        edgecolor=look.muted,
        linewidth=0.8,
        clip_on=False,
        zorder=2.5,
    )


def _two_lines(topology: str, width: float) -> str:
    title = SHAPES[topology].title
    return title if width > 4 else title.replace(" ", "\n", 1)


def _nodes(slot: _Slot) -> tuple[str, ...]:
    """Give the two nodes of a position; of a random pair there are no others."""
    position = slot.row["position"]
    return ("u", "v") if position == "random" else tuple(position.split("-"))


def _told(slots: Sequence[_Slot]) -> str:
    """Say every mean in words."""
    told = []
    for slot in slots:
        row = slot.row
        if row["mean"] is None:
            value = "no pair"
        else:
            value = f"{row['mean']:.3f}"
            if row["ci_low"] is not None:
                value += f" (95 % interval {row['ci_low']:.3f} to {row['ci_high']:.3f})"
        if row["published"] is not None:
            value += f", published {row['published']:.3f}"
        told.append(f"{SHAPES[slot.topology].title} {row['position']} {value}")
    return "; ".join(told) or "nothing to show"
