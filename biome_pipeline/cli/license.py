"""``biome license``: what a model owes to the licenses of its ancestors."""

from __future__ import annotations

import click

from biome_pipeline.cli.published import chosen_key
from biome_pipeline.cli.terminal import DATA_OPTION
from biome_pipeline.settings import load_settings

__all__ = ["command"]


@click.command(
    "license",
    epilog="""\b
Examples:
  biome license northmoor-ai/Whimbrel-7B
  biome license northmoor-ai/Whimbrel-7B --format json
""",
)
@click.argument("model")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How to write it.",
)
@click.option("--snapshot", default=None, metavar="DATE", help="[default: the latest one]")
@DATA_OPTION
def command(model: str, form: str, snapshot: str | None, data: str | None) -> None:
    """Show what MODEL (owner/name) owes to its ancestors' licenses, with the paths.

    Risk information from what models declare; no legal advice.
    """
    from biome_pipeline.policy.obligations import (
        model_obligations,
        obligations_json,
        obligations_text,
    )
    from biome_pipeline.warehouse.published import open_published, published_table
    from biome_pipeline.warehouse.tables.hub import MODELS
    from biome_pipeline.warehouse.tables.policy import INHERITED_TERMS, LICENSE_CONFLICTS

    with open_published(load_settings(data=data).data) as engine:
        key = chosen_key(engine, snapshot)
        found = model_obligations(
            engine,
            models=published_table(engine, MODELS, key),
            inherited=published_table(engine, INHERITED_TERMS, key),
            conflicts=published_table(engine, LICENSE_CONFLICTS, key),
            model_id=model,
            snapshot=key,
        )
    for line in obligations_text(found) if form == "text" else [obligations_json(found)]:
        click.echo(line)
