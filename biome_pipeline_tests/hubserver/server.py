"""The server of the local Hub: routes, tokens, ranges, faults and a log.

A route is a regular expression and a function from a request to a `Reply`;
`LocalHub` collects them from the modules of the subjects. What does not belong
here: what the Hub knows about a kind of repository (`datasets`).
"""

from __future__ import annotations

import re
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs, unquote, urlsplit

from biome_pipeline_tests.hubserver.datasets import DATASET_ROUTES, Dataset
from biome_pipeline_tests.hubserver.faults import Fault
from biome_pipeline_tests.hubserver.replies import Asked, Reply

__all__ = ["LocalHub", "LoggedRequest", "Reply"]


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
    """

    method: str
    path: str
    headers: dict[str, str]
    status: int | None = None

    @property
    def has_token(self) -> bool:
        """Whether a token came along."""
        return "authorization" in self.headers

    @property
    def user_agent(self) -> str:
        """Who the client says it is."""
        return self.headers.get("user-agent", "")


@dataclass
class LocalHub:
    """A Hub on 127.0.0.1, on a free port, for as long as its ``with`` block.

    Attributes
    ----------
    tokens : set of str
        The tokens that it accepts; any other is refused.
    datasets : dict of str to Dataset
        What it holds, by name.
    blobs : dict of str to bytes
        What it serves as storage at ``/blobs/<name>``, without a token.
    faults : list of Fault
        What goes wrong; the first that fits a request happens.
    requests : list of LoggedRequest
        What was asked, in order.
    uses_ranges : bool
        Whether it honours ``Range``; if not, it sends all with status 200.
    """

    tokens: set[str] = field(default_factory=set)
    datasets: dict[str, Dataset] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    requests: list[LoggedRequest] = field(default_factory=list)
    uses_ranges: bool = True

    def __post_init__(self) -> None:
        """Take a port; nothing is answered before the ``with`` block."""
        self.stopped = threading.Event()
        self.lock = threading.Lock()
        self.routes: list[tuple[str, Callable[[LocalHub, Asked], Reply]]] = [
            *DATASET_ROUTES,
            (r"/blobs/(?P<name>[^/]+)", _blob),
        ]
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.hub = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    @property
    def address(self) -> str:
        """The endpoint, ``http://127.0.0.1:<port>``."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def add_dataset(self, name: str, **properties: object) -> Dataset:
        """Add an empty dataset; the properties are those of `Dataset`."""
        self.datasets[name] = Dataset(name, **properties)  # type: ignore[arg-type]  # checked by Dataset
        return self.datasets[name]

    def asked(self, method: str = "", path: str = "") -> list[LoggedRequest]:
        """Give the requests of a method whose path has a text in it."""
        return [r for r in self.requests if r.method.startswith(method) and path in r.path]

    def answer(self, asked: Asked) -> Reply:
        """Answer a request as the Hub would, faults aside."""
        if (
            asked.token is not None
            and asked.token not in self.tokens
            and "/blobs/" not in asked.path
        ):
            return Reply.error(401, "Invalid credentials in Authorization header")
        for pattern, route in self.routes:
            if match := re.fullmatch(pattern, asked.path):
                named = {name: unquote(text) for name, text in match.groupdict().items()}
                return route(self, Asked(asked.path, asked.query, asked.token, named))
        return Reply.error(404, "Sorry, we can't find the page you are looking for.")

    def __enter__(self) -> Self:
        """Start to answer."""
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop, and let go of stalled connections and the port."""
        self.stopped.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _blob(hub: LocalHub, asked: Asked) -> Reply:
    body = hub.blobs.get(asked.named["name"])
    if body is None:
        return Reply.error(404, "no such object")
    return Reply(200, {"Content-Type": "application/octet-stream", "Accept-Ranges": "bytes"}, body)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    hub: LocalHub

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: clients that go away are part of the tests."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        """Answer with the body."""
        self._answer()

    def do_HEAD(self) -> None:
        """Answer with the headers alone."""
        self._answer()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the log is `LocalHub.requests`."""

    def _answer(self) -> None:
        hub = self.server.hub
        headers = {name.lower(): text for name, text in self.headers.items()}
        logged = LoggedRequest(self.command, self.path, headers)
        with hub.lock:
            hub.requests.append(logged)
            fault = next((f for f in hub.faults if f.takes(self.command, self.path)), None)
        if fault is not None and fault.kind == "answer":
            reply = Reply(fault.status, dict(fault.headers), fault.body)
        else:
            parts = urlsplit(self.path)
            token = headers.get("authorization", "").removeprefix("Bearer ") or None
            reply = hub.answer(Asked(parts.path, parse_qs(parts.query), token, {}))
            if hub.uses_ranges:
                reply = reply.cut(headers.get("range"))
        if fault is not None and fault.kind == "reset" and fault.at == 0:
            self._reset()
            return
        logged.status = reply.status
        self._send(reply, fault)

    def _send(self, reply: Reply, fault: Fault | None) -> None:
        if fault is not None and fault.kind == "stall" and fault.at == 0:
            self._stall(fault)
            return
        self.send_response(reply.status)
        for name, text in reply.headers.items():
            self.send_header(name, text)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        if self.command == "HEAD":
            return
        if fault is None or fault.kind == "answer":
            self.wfile.write(reply.body)
            return
        self.wfile.write(reply.body[: fault.at])
        self.wfile.flush()
        if fault.kind == "stall":
            self._stall(fault)
        elif fault.kind == "reset":
            self._reset()
        else:
            self.close_connection = True

    def _stall(self, fault: Fault) -> None:
        self.server.hub.stopped.wait(fault.seconds)
        self.close_connection = True

    def _reset(self) -> None:
        # To close with zero linger sends RST in place of FIN.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True
