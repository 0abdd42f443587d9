"""Ways in which config.json is wrong: each makes a bad file from a good one.

What does not belong here: which models get them (`content_anomalies`).
"""

from __future__ import annotations

import re

__all__ = [
    "a_list",
    "a_null",
    "a_number",
    "a_text",
    "beyond_64_bits",
    "booleans_for_numbers",
    "brackets",
    "cut_off",
    "duplicate_keys",
    "html",
    "latin_1",
    "nan_and_infinity",
    "no_bytes",
    "numbers_as_text",
    "objects",
    "single_quotes",
    "trailing_comma",
    "utf_16",
]

_DEPTH = 10_000
_NUMBER = re.compile(rb": (\d+)(?=[,\n])")


def _with_field(good: bytes, field: bytes) -> bytes:
    """Put a field before all others."""
    return good.replace(b"{", b"{" + field + b", ", 1)


def cut_off(good: bytes) -> bytes:
    """Leave the first half.

    Parameters
    ----------
    good : bytes
        A good config.

    Returns
    -------
    bytes
        The bad one.
    """
    return good[: len(good) // 2]


def single_quotes(good: bytes) -> bytes:
    """Write it as Python would.

    Parameters
    ----------
    good : bytes
        A good config.

    Returns
    -------
    bytes
        The bad one.
    """
    return good.replace(b'"', b"'")


def trailing_comma(good: bytes) -> bytes:
    """Put a comma behind the last field.

    Parameters
    ----------
    good : bytes
        A good config.

    Returns
    -------
    bytes
        The bad one.
    """
    return good.rstrip().removesuffix(b"}").rstrip() + b",\n}\n"


def html(good: bytes) -> bytes:
    """Put a page in its place.

    Parameters
    ----------
    good : bytes
        A good config.

    Returns
    -------
    bytes
        The bad one.
    """
    return good[:0] + b"<!DOCTYPE html><html><body>Sign in</body></html>"


def a_list(good: bytes) -> bytes:
    """Put it into a list.

    Parameters
    ----------
    good : bytes
        A good config.

    Returns
    -------
    bytes
        The bad one.
    """
    return b"[" + good + b"]"


def a_text(good: bytes) -> bytes:
    """Put a text in its place.

    Parameters
    ----------
    good : bytes
        A good config.

    Returns
    -------
    bytes
        The bad one.
    """
    return good[:0] + b'"llama"'


def a_null(good: bytes) -> bytes:
    """Put null in its place.

    Parameters
    ----------
    good : bytes
        A good config.

    Returns
    -------
    bytes
        The bad one.
    """
    return good[:0] + b"null"


def a_number(good: bytes) -> bytes:
    """Put a number in its place.

    Parameters
    ----------
    good : bytes
        A good config.

    Returns
    -------
    bytes
        The bad one.
    """
    return good[:0] + b"4096"


def brackets(good: bytes) -> bytes:
    """Add a list in a list, and so on.

    Parameters
    ----------
    good : bytes
        A good config.

    Returns
    -------
    bytes
        The bad one.
    """
    return _with_field(good, b'"deep": ' + b"[" * _DEPTH + b"]" * _DEPTH)


def objects(good: bytes) -> bytes:
    """Add an object in an object, and so on.

    Parameters
    ----------
    good : bytes
        A good config.

    Returns
    -------
    bytes
        The bad one.
    """
    return _with_field(good, b'"deep": ' + b'{"a": ' * _DEPTH + b"1" + b"}" * _DEPTH)


def nan_and_infinity(good: bytes) -> bytes:
    """Make the first two numbers not a number, and infinite.

    Parameters
    ----------
    good : bytes
        A good config.

    Returns
    -------
    bytes
        The bad one.
    """
    return _NUMBER.sub(b": Infinity", _NUMBER.sub(b": NaN", good, count=1), count=1)


def numbers_as_text(good: bytes) -> bytes:
    """Write all numbers as text.

    Parameters
    ----------
    good : bytes
        A good config.

    Returns
    -------
    bytes
        The bad one.
    """
    return _NUMBER.sub(rb': "\1"', good)


def beyond_64_bits(good: bytes) -> bytes:
    """Make the first number 2 ** 64 + 1.

    Parameters
    ----------
    good : bytes
        A good config.

    Returns
    -------
    bytes
        The bad one.
    """
    return _NUMBER.sub(f": {2**64 + 1}".encode(), good, count=1)


def booleans_for_numbers(good: bytes) -> bytes:
    """Write true in place of all numbers.

    Parameters
    ----------
    good : bytes
        A good config.

    Returns
    -------
    bytes
        The bad one.
    """
    return _NUMBER.sub(b": true", good)


def duplicate_keys(good: bytes) -> bytes:
    """State the first numbers again, at the end and one higher.

    Parameters
    ----------
    good : bytes
        A good config.

    Returns
    -------
    bytes
        The bad one.
    """
    pairs = re.findall(rb'("\w+"): (\d+)(?=[,\n])', good)[:3]
    again = b",\n  ".join(key + b": " + str(int(value) + 1).encode() for key, value in pairs)
    return good.rstrip().removesuffix(b"}").rstrip() + b",\n  " + again + b"\n}\n"


def utf_16(good: bytes) -> bytes:
    """Write it in UTF-16.

    Parameters
    ----------
    good : bytes
        A good config.

    Returns
    -------
    bytes
        The bad one.
    """
    return b"\xff\xfe" + good.decode().encode("utf-16-le")


def latin_1(good: bytes) -> bytes:
    """Add a name in Latin 1.

    Parameters
    ----------
    good : bytes
        A good config.

    Returns
    -------
    bytes
        The bad one.
    """
    return _with_field(good, '"author": "Zoë"'.encode("latin-1"))


def no_bytes(good: bytes) -> bytes:
    """Take everything away.

    Parameters
    ----------
    good : bytes
        A good config.

    Returns
    -------
    bytes
        The bad one.
    """
    return good[:0]
