"""hub-stats from a local Hub: the good way, and everything that goes wrong on it."""

from __future__ import annotations

import datetime as dt
import errno
import hashlib
import logging
import re
import socket
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from huggingface_hub import constants, get_session
from huggingface_hub.utils import _http

from biome_pipeline import __version__
from biome_pipeline.errors import (
    BiomeError,
    DataDirectoryError,
    DiskFullError,
    HubAccessError,
    HubUnreachableError,
    SettingsError,
    SourceFormatError,
    SourceNotFoundError,
    SourceSchemaError,
)
from biome_pipeline.hub.fetch import Upstream, fetch, upstream_revision
from biome_pipeline.hub.source import Source
from biome_pipeline_tests.hubserver import (
    Fault,
    LocalHub,
    answer,
    page,
    reset,
    stall,
    truncate,
)
from biome_pipeline_tests.hubserver.stats import stats_bytes, stats_table

REPO = "org/hub-stats"
TOKEN = "hf_aSecretOfTheTests"
CONTENT = stats_bytes(2_000)
AT = dt.datetime(2025, 7, 1, 3, 4, 5, tzinfo=dt.UTC)
FILE = "resolve/.*models.parquet"

Fetch = Callable[..., Source]


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalHub]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    # It waits a second before it resumes a body, whatever it is told.
    clock = SimpleNamespace(sleep=lambda _seconds: None)
    monkeypatch.setattr("huggingface_hub.file_download.time", clock)
    with LocalHub(tokens={TOKEN}) as hub:
        yield hub


@pytest.fixture
def commit(hub: LocalHub) -> str:
    return hub.add_dataset(REPO).publish({"models.parquet": CONTENT, "README.md": b"#"}, AT)


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def take(hub: LocalHub, cache: Path) -> Fetch:
    """Fetch from the local Hub, with short waits."""

    def _take(revision: str | None = None, **other: Any) -> Source:
        settings: dict[str, Any] = {
            "endpoint": hub.address,
            "token": None,
            "cache_dir": cache,
            "attempts": 3,
            "pause": 0.01,
            "timeout": 5.0,
        }
        return fetch(REPO, revision, **settings | other)

    return _take


def ask(hub: LocalHub, repo: str = REPO, **other: Any) -> Upstream:
    settings = {"endpoint": hub.address, "token": None, "attempts": 3, "pause": 0.01}
    return upstream_revision(repo, **settings | other)


# The good way


def test_the_newest_revision_is_asked_and_described(hub: LocalHub, commit: str) -> None:
    assert ask(hub) == Upstream(commit, AT, len(CONTENT), hashlib.sha256(CONTENT).hexdigest())
    assert [r.method for r in hub.requests] == ["GET"]


def test_the_file_comes_whole_and_pinned(take: Fetch, hub: LocalHub, commit: str) -> None:
    source = take()
    assert source.path is not None
    assert source.path.read_bytes() == CONTENT
    assert (source.kind, source.identity) == ("hub-stats", f"hub-stats:{REPO}")
    assert (source.revision, source.upstream_at, source.snapshot) == (commit, AT, "2025-07-01")
    assert source.schema is not None
    files = hub.asked(path="resolve")
    assert files
    assert all(commit in r.path for r in files)


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


def test_a_commit_in_the_cache_is_taken_without_a_request(
    take: Fetch, hub: LocalHub, commit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = take()
    hub.requests.clear()
    assert take(commit) == first
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert take(commit, endpoint="http://127.0.0.1:9") == first
    assert hub.requests == []


def test_a_second_run_asks_for_the_revision_only(take: Fetch, hub: LocalHub, commit: str) -> None:
    first = take()
    hub.requests.clear()
    assert take() == first
    assert [(r.method, r.path.split("?")[0]) for r in hub.requests] == [
        ("GET", f"/api/datasets/{REPO}")
    ]


def test_a_new_revision_is_fetched_and_the_old_one_stays(
    take: Fetch, hub: LocalHub, commit: str
) -> None:
    take()
    later = hub.datasets[REPO].publish({"models.parquet": stats_bytes(60)}, AT + dt.timedelta(7))
    assert take().revision == later
    assert take().snapshot == "2025-07-08"
    old = take(commit)
    assert (old.revision, old.snapshot) == (commit, "2025-07-01")
    assert old.path is not None
    assert old.path.read_bytes() == CONTENT


def test_an_old_revision_can_be_named(take: Fetch, hub: LocalHub, commit: str) -> None:
    hub.datasets[REPO].publish({"models.parquet": stats_bytes(60)}, AT + dt.timedelta(7))
    assert take(commit).upstream_at == AT


def test_a_cache_filled_by_others_is_held_against_the_hub(
    take: Fetch, hub: LocalHub, commit: str, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take()
    (cache / "upstream" / f"{commit}.json").write_text("{ torn")
    hub.requests.clear()
    assert take(commit).upstream_at == AT
    assert len(hub.requests) == 1
    (cache / "upstream" / f"{commit}.json").unlink()
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    # Nobody can be asked: the file alone has to say its day.
    assert take(commit).snapshot == "2025-06-30"


def test_the_snapshot_can_be_given(take: Fetch, commit: str) -> None:
    assert take(snapshot="2024-02-29").snapshot == "2024-02-29"


def test_a_hub_that_states_no_size_is_good_enough(take: Fetch, hub: LocalHub, commit: str) -> None:
    hub.datasets[REPO].has_sizes = False
    assert take().revision == commit


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


# The token


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


@pytest.mark.parametrize("status", [400, 401, 403, 404, 418, 429, 500])
def test_the_token_is_in_no_error_and_no_log(
    take: Fetch,
    hub: LocalHub,
    commit: str,
    status: int,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # A server that repeats what it was sent, in each place where it is read.
    hub.faults.append(
        answer(
            status,
            times=None,
            headers={
                "X-Error-Message": f"no: Bearer {TOKEN}",
                "X-HF-Warning": f"odd {status}; Bearer {TOKEN}",
                "Content-Type": "text/plain",
            },
            body=f"no: Bearer {TOKEN}".encode(),
        )
    )
    monkeypatch.setattr(logging.getLogger("huggingface_hub"), "propagate", True)
    # At DEBUG the HTTP library writes down the headers of such answers.
    with caplog.at_level(logging.INFO), pytest.raises(BiomeError) as caught:
        take(token=TOKEN)
    assert TOKEN not in str(caught.value)
    assert TOKEN not in "".join(traceback.format_exception(caught.value))
    assert TOKEN not in caplog.text


def test_the_token_is_in_no_log_of_any_level(
    take: Fetch,
    hub: LocalHub,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(logging.getLogger("huggingface_hub"), "propagate", True)
    hub.faults += [answer(503), page(method="GET", path=FILE)]
    with LocalHub() as storage, caplog.at_level(logging.DEBUG):
        hub.add_dataset(REPO, is_private=True, storage=storage).publish({"models.parquet": CONTENT})
        take(token=TOKEN)
    assert hub.address in caplog.text
    assert TOKEN not in caplog.text


@pytest.mark.parametrize("token", ["hf_\nX: 1", "hf two", "hf_é", ""])
def test_a_token_that_cannot_be_one_is_refused_unseen(take: Fetch, token: str) -> None:
    with pytest.raises(SettingsError, match="HF_TOKEN") as caught:
        take(token=token)
    if token:
        assert token not in "".join(traceback.format_exception(caught.value))


def test_a_bad_token_stops_at_once(take: Fetch, hub: LocalHub, commit: str) -> None:
    with pytest.raises(HubAccessError, match=r"401.*HF_TOKEN"):
        take(token="hf_revoked")
    assert len(hub.requests) == 1


# Refusals


def test_a_missing_dataset(take: Fetch, hub: LocalHub, commit: str) -> None:
    for token in (None, TOKEN):
        with pytest.raises(SourceNotFoundError, match="no such dataset, or it is private"):
            ask(hub, "org/gone", token=token)


def test_a_private_dataset_with_the_token(take: Fetch, hub: LocalHub) -> None:
    sha = hub.add_dataset(REPO, is_private=True).publish({"models.parquet": CONTENT})
    with pytest.raises(SourceNotFoundError, match="private"):
        take()
    assert take(token=TOKEN).revision == sha


@pytest.mark.parametrize("revision", ["nightly", "0" * 40, "../../x", "a/b"])
def test_a_missing_revision(take: Fetch, commit: str, revision: str) -> None:
    with pytest.raises(SourceNotFoundError, match=re.escape(f"revision {revision}: there is no")):
        take(revision)


@pytest.mark.parametrize("has_sizes", [True, False])
def test_a_dataset_without_the_file(take: Fetch, hub: LocalHub, has_sizes: bool) -> None:
    hub.add_dataset(REPO, has_sizes=has_sizes).publish({"README.md": b"#"})
    with pytest.raises(SourceNotFoundError, match=r"has no models\.parquet"):
        take()


def test_a_file_that_is_gone_when_it_is_asked_for(take: Fetch, hub: LocalHub, commit: str) -> None:
    gone = answer(404, times=None, headers={"X-Error-Code": "EntryNotFound"}, path=FILE)
    hub.faults.append(gone)
    with pytest.raises(SourceNotFoundError, match=r"there is no models\.parquet"):
        take()


@pytest.mark.parametrize("token", [None, TOKEN])
def test_a_gated_dataset(take: Fetch, hub: LocalHub, token: str | None) -> None:
    hub.add_dataset(REPO, is_gated=True).publish({"models.parquet": CONTENT})
    with pytest.raises(HubAccessError, match="gated"):
        take(token=token)


def test_a_disabled_dataset(take: Fetch, hub: LocalHub) -> None:
    hub.add_dataset(REPO, is_disabled=True).publish({"models.parquet": CONTENT})
    with pytest.raises(HubAccessError, match="403"):
        take()


@pytest.mark.parametrize(
    "other", [{"repo": "a/b/c"}, {"endpoint": "ftp://x"}, {"endpoint": "huggingface.co"}]
)
def test_settings_that_cannot_be_used(hub: LocalHub, other: dict[str, str]) -> None:
    with pytest.raises(SettingsError):
        ask(hub, **other)
    assert hub.requests == []


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


def test_an_old_copy_never_takes_the_place_of_an_answer(
    take: Fetch, hub: LocalHub, commit: str
) -> None:
    take()
    hub.faults.append(answer(503, times=None))
    with pytest.raises(HubUnreachableError):
        take()
    with pytest.raises(HubUnreachableError):
        take("main")


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


@pytest.mark.parametrize(
    "broken",
    [page(), answer(200), answer(200, body=b'{"id": "x", "sha"'), answer(200, body=b"[1]")],
)
def test_an_answer_that_is_not_json_is_asked_again(
    hub: LocalHub, commit: str, broken: Fault
) -> None:
    hub.faults.append(replace(broken))
    assert ask(hub).revision == commit
    hub.faults.append(replace(broken, times=None))
    with pytest.raises(HubUnreachableError, match="3 times with something that is not its JSON"):
        ask(hub)


@pytest.mark.parametrize("sha", ["null", '"main"', '"../../../etc/passwd"'])
def test_a_commit_that_is_none_is_refused(hub: LocalHub, sha: str) -> None:
    body = f'{{"id": "{REPO}", "sha": {sha}, "lastModified": "2025-01-01T00:00:00.000Z"}}'
    hub.faults.append(answer(200, body=body.encode()))
    with pytest.raises(SourceFormatError, match="names no commit"):
        ask(hub)


def test_offline_with_nothing_in_the_cache(
    take: Fetch, hub: LocalHub, commit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    for revision in (None, commit):
        with pytest.raises(HubUnreachableError, match=r"offline mode is on.*HF_HUB_OFFLINE"):
            take(revision)
    assert hub.requests == []


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


def test_a_page_in_place_of_the_file_heals(take: Fetch, hub: LocalHub, commit: str) -> None:
    hub.faults.append(page(method="GET", path=FILE))
    assert take().revision == commit


def test_a_page_in_place_of_the_file_for_good(
    take: Fetch, hub: LocalHub, commit: str, cache: Path
) -> None:
    hub.faults.append(page(times=None, method="GET", path=FILE))
    with pytest.raises(SourceFormatError, match=f"revision {commit}: each try brought a file"):
        take()
    assert not list(cache.glob("**/*.parquet"))


def test_a_gate_that_answers_everything_with_a_page(
    take: Fetch, hub: LocalHub, commit: str
) -> None:
    hub.faults.append(page(times=None, path=FILE))
    with pytest.raises(HubUnreachableError, match="what answers is not the Hub"):
        take()


# (content, fact): what the dataset itself holds in place of the file
BAD_FILES = [
    (b"", r"empty \(0 bytes\)"),
    (b"<html>Not here</html>", "not Parquet but an HTML"),
    (b"version https://git-lfs.github.com/spec/v1", "Git LFS pointer"),
    (CONTENT[: len(CONTENT) // 2], "truncated"),
    (CONTENT[:-2000] + b"\0" * 1992 + CONTENT[-8:], "footer cannot be read"),
]


@pytest.mark.parametrize(("content", "fact"), BAD_FILES, ids=lambda x: str(x)[:12])
@pytest.mark.parametrize("has_sizes", [True, False])
def test_a_bad_file_is_named_and_removed(
    take: Fetch, hub: LocalHub, cache: Path, content: bytes, fact: str, has_sizes: bool
) -> None:
    dataset = hub.add_dataset(REPO, has_sizes=has_sizes)
    sha = dataset.publish({"models.parquet": content})
    for _ in range(2):
        hub.requests.clear()
        with pytest.raises(SourceFormatError, match=fact) as caught:
            take()
        assert caught.value.place == f"{REPO}, models.parquet, revision {sha}"
        assert hub.asked(path="resolve")
        assert not [p for p in cache.glob("*/blobs/*") if p.is_file()]
        assert not list(cache.glob("*/snapshots/*/*"))


def test_a_copy_that_went_bad_in_the_cache_is_found(
    take: Fetch, hub: LocalHub, commit: str
) -> None:
    path = take().path
    assert path is not None
    content = bytearray(path.read_bytes())
    content[1000] ^= 1
    path.resolve().write_bytes(content)
    with pytest.raises(SourceFormatError, match="not what the Hub states"):
        take(commit)
    assert not path.exists()
    good = take(commit)
    assert good.path is not None
    assert good.path.read_bytes() == CONTENT


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


def test_another_schema_is_refused_and_the_copy_kept(
    take: Fetch, hub: LocalHub, cache: Path
) -> None:
    sink = pa.BufferOutputStream()
    pq.write_table(stats_table().rename_columns({"likes": "hearts"}), sink)
    sha = hub.add_dataset(REPO).publish({"models.parquet": sink.getvalue().to_pybytes()})
    with pytest.raises(SourceSchemaError, match="column likes is missing") as caught:
        take()
    assert sha in caught.value.place
    assert len(list(cache.glob("*/snapshots/*/*"))) == 1


def test_a_cache_that_cannot_be_written(take: Fetch, commit: str, cache: Path) -> None:
    cache.write_text("a file where the folder should be")
    with pytest.raises(DataDirectoryError, match="cannot be written"):
        take()


def test_a_full_disk(
    take: Fetch, hub: LocalHub, commit: str, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_args: object, **_kwargs: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("huggingface_hub.file_download.http_get", full)
        with pytest.raises(DiskFullError, match="no room left"):
            take()
    assert take().revision == commit


# The local Hub in a process of its own


def test_the_local_hub_serves_other_processes(tmp_path: Path, cache: Path) -> None:
    path = tmp_path / "models.parquet"
    path.write_bytes(CONTENT)
    command = [sys.executable, "-m", "biome_pipeline_tests.hubserver", "--file", str(path)]
    with subprocess.Popen(
        [*command, "--repo", REPO, "--seconds", "30"], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        address, commit = process.stdout.readline().split()
        source = fetch(REPO, endpoint=address, token=None, cache_dir=cache)
        process.terminate()
    assert source.revision == commit
