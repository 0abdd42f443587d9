"""A request in parts and a reply in parts, with the Hub's manner of errors.

What does not belong here: sockets (`server`).
"""

from __future__ import annotations

import gzip
import json
import re
import zlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, Self

import pyarrow as pa

if TYPE_CHECKING:
    from biome_pipeline_tests.hubserver.faults import Fault

__all__ = ["Asked", "Reply"]


@dataclass(frozen=True)
class Asked:
    """What a route is asked.

    Attributes
    ----------
    path : str
        Without the query, still quoted.
    query : dict of str to list of str
        The query's values by name.
    token : str or None
        The token that came along, known to be a good one.
    named : dict of str to str
        The named groups of the route's expression, unquoted.
    target : str
        The path with its query, as sent.
    fault : Fault or None
        What goes wrong with this request, for routes that have a part in it.
    """

    path: str
    query: dict[str, list[str]]
    token: str | None
    named: dict[str, str]
    target: str = ""
    fault: Fault | None = None

    def asks(self, name: str) -> bool:
        """Tell whether a value of the query that is true or false is true."""
        return self.query.get(name, [""])[0].lower() in {"true", "1", name.lower()}


@dataclass(frozen=True)
class Reply:
    """What goes back: status, headers and the whole body, also for HEAD."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @classmethod
    def json(cls, content: object, headers: dict[str, str] | None = None) -> Self:
        """Answer with JSON."""
        kind = {"Content-Type": "application/json; charset=utf-8"}
        return cls(200, kind | (headers or {}), json.dumps(content).encode())

    @classmethod
    def error(cls, status: int, message: str, code: str | None = None) -> Self:
        """Refuse as the Hub does: the reason as JSON, as a header, and as a code."""
        headers = {"Content-Type": "application/json; charset=utf-8", "X-Error-Message": message}
        if code is not None:
            headers["X-Error-Code"] = code
        return cls(status, headers, json.dumps({"error": message}).encode())

    @classmethod
    def moved(cls, location: str) -> Self:
        """Send on to another path of the same host, as the Hub does for renamed repositories."""
        body = f"Temporary Redirect. Redirecting to {location}".encode()
        return cls(307, {"Location": location, "Content-Type": "text/plain; charset=utf-8"}, body)

    def plus(self, headers: dict[str, str]) -> Self:
        """Add headers."""
        return replace(self, headers=self.headers | headers)

    def compressed(self, encoding: Literal["gzip", "deflate", "zstd"]) -> Self:
        """Compress the body; then its parts cannot be asked for."""
        if encoding == "gzip":
            body = gzip.compress(self.body, 6, mtime=0)
        elif encoding == "deflate":
            body = zlib.compress(self.body)
        else:
            body = pa.compress(self.body, codec="zstd", asbytes=True)
        headers = {name: text for name, text in self.headers.items() if name != "Accept-Ranges"}
        return replace(self, headers=headers | {"Content-Encoding": encoding}, body=body)

    def cut(self, wanted: str | None) -> Reply:
        """Give the part that a ``Range`` header of one range asks for."""
        match = re.fullmatch(r"bytes=(\d+)-(\d*)", wanted or "")
        if self.status != 200 or "Accept-Ranges" not in self.headers or match is None:
            return self
        size = len(self.body)
        first = int(match[1])
        last = min(int(match[2] or size - 1), size - 1)
        if first > last:
            return Reply(416, {"Content-Range": f"bytes */{size}"})
        headers = self.headers | {"Content-Range": f"bytes {first}-{last}/{size}"}
        return replace(self, status=206, headers=headers, body=self.body[first : last + 1])
