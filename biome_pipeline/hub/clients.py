"""The clients of the Hub and of arXiv, as the settings want them.

What does not belong here: how a client behaves (`client`).
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from biome_pipeline import __version__
from biome_pipeline.errors import SettingsError
from biome_pipeline.hub.client import Client
from biome_pipeline.hub.limits import Account, RateLimit, hub_limits
from biome_pipeline.hub.redaction import TOKEN, redacted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from biome_pipeline.settings import Settings

__all__ = ["arxiv_client", "hub_client", "user_agent"]

_PAUSE = 1.0
_TIMEOUT = 30.0
# arXiv asks for one request in three seconds, over one connection.
_ARXIV_SECONDS = 3.0


@contextmanager
def hub_client(
    settings: Settings, account: Account | None = None, *, attempts: int = 5
) -> Iterator[Client]:
    """Open the client of the Hub.

    Parameters
    ----------
    settings : Settings
        Address, token, contact and rates.
    account : Account, optional
        Where requests are counted.
    attempts : int, optional
        How often a request is tried.

    Yields
    ------
    Client
        Closed at the end; the token is masked in logs until then.

    Raises
    ------
    SettingsError
        The token cannot be one.
    """
    token = settings.hf_token.get_secret_value()
    if token and TOKEN.fullmatch(token) is None:
        raise SettingsError("not a token: spaces or characters that none has", place="HF_TOKEN")
    headers = {"User-Agent": user_agent(settings.contact)}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    limits = _limits(
        settings.hf_endpoint, has_token=bool(token), api=settings.api_rate, files=settings.file_rate
    )
    with (
        redacted(token or None),
        Client(
            settings.hf_endpoint,
            attempts,
            _PAUSE,
            _TIMEOUT,
            headers=headers,
            limits=limits,
            account=account,
        ) as client,
    ):
        yield client


@contextmanager
def arxiv_client(
    settings: Settings, account: Account | None = None, *, attempts: int = 5
) -> Iterator[Client]:
    """Open the client of arXiv's export API.

    Parameters
    ----------
    settings : Settings
        Address and contact; arXiv never sees the token.
    account : Account, optional
        Where requests are counted.
    attempts : int, optional
        How often a request is tried.

    Yields
    ------
    Client
        One request in three seconds.
    """
    with Client(
        settings.arxiv_url,
        attempts,
        _PAUSE,
        _TIMEOUT,
        headers={"User-Agent": user_agent(settings.contact)},
        limits=_arxiv_limits(settings.arxiv_url),
        account=account,
    ) as client:
        yield client


def user_agent(contact: str) -> str:
    """Say who asks.

    Parameters
    ----------
    contact : str
        Address of a person; may be empty.

    Returns
    -------
    str
        Project, version and contact, in one line.
    """
    contact = re.sub(r"[^ -:<-~]+", " ", contact).strip()
    return f"biome-pipeline/{__version__}" + (f"; contact/{contact}" if contact else "")


# One set of limits for a process, whatever clients are opened one after the other.
@functools.cache
def _limits(endpoint: str, *, has_token: bool, api: int, files: int) -> Mapping[str, RateLimit]:
    return hub_limits(has_token=has_token, api=api, files=files)


@functools.cache
def _arxiv_limits(_address: str) -> Mapping[str, RateLimit]:
    limit = RateLimit(1, _ARXIV_SECONDS)
    return {"api": limit, "files": limit}
