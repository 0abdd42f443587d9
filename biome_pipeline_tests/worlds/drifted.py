"""The tables of trait drift that the package makes of a Hub.

What does not belong here: the tables before them (``chain``), and worlds of kernels
(``drift``).
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from biome_pipeline.drift import order_tables, rate_tables
from biome_pipeline_tests.worlds.chain import Chain, chain_of, settings, with_tables

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["DRIFTED", "drifted_chain_of", "drifted_settings"]

DRIFTED = ("demo", "seeds 1 to 1", "seeds 6 to 47")
"""Hubs that are looked at."""


def drifted_settings() -> Any:
    """Give the settings of these tables: few replicates."""
    return settings().model_copy(update={"solved_replicates": 20})


@cache
def drifted_chain_of(name: str) -> Chain:
    """Compute the tables of trait drift of a Hub, once per process."""

    def make(given: dict[str, Any], keep: Callable[..., Any]) -> None:
        engine, chosen = given["engine"], drifted_settings()
        relatives = {
            name.partition(".")[2]: given[name]
            for name in ("hub.models", "genealogy.edges", "genealogy.members")
        }
        keep("drift.mutation_rates", rate_tables.rates(engine, **relatives, settings=chosen))
        keep("drift.transitions", rate_tables.transitions(engine, **relatives))
        solved = keep(
            "drift.ordering_summary", order_tables.summary(engine, **relatives, settings=chosen)
        )
        keep("drift.orderings", order_tables.orderings(solved))
        keep("drift.precedence", order_tables.precedence(solved))
        keep(
            "drift.direction_tests",
            order_tables.tests(engine, **relatives, solved=solved, settings=chosen),
        )

    return with_tables(chain_of(name), make)
