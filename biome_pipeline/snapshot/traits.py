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
    values = {
        "license": _unique(models.licenses).unnest(),
        # These lists hold nothing twice.
        "language": models.languages.unnest(),
        "dataset": models.datasets.unnest(),
        "arxiv": models.arxiv_ids.unnest(),
        "task": models.pipeline_tag,
        "library": models.library_name,
        "region": _unique(regions).unnest(),
    }
    parts = []
    for trait, value in values.items():
        rows = models.select("model_id", trait=ibis.literal(trait), value=value)
        parts.append(rows.filter(rows.value.notnull()))
    return reduce(lambda left, right: left.union(right), parts)


def _unique(words: ir.ArrayColumn) -> ir.ArrayColumn:
    """Drop repeated words; most lists are too short to have any."""
    return ibis.ifelse(words.length() > 1, words.unique(), words)
