"""Rows of a source that are not taken, each with its reason.

What does not belong here: odd values of rows that are taken (``models``), and
whether a run goes on when there are rejects (``definitions``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from biome_pipeline.warehouse.engine import Engine

__all__ = ["rejects"]

# A part is more than dots.
_PART = r"\.*[A-Za-z0-9_-][A-Za-z0-9_.-]*"
_ID = rf"^{_PART}(/{_PART})?$"
_LONGEST_ID = 200
_LONGEST_DETAIL = 200


def rejects(engine: Engine, raw: ir.Table, source: str) -> ir.Table:
    r"""Find the rows of ``hub.raw_models`` that are no model of their own.

    A row is rejected, in this order of reasons, when its id is missing, when
    it is malformed (not ``name`` or ``owner/name`` of letters, digits, ``_``,
    ``-`` and ``.``, a part of dots only, or over 200 characters), when the
    repository is private, or when another row with the same id is kept: the
    one that was modified last, of equals the one that stands last.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    raw : ibis.expr.types.Table
        ``hub.raw_models``.
    source : str
        Identity of the source.

    Returns
    -------
    ibis.expr.types.Table
        Columns of ``hub.rejects`` but ``snapshot``.
    """
    rows = raw.select("row_number", "model_id", "last_modified", "is_private")
    judged = _judged(rows)
    bad = judged.filter(judged.reason.notnull())
    suspects = _judged(_suspects(engine, rows))
    repeated = suspects.filter(suspects.reason.isnull())
    order = [repeated.last_modified.desc(nulls_first=False), repeated.row_number.desc()]
    kept = ibis.window(group_by=repeated.model_id, order_by=order)
    ranked = repeated.mutate(
        place=ibis.row_number().over(kept),
        kept_row=repeated.row_number.first().over(kept),
    )
    duplicates = ranked.filter(ranked.place > 0)
    columns = {"source": ibis.literal(source)}
    return bad.select(
        **columns,
        row_number=bad.row_number,
        model_id=ibis.ifelse(bad.reason == "private", ibis.null("string"), bad.model_id),
        reason=bad.reason,
        # The name of a private model is not ours to publish.
        detail=ibis.ifelse(
            bad.reason == "malformed_id",
            bad.model_id.substr(0, _LONGEST_DETAIL),
            ibis.null("string"),
        ),
    ).union(
        duplicates.select(
            **columns,
            row_number=duplicates.row_number,
            model_id=duplicates.model_id,
            reason=ibis.literal("duplicate_id"),
            detail=ibis.literal("row ") + duplicates.kept_row.cast("string") + " was kept",
        )
    )


def _suspects(engine: Engine, rows: ir.Table) -> ir.Table:
    """Take the rows whose id may stand in another row, too: they are few.

    Sorting 64-bit hashes takes a fraction of the time of grouping the ids; whether
    equal hashes are equal ids shows when the rows are ordered.
    """
    import pyarrow as pa

    hashed = rows.mutate(digest=rows.model_id.hash())
    digests = engine.to_arrow(hashed.select("digest"))["digest"].to_numpy().copy()
    digests.sort()
    repeated = digests[1:][digests[1:] == digests[:-1]]
    if not repeated.size:
        return rows.limit(0)
    table = engine.memory_table(pa.table({"digest": repeated}))
    return hashed.semi_join(table, "digest").drop("digest")


def _judged(rows: ir.Table) -> ir.Table:
    """Say of each row alone why it is no model."""
    is_missing = rows.model_id.isnull() | (rows.model_id == "")
    is_malformed = ~rows.model_id.re_search(_ID) | (rows.model_id.length() > _LONGEST_ID)
    return rows.mutate(
        reason=ibis.cases(
            (is_missing, "missing_id"),
            (is_malformed, "malformed_id"),
            (rows.is_private.fill_null(False), "private"),
        )
    )
