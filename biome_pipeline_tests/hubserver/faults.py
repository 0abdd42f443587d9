"""What can go wrong between a client and the Hub, as data.

A fault waits for a request that fits it, happens as often as it was ordered,
and is spent. What does not belong here: how bytes go out (`server`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

__all__ = ["Fault", "answer", "page", "reset", "stall", "truncate"]

_PAGE = b"<!DOCTYPE html>\n<html><body><h1>We are upgrading</h1></body></html>\n"


@dataclass
class Fault:
    """One thing that goes wrong, and when.

    Attributes
    ----------
    kind : {"answer", "reset", "truncate", "stall"}
        Another answer; a connection reset; a body that ends too early; a
        body that stops coming.
    times : int or None
        How often it still happens; None for always.
    method : str or None
        The method it is for; None for all.
    path : str
        Regular expression that has to be found in the path with its query.
    status, headers, body : int, dict of str to str, bytes
        The other answer.
    at : int
        How many bytes of the body go out before the fault.
    seconds : float
        How long a stall lasts, unless the server ends before.
    """

    kind: Literal["answer", "reset", "truncate", "stall"]
    times: int | None = 1
    method: str | None = None
    path: str = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    at: int = 0
    seconds: float = 60.0

    def takes(self, method: str, path: str) -> bool:
        """Tell whether the fault happens to a request, and count it if so."""
        is_fit = self.method in {None, method} and re.search(self.path, path) is not None
        if not is_fit or self.times == 0:
            return False
        if self.times is not None:
            self.times -= 1
        return True


def answer(
    status: int,
    *,
    times: int | None = 1,
    headers: dict[str, str] | None = None,
    body: bytes = b"",
    method: str | None = None,
    path: str = "",
) -> Fault:
    """Order another answer, such as 503 or a 429 with ``Retry-After``."""
    return Fault("answer", times, method, path, status, headers or {}, body)


def page(*, times: int | None = 1, method: str | None = None, path: str = "") -> Fault:
    """Order an HTML page with status 200 in place of what was asked for."""
    headers = {"Content-Type": "text/html; charset=utf-8"}
    return Fault("answer", times, method, path, 200, headers, _PAGE)


def reset(
    *, at: int = 0, times: int | None = 1, method: str | None = None, path: str = ""
) -> Fault:
    """Order a connection reset: before the answer, or inside its body."""
    return Fault("reset", times, method, path, at=at)


def truncate(at: int, *, times: int | None = 1, method: str | None = None, path: str = "") -> Fault:
    """Order a body that ends after some bytes, less than its length says."""
    return Fault("truncate", times, method, path, at=at)


def stall(*, at: int = 0, seconds: float = 60.0, times: int | None = 1, path: str = "") -> Fault:
    """Order an answer that stops coming, with the connection open."""
    return Fault("stall", times, None, path, at=at, seconds=seconds)
