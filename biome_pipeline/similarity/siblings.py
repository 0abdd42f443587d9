"""Similarity of all siblings in closed form, from sparse vectors.

With unit vectors v of the children of one parent and S their sum, the sum of the
cosines over all unordered pairs is (|S|^2 - sum |v|^2) / 2, and over the pairs
of one child v.S - |v|^2: no pair needs to be enumerated, and a parent with
20,000 children costs as much as 20,000 parents with one.

What does not belong here: how vectors are made (``vectors``), what the means are
compared with (``matched``), and how parents are weighed (``weighting``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from biome_pipeline.errors import InferenceError
from biome_pipeline.similarity.vectors import squared_lengths

if TYPE_CHECKING:
    import numpy.typing as npt
    from scipy.sparse import csr_array

__all__ = ["EdgeSimilarity", "SiblingSums", "edge_similarity", "sibling_sums"]

_BLOCK = 4096
"""Edges compared at once: with 512 terms, two dense blocks of 16 MB."""


@dataclass(frozen=True, eq=False)
class SiblingSums:
    """Similarity summed over the unordered pairs of each set of siblings.

    Attributes
    ----------
    parent_row : ndarray of int64, shape (n_parents,)
        The parents, ascending.
    sums : ndarray of float64, shape (n_parents,)
        Sum of the cosines of all pairs of children whose vectors are not empty.
    n_pairs : ndarray of int64, shape (n_parents,)
        Number of these pairs.
    n_missing : int
        Pairs left out because a vector is empty, over all parents.
    vector_sums : scipy.sparse.csr_array, shape (n_parents, n_terms)
        Sum of the vectors of each parent's children.
    """

    parent_row: npt.NDArray[np.int64]
    sums: npt.NDArray[np.float64]
    n_pairs: npt.NDArray[np.int64]
    n_missing: int
    vector_sums: csr_array


@dataclass(frozen=True, eq=False)
class EdgeSimilarity:
    """What the child of each edge is like: its parent, and its siblings.

    Attributes
    ----------
    to_parent : ndarray of float64, shape (n_edges,)
        Cosine of child and parent; NaN if either vector is empty.
    to_siblings : ndarray of float64, shape (n_edges,)
        Mean cosine of the child and the other children of that parent whose
        vectors are not empty; NaN if there are none, or its own is empty.
    """

    to_parent: npt.NDArray[np.float64]
    to_siblings: npt.NDArray[np.float64]


def sibling_sums(
    vectors: csr_array,
    parent_row: npt.NDArray[np.integer[Any]],
    child_row: npt.NDArray[np.integer[Any]],
) -> SiblingSums:
    """Sum the similarity of all siblings, parent by parent.

    Parameters
    ----------
    vectors : scipy.sparse.csr_array of float64, shape (n_models, n_terms)
        Vectors of length one, or empty.
    parent_row, child_row : ndarray of integers, shape (n_edges,)
        Rows of the two ends of each edge; each pair once.

    Returns
    -------
    SiblingSums
        One entry per parent.

    Raises
    ------
    InferenceError
        If the rows do not match each other or the vectors, or a vector has
        another length than 0 or 1.
    """
    is_known = _known(vectors, parent_row, child_row)
    parents, place = np.unique(parent_row, return_inverse=True)
    sums = _children_sums(vectors, place, child_row, parents.size)
    n_children = np.bincount(place, minlength=parents.size)
    n_known = np.bincount(place[is_known[child_row]], minlength=parents.size)
    n_pairs = n_known * (n_known - 1) // 2
    n_all = n_children * (n_children - 1) // 2
    return SiblingSums(
        parents.astype(np.int64),
        # Each vector has length 1, so that the sum of squares is their number.
        (squared_lengths(sums) - n_known) / 2,
        n_pairs,
        int((n_all - n_pairs).sum()),
        sums,
    )


def edge_similarity(
    vectors: csr_array,
    parent_row: npt.NDArray[np.integer[Any]],
    child_row: npt.NDArray[np.integer[Any]],
    siblings: SiblingSums | None = None,
) -> EdgeSimilarity:
    """Compare the child of each edge with its parent and with its siblings.

    Parameters
    ----------
    vectors : scipy.sparse.csr_array of float64, shape (n_models, n_terms)
        Vectors of length one, or empty.
    parent_row, child_row : ndarray of integers, shape (n_edges,)
        Rows of the two ends of each edge; each pair once. A child of several
        parents has other siblings under each.
    siblings : SiblingSums, optional
        Result of :func:`sibling_sums` for the same edges, to spare computing it.

    Returns
    -------
    EdgeSimilarity
        Two numbers per edge, in the order given.

    Raises
    ------
    InferenceError
        If the rows do not match each other or the vectors, or a vector has
        another length than 0 or 1.
    """
    is_known = _known(vectors, parent_row, child_row)
    parents, place = np.unique(parent_row, return_inverse=True)
    if siblings is None:
        sums = _children_sums(vectors, place, child_row, parents.size)
    else:
        sums = siblings.vector_sums
    n_known = np.bincount(place[is_known[child_row]], minlength=parents.size)
    to_parent = np.full(parent_row.size, np.nan)
    to_siblings = np.full(parent_row.size, np.nan)
    # Edges of one parent together, so that a block needs few dense rows.
    usable = np.flatnonzero(is_known[child_row])
    usable = usable[np.argsort(place[usable], kind="stable")]
    for start in range(0, usable.size, _BLOCK):
        edge = usable[start : start + _BLOCK]
        among, which = np.unique(place[edge], return_inverse=True)
        children = vectors[child_row[edge]]
        to_parent[edge] = _products(children, vectors[parents[among]].toarray(), which)
        with_all = _products(children, sums[among].toarray(), which)
        n_siblings = n_known[place[edge]] - 1
        # The child is in the sum of its parent's children: it is no sibling of itself.
        with_siblings = with_all - 1.0
        to_siblings[edge] = np.where(
            n_siblings > 0, with_siblings / np.maximum(n_siblings, 1), np.nan
        )
    to_parent[~is_known[parent_row]] = np.nan
    return EdgeSimilarity(to_parent, to_siblings)


def _known(
    vectors: csr_array,
    parent_row: npt.NDArray[np.integer[Any]],
    child_row: npt.NDArray[np.integer[Any]],
) -> npt.NDArray[np.bool_]:
    """Say which vectors are not empty; refuse what cannot be compared."""
    n_models = vectors.shape[0]
    if parent_row.ndim != 1 or parent_row.shape != child_row.shape:
        raise InferenceError(
            f"parents and children do not match: shapes {parent_row.shape} and {child_row.shape}",
            remedy="give two arrays of one dimension and the same length",
        )
    for name, rows in (("parent_row", parent_row), ("child_row", child_row)):
        if rows.size and (rows.min() < 0 or rows.max() >= n_models):
            raise InferenceError(
                f"a row is outside 0 to {n_models - 1}", place=name, remedy="give rows of vectors"
            )
    squares = squared_lengths(vectors)
    is_known = squares > 0
    wrong = np.flatnonzero(is_known & (np.abs(squares - 1) > 1e-6))
    if wrong.size:
        raise InferenceError(
            f"a vector has the squared length {squares[wrong[0]]:.6g}",
            place=f"row {int(wrong[0])}",
            remedy="scale each vector to length 1, or leave it empty",
        )
    return is_known


def _children_sums(
    vectors: csr_array,
    place: npt.NDArray[np.integer[Any]],
    child_row: npt.NDArray[np.integer[Any]],
    n_parents: int,
) -> csr_array:
    from scipy.sparse import csr_array

    is_child = csr_array(
        (np.ones(place.size), (place, child_row)), shape=(n_parents, vectors.shape[0])
    )
    return csr_array(is_child @ vectors)


def _products(
    vectors: csr_array, dense: npt.NDArray[np.float64], which: npt.NDArray[np.integer[Any]]
) -> npt.NDArray[np.float64]:
    """Give the inner product of each sparse row with the dense row it is assigned."""
    n_rows = vectors.shape[0]
    row = np.repeat(np.arange(n_rows), np.diff(vectors.indptr))
    terms = vectors.data * dense[which[row], vectors.indices]
    return np.bincount(row, weights=terms, minlength=n_rows).astype(np.float64, copy=False)
