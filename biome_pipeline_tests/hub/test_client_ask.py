"""What is asked for comes whole or not at all, in bounded tries, time and memory."""

from __future__ import annotations

import gzip
import json
import threading
import time
import tracemalloc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from random import Random

import pytest
from huggingface_hub import constants

from biome_pipeline.errors import HubUnreachableError
from biome_pipeline.hub.client import Client
from biome_pipeline.hub.limits import RateLimit
from biome_pipeline_tests.hub.conftest import TOKEN
from biome_pipeline_tests.hubserver import (
    Fault,
    LocalHub,
    answer,
    broken_json,
    compress,
    drip,
    empty,
    page,
    reset,
    stall,
    truncate,
    truncated_json,
)

CARD = b"# A model\n" * 40
PATH = "/org/model/resolve/main/README.md"
LIST = "/api/models"
PACKED = gzip.compress(CARD, mtime=0)
GZIP = {"Content-Encoding": "gzip"}


@pytest.fixture
def served(hub: LocalHub) -> LocalHub:
    hub.add_model("org/model", files={"README.md": CARD})
    return hub


@pytest.fixture
def client(served: LocalHub) -> Iterator[Client]:
    with Client(served.address, attempts=3, pause=0.01, timeout=0.3) as client:
        yield client


def is_list(status: int, _headers: Mapping[str, str], body: bytes | None) -> str | None:
    try:
        return None if status == 200 and isinstance(json.loads(body or b""), list) else "no list"
    except ValueError:
        return "no JSON"


# Failures that pass

PASSING = [
    *(answer(status, body=b"half") for status in (408, 429, 500, 502, 503, 504)),
    answer(429, times=2, headers={"Retry-After": "0"}),
    answer(503, times=2, headers={"Retry-After": "Mon, 30 Jun 2025 12:00:00 GMT"}),
    answer(502, headers={"Retry-After": "soon"}),
    reset(),
    reset(at=5),
    reset(at=5, times=2),
    truncate(0),
    truncate(5),
    stall(),
    stall(at=5),
    replace(compress("deflate", times=1), is_forced=True),
    replace(compress("zstd", times=1), is_forced=True),
    answer(200, headers=GZIP, body=PACKED[:-1]),
    answer(200, headers=GZIP, body=PACKED[:-8]),
    answer(200, headers=GZIP, body=PACKED[: len(PACKED) // 2]),
    answer(200, headers=GZIP, body=PACKED[:3]),
    answer(200, headers=GZIP, body=PACKED + b"more"),
    answer(200, headers=GZIP, body=gzip.compress(CARD[:9]) + PACKED),
    answer(200, headers=GZIP, body=CARD),
    answer(200, headers={"Content-Encoding": "gzip, gzip"}, body=gzip.compress(PACKED)),
    answer(200, headers={"Content-Encoding": "br"}, body=CARD),
]


@pytest.mark.parametrize("fault", PASSING, ids=lambda f: f"{f.kind}-{f.status}-{f.at}-{f.times}")
def test_what_passes_is_asked_for_again_from_its_start(
    client: Client, served: LocalHub, fault: Fault
) -> None:
    served.faults.append(replace(fault))
    given = client.ask(PATH, most_bytes=1_000)
    n_tries = 1 + (fault.times or 0)
    assert (given.status, given.body, given.attempts) == (200, CARD, n_tries)
    assert len(served.requests) == n_tries
    assert not any("range" in request.headers for request in served.requests)
    assert client.account.facts()["retries"] == n_tries - 1


LISTS = [page(path=LIST), empty(path=LIST), broken_json(), truncated_json(20), truncated_json(0)]


@pytest.mark.parametrize("fault", LISTS, ids=lambda f: f"{f.kind}-{len(f.body)}-{f.at}")
def test_a_body_of_the_wrong_kind_is_asked_for_again(
    client: Client, served: LocalHub, fault: Fault
) -> None:
    served.faults.append(replace(fault, times=2))
    given = client.ask(LIST, most_bytes=10_000, is_good=is_list)
    assert [row["id"] for row in json.loads(given.body or b"")] == ["org/model"]
    assert len(served.requests) == given.attempts == 3


@pytest.mark.parametrize("seed", range(12))
def test_whatever_goes_wrong_in_a_row_nothing_half_read_comes_back(
    served: LocalHub, seed: int
) -> None:
    random = Random(seed)
    faults = [replace(random.choice(PASSING), times=1) for _ in range(4)]
    served.faults += faults
    with Client(served.address, attempts=5, pause=0.001, timeout=0.1) as client:
        assert client.ask(PATH, most_bytes=1_000).body == CARD
    assert len(served.requests) == 5


# Failures that stay

STAYING = [
    *(answer(status, times=None) for status in (408, 429, 500, 502, 503, 504)),
    reset(times=None),
    reset(at=5, times=None),
    truncate(5, times=None),
    stall(times=None, seconds=2.0),
    stall(at=5, times=None, seconds=2.0),
    compress("zstd", is_forced=True),
    answer(200, times=None, headers=GZIP, body=PACKED[:-1]),
]


@pytest.mark.parametrize("fault", STAYING, ids=lambda f: f"{f.kind}-{f.status}-{f.at}")
def test_what_stays_ends_after_the_tries_it_was_given(
    client: Client, served: LocalHub, fault: Fault
) -> None:
    served.faults.append(replace(fault))
    # The timeout ends a stall, not the server.
    why = "ReadTimeout" if fault.kind == "stall" else ""
    with pytest.raises(HubUnreachableError, match=rf"after 3 tries .*{why}.*run again later"):
        client.ask(PATH, most_bytes=1_000)
    assert len(served.requests) == 3
    assert client.account.facts()["requests"] == 3


def test_an_answer_that_another_try_would_not_change_is_given_at_once(
    client: Client, served: LocalHub
) -> None:
    for status in (400, 401, 403, 404, 410, 416, 418, 451):
        served.faults.append(answer(status, body=b"no"))
        given = client.ask(PATH, most_bytes=1_000)
        assert (given.status, given.body, given.attempts) == (status, b"no", 1)


def test_a_body_that_drips_ends_with_the_time_it_has(served: LocalHub) -> None:
    # Each byte comes well before the timeout of a try.
    served.faults.append(drip(seconds=0.02, times=None))
    with (
        Client(served.address, 2, 0.01, 5.0, longest_body=0.1) as client,
        pytest.raises(HubUnreachableError, match=r"after 2 tries .the body takes too long"),
    ):
        client.ask(PATH, most_bytes=1_000)
    assert len(served.requests) == 2
    # It was not read to its end first.
    assert client.account.n_bytes < len(CARD)


def test_a_body_that_drips_and_is_done_in_time_is_taken(served: LocalHub) -> None:
    served.faults.append(drip(seconds=0.0001))
    with Client(served.address, 1, 0.01, 5.0) as client:
        assert client.ask(PATH, most_bytes=1_000).body == CARD


# Waits


@pytest.mark.parametrize("tells", ["seconds", "date", "ratelimit"])
def test_a_refusal_pauses_all_requests_of_its_bucket(served: LocalHub, tells: str) -> None:
    served.limit("files", 1, 1.0, tells)  # type: ignore[arg-type]  # one of its literals
    limits = {"api": RateLimit(1_000), "files": RateLimit(1_000)}
    with Client(served.address, 9, 0.01, 5.0, limits=limits) as client:
        bodies: list[bytes | None] = []

        def take() -> None:
            bodies.append(client.ask(PATH, most_bytes=1_000).body)

        take()
        threads = [threading.Thread(target=take)]
        threads[0].start()
        while limits["files"]._paused_until == 0.0 and threads[0].is_alive():
            time.sleep(0.001)
        until = limits["files"]._paused_until
        served.limits["files"].requests = 1_000
        threads += [threading.Thread(target=take) for _ in range(8)]
        for thread in threads[1:]:
            thread.start()
        # The other bucket goes on.
        client.ask(LIST, most_bytes=10_000)
        assert time.monotonic() < until
        for thread in threads:
            thread.join()
    assert bodies == [CARD] * 10
    # One was let through, one refused, and nobody came until the pause was over.
    asked = served.asked(path=PATH)
    assert [r.status for r in asked] == [200, 429] + [200] * 9
    assert min(r.arrived for r in asked[2:]) >= until


@pytest.mark.parametrize("headers", [{"Retry-After": "86400"}, {"Retry-After": "9" * 400}])
@pytest.mark.parametrize("status", [429, 503])
def test_a_wait_without_end_is_not_waited(
    served: LocalHub, headers: dict[str, str], status: int
) -> None:
    limits = {"files": RateLimit(10)}
    served.faults.append(answer(status, times=None, headers=headers))
    with (
        Client(served.address, 3, 0.01, 0.3, limits=limits) as client,
        pytest.raises(HubUnreachableError, match=r"asks to wait .*run again after that time"),
    ):
        client.ask(PATH, most_bytes=1_000)
    assert len(served.requests) == 1
    # A pause of a day would hold the rest of the run as well.
    assert limits["files"]._paused_until == 0.0


@pytest.mark.parametrize(
    "headers",
    [
        {"Retry-After": "-5"},
        {"Retry-After": "Mon, 30 Jun 99999 12:00:00 GMT"},
        {"Retry-After": "Mon, 30 Jun 2025 12:00:00"},
        {"RateLimit": f'"api";r=0;t={"9" * 5_000}'},
        {"RateLimit": f'"api";r=0;t={"9" * 400}'},
        {"RateLimit": "odd"},
    ],
)
def test_odd_words_about_waiting_are_taken_for_none(
    client: Client, served: LocalHub, headers: dict[str, str]
) -> None:
    served.faults.append(answer(429, headers=headers))
    assert client.ask(PATH, most_bytes=1_000).body == CARD


# Sizes


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_a_body_is_kept_up_to_the_cap_and_not_beyond(
    client: Client, served: LocalHub, encoding: str
) -> None:
    if encoding == "gzip":
        served.faults.append(compress("gzip"))
    assert client.ask(PATH, most_bytes=len(CARD)).body == CARD
    too_large = client.ask(PATH, most_bytes=len(CARD) - 1)
    assert (too_large.status, too_large.body, too_large.attempts) == (200, None, 1)
    sent = {r.headers.get("accept-encoding") for r in served.requests}
    assert sent == {"gzip"}


@contextmanager
def memory_below(most: int) -> Iterator[None]:
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < most
    finally:
        tracemalloc.stop()


BOMB = gzip.compress(bytes(50 * 2**20), mtime=0)


def test_a_bomb_is_refused_at_the_cap_in_bounded_memory(client: Client, served: LocalHub) -> None:
    assert len(BOMB) < 64 * 1024
    served.faults.append(answer(200, headers=GZIP, body=BOMB))
    with memory_below(4 * 2**20):
        given = client.ask(PATH, most_bytes=2**20)
    assert (given.body, given.attempts) == (None, 1)


def test_a_bomb_that_comes_with_a_redirect_is_not_unpacked(
    client: Client, served: LocalHub
) -> None:
    for headers in (GZIP, {}):
        body = BOMB if headers else bytes(20 * 2**20)
        there = {"Location": f"{served.address}{PATH}?again=1"}
        served.faults.append(answer(302, headers=headers | there, body=body))
        with memory_below(4 * 2**20):
            assert client.ask(PATH, most_bytes=1_000).body == CARD


def test_a_large_packed_body_comes_whole(client: Client, served: LocalHub) -> None:
    random = Random(1)
    body = b"".join(random.randbytes(9) * random.randrange(1, 4_000) for _ in range(300))
    served.models["org/model"].files["README.md"] = body
    served.faults.append(compress("gzip"))
    assert client.ask(PATH, most_bytes=len(body)).body == body
    assert client.account.facts()["bytes"] < len(body) / 2


def test_an_empty_body_is_an_answer(client: Client, served: LocalHub) -> None:
    served.faults += [answer(200), answer(200, headers=GZIP)]
    assert client.ask(PATH, most_bytes=10).body == b""
    assert client.ask(PATH, most_bytes=10).body == b""
    assert len(served.requests) == 2


# Redirects


def redirected(hub: LocalHub, location: str, times: int | None = 1) -> None:
    hub.faults.append(answer(302, times=times, headers={"Location": location}))


@pytest.mark.parametrize("back", [False, True])
def test_the_token_stays_at_home_whatever_redirects_say(served: LocalHub, back: bool) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    with LocalHub() as other, Client(served.address, 2, 0.01, 1.0, headers=headers) as client:
        other.blobs["card"] = b"# Elsewhere"
        redirected(served, f"{other.address}/blobs/card")
        if back:
            redirected(other, f"{served.address}{PATH}")
        given = client.ask(PATH, most_bytes=1_000)
        assert given.body == (CARD if back else b"# Elsewhere")
        assert served.requests[0].has_token
        assert len(other.requests) == 1
        for request in other.requests:
            assert TOKEN not in str(request.headers) + request.path


def test_whoever_is_asked_but_the_endpoint_sees_no_token(served: LocalHub) -> None:
    # As huggingface_hub does, which asks storage by itself.
    headers = {"Authorization": f"Bearer {TOKEN}"}
    with LocalHub() as other, Client(served.address, 2, 0.01, 1.0, headers=headers) as client:
        client.get(f"{other.address}/blobs/card")
        client.get(f"{served.address}{PATH}")
        assert [r.has_token for r in other.requests + served.requests] == [False, True]


@pytest.mark.parametrize(
    ("location", "n_requests"),
    [
        ("ftp://127.0.0.1/card", 3),
        ("file:///etc/hostname", 3),
        ("http://[bad", 3),
        ("http://127.0.0.1:1/card", 3),
        (PATH, 3 * 21),
    ],
)
def test_redirects_that_lead_nowhere_end(
    client: Client, served: LocalHub, location: str, n_requests: int
) -> None:
    redirected(served, location, times=None)
    with pytest.raises(HubUnreachableError, match="after 3 tries"):
        client.ask(PATH, most_bytes=1_000)
    assert len(served.requests) == n_requests


def test_offline_nothing_is_asked(
    client: Client, served: LocalHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(HubUnreachableError, match="offline mode is on"):
        client.ask(PATH, most_bytes=1_000)
    assert served.requests == []
