"""The server of the local Hub: routes, tokens, ranges, faults and a log.

A route is a regular expression and a function from a request to a `Reply`;
`LocalHub` collects them from the modules of the subjects. What does not belong
here: what the Hub knows about a kind of repository (`datasets`, `models`), and
how requests are counted (`limits`).
"""

from __future__ import annotations

import datetime as dt
import json
import re
import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import IO, Literal, Self
from urllib.parse import parse_qs, unquote, urlsplit

from biome_pipeline_tests.hubserver.arxiv import ARXIV_ROUTES, Paper, canonical
from biome_pipeline_tests.hubserver.datasets import DATASET_ROUTES, Dataset
from biome_pipeline_tests.hubserver.faults import Fault
from biome_pipeline_tests.hubserver.limits import Limit, LoggedRequest, most_at_once, most_in
from biome_pipeline_tests.hubserver.listing import LISTING_ROUTES, Order
from biome_pipeline_tests.hubserver.modelfiles import MODEL_ROUTES
from biome_pipeline_tests.hubserver.models import ModelRepo, owner
from biome_pipeline_tests.hubserver.replies import Asked, Reply

__all__ = ["LocalHub", "LoggedRequest", "Reply"]

_FIRST_MODEL = dt.datetime(2023, 3, 16, 12, 46, 18, tzinfo=dt.UTC)
_WIRE_FAULTS = {"reset", "truncate", "stall", "drip"}


@dataclass
class LocalHub:
    """A Hub on 127.0.0.1, on a free port, for as long as its ``with`` block.

    Attributes
    ----------
    tokens : set of str
        The tokens that it accepts; any other is refused.
    datasets : dict of str to Dataset
        What it holds, by name.
    models : dict of str to ModelRepo
        What it holds, by name; to add and to remove changes the list.
    papers : dict of str to Paper
        What it holds as arXiv, by id without version and subject class.
    blobs : dict of str to bytes
        What it serves as storage at ``/blobs/<name>``, without a token.
    faults : list of Fault
        What goes wrong; the first that fits a request happens.
    requests : list of LoggedRequest
        What was asked, in order.
    uses_ranges : bool
        Whether it honours ``Range``; if not, it sends all with status 200.
    uses_resolve_cache : bool
        Whether files of models are sent on to another path of this host, as
        the Hub does with small ones: then a file takes one request more.
    before_page : callable or None
        Called with the number of the page, from 0, before each page of the
        list of models is made; it may change the models.
    limits : dict of str to Limit
        How many requests it allows, by bucket.
    log : file or None
        Where each request is written as a line of JSON before it is answered.
    errors : list of Exception
        What failed in the server itself or in `before_page`; the first is
        raised at the end of the ``with`` block.
    """

    tokens: set[str] = field(default_factory=set)
    datasets: dict[str, Dataset] = field(default_factory=dict)
    models: dict[str, ModelRepo] = field(default_factory=dict)
    papers: dict[str, Paper] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    requests: list[LoggedRequest] = field(default_factory=list)
    uses_ranges: bool = True
    uses_resolve_cache: bool = False
    before_page: Callable[[int], None] | None = None
    limits: dict[str, Limit] = field(default_factory=dict)
    log: IO[str] | None = None
    errors: list[Exception] = field(default_factory=list)
    pages: int = 0
    orders: dict[tuple[str, bool], Order] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        """Take a port; nothing is answered before the ``with`` block."""
        self.stopped = threading.Event()
        self.lock = threading.Lock()
        self.routes: list[tuple[str, Callable[[LocalHub, Asked], Reply]]] = [
            *DATASET_ROUTES,
            (r"/api/whoami-v2", _whoami),
            *ARXIV_ROUTES,
            *LISTING_ROUTES,
            *MODEL_ROUTES,
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

    def add_model(self, name: str, **properties: object) -> ModelRepo:
        """Add a model; the properties are those of `ModelRepo`.

        By default each is created a minute after the one before.
        """
        later = dt.timedelta(minutes=len(self.models))
        known = {"created_at": _FIRST_MODEL + later} | properties
        self.models[name] = ModelRepo(name, **known)  # type: ignore[arg-type]  # checked by ModelRepo
        return self.models[name]

    def add_paper(self, paper_id: str, **properties: object) -> Paper:
        """Add a paper; the properties are those of `Paper`."""
        split = canonical(paper_id)
        if split is None or split[1] is not None:
            raise ValueError(f"no id of a paper without version: {paper_id}")
        self.papers[split[0]] = Paper(split[0], **properties)  # type: ignore[arg-type]  # checked by Paper
        return self.papers[split[0]]

    def rename_model(self, before: str, after: str) -> ModelRepo:
        """Give a model another name: requests to the one before are sent on."""
        repo = self.models.pop(before)
        repo.renamed_from = (*repo.renamed_from, before)
        repo.id, repo.author = after, owner(after)
        self.models[after] = repo
        return repo

    def limit(
        self,
        bucket: Literal["api", "files", "pages"],
        requests: int,
        seconds: float,
        tells: Literal["ratelimit", "seconds", "date", "nothing"] = "ratelimit",
    ) -> Limit:
        """Allow only so many requests in each window of so many seconds."""
        self.limits[bucket] = Limit(bucket, requests, seconds, tells)
        return self.limits[bucket]

    def most_at_once(self, bucket: str) -> int:
        """Give the largest number of requests of a bucket under way at one moment."""
        return most_at_once([r for r in list(self.requests) if r.bucket == bucket])

    def most_in(self, bucket: str, seconds: float) -> int:
        """Give the largest number of arrivals in any window of so many seconds."""
        return most_in([r for r in list(self.requests) if r.bucket == bucket], seconds)

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
                return route(self, replace(asked, named=named))
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
        if self.errors and error is None:
            raise self.errors[0]


def _blob(hub: LocalHub, asked: Asked) -> Reply:
    body = hub.blobs.get(asked.named["name"])
    if body is None:
        return Reply.error(404, "no such object")
    return Reply(200, {"Content-Type": "application/octet-stream", "Accept-Ranges": "bytes"}, body)


def _whoami(_hub: LocalHub, asked: Asked) -> Reply:
    if asked.token is None:
        return Reply.error(401, "Invalid username or password.")
    token = {"displayName": "tests", "role": "read"}
    auth = {"type": "access_token", "accessToken": token}
    return Reply.json({"type": "user", "name": "tester", "isPro": False, "orgs": [], "auth": auth})


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    block_on_close = False
    hub: LocalHub

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: clients that go away are part of the tests."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Headers and body are two packets; the second would wait for the client.
    disable_nagle_algorithm = True
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
        logged = LoggedRequest(self.command, self.path, headers, arrived=time.monotonic())
        refusal = fault = None
        with hub.lock:
            hub.requests.append(logged)
            limit = hub.limits.get(logged.bucket)
            if limit is not None and limit.count(logged.arrived):
                refusal = limit.refusal(logged.arrived, time.time())
            else:
                fault = next((f for f in hub.faults if f.takes(self.command, self.path)), None)
            told = {} if limit is None else limit.headers(logged.arrived)
        try:
            reply = refusal or self._reply(headers, fault).plus(told)
            if fault is not None and fault.kind in {"reset", "stall"} and fault.at == 0:
                self._write_log(logged)
                if fault.kind == "reset":
                    self._reset()
                else:
                    self._stall(fault)
                return
            logged.status = reply.status
            self._write_log(logged)
            self._send(reply, fault)
        finally:
            logged.ended = time.monotonic()

    def _reply(self, headers: dict[str, str], fault: Fault | None) -> Reply:
        hub = self.server.hub
        if fault is not None and fault.kind in {"answer", "stale"}:
            return Reply(fault.status, dict(fault.headers), fault.body)
        parts = urlsplit(self.path)
        token = headers.get("authorization", "").removeprefix("Bearer ") or None
        asked = Asked(parts.path, parse_qs(parts.query), token, {}, self.path, fault)
        try:
            reply = hub.answer(asked)
        except Exception as error:  # noqa: BLE001  raised when the hub ends
            # The client would try again in vain, and the test not know why.
            hub.errors.append(error)
            return Reply.error(500, "The local Hub failed")
        if fault is not None and fault.kind == "compress" and reply.status == 200:
            # A client that asks for nothing takes everything.
            accepted = headers.get("accept-encoding", "*")
            if fault.is_forced or fault.encoding in accepted or "*" in accepted:
                return reply.compressed(fault.encoding)
        if fault is not None and fault.kind == "cut":
            return replace(reply, body=reply.body[: fault.at])
        return reply.cut(headers.get("range")) if hub.uses_ranges else reply

    def _write_log(self, logged: LoggedRequest) -> None:
        hub = self.server.hub
        if hub.log is None:
            return
        line = {
            "method": logged.method,
            "path": logged.path,
            "status": logged.status,
            "bucket": logged.bucket,
            "has_token": logged.has_token,
            "arrived": logged.arrived,
            "answered": time.monotonic(),
            "at": time.time(),
        }
        with hub.lock:
            hub.log.write(json.dumps(line) + "\n")
            hub.log.flush()

    def _send(self, reply: Reply, fault: Fault | None) -> None:
        self.send_response(reply.status)
        for name, text in reply.headers.items():
            self.send_header(name, text)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        if self.command == "HEAD":
            return
        if fault is None or fault.kind not in _WIRE_FAULTS:
            self.wfile.write(reply.body)
            return
        if fault.kind == "drip":
            self._drip(fault, reply.body)
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

    def _drip(self, fault: Fault, body: bytes) -> None:
        for i in range(len(body)):
            self.wfile.write(body[i : i + 1])
            self.wfile.flush()
            if self.server.hub.stopped.wait(fault.seconds):
                return

    def _reset(self) -> None:
        # To close with zero linger sends RST in place of FIN.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True
