"""Picking single families out of the tables, to be drawn or exported.

What does not belong here: what a family looks like (``lineage``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from biome_pipeline.genealogy.lineage import FamilyTree, family_tree
from biome_pipeline.vocabulary.relations import GRAPH_RELATIONS

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from biome_pipeline.warehouse.engine import Engine

__all__ = ["largest_trees", "tree_of"]


def largest_trees(
    engine: Engine, members: ir.Table, edges: ir.Table, *, graph: str, n: int, snapshot: str
) -> list[FamilyTree]:
    """Take the largest families of a graph.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    members : ibis.expr.types.Table
        ``genealogy.members``.
    edges : ibis.expr.types.Table
        ``genealogy.edges``.
    graph : str
        Graph to look at.
    n : int
        How many families.
    snapshot : str
        Partition key.

    Returns
    -------
    list of FamilyTree
        Largest first; fewer if there are fewer.
    """
    inside = members.filter(members.graph == graph)
    n_families = engine.to_arrow(inside.aggregate(n=inside.family_id.max()))["n"][0].as_py() or 0
    return [
        tree_of(engine, members, edges, graph=graph, family_id=number, snapshot=snapshot)
        for number in range(1, min(n, n_families) + 1)
    ]


def tree_of(
    engine: Engine,
    members: ir.Table,
    edges: ir.Table,
    *,
    graph: str,
    family_id: int,
    snapshot: str,
) -> FamilyTree:
    """Take one family of a graph.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    members : ibis.expr.types.Table
        ``genealogy.members``.
    edges : ibis.expr.types.Table
        ``genealogy.edges``.
    graph : str
        Graph to look at.
    family_id : int
        Number of the family in the graph.
    snapshot : str
        Partition key.

    Returns
    -------
    FamilyTree
        The family.
    """
    family = members.filter((members.graph == graph) & (members.family_id == family_id))
    inside = edges.filter(~edges.is_excluded & edges.relation.isin(GRAPH_RELATIONS[graph]))
    # Both ends of an edge are in one family, so the child alone tells.
    related = inside.semi_join(family, inside.child_id == family.model_id)
    return family_tree(
        engine.to_arrow(family.order_by("model_id")),
        engine.to_arrow(
            related.select("parent_id", "child_id", "relation").order_by(
                "child_id", "parent_id", "relation"
            )
        ),
        snapshot=snapshot,
    )
