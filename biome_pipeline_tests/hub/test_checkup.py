"""The doctor: what it says of each place, and that it asks little and tells no secret."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from types import SimpleNamespace

import pytest
from huggingface_hub import constants

from biome_pipeline.hub import checkup, clients
from biome_pipeline.hub.checkup import Finding, check_up
from biome_pipeline.settings import Settings, load_settings
from biome_pipeline_tests.hub.conftest import CONTENT, REPO, TOKEN
from biome_pipeline_tests.hubserver import Fault, LocalHub, answer, empty, page, reset

CARDS = "org/cards"
PLACES = ("Hub", "token", "hub-stats", "cards in bulk", "arXiv")


@pytest.fixture(autouse=True)
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clients, "_PAUSE", 0.01)
    monkeypatch.setattr(clients, "_ARXIV_SECONDS", 0.01)


@pytest.fixture
def settings(hub: LocalHub, tmp_path: Path) -> Settings:
    now = dt.datetime.now(dt.UTC)
    hub.add_dataset(REPO).publish({"models.parquet": CONTENT}, now)
    hub.add_dataset(CARDS).publish({"a.parquet": b"PAR1"}, now)
    hub.add_model("org/m")
    hub.add_paper("2508.06811")
    return load_settings(
        data=tmp_path / "data",
        hub_stats_repo=REPO,
        cards_repo=CARDS,
        hf_endpoint=hub.address,
        arxiv_url=hub.address,
        hf_token=TOKEN,
    )


def look(settings: Settings, **more: int) -> dict[str, Finding]:
    found = list(check_up(settings, **more))
    names = [finding.name for finding in found]
    assert len(set(names)) == len(names)
    # Whatever is wrong, the token is in no finding, and each has its text.
    assert not any(TOKEN in finding.text for finding in found)
    assert all(finding.text for finding in found)
    return {finding.name: finding for finding in found}


def states(found: dict[str, Finding]) -> dict[str, str]:
    return {name: found[name].state for name in PLACES if name in found}


def test_all_is_well(hub: LocalHub, settings: Settings) -> None:
    found = look(settings)
    assert states(found) == dict.fromkeys(PLACES, "ok")
    assert found["Hub"].text == f"{hub.address} answers"
    assert found["token"].text == "valid; requests in 5 minutes: 1,000 api, 5,000 files"
    assert found["hub-stats"].text.endswith(", 0 days old")
    assert found["cards in bulk"].text == f"{CARDS} at {hub.datasets[CARDS].commits[-1].sha[:12]}"
    assert found["arXiv"].text == f"{hub.address} answers"
    # One small question to each place; no file is asked for, so no download counts.
    assert len(hub.requests) == len(PLACES)
    assert {request.bucket for request in hub.requests} == {"api"}
    arxiv = hub.asked(path="/api/query")
    assert not arxiv[0].has_token


def test_without_a_token_none_is_asked_about(hub: LocalHub, settings: Settings) -> None:
    anonymous = settings.model_copy(update={"hf_token": load_settings().hf_token})
    found = look(anonymous)
    assert states(found) == dict.fromkeys(PLACES, "ok")
    assert found["token"].text == "none; requests in 5 minutes: 500 api, 3,000 files"
    assert hub.asked(path="whoami") == []
    rates = look(anonymous.model_copy(update={"api_rate": 7, "file_rate": 9}))
    assert rates["token"].text == "none; requests in 5 minutes: 7 api, 9 files"


def test_a_refused_token_is_said_with_the_remedy(hub: LocalHub, settings: Settings) -> None:
    hub.tokens.clear()
    found = look(settings)
    assert states(found) == {
        "Hub": "ok",
        "token": "broken",
        "hub-stats": "broken",
        "cards in bulk": "broken",
        "arXiv": "ok",
    }
    assert found["Hub"].text.endswith("answers, and refuses the token")
    assert found["token"].text.startswith("HF_TOKEN: the Hub refuses the token (status 401); make")


def test_what_cannot_be_a_token_is_said(settings: Settings) -> None:
    odd = load_settings(hf_token="hf_with a space")
    found = look(settings.model_copy(update={"hf_token": odd.hf_token}))
    assert found["token"].state == "broken"
    assert found["token"].text.startswith("HF_TOKEN: not a token")
    assert found["arXiv"].state == "ok"
    assert not any("hf_with" in finding.text for finding in found.values())


@pytest.mark.parametrize(
    "fault",
    [answer(503, times=None), reset(times=None), answer(404, times=None), answer(418, times=None)],
    ids=lambda fault: f"{fault.kind}-{fault.status}",
)
def test_a_hub_that_is_down_is_broken_soon(hub: LocalHub, settings: Settings, fault: Fault) -> None:
    hub.faults.append(fault)
    found = look(settings)
    assert states(found) == dict.fromkeys(PLACES, "broken")
    assert len(hub.requests) <= 2 * len(PLACES)
    # The rest is looked at all the same.
    assert found["list of models"].state == "ok"


@pytest.mark.parametrize("place", ["Hub", "token", "cards in bulk", "arXiv"])
@pytest.mark.parametrize("fault", [page(times=None), empty(times=None)], ids=["page", "empty"])
def test_what_is_no_answer_is_not_taken_for_one(
    hub: LocalHub, settings: Settings, place: str, fault: Fault
) -> None:
    paths = {"Hub": r"/api/models\?", "token": "whoami", "cards in bulk": CARDS, "arXiv": "/query"}
    fault = Fault(**{**vars(fault), "path": paths[place], "happened": 0})
    hub.faults.append(fault)
    found = look(settings)
    assert states(found) == dict.fromkeys(PLACES, "ok") | {place: "broken"}


def test_old_hub_stats_are_a_warning(hub: LocalHub, settings: Settings) -> None:
    at = dt.datetime.now(dt.UTC) - dt.timedelta(days=15, hours=1)
    hub.datasets[REPO].publish({"models.parquet": CONTENT}, at)
    found = look(settings)
    assert found["hub-stats"].state == "warning"
    assert f"{REPO} of {at:%Y-%m-%d}, 15 days old: stale" in found["hub-stats"].text
    assert "--source hub" in found["hub-stats"].text


@pytest.mark.parametrize(("repo", "place"), [(REPO, "hub-stats"), (CARDS, "cards in bulk")])
def test_a_dataset_that_is_gone_is_broken(
    hub: LocalHub, settings: Settings, repo: str, place: str
) -> None:
    del hub.datasets[repo]
    found = look(settings)
    assert states(found) == dict.fromkeys(PLACES, "ok") | {place: "broken"}
    assert repo in found[place].text


def test_without_cards_in_bulk_they_are_not_looked_at(settings: Settings) -> None:
    found = look(settings.model_copy(update={"cards_repo": ""}))
    assert found["cards in bulk"].state == "skipped"
    assert found["arXiv"].state == "ok"


def test_offline_nothing_is_asked(
    hub: LocalHub, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    found = look(settings)
    assert found["network"].state == "skipped"
    assert states(found) == {}
    assert {"disk", "list of models", "cards one by one", "configs"} <= set(found)
    assert hub.requests == []


@pytest.mark.parametrize(
    ("gib", "state"), [(1.9, "broken"), (2.1, "warning"), (19.9, "warning"), (20.1, "ok")]
)
def test_room_is_looked_at_where_the_data_will_be(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gib: float, state: str
) -> None:
    asked = []

    def usage(place: Path) -> SimpleNamespace:
        asked.append(place)
        return SimpleNamespace(free=int(gib * 2**30))

    monkeypatch.setattr(checkup.shutil, "disk_usage", usage)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    found = look(settings)
    assert found["disk"].state == state
    assert str(settings.data) in found["disk"].text
    # The folder is not there yet: its parent tells.
    assert asked == [tmp_path]


def test_estimates_are_those_of_the_rate(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two million models: listed in 10 minutes and read in 1.4 days with a token."""
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with_token = look(settings, n_models=2_000_000)
    assert with_token["list of models"].text == "2,000,000 models, at least 10 minutes"
    assert "at least 33.3 hours" in with_token["cards one by one"].text
    assert with_token["configs"].text.startswith("5,000: at least 5 minutes; each counts as a")
    anonymous = settings.model_copy(update={"hf_token": load_settings().hf_token})
    assert look(anonymous, n_models=2_000_000)["list of models"].text.endswith("20 minutes")
    assert look(anonymous)["list of models"].text.startswith("2,900,000 models")
