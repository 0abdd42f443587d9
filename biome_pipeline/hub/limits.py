"""How many requests may leave in a while, whatever thread they come from.

The Hub counts requests by kind of address ("api", "files") in windows of five
minutes. What does not belong here: what is asked (`client`), and what the user
chose (``settings``).
"""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass, field

__all__ = ["WINDOW_SECONDS", "Account", "RateLimit", "hub_limits"]

WINDOW_SECONDS = 300.0
"""The Hub's window, in seconds."""

# What the Hub's documentation grants in a window: without a token, and with a free one.
_ANONYMOUS = {"api": 500, "files": 3_000}
_WITH_TOKEN = {"api": 1_000, "files": 5_000}


class RateLimit:
    """A number of requests in any window of time, exactly.

    When a request reaches the server is not known here, only that it is between
    its start and its answer. So a request may start only if fewer than the
    allowed number were answered within the window before, or are under way: then
    the server, too, can count no more in any window, however late or bunched
    they arrive. Turns are given in the order in which they were asked for.

    Parameters
    ----------
    requests : int
        How many requests in a window, at least 1.
    seconds : float
        Length of the window.
    """

    def __init__(self, requests: int, seconds: float = WINDOW_SECONDS) -> None:
        self.requests = requests
        self.seconds = seconds
        self._turn = threading.Condition()
        self._queue: deque[object] = deque()
        self._answered: deque[float] = deque()
        self._n_under_way = 0
        self._paused_until = 0.0

    def enter(self) -> float:
        """Wait for the turn of one request.

        Returns
        -------
        float
            How long it waited, in seconds.
        """
        began = time.monotonic()
        ticket = object()
        with self._turn:
            self._queue.append(ticket)
            try:
                while (wait := self._wait_of(ticket)) != 0:
                    self._turn.wait(wait)
                self._n_under_way += 1
            finally:
                self._queue.remove(ticket)
                self._turn.notify_all()
        return time.monotonic() - began

    def _wait_of(self, ticket: object) -> float | None:
        """Give the seconds until a ticket may have its turn; ``None`` until something changes."""
        now = time.monotonic()
        while self._answered and self._answered[0] <= now - self.seconds:
            self._answered.popleft()
        if self._queue[0] is not ticket:
            return None
        if now < self._paused_until:
            return self._paused_until - now
        if self._n_under_way + len(self._answered) < self.requests:
            return 0
        # Rounded to 0 it would be taken for a turn.
        return max(self._answered[0] + self.seconds - now, 1e-3) if self._answered else None

    def leave(self) -> None:
        """Note that a request was answered, or broke off."""
        with self._turn:
            self._n_under_way -= 1
            self._answered.append(time.monotonic())
            self._turn.notify_all()

    def pause(self, seconds: float) -> None:
        """Let no request start for a while: the server asked for it.

        Parameters
        ----------
        seconds : float
            How long, from now.
        """
        with self._turn:
            self._paused_until = max(self._paused_until, time.monotonic() + seconds)


def hub_limits(*, has_token: bool, api: int = 0, files: int = 0) -> dict[str, RateLimit]:
    """Give the limits of the Hub, a bucket each.

    Parameters
    ----------
    has_token : bool
        Whether requests carry a token.
    api, files : int, optional
        Requests in five minutes; 0 takes what the Hub grants.

    Returns
    -------
    dict of str to RateLimit
        For ``api`` and ``files``.
    """
    granted = _WITH_TOKEN if has_token else _ANONYMOUS
    return {
        "api": RateLimit(api or granted["api"]),
        "files": RateLimit(files or granted["files"]),
    }


@dataclass
class Account:
    """What was asked of a server, for the manifest.

    Parameters
    ----------
    requests, retries : int
        Requests sent, redirects included, and how many of them were tried again.
    n_bytes : int
        Bytes of the bodies that came.
    seconds_waited : float
        Time that requests waited for their turn, all threads together.
    """

    requests: int = 0
    retries: int = 0
    n_bytes: int = 0
    seconds_waited: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    def add(
        self, *, requests: int = 0, retries: int = 0, n_bytes: int = 0, waited: float = 0.0
    ) -> None:
        """Count something, from any thread.

        Parameters
        ----------
        requests, retries, n_bytes : int, optional
            How many more.
        waited : float, optional
            How many seconds more.
        """
        with self._lock:
            self.requests += requests
            self.retries += retries
            self.n_bytes += n_bytes
            self.seconds_waited += waited

    def facts(self) -> dict[str, int]:
        """Give the numbers for the manifest.

        Returns
        -------
        dict of str to int
            ``requests``, ``retries`` and ``bytes``.
        """
        return {"requests": self.requests, "retries": self.retries, "bytes": self.n_bytes}
