"""Which edges run in a cycle: nobody descends from their own descendants.

Models declare their base models freely, and some declare each other. Those
edges are kept in the table of edges and left out of every graph.

What does not belong here: the record of why an edge is left out (``edges``),
and graphs, which hold no cycle any more (``graphs``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from biome_pipeline.genealogy.graphs import check_pairs

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["edges_in_cycles"]


def edges_in_cycles(
    parent: npt.NDArray[np.integer[Any]], child: npt.NDArray[np.integer[Any]], n_nodes: int
) -> npt.NDArray[np.bool_]:
    """Tell which edges lie inside a strongly connected component.

    An edge lies on a cycle exactly when its ends reach each other, which is
    when both belong to the same strongly connected component.

    Parameters
    ----------
    parent, child : ndarray of integers, shape (n_edges,)
        Ends of the edges; duplicates and self-loops may be among them.
    n_nodes : int
        Number of nodes.

    Returns
    -------
    ndarray of bool, shape (n_edges,)
        True for an edge on a cycle, self-loops among them.

    Raises
    ------
    GenealogyError
        If the arrays do not match or an index is outside 0 to ``n_nodes - 1``.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    check_pairs(parent, child, n_nodes)
    if not parent.size:
        return np.zeros(0, dtype=np.bool_)
    # Duplicates of a pair are added up: in a byte, 256 of them would make no edge.
    is_edge = np.ones(parent.size, dtype=np.int32)
    ends = (parent.astype(np.int32), child.astype(np.int32))
    adjacency = coo_array((is_edge, ends), shape=(n_nodes, n_nodes)).tocsr()
    _, component = connected_components(adjacency, directed=True, connection="strong")
    return np.asarray(component[parent] == component[child], dtype=np.bool_)
