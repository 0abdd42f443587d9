"""Choosing models by size, date and completeness.

What does not belong here: choosing by descent (``genealogy``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from biome_pipeline.snapshot.quality import is_reported
from biome_pipeline.snapshot.statistics.sizes import BILLION

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    import ibis.expr.types as ir

__all__ = ["select_models"]


def select_models(
    models: ir.Table,
    *,
    size: tuple[float, float] | None = None,
    created_after: dt.date | None = None,
    has: Sequence[str] = (),
) -> ir.Table:
    """Choose models, all conditions together; the most downloaded first.

    Parameters
    ----------
    models : ibis.expr.types.Table
        ``hub.models``.
    size : tuple of (float, float), optional
        Least and most parameters in billions, both included; models whose
        number is unknown are left out.
    created_after : datetime.date, optional
        First day of creation, in UTC; backfilled dates, which only bound the
        true one from above, are left out.
    has : sequence of str
        Fields that must be there, out of ``quality.WHY_MISSING``.

    Returns
    -------
    ibis.expr.types.Table
        Some columns of ``hub.models``; unknown downloads last, ties by id.
    """
    chosen = models
    if size is not None:
        low, high = size
        count = models.parameters.cast("float64")
        chosen = chosen.filter((count >= low * BILLION) & (count <= high * BILLION))
    if created_after is not None:
        chosen = chosen.filter(
            (models.created_at >= ibis.timestamp(created_after.isoformat()))
            & ~models.is_created_at_backfilled
        )
    for field in has:
        chosen = chosen.filter(is_reported(models, field))
    return chosen.select(
        "model_id",
        "parameters",
        created=chosen.created_at.date(),
        downloads="downloads",
        likes="likes",
        task="pipeline_tag",
        library="library_name",
        license="license",
    ).order_by(ibis.desc("downloads", nulls_first=False), ibis.asc("model_id"))
