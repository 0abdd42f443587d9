"""``biome derivatives``: what was made from a model."""

from __future__ import annotations

import click

from biome_pipeline.cli.published import chosen_key
from biome_pipeline.cli.rows import FORMAT_OPTION, LIMIT_OPTION, write_first_rows
from biome_pipeline.cli.terminal import DATA_OPTION
from biome_pipeline.settings import load_settings

__all__ = ["command"]


@click.command(
    "derivatives",
    epilog="""\b
Examples:
  biome derivatives northmoor-ai/Whimbrel-7B
  biome derivatives northmoor-ai/Whimbrel-7B --all --limit 0 --format csv > descendants.csv
""",
)
@click.argument("model")
@click.option(
    "--all",
    "is_deep",
    is_flag=True,
    help="All descendants, with the fewest generations down to each.",
)
@LIMIT_OPTION
@FORMAT_OPTION
@click.option("--snapshot", default=None, metavar="DATE", help="[default: the latest one]")
@DATA_OPTION
def command(
    model: str, form: str, snapshot: str | None, data: str | None, *, is_deep: bool, limit: int
) -> None:
    """List what was made from MODEL (owner/name), most downloaded first.

    One row a model, with its relation to its parent and its downloads.
    """
    from biome_pipeline.genealogy.derivatives import derivatives
    from biome_pipeline.warehouse.published import open_published, published_table
    from biome_pipeline.warehouse.tables.genealogy import EDGES
    from biome_pipeline.warehouse.tables.hub import MODELS

    with open_published(load_settings(data=data).data) as engine:
        key = chosen_key(engine, snapshot)
        rows = derivatives(
            engine,
            published_table(engine, MODELS, key),
            published_table(engine, EDGES, key),
            model_id=model,
            snapshot=key,
            is_deep=is_deep,
        )
    write_first_rows(rows, form, limit)
