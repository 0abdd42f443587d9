"""Tables of config mutations out of ``hub.configs`` and the graphs.

What does not belong here: what is asked of an edge (``mutations``,
``mutation_kinds``, ``contradictions``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from biome_pipeline.fitness.contradictions import CONTRADICTIONS, contradictions_of
from biome_pipeline.fitness.mutation_kinds import kinds_of
from biome_pipeline.fitness.mutations import (
    ATTRIBUTES,
    changes_of,
    read_configs,
    shares_over_families,
)
from biome_pipeline.genealogy.lineages import edges_of_graphs
from biome_pipeline.provenance import derive_seed
from biome_pipeline.vocabulary.relations import GRAPHS
from biome_pipeline.warehouse.tables.fitness_mutations import (
    CONFIG_MUTATION_KINDS,
    CONFIG_MUTATIONS,
    RELATION_CONTRADICTIONS,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import ibis.expr.types as ir
    import numpy.typing as npt
    import pyarrow as pa

    from biome_pipeline.fitness.mutations import Share
    from biome_pipeline.genealogy.lineages import GraphEdges
    from biome_pipeline.settings import Settings
    from biome_pipeline.warehouse.engine import Engine
    from biome_pipeline.warehouse.spec import TableSpec

__all__ = ["config_mutation_kinds", "config_mutations", "relation_contradictions"]


def config_mutations(
    engine: Engine,
    *,
    configs: ir.Table,
    models: ir.Table,
    edges: ir.Table,
    members: ir.Table,
    settings: Settings,
) -> pa.Table:
    """Make ``fitness.config_mutations``.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    configs : ibis.expr.types.Table
        ``hub.configs``.
    models : ibis.expr.types.Table
        ``hub.models``.
    edges : ibis.expr.types.Table
        ``genealogy.edges``.
    members : ibis.expr.types.Table
        ``genealogy.members``.
    settings : Settings
        Replicates, and the seed.

    Returns
    -------
    pyarrow.Table
        Columns of ``fitness.config_mutations`` but ``snapshot``; no rows of graphs
        without edges.
    """
    read = read_configs(engine, configs, models)
    rows: list[dict[str, Any]] = []
    for lineage in _lineages(engine, edges, members, read.is_full.size, GRAPHS):
        effort = _effort(settings, CONFIG_MUTATIONS, lineage)
        known = {
            name: (
                ~np.isnan(read.values[name][lineage.parent]),
                ~np.isnan(read.values[name][lineage.child]),
            )
            for name in ATTRIBUTES
        }
        differs = {
            name: read.values[name][lineage.parent] != read.values[name][lineage.child]
            for name in ATTRIBUTES
        }
        for relation, places in lineage.groups.items():
            reports = [(known[name][0] & known[name][1])[places] for name in ATTRIBUTES]
            hits = [differs[name][places] for name in ATTRIBUTES]
            shares = shares_over_families(reports, hits, lineage.family[places], **effort)
            for name, share in zip(ATTRIBUTES, shares, strict=True):
                change = changes_of(read, name, lineage.parent[places], lineage.child[places])
                rows.append(
                    {
                        "graph": lineage.graph,
                        "relation": relation,
                        "attribute": name,
                        **_columns(share, "changed"),
                        **change,
                    }
                )
    return CONFIG_MUTATIONS.from_rows(rows)


def config_mutation_kinds(
    engine: Engine,
    *,
    configs: ir.Table,
    models: ir.Table,
    edges: ir.Table,
    members: ir.Table,
    settings: Settings,
) -> pa.Table:
    """Make ``fitness.config_mutation_kinds``.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    configs : ibis.expr.types.Table
        ``hub.configs``.
    models : ibis.expr.types.Table
        ``hub.models``.
    edges : ibis.expr.types.Table
        ``genealogy.edges``.
    members : ibis.expr.types.Table
        ``genealogy.members``.
    settings : Settings
        Replicates, and the seed.

    Returns
    -------
    pyarrow.Table
        Columns of ``fitness.config_mutation_kinds`` but ``snapshot``.
    """
    read = read_configs(engine, configs, models)
    descendants = _descendants(engine, members, read.is_full.size)
    rows: list[dict[str, Any]] = []
    shown: list[tuple[int, int] | None] = []
    for lineage in _lineages(engine, edges, members, read.is_full.size, GRAPHS):
        effort = _effort(settings, CONFIG_MUTATION_KINDS, lineage)
        judged = kinds_of(read, lineage.parent, lineage.child)
        for relation, places in lineage.groups.items():
            reports = [report[places] for report, _ in judged.values()]
            hits = [hit[places] for _, hit in judged.values()]
            shares = shares_over_families(reports, hits, lineage.family[places], **effort)
            for k, (kind, share) in enumerate(zip(judged, shares, strict=True)):
                rows.append(
                    {
                        "graph": lineage.graph,
                        "relation": relation,
                        "kind": kind,
                        **_columns(share, "changed"),
                    }
                )
                shown.append(_example(lineage, places[reports[k] & hits[k]], descendants))
    _name_examples(engine, models, rows, shown)
    return CONFIG_MUTATION_KINDS.from_rows(rows)


def relation_contradictions(
    engine: Engine,
    *,
    configs: ir.Table,
    models: ir.Table,
    edges: ir.Table,
    members: ir.Table,
    settings: Settings,
) -> pa.Table:
    """Make ``fitness.relation_contradictions``.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    configs : ibis.expr.types.Table
        ``hub.configs``.
    models : ibis.expr.types.Table
        ``hub.models``.
    edges : ibis.expr.types.Table
        ``genealogy.edges``.
    members : ibis.expr.types.Table
        ``genealogy.members``.
    settings : Settings
        Replicates, and the seed.

    Returns
    -------
    pyarrow.Table
        Columns of ``fitness.relation_contradictions`` but ``snapshot``; families are
        those of the graph all.
    """
    read = read_configs(engine, configs, models)
    descendants = _descendants(engine, members, read.is_full.size)
    rows: list[dict[str, Any]] = []
    shown: list[tuple[int, int] | None] = []
    for lineage in _lineages(engine, edges, members, read.is_full.size, ("all",)):
        effort = _effort(settings, RELATION_CONTRADICTIONS, lineage)
        for relation in CONTRADICTIONS:
            places = lineage.groups.get(relation)
            if places is None:
                continue
            judged = contradictions_of(
                read, lineage.parent[places], lineage.child[places], relation
            )
            reports = [report for report, _ in judged.values()]
            hits = [hit for _, hit in judged.values()]
            shares = shares_over_families(reports, hits, lineage.family[places], **effort)
            for k, (name, share) in enumerate(zip(judged, shares, strict=True)):
                rows.append(
                    {
                        "relation": relation,
                        "contradiction": name,
                        **_columns(share, "contradicted"),
                    }
                )
                shown.append(_example(lineage, places[reports[k] & hits[k]], descendants))
    _name_examples(engine, models, rows, shown)
    return RELATION_CONTRADICTIONS.from_rows(rows)


def _lineages(
    engine: Engine, edges: ir.Table, members: ir.Table, n_nodes: int, graphs: Sequence[str]
) -> Iterator[GraphEdges]:
    """Give the edges of graphs that have some."""
    found = edges_of_graphs(engine, edges=edges, members=members, n_nodes=n_nodes, graphs=graphs)
    return (lineage for lineage in found if lineage.parent.size)


def _effort(settings: Settings, spec: TableSpec, lineage: GraphEdges) -> dict[str, int]:
    return {
        "n_replicates": settings.bootstrap_replicates,
        "seed": derive_seed(settings.seed, f"{spec.name}/{lineage.graph}"),
    }


def _columns(share: Share, word: str) -> dict[str, Any]:
    return {
        "n_edges": share.n_edges,
        "n_reporting": share.n_reporting,
        "n_families": share.n_families,
        f"n_{word}": share.n_hits,
        f"share_{word}": share.share,
        "ci_low": share.ci_low,
        "ci_high": share.ci_high,
    }


def _descendants(engine: Engine, members: ir.Table, n_nodes: int) -> npt.NDArray[np.int64]:
    own = engine.to_arrow(members.filter(members.graph == "all").select("node", "n_descendants"))
    found = np.zeros(n_nodes, np.int64)
    found[own["node"].to_numpy()] = own["n_descendants"].to_numpy()
    return found


def _example(
    lineage: GraphEdges, places: npt.NDArray[np.intp], descendants: npt.NDArray[np.int64]
) -> tuple[int, int] | None:
    """Choose the edge whose parent has most descendants; of equals the first by id."""
    if not places.size:
        return None
    parent, child = lineage.parent[places], lineage.child[places]
    best = np.lexsort((child, parent, -descendants[parent]))[0]
    return int(parent[best]), int(child[best])


def _name_examples(
    engine: Engine,
    models: ir.Table,
    rows: list[dict[str, Any]],
    shown: list[tuple[int, int] | None],
) -> None:
    nodes = sorted({node for pair in shown if pair is not None for node in pair})
    if not nodes:
        return
    found = engine.to_arrow(models.filter(models.node.isin(nodes)).select("node", "model_id"))
    names = dict(zip(found["node"].to_pylist(), found["model_id"].to_pylist(), strict=True))
    for row, pair in zip(rows, shown, strict=True):
        if pair is not None:
            row["example_parent_id"], row["example_child_id"] = names[pair[0]], names[pair[1]]
