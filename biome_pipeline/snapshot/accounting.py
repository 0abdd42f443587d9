"""The account of a snapshot: what came, what was taken, what was not.

What does not belong here: the rows themselves.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from biome_pipeline.snapshot.rejects import rejects

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    import ibis.expr.types as ir
    import pyarrow as pa

    from biome_pipeline.provenance import Provenance
    from biome_pipeline.warehouse.engine import Engine

__all__ = ["count_rejects", "reject_counts", "snapshots"]


def count_rejects(engine: Engine, raw: ir.Table) -> dict[str, int]:
    """Count the rows of a source that would be rejected, before it is taken.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    raw : ibis.expr.types.Table
        Columns of ``hub.raw_models``.

    Returns
    -------
    dict of str to int
        Only reasons that occur, sorted.
    """
    return reject_counts(engine, rejects(engine, raw, source=""))


def reject_counts(engine: Engine, rejected: ir.Table) -> dict[str, int]:
    """Count the rejected rows by reason.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    rejected : ibis.expr.types.Table
        ``hub.rejects``.

    Returns
    -------
    dict of str to int
        Only reasons that occur, sorted.
    """
    rows = engine.to_arrow(rejected.group_by("reason").agg(n=rejected.count()).order_by("reason"))
    return dict(zip(rows["reason"].to_pylist(), rows["n"].to_pylist(), strict=True))


def snapshots(
    engine: Engine,
    models: ir.Table,
    rejected: ir.Table,
    *,
    raw: Provenance,
    outcomes: ir.Table,
    deliveries: Mapping[str, Provenance],
    n_rows: int,
    finished_at: dt.datetime,
) -> pa.Table:
    """Make ``hub.snapshots``: one row for the snapshot.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    models : ibis.expr.types.Table
        ``hub.models``.
    rejected : ibis.expr.types.Table
        ``hub.rejects``.
    raw : Provenance
        What made ``hub.raw_models``.
    outcomes : ibis.expr.types.Table
        ``hub.outcomes``.
    deliveries : mapping of str to Provenance
        What made the tables of cards, configs and papers, by name.
    n_rows : int
        Rows of ``hub.raw_models``.
    finished_at : datetime.datetime
        Now, in UTC.

    Returns
    -------
    pyarrow.Table
        Columns of ``hub.snapshots`` but ``snapshot``.
    """
    import pyarrow as pa

    n_models = engine.count_rows(models)
    counts = reject_counts(engine, rejected)
    odd = models.select(anomaly=models.anomalies.unnest())
    anomalies = engine.to_arrow(odd.group_by("anomaly").agg(n=odd.count()).order_by("anomaly"))
    manifest = {
        "rows": n_rows,
        "models": n_models,
        "rejects": counts,
        "anomalies": dict(
            zip(anomalies["anomaly"].to_pylist(), anomalies["n"].to_pylist(), strict=True)
        ),
        "source": dict(sorted(raw.facts.items())),
        "outcomes": _outcome_counts(engine, outcomes),
        "deliveries": {
            name: dict(sorted(made.facts.items())) for name, made in sorted(deliveries.items())
        },
        "code_version": raw.code_version,
        "settings_hash": raw.settings_hash,
        "seed": raw.seed,
    }
    return pa.table(
        {
            "source": [raw.source],
            "source_revision": [raw.source_revision],
            "upstream_at": pa.array([raw.facts.get("upstream_at")]).cast(pa.timestamp("us")),
            "started_at": pa.array([raw.created_at]).cast(pa.timestamp("us")),
            "finished_at": pa.array([finished_at.replace(tzinfo=None)], pa.timestamp("us")),
            "n_models": pa.array([n_models], pa.int64()),
            "n_rejected": pa.array([sum(counts.values())], pa.int64()),
            "manifest": [json.dumps(manifest, sort_keys=True)],
        }
    )


def _outcome_counts(engine: Engine, outcomes: ir.Table) -> dict[str, dict[str, int]]:
    """Count the outcomes of each kind; of a kind they sum up to the models."""
    counts = outcomes.group_by("kind", "outcome").agg(n=outcomes.count())
    found: dict[str, dict[str, int]] = {}
    for row in engine.to_arrow(counts.order_by("kind", "outcome")).to_pylist():
        found.setdefault(row["kind"], {})[row["outcome"]] = row["n"]
    return found
