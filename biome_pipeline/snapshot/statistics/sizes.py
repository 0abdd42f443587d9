"""Numbers of parameters: their distribution, size classes and number formats.

Known only for safetensors files, so these describe models that have them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from biome_pipeline.snapshot.statistics.row import Statistic, counted, measured
from biome_pipeline.vocabulary.dtypes import DTYPE_BITS

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from biome_pipeline.warehouse.engine import Engine

__all__ = ["BILLION", "SIZE_CLASSES", "sizes"]

BILLION = 10**9

SIZE_CLASSES: dict[str, tuple[int, int | None]] = {
    "<1B": (0, 1),
    "1-3B": (1, 3),
    "3-7B": (3, 7),
    "7-15B": (7, 15),
    "15-100B": (15, 100),
    "100B+": (100, None),
}
"""Size classes in billions of parameters: from the first number, below the second."""

_PERCENTILES = (0, 25, 50, 75, 100)
_MOST_OF_CLASS = 10


def sizes(engine: Engine, models: ir.Table, n_models: int) -> list[Statistic]:
    """Describe the sizes of models.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    models : ibis.expr.types.Table
        ``hub.models``.
    n_models : int
        All models.

    Returns
    -------
    list of Statistic
        Statistics ``parameters``, ``parameters_class``, ``largest_of_class``
        (of each class the ten most downloaded), ``dtype``,
        ``dtype_parameters`` and ``dtype_bits``.
    """
    sized = models.filter(models.parameters.notnull())
    named = engine.materialize(
        sized.select("model_id", "parameters", "downloads", size_class=_class_of(sized.parameters))
    )
    count = named.parameters
    found = named.aggregate(
        n=named.count(),
        **{f"p{p}": count.cast("float64").quantile(p / 100) for p in _PERCENTILES},
        mean=count.mean(),
    )
    row = engine.to_arrow(found).to_pylist()[0]
    n = row.pop("n")
    if not n:
        return _dtypes(engine, models, n_models)
    return [
        counted("parameters", "n", n, n, n_models),
        *measured("parameters", row, n),
        *_classes(engine, named, n, n_models),
        *_dtypes(engine, models, n_models),
    ]


def _class_of(parameters: ir.IntegerColumn) -> ir.StringColumn:
    bounds = [(name, high) for name, (_, high) in SIZE_CLASSES.items() if high is not None]
    last = list(SIZE_CLASSES)[-1]
    return ibis.cases(*((parameters < high * BILLION, name) for name, high in bounds), else_=last)


def _classes(engine: Engine, named: ir.Table, n: int, n_models: int) -> list[Statistic]:
    by_class = named.group_by("size_class").agg(count=named.count())
    counts = {row["size_class"]: row["count"] for row in engine.to_arrow(by_class).to_pylist()}
    rank = ibis.row_number().over(
        group_by=named.size_class, order_by=[named.downloads.desc(), named.model_id]
    )
    known = named.filter(named.downloads.notnull()).mutate(rank=rank)
    top = known.filter(known["rank"] < _MOST_OF_CLASS).select("size_class", "model_id", "downloads")
    return [
        *(
            counted("parameters_class", name, counts.get(name, 0), n, n_models)
            for name in SIZE_CLASSES
        ),
        *(
            Statistic(
                "largest_of_class",
                f"{row['size_class']}: {row['model_id']}",
                float(row["downloads"]),
                counts[row["size_class"]],
            )
            for row in engine.to_arrow(top).to_pylist()
        ),
    ]


def _dtypes(engine: Engine, models: ir.Table, n_models: int) -> list[Statistic]:
    typed = models.filter(models.dtype_parameters.length() > 0)
    entries = typed.select(
        dtype=typed.dtype_parameters.keys().unnest(),
        parameters=typed.dtype_parameters.values().unnest(),
    )
    by_dtype = entries.group_by("dtype").agg(
        count=entries.count(), parameters=entries.parameters.sum().cast("float64")
    )
    n = engine.count_rows(typed)
    found = []
    for row in engine.to_arrow(by_dtype.order_by("dtype")).to_pylist():
        dtype, count = row["dtype"], row["count"]
        found.append(counted("dtype", dtype, count, n, n_models))
        found += measured("dtype_parameters", {dtype: row["parameters"]}, count)
        found += measured("dtype_bits", {dtype: DTYPE_BITS.get(dtype)}, count)
    return found
