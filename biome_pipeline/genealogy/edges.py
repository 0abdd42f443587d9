"""Edges from parent to child, the excluded ones kept with their reason.

What does not belong here: graphs and everything that is computed on them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
import numpy as np

from biome_pipeline.genealogy.cycles import edges_in_cycles
from biome_pipeline.genealogy.declarations import PLACES, declarations
from biome_pipeline.genealogy.parents import resolve_parents
from biome_pipeline.vocabulary.relations import UNSPECIFIED

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    from biome_pipeline.warehouse.engine import Engine

__all__ = ["count_edges_in_cycles", "edges"]

# Of names on a line each.
_ADAPTER_FILE = r"(?m)(^|/)adapter_(config\.json|model\.(safetensors|bin))$"
_FULL_WEIGHTS = r"(?m)(^|/)(model|pytorch_model|consolidated)[^/\n]*\.(safetensors|bin|pth)$"
_GGUF = r"(?m)\.gguf$"


def edges(engine: Engine, raw: ir.Table, models: ir.Table) -> pa.Table:
    """Make ``genealogy.edges``: one row per parent, child and relation.

    Excluded from every graph, the first reason that holds: ``malformed``
    (empty, an address, a path, more than one slash), ``self_loop``, ``absent``
    (not in the snapshot), ``cycle`` (inside a strongly connected component of
    all remaining edges together).

    Parameters
    ----------
    engine : Engine
        Where to compute.
    raw : ibis.expr.types.Table
        ``hub.raw_models``.
    models : ibis.expr.types.Table
        ``hub.models``.

    Returns
    -------
    pyarrow.Table
        Columns of ``genealogy.edges`` but ``snapshot``.
    """
    import pyarrow.compute as pc

    declared = engine.materialize(declarations(engine, raw, models))
    rows = engine.to_arrow(_flagged(engine, _resolved(engine, declared, models), raw, models))
    reason = _with_cycles(rows)
    return (
        rows.drop_columns(["reason"])
        .append_column("excluded_reason", reason)
        .append_column("is_excluded", pc.is_valid(reason))
    )


def _resolved(engine: Engine, declared: ir.Table, models: ir.Table) -> ir.Table:
    """Make one row per child, parent and relation, parents resolved."""
    parents = resolve_parents(engine, declared, models)
    of_text = parents.select("declared_parent", "parent_key", "resolved_from")
    pairs = engine.materialize(declared.join(of_text, "declared_parent").drop("declared_parent"))
    of_parent = parents.group_by("parent_key").agg(
        parent_id=parents.parent_id.min(),
        parent_node=parents.parent_node.max(),
        is_malformed=parents.is_malformed.any(),
        is_case_mismatch=parents.is_case_mismatch.any(),
    )
    return _one_row_each(engine, pairs).join(of_parent, "parent_key").drop("parent_key")


def _one_row_each(engine: Engine, pairs: ir.Table) -> ir.Table:
    """Bring the declarations to one row per parent, child and relation.

    Parents are numbers here and places are flags: grouping by strings and
    collecting lists would cost more.
    """
    pair = ["child_node", "parent_key"]
    by_relation = engine.materialize(
        pairs.group_by([*pair, "relation"]).agg(
            resolved_from=pairs.resolved_from.min(),
            **{f"by_{place}": (pairs.place == place).any() for place in PLACES},
        )
    )
    about_pair = by_relation.group_by(pair).agg(
        is_typed=by_relation.relation.notnull().any(),
        pair_resolved_from=by_relation.resolved_from.min(),
        **{f"pair_by_{place}": by_relation[f"by_{place}"].any() for place in PLACES},
    )
    odd = pairs.filter(pairs.unknown_relation.notnull())
    unknown = odd.group_by(pair).agg(
        unknown_relations=odd.unknown_relation.collect(distinct=True).sort()
    )
    rows = by_relation.join(about_pair, pair)
    # What a place says of the bare pair stands in pair_declared_by.
    rows = rows.filter(~rows.is_typed | rows.relation.notnull()).left_join(unknown, pair)
    return rows.select(
        *pair,
        relation=rows.relation.fill_null(UNSPECIFIED),
        resolved_from=rows.pair_resolved_from,
        declared_by=_listed(rows, "by_"),
        pair_declared_by=_listed(rows, "pair_by_"),
        unknown_relations=rows.unknown_relations.fill_null(ibis.literal([], type="array<string>")),
    )


def _listed(rows: ir.Table, prefix: str) -> ir.ArrayColumn:
    """List the places whose flag is set, in the order of their names."""
    names = [ibis.ifelse(rows[f"{prefix}{place}"], place, ibis.null("string")) for place in PLACES]
    return ibis.array(names).filter(lambda name: name.notnull())


def _flagged(engine: Engine, rows: ir.Table, raw: ir.Table, models: ir.Table) -> ir.Table:
    rows = engine.materialize(rows)
    dates = models.select(
        "node",
        "model_id",
        # A backfilled date is only a latest one: it says nothing about order.
        born=ibis.ifelse(
            models.is_created_at_backfilled, ibis.null("timestamp(6)"), models.created_at
        ),
    )
    children = dates.select(child_node="node", child_id="model_id", child_born="born")
    parents = dates.select(parent_node="node", parent_born="born")
    files = engine.materialize(_file_facts(rows, raw, models))
    joined = rows.join(children, "child_node").left_join(parents, "parent_node")
    joined = joined.drop("parent_node_right").left_join(files, "child_node")
    return joined.select(
        "parent_id",
        "child_id",
        "relation",
        "declared_by",
        "pair_declared_by",
        "unknown_relations",
        "resolved_from",
        "is_case_mismatch",
        "parent_node",
        "child_node",
        is_parent_in_snapshot=joined.parent_node.notnull(),
        is_child_older=joined.child_born < joined.parent_born,
        is_relation_contradicted=_is_contradicted(joined),
        reason=ibis.cases(
            (joined.is_malformed, "malformed"),
            (joined.parent_id == joined.child_id, "self_loop"),
            (joined.parent_node.isnull(), "absent"),
        ),
    )


def _file_facts(rows: ir.Table, raw: ir.Table, models: ir.Table) -> ir.Table:
    """Say of each child which kinds of weights it has, where files are known."""
    children = rows.select(node="child_node").distinct()
    wanted = models.select("node", "row_number").semi_join(children, "node")
    files = raw.filter(raw.siblings.notnull())
    # One text is searched with one call, a list with one per name.
    files = files.select("row_number", names=raw.siblings.join("\n").fill_null(""))
    named = files.join(wanted, "row_number")
    return named.select(
        child_node="node",
        has_adapter=named.names.re_search(_ADAPTER_FILE),
        has_full=named.names.re_search(_FULL_WEIGHTS),
        has_gguf=named.names.re_search(_GGUF),
    )


def _is_contradicted(rows: ir.Table) -> ir.BooleanColumn:
    """Compare the relation with the files: adapters, full and quantized weights."""
    only_adapter = rows.has_adapter & ~rows.has_full
    only_gguf = rows.has_gguf & ~rows.has_full & ~rows.has_adapter
    return ibis.cases(
        (rows.has_full.isnull(), ibis.null("boolean")),
        (rows.relation == "adapter", rows.has_full & ~rows.has_adapter),
        (rows.relation.isin(["finetune", "merge"]), only_adapter | only_gguf),
        (rows.relation == "quantized", only_adapter),
        # A bare declaration says nothing that files could contradict.
        else_=False,
    )


def _with_cycles(rows: pa.Table) -> pa.Array:
    """Add the reason ``cycle`` to the reasons that the edges have alone."""
    import pyarrow as pa
    import pyarrow.compute as pc

    reason = rows["reason"].combine_chunks()
    is_candidate = pc.is_null(reason).to_numpy(zero_copy_only=False)
    places = np.flatnonzero(is_candidate)
    parent = rows["parent_node"].combine_chunks().take(pa.array(places)).to_numpy()
    child = rows["child_node"].combine_chunks().take(pa.array(places)).to_numpy()
    in_cycle = np.zeros(len(rows), dtype=bool)
    n_nodes = int(max(parent.max(), child.max())) + 1 if places.size else 0
    in_cycle[places] = edges_in_cycles(parent, child, n_nodes)
    return pc.if_else(pa.array(in_cycle), pa.scalar("cycle"), reason)


def count_edges_in_cycles(engine: Engine, edges: ir.Table) -> int:
    """Count the edges in some graph that lie on a cycle; there should be none.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    edges : ibis.expr.types.Table
        ``genealogy.edges``.

    Returns
    -------
    int
        The number of edges.
    """
    kept = edges.filter(~edges.is_excluded).select("parent_node", "child_node")
    rows = engine.to_arrow(kept)
    parent, child = rows["parent_node"].to_numpy(), rows["child_node"].to_numpy()
    n_nodes = int(max(parent.max(), child.max())) + 1 if parent.size else 0
    return int(edges_in_cycles(parent, child, n_nodes).sum())
