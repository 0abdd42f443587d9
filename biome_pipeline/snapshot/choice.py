"""Which models matter most: those that others name as their parent, then the most downloaded.

Cards and configs that are asked for one by one are asked for in this order, so
that a limit cuts off what matters least. What does not belong here: descent as
it is found out (``genealogy``), and asking (``hub``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    from biome_pipeline.warehouse.engine import Engine

__all__ = ["by_importance", "nobody"]

_PREFIX = "base_model:"


def by_importance(engine: Engine, models: ir.Table, raw: ir.Table) -> pa.Table:
    """List the models whose cards and configs could be asked for.

    Models with children come first, then roots (they name no parent) before
    others, then by downloads. Children are counted by the tags that name the
    parent, which takes a fraction of the time of the whole genealogy.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    models : ibis.expr.types.Table
        ``hub.models``.
    raw : ibis.expr.types.Table
        ``hub.raw_models``.

    Returns
    -------
    pyarrow.Table
        ``model_id``, ``sha``, ``modified`` (ISO 8601 in UTC, whole seconds),
        ``is_gated``; the most important first.
    """
    tags = models.tags.filter(lambda tag: tag.startswith(_PREFIX))
    named = models.select(child=models.node, parent=tags.unnest().re_replace(r"^.*:", ""))
    children = named.distinct().group_by("parent").agg(n_children=ibis._.count())
    rows = models.select(
        "model_id",
        "row_number",
        "downloads",
        modified=models.last_modified.strftime("%Y-%m-%dT%H:%M:%S"),
        is_gated=(models.gated != "false").fill_null(False),
        is_root=(tags.length() == 0).fill_null(True),
    )
    rows = rows.left_join(children, rows.model_id == children.parent)
    rows = rows.join(raw.select("row_number", "sha"), "row_number")
    n_children = rows.n_children.fill_null(0)
    ordered = rows.order_by(
        [
            (n_children > 0).desc(),
            (n_children > 0).ifelse(rows.is_root, False).desc(),
            rows.downloads.fill_null(0).desc(),
            rows.model_id,
        ]
    )
    return engine.to_arrow(ordered.select("model_id", "sha", "modified", "is_gated"))


def nobody() -> pa.Table:
    """List no model, where nobody is to be asked about any.

    Returns
    -------
    pyarrow.Table
        The columns of `by_importance`.
    """
    import pyarrow as pa

    texts = {name: pa.array([], pa.string()) for name in ("model_id", "sha", "modified")}
    return pa.table({**texts, "is_gated": pa.array([], pa.bool_())})
