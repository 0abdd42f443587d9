"""What a snapshot of the Hub teaches a sweep: operator weights.

What does not belong here: how the weights are learned (``priors``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from biome_pipeline.errors import SweepError
from biome_pipeline.evolution.sweep import HubLessons
from biome_pipeline.warehouse.tables.evolution_priors import OPERATOR_PRIORS

if TYPE_CHECKING:
    from biome_pipeline.warehouse.engine import Engine
    from biome_pipeline.warehouse.lake import Lake

__all__ = ["hub_lessons"]


def hub_lessons(engine: Engine, lake: Lake, snapshot: str | None) -> HubLessons | None:
    """Read what the Hub teaches.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    lake : Lake
        The lake.
    snapshot : str, optional
        Key of the snapshot; none: the latest one that has operator priors.

    Returns
    -------
    HubLessons or None
        None if no snapshot was asked for and there is none.

    Raises
    ------
    SweepError
        If the snapshot that was asked for has no operator priors.
    """
    keys = lake.keys(OPERATOR_PRIORS)
    if snapshot is not None and snapshot not in keys:
        raise SweepError(
            "it has no operator priors",
            place=f"snapshot {snapshot}",
            remedy="make them with 'biome run --select evolution'",
        )
    key = snapshot or (keys[-1] if keys else None)
    if key is None:
        return None
    rows = lake.read(engine, OPERATOR_PRIORS, key).select("operator", "search_weight")
    found = engine.to_arrow(rows.order_by("operator")).to_pylist()
    return HubLessons(key, {row["operator"]: row["search_weight"] for row in found})
