"""The one polite client: bounds on tries, waits and time, and who sees the token.

huggingface_hub does the transfer, through an HTTP client of our own, because
left alone it waits as long as a server tells it to, resumes a broken body
without end, and takes the token to hosts that are not the endpoint.

What does not belong here: what is asked for (`fetch`), and what an error means
for the user (`refusals`).
"""

from __future__ import annotations

import contextlib
import email.utils
import functools
import logging
import re
import threading
import time
from collections.abc import Iterator
from typing import Any

from huggingface_hub import HfApi, constants, is_offline_mode, set_client_factory
from huggingface_hub.errors import OfflineModeIsEnabled
from huggingface_hub.utils import (  # type: ignore[attr-defined]  # exported when first used
    _http,
    httpx,
    parse_ratelimit_headers,
)

from biome_pipeline import __version__
from biome_pipeline.errors import HubUnreachableError, SourceFormatError
from biome_pipeline.hub.redaction import redacted

__all__ = ["LATER", "RETRIED_ERRORS", "Client", "hub_api", "session"]

RETRIED_ERRORS = (httpx.TimeoutException, httpx.NetworkError, httpx.RemoteProtocolError)
"""What can go wrong with a connection and may go well the next time."""

LATER = "check the connection and run again later; nothing was changed"
"""The remedy when the Hub or the way to it is at fault."""

_log = logging.getLogger(__name__)

_FILE_LIKE = re.compile(r"[\w.:+=-]+")
_RETRIED_STATUS = frozenset({408, 429, 500, 502, 503, 504})
# The Hub counts requests in windows of 5 minutes: nothing polite waits longer.
_LONGEST_PAUSE = 300.0
_LONGEST_FETCH = 6 * 3600.0

# To read them takes longer than a request.
_certificates = functools.cache(httpx.create_ssl_context)

_session_lock = threading.RLock()


def hub_api(endpoint: str, token: str | None, contact: str) -> HfApi:
    """Make the caller of the Hub's API, which says who we are.

    Parameters
    ----------
    endpoint : str
        Address of the Hub.
    token : str or None
        Token to send; with None no other is looked for.
    contact : str
        Address of a person, for the User-Agent; may be empty.

    Returns
    -------
    huggingface_hub.HfApi
        To be used inside a `session`.
    """
    contact = re.sub(r"[^ -:<-~]+", " ", contact).strip()
    return HfApi(
        endpoint=endpoint.rstrip("/"),
        # None would make the client look for a token on this machine.
        token=token or False,
        library_name="biome-pipeline",
        library_version=__version__,
        user_agent={"contact": contact} if contact else None,
    )


@contextlib.contextmanager
def session(
    endpoint: str, token: str | None, *, attempts: int, pause: float, timeout: float
) -> Iterator[Client]:
    """Let huggingface_hub use a client of ours, plain HTTP, and no telemetry.

    These are states of its process, and its calls take none of them as
    arguments; the environment is read once, at its import. So they are set for
    as long as the block lasts, in one thread at a time. Xet is off because it
    goes around the client and its bounds; telemetry because it adds a request
    to another address, and more to the User-Agent than the user knows.

    Parameters
    ----------
    endpoint : str
        Address of the Hub: the only host that sees a token.
    token : str or None
        The token that will be sent, to be masked in logs.
    attempts : int
        As for `Client`.
    pause, timeout : float
        As for `Client`, in seconds.

    Yields
    ------
    Client
        The client that is used inside the block, and closed at its end.
    """
    with _session_lock, redacted(token), Client(endpoint, attempts, pause, timeout) as client:
        before = (
            # Only a private name tells which factory to put back.
            _http._GLOBAL_CLIENT_FACTORY,
            constants.HF_HUB_DISABLE_XET,
            constants.HF_HUB_DISABLE_TELEMETRY,
        )
        set_client_factory(lambda: client)
        constants.HF_HUB_DISABLE_XET = True
        constants.HF_HUB_DISABLE_TELEMETRY = True
        try:
            yield client
        finally:
            factory, constants.HF_HUB_DISABLE_XET, constants.HF_HUB_DISABLE_TELEMETRY = before
            set_client_factory(factory)


class Client(httpx.Client):
    """An HTTP client with bounds: tries, waits, time, and who sees the token.

    It ends a hopeless request with an error of the project, which passes
    through all the layers of huggingface_hub that would try again or fall
    back to an old copy.

    Parameters
    ----------
    endpoint : str
        Address of the Hub.
    attempts : int
        How often a request is tried, at least 1.
    pause : float
        Seconds before the second try; doubled for each further one. What the
        Hub asks for comes first, up to 300 seconds.
    timeout : float
        Seconds without a byte after which a try has failed.

    Attributes
    ----------
    pinned : str or None
        The only commit whose files may come; None while it is being asked for.
    """

    def __init__(self, endpoint: str, attempts: int, pause: float, timeout: float) -> None:
        super().__init__(
            verify=_certificates(),
            event_hooks={"request": [self._before], "response": [self._after]},
            follow_redirects=True,
        )
        self.pinned: str | None = None
        self._home = _origin(httpx.URL(endpoint))
        self._attempts = attempts
        self._pause = pause
        self._patience = httpx.Timeout(timeout).as_dict()
        self._until = time.monotonic() + _LONGEST_FETCH
        self._furthest = 0
        self._fruitless = 0

    def send(self, request: httpx.Request, *, stream: bool = False, **how: Any) -> httpx.Response:  # noqa: ANN401  what httpx passes on
        """Send a request, again after a passing failure, a limited number of times.

        Parameters
        ----------
        request : httpx.Request
            What is asked.
        stream : bool, optional
            Whether the body is left to be read in pieces.
        **how
            As for ``httpx.Client.send``.

        Returns
        -------
        httpx.Response
            Of any status that another try would not change.

        Raises
        ------
        HubUnreachableError
            No try succeeded, or the Hub asks for too long a wait.
        """
        request.extensions = {**request.extensions, "timeout": self._patience}
        for attempt in range(1, self._attempts + 1):
            wait = min(self._pause * 2 ** (attempt - 1), _LONGEST_PAUSE)
            try:
                response = super().send(request, stream=stream, **how)
            except RETRIED_ERRORS as error:
                failure = type(error).__name__
            else:
                if response.status_code not in _RETRIED_STATUS:
                    if stream:
                        response.stream = _Body(self, response)
                    return response
                failure = f"status {response.status_code}"
                asked = _asked_pause(response.headers)
                response.close()
                wait = wait if asked is None else asked
            if wait > _LONGEST_PAUSE or time.monotonic() + wait > self._until:
                raise HubUnreachableError(
                    f"the Hub asks to wait {wait:.0f} seconds ({failure})",
                    place=self._home,
                    remedy="run again after that time; nothing was changed",
                )
            if attempt < self._attempts:
                _log.warning("%s: %s; again in %.1f s", self._home, failure, wait)
                time.sleep(wait)
        raise self._given_up(failure)

    def received(self, position: int) -> None:
        """Note how far a body has come; only new bytes count as progress.

        Parameters
        ----------
        position : int
            Bytes of the file that are there, from its start.

        Raises
        ------
        HubUnreachableError
            The whole session takes too long.
        """
        if position > self._furthest:
            self._furthest = position
            self._fruitless = 0
        if time.monotonic() > self._until:
            raise HubUnreachableError(
                f"the download is not done after {_LONGEST_FETCH / 3600:.0f} hours",
                place=self._home,
                remedy=LATER,
            )

    def broke_off(self, error: Exception) -> None:
        """Note that a body broke off, and give up when that brings nothing new.

        Parameters
        ----------
        error : Exception
            How it broke off.

        Raises
        ------
        HubUnreachableError
            As many bodies in a row as there are tries brought no new byte.
        """
        self._fruitless += 1
        if self._fruitless >= self._attempts:
            raise self._given_up(f"{type(error).__name__} in the body") from None

    def _given_up(self, failure: str) -> HubUnreachableError:
        return HubUnreachableError(
            f"the Hub does not answer properly after {self._attempts} tries ({failure})",
            place=self._home,
            remedy=LATER,
        )

    def _before(self, request: httpx.Request) -> None:
        if is_offline_mode():
            raise OfflineModeIsEnabled("offline mode is on")
        # Runs for every hop of a redirect, so that no other host sees the token.
        if _origin(request.url) != self._home:
            request.headers.pop("Authorization", None)

    def _after(self, response: httpx.Response) -> None:
        # huggingface_hub would log it as the server wrote it.
        response.headers.pop("X-HF-Warning", None)
        # huggingface_hub makes names of files of both headers.
        commit = response.headers.get("X-Repo-Commit")
        if response.is_error or commit is None:
            return
        etag = response.headers.get("X-Linked-Etag") or response.headers.get("ETag") or "none"
        is_odd = _FILE_LIKE.fullmatch(etag.removeprefix("W/").strip('"')) is None
        if is_odd or (self.pinned is not None and commit != self.pinned):
            raise SourceFormatError(
                f"the Hub answers with {'an odd ETag' if is_odd else 'another revision'}",
                place=f"{self._home}, revision {self.pinned}",
                remedy="check HF_ENDPOINT",
            )


class _Body(httpx.SyncByteStream):
    """A body that tells its client how far it came and how it ended."""

    def __init__(self, client: Client, response: httpx.Response) -> None:
        self._client = client
        stream = response.stream
        assert isinstance(stream, httpx.SyncByteStream)  # the client is not asynchronous
        self._stream = stream
        match = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
        self._position = int(match[1]) if match else 0

    def __iter__(self) -> Iterator[bytes]:
        try:
            for chunk in self._stream:
                self._position += len(chunk)
                self._client.received(self._position)
                yield chunk
        except RETRIED_ERRORS as error:
            self._client.broke_off(error)
            # The one error after which huggingface_hub resumes where it was:
            # after a reset it would give up.
            raise httpx.RemoteProtocolError(type(error).__name__) from None

    def close(self) -> None:
        self._stream.close()


def _origin(url: httpx.URL) -> str:
    # Without the part that may hold a name and a password.
    port = f":{url.port}" if url.port else ""
    return f"{url.scheme}://{url.host}{port}"


def _asked_pause(headers: httpx.Headers) -> float | None:
    """Read how many seconds the Hub asks to wait, in any of its three ways."""
    limit = parse_ratelimit_headers(headers)
    if limit is not None and limit.remaining == 0:
        return float(limit.reset_in_seconds)
    text = headers.get("Retry-After", "").strip()
    if text.isdecimal():
        return float(text)
    try:
        until = email.utils.parsedate_to_datetime(text)
        # The server's own clock, so that a wrong one here does no harm.
        now = email.utils.parsedate_to_datetime(headers["Date"])
        return max(0.0, (until - now).total_seconds())
    except (ValueError, TypeError, KeyError):
        return None
