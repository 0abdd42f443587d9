"""Figures of the schema ``genealogy``: families, their growth, dates and sizes.

What does not belong here: how one tree is drawn (``layered``), colours and
letters (``report.style``), and scales (``report.scales``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from biome_pipeline.report.figures.layered import draw_tree, relation_legend
from biome_pipeline.report.labels import fitted_label, label, text_width
from biome_pipeline.report.scales import (
    count_axis,
    integer_axis,
    is_steep,
    month_axis,
    months,
    percent,
)
from biome_pipeline.report.style import (
    LETTERS,
    TITLE,
    WIDTH,
    figure,
    style_axes,
    styled,
)
from biome_pipeline.report.titles import headline, say_empty

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt
    import pyarrow as pa
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from biome_pipeline.genealogy.lineage import FamilyTree
    from biome_pipeline.report.style import Theme

__all__ = ["creation_histogram", "family_sizes", "growth_curves", "largest_families"]

_PANELS = 3  # side by side
_FAMILIES = 10  # lines of growth
_FEW_TICKS = 5  # dates on a scale of half the width
_SCALE = 30  # points beside a tree for the numbers of its generations
_NAMES = 150  # points for the names beside lines of growth
_LINES = ("-", "--", ":")  # for series after the last colour


def largest_families(
    trees: Sequence[FamilyTree],
    *,
    most: int | None = None,
    theme: str = "light",
    width: float = WIDTH,
) -> Figure:
    """Draw families as layered trees side by side.

    Redraws figure 1 of arXiv 2508.06811: founders on top, a layer for each
    generation, an edge coloured by its relation.

    Parameters
    ----------
    trees : sequence of FamilyTree
        The families, in the order to draw them.
    most : int or None
        Models of the largest family that could be drawn; None if no family was
        left out for its size.
    theme : str
        A key of :data:`~biome_pipeline.report.style.THEMES`.
    width : float
        Width in inches, either of the two of ``report.style``.

    Returns
    -------
    matplotlib.figure.Figure
        A panel for each family, three in a row.
    """
    with styled(theme) as look:
        n_models = sum(tree.n_models for tree in trees)
        what = f"The {len(trees)} largest families"
        if len(trees) == 1:
            room = 72 * width - LETTERS
            root = fitted_label(trees[0].root_id, 0.9 * room, TITLE, is_bold=True)
            what = f"The family of {root}"
        elif most is not None:
            what = f"{what} of at most {most:,} models"
        n_panels = _PANELS if width >= WIDTH else 1
        n_rows = max(-(-len(trees) // n_panels), 1)
        made = figure(
            width,
            0.9 + 3.7 * n_rows,
            theme=theme,
            description=f"{what} as layered trees, edges coloured by relation: "
            + "; ".join(f"{label(t.root_id, 96)}, {t.n_models:,} models" for t in trees),
        )
        if not trees:
            return say_empty(made, "The largest families", "No family in this snapshot", look)
        headline(
            made,
            f"{what} on {trees[0].snapshot}, n = {n_models:,} models",
            "Each line is a model made from another; founders on top",
            look=look,
        )
        panels = made.subplots(n_rows, min(len(trees), n_panels), squeeze=False).ravel()
        for panel in panels[len(trees) :]:
            panel.set_axis_off()
        for panel, tree in zip(panels, trees, strict=False):
            draw_tree(panel, tree, look, room=72 * width / n_panels - _SCALE)
        panels[0].set_ylabel("Generation")
        relation_legend(made, trees, look, ncols=n_panels if width >= WIDTH else 2)
        return made


def growth_curves(
    growth: pa.Table, labels: Mapping[int, str], *, theme: str = "light", width: float = WIDTH
) -> Figure:
    """Draw the size of the ten largest families over time.

    Parameters
    ----------
    growth : pyarrow.Table
        ``family_id``, ``month``, ``n_models_cumulative`` of one graph.
    labels : mapping of int to str
        Root of each family.
    theme : str
        A key of :data:`~biome_pipeline.report.style.THEMES`.
    width : float
        Width in inches, either of the two of ``report.style``.

    Returns
    -------
    matplotlib.figure.Figure
        A line for each family, named at its end.
    """
    family = growth["family_id"].to_numpy()
    month = months(growth)
    size = growth["n_models_cumulative"].to_numpy()
    curves = []
    for family_id in np.unique(family).tolist():
        rows = np.flatnonzero(family == family_id)
        rows = rows[np.argsort(month[rows])]
        curves.append((int(size[rows[-1]]), family_id, month[rows], size[rows]))
    curves = sorted(curves, key=lambda curve: (-curve[0], curve[1]))[:_FAMILIES]
    n_models = sum(curve[0] for curve in curves)
    with styled(theme) as look:
        made = figure(
            width,
            # A narrow figure names its lines below, one under the other.
            4.8 if width >= WIDTH else 4.0 + 0.22 * len(curves),
            theme=theme,
            description="Cumulative number of models of the largest families by month, at the end: "
            + "; ".join(
                f"{label(labels.get(c[1], f'family {c[1]}'), 96)}, {c[0]:,} models" for c in curves
            ),
        )
        if not curves:
            return say_empty(
                made, "Growth of the largest families", "No family in this snapshot", look
            )
        axes = made.subplots()
        style_axes(axes, look)
        for number, (_, _, dates, sizes) in enumerate(curves):
            colour, dash = _series(look, number)
            axes.plot(dates, sizes, color=colour, linestyle=dash, linewidth=1.8)
            # Beside a narrow scale there is no room for names.
            if width < WIDTH:
                root = labels.get(curves[number][1], f"family {curves[number][1]}")
                count = f"{curves[number][0]:,}"
                left = 72 * width - 60 - text_width(count, LETTERS)
                axes.lines[-1].set_label(f"{count}  {fitted_label(root, left, LETTERS)}")
        is_log = is_steep(np.array([curve[0] for curve in curves]))
        top = curves[0][0]
        if is_log:
            axes.set_yscale("log")
            axes.set_ylim(0.8, top * 1.4)
        else:
            axes.set_ylim(0, top * 1.06)
        # Names beside the scale, or a narrow figure, leave room for few dates.
        first, last = min(c[2][0] for c in curves), max(c[2][-1] for c in curves)
        month_axis(axes, first, last, most_ticks=_FEW_TICKS)
        count_axis(axes.yaxis, "Models, cumulative", is_log=is_log)
        names = [labels.get(curve[1], f"family {curve[1]}") for curve in curves]
        if width < WIDTH:
            made.legend(loc="outside lower left")
        else:
            ends = [(c[2][-1], c[0], n) for c, n in zip(curves, names, strict=True)]
            _name_ends(axes, ends, look)
        many = f"the {len(curves)} largest families" if len(curves) > 1 else "the largest family"
        headline(
            made,
            f"Growth of {many}, n = {n_models:,} models",
            "Models with a known creation date; a line is named after its root",
            look=look,
        )
        return made


def creation_histogram(
    creations: pa.Table, *, theme: str = "light", width: float = WIDTH
) -> Figure:
    """Draw how many models were created in each month.

    Parameters
    ----------
    creations : pyarrow.Table
        ``month``, ``n_models``, ``n_related``, ``n_backfilled``.
    theme : str
        A key of :data:`~biome_pipeline.report.style.THEMES`.
    width : float
        Width in inches, either of the two of ``report.style``.

    Returns
    -------
    matplotlib.figure.Figure
        A bar for each month, the part with relatives in another colour, and
        backfilled dates hatched.
    """
    month = months(creations)
    counts = {
        name: creations[name].to_numpy() for name in ("n_models", "n_related", "n_backfilled")
    }
    n = {name: int(count.sum()) for name, count in counts.items()}
    with styled(theme) as look:
        made = figure(
            width,
            4.2,
            theme=theme,
            description=f"Histogram of the months in which {n['n_models']:,} models were created; "
            f"{n['n_related']:,} of them have relatives; "
            f"{n['n_backfilled']:,} have a backfilled date.",
        )
        if not n["n_models"]:
            return say_empty(
                made, "Models created by month", "No creation date in this snapshot", look
            )
        axes = made.subplots()
        style_axes(axes, look)
        bars: dict[str, Any] = {"width": 0.86, "linewidth": 0}
        axes.bar(month, counts["n_models"], color=look.main, label="All models", **bars)
        axes.bar(
            month, counts["n_related"], color=look.second, label="With a parent or child", **bars
        )
        is_backfilled = counts["n_backfilled"] > 0
        if is_backfilled.any():
            axes.bar(
                month[is_backfilled],
                counts["n_backfilled"][is_backfilled],
                width=0.86,
                facecolor="none",
                edgecolor=look.text,
                hatch="////",
                linewidth=0.8,
                label=f"Date backfilled: created then or before (n = {n['n_backfilled']:,})",
            )
        is_log = is_steep(counts["n_models"])
        if is_log:
            axes.set_yscale("log")
            axes.set_ylim(0.7, counts["n_models"].max() * 1.5)
        ticks = {} if width >= WIDTH else {"most_ticks": _FEW_TICKS}
        month_axis(axes, int(month.min()), int(month.max()), margin=0.8, **ticks)
        count_axis(axes.yaxis, "Models created", is_log=is_log)
        headline(
            made,
            f"Models created by month, n = {n['n_models']:,}",
            f"{n['n_related']:,} of them ({percent(n['n_related'] / n['n_models'])})"
            " have a parent or a child",
            look=look,
        )
        made.legend(loc="outside lower left", ncols=2 if width >= WIDTH else 1)
        return made


def family_sizes(families: pa.Table, *, theme: str = "light", width: float = WIDTH) -> Figure:
    """Draw how large and how deep families are.

    Parameters
    ----------
    families : pyarrow.Table
        ``n_models``, ``depth``, one row per family of one graph.
    theme : str
        A key of :data:`~biome_pipeline.report.style.THEMES`.
    width : float
        Width in inches, either of the two of ``report.style``.

    Returns
    -------
    matplotlib.figure.Figure
        Size against rank on logarithmic scales, beside a bar for each depth.
    """
    size = np.sort(families["n_models"].to_numpy())[::-1]
    depth = families["depth"].to_numpy()
    with styled(theme) as look:
        made = figure(
            width,
            4.0 if width >= WIDTH else 7.0,
            theme=theme,
            description=f"Sizes of {size.size:,} families by rank, and number of families by depth."
            + (
                f" The largest has {size[0]:,} models, the median {np.median(size):,.0f}; "
                f"the deepest has {depth.max():,} generations."
                if size.size
                else ""
            ),
        )
        if not size.size:
            return say_empty(made, "Size and depth of families", "No family in this snapshot", look)
        left, right = made.subplots(1, 2) if width >= WIDTH else made.subplots(2, 1)
        style_axes(left, look, grid="both")
        rank = np.arange(1, size.size + 1)
        # Of a run of families of one size, its two ends draw the same line.
        is_end = np.ones(size.size, dtype=np.bool_)
        is_end[1:-1] = (size[1:-1] != size[:-2]) | (size[1:-1] != size[2:])
        left.plot(rank[is_end], size[is_end], color=look.main, marker="o", markersize=3)
        left.set_xscale("log")
        left.set_yscale("log")
        left.set_xlim(0.8, size.size * 1.4)
        left.set_ylim(1.6, size[0] * 1.6)
        count_axis(left.yaxis, "Models of the family", is_log=True)
        count_axis(left.xaxis, "Rank of the family", is_log=True)

        levels, n_families = np.unique(depth, return_counts=True)
        is_numbered = levels.size <= 6
        style_axes(right, look, grid="" if is_numbered else "y")
        right.bar(levels, n_families, color=look.main, width=0.8)
        is_log = is_steep(n_families)
        if is_log:
            right.set_yscale("log")
            right.set_ylim(0.7, n_families.max() * 2.2)
        else:
            right.set_ylim(0, n_families.max() * 1.12)
        if levels.max() - levels.min() < 12:
            right.set_xticks(range(int(levels.min()), int(levels.max()) + 1))
        else:
            integer_axis(right.xaxis)
        right.set_xlim(levels.min() - 0.6, levels.max() + 0.6)
        if is_numbered:
            for level, n in zip(levels.tolist(), n_families.tolist(), strict=True):
                right.text(level, n, f"{n:,}", ha="center", va="bottom", color=look.muted)
        right.set_xlabel("Depth, in generations")
        count_axis(right.yaxis, "Families", is_log=is_log)
        noun = "family" if size.size == 1 else "families"
        headline(
            made,
            f"Size and depth of families, n = {size.size:,} {noun}",
            f"{int(size.sum()):,} models; the largest family has {size[0]:,}, "
            f"the median family {np.median(size):,.0f}",
            look=look,
        )
        return made


def _series(look: Theme, number: int) -> tuple[str, str]:
    turn, place = divmod(number, len(look.series))
    return look.series[place], _LINES[turn % len(_LINES)]


def _name_ends(axes: Axes, ends: list[tuple[int, int, str]], look: Theme) -> None:
    """Name lines at their ends, right of the scale, without overlap.

    Places are in shares of the height: an end where its line ends, and its name
    there or as far off as its neighbours push it.
    """
    to_share = axes.transScale + axes.transLimits
    at = np.array([to_share.transform((month, size))[1] for month, size, _ in ends])
    gap = 0.074
    place = _spread(at, gap)
    for number, ((_, size, name), end, height) in enumerate(zip(ends, at, place, strict=True)):
        colour, _ = _series(look, number)
        axes.plot(
            [1.0, 1.04, 1.075],
            [end, height, height],
            color=colour,
            linewidth=1.0,
            clip_on=False,
            transform=axes.transAxes,
        )
        text = f"{size:,}  {fitted_label(name, _NAMES, 9.2)}"
        axes.text(1.085, height, text, va="center", transform=axes.transAxes, fontsize=9.2)


def _spread(at: npt.NDArray[np.float64], gap: float) -> npt.NDArray[np.float64]:
    """Move descending heights apart to at least `gap`, as little as a pass each way takes."""
    place = at.copy()
    for number in range(1, place.size):
        place[number] = min(place[number], place[number - 1] - gap)
    floor = 0.0
    for number in reversed(range(place.size)):
        place[number] = max(place[number], floor)
        floor = place[number] + gap
    return place
