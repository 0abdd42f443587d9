"""Tables of fitness of whole Hubs, made once per process."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import pandas as pd

from biome_pipeline.fitness import diagnostics, group_tables, mutation_tables, regression_tables
from biome_pipeline_tests.worlds.chain import Chain, settings, with_tables
from biome_pipeline_tests.worlds.configured import configured_chain_of

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["fitted_chain_of", "frame"]


@cache
def fitted_chain_of(name: str) -> Chain:
    """Compute every table of fitness of a Hub."""

    def make(given: dict[str, Any], keep: Callable[..., Any]) -> None:
        engine, chosen = given["engine"], settings()
        own = {"models": given["fitness.models"], "settings": chosen}
        made = {}
        for table in (
            "coverage",
            "by_size",
            "by_family",
            "by_context",
            "sweet_spots",
            "feature_impact",
        ):
            made[table] = keep(f"fitness.{table}", getattr(group_tables, table)(engine, **own))
        summed = {
            key: made[key] for key in ("by_size", "by_family", "sweet_spots", "feature_impact")
        }
        keep("fitness.summary", group_tables.summary(engine, models=own["models"], **summed))
        keep("fitness.regressions", regression_tables.regressions(engine, **own))
        keep("fitness.curves", regression_tables.curves(engine, **own))
        keep("fitness.diagnostics", diagnostics.diagnostics(engine, **own))
        related = {
            "configs": given["hub.configs"],
            "models": given["hub.models"],
            "edges": given["genealogy.edges"],
            "members": given["genealogy.members"],
            "settings": chosen,
        }
        for table in ("config_mutations", "config_mutation_kinds", "relation_contradictions"):
            keep(f"fitness.{table}", getattr(mutation_tables, table)(engine, **related))

    return with_tables(configured_chain_of(name), make)


def frame(chain: Chain, name: str) -> pd.DataFrame:
    """Give a table as a frame of pandas."""
    return chain.tables[name].to_pandas()
