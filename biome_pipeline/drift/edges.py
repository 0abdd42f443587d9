"""Edges of a graph with the value sets of their two ends: what all kernels start from.

What does not belong here: where the sets come from (``traits``) and what is
counted on them (``mutation``, ``transitions``).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import csr_array

from biome_pipeline.errors import InferenceError
from biome_pipeline.inference.resampling import check_arrays

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["TraitEdges", "trait_edges"]


@dataclass(frozen=True, eq=False)
class TraitEdges:
    """The edges of one graph, and the values that its models report of one trait.

    Attributes
    ----------
    sets : scipy.sparse.csr_array of int32, shape (n_nodes, n_values)
        Ones: row u is the value set A[u], columns ascending; empty is silent.
    parent, child : ndarray of int64, shape (n_edges,)
        Rows of the two ends of each edge; each pair once.
    family : ndarray of int64, shape (n_edges,)
        Family of each edge, any numbering.
    """

    sets: csr_array
    parent: npt.NDArray[np.int64]
    child: npt.NDArray[np.int64]
    family: npt.NDArray[np.int64]

    @property
    def n_edges(self) -> int:
        """Give the number of edges."""
        return int(self.parent.size)

    @cached_property
    def starts(self) -> tuple[npt.NDArray[np.integer[Any]], npt.NDArray[np.integer[Any]]]:
        """Give where the values of the two ends of each edge begin in ``sets.indices``."""
        begin = self.sets.indptr
        return begin[self.parent], begin[self.child]

    @cached_property
    def sizes(self) -> tuple[npt.NDArray[np.integer[Any]], npt.NDArray[np.integer[Any]]]:
        """Give the number of values at the two ends of each edge."""
        end = self.sets.indptr[1:]
        of_parent, of_child = self.starts
        return end[self.parent] - of_parent, end[self.child] - of_child

    def first_values(
        self, chosen: npt.NDArray[np.integer[Any]]
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Give the first value of both ends of some edges; most have no other.

        Parameters
        ----------
        chosen : ndarray of integers, shape (n_chosen,)
            Edges of which both ends have a value.

        Returns
        -------
        tuple of (ndarray of int64, ndarray of int64), shape (n_chosen,)
            Columns of the value sets, of parents and of children.
        """
        parent, child = (self.sets.indices[start[chosen]] for start in self.starts)
        return parent.astype(np.int64), child.astype(np.int64)

    @property
    def n_values(self) -> int:
        """Give the number of values that a set may hold."""
        return int(self.sets.shape[1])

    def restricted(self, columns: npt.NDArray[np.integer[Any]]) -> TraitEdges:
        """Keep some values, and renumber them.

        Parameters
        ----------
        columns : ndarray of integers, shape (n_kept,)
            The values kept, in their new order.

        Returns
        -------
        TraitEdges
            The same edges. Transitions among the kept values stay what they
            were; which edges report does not, and must be asked of the whole.
        """
        return TraitEdges(_ones(self.sets[:, columns]), self.parent, self.child, self.family)


def trait_edges(
    sets: csr_array,
    parent: npt.NDArray[np.integer[Any]],
    child: npt.NDArray[np.integer[Any]],
    family: npt.NDArray[np.integer[Any]],
) -> TraitEdges:
    """Check value sets and edges, and put them together.

    Parameters
    ----------
    sets : scipy.sparse.csr_array of bool or numbers, shape (n_nodes, n_values)
        A stored number other than 0 says that the model of the row has the value.
    parent, child : ndarray of integers, shape (n_edges,)
        Rows of the two ends of each edge.
    family : ndarray of integers, shape (n_edges,)
        Family of each edge.

    Returns
    -------
    TraitEdges
        The same, the sets as ones in the order of their columns.

    Raises
    ------
    InferenceError
        If the arrays do not match, or an end is no row of the sets.
    """
    check_arrays(1, parent=parent, child=child, family=family)
    n_nodes = sets.shape[0]
    for name, ends in (("parent", parent), ("child", child)):
        if ends.size and (int(ends.min()) < 0 or int(ends.max()) >= n_nodes):
            raise InferenceError(
                f"an edge has a {name} outside the {n_nodes} value sets",
                place=f"{name}s {int(ends.min())} to {int(ends.max())}",
                remedy="number the nodes of the edges as the rows of the sets",
            )
    return TraitEdges(
        _ones(sets),
        parent.astype(np.int64, copy=False),
        child.astype(np.int64, copy=False),
        family.astype(np.int64, copy=False),
    )


def _ones(sets: csr_array) -> csr_array:
    """Give the same sets as int32 ones, without zeros or doubles, columns ascending."""
    if sets.dtype == np.int32 and sets.has_canonical_format and (sets.data == 1).all():
        return sets
    own = csr_array(
        ((sets.data != 0).astype(np.int32), sets.indices, sets.indptr), shape=sets.shape, copy=True
    )
    own.eliminate_zeros()
    own.sum_duplicates()
    own.data[:] = 1
    return own
