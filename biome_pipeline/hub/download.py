"""Large files through huggingface_hub, with the one polite client below it.

huggingface_hub does the transfer, because it resumes and caches. Left alone it
waits as long as a server tells it to, resumes a broken body without end, and
takes the token to hosts that are not the endpoint.

What does not belong here: bounds that all requests have (`client`), what is
asked for (`fetch`), and what an error means for the user (`refusals`).
"""

from __future__ import annotations

import contextlib
import re
import threading
import time
from collections.abc import Iterator
from typing import Any

from huggingface_hub import HfApi, constants, set_client_factory
from huggingface_hub.utils import (  # type: ignore[attr-defined]  # exported when first used
    _http,
    httpx,
)

from biome_pipeline import __version__
from biome_pipeline.errors import HubUnreachableError, SourceFormatError
from biome_pipeline.hub.client import LATER, RETRIED_ERRORS, Client
from biome_pipeline.hub.limits import Account
from biome_pipeline.hub.redaction import redacted

__all__ = ["Download", "hub_api", "session"]

_FILE_LIKE = re.compile(r"[\w.:+=-]+")
_LONGEST_FETCH = 6 * 3600.0

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
    endpoint: str,
    token: str | None,
    *,
    attempts: int,
    pause: float,
    timeout: float,
    account: Account | None = None,
) -> Iterator[Download]:
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
    account : Account, optional
        Where requests are counted.

    Yields
    ------
    Download
        The client that is used inside the block, and closed at its end.
    """
    with (
        _session_lock,
        redacted(token),
        Download(endpoint, attempts, pause, timeout, account=account) as client,
    ):
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


class Download(Client):
    """A client for one download: what comes is of one commit, and each try gets further.

    It ends a hopeless request with an error of the project, which passes
    through all the layers of huggingface_hub that would try again or fall
    back to an old copy. One thread uses it.

    Parameters
    ----------
    endpoint : str
        Address of the Hub.
    attempts : int
        As for `Client`.
    pause, timeout : float
        As for `Client`, in seconds.
    account : Account, optional
        Where requests are counted.

    Attributes
    ----------
    pinned : str or None
        The only commit whose files may come; None while it is being asked for.
    """

    def __init__(
        self,
        endpoint: str,
        attempts: int,
        pause: float,
        timeout: float,
        account: Account | None = None,
    ) -> None:
        super().__init__(endpoint, attempts, pause, timeout, account=account)
        self.pinned: str | None = None
        self._until = time.monotonic() + _LONGEST_FETCH
        self._furthest = 0
        self._fruitless = 0

    def send(self, request: httpx.Request, *, stream: bool = False, **how: Any) -> httpx.Response:  # noqa: ANN401  what httpx passes on
        """Send a request as `Client` does, and watch over its body.

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
        response = super().send(request, stream=stream, **how)
        if stream:
            response.stream = _Body(self, response)
        return response

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
                place=self.home,
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
        if self._fruitless >= self.attempts:
            raise self.given_up(f"{type(error).__name__} in the body") from None

    def _patience_left(self) -> float:
        return min(super()._patience_left(), self._until - time.monotonic())

    def _after(self, response: httpx.Response) -> None:
        super()._after(response)
        # huggingface_hub makes names of files of both headers.
        commit = response.headers.get("X-Repo-Commit")
        if response.is_error or commit is None:
            return
        etag = response.headers.get("X-Linked-Etag") or response.headers.get("ETag") or "none"
        is_odd = _FILE_LIKE.fullmatch(etag.removeprefix("W/").strip('"')) is None
        if is_odd or (self.pinned is not None and commit != self.pinned):
            raise SourceFormatError(
                f"the Hub answers with {'an odd ETag' if is_odd else 'another revision'}",
                place=f"{self.home}, revision {self.pinned}",
                remedy="check HF_ENDPOINT",
            )


class _Body(httpx.SyncByteStream):
    """A body that tells its client how far it came and how it ended."""

    def __init__(self, client: Download, response: httpx.Response) -> None:
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
                self._client.account.add(n_bytes=len(chunk))
                yield chunk
        except RETRIED_ERRORS as error:
            self._client.broke_off(error)
            # The one error after which huggingface_hub resumes where it was:
            # after a reset it would give up.
            raise httpx.RemoteProtocolError(type(error).__name__) from None

    def close(self) -> None:
        self._stream.close()
