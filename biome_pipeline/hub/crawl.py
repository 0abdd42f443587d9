"""A crawl of the list API on disk: each page as it came, and where the next one is.

``<data>/lake/crawls/<key>/`` holds ``crawl.json`` (when it began and ended) and
one file per page. A page is written aside and renamed, and names the cursor of
the next: the newest page is the checkpoint. What does not belong here: asking
for pages (`listing`), and what their records say (`records`).
"""

from __future__ import annotations

import datetime as dt
import gzip
import json
import shutil
import zlib
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from biome_pipeline.errors import SourceFormatError
from biome_pipeline.warehouse.durable import replace_durably
from biome_pipeline.warehouse.engine.faults import translate_faults
from biome_pipeline.warehouse.keys import check_snapshot_key

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from biome_pipeline.warehouse.lake import Lake

__all__ = ["Crawl", "Page", "begin_crawl", "finished_crawl", "open_crawl"]

_FACTS = "crawl.json"
# How gzip says that a file is damaged, cut off, or none of ours.
_UNREADABLE = (OSError, EOFError, ValueError, TypeError, zlib.error)
# An older one that was left unfinished would mix two states of the Hub.
_LONGEST_CRAWL = dt.timedelta(days=7)


@dataclass(frozen=True)
class Page:
    """One page of the listing.

    Parameters
    ----------
    number : int
        From 1, in the order of the listing.
    cursor : str or None
        What it was asked with; ``None`` for the first.
    next_cursor : str or None
        What the next one is asked with; ``None`` after the last.
    n_records : int
        How many records it has.
    """

    number: int
    cursor: str | None
    next_cursor: str | None
    n_records: int


@dataclass(frozen=True)
class Crawl:
    """The window of a crawl, and its place.

    Parameters
    ----------
    folder : Path
        Where its pages are.
    key : str
        Partition key: the UTC date of its start, unless the user chose another.
    endpoint : str
        Address of the Hub.
    started_at : str
        When it began, ISO 8601 in UTC; names the crawl.
    finished_at : str or None
        When its last page came; ``None`` while it is open.
    """

    folder: Path
    key: str
    endpoint: str
    started_at: str
    finished_at: str | None = None

    def pages(self) -> list[Page]:
        """List the pages that came.

        Returns
        -------
        list of Page
            In order; one that cannot be read ends the list, and is asked for anew.
        """
        found: list[Page] = []
        for path in sorted(self.folder.glob("page-*.json.gz")):
            try:
                with gzip.open(path, "rb") as file:
                    page = Page(**json.loads(file.readline()))
            except _UNREADABLE:
                break
            if page.number != len(found) + 1:
                break
            found.append(page)
        return found

    def keep(self, lake: Lake, page: Page, body: bytes) -> None:
        """Keep a page as it came, with the cursor of the next.

        Parameters
        ----------
        lake : Lake
            The lake.
        page : Page
            What the page is.
        body : bytes
            Its JSON.

        Raises
        ------
        DiskFullError, DataDirectoryError
            If it cannot be written.
        """
        final = self._path(page.number)
        with translate_faults(place=str(final)):
            incoming = lake.incoming(self.folder)
            try:
                with gzip.open(incoming, "wb", compresslevel=1) as file:
                    file.write(json.dumps(asdict(page)).encode() + b"\n" + body)
                replace_durably(incoming, final)
            finally:
                incoming.unlink(missing_ok=True)

    def drop_after(self, n_pages: int) -> None:
        """Forget the pages behind one, because its successor cannot be had.

        Parameters
        ----------
        n_pages : int
            How many stay.
        """
        for path in sorted(self.folder.glob("page-*.json.gz"))[n_pages:]:
            path.unlink(missing_ok=True)

    def bodies(self) -> Iterator[bytes]:
        """Give the JSON of each page of the finished crawl, in order.

        Yields
        ------
        bytes
            As it came.

        Raises
        ------
        SourceFormatError
            A page is damaged or gone: a part of a listing is never taken for the whole.
        """
        pages = self.pages()
        if not pages or pages[-1].next_cursor is not None:
            raise self._damage(len(pages) + 1)
        for page in pages:
            try:
                with gzip.open(self._path(page.number), "rb") as file:
                    file.readline()
                    body = file.read()
            except _UNREADABLE:
                raise self._damage(page.number) from None
            yield body

    def finish(self, lake: Lake) -> Crawl:
        """Write down that the last page came.

        Parameters
        ----------
        lake : Lake
            The lake.

        Returns
        -------
        Crawl
            The finished crawl.
        """
        done = replace(self, finished_at=_now())
        _write(lake, done)
        return done

    def _damage(self, number: int) -> SourceFormatError:
        return SourceFormatError(
            f"page {number:,} of the crawl is damaged or gone",
            place=str(self.folder),
            remedy="delete this folder and run again: the Hub is then listed anew",
        )

    def _path(self, number: int) -> Path:
        return self.folder / f"page-{number:06d}.json.gz"


def begin_crawl(lake: Lake, endpoint: str, key: str | None) -> Crawl:
    """Begin a crawl, in place of what was crawled for the key before.

    Parameters
    ----------
    lake : Lake
        The lake.
    endpoint : str
        Address of the Hub.
    key : str or None
        Partition key; ``None`` takes today's UTC date.

    Returns
    -------
    Crawl
        Open and empty.

    Raises
    ------
    DiskFullError, DataDirectoryError
        If it cannot be written.
    """
    started_at = _now()
    key = key or started_at[:10]
    crawl = Crawl(_folder(lake) / check_snapshot_key(key), key, endpoint, started_at)
    with translate_faults(place=str(crawl.folder)):
        # First what calls it finished: a kill in between must not leave a part that does.
        (crawl.folder / _FACTS).unlink(missing_ok=True)
        shutil.rmtree(crawl.folder, ignore_errors=True)
        crawl.folder.mkdir(parents=True)
        _write(lake, crawl)
    return crawl


def open_crawl(lake: Lake, endpoint: str, key: str | None) -> Crawl | None:
    """Find the crawl that was not finished, to go on with it.

    Parameters
    ----------
    lake : Lake
        The lake.
    endpoint : str
        Address of the Hub.
    key : str or None
        Partition key; ``None`` takes the newest of any key.

    Returns
    -------
    Crawl or None
        Of this Hub and at most seven days old; ``None`` if there is none.
    """
    oldest = (dt.datetime.now(dt.UTC) - _LONGEST_CRAWL).replace(tzinfo=None).isoformat()
    found = [
        crawl
        for crawl in _crawls(lake, key)
        if crawl.finished_at is None and crawl.endpoint == endpoint and crawl.started_at >= oldest
    ]
    return max(found, key=lambda crawl: crawl.started_at, default=None)


def finished_crawl(lake: Lake, key: str | None) -> Crawl | None:
    """Find the crawl that is whole, to read it without asking the Hub.

    Parameters
    ----------
    lake : Lake
        The lake.
    key : str or None
        Partition key; ``None`` takes the newest of any key.

    Returns
    -------
    Crawl or None
        ``None`` if there is none.
    """
    found = [crawl for crawl in _crawls(lake, key) if crawl.finished_at is not None]
    return max(found, key=lambda crawl: crawl.started_at, default=None)


def _folder(lake: Lake) -> Path:
    return lake.data / "lake" / "crawls"


def _crawls(lake: Lake, key: str | None) -> list[Crawl]:
    found = []
    for path in sorted(_folder(lake).glob(f"{check_snapshot_key(key) if key else '*'}/{_FACTS}")):
        try:
            facts = json.loads(path.read_text(encoding="utf-8"))
            found.append(Crawl(folder=path.parent, **facts))
        except (OSError, ValueError, TypeError):
            # Cut off or not ours: such a crawl is begun anew.
            continue
    return found


def _write(lake: Lake, crawl: Crawl) -> None:
    facts = {name: value for name, value in asdict(crawl).items() if name != "folder"}
    final = crawl.folder / _FACTS
    with translate_faults(place=str(final)):
        incoming = lake.incoming(crawl.folder)
        try:
            incoming.write_text(json.dumps(facts), encoding="utf-8")
            replace_durably(incoming, final)
        finally:
            incoming.unlink(missing_ok=True)


def _now() -> str:
    return dt.datetime.now(dt.UTC).replace(tzinfo=None).isoformat(timespec="microseconds")
