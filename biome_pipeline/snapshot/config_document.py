"""From the text of one ``config.json`` to a document, whatever the text is.

The text is anybody's: it may be no JSON, nest without end, repeat keys, and write
numbers that no type holds. Nothing is executed. What does not belong here: what
the keys mean (``config_names``) and which values count (``config_values``).
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

__all__ = ["DEEPEST", "HugeNumber", "ParsedConfig", "parse_config"]

DEEPEST = 100
"""Levels of lists and objects; real configs have at most ten or so."""

_MOST_DIGITS = 40
# Possessive, and content with an end instead of a quote: linear on any text.
_STRINGS = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_BRACKETS = str.maketrans({"[": "(", "{": "(", "]": ")", "}": ")"})
_NO_BRACKETS = re.compile(r"[^()]+")


class HugeNumber:
    """Stands for an integer of more digits than any typed column holds."""


@dataclass(frozen=True)
class ParsedConfig:
    """What a text turned out to be.

    Parameters
    ----------
    outcome : str
        ok, empty, not_utf8, too_deep, invalid_json or not_object.
    document : dict
        The object; empty unless the outcome is ok. Of a repeated key the last
        value counts, as transformers reads it.
    repeated : frozenset of str
        Keys that any one object of the document repeats.
    """

    outcome: str
    document: dict[str, Any]
    repeated: frozenset[str] = frozenset()


def parse_config(content: str | bytes) -> ParsedConfig:
    """Read the text of a ``config.json``.

    Parameters
    ----------
    content : str or bytes
        The file's content.

    Returns
    -------
    ParsedConfig
        Never raises for what the content holds. NaN and infinities are read,
        as transformers reads them; a byte order mark is passed over. Deeper
        than `DEEPEST` levels is ``too_deep``, JSON or not.
    """
    if isinstance(content, bytes):
        try:
            content = content.decode("utf-8")
        except UnicodeDecodeError:
            return ParsedConfig("not_utf8", {})
    text = content.removeprefix("\ufeff")
    if not text.strip():
        return ParsedConfig("empty", {})
    if _depth(text) > DEEPEST:
        return ParsedConfig("too_deep", {})
    repeated: set[str] = set()

    def together(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            counts = Counter(key for key, _ in pairs)
            repeated.update(key for key, n in counts.items() if n > 1)
        return found

    try:
        document = json.loads(text, object_pairs_hook=together, parse_int=_integer)
    except ValueError:
        return ParsedConfig("invalid_json", {})
    if not isinstance(document, dict):
        return ParsedConfig("not_object", {})
    return ParsedConfig("ok", document, frozenset(repeated))


def _depth(text: str) -> int:
    """Count the levels, before anything that recurses sees the text."""
    if text.count("[") + text.count("{") <= DEEPEST:
        return 0
    brackets = _NO_BRACKETS.sub("", _STRINGS.sub("", text).translate(_BRACKETS))
    deepest = level = 0
    for bracket in brackets:
        level += 1 if bracket == "(" else -1
        if level > deepest:
            deepest = level
            if deepest > DEEPEST:
                break
    return deepest


def _integer(digits: str) -> int | HugeNumber:
    # Python refuses to read more than 4,300 digits, and slows down long before.
    return int(digits) if len(digits) <= _MOST_DIGITS else HugeNumber()
