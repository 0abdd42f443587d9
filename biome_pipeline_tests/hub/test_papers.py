"""Papers from a local arXiv: batches, ids of all times, and feeds that are none."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, urlsplit

import pytest

from biome_pipeline.errors import HubUnreachableError
from biome_pipeline.hub import clients
from biome_pipeline.hub.client import Client
from biome_pipeline.hub.papers import PAPER, collect_papers, pending_papers
from biome_pipeline.hub.shelf import Content, Shelf
from biome_pipeline.settings import load_settings
from biome_pipeline_tests.hub.conftest import TOKEN
from biome_pipeline_tests.hubserver import (
    Fault,
    LocalHub,
    answer,
    empty,
    page,
    reset,
    truncate,
    truncated_json,
)

QUERY = "/api/query"

Collect = Callable[..., int]


@pytest.fixture
def arxiv(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalHub]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with LocalHub() as arxiv:
        yield arxiv


@pytest.fixture
def collected(arxiv: LocalHub, shelf: Shelf) -> Collect:
    """Ask for the papers that are not on the shelf, with short waits."""

    def _collected(*ids: str, attempts: int = 3) -> int:
        with Client(arxiv.address, attempts, 0.01, 5.0) as client:
            left = pending_papers(shelf, ids)
            return collect_papers(client, shelf, left, tell=lambda _text: None)

    return _collected


def kept(shelf: Shelf) -> dict[str, Content]:
    return {content.name: content for content in shelf.contents(PAPER)}


def outcomes(shelf: Shelf) -> dict[str, str]:
    return {name: content.outcome for name, content in kept(shelf).items()}


def asked(arxiv: LocalHub) -> list[dict[str, str]]:
    """Give the queries, each value as text."""
    queries = [parse_qs(urlsplit(request.path).query) for request in arxiv.requests]
    return [{name: values[0] for name, values in query.items()} for query in queries]


# What a paper is


def test_a_paper_is_taken_as_arxiv_states_it(
    arxiv: LocalHub, shelf: Shelf, collected: Collect
) -> None:
    arxiv.add_paper(
        "2106.09685",
        title="LoRA & friends: <low-rank> adaptation of large language models, at great length",
        summary="An important paradigm. " * 9,
        primary_category="cs.CL",
        categories=("cs.CL", "cs.AI"),
        version=2,
    )
    assert collected("2106.09685") == 1
    (content,) = kept(shelf).values()
    assert (content.outcome, content.origin, content.attempts) == ("ok", "single", 1)
    assert json.loads(content.body or b"") == {
        "title": "LoRA & friends: <low-rank> adaptation of large language models, at great length",
        "abstract": ("An important paradigm. " * 9).strip(),
        "primary_category": "cs.CL",
        "categories": ["cs.CL", "cs.AI"],
    }


def test_old_ids_are_found_with_their_subject_class_and_without(
    arxiv: LocalHub, shelf: Shelf, collected: Collect
) -> None:
    """arXiv answers ``math.GT/0309136`` as ``math/0309136``."""
    arxiv.add_paper("math.GT/0309136", title="Knots")
    arxiv.add_paper("cs/0501001", title="Sets")
    assert collected("math.GT/0309136", "math/0309136", "cs/0501001") == 3
    titles = {name: json.loads(c.body or b"")["title"] for name, c in kept(shelf).items()}
    assert titles == {"math.GT/0309136": "Knots", "math/0309136": "Knots", "cs/0501001": "Sets"}


def test_a_paper_that_arxiv_does_not_have_is_missing(
    arxiv: LocalHub, shelf: Shelf, collected: Collect
) -> None:
    arxiv.add_paper("1706.03762")
    assert collected("1706.03762", "1706.99999", "foo/0000000") == 1
    assert outcomes(shelf) == {
        "1706.03762": "ok",
        "1706.99999": "missing",
        "foo/0000000": "missing",
    }


ODD_IDS = [
    "",
    "attention",
    "1706.03762v2",
    "1706.0376212",
    "1706.03762,1706.03763",
    "1706.03762&max_results=2000",
    "../etc/passwd",
    "".join(chr(ord(digit) + 0xFEE0) for digit in "1706") + ".03762",  # other digits
    "1706.03762\n",
    "math.gt/0309136",
    "Math/0309136",
    "'; DROP TABLE contents; --",
]


def test_what_is_no_id_is_not_sent(arxiv: LocalHub, shelf: Shelf, collected: Collect) -> None:
    arxiv.add_paper("1706.03762")
    assert collected(*ODD_IDS) == 0
    assert arxiv.requests == []
    assert outcomes(shelf) == dict.fromkeys(ODD_IDS, "invalid_id")
    assert collected("1706.03762", *ODD_IDS) == 1
    assert [query["id_list"] for query in asked(arxiv)] == ["1706.03762"]


@pytest.mark.parametrize("status", [400, 200])
def test_an_id_that_arxiv_cannot_read_spoils_no_other(
    arxiv: LocalHub, shelf: Shelf, collected: Collect, status: int
) -> None:
    """It refuses the whole batch, and names one of them."""
    ids = [f"2001.{i:05}" for i in range(150)]
    for name in ids:
        arxiv.add_paper(name)
    bad = ["2013.00001", "2099.00002", "0013.0003"]
    for name in bad:
        body = arxiv_error(f"incorrect id format for {name}")
        arxiv.faults.append(answer(status, times=None, body=body, path=name.replace(".", r"\.")))
    assert collected(*ids, *bad) == 150
    assert outcomes(shelf) == dict.fromkeys(ids, "ok") | dict.fromkeys(bad, "invalid_id")
    assert len(arxiv.requests) == 2 + 3
    arxiv.requests.clear()
    assert collected(*ids, *bad) == 0
    assert arxiv.requests == []


@pytest.mark.parametrize("status", [400, 200])
@pytest.mark.parametrize("said", ["max_results must be an integer", "incorrect id format for x"])
def test_another_error_of_arxiv_says_nothing_about_the_ids(
    arxiv: LocalHub, shelf: Shelf, collected: Collect, status: int, said: str
) -> None:
    arxiv.faults.append(answer(status, times=None, body=arxiv_error(said)))
    with pytest.raises(HubUnreachableError, match="arXiv answers with an error"):
        collected("1706.03762")
    assert outcomes(shelf) == {}


def arxiv_error(said: str) -> bytes:
    entry = f"<entry><id>http://arxiv.org/api/errors#x</id><summary>{said}</summary></entry>"
    return f'<feed xmlns="http://www.w3.org/2005/Atom">{entry}</feed>'.encode()


# How they are asked for


def test_papers_are_asked_for_in_batches_of_a_hundred(
    arxiv: LocalHub, shelf: Shelf, collected: Collect
) -> None:
    ids = [f"2001.{i:05}" for i in range(250)]
    for name in ids:
        arxiv.add_paper(name)
    assert collected(*reversed(ids), *ids) == 250
    queries = asked(arxiv)
    assert [query["max_results"] for query in queries] == ["100", "100", "50"]
    assert {query["start"] for query in queries} == {"0"}
    sent = [name for query in queries for name in query["id_list"].split(",")]
    assert sent == ids
    assert set(outcomes(shelf).values()) == {"ok"}


def test_a_second_run_asks_for_what_is_new_alone(
    arxiv: LocalHub, shelf: Shelf, collected: Collect
) -> None:
    arxiv.add_paper("1706.03762")
    arxiv.add_paper("2106.09685")
    assert collected("1706.03762", "1706.99999") == 1
    assert collected("1706.03762", "1706.99999") == 0
    assert len(arxiv.requests) == 1
    assert collected("1706.03762", "1706.99999", "2106.09685") == 1
    assert asked(arxiv)[-1]["id_list"] == "2106.09685"


def test_what_came_before_an_outage_is_kept(
    arxiv: LocalHub, shelf: Shelf, collected: Collect
) -> None:
    ids = [f"2001.{i:05}" for i in range(250)]
    for name in ids:
        arxiv.add_paper(name)
    arxiv.faults.append(answer(503, times=None, skip=2))
    with pytest.raises(HubUnreachableError, match=r"after 3 tries .*run again later"):
        collected(*ids)
    assert len(arxiv.requests) == 2 + 3
    assert len(kept(shelf)) == 200
    arxiv.faults.clear()
    assert collected(*ids) == 50
    assert len(arxiv.requests) == 5 + 1


def test_one_request_at_a_time_and_with_a_pause(
    arxiv: LocalHub, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clients, "_ARXIV_SECONDS", 0.2)
    settings = load_settings(arxiv_url=arxiv.address, hf_token=TOKEN, contact="me@example.org")
    ids = [f"2001.{i:05}" for i in range(350)]
    # Opened anew, as the next command would: the pause is the process's.
    for part in (ids[:150], ids[150:]):
        with clients.arxiv_client(settings) as client:
            collect_papers(client, shelf, part, tell=lambda _text: None)
    assert len(arxiv.requests) == 2 + 2
    assert arxiv.most_in("api", 0.2) == 1
    assert arxiv.most_at_once("api") == 1
    assert not any(request.has_token for request in arxiv.requests)
    assert all("me@example.org" in request.user_agent for request in arxiv.requests)


def test_arxiv_is_asked_once_in_three_seconds() -> None:
    with clients.arxiv_client(load_settings(arxiv_url="http://127.0.0.1:9")) as client:
        limits = [(limit.requests, limit.seconds) for limit in client._limits.values()]
    assert limits == [(1, 3.0), (1, 3.0)]


# Feeds that are none

BOMB = "".join(f'<!ENTITY e{i} "{f"&e{i - 1};" * 10}">' for i in range(1, 9))
FEED = '<feed xmlns="http://www.w3.org/2005/Atom"/>'

NO_FEEDS = {
    "a page": page(times=None),
    "nothing": empty(times=None, path=QUERY),
    "half a feed": truncated_json(300, times=None, path=QUERY),
    "a body that breaks off": truncate(300, times=None),
    "a reset": reset(times=None),
    "other XML": answer(200, times=None, body=b"<rss/>"),
    "no UTF-8": answer(200, times=None, body=FEED[:-2].encode() + b">\xff</feed>"),
    "a bomb": answer(
        200,
        times=None,
        body=f'<!DOCTYPE f [<!ENTITY e0 "x">{BOMB}]>{FEED[:-2]}>&e3;</feed>'.encode(),
    ),
    "a bomb in UTF-16": answer(
        200,
        times=None,
        body=(
            '<?xml version="1.0" encoding="UTF-16"?>'
            f'<!DOCTYPE f [<!ENTITY e0 "x">{BOMB}]>{FEED[:-2]}>&e3;</feed>'
        ).encode("utf-16-le"),
    ),
    "a file of the machine": answer(
        200,
        times=None,
        body=b'<!DOCTYPE f [<!ENTITY e SYSTEM "file:///etc/passwd">]><feed>&e;</feed>',
    ),
}


@pytest.mark.parametrize("name", NO_FEEDS)
def test_what_is_no_feed_says_nothing_about_a_paper(
    arxiv: LocalHub, shelf: Shelf, collected: Collect, name: str
) -> None:
    arxiv.add_paper("1706.03762")
    fault: Fault = NO_FEEDS[name]
    arxiv.faults.append(fault)
    with pytest.raises(HubUnreachableError, match="after 3 tries"):
        collected("1706.03762")
    assert len(arxiv.requests) == 3
    assert kept(shelf) == {}
    fault.times = 0
    assert collected("1706.03762") == 1


def test_more_than_any_feed_is_not_read(
    arxiv: LocalHub, shelf: Shelf, collected: Collect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("biome_pipeline.hub.papers._MOST_BYTES", 100)
    arxiv.add_paper("1706.03762")
    with pytest.raises(HubUnreachableError):
        collected("1706.03762")
    assert kept(shelf) == {}


@pytest.mark.parametrize(
    "fault",
    [
        answer(503, headers={"Retry-After": "0"}),
        answer(429, headers={"Retry-After": "0"}),
        answer(500),
        reset(),
        page(),
        empty(path=QUERY),
        truncated_json(300, path=QUERY),
    ],
    ids=lambda fault: f"{fault.kind}-{fault.status}",
)
def test_what_passes_is_waited_for(
    arxiv: LocalHub, shelf: Shelf, collected: Collect, fault: Fault
) -> None:
    arxiv.add_paper("1706.03762")
    fault.times = 1
    arxiv.faults.append(fault)
    assert collected("1706.03762") == 1
    assert kept(shelf)["1706.03762"].attempts == 2
    assert fault.happened == 1


def test_an_entry_without_categories_is_a_paper(
    arxiv: LocalHub, shelf: Shelf, collected: Collect
) -> None:
    body = (
        '<feed xmlns="http://www.w3.org/2005/Atom">'
        "<entry><id>http://arxiv.org/abs/1706.03762v7</id><title>T</title></entry>"
        "<entry><id>http://arxiv.org/abs/../../x</id></entry><entry/></feed>"
    )
    arxiv.faults.append(answer(200, body=body.encode()))
    assert collected("1706.03762") == 1
    assert json.loads(kept(shelf)["1706.03762"].body or b"") == {
        "title": "T",
        "abstract": "",
        "primary_category": None,
        "categories": [],
    }
