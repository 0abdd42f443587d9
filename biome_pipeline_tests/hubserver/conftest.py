"""A local Hub, and the real client that talks to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from types import SimpleNamespace
from typing import Any

import pytest
from huggingface_hub import HfApi, close_session, constants, get_session
from huggingface_hub.utils import httpx
from huggingface_hub.utils._pagination import paginate

from biome_pipeline_tests.hubserver import LocalHub

TOKEN = "hf_aTokenOfTheTests"
_MOST = 5_000

Get = Callable[..., httpx.Response]
Walk = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Note what the client would wait, in place of waiting."""
    waits: list[float] = []
    clock = SimpleNamespace(sleep=waits.append)
    monkeypatch.setattr("huggingface_hub.utils._http.time", clock)
    return waits


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, waits: list[float]) -> Iterator[LocalHub]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_TELEMETRY", True)
    close_session()
    with LocalHub(tokens={TOKEN}) as hub:
        yield hub
        close_session()


@pytest.fixture
def api(hub: LocalHub) -> HfApi:
    return HfApi(hub.address, token=False)


@pytest.fixture
def known(hub: LocalHub) -> HfApi:
    """Give the client of somebody with an accepted token."""
    return HfApi(hub.address, token=TOKEN)


@pytest.fixture
def get(hub: LocalHub) -> Get:
    def _get(path: str, method: str = "GET", **headers: str) -> httpx.Response:
        names = {name.replace("_", "-"): text for name, text in headers.items()}
        return get_session().request(method, hub.address + path, headers=names)

    return _get


@pytest.fixture
def walk(hub: LocalHub) -> Walk:
    """Read the whole list as the client does, in an order that it cannot ask for itself."""

    def _walk(**query: object) -> list[dict[str, Any]]:
        given = {"sort": "createdAt", "direction": 1, "limit": 10} | query
        rows = list(islice(paginate(f"{hub.address}/api/models", given, headers={}), _MOST))
        assert len(rows) < _MOST, "the list does not end"
        return rows

    return _walk
