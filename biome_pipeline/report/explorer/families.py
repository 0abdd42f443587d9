"""Families as columns: all rows in one pass, cut into one document per family.

What does not belong here: which families are taken along (``shards``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from biome_pipeline.report.explorer.columns import Named, name_places, numbers
from biome_pipeline.vocabulary.licenses import license_id
from biome_pipeline.vocabulary.relations import GRAPH_RELATIONS

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import numpy.typing as npt

    from biome_pipeline.report.site.contents import Contents

__all__ = ["CONFLICTS", "Families", "read_families"]

CONFLICTS = "policy.license_conflicts"

_FORMAT = 1
_SEVERAL = "several"  # languages of a model, where there is more than one
_WORDS = ("severity", "verdict", "confidence")


@dataclass(frozen=True, eq=False)
class Families:
    """The families of a graph, largest first; each a range of models, edges and conflicts.

    Attributes
    ----------
    snapshot, graph : str
        Partition key, and which relations count.
    numbers : list of int
        Number of each family in the graph.
    roots : list of str
        Root of each.
    depths : list of int
        Largest generation of each.
    starts : ndarray of int64, shape (n_families + 1,)
        Where the models of each family begin.
    ids : list of str
        Models, sorted in each family.
    columns : dict of str to ndarray
        ``generation``, ``created``, ``downloads`` and ``likes`` of the models.
    named : dict of str to Named
        ``license``, ``task`` and ``language`` of the models, ``relation`` of the
        edges, ``obligation`` of the conflicts.
    edge_starts, conflict_starts : ndarray of int64, shape (n_families + 1,)
        Where the edges and conflicts of each family begin.
    edges, conflicts : dict of str to ndarray
        Ends as places in the family, and words.
    """

    snapshot: str
    graph: str
    numbers: list[int]
    roots: list[str]
    depths: list[int]
    starts: npt.NDArray[np.int64]
    ids: list[str]
    columns: dict[str, npt.NDArray[Any]]
    named: dict[str, Named]
    edge_starts: npt.NDArray[np.int64]
    edges: dict[str, npt.NDArray[Any]]
    conflict_starts: npt.NDArray[np.int64]
    conflicts: dict[str, npt.NDArray[Any]]

    @property
    def n_families(self) -> int:
        """Number of families."""
        return len(self.numbers)

    def n_models(self, place: int) -> int:
        """Count the models of a family.

        Parameters
        ----------
        place : int
            Place of the family.

        Returns
        -------
        int
            Models.
        """
        return int(self.starts[place + 1] - self.starts[place])

    def models(self, place: int) -> list[str]:
        """List the models of a family.

        Parameters
        ----------
        place : int
            Place of the family.

        Returns
        -------
        list of str
            Ids, sorted.
        """
        return self.ids[self.starts[place] : self.starts[place + 1]]

    def licenses(self, place: int) -> list[str]:
        """List the licenses of a family.

        Parameters
        ----------
        place : int
            Place of the family.

        Returns
        -------
        list of str
            Sorted.
        """
        return self.named["license"].of_group(place)

    def document(self, place: int) -> dict[str, Any]:
        """Give a family as the explorer reads it.

        Parameters
        ----------
        place : int
            Place of the family.

        Returns
        -------
        dict
            Of plain lists, texts and integers; the format is that of the explorer.
        """
        models = slice(self.starts[place], self.starts[place + 1])
        edges = slice(self.edge_starts[place], self.edge_starts[place + 1])
        conflicts = slice(self.conflict_starts[place], self.conflict_starts[place + 1])
        document: dict[str, Any] = {
            "format": _FORMAT,
            "snapshot": self.snapshot,
            "graph": self.graph,
            "family_id": self.numbers[place],
            "root_id": self.roots[place],
            "ids": self.ids[models],
        }
        document |= {name: column[models].tolist() for name, column in self.columns.items()}
        for plural, name in (("licenses", "license"), ("tasks", "task"), ("languages", "language")):
            document[plural] = self.named[name].of_group(place)
            document[name] = self.named[name].places[models].tolist()
        document["relations"] = self.named["relation"].of_group(place)
        document |= {name: column[edges].tolist() for name, column in self.edges.items()}
        document["obligations"] = self.named["obligation"].of_group(place)
        document["conflicts"] = {
            name: column[conflicts].tolist() for name, column in self.conflicts.items()
        }
        return document


def read_families(contents: Contents, *, graph: str, family_id: int | None = None) -> Families:
    """Read the families of a graph.

    Parameters
    ----------
    contents : Contents
        ``genealogy.members`` and ``genealogy.edges``; ``hub.models`` and
        ``policy.license_conflicts`` if they are there.
    graph : str
        Which relations count.
    family_id : int, optional
        The one family to read; all are, if it is not given.

    Returns
    -------
    Families
        Largest first, of equal ones the first number.
    """
    engine = contents.engine
    people = engine.materialize(_people(contents, graph, family_id))
    try:
        rows = engine.to_arrow(people.order_by("place"))
        edges = engine.to_arrow(_edges(contents, people, graph))
        conflicts = _read_conflicts(contents, people)
    finally:
        engine.release(people)
    family = rows["family_place"].to_numpy()
    n_families = int(family[-1]) + 1 if len(family) else 0
    starts = _starts(family, n_families)
    firsts = rows.take(starts[:-1])
    generation = rows["generation"].to_numpy()
    edge_family = family[edges["child"].to_numpy()]
    conflict_family = family[conflicts["model"].to_numpy()]
    words = {"license": _license_ids(rows["license"])}
    named = {
        name: name_places(words.get(name, rows[name]), family, n_families)
        for name in ("license", "task", "language")
    }
    named["relation"] = name_places(edges["relation"], edge_family, n_families)
    named["obligation"] = name_places(conflicts["obligation"], conflict_family, n_families)

    def inside(column: pa.ChunkedArray, group: npt.NDArray[np.int64]) -> npt.NDArray[Any]:
        shift = pa.array(starts[group])
        return numbers(pc.subtract(column.cast(pa.int64()), shift))

    return Families(
        snapshot=contents.key,
        graph=graph,
        numbers=firsts["family_id"].to_pylist(),
        roots=firsts["root_id"].to_pylist(),
        depths=np.maximum.reduceat(generation, starts[:-1]).tolist() if n_families else [],
        starts=starts,
        ids=rows["model_id"].to_pylist(),
        columns={
            "generation": generation,
            "created": numbers(rows["created"].cast(pa.int32())),
            "downloads": numbers(rows["downloads"]),
            "likes": numbers(rows["likes"]),
        },
        named=named,
        edge_starts=_starts(edge_family, n_families),
        edges={
            "parent": inside(edges["parent"], edge_family),
            "child": inside(edges["child"], edge_family),
            "relation": named["relation"].places,
        },
        conflict_starts=_starts(conflict_family, n_families),
        conflicts={
            "model": inside(conflicts["model"], conflict_family),
            "ancestor": inside(conflicts["ancestor"], conflict_family),
            "obligation": named["obligation"].places,
            "lost_parent": inside(conflicts["lost_parent"], conflict_family),
            "lost_child": inside(conflicts["lost_child"], conflict_family),
            **{name: np.array(conflicts[name].to_pylist(), dtype=object) for name in _WORDS},
        },
    )


def _license_ids(stated: pa.ChunkedArray) -> pa.ChunkedArray:
    """Bring licenses to the ids that their terms have; what states nothing is NULL."""
    encoded = pc.dictionary_encode(stated.cast(pa.string()).combine_chunks())
    ids = [license_id(word) for word in encoded.dictionary.to_pylist()]
    return pa.chunked_array([pa.array(ids, pa.string()).take(encoded.indices)])


def _starts(group: npt.NDArray[np.int64], n_groups: int) -> npt.NDArray[np.int64]:
    return np.searchsorted(group, np.arange(n_groups + 1)).astype(np.int64)


def _people(contents: Contents, graph: str, family_id: int | None) -> ir.Table:
    """Give the models their places: families by size, in each of them by id."""
    members = contents.table("genealogy.members")
    members = members.filter(members.graph == graph)
    if family_id is not None:
        members = members.filter(members.family_id == family_id)
    members = members.select("model_id", "family_id", "root_id", "generation")
    size = members.count().over(group_by=members.family_id)
    members = members.mutate(size=size)
    largest = [ibis.desc("size"), "family_id"]
    members = members.mutate(
        place=ibis.row_number().over(order_by=[*largest, "model_id"]),
        family_place=ibis.dense_rank().over(order_by=largest),
    )
    models = contents.table("hub.models")
    n_languages = models.languages.length()
    is_unknown = models.created_at.isnull() | models.is_created_at_backfilled.fill_null(False)
    models = models.select(
        "model_id",
        "downloads",
        "likes",
        "license",
        task=models.pipeline_tag,
        language=ibis.cases(
            (n_languages == 1, models.languages[0]), (n_languages > 1, _SEVERAL), else_=None
        ),
        created=ibis.ifelse(is_unknown, None, models.created_at.date()),
    )
    # A model without a row in hub.models is one about which nothing is known.
    return members.left_join(models, "model_id").select(
        "place",
        "family_place",
        "family_id",
        "root_id",
        "model_id",
        "generation",
        *("created", "downloads", "likes", "license", "task", "language"),
    )


def _ends(people: ir.Table, role: str) -> ir.Table:
    """Give the places of models under the name of what they are in a relation."""
    return people.select(
        **{
            f"{role}_key": people.model_id,
            role: people.place,
            f"{role}_family": people.family_place,
        }
    )


def _edges(contents: Contents, people: ir.Table, graph: str) -> ir.Table:
    edges = contents.table("genealogy.edges")
    edges = edges.filter(~edges.is_excluded & edges.relation.isin(GRAPH_RELATIONS[graph]))
    edges = edges.select("parent_id", "child_id", "relation")
    child, parent = _ends(people, "child"), _ends(people, "parent")
    found = edges.inner_join(child, edges.child_id == child.child_key)
    found = found.inner_join(parent, found.parent_id == parent.parent_key)
    return found.select("parent", "child", "relation").order_by("parent", "child", "relation")


def _read_conflicts(contents: Contents, people: ir.Table) -> pa.Table:
    """Read the conflicts between two models of one family; ends outside are unknown."""
    if CONFLICTS not in contents.tables:
        places = ("model", "ancestor", "lost_parent", "lost_child")
        return pa.table(
            {name: pa.array([], pa.int64()) for name in places}
            | {name: pa.array([], pa.string()) for name in ("obligation", *_WORDS)}
        )
    rows = contents.table(CONFLICTS)
    rows = rows.select(
        "model_id",
        "ancestor_id",
        "obligation",
        *_WORDS,
        parent_id=rows.lost_between[0],
        child_id=rows.lost_between[1],
    )
    model, ancestor = _ends(people, "model"), _ends(people, "ancestor")
    found = rows.inner_join(model, rows.model_id == model.model_key)
    found = found.inner_join(
        ancestor,
        [
            found.ancestor_id == ancestor.ancestor_key,
            found.model_family == ancestor.ancestor_family,
        ],
    )
    for role in ("parent", "child"):
        end = _ends(people, f"lost_{role}")
        found = found.left_join(
            end,
            [
                found[f"{role}_id"] == end[f"lost_{role}_key"],
                found.model_family == end[f"lost_{role}_family"],
            ],
        )
    found = found.select("model", "ancestor", "obligation", "lost_parent", "lost_child", *_WORDS)
    return contents.engine.to_arrow(found.order_by("model", "ancestor", "obligation"))
