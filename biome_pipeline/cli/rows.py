"""Rows on standard output, in the format that the user asked for."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from biome_pipeline.cli.terminal import rows_table

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["FORMAT_OPTION", "LIMIT_OPTION", "write_first_rows", "write_rows"]

FORMAT_OPTION = click.option(
    "--format",
    "form",
    type=click.Choice(["table", "csv", "json"]),
    default="table",
    show_default=True,
    help="json is one object a line.",
)

LIMIT_OPTION = click.option(
    "--limit",
    type=click.IntRange(min=0),
    default=20,
    show_default=True,
    metavar="N",
    help="Rows shown; 0 shows all.",
)


def write_rows(rows: pa.Table, form: str) -> None:
    """Write rows to standard output.

    Parameters
    ----------
    rows : pyarrow.Table
        The rows.
    form : str
        ``table``, ``csv``, ``json`` or ``parquet``.
    """
    from biome_pipeline.warehouse import query

    if form == "table":
        rows_table(rows.column_names, (tuple(row.values()) for row in rows.to_pylist()))
        return
    encode = {"csv": query.to_csv, "json": query.to_json_lines, "parquet": query.to_parquet}[form]
    sys.stdout.buffer.write(encode(rows))
    sys.stdout.buffer.flush()


def write_first_rows(rows: pa.Table, form: str, limit: int) -> None:
    """Write the first rows to standard output, and say if there are more.

    Parameters
    ----------
    rows : pyarrow.Table
        All rows.
    form : str
        As in `write_rows`.
    limit : int
        How many to write; 0 for all.
    """
    shown = rows.slice(0, limit) if limit else rows
    write_rows(shown, form)
    if len(rows) > len(shown):
        click.echo(
            f"({len(rows):,} rows, the first {len(shown):,} shown; --limit 0 shows all)", err=True
        )
    elif not len(rows):
        click.echo("(no rows)", err=True)
