"""A model's listing record as text, made of its raw row when somebody reads it.

What does not belong here: what is compared of it (``similarity``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from biome_pipeline.warehouse.engine.functions import to_json

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["listing_record"]


def listing_record(raw: ir.Table) -> ir.StringColumn:
    """Write the record as the Hub's list API gives it, as JSON with sorted keys.

    Parameters
    ----------
    raw : ibis.expr.types.Table
        ``hub.raw_models``.

    Returns
    -------
    ibis.expr.types.StringColumn
        One JSON object per row, the values as they came; a score that JSON
        cannot write is null.

    Notes
    -----
    Source: the metadata that section 3 of arXiv 2508.06811 compares.
    """
    score = raw.trending_score
    record = ibis.struct(
        {
            "_id": raw.hub_id,
            "createdAt": raw.created_at.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            "downloads": raw.downloads,
            "id": raw.model_id,
            "library_name": raw.library_name,
            "likes": raw.likes,
            "pipeline_tag": raw.pipeline_tag,
            "private": ibis.literal(False),
            "tags": raw.tags,
            "trendingScore": ibis.ifelse(score.isnan() | score.isinf(), None, score),
        }
    )
    return to_json(record).cast("string")
