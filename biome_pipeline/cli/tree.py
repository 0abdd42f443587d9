"""``biome tree``: the family around a model, as text or as a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from biome_pipeline.cli.published import chosen_key
from biome_pipeline.cli.terminal import DATA_OPTION
from biome_pipeline.settings import load_settings
from biome_pipeline.vocabulary.relations import GRAPHS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import ibis.expr.types as ir

    from biome_pipeline.genealogy.lineage import FamilyTree
    from biome_pipeline.warehouse.engine import Engine

__all__ = ["command"]


@click.command(
    "tree",
    epilog="""\b
Examples:
  biome tree openai-community/gpt2
  biome tree openai-community/gpt2 --graph finetune --format svg > family.svg
  biome tree openai-community/gpt2 --format newick > family.nwk
  biome tree openai-community/gpt2 --format html > family.html
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
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "svg", "newick", "graphml", "json", "html"]),
    default="text",
    show_default=True,
    help="text shows the way to MODEL and what descends from it; the others hold the family.",
)
@click.option("--snapshot", default=None, metavar="DATE", help="[default: the latest one]")
@click.option(
    "--max-children",
    type=click.IntRange(min=1),
    default=10,
    show_default=True,
    help="Children shown of one model, as text.",
)
@DATA_OPTION
def command(
    model: str, graph: str, form: str, snapshot: str | None, max_children: int, data: str | None
) -> None:
    """Show the family around MODEL (owner/name)."""
    from biome_pipeline.genealogy.selection import tree_around
    from biome_pipeline.warehouse.published import open_published, published_table
    from biome_pipeline.warehouse.tables.genealogy import EDGES, MEMBERS
    from biome_pipeline.warehouse.tables.hub import MODELS

    settings = load_settings(data=data)
    with open_published(settings.data) as engine:
        key = chosen_key(engine, snapshot)
        tables = {
            spec.name: published_table(engine, spec, key) for spec in (MODELS, MEMBERS, EDGES)
        }
        if form == "html":
            click.echo(_page(engine, key, tables, model, graph), nl=False)
            return
        tree = tree_around(
            engine,
            tables[MODELS.name],
            tables[MEMBERS.name],
            tables[EDGES.name],
            model_id=model,
            graph=graph,
            snapshot=key,
        )
    for line in _lines(tree, form, model, max_children):
        click.echo(line)


def _page(engine: Engine, key: str, tables: Mapping[str, ir.Table], model: str, graph: str) -> str:
    from biome_pipeline.genealogy.selection import family_around
    from biome_pipeline.report.explorer.families import CONFLICTS
    from biome_pipeline.report.explorer.index import TERMS
    from biome_pipeline.report.site.contents import Contents
    from biome_pipeline.report.site.standalone import family_page
    from biome_pipeline.vocabulary.license_terms import obligation_sentences
    from biome_pipeline.warehouse.published import published_table
    from biome_pipeline.warehouse.tables import TABLES

    number = family_around(
        engine,
        tables["hub.models"],
        tables["genealogy.members"],
        model_id=model,
        graph=graph,
        snapshot=key,
    )
    more = {
        name: published_table(engine, TABLES[name], key)
        for name in (CONFLICTS, TERMS)
        if name in TABLES
    }
    contents = Contents(engine, key, {**tables, **more})
    return family_page(
        contents,
        graph=graph,
        family_id=number,
        focus=model,
        sentences=obligation_sentences(),
    )


def _lines(tree: FamilyTree, form: str, model: str, max_children: int) -> Iterable[str]:
    from biome_pipeline.genealogy import lineage, newick, outline

    if form == "text":
        return outline.to_text(tree, focus=model, max_children=max_children)
    if form == "newick":
        return [newick.to_newick(tree)]
    if form == "graphml":
        return [lineage.to_graphml(tree)]
    if form == "json":
        return [lineage.to_json(tree)]
    from biome_pipeline.report.figures.genealogy import largest_families
    from biome_pipeline.report.style import to_svg

    return [to_svg(largest_families([tree]))]
