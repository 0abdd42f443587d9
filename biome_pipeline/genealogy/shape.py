"""The form of each family: how deep, how wide, and whether it is a tree.

What does not belong here: distances between members (``virality``), and who
the members are (``families``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from biome_pipeline.errors import GenealogyError

if TYPE_CHECKING:
    import numpy.typing as npt

    from biome_pipeline.genealogy.families import Families
    from biome_pipeline.genealogy.graphs import Graph

__all__ = ["Shape", "measure_shape"]


@dataclass(frozen=True, eq=False)
class Shape:
    """The form of each family; family ``f`` is at index ``f - 1``.

    Attributes
    ----------
    depth : ndarray of int32, shape (n_families,)
        Largest generation of a member.
    n_leaves : ndarray of int64, shape (n_families,)
        Members without children.
    max_children : ndarray of int32, shape (n_families,)
        Children of the member that has most.
    n_pairs : ndarray of int64, shape (n_families,)
        Pairs of parent and child.
    is_tree : ndarray of bool, shape (n_families,)
        Whether there is one path between any two members: one pair fewer than
        members. A member of a tree may have two parents.
    """

    depth: npt.NDArray[np.int32]
    n_leaves: npt.NDArray[np.int64]
    max_children: npt.NDArray[np.int32]
    n_pairs: npt.NDArray[np.int64]
    is_tree: npt.NDArray[np.bool_]


def measure_shape(graph: Graph, families: Families, generation: npt.NDArray[np.int32]) -> Shape:
    """Measure the form of each family.

    Parameters
    ----------
    graph : Graph
        The graph.
    families : Families
        Its families.
    generation : ndarray of int32, shape (n_nodes,)
        Result of :func:`~biome_pipeline.genealogy.graphs.generations`.

    Returns
    -------
    Shape
        One entry per family.

    Raises
    ------
    GenealogyError
        If the families or generations are not one per node of the graph.
    """
    if families.family.shape != (graph.n_nodes,) or generation.shape != (graph.n_nodes,):
        raise GenealogyError(
            f"the graph has {graph.n_nodes} nodes, the families {families.family.size}, "
            f"the generations {generation.size}",
            remedy="give the families and generations of this graph",
        )
    n = families.n_families
    member = np.flatnonzero(families.family > 0)
    index = families.family[member] - 1
    depth = np.zeros(n, dtype=np.int32)
    np.maximum.at(depth, index, generation[member])
    max_children = np.zeros(n, dtype=np.int32)
    np.maximum.at(max_children, index, graph.n_children[member])
    n_leaves = np.bincount(index[graph.n_children[member] == 0], minlength=n)
    n_pairs = np.bincount(families.family[graph.parent] - 1, minlength=n)
    return Shape(
        depth=depth,
        n_leaves=n_leaves.astype(np.int64),
        max_children=max_children,
        n_pairs=n_pairs.astype(np.int64),
        is_tree=n_pairs == families.n_models - 1,
    )
