"""``biome models``: models by size, date and completeness."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from biome_pipeline.cli.published import chosen_key
from biome_pipeline.cli.rows import FORMAT_OPTION, LIMIT_OPTION, write_first_rows
from biome_pipeline.cli.terminal import DATA_OPTION
from biome_pipeline.settings import load_settings
from biome_pipeline.snapshot.quality import WHY_MISSING

if TYPE_CHECKING:
    import datetime as dt

__all__ = ["command"]


@click.command(
    "models",
    epilog="""\b
Examples:
  biome models --size 7 15
  biome models --size 0 1 --has license --has languages --limit 5
  biome models --created-after 2025-01-01 --limit 0 --format csv > models.csv
""",
)
@click.option(
    "--size",
    type=click.FloatRange(min=0),
    nargs=2,
    default=None,
    metavar="LOW HIGH",
    help="Parameters in billions, both ends included.",
)
@click.option(
    "--created-after",
    type=click.DateTime(["%Y-%m-%d"]),
    default=None,
    metavar="DATE",
    help="Created on that day (UTC) or later; backfilled dates do not count.",
)
@click.option(
    "--has",
    type=click.Choice(list(WHY_MISSING)),
    multiple=True,
    metavar="FIELD",
    help="Column of hub.models that is not missing; may be repeated.",
)
@LIMIT_OPTION
@FORMAT_OPTION
@click.option("--snapshot", default=None, metavar="DATE", help="[default: the latest one]")
@DATA_OPTION
def command(
    size: tuple[float, float] | None,
    created_after: dt.datetime | None,
    has: tuple[str, ...],
    form: str,
    snapshot: str | None,
    data: str | None,
    *,
    limit: int,
) -> None:
    """List models that meet all conditions, most downloaded first."""
    from biome_pipeline.snapshot.selection import select_models
    from biome_pipeline.warehouse.published import open_published, published_table
    from biome_pipeline.warehouse.tables.hub import MODELS

    if size is not None and size[0] > size[1]:
        raise click.BadParameter("LOW is larger than HIGH", param_hint="--size")
    with open_published(load_settings(data=data).data) as engine:
        models = published_table(engine, MODELS, chosen_key(engine, snapshot))
        rows = engine.to_arrow(
            select_models(
                models,
                size=size,
                created_after=None if created_after is None else created_after.date(),
                has=has,
            )
        )
    write_first_rows(rows, form, limit)
