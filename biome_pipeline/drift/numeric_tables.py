"""``drift.numeric``: every number of every graph and relation, from parent to child.

What does not belong here: the measures themselves (``numeric``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from biome_pipeline.drift.attributes import FLAGS, attribute_values
from biome_pipeline.drift.numeric import numeric_drift
from biome_pipeline.drift.numeric_published import MEASURES, PUBLISHED
from biome_pipeline.genealogy.lineages import edges_of_graphs
from biome_pipeline.provenance import derive_seed
from biome_pipeline.snapshot.card_arrays import card_arrays
from biome_pipeline.vocabulary.relations import GRAPHS

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    from biome_pipeline.drift.numeric import NumericDrift
    from biome_pipeline.settings import Settings
    from biome_pipeline.warehouse.engine import Engine

__all__ = ["numeric"]

_ESTIMATES = (
    "mean_parent",
    "mean_child",
    "mean_difference",
    "ratio_of_means",
    "share_lower",
    "share_higher",
    "mean_change",
    "median_log_ratio",
)


def numeric(
    engine: Engine,
    *,
    cards: ir.Table,
    models: ir.Table,
    edges: ir.Table,
    members: ir.Table,
    settings: Settings,
) -> pa.Table:
    """Make ``drift.numeric``.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    cards : ibis.expr.types.Table
        ``hub.cards``.
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
        Columns of ``drift.numeric`` but ``snapshot``; of a snapshot without cards
        the attributes that need none, and no rows without edges.
    """
    from biome_pipeline.warehouse.tables.drift_numeric import NUMERIC

    read = card_arrays(engine, cards, models)
    values = attribute_values(engine, models, read)
    rows: list[dict[str, Any]] = []
    for lineage in edges_of_graphs(
        engine, edges=edges, members=members, n_nodes=read.has_card.size, graphs=GRAPHS
    ):
        if not lineage.parent.size:
            continue
        for attribute, value in values.items():
            found = numeric_drift(
                value[lineage.parent],
                value[lineage.child],
                lineage.parent,
                lineage.family,
                lineage.groups,
                is_flag=attribute in FLAGS,
                n_replicates=settings.bootstrap_replicates,
                seed=derive_seed(settings.seed, f"{NUMERIC.name}/{lineage.graph}"),
            )
            rows += [
                {
                    "graph": lineage.graph,
                    "relation": relation,
                    "attribute": attribute,
                    "weighting": weighting,
                    **_columns(drift),
                    **_published(lineage.graph, relation, attribute, weighting),
                }
                for (relation, weighting), drift in found.items()
            ]
    return NUMERIC.from_rows(rows)


def _columns(drift: NumericDrift) -> dict[str, float | int | None]:
    row: dict[str, float | int | None] = {
        "n": drift.mean_parent.n,
        "n_missing": drift.mean_parent.n_missing,
        "n_parents": drift.n_parents,
        "n_families": drift.mean_parent.n_families,
        "n_change": drift.mean_change.n,
        "n_log_ratio": drift.median_log_ratio.n,
    }
    for name in _ESTIMATES:
        estimate = getattr(drift, name)
        row |= {
            name: estimate.value,
            f"{name}_ci_low": estimate.ci_low,
            f"{name}_ci_high": estimate.ci_high,
        }
    return row


def _published(
    graph: str, relation: str, attribute: str, weighting: str
) -> dict[str, float | None]:
    is_published = graph == "all" and weighting == "edge"
    known = PUBLISHED.get((relation, attribute), {}) if is_published else {}
    return {f"published_{name}": known.get(name) for name in MEASURES}
