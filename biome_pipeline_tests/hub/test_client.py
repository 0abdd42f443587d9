"""The client against a local Hub: who sees the token, how long it waits, when it gives up."""

from __future__ import annotations

import re
import socket
from dataclasses import replace
from pathlib import Path

import pytest
from huggingface_hub import constants, get_session
from huggingface_hub.utils import _http

from biome_pipeline import __version__
from biome_pipeline.errors import (
    HubUnreachableError,
    SourceFormatError,
)
from biome_pipeline_tests.hub.conftest import CONTENT, FILE, REPO, TOKEN, Fetch
from biome_pipeline_tests.hubserver import (
    Fault,
    LocalHub,
    answer,
    reset,
    stall,
    truncate,
)

# What it says of itself, and what it leaves of itself


def test_the_user_agent_names_project_version_and_contact(
    take: Fetch, hub: LocalHub, commit: str
) -> None:
    take(contact="someone@example.org\r\nX-Injected: 1; é")
    for request in hub.requests:
        assert request.user_agent.startswith(f"biome-pipeline/{__version__}; hf_hub/")
        assert "contact/someone@example.org X-Injected" in request.user_agent
        assert "x-injected" not in request.headers
        assert "torch/" not in request.user_agent
        assert "agent/" not in request.user_agent
    assert not hub.asked(path="agent-harnesses")


def test_the_user_agent_tells_nothing_of_what_started_the_run(
    take: Fetch, hub: LocalHub, commit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.utils._headers.detect_agent", lambda: "an-editor")
    take()
    assert hub.requests
    assert not any("an-editor" in r.user_agent for r in hub.requests)


def test_xet_is_not_used_even_when_offered(take: Fetch, hub: LocalHub) -> None:
    hub.add_dataset(REPO, has_xet=True).publish({"models.parquet": CONTENT})
    source = take()
    assert source.path is not None
    assert source.path.read_bytes() == CONTENT
    assert not hub.asked(path="xet-read-token")


def test_the_process_is_as_it_was_before(take: Fetch, hub: LocalHub, commit: str) -> None:
    def state() -> tuple[object, ...]:
        return (
            _http._GLOBAL_CLIENT_FACTORY,
            constants.HF_HUB_DISABLE_XET,
            constants.HF_HUB_DISABLE_TELEMETRY,
        )

    before = state()
    take()
    assert state() == before
    hub.faults.append(answer(503, times=None))
    with pytest.raises(HubUnreachableError):
        take()
    assert state() == before
    assert type(get_session()).__module__.startswith("httpx2")


# Who sees the token


def test_the_token_goes_to_the_endpoint_only(take: Fetch, hub: LocalHub) -> None:
    with LocalHub() as storage:
        hub.add_dataset(REPO, is_private=True, storage=storage).publish({"models.parquet": CONTENT})
        take(token=TOKEN)
        assert storage.asked("GET", "/blobs/")
        assert not any(r.has_token for r in storage.requests)
    assert all(r.has_token for r in hub.requests)


def test_a_redirected_question_takes_no_token_along(
    take: Fetch, hub: LocalHub, commit: str
) -> None:
    with LocalHub() as other:
        other.datasets = hub.datasets
        location = f"{other.address}/api/datasets/{REPO}?blobs=true"
        hub.faults.append(answer(302, headers={"Location": location}, path="/api/datasets"))
        assert take(token=TOKEN).revision == commit
        assert len(other.requests) == 1
        assert not other.requests[0].has_token


def test_a_redirected_file_without_its_commit_is_not_followed(
    take: Fetch, hub: LocalHub, commit: str
) -> None:
    with LocalHub() as other:
        other.datasets = hub.datasets
        location = f"{other.address}/datasets/{REPO}/resolve/{commit}/models.parquet"
        hub.faults.append(answer(302, times=None, headers={"Location": location}, path=FILE))
        with pytest.raises(HubUnreachableError, match="what answers is not the Hub"):
            take(token=TOKEN)
        assert other.requests == []


def test_a_trusted_name_of_the_hub_gets_no_token_of_another_endpoint(
    take: Fetch, hub: LocalHub, commit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with LocalHub() as official:
        official.datasets = hub.datasets
        origin = ("http", "127.0.0.1", int(official.address.rsplit(":", 1)[1]))
        monkeypatch.setattr("huggingface_hub.file_download._HUB_ORIGINS", {origin}, raising=False)
        monkeypatch.setattr(_http, "_HUB_ORIGINS", frozenset({origin}))
        file = f"{official.address}/datasets/{REPO}/resolve/{commit}/models.parquet"
        hub.faults.append(answer(302, times=None, headers={"Location": file}, path=FILE))
        assert take(token=TOKEN).revision == commit
        assert official.requests
        assert not any(r.has_token for r in official.requests)


def test_without_a_token_none_of_the_machine_is_sent(
    take: Fetch, hub: LocalHub, commit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    take(token=None)
    assert not any(r.has_token for r in hub.requests)


# A Hub that fails, for a while or for good

PASSING = [
    answer(429, headers={"Retry-After": "0"}),
    answer(429, headers={"RateLimit": '"api";r=0;t=0'}),
    answer(
        429,
        headers={
            "Date": "Mon, 30 Jun 2025 12:00:00 GMT",
            "Retry-After": "Mon, 30 Jun 2025 12:00:00 GMT",
        },
    ),
    answer(500),
    answer(502, times=2),
    answer(503, times=2, headers={"Retry-After": "0"}),
    answer(504),
    answer(408),
    reset(),
    reset(times=2),
]


@pytest.mark.parametrize("path", ["/api/datasets", FILE])
@pytest.mark.parametrize("fault", PASSING, ids=lambda f: f"{f.kind}-{f.status}-{f.times}")
def test_what_passes_is_waited_for(
    take: Fetch, hub: LocalHub, commit: str, fault: Fault, path: str
) -> None:
    hub.faults.append(replace(fault, path=path))
    source = take()
    assert source.path is not None
    assert source.path.read_bytes() == CONTENT
    assert hub.faults[0].times == 0


@pytest.mark.parametrize("method", ["HEAD", "GET"])
def test_both_requests_for_the_file_are_tried_again(
    take: Fetch, hub: LocalHub, commit: str, method: str
) -> None:
    hub.faults.append(answer(503, times=2, method=method, path=FILE))
    assert take().revision == commit


@pytest.mark.parametrize(
    "fault", [answer(503, times=None), answer(429, times=None), reset(times=None)]
)
@pytest.mark.parametrize("path", ["/api/datasets", FILE])
def test_an_outage_ends_after_the_tries_it_was_given(
    take: Fetch, hub: LocalHub, commit: str, cache: Path, fault: Fault, path: str
) -> None:
    hub.faults.append(replace(fault, path=path))
    with pytest.raises(HubUnreachableError, match=r"after 3 tries .*run again later"):
        take()
    assert len([r for r in hub.requests if re.search(path, r.path)]) == 3
    assert not list(cache.glob("**/*.parquet"))


def test_a_hub_that_is_not_there(take: Fetch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(HubUnreachableError, match=f"{address}: .*ConnectError"):
            take(endpoint=address)


def test_a_wait_without_end_is_not_waited(take: Fetch, hub: LocalHub, commit: str) -> None:
    hub.faults.append(answer(429, times=None, headers={"Retry-After": "86400"}))
    with pytest.raises(HubUnreachableError, match="asks to wait 86400 seconds"):
        take()
    assert len(hub.requests) == 1


@pytest.mark.parametrize("path", ["/api/datasets", "resolve"])
def test_a_stall_ends_with_the_timeout(take: Fetch, hub: LocalHub, commit: str, path: str) -> None:
    hub.faults.append(stall(times=None, path=path))
    with pytest.raises(HubUnreachableError, match="ReadTimeout"):
        take(timeout=0.1, attempts=2)
    assert len(hub.asked(path=path.lstrip("/"))) == 2


# A body that does not come as it should


@pytest.mark.parametrize("at", [0, 999, 5000])
def test_a_body_that_ends_too_early_is_resumed_where_it_was(
    take: Fetch, hub: LocalHub, commit: str, at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Whole chunks are kept; theirs are larger than the file of this test.
    monkeypatch.setattr(constants, "DOWNLOAD_CHUNK_SIZE", 1000)
    hub.faults.append(truncate(at, method="GET", path=FILE))
    source = take()
    assert source.path is not None
    assert source.path.read_bytes() == CONTENT
    ranges = [r.headers.get("range") for r in hub.asked("GET", "resolve")]
    assert ranges in ([None, None], [None, "bytes=4000-"], [None, "bytes=5000-"])
    assert (ranges[1] is None) == (at < 1000)


@pytest.mark.parametrize("times", [1, 2])
def test_a_reset_inside_the_body_is_survived(
    take: Fetch, hub: LocalHub, commit: str, times: int
) -> None:
    hub.faults.append(reset(at=5000, times=times, method="GET", path=FILE))
    source = take()
    assert source.path is not None
    assert source.path.read_bytes() == CONTENT
    assert len(hub.asked("GET", "resolve")) == times + 1


def test_a_body_that_gets_further_each_time_may_break_off_more_often_than_the_tries(
    take: Fetch, hub: LocalHub, commit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(constants, "DOWNLOAD_CHUNK_SIZE", 1000)
    hub.faults.append(truncate(3000, times=8, method="GET", path=FILE))
    assert take(attempts=2).revision == commit
    assert len(hub.asked("GET", "resolve")) == 9


def test_a_body_that_always_breaks_off_at_the_same_place_ends(
    take: Fetch, hub: LocalHub, commit: str, cache: Path
) -> None:
    hub.uses_ranges = False
    hub.faults.append(truncate(5000, times=None, method="GET", path=FILE))
    with pytest.raises(HubUnreachableError, match=r"after 2 tries .*in the body"):
        take(attempts=2)
    assert not list(cache.glob("**/*.incomplete"))
    assert not list(cache.glob("**/*.parquet"))


def test_a_body_that_breaks_off_more_often_than_the_client_resumes_ends(
    take: Fetch, hub: LocalHub, commit: str
) -> None:
    hub.faults.append(truncate(5000, times=None, method="GET", path=FILE))
    with pytest.raises(HubUnreachableError, match="breaks off again and again"):
        take(attempts=100)


def test_a_body_that_stalls_ends(take: Fetch, hub: LocalHub, commit: str) -> None:
    hub.faults.append(stall(at=100, times=None, path=FILE))
    with pytest.raises(HubUnreachableError, match=r"after 2 tries \(ReadTimeout"):
        take(attempts=2, timeout=0.2)


# Answers that lead elsewhere


def test_another_commit_than_asked_for_is_refused(
    take: Fetch, hub: LocalHub, commit: str, cache: Path
) -> None:
    headers = {"X-Repo-Commit": "1" * 40, "ETag": '"abc"'}
    hub.faults.append(answer(200, times=None, headers=headers, body=CONTENT, path=FILE))
    with pytest.raises(SourceFormatError, match="answers with another revision"):
        take()
    assert not list(cache.glob("**/*.parquet"))


def test_an_etag_that_leads_elsewhere_is_refused(
    take: Fetch, hub: LocalHub, commit: str, tmp_path: Path
) -> None:
    headers = {"X-Repo-Commit": commit, "ETag": '"../../../outside"'}
    hub.faults.append(answer(200, times=None, headers=headers, body=CONTENT, path=FILE))
    with pytest.raises(SourceFormatError, match="odd ETag"):
        take()
    assert not list(tmp_path.glob("**/outside"))
