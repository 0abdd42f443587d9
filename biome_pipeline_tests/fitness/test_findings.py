"""Statements of fitness: ratios of rates by their definition, and what cannot be had."""

from __future__ import annotations

import math

import numpy as np
import pyarrow as pa
import pytest

from biome_pipeline.errors import InferenceError
from biome_pipeline.fitness.findings import findings, ratio_of_rates
from biome_pipeline.inference.findings import findings_table
from biome_pipeline.settings import Settings
from biome_pipeline.warehouse.engine import open_engine
from biome_pipeline.warehouse.tables import TABLES
from biome_pipeline_tests.report import fitted_rows as rows

N_REPLICATES = 99


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    with open_engine(Settings(data=tmp_path_factory.mktemp("data"), threads=1)) as opened:
        yield opened


def drawn(seed: int, *, n_roots: int = 40, ratio: float = 1.0):
    """Counts of models of two kinds, alike within their root."""
    rng = np.random.Generator(np.random.PCG64(seed))
    root = np.repeat(np.arange(n_roots), rng.integers(1, 9, n_roots))
    is_first = rng.random(root.size) < 0.5
    exposure = rng.uniform(1.0, 900.0, root.size)
    luck = rng.gamma(2.0, 0.5, n_roots)[root]
    counts = rng.poisson(0.02 * exposure * luck * np.where(is_first, ratio, 1.0))
    return counts.astype(np.float64), exposure, is_first, root


@pytest.mark.parametrize("seed", range(30))
def test_the_ratio_is_that_of_sums_over_sums(seed: int) -> None:
    counts, exposure, is_first, root = drawn(seed)
    found = ratio_of_rates(counts, exposure, is_first, root, n_replicates=N_REPLICATES, seed=seed)
    first = sum(counts[is_first].tolist()) / sum(exposure[is_first].tolist())
    second = sum(counts[~is_first].tolist()) / sum(exposure[~is_first].tolist())
    assert found.value == pytest.approx(first / second)
    assert (found.n_first, found.n_second) == (is_first.sum(), (~is_first).sum())
    assert found.n_roots == len(set(root.tolist()))
    assert found.ci_low < found.value < found.ci_high
    # Which is first is only a name.
    other = ratio_of_rates(counts, exposure, ~is_first, root, n_replicates=N_REPLICATES, seed=seed)
    assert other.value == pytest.approx(1 / found.value)
    assert other.ci_low == pytest.approx(1 / found.ci_high)
    assert other.p_value == found.p_value


@pytest.mark.parametrize("ratio", [1.0, 2.0])
def test_intervals_hold_the_truth_and_p_values_its_level(ratio: float) -> None:
    n_worlds, held, rejected = 200, 0, 0
    for seed in range(n_worlds):
        found = ratio_of_rates(
            *drawn(seed, n_roots=80, ratio=ratio), n_replicates=N_REPLICATES, seed=seed
        )
        held += found.ci_low <= ratio <= found.ci_high
        rejected += found.p_value <= 0.05
    # Lower 99 % bound of a binomial share of 200 at 93 %, as 99 draws leave it.
    assert held / n_worlds > 0.93 - 2.33 * math.sqrt(0.93 * 0.07 / n_worlds)
    if ratio == 1.0:
        assert rejected / n_worlds < 0.07 + 2.33 * math.sqrt(0.07 * 0.93 / n_worlds)
    else:
        assert rejected / n_worlds > 0.8


@pytest.mark.parametrize(
    ("counts", "is_first", "expected"),
    [
        # Nobody of one kind.
        ([3.0, 4.0], [True, True], (None, None)),
        # The second earns nothing: no ratio; the first nothing: a ratio of 0.
        ([3.0, 0.0], [True, False], (None, None)),
        ([0.0, 4.0], [True, False], (0.0, None)),
        ([0.0, 0.0], [True, False], (None, None)),
    ],
)
def test_what_has_no_ratio_is_none(counts, is_first, expected) -> None:
    one = np.ones(2)
    found = ratio_of_rates(
        np.array(counts), one, np.array(is_first), np.zeros(2, int), n_replicates=9, seed=1
    )
    # One root has no interval and no p-value.
    assert (found.value, found.ci_low) == expected
    assert found.ci_high is None
    assert found.p_value is None


def test_no_upper_end_is_no_interval() -> None:
    """With few roots of the second kind some draws have none that earns."""
    counts = np.array([5.0, 5.0, 5.0, 0.0, 0.0, 1.0])
    is_first = np.array([True, True, True, False, False, False])
    found = ratio_of_rates(counts, np.ones(6), is_first, np.arange(6), n_replicates=999, seed=2)
    assert found.value == pytest.approx(15.0)
    assert (found.ci_low, found.ci_high) == (None, None)
    assert found.p_value is not None


@pytest.mark.parametrize(
    ("counts", "exposure"),
    [([np.nan, 1.0], [1.0, 1.0]), ([1.0, 1.0], [0.0, 1.0]), ([1.0], [1.0, 1.0])],
)
def test_bad_input_is_refused(counts, exposure) -> None:
    with pytest.raises(InferenceError):
        ratio_of_rates(
            np.array(counts),
            np.array(exposure),
            np.array([True, False]),
            np.arange(2),
            n_replicates=9,
            seed=1,
        )


def made(engine, models: list[dict], terms: list[dict], impact: list[dict]) -> dict[str, dict]:
    """Findings by name, as the table has them."""

    def table(name: str, found: list[dict]):
        schema = TABLES[name].arrow_schema()
        return engine.memory_table(pa.Table.from_pylist(found, schema=schema))

    found = findings(
        engine,
        models=table("fitness.models", models),
        regressions=table("fitness.regressions", terms),
        feature_impact=table("fitness.feature_impact", impact),
        settings=Settings(bootstrap_replicates=N_REPLICATES),
    )
    return {row["finding"]: row for row in findings_table(found).to_pylist()}


def sized(number: int, billions: float, n_descendants: int) -> dict:
    return rows.model(
        number,
        parameters=int(billions * 1e9),
        n_descendants=n_descendants,
        downloads=0,
        root_id=f"root-{number}",
        age_days=365.0,
    )


def test_every_question_is_stated_and_judged(engine) -> None:
    models = [
        sized(10 * k + place, size, n + k % 2)
        for k in range(30)
        for place, (size, n) in enumerate(((7.2, 9), (13.1, 3), (68.0, 9)))
    ]
    found = made(engine, models, rows.regressions(), rows.impacts())
    assert len(found) == 14
    assert all((row["subject"], row["graph"]) == ("fitness", "all") for row in found.values())
    size = found["parameters/descendants"]
    assert (size["verdict"], size["n"]) == ("holds", 9_000)
    assert [size["estimate"], size["ci_low"], size["ci_high"]] == pytest.approx([1.3, 1.18, 1.44])
    assert "1,000 models are left out" in size["caveat"]
    assert found["context_length/downloads"]["verdict"] == "not decided"
    gqa = found["uses_gqa/descendants"]
    assert (gqa["verdict"], gqa["estimate"], gqa["n"]) == ("holds", 1.3, 1_000)
    none = found["uses_moe/descendants"]
    assert (none["verdict"], none["estimate"]) == ("not decided", None)
    assert none["caveat"] == "Reason: fewer than 11 models with it."
    assert found["uses_quantization/downloads"]["verdict"] == "does not hold"
    seven = found["spot/descendants/7B/13B"]
    assert seven["verdict"] == "holds"
    assert seven["estimate"] == pytest.approx(9.5 / 3.5)
    assert seven["n"] == 60
    alike = found["spot/descendants/7B/70B"]
    assert alike["verdict"] == "not decided"
    assert alike["estimate"] == pytest.approx(1.0)
    nobody = found["spot/downloads/7B/13B"]
    assert nobody["estimate"] is None
    assert "models near 13B have no downloads in 30 days" in nobody["caveat"]
    assert found == made(engine, models, rows.regressions(), rows.impacts())


def test_without_rows_every_statement_says_why(engine) -> None:
    found = made(engine, [], [], [])
    assert len(found) == 14
    for row in found.values():
        assert (row["verdict"], row["estimate"], row["p_value"]) == ("not decided", None, None)
        assert row["n"] == 0
        assert row["caveat"].startswith("Reason: ")
    assert "0 models near 7B and 0 near 13B" in found["spot/descendants/7B/13B"]["caveat"]


def test_models_of_unknown_age_are_left_out_and_counted(engine) -> None:
    models = [sized(k, 7.0 if k % 2 else 13.0, 4) for k in range(20)]
    models += [{**sized(100 + k, 7.0, 1_000), "age_days": None} for k in range(3)]
    row = made(engine, models, [], [])["spot/descendants/7B/13B"]
    assert (row["n"], row["estimate"]) == (20, pytest.approx(1.0))
    assert "3 with unknown age or descendants are left out" in row["caveat"]


def test_downloads_are_by_30_days_and_descendants_by_age(engine) -> None:
    """Models near 7B are ten times as old, and have as many of both."""
    models = [
        {
            **sized(k, 7.0 if k % 2 else 13.0, 4),
            "downloads": 50,
            "age_days": 600.0 if k % 2 else 60.0,
        }
        for k in range(20)
    ]
    found = made(engine, models, [], [])
    assert found["spot/descendants/7B/13B"]["estimate"] == pytest.approx(0.1)
    assert found["spot/downloads/7B/13B"]["estimate"] == pytest.approx(1.0)


def test_the_nearest_usual_size_is_by_ratio_as_in_the_robust_rule(engine) -> None:
    """9.8B is nearer to 7B by the difference, and to 13B by the ratio."""
    models = [sized(k, 9.8 if k % 2 else 7.0, 4) for k in range(20)]
    row = made(engine, models, [], [])["spot/descendants/7B/13B"]
    assert row["caveat"].startswith("10 models near 7B and 10 near 13B")


def test_a_reason_stands_in_for_a_coefficient(engine) -> None:
    dropped = rows.term(**{**rows.NO_ESTIMATE, "reason": "constant"})
    row = made(engine, [], [dropped], [])["parameters/descendants"]
    assert (row["verdict"], row["caveat"]) == ("not decided", "Reason: constant.")
