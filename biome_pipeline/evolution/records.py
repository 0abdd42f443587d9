"""Rows of the tables of ``evolution``, from searches as they stand.

What does not belong here: what sums several searches up (``ablation``).
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from biome_pipeline.evolution.genome import digest_of
from biome_pipeline.warehouse.tables import evolution as tables

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from biome_pipeline.evolution.population import Candidate
    from biome_pipeline.evolution.search import Search

    Row = dict[str, Any]

__all__ = ["search_rows"]


def search_rows(search: Search, facts: Row) -> dict[str, list[Row]]:
    """Write down what happened in a search.

    Parameters
    ----------
    search : Search
        At its end, or where it was paused.
    facts : dict of str to Any
        Columns of ``evolution.sweeps`` that it does not know of itself: arm, seed,
        evaluator, config_hash, prior_snapshot, code_version, status.

    Returns
    -------
    dict of str to list of dict of str to Any
        Rows by table, each with arm and seed; all tables but the ablation.
    """
    key = {"arm": facts["arm"], "seed": facts["seed"]}
    made = {
        tables.SWEEPS.name: [_sweep(search, facts)],
        tables.CANDIDATES.name: [_candidate(one) for one in search.population.candidates],
        tables.METRICS.name: list(_metrics(search)),
        tables.MUTATIONS.name: list(_mutations(search.population.candidates)),
        tables.LINEAGE.name: list(_lineage(search.population.candidates)),
        tables.REJECTIONS.name: list(_rejections(search)),
        tables.FRONTIER.name: _frontier(search),
        tables.OPERATOR_RATES.name: _operator_rates(search),
    }
    return {name: [{**key, **row} for row in rows] for name, rows in made.items()}


def _sweep(search: Search, facts: Row) -> Row:
    attempts = search.population.attempts
    outcomes = Counter(attempt.outcome for attempt in attempts)
    arm = search.arm
    return {
        **facts,
        "selection": arm.selection,
        "config": arm.model_dump_json(),
        "gates": arm.gates.model_dump_json(exclude_defaults=True),
        "budget": arm.budget,
        "population": arm.population,
        "n_attempts": len(attempts),
        "n_candidates": outcomes["born"],
        "n_rejected": outcomes["rejected"],
        "n_duplicates": outcomes["duplicate"],
        "n_no_ops": outcomes["no-op"],
    }


def _candidate(one: Candidate) -> Row:
    counts = ("layers", "moe_blocks", "selector_blocks", "memory_blocks", "recurrences")
    return {
        "candidate_id": one.candidate_id,
        "genome_hash": one.digest,
        "genome": one.genome.to_json(),
        "birth": one.attempt,
        "generation": one.generation,
        "origin": one.origin,
        "status": one.status,
        "rung": max((found.rung for found in one.measurements), default=None),
        **{name: int(one.analytic[name]) for name in counts},
        "graph_entropy": one.analytic["graph_entropy"],
        "novelty": one.novelty,
        "is_elite": one.is_elite,
    }


def _metrics(search: Search) -> Iterator[Row]:
    for one in search.population.candidates:
        whole = {"candidate_id": one.candidate_id, "rung": 0, "train_seed": 0}
        for name, value in one.analytic.items():
            yield {**whole, "metric": name, "value": value, "kind": "analytic"}
        for found in one.measurements:
            measured = {**whole, "rung": found.rung, "train_seed": found.train_seed}
            for name, value in found.metrics.items():
                yield {**measured, "metric": name, "value": value, "kind": "measured"}


def _mutations(candidates: Sequence[Candidate]) -> Iterator[Row]:
    for one in candidates:
        for place, step in enumerate(one.steps):
            yield {"candidate_id": one.candidate_id, "step": place, **step.model_dump()}


def _lineage(candidates: Sequence[Candidate]) -> Iterator[Row]:
    for one in candidates:
        for parent, role in zip(one.parents, ("parent", "mate"), strict=False):
            yield {"child_id": one.candidate_id, "parent_id": parent, "role": role}


def _rejections(search: Search) -> Iterator[Row]:
    for attempt in search.population.attempts:
        for broken in attempt.gates:
            yield {
                "attempt": attempt.attempt,
                "parent_id": attempt.parents[0],
                "genome_hash": digest_of(attempt.genome or ""),
                **broken.model_dump(),
            }


def _frontier(search: Search) -> list[Row]:
    places, fronts, crowding = search.fronts()
    return [
        {
            "candidate_id": place,
            "front": int(front),
            "crowding": float(room) if np.isfinite(room) else None,
        }
        for place, front, room in zip(places, fronts, crowding, strict=True)
    ]


def _operator_rates(search: Search) -> list[Row]:
    alive = set(search.population.alive)
    born = {one.attempt: one.candidate_id for one in search.population.candidates}
    counts: dict[str, Counter[str]] = {}
    for attempt in search.population.attempts:
        for name in attempt.no_ops:
            counts.setdefault(name, Counter()).update(["n_tried", "n_no_ops"])
        for step in attempt.steps:
            counts.setdefault(step.operator, Counter()).update(["n_tried", "n_applied"])
        for name in dict.fromkeys(step.operator for step in attempt.steps):
            if attempt.outcome == "rejected":
                counts[name]["n_rejected"] += 1
            elif attempt.outcome == "born":
                counts[name]["n_born"] += 1
                counts[name]["n_survived"] += born[attempt.attempt] in alive
    names = ("n_tried", "n_no_ops", "n_applied", "n_rejected", "n_born", "n_survived")
    return [
        {"operator": operator, **{name: found[name] for name in names}}
        for operator, found in sorted(counts.items())
    ]
