"""Rows of regressions and curves: what they say of whole Hubs, and of odd worlds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats
from scipy.interpolate import CubicSpline

from biome_pipeline.fitness.arrays import FLAGS, NUMBERS, OUTCOMES, TRAITS, UNKNOWN, FitnessModels
from biome_pipeline.fitness.curves import CURVED_TRAITS, curve_rows
from biome_pipeline.fitness.design import PUBLISHED_NUMBERS
from biome_pipeline.fitness.regressions import (
    COUNT_MODELS,
    PUBLISHED_OUTCOMES,
    regression_rows,
    with_adjusted,
)
from biome_pipeline.fitness.splines import NaturalSpline, curve_of, knots_of
from biome_pipeline_tests.worlds.chain import Chain
from biome_pipeline_tests.worlds.configured import CONFIGURED
from biome_pipeline_tests.worlds.fitted import configured_models, planted_world
from biome_pipeline_tests.worlds.fitted_tables import fitted_chain_of, frame

Row = dict[str, object]


@pytest.fixture(params=CONFIGURED)
def chain(request: pytest.FixtureRequest) -> Chain:
    return fitted_chain_of(request.param)


def keyed(rows: list[Row]) -> dict[tuple[object, ...], Row]:
    found = {(row["outcome"], row["model"], row["term"]): row for row in rows}
    assert len(found) == len(rows)
    return found


def assert_told(rows: list[Row]) -> None:
    """Check that each term has its numbers or its reason, and no number without the others."""
    for row in rows:
        if row.get("estimate") is None:
            assert row["term_kind"] == "test" or row["reason"]
            assert row.get("ci_low") is None
            assert row["term_kind"] == "test" or row.get("p_value") is None
        else:
            assert np.isfinite(row["estimate"])
        if row.get("p_value") is not None and row["term_kind"] != "test":
            assert row["ci_low"] <= row["estimate"] <= row["ci_high"]
            assert 0 <= row["p_value"] <= 1


def test_every_term_has_numbers_or_a_reason(chain: Chain) -> None:
    rows = chain.rows("fitness.regressions")
    assert_told(rows)
    known = keyed(rows)
    for outcome in OUTCOMES:
        for model, numbers in COUNT_MODELS.items():
            for name in (*numbers, *FLAGS):
                assert (outcome, model, name) in known
        for trait in CURVED_TRAITS:
            row = known[outcome, "poisson_spline", f"nonlinear({trait})"]
            assert (row["p_value"] is None) == bool(row["reason"])
    for outcome in PUBLISHED_OUTCOMES:
        for name in PUBLISHED_NUMBERS:
            assert (outcome, "published", name) in known


def test_the_published_regression_is_that_of_pandas(chain: Chain) -> None:
    models = frame(chain, "fitness.models")
    taken = models[models.hidden_size.notna() & models.num_layers.notna() & (models.downloads > 0)]
    known = keyed(chain.rows("fitness.regressions"))
    for outcome in PUBLISHED_OUTCOMES:
        column = "n_descendants_finetune" if outcome == "descendants" else outcome
        rows = [known[outcome, "published", name] for name in PUBLISHED_NUMBERS]
        assert {row["n"] for row in rows} == {len(taken)}
        if len(taken) <= 100:
            assert all("more than 100" in row["reason"] for row in rows)
            assert all(row["estimate"] is None for row in rows)
            continue
        table = np.log1p(taken[list(PUBLISHED_NUMBERS)].astype(float).fillna(0))
        design = (table - table.mean()) / table.std(ddof=0)
        fit = sm.OLS(np.log1p(taken[column].astype(float)), sm.add_constant(design)).fit()
        for row in rows:
            assert row["estimate"] == pytest.approx(fit.params[row["term"]], rel=1e-8, abs=1e-10)
            assert row["std_error"] == pytest.approx(fit.bse[row["term"]], rel=1e-8)
            assert row["p_value"] == pytest.approx(fit.pvalues[row["term"]], rel=1e-6)
            assert row["goodness"] == pytest.approx(fit.rsquared, rel=1e-8)
        assert known[outcome, "published", "intercept"]["estimate"] == pytest.approx(
            fit.params["const"]
        )


def test_adjusted_p_values_are_those_of_statsmodels(chain: Chain) -> None:
    rows = frame(chain, "fitness.regressions")
    for _, own in rows[rows.term_kind.isin(["trait", "test"])].groupby("model"):
        own = own[own.p_value.notna()]
        if len(own):
            wanted = sm.stats.multipletests(own.p_value, method="fdr_bh")[1]
            np.testing.assert_allclose(own.p_adjusted, wanted)
    others = rows[~rows.term_kind.isin(["trait", "test"]) | rows.p_value.isna()]
    assert others.p_adjusted.isna().all()


def test_counts_are_those_of_statsmodels_on_the_same_columns() -> None:
    models = planted_world(5).models
    rows = keyed(regression_rows(models))
    own = pd.DataFrame({name: models.traits[name] for name in TRAITS})
    known = (models.family != UNKNOWN) | own.notna().any(axis=1).to_numpy()
    taken = known & ~np.isnan(models.age_days)
    table = own[taken].reset_index(drop=True)
    family, role = models.family[taken], models.role[taken]
    columns = {"intercept": np.ones(len(table))}
    for name in TRAITS:
        values = np.log2(table[name]) if name in NUMBERS else table[name]
        columns[name] = (values - values.mean() if name in NUMBERS else values).fillna(0)
    for name in TRAITS:
        if table[name].isna().any():
            columns[f"missing({name})"] = table[name].isna().astype(float)
    age = np.log2(models.age_days[taken])
    columns["age"] = age - age.mean()
    for code, name in enumerate(models.roles):
        columns[f"role: {name}"] = (role == code).astype(float)
    for code, name in enumerate(models.families):
        columns[f"family: {name}"] = (family == code).astype(float)
    columns["family: unknown"] = (family == UNKNOWN).astype(float)
    other = ~np.isin(
        family,
        [models.families.index(term[8:]) for _, _, term in rows if term[8:] in models.families]
        + [np.bincount(family[family != UNKNOWN]).argmax(), UNKNOWN],
    )
    columns["family: other"] = other.astype(float)
    names = [
        term
        for (outcome, model, term), row in rows.items()
        if (outcome, model) == ("downloads", "poisson") and row.get("estimate") is not None
    ]
    if rows["downloads", "poisson", "intercept"]["n"] != taken.sum():
        pytest.fail("this world was chosen because no model is separated in it")
    counts = models.outcomes["downloads"][taken]
    exposure = np.minimum(models.age_days[taken], 30)
    fit = sm.GLM(
        counts,
        np.column_stack([columns[name] for name in names]),
        family=sm.families.Poisson(),
        offset=np.log(exposure),
    ).fit(tol=1e-14, maxiter=200)
    found = [rows["downloads", "poisson", name]["estimate"] for name in names]
    np.testing.assert_allclose(found, fit.params, rtol=1e-5, atol=1e-7)
    assert rows["downloads", "poisson", "intercept"]["n_zero"] == (counts == 0).sum()


# Odd worlds


def changed(models: FitnessModels, **traits: np.ndarray) -> FitnessModels:
    return replace(models, traits={**models.traits, **traits})


def all_rows(models: FitnessModels) -> dict[tuple[object, ...], Row]:
    curves, tests = curve_rows(models, seed=1)
    rows = with_adjusted([*regression_rows(models), *tests])
    assert_told(rows)
    for row in curves:
        assert row["band_low"] <= row["ci_low"] <= row["estimate"] <= row["ci_high"]
        assert row["ci_high"] <= row["band_high"]
    return keyed(rows)


def earning(seed: int = 1, n: int = 1_200) -> FitnessModels:
    """Give every outcome counts, so that each regression has something to explain."""
    models = planted_world(seed, n=n).models
    rng = np.random.default_rng(seed)
    outcomes = {name: rng.poisson(1.0, models.n).astype(float) for name in OUTCOMES}
    return replace(models, outcomes=outcomes, descendants_finetune=outcomes["descendants"])


def test_without_any_config_every_term_says_so() -> None:
    models = earning()
    unknown = changed(models, **{name: np.full(models.n, np.nan) for name in TRAITS})
    rows = all_rows(replace(unknown, family=np.full(models.n, UNKNOWN)))
    assert {row["reason"] for key, row in rows.items() if key[1] == "poisson"} == {
        "no model has a known architecture, age and outcome"
    }
    assert all(row["n"] == 0 for row in rows.values())
    assert rows["downloads", "poisson_spline", "nonlinear(parameters)"]["reason"] == (
        "parameters is not known of any model"
    )


def test_without_any_age_every_term_says_so() -> None:
    models = earning()
    rows = all_rows(replace(models, age_days=np.full(models.n, np.nan)))
    assert all(row["n"] == 0 for key, row in rows.items() if key[1] != "published")


def test_without_downloads_the_outcome_is_the_reason() -> None:
    models = earning()
    zero = {**models.outcomes, "downloads": np.zeros(models.n)}
    rows = all_rows(replace(models, outcomes=zero))
    row = rows["downloads", "poisson", "parameters"]
    assert row["reason"] == "the outcome of all models is 0"
    assert row["n_zero"] == row["n"] > 0
    # Nobody is downloaded, so that the published rule takes nobody.
    assert "more than 100" in rows["downloads", "published", "intercept"]["reason"]
    assert rows["likes", "poisson", "parameters"]["estimate"] is not None


def test_a_single_author_has_estimates_and_no_interval() -> None:
    models = earning()
    rows = all_rows(replace(models, author=np.zeros(models.n, np.int64)))
    row = rows["likes", "poisson", "parameters"]
    assert row["estimate"] is not None
    assert row["reason"] == "no interval: all models are of one author, or of one root"
    assert row.get("p_value") is None
    assert "one author" in rows["likes", "poisson_spline", "nonlinear(parameters)"]["reason"]


def test_one_family_needs_no_terms_of_families() -> None:
    models = earning()
    rows = all_rows(replace(models, family=np.zeros(models.n, np.int64)))
    assert not [key for key in rows if str(key[2]).startswith("family")]
    assert rows["likes", "poisson", "parameters"]["estimate"] is not None


def test_constant_and_collinear_traits_are_named() -> None:
    models = earning()
    width = models.traits["hidden_size"]
    rows = all_rows(
        changed(
            models,
            context_length=np.where(np.isnan(width), np.nan, 4096.0),
            num_heads=width * 2,
            uses_moe=np.zeros(models.n),
        )
    )
    assert rows["likes", "poisson", "context_length"]["reason"] == "constant"
    assert rows["likes", "poisson", "uses_moe"]["reason"] == "constant"
    assert rows["likes", "poisson", "num_heads"]["reason"] == "collinear with hidden_size"
    missing = rows["likes", "poisson", "missing(num_layers)"]
    assert missing.get("estimate") is not None or "missing(hidden_size)" in missing["reason"]
    assert rows["likes", "poisson_spline", "nonlinear(context_length)"]["reason"] == (
        "context_length has fewer than three values"
    )


def test_fewer_models_than_terms_are_too_few() -> None:
    models = earning(n=600)
    few = np.flatnonzero(~np.isnan(models.traits["uses_gqa"]))[:12]
    age = np.full(models.n, np.nan)
    age[few] = models.age_days[few]
    rows = all_rows(replace(models, age_days=age))
    own = [row for key, row in rows.items() if key[:2] == ("likes", "poisson")]
    # Of more terms than models most repeat others, and each of these says which.
    estimated = [row for row in own if row.get("estimate") is not None]
    assert 0 < own[0]["n"] <= few.size < len(own)
    assert len(estimated) < own[0]["n"]
    assert all(row["reason"] for row in own if row not in estimated)


def test_one_model_is_too_few() -> None:
    models = earning(n=600)
    age = np.full(models.n, np.nan)
    one = int(np.flatnonzero(models.outcomes["likes"] > 0)[0])
    age[one] = 10.0
    all_rows(replace(models, age_days=age))


# Curves


def test_the_basis_spans_natural_splines() -> None:
    rng = np.random.default_rng(1)
    knots = np.sort(rng.uniform(0, 10, size=5))
    spline = NaturalSpline(knots)
    grid = np.linspace(-5, 15, 400)
    natural = CubicSpline(knots, rng.normal(size=5), bc_type="natural")
    ends = (grid >= knots[0]) & (grid <= knots[-1])
    basis = np.column_stack([np.ones(grid.size), spline.basis(grid)])
    coefficients, *_ = np.linalg.lstsq(basis[ends], natural(grid[ends]), rcond=None)
    np.testing.assert_allclose(basis[ends] @ coefficients, natural(grid[ends]), atol=1e-8)
    # Straight beyond the outer knots.
    for outside in (grid < knots[0], grid > knots[-1]):
        bends = np.diff(basis[outside], n=2, axis=0)
        assert np.abs(bends).max() < 1e-8


def test_knots_are_quantiles_or_none() -> None:
    values = np.arange(1_000.0)
    np.testing.assert_allclose(
        knots_of(values), np.quantile(values, [0.05, 0.275, 0.5, 0.725, 0.95])
    )
    assert knots_of(np.array([1.0, 1, 2])) is None or knots_of(np.array([1.0, 1, 2])).size >= 3
    assert knots_of(np.array([2.0, 2, 2])) is None
    assert knots_of(np.array([])) is None


@pytest.mark.parametrize("seed", range(5))
def test_a_band_holds_the_whole_curve_in_95_of_100_draws(seed: int) -> None:
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(4, 4))
    covariance, truth = root @ root.T / 50, rng.normal(size=4)
    points = NaturalSpline(np.array([0.0, 2, 4, 6, 9])).basis(np.linspace(0, 9, 20))
    draws = rng.multivariate_normal(truth, covariance, size=2_000)
    curve = curve_of(points, truth, covariance, quantile=float(stats.norm.ppf(0.975)), seed=seed)
    half = (curve.band_high - curve.band_low) / 2
    inside = np.all(np.abs(draws @ points.T - points @ truth) <= half, axis=1).mean()
    # 2,000 draws: the binomial 99.9 % band of 95 %.
    assert 0.933 < inside < 0.967
    alone = np.abs(draws @ points.T - points @ truth) <= (curve.ci_high - curve.ci_low) / 2
    assert 0.93 < alone.mean() < 0.97
    assert np.all(half >= (curve.ci_high - curve.ci_low) / 2)


def test_a_planted_bend_is_found_and_a_line_is_none() -> None:
    found = {}
    for shape in ("line", "hump"):
        p_values = []
        for seed in range(15):
            models = configured_models(seed, 2_000)
            rng = np.random.default_rng(seed)
            size = np.log2(models.traits["parameters"])
            place = np.nan_to_num(size - np.nanmean(size))
            line = 0.2 * place if shape == "line" else -0.15 * place**2
            counts = rng.poisson(
                np.exp(line)
                * np.nan_to_num(models.age_days, nan=1)
                / 100
                * rng.gamma(2, 0.5, models.n)
            )
            outcomes = {**models.outcomes, "likes": counts.astype(float)}
            _, tests = curve_rows(replace(models, outcomes=outcomes), seed=1)
            (row,) = [
                row
                for row in tests
                if (row["outcome"], row["term"]) == ("likes", "nonlinear(parameters)")
            ]
            p_values.append(row["p_value"])
        found[shape] = np.array(p_values, dtype=float)
    assert (found["hump"] < 0.01).mean() > 0.9
    # Of 15 worlds without a bend the binomial 99 % band of 5 % ends at 4.
    assert (found["line"] < 0.05).sum() <= 4
