"""``hub.statistics``: those of the snapshot, and those of parents and relations.

What does not belong here: statistics that need no edges (``snapshot.statistics``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from biome_pipeline.snapshot.statistics import snapshot_statistics
from biome_pipeline.snapshot.statistics.coverage import reporting
from biome_pipeline.snapshot.statistics.row import Statistic, counted, measured, to_table
from biome_pipeline.snapshot.statistics.tops import MOST_ITEMS
from biome_pipeline.vocabulary.relations import RELATIONS

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    from biome_pipeline.settings import Settings
    from biome_pipeline.warehouse.engine import Engine

__all__ = ["descent_statistics", "statistics"]


def statistics(
    engine: Engine,
    models: ir.Table,
    traits: ir.Table,
    quality: ir.Table,
    *,
    edges: ir.Table,
    papers: ir.Table,
    settings: Settings,
    snapshot: str,
) -> pa.Table:
    """Make ``hub.statistics``.

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
    edges : ibis.expr.types.Table
        ``genealogy.edges``.
    papers : ibis.expr.types.Table
        ``hub.papers``.
    settings : Settings
        Replicates and seed of the bootstrap.
    snapshot : str
        Partition key: the day on which ages are taken.

    Returns
    -------
    pyarrow.Table
        Columns of ``hub.statistics`` but ``snapshot``.
    """
    n_models = reporting(engine, quality).n_models
    return to_table(
        [
            *snapshot_statistics(
                engine, models, traits, quality, papers, settings=settings, snapshot=snapshot
            ),
            *descent_statistics(engine, edges, n_models),
        ]
    )


def descent_statistics(engine: Engine, edges: ir.Table, n_models: int) -> list[Statistic]:
    """Count parents, children and relations.

    Edges that are excluded from the graphs count only where the item says so.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    edges : ibis.expr.types.Table
        ``genealogy.edges``.
    n_models : int
        All models.

    Returns
    -------
    list of Statistic
        Statistics ``relation`` (models that are a child by it), ``parent``
        (children, each pair once) and ``base_models``.
    """
    kept = edges.filter(~edges.is_excluded)
    pairs = engine.materialize(kept.select("parent_node", "child_node", "parent_id").distinct())
    is_absent = edges.excluded_reason == "absent"
    declared = engine.to_arrow(
        edges.aggregate(
            n_models_declaring_parent=edges.child_node.nunique(),
            n_models_with_absent_parent=edges.child_node.nunique(where=is_absent),
            n_absent_parents=edges.parent_id.nunique(where=is_absent),
        )
    ).to_pylist()[0]
    found = engine.to_arrow(
        pairs.aggregate(
            n_models_with_parent=pairs.child_node.nunique(),
            n_parents=pairs.parent_node.nunique(),
            n_pairs=pairs.count(),
        )
    ).to_pylist()[0]
    n = found["n_models_with_parent"]
    n_declaring = declared["n_models_declaring_parent"]
    return [
        *_by_relation(engine, kept, n, n_models),
        *_parents(engine, pairs, n, n_models),
        *(
            counted("base_models", item, count, n_models, n_models)
            for item, count in (
                ("n_models_with_parent", n),
                ("n_models_declaring_parent", n_declaring),
                ("n_models_with_absent_parent", declared["n_models_with_absent_parent"]),
                ("n_parents", found["n_parents"]),
            )
        ),
        *measured("base_models", {"n_pairs": found["n_pairs"]}, n),
        # Absent parents are no models of the snapshot, so that shares mean nothing.
        *measured("base_models", {"n_absent_parents": declared["n_absent_parents"]}, n_declaring),
    ]


def _by_relation(engine: Engine, kept: ir.Table, n: int, n_models: int) -> list[Statistic]:
    counts = kept.group_by("relation").agg(count=kept.child_node.nunique())
    by_relation = {row["relation"]: row["count"] for row in engine.to_arrow(counts).to_pylist()}
    return [
        counted("relation", relation, by_relation.get(relation, 0), n, n_models)
        for relation in RELATIONS
    ]


def _parents(engine: Engine, pairs: ir.Table, n: int, n_models: int) -> list[Statistic]:
    # Grouping by the node alone spares the engine the strings.
    counts = pairs.group_by("parent_node").agg(item=pairs.parent_id.min(), count=pairs.count())
    top = counts.order_by(counts["count"].desc(), counts["item"]).limit(MOST_ITEMS)
    return [
        counted("parent", row["item"], row["count"], n, n_models)
        for row in engine.to_arrow(top).to_pylist()
    ]
