"""Hubs with cards, and the tables of documentation and drift that the package makes of them.

What does not belong here: the tables before them (``chain``).
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from biome_pipeline.documentation.coverage import coverage
from biome_pipeline.documentation.sections import sections
from biome_pipeline.documentation.templates import templates
from biome_pipeline.drift.numeric_tables import numeric
from biome_pipeline.drift.quarter_tables import by_quarter
from biome_pipeline.snapshot.cards import cards
from biome_pipeline.warehouse.engine import conform, open_engine
from biome_pipeline.warehouse.tables import TABLES
from biome_pipeline_tests.worlds.chain import (
    KEY,
    WITH_CARDS,
    Chain,
    chain_of,
    demo_truth,
    drawn_cards,
    settings,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["DOCUMENTED", "documented_chain_of"]

DOCUMENTED = ("demo", *sorted(WITH_CARDS), "seeds 1 to 1")
"""Hubs that are looked at: the last has no cards."""


def _raw_cards(name: str, ids: Sequence[str]) -> pa.Table:
    if name != "demo":
        return drawn_cards(ids if name in WITH_CARDS else [])
    rows = []
    known = set(ids)
    for card in demo_truth().contents.cards.to_pylist():
        if card["model_id"] not in known:
            continue
        outcome, body = card["outcome"], card["body"]
        if outcome == "ok":
            try:
                text = body.decode()
            except UnicodeDecodeError:
                outcome, text = "not_utf8", None
            if text is not None and len(text) > settings().max_card_bytes:
                outcome, text = "too_large", None
        rows.append(
            {
                "model_id": card["model_id"],
                "outcome": outcome,
                "attempts": 1,
                "origin": "demo",
                "text": text if outcome == "ok" else None,
            }
        )
    spec = TABLES["hub.raw_cards"]
    return pa.Table.from_pylist(rows, schema=pa.schema(list(spec.arrow_schema())[1:]))


@cache
def documented_chain_of(name: str) -> Chain:
    """Compute cards, documentation and numeric drift of a Hub, once per process."""
    chain, chosen = chain_of(name), settings()
    made: dict[str, Any] = {}
    with open_engine(chosen) as engine:
        given = {name: engine.memory_table(table) for name, table in chain.tables.items()}

        def keep(name: str, rows: pa.Table) -> Any:
            made[name] = engine.materialize(conform(engine.memory_table(rows), TABLES[name], KEY))
            return made[name]

        models = given["hub.models"]
        ids = engine.to_arrow(models.select("model_id"))["model_id"].to_pylist()
        raw_cards = keep("hub.raw_cards", _raw_cards(name, ids))
        read = keep("hub.cards", cards(engine, raw_cards))
        related = {
            "models": models,
            "edges": given["genealogy.edges"],
            "members": given["genealogy.members"],
            "settings": chosen,
        }
        keep("documentation.coverage", coverage(engine, cards=read, **related))
        keep("documentation.sections", sections(engine, cards=read, **related))
        keep(
            "documentation.templates",
            templates(engine, cards=read, raw_cards=raw_cards, models=models, settings=chosen),
        )
        keep("drift.numeric", numeric(engine, cards=read, **related))
        keep("drift.by_quarter", by_quarter(engine, **related))
        more = {name: engine.to_arrow(table) for name, table in made.items()}
    return replace(chain, tables={**chain.tables, **more})
