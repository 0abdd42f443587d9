"""Who descends from whom, as assets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from biome_pipeline.definitions.assets.pictures import (
    creation_picture,
    family_pictures,
    growth_picture,
)
from biome_pipeline.definitions.io import table_asset
from biome_pipeline.genealogy import edges as declared
from biome_pipeline.genealogy import fertility as bred
from biome_pipeline.genealogy import statistics as described
from biome_pipeline.genealogy import tables
from biome_pipeline.warehouse.tables.genealogy import (
    CREATIONS,
    EDGES,
    FAMILIES,
    FERTILITY,
    GROWTH,
    MEMBERS,
)
from biome_pipeline.warehouse.tables.hub import (
    MODEL_TRAITS,
    MODELS,
    QUALITY,
    RAW_MODELS,
    STATISTICS,
)
from biome_pipeline.warehouse.tables.papers import PAPERS

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    from biome_pipeline.definitions.resources import Step

__all__ = ["creations", "edges", "families", "fertility", "growth", "members", "statistics"]


@table_asset(EDGES, reads=[RAW_MODELS, MODELS])
def edges(step: Step) -> pa.Table:
    """Declared in tags, in the Hub's own structure and in cards; excluded ones kept."""
    return declared.edges(step.engine, step.read(RAW_MODELS), step.read(MODELS))


@table_asset(MEMBERS, reads=[EDGES, MODELS])
def members(step: Step) -> pa.Table:
    """Family, root, generation, children and descendants, in three graphs."""
    return tables.members(step.engine, step.read(EDGES), step.read(MODELS))


@table_asset(FAMILIES, reads=[EDGES, MEMBERS, MODELS], describe=family_pictures)
def families(step: Step) -> pa.Table:
    """Size, depth, width, Wiener index and structural virality."""
    return tables.families(
        step.engine, step.read(EDGES), step.read(MEMBERS), step.read(MODELS), step.settings
    )


@table_asset(FERTILITY, reads=[EDGES, MEMBERS])
def fertility(step: Step) -> pa.Table:
    """The share with an interval from resampling families."""
    return bred.fertility(step.engine, step.read(EDGES), step.read(MEMBERS), step.settings)


@table_asset(GROWTH, reads=[MEMBERS, MODELS], describe=growth_picture)
def growth(step: Step) -> pa.Table:
    """The largest families of each graph, month by month."""
    return tables.growth(step.engine, step.read(MEMBERS), step.read(MODELS), step.settings)


@table_asset(CREATIONS, reads=[MODELS, MEMBERS], describe=creation_picture)
def creations(step: Step) -> ir.Table:
    """The histogram of creation dates."""
    return tables.creations(step.read(MODELS), step.read(MEMBERS))


@table_asset(STATISTICS, reads=[MODELS, MODEL_TRAITS, QUALITY, EDGES, PAPERS])
def statistics(step: Step) -> pa.Table:
    """Most frequent values, coverage, downloads, sizes, parents and relations."""
    return described.statistics(
        step.engine,
        step.read(MODELS),
        step.read(MODEL_TRAITS),
        step.read(QUALITY),
        edges=step.read(EDGES),
        papers=step.read(PAPERS),
        settings=step.settings,
        snapshot=step.key,
    )
