"""``fitness.models``: every model with its traits, its outcomes and its exposure.

What does not belong here: how traits are read off configs (``snapshot``), and
any statistic.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import ibis
import numpy as np
import pyarrow as pa

from biome_pipeline.fitness.arrays import FLAGS, NUMBERS
from biome_pipeline.genealogy.descent import count_descendants
from biome_pipeline.genealogy.graphs import Graph
from biome_pipeline.genealogy.tables import RelationEdges
from biome_pipeline.vocabulary.relations import RELATIONS

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from biome_pipeline.warehouse.engine import Engine

__all__ = ["PACKED_DTYPES", "models"]

PACKED_DTYPES: tuple[str, ...] = ("I32", "U32", "U8")
"""Number formats whose values hold several weights each in quantized files."""

_LEAST_PACKED = 0.1
_SECONDS_PER_DAY = 86_400.0


def models(
    engine: Engine,
    *,
    models: ir.Table,
    configs: ir.Table,
    edges: ir.Table,
    members: ir.Table,
    snapshot: str,
) -> ir.Table:
    """Make ``fitness.models``.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    models : ibis.expr.types.Table
        ``hub.models``.
    configs : ibis.expr.types.Table
        ``hub.configs``.
    edges : ibis.expr.types.Table
        ``genealogy.edges``.
    members : ibis.expr.types.Table
        ``genealogy.members``.
    snapshot : str
        Key of the snapshot: ages run to the end of that day.

    Returns
    -------
    ibis.expr.types.Table
        Columns of ``fitness.models`` but ``snapshot``; one row per model.
    """
    traits = [name for name in (*NUMBERS, *FLAGS) if name != "parameters"]
    facts = configs.select(
        "family", "is_full", "computed_parameters", *traits, config_id=configs.model_id
    )
    related = _members_of(members, "all", "root_id", "n_children", "n_descendants")
    finetuned = _members_of(members, "finetune", "n_descendants")
    descent = engine.memory_table(_descent(engine, models, edges))
    # At most one row of each for a model: none of these joins multiplies.
    rows = models.left_join(facts, models.model_id == facts.config_id)
    rows = rows.left_join(related, rows.model_id == related.all_id)
    rows = rows.left_join(finetuned, rows.model_id == finetuned.finetune_id)
    rows = rows.join(descent, rows.node == descent.of_node)
    n_children = rows.all_n_children.fill_null(0)
    parameters, source = _parameters(rows)
    end = ibis.literal(dt.datetime.fromisoformat(snapshot) + dt.timedelta(days=1)).cast("timestamp")
    age = (end.epoch_seconds() - rows.created_at.epoch_seconds()) / _SECONDS_PER_DAY
    return rows.select(
        "model_id",
        "node",
        "author",
        *traits,
        "n_descendants_unquantized",
        "downloads",
        "downloads_all_time",
        "likes",
        root_id=rows.all_root_id.fill_null(rows.model_id),
        role=ibis.coalesce(
            rows.relation, (n_children > 0).ifelse(ibis.literal("root"), "unrelated")
        ),
        family=rows.family,
        has_config=rows.is_full.fill_null(False),
        parameters=parameters,
        parameters_source=source,
        n_children=n_children,
        n_descendants=rows.all_n_descendants.fill_null(0),
        n_descendants_finetune=rows.finetune_n_descendants.fill_null(0),
        # Unknown ages must stay unknown, which "greatest" does not promise.
        age_days=(age < 1).ifelse(1.0, age),
        quarter=rows.created_at.truncate("Q").cast("date"),
        is_created_at_backfilled=rows.is_created_at_backfilled.fill_null(False),
    )


def _members_of(members: ir.Table, graph: str, *columns: str) -> ir.Table:
    own = members.filter(members.graph == graph)
    return own.select(
        **{f"{graph}_id": own.model_id}, **{f"{graph}_{name}": own[name] for name in columns}
    )


def _parameters(rows: ir.Table) -> tuple[ir.Value, ir.Value]:
    """Give the number of parameters of each model, and where it comes from."""
    total, computed = rows.parameters, rows.computed_parameters
    packed = ibis.literal(0, "int64")
    for dtype in PACKED_DTYPES:
        packed += rows.dtype_parameters.get(dtype, 0)
    is_packed = (packed > _LEAST_PACKED * total).fill_null(False)
    # A total of 0 is no size.
    is_known = (total > 0).fill_null(False)
    source = ibis.cases(
        (is_known & ~is_packed, "safetensors"),
        ((computed > 0).fill_null(False), "config"),
        (is_known, "packed safetensors"),
    )
    return (source == "config").ifelse(computed, total.nullif(0)), source


def _descent(engine: Engine, models: ir.Table, edges: ir.Table) -> pa.Table:
    """Count descendants but quantized ones, and find the first relation of each model."""
    n_nodes = engine.count_rows(models)
    related = RelationEdges(engine, edges)
    kept = related.relation != RELATIONS.index("quantized")
    graph = Graph.from_pairs(related.parent[kept], related.child[kept], n_nodes)
    first = np.full(n_nodes, len(RELATIONS), np.int8)
    np.minimum.at(first, related.child, related.relation)
    names = pa.array([*RELATIONS, None], pa.string())
    return pa.table(
        {
            "of_node": np.arange(n_nodes, dtype=np.int32),
            "n_descendants_unquantized": count_descendants(graph),
            "relation": names.take(pa.array(first)),
        }
    )
