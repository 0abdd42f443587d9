"""The one polite client: bounds on tries, waits, time and bytes, and who sees the token.

Every request to the Hub and to arXiv goes through `Client`. It keeps to the
rate limits of its buckets, tries again what may pass, sends the token to the
endpoint alone, and counts what it did. What does not belong here: what is
asked for (`listing`, `contents`, `papers`, `fetch`), and what huggingface_hub
needs to transfer large files (`download`).
"""

from __future__ import annotations

import email.utils
import functools
import logging
import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from huggingface_hub import is_offline_mode
from huggingface_hub.errors import OfflineModeIsEnabled
from huggingface_hub.utils import (  # type: ignore[attr-defined]  # exported when first used
    httpx,
    parse_ratelimit_headers,
)

from biome_pipeline.errors import HubUnreachableError
from biome_pipeline.hub.bodies import BrokenBodyError, read_body
from biome_pipeline.hub.limits import Account, RateLimit

__all__ = ["LATER", "RETRIED_ERRORS", "Answer", "Client", "Failed"]

RETRIED_ERRORS = (httpx.TimeoutException, httpx.NetworkError, httpx.RemoteProtocolError)
"""What can go wrong with a connection and may go well the next time."""

LATER = "check the connection and run again later; nothing was changed"
"""The remedy when the Hub or the way to it is at fault."""

_log = logging.getLogger(__name__)
_Result = TypeVar("_Result")

_RETRIED_STATUS = frozenset({408, 429, 500, 502, 503, 504})
# The Hub counts requests in windows of 5 minutes: nothing polite waits longer.
_LONGEST_PAUSE = 300.0
# A sentence that names the other address; read, the connection can be used again.
_LARGEST_REDIRECT = 1 << 14
# Before an answer is there; redirects that lead nowhere are among them.
_NO_ANSWER = (httpx.TransportError, httpx.TooManyRedirects)

# To read them takes longer than a request.
_certificates = functools.cache(httpx.create_ssl_context)


@dataclass(frozen=True)
class Failed:
    """A try that failed in a way that may pass.

    Parameters
    ----------
    why : str
        What happened, in words without anything the server wrote.
    wait : float or None
        Seconds that the server asks to wait; ``None`` if it does not say.
    """

    why: str
    wait: float | None = None


@dataclass(frozen=True)
class Answer:
    """A whole answer.

    Parameters
    ----------
    status : int
        HTTP status.
    headers : mapping of str to str
        Headers; names are found in any case.
    body : bytes or None
        The body, decompressed; ``None`` if it was larger than allowed.
    url : str
        Address that answered, after redirects.
    attempts : int
        How many tries it took.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes | None
    url: str
    attempts: int


class Client(httpx.Client):
    """An HTTP client with bounds: tries, waits, time, bytes, and who sees the token.

    It may be used by several threads at once.

    Parameters
    ----------
    endpoint : str
        Address of the server: the only host that sees the token.
    attempts : int
        How often a request is tried, at least 1.
    pause : float
        Seconds before the second try, give or take a quarter; doubled for each
        further one. What the server asks for comes first, up to 300 seconds.
    timeout : float
        Seconds without a byte after which a try has failed.
    headers : mapping of str to str, optional
        Sent with every request.
    limits : mapping of str to RateLimit, optional
        Limits of the endpoint by bucket, ``api`` and ``files``; without one,
        requests are not held back.
    account : Account, optional
        Where requests are counted.
    longest_body : float, optional
        Seconds after which a body that still comes has failed: a server that
        sends a byte now and then would never time out.
    """

    def __init__(
        self,
        endpoint: str,
        attempts: int,
        pause: float,
        timeout: float,
        *,
        headers: Mapping[str, str] | None = None,
        limits: Mapping[str, RateLimit] | None = None,
        account: Account | None = None,
        longest_body: float = 300.0,
    ) -> None:
        super().__init__(
            verify=_certificates(),
            headers=dict(headers or {}),
            event_hooks={"request": [self._before], "response": [self._after]},
            follow_redirects=True,
        )
        self.home = origin(httpx.URL(endpoint))
        self.endpoint = endpoint.rstrip("/")
        self.attempts = attempts
        self.account = account or Account()
        self._pause = pause
        self._patience = httpx.Timeout(timeout).as_dict()
        self._longest_body = longest_body
        self._limits = limits or {}
        self._here = threading.local()
        # Threads that were turned away together must not come back together.
        self._jitter = random.Random(0)  # noqa: S311  no secret depends on it

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
            No try succeeded, or the server asks for too long a wait.
        """
        response, _ = self._tried(lambda: self._sent(request, stream=stream, **how))
        return response

    def ask(
        self,
        path: str,
        *,
        most_bytes: int,
        query: Mapping[str, Any] | None = None,
        is_good: Callable[[int, Mapping[str, str], bytes | None], str | None] | None = None,
    ) -> Answer:
        """Ask for something small, and give the whole answer.

        A body that breaks off, stalls, or is not what it should be is asked for
        again from its start: nothing half-read comes back.

        Parameters
        ----------
        path : str
            Path below the endpoint, quoted.
        most_bytes : int
            Largest body that is kept, in bytes after decompression.
        query : mapping of str to Any, optional
            The query.
        is_good : callable, optional
            Told status, headers and body; says in words why the answer is not
            one (it is then asked for again), or ``None``.

        Returns
        -------
        Answer
            Of any status that another try would not change.

        Raises
        ------
        HubUnreachableError
            No try succeeded, the server asks for too long a wait, or offline
            mode is on.
        """

        def once() -> tuple[int, Mapping[str, str], bytes | None, str] | Failed:
            request = self.build_request(
                "GET",
                f"{self.endpoint}{path}",
                params=query,
                # The one encoding that is unpacked in bounded pieces.
                headers={"Accept-Encoding": "gzip"},
            )
            try:
                response = self._sent(request, stream=True)
            except OfflineModeIsEnabled:
                raise HubUnreachableError(
                    "offline mode is on", place=self.home, remedy="unset HF_HUB_OFFLINE"
                ) from None
            if isinstance(response, Failed):
                return response
            try:
                body = read_body(response, most_bytes=most_bytes, longest=self._longest_body)
            except RETRIED_ERRORS as error:
                return Failed(f"{type(error).__name__} in the body")
            except BrokenBodyError as error:
                return Failed(str(error))
            finally:
                response.close()
                self.account.add(n_bytes=response.num_bytes_downloaded)
            if is_good is not None:
                why = is_good(response.status_code, response.headers, body)
                if why is not None:
                    return Failed(why)
            return response.status_code, response.headers, body, str(response.url)

        (status, headers, body, url), attempts = self._tried(once)
        return Answer(status, headers, body, url, attempts)

    def _sent(
        self,
        request: httpx.Request,
        *,
        stream: bool,
        **how: Any,  # noqa: ANN401  as in `send`
    ) -> httpx.Response | Failed:
        """Try once."""
        request.extensions = {**request.extensions, "timeout": self._patience}
        try:
            response = super().send(request, stream=stream, **how)
        except _NO_ANSWER as error:
            return Failed(type(error).__name__)
        finally:
            self._leave()
        if response.status_code not in _RETRIED_STATUS:
            return response
        wait = _asked_pause(response.headers)
        response.close()
        if response.status_code == httpx.codes.TOO_MANY_REQUESTS:
            limit = self._limit_of(response.request.url)
            # If it does not say for how long: as long as before a second try.
            seconds = self._pause if wait is None else wait
            if limit is not None and seconds <= _LONGEST_PAUSE:
                limit.pause(seconds)
        return Failed(f"status {response.status_code}", wait)

    def _tried(self, once: Callable[[], _Result | Failed]) -> tuple[_Result, int]:
        """Try until it goes well, a limited number of times."""
        why = ""
        for attempt in range(1, self.attempts + 1):
            if attempt > 1:
                self.account.add(retries=1)
            result = once()
            if not isinstance(result, Failed):
                return result, attempt
            why = result.why
            wait = self._pause * 2 ** (attempt - 1) * self._jitter.uniform(0.75, 1.25)
            wait = min(wait, _LONGEST_PAUSE) if result.wait is None else result.wait
            if wait > self._patience_left():
                raise HubUnreachableError(
                    f"the server asks to wait {wait:.0f} seconds ({why})",
                    place=self.home,
                    remedy="run again after that time; nothing was changed",
                )
            if attempt < self.attempts:
                _log.warning("%s: %s; again in %.1f s", self.home, why, wait)
                time.sleep(wait)
        raise self.given_up(why)

    def _patience_left(self) -> float:
        """Give the longest wait that is still accepted, in seconds."""
        return _LONGEST_PAUSE

    def given_up(self, why: str) -> HubUnreachableError:
        """Say that a server does not answer.

        Parameters
        ----------
        why : str
            The last failure.

        Returns
        -------
        HubUnreachableError
            To be raised.
        """
        return HubUnreachableError(
            f"the server does not answer properly after {self.attempts} tries ({why})",
            place=self.home,
            remedy=LATER,
        )

    def _limit_of(self, url: httpx.URL) -> RateLimit | None:
        if origin(url) != self.home:
            return None
        # Small files are handed out below /api/resolve-cache/.
        is_api = url.path.startswith("/api/") and not url.path.startswith("/api/resolve-cache/")
        return self._limits.get("api" if is_api else "files")

    def _before(self, request: httpx.Request) -> None:
        if is_offline_mode():
            raise OfflineModeIsEnabled("offline mode is on")
        # Runs for every hop of a redirect, so that no other host sees the token.
        if origin(request.url) != self.home:
            request.headers.pop("Authorization", None)
        limit = self._limit_of(request.url)
        if limit is not None:
            self.account.add(waited=limit.enter())
            self._here.limit = limit
        self.account.add(requests=1)

    def _after(self, response: httpx.Response) -> None:
        self._leave()
        # huggingface_hub would log it as the server wrote it.
        response.headers.pop("X-HF-Warning", None)
        if response.has_redirect_location:
            _spare_body(response)

    def _leave(self) -> None:
        limit = getattr(self._here, "limit", None)
        if limit is not None:
            self._here.limit = None
            limit.leave()


def origin(url: httpx.URL) -> str:
    """Give scheme, host and port of an address.

    Parameters
    ----------
    url : httpx.URL
        The address.

    Returns
    -------
    str
        Without the part that may hold a name and a password.
    """
    port = f":{url.port}" if url.port else ""
    return f"{url.scheme}://{url.host}{port}"


def _spare_body(response: httpx.Response) -> None:
    """Keep httpx from reading whatever comes with a redirect, unless it is small."""
    length = response.headers.get("Content-Length", "")
    is_small = length.isdecimal() and int(length[:9]) <= _LARGEST_REDIRECT
    if is_small and "Content-Encoding" not in response.headers:
        return
    assert isinstance(response.stream, httpx.SyncByteStream)  # the client is not asynchronous
    response.stream.close()
    response.stream = httpx.ByteStream(b"")
    response.headers.pop("Content-Encoding", None)


def _asked_pause(headers: httpx.Headers) -> float | None:
    """Read how many seconds a server asks to wait, in any of three ways."""
    try:
        limit = parse_ratelimit_headers(headers)
        if limit is not None and limit.remaining == 0:
            return float(limit.reset_in_seconds)
        text = headers.get("Retry-After", "").strip()
        if text.isdecimal():
            return float(text)
        until = email.utils.parsedate_to_datetime(text)
        # The server's own clock, so that a wrong one here does no harm.
        now = email.utils.parsedate_to_datetime(headers["Date"])
        return max(0.0, (until - now).total_seconds())
    except (ValueError, TypeError, KeyError, OverflowError):
        return None
