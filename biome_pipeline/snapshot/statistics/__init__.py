"""Statistics of one snapshot: what its models are, in one table of numbers.

They describe all models of the snapshot, not a sample, and so have no
interval; only what is an estimate has one. What does not belong here: what is
about parents and children (``genealogy.statistics``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from biome_pipeline.snapshot.statistics.coverage import coverage, reporting, shares
from biome_pipeline.snapshot.statistics.doi import downloads_by_doi
from biome_pipeline.snapshot.statistics.downloads import downloads
from biome_pipeline.snapshot.statistics.sizes import sizes
from biome_pipeline.snapshot.statistics.subjects import subjects
from biome_pipeline.snapshot.statistics.tops import most_downloaded, top_values

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from biome_pipeline.settings import Settings
    from biome_pipeline.snapshot.statistics.row import Statistic
    from biome_pipeline.warehouse.engine import Engine

__all__ = ["snapshot_statistics"]


def snapshot_statistics(
    engine: Engine,
    models: ir.Table,
    traits: ir.Table,
    quality: ir.Table,
    papers: ir.Table,
    *,
    settings: Settings,
    snapshot: str,
) -> list[Statistic]:
    """Compute every statistic that needs no edges.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    models : ibis.expr.types.Table
        ``hub.models``.
    traits : ibis.expr.types.Table
        ``hub.model_traits``.
    quality : ibis.expr.types.Table
        ``hub.quality``.
    papers : ibis.expr.types.Table
        ``hub.papers``.
    settings : Settings
        Replicates and seed of the bootstrap.
    snapshot : str
        Partition key: the day on which ages are taken.

    Returns
    -------
    list of Statistic
        Rows of ``hub.statistics``.
    """
    known = reporting(engine, quality)
    return [
        *coverage(known),
        *shares(engine, models),
        *top_values(engine, traits, known),
        *subjects(engine, traits, papers, known.n_models),
        *most_downloaded(engine, models),
        *downloads(engine, models, snapshot=snapshot),
        *downloads_by_doi(engine, models, settings),
        *sizes(engine, models, known.n_models),
    ]
