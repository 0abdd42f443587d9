"""What became of every card and config: one row per model and kind.

What does not belong here: asking (``hub``), and reading the texts (``cards``,
``configs``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from biome_pipeline.warehouse.engine import Engine

__all__ = ["count_unaccounted", "outcomes"]

_KINDS = ("card", "config")


def outcomes(
    models: ir.Table,
    raw_cards: ir.Table,
    cards: ir.Table,
    raw_configs: ir.Table,
    configs: ir.Table,
) -> ir.Table:
    """Make ``hub.outcomes``.

    A file that came may turn out to be wrong when it is read: then the reader's
    word stands. A model that nobody was asked about is ``not_asked``.

    Parameters
    ----------
    models : ibis.expr.types.Table
        ``hub.models``.
    raw_cards, cards : ibis.expr.types.Table
        ``hub.raw_cards`` and ``hub.cards``.
    raw_configs, configs : ibis.expr.types.Table
        ``hub.raw_configs`` and ``hub.configs``.

    Returns
    -------
    ibis.expr.types.Table
        Columns of ``hub.outcomes`` but ``snapshot``.
    """
    pairs = ((raw_cards, cards), (raw_configs, configs))
    return ibis.union(
        *(_of_kind(kind, models, *pair) for kind, pair in zip(_KINDS, pairs, strict=True))
    )


def _of_kind(kind: str, models: ir.Table, raw: ir.Table, read: ir.Table) -> ir.Table:
    asked = raw.select(
        asked_id="model_id",
        asked_outcome="outcome",
        attempts="attempts",
        bytes="bytes",
        detail="detail",
    )
    judged = read.select(judged_id="model_id", judged_outcome="outcome")
    rows = models.select("model_id").left_join(asked, models.model_id == asked.asked_id)
    rows = rows.left_join(judged, rows.model_id == judged.judged_id)
    # A config of the listing is no file: only what was asked for has an outcome.
    outcome = ibis.cases(
        (rows.asked_outcome.isnull(), "not_asked"),
        (rows.asked_outcome == "ok", ibis.coalesce(rows.judged_outcome, "ok")),
        else_=rows.asked_outcome,
    )
    return rows.select(
        "model_id",
        kind=ibis.literal(kind),
        outcome=outcome,
        attempts=rows.attempts.fill_null(0),
        bytes=rows.bytes,
        detail=rows.detail,
    )


def count_unaccounted(engine: Engine, n_models: int, rows: ir.Table) -> int:
    """Count the models and kinds that have not exactly one outcome.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    n_models : int
        Models of the snapshot.
    rows : ibis.expr.types.Table
        ``hub.outcomes``.

    Returns
    -------
    int
        0 if all is accounted for, or the source has no outcomes at all.
    """
    of_each = rows.group_by(["kind", "model_id"]).agg(n_rows=rows.count())
    found = engine.to_arrow(
        of_each.aggregate(n_known=of_each.count(), n_single=(of_each.n_rows == 1).sum())
    ).to_pylist()[0]
    if not found["n_known"]:
        return 0
    return abs(len(_KINDS) * n_models - int(found["n_single"]))
