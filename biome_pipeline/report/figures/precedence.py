"""How sure it is which of two values comes first: a triangle of probabilities.

What does not belong here: the order itself (``drift_graph``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from biome_pipeline.report.figures.marks import colour_of
from biome_pipeline.report.figures.trait_classes import value_name
from biome_pipeline.report.labels import fitted_label, text_width
from biome_pipeline.report.style import LETTERS, WIDTH, figure, style_axes, styled
from biome_pipeline.report.titles import headline, note_height, say_empty

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from biome_pipeline.report.style import Theme

__all__ = ["STEPS", "precedence_map"]

STEPS: tuple[tuple[float, str, str, float], ...] = (
    (0.975, "sure: at least 97.5 %", "main", 1.0),
    (0.9, "90 to 97.5 %", "main", 0.62),
    (0.75, "75 to 90 %", "main", 0.36),
    (0.5, "50 to 75 %", "main", 0.18),
    (0.0, "below 50 %: rather the other way", "second", 0.75),
)
"""Least probability of each step, its words, its colour and its strength."""

_NAMES = 9.2  # size of names in points
_ROW = {True: 0.245, False: 0.235}  # height of a row in inches, on a wide and a narrow figure
_ROOM = {True: 176.0, False: 112.0}  # points for names


def precedence_map(
    order: Sequence[str],
    probabilities: pa.Table,
    trait: str,
    what: str,
    note: str = "",
    *,
    empty: str = "No order was resampled",
    theme: str = "light",
    width: float = WIDTH,
) -> Figure:
    """Draw for each pair of values how often the first stands before the second.

    Parameters
    ----------
    order : sequence of str
        The values in the order found, upstream first.
    probabilities : pyarrow.Table
        Rows of ``drift.precedence`` of one graph, trait and number of values.
    trait : str
        The trait, which says how values are named.
    what : str
        Title.
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
        A cell for each pair, in the row of the value that stands first in the
        order and the column of the other.
    """
    is_wide = width >= WIDTH
    found = {(row["first"], row["second"]): row["probability"] for row in probabilities.to_pylist()}
    pairs = [
        (row, column, found[order[row], order[column]])
        for row in range(len(order))
        for column in range(row + 1, len(order))
        if (order[row], order[column]) in found
    ]
    n_sure = sum(probability >= STEPS[0][0] for _, _, probability in pairs)
    title = f"{what}, n = {len(pairs):,} pairs"
    note = f"{n_sure:,} pairs are sure. {note}" if pairs else note
    with styled(theme) as look:
        made = figure(
            width,
            (1.75 if is_wide else 2.5) + _ROW[is_wide] * len(order) + note_height(note, width),
            theme=theme,
            description=f"{title}, {n_sure:,} of them sure. {_unsure(order, pairs, trait)}",
        )
        if not pairs:
            return say_empty(made, what, empty, look)
        axes = made.subplots()
        _draw(axes, order, pairs, trait, look, is_wide=is_wide)
        headline(made, title, note, look=look)
        _add_legend(made, pairs, look, n_columns=3 if is_wide else 1)
        return made


def _draw(
    axes: Axes,
    order: Sequence[str],
    pairs: Sequence[tuple[int, int, float]],
    trait: str,
    look: Theme,
    *,
    is_wide: bool,
) -> None:
    from matplotlib.patches import Rectangle

    style_axes(axes, look, grid="")
    axes.spines[:].set_visible(False)
    axes.set_xlim(-0.5, len(order) - 0.5)
    axes.set_ylim(len(order) - 0.5, -0.5)
    for row, column, probability in pairs:
        _, colour, strength = _step(probability)
        axes.add_patch(
            Rectangle(
                (column - 0.47, row - 0.46),
                0.94,
                0.92,
                facecolor=colour_of(look, colour),
                alpha=strength,
                edgecolor="none",
                in_layout=False,
            )
        )
    names = []
    for place, value in enumerate(order, start=1):
        number = f"{place}  "
        left = _ROOM[is_wide] - text_width(number, _NAMES)
        names.append(number + fitted_label(value_name(trait, value), left, _NAMES))
    axes.set_yticks(range(len(order)), names, fontsize=_NAMES)
    for mark in axes.get_yticklabels():
        mark.set_color(look.text)
    every = 1 if is_wide or len(order) <= 10 else 2
    shown = range(0, len(order), every)
    axes.set_xticks(shown, [str(place + 1) for place in shown], fontsize=LETTERS - 2)
    axes.set_xlabel("Place of the other value")


def _step(probability: float) -> tuple[str, str, float]:
    """Give words, colour and strength of the step of a probability."""
    return next(step[1:] for step in STEPS if probability >= step[0])


def _unsure(order: Sequence[str], pairs: Sequence[tuple[int, int, float]], trait: str) -> str:
    """Name the pairs that rather stand the other way."""
    against = [
        f"{value_name(trait, order[row])} before {value_name(trait, order[column])} "
        f"{100 * probability:.0f} %"
        for row, column, probability in pairs
        if probability < 0.5
    ]
    return f"Below 50 %: {'; '.join(against)}." if against else "No pair is below 50 %."


def _add_legend(
    made: Figure, pairs: Sequence[tuple[int, int, float]], look: Theme, *, n_columns: int
) -> None:
    from matplotlib.patches import Patch

    used = {_step(probability)[0] for _, _, probability in pairs}
    made.legend(
        handles=[
            Patch(facecolor=colour_of(look, colour), alpha=strength, edgecolor="none", label=words)
            for _, words, colour, strength in STEPS
            if words in used
        ],
        loc="outside lower left",
        ncols=n_columns,
    )
