"""What can go wrong with the list and with bodies, as the real client meets it."""

from __future__ import annotations

import itertools
import json

import pytest
from huggingface_hub import HfApi
from huggingface_hub.errors import BadRequestError
from huggingface_hub.utils import httpx

from biome_pipeline_tests.hubserver import (
    Fault,
    LocalHub,
    answer,
    bad_rows,
    broken_json,
    cursor_after,
    double_rows,
    empty,
    empty_page,
    foreign_link,
    overlap,
    page,
    repeat_cursor,
    short_page,
    stale_cursor,
    truncated_json,
)
from biome_pipeline_tests.hubserver.conftest import TOKEN, Get, Walk

FIRST = "/api/models?sort=createdAt&direction=1&limit=10"


@pytest.fixture
def names(hub: LocalHub) -> list[str]:
    """Give the names of the models in the order of their creation."""
    return [hub.add_model(f"org/model-{i}").id for i in range(35)]


def _ids(reply: httpx.Response) -> list[str]:
    return [row["id"] for row in reply.json()]


def _pages(hub: LocalHub, get: Get, most: int = 12) -> list[list[str]]:
    """Read page after page, no more than some."""
    pages, path = [], FIRST
    while path and len(pages) < most:
        reply = get(path)
        pages.append(_ids(reply))
        path = reply.links.get("next", {}).get("url", "").removeprefix(hub.address)
    return pages


def test_a_repeated_cursor_never_ends(hub: LocalHub, get: Get, names: list[str]) -> None:
    hub.faults.append(repeat_cursor(skip=1))
    assert _pages(hub, get, most=6) == [names[:10]] + [names[10:20]] * 5
    assert hub.requests[1].path == hub.requests[5].path


def test_a_page_may_point_to_the_first_one(hub: LocalHub, get: Get, names: list[str]) -> None:
    hub.faults.append(repeat_cursor("first", skip=1, times=1))
    pages = _pages(hub, get)
    assert pages[:3] == [names[:10], names[10:20], names[:10]]
    assert list(itertools.chain(*pages)) == names[:20] + names
    assert hub.requests[2].path == hub.requests[0].path


def test_the_client_takes_its_token_to_a_foreign_host(
    hub: LocalHub, known: HfApi, names: list[str]
) -> None:
    # The reason why a client of the project has to look where a link points.
    with LocalHub(tokens={TOKEN}) as other:
        other.add_model("other/model")
        hub.faults.append(foreign_link(other.address))
        list(known.list_models(sort="created_at"))
        (request,) = other.requests
    assert request.path.startswith("/api/models?sort=createdAt")
    assert request.has_token


def test_a_foreign_link_keeps_the_rest_of_the_address(
    hub: LocalHub, get: Get, names: list[str]
) -> None:
    hub.faults.append(foreign_link("http://elsewhere.test/"))
    link = get(FIRST).links["next"]["url"]
    assert link.startswith("http://elsewhere.test/api/models?sort=createdAt&direction=1&limit=10&")
    assert (
        link.removeprefix("http://elsewhere.test")
        == get(FIRST).links["next"]["url"][len(hub.address) :]
    )


@pytest.mark.parametrize("status", [400, 410])
def test_one_cursor_is_stale_for_some_time(
    hub: LocalHub, get: Get, names: list[str], status: int
) -> None:
    fault = stale_cursor(status=status, times=2, skip=1)
    hub.faults.append(fault)
    path = get(FIRST).links["next"]["url"].removeprefix(hub.address)
    second = get(path)
    third = second.links["next"]["url"].removeprefix(hub.address)
    assert _ids(second) == names[10:20]
    assert get(third).status_code == status
    assert get(path).status_code == get(FIRST).status_code == 200
    assert get(third).status_code == status
    assert _ids(get(third)) == names[20:30]
    assert fault.happened == 2


def test_a_given_cursor_is_stale_for_ever(
    hub: LocalHub, api: HfApi, get: Get, names: list[str]
) -> None:
    hub.faults.append(stale_cursor(cursor_after("createdAt", True, hub.models[names[19]])))
    first, second = get(FIRST), None
    second = get(first.links["next"]["url"].removeprefix(hub.address))
    assert _ids(second) == names[10:20]
    for _ in range(3):
        reply = get(second.links["next"]["url"].removeprefix(hub.address))
        assert reply.status_code == 400
        assert reply.json() == {"error": "Invalid cursor"}


def test_a_stale_cursor_is_a_bad_request_for_the_client(
    hub: LocalHub, api: HfApi, walk: Walk, names: list[str]
) -> None:
    hub.faults.append(stale_cursor())
    with pytest.raises(BadRequestError, match="Invalid cursor"):
        walk()


def test_pages_overlap(hub: LocalHub, get: Get, names: list[str]) -> None:
    hub.faults.append(overlap(3))
    pages = _pages(hub, get)
    assert pages == [names[:10], names[7:17], names[14:24], names[21:31], names[28:35]]


@pytest.mark.parametrize("size", [1, 9, 10, 25])
def test_even_the_widest_overlap_ends(hub: LocalHub, get: Get, names: list[str], size: int) -> None:
    hub.faults.append(overlap(size))
    expected, end = [names[:10]], 10
    while end < len(names):
        start = max(0, end - size)
        end = min(len(names), start + max(10, size + 1))
        expected.append(names[start:end])
    assert _pages(hub, get, most=40) == expected


def test_short_and_empty_pages_lose_nothing(hub: LocalHub, get: Get, names: list[str]) -> None:
    hub.faults += [empty_page(), short_page(4), empty_page(times=2), short_page(1)]
    pages = _pages(hub, get)
    assert [len(rows) for rows in pages] == [0, 4, 0, 0, 1, 10, 10, 10]
    assert list(itertools.chain(*pages)) == names
    assert len({request.path for request in hub.requests}) == len(hub.requests)


def test_rows_come_twice_on_one_page(hub: LocalHub, get: Get, names: list[str]) -> None:
    hub.faults.append(double_rows(2, skip=1))
    assert _pages(hub, get)[:2] == [names[:10], names[10:12] + names[10:20]]


def test_bad_rows_stand_among_good_ones(hub: LocalHub, get: Get, names: list[str]) -> None:
    hub.faults.append(bad_rows(None, {"id": 3}, b'{"a": 1, "a": 2}', at=1))
    text = get(FIRST).text
    rows = json.loads(text)
    assert [rows[0]["id"], *rows[1:4], rows[4]["id"]] == [
        names[0],
        None,
        {"id": 3},
        {"a": 2},
        names[1],
    ]
    assert b'{"a": 1, "a": 2}'.decode() in text
    assert _ids(get(FIRST)) == names[:10]


# Bodies with status 200 that are not what was asked for


@pytest.mark.parametrize(
    "fault", [page(), empty(), broken_json(), truncated_json(100)], ids=lambda f: f.kind
)
def test_a_body_with_200_that_is_no_json_ends_the_client(
    hub: LocalHub, api: HfApi, names: list[str], fault: Fault
) -> None:
    hub.faults.append(fault)
    with pytest.raises(ValueError, match=r"Expecting|codec|Unterminated|Invalid"):
        list(api.list_models())
    assert hub.requests[0].status == 200
    assert len(list(api.list_models())) == len(names)


def test_truncated_json_is_whole_by_its_length(hub: LocalHub, get: Get, names: list[str]) -> None:
    whole = get(FIRST).content
    hub.faults.append(truncated_json(100))
    reply = get(FIRST)
    assert reply.headers["Content-Length"] == "100"
    assert reply.content == whole[:100]


# When a fault happens


def test_faults_of_the_list_spare_everything_else(
    hub: LocalHub, get: Get, names: list[str]
) -> None:
    faults = [broken_json(), empty_page(), repeat_cursor(), stale_cursor()]
    hub.faults += faults
    assert get(f"/api/models/{names[0]}").json()["id"] == names[0]
    assert [fault.happened for fault in faults] == [0, 0, 0, 0]


def test_a_fault_spares_some_and_is_spent(hub: LocalHub, get: Get, names: list[str]) -> None:
    fault = answer(502, skip=2, times=2, path="/api/models")
    hub.faults.append(fault)
    assert [get(FIRST).status_code for _ in range(5)] == [200, 200, 502, 502, 200]
    assert (fault.happened, fault.times, fault.skip) == (2, 0, 0)


def test_what_fails_in_the_server_fails_the_test() -> None:
    def fail(page: int) -> None:
        raise LookupError(f"page {page}")

    with pytest.raises(LookupError, match="page 0"), LocalHub() as hub:  # noqa: PT012  both
        hub.before_page = fail
        assert httpx.get(f"{hub.address}/api/models").status_code == 500
