"""Facts of model cards out of their texts.

What does not belong here: fetching cards (``hub``) and comparing them
(``documentation``, ``similarity``).
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from biome_pipeline.snapshot.card_outline import sections_present
from biome_pipeline.snapshot.card_text import read_card, split_card
from biome_pipeline.vocabulary.card_sections import PLACEHOLDER, SECTIONS

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    from biome_pipeline.warehouse.engine import Engine

__all__ = ["CardFacts", "card_facts", "cards", "template_words"]

# Of the longest cards that are accepted, a batch is then still no giant.
_CARDS_PER_BATCH = 1_024

_AUTO_GENERATED = ("automatically generated", "generated automatically")

# Of what names, numbers, dates, links and the rows of tables are made: all of
# these become the first one, so that a word is looked at once.
_MARKS = b"0123456789/\\_@-=|"
_MARKED = bytes.maketrans(_MARKS, _MARKS[:1] * len(_MARKS))
_MONTHS = frozenset(
    """
    january february march april may june july august september october november december
    jan feb mar apr jun jul aug sep sept oct nov dec
    """.split()  # noqa: SIM905 - as readable as a calendar
)


@dataclass(frozen=True, slots=True)
class CardFacts:
    r"""What the text of one card says of it.

    Parameters
    ----------
    outcome : str
        As in `CardText`.
    detail : str or None
        As in `CardText`.
    characters, words : int
        Unicode code points of the whole text, and its words: runs of characters
        that are not Unicode white space.
    body_characters, body_words : int
        The same without front matter.
    has_front_matter : bool
        Whether there is front matter where the Hub looks for it.
    is_auto_generated : bool
        Whether the text says so: "automatically generated" or "generated
        automatically", in any case.
    sections : frozenset of str
        Sections that say something.
    n_headings : int
        Headings outside code and comments.
    n_placeholders : int
        Occurrences of "More Information Needed" in the text, in any case.
    sha256 : str
        Of the text in UTF-8, hexadecimal.
    body_sha256 : str or None
        The same of what copies of a template share: the body in lower case is
        cut into words; those are dropped that have a digit of ASCII or one of
        ``/ \ _ @ - = |`` anywhere, as ids, numbers, dates, links and rows of
        tables have, and those that are the English name of a month, or the
        name or the owner of the model itself; the others are joined by blanks.
        ``None`` if none is left.
    """

    outcome: str
    detail: str | None
    characters: int
    words: int
    body_characters: int
    body_words: int
    has_front_matter: bool
    is_auto_generated: bool
    sections: frozenset[str]
    n_headings: int
    n_placeholders: int
    sha256: str
    body_sha256: str | None


def card_facts(model_id: str, text: str) -> CardFacts:
    """Read one card.

    Parameters
    ----------
    model_id : str
        Whose card it is.
    text : str
        The whole card.

    Returns
    -------
    CardFacts
        Everything that ``hub.cards`` says of it.
    """
    card = read_card(text)
    lower = text.lower()
    n_headings, sections = sections_present(_with_line_feeds(card.body))
    body_words = _marked_words(card.body)
    # Front matter ends with its line, so that no word is in both parts.
    front_words = text[: len(text) - len(card.body)].split()
    template = " ".join(_shared_words(model_id, body_words))
    return CardFacts(
        outcome=card.outcome,
        detail=card.detail,
        characters=len(text),
        words=len(front_words) + len(body_words),
        body_characters=len(card.body),
        body_words=len(body_words),
        has_front_matter=card.front_matter is not None,
        is_auto_generated=any(words in lower for words in _AUTO_GENERATED),
        sections=sections,
        n_headings=n_headings,
        n_placeholders=lower.count(PLACEHOLDER),
        sha256=_digest(text),
        body_sha256=_digest(template) if template else None,
    )


def template_words(model_id: str, text: str) -> list[str]:
    r"""Give the words of a card that copies of its template share.

    Parameters
    ----------
    model_id : str
        Whose card it is.
    text : str
        The whole card, or its beginning.

    Returns
    -------
    list of str
        Those behind ``body_sha256`` of `CardFacts`, in their order.
    """
    return _shared_words(model_id, _marked_words(split_card(text)[1]))


def cards(engine: Engine, raw_cards: ir.Table) -> pa.Table:
    """Make ``hub.cards`` out of ``hub.raw_cards``.

    Texts are read in batches, so that the memory they take does not grow with
    their number.

    Parameters
    ----------
    engine : Engine
        Where the raw cards are read.
    raw_cards : ibis.expr.types.Table
        ``hub.raw_cards``.

    Returns
    -------
    pyarrow.Table
        Columns of ``hub.cards`` but ``snapshot``; one row per raw card.
    """
    import pyarrow as pa

    schema = _schema()
    asked = raw_cards.select("model_id", "outcome", "detail", "text")
    batches = [
        pa.RecordBatch.from_pydict(_columns(batch.to_pydict()), schema=schema)
        for batch in engine.to_batches(asked, n_rows=_CARDS_PER_BATCH)
    ]
    return pa.Table.from_batches(batches, schema=schema)


def _columns(asked: dict[str, list[Any]]) -> dict[str, list[Any]]:
    read = [
        card_facts(model_id, text) if outcome == "ok" and text is not None else None
        for model_id, outcome, text in zip(
            asked["model_id"], asked["outcome"], asked["text"], strict=True
        )
    ]
    # Only a text that came whole can turn out worse than its fetching.
    came = [*zip(read, asked["outcome"], asked["detail"], strict=True)]
    return {
        "model_id": asked["model_id"],
        "outcome": [outcome if facts is None else facts.outcome for facts, outcome, _ in came],
        "detail": [
            detail if facts is None or facts.detail is None else facts.detail
            for facts, _, detail in came
        ],
        **{name: [getattr(facts, name, None) for facts in read] for name in _FACT_TYPES},
        **{
            f"has_{section}": [
                None if facts is None else section in facts.sections for facts in read
            ]
            for section in SECTIONS
        },
    }


_FACT_TYPES: dict[str, str] = {
    "characters": "int64",
    "words": "int64",
    "body_characters": "int64",
    "body_words": "int64",
    "has_front_matter": "bool",
    "is_auto_generated": "bool",
    "n_headings": "int64",
    "n_placeholders": "int64",
    "sha256": "string",
    "body_sha256": "string",
}


def _schema() -> pa.Schema:
    import pyarrow as pa

    return pa.schema(
        {
            **dict.fromkeys(("model_id", "outcome", "detail"), pa.string()),
            **{name: pa.type_for_alias(alias) for name, alias in _FACT_TYPES.items()},
            **{f"has_{section}": pa.bool_() for section in SECTIONS},
        }
    )


def _marked_words(text: str) -> list[str]:
    """Give the words in lower case, with a zero in those that no template has."""
    return text.lower().encode().translate(_MARKED).decode().split()


def _shared_words(model_id: str, marked_words: list[str]) -> list[str]:
    dropped = _MONTHS.union(model_id.lower().split("/"))
    return [word for word in marked_words if "0" not in word and word not in dropped]


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def _with_line_feeds(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
