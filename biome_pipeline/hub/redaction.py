"""The token, kept out of what libraries log while they hold it.

At DEBUG the HTTP library writes down every header of an answer, and a server
may repeat in any of them what it was sent. What does not belong here: which
host sees the token (`client`), and how errors are worded (`refusals`).
"""

from __future__ import annotations

import contextlib
import logging
import re
from collections.abc import Iterator
from typing import Any

__all__ = ["MASK", "TOKEN", "redacted"]

MASK = "<token>"
"""What stands in a log in place of the token."""

TOKEN = re.compile(r"[A-Za-z0-9._~+/=-]+")
"""The characters of a bearer token (RFC 6750, section 2.1).

A log of byte strings writes each of them as it is, so that a token is found there.
"""

_LIBRARIES = frozenset({"filelock", "httpcore", "httpcore2", "httpx", "httpx2", "huggingface_hub"})


@contextlib.contextmanager
def redacted(token: str | None) -> Iterator[None]:
    """Mask the token in the logs of the libraries for as long as the block lasts.

    Records are masked as they are made, before any handler of any level sees
    them: a filter on a logger would not see those of its children, and a level
    on it would not bind children that have their own.

    Parameters
    ----------
    token : str or None
        What to mask, in the characters of `TOKEN`.

    Yields
    ------
    None
        While records are masked.
    """
    if not token:
        yield
        return
    previous = logging.getLogRecordFactory()

    def masked(*parts: Any, **more: Any) -> logging.LogRecord:  # noqa: ANN401  what logging passes on
        record = previous(*parts, **more)
        # A record that is made bare, to be filled later, has no name yet.
        if (record.name or "").partition(".")[0] in _LIBRARIES:
            _mask(record, token)
        return record

    logging.setLogRecordFactory(masked)
    try:
        yield
    finally:
        # Whoever came in between has `previous` behind it already.
        if logging.getLogRecordFactory() is masked:
            logging.setLogRecordFactory(previous)


def _mask(record: logging.LogRecord, token: str) -> None:
    message = record.getMessage()
    if token in message:
        record.msg = message.replace(token, MASK)
        record.args = None
    if record.exc_info:
        text = logging.Formatter().formatException(record.exc_info)
        if token in text:
            # A formatter would write the exception anew; the text alone it takes as it is.
            record.exc_info = None
            record.exc_text = text.replace(token, MASK)
