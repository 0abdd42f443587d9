"""The page of documentation: who has a card, what it says, and which cards are one text.

What does not belong here: coverage, lengths and cards that programs wrote
(``coverage``), and how figures are drawn (``report.figures``).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from biome_pipeline.report.figures.marks import Kind, Mark, Part, Row, Scale
from biome_pipeline.report.figures.rows import rows_of_marks
from biome_pipeline.report.site.coverage import NO_CARDS, coverage_sections, group_names
from biome_pipeline.report.site.documented import coverage_findings, groups_of
from biome_pipeline.report.site.page import Page, Picture, Section, Share, Table
from biome_pipeline.report.site.tested import INTERVAL, why
from biome_pipeline.report.site.wording import percent
from biome_pipeline.vocabulary.card_sections import SECTIONS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from biome_pipeline.report.site.contents import Contents

    Groups = Mapping[str, Mapping[str, Any]]

__all__ = ["DOCUMENTATION"]

_SECTIONS = "documentation.sections"
_TEMPLATES = "documentation.templates"
_MOST_TEMPLATES = 20

_COMPARED = {
    "all": Kind("all models", "text", "o", 5.0, aside=-0.3),
    "without_relatives": Kind("without relatives", "4", "D", 4.4, aside=-0.1),
    "parents": Kind("parents", "main", "s", 4.8, aside=0.1),
    "children": Kind("children", "2", "^", 5.4, aside=0.3),
}
_SECTION_WORDS = {name: name.replace("_", " ") for name in SECTIONS}


def _sections(contents: Contents) -> list[Section]:
    groups = groups_of(contents)
    found = tuple(coverage_findings(groups))
    if not groups:
        # Six empty figures would say no more than one sentence.
        reason = why(contents, "documentation.coverage", NO_CARDS)
        return [Section("What was found", paragraphs=(reason,))]
    return [
        Section(
            "What was found",
            paragraphs=(
                "A model has a card if it has more than 3 characters. Whether it has is not known "
                "of models whose card was not asked for, or was not to be had: they count as "
                "missing and never as without. The published share is of all models. A model may "
                "be in several groups."
                if found
                else "Of no model it is known whether it has a card.",
            ),
            findings=found,
        ),
        *coverage_sections(contents, groups),
        _card_sections(contents),
        _templates(contents),
    ]


def _card_sections(contents: Contents) -> Section:
    rows = contents.rows(contents.table(_SECTIONS)).to_pylist()
    found = {(row["section"], row["group"]): row for row in rows}
    empty = why(contents, _SECTIONS, NO_CARDS)
    lines = tuple(
        Row(
            words,
            tuple(
                Mark(group, row["share"], row["ci_low"], row["ci_high"])
                for group in _COMPARED
                if (row := found.get((section, group))) is not None
            ),
        )
        for section, words in _SECTION_WORDS.items()
        if any((section, group) in found for group in _COMPARED)
    )
    counts = {group: row["n"] for (_, group), row in found.items()}
    kinds = {
        group: Kind(
            f"{kind.words} (n = {counts.get(group, 0):,})",
            kind.colour,
            kind.marker,
            kind.size,
            aside=kind.aside,
        )
        for group, kind in _COMPARED.items()
    }
    return Section(
        "What cards say",
        paragraphs=(
            "A section is found by its heading, and counts if it says more than a placeholder: "
            "what stands in a card without a heading of its own is not seen.",
        ),
        pictures=(
            Picture(
                "documentation-sections",
                partial(
                    rows_of_marks,
                    [Part("", lines)] if lines else [],
                    kinds,
                    Scale("Share of cards with the section", low=0, is_share=True),
                    "Sections of cards",
                    counted=f"n = {counts.get('all', 0):,} cards",
                    note="Lines are 95 % intervals over families and authors",
                    empty=empty.rstrip("."),
                    row=0.58,
                ),
            ),
        ),
        tables=(
            Table(
                "Sections by group: numbers",
                ("Section and models", "Share", *INTERVAL, "With it", "Cards", "No card read"),
                [
                    (
                        f"{words}; {name}",
                        *(
                            None if row[column] is None else Share(row[column])
                            for column in ("share", "ci_low", "ci_high")
                        ),
                        row["n_with_section"],
                        row["n"],
                        row["n_missing"],
                    )
                    for section, words in _SECTION_WORDS.items()
                    for group, name in group_names().items()
                    if (row := found.get((section, group))) is not None
                ],
                empty=empty,
                is_folded=True,
                is_stacked=True,
            ),
        ),
    )


def _templates(contents: Contents) -> Section:
    table = contents.table(_TEMPLATES)
    summed = contents.rows(
        table.aggregate(
            n_templates=table.count(),
            n_models=table.n_models.sum().cast("int64"),
            n=table.n.max(),
        )
    ).to_pylist()[0]
    rows = contents.rows(
        table.order_by(table.n_models.desc(), "template_id").limit(_MOST_TEMPLATES)
    ).to_pylist()
    told = ""
    if summed["n_templates"]:
        told = (
            f"{summed['n_templates']:,} templates are shared by two models or more, and "
            f"{summed['n_models']:,} of {summed['n']:,} cards with a text are of one of them "
            f"({percent(summed['n_models'] / summed['n'])}); the largest {len(rows)} are below."
        )
    if rows and not all(row["is_compared"] for row in rows):
        told += " Where nearly equal texts were not looked for, a template is one text only."
    return Section(
        "Templates",
        paragraphs=(
            "A template is one text that several cards share but for names, numbers and dates: "
            "equal texts first, then those that have at least 80 % of their runs of three words "
            "in common.",
            *((told.strip(),) if told else ()),
        ),
        tables=(
            Table(
                "Largest templates",
                (
                    "Example",
                    "Models",
                    "Share",
                    *INTERVAL,
                    "Authors",
                    "Texts",
                    "Generated",
                ),
                [
                    (
                        row["example_id"],
                        row["n_models"],
                        *(
                            None if row[column] is None else Share(row[column])
                            for column in ("share", "ci_low", "ci_high")
                        ),
                        row["n_authors"],
                        row["n_bodies"],
                        # On a phone the cell stands without its heading.
                        "says it is generated" if row["is_auto_generated"] else "",
                    )
                    for row in rows
                ],
                empty=why(
                    contents,
                    _TEMPLATES,
                    "No two cards of this snapshot share a text.",
                ),
                is_stacked=True,
            ),
        ),
    )


DOCUMENTATION = Page(
    file="documentation.html",
    title="Documentation",
    lead="Which models have a card, how long it is, who wrote it, and what it says.",
    sections=_sections,
)
