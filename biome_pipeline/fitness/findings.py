"""What the questions of fitness ask, as tested statements: rows of ``inference.findings``.

Every estimate is a ratio of rates, 1 if there is no difference. Those of traits
are read from the regressions and those of features from the matched comparison.
Two usual sizes share their draws of roots, so that no two intervals have to be
compared: the interval of the ratio is one of percentiles of the share
r1 / (r1 + r2), which exists where a rate is 0, turned back into a ratio.

What does not belong here: the regressions and the matching themselves, and the
words of the page (``report.site``).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from biome_pipeline.errors import InferenceError
from biome_pipeline.fitness.arrays import exposure_of, read_models
from biome_pipeline.fitness.bins import SPOT_NAMES, nearest_spot
from biome_pipeline.inference.findings import Finding, verdict_of
from biome_pipeline.inference.lots import lots_of_families
from biome_pipeline.inference.resampling import (
    check_arrays,
    family_sums,
    percentile_interval,
    resampled_sums,
)
from biome_pipeline.inference.significance import bootstrap_p_value
from biome_pipeline.provenance import derive_seed

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import numpy.typing as npt

    from biome_pipeline.fitness.arrays import FitnessModels
    from biome_pipeline.settings import Settings
    from biome_pipeline.warehouse.engine import Engine

__all__ = ["SUBJECT", "RatioOfRates", "findings", "ratio_of_rates"]

SUBJECT = "fitness"
"""Subject of these findings in ``inference.findings``."""

_GRAPH = "all"
_MODEL = "poisson_reduced"
_OUTCOMES = {"descendants": "descendants", "downloads": "downloads in 30 days"}
_NUMBERS = {"parameters": "parameters", "context_length": "context length"}
_FEATURES = {
    "uses_gqa": "grouped queries",
    "uses_moe": "mixture of experts",
    "uses_quantization": "quantization",
}
_PAIRS = (("7B", "13B"), ("7B", "70B"))
_TOGETHER = "It says what goes together, not why."
_FEW_ROOTS = 20


@dataclass(frozen=True)
class RatioOfRates:
    """One rate over another.

    Attributes
    ----------
    value : float or None
        The ratio; ``None`` if a group is empty or the second rate is 0.
    ci_low, ci_high : float or None
        Ends of its 95 % interval; ``None`` with fewer than two units to resample,
        or if the upper end is beyond all bounds.
    p_value : float or None
        Two-sided, of equal rates.
    n_first, n_second : int
        Models of either group.
    n_roots : int
        Roots of both.
    """

    value: float | None
    ci_low: float | None
    ci_high: float | None
    p_value: float | None
    n_first: int
    n_second: int
    n_roots: int


def ratio_of_rates(
    counts: npt.NDArray[np.float64],
    exposure: npt.NDArray[np.float64],
    is_first: npt.NDArray[np.bool_],
    root: npt.NDArray[np.integer[Any]],
    *,
    n_replicates: int,
    seed: int,
) -> RatioOfRates:
    """Compare the rates of two groups of models, by resampling roots of both at once.

    Parameters
    ----------
    counts, exposure : ndarray of float64, shape (n,)
        What each model earned, and in how much time; no NaN, exposure positive.
    is_first : ndarray of bool, shape (n,)
        Whether a model is of the first group; the others are of the second.
    root : ndarray of integers, shape (n,)
        Root of each model, any numbering.
    n_replicates : int
        Replicates (B).
    seed : int
        Seed of the draws.

    Returns
    -------
    RatioOfRates
        Sum of counts over sum of exposures of the first group, over the same of
        the second.

    Raises
    ------
    InferenceError
        If the arrays do not match, hold NaN or exposure of 0, or B is not positive.
    """
    check_arrays(n_replicates, counts=counts, exposure=exposure, is_first=is_first, root=root)
    if np.isnan(counts).any() or not np.all(exposure > 0):
        raise InferenceError(
            "a count is not known, or an exposure not positive",
            place="ratio of rates",
            remedy="leave such models out",
        )
    n_first = int(np.count_nonzero(is_first))
    n_second = int(is_first.size - n_first)
    _, place, sizes = np.unique(root, return_inverse=True, return_counts=True)
    n_roots = int(sizes.size)
    if not n_first or not n_second:
        return RatioOfRates(None, None, None, None, n_first, n_second, n_roots)
    columns = np.stack(
        [
            np.where(own, column, 0.0)
            for own in (is_first, ~is_first)
            for column in (counts, exposure)
        ],
        axis=1,
    )
    sums = family_sums(columns, lots_of_families(sizes)[place])[:, :4]
    share = float(_shares(sums.sum(axis=0)[None])[0])
    if math.isnan(share) or share == 1.0:
        return RatioOfRates(None, None, None, None, n_first, n_second, n_roots)
    low, high, p_value = None, None, None
    if n_roots > 1:
        replicates = _shares(resampled_sums(sums, n_replicates=n_replicates, seed=seed))
        low, high = percentile_interval(replicates)
        p_value = bootstrap_p_value(replicates - 0.5)
    if low is None or high is None or high >= 1.0:
        low, high = None, None
    else:
        low, high = low / (1 - low), high / (1 - high)
    return RatioOfRates(share / (1 - share), low, high, p_value, n_first, n_second, n_roots)


def _shares(sums: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Give r1 / (r1 + r2) of rows of sums; NaN where a group is not drawn or both rates are 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        first, second = sums[:, 0] / sums[:, 1], sums[:, 2] / sums[:, 3]
        result: npt.NDArray[np.float64] = first / (first + second)
    return result


def findings(
    engine: Engine,
    *,
    models: ir.Table,
    regressions: ir.Table,
    feature_impact: ir.Table,
    settings: Settings,
) -> list[Finding]:
    """Test what the questions ask.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    models : ibis.expr.types.Table
        ``fitness.models``, as the lake has it.
    regressions : ibis.expr.types.Table
        ``fitness.regressions``.
    feature_impact : ibis.expr.types.Table
        ``fitness.feature_impact``.
    settings : Settings
        Replicates, and the seed.

    Returns
    -------
    list of Finding
        Not yet adjusted for their number. What cannot be estimated is there, and
        says why.
    """
    terms = engine.to_arrow(
        regressions.filter((regressions.model == _MODEL) & regressions.term.isin(list(_NUMBERS)))
    ).to_pylist()
    features = engine.to_arrow(feature_impact.filter(feature_impact.rule == "matched")).to_pylist()
    of_terms = {(row["term"], row["outcome"]): row for row in terms}
    of_features = {(row["feature"], row["outcome"]): row for row in features}
    arrays = read_models(engine, models)
    found = []
    for outcome in _OUTCOMES:
        found += [_of_number(name, outcome, of_terms.get((name, outcome))) for name in _NUMBERS]
        found += [
            _of_feature(name, outcome, of_features.get((name, outcome))) for name in _FEATURES
        ]
        found += [_of_spots(*pair, outcome, arrays, settings) for pair in _PAIRS]
    return found


def _of_number(name: str, outcome: str, row: dict[str, Any] | None) -> Finding:
    statement = (
        f"Models have more {_OUTCOMES[outcome]} for twice the {_NUMBERS[name]} (ratio of rates, "
        "other traits alike)"
    )
    finding = f"{name}/{outcome}"
    if row is None or row["estimate"] is None:
        reason = None if row is None else row["reason"]
        return _nothing(finding, statement, 0 if row is None else row["n"], reason)
    return _finding(
        finding,
        statement,
        *(_exp(row[column]) for column in ("estimate", "ci_low", "ci_high")),
        p_value=row["p_value"],
        n=row["n"],
        caveat=f"{_TOGETHER} {row['n_missing']:,} models are left out; intervals are over authors "
        f"({row['n_authors'] or 0:,}) and roots ({row['n_roots'] or 0:,}).",
    )


def _of_feature(name: str, outcome: str, row: dict[str, Any] | None) -> Finding:
    statement = (
        f"Models with {_FEATURES[name]} have more {_OUTCOMES[outcome]} than others of the same "
        "family, size class and quarter (ratio of rates)"
    )
    finding = f"{name}/{outcome}"
    n = 0 if row is None else row["n_with"] + row["n_without"]
    if row is None or row["effect"] is None:
        return _nothing(finding, statement, n, None if row is None else row["reason"])
    return _finding(
        finding,
        statement,
        row["effect"],
        row["ci_low"],
        row["ci_high"],
        p_value=row["p_value"],
        n=n,
        caveat=f"{_TOGETHER} {row['n_unknown']:,} models do not tell; the p-value is of "
        f"{row['n_permutable'] or 0:,} models that share root and stratum with one of the other "
        "kind.",
    )


def _of_spots(
    first: str, second: str, outcome: str, models: FitnessModels, settings: Settings
) -> Finding:
    statement = (
        f"Models near {first} have more {_OUTCOMES[outcome]} than those near {second} (ratio of "
        "rates)"
    )
    finding = f"spot/{outcome}/{first}/{second}"
    names = list(SPOT_NAMES)
    spot = nearest_spot(models.traits["parameters"], is_logarithmic=True)
    counts = models.outcomes[outcome]
    exposure = exposure_of(outcome, models.age_days)
    is_either = (spot == names.index(first)) | (spot == names.index(second))
    kept = is_either & ~np.isnan(counts) & ~np.isnan(exposure)
    ratio = ratio_of_rates(
        counts[kept],
        exposure[kept],
        spot[kept] == names.index(first),
        models.root[kept],
        n_replicates=settings.bootstrap_replicates,
        seed=derive_seed(settings.seed, f"fitness.findings/{finding}"),
    )
    n = ratio.n_first + ratio.n_second
    if ratio.value is None:
        reason = (
            f"{ratio.n_first:,} models near {first} and {ratio.n_second:,} near {second} are known"
            if not ratio.n_first or not ratio.n_second
            else f"models near {second} have no {_OUTCOMES[outcome]}"
        )
        return _nothing(finding, statement, n, reason)
    n_out = int(np.count_nonzero(is_either) - n)
    caveat = (
        f"{ratio.n_first:,} models near {first} and {ratio.n_second:,} near {second}, of "
        f"{ratio.n_roots:,} roots; {n_out:,} with unknown age or {_OUTCOMES[outcome]} are left "
        "out. Family and maker are not held alike."
    )
    if ratio.n_roots < _FEW_ROOTS:
        caveat += " With so few roots the interval is too narrow."
    return _finding(
        finding,
        statement,
        ratio.value,
        ratio.ci_low,
        ratio.ci_high,
        p_value=ratio.p_value,
        n=n,
        caveat=caveat,
    )


def _finding(
    finding: str,
    statement: str,
    estimate: float | None,
    ci_low: float | None,
    ci_high: float | None,
    *,
    p_value: float | None,
    n: int,
    caveat: str,
    sign: Literal[-1, 1] = 1,
) -> Finding:
    return Finding(
        subject=SUBJECT,
        finding=finding,
        graph=_GRAPH,
        statement=f"{statement}.",
        estimate=estimate,
        ci_low=ci_low,
        ci_high=ci_high,
        p_value=p_value,
        n=n,
        verdict=verdict_of(
            None if ci_low is None else ci_low - 1,
            None if ci_high is None else ci_high - 1,
            sign=sign,
        ),
        caveat=caveat,
    )


def _nothing(finding: str, statement: str, n: int, reason: str | None) -> Finding:
    why = (reason or "it is in no table of this snapshot").rstrip(".")
    return _finding(
        finding, statement, None, None, None, p_value=None, n=n, caveat=f"Reason: {why}."
    )


def _exp(value: float | None) -> float | None:
    return None if value is None else math.exp(min(value, 700.0))
