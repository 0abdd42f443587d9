"""Groups of models whose cards are compared.

What does not belong here: what is counted within a group (``coverage``, ``sections``), and
which models copy from each other (``inference.units``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from biome_pipeline.genealogy.tables import RelationEdges
from biome_pipeline.inference.units import Units, author_of_nodes, units_of_models
from biome_pipeline.vocabulary.relations import RELATIONS

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import numpy.typing as npt

    from biome_pipeline.warehouse.engine import Engine

__all__ = ["GROUPS", "Groups", "model_groups"]

GROUPS: tuple[str, ...] = (
    "all",
    "with_relatives",
    "without_relatives",
    "roots",
    "parents",
    "children",
    *(f"parents_{relation}" for relation in RELATIONS),
    *(f"children_{relation}" for relation in RELATIONS),
)
"""Values of the column ``group``; a model may be in several."""


@dataclass(frozen=True, eq=False)
class Groups(Units):
    """Who is in which group, and who is resampled with whom.

    Attributes
    ----------
    unit : ndarray of int64, shape (n_nodes,)
        As of `Units`.
    lot : ndarray of int64, shape (n_nodes,)
        As of `Units`.
    n_lots : int
        As of `Units`.
    members : dict of str to ndarray of int64
        Nodes of each of `GROUPS`, ascending.
    """

    members: dict[str, npt.NDArray[np.int64]]


def model_groups(engine: Engine, edges: ir.Table, members: ir.Table, models: ir.Table) -> Groups:
    """Put the models of a snapshot into groups and units.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    edges : ibis.expr.types.Table
        ``genealogy.edges``.
    members : ibis.expr.types.Table
        ``genealogy.members``.
    models : ibis.expr.types.Table
        ``hub.models``.

    Returns
    -------
    Groups
        In the graph of all relations.
    """
    n_nodes = engine.count_rows(models)
    placed = engine.to_arrow(
        members.filter(members.graph == "all").select(
            "node", "family_id", "n_parents", "n_children"
        )
    )
    node = placed["node"].to_numpy()
    family = np.zeros(n_nodes, np.int64)
    family[node] = placed["family_id"].to_numpy()
    has_parents = np.zeros(n_nodes, np.bool_)
    has_parents[node] = placed["n_parents"].to_numpy() > 0
    has_children = np.zeros(n_nodes, np.bool_)
    has_children[node] = placed["n_children"].to_numpy() > 0
    is_related = family > 0
    masks = {
        "all": np.ones(n_nodes, np.bool_),
        "with_relatives": is_related,
        "without_relatives": ~is_related,
        "roots": is_related & ~has_parents,
        "parents": has_children,
        "children": has_parents,
    }
    related = RelationEdges(engine, edges)
    for end, nodes in (("parents", related.parent), ("children", related.child)):
        for number, relation in enumerate(RELATIONS):
            mask = np.zeros(n_nodes, np.bool_)
            mask[nodes[related.relation == number]] = True
            masks[f"{end}_{relation}"] = mask
    units = units_of_models(family, author_of_nodes(engine, models))
    return Groups(members={name: np.flatnonzero(masks[name]) for name in GROUPS}, **vars(units))
