"""One family as data, and as files of graphs for other programs.

What does not belong here: picking the family out of the tables (``selection``),
drawing it in text
(``outline``), the Newick format (``newick``) and pictures (``report.figures.genealogy``).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from biome_pipeline.errors import GenealogyError
from biome_pipeline.genealogy.descent import count_descendants
from biome_pipeline.genealogy.graphs import Graph

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    import numpy.typing as npt
    import pyarrow as pa

__all__ = ["FamilyTree", "family_tree", "printable", "to_graphml", "to_json"]


@dataclass(frozen=True, eq=False)
class FamilyTree:
    """One family of one graph; a tree by habit of speech, a DAG by merges.

    Build it with :func:`family_tree`. The generation grows along every
    relation, so there is no cycle.

    Attributes
    ----------
    snapshot : str
        Partition key.
    graph : str
        Which relations count.
    family_id : int
        Number of the family in the graph.
    root_id : str
        Root of the family.
    ids : tuple of str, length n_models
        Models, sorted.
    parent, child : ndarray of int32, shape (n_relations,)
        Ends of each relation as places in `ids`, sorted by parent, then child,
        then relation; a pair under two relations comes twice.
    relation : tuple of str, length n_relations
        How the child was made from the parent.
    generation : ndarray of int32, shape (n_models,)
        Longest path from a founder, in edges.
    created_at : tuple of datetime or None, length n_models, optional
        When each model was created, UTC; None where unknown.
    """

    snapshot: str
    graph: str
    family_id: int
    root_id: str
    ids: tuple[str, ...]
    parent: npt.NDArray[np.int32]
    child: npt.NDArray[np.int32]
    relation: tuple[str, ...]
    generation: npt.NDArray[np.int32]
    created_at: tuple[datetime | None, ...] | None = None

    @property
    def n_models(self) -> int:
        """Number of models."""
        return len(self.ids)

    @property
    def depth(self) -> int:
        """Largest generation, in edges."""
        return int(self.generation.max())

    @cached_property
    def pairs(self) -> Graph:
        """The family as a graph of unique pairs; its nodes are places in `ids`."""
        return Graph.from_pairs(self.parent, self.child, self.n_models)

    @cached_property
    def n_descendants(self) -> npt.NDArray[np.int64]:
        """Descendants of each model, each counted once, int64, shape (n_models,)."""
        return count_descendants(self.pairs, self.generation)

    @cached_property
    def place(self) -> dict[str, int]:
        """Where each model stands in `ids`."""
        return {model_id: node for node, model_id in enumerate(self.ids)}

    @cached_property
    def founders(self) -> tuple[int, ...]:
        """Models without parents: the root, then by descendants, then by id."""
        root = self.place[self.root_id]
        found = np.flatnonzero(self.pairs.n_parents == 0).tolist()
        return tuple(sorted(found, key=lambda node: (node != root, -self.n_descendants[node])))


def family_tree(members: pa.Table, edges: pa.Table, *, snapshot: str) -> FamilyTree:
    """Make one family of its rows, in whatever order they come.

    Parameters
    ----------
    members : pyarrow.Table
        The family's rows of ``genealogy.members``: ``graph``, ``family_id``,
        ``root_id``, ``model_id``, ``generation``, and ``created_at`` if known.
    edges : pyarrow.Table
        The family's rows of ``genealogy.edges``: ``parent_id``, ``child_id``,
        ``relation``, restricted to the graph.
    snapshot : str
        Partition key.

    Returns
    -------
    FamilyTree
        The family.

    Raises
    ------
    GenealogyError
        If the members are none or of several families, a model comes twice,
        the root or an end of an edge is no member, or a generation does not
        grow along an edge.
    """
    families = members.select(["graph", "family_id", "root_id"]).group_by(
        ["graph", "family_id", "root_id"]
    )
    found = families.aggregate([]).to_pylist()
    if len(found) != 1:
        raise GenealogyError(
            f"the members are of {len(found)} families",
            place="genealogy.members",
            remedy="give the rows of one family in one graph",
        )
    family = found[0]
    people = members.take(_order(members["model_id"].to_pylist()))
    ids = tuple(people["model_id"].to_pylist())
    place = {model_id: node for node, model_id in enumerate(ids)}
    if len(place) < len(ids):
        raise GenealogyError(
            f"{len(ids) - len(place)} rows name a model again",
            place="genealogy.members",
            remedy="give one row per model",
        )
    columns = (edges[name].to_pylist() for name in ("parent_id", "child_id", "relation"))
    rows = sorted(set(zip(*columns, strict=True)))
    ends = [*(end for row in rows for end in row[:2]), family["root_id"]]
    strangers = [end for end in ends if end not in place]
    if strangers:
        raise GenealogyError(
            f"{len(strangers)} ends of edges are no members",
            place=printable(strangers[0]),
            remedy="restrict the edges to the family and its graph",
        )
    tree = FamilyTree(
        snapshot=snapshot,
        **family,
        ids=ids,
        parent=np.array([place[row[0]] for row in rows], dtype=np.int32),
        child=np.array([place[row[1]] for row in rows], dtype=np.int32),
        relation=tuple(row[2] for row in rows),
        generation=people["generation"].to_numpy().astype(np.int32),
        created_at=(
            tuple(people["created_at"].to_pylist()) if "created_at" in people.column_names else None
        ),
    )
    if np.any(tree.generation[tree.child] <= tree.generation[tree.parent]):
        raise GenealogyError(
            "a generation does not grow from parent to child",
            place=f"family {tree.family_id} of graph {tree.graph}",
            remedy="give members and edges of the same snapshot and graph",
        )
    return tree


def printable(text: str) -> str:
    r"""Escape what a reader cannot see or a terminal would act on.

    Control characters, U+202E and its like, unusual spaces and unassigned
    characters become escapes as in Python, and so does the backslash: two
    texts never print alike.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        The text on one line, such as ``a/b\u202ec``.
    """
    if text.isprintable() and "\\" not in text:
        return text
    return "".join(
        character
        if character.isprintable() and character != "\\"
        else character.encode("unicode_escape").decode()
        for character in text
    )


def to_graphml(tree: FamilyTree) -> str:
    """Write the family as GraphML: a directed multigraph for Gephi, yEd or networkx.

    Parameters
    ----------
    tree : FamilyTree
        The family.

    Returns
    -------
    str
        An XML document. Nodes carry ``generation``, and ``created_at`` where it
        is known; edges carry ``relation``. Ids are as :func:`printable` gives
        them, as XML cannot hold every character.
    """
    import networkx as nx

    graph = nx.MultiDiGraph(
        snapshot=tree.snapshot,
        graph=tree.graph,
        family_id=tree.family_id,
        root_id=printable(tree.root_id),
    )
    for record in _nodes(tree):
        graph.add_node(printable(record.pop("id")), **record)
    ends = zip(tree.parent.tolist(), tree.child.tolist(), tree.relation, strict=True)
    for number, (parent, child, relation) in enumerate(ends):
        names = (printable(tree.ids[parent]), printable(tree.ids[child]))
        # The key becomes the edge's id, which is unique in the document.
        graph.add_edge(*names, key=f"e{number}", relation=relation)
    header = '<?xml version="1.0" encoding="utf-8"?>'
    return "\n".join([header, *nx.generate_graphml(graph), ""])


def to_json(tree: FamilyTree) -> str:
    """Write the family as JSON in the node-link form.

    Parameters
    ----------
    tree : FamilyTree
        The family.

    Returns
    -------
    str
        One JSON object in ASCII with sorted keys, as
        ``networkx.node_link_graph(..., edges="edges")`` and D3 read it.
    """
    ends = zip(tree.parent.tolist(), tree.child.tolist(), tree.relation, strict=True)
    document = {
        "directed": True,
        "multigraph": True,
        "graph": {
            "snapshot": tree.snapshot,
            "graph": tree.graph,
            "family_id": tree.family_id,
            "root_id": tree.root_id,
        },
        "nodes": list(_nodes(tree)),
        "edges": [
            {"source": tree.ids[parent], "target": tree.ids[child], "relation": relation}
            for parent, child, relation in ends
        ],
    }
    return json.dumps(document, sort_keys=True)


def _order(texts: list[str]) -> list[int]:
    return sorted(range(len(texts)), key=texts.__getitem__)


def _nodes(tree: FamilyTree) -> Iterator[dict[str, Any]]:
    created = tree.created_at or (None,) * tree.n_models
    for model_id, generation, moment in zip(
        tree.ids, tree.generation.tolist(), created, strict=True
    ):
        record = {"id": model_id, "generation": generation}
        yield record if moment is None else {**record, "created_at": moment.isoformat()}
