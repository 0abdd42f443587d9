"""``drift.mutation_rates`` and ``drift.transitions``: how often, and from what to what.

What does not belong here: the counting itself (``mutation``, ``transitions``), and
orders of values (``order_tables``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from biome_pipeline.drift.edges import trait_edges
from biome_pipeline.drift.mutation import edge_mutations, mutation_rates
from biome_pipeline.drift.published import RATES
from biome_pipeline.drift.traits import TRAITS, trait_values
from biome_pipeline.drift.transitions import edge_transitions, transition_counts
from biome_pipeline.genealogy.lineages import edges_of_graphs
from biome_pipeline.provenance import derive_seed
from biome_pipeline.vocabulary.relations import GRAPHS

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    from biome_pipeline.settings import Settings
    from biome_pipeline.warehouse.engine import Engine

__all__ = ["rates", "transitions"]


def rates(
    engine: Engine, *, models: ir.Table, edges: ir.Table, members: ir.Table, settings: Settings
) -> pa.Table:
    """Make ``drift.mutation_rates``.

    Parameters
    ----------
    engine : Engine
        Where to compute.
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
        Columns of ``drift.mutation_rates`` but ``snapshot``; no rows of a graph
        without edges.
    """
    from biome_pipeline.warehouse.tables.drift import MUTATION_RATES

    traits = {name: trait_values(engine, models, name) for name in TRAITS}
    n_nodes = engine.count_rows(models)
    rows: list[dict[str, Any]] = []
    for lineage in edges_of_graphs(
        engine, edges=edges, members=members, n_nodes=n_nodes, graphs=GRAPHS
    ):
        if not lineage.parent.size:
            continue
        for name, trait in traits.items():
            mutation = edge_mutations(
                trait_edges(trait.sets, lineage.parent, lineage.child, lineage.family)
            )
            found = mutation_rates(
                mutation,
                lineage.family,
                {relation: is_of for relation, is_of in lineage.relations.items() if is_of.any()},
                n_replicates=settings.bootstrap_replicates,
                seed=derive_seed(settings.seed, f"{MUTATION_RATES.name}/{lineage.graph}/{name}"),
            )
            for relation, rate in found.items():
                published = RATES.get((lineage.graph, name)) if relation == "all" else None
                rows.append(
                    {
                        "graph": lineage.graph,
                        "trait": name,
                        "relation": relation,
                        **vars(rate),
                        "published_rate": published.rate if published else None,
                        "published_n_reporting": published.n_reporting if published else None,
                    }
                )
    return MUTATION_RATES.from_rows(rows)


def transitions(
    engine: Engine, *, models: ir.Table, edges: ir.Table, members: ir.Table
) -> pa.Table:
    """Make ``drift.transitions``.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    models : ibis.expr.types.Table
        ``hub.models``.
    edges : ibis.expr.types.Table
        ``genealogy.edges``.
    members : ibis.expr.types.Table
        ``genealogy.members``.

    Returns
    -------
    pyarrow.Table
        Columns of ``drift.transitions`` but ``snapshot``: pairs of values with a
        transition.
    """
    import pyarrow as pa

    traits = {name: trait_values(engine, models, name) for name in TRAITS}
    n_nodes = engine.count_rows(models)
    parts = []
    for lineage in edges_of_graphs(
        engine, edges=edges, members=members, n_nodes=n_nodes, graphs=GRAPHS
    ):
        for name, trait in traits.items():
            counts = transition_counts(
                edge_transitions(
                    trait_edges(trait.sets, lineage.parent, lineage.child, lineage.family)
                ),
                len(trait.values),
            )
            words = pa.array(trait.values, pa.string())
            none = np.zeros(counts.source.size, np.int8)
            parts.append(
                pa.table(
                    {
                        "graph": pa.array([lineage.graph]).take(pa.array(none)),
                        "trait": pa.array([name], pa.string()).take(pa.array(none)),
                        "source": words.take(pa.array(counts.source)),
                        "target": words.take(pa.array(counts.target)),
                        "n_added": counts.n_added,
                        "n_removed": counts.n_removed,
                        "transitions": counts.transitions,
                        "mutations": counts.mutations,
                    }
                )
            )
    return pa.concat_tables(parts)
