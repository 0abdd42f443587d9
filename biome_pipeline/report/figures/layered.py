"""Where the models of a family stand in a layered tree.

What does not belong here: how the tree is drawn (``genealogy``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from biome_pipeline.genealogy.graphs import neighbours

if TYPE_CHECKING:
    import numpy.typing as npt

    from biome_pipeline.genealogy.lineage import FamilyTree

__all__ = ["layered_positions"]

_CROWD = 40  # models in a layer from which on they no longer stand on one line
_BAND = 0.34  # height of a crowded layer, in generations
_GOLDEN_RATIO = (5**0.5 - 1) / 2


def layered_positions(
    tree: FamilyTree,
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Place models in layers by generation, relatives near each other.

    The family is unfolded breadth-first from its root, along relations in both
    directions, into a spanning tree, so that a founder stands near the merge
    that it went into. Each branch of that tree gets a stretch of the width in
    proportion to its leaves, the largest branches in the middle, and a model
    stands amid its own stretch. Crowded layers become bands.

    Parameters
    ----------
    tree : FamilyTree
        The family.

    Returns
    -------
    x : ndarray of float64, shape (n_models,)
        Places across, from 0 to 1.
    y : ndarray of float64, shape (n_models,)
        Generation, and in crowded layers up to a third more.
    """
    start, width = _stretches(tree)
    x = start + width / 2
    y = tree.generation.astype(np.float64)
    size_of_layer = np.bincount(tree.generation)
    rank = np.empty(tree.n_models, dtype=np.int64)
    order = np.lexsort((x, tree.generation))
    rank[order] = np.arange(tree.n_models)
    # Multiples of the golden ratio fill a band evenly, however many there are.
    y += np.where(size_of_layer[tree.generation] > _CROWD, rank * _GOLDEN_RATIO % 1 * _BAND, 0.0)
    root = tree.place[tree.root_id]
    y[root] = tree.generation[root]
    return x, y


def _stretches(tree: FamilyTree) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Give where the stretch of each model begins, and how wide it is."""
    order, carrier = _unfold(tree)
    n_leaves = [0] * tree.n_models
    branches: list[list[int]] = [[] for _ in order]
    for node in reversed(order):
        n_leaves[node] = max(n_leaves[node], 1)
        if carrier[node] >= 0:
            n_leaves[carrier[node]] += n_leaves[node]
            branches[carrier[node]].append(node)
    start = [0] * tree.n_models
    for node in order:
        place = start[node]
        by_size = sorted(branches[node], key=lambda branch: (n_leaves[branch], branch))
        # Every other branch to the left and the rest to the right: small ones outside.
        for branch in by_size[::2] + by_size[1::2][::-1]:
            start[branch] = place
            place += n_leaves[branch]
    total = n_leaves[order[0]]
    return np.array(start) / total, np.array(n_leaves) / total


def _unfold(tree: FamilyTree) -> tuple[list[int], list[int]]:
    """Search breadth-first from the root; give the order and who led to whom."""
    pairs = tree.pairs
    root = tree.place[tree.root_id]
    carrier = [-1] * tree.n_models
    is_found = np.zeros(tree.n_models, dtype=np.bool_)
    is_found[root] = True
    order = [root]
    for node in order:
        for indptr, indices in (
            (pairs.children_indptr, pairs.children_indices),
            (pairs.parents_indptr, pairs.parents_indices),
        ):
            near = neighbours(indptr, indices, np.array([node]))
            for other in near[~is_found[near]].tolist():
                is_found[other] = True
                carrier[other] = node
                order.append(other)
    return order, carrier
