"""Which model a declared parent is: well formed, known today, in the snapshot.

What does not belong here: where it was declared (``declarations``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
import pyarrow as pa

from biome_pipeline.vocabulary.renamed_ids import RENAMED_IDS

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from biome_pipeline.warehouse.engine import Engine

__all__ = ["resolve_parents"]

# Empty, an address, a path from somewhere on a disk, or more than one slash.
_MALFORMED = r"^$|://|\\|^[./~]|/$|/[^/]*/"


def resolve_parents(engine: Engine, declared: ir.Table, models: ir.Table) -> ir.Table:
    """Find the model behind each declared parent.

    A parent without a slash is a legacy id: it is taken as it is if the
    snapshot has it, else under its present name if that is known, else it is
    absent. Ids are case-sensitive.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    declared : ibis.expr.types.Table
        Result of `biome_pipeline.genealogy.declarations.declarations`.
    models : ibis.expr.types.Table
        ``hub.models``.

    Returns
    -------
    ibis.expr.types.Table
        One row per ``declared_parent``: ``parent_id``, ``parent_key`` (the
        same for the same parent), ``parent_node`` (NULL if absent),
        ``resolved_from`` (the legacy id, or NULL), ``is_malformed`` and
        ``is_case_mismatch``.
    """
    texts = declared.select("declared_parent").distinct()
    ids = engine.materialize(models.select("model_id", "node"))
    legacy = engine.memory_table(
        pa.table({"legacy_id": list(RENAMED_IDS), "present_id": list(RENAMED_IDS.values())})
    )
    as_is = texts.left_join(ids, texts.declared_parent == ids.model_id).select(
        "declared_parent", own_node="node"
    )
    # Few models were renamed, so the present names are looked up by themselves.
    present = legacy.left_join(ids, legacy.present_id == ids.model_id).select(
        "legacy_id", "present_id", present_node="node"
    )
    renamed = as_is.left_join(present, as_is.declared_parent == present.legacy_id)
    moves = renamed.own_node.isnull() & renamed.present_id.notnull()
    found = engine.materialize(
        renamed.select(
            "declared_parent",
            parent_id=ibis.ifelse(moves, renamed.present_id, renamed.declared_parent),
            parent_node=ibis.ifelse(moves, renamed.present_node, renamed.own_node),
            resolved_from=ibis.ifelse(moves, renamed.declared_parent, ibis.null("string")),
            is_malformed=renamed.declared_parent.re_search(_MALFORMED),
        )
    )
    absent = found.filter(found.parent_node.isnull() & ~found.is_malformed).select(
        "declared_parent", folded=found.parent_id.lower()
    )
    folded_ids = ids.select(folded=ids.model_id.lower()).distinct()
    mismatched = absent.semi_join(folded_ids, "folded").select(
        "declared_parent", is_mismatch=ibis.literal(True)
    )
    joined = found.left_join(mismatched, "declared_parent")
    return engine.materialize(
        joined.select(
            "declared_parent",
            "parent_id",
            "parent_node",
            "resolved_from",
            "is_malformed",
            # Two texts may name one parent: a legacy id and its present name.
            parent_key=ibis.dense_rank().over(order_by=joined.parent_id).cast("int32"),
            is_case_mismatch=joined.is_mismatch.fill_null(False),
        )
    )
