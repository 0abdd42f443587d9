"""The page of the genealogy: relations, families, growth and fertility.

What does not belong here: how families are drawn (``report.figures.genealogy``).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from biome_pipeline.genealogy.selection import largest_trees
from biome_pipeline.report.figures.genealogy import (
    creation_histogram,
    family_sizes,
    growth_curves,
    largest_families,
)
from biome_pipeline.report.figures.statistics import Bars, bar_panels, fertility_intervals
from biome_pipeline.report.site.explorer import family_link
from biome_pipeline.report.site.page import Distance, Page, Picture, Section, Share, Table
from biome_pipeline.vocabulary.relations import GRAPHS

if TYPE_CHECKING:
    from biome_pipeline.report.site.contents import Contents

__all__ = ["GENEALOGY"]

_GRAPH = "all"
_TREES = 3
_MOST_DRAWN = 20_000  # models of a family; merges join more than a picture can show
_LARGEST = 10
_NO_FAMILY = "No model of this snapshot has a relative in it."


def _sections(contents: Contents) -> list[Section]:
    return [
        _relations(contents),
        _families(contents),
        _trees(contents),
        _growth(contents),
        _fertility(contents),
    ]


def _relations(contents: Contents) -> Section:
    rows = contents.top("relation")
    bars = Bars(
        "Relations",
        tuple(row.item for row in rows),
        tuple(row.value for row in rows),
        tuple(row.value / row.n if row.n else None for row in rows),
        rows[0].n if rows else 0,
        "No model names a parent, or it was not counted",
    )
    absent = contents.value("base_models", "n_absent_parents")
    return Section(
        "Relations",
        paragraphs=(
            "A model may name several parents, and be a child by several relations.",
            *(
                (f"{absent:,.0f} parents are named that are not in the snapshot.",)
                if absent is not None
                else ()
            ),
        ),
        pictures=(
            Picture(
                "relations",
                partial(
                    bar_panels,
                    [bars],
                    "Models by relation to a parent",
                    "Share of the models that name a parent",
                ),
            ),
        ),
    )


def _families(contents: Contents) -> Section:
    families = contents.table("genealogy.families")
    sizes = contents.rows(
        families.filter(families.graph == _GRAPH).order_by("family_id").select("n_models", "depth")
    )
    summary = contents.rows(
        families.group_by("graph").agg(
            n=families.count(),
            n_models=families.n_models.sum().cast("int64"),
            largest=families.n_models.max(),
            deepest=families.depth.max(),
            n_trees=families.is_tree.sum().cast("int64"),
        )
    ).to_pylist()
    by_graph = {row["graph"]: row for row in summary}
    largest = contents.rows(
        families.filter((families.graph == _GRAPH) & (families.family_id <= _LARGEST)).order_by(
            "family_id"
        )
    ).to_pylist()
    return Section(
        "Families",
        paragraphs=(
            "A family is a group of models that are joined by descent. There are three graphs: "
            "'finetune' has fine-tunes only, 'asexual' everything but merges, and 'all' every "
            "relation. The figure is of 'all'.",
        ),
        pictures=(Picture("family-sizes", partial(family_sizes, sizes)),),
        tables=(
            Table(
                "Families of each graph",
                ("Graph", "Families", "Models", "Largest", "Deepest", "Trees"),
                [
                    (
                        graph,
                        by_graph[graph]["n"],
                        by_graph[graph]["n_models"],
                        by_graph[graph]["largest"],
                        by_graph[graph]["deepest"],
                        by_graph[graph]["n_trees"],
                    )
                    for graph in GRAPHS
                    if graph in by_graph
                ],
                empty=_NO_FAMILY,
                is_stacked=True,
            ),
            Table(
                "Largest families, all relations",
                ("Root", "", "Models", "Generations", "Without children", "Structural virality"),
                [
                    (
                        row["root_id"],
                        family_link(row["family_id"]),
                        row["n_models"],
                        row["depth"],
                        row["n_leaves"],
                        None
                        if row["structural_virality"] is None
                        else Distance(row["structural_virality"]),
                    )
                    for row in largest
                ],
                empty=_NO_FAMILY,
                is_stacked=True,
            ),
        ),
    )


def _trees(contents: Contents) -> Section:
    trees = largest_trees(
        contents.engine,
        contents.table("genealogy.families"),
        contents.table("genealogy.members"),
        contents.table("genealogy.edges"),
        graph=_GRAPH,
        n=_TREES,
        max_models=_MOST_DRAWN,
        snapshot=contents.key,
    )
    families = contents.table("genealogy.families")
    too_large = families.filter((families.graph == _GRAPH) & (families.n_models > _MOST_DRAWN))
    n_left_out = contents.rows(too_large.aggregate(n=too_large.count()))["n"][0].as_py()
    return Section(
        "Largest families as trees",
        paragraphs=(
            (
                f"{n_left_out:,} {'family' if n_left_out == 1 else 'families'} of more than "
                f"{_MOST_DRAWN:,} models {'is' if n_left_out == 1 else 'are'} not drawn: no "
                "picture of that size can be read.",
            )
            if n_left_out
            else ()
        ),
        pictures=(
            Picture(
                "largest-families",
                partial(largest_families, trees, most=_MOST_DRAWN if n_left_out else None),
            ),
        ),
    )


def _growth(contents: Contents) -> Section:
    growth = contents.table("genealogy.growth")
    curves = contents.rows(
        growth.filter(growth.graph == _GRAPH)
        .select("family_id", "month", "n_models_cumulative")
        .order_by("family_id", "month")
    )
    families = contents.table("genealogy.families")
    drawn = families.filter(families.graph == _GRAPH).semi_join(
        growth.filter(growth.graph == _GRAPH), "family_id"
    )
    roots = contents.rows(drawn.select("family_id", "root_id"))
    labels = dict(zip(roots["family_id"].to_pylist(), roots["root_id"].to_pylist(), strict=True))
    creations = contents.rows(contents.table("genealogy.creations").order_by("month"))
    return Section(
        "Growth",
        pictures=(
            Picture("growth", partial(growth_curves, curves, labels)),
            Picture("creations", partial(creation_histogram, creations)),
        ),
    )


def _fertility(contents: Contents) -> Section:
    fertility = contents.table("genealogy.fertility")
    rows = contents.rows(
        fertility.filter(fertility.graph == _GRAPH).order_by(
            fertility.n_children.desc(), "relation"
        )
    )
    return Section(
        "Fertility",
        paragraphs=("How many children have children themselves, by the relation that made them.",),
        pictures=(Picture("fertility", partial(fertility_intervals, rows)),),
        tables=(
            Table(
                "Fertility by relation",
                ("Relation", "Children", "With children", "Share", "95 % from", "to", "Families"),
                [
                    (
                        row["relation"],
                        row["n_children"],
                        row["n_fertile"],
                        *(
                            None if row[name] is None else Share(row[name])
                            for name in ("share_fertile", "ci_low", "ci_high")
                        ),
                        row["n_families"],
                    )
                    for row in rows.to_pylist()
                ],
                empty=_NO_FAMILY,
                is_folded=True,
                is_stacked=True,
            ),
        ),
    )


GENEALOGY = Page(
    file="genealogy.html",
    title="Genealogy",
    lead="Who descends from whom: relations, families, their growth and their fertility.",
    sections=_sections,
)
