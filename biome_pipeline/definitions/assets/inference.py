"""What all subjects state, as an asset."""

from __future__ import annotations

from typing import TYPE_CHECKING

from biome_pipeline.definitions.io import table_asset
from biome_pipeline.inference.findings import findings_table
from biome_pipeline.similarity import findings as tested
from biome_pipeline.similarity import vocabularies as counted
from biome_pipeline.similarity.kinds import Sources
from biome_pipeline.warehouse.tables import fitness
from biome_pipeline.warehouse.tables.cards import CARDS, RAW_CARDS
from biome_pipeline.warehouse.tables.drift import ORDERING_SUMMARY
from biome_pipeline.warehouse.tables.genealogy import EDGES, MEMBERS
from biome_pipeline.warehouse.tables.hub import MODELS, RAW_MODELS
from biome_pipeline.warehouse.tables.inference import FINDINGS
from biome_pipeline.warehouse.tables.similarity import PAIRS, VOCABULARY

if TYPE_CHECKING:
    import pyarrow as pa

    from biome_pipeline.definitions.resources import Step

__all__ = ["findings"]

_TEXTS = (RAW_MODELS, MODELS, RAW_CARDS, CARDS)


@table_asset(
    FINDINGS,
    reads=[
        *_TEXTS,
        EDGES,
        MEMBERS,
        PAIRS,
        VOCABULARY,
        ORDERING_SUMMARY,
        fitness.MODELS,
        fitness.REGRESSIONS,
        fitness.FEATURE_IMPACT,
    ],
)
def findings(step: Step) -> pa.Table:
    """What was claimed or asked, each with estimate, interval, p-value and verdict."""
    # These import scipy, which takes longer than all definitions.
    from biome_pipeline.drift import stated
    from biome_pipeline.fitness import findings as asked

    members = step.read(MEMBERS)
    return findings_table(
        [
            *tested.findings(
                step.engine,
                Sources(*(step.read(spec) for spec in _TEXTS)),
                members=members,
                pairs=step.read(PAIRS),
                vocabularies=counted.read_vocabularies(step.engine, step.read(VOCABULARY)),
                settings=step.settings,
            ),
            *stated.findings(
                step.engine,
                models=step.read(MODELS),
                edges=step.read(EDGES),
                members=members,
                solved=step.read(ORDERING_SUMMARY),
                settings=step.settings,
            ),
            *asked.findings(
                step.engine,
                models=step.read(fitness.MODELS),
                regressions=step.read(fitness.REGRESSIONS),
                feature_impact=step.read(fitness.FEATURE_IMPACT),
                settings=step.settings,
            ),
        ]
    )
