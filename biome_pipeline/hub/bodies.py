"""The body of an answer, read whole or not at all: bounds on its bytes and its time.

What does not belong here: whether it is tried again (`client`), and what it
should say (`listing`, `outcomes`, `papers`).
"""

from __future__ import annotations

import time
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from huggingface_hub.utils import (  # type: ignore[attr-defined]  # exported when first used
        httpx,
    )

__all__ = ["BrokenBodyError", "read_body"]

_PIECE = 1 << 16
# zlib's number for a gzip header and the largest window.
_GZIP = 16 + zlib.MAX_WBITS


class BrokenBodyError(Exception):
    """A body that is not whole; its text has nothing that the server wrote."""


def read_body(response: httpx.Response, *, most_bytes: int, longest: float) -> bytes | None:
    """Read the body of an answer.

    Parameters
    ----------
    response : httpx.Response
        An answer whose body was not read, in no encoding or in gzip.
    most_bytes : int
        Largest body that is kept, in bytes after decompression.
    longest : float
        Seconds that it may take: a server that sends a byte now and then would
        never time out.

    Returns
    -------
    bytes or None
        The whole body, decompressed; ``None`` if it is larger than allowed.

    Raises
    ------
    BrokenBodyError
        It takes too long, cannot be decompressed, or is cut off inside.
    """
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in {"identity", "gzip"}:
        raise BrokenBodyError("an encoding that was not asked for")
    until = time.monotonic() + longest
    body = bytearray()
    # A piece of a given size would be waited for however slowly it comes.
    raw = _in_time(response.iter_raw(), until)
    try:
        for piece in raw if encoding == "identity" else _unpacked(raw):
            body += piece
            if len(body) > most_bytes:
                return None
    except zlib.error:
        raise BrokenBodyError("the body cannot be decompressed") from None
    return bytes(body)


def _in_time(pieces: Iterator[bytes], until: float) -> Iterator[bytes]:
    for piece in pieces:
        if time.monotonic() > until:
            raise BrokenBodyError("the body takes too long")
        yield piece


def _unpacked(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Decompress gzip to its true end, in pieces none of which is large.

    httpx would unpack whatever came at once to a thousand times its size, and
    take a body that was cut off for a whole one.
    """
    unpack = zlib.decompressobj(_GZIP)
    is_empty = True
    for piece in pieces:
        is_empty = is_empty and not piece
        rest = piece
        while rest and not unpack.eof:
            yield unpack.decompress(rest, _PIECE)
            rest = unpack.unconsumed_tail
        if unpack.eof and (rest or unpack.unused_data):
            raise zlib.error("more behind its end")
    yield unpack.flush()
    if not is_empty and not unpack.eof:
        raise zlib.error("cut off")
