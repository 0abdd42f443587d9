"""Which published snapshot a command looks at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from biome_pipeline.errors import SnapshotNotFoundError

if TYPE_CHECKING:
    from biome_pipeline.warehouse.engine import Engine

__all__ = ["chosen_key"]


def chosen_key(engine: Engine, snapshot: str | None) -> str:
    """Choose a published snapshot.

    Parameters
    ----------
    engine : Engine
        As ``warehouse.database.open_published`` gave it.
    snapshot : str, optional
        What the user asked for; empty or none means the latest.

    Returns
    -------
    str
        Its key.

    Raises
    ------
    SnapshotNotFoundError
        If it is not in the database.
    """
    from biome_pipeline.warehouse.published import published_keys

    keys = published_keys(engine)
    key = snapshot or (keys[-1] if keys else "")
    if key not in keys:
        raise SnapshotNotFoundError(
            "it is not in the database",
            place=f"snapshot {key}",
            remedy=f"choose one of {', '.join(keys)}, or make it with 'biome run'",
        )
    return key
