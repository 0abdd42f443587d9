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
_ID = re.compile(r"\d{4}\.\d{4,5}|[a-z-]+(\.[A-Z]{2})?/\d{7}")
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
    good = [name for name in ids if _ID.fullmatch(name)]
    n_found = 0
    for start in range(0, len(good), _BATCH):
        batch = good[start : start + _BATCH]
        query = {"id_list": ",".join(batch), "max_results": len(batch), "start": 0}
        answer = client.ask("/api/query", query=query, most_bytes=_MOST_BYTES, is_good=_fault_of)
        if answer.body is None or answer.status != 200:
            raise HubUnreachableError(
                f"arXiv answers with status {answer.status}", place=client.home, remedy=LATER
            )
        papers = _papers_of(answer.body)
        shelf.put(
            PAPER,
            [
                _content(
                    name, "ok" if name in papers else "missing", answer.attempts, papers.get(name)
                )
                for name in batch
            ],
        )
        n_found += len(papers.keys() & set(batch))
        tell(f"papers: {min(start + _BATCH, len(good)):,} of {len(good):,}")
    return n_found


def _content(name: str, outcome: str, attempts: int, paper: Mapping[str, object] | None) -> Content:
    body = None if paper is None else json.dumps(paper).encode()
    return Content(name, None, None, outcome, attempts, body, "single")


def _fault_of(status: int, _headers: Mapping[str, str], body: bytes | None) -> str | None:
    """Say why an answer is no feed."""
    if status != 200 or body is None:
        return None
    # A feed declares no entities; who does means to expand them.
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        return "XML with declarations"
    try:
        root = ElementTree.fromstring(body)  # noqa: S314  without entities nothing expands
    except ElementTree.ParseError:
        return "no XML"
    return None if root.tag == f"{_ATOM}feed" else "no feed"


def _papers_of(body: bytes) -> dict[str, dict[str, object]]:
    """Take the papers out of a feed, by id without version."""
    found: dict[str, dict[str, object]] = {}
    for entry in ElementTree.fromstring(body).iter(f"{_ATOM}entry"):  # noqa: S314  as above
        address = entry.findtext(f"{_ATOM}id") or ""
        name = re.sub(r"v\d+$", "", address.partition("/abs/")[2])
        primary = entry.find(f"{_ARXIV}primary_category")
        # What arXiv says of an id that it cannot read is an entry, too.
        if not _ID.fullmatch(name) or primary is None:
            continue
        found[name] = {
            "title": _words(entry.findtext(f"{_ATOM}title")),
            "abstract": _words(entry.findtext(f"{_ATOM}summary")),
            "primary_category": primary.get("term"),
            "categories": [
                term for item in entry.iter(f"{_ATOM}category") if (term := item.get("term"))
            ],
        }
    return found


def _words(text: str | None) -> str:
    return " ".join((text or "").split())
