"""``biome sql``: a read-only query of the published database."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from biome_pipeline.cli.terminal import DATA_OPTION, rows_table
from biome_pipeline.settings import load_settings

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["command"]

_MOST_ROWS_SHOWN = 1_000


@click.command(
    "sql",
    epilog="""\b
Examples:
  biome sql "SELECT * FROM hub.snapshots"
  biome sql "SELECT root_id, n_models FROM genealogy.families WHERE graph = 'all' LIMIT 5"
  biome sql --format csv "FROM genealogy.edges" > edges.csv
  biome sql --lake "SELECT metadata FROM hub.models LIMIT 1"
""",
)
@click.argument("query")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "csv", "json", "parquet"]),
    default="table",
    show_default=True,
    help="csv, json (one object a line) and parquet go to standard output.",
)
@click.option("--lake", is_flag=True, help="Ask the lake: all snapshots, all columns.")
@DATA_OPTION
def command(query: str, form: str, data: str | None, *, lake: bool) -> None:
    """Ask the published database; nothing can be changed by it."""
    from biome_pipeline.warehouse.query import run_query

    rows = run_query(load_settings(data=data), query, uses_lake=lake)
    if form == "table":
        shown = rows.slice(0, _MOST_ROWS_SHOWN)
        rows_table(rows.column_names, (tuple(row.values()) for row in shown.to_pylist()))
        if len(rows) > len(shown):
            click.echo(f"({len(rows):,} rows, the first {len(shown):,} shown)", err=True)
        return
    sys.stdout.buffer.write(_encoded(rows, form))
    sys.stdout.buffer.flush()


def _encoded(rows: pa.Table, form: str) -> bytes:
    from biome_pipeline.warehouse import query

    return {"csv": query.to_csv, "json": query.to_json_lines, "parquet": query.to_parquet}[form](
        rows
    )
