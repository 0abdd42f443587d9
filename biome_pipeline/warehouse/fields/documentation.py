"""Columns of the schema ``documentation``."""

from __future__ import annotations

from biome_pipeline.vocabulary.card_sections import SECTIONS
from biome_pipeline.vocabulary.relations import RELATIONS
from biome_pipeline.warehouse.fields.field import Field

__all__ = ["ALL"]

_COVERAGE = "documentation.coverage"
_SECTIONS = "documentation.sections"
_TEMPLATES = "documentation.templates"

_RESAMPLED = (
    "of the 95 % interval, from resampling families, and of models without relatives authors; "
    "of a share of 0 or 1 Wilson's; NULL with fewer than two of them."
)
_BY_AUTHOR = (
    "of the 95 % interval, with authors as clusters (linearised, in log odds); NULL with fewer "
    "than two authors."
)
_PAPER = "arXiv 2508.06811"


def _ends(name: str, of_what: str) -> tuple[Field, Field]:
    return (
        Field(
            f"{name}_ci_low",
            "DOUBLE",
            f"Lower end {_RESAMPLED}",
            of_what,
            "bootstrap over families",
            table=_COVERAGE,
        ),
        Field(
            f"{name}_ci_high",
            "DOUBLE",
            f"Upper end {_RESAMPLED}",
            of_what,
            "bootstrap over families",
            table=_COVERAGE,
        ),
    )


def _lengths(unit: str) -> tuple[Field, ...]:
    return (
        Field(
            f"mean_{unit}",
            "DOUBLE",
            f"Mean number of {unit} of a card, front matter included; NULL without a card.",
            unit,
            "computed",
        ),
        *_ends(f"mean_{unit}", unit),
        *(
            Field(
                f"{name}_{unit}",
                kind,
                f"{meaning} number of {unit} of a card; NULL without a card.",
                unit,
                "computed",
            )
            for name, kind, meaning in (
                ("median", "DOUBLE", "Median"),
                ("min", "BIGINT", "Smallest"),
                ("max", "BIGINT", "Largest"),
            )
        ),
    )


ALL = (
    Field(
        "group",
        "VARCHAR",
        "Which models: all; with_relatives or without_relatives in the graph of all relations; "
        "roots have children and no parents; parents and children by relation are those that are "
        "so by it.",
        source="computed",
        values=(
            "all",
            "with_relatives",
            "without_relatives",
            "roots",
            "parents",
            "children",
            *(f"parents_{relation}" for relation in RELATIONS),
            *(f"children_{relation}" for relation in RELATIONS),
        ),
    ),
    Field("n", "BIGINT", "Models of the group.", "models", "computed", table=_COVERAGE),
    Field(
        "n_missing",
        "BIGINT",
        "Models of which it is not known whether they have a card: it was not asked for, or not "
        "to be had.",
        "models",
        "computed",
        table=_COVERAGE,
    ),
    Field(
        "n_units",
        "BIGINT",
        "Units that the estimates rest on: families, and authors of models without relatives.",
        "units",
        "computed",
    ),
    Field(
        "n_with_card", "BIGINT", "Models with a card of more than 3 characters.", "models", _PAPER
    ),
    Field(
        "share_with_card",
        "DOUBLE",
        "n_with_card over n less n_missing; NULL if that is 0.",
        "share",
        "computed",
    ),
    *_ends("share_with_card", "share"),
    Field(
        "n_read",
        "BIGINT",
        "Cards whose text was read; the others are too large or no UTF-8.",
        "cards",
        "computed",
    ),
    *_lengths("characters"),
    *_lengths("words"),
    Field(
        "n_auto_generated",
        "BIGINT",
        'Cards that say "automatically generated" or "generated automatically", in any case.',
        "cards",
        _PAPER,
    ),
    Field(
        "share_auto_generated",
        "DOUBLE",
        "n_auto_generated over n_read; NULL without a card.",
        "share",
        "computed",
    ),
    *_ends("share_auto_generated", "share"),
    Field(
        "card_outcomes",
        "MAP(VARCHAR, BIGINT)",
        "Models by the outcome of their card, as in hub.cards; not_asked if it has none.",
        "models",
        "computed",
    ),
    *(
        Field(
            f"published_{column}",
            "DOUBLE",
            f"Published {column}, of the paper's snapshot of 2025, which is not public; NULL if "
            "there is none for the group.",
            unit,
            _PAPER,
        )
        for column, unit in (
            ("share_with_card", "share"),
            ("mean_characters", "characters"),
            ("median_characters", "characters"),
            ("min_characters", "characters"),
            ("max_characters", "characters"),
            ("mean_words", "words"),
            ("median_words", "words"),
            ("max_words", "words"),
            ("share_auto_generated", "share"),
        )
    ),
    # sections
    Field(
        "section",
        "VARCHAR",
        "Section of a card, found by its heading; it says more than a placeholder.",
        source="vocabulary/card_sections.py",
        values=SECTIONS,
    ),
    Field(
        "n", "BIGINT", "Cards of the group that were read.", "cards", "computed", table=_SECTIONS
    ),
    Field(
        "n_missing",
        "BIGINT",
        "Models of the group without a card that was read.",
        "models",
        "computed",
        table=_SECTIONS,
    ),
    Field("n_with_section", "BIGINT", "Cards with the section.", "cards", "computed"),
    Field(
        "share",
        "DOUBLE",
        "n_with_section over n; NULL without a card.",
        "share",
        "computed",
        table=_SECTIONS,
    ),
    Field(
        "ci_low",
        "DOUBLE",
        f"Lower end {_RESAMPLED}",
        "share",
        "bootstrap over families",
        table=_SECTIONS,
    ),
    Field(
        "ci_high",
        "DOUBLE",
        f"Upper end {_RESAMPLED}",
        "share",
        "bootstrap over families",
        table=_SECTIONS,
    ),
    # templates
    Field(
        "template_id",
        "VARCHAR",
        "body_sha256 of the body that most models of the template have.",
        source="hub.cards",
    ),
    Field(
        "n_models",
        "BIGINT",
        "Models whose card is of the template.",
        "models",
        "computed",
        table=_TEMPLATES,
    ),
    Field("n_authors", "BIGINT", "Owners of these models.", "authors", "computed"),
    Field(
        "n_bodies",
        "BIGINT",
        "Different body_sha256 among these cards; each has at least 80 % of its runs of three "
        "words in common with the template.",
        "bodies",
        "computed",
    ),
    Field("n_exact", "BIGINT", "Models with the template's own body.", "models", "computed"),
    Field(
        "n", "BIGINT", "Cards that have a body to compare.", "cards", "computed", table=_TEMPLATES
    ),
    Field("share", "DOUBLE", "n_models over n.", "share", "computed", table=_TEMPLATES),
    Field("ci_low", "DOUBLE", f"Lower end {_BY_AUTHOR}", "share", "linearised", table=_TEMPLATES),
    Field("ci_high", "DOUBLE", f"Upper end {_BY_AUTHOR}", "share", "linearised", table=_TEMPLATES),
    Field(
        "is_compared",
        "BOOLEAN",
        "Whether nearly equal bodies were looked for; if not, the template is one body only.",
        source="computed",
    ),
    Field(
        "is_auto_generated",
        "BOOLEAN",
        "Whether the example says that it was automatically generated.",
        source="hub.cards",
        table=_TEMPLATES,
    ),
    Field(
        "example_id",
        "VARCHAR",
        "First model, by id, with the template's own body.",
        source="computed",
    ),
)
