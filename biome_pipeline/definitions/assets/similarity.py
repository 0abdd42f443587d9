"""How alike relatives are, as assets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from biome_pipeline.definitions.assets.pictures import similarity_pictures
from biome_pipeline.definitions.io import table_asset
from biome_pipeline.similarity import children, tables
from biome_pipeline.similarity import summary as summed
from biome_pipeline.similarity import vocabularies as counted
from biome_pipeline.similarity.kinds import Sources
from biome_pipeline.warehouse.tables.cards import CARDS, RAW_CARDS
from biome_pipeline.warehouse.tables.genealogy import EDGES, MEMBERS
from biome_pipeline.warehouse.tables.hub import MODELS, RAW_MODELS
from biome_pipeline.warehouse.tables.similarity import (
    MATCHED,
    PAIRS,
    SUMMARY,
    TOPOLOGIES,
    VOCABULARY,
)

if TYPE_CHECKING:
    import pyarrow as pa

    from biome_pipeline.definitions.resources import Step

__all__ = ["matched", "pairs", "summary", "topologies", "vocabulary"]

_TEXTS = (RAW_MODELS, MODELS, RAW_CARDS, CARDS)


def _sources(step: Step) -> Sources:
    return Sources(*(step.read(spec) for spec in _TEXTS))


@table_asset(TOPOLOGIES, reads=[EDGES, MODELS])
def topologies(step: Step) -> pa.Table:
    """Counted exactly, in three graphs."""
    return tables.topologies(step.engine, step.read(EDGES), step.read(MODELS))


@table_asset(PAIRS, reads=[EDGES, MODELS])
def pairs(step: Step) -> pa.Table:
    """Drawn with equal chance for every occurrence; the same for every measure."""
    return tables.pairs(step.engine, step.read(EDGES), step.read(MODELS), step.settings)


@table_asset(VOCABULARY, reads=_TEXTS)
def vocabulary(step: Step) -> pa.Table:
    """The 512 most frequent words and pairs of words, of each kind of text."""
    return counted.vocabularies(step.engine, _sources(step), step.settings)


@table_asset(MATCHED, reads=[*_TEXTS, EDGES, MEMBERS, VOCABULARY])
def matched(step: Step) -> pa.Table:
    """The same children beside their parents and beside all their siblings."""
    return children.matched(
        step.engine,
        _sources(step),
        edges=step.read(EDGES),
        members=step.read(MEMBERS),
        vocabularies=counted.read_vocabularies(step.engine, step.read(VOCABULARY)),
        settings=step.settings,
    )


@table_asset(
    SUMMARY,
    reads=[*_TEXTS, MEMBERS, PAIRS, VOCABULARY, MATCHED],
    describe=similarity_pictures,
)
def summary(step: Step) -> pa.Table:
    """Mean similarity of every position by six measures, beside the published means."""
    return summed.summary(
        step.engine,
        _sources(step),
        members=step.read(MEMBERS),
        pairs=step.read(PAIRS),
        vocabularies=counted.read_vocabularies(step.engine, step.read(VOCABULARY)),
        matched=step.read(MATCHED),
        settings=step.settings,
    )
