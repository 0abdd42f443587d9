"""The forest: judged on roots it has not seen, and silent where it must be."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from biome_pipeline.fitness import forest
from biome_pipeline.fitness.arrays import NUMBERS, OUTCOMES, TRAITS, UNKNOWN, FitnessModels
from biome_pipeline.fitness.forest import FOREST_OUTCOMES, WHOLE, forest_rows
from biome_pipeline_tests.worlds.chain import Chain
from biome_pipeline_tests.worlds.configured import CONFIGURED
from biome_pipeline_tests.worlds.fitted import configured_models
from biome_pipeline_tests.worlds.fitted_tables import fitted_chain_of

EFFORT = {"n_replicates": 99, "seed": 5, "n_threads": 1}


def humped(seed: int, strength: float) -> FitnessModels:
    """Give downloads a hump over the parameters, which a line cannot see, and nothing else."""
    models = configured_models(seed, 3_000)
    rng = np.random.default_rng(seed)
    size = np.log2(models.traits["parameters"])
    place = np.nan_to_num(size - np.nanmedian(size))
    rate = np.exp(strength * np.exp(-(place**2)))
    counts = rng.poisson(rate * rng.gamma(2, 0.5, models.n)).astype(float)
    outcomes = dict.fromkeys(OUTCOMES, counts)
    return replace(models, outcomes=outcomes)


def rows_of(models: FitnessModels, outcome: str = "downloads", **effort: int) -> dict[str, dict]:
    rows = forest_rows(models, **(EFFORT | effort))
    assert {row["model"] for row in rows} == {f"forest_{name}" for name in FOREST_OUTCOMES}
    return {row["term"]: row for row in rows if row["model"] == f"forest_{outcome}"}


def test_a_planted_hump_is_found() -> None:
    rows = rows_of(humped(1, 3.0))
    assert rows[WHOLE]["importance"] > 0.2
    assert rows[WHOLE]["importance_ci_low"] > 0
    shares = {name: row["importance"] for name, row in rows.items() if name != WHOLE}
    # The demo has few architectures, so that other numbers tell the size, too.
    best = max(shares, key=shares.__getitem__)
    assert best in NUMBERS
    assert shares["uses_quantization"] < 0.2 * shares[best]


def test_where_nothing_is_nothing_is_explained() -> None:
    explained = [rows_of(humped(seed, 0.0))[WHOLE]["importance"] for seed in range(3)]
    assert max(explained) < 0.03


def test_the_numbers_do_not_depend_on_threads() -> None:
    models = humped(2, 2.0)
    assert rows_of(models, n_threads=1) == rows_of(models, n_threads=2)


def test_models_left_out_share_no_root_with_the_others(monkeypatch) -> None:
    models = humped(3, 2.0)
    seen = []
    grown = forest._grown

    def watched(table, goal, is_heldout, generator, n_threads):
        seen.append(is_heldout)
        return grown(table, goal, is_heldout, generator, n_threads)

    monkeypatch.setattr(forest, "_grown", watched)
    rows = rows_of(models)
    sample = forest.robust_sample(models, "downloads")
    root = models.root[sample.rows]
    assert not set(root[seen[0]]) & set(root[~seen[0]])
    assert rows[WHOLE]["n"] == np.count_nonzero(~seen[0])
    assert rows[WHOLE]["n_heldout"] == np.count_nonzero(seen[0])
    assert 0.1 < seen[0].mean() <= 0.3


def test_a_large_hub_is_sampled_and_says_so(monkeypatch) -> None:
    monkeypatch.setattr(forest, "MOST_MODELS", 500)
    rows = rows_of(humped(4, 2.0))
    assert rows[WHOLE]["n"] + rows[WHOLE]["n_heldout"] == 500


@pytest.mark.parametrize("case", ["no config", "constant", "one root", "few"])
def test_where_no_forest_can_grow_the_reason_is_told(case: str) -> None:
    models = humped(5, 1.0)
    if case == "no config":
        unknown = {name: np.full(models.n, np.nan) for name in TRAITS}
        models = replace(models, traits=unknown, family=np.full(models.n, UNKNOWN))
    elif case == "constant":
        models = replace(models, outcomes=dict.fromkeys(OUTCOMES, np.ones(models.n)))
    elif case == "one root":
        models = replace(models, root=np.zeros(models.n, np.int64))
    else:
        models = replace(
            models, age_days=np.where(np.arange(models.n) < 300, models.age_days, np.nan)
        )
    rows = rows_of(models)
    assert set(rows) >= {WHOLE, *TRAITS}
    for row in rows.values():
        assert row["reason"]
        assert row.get("importance") is None


@pytest.mark.parametrize("name", CONFIGURED)
def test_the_table_has_each_term_once_and_numbers_or_a_reason(name: str) -> None:
    chain: Chain = fitted_chain_of(name)
    rows = chain.rows("fitness.diagnostics")
    assert len({(row["model"], row["term"]) for row in rows}) == len(rows)
    for row in rows:
        value = row["importance" if row["model"].startswith("forest") else "variance_inflation"]
        assert (value is None) == bool(row["reason"])
