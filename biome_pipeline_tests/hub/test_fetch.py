"""hub-stats from a local Hub: the good way, and everything that goes wrong on it."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import subprocess
import sys
import traceback
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from huggingface_hub import constants

from biome_pipeline.errors import (
    HubAccessError,
    HubUnreachableError,
    SettingsError,
    SourceFormatError,
    SourceNotFoundError,
    SourceSchemaError,
)
from biome_pipeline.hub.fetch import Upstream, fetch, upstream_revision
from biome_pipeline_tests.hub.conftest import AT, CONTENT, FILE, REPO, TOKEN, Fetch
from biome_pipeline_tests.hubserver import (
    Fault,
    LocalHub,
    answer,
    page,
)
from biome_pipeline_tests.hubserver.stats import stats_bytes, stats_table


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


# The token


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


def test_an_old_copy_never_takes_the_place_of_an_answer(
    take: Fetch, hub: LocalHub, commit: str
) -> None:
    take()
    hub.faults.append(answer(503, times=None))
    with pytest.raises(HubUnreachableError):
        take()
    with pytest.raises(HubUnreachableError):
        take("main")


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
