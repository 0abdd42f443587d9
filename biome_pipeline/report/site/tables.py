"""The page of tables, and the files that it leads to.

What does not belong here: what the tables are (``warehouse.tables``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from biome_pipeline.report.site.page import Link, Page, Section, Table
from biome_pipeline.warehouse.query import to_csv, to_parquet
from biome_pipeline.warehouse.tables import TABLES

if TYPE_CHECKING:
    from pathlib import Path

    from biome_pipeline.report.site.contents import Contents

__all__ = ["MOST_CSV_ROWS", "TABLES_PAGE", "write_tables"]

MOST_CSV_ROWS = 500_000
"""Rows of a table up to which it is written as CSV too: more opens in no spreadsheet."""

_FOLDER = "tables"


def write_tables(contents: Contents, folder: Path) -> None:
    """Write every table of the snapshot as Parquet, and as CSV if it is not too large.

    Parameters
    ----------
    contents : Contents
        The tables.
    folder : Path
        Folder of the page.
    """
    (folder / _FOLDER).mkdir()
    for name, rows in contents.tables.items():
        path = folder / _FOLDER / f"{name}.parquet"
        if contents.engine.count_rows(contents.tables[name]) > MOST_CSV_ROWS:
            types = {field.name: field.type for field in TABLES[name].fields}
            kept = {column: types[column] for column in TABLES[name].published_columns}
            contents.engine.copy_to_parquet(rows, path, types=kept, metadata={"table": name})
            continue
        found = contents.rows(rows)
        path.write_bytes(to_parquet(found))
        path.with_suffix(".csv").write_bytes(to_csv(found))


def _sections(contents: Contents) -> list[Section]:
    rows = []
    for name in sorted(contents.tables):
        n_rows = contents.engine.count_rows(contents.tables[name])
        spec = TABLES.get(name)
        rows.append(
            (
                name,
                Link("Parquet", f"{_FOLDER}/{name}.parquet"),
                Link("CSV", f"{_FOLDER}/{name}.csv") if n_rows <= MOST_CSV_ROWS else "too large",
                n_rows,
                spec.meaning if spec is not None else "",
            )
        )
    return [
        Section(
            "Tables of this snapshot",
            paragraphs=(
                "Parquet keeps the types. In CSV a text that a spreadsheet would take for a "
                "formula has an apostrophe before it, and lists are JSON.",
                f"A table of more than {MOST_CSV_ROWS:,} rows is there as Parquet only; "
                "'biome sql --format csv' writes any part of it.",
            ),
            tables=(
                Table(
                    "Every table",
                    ("Table", "", "", "Rows", "One row is"),
                    rows,
                    empty="No table was made for this snapshot.",
                    is_stacked=True,
                ),
            ),
        )
    ]


TABLES_PAGE = Page(
    file="tables.html",
    title="Tables",
    lead="Everything behind the pages, to take along.",
    sections=_sections,
)
