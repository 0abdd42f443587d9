"""Limits of requests: what the real client reads of them, and the accounting."""

from __future__ import annotations

import contextlib
import email.utils
import math
import threading
from random import Random

import pytest
from huggingface_hub import HfApi
from huggingface_hub.errors import HfHubHTTPError
from huggingface_hub.utils import hf_raise_for_status, httpx, parse_ratelimit_headers

from biome_pipeline_tests.hubserver import Limit, LocalHub, LoggedRequest, stall
from biome_pipeline_tests.hubserver.conftest import Get
from biome_pipeline_tests.hubserver.limits import bucket, most_at_once, most_in


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/api/models?sort=createdAt", "api"),
        ("/api/models/org/model", "api"),
        ("/api/query?id_list=cs/0501001", "api"),
        ("/org/model/resolve/main/README.md", "files"),
        ("/legacy/raw/main/README.md", "files"),
        ("/datasets/org/stats/resolve/main/models.parquet", "files"),
        ("/api/resolve-cache/models/org/model/0/README.md", "files"),
        ("/api/models?search=/resolve/", "api"),
        ("/org/model", "pages"),
    ],
)
def test_a_request_counts_for_one_bucket(path: str, expected: str) -> None:
    assert bucket(path) == expected


def test_the_client_reads_what_is_left_from_every_answer(hub: LocalHub, get: Get) -> None:
    hub.limit("api", 3, 300)
    for left, path in ((2, "/api/models"), (1, "/api/models/org/none"), (0, "/api/models")):
        info = parse_ratelimit_headers(get(path).headers)
        assert info is not None
        assert (info.resource_type, info.remaining) == ("api", left)
        assert (info.limit, info.window_seconds) == (3, 300)
        assert 299 <= info.reset_in_seconds <= 300
    reply = get("/api/models")
    assert reply.status_code == 429
    assert reply.headers["RateLimit"].startswith('"api";r=0;t=')
    assert reply.headers["RateLimit-Policy"] == '"fixed window";"api";q=3;w=300'
    with pytest.raises(HfHubHTTPError, match="you have reached your 'api' rate limit"):
        hf_raise_for_status(reply)


def test_buckets_are_counted_apart(hub: LocalHub, get: Get) -> None:
    hub.add_model("org/model", files={"README.md": b"x"})
    hub.limit("files", 1, 300)
    assert get("/org/model/resolve/main/README.md").status_code == 200
    reply = get("/org/model/raw/main/README.md")
    assert reply.status_code == 429
    assert reply.headers["RateLimit"].startswith('"resolvers";r=0;')
    assert get("/api/models/org/model").status_code == 200
    assert [r.status for r in hub.requests] == [200, 429, 200]


def test_the_client_waits_as_long_as_it_is_told(
    hub: LocalHub, api: HfApi, waits: list[float]
) -> None:
    hub.limit("api", 0, 40)
    with pytest.raises(HfHubHTTPError):
        list(api.list_models())
    assert waits
    assert set(waits) <= {40.0 + 1, 39.0 + 1}


@pytest.mark.parametrize("tells", ["seconds", "date", "nothing"])
def test_a_refusal_tells_the_end_of_the_window_as_ordered(
    hub: LocalHub, get: Get, tells: str
) -> None:
    hub.limit("api", 1, 30, tells=tells)  # type: ignore[arg-type]
    assert "Retry-After" not in get("/api/models").headers
    reply = get("/api/models")
    assert reply.status_code == 429
    assert parse_ratelimit_headers(reply.headers) is None
    text = reply.headers.get("Retry-After")
    if tells == "seconds":
        assert text == "30"
    elif tells == "date":
        dates = [email.utils.parsedate_to_datetime(t) for t in (text, reply.headers["Date"])]
        assert 29 <= (dates[0] - dates[1]).total_seconds() <= 31
    else:
        assert text is None


def test_a_window_begins_with_the_first_request_in_it() -> None:
    limit = Limit("api", 2, 10)
    counted = [limit.count(now) for now in (100.0, 109.0, 109.9, 110.0, 110.1, 119.9, 120.5)]
    assert counted == [False, False, True, False, False, True, False]
    assert limit.headers(121.25)["RateLimit"] == '"api";r=1;t=10'
    assert limit.headers(130.4)["RateLimit"] == '"api";r=1;t=1'


def test_a_fault_waits_while_requests_are_refused(hub: LocalHub, get: Get) -> None:
    fault = stall(seconds=0.01)
    hub.faults.append(fault)
    hub.limit("api", 0, 300)
    assert get("/api/models").status_code == 429
    assert fault.happened == 0


# Accounting


def _drawn(seed: int) -> list[LoggedRequest]:
    random = Random(seed)
    requests = []
    for _ in range(random.randrange(1, 30)):
        at = random.randrange(40)
        ended = None if random.random() < 0.1 else at + random.randrange(1, 9)
        requests.append(LoggedRequest("GET", "/api/models", {}, arrived=at, ended=ended))
    return requests


@pytest.mark.parametrize("seed", range(20))
def test_the_most_at_once_and_in_a_window_are_what_a_count_gives(seed: int) -> None:
    requests = _drawn(seed)
    spans = [(r.arrived, math.inf if r.ended is None else r.ended) for r in requests]
    assert most_at_once(requests) == max(
        sum(begin <= moment < end for begin, end in spans) for moment in range(60)
    )
    assert most_in(requests, 5) == max(
        sum(first <= begin < first + 5 for begin, _ in spans) for first in range(60)
    )


def test_nothing_asked_is_nothing_at_once(hub: LocalHub) -> None:
    assert hub.most_at_once("api") == 0
    assert hub.most_in("files", 300) == 0


def test_requests_under_way_are_counted_by_bucket(hub: LocalHub) -> None:
    hub.add_model("org/model", files={"README.md": b"x"})
    hub.faults.append(stall(seconds=0.2, times=None, path="/raw/"))
    arrive = threading.Barrier(4)

    def ask(path: str) -> None:
        with httpx.Client() as client:
            arrive.wait()
            # A stall ends with a closed connection.
            with contextlib.suppress(httpx.RemoteProtocolError):
                client.get(hub.address + path)

    paths = ["/org/model/raw/main/README.md"] * 3 + ["/api/models"]
    threads = [threading.Thread(target=ask, args=(path,)) for path in paths]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert hub.most_at_once("files") == 3
    assert hub.most_in("files", 60) == 3
    assert hub.most_at_once("api") == 1
    assert all(r.ended is not None and r.ended >= r.arrived for r in hub.requests)
    assert {r.bucket for r in hub.requests} == {"files", "api"}
