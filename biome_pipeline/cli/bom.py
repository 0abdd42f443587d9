"""``biome bom``: a model's lineage as a CycloneDX ML-BOM."""

from __future__ import annotations

import click

from biome_pipeline.cli.published import chosen_key
from biome_pipeline.cli.terminal import DATA_OPTION
from biome_pipeline.settings import load_settings
from biome_pipeline.vocabulary.relations import GRAPHS

__all__ = ["command"]


@click.command(
    "bom",
    epilog="""\b
Examples:
  biome bom openai-community/gpt2
  biome bom northmoor-ai/Whimbrel-7B --graph asexual > lineage.cdx.json
""",
)
@click.argument("model")
@click.option(
    "--graph",
    type=click.Choice(GRAPHS),
    default="all",
    show_default=True,
    help="Which relations count: fine-tunes only, all but merges, or all.",
)
@click.option("--snapshot", default=None, metavar="DATE", help="[default: the latest one]")
@DATA_OPTION
def command(model: str, graph: str, snapshot: str | None, data: str | None) -> None:
    """Write the lineage of MODEL (owner/name) as a CycloneDX 1.6 ML-BOM.

    Its ancestors with their licenses, tasks and datasets, and which of the parents
    that are named are not in the snapshot.
    """
    from biome_pipeline.genealogy.bom import to_cyclonedx
    from biome_pipeline.genealogy.pedigree import pedigree_of
    from biome_pipeline.warehouse.published import open_published, published_table
    from biome_pipeline.warehouse.tables.genealogy import EDGES
    from biome_pipeline.warehouse.tables.hub import MODELS

    with open_published(load_settings(data=data).data) as engine:
        key = chosen_key(engine, snapshot)
        pedigree = pedigree_of(
            engine,
            published_table(engine, MODELS, key),
            published_table(engine, EDGES, key),
            model_id=model,
            graph=graph,
            snapshot=key,
        )
    click.echo(to_cyclonedx(pedigree))
