"""Estimates against R, against statsmodels, and against what must not change them."""

from __future__ import annotations

import csv
import warnings
from pathlib import Path

import numpy as np
import pytest
import statsmodels.api as sm

from biome_pipeline.errors import InferenceError
from biome_pipeline.fitness.clustered import (
    clustered_errors,
    jackknife_covariance,
    sandwich_covariance,
)
from biome_pipeline.fitness.glm import (
    Fit,
    fit_negative_binomial,
    fit_ols,
    fit_poisson,
    weighted_gram,
)

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
MODELS = ("ols", "poisson", "negative_binomial")


def read(name: str) -> list[dict[str, str]]:
    with (GOLDEN / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def data() -> dict[str, np.ndarray]:
    rows = read("regressions_data.csv")
    return {name: np.array([float(row[name]) for row in rows]) for name in rows[0]}


def golden(model: str, quantity: str) -> np.ndarray:
    rows = read("regressions_estimates.csv")
    return np.array(
        [
            float(row["value"])
            for row in rows
            if (row["model"], row["quantity"]) == (model, quantity)
        ]
    )


def fitted(model: str, data: dict[str, np.ndarray]) -> tuple[np.ndarray, Fit]:
    design = np.column_stack([np.ones(len(data["x1"])), data["x1"], data["x2"], data["x3"]])
    if model == "ols":
        return design, fit_ols(design, np.log1p(data["count"]))
    fit = fit_poisson if model == "poisson" else fit_negative_binomial
    return design, fit(design, data["count"], np.log(data["exposure"]))


def numbered(values: np.ndarray) -> np.ndarray:
    return np.unique(values, return_inverse=True)[1]


def errors(covariance: np.ndarray) -> np.ndarray:
    return np.sqrt(np.diag(covariance))


@pytest.mark.parametrize("model", MODELS)
def test_estimates_and_plain_errors_are_those_of_r(model, data) -> None:
    _, fit = fitted(model, data)
    np.testing.assert_allclose(fit.coefficients, golden(model, "estimate"), rtol=1e-7)
    plain = errors(np.linalg.inv(fit.hessian) * fit.plain_scale)
    np.testing.assert_allclose(plain, golden(model, "plain"), rtol=1e-7)


def test_goodness_and_dispersion_are_those_of_r(data) -> None:
    _, ols = fitted("ols", data)
    assert ols.goodness == pytest.approx(golden("ols", "r squared")[0], rel=1e-12)
    _, poisson = fitted("poisson", data)
    assert poisson.deviance == pytest.approx(golden("poisson", "deviance")[0], rel=1e-10)
    assert poisson.dispersion == pytest.approx(golden("poisson", "pearson")[0], rel=1e-10)
    _, binomial = fitted("negative_binomial", data)
    assert binomial.dispersion == pytest.approx(golden("negative_binomial", "alpha")[0], rel=1e-6)
    assert binomial.deviance == pytest.approx(golden("negative_binomial", "deviance")[0], rel=1e-7)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("way", ["author", "root"])
def test_sandwiches_over_clusters_are_those_of_r(model, way, data) -> None:
    design, fit = fitted(model, data)
    cluster = numbered(data[way])
    plain = errors(sandwich_covariance(design, fit, cluster, is_corrected=False))
    np.testing.assert_allclose(plain, golden(model, f"HC0 {way}"), rtol=1e-7)
    corrected = errors(sandwich_covariance(design, fit, cluster))
    np.testing.assert_allclose(corrected, golden(model, f"HC1 {way}"), rtol=1e-7)


@pytest.mark.parametrize("model", MODELS)
def test_two_ways_are_put_together_as_r_does(model, data) -> None:
    design, fit = fitted(model, data)
    author, root = numbered(data["author"]), numbered(data["root"])
    both = numbered(author * 1000 + root)
    one, two, three = (
        sandwich_covariance(design, fit, codes, is_corrected=False)
        for codes in (author, root, both)
    )
    np.testing.assert_allclose(errors(one + two - three), golden(model, "HC0 both"), rtol=1e-7)


@pytest.mark.parametrize("way", ["author", "root"])
def test_the_jackknife_of_least_squares_is_the_loop_of_r(way, data) -> None:
    design, fit = fitted("ols", data)
    found = errors(jackknife_covariance(design, fit, numbered(data[way])))
    np.testing.assert_allclose(found, golden("ols", f"jackknife {way}"), rtol=1e-10)


@pytest.mark.parametrize("model", ["poisson", "negative_binomial"])
@pytest.mark.parametrize("way", ["author", "root"])
def test_the_linearised_jackknife_is_near_the_loop_of_r(model, way, data) -> None:
    # One Newton step: 40 and 60 clusters, of which the first holds a quarter of the rows.
    design, fit = fitted(model, data)
    cluster = numbered(data[way])
    found = errors(jackknife_covariance(design, fit, cluster))
    loop = golden(model, f"jackknife {way}")
    np.testing.assert_allclose(found, loop, rtol=0.13)
    sandwich = errors(sandwich_covariance(design, fit, cluster))
    assert np.abs(found / loop - 1).mean() < np.abs(sandwich / loop - 1).mean()


def drawn(seed: int, n: int = 300) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    k = int(rng.integers(2, 7))
    design = np.column_stack([np.ones(n), rng.normal(size=(n, k - 1))])
    log_exposure = rng.normal(size=n)
    rate = np.exp(design @ rng.normal(scale=0.4, size=k) + log_exposure)
    alpha = float(rng.uniform(0.3, 2))
    counts = rng.poisson(rate * rng.gamma(1 / alpha, alpha, n)).astype(np.float64)
    return design, counts, log_exposure


@pytest.mark.parametrize("seed", range(60))
def test_statsmodels_says_the_same(seed: int) -> None:
    design, counts, log_exposure = drawn(seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ols = sm.OLS(np.log1p(counts), design).fit()
        poisson = sm.GLM(counts, design, family=sm.families.Poisson(), offset=log_exposure).fit(
            tol=1e-14
        )
        binomial = sm.NegativeBinomial(counts, design, offset=log_exposure)
    found = fit_ols(design, np.log1p(counts))
    np.testing.assert_allclose(found.coefficients, ols.params, rtol=1e-9, atol=1e-12)
    assert found.goodness == pytest.approx(ols.rsquared)
    found = fit_poisson(design, counts, log_exposure)
    np.testing.assert_allclose(found.coefficients, poisson.params, rtol=1e-6, atol=1e-8)
    assert found.deviance == pytest.approx(poisson.deviance)
    assert found.null_deviance == pytest.approx(poisson.null_deviance)
    found = fit_negative_binomial(design, counts, log_exposure)
    # Its optimiser does not always arrive; at our estimates its own slopes are 0, and its
    # likelihood falls in every direction. Its last parameter is ln(alpha).
    here = np.append(found.coefficients, np.log(found.dispersion))
    assert np.abs(binomial.score(here)).max() < 1e-6
    best = binomial.loglike(here)
    rng = np.random.default_rng(seed)
    for _ in range(20):
        assert binomial.loglike(here + rng.normal(scale=0.02, size=here.size)) < best


def test_a_slope_of_zero_is_one_of_statsmodels_too() -> None:
    # Away from the estimates slopes are far larger than what is taken for 0 above.
    design, counts, log_exposure = drawn(5)
    found = fit_negative_binomial(design, counts, log_exposure)
    model = sm.NegativeBinomial(counts, design, offset=log_exposure)
    here = np.append(found.coefficients, np.log(found.dispersion))
    assert np.abs(model.score(here)).max() < 1e-6
    assert np.abs(model.score(here + 0.01)).max() > 0.1


@pytest.mark.parametrize("seed", range(20))
def test_estimates_do_not_depend_on_order_units_or_copies(seed: int) -> None:
    design, counts, log_exposure = drawn(seed)
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(counts))
    scale = np.append(1.0, 10.0 ** rng.integers(-6, 7, size=design.shape[1] - 1))
    for fit in (fit_poisson, fit_negative_binomial):
        first = fit(design, counts, log_exposure)
        again = fit(design[order], counts[order], log_exposure[order])
        np.testing.assert_allclose(again.coefficients, first.coefficients, rtol=1e-6, atol=1e-8)
        other = fit(design * scale, counts, log_exposure)
        np.testing.assert_allclose(other.coefficients * scale, first.coefficients, 1e-6, 1e-8)
        # Twice as long: half of the rate.
        longer = fit(design, counts, log_exposure + np.log(2))
        assert longer.coefficients[0] == pytest.approx(first.coefficients[0] - np.log(2), abs=1e-7)
        twice = fit(np.concatenate([design, design]), np.tile(counts, 2), np.tile(log_exposure, 2))
        np.testing.assert_allclose(twice.coefficients, first.coefficients, rtol=1e-6, atol=1e-8)


def test_counts_of_the_hub_are_no_trouble() -> None:
    rng = np.random.default_rng(1)
    design = np.column_stack([np.ones(5_000), rng.normal(size=(5_000, 3))])
    rate = np.exp(design @ [3.0, 0.5, 0.0, -0.3] + rng.normal(scale=3.5, size=5_000))
    counts = np.minimum(rng.poisson(np.minimum(rate, 6e7)), 60_000_000).astype(np.float64)
    exposure = np.zeros(5_000)
    found = fit_poisson(design, counts, exposure)
    # What the estimate is: the residuals tell nothing of any column.
    assert np.abs(design.T @ (counts - found.mean)).max() < 1e-6 * counts.sum()
    binomial = fit_negative_binomial(design, counts, exposure)
    assert np.isfinite(binomial.dispersion)
    assert binomial.dispersion > 1


@pytest.mark.parametrize("fit", [fit_poisson, fit_negative_binomial])
def test_what_cannot_be_fitted_says_so(fit) -> None:
    design = np.column_stack([np.ones(5), np.arange(5.0)])
    counts, exposure = np.array([1.0, 2, 0, 4, 1]), np.zeros(5)
    with pytest.raises(InferenceError, match="too few"):
        fit(design[:2], counts[:2], exposure[:2])
    with pytest.raises(InferenceError, match="all are 0"):
        fit(design, np.zeros(5), exposure)
    with pytest.raises(InferenceError, match="negative"):
        fit(design, -counts, exposure)
    with pytest.raises(InferenceError, match="no weight"):
        fit(np.column_stack([design, np.zeros(5)]), counts, exposure)
    with pytest.raises(InferenceError, match="collinear"):
        fit(np.column_stack([design, design[:, 1]]), counts, exposure)


def test_counts_that_hardly_vary_are_no_negative_binomial() -> None:
    design = np.column_stack([np.ones(50), np.tile([0.0, 1.0], 25)])
    with pytest.raises(InferenceError, match="vary no more"):
        fit_negative_binomial(design, np.tile([3.0, 5.0], 25), np.zeros(50))


def test_the_gram_does_not_depend_on_its_blocks(monkeypatch) -> None:
    rng = np.random.default_rng(3)
    design, weight = rng.normal(size=(1_000, 4)), rng.random(1_000)
    whole = design.T @ (design * weight[:, None])
    for size in (1, 7, 1_000, 5_000):
        monkeypatch.setattr("biome_pipeline.fitness.glm._BLOCK", size)
        np.testing.assert_allclose(weighted_gram(design, weight), whole, rtol=1e-12)


# Errors over clusters


def naive_jackknife(design, fit, cluster) -> np.ndarray:
    moves = []
    for g in np.unique(cluster):
        own = cluster == g
        left = fit.hessian - (design[own] * fit.weight[own, None]).T @ design[own]
        moves.append(np.linalg.solve(left, design[own].T @ fit.residual[own]))
    moves = np.array(moves)
    return (len(moves) - 1) / len(moves) * moves.T @ moves


@pytest.mark.parametrize("seed", range(40))
def test_the_jackknife_is_that_of_the_definition(seed: int) -> None:
    design, counts, log_exposure = drawn(seed)
    fit = (fit_poisson, fit_negative_binomial)[seed % 2](design, counts, log_exposure)
    rng = np.random.default_rng(seed)
    # From two clusters to one for each row; some of one row, some of many.
    n_clusters = int(rng.choice([2, 5, 40, 250]))
    cluster = numbered(rng.choice(n_clusters, p=rng.dirichlet(np.ones(n_clusters)), size=300))
    found = jackknife_covariance(design, fit, cluster)
    naive = naive_jackknife(design, fit, cluster)
    # Clusters of a leverage below one thousandth are off by at most as much.
    np.testing.assert_allclose(errors(found), errors(naive), rtol=2e-3)
    scale = np.outer(errors(naive), errors(naive))
    assert np.abs(found - naive).max() / scale.max() < 5e-3


def test_a_term_of_one_cluster_alone_is_gone_without_it() -> None:
    rng = np.random.default_rng(4)
    cluster = np.repeat(np.arange(10), 20)
    design = np.column_stack([np.ones(200), rng.normal(size=200), cluster == 3]).astype(np.float64)
    outcome = rng.normal(size=200) + 2.0 * (cluster == 3)
    fit = fit_ols(design, outcome)
    found = errors(jackknife_covariance(design, fit, cluster))
    # Left out, its estimate is 0: the move is as large as the estimate itself.
    assert found[2] >= np.sqrt(0.9) * abs(fit.coefficients[2])
    assert np.all(np.isfinite(found))


@pytest.mark.parametrize("seed", range(20))
def test_the_error_used_is_the_largest_and_the_covariance_agrees(seed: int) -> None:
    design, counts, log_exposure = drawn(seed)
    fit = fit_poisson(design, counts, log_exposure)
    rng = np.random.default_rng(seed)
    author, root = rng.integers(30, size=300), rng.integers(50, size=300) * 7
    found = clustered_errors(design, fit, author, root)
    assert np.all(found.error >= np.maximum(found.by_author, found.by_root) * (1 - 1e-12))
    np.testing.assert_allclose(errors(found.covariance), found.error)
    assert np.linalg.eigvalsh(found.covariance).min() > -1e-12
    assert (found.n_authors, found.n_roots) == (30, np.unique(root).size)
    assert found.df == 29
    np.testing.assert_allclose(found.plain, errors(np.linalg.inv(fit.hessian)))
