"""The outline of a card's body: its headings, and which sections say something.

Markdown is read as far as headings go, in one pass whose time grows with the
length of the text whatever stands in it: headings of both kinds of CommonMark,
outside code fences and comments. No headings are: those inside quotes and
lists, those made of HTML or of bold print, ``##Uses`` without a blank, and
underlined rows of a table, of HTML or of dashes. What does not belong here: the
wordings of headings (``vocabulary``).
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING, NamedTuple

from biome_pipeline.vocabulary.card_sections import (
    APART_PHRASES,
    PLACEHOLDER,
    SECTION_HEADINGS,
    SECTION_PHRASES,
    TEMPLATE_SENTENCES,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Heading", "headings", "sections_named", "sections_present", "without_comments"]

# Everything that can begin or hide a heading begins a line. The first
# character of the expression is constant, which makes the search fast.
_MARK = re.compile(
    r"\n {0,3}(?:"
    r"(?P<level>#{1,6})(?![^ \t\n])(?P<title>[^\n]*)"
    r"|(?P<underline>=++|-++)[ \t]*+(?![^\n])"
    r"|(?P<fence>`{3,}+(?![^\n`]*+`)|~{3,}+)[^\n]*"
    r"|(?P<comment><!--)"
    r")"
)
_FENCE_END = {
    "`": re.compile(r"\n {0,3}(`{3,}+)[ \t]*+(?![^\n])"),
    "~": re.compile(r"\n {0,3}(~{3,}+)[ \t]*+(?![^\n])"),
}
_CLOSING_HASHES = re.compile(r"(?:^|(?<=[ \t]))#++[ \t]*+\Z")
# Lines that are no text of a paragraph: a rule, indented code, and the beginning
# of what goes on until a blank line (a quote, a table, HTML, an item of a list).
_NO_TEXT = re.compile(
    r"(?P<rule> {0,3}(?:(?:\*[ \t]*+){3,}+|(?:_[ \t]*+){3,}+|(?:-[ \t]*+){3,}+)\Z)"
    r"|(?P<code> {4}| {0,3}\t)"
    r"|(?P<other> {0,3}(?:[>|<]|(?:[-*+]|\d{1,9}[.)])(?![^ \t])))"
)

_LONGEST_TITLE = 200
_TARGET = re.compile(r"\]\([^()]*\)|<[^<>]*>")
_BETWEEN_WORDS = re.compile(r"[\W_]+")
_NUMBERING = re.compile(r"(?:\d+ )+(?=.)")
_OPTIONAL = " optional"

_WORD = re.compile(r"[^\W_]")
# A label in bold ("**BibTeX:**") is no content, nor is a variable of a template.
_LABEL = re.compile(r"\*\*[^*\n]{1,60}:\*\*|\{\{[^{}\n]*+\}\}")


class Heading(NamedTuple):
    """One heading of a body.

    Parameters
    ----------
    level : int
        1 to 6.
    title : str
        Its Markdown on one line, stripped.
    start, end : int
        Where its lines begin, and where the text under it begins.
    """

    level: int
    title: str
    start: int
    end: int


def headings(body: str) -> list[Heading]:
    """Find the headings of a body.

    Parameters
    ----------
    body : str
        Markdown without front matter, lines ended by a line feed. Positions
        are those in the body with one line feed put before it.

    Returns
    -------
    list of Heading
        In their order. Of a paragraph of several lines that is underlined, the
        last line is the title.
    """
    return list(_headings("\n" + body))


def _headings(text: str) -> Iterator[Heading]:
    """Find headings in a text that begins with a line feed."""
    position = last_mark = 0
    while (mark := _MARK.search(text, position)) is not None:
        position = mark.end()
        kind = mark.lastgroup
        if kind == "title":
            title = mark["title"].strip(" \t")
            # A run of hashes at the end belongs to the mark, not to the title.
            title = _CLOSING_HASHES.sub("", title).rstrip(" \t") if title[-1:] == "#" else title
            yield Heading(len(mark["level"]), title, mark.start(), position)
        elif kind == "underline":
            above = text.rfind("\n", 0, mark.start())
            block = max(last_mark, text.rfind("\n\n", last_mark, mark.start()) + 1)
            if _ends_with_paragraph(text[block + 1 : mark.start()]):
                level = 1 if mark["underline"][0] == "=" else 2
                title = text[above + 1 : mark.start()].strip(" \t")
                yield Heading(level, title, above, position)
        elif kind == "fence":
            position = _end_of_fence(text, position, mark["fence"])
        else:
            position = _end_of_comment(text, mark.start("comment"))
        last_mark = position


def _ends_with_paragraph(block: str) -> bool:
    """Tell whether the last line of a block is text, which can be underlined."""
    state = ""
    for line in block.split("\n"):
        mark = _NO_TEXT.match(line)
        kind = "text" if mark is None else mark.lastgroup
        if kind == "rule" or not line.strip(" \t"):
            state = ""
        elif kind == "other" or not state:
            state = kind or ""
        elif kind == "text" and state == "code":
            state = "text"
    return state == "text"


def _end_of_fence(text: str, position: int, opening: str) -> int:
    """Give the end of the line that closes a fence, or the end of the text."""
    for closing in _FENCE_END[opening[0]].finditer(text, position):
        if closing.end(1) - closing.start(1) >= len(opening):
            return closing.end()
    return len(text)


def _end_of_comment(text: str, position: int) -> int:
    """Give the end of the line in which a comment ends, or the end of the text."""
    closing = text.find("-->", position)
    line_end = text.find("\n", closing) if closing >= 0 else -1
    return line_end if line_end >= 0 else len(text)


def without_comments(text: str) -> str:
    """Take the HTML comments out of a text.

    Parameters
    ----------
    text : str
        Markdown.

    Returns
    -------
    str
        The text; a comment that is not closed hides the rest.
    """
    if "<!--" not in text:
        return text
    kept = []
    position = 0
    while (opening := text.find("<!--", position)) >= 0:
        kept.append(text[position:opening])
        closing = text.find("-->", opening + 2)
        if closing < 0:
            return "".join(kept)
        position = closing + 3
    return "".join((*kept, text[position:]))


def sections_named(title: str) -> frozenset[str] | None:
    """Tell which sections a heading names.

    Parameters
    ----------
    title : str
        The heading's Markdown; its first 200 characters are looked at.

    Returns
    -------
    frozenset of str or None
        Sections out of ``SECTIONS``; empty if the heading is known to be about
        something else; ``None`` if it is not known.
    """
    # Cut before it is kept: the same few thousand headings make most of all cards.
    return _sections_named(title[:_LONGEST_TITLE])


@lru_cache(maxsize=65_536)
def _sections_named(title: str) -> frozenset[str] | None:
    words = _BETWEEN_WORDS.sub(" ", _TARGET.sub(" ", title).lower()).strip()
    words = _NUMBERING.sub("", words, count=1) if words[:1].isdecimal() else words
    words = words.removesuffix(_OPTIONAL)
    whole, phrases, pattern = _wordings()
    if words in whole:
        return whole[words]
    found = [phrases[match.group()] for match in pattern.finditer(words)]
    return frozenset(name for name in found if name) if found else None


@cache
def _wordings() -> tuple[dict[str, frozenset[str]], dict[str, str], re.Pattern[str]]:
    whole: dict[str, frozenset[str]] = {
        wording: frozenset({section})
        for section, wordings in SECTION_HEADINGS.items()
        for wording in wordings
    }
    phrases = {
        wording: section for section, wordings in SECTION_PHRASES.items() for wording in wordings
    } | dict.fromkeys(APART_PHRASES, "")
    longest_first = sorted(phrases, key=lambda wording: (-len(wording), wording))
    # Chinese and Japanese are written without blanks between words.
    spaced = "|".join(re.escape(wording) for wording in longest_first if wording.isascii())
    dense = "|".join(re.escape(wording) for wording in longest_first if not wording.isascii())
    return whole, phrases, re.compile(rf"\b(?:{spaced})\b|{dense}")


def sections_present(body: str) -> tuple[int, frozenset[str]]:
    """Count the headings of a body and find the sections that say something.

    What stands under a heading, up to the next heading of any level, belongs to
    the sections which that heading names; if it is not known, to those of the
    nearest heading above it that is known and encloses it. A section is present
    if at least one letter or digit belongs to it which is no comment,
    placeholder, sentence of the default template, or label in bold.

    Parameters
    ----------
    body : str
        Markdown without front matter, lines ended by a line feed.

    Returns
    -------
    tuple of (int, frozenset of str)
        Number of headings; sections out of ``SECTIONS``.
    """
    text = "\n" + body
    found = list(_headings(text))
    present: set[str] = set()
    enclosing: list[tuple[int, frozenset[str]]] = []
    for place, heading in enumerate(found):
        while enclosing and enclosing[-1][0] >= heading.level:
            enclosing.pop()
        named = sections_named(heading.title)
        if named is None:
            named = enclosing[-1][1] if enclosing else frozenset()
        enclosing.append((heading.level, named))
        if named <= present:
            continue
        end = found[place + 1].start if place + 1 < len(found) else len(text)
        if _says_something(text[heading.end : end]):
            present |= named
    return len(found), frozenset(present)


def _says_something(text: str) -> bool:
    left = without_comments(text).lower()
    for sentence in (*TEMPLATE_SENTENCES, PLACEHOLDER):
        left = left.replace(sentence, "")
    if "**" in left or "{{" in left:
        left = _LABEL.sub("", left)
    return _WORD.search(left) is not None
