"""``hub.configs``: what the config of every model says, from the file or the listing.

Files are few and go through Python in batches; the listing is long and stays in
the engine (``listed_configs``). What does not belong here: one config
(``config_facts``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis
import pyarrow as pa

from biome_pipeline.snapshot.config_facts import FACTS, config_facts
from biome_pipeline.snapshot.listed_configs import LISTED_FACTS, listed_configs
from biome_pipeline.warehouse.engine import ibis_type
from biome_pipeline.warehouse.fields.configs import ALL as FIELDS
from biome_pipeline.warehouse.spec import arrow_type

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from biome_pipeline.warehouse.engine import Engine

__all__ = ["configs"]

_TYPES = {field.name: field.type for field in FIELDS}
_FILES_PER_BATCH = 500


def configs(
    engine: Engine, raw_configs: ir.Table, raw_models: ir.Table, models: ir.Table
) -> ir.Table:
    """Make ``hub.configs``: one row per model that has a config.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    raw_configs : ibis.expr.types.Table
        ``hub.raw_configs``: the files that were asked for.
    raw_models : ibis.expr.types.Table
        ``hub.raw_models``: of these, the reduced configs.
    models : ibis.expr.types.Table
        ``hub.models``.

    Returns
    -------
    ibis.expr.types.Table
        Columns of ``hub.configs`` but ``snapshot``. The facts are the file's if
        it was taken and is a JSON object, else the listing's; the outcome is the
        file's if it was asked for, else the listing's.
    """
    people = models.select("model_id", "row_number")
    reduced = raw_models.select("row_number", "config")
    known = people.left_join(reduced, "row_number").select("model_id", "config")
    # Most models share their text with many others: each is read once.
    texts = reduced.filter(reduced.config.notnull()).select("config").distinct()
    listed = listed_configs(engine, engine.materialize(texts))
    asked = raw_configs.filter(raw_configs.outcome != "not_asked").semi_join(people, "model_id")
    asked = engine.materialize(asked.select("model_id", "text", file_outcome="outcome"))
    full = engine.memory_table(_facts_of_files(engine, asked))
    listed = listed.rename({f"listed_{name}": name for name in listed.columns})
    asked = asked.rename(asked_model_id="model_id")
    full = full.rename({f"full_{name}": name for name in full.columns})
    # At most one row of each for a model: none of these joins multiplies.
    rows = known.left_join(listed, known.config == listed.listed_config)
    rows = rows.left_join(asked, rows.model_id == asked.asked_model_id)
    rows = rows.left_join(full, rows.model_id == full.full_model_id)
    rows = rows.filter(rows.asked_model_id.notnull() | rows.config.notnull())
    is_full = (rows.full_outcome == "ok").fill_null(False)
    return rows.select(
        model_id=rows.model_id,
        outcome=ibis.coalesce(rows.full_outcome, rows.file_outcome, rows.listed_outcome),
        is_full=is_full,
        **{
            name: ibis.ifelse(is_full, rows[f"full_{name}"], _listed(rows, name))
            for name in FACTS
            if name not in {"outcome", "anomalies"}
        },
        anomalies=ibis.coalesce(
            ibis.ifelse(is_full, rows.full_anomalies, rows.listed_anomalies),
            ibis.literal([], type="array<string>"),
        ),
        raw=rows.text,
    )


def _listed(rows: ir.Table, name: str) -> ir.Value:
    if name in LISTED_FACTS:
        return rows[f"listed_{name}"]
    return ibis.null(ibis_type(_TYPES[name]))


def _facts_of_files(engine: Engine, asked: ir.Table) -> pa.Table:
    """Read the files that were taken, some at a time: one may have megabytes."""
    taken = asked.filter((asked.file_outcome == "ok") & asked.text.notnull())
    placed = engine.materialize(
        taken.select("model_id", "text", place=ibis.row_number().over(order_by=taken.model_id))
    )
    n_files = engine.count_rows(placed)
    parts = [_table([])]
    for start in range(0, n_files, _FILES_PER_BATCH):
        stop = start + _FILES_PER_BATCH
        files = engine.to_arrow(placed.filter((placed.place >= start) & (placed.place < stop)))
        parts.append(
            _table(
                [
                    {"model_id": model_id.as_py(), **vars(config_facts(text.as_py()))}
                    for model_id, text in zip(files["model_id"], files["text"], strict=True)
                ]
            )
        )
    return pa.concat_tables(parts)


def _table(rows: list[dict[str, Any]]) -> pa.Table:
    types = {"outcome": "VARCHAR", "anomalies": "VARCHAR[]", **_TYPES}
    schema = pa.schema(
        [("model_id", pa.string()), *((name, arrow_type(types[name])) for name in FACTS)]
    )
    return pa.Table.from_pylist(rows, schema=schema)
