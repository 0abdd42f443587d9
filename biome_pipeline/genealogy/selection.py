"""Picking single families out of the tables, to be drawn or exported.

What does not belong here: what a family looks like (``lineage``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from biome_pipeline.errors import ModelNotFoundError
from biome_pipeline.genealogy.lineage import FamilyTree, family_tree
from biome_pipeline.vocabulary.relations import GRAPH_RELATIONS

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from biome_pipeline.warehouse.engine import Engine

__all__ = ["family_around", "largest_trees", "model_not_found", "tree_around", "tree_of"]


def largest_trees(
    engine: Engine,
    families: ir.Table,
    members: ir.Table,
    edges: ir.Table,
    *,
    graph: str,
    n: int,
    max_models: int,
    snapshot: str,
) -> list[FamilyTree]:
    """Take the largest families of a graph that can still be drawn.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    families : ibis.expr.types.Table
        ``genealogy.families``.
    members : ibis.expr.types.Table
        ``genealogy.members``.
    edges : ibis.expr.types.Table
        ``genealogy.edges``.
    graph : str
        Graph to look at.
    n : int
        How many families.
    max_models : int
        Largest family taken: merges join much of the Hub into one family that
        no picture can show.
    snapshot : str
        Partition key.

    Returns
    -------
    list of FamilyTree
        Largest first; fewer if there are fewer.
    """
    fitting = families.filter((families.graph == graph) & (families.n_models <= max_models))
    chosen = engine.to_arrow(fitting.select("family_id").order_by("family_id").limit(n))
    numbers = chosen["family_id"].to_pylist()
    # Both tables are searched once for all of them.
    people = members.filter((members.graph == graph) & members.family_id.isin(numbers))
    people = engine.materialize(people)
    near = engine.materialize(edges.semi_join(people, edges.child_id == people.model_id))
    return [
        tree_of(engine, people, near, graph=graph, family_id=number, snapshot=snapshot)
        for number in numbers
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


def tree_around(
    engine: Engine,
    models: ir.Table,
    members: ir.Table,
    edges: ir.Table,
    *,
    model_id: str,
    graph: str,
    snapshot: str,
) -> FamilyTree:
    """Take the family of one model.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    models : ibis.expr.types.Table
        ``hub.models``.
    members : ibis.expr.types.Table
        ``genealogy.members``.
    edges : ibis.expr.types.Table
        ``genealogy.edges``.
    model_id : str
        The model.
    graph : str
        Graph to look at.
    snapshot : str
        Partition key.

    Returns
    -------
    FamilyTree
        The family.

    Raises
    ------
    ModelNotFoundError
        If the model is not in the snapshot, or has no relatives in the graph.
    """
    number = family_around(
        engine, models, members, model_id=model_id, graph=graph, snapshot=snapshot
    )
    return tree_of(engine, members, edges, graph=graph, family_id=number, snapshot=snapshot)


def family_around(
    engine: Engine,
    models: ir.Table,
    members: ir.Table,
    *,
    model_id: str,
    graph: str,
    snapshot: str,
) -> int:
    """Find the family of one model.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    models : ibis.expr.types.Table
        ``hub.models``.
    members : ibis.expr.types.Table
        ``genealogy.members``.
    model_id : str
        The model.
    graph : str
        Graph to look at.
    snapshot : str
        Partition key.

    Returns
    -------
    int
        Number of the family in the graph.

    Raises
    ------
    ModelNotFoundError
        If the model is not in the snapshot, or has no relatives in the graph.
    """
    here = members.filter((members.graph == graph) & (members.model_id == model_id))
    found = engine.to_arrow(here.select("family_id"))["family_id"].to_pylist()
    if not found:
        raise _not_found(engine, models, model_id, graph, snapshot)
    return int(found[0])


def _not_found(
    engine: Engine, models: ir.Table, model_id: str, graph: str, snapshot: str
) -> ModelNotFoundError:
    """Say whether the model is alone, spelt otherwise, or not there."""
    return model_not_found(engine, models, model_id, snapshot) or ModelNotFoundError(
        f"the model has no relatives in graph {graph}",
        place=f"{model_id} in snapshot {snapshot}",
        remedy="look at it in another graph with --graph, or in the table hub.models",
    )


def model_not_found(
    engine: Engine, models: ir.Table, model_id: str, snapshot: str
) -> ModelNotFoundError | None:
    """Say what is wrong if a model is not in a snapshot.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    models : ibis.expr.types.Table
        ``hub.models``.
    model_id : str
        The model.
    snapshot : str
        Partition key.

    Returns
    -------
    ModelNotFoundError or None
        An error that tells other spellings; ``None`` if the model is there.
    """
    alike = models.filter(models.model_id.lower() == model_id.lower()).select("model_id")
    spellings = sorted(engine.to_arrow(alike)["model_id"].to_pylist())
    if model_id in spellings:
        return None
    remedy = (
        f"ids are case-sensitive: {', '.join(spellings[:3])} is there"
        if spellings
        else "find its name with: biome sql "
        "\"SELECT model_id FROM hub.models WHERE model_id ILIKE '%name%'\""
    )
    return ModelNotFoundError(
        "there is no such model", place=f"{model_id} in snapshot {snapshot}", remedy=remedy
    )
