"""Downloads of about 30 days and of all time, and what their ratio tells.

The ratio falls with age by itself: a model downloaded evenly has 30 / age of
its downloads in the last 30 days. What does not belong here: downloads with and
without a DOI (``doi``).
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import ibis

from biome_pipeline.snapshot.statistics.row import Statistic, counted, measured

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from biome_pipeline.warehouse.engine import Engine

__all__ = ["downloads"]

_DAY = 86_400
_YEAR_DAYS = 365
_RECENT_DAYS = 30
# Recent downloads over those of all time, above which the hub-stats report calls a model trending.
_TRENDING = 0.10
_DECLINING = 0.10


def downloads(engine: Engine, models: ir.Table, *, snapshot: str) -> list[Statistic]:
    """Describe the downloads of all models.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    models : ibis.expr.types.Table
        ``hub.models``.
    snapshot : str
        Partition key: the day on which ages are taken.

    Returns
    -------
    list of Statistic
        Statistics ``downloads``, ``downloads_all_time``, ``downloads_ratio``,
        ``trending`` and ``declining``.
    """
    columns = ("downloads", "downloads_all_time")
    return [
        *(row for column in columns for row in _distribution(engine, models, column)),
        *_ratios(engine, models, snapshot),
    ]


def _distribution(engine: Engine, models: ir.Table, column: str) -> list[Statistic]:
    values = models[column]
    found = models.aggregate(
        n_models=models.count(),
        n=values.count(),
        n_positive=(values > 0).sum().fill_null(0),
        mean=values.mean(),
        # The exact one, and exact in the middle of two integers, too.
        median=values.cast("float64").quantile(0.5),
        total=values.sum().cast("float64"),
        max=values.max(),
    )
    row = engine.to_arrow(found).to_pylist()[0]
    n, n_models, n_positive = row.pop("n"), row.pop("n_models"), row.pop("n_positive")
    if not n:
        return []
    return [
        counted(column, "n_positive", n_positive, n, n_models),
        *measured(column, {"share_positive": n_positive / n, **row}, n),
    ]


def _ratios(engine: Engine, models: ir.Table, snapshot: str) -> list[Statistic]:
    """Compare recent downloads with those of all time, where there are any.

    Ages need a true date of creation: a backfilled one only bounds it.
    """
    today = (dt.date.fromisoformat(snapshot) - dt.date(1970, 1, 1)).days
    age = today - (models.created_at.epoch_seconds() // _DAY).cast("int64")
    is_dated = ~models.is_created_at_backfilled & (age >= 0)
    known = models.filter(models.downloads.notnull() & (models.downloads_all_time > 0))
    rows = engine.materialize(
        known.select(
            recent=known.downloads.cast("float64"),
            ever=known.downloads_all_time.cast("float64"),
            age=ibis.ifelse(is_dated, age, ibis.null("int64")),
        )
    )
    # Unknown ages must stay unknown, which "greatest" does not promise.
    expected = _RECENT_DAYS / ibis.ifelse(rows.age < _RECENT_DAYS, _RECENT_DAYS, rows.age)
    totals = engine.to_arrow(
        rows.aggregate(
            n=rows.count(),
            ratio=rows.recent.sum() / rows.ever.sum().nullif(0),
            n_trending=(rows.recent / rows.ever > _TRENDING).sum().fill_null(0),
            n_dated=rows.age.count(),
            n_declining=(rows.recent / rows.ever < _DECLINING * expected).sum().fill_null(0),
        )
    ).to_pylist()[0]
    n_models = engine.count_rows(models)
    n, n_dated = totals["n"], totals["n_dated"]
    if not n:
        return []
    return [
        *measured("downloads_ratio", {"ratio_of_totals": totals["ratio"]}, n),
        *_ratio_by_age(engine, rows),
        *_part("trending", "n_trending", totals["n_trending"], n, n_models),
        *_part("declining", "n_declining", totals["n_declining"], n_dated, n_models),
    ]


def _ratio_by_age(engine: Engine, rows: ir.Table) -> list[Statistic]:
    dated = rows.filter(rows.age.notnull())
    dated = dated.select(year=dated.age // _YEAR_DAYS, ratio=dated.recent / dated.ever)
    by_year = dated.group_by("year").agg(n=dated.count(), ratio=dated.ratio.quantile(0.5))
    return [
        Statistic("downloads_ratio", f"age_{row['year']}", row["ratio"], row["n"])
        for row in engine.to_arrow(by_year.order_by("year")).to_pylist()
    ]


def _part(statistic: str, item: str, count: int, n: int, n_models: int) -> list[Statistic]:
    if not n:
        return []
    return [
        counted(statistic, item, count, n, n_models),
        *measured(statistic, {"share": count / n}, n),
    ]
