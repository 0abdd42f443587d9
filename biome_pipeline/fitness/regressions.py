"""Every regression of every outcome, as rows: the published one and the robust ones.

What does not belong here: which columns there are (``design``), how they are
fitted (``glm``), and how sure that is (``clustered``).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import stats

from biome_pipeline.fitness.arrays import NUMBERS, OUTCOMES, TRAITS
from biome_pipeline.fitness.counts import (
    CountFit,
    Sample,
    clustered_by_descent,
    count_fit,
    robust_sample,
)
from biome_pipeline.fitness.design import (
    PUBLISHED_NUMBERS,
    REDUCED_NUMBERS,
    Design,
    published_design,
    robust_columns,
)
from biome_pipeline.fitness.glm import fit_ols
from biome_pipeline.inference.significance import adjust_p_values

if TYPE_CHECKING:
    from collections.abc import Sequence

    from biome_pipeline.fitness.arrays import FitnessModels
    from biome_pipeline.fitness.design import Dropped, TermKind

__all__ = ["COUNT_MODELS", "PUBLISHED_OUTCOMES", "regression_rows", "rows_of_fit", "with_adjusted"]

COUNT_MODELS: dict[str, tuple[str, ...]] = {
    "poisson": NUMBERS,
    "negative_binomial": NUMBERS,
    "poisson_reduced": REDUCED_NUMBERS,
}
"""Regressions of counts, with the numbers that are their terms."""

PUBLISHED_OUTCOMES: tuple[str, ...] = ("downloads", "descendants")
"""Outcomes of the published rule; its descendants are those by finetune."""

_FEWEST_PUBLISHED = 100


def regression_rows(
    models: FitnessModels, outcomes: Sequence[str] = tuple(OUTCOMES)
) -> list[dict[str, Any]]:
    """Make the rows of ``fitness.regressions`` but those of curves.

    Parameters
    ----------
    models : FitnessModels
        All models.
    outcomes : sequence of str, optional
        Out of `OUTCOMES`.

    Returns
    -------
    list of dict
        One row per outcome, model and term; not yet adjusted.
    """
    published = [outcome for outcome in PUBLISHED_OUTCOMES if outcome in outcomes]
    rows = [row for outcome in published for row in _published(models, outcome)]
    for outcome in outcomes:
        sample = robust_sample(models, outcome)
        if not sample.rows.size:
            rows += [
                row
                for model in COUNT_MODELS
                for row in _nothing(outcome, model, COUNT_MODELS[model], sample.n_missing)
            ]
            continue
        start: dict[str, float] | None = None
        for model, numbers in COUNT_MODELS.items():
            columns = robust_columns(models, sample.rows, numbers=numbers)
            made = count_fit(
                models,
                sample,
                columns,
                is_negative_binomial=model == "negative_binomial",
                # The reduced model has other terms: from there it may go astray.
                start=start if model == "negative_binomial" else None,
            )
            if made.fit is not None and model == "poisson":
                start = dict(zip(made.design.names, made.fit.coefficients.tolist(), strict=True))
            rows += rows_of_fit(made, outcome=outcome, model=model)
    return rows


def _published(models: FitnessModels, outcome: str) -> list[dict[str, Any]]:
    rows = np.flatnonzero(models.is_published)
    counts = models.descendants_finetune if outcome == "descendants" else models.outcomes[outcome]
    sample = Sample(rows, np.log1p(counts[rows]), np.zeros(rows.size), models.n - rows.size)
    if rows.size <= _FEWEST_PUBLISHED:
        few = f"the rule asks for more than {_FEWEST_PUBLISHED} models, and there are {rows.size}"
        names: tuple[str, ...] = ("intercept", *PUBLISHED_NUMBERS)
        traits: list[TermKind] = ["trait"] * len(PUBLISHED_NUMBERS)
        kinds: tuple[TermKind, ...] = ("intercept", *traits)
        empty = Design(np.zeros((rows.size, len(names))), names, kinds, ())
        made = CountFit(sample, empty, None, None, few)
        return rows_of_fit(made, outcome=outcome, model="published")
    design = published_design(models, rows)
    made = CountFit(sample, design, None, None, "")
    fit = fit_ols(design.matrix, sample.outcome)
    clustered = clustered_by_descent(models, rows, design, fit)
    return rows_of_fit(
        replace(made, fit=fit, clustered=clustered), outcome=outcome, model="published"
    )


def _nothing(
    outcome: str, model: str, numbers: tuple[str, ...], n_missing: int
) -> list[dict[str, Any]]:
    """Say of every trait that no model is known well enough."""
    reason = "no model has a known architecture, age and outcome"
    names = [name for name in TRAITS if name not in NUMBERS or name in numbers]
    return [
        {
            "outcome": outcome,
            "model": model,
            "term": name,
            "term_kind": "intercept" if name == "intercept" else "trait",
            "n": 0,
            "n_missing": n_missing,
            "n_zero": 0,
            "reason": reason,
        }
        for name in ("intercept", *names)
    ]


def rows_of_fit(made: CountFit, *, outcome: str, model: str) -> list[dict[str, Any]]:
    """Give the rows of one regression: its terms, and those that were left out.

    Parameters
    ----------
    made : CountFit
        The regression.
    outcome, model : str
        What it is called.

    Returns
    -------
    list of dict
        In the order of the terms, those left out last.
    """
    sample, design, fit = made.sample, made.design, made.fit
    shared: dict[str, Any] = {
        "outcome": outcome,
        "model": model,
        "n": int(sample.rows.size),
        "n_missing": sample.n_missing,
        "n_zero": int(sample.rows.size - np.count_nonzero(sample.outcome)),
    }
    if fit is not None:
        shared |= {"goodness": _number(fit.goodness), "dispersion": _number(fit.dispersion)}
    if made.clustered is not None:
        shared |= {"n_authors": made.clustered.n_authors, "n_roots": made.clustered.n_roots}
    rows = [
        {
            **shared,
            "term": name,
            "term_kind": kind,
            **_estimated(made, place, is_published=model == "published"),
        }
        for place, (name, kind) in enumerate(zip(design.names, design.kinds, strict=True))
    ]
    return [*rows, *(_left_out(shared, dropped) for dropped in design.dropped)]


def _left_out(shared: dict[str, Any], dropped: Dropped) -> dict[str, Any]:
    return {
        **shared,
        "term": dropped.name,
        "term_kind": dropped.kind,
        "reason": dropped.reason,
    }


def _estimated(made: CountFit, place: int, *, is_published: bool) -> dict[str, Any]:
    if made.fit is None:
        return {"reason": made.reason}
    estimate = float(made.fit.coefficients[place])
    found: dict[str, Any] = {"estimate": estimate}
    clustered = made.clustered
    if clustered is not None:
        found |= {
            "std_error_author": float(clustered.by_author[place]),
            "std_error_root": float(clustered.by_root[place]),
        }
    plain = np.sqrt(np.linalg.inv(made.fit.hessian)[place, place] * made.fit.plain_scale)
    found["std_error_plain"] = float(plain)
    if is_published:
        error, df = float(plain), float(made.sample.rows.size - len(made.design.names))
    elif clustered is not None:
        error, df = float(clustered.error[place]), float(clustered.df)
    else:
        return found | {"reason": "no interval: all models are of one author, or of one root"}
    return found | {"std_error": error, "df": df, **_tested(estimate, error, df)}


def _tested(estimate: float, error: float, df: float) -> dict[str, float]:
    """Give statistic, p-value and interval by Student's t; nothing if there is no error."""
    if not error > 0:
        return {}
    statistic = estimate / error
    half = float(stats.t.ppf(0.975, df)) * error
    return {
        "statistic": statistic,
        "p_value": float(2 * stats.t.sf(abs(statistic), df)),
        "ci_low": estimate - half,
        "ci_high": estimate + half,
    }


def with_adjusted(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Adjust the p-values of traits within each model, over all outcomes.

    Parameters
    ----------
    rows : list of dict
        All rows of ``fitness.regressions``.

    Returns
    -------
    list of dict
        The same, with ``p_adjusted`` where a trait or a test has a p-value.
    """
    for model in {row["model"] for row in rows}:
        own = [
            row
            for row in rows
            if row["model"] == model
            and row["term_kind"] in {"trait", "test"}
            and row.get("p_value") is not None
        ]
        found = adjust_p_values(np.array([row["p_value"] for row in own], dtype=np.float64))
        for row, adjusted in zip(own, found.tolist(), strict=True):
            row["p_adjusted"] = adjusted
    return rows


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
