"""Tables of policy of whole Hubs, made once per process."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from biome_pipeline.policy import (
    concentration_tables,
    conflict_rates,
    conflict_tables,
    transparency,
)
from biome_pipeline_tests.worlds.chain import Chain, settings, with_tables
from biome_pipeline_tests.worlds.documented import documented_chain_of

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["POLICED", "policed_chain_of"]

POLICED = ("demo", "seeds 1 to 1", "seeds 6 to 47")
"""Hubs that are looked at."""


@cache
def policed_chain_of(name: str) -> Chain:
    """Compute every table of policy of a Hub."""

    def make(given: dict[str, Any], keep: Callable[..., Any]) -> None:
        engine, chosen = given["engine"], settings()
        models, members = given["hub.models"], given["genealogy.members"]
        edges = given["genealogy.edges"]
        descent = {"raw_models": given["hub.raw_models"], "models": models, "edges": edges}
        keep("policy.license_terms", conflict_tables.terms_table(engine, models=models))
        keep("policy.license_conflicts", conflict_tables.license_conflicts(engine, **descent))
        inherited = keep(
            "policy.inherited_terms", conflict_tables.inherited_terms(engine, **descent)
        )
        related = {"models": models, "edges": edges, "members": members, "settings": chosen}
        keep(
            "policy.conflict_rates",
            conflict_rates.conflict_rates(engine, inherited=inherited, **related),
        )
        keep(
            "policy.concentration",
            concentration_tables.concentration(engine, models=models, members=members),
        )
        keep(
            "policy.transparency",
            transparency.transparency(engine, cards=given["hub.cards"], **related),
        )

    return with_tables(documented_chain_of(name), make)
