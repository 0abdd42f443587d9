"""A family as a layered tree: where its models stand, and the lines between.

What does not belong here: the figure around it (``genealogy``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from biome_pipeline.genealogy.graphs import neighbours
from biome_pipeline.report.labels import fitted_label, text_width
from biome_pipeline.report.scales import count_axis
from biome_pipeline.report.style import LETTERS, style_axes
from biome_pipeline.vocabulary.relations import RELATIONS

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from biome_pipeline.genealogy.lineage import FamilyTree
    from biome_pipeline.report.style import Theme

__all__ = ["draw_tree", "layered_positions", "relation_legend"]

_CROWD = 40  # models in a layer from which on they no longer stand on one line
_BAND = 0.34  # height of a crowded layer, in generations
_MARGIN = 0.06  # above founders, in heights of the tree
_VECTORS = 2_000  # edges from which on they are saved as pixels
_GOLDEN_RATIO = (5**0.5 - 1) / 2


def layered_positions(
    tree: FamilyTree,
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Place models in layers by generation, relatives near each other.

    The family is unfolded breadth-first from its root, along relations in both
    directions, into a spanning tree, so that a founder stands near the merge
    that it went into. Each branch of that tree gets a stretch of the width in
    proportion to its leaves, the largest branches in the middle, those of one
    size sorted by relation, and a model stands amid its own stretch. Crowded layers become bands.

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


def draw_tree(axes: Axes, tree: FamilyTree, look: Theme, *, room: float) -> None:
    """Draw one family, its edges coloured by relation.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw.
    tree : FamilyTree
        The family.
    look : Theme
        Colours.
    room : float
        Width for its title, in points.
    """
    from matplotlib.collections import LineCollection

    x, y = layered_positions(tree)
    relation = np.array(tree.relation)
    n_edges = relation.size
    style_axes(axes, look, grid="")
    axes.spines[:].set_visible(False)
    # The more edges, the fainter each: what is dense should be dark, and no darker.
    faint = float(np.clip(12 / np.sqrt(max(n_edges, 1)), 0.12, 0.9))
    thin = float(np.clip(16 / np.sqrt(max(n_edges, 1)), 0.35, 1.6))
    names, counts = np.unique(relation, return_counts=True)
    # Rare relations are drawn last, over the others.
    for name in names[np.argsort(-counts, kind="stable")].tolist():
        edges = relation == name
        ends = np.stack(
            [
                np.column_stack((x[node], y[node]))
                for node in (tree.parent[edges], tree.child[edges])
            ],
            axis=1,
        )
        axes.add_collection(
            LineCollection(
                list(ends),
                colors=look.relations[name],
                linewidths=thin,
                alpha=faint,
                rasterized=n_edges > _VECTORS,
                gid=name,
            )
        )
    # The last colour is that of founders, who were made by no relation.
    colours = np.array([*(look.relations[name] for name in RELATIONS), look.text])
    dot = float(np.clip(1_500 / tree.n_models, 0.5, 26))
    axes.scatter(
        x,
        y,
        s=dot,
        color=colours[_made_by(tree)],
        linewidths=0,
        zorder=3,
        rasterized=n_edges > _VECTORS,
    )
    root = tree.place[tree.root_id]
    axes.scatter(
        x[root],
        y[root],
        s=48,
        color=look.background,
        edgecolors=look.text,
        zorder=4,
        linewidths=1.6,
    )
    axes.set_xlim(-0.04, 1.04)
    # Founders of all panels stand at one height; crowded layers reach down a third.
    bottom = (float(y.max()) + 0.1) * 1.02
    axes.set_ylim(bottom, -_MARGIN * bottom)
    axes.set_xticks([])
    count_axis(axes.yaxis, "", is_log=False)
    axes.set_title(_title_of(tree, room), loc="left", linespacing=1.3)


def relation_legend(
    figure: Figure, trees: Sequence[FamilyTree], look: Theme, *, ncols: int
) -> None:
    """Name the colours of the relations below a figure, with the number of edges.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        The figure.
    trees : sequence of FamilyTree
        The families drawn; a relation that none of them has is not named.
    look : Theme
        Colours.
    ncols : int
        Columns of the legend.
    """
    from matplotlib.lines import Line2D

    n_edges = {name: sum(t.relation.count(name) for t in trees) for name in RELATIONS}
    handles = [
        Line2D([], [], color=look.relations[name], linewidth=3, label=f"{name} ({n:,})")
        for name, n in n_edges.items()
        if n
    ]
    figure.legend(handles=handles, loc="outside lower left", ncols=ncols)


def _made_by(tree: FamilyTree) -> list[int]:
    """Give the relation that each model was made by, as a place in `RELATIONS`; -1 for founders."""
    made_by = [-1] * tree.n_models
    for child, relation in zip(tree.child.tolist(), tree.relation, strict=True):
        made_by[child] = max(made_by[child], RELATIONS.index(relation))
    return made_by


def _title_of(tree: FamilyTree, room: float) -> str:
    """Give the root on two lines, as panels are narrow, then size and depth."""
    owner, slash, name = tree.root_id.partition("/")
    first, last = (
        fitted_label(part, room - text_width(slash, LETTERS), LETTERS) for part in (owner, name)
    )
    lines = [first + slash, last] if slash else ["", first]
    return "\n".join([*lines, f"n = {tree.n_models:,}, depth {tree.depth:,}"])


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
    made_by = _made_by(tree)
    start = [0] * tree.n_models
    for node in order:
        place = start[node]
        by_size = sorted(branches[node], key=lambda b: (n_leaves[b], made_by[b], b))
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
