"""Columns of the table ``hub.cards``: what a model card is like."""

from __future__ import annotations

from biome_pipeline.vocabulary.card_sections import SECTIONS
from biome_pipeline.warehouse.fields.field import Field

__all__ = ["ALL"]

_SECTION_MEANINGS: dict[str, str] = {
    "intended_use": "what the model is meant for",
    "limits": "limits, bias and risks",
    "training_data": "training data",
    "evaluation": "evaluation",
    "license": "license terms (the front matter has its own word, hub.models.license)",
    "citation": "how to cite the model",
    "environmental_impact": "environmental impact",
}

_SECTION_RULE = (
    "NULL without a text. A section is a heading of Markdown with something under it that is no "
    "comment, placeholder or sentence of the default template."
)

ALL = (
    Field(
        "characters",
        "BIGINT",
        "Length of the whole card, front matter included, in Unicode code points (the published "
        "rule); NULL without a text.",
        "characters",
        "README.md",
    ),
    Field(
        "words",
        "BIGINT",
        "Words of the whole card, front matter included, parted by Unicode white space; NULL "
        "without a text.",
        "words",
        "README.md",
    ),
    Field(
        "body_characters",
        "BIGINT",
        "Length of the card without its front matter, in Unicode code points; NULL without a text.",
        "characters",
        "README.md",
    ),
    Field(
        "body_words",
        "BIGINT",
        "Words of the card without its front matter, parted by Unicode white space; NULL without "
        "a text.",
        "words",
        "README.md",
    ),
    Field(
        "has_front_matter",
        "BOOLEAN",
        "Whether the card begins with front matter where the Hub looks for it; NULL without a "
        "text.",
        source="README.md",
    ),
    Field(
        "is_auto_generated",
        "BOOLEAN",
        'Whether the card contains "automatically generated" or "generated automatically", in '
        "any case; NULL without a text.",
        source="README.md",
    ),
    *(
        Field(
            f"has_{section}",
            "BOOLEAN",
            f"Whether the card has a section on {_SECTION_MEANINGS[section]}; {_SECTION_RULE}",
            source="README.md, headings of vocabulary/card_sections.py",
        )
        for section in SECTIONS
    ),
    Field(
        "n_headings",
        "BIGINT",
        "Headings of the card outside code and comments; NULL without a text.",
        "headings",
        "README.md",
    ),
    Field(
        "n_placeholders",
        "BIGINT",
        'How often the card contains "More Information Needed", in any case; NULL without a text.',
        "placeholders",
        "README.md",
    ),
    Field(
        "sha256",
        "VARCHAR",
        "SHA-256 of the card's text in UTF-8, hexadecimal; NULL without a text.",
        source="README.md",
    ),
    Field(
        "body_sha256",
        "VARCHAR",
        "SHA-256 of the words that are left of the card without front matter, in lower case, when "
        "those with a digit or one of / \\ _ @ - = |, months, and the model's own name and owner "
        "are taken out: equal for cards of one template; NULL if none is left.",
        source="README.md",
    ),
)
