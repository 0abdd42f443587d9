"""What one model descends from: its ancestors, and the parents that are not there.

What does not belong here: what descends from it (``derivatives``), and formats of
files (``bom``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from biome_pipeline.genealogy.selection import model_not_found
from biome_pipeline.vocabulary.relations import GRAPH_RELATIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import ibis.expr.types as ir

    from biome_pipeline.warehouse.engine import Engine

__all__ = ["Descent", "Pedigree", "pedigree_of"]

_FACTS = ("model_id", "pipeline_tag", "licenses", "datasets")


@dataclass(frozen=True, order=True)
class Descent:
    """One declared descent.

    Parameters
    ----------
    child_id, parent_id : str
        The two models.
    relation : str
        How the child was made from the parent.
    """

    child_id: str
    parent_id: str
    relation: str


@dataclass(frozen=True)
class Pedigree:
    """A model with all of its ancestors.

    Parameters
    ----------
    snapshot, graph : str
        Partition key, and which relations count.
    model_id : str
        The model.
    models : mapping of str to mapping
        ``pipeline_tag``, ``licenses`` and ``datasets`` of the model and of each
        ancestor, by id in ascending order.
    descents : tuple of Descent
        Sorted; both ends are among the models.
    absent : tuple of Descent
        Sorted; their parents are declared and not in the snapshot.
    """

    snapshot: str
    graph: str
    model_id: str
    models: Mapping[str, Mapping[str, Any]]
    descents: tuple[Descent, ...]
    absent: tuple[Descent, ...]


def pedigree_of(
    engine: Engine,
    models: ir.Table,
    edges: ir.Table,
    *,
    model_id: str,
    graph: str,
    snapshot: str,
) -> Pedigree:
    """Find all ancestors of a model.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    models : ibis.expr.types.Table
        ``hub.models``.
    edges : ibis.expr.types.Table
        ``genealogy.edges``; those of cycles and malformed ones do not count.
    model_id : str
        The model.
    graph : str
        Graph to look at.
    snapshot : str
        Partition key.

    Returns
    -------
    Pedigree
        A model without parents stands alone in it.

    Raises
    ------
    ModelNotFoundError
        If the model is not in the snapshot.
    """
    missing = model_not_found(engine, models, model_id, snapshot)
    if missing is not None:
        raise missing
    is_absent = (edges.excluded_reason == "absent").fill_null(False)
    kept = edges.filter(
        (~edges.is_excluded | is_absent) & edges.relation.isin(GRAPH_RELATIONS[graph])
    ).select("child_id", "parent_id", "relation", "is_excluded")
    found = {model_id}
    descents: list[Descent] = []
    absent: list[Descent] = []
    front = [model_id]
    while front:
        children = engine.memory_table(_as_table(front))
        rows = engine.to_arrow(kept.semi_join(children, kept.child_id == children.model_id))
        for row in rows.to_pylist():
            is_excluded = row.pop("is_excluded")
            (absent if is_excluded else descents).append(Descent(**row))
        parents = {row["parent_id"] for row in rows.to_pylist() if not row["is_excluded"]}
        front = sorted(parents - found)
        found |= parents
    wanted = engine.memory_table(_as_table(sorted(found)))
    facts = models.select(*_FACTS).semi_join(wanted, "model_id")
    return Pedigree(
        snapshot,
        graph,
        model_id,
        {
            row.pop("model_id"): row
            for row in engine.to_arrow(facts.order_by("model_id")).to_pylist()
        },
        tuple(sorted(descents)),
        tuple(sorted(absent)),
    )


def _as_table(ids: Iterable[str]) -> pa.Table:
    return pa.table({"model_id": pa.array(ids, pa.string())})
