"""The page of the dictionary: every table and column, with type, unit and meaning.

What does not belong here: the rows (``tables``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from biome_pipeline.report.site.page import Page, Section, Table
from biome_pipeline.warehouse.dictionary import COLUMN_HEADINGS, column_rows
from biome_pipeline.warehouse.tables import PUBLISHED

if TYPE_CHECKING:
    from biome_pipeline.report.site.contents import Contents

__all__ = ["DICTIONARY"]


def _sections(contents: Contents) -> list[Section]:
    return [
        Section(
            spec.name,
            paragraphs=(
                f"{spec.meaning} Key: {', '.join(spec.key)}."
                + ("" if spec.name in contents.tables else " Not made for this snapshot."),
                *spec.requirements,
            ),
            tables=(
                Table(
                    f"Columns of {spec.name}",
                    COLUMN_HEADINGS,
                    column_rows(spec),
                    empty="It has no columns.",
                    is_folded=True,
                    is_stacked=True,
                ),
            ),
        )
        for spec in sorted(PUBLISHED, key=lambda spec: spec.name)
    ]


DICTIONARY = Page(
    file="dictionary.html",
    title="Dictionary",
    lead="Every table of the database: what a row is, what a column means, in which unit.",
    sections=_sections,
)
"""The page of all tables and columns."""
