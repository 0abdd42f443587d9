"""One family in the Newick format, extended for models with several parents.

What does not belong here: other formats of a family (``lineage``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from biome_pipeline.genealogy.lineage import printable

if TYPE_CHECKING:
    from biome_pipeline.genealogy.lineage import FamilyTree

__all__ = ["to_newick"]


def to_newick(tree: FamilyTree) -> str:
    """Write the family in Newick, which phylogenetic programs read.

    A model with several parents stands below each of them as ``'label'#Hn``, n
    counting such models from 1, and its own children follow its first
    occurrence only (extended Newick; Cardona, Rosselló and Valiente 2008, BMC
    Bioinformatics 9:532). Several founders hang from an unnamed common root,
    which is no model. Newick has no word for relations, so they are not told,
    and a pair under two of them comes once. Branches have no length.

    Parameters
    ----------
    tree : FamilyTree
        The family.

    Returns
    -------
    str
        One line ending in a semicolon; labels are quoted ids, siblings in the
        order of their ids, unprintable characters as
        :func:`~biome_pipeline.genealogy.lineage.printable` escapes them.
    """
    pairs = tree.pairs
    merged = np.flatnonzero(pairs.n_parents > 1).tolist()
    number = {node: n for n, node in enumerate(merged, start=1)}
    is_told = np.zeros(tree.n_models, dtype=np.bool_)
    parts: list[str] = []
    founders = np.flatnonzero(pairs.n_parents == 0).tolist()
    # What is still to be written, last first: texts, and nodes to be unfolded.
    waiting: list[str | int] = (
        [";", *_siblings(founders, "")] if len(founders) > 1 else [";", *founders]
    )
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            parts.append(item)
            continue
        label = _label(tree.ids[item], number.get(item))
        first, end = pairs.children_indptr[item : item + 2]
        if is_told[item] or first == end:
            parts.append(label)
        else:
            waiting += _siblings(pairs.children_indices[first:end].tolist(), label)
        is_told[item] = True
    return "".join(parts)


def _siblings(nodes: list[int], label: str) -> list[str | int]:
    """Give ``(first,second)label`` for a stack, so in reverse."""
    items: list[str | int] = [f"){label}"]
    for node in reversed(nodes):
        items += [node, ","]
    items[-1] = "("
    return items


def _label(model_id: str, number: int | None) -> str:
    quoted = "'" + printable(model_id).replace("'", "''") + "'"
    return quoted if number is None else f"{quoted}#H{number}"
