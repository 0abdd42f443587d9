"""Figures of the architecture search: what lives at the end, and how it came there.

What does not belong here: what the arms are for (``report.site.evolution``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from biome_pipeline.report.labels import label
from biome_pipeline.report.scales import compact
from biome_pipeline.report.style import LETTERS, WIDTH, figure, style_axes, styled
from biome_pipeline.report.titles import headline, note_height, say_empty

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from biome_pipeline.report.style import Theme

    Row = Mapping[str, Any]

__all__ = ["frontier_plot", "lineage_picture"]

_HEIGHT = 3.6
_MARKERS = "osD^vPX*<>"


def frontier_plot(
    rows: Sequence[Row], *, sweep: str, theme: str = "light", width: float = WIDTH
) -> Figure:
    """Draw what the candidates alive at the end cost.

    Parameters
    ----------
    rows : sequence of mapping of str to Any
        Arm, ``flops_per_token`` and ``memory_bytes`` of each, and whether it is on the
        first front of its search, ``is_first``.
    sweep : str
        Name of the sweep.
    theme : str
        A key of :data:`~biome_pipeline.report.style.THEMES`.
    width : float
        Width in inches.

    Returns
    -------
    matplotlib.figure.Figure
        One panel; candidates of the first front are filled.
    """
    arms = list(dict.fromkeys(str(row["arm"]) for row in rows))
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    title = f"Cost of the candidates alive in sweep {label(sweep)}, n = {len(rows):,} candidates"
    note = "Filled: on the first front of its search; hollow: dominated there"
    per_line = 3 if width >= WIDTH else 1
    with styled(theme) as look:
        n_lines = -(-len(arms) // per_line)
        made = figure(
            width,
            _HEIGHT + 0.21 * n_lines + note_height(note, width),
            theme=theme,
            description=f"{title}. {len(arms)} arms.",
        )
        if not rows:
            return say_empty(made, "Cost of the candidates alive", "No search has ended", look)
        axes = made.subplots()
        style_axes(axes, look, grid="both")
        for place, arm in enumerate(arms):
            own = [row for row in rows if row["arm"] == arm]
            colour = look.series[place % len(look.series)]
            marker = _MARKERS[place // len(look.series) % len(_MARKERS)]
            for is_first in (False, True):
                kept = [row for row in own if row["is_first"] == is_first]
                axes.plot(
                    [row["flops_per_token"] for row in kept],
                    [row["memory_bytes"] / 1e6 for row in kept],
                    marker,
                    color=colour,
                    markerfacecolor=colour if is_first else "none",
                    markersize=4.0,
                    alpha=0.75,
                    label=label(arm) if is_first else None,
                )
        axes.set_xscale("log")
        axes.set_yscale("log")
        for scale, text in (
            (axes.xaxis, "Operations per token, forward (log scale)"),
            (axes.yaxis, "Weights and cache, MB (log scale)"),
        ):
            scale.set_major_locator(LogLocator(numticks=6))
            scale.set_minor_formatter(NullFormatter())
            scale.set_major_formatter(FuncFormatter(lambda value, _: _power(value)))
            scale.set_label_text(text)
        headline(made, title, note, look=look)
        made.legend(loc="outside lower left", ncols=per_line)
        return made


def _power(value: float) -> str:
    return compact(value) if value >= 1 else f"{value:g}"


def lineage_picture(
    rows: Sequence[Row], *, arm: str, seed: int, theme: str = "light", width: float = WIDTH
) -> Figure:
    """Draw how the candidates alive at the end descend from the founders.

    Parameters
    ----------
    rows : sequence of mapping of str to Any
        Of one search: ``candidate_id``, ``parent_id`` (None of a founder), ``birth``,
        ``layers``, ``status``, each candidate once for each parent.
    arm, seed : str and int
        Which search.
    theme : str
        A key of :data:`~biome_pipeline.report.style.THEMES`.
    width : float
        Width in inches.

    Returns
    -------
    matplotlib.figure.Figure
        One panel: births to the right, layers upwards; ancestors of the living are
        joined, all others are faint dots.
    """
    people = {row["candidate_id"]: row for row in rows}
    title = f"Lineage of the living: {label(arm)}, seed {seed}, n = {len(people):,} candidates"
    note = "Lines join parent and child on the way to a candidate that is alive at the end"
    with styled(theme) as look:
        made = figure(
            width,
            _HEIGHT + note_height(note, width),
            theme=theme,
            description=f"{title}. Layers from {_range(people)}.",
        )
        if not people:
            return say_empty(made, "Lineage of the living", "No search has ended", look)
        axes = made.subplots()
        style_axes(axes, look)
        _draw_lineage(axes, rows, people, look)
        axes.set_xlabel("Attempt at which it was born")
        axes.set_ylabel("Layers")
        headline(made, title, note, look=look)
        made.legend(loc="outside lower left", ncols=3 if width >= WIDTH else 1)
        return made


def _range(people: Mapping[int, Row]) -> str:
    layers = [row["layers"] for row in people.values()] or [0]
    return f"{min(layers)} to {max(layers)}"


def _draw_lineage(axes: Axes, rows: Sequence[Row], people: Mapping[int, Row], look: Theme) -> None:
    parents: dict[int, list[int]] = {}
    for row in rows:
        if row["parent_id"] is not None:
            parents.setdefault(row["candidate_id"], []).append(row["parent_id"])
    alive = [place for place, row in people.items() if row["status"] == "alive"]
    way, todo = set(alive), list(alive)
    while todo:
        for parent in parents.get(todo.pop(), ()):
            if parent not in way:
                way.add(parent)
                todo.append(parent)
    for child in sorted(way):
        for parent in parents.get(child, ()):
            ends = (people[parent], people[child])
            axes.plot(
                [end["birth"] for end in ends],
                [end["layers"] for end in ends],
                color=look.main,
                linewidth=0.8,
                alpha=0.6,
            )
    groups = (
        ("died without a living descendant", set(people) - way, look.muted, 1.6),
        ("ancestor of the living", way - set(alive), look.main, 3.0),
        ("alive at the end", set(alive), look.second, 4.6),
    )
    for words, places, colour, size in groups:
        kept = sorted(places)
        # Layers are whole numbers: a little up or down, so that dots are told apart.
        jitter = (np.array(kept) * 0.618 % 1 - 0.5) * 0.3 if words.startswith("died") else 0.0
        axes.plot(
            [people[place]["birth"] for place in kept],
            np.array([people[place]["layers"] for place in kept], np.float64) + jitter,
            "o",
            color=colour,
            markersize=size,
            alpha=0.5 if words.startswith("died") else 0.95,
            linestyle="none",
            label=words,
        )
    axes.tick_params(labelsize=LETTERS - 1)
