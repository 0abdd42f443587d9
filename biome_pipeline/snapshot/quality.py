"""Missing values: which fields the models of a snapshot lack, how often and why.

What does not belong here: values that are there but odd (``anomalies`` of
``hub.models``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    from biome_pipeline.warehouse.engine import Engine

__all__ = ["WHY_MISSING", "is_reported", "quality"]

_NEGATIVE = "The source does not give it, or gives a number below zero."
_NOT_TAGGED = "No tag of the model names one; its author need not."

WHY_MISSING: dict[str, str] = {
    "hub_id": "The source does not carry the Hub's own key.",
    "author": "A legacy id has no owner, and the source names none.",
    "created_at": "The source does not give it, or gives a date before 2016 or after 2099.",
    "last_modified": "The source does not give it, or gives a date before 2016 or after 2099.",
    "likes": _NEGATIVE,
    "downloads": _NEGATIVE,
    "downloads_all_time": "The source does not carry it (only some listings do), or gives a "
    "number below zero.",
    "trending_score": "The source does not give it, or gives no finite number.",
    "pipeline_tag": "The Hub found no task: no card names one and the files reveal none.",
    "library_name": "The Hub recognised no library by card or files.",
    "license": "Neither the card's front matter nor a tag declares one.",
    "languages": "Neither the card's front matter nor a tag names a known language; many models "
    "have none.",
    "datasets": _NOT_TAGGED,
    "arxiv_ids": _NOT_TAGGED,
    "doi": "Nobody asked the Hub for a DOI of the repository.",
    "parameters": "The Hub counts parameters only in safetensors files; there are none, or their "
    "header could not be read.",
    "dtype_parameters": "As parameters: only safetensors files tell number formats.",
    "gated": "The source does not say whether the repository is gated.",
    "has_weights": "The source does not list the files of the repository.",
    "tags": "The repository has no tag, or the source does not carry tags.",
}
"""Why a field is missing, by field; the fields are columns of ``hub.models``."""


def is_reported(models: ir.Table, field: str) -> ir.BooleanValue:
    """Tell whether a model has a value of a field.

    Parameters
    ----------
    models : ibis.expr.types.Table
        ``hub.models``.
    field : str
        One of `WHY_MISSING`.

    Returns
    -------
    ibis.expr.types.BooleanValue
        Never NULL; an empty list is no value.
    """
    column = models[field]
    kind = column.type()
    if kind.is_array() or kind.is_map():
        return (column.length() > 0).fill_null(False)
    return column.notnull()


def quality(engine: Engine, models: ir.Table) -> pa.Table:
    """Make ``hub.quality``: the models that lack each field.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    models : ibis.expr.types.Table
        ``hub.models``.

    Returns
    -------
    pyarrow.Table
        Columns of ``hub.quality`` but ``snapshot``; one row per field.
    """
    import pyarrow as pa

    counts = models.aggregate(
        n_models=models.count(),
        **{field: is_reported(models, field).sum().fill_null(0) for field in WHY_MISSING},
    )
    row = engine.to_arrow(counts).to_pylist()[0]
    n_models = row["n_models"]
    n_missing = [n_models - row[field] for field in WHY_MISSING]
    return pa.table(
        {
            "field": list(WHY_MISSING),
            "n_models": pa.array([n_models] * len(n_missing), pa.int64()),
            "n_missing": pa.array(n_missing, pa.int64()),
            "share_missing": pa.array(
                [n / n_models if n_models else None for n in n_missing], pa.float64()
            ),
            "reason": list(WHY_MISSING.values()),
        }
    )
