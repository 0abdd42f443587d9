"""Tables of model cards: the files as they came, and what they are like."""

from __future__ import annotations

from biome_pipeline.vocabulary.card_sections import SECTIONS
from biome_pipeline.warehouse.spec import ForeignKey, TableSpec

__all__ = ["ALL", "CARDS", "RAW_CARDS"]

RAW_CARDS = TableSpec(
    schema="hub",
    table="raw_cards",
    subject="snapshot",
    meaning="The card of one model as it came, or why there is none; kept in the lake only.",
    grain=("model_id",),
    columns=(
        "snapshot",
        "model_id",
        "revision",
        "outcome",
        "attempts",
        "bytes",
        "detail",
        "origin",
        "text",
    ),
    required=("outcome", "attempts", "origin"),
    requirements=("text has a value exactly where outcome is ok.",),
    is_published=False,
    is_model_grain=True,
    may_be_empty=True,
    is_sorted=False,
)

_MADE_FROM_TEXT = (
    "characters",
    "words",
    "body_characters",
    "body_words",
    "has_front_matter",
    "is_auto_generated",
    *(f"has_{section}" for section in SECTIONS),
    "n_headings",
    "n_placeholders",
    "sha256",
)

CARDS = TableSpec(
    schema="hub",
    table="cards",
    subject="snapshot",
    meaning="What the card of one model is like.",
    grain=("model_id",),
    columns=("snapshot", "model_id", "outcome", "detail", *_MADE_FROM_TEXT, "body_sha256"),
    required=("outcome",),
    requirements=(
        "Of a model whose card was not read only outcome and detail are known; of one whose front "
        "matter is bad everything else is.",
        "A model has a card if characters is more than 3.",
    ),
    foreign_keys=(ForeignKey(("model_id",), "hub.models", ("model_id",)),),
    lineage={
        "model_id": ("hub.raw_cards.model_id",),
        "outcome": ("hub.raw_cards.outcome", "hub.raw_cards.text"),
        "detail": ("hub.raw_cards.detail", "hub.raw_cards.text"),
        **dict.fromkeys(_MADE_FROM_TEXT, ("hub.raw_cards.text",)),
        "body_sha256": ("hub.raw_cards.text", "hub.raw_cards.model_id"),
    },
    is_model_grain=True,
    may_be_empty=True,
)

ALL = (RAW_CARDS, CARDS)
