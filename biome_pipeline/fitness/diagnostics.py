"""``fitness.diagnostics`` out of ``fitness.models``: regressions first, then forests.

What does not belong here: how either is computed (``inflation``, ``forest``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from biome_pipeline.fitness.arrays import read_models
from biome_pipeline.fitness.forest import forest_rows
from biome_pipeline.fitness.inflation import inflation_rows
from biome_pipeline.provenance import derive_seed
from biome_pipeline.warehouse.tables.fitness import DIAGNOSTICS

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    from biome_pipeline.settings import Settings
    from biome_pipeline.warehouse.engine import Engine

__all__ = ["diagnostics"]


def diagnostics(engine: Engine, *, models: ir.Table, settings: Settings) -> pa.Table:
    """Make ``fitness.diagnostics``.

    Parameters
    ----------
    engine : Engine
        Where to compute, and how many threads grow trees.
    models : ibis.expr.types.Table
        ``fitness.models``.
    settings : Settings
        Replicates, and the seed.

    Returns
    -------
    pyarrow.Table
        Columns of ``fitness.diagnostics`` but ``snapshot``.
    """
    read = read_models(engine, models)
    forests = forest_rows(
        read,
        n_replicates=settings.bootstrap_replicates,
        seed=derive_seed(settings.seed, DIAGNOSTICS.name),
        n_threads=engine.threads,
    )
    return DIAGNOSTICS.from_rows([*inflation_rows(read), *forests])
