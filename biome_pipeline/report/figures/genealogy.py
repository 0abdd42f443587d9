"""Figures of the schema ``genealogy``: families, their growth, dates and sizes.

What does not belong here: where a model stands in a tree (``layered``), and
colours and letters (``report.style``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from biome_pipeline.report.figures.layered import layered_positions
from biome_pipeline.report.style import (
    WIDTH,
    figure,
    headline,
    label,
    say_empty,
    style_axes,
    styled,
)
from biome_pipeline.vocabulary.relations import RELATIONS

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
_LINES = ("-", "--", ":")  # for series after the last colour
_STEEP = 30  # times the median from which on a scale is logarithmic
_VECTORS = 2_000  # edges from which on they are saved as pixels


def largest_families(trees: Sequence[FamilyTree], *, theme: str = "light") -> Figure:
    """Draw families as layered trees side by side.

    Redraws figure 1 of arXiv 2508.06811: founders on top, a layer for each
    generation, an edge coloured by its relation.

    Parameters
    ----------
    trees : sequence of FamilyTree
        The families, in the order to draw them.
    theme : str
        A key of :data:`~biome_pipeline.report.style.THEMES`.

    Returns
    -------
    matplotlib.figure.Figure
        A panel for each family, three in a row.
    """
    with styled(theme) as look:
        n_models = sum(tree.n_models for tree in trees)
        what = "The largest family" if len(trees) == 1 else f"The {len(trees)} largest families"
        n_rows = max(-(-len(trees) // _PANELS), 1)
        made = figure(
            WIDTH,
            0.9 + 3.7 * n_rows,
            theme=theme,
            description=f"{what} as layered trees, edges coloured by relation: "
            + "; ".join(f"{label(t.root_id, 96)}, {t.n_models:,} models" for t in trees),
        )
        if not trees:
            return say_empty(made, "The largest families", "No family in this snapshot", look)
        headline(
            made,
            f"{what} of {trees[0].snapshot}, n = {n_models:,} models",
            "Each line is a model made from another; founders on top",
        )
        panels = made.subplots(n_rows, min(len(trees), _PANELS), squeeze=False).ravel()
        for panel in panels[len(trees) :]:
            panel.set_axis_off()
        for panel, tree in zip(panels, trees, strict=False):
            _draw_tree(panel, tree, look)
        panels[0].set_ylabel("Generation")
        _relation_legend(made, trees, look)
        return made


def growth_curves(growth: pa.Table, labels: Mapping[int, str], *, theme: str = "light") -> Figure:
    """Draw the size of the ten largest families over time.

    Parameters
    ----------
    growth : pyarrow.Table
        ``family_id``, ``month``, ``n_models_cumulative`` of one graph.
    labels : mapping of int to str
        Root of each family.
    theme : str
        A key of :data:`~biome_pipeline.report.style.THEMES`.

    Returns
    -------
    matplotlib.figure.Figure
        A line for each family, named at its end.
    """
    family = growth["family_id"].to_numpy()
    month = _months(growth)
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
            WIDTH,
            4.8,
            theme=theme,
            description="Cumulative number of models of the largest families by month: "
            + "; ".join(f"{labels.get(c[1], f'family {c[1]}')}, {c[0]:,} models" for c in curves),
        )
        if not curves:
            return say_empty(
                made, "Growth of the largest families", "No family in this snapshot", look
            )
        axes = made.subplots()
        style_axes(axes, look)
        for number, (_, _, months, sizes) in enumerate(curves):
            colour, dash = _series(look, number)
            axes.plot(months, sizes, color=colour, linestyle=dash, linewidth=1.8)
        is_log = _is_steep([curve[0] for curve in curves])
        top = curves[0][0]
        if is_log:
            axes.set_yscale("log")
            axes.set_ylim(0.8, top * 1.4)
        else:
            axes.set_ylim(0, top * 1.06)
        _month_axis(axes, min(c[2][0] for c in curves), max(c[2][-1] for c in curves))
        _count_axis(axes, "Models, cumulative", is_log=is_log)
        names = [labels.get(curve[1], f"family {curve[1]}") for curve in curves]
        _name_ends(axes, [(c[2][-1], c[0], n) for c, n in zip(curves, names, strict=True)], look)
        many = f"the {len(curves)} largest families" if len(curves) > 1 else "the largest family"
        headline(
            made,
            f"Growth of {many}, n = {n_models:,} models",
            "Models with a known creation date; a line is named after its root",
        )
        return made


def creation_histogram(creations: pa.Table, *, theme: str = "light") -> Figure:
    """Draw how many models were created in each month.

    Parameters
    ----------
    creations : pyarrow.Table
        ``month``, ``n_models``, ``n_related``, ``n_backfilled``.
    theme : str
        A key of :data:`~biome_pipeline.report.style.THEMES`.

    Returns
    -------
    matplotlib.figure.Figure
        A bar for each month, the part with relatives in another colour, and
        backfilled dates hatched.
    """
    month = _months(creations)
    counts = {
        name: creations[name].to_numpy() for name in ("n_models", "n_related", "n_backfilled")
    }
    n = {name: int(count.sum()) for name, count in counts.items()}
    with styled(theme) as look:
        made = figure(
            WIDTH,
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
        is_log = _is_steep(counts["n_models"])
        if is_log:
            axes.set_yscale("log")
            axes.set_ylim(0.7, counts["n_models"].max() * 1.5)
        _month_axis(axes, int(month.min()), int(month.max()), margin=0.8)
        _count_axis(axes, "Models created", is_log=is_log)
        headline(
            made,
            f"Models created by month, n = {n['n_models']:,}",
            f"{n['n_related']:,} of them ({n['n_related'] / n['n_models']:.0%})"
            " have a parent or a child",
        )
        made.legend(loc="outside lower left", ncols=2)
        return made


def family_sizes(families: pa.Table, *, theme: str = "light") -> Figure:
    """Draw how large and how deep families are.

    Parameters
    ----------
    families : pyarrow.Table
        ``n_models``, ``depth``, one row per family of one graph.
    theme : str
        A key of :data:`~biome_pipeline.report.style.THEMES`.

    Returns
    -------
    matplotlib.figure.Figure
        Size against rank on logarithmic scales, beside a bar for each depth.
    """
    size = np.sort(families["n_models"].to_numpy())[::-1]
    depth = families["depth"].to_numpy()
    with styled(theme) as look:
        made = figure(
            WIDTH,
            4.0,
            theme=theme,
            description=f"Sizes of {size.size:,} families by rank, and number of families by depth."
            + (f" The largest has {size[0]:,} models." if size.size else ""),
        )
        if not size.size:
            return say_empty(made, "Size and depth of families", "No family in this snapshot", look)
        left, right = made.subplots(1, 2)
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
        _count_axis(left, "Models of the family", is_log=True)
        _count_axis(left, "Rank of the family", is_log=True, axis="x")

        style_axes(right, look)
        levels, n_families = np.unique(depth, return_counts=True)
        right.bar(levels, n_families, color=look.main, width=0.8)
        is_log = _is_steep(n_families)
        if is_log:
            right.set_yscale("log")
            right.set_ylim(0.7, n_families.max() * 2.2)
        else:
            right.set_ylim(0, n_families.max() * 1.12)
        _integer_axis(right.xaxis)
        right.set_xlim(levels.min() - 0.6, levels.max() + 0.6)
        if levels.size <= 6:
            for level, n in zip(levels.tolist(), n_families.tolist(), strict=True):
                right.text(level, n, f"{n:,}", ha="center", va="bottom", color=look.muted)
        right.set_xlabel("Depth, in generations after the founders")
        _count_axis(right, "Families", is_log=is_log)
        headline(
            made,
            f"Size and depth of families, n = {size.size:,} families",
            f"{int(size.sum()):,} models; the largest family has {size[0]:,}, "
            f"the median family {np.median(size):,.0f}",
        )
        return made


def _draw_tree(axes: Axes, tree: FamilyTree, look: Theme) -> None:
    from matplotlib.collections import LineCollection

    x, y = layered_positions(tree)
    relation = np.array(tree.relation)
    n_edges = relation.size
    style_axes(axes, look, grid="")
    axes.spines[:].set_visible(False)
    # The more edges, the fainter each: what is dense should be dark, and no darker.
    faint = float(np.clip(12 / np.sqrt(max(n_edges, 1)), 0.12, 0.9))
    thin = float(np.clip(16 / np.sqrt(max(n_edges, 1)), 0.35, 1.6))
    names, counts = np.unique(relation, return_counts=True)
    # Rare relations are drawn last, over the others.
    for name in names[np.argsort(-counts, kind="stable")].tolist():
        edges = relation == name
        ends = np.stack(
            [
                np.column_stack((x[node], y[node]))
                for node in (tree.parent[edges], tree.child[edges])
            ],
            axis=1,
        )
        axes.add_collection(
            LineCollection(
                list(ends),
                colors=look.relations[name],
                linewidths=thin,
                alpha=faint,
                rasterized=n_edges > _VECTORS,
                gid=f"{name}",
            )
        )
    dot = float(np.clip(700 / tree.n_models, 0.4, 22))
    axes.scatter(
        x, y, s=dot, color=look.text, linewidths=0, zorder=3, rasterized=n_edges > _VECTORS
    )
    root = tree.place[tree.root_id]
    axes.scatter(
        x[root],
        y[root],
        s=48,
        color=look.background,
        edgecolors=look.text,
        zorder=4,
        linewidths=1.6,
    )
    axes.set_xlim(-0.04, 1.04)
    axes.set_ylim(tree.depth + 0.45, -0.25)
    axes.set_xticks([])
    _integer_axis(axes.yaxis)
    axes.set_title(_title_of(tree), loc="left", linespacing=1.3)


def _title_of(tree: FamilyTree) -> str:
    """Give the root on two lines, as panels are narrow, then size and depth."""
    owner, slash, name = tree.root_id.partition("/")
    lines = [label(owner + slash, 24), label(name, 24)] if slash else ["", label(owner, 24)]
    return "\n".join([*lines, f"n = {tree.n_models:,}, depth {tree.depth:,}"])


def _relation_legend(made: Figure, trees: Sequence[FamilyTree], look: Theme) -> None:
    from matplotlib.lines import Line2D

    n_edges = {name: sum(t.relation.count(name) for t in trees) for name in RELATIONS}
    handles = [
        Line2D([], [], color=look.relations[name], linewidth=3, label=f"{name} ({n:,})")
        for name, n in n_edges.items()
        if n
    ]
    made.legend(handles=handles, loc="outside lower left", ncols=_PANELS)


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
    gap = 0.072
    place = _spread(at, gap)
    for number, ((_, size, name), end, height) in enumerate(zip(ends, at, place, strict=True)):
        colour, dash = _series(look, number)
        axes.plot(
            [1.005, 1.035, 1.075],
            [end, height, height],
            color=colour,
            linestyle=dash,
            linewidth=1.5,
            clip_on=False,
            transform=axes.transAxes,
        )
        text = f"{size:,}  {label(name, 26)}"
        axes.text(1.085, height, text, va="center", transform=axes.transAxes, fontsize=8.5)


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


def _months(table: pa.Table) -> npt.NDArray[np.int64]:
    """Give the column ``month`` as months since January 1970."""
    return table["month"].to_numpy().astype("datetime64[M]").astype(np.int64)


def _month_axis(axes: Axes, first: int, last: int, margin: float = 0.0) -> None:
    """Mark years, or months where there are few of them."""
    step = next(s for s in (1, 2, 3, 6, 12, 24, 60, 120, 1200) if (last - first) // s < 8)
    ticks = [month for month in range(first, last + 1) if month % step == 0] or [first]
    texts = [
        f"{1970 + t // 12}" if step >= 12 else f"{1970 + t // 12}-{t % 12 + 1:02}" for t in ticks
    ]
    axes.set_xticks(ticks, texts)
    axes.set_xlim(first - max(margin, 0.2), last + max(margin, 0.2))
    axes.set_xlabel("January of the year, UTC" if step >= 12 else "Month, UTC")


def _count_axis(axes: Axes, text: str, *, is_log: bool, axis: str = "y") -> None:
    """Write whole numbers with separators, and say if the scale is logarithmic."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    scale = axes.yaxis if axis == "y" else axes.xaxis
    if is_log:
        scale.set_major_locator(LogLocator(numticks=8))
        scale.set_minor_formatter(NullFormatter())
    else:
        _integer_axis(scale)
    scale.set_major_formatter(FuncFormatter(lambda count, _: f"{count:,.0f}"))
    scale.set_label_text(f"{text} (log scale)" if is_log else text)


def _integer_axis(scale: Any) -> None:  # an axis of x or y
    from matplotlib.ticker import MaxNLocator

    scale.set_major_locator(MaxNLocator(nbins=6, integer=True))


def _is_steep(counts: Any) -> bool:  # numbers in a list or an array
    positive = np.asarray(counts)[np.asarray(counts) > 0]
    return bool(positive.max() > _STEEP * np.median(positive))
