"""Traits of models, one value a row: what drifts along the family tree."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

import ibis

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["traits"]


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
        "license": models.licenses,
        "language": models.languages,
        "task": ibis.array([models.pipeline_tag]),
        "library": ibis.array([models.library_name]),
        "dataset": models.datasets,
        "region": regions,
        "arxiv": models.arxiv_ids,
    }
    parts = []
    for trait, values in lists.items():
        rows = models.select("model_id", trait=ibis.literal(trait), value=values.unique().unnest())
        parts.append(rows.filter(rows.value.notnull()))
    return reduce(lambda left, right: left.union(right), parts)
