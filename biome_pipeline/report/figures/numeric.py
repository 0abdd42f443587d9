"""Numbers of parents beside those of their children, by relation and by weight.

What does not belong here: ratios of the two, which need no arrows (``report.site``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from biome_pipeline.report.figures.marks import PUBLISHED, colour_of
from biome_pipeline.report.style import LETTERS, WIDTH, figure, style_axes, styled
from biome_pipeline.report.titles import headline, note_height, say_empty
from biome_pipeline.vocabulary.relations import RELATIONS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from biome_pipeline.report.style import Theme

__all__ = ["WEIGHTINGS", "parent_child_means"]

WEIGHTINGS = {
    "edge": "every edge weighs the same (published)",
    "parent": "every parent weighs the same",
}
"""Weightings in words."""

_ORDER = ("all", *RELATIONS)
_ROW = 0.44  # height of a relation, in inches
_ASIDE = 0.17  # from an arrow to the intervals of its ends, in rows
_BELOW = 0.36  # from an arrow to the published one


def parent_child_means(
    rows: pa.Table,
    what: str,
    unit: str,
    note: str = "",
    *,
    is_share: bool = False,
    empty: str = "No model has a parent",
    theme: str = "light",
    width: float = WIDTH,
) -> Figure:
    """Draw the mean of parents and of children as an arrow for each relation.

    Redraws figure 9 of arXiv 2508.06811: a line for each relation from parent to
    child, the overall one dashed; beside it the same with every parent weighing
    the same.

    Parameters
    ----------
    rows : pyarrow.Table
        Rows of ``drift.numeric`` of one graph and attribute.
    what, unit : str
        Title, and what the scale measures.
    note : str
        What a reader has to know.
    is_share : bool
        Whether the number is a probability, written in percent.
    empty : str
        Why there is nothing to draw, if there is nothing.
    theme : str
        A key of :data:`~biome_pipeline.report.style.THEMES`.
    width : float
        Width in inches, either of the two of ``report.style``.

    Returns
    -------
    matplotlib.figure.Figure
        A panel for each weighting, side by side; on a narrow figure one above
        the other.
    """
    is_wide = width >= WIDTH
    found = {
        (row["weighting"], row["relation"]): row
        for row in rows.to_pylist()
        if row["mean_parent"] is not None
    }
    relations = [name for name in _ORDER if ("edge", name) in found]
    n_edges = found["edge", "all"]["n"] if ("edge", "all") in found else 0
    title = f"{what}, n = {n_edges:,} edges"
    with styled(theme) as look:
        n_panels = 1 if is_wide else 2
        made = figure(
            width,
            (1.7 if is_wide else 2.8) + n_panels * _ROW * len(relations) + note_height(note, width),
            theme=theme,
            description=f"{title}. {_told(found, relations, is_share=is_share)}.",
        )
        if not relations:
            return say_empty(made, what, empty, look)
        grid = (1, 2) if is_wide else (2, 1)
        panels = made.subplots(*grid, sharex=True, sharey=True).ravel()
        for panel, (weighting, words) in zip(panels, WEIGHTINGS.items(), strict=True):
            style_axes(panel, look, grid="x")
            panel.spines[:].set_visible(False)
            panel.set_title(
                words[0].upper() + words[1:], loc="left", fontsize=LETTERS - 1, color=look.text
            )
            for place, name in enumerate(relations):
                row = found.get((weighting, name))
                if row is not None:
                    _draw_arrow(panel, place, row, look)
        _scales(panels, found, relations, unit, is_share=is_share)
        headline(made, title, note, look=look)
        has_published = any(row["published_mean_parent"] is not None for row in found.values())
        _add_legend(made, look, is_wide=is_wide, has_published=has_published)
        return made


def _draw_arrow(axes: Axes, place: int, row: Mapping[str, Any], look: Theme) -> None:
    colour = colour_of(look, "text" if row["relation"] == "all" else row["relation"])
    dash = "--" if row["relation"] == "all" else "-"
    parent, child = row["mean_parent"], row["mean_child"]
    axes.plot([parent, child], [place, place], color=colour, linewidth=1.6, linestyle=dash)
    axes.plot(parent, place, marker="|", markersize=10, markeredgewidth=2.2, color=colour)
    sign = ">" if child > parent else "<" if child < parent else "o"
    axes.plot(child, place, marker=sign, markersize=7, color=colour, clip_on=False, zorder=3)
    for end, aside in (("mean_parent", -_ASIDE), ("mean_child", _ASIDE)):
        low, high = row[f"{end}_ci_low"], row[f"{end}_ci_high"]
        if low is not None and high is not None:
            at = [place + aside] * 2
            axes.plot([low, high], at, color=colour, linewidth=2.6, alpha=0.5, clip_on=False)
    theirs = [row["published_mean_parent"], row["published_mean_child"]]
    if None not in theirs:
        at = [place + _BELOW] * 2
        axes.plot(theirs, at, color=look.muted, linewidth=0.8, linestyle=":")
    for value, sign in zip(theirs, ("|", PUBLISHED.marker), strict=True):
        if value is not None:
            axes.plot(
                value,
                place + _BELOW,
                marker=sign,
                markersize=7 if sign == "|" else 4.4,
                markerfacecolor=look.background,
                markeredgecolor=look.text,
                markeredgewidth=1.1,
                clip_on=False,
                zorder=3,
            )


def _scales(
    panels: Sequence[Axes],
    found: Mapping[tuple[str, str], Mapping[str, Any]],
    relations: Sequence[str],
    unit: str,
    *,
    is_share: bool,
) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    first = panels[0]
    names = [
        f"{'all relations' if name == 'all' else name}\nn = {found['edge', name]['n']:,}"
        for name in relations
    ]
    first.set_yticks(range(len(relations)), names, linespacing=1.15)
    first.set_ylim(len(relations) - 0.4, -0.6)
    first.set_xlim(left=0)
    low, high = first.get_xlim()
    first.set_xlim(low, min(high, 1.02) if is_share else high)
    first.xaxis.set_major_locator(MaxNLocator(nbins=5, steps=[1, 2, 2.5, 5, 10]))
    first.xaxis.set_major_formatter(
        FuncFormatter((lambda v, _: f"{100 * v:.3g} %") if is_share else (lambda v, _: f"{v:,.6g}"))
    )
    for panel in panels if panels[0].get_subplotspec().is_last_row() else panels[-1:]:  # type: ignore[union-attr]
        panel.set_xlabel(unit)


def _add_legend(made: Figure, look: Theme, *, is_wide: bool, has_published: bool) -> None:
    from matplotlib.legend_handler import HandlerTuple
    from matplotlib.lines import Line2D

    neutral: dict[str, Any] = {"color": look.muted, "linestyle": "none"}
    hollow: dict[str, Any] = {
        "linestyle": "none",
        "markerfacecolor": look.background,
        "markeredgecolor": look.text,
    }
    handles: list[tuple[Any, str]] = [
        (Line2D([], [], marker="|", markersize=10, markeredgewidth=2.2, **neutral), "parents"),
        (Line2D([], [], marker=">", markersize=7, **neutral), "children"),
        (
            Line2D([], [], color=look.muted, linewidth=2.6, alpha=0.5),
            "95 % interval over families",
        ),
    ]
    if has_published:
        signs = (
            Line2D([], [], marker="|", markersize=7, **hollow),
            Line2D([], [], marker=PUBLISHED.marker, markersize=4.4, **hollow),
        )
        handles.append((signs, PUBLISHED.words))
    made.legend(
        *zip(*handles, strict=True),
        loc="outside lower left",
        ncols=2 if is_wide else 1,
        handler_map={tuple: HandlerTuple(ndivide=None, pad=0.3)},
    )


def _told(
    found: Mapping[tuple[str, str], Mapping[str, Any]],
    relations: Sequence[str],
    *,
    is_share: bool,
) -> str:
    def said(value: float) -> str:
        return f"{100 * value:.1f} %" if is_share else f"{value:,.4g}"

    told = []
    for weighting, words in WEIGHTINGS.items():
        own = []
        for name in relations:
            row = found.get((weighting, name))
            if row is not None:
                own.append(
                    f"{'all relations' if name == 'all' else name} (n = {row['n']:,}) from "
                    f"{said(row['mean_parent'])} to {said(row['mean_child'])}"
                )
        told.append(f"If {words}: {'; '.join(own)}")
    return ". ".join(told) if relations else "Nothing to show"
