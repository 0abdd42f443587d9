"""The tables that the scorecard reads, of a synthetic Hub, and the scorecard of them.

What does not belong here: the definitions (``test_scorecard_counts``).
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from biome_pipeline.report.scorecard.readings import READ
from biome_pipeline.report.scorecard.score import scorecard
from biome_pipeline.warehouse.tables import TABLES
from biome_pipeline_tests.worlds.chain import drawn_chain_of, similar_chain_of
from biome_pipeline_tests.worlds.documented import documented_chain_of
from biome_pipeline_tests.worlds.drifted import drifted_chain_of

if TYPE_CHECKING:
    import pyarrow as pa

    from biome_pipeline.warehouse.engine import Engine

__all__ = ["Row", "empty_tables", "score", "tables_of"]

Row = dict[str, Any]


def empty_tables() -> dict[str, pa.Table]:
    """Give all tables that are read, without rows."""
    return {name: TABLES[name].arrow_schema().empty_table() for name in READ}


@cache
def tables_of(name: str) -> dict[str, pa.Table]:
    """Give all tables that are read; those that no chain makes have no rows."""
    found = {
        **similar_chain_of(name).tables,
        **drawn_chain_of(name).tables,
        **drifted_chain_of(name).tables,
        **documented_chain_of(name).tables,
    }
    return {table: found.get(table, empty) for table, empty in empty_tables().items()}


def score(engine: Engine, tables: dict[str, pa.Table]) -> dict[str, Row]:
    """Make the scorecard, by key."""
    given = {name: engine.memory_table(table) for name, table in tables.items()}
    return {row["key"]: row for row in scorecard(engine, given).to_pylist()}
