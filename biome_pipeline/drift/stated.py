"""All findings of the subject: directions along the edges, and ends of whole orders.

What does not belong here: the claims themselves (``findings``, ``order_ends``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from biome_pipeline.drift.claims import Lineage
from biome_pipeline.drift.findings import directional_findings
from biome_pipeline.drift.order_ends import first_licenses_bound, last_licenses_not_commercial
from biome_pipeline.drift.order_tables import ORDERED_GRAPHS
from biome_pipeline.drift.traits import TRAITS, trait_values
from biome_pipeline.genealogy.lineages import edges_of_graphs

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from biome_pipeline.drift.traits import TraitValues
    from biome_pipeline.inference.findings import Finding
    from biome_pipeline.settings import Settings
    from biome_pipeline.warehouse.engine import Engine

__all__ = ["findings"]


def findings(
    engine: Engine,
    *,
    models: ir.Table,
    edges: ir.Table,
    members: ir.Table,
    solved: ir.Table,
    settings: Settings,
) -> list[Finding]:
    """Test every claim about drift, in both graphs.

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
    solved : ibis.expr.types.Table
        ``drift.ordering_summary``, as it stands in the lake.
    settings : Settings
        Replicates, and the seed.

    Returns
    -------
    list of Finding
        Not yet adjusted for their number.
    """
    traits: dict[str, TraitValues] = {name: trait_values(engine, models, name) for name in TRAITS}
    by_traffic = solved.filter((solved.trait == "license") & (solved.objective == "traffic"))
    orders = {
        row["graph"]: row
        for row in engine.to_arrow(
            by_traffic.select("graph", "ordered_values", "resampled_orders")
        ).to_pylist()
    }
    found: list[Finding] = []
    for lineage in edges_of_graphs(
        engine,
        edges=edges,
        members=members,
        n_nodes=engine.count_rows(models),
        graphs=ORDERED_GRAPHS,
    ):
        if not lineage.parent.size:
            continue
        own = Lineage(
            lineage.graph,
            lineage.parent,
            lineage.child,
            lineage.family,
            n_replicates=settings.bootstrap_replicates,
            seed=settings.seed,
        )
        found += directional_findings(traits, own)
        if lineage.graph in orders:
            order = orders[lineage.graph]["ordered_values"]
            again = np.array(orders[lineage.graph]["resampled_orders"] or [], np.int64)
            resampled = [
                [order[position - 1] for position in row]
                for row in again.reshape(-1, len(order)).tolist()
            ]
            for claim in (first_licenses_bound, last_licenses_not_commercial):
                found.append(claim(order, graph=lineage.graph, resampled=resampled))
    return found
