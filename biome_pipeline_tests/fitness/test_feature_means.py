"""Means of those with and without a feature, and their intervals over roots."""

from __future__ import annotations

import numpy as np
import pytest

from biome_pipeline.fitness.arrays import OUTCOMES, TRAITS, FitnessModels
from biome_pipeline.fitness.impact import impact_rows

N_REPLICATES = 400


def models_of(seed: int, *, n: int = 400, n_roots: int = 50) -> FitnessModels:
    """Models of one family, size and quarter, whose roots differ in luck."""
    rng = np.random.Generator(np.random.PCG64(seed))
    root = rng.integers(n_roots, size=n)
    luck = rng.gamma(2.0, 2.0, n_roots)[root]
    traits = {name: np.full(n, np.nan) for name in TRAITS}
    traits |= {"hidden_size": np.ones(n), "num_layers": np.ones(n)}
    traits["uses_gqa"] = (rng.random(n) < 0.4).astype(np.float64)
    return FitnessModels(
        traits=traits,
        outcomes={name: rng.poisson(luck).astype(np.float64) for name in OUTCOMES},
        descendants_finetune=rng.poisson(luck).astype(np.float64),
        age_days=np.full(n, 100.0),
        is_backfilled=np.zeros(n, np.bool_),
        has_config=np.ones(n, np.bool_),
        family=np.zeros(n, np.int64),
        families=("llama",),
        role=np.zeros(n, np.int64),
        roles=("root",),
        quarter=np.zeros(n, np.int64),
        author=np.arange(n),
        root=root.astype(np.int64),
    )


def row_of(models: FitnessModels, rule: str, outcome: str = "likes", seed: int = 1) -> dict:
    (found,) = (
        row
        for row in impact_rows(models, n_replicates=N_REPLICATES, seed=seed)
        if (row["feature"], row["rule"], row["outcome"]) == ("uses_gqa", rule, outcome)
    )
    return found


def naive(values, has, root, rng) -> tuple[float, float]:
    """Draw roots with replacement, put their models together, and take the mean."""
    names = np.unique(root)
    means = []
    for _ in range(N_REPLICATES):
        chosen = np.concatenate(
            [np.flatnonzero((root == name) & has) for name in rng.choice(names, names.size)]
        )
        means.append(values[chosen].mean())
    low, high = np.percentile(means, [2.5, 97.5])
    return float(low), float(high)


@pytest.mark.parametrize("seed", range(4))
def test_means_and_intervals_are_those_of_models_drawn_by_root(seed: int) -> None:
    models = models_of(seed)
    rng = np.random.Generator(np.random.PCG64(99 + seed))
    has = models.traits["uses_gqa"] == 1
    row = row_of(models, "matched")
    for side, own in (("with", has), ("without", ~has)):
        values = models.outcomes["likes"]
        assert row[f"mean_{side}"] == pytest.approx(values[own].mean())
        expected = naive(values, own, models.root, rng)
        width = expected[1] - expected[0]
        ends = row[f"mean_{side}_ci_low"], row[f"mean_{side}_ci_high"]
        assert ends == pytest.approx(expected, abs=0.2 * width)


def test_the_published_rule_takes_its_own_models() -> None:
    models = models_of(5)
    row = row_of(models, "published", "descendants")
    own = models.is_published & (models.traits["uses_gqa"] == 1)
    assert row["mean_with"] == pytest.approx(models.descendants_finetune[own].mean())
    assert row["mean_with_ci_low"] < row["mean_with"] < row["mean_with_ci_high"]
    assert row == row_of(models, "published", "descendants")


def test_one_root_has_means_without_intervals() -> None:
    row = row_of(models_of(6, n_roots=1), "matched")
    assert row["mean_with"] is not None
    assert row.get("mean_with_ci_low") is None
