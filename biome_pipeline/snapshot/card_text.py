"""The two parts of a model card: front matter, checked as YAML, and body.

Cards are written by strangers: nothing of their YAML is constructed, only its
events are counted, so that no tag is executed and no alias is followed. What
does not belong here: what the front matter declares (``front_matter``) and what
the body says (``card_outline``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import yaml  # type: ignore[import-untyped]

__all__ = ["CardText", "check_front_matter", "read_card", "split_card"]

# More than the longest front matter of an honest card, the result tables of
# embedding models; deeper than any of them by far.
_LONGEST_FRONT_MATTER = 1_000_000
_DEEPEST_FRONT_MATTER = 32

# "Has a card: more than 3 characters", the published rule.
_LONGEST_EMPTY_CARD = 3

# JavaScript, in which the Hub is written, takes the mark of byte order for white space.
_OPENING = re.compile(r"[\s\ufeff]*---(?:\r\n|\r|\n)")
_CLOSING = re.compile(r"(?:\r\n|\r|\n)---[ \t]*+(?:\r\n|\n|\Z)")

# libyaml reads twenty times as fast; it is not everywhere.
_PARSER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_EMPTY_SCALARS = frozenset({"", "~", "null", "Null", "NULL"})
_STANDARD_TAGS = frozenset(
    f"tag:yaml.org,2002:{name}"
    for name in (
        "binary",
        "bool",
        "float",
        "int",
        "map",
        "merge",
        "null",
        "omap",
        "pairs",
        "seq",
        "set",
        "str",
        "timestamp",
    )
) | {"!"}
_LONGEST_QUOTE = 60


@dataclass(frozen=True, slots=True)
class CardText:
    """A card in its two parts, and what reading it came to.

    Parameters
    ----------
    outcome : str
        ``ok``; ``empty`` for at most 3 characters; ``not_utf8``; for front
        matter that cannot be used ``bad_yaml``, ``too_deep`` or ``too_large``.
    detail : str or None
        What was odd, also where the outcome is ``ok``.
    text : str or None
        The whole card; ``None`` if it is not UTF-8.
    front_matter : str or None
        Between the two lines ``---``, without them; ``None`` if there is none.
    body : str
        What comes after the front matter.
    """

    outcome: str
    detail: str | None
    text: str | None
    front_matter: str | None
    body: str


def read_card(content: str | bytes) -> CardText:
    """Split a card and check its front matter.

    Parameters
    ----------
    content : str or bytes
        The README.md of a model, whole.

    Returns
    -------
    CardText
        The parts are there whenever the text is, however bad the YAML.
    """
    try:
        # A text may hold half of a surrogate pair, which is no Unicode either.
        text = content.decode() if isinstance(content, bytes) else content
        if not text.isascii():
            text.encode()
    except (UnicodeDecodeError, UnicodeEncodeError) as error:
        return CardText("not_utf8", f"position {error.start}", None, None, "")
    front_matter, body = split_card(text)
    detail = None
    outcome = "ok"
    if front_matter is not None:
        outcome, detail = check_front_matter(front_matter)
    elif _OPENING.match(text):
        detail = "front matter is not closed"
    if len(text) <= _LONGEST_EMPTY_CARD:
        outcome = "empty"
    return CardText(outcome, detail, text, front_matter, body)


def split_card(text: str) -> tuple[str | None, str]:
    """Split a card into front matter and body where the Hub does.

    Front matter begins with the line ``---``, before which only white space and
    a mark of byte order may stand, and ends with the next line ``---``. Source:
    the expression in ``huggingface_hub.repocard``, which says that it is the
    Hub's own; with it, two lines ``---`` that follow each other at once are
    front matter only if lines end with CR LF.

    Parameters
    ----------
    text : str
        The whole card.

    Returns
    -------
    tuple of (str or None, str)
        Front matter without its two lines, ``None`` if there is none; the body.
    """
    opening = _OPENING.match(text)
    if opening is None:
        return None, text
    start = opening.end()
    closing = _CLOSING.search(text, start)
    if closing is None and text.endswith("\r\n", 0, start):
        # The line feed may then end the opening line or begin the closing one.
        closing = _CLOSING.match(text, start - 1)
    if closing is None:
        return None, text
    return text[start : closing.start()], text[closing.end() :]


def check_front_matter(block: str) -> tuple[str, str | None]:
    """Check front matter as YAML, without making anything of it.

    Refused as ``bad_yaml``: what is no YAML, no mapping, or more than one
    document; anchors and aliases, which make bombs; tags beyond those of YAML
    itself. ``too_deep`` is more than 32 levels, ``too_large`` more than 1,000,000
    characters. A key that is repeated in its mapping is only noticed.

    Parameters
    ----------
    block : str
        Front matter without its two lines.

    Returns
    -------
    tuple of (str, str or None)
        Outcome, and what was odd.
    """
    if len(block) > _LONGEST_FRONT_MATTER:
        return "too_large", f"front matter of {len(block)} characters"
    try:
        return _check_events(_PARSER(block))
    except yaml.YAMLError as error:
        problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "no YAML"
        mark = getattr(error, "problem_mark", None)
        where = "" if mark is None else f" in line {mark.line + 1}"
        return "bad_yaml", f"{problem}{where}"


class _Mapping:
    """Keys of a mapping that is being read; a sequence is `None` in its place."""

    __slots__ = ("is_key_next", "keys")

    def __init__(self) -> None:
        self.keys: set[str] = set()
        self.is_key_next = True


def _check_events(parser: yaml.SafeLoader) -> tuple[str, str | None]:
    open_nodes: list[_Mapping | None] = []
    detail = None
    n_documents = 0
    while (event := parser.get_event()) is not None:
        kind = type(event)
        if kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
            open_nodes.pop()
            continue
        if kind is yaml.DocumentStartEvent:
            n_documents += 1
            if n_documents > 1:
                return "bad_yaml", "more than one document"
            continue
        if not isinstance(event, yaml.NodeEvent):
            continue
        refusal = _refusal(event, kind, is_root=not open_nodes)
        if refusal is not None:
            return "bad_yaml", refusal
        mapping = open_nodes[-1] if open_nodes else None
        if mapping is not None:
            if mapping.is_key_next and kind is yaml.ScalarEvent:
                if event.value in mapping.keys:
                    detail = detail or f"repeated key {event.value[:_LONGEST_QUOTE]!r}"
                mapping.keys.add(event.value)
            mapping.is_key_next = not mapping.is_key_next
        if kind is not yaml.ScalarEvent:
            open_nodes.append(_Mapping() if kind is yaml.MappingStartEvent else None)
            if len(open_nodes) > _DEEPEST_FRONT_MATTER:
                return "too_deep", f"more than {_DEEPEST_FRONT_MATTER} levels"
    return "ok", detail


def _refusal(event: yaml.NodeEvent, kind: type, *, is_root: bool) -> str | None:
    if kind is yaml.AliasEvent or event.anchor is not None:
        return f"anchor or alias {event.anchor[:_LONGEST_QUOTE]!r}"
    if event.tag is not None and event.tag not in _STANDARD_TAGS:
        return f"tag {event.tag[:_LONGEST_QUOTE]!r}"
    if not is_root or kind is yaml.MappingStartEvent:
        return None
    if kind is yaml.ScalarEvent and event.implicit[0] and event.value in _EMPTY_SCALARS:
        return None
    return "no mapping"
