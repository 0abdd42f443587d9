"""Families: models that are related at all, and the one they go back to.

A family is a weakly connected component with at least one edge. Models without
relatives are members of none.

What does not belong here: measures of a family's form (``shape``), of its
spread (``virality``) and of its size over time (``growth``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from biome_pipeline.errors import GenealogyError

if TYPE_CHECKING:
    import numpy.typing as npt

    from biome_pipeline.genealogy.graphs import Graph

__all__ = ["NO_DATE", "Families", "find_families"]

NO_DATE = int(np.iinfo(np.int64).max)
"""Creation time of a model without one: later than every other."""


@dataclass(frozen=True, eq=False)
class Families:
    """The families of a graph, numbered 1 to `n_families`, largest first.

    Families of one size are in the order of their roots. Arrays by family hold
    family ``f`` at index ``f - 1``.

    Attributes
    ----------
    n_families : int
        Number of families.
    family : ndarray of int32, shape (n_nodes,)
        Family of each node; -1 for a node without relatives.
    root : ndarray of int32, shape (n_families,)
        Root of each family.
    n_models : ndarray of int64, shape (n_families,)
        Members of each family, 2 or more.
    """

    n_families: int
    family: npt.NDArray[np.int32]
    root: npt.NDArray[np.int32]
    n_models: npt.NDArray[np.int64]


def find_families(
    graph: Graph, created: npt.NDArray[np.int64], n_descendants: npt.NDArray[np.int64]
) -> Families:
    """Find the families of a graph and the root of each.

    The root is the member without parents that has most descendants; of several,
    the one created first, then the one whose id comes first.

    Parameters
    ----------
    graph : Graph
        The graph.
    created : ndarray of int64, shape (n_nodes,)
        Creation of each model in microseconds since 1970, or `NO_DATE`.
    n_descendants : ndarray of int64, shape (n_nodes,)
        Result of :func:`~biome_pipeline.genealogy.descent.count_descendants`.

    Returns
    -------
    Families
        Members and root of each family.

    Raises
    ------
    GenealogyError
        If an array does not have one entry per node, or a family has no member
        without parents, which takes a cycle.
    """
    for name, values in (("created", created), ("n_descendants", n_descendants)):
        if values.shape != (graph.n_nodes,):
            raise GenealogyError(
                f"{values.shape} entries for {graph.n_nodes} nodes",
                place=name,
                remedy="give one entry per node",
            )
    if not graph.n_edges:
        none = np.zeros(0, dtype=np.int32)
        alone = np.full(graph.n_nodes, -1, dtype=np.int32)
        return Families(0, alone, none, none.astype(np.int64))

    component = graph.component
    n_members = np.bincount(component)

    founder = np.flatnonzero((graph.n_parents == 0) & (graph.n_children > 0))
    order = np.lexsort((founder, created[founder], -n_descendants[founder], component[founder]))
    with_root, first = np.unique(component[founder[order]], return_index=True)
    root = founder[order[first]]
    if with_root.size != np.count_nonzero(n_members > 1):
        raise GenealogyError(
            "a family has no member without parents",
            remedy="exclude the edges inside cycles before the graph is made",
        )

    largest_first = np.lexsort((root, -n_members[with_root]))
    number = np.full(n_members.size, -1, dtype=np.int32)
    number[with_root[largest_first]] = np.arange(1, root.size + 1, dtype=np.int32)
    return Families(
        n_families=int(root.size),
        family=number[component],
        root=root[largest_first].astype(np.int32),
        n_models=n_members[with_root[largest_first]].astype(np.int64),
    )
