"""arXiv papers that models name: title, abstract and categories, asked for once.

Batches of a hundred ids over one connection. What came is on the shelf for
ever. What does not belong here: which models name a paper (``snapshot``).
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from biome_pipeline.errors import HubUnreachableError
from biome_pipeline.hub.client import LATER
from biome_pipeline.hub.shelf import FINAL_OUTCOMES, Content

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from biome_pipeline.hub.client import Client
    from biome_pipeline.hub.shelf import Shelf

__all__ = ["PAPER", "collect_papers", "pending_papers"]

PAPER = "paper"
"""The kind of content that papers are on the shelf."""

_BATCH = 100
_MOST_BYTES = 16 * 2**20
# What it cannot read is told in a feed, too.
_FEED_STATUS = frozenset({200, 400})
_ID = re.compile(r"[0-9]{4}\.[0-9]{4,5}|[a-z-]+(\.[A-Z]{2})?/[0-9]{7}")
_ATOM = "{http://www.w3.org/2005/Atom}"
_ARXIV = "{http://arxiv.org/schemas/atom}"


def pending_papers(shelf: Shelf, ids: Iterable[str]) -> list[str]:
    """Find the papers that were never asked for.

    Parameters
    ----------
    shelf : Shelf
        What was fetched before.
    ids : iterable of str
        arXiv ids without version, of any text.

    Returns
    -------
    list of str
        In order, each once.
    """
    known = {
        name
        for name, _, _, outcome in shelf.states(PAPER)
        if outcome in {*FINAL_OUTCOMES, "invalid_id"}
    }
    return sorted(set(ids) - known)


def collect_papers(
    client: Client, shelf: Shelf, ids: Sequence[str], *, tell: Callable[[str], None]
) -> int:
    """Ask arXiv for papers, a batch at a time.

    Parameters
    ----------
    client : Client
        The client of arXiv.
    shelf : Shelf
        Where each batch is kept as soon as it is whole.
    ids : sequence of str
        As `pending_papers` gave them.
    tell : callable
        Hears how far it is.

    Returns
    -------
    int
        How many of them arXiv has.

    Raises
    ------
    HubUnreachableError
        arXiv does not answer, or not properly.
    """
    bad = [name for name in ids if not _ID.fullmatch(name)]
    shelf.put(PAPER, (_content(name, "invalid_id", 0, None) for name in bad))
    left = [name for name in ids if _ID.fullmatch(name)]
    n_asked, n_found = len(left), 0
    while left:
        batch = left[:_BATCH]
        feed, attempts = _ask(client, batch)
        refused = _refused_in(feed, batch, place=client.home)
        if refused is not None:
            # One bad id spoils its batch: the others are asked for without it.
            shelf.put(PAPER, [_content(refused, "invalid_id", attempts, None)])
            left.remove(refused)
            continue
        papers = _papers_in(feed)
        found = {name: papers.get(_without_subject(name)) for name in batch}
        shelf.put(
            PAPER,
            [
                _content(name, "missing" if paper is None else "ok", attempts, paper)
                for name, paper in found.items()
            ],
        )
        left = left[_BATCH:]
        n_found += sum(paper is not None for paper in found.values())
        tell(f"papers: {n_asked - len(left):,} of {n_asked:,}")
    return n_found


def _ask(client: Client, batch: Sequence[str]) -> tuple[ElementTree.Element, int]:
    query = {"id_list": ",".join(batch), "max_results": len(batch), "start": 0}
    answer = client.ask("/api/query", query=query, most_bytes=_MOST_BYTES, is_good=_fault_of)
    feed = None if answer.body is None else _feed_of(answer.body)
    if answer.status not in _FEED_STATUS or not isinstance(feed, ElementTree.Element):
        raise HubUnreachableError(
            f"arXiv answers with status {answer.status}", place=client.home, remedy=LATER
        )
    return feed, answer.attempts


def _content(name: str, outcome: str, attempts: int, paper: Mapping[str, object] | None) -> Content:
    body = None if paper is None else json.dumps(paper).encode()
    return Content(name, None, None, outcome, attempts, body, "single")


def _fault_of(status: int, _headers: Mapping[str, str], body: bytes | None) -> str | None:
    """Say why an answer is no feed."""
    if status not in _FEED_STATUS or body is None:
        return None
    feed = _feed_of(body)
    return feed if isinstance(feed, str) else None


def _feed_of(body: bytes) -> ElementTree.Element | str:
    """Read a feed, or say why it is none."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return "no UTF-8"
    # The parser would take it for UTF-16, and see what cannot be seen here.
    if "\0" in text:
        return "no UTF-8"
    # A feed declares no entities; who does means to expand them.
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        return "XML with declarations"
    try:
        root = ElementTree.fromstring(text)  # noqa: S314  without entities nothing expands
    except ElementTree.ParseError:
        return "no XML"
    return root if root.tag == f"{_ATOM}feed" else "no feed"


def _refused_in(feed: ElementTree.Element, batch: Sequence[str], *, place: str) -> str | None:
    """Give the id that arXiv cannot read, in answer to all of them.

    Raises
    ------
    HubUnreachableError
        It is another error: these ids are as good as before.
    """
    for entry in feed.iter(f"{_ATOM}entry"):
        if "/api/errors" not in (entry.findtext(f"{_ATOM}id") or ""):
            continue
        said = _words(entry.findtext(f"{_ATOM}summary"))
        refused = said.removeprefix("incorrect id format for ")
        if refused not in batch:
            raise HubUnreachableError("arXiv answers with an error", place=place, remedy=LATER)
        return refused
    return None


def _papers_in(feed: ElementTree.Element) -> dict[str, dict[str, object]]:
    """Take the papers out of a feed, by id without version and subject class."""
    found: dict[str, dict[str, object]] = {}
    for entry in feed.iter(f"{_ATOM}entry"):
        address = entry.findtext(f"{_ATOM}id") or ""
        name = re.sub(r"v[0-9]+$", "", address.partition("/abs/")[2])
        if not _ID.fullmatch(name):
            continue
        primary = entry.find(f"{_ARXIV}primary_category")
        found[_without_subject(name)] = {
            "title": _words(entry.findtext(f"{_ATOM}title")),
            "abstract": _words(entry.findtext(f"{_ATOM}summary")),
            "primary_category": None if primary is None else primary.get("term"),
            "categories": [
                term for item in entry.iter(f"{_ATOM}category") if (term := item.get("term"))
            ],
        }
    return found


def _without_subject(name: str) -> str:
    """Name an old paper as arXiv does: ``math.GT/0309136`` is ``math/0309136``."""
    return re.sub(r"\.[A-Z]{2}/", "/", name)


def _words(text: str | None) -> str:
    return " ".join((text or "").split())
