"""Siblings beside parent and child, as texts lose what gives relatives away, or weights change.

What does not belong here: all other positions (``similarity``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from biome_pipeline.report.figures.similarity import counted
from biome_pipeline.report.style import LETTERS, WIDTH, figure, style_axes, styled
from biome_pipeline.report.titles import headline, say_empty

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from biome_pipeline.report.style import Theme

__all__ = ["MEASURES", "STEPS", "WEIGHTINGS", "gap_of", "ladder", "weightings"]

MEASURES = {"bow": "bag of words", "tfidf": "tf-idf", "levenshtein": "edit distance"}
"""Measures in words, in the order of figures."""

STEPS = {
    "all": "all (published)",
    "no_parent": "no parents",
    "no_bookkeeping": "no bookkeeping",
    "traits": "traits alone",
}
"""Steps of the ladder in words: what is left in the metadata."""

WEIGHTINGS = {"pair": "pair (published)", "parent": "parent", "family": "family"}
"""Weightings in words: what weighs the same."""

_ROW = 0.3  # height of a row, in inches
_HEADING = 0.9  # above the rows of a measure, in rows
# Markers and their sizes; the smaller one lies upon the other where means are equal.
_DOT, _SQUARE = ("o", 5.4), ("s", 8.0)
_PARENT_CHILD, _SIBLINGS = "u-v", "v-w"

Found = dict[tuple[str, str, str], "Mapping[str, Any]"]
"""Rows by measure, step or weighting, and position."""


def ladder(
    rows: pa.Table,
    note: str = "",
    *,
    empty: str = "Similarity was not computed",
    theme: str = "light",
    width: float = WIDTH,
) -> Figure:
    """Draw siblings beside parent and child at every step of the leakage ladder.

    Parameters
    ----------
    rows : pyarrow.Table
        Rows of ``similarity.summary`` of one graph, text and weighting, of the
        topology ``siblings``.
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
        For each measure a row for each step, the two means joined by a line.
    """
    title = "Siblings beside parent and child, step by step"
    return _compared(rows, "ablation", STEPS, title, note, empty=empty, theme=theme, width=width)


def weightings(
    rows: pa.Table,
    note: str = "",
    *,
    empty: str = "Similarity was not computed",
    theme: str = "light",
    width: float = WIDTH,
) -> Figure:
    """Draw siblings beside parent and child, with every weighting.

    Parameters
    ----------
    rows : pyarrow.Table
        Rows of ``similarity.summary`` of one graph, text and ablation, of the
        topology ``siblings``.
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
        For each measure a row for each weighting, the two means joined by a line.
    """
    title = "Siblings beside parent and child, by weight"
    return _compared(
        rows, "weighting", WEIGHTINGS, title, note, empty=empty, theme=theme, width=width
    )


def gap_of(
    siblings: Mapping[str, Any] | None, parent_child: Mapping[str, Any] | None
) -> float | None:
    """Give how much more alike siblings are than parent and child.

    Parameters
    ----------
    siblings, parent_child : mapping or None
        Rows with ``mean``.

    Returns
    -------
    float or None
        Difference of the means; None if either is not there.
    """
    if siblings is None or parent_child is None:
        return None
    if siblings["mean"] is None or parent_child["mean"] is None:
        return None
    return float(siblings["mean"] - parent_child["mean"])


def _compared(
    rows: pa.Table,
    column: str,
    words: Mapping[str, str],
    title: str,
    note: str,
    *,
    empty: str,
    theme: str,
    width: float,
) -> Figure:
    found: Found = {
        (row["measure"], row[column], row["position"]): row
        for row in rows.to_pylist()
        if row["topology"] == "siblings" and row["mean"] is not None
    }
    shown = [
        row for (measure, step, _), row in found.items() if measure in MEASURES and step in words
    ]
    measures = [name for name in MEASURES if any(row["measure"] == name for row in shown)]
    title = f"{title}, {counted(shown)}" if shown else title
    with styled(theme) as look:
        n_rows = len(measures) * (len(words) + _HEADING)
        made = figure(
            width,
            (2.1 if width >= WIDTH else 2.75) + _ROW * n_rows,
            theme=theme,
            description=f"{title}. {_told(found, measures, words)}.",
        )
        if not shown:
            return say_empty(made, title, empty, look)
        axes = made.subplots()
        style_axes(axes, look, grid="x")
        axes.spines[:].set_visible(False)
        axes.set_xlim(0, 1)
        axes.set_xlabel("Mean similarity (0 to 1)")
        at, names = [], []
        top = 0.0
        for measure in measures:
            inside = axes.get_yaxis_transform()
            axes.text(0, top + 0.6, MEASURES[measure], weight="bold", va="center", transform=inside)
            top += _HEADING
            for step, name in words.items():
                at.append(top + 0.5)
                names.append(name)
                _draw_step(
                    axes,
                    top + 0.5,
                    found.get((measure, step, _SIBLINGS)),
                    found.get((measure, step, _PARENT_CHILD)),
                    look,
                )
                top += 1
        axes.text(
            1.03,
            0.6,
            "gap",
            va="center",
            color=look.muted,
            fontsize=LETTERS - 1,
            transform=axes.get_yaxis_transform(),
        )
        axes.set_yticks(at, names)
        axes.set_ylim(top + 0.1, 0)
        headline(made, title, note, look=look)
        _add_legend(made, look, n_columns=2 if width >= WIDTH else 1)
        return made


def _draw_step(
    axes: Axes,
    at: float,
    siblings: Mapping[str, Any] | None,
    parent_child: Mapping[str, Any] | None,
    look: Theme,
) -> None:
    """Draw the two means of one row with their intervals, and write the gap beside."""
    beside = {
        "va": "center_baseline",
        "fontsize": LETTERS - 1,
        "transform": axes.get_yaxis_transform(),
    }
    gap = gap_of(siblings, parent_child)
    if gap is not None and siblings is not None and parent_child is not None:
        axes.plot([siblings["mean"], parent_child["mean"]], [at, at], color=look.muted, linewidth=1)
    axes.text(1.03, at, "none" if gap is None else f"{gap:+.3f}", **beside)  # type: ignore[arg-type]
    # The intervals stand a little apart, so that neither hides the other.
    for row, colour, (marker, size), aside in (
        (parent_child, look.second, _SQUARE, 0.17),
        (siblings, look.main, _DOT, -0.17),
    ):
        if row is None:
            continue
        low, high = _interval(row)
        if low is not None and high is not None:
            axes.plot([low, high], [at + aside] * 2, color=colour, linewidth=2, clip_on=False)
        axes.plot(
            row["mean"],
            at,
            linestyle="none",
            marker=marker,
            markersize=size,
            color=colour,
            clip_on=False,
            zorder=3,
        )


def _interval(row: Mapping[str, Any]) -> tuple[float | None, float | None]:
    """Give the interval over families: pairs of one family are no separate evidence."""
    if row["family_ci_low"] is not None and row["family_ci_high"] is not None:
        return row["family_ci_low"], row["family_ci_high"]
    # Where families or parents weigh the same, the first interval is over families too.
    return (None, None) if row["weighting"] == "pair" else (row["ci_low"], row["ci_high"])


def _add_legend(made: Figure, look: Theme, *, n_columns: int) -> None:
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], color=look.main, marker=_DOT[0], markersize=_DOT[1], linewidth=2),
        Line2D([], [], color=look.second, marker=_SQUARE[0], markersize=_SQUARE[1], linewidth=2),
    ]
    made.legend(
        handles,
        ["siblings (v-w)", "parent and child (u-v)"],
        loc="outside lower left",
        ncols=n_columns,
    )


def _told(found: Found, measures: list[str], words: Mapping[str, str]) -> str:
    told = []
    for measure in measures:
        for step, name in words.items():
            siblings, parent_child = (
                found.get((measure, step, position)) for position in (_SIBLINGS, _PARENT_CHILD)
            )
            gap = gap_of(siblings, parent_child)
            if gap is None or siblings is None or parent_child is None:
                continue
            told.append(
                f"{MEASURES[measure]}, {name}: siblings {siblings['mean']:.3f}, "
                f"parent and child {parent_child['mean']:.3f}, gap {gap:+.3f}"
            )
    return "; ".join(told) or "Nothing to show"
