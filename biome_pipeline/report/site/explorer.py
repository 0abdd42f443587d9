"""The page of the tree explorer: whole families, drawn in the browser.

What does not belong here: its data and its program (``report.explorer``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from biome_pipeline.report.explorer.bundle import REMEDY, read_bundle
from biome_pipeline.report.explorer.shards import Shipped, write_shards
from biome_pipeline.report.site.page import Link, Page
from biome_pipeline.vocabulary.license_terms import obligation_sentences

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from biome_pipeline.report.site.contents import Contents
    from biome_pipeline.report.site.page import Section

__all__ = ["EXPLORER", "Explorer", "family_link", "write_explorer"]

_FOLDER = "explorer"
_FILE = "explorer.html"


@dataclass(frozen=True)
class Explorer:
    """What the page says of the explorer.

    Parameters
    ----------
    is_built : bool
        Whether its program is there.
    remedy : str
        What to do if it is not.
    shipped : Shipped
        The families that the report holds.
    """

    is_built: bool
    remedy: str
    shipped: Shipped


def write_explorer(contents: Contents, folder: Path, *, max_bytes: int) -> Explorer:
    """Write the explorer's data and its program, if that is there.

    Parameters
    ----------
    contents : Contents
        The tables.
    folder : Path
        Folder of the page.
    max_bytes : int
        Most bytes of data.

    Returns
    -------
    Explorer
        What was written.
    """
    own = folder / _FOLDER
    own.mkdir()
    shipped = write_shards(contents, own, max_bytes=max_bytes, sentences=obligation_sentences())
    bundle = read_bundle()
    if bundle is not None:
        (own / "explorer.js").write_text(bundle.script, encoding="utf-8")
        (own / "explorer.css").write_text(bundle.style, encoding="utf-8")
    return Explorer(bundle is not None, REMEDY, shipped)


def family_link(family_id: int) -> Link:
    """Give the way to a family in the explorer.

    Parameters
    ----------
    family_id : int
        Number of the family in the graph of all relations.

    Returns
    -------
    Link
        To the page, with the family as its fragment.
    """
    return Link("tree", f"{_FILE}#family={family_id}")


def _sections(contents: Contents) -> Sequence[Section]:
    del contents
    return ()


EXPLORER = Page(
    file=_FILE,
    title="Explorer",
    lead="Every model of the largest families, to look at, search and follow.",
    sections=_sections,
    template="explorer.html",
)
