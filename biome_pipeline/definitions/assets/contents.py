"""Cards, configs and papers as assets: what is asked of the Hub, and what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from biome_pipeline.definitions.io import table_asset
from biome_pipeline.snapshot import cards as carded
from biome_pipeline.snapshot import configs as configured
from biome_pipeline.snapshot.choice import by_importance, nobody
from biome_pipeline.snapshot.outcomes import outcomes as accounted
from biome_pipeline.snapshot.traits import values_of
from biome_pipeline.warehouse.tables.cards import CARDS, RAW_CARDS
from biome_pipeline.warehouse.tables.configs import CONFIGS, RAW_CONFIGS
from biome_pipeline.warehouse.tables.hub import MODEL_TRAITS, MODELS, RAW_MODELS
from biome_pipeline.warehouse.tables.papers import OUTCOMES, PAPERS

if TYPE_CHECKING:
    from collections.abc import Callable

    import ibis.expr.types as ir
    import pyarrow as pa

    from biome_pipeline.definitions.resources import Step
    from biome_pipeline.hub.deliveries import Delivery

__all__ = ["cards", "configs", "outcomes", "papers", "raw_cards", "raw_configs"]


def _kind(step: Step) -> str:
    return step.lake.provenance(RAW_MODELS, step.key).facts["kind"]


def _delivered(step: Step, take: Callable[[Delivery], dict[str, str]]) -> ir.Table:
    # Opened here, so that loading the definitions does not load the Hub's client.
    from biome_pipeline.hub.deliveries import COVERED_SOURCES, Delivery

    kind = _kind(step)
    chosen = (
        by_importance(step.engine, step.read(MODELS), step.read(RAW_MODELS))
        if kind in COVERED_SOURCES
        else nobody()
    )
    step.facts.update(take(Delivery(step.settings, kind, chosen, step.scratch, step.tell)))
    return step.engine.scan(step.scratch)


@table_asset(RAW_CARDS, reads=[RAW_MODELS, MODELS], asks_hub=True)
def raw_cards(step: Step) -> ir.Table:
    """In bulk, then one by one what is missing or changed."""
    from biome_pipeline.hub.deliveries import take_cards

    return _delivered(step, take_cards)


@table_asset(CARDS, reads=[RAW_CARDS])
def cards(step: Step) -> pa.Table:
    """Length, sections, and whether a program wrote it."""
    return carded.cards(step.engine, step.read(RAW_CARDS))


@table_asset(RAW_CONFIGS, reads=[RAW_MODELS, MODELS], asks_hub=True)
def raw_configs(step: Step) -> ir.Table:
    """One by one, of the models that matter most."""
    from biome_pipeline.hub.deliveries import take_configs

    return _delivered(step, take_configs)


@table_asset(CONFIGS, reads=[RAW_CONFIGS, RAW_MODELS, MODELS])
def configs(step: Step) -> ir.Table:
    """From the whole file where it was taken, else from the listing."""
    return configured.configs(
        step.engine, step.read(RAW_CONFIGS), step.read(RAW_MODELS), step.read(MODELS)
    )


@table_asset(PAPERS, reads=[RAW_MODELS, MODEL_TRAITS], asks_hub=True)
def papers(step: Step) -> pa.Table:
    """Title, abstract and subjects, from arXiv."""
    from biome_pipeline.hub.deliveries import take_papers

    ids = values_of(step.engine, step.read(MODEL_TRAITS), "arxiv")
    rows, facts = take_papers(step.settings, _kind(step), ids, tell=step.tell)
    step.facts.update(facts)
    return rows


@table_asset(OUTCOMES, reads=[RAW_MODELS, MODELS, RAW_CARDS, CARDS, RAW_CONFIGS, CONFIGS])
def outcomes(step: Step) -> ir.Table | pa.Table:
    """Of each model and kind, exactly one."""
    from biome_pipeline.hub.deliveries import COVERED_SOURCES

    if _kind(step) not in COVERED_SOURCES:
        return OUTCOMES.arrow_schema().empty_table()
    read = (step.read(spec) for spec in (MODELS, RAW_CARDS, CARDS, RAW_CONFIGS, CONFIGS))
    return accounted(*read)
