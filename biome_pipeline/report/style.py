"""The house style of figures: colours, letters, sizes, and how they are saved.

Matplotlib's own state is set for the length of a ``with`` and put back, so a
figure is the same whatever else draws in the process and whatever the machine's
``matplotlibrc`` says. What does not belong here: any one figure (``figures``),
what is written above it (``titles``), and texts from outside (``labels``).
"""

from __future__ import annotations

import io
import re
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import quoteattr

from biome_pipeline.errors import SettingsError
from biome_pipeline.genealogy.lineage import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "EDGE",
    "FONT",
    "LETTERS",
    "NARROW",
    "PNG_DPI",
    "THEMES",
    "TITLE",
    "WIDTH",
    "Theme",
    "figure",
    "recoloured",
    "style_axes",
    "styled",
    "to_png",
    "to_svg",
]

WIDTH = 7.2
"""Width of a figure in inches: on a phone of 400 pixels its letters are still 8 high."""

NARROW = 4.0
"""Width of a figure's version for phones, where its letters are 12 pixels high."""

EDGE = 0.03
"""Free inches along the sides of a figure."""

PNG_DPI = 160
"""Pixels per inch of a picture, for screens with two pixels to a point."""

LETTERS = 10.5
"""Size of letters in points."""

TITLE = LETTERS + 1.5
"""Size of the letters of a figure's title in points."""

FONT = "DejaVu Sans"
"""Font of figures: it comes with matplotlib, so it is on every machine."""

# Browsers elsewhere take a font as wide, or else any without serifs.
_FALLBACKS = f"'{FONT}', Verdana, sans-serif"


@dataclass(frozen=True)
class Theme:
    """Colours of a figure, all as ``#rrggbb``.

    Attributes
    ----------
    name : str
        ``light`` or ``dark``.
    background, text, muted, grid : str
        Paper, letters, quieter letters, and lines of the scale.
    main, second : str
        Quantities of a figure that tells one or two of them.
    relations : dict of str to str
        Colour of each relation.
    series : tuple of str
        Colours of lines that have no order; after the last, begin again.
    """

    name: str
    background: str
    text: str
    muted: str
    grid: str
    main: str
    second: str
    relations: dict[str, str]
    series: tuple[str, ...]


# Okabe and Ito (2008), "Color universal design": told apart with every kind of
# colour vision. Their yellow vanishes on white and their black on dark.
THEMES: dict[str, Theme] = {
    "light": Theme(
        name="light",
        background="#ffffff",
        text="#1a1a1a",
        muted="#595959",
        grid="#e3e3e3",
        main="#0072b2",
        second="#e69f00",
        relations={
            "finetune": "#0072b2",
            "adapter": "#e69f00",
            "quantized": "#009e73",
            "merge": "#cc79a7",
            "unspecified": "#8c8c8c",
        },
        series=("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#d55e00", "#56b4e9"),
    ),
    "dark": Theme(
        name="dark",
        background="#14181f",
        text="#f0f0f0",
        muted="#b4b8bf",
        grid="#343b46",
        main="#56b4e9",
        second="#e69f00",
        relations={
            "finetune": "#56b4e9",
            "adapter": "#e69f00",
            "quantized": "#00b386",
            "merge": "#e08fbb",
            "unspecified": "#9aa0a8",
        },
        series=("#56b4e9", "#e69f00", "#00b386", "#e08fbb", "#e8703a", "#f0e442"),
    ),
}


@contextmanager
def styled(theme: str = "light") -> Iterator[Theme]:
    """Set matplotlib to the house style for the length of a ``with``.

    Parameters
    ----------
    theme : str
        A key of `THEMES`.

    Yields
    ------
    Theme
        The colours to draw in.

    Raises
    ------
    SettingsError
        If there is no such theme.
    """
    import matplotlib as mpl

    if theme not in THEMES:
        raise SettingsError(
            f"there is no theme {printable(theme)}",
            place="theme",
            remedy=f"choose {' or '.join(THEMES)}",
        )
    look = THEMES[theme]
    with mpl.rc_context():
        # What the machine's matplotlibrc says is no part of a figure.
        mpl.rcdefaults()
        mpl.rcParams.update(
            {
                "font.family": [FONT],
                "font.size": LETTERS,
                "axes.titlesize": LETTERS,
                "axes.labelsize": LETTERS,
                "xtick.labelsize": LETTERS - 1,
                "ytick.labelsize": LETTERS - 1,
                "legend.fontsize": LETTERS - 0.5,
                "legend.frameon": False,
                "figure.titlesize": TITLE,
                "text.color": look.text,
                "axes.labelcolor": look.muted,
                # Ids of models may hold dollars.
                "text.parse_math": False,
                "axes.unicode_minus": False,
                "svg.fonttype": "none",
                "svg.hashsalt": "biome",
            }
        )
        yield look


def figure(width: float, height: float, *, theme: str = "light", description: str = "") -> Figure:
    """Open an empty figure that belongs to no window and no global list.

    Draw on it inside :func:`styled` of the same theme.

    Parameters
    ----------
    width, height : float
        Size in inches.
    theme : str
        A key of `THEMES`.
    description : str
        What the figure shows, for readers who do not see it; it is saved with
        the picture.

    Returns
    -------
    matplotlib.figure.Figure
        The figure, which finds room for titles and legends by itself.
    """
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    with styled(theme) as look:
        layout = ConstrainedLayoutEngine(w_pad=EDGE, h_pad=EDGE, wspace=0.06, hspace=0.06)
        made = Figure(figsize=(width, height), facecolor=look.background, layout=layout)
    made.set_label(printable(description))
    return made


def style_axes(axes: Axes, look: Theme, *, grid: str = "y") -> None:
    """Quieten the frame of one scale: two spines, light lines, no tick marks.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        The scale.
    look : Theme
        Colours.
    grid : str
        Which lines to draw: ``x``, ``y``, ``both`` or ``""`` for none.
    """
    axes.set_facecolor(look.background)
    # Ticks are made when the picture is saved: their colour is said here for then.
    axes.tick_params(which="both", length=0, labelcolor=look.muted)
    axes.set_axisbelow(True)
    for side, spine in axes.spines.items():
        spine.set_visible(side in {"left", "bottom"})
        spine.set_color(look.grid)
    if grid:
        axes.grid(visible=True, axis=grid, color=look.grid, linewidth=0.8)  # type: ignore[arg-type]


def to_png(figure: Figure, dpi: int = PNG_DPI) -> bytes:
    """Save a figure as PNG.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        The figure.
    dpi : int
        Pixels per inch.

    Returns
    -------
    bytes
        The file, with the description in its metadata.
    """
    buffer = io.BytesIO()
    metadata = {"Software": None, "Description": figure.get_label() or None}
    with styled():
        figure.savefig(buffer, format="png", dpi=dpi, metadata=metadata)
    return buffer.getvalue()


def to_svg(figure: Figure) -> str:
    """Save a figure as SVG: text stays text, and the same figure is the same file.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        The figure.

    Returns
    -------
    str
        An SVG document; its description is told to screen readers.
    """
    buffer = io.StringIO()
    metadata: dict[str, Any] = {"Date": None, "Creator": None}
    with styled():
        figure.savefig(buffer, format="svg", metadata=metadata)
    svg = _numbered_clips(buffer.getvalue()).replace(f"'{FONT}'", _FALLBACKS)
    description = str(figure.get_label() or "")
    if not description:
        return svg
    spoken = f'<svg role="img" aria-label={quoteattr(description)} '
    return svg.replace("<svg ", spoken, 1)


def _numbered_clips(svg: str) -> str:
    """Name the frames that lines are cut at by their number.

    Matplotlib names a frame after every digit of its place, and the last of
    these depend on where the solver of the layout keeps its variables.
    """
    names = {
        name: f"clip-{number}"
        for number, name in enumerate(re.findall(r'<clipPath id="(\w+)">', svg), start=1)
    }
    return re.sub(
        r'(?<=["#])p[0-9a-f]{10}(?=["\)])', lambda found: names.get(found[0], found[0]), svg
    )


def recoloured(svg: str) -> str | None:
    """Give a figure that was drawn in the light theme the colours of the dark one.

    Every colour of the light theme stands for one of the dark theme, so this is
    the figure that would be drawn, in a hundredth of the time.

    Parameters
    ----------
    svg : str
        As `to_svg` gave it.

    Returns
    -------
    str or None
        The same figure in the other colours; ``None`` if parts of it are
        pixels, so that it has to be drawn again.
    """
    if "<image" in svg:
        return None
    turned = _dark_of_light()
    return re.sub(r"(?<=: )#[0-9a-f]{6}\b", lambda found: turned.get(found[0], found[0]), svg)


@cache
def _dark_of_light() -> dict[str, str]:
    light, dark = THEMES["light"], THEMES["dark"]
    plain = ("background", "text", "muted", "grid", "main", "second")
    return {
        # A colour of a series may be a relation's too: relations are said last.
        **dict(zip(light.series, dark.series, strict=True)),
        **{getattr(light, name): getattr(dark, name) for name in plain},
        **{light.relations[name]: dark.relations[name] for name in light.relations},
    }
