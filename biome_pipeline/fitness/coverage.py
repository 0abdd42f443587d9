"""How models with a config differ from the rest: the first thing to know of any trait.

Configs are asked for of models that have children, of roots and of the most
downloaded, so that those with one are no sample of all. What does not belong
here: what configs say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from biome_pipeline.fitness.groups import lots_of_roots
from biome_pipeline.inference.resampling import percentile_interval, resampled_sums

if TYPE_CHECKING:
    import numpy.typing as npt

    from biome_pipeline.fitness.arrays import FitnessModels

    Vector = npt.NDArray[np.float64]

__all__ = ["coverage_rows"]


def coverage_rows(models: FitnessModels, *, n_replicates: int, seed: int) -> list[dict[str, Any]]:
    """Make the rows of ``fitness.coverage``.

    Parameters
    ----------
    models : FitnessModels
        All models.
    n_replicates : int
        Replicates (B).
    seed : int
        Seed of the draws; every attribute has the same.

    Returns
    -------
    list of dict
        One row per attribute; none without models.
    """
    if not models.n:
        return []
    has = models.has_config
    rows = [_counted("models", np.ones(models.n), has)]
    for name, values in _attributes(models).items():
        is_known = ~np.isnan(values)
        row = _counted(name, values, has)
        known, own = values[is_known], has[is_known]
        scaled = known if name == "has_relatives" else np.log1p(known)
        row |= _difference(scaled, own, models.root[is_known], n_replicates, seed)
        rows.append(row)
    return rows


def _attributes(models: FitnessModels) -> dict[str, Vector]:
    found = {
        "n_children": models.outcomes["children"],
        "n_descendants": models.outcomes["descendants"],
        "downloads": models.outcomes["downloads"],
        "downloads_all_time": models.outcomes["downloads_all_time"],
        "likes": models.outcomes["likes"],
        "age_days": models.age_days,
        "parameters": models.traits["parameters"],
    }
    alone = models.roles.index("unrelated") if "unrelated" in models.roles else -1
    return {**found, "has_relatives": (models.role != alone).astype(np.float64)}


def _counted(name: str, values: Vector, has: npt.NDArray[np.bool_]) -> dict[str, Any]:
    is_known = ~np.isnan(values)
    row: dict[str, Any] = {"attribute": name}
    for word, own in (("with", has), ("without", ~has)):
        known = values[own & is_known]
        row |= {
            f"n_{word}": int(known.size),
            f"n_unknown_{word}": int(np.count_nonzero(own & ~is_known)),
        }
        if known.size and name != "models":
            row |= {
                f"mean_{word}": float(known.mean()),
                f"median_{word}": float(np.median(known)),
            }
    n = row["n_with"] + row["n_without"]
    row["share_with"] = row["n_with"] / n if n else None
    return row


def _difference(
    values: Vector,
    has: npt.NDArray[np.bool_],
    root: npt.NDArray[np.int64],
    n_replicates: int,
    seed: int,
) -> dict[str, float | None]:
    """Give the standardised difference (Austin 2009, Statistics in Medicine 28) and its interval.

    The difference of the two means over the root of the mean of the two variances.
    """
    if not has.any() or has.all():
        return {}
    # About the mean, so that squares lose no digits.
    about = values - values.mean()
    terms = [(weight, weight * about, weight * about**2) for weight in (1.0 * has, 1.0 * ~has)]
    columns = np.stack([column for three in terms for column in three], axis=1)
    value = float(_standardised(columns.sum(axis=0)[None])[0])
    if not np.isfinite(value):
        return {}
    low = high = None
    lot = lots_of_roots(root)
    n_lots = int(lot.max()) + 1
    if n_lots > 1:
        sums = np.stack(
            [np.bincount(lot, weights=column, minlength=n_lots) for column in columns.T],
            axis=1,
            dtype=np.float64,
        )
        low, high = percentile_interval(
            _standardised(resampled_sums(sums, n_replicates=n_replicates, seed=seed))
        )
    name = "standardised_difference"
    return {name: value, f"{name}_ci_low": low, f"{name}_ci_high": high}


def _standardised(sums: npt.NDArray[np.float64]) -> Vector:
    n, first, second = sums.reshape(len(sums), 2, 3).transpose(2, 0, 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = first / n
        variance = second / n - mean**2
        found: Vector = (mean[:, 0] - mean[:, 1]) / np.sqrt(variance.mean(axis=1))
    return np.where(np.isfinite(found), found, np.nan)
