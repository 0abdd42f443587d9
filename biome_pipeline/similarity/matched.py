"""The same child beside its parent and its siblings: which is it more like.

The published means of parent-child and sibling pairs are of different children:
siblings come from parents with many. Here the same child is compared with its
parent and with its siblings, so that nothing but the relation differs.

What does not belong here: the closed form behind the means (``siblings``), and
the test itself (``inference.significance.paired_difference``), which a measure
without vectors can be given directly.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from biome_pipeline.inference.significance import PairedDifference, paired_difference
from biome_pipeline.similarity.siblings import edge_similarity

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from scipy.sparse import csr_array

    from biome_pipeline.similarity.siblings import SiblingSums

__all__ = ["MatchedComparison", "matched_comparison"]


@dataclass(frozen=True, eq=False)
class MatchedComparison:
    """Similarity to the parent beside that to the siblings, of the same children.

    Attributes
    ----------
    to_parent : ndarray of float64, shape (n_edges,)
        Cosine of the child and parent of each edge; NaN if a vector is empty.
    to_siblings : ndarray of float64, shape (n_edges,)
        Mean cosine of the child and its siblings; NaN if it has none to compare.
    result : PairedDifference
        Means over the edges with both, parent minus siblings, its interval and
        p-value; `n` and `n_missing` count edges.
    """

    to_parent: npt.NDArray[np.float64]
    to_siblings: npt.NDArray[np.float64]
    result: PairedDifference


def matched_comparison(
    vectors: csr_array,
    parent_row: npt.NDArray[np.integer[Any]],
    child_row: npt.NDArray[np.integer[Any]],
    family: npt.NDArray[np.integer[Any]],
    *,
    n_replicates: int,
    seed: int,
    siblings: SiblingSums | None = None,
) -> MatchedComparison:
    """Compare each child with its parent and its siblings, paired, by family.

    Parameters
    ----------
    vectors : scipy.sparse.csr_array of float64, shape (n_models, n_terms)
        Vectors of length one, or empty.
    parent_row, child_row : ndarray of integers, shape (n_edges,)
        Rows of the two ends of each edge; each pair once. A child of several
        parents is a unit under each of them.
    family : ndarray of integers, shape (n_edges,)
        Family of each edge.
    n_replicates : int
        Replicates (B) of the bootstrap and of the sign flips.
    seed : int
        Seed of the draws.
    siblings : SiblingSums, optional
        Those of the same edges, to spare computing them.

    Returns
    -------
    MatchedComparison
        Both similarities per edge, and the test of their difference.

    Raises
    ------
    InferenceError
        If the arrays do not match each other or the vectors, a vector has
        another length than 0 or 1, or B is not positive.
    """
    similarity = edge_similarity(vectors, parent_row, child_row, siblings)
    result = paired_difference(
        similarity.to_parent,
        similarity.to_siblings,
        family,
        n_replicates=n_replicates,
        seed=seed,
    )
    return MatchedComparison(similarity.to_parent, similarity.to_siblings, result)
