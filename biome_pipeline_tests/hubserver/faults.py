"""What can go wrong between a client and the Hub, as data.

A fault waits for a request that fits it, happens as often as it was ordered,
and is spent. The first fault of a hub that fits a request is the only one that
happens to it. What does not belong here: how bytes go out (`server`), how a
page of the list is made (`listing`), limits of requests (`limits`).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import parse_qs, urlsplit

__all__ = [
    "Fault",
    "answer",
    "bad_rows",
    "broken_json",
    "compress",
    "double_rows",
    "drip",
    "empty",
    "empty_page",
    "foreign_link",
    "overlap",
    "page",
    "repeat_cursor",
    "reset",
    "short_page",
    "stale_cursor",
    "stall",
    "truncate",
    "truncated_json",
]

LIST = r"/api/models(\?|$)"
"""The expression of all pages of the list of models."""

_PAGE = b"<!DOCTYPE html>\n<html><body><h1>We are upgrading</h1></body></html>\n"
_JSON = {"Content-Type": "application/json; charset=utf-8"}


@dataclass
class Fault:
    """One thing that goes wrong, and when.

    Attributes
    ----------
    kind : str
        Of any request: another ``answer``; a connection ``reset``; ``truncate``,
        a body that ends too early; ``stall``, a body that stops coming; ``drip``,
        a body that comes byte by byte; ``cut``,
        a body that is whole by its length but not by its content; ``compress``,
        a body in another encoding; ``stale``, an answer to one cursor only. Of
        a page of the list: ``link``, another next page; ``overlap``, ``short``,
        ``double`` and ``insert``, other rows.
    times : int or None
        How often it still happens; None for always.
    method : str or None
        The method it is for; None for all.
    path : str
        Regular expression that has to be found in the path with its query.
    status, headers, body : int, dict of str to str, bytes
        The other answer.
    at : int
        How many bytes of the body go out before the fault; before which row
        rows are put.
    seconds : float
        How long a stall lasts, or the time between two bytes, unless the server
        ends before.
    skip : int
        How many requests that fit are spared before the first.
    cursor : str or None
        The cursor that is stale; None for the first one that comes.
    link : str
        Where the next page is said to be: ``same``, ``first`` or an address.
    size : int
        How many rows are repeated, doubled, or left on a page.
    rows : tuple of bytes
        The JSON of rows that are put into a page.
    encoding : {"gzip", "deflate", "zstd"}
        The encoding of the body.
    is_forced : bool
        Whether it is used against the will of the client as well.
    happened : int
        How often it has happened.
    """

    kind: Literal[
        "answer",
        "reset",
        "truncate",
        "stall",
        "drip",
        "cut",
        "compress",
        "stale",
        "link",
        "overlap",
        "short",
        "double",
        "insert",
    ]
    times: int | None = 1
    method: str | None = None
    path: str = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    at: int = 0
    seconds: float = 60.0
    skip: int = 0
    cursor: str | None = None
    link: str = ""
    size: int = 0
    rows: tuple[bytes, ...] = ()
    encoding: Literal["gzip", "deflate", "zstd"] = "gzip"
    is_forced: bool = False
    happened: int = 0

    def takes(self, method: str, path: str) -> bool:
        """Tell whether the fault happens to a request, and count it if so."""
        is_fit = self.method in {None, method} and re.search(self.path, path) is not None
        cursor = _cursor(path) if self.kind == "stale" else None
        if self.kind == "stale":
            is_fit = is_fit and cursor is not None and self.cursor in {None, cursor}
        if not is_fit or self.times == 0:
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        if self.times is not None:
            self.times -= 1
        if self.kind == "stale":
            self.cursor = cursor
        self.happened += 1
        return True


def _cursor(path: str) -> str | None:
    return parse_qs(urlsplit(path).query).get("cursor", [None])[0]


def answer(
    status: int,
    *,
    times: int | None = 1,
    headers: dict[str, str] | None = None,
    body: bytes = b"",
    method: str | None = None,
    path: str = "",
    skip: int = 0,
) -> Fault:
    """Order another answer, such as 503 or a 429 with ``Retry-After``."""
    return Fault("answer", times, method, path, status, headers or {}, body, skip=skip)


def page(
    *, times: int | None = 1, method: str | None = None, path: str = "", skip: int = 0
) -> Fault:
    """Order an HTML page with status 200 in place of what was asked for."""
    headers = {"Content-Type": "text/html; charset=utf-8"}
    return Fault("answer", times, method, path, 200, headers, _PAGE, skip=skip)


def empty(*, times: int | None = 1, path: str = "", skip: int = 0) -> Fault:
    """Order an empty body with status 200, said to be JSON."""
    return Fault("answer", times, None, path, 200, dict(_JSON), skip=skip)


def broken_json(*, times: int | None = 1, path: str = LIST, skip: int = 0) -> Fault:
    """Order a body with status 200 that is no JSON anywhere."""
    body = b'[{"_id": "64", "id": org/model, \xff}, '
    return Fault("answer", times, None, path, 200, dict(_JSON), body, skip=skip)


def truncated_json(at: int, *, times: int | None = 1, path: str = LIST, skip: int = 0) -> Fault:
    """Order the first bytes of the true body, with the length of what is sent."""
    return Fault("cut", times, None, path, at=at, skip=skip)


def reset(
    *, at: int = 0, times: int | None = 1, method: str | None = None, path: str = "", skip: int = 0
) -> Fault:
    """Order a connection reset: before the answer, or inside its body."""
    return Fault("reset", times, method, path, at=at, skip=skip)


def truncate(
    at: int, *, times: int | None = 1, method: str | None = None, path: str = "", skip: int = 0
) -> Fault:
    """Order a body that ends after some bytes, less than its length says."""
    return Fault("truncate", times, method, path, at=at, skip=skip)


def stall(
    *, at: int = 0, seconds: float = 60.0, times: int | None = 1, path: str = "", skip: int = 0
) -> Fault:
    """Order an answer that stops coming, with the connection open."""
    return Fault("stall", times, None, path, at=at, seconds=seconds, skip=skip)


def drip(*, seconds: float, times: int | None = 1, path: str = "", skip: int = 0) -> Fault:
    """Order a body that comes byte by byte, with so many seconds between."""
    return Fault("drip", times, None, path, seconds=seconds, skip=skip)


def compress(
    encoding: Literal["gzip", "deflate", "zstd"] = "gzip",
    *,
    times: int | None = None,
    path: str = "",
    is_forced: bool = False,
) -> Fault:
    """Order a compressed body, for clients that take it, or for all if forced."""
    return Fault("compress", times, None, path, encoding=encoding, is_forced=is_forced)


def repeat_cursor(
    to: Literal["same", "first"] = "same", *, times: int | None = None, skip: int = 0
) -> Fault:
    """Order pages of the list whose next page is the same page, or the first one."""
    return Fault("link", times, None, LIST, link=to, skip=skip)


def foreign_link(address: str, *, times: int | None = 1, skip: int = 0) -> Fault:
    """Order a page of the list whose next page is at another address."""
    return Fault("link", times, None, LIST, link=address, skip=skip)


def stale_cursor(
    cursor: str | None = None, *, status: int = 400, times: int | None = None, skip: int = 0
) -> Fault:
    """Order a refusal of one cursor: the given one, or the first that comes."""
    body = json.dumps({"error": "Invalid cursor"}).encode()
    return Fault("stale", times, None, LIST, status, dict(_JSON), body, skip=skip, cursor=cursor)


def overlap(size: int, *, times: int | None = None, skip: int = 0) -> Fault:
    """Order pages of the list that begin with the last rows of the page before."""
    return Fault("overlap", times, None, LIST, size=size, skip=skip)


def short_page(size: int, *, times: int | None = 1, skip: int = 0) -> Fault:
    """Order a page of the list with fewer rows than asked for, and the rest after it."""
    return Fault("short", times, None, LIST, size=size, skip=skip)


def empty_page(*, times: int | None = 1, skip: int = 0) -> Fault:
    """Order a page of the list with no row, and all the rest after it."""
    return Fault("short", times, None, LIST, size=0, skip=skip)


def double_rows(size: int, *, times: int | None = 1, skip: int = 0) -> Fault:
    """Order a page of the list whose first rows come twice."""
    return Fault("double", times, None, LIST, size=size, skip=skip)


def bad_rows(*rows: object, at: int = 0, times: int | None = 1, skip: int = 0) -> Fault:
    """Order a page of the list with other rows in it: any JSON value, or bytes as they are."""
    texts = tuple(row if isinstance(row, bytes) else json.dumps(row).encode() for row in rows)
    return Fault("insert", times, None, LIST, at=at, rows=texts, skip=skip)
