"""Traits of models, one value a row: what drifts along the family tree."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from biome_pipeline.warehouse.engine import Engine

__all__ = ["traits", "values_of"]


def traits(models: ir.Table) -> ir.Table:
    """List every value of every trait of every model.

    Parameters
    ----------
    models : ibis.expr.types.Table
        ``hub.models``.

    Returns
    -------
    ibis.expr.types.Table
        Columns of ``hub.model_traits`` but ``snapshot``; no row twice.
    """
    regions = models.tags.filter(
        lambda tag: tag.startswith("region:") & (tag.length() > len("region:"))
    ).map(lambda tag: tag.substr(len("region:")))
    lists = {
        "license": _unique(models.licenses),
        # These lists hold nothing twice.
        "language": models.languages,
        "dataset": models.datasets,
        "arxiv": models.arxiv_ids,
        "task": ibis.array([models.pipeline_tag]),
        "library": ibis.array([models.library_name]),
        "region": _unique(regions),
    }
    # The traits of a model stay together: in one pass, and stored in half the space.
    entries = ibis.array([_named(trait, values) for trait, values in lists.items()])
    rows = models.select("model_id", entry=entries.flatten().unnest())
    rows = rows.select("model_id", trait=rows.entry["trait"], value=rows.entry["value"])
    return rows.filter(rows.value.notnull())


def values_of(engine: Engine, rows: ir.Table, trait: str) -> list[str]:
    """List the values of one trait.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    rows : ibis.expr.types.Table
        ``hub.model_traits``.
    trait : str
        Which trait.

    Returns
    -------
    list of str
        Each once, in order.
    """
    values = rows.filter(rows.trait == trait).select("value").distinct().order_by("value")
    found: list[str] = engine.to_arrow(values)["value"].to_pylist()
    return found


def _named(trait: str, values: ir.ArrayValue) -> ir.ArrayValue:
    return values.map(lambda value: ibis.struct({"trait": ibis.literal(trait), "value": value}))


def _unique(words: ir.ArrayValue) -> ir.ArrayValue:
    """Drop repeated words; most lists are too short to have any."""
    return ibis.ifelse(words.length() > 1, words.unique(), words)
