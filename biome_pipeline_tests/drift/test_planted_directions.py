"""Planted drift is found, none is said of symmetric exchange, and margins deceive."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.stats import binom

from biome_pipeline.drift.findings import licenses_relax, tasks_run_along_stages
from biome_pipeline.drift.language_findings import (
    drift_to_language,
    english_beyond_chinese,
    languages_narrow,
)
from biome_pipeline.drift.traits import TraitValues
from biome_pipeline_tests.worlds.trait_families import drawn_world, lineage_of, trait_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from biome_pipeline.inference.findings import Finding
    from biome_pipeline_tests.worlds.trait_families import World

N_WORLDS = 200
SIZE = {"n_families": 150, "n_children": 20}
BAND = int(binom.ppf(0.99, N_WORLDS, 0.05))
"""Most worlds of a null that may be called directed at 5 %."""

LICENSES = ("llama3", "cc-by-nc-4.0", "apache-2.0", "gpl-3.0", "other")
LANGUAGES = ("en", "zh", "fr", "de")
TASKS = ("fill-mask", "text-to-image", "text-classification", "robotics", "text-generation")


def staying(moves: list[list[float]]) -> np.ndarray:
    """Fill a matrix of chances up: who does not move, stays."""
    chances = np.array(moves)
    np.fill_diagonal(chances, 0)
    return chances + np.diag(1 - chances.sum(axis=1))


def even(n: int) -> np.ndarray:
    return np.full(n, 1 / n)


# The demo's strength: 0.30 across, 0.05 back; 0.20 to English, 0.03 from it.
RELAXED = staying(
    [[0, 0.03, 0.15, 0.15, 0.02]] * 2
    + [[0.025, 0.025, 0, 0.03, 0.02]] * 2
    + [[0, 0, 0.05, 0.05, 0]]
)
ENGLISH = staying([[0, 0.01, 0.01, 0.01]] + [[0.2, 0.01, 0.01, 0.01]] * 3)
# 0.12 of children mutate, 0.85 of these downstream.
ALONG = staying([[0.034 if t > s else 0.006 for t in range(5)] for s in range(5)])


def symmetric(n: int) -> np.ndarray:
    """Give a matrix where as many go from i to j as from j to i, unlike between pairs."""
    rates = 0.05 + 0.04 * np.sin(np.add.outer(np.arange(n), np.arange(n)))
    return staying(rates.tolist())


def nested_languages(world: World) -> TraitValues:
    """Give a model of number k the first k + 1 languages."""
    dense = np.tril(np.ones((len(LANGUAGES), len(LANGUAGES)), np.int8))[world.value]
    return TraitValues("language", LANGUAGES, dense.sum(axis=0, dtype=np.int64), csr_array(dense))


CLAIMS: dict[str, Callable[[World], Finding]] = {
    "licenses": lambda world: licenses_relax(
        trait_of("license", LICENSES, world.value), lineage_of(world, n_replicates=199)
    ),
    "tasks": lambda world: tasks_run_along_stages(
        trait_of("task", TASKS, world.value), lineage_of(world, n_replicates=199)
    ),
    "english": lambda world: drift_to_language(
        trait_of("language", LANGUAGES, world.value),
        lineage_of(world, n_replicates=199),
        "en",
        "English",
    ),
    "beyond": lambda world: english_beyond_chinese(
        trait_of("language", LANGUAGES, world.value), lineage_of(world, n_replicates=199)
    ),
    "narrow": lambda world: languages_narrow(
        nested_languages(world), lineage_of(world, n_replicates=199)
    ),
}


def verdicts(
    claim: str, chances: np.ndarray, roots: np.ndarray | None = None, n_families: int = 150
) -> list[str]:
    roots = even(len(chances)) if roots is None else roots
    size = {**SIZE, "n_families": n_families}
    return [
        CLAIMS[claim](drawn_world(chances, roots, **size, seed=seed)).verdict
        for seed in range(N_WORLDS)
    ]


@pytest.mark.parametrize("n_families", [20, 150])
@pytest.mark.parametrize(
    ("claim", "n_values"),
    [("licenses", 5), ("tasks", 5), ("english", 4), ("beyond", 4), ("narrow", 4)],
)
def test_symmetric_exchange_is_called_directed_no_more_than_by_chance(
    claim, n_values, n_families
) -> None:
    said = verdicts(claim, symmetric(n_values), n_families=n_families)
    assert N_WORLDS - said.count("not decided") <= BAND


@pytest.mark.parametrize(
    ("claim", "chances"),
    [
        ("licenses", RELAXED),
        ("tasks", ALONG),
        ("english", ENGLISH),
        ("beyond", ENGLISH),
        # Sets lose a language more often than they gain one.
        (
            "narrow",
            staying([[0.35 / 3 if t < s else 0.04 / 3 for t in range(4)] for s in range(4)]),
        ),
    ],
)
def test_planted_drift_is_found(claim, chances) -> None:
    assert verdicts(claim, chances).count("holds") >= 0.95 * N_WORLDS


def test_planted_drift_the_other_way_is_denied() -> None:
    turned = staying(np.transpose(ALONG).tolist())
    assert verdicts("tasks", turned).count("does not hold") >= 0.95 * N_WORLDS


def test_chinese_does_not_gain_where_english_does() -> None:
    said = []
    for seed in range(N_WORLDS):
        world = drawn_world(ENGLISH, even(4), **SIZE, seed=seed)
        own = trait_of("language", LANGUAGES, world.value)
        lineage = lineage_of(world, n_replicates=199)
        said.append(drift_to_language(own, lineage, "zh", "Chinese").verdict)
    assert said.count("holds") == 0


def test_unequal_margins_give_a_net_flow_too() -> None:
    """As the caveat says: children that draw their license whatever their parent had.

    Roots are mostly bound and children mostly free, and nobody relaxes anything.
    """
    free = np.tile([0.05, 0.05, 0.5, 0.3, 0.1], (5, 1))
    said = verdicts("licenses", free, np.array([0.4, 0.4, 0.1, 0.05, 0.05]))
    assert said.count("holds") >= 0.95 * N_WORLDS
    world = drawn_world(free, even(5), **SIZE, seed=0)
    assert "not why" in CLAIMS["licenses"](world).caveat


def test_silent_models_change_no_direction_if_they_are_silent_by_chance() -> None:
    draw = np.random.Generator(np.random.PCG64(1))
    n_held = 0
    for seed in range(N_WORLDS):
        world = drawn_world(RELAXED, even(5), **SIZE, seed=seed)
        number = np.where(draw.random(world.value.size) < 0.7, world.value, -1)
        found = licenses_relax(
            trait_of("license", LICENSES, number), lineage_of(world, n_replicates=199)
        )
        n_held += found.verdict == "holds"
    assert n_held >= 0.95 * N_WORLDS
