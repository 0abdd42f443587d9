"""Building the report of a snapshot: aside, then into its place by one rename.

What does not belong here: what the pages say (one module per page).
"""

from __future__ import annotations

import ctypes
import os
import shutil
from typing import TYPE_CHECKING

from biome_pipeline.report.site.contents import Contents, open_contents
from biome_pipeline.report.site.explorer import write_explorer
from biome_pipeline.report.site.pages import PAGES
from biome_pipeline.report.site.pictures import write_picture
from biome_pipeline.report.site.tables import write_tables
from biome_pipeline.report.site.templates import site_templates
from biome_pipeline.warehouse.engine.faults import translate_faults
from biome_pipeline.warehouse.keys import check_snapshot_key
from biome_pipeline.warehouse.lake import Lake

if TYPE_CHECKING:
    from pathlib import Path

    from biome_pipeline.report.site.pictures import Drawn
    from biome_pipeline.settings import Settings
    from biome_pipeline.warehouse.engine import Engine

__all__ = ["build_report", "report_path", "write_report"]

_MEGABYTE = 1_000_000
_EXPLORER_BYTES = 50 * _MEGABYTE  # as in the settings
_HERE = -100  # AT_FDCWD: paths are meant as they stand
_EXCHANGE = 2  # RENAME_EXCHANGE of Linux


def report_path(data: Path, key: str) -> Path:
    """Give the first page of a snapshot's report.

    Parameters
    ----------
    data : Path
        The data directory.
    key : str
        Partition key.

    Returns
    -------
    Path
        The file, whether it is there or not.
    """
    return data / "reports" / check_snapshot_key(key) / "index.html"


def build_report(engine: Engine, settings: Settings, key: str) -> Path:
    """Build the report of a snapshot anew.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    settings : Settings
        Where the data is.
    key : str
        Partition key.

    Returns
    -------
    Path
        Its first page.

    Raises
    ------
    SnapshotNotFoundError
        If no run of the snapshot has ended well.
    DiskFullError, DataDirectoryError
        If it cannot be written; the last report stays as it was.
    """
    first = report_path(settings.data, key)
    lake = Lake(settings.data)
    contents = open_contents(engine, lake, key)
    with translate_faults(place=str(first.parent)), lake.wait_for("reports"):
        aside = lake.incoming(first.parent.parent)
        try:
            aside.mkdir()
            write_report(contents, aside, explorer_bytes=settings.explorer_megabytes * _MEGABYTE)
            _replace(aside, first.parent)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    return first


def write_report(
    contents: Contents, folder: Path, *, explorer_bytes: int = _EXPLORER_BYTES
) -> None:
    """Write every page of a report, its pictures, its tables and the explorer's data.

    Parameters
    ----------
    contents : Contents
        The tables of the snapshot.
    folder : Path
        An empty folder.
    explorer_bytes : int
        Most bytes of families that the explorer holds.
    """
    environment = site_templates()
    write_tables(contents, folder)
    for name in ("style.css", "site.js"):
        text = environment.get_template(name).render()
        (folder / name).write_text(text, encoding="utf-8")
    explorer = write_explorer(contents, folder, max_bytes=explorer_bytes)
    drawn: dict[str, Drawn] = {}
    for page in PAGES:
        sections = page.sections(contents)
        for picture in (picture for section in sections for picture in section.pictures):
            # Two pages may show one picture.
            if picture.name not in drawn:
                drawn[picture.name] = write_picture(folder, picture)
        html = environment.get_template(page.template).render(
            page=page,
            pages=PAGES,
            key=contents.key,
            sections=sections,
            drawn=drawn,
            explorer=explorer,
        )
        (folder / page.file).write_text(html, encoding="utf-8")


def _replace(aside: Path, final: Path) -> None:
    """Give a finished folder the place of another, which is then aside.

    A plain rename cannot replace a folder that has files. Linux exchanges two in
    one step; elsewhere there is a moment in which the place is empty.
    """
    if not final.exists():
        aside.rename(final)
    elif not _exchange(aside, final):
        old = aside.with_name(f"{aside.name}.old")
        final.rename(old)
        aside.rename(final)
        shutil.rmtree(old, ignore_errors=True)


def _exchange(one: Path, other: Path) -> bool:
    rename = getattr(ctypes.CDLL(None), "renameat2", None)
    if rename is None:
        return False
    done = rename(_HERE, os.fsencode(one), _HERE, os.fsencode(other), ctypes.c_uint(_EXCHANGE))
    return bool(done == 0)
