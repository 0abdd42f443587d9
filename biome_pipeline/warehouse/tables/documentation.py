"""Tables of the schema ``documentation``: how models are documented."""

from __future__ import annotations

from biome_pipeline.warehouse.spec import ForeignKey, TableSpec

__all__ = ["ALL", "COVERAGE", "SECTION_SHARES", "TEMPLATES"]

COVERAGE = TableSpec(
    schema="documentation",
    table="coverage",
    subject="documentation",
    meaning="Who of a group of models has a card, how long it is, and whether a program wrote it.",
    grain=("group",),
    columns=(
        "snapshot",
        "group",
        "n",
        "n_missing",
        "n_units",
        "n_with_card",
        "share_with_card",
        "share_with_card_ci_low",
        "share_with_card_ci_high",
        "n_read",
        "mean_characters",
        "mean_characters_ci_low",
        "mean_characters_ci_high",
        "median_characters",
        "min_characters",
        "max_characters",
        "mean_words",
        "mean_words_ci_low",
        "mean_words_ci_high",
        "median_words",
        "min_words",
        "max_words",
        "n_auto_generated",
        "share_auto_generated",
        "share_auto_generated_ci_low",
        "share_auto_generated_ci_high",
        "card_outcomes",
        "published_share_with_card",
        "published_mean_characters",
        "published_median_characters",
        "published_min_characters",
        "published_max_characters",
        "published_mean_words",
        "published_median_words",
        "published_max_words",
        "published_share_auto_generated",
    ),
    required=(
        "n",
        "n_missing",
        "n_units",
        "n_with_card",
        "n_read",
        "n_auto_generated",
        "card_outcomes",
    ),
    requirements=(
        "Groups are of the graph of all relations; a model may be in several of them.",
        "n is the sum of card_outcomes.",
        "A share of models rests on n less n_missing, a length or a share of cards on n_read.",
        "There are no rows if no card was asked for.",
    ),
    lineage={
        **dict.fromkeys(
            ("n_with_card", "share_with_card"), ("hub.cards.characters", "hub.cards.outcome")
        ),
        **dict.fromkeys(
            ("mean_characters", "median_characters", "min_characters", "max_characters"),
            ("hub.cards.characters",),
        ),
        **dict.fromkeys(
            ("mean_words", "median_words", "min_words", "max_words"), ("hub.cards.words",)
        ),
        **dict.fromkeys(
            ("n_auto_generated", "share_auto_generated"), ("hub.cards.is_auto_generated",)
        ),
        "card_outcomes": ("hub.cards.outcome",),
    },
    may_be_empty=True,
)

SECTION_SHARES = TableSpec(
    schema="documentation",
    table="sections",
    subject="documentation",
    meaning="How many cards of a group of models have one section.",
    grain=("group", "section"),
    columns=(
        "snapshot",
        "group",
        "section",
        "n",
        "n_missing",
        "n_units",
        "n_with_section",
        "share",
        "ci_low",
        "ci_high",
    ),
    required=("n", "n_missing", "n_units", "n_with_section"),
    requirements=(
        "Cards that were read are the base; a model without one is missing.",
        "There are no rows if no card was asked for.",
    ),
    may_be_empty=True,
)

TEMPLATES = TableSpec(
    schema="documentation",
    table="templates",
    subject="documentation",
    meaning="One text that the cards of several models share but for names, numbers and dates.",
    grain=("template_id",),
    columns=(
        "snapshot",
        "template_id",
        "n_models",
        "n_authors",
        "n_bodies",
        "n_exact",
        "n",
        "share",
        "ci_low",
        "ci_high",
        "is_compared",
        "is_auto_generated",
        "example_id",
    ),
    required=(
        "n_models",
        "n_authors",
        "n_bodies",
        "n_exact",
        "n",
        "share",
        "is_compared",
        "is_auto_generated",
        "example_id",
    ),
    requirements=(
        "At least two models share a template; a card is of one template at most.",
        "n_exact models have the very body of the template, the others nearly the same.",
    ),
    foreign_keys=(ForeignKey(("example_id",), "hub.models", ("model_id",)),),
    lineage={
        "template_id": ("hub.cards.body_sha256", "hub.raw_cards.text"),
        "n_models": ("hub.cards.body_sha256", "hub.raw_cards.text"),
        "n_authors": ("hub.models.author",),
        "is_auto_generated": ("hub.cards.is_auto_generated",),
    },
    is_model_grain=True,
    may_be_empty=True,
)

ALL = (COVERAGE, SECTION_SHARES, TEMPLATES)
