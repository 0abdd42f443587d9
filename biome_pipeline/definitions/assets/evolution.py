"""A sweep of the architecture search, as the assets of its tables."""

# Dagster reads the annotations of asset functions while they are defined.
import hashlib
from collections.abc import Iterator

import dagster as dg

from biome_pipeline.definitions.assets.pictures import sweep_figures
from biome_pipeline.definitions.io import (
    OWNERS,
    asset_key,
    both,
    fail_clearly,
    static_metadata,
    written,
)
from biome_pipeline.definitions.partitions import EVOLUTION_SWEEP, snapshot_of
from biome_pipeline.definitions.resources import Warehouse, now
from biome_pipeline.provenance import Provenance, code_version
from biome_pipeline.warehouse.database import publish
from biome_pipeline.warehouse.tables import SWEEP_TABLES

__all__ = ["sweep"]


@dg.multi_asset(
    name="sweep",
    specs=[
        dg.AssetSpec(
            asset_key(spec),
            description=spec.meaning,
            group_name="sweeps",
            owners=OWNERS,
            kinds={"parquet"},
            code_version=code_version(),
            metadata=static_metadata(spec),
        )
        for spec in SWEEP_TABLES.values()
    ],
    partitions_def=EVOLUTION_SWEEP,
)
def sweep(
    context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse]
) -> Iterator[dg.MaterializeResult[None]]:
    """Do what was ordered, or go on where it was broken off; all tables or none are published."""
    from biome_pipeline.evolution.lessons import hub_lessons
    from biome_pipeline.evolution.orders import read_order, sweep_folder
    from biome_pipeline.evolution.sweep import run_sweep, tasks_of

    key = snapshot_of(context, EVOLUTION_SWEEP)
    lake, settings = warehouse.lake, warehouse.settings
    tell = both(context.log.info, warehouse.reporter.says)
    first = next(iter(SWEEP_TABLES.values()))
    made = {}
    with fail_clearly(), warehouse.step(first, key) as step:
        order = read_order(settings.data, key)
        tasks = tasks_of(
            order.sweep,
            sweep_folder(settings.data, key),
            lessons=hub_lessons(step.engine, lake, order.snapshot),
            pauses_after=order.pauses_after,
        )
        tables = run_sweep(order.sweep, tasks, n_processes=order.n_processes, tell=tell)
        configs = [task.config_hash() for task in tasks]
        for spec in SWEEP_TABLES.values():
            warehouse.reporter.begins(spec.name)
            provenance = Provenance(
                table=spec.name,
                snapshot=key,
                source=f"sweep:{key}",
                source_revision=hashlib.sha256("".join(configs).encode()).hexdigest()[:16],
                code_version=code_version(),
                settings_hash=settings.result_hash,
                seed=min(order.sweep.seeds),
                created_at=now().isoformat(timespec="microseconds"),
                # How far it is: a paused sweep has other rows than an ended one.
                facts={"content": str(tables["evolution.candidates"].num_rows)},
            )
            n_rows = lake.write(step.engine, spec, key, tables[spec.name], provenance)
            warehouse.reporter.ends(spec.name, n_rows)
            made[spec.name] = (n_rows, provenance)
        pictures = sweep_figures(step)
        publish(lake, settings, key=key)
    yield from (
        written(spec, *made[name], pictures.get(name, {})) for name, spec in SWEEP_TABLES.items()
    )
