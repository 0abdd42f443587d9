"""Answers that look like something else: refusals without a code, bodies without content."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from biome_pipeline.errors import HubAccessError
from biome_pipeline.hub.client import Client
from biome_pipeline.hub.contents import CARD, CONFIG, Kind, Wanted
from biome_pipeline.hub.limits import RateLimit
from biome_pipeline.hub.records import records_of
from biome_pipeline_tests.hub.conftest import TOKEN, kept, only, wanted
from biome_pipeline_tests.hubserver import LocalHub, answer, empty

if TYPE_CHECKING:
    from collections import Counter

    from biome_pipeline.hub.shelf import Shelf

BODIES = {"README.md": b"# A model\n", "config.json": b"{}"}
# As the Hub answers over HTTPS, of which the local one only has the code besides.
GONE = {"X-Error-Message": "Invalid username or password."}
EXPIRED = {"X-Error-Message": "User Access Token is expired"}


def test_what_is_gone_is_not_found_without_a_code_too(
    hub: LocalHub, shelf: Shelf, collected: Callable[..., Counter[str]]
) -> None:
    hub.faults.append(answer(401, times=None, headers=GONE, path="/gone/"))
    # More of them than an outage has, which this is not.
    models = [Wanted(f"gone/m-{i}", "a" * 40, None) for i in range(30)]
    assert collected(models) == {"repo_not_found": 30}
    assert collected(models) == {}
    assert len(hub.requests) == 30


@pytest.mark.parametrize("headers", [GONE, EXPIRED, {}])
def test_a_token_that_is_refused_in_other_words_condemns_no_model(
    hub: LocalHub,
    shelf: Shelf,
    collected: Callable[..., Counter[str]],
    headers: dict[str, str],
) -> None:
    repos = [hub.add_model(f"org/m-{i}", files=BODIES) for i in range(30)]
    hub.faults.append(answer(401, times=None, headers=headers))
    with pytest.raises(HubAccessError, match="HF_TOKEN"):
        collected([wanted(repo) for repo in repos], token=TOKEN)
    assert kept(shelf) == {}
    assert len(hub.requests) <= 8
    hub.faults.clear()
    assert collected([wanted(repo) for repo in repos]) == {"ok": 30}


@pytest.mark.parametrize("kind", [CARD, CONFIG])
def test_an_empty_answer_is_not_taken_for_an_empty_file(
    hub: LocalHub, shelf: Shelf, collected: Callable[..., Counter[str]], kind: Kind
) -> None:
    repo = hub.add_model("org/m", files=BODIES)
    hub.faults.append(empty(path=kind.file))
    assert collected([wanted(repo)], kind) == {"ok": 1}
    assert only(shelf, kind).body == BODIES[kind.file]
    assert len(hub.requests) == 2
    assert all(repo.sha in request.path for request in hub.requests)


def test_an_empty_file_is_asked_for_once(
    hub: LocalHub, shelf: Shelf, collected: Callable[..., Counter[str]]
) -> None:
    assert collected([wanted(hub.add_model("org/m", files={"README.md": b""}))]) == {"empty": 1}
    assert len(hub.requests) == 1


def test_what_stays_empty_is_empty(
    hub: LocalHub, shelf: Shelf, collected: Callable[..., Counter[str]]
) -> None:
    hub.faults.append(empty(times=None, path="README"))
    assert collected([wanted(hub.add_model("org/m", files=BODIES))]) == {"empty": 1}
    assert len(hub.requests) == 2


def test_a_refusal_that_does_not_say_for_how_long_pauses_its_bucket_too(hub: LocalHub) -> None:
    hub.add_model("org/m", files=BODIES)
    limits = {"files": RateLimit(1_000)}
    hub.faults.append(answer(429))
    path = "/org/m/resolve/main/README.md"
    with Client(hub.address, 2, 0.5, 5.0, limits=limits) as client:

        def take() -> None:
            assert client.ask(path, most_bytes=99).body == BODIES["README.md"]

        threads = [threading.Thread(target=take) for _ in range(9)]
        threads[0].start()
        # Bounded, so that no pause at all fails below.
        until = time.monotonic() + 5
        while limits["files"]._paused_until == 0.0 and time.monotonic() < until:
            time.sleep(0.001)
        for thread in threads[1:]:
            thread.start()
        for thread in threads:
            thread.join()
    assert [request.status for request in hub.requests] == [429] + [200] * 9
    refused, *others = hub.requests
    assert refused.ended is not None
    assert min(request.arrived for request in others) >= refused.ended + 0.5


def test_a_text_that_is_never_closed_is_read_once() -> None:
    """Not once for each quote in it: that would take minutes."""
    body = b'[{"id": "' + b'\\"' * 1_000_000
    with pytest.raises(ValueError, match="Unterminated string"):
        records_of(body)
