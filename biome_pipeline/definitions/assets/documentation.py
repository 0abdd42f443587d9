"""How models are documented, as assets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from biome_pipeline.definitions.io import table_asset
from biome_pipeline.documentation import coverage as covered
from biome_pipeline.documentation import sections as headed
from biome_pipeline.documentation import templates as copied
from biome_pipeline.warehouse.tables.cards import CARDS, RAW_CARDS
from biome_pipeline.warehouse.tables.documentation import COVERAGE, SECTION_SHARES, TEMPLATES
from biome_pipeline.warehouse.tables.genealogy import EDGES, MEMBERS
from biome_pipeline.warehouse.tables.hub import MODELS

if TYPE_CHECKING:
    import pyarrow as pa

    from biome_pipeline.definitions.resources import Step

__all__ = ["coverage", "sections", "templates"]

_CARDED_RELATIVES = (CARDS, MODELS, EDGES, MEMBERS)


def _carded_relatives(step: Step) -> dict[str, Any]:
    return {spec.table: step.read(spec) for spec in _CARDED_RELATIVES}


@table_asset(COVERAGE, reads=_CARDED_RELATIVES)
def coverage(step: Step) -> pa.Table:
    """Of all models, with and without relatives, and by relation; beside the published numbers."""
    return covered.coverage(step.engine, **_carded_relatives(step), settings=step.settings)


@table_asset(SECTION_SHARES, reads=_CARDED_RELATIVES)
def sections(step: Step) -> pa.Table:
    """Intended use, limits, training data, evaluation, license, citation, environment."""
    return headed.sections(step.engine, **_carded_relatives(step), settings=step.settings)


@table_asset(TEMPLATES, reads=[CARDS, RAW_CARDS, MODELS])
def templates(step: Step) -> pa.Table:
    """Equal bodies first, then bodies that say nearly the same."""
    return copied.templates(
        step.engine,
        cards=step.read(CARDS),
        raw_cards=step.read(RAW_CARDS),
        models=step.read(MODELS),
        settings=step.settings,
    )
