"""How many models report each field, and the shares of simple properties."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from biome_pipeline.snapshot.statistics.row import Statistic, share_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    import ibis.expr.types as ir

    from biome_pipeline.warehouse.engine import Engine

__all__ = ["Reporting", "coverage", "reporting", "shares"]


@dataclass(frozen=True)
class Reporting:
    """How many models report each field.

    Parameters
    ----------
    n_models : int
        All models.
    by_field : mapping of str to int
        Models with a value, by column of ``hub.models``.
    """

    n_models: int
    by_field: Mapping[str, int]


def reporting(engine: Engine, quality: ir.Table) -> Reporting:
    """Read how many models report each field.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    quality : ibis.expr.types.Table
        ``hub.quality``.

    Returns
    -------
    Reporting
        The counts.
    """
    rows = engine.to_arrow(quality.select("field", "n_models", "n_missing")).to_pylist()
    return Reporting(
        n_models=max(row["n_models"] for row in rows),
        by_field={row["field"]: row["n_models"] - row["n_missing"] for row in rows},
    )


def coverage(known: Reporting) -> list[Statistic]:
    """Count the models that report each field.

    Parameters
    ----------
    known : Reporting
        The counts.

    Returns
    -------
    list of Statistic
        Statistic ``coverage``, an item per field.
    """
    n_models = known.n_models
    return [
        Statistic("coverage", field, float(n), n_models, share_of(n, n_models))
        for field, n in known.by_field.items()
    ]


def shares(engine: Engine, models: ir.Table) -> list[Statistic]:
    """Take the shares of simple properties.

    ``autotrain_compatible`` and ``endpoints_compatible`` are tags that the Hub
    sets: they say what could be done with a model, not what is done. Gating is
    a share of the models whose gating is known.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    models : ibis.expr.types.Table
        ``hub.models``.

    Returns
    -------
    list of Statistic
        Statistic ``share``; n is the denominator.
    """
    n_models = models.count()
    parts = {
        **{
            tag: (models.tags.contains(tag), n_models)
            for tag in ("autotrain_compatible", "endpoints_compatible")
        },
        "safetensors": (models.has_safetensors, n_models),
        "safetensors_of_models_with_weights": (
            models.has_safetensors & models.has_weights,
            models.has_weights.sum(),
        ),
        "doi": (models.doi.notnull(), n_models),
        "gated": (models.gated != "false", models.gated.count()),
    }
    counts = models.aggregate(
        **{f"part_{item}": part.sum().fill_null(0) for item, (part, _) in parts.items()},
        **{f"whole_{item}": whole.fill_null(0) for item, (_, whole) in parts.items()},
    )
    row = engine.to_arrow(counts).to_pylist()[0]
    # The share itself is the value, so that shares of the value would say nothing.
    return [
        Statistic("share", item, row[f"part_{item}"] / row[f"whole_{item}"], row[f"whole_{item}"])
        for item in parts
        if row[f"whole_{item}"]
    ]
