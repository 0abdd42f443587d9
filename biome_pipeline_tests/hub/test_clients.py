"""The clients as the settings want them: who they say they are, and what they never tell."""

from __future__ import annotations

import logging
import traceback
from pathlib import Path

import pytest

from biome_pipeline import __version__
from biome_pipeline.errors import HubUnreachableError, SettingsError
from biome_pipeline.hub import clients
from biome_pipeline.hub.clients import arxiv_client, hub_client, user_agent
from biome_pipeline.hub.limits import Account
from biome_pipeline.settings import Settings, load_settings
from biome_pipeline_tests.hub.conftest import TOKEN
from biome_pipeline_tests.hubserver import Fault, LocalHub, answer, page, reset, truncate

PATH = "/org/model/resolve/main/README.md"


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clients, "_PAUSE", 0.01)


def of(hub: LocalHub, tmp_path: Path, **more: object) -> Settings:
    known = {"data": tmp_path, "hf_endpoint": hub.address, "arxiv_url": hub.address}
    return load_settings(**known | more)


def test_the_client_says_who_asks_and_shows_the_token_to_the_hub_alone(
    hub: LocalHub, tmp_path: Path
) -> None:
    settings = of(hub, tmp_path, hf_token=TOKEN, contact="someone@example.org")
    account = Account()
    with hub_client(settings, account) as client:
        client.ask("/api/models", most_bytes=10_000)
    with arxiv_client(settings, account) as client:
        client.ask("/api/query", most_bytes=10_000)
    hub_request, arxiv_request = hub.requests
    assert hub_request.headers["authorization"] == f"Bearer {TOKEN}"
    assert TOKEN not in str(arxiv_request.headers)
    for request in hub.requests:
        assert request.user_agent == f"biome-pipeline/{__version__}; contact/someone@example.org"
    assert account.requests == 2


@pytest.mark.parametrize(
    ("contact", "shown"),
    [
        ("", ""),
        ("é; \n", ""),
        ("a@b.org", "; contact/a@b.org"),
        ("a;b", "; contact/a b"),
        ("a\r\nX: 1", "; contact/a X: 1"),
    ],
)
def test_the_user_agent_is_one_line_of_ascii(contact: str, shown: str) -> None:
    assert user_agent(contact) == f"biome-pipeline/{__version__}{shown}"


def test_without_a_token_none_of_the_machine_is_sent(
    hub: LocalHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".netrc").write_text(f"machine 127.0.0.1 login me password {TOKEN}\n")
    (tmp_path / "token").write_text(TOKEN)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    with hub_client(of(hub, tmp_path, hf_token="")) as client:
        client.ask("/api/models", most_bytes=10_000)
    assert "authorization" not in hub.requests[0].headers


@pytest.mark.parametrize("token", ["hf_a b", "hf_a\tb", "hf_é"])
def test_what_cannot_be_a_token_is_refused_before_it_is_sent(
    hub: LocalHub, tmp_path: Path, token: str
) -> None:
    with (
        pytest.raises(SettingsError, match="not a token") as caught,
        hub_client(of(hub, tmp_path, hf_token=token)),
    ):
        pass
    assert token not in "".join(traceback.format_exception(caught.value))
    assert hub.requests == []


ECHO = {
    "X-Error-Message": f"no: Bearer {TOKEN}",
    "X-HF-Warning": f"odd; Bearer {TOKEN}",
    "X-Request": f"Bearer {TOKEN}",
    "Content-Type": "text/plain",
}
BODY = f"no: Bearer {TOKEN}".encode()


@pytest.mark.parametrize(
    "fault",
    [
        *(answer(s, times=None, headers=ECHO, body=BODY) for s in (401, 404, 429, 503)),
        answer(429, times=None, headers=ECHO | {"Retry-After": "86400"}),
        answer(200, times=None, headers=ECHO | {"Content-Encoding": "gzip"}, body=BODY),
        answer(200, times=None, headers=ECHO | {"Content-Encoding": TOKEN}, body=BODY),
        answer(302, times=None, headers=ECHO | {"Location": f"ftp://{TOKEN}@127.0.0.1/{TOKEN}"}),
        answer(302, times=None, headers=ECHO | {"Location": f"http://[{TOKEN}"}),
        reset(times=None),
        truncate(3, times=None),
        page(times=None),
    ],
    ids=lambda fault: f"{fault.kind}-{fault.status}-{len(fault.headers)}",
)
def test_the_token_is_in_no_log_and_no_error(
    hub: LocalHub, tmp_path: Path, fault: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    hub.faults.append(fault)
    hub.add_model("org/model", files={"README.md": b"# A model"})
    told = ""
    # Of one logger alone as well: a level on a parent would not bind it.
    caplog.set_level(logging.DEBUG, "httpcore2.http11")
    with caplog.at_level(logging.DEBUG), hub_client(of(hub, tmp_path, hf_token=TOKEN)) as client:
        client.attempts = 2
        try:
            client.ask(PATH, most_bytes=10_000, is_good=lambda *_: "not good")
        except HubUnreachableError as error:
            told = "".join(traceback.format_exception(error))
    assert "does not answer properly" in told or "asks to wait" in told or "not good" in told
    assert TOKEN not in told
    assert hub.address in caplog.text
    assert TOKEN not in caplog.text
    assert all(request.has_token for request in hub.requests)


def test_the_rates_of_the_settings_are_kept_across_clients(hub: LocalHub, tmp_path: Path) -> None:
    settings = of(hub, tmp_path, api_rate=40, file_rate=90)
    found = []
    for _ in range(2):
        with hub_client(settings) as client:
            found.append(client._limits)
    # A window goes on when the next client is opened.
    assert found[0] is found[1]
    assert {name: limit.requests for name, limit in found[0].items()} == {"api": 40, "files": 90}


def test_arxiv_is_asked_once_in_three_seconds_over_one_connection(
    hub: LocalHub, tmp_path: Path
) -> None:
    found = []
    for _ in range(2):
        with arxiv_client(of(hub, tmp_path)) as client:
            found.append(client._limits["api"])
            # Its addresses have one limit, whatever they look like.
            assert client._limits["files"] is found[-1]
    assert found[0] is found[1]
    assert (found[0].requests, found[0].seconds) == (1, 3.0)
