"""One partition is one snapshot of the Hub; keys are dates, and may skip days."""

from __future__ import annotations

import dagster as dg

__all__ = ["HUB_SNAPSHOT", "snapshot_of"]

HUB_SNAPSHOT = dg.DynamicPartitionsDefinition(name="hub_snapshot")


def snapshot_of(context: dg.AssetExecutionContext | dg.AssetCheckExecutionContext) -> str:
    """Give the partition that a step works on.

    Parameters
    ----------
    context : AssetExecutionContext or AssetCheckExecutionContext
        The step.

    Returns
    -------
    str
        Its key. Checks that are started alone take the latest snapshot:
        the greatest key, not the one inserted last.
    """
    key = context.run.tags.get("dagster/partition")
    if key is not None:
        return key
    keys = context.instance.get_dynamic_partitions(HUB_SNAPSHOT.name)
    if not keys:
        raise dg.Failure("there is no snapshot yet; run 'biome run' first", allow_retries=False)
    return max(keys)
