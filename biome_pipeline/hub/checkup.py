"""What is configured and reachable, with one small request to each place.

What does not belong here: how the findings are shown (``cli``).
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from huggingface_hub import is_offline_mode

from biome_pipeline.errors import BiomeError, HubAccessError
from biome_pipeline.hub.clients import arxiv_client, hub_client
from biome_pipeline.hub.contents import in_words
from biome_pipeline.hub.fetch import upstream_revision
from biome_pipeline.hub.limits import WINDOW_SECONDS, hub_limits
from biome_pipeline.hub.listing import PAGE_SIZE
from biome_pipeline.hub.papers import fault_of_feed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from biome_pipeline.settings import Settings

__all__ = ["Finding", "check_up"]

State = Literal["ok", "warning", "broken", "skipped"]

# What a snapshot of 2.2 million models takes: lake, database, report and crawl.
_ROOM_WANTED = 20 * 2**30
_ROOM_NEEDED = 2 * 2**30
_SMALL = 2**20
# A doctor does not wait for what a run would wait for.
_ATTEMPTS = 2
# The Hub's size in autumn 2026, for estimates before the first crawl.
_N_MODELS = 2_900_000


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Parameters
    ----------
    name : str
        What it is.
    state : {"ok", "warning", "broken", "skipped"}
        How it is.
    text : str
        What was found; where it is not well, with the remedy.
    """

    name: str
    state: State
    text: str


def check_up(settings: Settings, *, n_models: int | None = None) -> Iterator[Finding]:
    """Look at everything a run needs.

    Parameters
    ----------
    settings : Settings
        The settings.
    n_models : int, optional
        Models of the newest snapshot, for the estimate of a whole crawl.

    Yields
    ------
    Finding
        One after the other, as each was looked at. The token is in none.
    """
    yield _room(settings)
    if is_offline_mode():
        yield Finding("network", "skipped", "HF_HUB_OFFLINE is set: nothing is asked")
    else:
        yield _looked_at("Hub", lambda: _hub(settings))
        yield _looked_at("token", lambda: _token(settings))
        yield _looked_at("hub-stats", lambda: _hub_stats(settings))
        yield _looked_at("cards in bulk", lambda: _cards(settings))
        yield _looked_at("arXiv", lambda: _arxiv(settings))
    yield from _durations(settings, n_models or _N_MODELS)


def _looked_at(name: str, look: Callable[[], Finding]) -> Finding:
    try:
        return look()
    except BiomeError as error:
        return Finding(name, "broken", str(error))


def _fault_of(status: int, _headers: Mapping[str, str], body: bytes | None) -> str | None:
    """Say why an answer is none: what a network shows to strangers has status 200, too."""
    if status != 200 or body is None:
        return None
    try:
        json.loads(body)
    except (ValueError, RecursionError):
        return "no JSON"
    return None


def _room(settings: Settings) -> Finding:
    place = settings.data
    while not place.exists() and place != place.parent:
        place = place.parent
    free = shutil.disk_usage(place).free
    text = f"{free / 2**30:.0f} GiB free at {settings.data}"
    if free < _ROOM_NEEDED:
        return Finding("disk", "broken", f"{text}; a snapshot of the Hub needs 20 GiB")
    if free < _ROOM_WANTED:
        return Finding("disk", "warning", f"{text}; a snapshot of the whole Hub needs 20 GiB")
    return Finding("disk", "ok", text)


def _hub(settings: Settings) -> Finding:
    with hub_client(settings, attempts=_ATTEMPTS) as client:
        answer = client.ask("/api/models", query={"limit": 1}, most_bytes=_SMALL, is_good=_fault_of)
    if answer.status == 200:
        return Finding("Hub", "ok", f"{settings.hf_endpoint} answers")
    if answer.status == 401:
        return Finding("Hub", "ok", f"{settings.hf_endpoint} answers, and refuses the token")
    return Finding(
        "Hub", "broken", f"{settings.hf_endpoint} answers with status {answer.status}; "
        "check HF_ENDPOINT"
    )  # fmt: skip


def _token(settings: Settings) -> Finding:
    has_token = bool(settings.hf_token.get_secret_value())
    limits = hub_limits(has_token=has_token, api=settings.api_rate, files=settings.file_rate)
    rates = ", ".join(f"{limit.requests:,} {name}" for name, limit in limits.items())
    if not has_token:
        return Finding("token", "ok", f"none; requests in 5 minutes: {rates}")
    with hub_client(settings, attempts=_ATTEMPTS) as client:
        answer = client.ask("/api/whoami-v2", most_bytes=_SMALL, is_good=_fault_of)
    if answer.status != 200:
        raise HubAccessError(
            f"the Hub refuses the token (status {answer.status})",
            place="HF_TOKEN",
            remedy="make a new one, or unset it: public models need none",
        )
    return Finding("token", "ok", f"valid; requests in 5 minutes: {rates}")


def _hub_stats(settings: Settings) -> Finding:
    found = upstream_revision(
        settings.hub_stats_repo,
        endpoint=settings.hf_endpoint,
        token=settings.hf_token.get_secret_value() or None,
        contact=settings.contact,
        attempts=_ATTEMPTS,
    )
    age = (dt.datetime.now(dt.UTC) - found.last_modified).days
    text = f"{settings.hub_stats_repo} of {found.last_modified:%Y-%m-%d}, {age} days old"
    if age > settings.max_upstream_age:
        return Finding("hub-stats", "warning", f"{text}: stale, --source hub takes its place")
    return Finding("hub-stats", "ok", text)


def _cards(settings: Settings) -> Finding:
    if not settings.cards_repo:
        return Finding("cards in bulk", "skipped", "BIOME_CARDS_REPO is empty: all one by one")
    with hub_client(settings, attempts=_ATTEMPTS) as client:
        answer = client.ask(
            f"/api/datasets/{settings.cards_repo}", most_bytes=16 * _SMALL, is_good=_fault_of
        )
    if answer.status != 200 or answer.body is None:
        return Finding(
            "cards in bulk",
            "broken",
            f"{settings.cards_repo} answers with status {answer.status}; "
            "name another in BIOME_CARDS_REPO, or empty it",
        )
    try:
        revision = str(json.loads(answer.body)["sha"])[:12]
    except (ValueError, KeyError, TypeError):
        return Finding("cards in bulk", "broken", f"{settings.cards_repo} has no revision")
    return Finding("cards in bulk", "ok", f"{settings.cards_repo} at {revision}")


def _arxiv(settings: Settings) -> Finding:
    query = {"id_list": "2508.06811", "max_results": 1}
    with arxiv_client(settings, attempts=_ATTEMPTS) as client:
        answer = client.ask("/api/query", query=query, most_bytes=_SMALL, is_good=fault_of_feed)
    if answer.status == 200:
        return Finding("arXiv", "ok", f"{settings.arxiv_url} answers")
    return Finding(
        "arXiv", "broken", f"{settings.arxiv_url} answers with status {answer.status}; "
        "check BIOME_ARXIV_URL"
    )  # fmt: skip


def _durations(settings: Settings, n_models: int) -> Iterator[Finding]:
    has_token = bool(settings.hf_token.get_secret_value())
    limits = hub_limits(has_token=has_token, api=settings.api_rate, files=settings.file_rate)

    def duration(n_requests: float, bucket: str) -> str:
        return in_words(n_requests / limits[bucket].requests * WINDOW_SECONDS)

    yield Finding(
        "list of models",
        "ok",
        f"{n_models:,} models, at least {duration(n_models / PAGE_SIZE, 'api')}",
    )
    yield Finding(
        "cards one by one",
        "ok",
        f"all {n_models:,}: at least {duration(n_models, 'files')}; in bulk only what changed "
        "since is left",
    )
    yield Finding(
        "configs",
        "ok",
        f"{settings.max_configs:,}: at least {duration(settings.max_configs, 'files')}; each "
        "counts as a download of its model",
    )
