"""How many requests the Hub allows, and what it saw of them.

The Hub counts requests in fixed windows, one count for its API and one for
files, and tells with every answer what is left. What does not belong here:
what is answered to a request within the limit.
"""

from __future__ import annotations

import bisect
import math
import re
from dataclasses import dataclass
from email.utils import formatdate
from typing import Literal

from biome_pipeline_tests.hubserver.replies import Reply

__all__ = ["Limit", "LoggedRequest", "bucket", "most_at_once", "most_in"]

_NAMES = {"files": "resolvers"}
_FILES = re.compile(r"/(resolve|raw)/|^/api/resolve-cache/")


def bucket(path: str) -> str:
    """Tell what a request counts as: "files", "api" or "pages"."""
    path = path.split("?", 1)[0]
    if _FILES.search(path):
        return "files"
    return "api" if path.startswith("/api/") else "pages"


@dataclass
class LoggedRequest:
    """One request as the server saw it.

    Attributes
    ----------
    method, path : str
        As sent; the path with its query.
    headers : dict of str to str
        Names in lower case.
    status : int or None
        What was answered; None if nothing was.
    arrived : float
        When it came, on the monotonic clock.
    ended : float or None
        When its answer was sent or given up, on the same clock.
    """

    method: str
    path: str
    headers: dict[str, str]
    status: int | None = None
    arrived: float = 0.0
    ended: float | None = None

    @property
    def has_token(self) -> bool:
        """Whether a token came along."""
        return "authorization" in self.headers

    @property
    def user_agent(self) -> str:
        """Who the client says it is."""
        return self.headers.get("user-agent", "")

    @property
    def bucket(self) -> str:
        """What it counts as: "files", "api" or "pages"."""
        return bucket(self.path)


@dataclass
class Limit:
    """A limit of requests in fixed windows.

    Attributes
    ----------
    bucket : str
        What it limits: "files", "api" or "pages".
    requests : int
        How many are answered in one window.
    seconds : float
        How long a window is; it begins with the first request in it.
    tells : {"ratelimit", "seconds", "date", "nothing"}
        How a refusal says when the window ends: in the headers that the Hub
        sends with every answer, in ``Retry-After`` of two kinds, or not.
    """

    bucket: str
    requests: int
    seconds: float
    tells: Literal["ratelimit", "seconds", "date", "nothing"] = "ratelimit"
    used: int = 0
    until: float = 0.0

    def count(self, now: float) -> bool:
        """Count a request, and tell whether it is one too many."""
        if now >= self.until:
            self.used, self.until = 0, now + self.seconds
        self.used += 1
        return self.used > self.requests

    def headers(self, now: float) -> dict[str, str]:
        """Give the headers of any answer."""
        if self.tells != "ratelimit":
            return {}
        name = _NAMES.get(self.bucket, self.bucket)
        left = max(0, self.requests - self.used)
        window = math.ceil(self.seconds)
        return {
            "RateLimit": f'"{name}";r={left};t={self._wait(now)}',
            "RateLimit-Policy": f'"fixed window";"{name}";q={self.requests};w={window}',
        }

    def refusal(self, now: float, wall: float) -> Reply:
        """Give the answer to a request that is one too many."""
        reply = Reply.error(429, "We had to rate limit your IP.")
        if self.tells == "seconds":
            return reply.plus({"Retry-After": str(self._wait(now))})
        if self.tells == "date":
            until = formatdate(wall + self._wait(now), usegmt=True)
            return reply.plus({"Retry-After": until})
        return reply.plus(self.headers(now))

    def _wait(self, now: float) -> int:
        return max(0, math.ceil(self.until - now))


def most_at_once(requests: list[LoggedRequest]) -> int:
    """Give the largest number of requests that were under way at one moment."""
    # An end at the very moment of a start comes first: they did not overlap.
    moments = sorted(
        [(r.arrived, 1) for r in requests]
        + [(math.inf if r.ended is None else r.ended, -1) for r in requests]
    )
    most = now = 0
    for _, step in moments:
        now += step
        most = max(most, now)
    return most


def most_in(requests: list[LoggedRequest], seconds: float) -> int:
    """Give the largest number of arrivals in any window of that length, its end left out."""
    arrivals = sorted(r.arrived for r in requests)
    return max(
        (bisect.bisect_left(arrivals, at + seconds) - i for i, at in enumerate(arrivals)),
        default=0,
    )
