"""A request in parts and a reply in parts, with the Hub's manner of errors.

What does not belong here: sockets (`server`).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from typing import Self

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
    """

    path: str
    query: dict[str, list[str]]
    token: str | None
    named: dict[str, str]


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
