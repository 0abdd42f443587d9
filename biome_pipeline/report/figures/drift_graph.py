"""The values of a trait in their best order, and the drifts between them.

What does not belong here: how well the order explains them (``shares``), and how
sure each pair is (``precedence``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from biome_pipeline.report.figures.marks import PUBLISHED, colour_of
from biome_pipeline.report.figures.trait_classes import CLASSES, class_of, value_name
from biome_pipeline.report.labels import fitted_label, text_width
from biome_pipeline.report.scales import percent
from biome_pipeline.report.style import WIDTH, figure, style_axes, styled
from biome_pipeline.report.titles import headline, note_height, say_empty

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.path import Path

    from biome_pipeline.report.style import Theme

__all__ = ["drift_graph"]

_ROW = 0.27  # height of a value, in inches
_NAMES = 9.2  # size of names in points
_WIDEST = 7.0  # points of the arrow with most traffic
_THINNEST = 0.5
_LARGEST = 12.5  # points across the value with most models
_SMALLEST = 3.0
_ROOM = {True: 176.0, False: 124.0}  # points for names, on a wide and a narrow figure
_BELOW = 0.27  # from a place to the published one, in rows
_BACK = 0.38  # reach of arrows against the order, in that of the others
_MOST_TOLD = 6  # drifts that the description names


@dataclass(frozen=True)
class _Drift:
    """An arrow: from one place of the order to another."""

    source: int
    target: int
    traffic: int

    @property
    def is_forward(self) -> bool:
        return self.source < self.target


def drift_graph(
    order: pa.Table,
    transitions: pa.Table,
    trait: str,
    what: str,
    note: str = "",
    *,
    empty: str = "No order was made",
    theme: str = "light",
    width: float = WIDTH,
) -> Figure:
    """Draw a drift graph with its values from above in their best order.

    Redraws figures 8, 10 and 11 of arXiv 2508.06811, with the places that each
    value takes when families are resampled beside it.

    Parameters
    ----------
    order : pyarrow.Table
        Rows of ``drift.orderings`` of one graph, trait, number of values and
        objective.
    transitions : pyarrow.Table
        Rows of ``drift.transitions`` of the graph and trait.
    trait : str
        The trait, which says how values are classed and named.
    what : str
        Title, such as "Drift of licenses among fine-tunes".
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
        Names with their models, arrows, and places with their intervals.
    """
    is_wide = width >= WIDTH
    values = sorted(order.to_pylist(), key=lambda row: row["position"])
    drifts = _drifts(values, transitions)
    title = f"{what}, n = {sum(d.traffic for d in drifts):,} net transitions"
    with styled(theme) as look:
        made = figure(
            width,
            (1.9 if is_wide else 2.9) + _ROW * len(values) + note_height(note, width),
            theme=theme,
            description=f"{title}. {_told(values, drifts, trait)}.",
        )
        if not values:
            return say_empty(made, what, empty, look)
        axes, places = made.subplots(1, 2, width_ratios=(1, 0.62 if is_wide else 0.72), sharey=True)
        sizes = _draw_values(axes, values, trait, look, is_wide=is_wide)
        has_back = any(not drift.is_forward for drift in drifts)
        axes.set_xlim((-_BACK if has_back else -0.05) - 0.06, 1.04)
        colours = _draw_drifts(axes, drifts, values, trait, look)
        _draw_heads(axes, drifts, sizes, colours)
        has_published = _draw_places(places, values, look)
        places.set_xlabel("Place in the order" if is_wide else "Place")
        headline(made, title, note, look=look)
        _add_legend(made, values, drifts, trait, look, is_wide=is_wide, has_published=has_published)
        return made


def _drifts(values: Sequence[Mapping[str, Any]], transitions: pa.Table) -> list[_Drift]:
    """Give the net transitions between values, those with least traffic first."""
    place = {row["value"]: number for number, row in enumerate(values)}
    count: dict[tuple[int, int], int] = {}
    for row in transitions.to_pylist():
        ends = (place.get(row["source"]), place.get(row["target"]))
        if ends[0] is not None and ends[1] is not None:
            count[ends[0], ends[1]] = row["transitions"]
    found = [
        _Drift(source, target, n - count.get((target, source), 0))
        for (source, target), n in count.items()
        if n > count.get((target, source), 0)
    ]
    return sorted(found, key=lambda drift: (drift.traffic, drift.source, drift.target))


def _draw_values(
    axes: Axes,
    values: Sequence[Mapping[str, Any]],
    trait: str,
    look: Theme,
    *,
    is_wide: bool,
) -> list[float]:
    """Draw names and dots; give the width of each dot in points."""
    style_axes(axes, look, grid="")
    axes.spines[:].set_visible(False)
    axes.set_xticks([])
    axes.set_ylim(len(values) - 0.4, -0.6)
    names = []
    for row in values:
        count = f" ({row['n_models']:,})"
        left = _ROOM[is_wide] - text_width(count, _NAMES)
        names.append(fitted_label(value_name(trait, row["value"]), left, _NAMES) + count)
    axes.set_yticks(range(len(values)), names, fontsize=_NAMES)
    for mark, row in zip(axes.get_yticklabels(), values, strict=True):
        mark.set_color(look.text if row["is_linked"] else look.muted)
    most = max(row["n_models"] for row in values) or 1
    # The area is in proportion to the models.
    sizes = [max(_LARGEST * (row["n_models"] / most) ** 0.5, _SMALLEST) for row in values]
    for place, (row, across) in enumerate(zip(values, sizes, strict=True)):
        colour = colour_of(look, CLASSES[trait][class_of(trait, row["value"])])
        axes.plot(
            0,
            place,
            marker="o",
            markersize=across,
            markerfacecolor=colour if row["is_linked"] else look.background,
            markeredgecolor=colour,
            markeredgewidth=1,
            linestyle="none",
            zorder=4,
            in_layout=False,
        )
    return sizes


def _draw_drifts(
    axes: Axes,
    drifts: Sequence[_Drift],
    values: Sequence[Mapping[str, Any]],
    trait: str,
    look: Theme,
) -> list[str]:
    """Draw the arcs; give the colour of each."""
    from matplotlib.patches import PathPatch

    most = max((drift.traffic for drift in drifts), default=1)
    furthest = max(len(values) - 1, 1)
    colours = []
    for drift in drifts:
        thick = _thickness(drift.traffic, most)
        group = class_of(trait, values[drift.source]["value"])
        colour = colour_of(look, CLASSES[trait][group]) if drift.is_forward else look.text
        colours.append(colour)
        axes.add_patch(
            PathPatch(
                _arc(drift, furthest),
                facecolor="none",
                edgecolor=colour,
                linewidth=thick,
                linestyle="-" if drift.is_forward else (0, (4, 2)),
                # The faintest are many, and no darker together than one that counts.
                alpha=0.35 + 0.4 * drift.traffic / most,
                capstyle="butt",
                gid="forward" if drift.is_forward else "against",
                zorder=2 if drift.is_forward else 3,
                in_layout=False,
            )
        )
    return colours


def _draw_heads(
    axes: Axes, drifts: Sequence[_Drift], sizes: Sequence[float], colours: Sequence[str]
) -> None:
    """Put a head where arrows end; those that end at one place share that of the largest."""
    from matplotlib.transforms import ScaledTranslation

    most = max((drift.traffic for drift in drifts), default=1)
    # Drifts are sorted: of one end the last is the largest.
    largest = {
        (drift.target, drift.is_forward): (drift, colour)
        for drift, colour in zip(drifts, colours, strict=True)
    }
    for drift, colour in largest.values():
        size = 2.4 + 0.9 * _thickness(drift.traffic, most)
        aside = (sizes[drift.target] / 2 + size / 2) * (1 if drift.is_forward else -1)
        shift = ScaledTranslation(aside / 72, 0, axes.figure.dpi_scale_trans)
        axes.plot(
            0,
            drift.target,
            marker="<" if drift.is_forward else ">",
            markersize=size,
            color=colour,
            markeredgewidth=0,
            linestyle="none",
            transform=axes.transData + shift,
            zorder=3.5,
            in_layout=False,
        )


def _arc(drift: _Drift, furthest: int) -> Path:
    """Give the arc between two places: forward to the right, against the order to the left."""
    from matplotlib.path import Path

    span = abs(drift.source - drift.target) / furthest
    reach = (0.16 + 1.17 * span**0.8) if drift.is_forward else -_BACK * (0.4 + 0.93 * span)
    source, target = float(drift.source), float(drift.target)
    return Path(
        [(0, source), (reach, source), (reach, target), (0, target)],
        [Path.MOVETO, Path.CURVE4, Path.CURVE4, Path.CURVE4],
    )


def _thickness(traffic: float, most: float) -> float:
    return max(_WIDEST * traffic / most, _THINNEST)


def _draw_places(axes: Axes, values: Sequence[Mapping[str, Any]], look: Theme) -> bool:
    """Draw the place of each value with its interval; say whether any is published."""
    from matplotlib.ticker import MaxNLocator

    style_axes(axes, look, grid="both")
    axes.spines[:].set_visible(False)
    axes.tick_params(axis="y", labelleft=False)
    most = len(values)
    axes.set_xlim(0.4, most + 0.6)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=5, integer=True, steps=[1, 2, 5, 10]))
    for is_linked, colour in ((True, look.main), (False, look.muted)):
        own = [(at, row) for at, row in enumerate(values) if row["is_linked"] == is_linked]
        known = [(at, row) for at, row in own if row["rank_low"] is not None]
        axes.hlines(
            [at for at, _ in known],
            [row["rank_low"] for _, row in known],
            [row["rank_high"] for _, row in known],
            colors=colour,
            linewidth=2.2,
            clip_on=False,
            in_layout=False,
        )
        axes.plot(
            [row["position"] for _, row in own],
            [at for at, _ in own],
            **_sign("o", 4.6, colour, colour),
        )
    theirs = [
        (row["published_position"], at + _BELOW)
        for at, row in enumerate(values)
        if row["published_position"] is not None and row["published_position"] <= most
    ]
    places, heights = zip(*theirs, strict=True) if theirs else ((), ())
    axes.plot(places, heights, **_sign(PUBLISHED.marker, 4.2, look.background, look.text))
    return bool(theirs)


def _sign(marker: str, size: float, face: str, edge: str) -> dict[str, Any]:
    return {
        "marker": marker,
        "markersize": size,
        "markerfacecolor": face,
        "markeredgecolor": edge,
        "markeredgewidth": 1.1,
        "linestyle": "none",
        "clip_on": False,
        "in_layout": False,
        "zorder": 4,
    }


def _add_legend(
    made: Figure,
    values: Sequence[Mapping[str, Any]],
    drifts: Sequence[_Drift],
    trait: str,
    look: Theme,
    *,
    is_wide: bool,
    has_published: bool,
) -> None:
    from matplotlib.lines import Line2D

    handles: list[tuple[Any, str]] = []
    present = {class_of(trait, row["value"]) for row in values}
    for group, colour in CLASSES[trait].items():
        if group in present and len(CLASSES[trait]) > 1:
            own = colour_of(look, colour)
            handles.append(
                (Line2D([], [], color=own, marker="o", markersize=6, linewidth=2.5), group)
            )
    most = max((drift.traffic for drift in drifts), default=0)
    neutral = look.muted if len(CLASSES[trait]) > 1 else look.main
    for traffic in dict.fromkeys((most, round(most / 4))):
        if traffic:
            handles.append(
                (
                    Line2D([], [], color=neutral, linewidth=_thickness(traffic, most)),
                    f"as wide: {traffic:,} net transitions",
                )
            )
    if any(not drift.is_forward for drift in drifts):
        dash = Line2D([], [], color=look.text, linestyle=(0, (4, 2)), linewidth=1.4)
        handles.append((dash, "against the order, to the left"))
    if any(row["rank_low"] is not None for row in values):
        handles.append(
            (
                Line2D([], [], color=look.main, marker="o", markersize=4.6, linewidth=2.2),
                "place, 95 % interval over families",
            )
        )
    if has_published:
        sign = _sign(PUBLISHED.marker, 4.2, look.background, look.text)
        handles.append((Line2D([], [], **sign), PUBLISHED.words))
    if handles:
        made.legend(
            *zip(*handles, strict=True), loc="outside lower left", ncols=2 if is_wide else 1
        )


def _told(values: Sequence[Mapping[str, Any]], drifts: Sequence[_Drift], trait: str) -> str:
    """Say the order and the largest drifts in words."""
    if not values:
        return "Nothing to show"
    order = ", ".join(
        value_name(trait, row["value"])
        + (f" ({row['rank_low']} to {row['rank_high']})" if row["rank_low"] is not None else "")
        for row in values
    )
    total = sum(drift.traffic for drift in drifts)
    forward = sum(drift.traffic for drift in drifts if drift.is_forward)
    told = f"From above: {order}"
    if total:
        largest = "; ".join(
            f"{value_name(trait, values[d.source]['value'])} to "
            f"{value_name(trait, values[d.target]['value'])} {d.traffic:,}"
            for d in drifts[: -_MOST_TOLD - 1 : -1]
        )
        told += f". Along the order {percent(forward / total)} of them; the largest: {largest}"
    return told
