"""Models of demo Hubs whose outcomes follow from their traits by known rates.

Architectures, families, authors, dates and missing configs are the demo's own;
only what the models earn is drawn anew: negative-binomial counts around

    exposure x exp(effects of the terms + effect of the author + effect of the root)

The planted effects are those of the terms that the robust regressions have, a
missing trait with its indicator, so that an estimate has one true value.

What does not belong here: tables (``configured``).
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from biome_pipeline.fitness.arrays import (
    FLAGS,
    NUMBERS,
    OUTCOMES,
    TRAITS,
    UNKNOWN,
    FitnessModels,
    exposure_of,
)
from biome_pipeline.hub.demo import DEMO_SNAPSHOT, build_demo_hub
from biome_pipeline.vocabulary.model_families import family_of

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["EFFECTS", "NO_EFFECTS", "World", "configured_models", "planted_world"]

EFFECTS: dict[str, float] = {
    "parameters": 0.15,
    "context_length": 0.10,
    "uses_gqa": 0.40,
    "uses_quantization": -0.50,
    "has_tied_embeddings": -0.20,
    "missing(uses_gqa)": 0.20,
    "age": 0.10,
}
"""Planted effects: ln(rate) by doubling, or with the flag; all other terms have none."""

NO_EFFECTS: dict[str, float] = {}

_SHARE_ZERO = 0.645
_AUTHORS = 0.6  # standard deviation of the authors' effects on ln(rate)
_ROOTS = 0.6
_ALPHA = 3.0


@dataclass(frozen=True, eq=False)
class World:
    """Models, and what was planted.

    Attributes
    ----------
    models : FitnessModels
        The models.
    effects : mapping of str to float
        Effect of each term; of those that are not here it is 0.
    """

    models: FitnessModels
    effects: Mapping[str, float]


@cache
def configured_models(seed: int, n: int = 3_000) -> FitnessModels:
    """Give the models of a demo Hub, with outcomes of 0."""
    hub = build_demo_hub(n, seed=seed)
    rows = {
        row["id"]: row
        for row in hub.table.select(["id", "author", "createdAt", "config"]).to_pylist()
        if row["id"] and row["createdAt"] is not None
    }
    ids = sorted(rows)
    facts = {row["model_id"]: row for row in hub.truth.configs.to_pylist()}
    kin = {row["id"]: row for row in hub.truth.models.to_pylist()}
    parents = set(hub.truth.edges["parent_id"].to_pylist())
    end = np.datetime64(DEMO_SNAPSHOT) + np.timedelta64(1, "D")
    created = np.array([np.datetime64(rows[name]["createdAt"], "s") for name in ids])
    age = np.maximum((end - created) / np.timedelta64(1, "D"), 1.0)
    # A handful of anomalies have no date that could be.
    age = np.where(age > 5_000, np.nan, age)

    def trait(name: str) -> np.ndarray:
        values = [facts.get(model, {}).get(name) for model in ids]
        return np.array([np.nan if value is None else float(value) for value in values])

    def coded(names: list[str | None]) -> tuple[np.ndarray, tuple[str, ...]]:
        known = tuple(sorted({name for name in names if name is not None}))
        place = {name: k for k, name in enumerate(known)}
        return np.array([UNKNOWN if name is None else place[name] for name in names]), known

    def role(model: str) -> str:
        relation = kin[model]["relation"] if model in kin else None
        return relation or ("root" if model in parents else "unrelated")

    family, families = coded([_family(rows[name]["config"]) for name in ids])
    roles_of, roles = coded([role(name) for name in ids])
    authors, _ = coded([rows[name]["author"] or name for name in ids])
    roots, _ = coded([kin[name]["root_id"] if name in kin else name for name in ids])
    zeros = np.zeros(len(ids))
    return FitnessModels(
        traits={name: trait(name) for name in TRAITS},
        outcomes=dict.fromkeys(OUTCOMES, zeros),
        descendants_finetune=zeros,
        age_days=age,
        is_backfilled=np.zeros(len(ids), np.bool_),
        has_config=np.array([name in facts for name in ids]),
        family=family,
        families=families,
        role=roles_of,
        roles=roles,
        quarter=np.where(np.isnan(age), UNKNOWN, 220 - np.nan_to_num(age) // 91).astype(np.int64),
        author=authors,
        root=roots,
    )


def _family(config: str | None) -> str | None:
    try:
        read: Any = json.loads(config) if config else None
    except ValueError:
        return None
    if not isinstance(read, dict) or not isinstance(read.get("model_type"), str):
        return None
    return family_of(read["model_type"], None)


def planted_world(
    seed: int, effects: Mapping[str, float] = EFFECTS, *, outcome: str = "downloads", n: int = 3_000
) -> World:
    """Draw what the models of a demo Hub earn, by planted effects."""
    models = configured_models(seed, n)
    rng = np.random.default_rng([seed, 7])
    line = np.zeros(models.n)
    for name in NUMBERS:
        values = np.log2(models.traits[name])
        line += effects.get(name, 0.0) * np.nan_to_num(values - np.nanmean(values))
    for name in FLAGS:
        line += effects.get(name, 0.0) * np.nan_to_num(models.traits[name])
    for name in TRAITS:
        line += effects.get(f"missing({name})", 0.0) * np.isnan(models.traits[name])
    age = np.where(np.isnan(models.age_days), 1.0, models.age_days)
    line += effects.get("age", 0.0) * np.log2(age)
    for codes, spread in ((models.author, _AUTHORS), (models.root, _ROOTS)):
        line += rng.normal(scale=spread, size=int(codes.max()) + 1)[codes]
    rate = exposure_of(outcome, age) * np.exp(line)
    luck = rng.gamma(1 / _ALPHA, _ALPHA, size=models.n)
    counts = rng.poisson(luck * rate * _scale(luck * rate)).astype(np.float64)
    return World(replace(models, outcomes={**models.outcomes, outcome: counts}), effects)


def _scale(rate: np.ndarray) -> float:
    """Find the factor of all rates that leaves about the real share of zeros."""
    low, high = -30.0, 30.0
    for _ in range(60):
        middle = (low + high) / 2
        if np.exp(-rate * np.exp(middle)).mean() > _SHARE_ZERO:
            low = middle
        else:
            high = middle
    return float(np.exp(low))
