"""Groups of models whose cards are compared, and which models copy from each other.

What does not belong here: what is counted within a group (``coverage``, ``sections``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from biome_pipeline.genealogy.tables import RelationEdges
from biome_pipeline.inference.lots import lots_of_families
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
class Groups:
    """Who is in which group, and who is resampled with whom.

    Attributes
    ----------
    members : dict of str to ndarray of int64
        Nodes of each of `GROUPS`, ascending.
    unit : ndarray of int64, shape (n_nodes,)
        What each model belongs to, from 0: its family in the graph of all
        relations; without relatives its author.
    lot : ndarray of int64, shape (n_nodes,)
        Unit of resampling of each model, from 0: lots of whole families and
        authors (`lots_of_families`).
    n_lots : int
        Number of lots.
    """

    members: dict[str, npt.NDArray[np.int64]]
    unit: npt.NDArray[np.int64]
    lot: npt.NDArray[np.int64]
    n_lots: int

    def by_lot(
        self, nodes: npt.NDArray[np.int64], values: npt.NDArray[np.float64]
    ) -> npt.NDArray[np.float64]:
        """Add values of models up within lots.

        Parameters
        ----------
        nodes : ndarray of int64, shape (n,)
            Models.
        values : ndarray of float64, shape (n,)
            Their values; NaN adds nothing.

        Returns
        -------
        ndarray of float64, shape (n_lots,)
            The sums.
        """
        weights = np.nan_to_num(values)
        sums = np.bincount(self.lot[nodes], weights=weights, minlength=self.n_lots)
        return np.asarray(sums, np.float64)

    def count_units(self, nodes: npt.NDArray[np.int64]) -> int:
        """Count the families and authors of some models.

        Parameters
        ----------
        nodes : ndarray of int64, shape (n,)
            Models.

        Returns
        -------
        int
            Different units.
        """
        return int(np.count_nonzero(np.bincount(self.unit[nodes])))


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
    import pyarrow.compute as pc

    people = engine.to_arrow(models.select("node", "model_id", "author"))
    n_nodes = people.num_rows
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
    place = people["node"].to_numpy()
    # An old id has no owner: such a model stands for itself.
    owner = pc.coalesce(people["author"], people["model_id"]).combine_chunks()
    author = np.zeros(n_nodes, np.int64)
    author[place] = owner.dictionary_encode().indices.to_numpy()
    alone = np.flatnonzero(~is_related)
    # Numbered along the nodes, so that the order of rows does not matter.
    names, first, code = np.unique(author[alone], return_index=True, return_inverse=True)
    rank = np.empty(names.size, np.int64)
    rank[np.argsort(first)] = np.arange(names.size)
    unit = family - 1
    n_families = int(family.max()) if n_nodes else 0
    unit[alone] = n_families + rank[code]
    lot_of_unit = lots_of_families(np.bincount(unit))
    return Groups(
        members={name: np.flatnonzero(masks[name]) for name in GROUPS},
        unit=unit,
        lot=lot_of_unit[unit],
        n_lots=int(lot_of_unit.max()) + 1 if n_nodes else 0,
    )
