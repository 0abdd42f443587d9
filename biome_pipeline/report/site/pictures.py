"""Pictures of pages as files: light and dark, wide and narrow.

What does not belong here: how a figure is drawn (``report.figures``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from biome_pipeline.report.style import NARROW, WIDTH, recoloured, to_svg

if TYPE_CHECKING:
    from pathlib import Path

    from biome_pipeline.report.site.page import Picture

__all__ = ["Drawn", "write_picture"]

_FOLDER = "pictures"
_PIXELS = 96  # of a browser to the inch


@dataclass(frozen=True)
class Drawn:
    """A picture with its files.

    Parameters
    ----------
    description : str
        What it shows, for readers who do not see it.
    files : dict of str to str
        Path from the page by ``wide-light``, ``wide-dark``, ``narrow-light``
        and ``narrow-dark``.
    sizes : dict of str to tuple of int
        Width and height in pixels of the ``wide`` and of the ``narrow`` ones, so
        that a page keeps their place free until they are there.
    """

    description: str
    files: dict[str, str]
    sizes: dict[str, tuple[int, int]]


def write_picture(folder: Path, picture: Picture) -> Drawn:
    """Draw a picture and write its four files.

    Parameters
    ----------
    folder : Path
        Folder of the page.
    picture : Picture
        The picture.

    Returns
    -------
    Drawn
        What the page needs to show it.
    """
    (folder / _FOLDER).mkdir(exist_ok=True)
    files, sizes = {}, {}
    description = ""
    for shape, width in (("wide", WIDTH), ("narrow", NARROW)):
        made = picture.draw(theme="light", width=width)
        light = to_svg(made)
        description = description or str(made.get_label())
        sizes[shape] = (round(made.get_figwidth() * _PIXELS), round(made.get_figheight() * _PIXELS))
        dark = recoloured(light) or to_svg(picture.draw(theme="dark", width=width))
        for theme, svg in (("light", light), ("dark", dark)):
            name = f"{_FOLDER}/{picture.name}-{shape}-{theme}.svg"
            (folder / name).write_text(svg, encoding="utf-8")
            files[f"{shape}-{theme}"] = name
    return Drawn(description, files, sizes)
