"""``fitness.regressions`` and ``fitness.curves`` out of ``fitness.models``.

What does not belong here: the regressions themselves (``regressions``, ``curves``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from biome_pipeline.fitness.arrays import read_models
from biome_pipeline.fitness.curves import curve_rows
from biome_pipeline.fitness.regressions import regression_rows, with_adjusted
from biome_pipeline.provenance import derive_seed

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    from biome_pipeline.settings import Settings
    from biome_pipeline.warehouse.engine import Engine

__all__ = ["curves", "regressions"]


def regressions(engine: Engine, *, models: ir.Table, settings: Settings) -> pa.Table:
    """Make ``fitness.regressions``.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    models : ibis.expr.types.Table
        ``fitness.models``.
    settings : Settings
        The seed.

    Returns
    -------
    pyarrow.Table
        Columns of ``fitness.regressions`` but ``snapshot``.
    """
    from biome_pipeline.warehouse.tables.fitness import CURVES, REGRESSIONS

    read = read_models(engine, models)
    _, tests = curve_rows(read, seed=derive_seed(settings.seed, CURVES.name))
    return REGRESSIONS.from_rows(with_adjusted([*regression_rows(read), *tests]))


def curves(engine: Engine, *, models: ir.Table, settings: Settings) -> pa.Table:
    """Make ``fitness.curves``.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    models : ibis.expr.types.Table
        ``fitness.models``.
    settings : Settings
        The seed.

    Returns
    -------
    pyarrow.Table
        Columns of ``fitness.curves`` but ``snapshot``; no rows of what has no curve,
        for which ``fitness.regressions`` has the reason.
    """
    from biome_pipeline.warehouse.tables.fitness import CURVES

    found, _ = curve_rows(read_models(engine, models), seed=derive_seed(settings.seed, CURVES.name))
    return CURVES.from_rows(found)
