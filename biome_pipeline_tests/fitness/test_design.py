"""Terms of the regressions: what stands in a column, and why one is left out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import linprog

from biome_pipeline.fitness.arrays import FLAGS, NUMBERS, TRAITS, UNKNOWN
from biome_pipeline.fitness.design import (
    PUBLISHED_NUMBERS,
    Column,
    assemble,
    has_architecture,
    published_design,
    robust_columns,
)
from biome_pipeline.fitness.inflation import inflation_rows, variance_inflation
from biome_pipeline.fitness.separation import separated_rows, without_separated
from biome_pipeline_tests.worlds.fitted import configured_models

SEEDS = range(30)


def column_of(columns: list[Column], name: str) -> np.ndarray:
    (found,) = [column.values for column in columns if column.name == name]
    assert found is not None
    return found


@pytest.mark.parametrize("seed", range(5))
def test_columns_are_those_of_the_definition(seed: int) -> None:
    models = configured_models(seed, 600)
    rows = np.flatnonzero(has_architecture(models) & ~np.isnan(models.age_days))
    columns = robust_columns(models, rows)
    names = [column.name for column in columns]
    assert len(set(names)) == len(names)
    assert names[0] == "intercept"
    assert names[1 : 1 + len(TRAITS)] == list(TRAITS)
    for name in TRAITS:
        values = models.traits[name][rows]
        known = ~np.isnan(values)
        (column,) = [column for column in columns if column.name == name]
        if np.unique(values[known]).size < 2:
            assert column.values is None
            assert column.reason in {"constant", "not known of any model"}
            continue
        wanted = np.log2(values) - np.log2(values[known]).mean() if name in NUMBERS else values
        np.testing.assert_allclose(column.values, np.where(known, wanted, 0.0))
        if not known.all():
            np.testing.assert_array_equal(column_of(columns, f"missing({name})"), ~known)
    for code, role in enumerate(models.roles):
        if role not in {"root", "unrelated"} and (models.role[rows] == code).any():
            wanted = models.role[rows] == code
            np.testing.assert_array_equal(column_of(columns, f"role: {role}"), wanted)
    # Being a root is having children: the outcome is no control of itself.
    assert "role: root" not in names
    families = [name for name in names if name.startswith("family: ")]
    inside = sum(column_of(columns, name) for name in families)
    # All but the commonest family are told, each model by one term.
    counts = np.bincount(models.family[rows][models.family[rows] != UNKNOWN])
    np.testing.assert_array_equal(inside == 0, models.family[rows] == counts.argmax())
    assert inside.max() == 1
    assert len(families) <= 8 + 2


def test_published_columns_are_standardised_and_filled_with_0() -> None:
    models = configured_models(1, 600)
    downloads = np.ones(models.n)
    models = replace(models, outcomes={**models.outcomes, "downloads": downloads})
    rows = np.flatnonzero(models.is_published)
    design = published_design(models, rows)
    assert design.names == ("intercept", *PUBLISHED_NUMBERS)
    for place, name in enumerate(PUBLISHED_NUMBERS, start=1):
        filled = np.log1p(
            np.where(np.isnan(models.traits[name][rows]), 0, models.traits[name][rows])
        )
        wanted = (filled - filled.mean()) / filled.std(ddof=0)
        np.testing.assert_allclose(design.matrix[:, place], wanted)


def test_a_term_without_information_has_its_reason() -> None:
    rng = np.random.default_rng(1)
    one, two = rng.normal(size=50), rng.normal(size=50)
    design = assemble(
        [
            Column("intercept", "intercept", np.ones(50)),
            Column("one", "trait", one),
            Column("five", "trait", np.full(50, 5.0)),
            Column("two", "trait", two),
            Column("sum", "trait", 3 * one - two + 1),
            Column("nothing", "missing", np.zeros(50)),
            Column("unknown", "trait", None, "not known of any model"),
        ]
    )
    assert design.names == ("intercept", "one", "two")
    assert {dropped.name: dropped.reason for dropped in design.dropped} == {
        "five": "constant",
        "sum": "collinear with one, two",
        "nothing": "0 of all models",
        "unknown": "not known of any model",
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_kept_spans_what_was_given(seed: int) -> None:
    rng = np.random.default_rng(seed)
    base = rng.normal(size=(40, 5))
    mixed = base @ rng.normal(size=(5, 8)) * (rng.random(8) < 0.8)
    given = np.column_stack([np.ones(40), base[:, :3], mixed])
    given = given * 10.0 ** rng.integers(-4, 5, size=given.shape[1])
    columns = [Column(f"t{k}", "trait", given[:, k]) for k in range(given.shape[1])]
    design = assemble(columns)
    scaled = given / np.maximum(np.linalg.norm(given, axis=0), 1e-300)
    assert design.matrix.shape[1] == np.linalg.matrix_rank(scaled, tol=1e-6)
    assert len(design.names) + len(design.dropped) == len(columns)


@pytest.mark.parametrize("seed", SEEDS)
def test_variance_inflation_is_that_of_the_definition(seed: int) -> None:
    rng = np.random.default_rng(seed)
    plain = rng.normal(size=(60, 4))
    plain[:, 3] += plain[:, 0] * rng.uniform(0, 5)
    columns = [Column("intercept", "intercept", np.ones(60))]
    columns += [Column(f"t{k}", "trait", plain[:, k]) for k in range(4)]
    found = variance_inflation(assemble(columns))
    for k in range(4):
        others = np.column_stack([np.ones(60), np.delete(plain, k, axis=1)])
        left = plain[:, k] - others @ np.linalg.lstsq(others, plain[:, k], rcond=None)[0]
        share = left @ left / ((plain[:, k] - plain[:, k].mean()) ** 2).sum()
        assert found[k] == pytest.approx(1 / share, rel=1e-8)


def test_inflation_rows_have_missing_shares_and_reasons() -> None:
    models = configured_models(2, 600)
    rows = {(row["model"], row["term"]): row for row in inflation_rows(models)}
    assert rows["poisson", "parameters"]["variance_inflation"] > 1
    assert 0 < rows["poisson", "uses_gqa"]["missing_share"] < 1
    assert all(
        (row.get("variance_inflation") is None) == bool(row.get("reason")) for row in rows.values()
    )
    nobody = replace(models, traits={name: np.full(models.n, np.nan) for name in TRAITS})
    nobody = replace(nobody, family=np.full(models.n, UNKNOWN))
    assert inflation_rows(nobody) == []


# Separation


def naive_separated(matrix: np.ndarray, outcome: np.ndarray) -> np.ndarray:
    """Try for each row of outcome 0 whether a direction raises it and lowers no other."""
    positive, zero = matrix[outcome > 0], matrix[outcome == 0]
    found = []
    for row in zero:
        solved = linprog(
            -row,
            A_ub=-zero,
            b_ub=np.zeros(len(zero)),
            A_eq=positive,
            b_eq=np.zeros(len(positive)),
            bounds=[(-1, 1)] * matrix.shape[1],
        )
        found.append(solved.status == 0 and -solved.fun > 1e-7)
    result = np.zeros(len(outcome), np.bool_)
    result[np.flatnonzero(outcome == 0)] = found
    return result


@pytest.mark.parametrize("seed", range(60))
def test_separated_rows_are_those_of_the_definition(seed: int) -> None:
    rng = np.random.default_rng(seed)
    flags = rng.random((40, 4)) < rng.uniform(0.1, 0.5)
    matrix = np.column_stack([np.ones(40), flags]).astype(np.float64)
    matrix = matrix[:, np.sort(np.unique(matrix.round(9), axis=1, return_index=True)[1])]
    if np.linalg.matrix_rank(matrix) < matrix.shape[1]:
        matrix = matrix[:, :2]
    outcome = rng.poisson(0.5, size=40) * (rng.random(40) < 0.3)
    if not outcome.any():
        outcome[0] = 1
    found = separated_rows(matrix, outcome.astype(np.float64))
    np.testing.assert_array_equal(found, naive_separated(matrix, outcome))


def test_separated_rows_occur_in_the_worlds_above() -> None:
    counts = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        flags = rng.random((40, 4)) < rng.uniform(0.1, 0.5)
        matrix = np.column_stack([np.ones(40), flags]).astype(np.float64)
        outcome = rng.poisson(0.5, size=40) * (rng.random(40) < 0.3)
        if outcome.any() and np.linalg.matrix_rank(matrix) == 5:
            counts.append(separated_rows(matrix, outcome.astype(np.float64)).sum())
    assert sum(count > 0 for count in counts) >= 10
    assert sum(count == 0 for count in counts) >= 10


def test_a_feature_of_models_without_any_outcome_is_set_aside() -> None:
    flag = np.array([1.0, 1, 0, 0, 0, 0])
    other = np.array([0.0, 1, 1, 0, 1, 0])
    columns = [
        Column("intercept", "intercept", np.ones(6)),
        Column("uses_moe", "trait", flag),
        Column("uses_gqa", "trait", other),
    ]
    found, kept = without_separated(columns, np.array([0.0, 0, 3, 1, 0, 2]))
    assert kept.tolist() == [False, False, True, True, True, True]
    reasons = {column.name: column.reason for column in found}
    assert reasons["uses_moe"] == "the outcome of all 2 models with it is 0; they are left out"
    assert reasons["uses_gqa"] == ""


def test_flags_and_numbers_are_all_traits() -> None:
    assert set(NUMBERS) | set(FLAGS) == set(TRAITS)
