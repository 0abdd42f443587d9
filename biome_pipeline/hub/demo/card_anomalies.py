"""Ways in which README.md is wrong: each makes a bad file from a good one.

What does not belong here: which models get them (`content_anomalies`).
"""

from __future__ import annotations

import re

__all__ = [
    "CARD_CAP",
    "above_the_cap",
    "alias_bomb",
    "control_characters",
    "crlf_bom",
    "cut_character",
    "event_handler",
    "latin_1",
    "mapping_in_scalar",
    "no_bytes",
    "only_front_matter",
    "python_name",
    "python_object",
    "script",
    "tabs",
    "three_characters",
    "unclosed_fence",
    "unclosed_list",
    "unknown_alias",
    "utf_16",
]

CARD_CAP = 2 * 1024**2
"""Bytes that a reader takes of a card at most, by the larger of the two megabytes."""

_FENCE = b"---\n"


def _split(good: bytes) -> tuple[bytes, bytes]:
    """Split a good card into front matter, fences included, and text."""
    if not good.startswith(_FENCE):
        return b"", good
    end = good.index(b"\n---\n", len(_FENCE) - 1) + len(b"\n---\n")
    return good[:end], good[end:]


def _with_line(good: bytes, line: str) -> bytes:
    """Put a line at the head of the front matter."""
    head, body = _split(good)
    return _FENCE + line.encode() + b"\n" + (head.removeprefix(_FENCE) or _FENCE) + body


def _with_text(good: bytes, text: str) -> bytes:
    """Put a text behind all others."""
    return good + b"\n\n" + text.encode()


def unclosed_list(good: bytes) -> bytes:
    """Open a list in the front matter and never close it.

    Parameters
    ----------
    good : bytes
        A good card.

    Returns
    -------
    bytes
        The bad one.
    """
    return _with_line(good, "metrics: [accuracy, f1")


def tabs(good: bytes) -> bytes:
    """Indent the front matter with tabs.

    Parameters
    ----------
    good : bytes
        A good card.

    Returns
    -------
    bytes
        The bad one.
    """
    return _with_line(good, "widget:\n\t- text: tabs are not allowed here")


def mapping_in_scalar(good: bytes) -> bytes:
    """Write a second colon on a line of the front matter.

    Parameters
    ----------
    good : bytes
        A good card.

    Returns
    -------
    bytes
        The bad one.
    """
    return _with_line(good, "title: a model: the second try")


def unknown_alias(good: bytes) -> bytes:
    """Name an anchor in the front matter that is nowhere.

    Parameters
    ----------
    good : bytes
        A good card.

    Returns
    -------
    bytes
        The bad one.
    """
    return _with_line(good, "widget: *nowhere")


def unclosed_fence(good: bytes) -> bytes:
    """Open front matter that is neither YAML nor ever closed.

    Parameters
    ----------
    good : bytes
        A good card.

    Returns
    -------
    bytes
        The bad one.
    """
    return b"---\nlicense: [mit\n" + re.sub(rb"\n-{3,}", b"\n", _split(good)[1])


def alias_bomb(good: bytes) -> bytes:
    """Let ten lines of front matter stand for a thousand values; small, but of that kind.

    Parameters
    ----------
    good : bytes
        A good card.

    Returns
    -------
    bytes
        The bad one.
    """
    lines = ["a0: &a0 [lol]"]
    lines += [f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]" for i in range(1, 11)]
    return _with_line(good, "\n".join(lines))


def python_object(good: bytes) -> bytes:
    """Ask the reader of the front matter to make a Python object.

    Parameters
    ----------
    good : bytes
        A good card.

    Returns
    -------
    bytes
        The bad one.
    """
    return _with_line(good, "widget: !!python/object/apply:os.getcwd []")


def python_name(good: bytes) -> bytes:
    """Ask the reader of the front matter to look a Python name up.

    Parameters
    ----------
    good : bytes
        A good card.

    Returns
    -------
    bytes
        The bad one.
    """
    return _with_line(good, "widget: !!python/name:os.getcwd ''")


def latin_1(good: bytes) -> bytes:
    """Write the text in Latin 1.

    Parameters
    ----------
    good : bytes
        A good card.

    Returns
    -------
    bytes
        The bad one.
    """
    return good + "\n\nDéjà vu, à peu près.".encode("latin-1")


def utf_16(good: bytes) -> bytes:
    """Write all of it in UTF-16.

    Parameters
    ----------
    good : bytes
        A good card.

    Returns
    -------
    bytes
        The bad one.
    """
    return b"\xff\xfe" + good.decode().encode("utf-16-le")


def cut_character(good: bytes) -> bytes:
    """Cut the file in the middle of a character.

    Parameters
    ----------
    good : bytes
        A good card.

    Returns
    -------
    bytes
        The bad one.
    """
    return good + "\n\n…".encode()[:-1]


def no_bytes(good: bytes) -> bytes:
    """Take everything away.

    Parameters
    ----------
    good : bytes
        A good card.

    Returns
    -------
    bytes
        The bad one.
    """
    return good[:0]


def three_characters(good: bytes) -> bytes:
    """Leave three characters.

    Parameters
    ----------
    good : bytes
        A good card.

    Returns
    -------
    bytes
        The bad one.
    """
    return good[:0] + b"# M"


def only_front_matter(good: bytes) -> bytes:
    """Take the text away, but not the front matter.

    Parameters
    ----------
    good : bytes
        A good card.

    Returns
    -------
    bytes
        The bad one.
    """
    return _split(_with_line(good, "inference: false"))[0]


def crlf_bom(good: bytes) -> bytes:
    """End the lines as Windows does, and mark the order of bytes.

    Parameters
    ----------
    good : bytes
        A good card.

    Returns
    -------
    bytes
        The bad one.
    """
    return b"\xef\xbb\xbf" + good.replace(b"\n", b"\r\n")


def script(good: bytes) -> bytes:
    """Put a script into the text.

    Parameters
    ----------
    good : bytes
        A good card.

    Returns
    -------
    bytes
        The bad one.
    """
    return _with_text(good, "<script>alert(document.cookie)</script><b>bold</b>")


def event_handler(good: bytes) -> bytes:
    """Put a picture into the text that runs a script when it fails.

    Parameters
    ----------
    good : bytes
        A good card.

    Returns
    -------
    bytes
        The bad one.
    """
    return _with_text(good, "<img src=x onerror=\"alert(1)\"><iframe src='javascript:1'>")


def control_characters(good: bytes) -> bytes:
    """Put characters into the text that act on a terminal, and U+202E.

    Parameters
    ----------
    good : bytes
        A good card.

    Returns
    -------
    bytes
        The bad one.
    """
    return _with_text(good, "bell \x07, red \x1b[31m, null \x00, turned \u202egpj.exe\u202c")


def above_the_cap(good: bytes) -> bytes:
    """Repeat the text until it is one byte above the cap.

    Parameters
    ----------
    good : bytes
        A good card.

    Returns
    -------
    bytes
        The bad one.
    """
    return (good + b"\n\nAnd so on." * (CARD_CAP // 8))[: CARD_CAP + 1]
