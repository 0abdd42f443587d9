"""Downloads of models with and without a DOI, as they are and among equals.

The plain ratio compares what is not comparable: a DOI is asked for by those
who publish in earnest. The matched ratio compares each model that has a DOI
with the models of its library, task and quarter of creation that have none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from biome_pipeline.provenance import derive_seed
from biome_pipeline.snapshot.statistics.row import Statistic, measured, share_of

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import numpy.typing as npt

    from biome_pipeline.settings import Settings
    from biome_pipeline.warehouse.engine import Engine

__all__ = ["downloads_by_doi", "matched_ratio"]


def downloads_by_doi(engine: Engine, models: ir.Table, settings: Settings) -> list[Statistic]:
    """Compare the recent downloads of models with and without a DOI.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    models : ibis.expr.types.Table
        ``hub.models``.
    settings : Settings
        Replicates and seed of the bootstrap over strata.

    Returns
    -------
    list of Statistic
        Statistic ``downloads_by_doi``; ``ci_low`` and ``ci_high`` are the 95 %
        interval of ``matched_ratio``, whose n is the matched models with a DOI.
    """
    has_doi = models.doi.notnull()
    # A backfilled date is its own stratum: it is a date before 2022-03-02, unknown which.
    known = models.filter(models.downloads.notnull()).select(
        "downloads",
        "library_name",
        "pipeline_tag",
        "is_created_at_backfilled",
        quarter=models.created_at.truncate("Q"),
        with_doi=has_doi.cast("int64"),
    )
    keys = ["library_name", "pipeline_tag", "quarter", "is_created_at_backfilled"]
    strata = engine.to_arrow(
        known.group_by(keys)
        .agg(
            n_with=known.with_doi.sum(),
            n_without=(1 - known.with_doi).sum(),
            sum_with=(known.downloads * known.with_doi).sum().cast("float64"),
            sum_without=(known.downloads * (1 - known.with_doi)).sum().cast("float64"),
        )
        .order_by(keys)
    )
    n_with, n_without, sum_with, sum_without = (
        strata[name].to_numpy().astype(np.float64)
        for name in ("n_with", "n_without", "sum_with", "sum_without")
    )
    n_doi, n_other = int(n_with.sum()), int(n_without.sum())
    if not n_doi or not n_other:
        return []
    mean_with, mean_without = sum_with.sum() / n_doi, sum_without.sum() / n_other
    has_date = strata["quarter"].is_valid().to_numpy()
    is_matched = (n_with > 0) & (n_without > 0) & has_date
    ratio, low, high = matched_ratio(
        sum_with[is_matched],
        n_with[is_matched] * sum_without[is_matched] / n_without[is_matched],
        n_replicates=settings.bootstrap_replicates,
        seed=derive_seed(settings.seed, "hub.statistics/downloads_by_doi"),
    )
    statistic = "downloads_by_doi"
    return [
        *measured(statistic, {"mean_with": mean_with}, n_doi),
        *measured(statistic, {"mean_without": mean_without}, n_other),
        *measured(statistic, {"ratio": share_of(mean_with, mean_without)}, n_doi + n_other),
        *measured(
            statistic,
            {"matched_ratio": ratio, "ci_low": low, "ci_high": high},
            int(n_with[is_matched].sum()),
        ),
    ]


def matched_ratio(
    treated: npt.NDArray[np.float64],
    expected: npt.NDArray[np.float64],
    *,
    n_replicates: int,
    seed: int,
) -> tuple[float | None, float | None, float | None]:
    """Take the ratio of sums over strata, with its bootstrap over strata.

    Parameters
    ----------
    treated : ndarray of float64, shape (n_strata,)
        Downloads of the models with a DOI.
    expected : ndarray of float64, shape (n_strata,)
        What as many models of the stratum without one are downloaded on average.
    n_replicates : int
        Replicates (B).
    seed : int
        Seed of the draws.

    Returns
    -------
    tuple of (float or None, float or None, float or None)
        Ratio, and its 2.5 % and 97.5 % percentiles; ``None`` where nothing can
        be divided, or with fewer than two strata.
    """
    total = expected.sum()
    if not total:
        return None, None, None
    ratio = float(treated.sum() / total)
    n_strata = treated.size
    if n_strata < 2:
        return ratio, None, None
    generator = np.random.Generator(np.random.PCG64(seed))
    sums = np.empty((n_replicates, 2))
    for replicate in range(n_replicates):
        drawn = generator.integers(n_strata, size=n_strata)
        sums[replicate] = treated[drawn].sum(), expected[drawn].sum()
    usable = sums[sums[:, 1] > 0]
    low, high = np.percentile(usable[:, 0] / usable[:, 1], [2.5, 97.5])
    return ratio, float(low), float(high)
