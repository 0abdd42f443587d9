"""The list API, from the oldest model to the newest, page by page into a crawl.

Only the order of creation is stable while the Hub moves: sorted by downloads or
last change, a listing loses the models that move past the cursor. What does
not belong here: pages on disk (`crawl`) and what their records say
(`records`).
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from huggingface_hub.utils import httpx  # type: ignore[attr-defined]  # exported when first used

from biome_pipeline.errors import HubAccessError, HubUnreachableError, SourceFormatError
from biome_pipeline.hub.client import LATER, origin
from biome_pipeline.hub.contents import in_words
from biome_pipeline.hub.crawl import Page
from biome_pipeline.hub.records import records_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from biome_pipeline.hub.client import Answer, Client
    from biome_pipeline.hub.crawl import Crawl
    from biome_pipeline.warehouse.lake import Lake

__all__ = ["PAGE_SIZE", "list_models"]

PAGE_SIZE = 1_000
"""Models of a page; the Hub gives no more."""

_PATH = "/api/models"
# What the list may be asked for; baseModels is not among it.
_FIELDS = (
    "author", "cardData", "config", "createdAt", "disabled", "downloads", "downloadsAllTime",
    "gated", "gguf", "lastModified", "library_name", "likes", "pipeline_tag", "private",
    "safetensors", "sha", "siblings", "tags", "trendingScore",
)  # fmt: skip
# A thousand models with all their files; the largest repositories have some 100,000.
_MOST_PAGE_BYTES = 512 * 2**20
# Other parameters may stand before the relation.
_NEXT = re.compile(r'<([^<>]*)>[^<>,]*;\s*rel\s*=\s*"?next\b', re.IGNORECASE)
_STALE = frozenset({400, 404, 410})
# A listing whose pages stay empty would never end.
_MOST_EMPTY_PAGES = 50
# The first heal goes back by one page, each further one by twice as many: the
# last goes back to the first page of any listing, and a Hub that then still
# refuses its own cursors is not asked for ever.
_MOST_HEALS = 12
_SECONDS_BETWEEN_REPORTS = 10.0


def list_models(
    client: Client,
    lake: Lake,
    crawl: Crawl,
    *,
    tell: Callable[[str], None],
    page_size: int = PAGE_SIZE,
) -> Crawl:
    """Take the pages of a listing that are not there yet, to its end.

    Each page is kept before the next is asked for, so a crawl that was killed
    goes on behind its newest page. A cursor that the Hub no longer knows heals
    itself: the page before it is asked for again, then two before it, then
    four, and so on back to the first.

    Parameters
    ----------
    client : Client
        The client of the Hub.
    lake : Lake
        The lake.
    crawl : Crawl
        The open crawl.
    tell : callable
        Hears how far it is, every ten seconds.
    page_size : int, optional
        Models of a page.

    Returns
    -------
    Crawl
        The finished crawl.

    Raises
    ------
    HubUnreachableError
        The Hub does not answer, or not properly; the pages that came are kept.
    HubAccessError
        The Hub refuses the token or the question.
    SourceFormatError
        The listing leads to another host, in a circle, or nowhere.
    """
    pages = crawl.pages()
    crawl.drop_after(len(pages))
    n_listed = sum(page.n_records for page in pages)
    began = told = time.monotonic()
    n_before = n_listed
    n_heals, furthest = 0, len(pages)
    while not pages or pages[-1].next_cursor is not None:
        cursor = pages[-1].next_cursor if pages else None
        answer, n_records = _ask(client, cursor, page_size)
        if answer.status in _STALE and cursor is not None:
            # Pages before it are asked for again, for a cursor that is fresh.
            if n_heals == _MOST_HEALS:
                raise _refusal(client, answer)
            del pages[max(0, len(pages) - 2**n_heals) :]
            n_heals += 1
            n_listed = sum(page.n_records for page in pages)
            crawl.drop_after(len(pages))
            continue
        if answer.status != httpx.codes.OK:
            raise _refusal(client, answer)
        assert answer.body is not None  # `fault_of` saw to it
        page = Page(len(pages) + 1, cursor, _next_cursor(client, answer), n_records)
        pages.append(page)
        _check_progress(client, pages)
        crawl.keep(lake, page, answer.body)
        n_heals = 0 if len(pages) > furthest else n_heals
        furthest = max(furthest, len(pages))
        n_listed += n_records
        if time.monotonic() - told >= _SECONDS_BETWEEN_REPORTS:
            told = time.monotonic()
            rate = (n_listed - n_before) / (told - began)
            tell(f"listing: {n_listed:,} models in {len(pages):,} pages, {rate:,.0f} a second")
    tell(
        f"listing: {n_listed:,} models in {len(pages):,} pages, "
        f"{in_words(time.monotonic() - began)}"
    )
    return crawl.finish(lake)


def _ask(client: Client, cursor: str | None, page_size: int) -> tuple[Answer, int]:
    """Ask for a page, and count its records."""
    query: dict[str, Any] = {
        "limit": page_size,
        "sort": "createdAt",
        "direction": 1,
        "expand[]": list(_FIELDS),
    }
    if cursor is not None:
        query["cursor"] = cursor
    n_records = 0

    def fault_of(status: int, _headers: Mapping[str, str], body: bytes | None) -> str | None:
        """Say why an answer is no page: what comes with status 200 may be anything."""
        nonlocal n_records
        if status != httpx.codes.OK:
            return None
        if body is None:
            return "a page beyond all measure"
        try:
            n_records = len(records_of(body))
        except ValueError:
            return "a page that is no JSON array"
        return None

    answer = client.ask(_PATH, query=query, most_bytes=_MOST_PAGE_BYTES, is_good=fault_of)
    return answer, n_records


def _next_cursor(client: Client, answer: Answer) -> str | None:
    """Take the cursor out of the link to the next page; only the cursor is followed."""
    match = _NEXT.search(answer.headers.get("Link", ""))
    if match is None:
        return None
    try:
        url = httpx.URL(answer.url).join(match[1])
    except httpx.InvalidURL:
        url = None
    if (
        url is None
        or origin(url) != client.home
        or url.path != urlsplit(client.endpoint).path + _PATH
    ):
        raise SourceFormatError(
            "the next page of the listing is at another address",
            place=client.home,
            remedy="check HF_ENDPOINT; the pages that came are kept",
        )
    cursors = parse_qs(url.query.decode()).get("cursor")
    if not cursors:
        raise SourceFormatError(
            "the link to the next page of the listing has no cursor",
            place=client.home,
            remedy=LATER,
        )
    return cursors[0]


def _check_progress(client: Client, pages: list[Page]) -> None:
    """Refuse a listing that goes in a circle, or stays empty."""
    newest = pages[-1]
    is_circle = newest.next_cursor is not None and any(
        page.cursor == newest.next_cursor for page in pages
    )
    last = pages[-_MOST_EMPTY_PAGES:]
    is_empty = len(last) == _MOST_EMPTY_PAGES and not any(page.n_records for page in last)
    if is_circle or is_empty:
        raise SourceFormatError(
            f"the listing {'goes in a circle' if is_circle else 'stays empty'} at page "
            f"{newest.number:,}",
            place=client.home,
            remedy="run again later; the pages that came are kept",
        )


def _refusal(client: Client, answer: Answer) -> HubAccessError | HubUnreachableError:
    if answer.status in {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}:
        return HubAccessError(
            f"the Hub refuses the listing (status {answer.status})",
            place=client.home,
            remedy="check HF_TOKEN, or unset it: the list is public",
        )
    return HubUnreachableError(
        f"the Hub answers the listing with status {answer.status}",
        place=client.home,
        remedy=LATER,
    )
