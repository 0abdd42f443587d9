"""What is most frequent and what is most downloaded.

What does not belong here: parents by children (``genealogy.statistics``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from biome_pipeline.snapshot.statistics.row import Statistic, counted, share_of

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from biome_pipeline.snapshot.statistics.coverage import Reporting
    from biome_pipeline.warehouse.engine import Engine

__all__ = ["MOST_ITEMS", "most_downloaded", "top_values"]

MOST_ITEMS = 1_000
"""Items of one statistic: the most frequent ones, ties by item in byte order."""

_MOST_MODELS = 100

# The statistic of each trait, and the column whose coverage is its n.
_TRAITS = {
    "license": ("license", "license"),
    "language": ("language", "languages"),
    "task": ("task", "pipeline_tag"),
    "library": ("library", "library_name"),
    "dataset": ("dataset", "datasets"),
    "arxiv": ("arxiv_paper", "arxiv_ids"),
    "region": ("region", ""),
}


def top_values(engine: Engine, traits: ir.Table, known: Reporting) -> list[Statistic]:
    """Count the models of each value of each trait.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    traits : ibis.expr.types.Table
        ``hub.model_traits``.
    known : Reporting
        Models that report each field.

    Returns
    -------
    list of Statistic
        Statistics ``license``, ``language``, ``task``, ``library``,
        ``dataset``, ``region`` and ``arxiv_paper``.
    """
    counts = traits.group_by("trait", "value").agg(count=traits.count())
    rank = ibis.row_number().over(
        group_by=counts.trait, order_by=[counts["count"].desc(), counts.value]
    )
    ranked = counts.mutate(rank=rank)
    top = ranked.filter(ranked["rank"] < MOST_ITEMS)
    # Regions are tags alone; no column of the models counts them.
    in_region = traits.filter(traits.trait == "region")
    n_in_region = engine.to_arrow(in_region.aggregate(n=in_region.model_id.nunique()))
    n_reporting = {"": n_in_region["n"][0].as_py(), **known.by_field}
    rows = engine.to_arrow(top.select("trait", "value", "count")).to_pylist()
    found = []
    for row in rows:
        statistic, field = _TRAITS[row["trait"]]
        found.append(
            counted(statistic, row["value"], row["count"], n_reporting[field], known.n_models)
        )
    return found


def most_downloaded(engine: Engine, models: ir.Table) -> list[Statistic]:
    """List the most downloaded models.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    models : ibis.expr.types.Table
        ``hub.models``.

    Returns
    -------
    list of Statistic
        Statistics ``most_downloaded`` and ``most_downloaded_all_time``;
        ``share_of_models`` is the share of all downloads.
    """
    found = []
    names = {"downloads": "most_downloaded", "downloads_all_time": "most_downloaded_all_time"}
    for column, statistic in names.items():
        known = models.filter(models[column].notnull())
        totals = known.aggregate(n=known.count(), total=known[column].sum().cast("float64"))
        ((n, total),) = (tuple(row.values()) for row in engine.to_arrow(totals).to_pylist())
        top = known.order_by(known[column].desc(), known.model_id).limit(_MOST_MODELS)
        rows = engine.to_arrow(top.select("model_id", value=top[column])).to_pylist()
        found += [
            Statistic(
                statistic, row["model_id"], float(row["value"]), n, share_of(row["value"], total)
            )
            for row in rows
        ]
    return found
