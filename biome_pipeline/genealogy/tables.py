"""Tables of the schema ``genealogy`` out of edges and models.

Here strings become nodes and nodes become strings again; the measures
themselves stand in the kernels. What does not belong here: how an edge is
found (``edges``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
import numpy as np

from biome_pipeline.genealogy.descent import count_descendants
from biome_pipeline.genealogy.families import NO_DATE, Families, find_families
from biome_pipeline.genealogy.graphs import Graph, generations
from biome_pipeline.genealogy.growth import cumulative_growth
from biome_pipeline.genealogy.shape import measure_shape
from biome_pipeline.genealogy.virality import wiener
from biome_pipeline.provenance import derive_seed
from biome_pipeline.vocabulary.relations import GRAPH_RELATIONS, GRAPHS, RELATIONS

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import numpy.typing as npt
    import pyarrow as pa

    from biome_pipeline.settings import Settings
    from biome_pipeline.warehouse.engine import Engine

__all__ = ["RelationEdges", "creations", "families", "family_of_nodes", "growth", "members"]


class RelationEdges:
    """The edges that are in some graph, as arrays of nodes and relations.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    edges : ibis.expr.types.Table
        ``genealogy.edges``.

    Attributes
    ----------
    parent, child : ndarray of int32, shape (n_edges,)
        Nodes.
    relation : ndarray of int8, shape (n_edges,)
        Place in `RELATIONS`.
    """

    def __init__(self, engine: Engine, edges: ir.Table) -> None:
        kept = edges.filter(~edges.is_excluded)
        code = ibis.array(list(RELATIONS)).index(kept.relation)
        rows = engine.to_arrow(kept.select("parent_node", "child_node", code=code.cast("int8")))
        self.parent: npt.NDArray[np.int32] = rows["parent_node"].to_numpy().astype(np.int32)
        self.child: npt.NDArray[np.int32] = rows["child_node"].to_numpy().astype(np.int32)
        self.relation: npt.NDArray[np.int8] = rows["code"].to_numpy().astype(np.int8)

    def within(self, graph: str) -> npt.NDArray[np.bool_]:
        """Tell which edges belong to a graph.

        Parameters
        ----------
        graph : str
            One of `GRAPHS`.

        Returns
        -------
        ndarray of bool, shape (n_edges,)
            Whether the edge's relation is one of the graph's.
        """
        chosen = [RELATIONS.index(name) for name in GRAPH_RELATIONS[graph]]
        return np.isin(self.relation, chosen)

    def graph(self, graph: str, n_nodes: int) -> Graph:
        """Build one graph, each pair once.

        Parameters
        ----------
        graph : str
            One of `GRAPHS`.
        n_nodes : int
            Models of the snapshot.

        Returns
        -------
        Graph
            The graph.
        """
        inside = self.within(graph)
        return Graph.from_pairs(self.parent[inside], self.child[inside], n_nodes)


def members(engine: Engine, edges: ir.Table, models: ir.Table) -> pa.Table:
    """Make ``genealogy.members``: the place of each related model in each graph.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    edges : ibis.expr.types.Table
        ``genealogy.edges``.
    models : ibis.expr.types.Table
        ``hub.models``.

    Returns
    -------
    pyarrow.Table
        Columns of ``genealogy.members`` but ``snapshot``.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    people = engine.to_arrow(models.select("node", "model_id", "created_at"))
    ids = people["model_id"].combine_chunks()
    # The row of each node: numbers are put in order in a fraction of the time of texts.
    place = np.argsort(people["node"].to_numpy()).astype(np.int32)
    # In Arrow and not in the engine: as a floating number the last date would be lost.
    created = pc.fill_null(people["created_at"].cast(pa.int64()), NO_DATE).to_numpy()[place]
    related = RelationEdges(engine, edges)
    parts = []
    for name in GRAPHS:
        graph = related.graph(name, len(ids))
        generation = generations(graph)
        n_descendants = count_descendants(graph, generation)
        found = find_families(graph, created, n_descendants)
        node = np.flatnonzero(found.family > 0).astype(np.int32)
        family = found.family[node]
        inside = related.within(name)
        columns = {
            "graph": pa.array([name]).take(pa.array(np.zeros(node.size, dtype=np.int8))),
            "model_id": ids.take(pa.array(place[node])),
            "node": node,
            "family_id": family,
            "root_id": ids.take(pa.array(place[found.root[family - 1]])),
            "generation": generation[node],
            "n_parents": graph.n_parents[node],
            "n_children": graph.n_children[node],
            "n_descendants": n_descendants[node],
        }
        for code, relation in enumerate(RELATIONS):
            parents = related.parent[inside & (related.relation == code)]
            counts = np.bincount(parents, minlength=len(ids))
            columns[f"n_children_{relation}"] = counts[node]
        parts.append(pa.table(columns))
    return pa.concat_tables(parts)


def family_of_nodes(
    engine: Engine, members: ir.Table, graph: str, n_nodes: int
) -> npt.NDArray[np.int64]:
    """Give the family of each model in one graph.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    members : ibis.expr.types.Table
        ``genealogy.members``.
    graph : str
        One of `GRAPHS`.
    n_nodes : int
        Models of the snapshot.

    Returns
    -------
    ndarray of int64, shape (n_nodes,)
        ``family_id`` by node; 0 for a model without relatives in the graph.
    """
    own = engine.to_arrow(members.filter(members.graph == graph).select("node", "family_id"))
    family = np.zeros(n_nodes, np.int64)
    family[own["node"].to_numpy()] = own["family_id"].to_numpy()
    return family


def families(
    engine: Engine, edges: ir.Table, members: ir.Table, models: ir.Table, settings: Settings
) -> pa.Table:
    """Make ``genealogy.families``: the shape and spread of each family.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    edges : ibis.expr.types.Table
        ``genealogy.edges``.
    members : ibis.expr.types.Table
        ``genealogy.members``.
    models : ibis.expr.types.Table
        ``hub.models``.
    settings : Settings
        Above which size virality is sampled, how often, and the seed.

    Returns
    -------
    pyarrow.Table
        Columns of ``genealogy.families`` but ``snapshot``.
    """
    import pyarrow as pa

    n_nodes = _count(engine, models)
    related = RelationEdges(engine, edges)
    parts = []
    for name in GRAPHS:
        graph = related.graph(name, n_nodes)
        found, root_id, generation = _families_of(engine, members, name, n_nodes)
        shape = measure_shape(graph, found, generation)
        spread = wiener(
            graph,
            found,
            exact_core_limit=settings.virality_exact_core,
            n_sources=settings.virality_sources,
            seed=derive_seed(settings.seed, f"genealogy.families/{name}"),
        )
        parts.append(
            pa.table(
                {
                    "graph": pa.array([name] * found.n_families, pa.string()),
                    "family_id": np.arange(1, found.n_families + 1),
                    "root_id": root_id,
                    "n_models": found.n_models,
                    "n_pairs": shape.n_pairs,
                    "depth": shape.depth,
                    "n_leaves": shape.n_leaves,
                    "max_children": shape.max_children,
                    "is_tree": shape.is_tree,
                    "wiener_index": spread.wiener_index,
                    "structural_virality": spread.structural_virality,
                    "is_virality_exact": spread.is_exact,
                    "virality_std_error": spread.std_error,
                }
            )
        )
    return pa.concat_tables(parts, promote_options="permissive")


def growth(engine: Engine, members: ir.Table, models: ir.Table, settings: Settings) -> pa.Table:
    """Make ``genealogy.growth``: the largest families month by month.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    members : ibis.expr.types.Table
        ``genealogy.members``.
    models : ibis.expr.types.Table
        ``hub.models``.
    settings : Settings
        How many families of each graph are followed.

    Returns
    -------
    pyarrow.Table
        Columns of ``genealogy.growth`` but ``snapshot``.
    """
    import pyarrow as pa

    dated = members.filter(members.family_id <= settings.growth_families).join(
        models.select("node", "created_at"), "node"
    )
    month = (dated.created_at.year() - 1970) * 12 + dated.created_at.month() - 1
    rows = engine.to_arrow(
        dated.select("graph", "family_id", month=month.fill_null(-1).cast("int32"))
    )
    parts = []
    for name in GRAPHS:
        inside = np.asarray(rows["graph"].to_numpy(zero_copy_only=False) == name)
        family = rows["family_id"].to_numpy()[inside].astype(np.int32)
        grown = cumulative_growth(family, rows["month"].to_numpy()[inside], np.unique(family))
        parts.append(
            pa.table(
                {
                    "graph": pa.array([name] * grown.family.size, pa.string()),
                    "family_id": grown.family.astype(np.int64),
                    "month": grown.month.astype("datetime64[M]").astype("datetime64[D]"),
                    "n_models_cumulative": grown.n_cumulative.astype(np.int64),
                }
            )
        )
    return pa.concat_tables(parts)


def creations(models: ir.Table, members: ir.Table) -> ir.Table:
    """Make ``genealogy.creations``: the histogram of creation dates.

    Parameters
    ----------
    models : ibis.expr.types.Table
        ``hub.models``.
    members : ibis.expr.types.Table
        ``genealogy.members``.

    Returns
    -------
    ibis.expr.types.Table
        Columns of ``genealogy.creations`` but ``snapshot``.
    """
    related = members.filter(members.graph == "all").select("node", is_related=ibis.literal(True))
    dated = models.filter(models.created_at.notnull()).left_join(related, "node")
    return dated.group_by(month=dated.created_at.truncate("M").date()).agg(
        n_models=dated.count(),
        n_related=dated.is_related.fill_null(False).sum(),
        n_backfilled=dated.is_created_at_backfilled.fill_null(False).sum(),
    )


def _count(engine: Engine, table: ir.Table) -> int:
    return int(engine.to_arrow(table.aggregate(n=table.count()))["n"][0].as_py())


def _families_of(
    engine: Engine, members: ir.Table, name: str, n_nodes: int
) -> tuple[Families, pa.Array, npt.NDArray[np.int32]]:
    """Bring the families of one graph back from the table of members."""
    import pyarrow as pa

    inside = members.filter(members.graph == name)
    rows = engine.to_arrow(
        inside.select(
            "node", "family_id", "generation", "model_id", is_root=inside.model_id == inside.root_id
        )
    )
    node = rows["node"].to_numpy()
    family = np.full(n_nodes, -1, dtype=np.int32)
    family[node] = rows["family_id"].to_numpy()
    generation = np.zeros(n_nodes, dtype=np.int32)
    generation[node] = rows["generation"].to_numpy()
    at_root = np.flatnonzero(rows["is_root"].to_numpy(zero_copy_only=False))
    at_root = at_root[np.argsort(rows["family_id"].to_numpy()[at_root])]
    n_models = np.bincount(family[node], minlength=at_root.size + 1)[1:]
    found = Families(
        n_families=int(at_root.size),
        family=family,
        root=node[at_root].astype(np.int32),
        n_models=n_models.astype(np.int64),
    )
    root_id = rows["model_id"].combine_chunks().take(pa.array(at_root))
    return found, root_id, generation
