"""Where the next page is, and what is on one: cursors, links and rows that are odd."""

from __future__ import annotations

from typing import Any

import pytest

from biome_pipeline.errors import HubUnreachableError, SourceFormatError
from biome_pipeline.hub import listing
from biome_pipeline_tests.hub.conftest import TOKEN
from biome_pipeline_tests.hub.listers import PAGE, Lister, n_pages, public, rows_of
from biome_pipeline_tests.hubserver import (
    LocalHub,
    answer,
    bad_rows,
    empty_page,
    foreign_link,
    repeat_cursor,
    stale_cursor,
)
from biome_pipeline_tests.hubserver.faults import LIST

# Cursors


@pytest.mark.parametrize("status", [400, 404, 410])
def test_a_stale_cursor_heals_itself(lister: Lister, filled: LocalHub, status: int) -> None:
    filled.faults.append(stale_cursor(status=status, times=1, skip=4))
    crawl = lister.list()
    assert sorted(row["id"] for row in rows_of(crawl)) == public(filled)
    # The refusal, and the page before it again.
    assert len(filled.requests) == n_pages(filled) + 2


def test_a_cursor_that_went_stale_while_nothing_ran_heals_itself(
    lister: Lister, filled: LocalHub
) -> None:
    filled.faults.append(answer(503, times=None, path=LIST, skip=6))
    with pytest.raises(HubUnreachableError):
        lister.list()
    n_before = len(filled.requests)

    # All cursors of the days before are stale, until the list is begun anew.
    def renew(_number: int) -> None:
        if "cursor=" not in filled.requests[-1].path:
            filled.faults.clear()

    filled.faults[:] = [answer(400, times=None, path="cursor=")]
    filled.before_page = renew
    crawl = lister.list()
    assert sorted(row["id"] for row in rows_of(crawl)) == public(filled)
    # Back by 1, 2 and 4 pages: three refusals, and then each page once.
    assert len(filled.requests) == n_before + 3 + n_pages(filled)


@pytest.mark.parametrize("n_known", [0, 5])
def test_a_hub_that_refuses_all_its_cursors_is_not_asked_for_ever(
    lister: Lister, filled: LocalHub, n_known: int
) -> None:
    filled.faults.append(answer(400, times=None, path="cursor=", skip=n_known))
    with pytest.raises(HubUnreachableError, match="answers the listing with status 400"):
        lister.list()
    assert len(filled.requests) <= n_known + 2 * listing._MOST_HEALS + 2


def test_one_cursor_that_stays_stale_ends_with_a_clear_error(
    lister: Lister, filled: LocalHub
) -> None:
    filled.faults.append(stale_cursor(skip=4))
    with pytest.raises(HubUnreachableError, match="answers the listing with status 400"):
        lister.list()
    assert len(filled.requests) <= (listing._MOST_HEALS + 1) * (n_pages(filled) + 1)


@pytest.mark.parametrize(("to", "message"), [("same", "in a circle"), ("first", "has no cursor")])
def test_a_repeated_cursor_ends_with_a_clear_error(
    lister: Lister, filled: LocalHub, to: Any, message: str
) -> None:
    filled.faults.append(repeat_cursor(to, skip=3))
    with pytest.raises(SourceFormatError, match=message):
        lister.list()
    assert len(filled.requests) == 4
    assert len(lister.crawl().pages()) == 3
    # Once the Hub is itself again, the crawl goes on.
    filled.faults.clear()
    assert sorted(row["id"] for row in rows_of(lister.list())) == public(filled)


def test_a_longer_circle_ends_as_well(lister: Lister, filled: LocalHub) -> None:
    back = answer(200, body=b"[{}]", path=LIST, skip=4)
    filled.faults.append(back)

    def lead_back(number: int) -> None:
        if number == 3:
            target = f"{filled.address}{filled.requests[2].path}"
            back.headers["Link"] = f'<{target}>; rel="next"'

    filled.before_page = lead_back
    with pytest.raises(SourceFormatError, match="in a circle at page 5"):
        lister.list()
    assert len(filled.requests) == 5


def test_a_listing_that_stays_empty_ends(lister: Lister, filled: LocalHub) -> None:
    filled.faults.append(empty_page(times=None, skip=2))
    with pytest.raises(SourceFormatError, match="stays empty"):
        lister.list()
    assert len(filled.requests) == 2 + listing._MOST_EMPTY_PAGES


# Links


def test_a_link_to_another_host_is_not_followed(lister: Lister, filled: LocalHub) -> None:
    with LocalHub() as other:
        other.models = filled.models
        filled.faults.append(foreign_link(other.address, skip=2))
        with pytest.raises(SourceFormatError, match="next page of the listing is at another"):
            lister.list(headers={"Authorization": f"Bearer {TOKEN}"})
        assert other.requests == []
    assert len(filled.requests) == 3


def linked(hub: LocalHub, link: str) -> None:
    headers = {"Link": link, "Content-Type": "application/json"}
    hub.faults.append(answer(200, headers=headers, body=b"[]", path=LIST))


@pytest.mark.parametrize(
    "link",
    [
        "<http://127.0.0.1:1/api/models?cursor=a>",
        "<//127.0.0.1:1/api/models?cursor=a>",
        "<https://127.0.0.1/api/models?cursor=a>",
        "<{hub}/api/datasets?cursor=a>",
        "<{hub}/api/models/org/model?cursor=a>",
        "<{hub}/api/models/../secrets?cursor=a>",
        "<ftp://[bad/api/models?cursor=a>",
        "<http://[bad/api/models?cursor=a>",
        "<javascript:alert(1)>",
    ],
)
def test_a_link_that_leads_elsewhere_ends_the_run(
    lister: Lister, filled: LocalHub, link: str
) -> None:
    linked(filled, link.replace("{hub}", filled.address) + '; rel="next"')
    with pytest.raises(SourceFormatError, match="next page of the listing is at another"):
        lister.list()
    assert len(filled.requests) == 1


@pytest.mark.parametrize(
    "link",
    [
        '<{hub}/api/models?cursor=a%2Bb%3D>; rel="next"',
        "</api/models?cursor=a%2Bb%3D>;rel=next",
        '<http://other.example/x>; rel="prev", <{hub}/api/models?x=1&cursor=a%2Bb%3D>; rel="next"',
        '<?cursor=a%2Bb%3D>; title="next page"; REL="Next"',
        '<http://me:secret@{host}/api/models?cursor=a%2Bb%3D>; rel="next"',
    ],
)
def test_of_a_link_only_the_cursor_is_followed(lister: Lister, filled: LocalHub, link: str) -> None:
    host = filled.address.removeprefix("http://")
    linked(filled, link.replace("{hub}", filled.address).replace("{host}", host))
    filled.faults.append(answer(200, body=b"[]", path=LIST))
    lister.list()
    first, second = (request.path for request in filled.requests)
    assert second == f"{first}&cursor=a%2Bb%3D"
    assert [request.headers.get("authorization") for request in filled.requests] == [None, None]


# Rows


def test_bad_rows_cost_no_other_and_the_page_stays_as_it_came(
    lister: Lister, filled: LocalHub
) -> None:
    texts = [
        b"null",
        b"17",
        b"{}",
        b'{"id": 5}',
        b'{"id": "org/odd-1", "safetensors": {"total": 5}}',
        b'{"id": "org/odd-2", "trendingScore": NaN, "likes": Infinity}',
        b'{"id": "org/odd-3", "likes": "3", "downloads": 18446744073709551617, "private": 1}',
        b'{"id": "org/odd-4", "likes": 1, "likes": 2, "tags": ["\\ud800"]}',
        b'{"id": "org/odd-5", "createdAt": "0001-01-01T00:00:00.000Z", "lastModified": "soon"}',
        b'{"id": "org/odd-6", "config": ' + b"[" * 10_000 + b"]" * 10_000 + b"}",
        b'{"id": "org/odd-7", "likes": ' + b"9" * 5_000 + b"}",
        b'{"id": "org/odd-8", "author": "\xff\xfe"}',
    ]
    filled.faults.append(bad_rows(*texts, at=4, skip=2))
    crawl = lister.list()
    odd = [f"org/odd-{i}" for i in range(1, 9)]
    assert lister.models(crawl) == sorted([*public(filled), *odd])
    third = list(crawl.bodies())[2]
    assert all(text in third for text in texts)
    assert [found.n_records for found in crawl.pages()][2] == PAGE + len(texts)
    assert len(filled.requests) == n_pages(filled)
