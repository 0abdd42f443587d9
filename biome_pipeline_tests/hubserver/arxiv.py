"""Papers, and the export API of arXiv that tells of them in Atom.

It lives at ``/api/query`` of a local Hub; a second one gives it an address of
its own. Only ``id_list`` is understood, no search. What does not belong here:
the Hub's own API.
"""

from __future__ import annotations

import datetime as dt
import re
import textwrap
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from biome_pipeline_tests.hubserver.replies import Asked, Reply

if TYPE_CHECKING:
    from biome_pipeline_tests.hubserver.server import LocalHub

__all__ = ["ARXIV_ROUTES", "Paper", "canonical"]

_ATOM = "http://www.w3.org/2005/Atom"
_ARXIV = "http://arxiv.org/schemas/atom"
_SEARCH = "http://a9.com/-/spec/opensearch/1.1/"
_ID = re.compile(
    r"(?P<name>\d{4}\.\d{4,5}|(?P<archive>[a-z-]+)(\.[A-Z]{2})?/(?P<number>\d{7}))"
    r"(v(?P<version>[1-9]\d*))?"
)
_DEFAULT_RESULTS = 10
_PUBLISHED = dt.datetime(2021, 6, 17, 17, 37, 18, tzinfo=dt.UTC)


@dataclass
class Paper:
    """One paper.

    Attributes
    ----------
    id : str
        Without version; old ones with or without subject class.
    title, summary : str
        Broken into lines in the answer, as arXiv does.
    primary_category : str
        Such as ``cs.CL``.
    categories : tuple of str
        All terms, the primary one among them; by default it alone.
    version : int
        The newest version.
    published, updated : datetime.datetime
        Of the first and the newest version.
    authors : tuple of str
        Their names.
    """

    id: str
    title: str = "A paper"
    summary: str = "What it is about."
    primary_category: str = "cs.CL"
    categories: tuple[str, ...] = ()
    version: int = 1
    published: dt.datetime = _PUBLISHED
    updated: dt.datetime | None = None
    authors: tuple[str, ...] = ("A. Author",)


def canonical(paper_id: str) -> tuple[str, int | None] | None:
    """Split an id into its name, without subject class, and version; None if malformed."""
    match = _ID.fullmatch(paper_id)
    if match is None:
        return None
    name = f"{match['archive']}/{match['number']}" if match["archive"] else match["name"]
    return name, int(match["version"]) if match["version"] else None


def _query(hub: LocalHub, asked: Asked) -> Reply:
    wanted = [text.strip() for text in ",".join(asked.query.get("id_list", [])).split(",")]
    wanted = [text for text in wanted if text]
    start, size = (
        asked.query.get(name, [default])[0]
        for name, default in (("start", "0"), ("max_results", str(_DEFAULT_RESULTS)))
    )
    title = (
        f"arXiv Query: search_query=&id_list={','.join(wanted)}&start={start}&max_results={size}"
    )
    if not wanted:
        return _error(title, "Either a search_query or id_list must be specified.")
    for name, text in (("start", start), ("max_results", size)):
        if not text.lstrip("-").isdecimal():
            return _error(title, f"{name} must be an integer", f"{name}_must_be_an_integer")
        if int(text) < 0:
            return _error(title, f"{name} must be non-negative", f"{name}_must_be_non-negative")
    found: list[tuple[Paper, int]] = []
    for text in wanted:
        split = canonical(text)
        if split is None:
            return _error(
                title, f"incorrect id format for {text}", f"incorrect_id_format_for_{text}"
            )
        paper = hub.papers.get(split[0])
        if paper is not None and (split[1] or 1) <= paper.version:
            found.append((paper, split[1] or paper.version))
    shown = found[int(start) : int(start) + int(size)]
    feed = _feed(title, len(found), int(start), int(size))
    for paper, version in shown:
        _entry(feed, paper, version)
    return _atom(200, feed)


def _feed(title: str, total: int, start: int, size: int) -> ET.Element:
    feed = ET.Element(f"{{{_ATOM}}}feed")
    _add(feed, "id", "https://arxiv.org/api/query")
    _add(feed, "title", title)
    _add(feed, "updated", "2025-06-30T00:00:00Z")
    for name, number in (("itemsPerPage", size), ("totalResults", total), ("startIndex", start)):
        ET.SubElement(feed, f"{{{_SEARCH}}}{name}").text = str(number)
    return feed


def _entry(feed: ET.Element, paper: Paper, version: int) -> None:
    entry = ET.SubElement(feed, f"{{{_ATOM}}}entry")
    _add(entry, "id", f"http://arxiv.org/abs/{paper.id}v{version}")
    _add(entry, "title", "\n  ".join(textwrap.wrap(paper.title, 76)) or paper.title)
    _add(entry, "updated", _date(paper.updated or paper.published))
    _add(entry, "summary", "  " + ("\n".join(textwrap.wrap(paper.summary, 78))) + "\n")
    for term in paper.categories or (paper.primary_category,):
        ET.SubElement(entry, f"{{{_ATOM}}}category", {"term": term, "scheme": _ARXIV})
    _add(entry, "published", _date(paper.published))
    primary = {"term": paper.primary_category, "scheme": _ARXIV}
    ET.SubElement(entry, f"{{{_ARXIV}}}primary_category", primary)
    for name in paper.authors:
        _add(ET.SubElement(entry, f"{{{_ATOM}}}author"), "name", name)


def _error(title: str, message: str, fragment: str = "") -> Reply:
    """Answer as arXiv does to what it does not understand: a feed of one entry."""
    feed = _feed(title, 1, 0, 1)
    entry = ET.SubElement(feed, f"{{{_ATOM}}}entry")
    _add(entry, "id", "https://arxiv.org/api/errors" + (f"#{fragment}" if fragment else ""))
    _add(entry, "title", "Error")
    _add(entry, "updated", "2025-06-30T00:00:00Z")
    _add(entry, "summary", message)
    _add(ET.SubElement(entry, f"{{{_ATOM}}}author"), "name", "arXiv api core")
    return _atom(400, feed)


def _add(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, f"{{{_ATOM}}}{name}").text = text


def _date(at: dt.datetime) -> str:
    return at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _atom(status: int, feed: ET.Element) -> Reply:
    for prefix, space in (("", _ATOM), ("arxiv", _ARXIV), ("opensearch", _SEARCH)):
        ET.register_namespace(prefix, space)
    headers = {"Content-Type": "application/atom+xml; charset=utf-8"}
    return Reply(status, headers, ET.tostring(feed, "utf-8", xml_declaration=True))


ARXIV_ROUTES: list[tuple[str, Callable[[LocalHub, Asked], Reply]]] = [(r"/api/query", _query)]
