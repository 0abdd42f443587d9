"""What descends from one model, one row a model.

What does not belong here: whole families (``selection``) and counts of all
descendants (``descent``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from biome_pipeline.genealogy.selection import model_not_found

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    from biome_pipeline.warehouse.engine import Engine

__all__ = ["derivatives"]


def derivatives(
    engine: Engine,
    models: ir.Table,
    edges: ir.Table,
    *,
    model_id: str,
    snapshot: str,
    is_deep: bool = False,
) -> pa.Table:
    """List the children of a model, or all that descends from it.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    models : ibis.expr.types.Table
        ``hub.models``.
    edges : ibis.expr.types.Table
        ``genealogy.edges``; excluded ones do not count.
    model_id : str
        The model.
    snapshot : str
        Partition key.
    is_deep : bool
        Whether to take all descendants instead of the children alone.

    Returns
    -------
    pyarrow.Table
        ``model_id``; ``relation`` (all relations to parents one generation
        nearer, joined by commas); ``distance`` (fewest generations down from the
        model); ``downloads``, ``downloads_all_time`` and ``likes``. Most
        downloaded first, unknown downloads last, ties by id.

    Raises
    ------
    ModelNotFoundError
        If the model is not in the snapshot.
    """
    missing = model_not_found(engine, models, model_id, snapshot)
    if missing is not None:
        raise missing
    kept = edges.filter(~edges.is_excluded).select("parent_id", "child_id", "relation")
    distance = _distances(engine, kept, model_id, is_deep=is_deep)
    near = engine.materialize(engine.memory_table(_as_table(distance)))
    up = near.select(parent_id="model_id", above="distance")
    down = near.select(child_id="model_id", distance="distance")
    links = kept.join(up, "parent_id").join(down, "child_id")
    links = links.filter(links.distance == links.above + 1)
    found = links.group_by(["child_id", "distance"]).agg(
        relation=links.relation.collect(distinct=True).sort().join(", ")
    )
    rows = found.join(models, found.child_id == models.model_id)
    chosen = rows.select(
        "model_id", "relation", "distance", "downloads", "downloads_all_time", "likes"
    )
    return engine.to_arrow(
        chosen.order_by(ibis.desc("downloads", nulls_first=False), ibis.asc("model_id"))
    )


def _distances(engine: Engine, kept: ir.Table, model_id: str, *, is_deep: bool) -> dict[str, int]:
    """Search breadth-first, one query a generation; the model itself is at 0."""
    distance = {model_id: 0}
    front = [model_id]
    while front:
        depth = distance[front[0]] + 1
        parents = engine.memory_table(_as_table(dict.fromkeys(front, depth)))
        below = kept.semi_join(parents, kept.parent_id == parents.model_id)
        children = engine.to_arrow(below.select("child_id").distinct())["child_id"].to_pylist()
        front = [child for child in children if child not in distance]
        distance.update(dict.fromkeys(front, depth))
        if not is_deep:
            break
    return distance


def _as_table(distance: dict[str, int]) -> pa.Table:
    import pyarrow as pa

    return pa.table(
        {
            "model_id": pa.array(list(distance), pa.string()),
            "distance": pa.array(list(distance.values()), pa.int64()),
        }
    )
