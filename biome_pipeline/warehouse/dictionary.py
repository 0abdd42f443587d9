"""The dictionary: every table and column with type, unit and meaning, as text.

What does not belong here: what the words mean (``fields``, ``tables``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from biome_pipeline.warehouse.tables import SWEEP_TABLES, TABLES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from biome_pipeline.warehouse.spec import TableSpec

__all__ = ["COLUMN_HEADINGS", "column_rows", "markdown_table", "reference_page", "table_rows"]

COLUMN_HEADINGS = ("column", "type", "unit", "null", "meaning", "source")


def table_rows() -> list[tuple[str, str, str]]:
    """List all tables.

    Returns
    -------
    list of tuple of str
        Name, key after the partition's, meaning; in the order of the registry.
    """
    return [
        (spec.name, ", ".join(spec.grain) or "-", spec.meaning)
        for spec in (*TABLES.values(), *SWEEP_TABLES.values())
    ]


def column_rows(spec: TableSpec) -> list[tuple[str, str, str, str, str, str]]:
    """List the columns of a table.

    Parameters
    ----------
    spec : TableSpec
        The table.

    Returns
    -------
    list of tuple of str
        As `COLUMN_HEADINGS`; ``null`` says whether a value may be missing.
    """
    never_null = set(spec.never_null)
    rows = []
    for field in spec.fields:
        meaning = field.meaning
        if field.values:
            meaning += f" One of: {', '.join(field.values)}."
        if field.name in spec.lake_only_columns:
            meaning += " In the lake only."
        is_null = "never" if field.name in never_null else "possible"
        rows.append((field.name, field.type, field.unit or "-", is_null, meaning, field.source))
    return rows


def reference_page() -> str:
    """Write the reference page of all tables.

    Returns
    -------
    str
        Markdown.
    """
    lines = [
        "# Tables",
        "",
        "<!-- Made by `make reference` from biome_pipeline/warehouse; do not edit. -->",
        "",
        "Every table has one partition per snapshot, in the lake as",
        "`<data>/lake/<schema>/<table>/snapshot=<key>.parquet` and, unless said otherwise, in",
        "the database `<data>/biome.duckdb`. Tables at the grain of models are published for the",
        "newest snapshots only (`BIOME_KEEP_SNAPSHOTS`). Tables of the architecture search have",
        "one partition per sweep instead, `sweep_id=<key>.parquet`.",
        "",
    ]
    for spec in (*TABLES.values(), *SWEEP_TABLES.values()):
        lines += [f"## {spec.name}", "", spec.meaning, ""]
        lines += [f"Key: {', '.join(f'`{name}`' for name in spec.key)}.", ""]
        if not spec.is_published:
            lines += ["In the lake only.", ""]
        elif spec.is_model_grain:
            lines += ["Published for the newest snapshots.", ""]
        lines += markdown_table(COLUMN_HEADINGS, column_rows(spec))
        if spec.requirements:
            lines += ["", "What holds:", "", *(f"- {text}" for text in spec.requirements)]
        for foreign in spec.foreign_keys:
            here = ", ".join(foreign.columns)
            lines += ["", f"`{here}` refers to `{foreign.table}`."]
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def markdown_table(headings: Iterable[str], rows: Iterable[Iterable[str]]) -> list[str]:
    """Write rows as a Markdown table.

    Parameters
    ----------
    headings : iterable of str
        Titles of the columns.
    rows : iterable of iterable of str
        Cells; a bar in a cell is escaped.

    Returns
    -------
    list of str
        Lines.
    """
    titles = list(headings)
    return [
        f"| {' | '.join(titles)} |",
        f"|{'---|' * len(titles)}",
        *(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in rows),
    ]
