"""One partition is one snapshot of the Hub, or one sweep of the architecture search.

Keys of snapshots are dates, and may skip days; keys of sweeps are names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import dagster as dg

if TYPE_CHECKING:
    from biome_pipeline.warehouse.spec import TableSpec

__all__ = ["EVOLUTION_SWEEP", "HUB_SNAPSHOT", "partitions_of", "snapshot_of"]

HUB_SNAPSHOT = dg.DynamicPartitionsDefinition(name="hub_snapshot")
EVOLUTION_SWEEP = dg.DynamicPartitionsDefinition(name="evolution_sweep")


def partitions_of(spec: TableSpec) -> dg.DynamicPartitionsDefinition:
    """Give the partitions of a table.

    Parameters
    ----------
    spec : TableSpec
        The table.

    Returns
    -------
    DynamicPartitionsDefinition
        Snapshots or sweeps.
    """
    return HUB_SNAPSHOT if spec.partition == "snapshot" else EVOLUTION_SWEEP


def snapshot_of(
    context: dg.AssetExecutionContext | dg.AssetCheckExecutionContext,
    partitions: dg.DynamicPartitionsDefinition = HUB_SNAPSHOT,
) -> str:
    """Give the partition that a step works on.

    Parameters
    ----------
    context : AssetExecutionContext or AssetCheckExecutionContext
        The step.
    partitions : DynamicPartitionsDefinition
        Where it looks if the step is of no partition.

    Returns
    -------
    str
        Its key. Checks that are started alone take the latest snapshot:
        the greatest key, not the one inserted last.
    """
    key = context.run.tags.get("dagster/partition")
    if key is not None:
        return key
    keys = context.instance.get_dynamic_partitions(str(partitions.name))
    if not keys and partitions is EVOLUTION_SWEEP:
        raise dg.Failure("there is no sweep yet; run 'biome evolve' first", allow_retries=False)
    if not keys:
        raise dg.Failure("there is no snapshot yet; run 'biome run' first", allow_retries=False)
    return max(keys)
