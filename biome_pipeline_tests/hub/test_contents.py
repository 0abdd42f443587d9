"""Cards and configs one by one: what is asked, what is asked again, and how it ends."""

from __future__ import annotations

import re
from collections import Counter
from random import Random

import pytest

from biome_pipeline.errors import DiskFullError, HubAccessError, HubUnreachableError
from biome_pipeline.hub.client import Client
from biome_pipeline.hub.contents import CARD, CONFIG, Wanted, collect
from biome_pipeline.hub.limits import Account
from biome_pipeline.hub.shelf import Content, Shelf
from biome_pipeline_tests.hub.conftest import TOKEN, Collect, kept, only, wanted
from biome_pipeline_tests.hubserver import Fault, LocalHub, Reply, answer, page, reset
from biome_pipeline_tests.hubserver.world import drawn_models, fill

# What is asked again, and what is not


def test_a_second_run_asks_nothing(hub: LocalHub, shelf: Shelf, collected: Collect) -> None:
    """Whatever its outcome was, if asking again would not change it."""
    fill(hub, 300, seed=3)
    models = [wanted(repo) for repo in hub.models.values()]
    models.append(Wanted("gone/model", None, None))
    for kind in (CARD, CONFIG):
        first = collected(models, kind)
        assert first.total() == len(models)
        assert {"ok", "missing", "gated", "repo_not_found"} <= set(first)
        before = kept(shelf, kind)
        hub.requests.clear()
        assert collected(models, kind) == {}
        assert hub.requests == []
        assert kept(shelf, kind) == before


@pytest.mark.parametrize("has_sha", [True, False])
def test_a_model_that_changed_is_the_only_one_asked_for(
    hub: LocalHub, shelf: Shelf, collected: Collect, has_sha: bool
) -> None:
    repos = [hub.add_model(f"org/m-{i}", files={"README.md": b"before"}) for i in range(9)]
    collected([wanted(repo, has_sha=has_sha) for repo in repos])
    hub.requests.clear()
    repos[4].write({"README.md": b"after"})
    assert collected([wanted(repo, has_sha=has_sha) for repo in repos]) == {"ok": 1}
    assert [r.path.split("/")[2] for r in hub.requests] == ["m-4"]
    assert kept(shelf)["org/m-4"].body == b"after"
    assert kept(shelf)["org/m-3"].body == b"before"


def test_a_second_commit_within_a_second_is_a_change(
    hub: LocalHub, shelf: Shelf, collected: Collect
) -> None:
    repo = hub.add_model("org/m", files={"README.md": b"before"})
    collected([wanted(repo)])
    repo.write({"README.md": b"after"}, at=repo.last_modified)
    assert collected([wanted(repo)]) == {"ok": 1}
    assert only(shelf).body == b"after"


def test_a_card_is_that_of_the_listed_revision(
    hub: LocalHub, shelf: Shelf, collected: Collect
) -> None:
    repo = hub.add_model("org/m", files={"README.md": b"listed"})
    listed = wanted(repo)
    repo.write({"README.md": b"after the listing"})
    collected([listed])
    assert only(shelf).body == b"listed"
    assert only(shelf).sha == listed.sha


def test_a_revision_that_vanished_falls_back_to_main(
    hub: LocalHub, shelf: Shelf, collected: Collect
) -> None:
    repo = hub.add_model("org/m", files={"README.md": b"# Now"})
    listed = Wanted(repo.id, "f" * 40, "2025-06-30T00:00:00")
    assert collected([listed]) == {"ok": 1}
    assert only(shelf).body == b"# Now"
    assert [r.path.split("/")[4] for r in hub.requests] == ["f" * 40, "main"]
    # It is known as what the listing saw, so the same listing asks nothing.
    assert collected([listed]) == {}


@pytest.mark.parametrize("sha", ["main/../../other", "A" * 40, "abc", ""])
def test_what_is_no_commit_is_not_asked_at(
    hub: LocalHub, shelf: Shelf, collected: Collect, sha: str
) -> None:
    hub.add_model("org/m", files={"README.md": b"# Now"})
    assert collected([Wanted("org/m", sha, None)]) == {"ok": 1}
    assert [r.path for r in hub.requests] == ["/org/m/resolve/main/README.md"]


def test_an_id_is_quoted_in_its_address(hub: LocalHub, collected: Collect) -> None:
    collected([Wanted("org/m?token=1#x%2e\r\n", None, None)])
    assert [r.path for r in hub.requests] == [
        "/org/m%3Ftoken%3D1%23x%252e%0D%0A/resolve/main/README.md"
    ]


@pytest.mark.parametrize("uses_resolve_cache", [False, True])
def test_a_renamed_model_is_found_under_its_new_name(
    hub: LocalHub, shelf: Shelf, collected: Collect, uses_resolve_cache: bool
) -> None:
    hub.uses_resolve_cache = uses_resolve_cache
    repo = hub.add_model("org/m", files={"README.md": b"# A model"})
    listed = wanted(repo)
    hub.rename_model("org/m", "other/name")
    assert collected([listed], token=TOKEN) == {"ok": 1}
    assert only(shelf).name == "org/m"
    assert only(shelf).body == b"# A model"
    assert all(r.has_token for r in hub.requests)


# What must not be asked for, and how


def test_gated_text_is_not_asked_for(hub: LocalHub, shelf: Shelf, collected: Collect) -> None:
    open_one, gated = (
        hub.add_model(name, gated=gate, is_granted=True, files={"README.md": b"# Text"})
        for name, gate in (("org/open", False), ("org/gated", "auto"))
    )
    models = [wanted(open_one), wanted(gated, is_gated=True)]
    for kind in (CARD, CONFIG):
        collected(models, kind, token=TOKEN)
        assert set(kept(shelf, kind)) == {"org/open"}
    assert hub.asked(path="org/gated") == []


def test_a_model_that_is_gated_no_more_is_asked_for(
    hub: LocalHub, shelf: Shelf, collected: Collect
) -> None:
    repo = hub.add_model("org/m", files={"README.md": b"# Text"})
    assert collected([wanted(repo, is_gated=True)]) == {}
    assert collected([wanted(repo)]) == {"ok": 1}


def test_each_config_counts_as_one_download(hub: LocalHub, collected: Collect) -> None:
    """Asked for with GET alone, and once: a HEAD would count as well."""
    fill(hub, 200, seed=5)
    hub.uses_resolve_cache = True
    models = [wanted(repo) for repo in hub.models.values()]
    outcomes = collected(models, CONFIG, workers=16)
    counts = [repo.counted_downloads for repo in hub.models.values()]
    assert set(counts) == {0, 1}
    assert sum(counts) == outcomes["ok"]
    assert {r.method for r in hub.requests} == {"GET"}
    collected(models, CONFIG)
    assert sum(repo.counted_downloads for repo in hub.models.values()) == outcomes["ok"]


@pytest.mark.parametrize("workers", [1, 16])
def test_no_more_requests_are_under_way_than_workers(
    hub: LocalHub, shelf: Shelf, collected: Collect, workers: int
) -> None:
    fill(hub, 200, seed=7)
    respond = hub.answer

    def slowly(asked: object) -> Reply:
        hub.stopped.wait(0.002)
        return respond(asked)

    hub.answer = slowly  # type: ignore[method-assign]  # the server asks the instance
    models = [wanted(repo) for repo in hub.models.values()]
    account = Account()
    outcomes = collected(models, workers=workers, account=account)
    assert hub.most_at_once("files") <= workers
    assert hub.most_at_once("files") > workers // 4
    assert outcomes.total() == len(kept(shelf)) == 200
    assert account.requests == len(hub.requests)
    assert account.retries == 0


def test_outcomes_are_those_of_the_world(hub: LocalHub, shelf: Shelf, collected: Collect) -> None:
    """Against the server's own facts, with failures on the way."""
    fill(hub, 400, seed=11)
    models = [wanted(repo) for repo in hub.models.values()]
    Random(1).shuffle(models)
    hub.faults += [answer(503, times=5, skip=20), reset(times=5, skip=40), page(times=5, skip=80)]
    account = Account()
    # More tries than failures: even if all of them meet one model, it comes.
    collected(models, workers=16, attempts=16, account=account)
    found = kept(shelf)
    for repo in drawn_models(400, 11):
        expected = "ok" if "README.md" in repo.files else "missing"
        expected = "gated" if repo.gated else expected
        expected = "disabled" if repo.is_disabled else expected
        expected = "repo_not_found" if repo.is_private else expected
        assert (repo.id, found[repo.id].outcome) == (repo.id, expected)
        assert found[repo.id].body == (repo.files["README.md"] if expected == "ok" else None)
    assert account.requests == len(hub.requests)
    assert account.retries == sum(fault.happened for fault in hub.faults) == 15


# Ends


@pytest.mark.parametrize("fault", [answer(503, times=None), reset(times=None)])
def test_an_outage_ends_soon_and_keeps_what_came(
    hub: LocalHub, shelf: Shelf, collected: Collect, fault: Fault
) -> None:
    fill(hub, 300, seed=13)
    models = [wanted(repo) for repo in hub.models.values()]
    fault.skip = 30
    hub.faults.append(fault)
    with pytest.raises(HubUnreachableError, match=r"20 requests in a row failed .*run again later"):
        collected(models, workers=4)
    found = kept(shelf)
    came = [content for content in found.values() if content.outcome != "failed"]
    assert len(came) == 30
    assert 20 <= len(found) - len(came) <= 20 + 4
    # Bounded: three tries for each that failed.
    assert len(hub.requests) <= 30 + 3 * 24
    hub.faults.clear()
    hub.requests.clear()
    assert collected(models).total() == 270
    assert len(hub.requests) == 270
    assert Counter(content.outcome for content in kept(shelf).values())["failed"] == 0


def test_a_hub_that_is_not_there_ends_soon(shelf: Shelf) -> None:
    models = [Wanted(f"org/m-{i}", None, None) for i in range(100)]
    # Port 9 of this machine: nobody listens there.
    with Client("http://127.0.0.1:9", 2, 0.01, 0.3) as client, pytest.raises(HubUnreachableError):
        collect(client, shelf, CARD, models, most_bytes=1, workers=4, tell=lambda _text: None)
    assert len(kept(shelf)) <= 24


def test_single_failures_are_no_outage(hub: LocalHub, collected: Collect) -> None:
    fill(hub, 100, seed=17)
    models = [wanted(repo) for repo in hub.models.values()]
    hub.faults.append(answer(418, times=None, path="m-[0-9]*[13579]/"))
    outcomes = collected(models, workers=1)
    assert outcomes.total() == 100
    assert outcomes["failed"] > 20


def test_a_refused_token_ends_at_once(
    hub: LocalHub, shelf: Shelf, collected: Collect, caplog: pytest.LogCaptureFixture
) -> None:
    fill(hub, 300, seed=19)
    models = [wanted(repo) for repo in hub.models.values()]
    with pytest.raises(HubAccessError, match="the Hub refuses the token") as caught:
        collected(models, token="hf_anotherOne", workers=4)
    assert len(hub.requests) <= 4
    assert kept(shelf) == {}
    assert "hf_anotherOne" not in str(caught.value) + caplog.text


def test_one_worker_that_ends_ends_the_others(hub: LocalHub, shelf: Shelf) -> None:
    """Here because what came could not be kept, once."""
    fill(hub, 300, seed=19)
    models = [wanted(repo) for repo in hub.models.values()]
    puts = iter([None, None, DiskFullError("there is no room left")])
    keep = shelf.put

    def put(kind: str, contents: list[Content]) -> int:
        error = next(puts, None)
        if error is not None:
            raise error
        return keep(kind, contents)

    shelf.put = put  # type: ignore[method-assign]  # as if the disk was full for a moment
    with Client(hub.address, 3, 0.01, 5.0) as client, pytest.raises(DiskFullError):
        collect(client, shelf, CARD, models, most_bytes=99, workers=4, tell=lambda _text: None)
    assert len(hub.requests) < 100


def test_progress_is_told(hub: LocalHub, shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("biome_pipeline.hub.contents._SECONDS_BETWEEN_REPORTS", 0.0)
    fill(hub, 5, seed=23)
    told: list[str] = []
    models = [wanted(repo) for repo in hub.models.values()]
    with Client(hub.address, 1, 0.01, 5.0) as client:
        collect(client, shelf, CARD, models, most_bytes=1_000, workers=1, tell=told.append)
    assert len(told) == 5
    assert re.fullmatch(r"cards: 5 of 5, [\d.]+ a second, about 0 seconds left", told[-1])
