"""Model cards of the demo Hub: README.md as a whole, and what is true of each.

A card is its front matter, which says what the listing record says, and a text
of exactly the planted length: title, sentences on where the model comes from,
paragraphs on the theme of the family, and sections.

What does not belong here: the sentences (`card_sentences`, `themes`), and
cards that are wrong on purpose (`card_anomalies`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from biome_pipeline.hub.demo.card_sentences import (
    AUTOMATIC_NOTES,
    BULK_TEMPLATES,
    INTRODUCTIONS,
    MENTIONS,
    PLACEHOLDER,
    SECTIONS,
    USAGE,
    BulkTemplate,
)
from biome_pipeline.hub.demo.front_matter import front_matter
from biome_pipeline.hub.demo.planted import PLANTED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from biome_pipeline.hub.demo.members import Member
    from biome_pipeline.hub.demo.themes import Theme

__all__ = ["BULK_LONGEST", "COINS_OF_CARD", "ROOM_FOR_ALL", "Card", "write_card"]

ROOM_FOR_ALL = 2000
"""A text of that many characters has room for everything that its card may say.

In a shorter one, what does not fit is left out.
"""

BULK_LONGEST = 4000
"""Bulk uploaders write no longer texts; a longer one is a card like all others."""

COINS_OF_CARD = 9 + len(SECTIONS)
"""How many random numbers a card is written with."""

_SHARE_WITH_USAGE = 0.4
_SHARE_WITH_LEAF = 0.03
_BULK = {
    relation: tuple(template for template in BULK_TEMPLATES if template.relation == relation)
    for relation in ("quantized", "adapter")
}
_SECTION_PROBABILITIES = {
    kind: tuple(
        PLANTED[f"section_{section.name}"] * PLANTED[f"sections_factor_{kind}"]
        for section in SECTIONS
    )
    for kind in INTRODUCTIONS
}


@dataclass(frozen=True)
class Card:
    """A card, and what is true of it.

    Attributes
    ----------
    text : str
        README.md.
    body_characters : int
        Unicode code points behind the front matter and its line break.
    is_auto_generated : bool
        Whether it says so.
    sections : list of str
        The sections that say something, in their order.
    n_placeholders : int
        How many sections say nothing but `PLACEHOLDER`.
    mentions_parent : bool or None
        Whether the text names the first parent; None if there is none.
    bulk_template : str or None
        The bulk uploader's template that it is made from.
    """

    text: str
    body_characters: int
    is_auto_generated: bool
    sections: list[str]
    n_placeholders: int
    mentions_parent: bool | None
    bulk_template: str | None


class _Body:
    """The pieces of a text, as long as there is room."""

    def __init__(self, n_characters: int) -> None:
        self.left = n_characters
        self.head: list[str] = []
        self.tail: list[str] = []

    def add(self, piece: str, *, at_end: bool = False) -> bool:
        """Take a piece if it fits, and say whether it did."""
        if len(piece) > self.left:
            return False
        (self.tail if at_end else self.head).append(piece)
        self.left -= len(piece)
        return True


def write_card(member: Member, parent: str | None, theme: Theme, coins: Sequence[float]) -> Card:
    """Write the card of a model.

    Parameters
    ----------
    member : Member
        The model.
    parent : str or None
        Id of its first parent.
    theme : Theme
        What its text speaks about.
    coins : sequence of float, length COINS_OF_CARD
        Uniform on [0, 1).

    Returns
    -------
    Card
        The card; its text has the planted length exactly.
    """
    head = front_matter(member.row)
    n_characters = member.card_characters
    template = _bulk_template(member, coins)
    if template is not None and parent is not None:
        body = _bulk_text(template, member, parent, coins[2])
        return Card(
            head + body, n_characters, False, list(template.sections), 0,
            "{parent}" in template.text, template.name,
        )  # fmt: skip
    return _ordinary(member, parent, theme, coins, head)


def _bulk_template(member: Member, coins: Sequence[float]) -> BulkTemplate | None:
    """Choose the template; an account has one for all its models of a relation."""
    if member.kind not in _BULK or not ROOM_FOR_ALL <= member.card_characters <= BULK_LONGEST:
        return None
    if coins[0] >= PLANTED[f"card_bulk_{member.kind}"]:
        return None
    templates = _BULK[member.kind]
    return templates[sum(member.id.partition("/")[0].encode()) % len(templates)]


def _bulk_text(template: BulkTemplate, member: Member, parent: str, u: float) -> str:
    number = str(1000 + int(u * 9000))
    text = template.text.format(id=member.id, parent=parent, number=number)
    left = member.card_characters - len(text)
    # A number as long as needed: what is left without numbers is the same in all.
    return text + (number * (1 + left // len(number)))[:left]


def _ordinary(
    member: Member, parent: str | None, theme: Theme, coins: Sequence[float], head: str
) -> Card:
    kind, name = member.kind, member.id.rpartition("/")[2]
    leaf = " 🌿" if coins[8] < _SHARE_WITH_LEAF else ""
    body = _Body(member.card_characters)
    title = f"# {name}{leaf}"[: body.left]
    body.add(title)
    is_auto, is_template = False, False
    if coins[1] < PLANTED[f"card_auto_{kind}"]:
        place = int(coins[2] * len(AUTOMATIC_NOTES))
        is_auto = body.add(AUTOMATIC_NOTES[place])
        # The second note is that of the template with a heading for everything.
        is_template = place == 1
    body.add(INTRODUCTIONS[kind].format(name=name))
    mentions = None if parent is None else False
    if parent is not None and coins[3] < PLANTED["card_mentions_parent"]:
        mentions = body.add(MENTIONS[kind].format(parent=parent))
    sections, n_placeholders = [], 0
    probabilities = _SECTION_PROBABILITIES[kind]
    for section, probability, u in zip(SECTIONS, probabilities, coins[9:], strict=True):
        is_said = u < probability
        if not is_said and not is_template:
            continue
        heading = section.headings[int(coins[4] * len(section.headings))]
        text = PLACEHOLDER
        if is_said:
            text = section.texts[int(coins[5] * len(section.texts))].replace("{name}", name)
        if body.add(f"\n\n{heading}\n\n{text}", at_end=True):
            if is_said:
                sections.append(section.name)
            else:
                n_placeholders += 1
    if coins[6] < _SHARE_WITH_USAGE:
        body.add(USAGE.format(name=name), at_end=not sections and not n_placeholders)
    passage = ("\n\n" + theme.passage(coins[7], body.left))[: body.left]
    text = "".join([head, *body.head, passage, *body.tail])
    return Card(text, member.card_characters, is_auto, sections, n_placeholders, mentions, None)
