"""The eight topologies as small drawings, parents above their children.

What does not belong here: the figures that they stand in (``similarity``), and
how often each occurs (``biome_pipeline.similarity``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from biome_pipeline.report.style import LETTERS, WIDTH, figure, styled
from biome_pipeline.report.titles import headline

if TYPE_CHECKING:
    from collections.abc import Collection

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from biome_pipeline.report.style import Theme

__all__ = ["SHAPES", "Shape", "Strokes", "draw_pictogram", "topology_key"]


@dataclass(frozen=True)
class Shape:
    """How one topology is drawn.

    Parameters
    ----------
    title : str
        Its name in words.
    nodes : dict of str to tuple of float
        Place across, the middle being 0, and generation of each node.
    edges : tuple of str
        Parent and child of each edge, such as ``uv``.
    positions : tuple of str
        The pairs that are compared, in the order of the figure.
    """

    title: str
    nodes: dict[str, tuple[float, float]]
    edges: tuple[str, ...]
    positions: tuple[str, ...]


SHAPES: dict[str, Shape] = {
    "pair": Shape("pair", {"u": (-0.5, 0), "v": (0.5, 0)}, (), ("random",)),
    "edge": Shape("edge", {"u": (0, 0), "v": (0, 1)}, ("uv",), ("u-v",)),
    "siblings": Shape(
        "siblings",
        {"u": (0, 0), "v": (-0.5, 1), "w": (0.5, 1)},
        ("uv", "uw"),
        ("u-v", "v-w"),
    ),
    "chain3": Shape(
        "chain of three",
        {"u": (0, 0), "v": (0, 1), "w": (0, 2)},
        ("uv", "vw"),
        ("u-w", "v-w", "u-v"),
    ),
    "star3": Shape(
        "three siblings",
        {"u": (0, 0), "v": (-1, 1), "w": (0, 1), "x": (1, 1)},
        ("uv", "uw", "ux"),
        ("u-v", "v-w"),
    ),
    "fork": Shape(
        "fork",
        {"u": (0, 0), "v": (0, 1), "w": (-0.5, 2), "x": (0.5, 2)},
        ("uv", "vw", "vx"),
        ("u-w", "v-w", "u-v", "w-x"),
    ),
    "uncle": Shape(
        "uncle",
        {"u": (0, 0), "v": (-0.5, 1), "w": (-0.5, 2), "x": (0.5, 1)},
        ("uv", "vw", "ux"),
        ("u-w", "w-x", "v-w", "u-v", "v-x", "u-x"),
    ),
    "chain4": Shape(
        "chain of four",
        {"t": (0, 0), "u": (0, 1), "v": (0, 2), "w": (0, 3)},
        ("tu", "uv", "vw"),
        ("t-w", "u-w", "t-v", "v-w", "u-v", "t-u"),
    ),
}
"""The topologies in the order of the published table."""


@dataclass(frozen=True)
class Strokes:
    """Sizes of a drawing in points.

    Parameters
    ----------
    across, down : float
        From node to node across, and from generation to generation.
    node : float
        Width of a node.
    is_centred : bool
        Whether its middle stands at its place, and not its top.
    """

    across: float
    down: float
    node: float
    is_centred: bool = False


_KEY = Strokes(across=21, down=25, node=16)
_KEY_ROW = 1.75  # height of a row of the key, in inches


def draw_pictogram(
    axes: Axes,
    shape: Shape,
    compared: Collection[str],
    *,
    at: tuple[float, float],
    look: Theme,
    strokes: Strokes,
    has_letters: bool = False,
) -> None:
    """Draw one topology, of one size whatever the scales are.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw.
    shape : Shape
        The topology.
    compared : collection of str
        Nodes that are filled.
    at : tuple of float
        Its place in the coordinates of the scales.
    look : Theme
        Colours.
    strokes : Strokes
        Sizes.
    has_letters : bool
        Whether nodes bear their names.
    """
    from matplotlib.transforms import Affine2D, ScaledTranslation

    middle = max(step for _, step in shape.nodes.values()) / 2 if strokes.is_centred else 0.0
    place = {
        name: (x * strokes.across, (middle - step) * strokes.down)
        for name, (x, step) in shape.nodes.items()
    }
    points = (
        Affine2D().scale(1 / 72)
        + axes.figure.dpi_scale_trans
        + ScaledTranslation(*at, axes.transData)  # type: ignore[arg-type]
    )
    for edge in shape.edges:
        axes.plot(
            *zip(*(place[end] for end in edge), strict=True),
            color=look.muted,
            linewidth=1.0,
            transform=points,
            clip_on=False,
            in_layout=False,
            zorder=2,
        )
    for is_filled in (False, True):
        chosen = [place[name] for name in place if (name in compared) == is_filled]
        if chosen:
            axes.plot(
                *zip(*chosen, strict=True),
                linestyle="none",
                marker="o",
                markersize=strokes.node,
                markerfacecolor=look.text if is_filled else look.background,
                markeredgecolor=look.text if is_filled else look.muted,
                markeredgewidth=1.0,
                transform=points,
                clip_on=False,
                in_layout=False,
                zorder=3,
            )
    if has_letters:
        for name, (x, y) in place.items():
            axes.text(
                x, y, name, transform=points, ha="center", va="center_baseline", in_layout=False
            )


def topology_key(*, theme: str = "light", width: float = WIDTH) -> Figure:
    """Draw the eight topologies with the names of their nodes.

    Parameters
    ----------
    theme : str
        A key of :data:`~biome_pipeline.report.style.THEMES`.
    width : float
        Width in inches, either of the two of ``report.style``.

    Returns
    -------
    matplotlib.figure.Figure
        Eight drawings in a row, on a narrow figure four.
    """
    n_columns = 8 if width >= WIDTH else 4
    n_rows = len(SHAPES) // n_columns
    told = "; ".join(
        f"{shape.title}: {', '.join(' to '.join(edge) for edge in shape.edges) or 'no edge'}"
        for shape in SHAPES.values()
    )
    with styled(theme) as look:
        made = figure(
            width,
            0.85 + _KEY_ROW * n_rows,
            theme=theme,
            description=f"The eight topologies, edges from parent to child. {told}.",
        )
        axes = made.subplots()
        axes.set_axis_off()
        axes.set_xlim(-0.5, n_columns - 0.5)
        axes.set_ylim(n_rows, 0)
        for number, shape in enumerate(SHAPES.values()):
            row, column = divmod(number, n_columns)
            axes.text(
                column,
                row + 0.02,
                shape.title.replace(" of ", "\nof ").replace("three s", "three\ns"),
                ha="center",
                va="top",
                color=look.muted,
                fontsize=LETTERS - 1,
                linespacing=1.15,
            )
            draw_pictogram(
                axes, shape, (), at=(column, row + 0.33), look=look, strokes=_KEY, has_letters=True
            )
        headline(
            made,
            "The eight topologies",
            "Parents stand above their children; a pair is any two models",
            look=look,
        )
        return made
