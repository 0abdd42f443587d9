"""What becomes of a card or config, whatever the Hub answers."""

from __future__ import annotations

import pytest

from biome_pipeline.hub.contents import Wanted
from biome_pipeline.hub.limits import Account
from biome_pipeline.hub.shelf import Shelf
from biome_pipeline_tests.hub.conftest import MOST_BYTES, TOKEN, Collect, kept, only, wanted
from biome_pipeline_tests.hubserver import (
    Fault,
    LocalHub,
    answer,
    compress,
    page,
    reset,
    stall,
    truncate,
)

# What an answer means

BODIES = {
    "ok": b"# A model\n",
    "empty": b"",
    "blank": b" \r\n\t\n",
    "at the limit": b"x" * MOST_BYTES,
    "one byte too many": b"x" * (MOST_BYTES + 1),
    "UTF-16": "# é".encode("utf-16"),
    "Latin-1": "# é".encode("latin-1"),
}


@pytest.mark.parametrize(
    ("name", "outcome", "is_kept"),
    [
        ("ok", "ok", True),
        ("empty", "empty", False),
        ("blank", "empty", False),
        ("at the limit", "ok", True),
        ("one byte too many", "too_large", False),
        ("UTF-16", "not_utf8", True),
        ("Latin-1", "not_utf8", True),
    ],
)
def test_what_is_in_a_file_decides(
    hub: LocalHub, shelf: Shelf, collected: Collect, name: str, outcome: str, is_kept: bool
) -> None:
    repo = hub.add_model("org/m", files={"README.md": BODIES[name]})
    assert collected([wanted(repo)]) == {outcome: 1}
    content = only(shelf)
    assert (content.name, content.sha, content.outcome) == ("org/m", repo.sha, outcome)
    assert content.body == (BODIES[name] if is_kept else None)
    assert content.n_bytes == (len(BODIES[name]) if is_kept else None)
    assert (content.attempts, content.origin) == (1, "single")


@pytest.mark.parametrize(
    ("properties", "token", "outcome"),
    [
        ({}, "", "missing"),
        ({"gated": "auto"}, "", "gated"),
        ({"gated": "manual"}, TOKEN, "gated"),
        ({"is_disabled": True}, "", "disabled"),
        ({"is_private": True}, "", "repo_not_found"),
    ],
)
def test_what_the_hub_refuses_has_its_own_outcome(
    hub: LocalHub,
    shelf: Shelf,
    collected: Collect,
    properties: dict[str, object],
    token: str,
    outcome: str,
) -> None:
    repo = hub.add_model("org/m", files={"other.txt": b"x"}, **properties)
    assert collected([wanted(repo)], token=token) == {outcome: 1}
    assert only(shelf).body is None
    assert len(hub.requests) == 1


@pytest.mark.parametrize("token", ["", TOKEN])
def test_a_model_that_is_gone_is_not_found(
    hub: LocalHub, shelf: Shelf, collected: Collect, token: str
) -> None:
    assert collected([Wanted("gone/model", "a" * 40, None)], token=token) == {"repo_not_found": 1}
    assert only(shelf).detail is None


def test_a_small_body_that_expands_beyond_the_limit_is_too_large(
    hub: LocalHub, shelf: Shelf, collected: Collect
) -> None:
    repo = hub.add_model("org/m", files={"README.md": b"0" * 5_000_000})
    hub.faults.append(compress("gzip", path="README"))
    account = Account()
    assert collected([wanted(repo)], account=account) == {"too_large": 1}
    assert only(shelf).body is None
    assert account.n_bytes < 20_000


def test_a_compressed_body_is_kept_as_it_was_written(
    hub: LocalHub, shelf: Shelf, collected: Collect
) -> None:
    repo = hub.add_model("org/m", files={"README.md": BODIES["ok"]})
    hub.faults.append(compress("gzip", path="README"))
    assert collected([wanted(repo)]) == {"ok": 1}
    assert only(shelf).body == BODIES["ok"]


HALF_READ = [
    page(times=None, path="README"),
    answer(500, times=None, path="README"),
    answer(429, times=None, headers={"Retry-After": "0"}, path="README"),
    reset(times=None, path="README"),
    reset(at=4, times=None, path="README"),
    truncate(4, times=None, path="README"),
    stall(at=4, times=None, path="README"),
    answer(200, times=None, headers={"Content-Encoding": "gzip"}, body=b"no gzip", path="README"),
    compress("zstd", path="README", is_forced=True),
]


@pytest.mark.parametrize("fault", HALF_READ, ids=lambda f: f"{f.kind}-{f.status}-{f.at}")
def test_nothing_half_read_is_kept(
    hub: LocalHub, shelf: Shelf, collected: Collect, fault: Fault
) -> None:
    repo = hub.add_model("org/m", files={"README.md": BODIES["ok"]})
    hub.faults.append(fault)
    assert collected([wanted(repo)]) == {"failed": 1}
    content = only(shelf)
    assert (content.outcome, content.body, content.attempts) == ("failed", None, 3)
    assert content.detail
    assert "after 3 tries" in content.detail
    # What failed is asked for again by the next run.
    hub.faults.clear()
    assert collected([wanted(repo)]) == {"ok": 1}
    assert only(shelf).body == BODIES["ok"]


def test_an_odd_status_is_a_failure_of_one_model(
    hub: LocalHub, shelf: Shelf, collected: Collect
) -> None:
    repo = hub.add_model("org/m", files={"README.md": BODIES["ok"]})
    hub.faults.append(answer(418, path="README"))
    assert collected([wanted(repo)]) == {"failed": 1}
    assert only(shelf).detail == "status 418"


def test_an_address_that_leads_in_a_circle_or_nowhere_is_a_failure_of_one_model(
    hub: LocalHub, shelf: Shelf, collected: Collect
) -> None:
    repos = [hub.add_model(f"org/m-{i}", files={"README.md": BODIES["ok"]}) for i in range(3)]
    around = f"/org/m-0/resolve/{repos[0].sha}/README.md"
    hub.faults += [
        answer(302, times=None, headers={"Location": around}, path="/m-0/"),
        answer(302, times=None, headers={"Location": "ftp://127.0.0.1/x"}, path="/m-1/"),
    ]
    assert collected([wanted(repo) for repo in repos]) == {"failed": 2, "ok": 1}
    assert kept(shelf)["org/m-2"].body == BODIES["ok"]
