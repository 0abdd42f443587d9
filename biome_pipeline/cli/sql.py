"""``biome sql``: a read-only query of the published database."""

from __future__ import annotations

import click

from biome_pipeline.cli.rows import write_rows
from biome_pipeline.cli.terminal import DATA_OPTION
from biome_pipeline.settings import load_settings

__all__ = ["command"]

_MOST_ROWS_SHOWN = 1_000


@click.command(
    "sql",
    epilog="""\b
Examples:
  biome sql "SELECT * FROM hub.snapshots"
  biome sql "SELECT root_id, n_models FROM genealogy.families WHERE graph = 'all' LIMIT 5"
  biome sql --format csv "FROM genealogy.edges" > edges.csv
  biome sql --lake "SELECT card_data FROM hub.raw_models LIMIT 1"
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
    shown = rows.slice(0, _MOST_ROWS_SHOWN) if form == "table" else rows
    write_rows(shown, form)
    if len(rows) > len(shown):
        click.echo(f"({len(rows):,} rows, the first {len(shown):,} shown)", err=True)
