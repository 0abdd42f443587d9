"""``biome dictionary``: every table and column, with type, unit and meaning."""

from __future__ import annotations

import click

from biome_pipeline.cli.terminal import rows_table, say
from biome_pipeline.errors import QueryError

__all__ = ["command"]


@click.command(
    "dictionary",
    epilog="\b\nExamples:\n  biome dictionary\n  biome dictionary genealogy.families",
)
@click.argument("table", required=False)
def command(table: str | None) -> None:
    """List all tables, or the columns of one TABLE (schema.table)."""
    from biome_pipeline.warehouse import dictionary
    from biome_pipeline.warehouse.tables import SWEEP_TABLES, TABLES

    if table is None:
        rows_table(("table", "key after the partition's", "one row is"), dictionary.table_rows())
        say("", "Columns of one: biome dictionary genealogy.families")
        return
    tables = {**TABLES, **SWEEP_TABLES}
    spec = tables.get(table)
    if spec is None:
        raise QueryError(
            "there is no such table",
            place=table,
            remedy=f"choose one of {', '.join(tables)}",
        )
    say(f"{spec.name}: {spec.meaning}", f"Key: {', '.join(spec.key)}", "")
    rows_table(dictionary.COLUMN_HEADINGS, dictionary.column_rows(spec))
    for requirement in spec.requirements:
        say(f"- {requirement}")
