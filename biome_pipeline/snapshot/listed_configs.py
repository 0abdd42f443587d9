"""What the Hub's listing repeats of each model's config, read by the engine.

The listing has a few keys of every model's ``config.json``, millions of them: they
are read relationally, and tell less than the file. Where both tell a fact, they
tell the same. What does not belong here: whole files (``config_facts``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
import pyarrow as pa

from biome_pipeline.snapshot.config_values import NAME_PATTERN
from biome_pipeline.vocabulary.model_families import (
    ARCHITECTURE_FAMILIES,
    ARCHITECTURE_HEADS,
    MODEL_FAMILIES,
)
from biome_pipeline.vocabulary.model_types import (
    DENSE_TYPES,
    FLAT_TYPES,
    MULTI_HEAD_TYPES,
    NO_ROPE_TYPES,
    ROPE_TYPES,
    SPARSE_TYPES,
)
from biome_pipeline.warehouse.engine.functions import (
    json_fields,
    json_kind,
    json_text,
    json_valid,
)

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from biome_pipeline.warehouse.engine import Engine

__all__ = ["LISTED_FACTS", "listed_configs"]

LISTED_FACTS: tuple[str, ...] = (
    "model_type",
    "family",
    "architecture",
    "uses_moe",
    "uses_gqa",
    "uses_rope",
    "uses_quantization",
)
"""Facts that the listing can tell."""

_SAYS_NOTHING = ("null", "false", "{}", "[]", '""')


def listed_configs(engine: Engine, texts: ir.Table) -> ir.Table:
    """Read the reduced configs of a listing, each of them once.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    texts : ibis.expr.types.Table
        ``config``, the JSON text; no NULL, no text twice.

    Returns
    -------
    ibis.expr.types.Table
        ``config``, ``outcome`` (ok, empty, invalid_json, not_object), the
        columns of `LISTED_FACTS` and ``anomalies``.
    """
    document = ibis.ifelse(json_valid(texts.config), texts.config, ibis.null("string"))
    paths = ["$.model_type", "$.architectures", "$.quantization_config", "$.compression_config"]
    read = engine.materialize(
        texts.select(
            "config",
            outcome=ibis.cases(
                (texts.config.strip() == "", "empty"),
                (document.isnull(), "invalid_json"),
                (json_kind(document) != "OBJECT", "not_object"),
                else_="ok",
            ),
            found=json_fields(document, ibis.array(paths)),
        )
    )
    model_type, classes = read.found[0], read.found[1]
    first = json_fields(classes, ibis.array(["$[0]"]))[0]
    is_list = json_kind(classes) == "ARRAY"
    name = ibis.ifelse(is_list, _name(first), ibis.null("string"))
    rows = read.select(
        "config",
        "outcome",
        model_type=_name(model_type),
        architecture=name,
        stem=name.re_replace(ARCHITECTURE_HEADS, ""),
        is_quantized=(_says(read.found[2]) | _says(read.found[3])),
        anomalies=ibis.array(
            [
                _fault("model_type", model_type),
                ibis.cases(
                    (is_list, _fault("architectures", first)),
                    (json_kind(classes) != "NULL", "architectures: not a list"),
                ),
            ]
        ).filter(lambda anomaly: anomaly.notnull()),
    )
    types, stems = engine.memory_table(_types()), engine.memory_table(_stems())
    rows = rows.left_join(types, rows.model_type == types.kind)
    rows = rows.left_join(stems, rows.stem == stems.class_stem)
    return engine.materialize(
        rows.select(
            "config",
            "outcome",
            "model_type",
            "architecture",
            "uses_moe",
            "uses_gqa",
            "uses_rope",
            "anomalies",
            family=ibis.coalesce(rows.type_family, rows.class_family),
            # A composite model may say it in an object that the listing leaves out.
            uses_quantization=ibis.cases((rows.is_quantized, True), (rows.is_flat, False)),
        )
    )


def _name(value: ir.StringColumn) -> ir.StringColumn:
    """Take a JSON text that is a name."""
    word = json_text(value, "$")
    is_name = (json_kind(value) == "VARCHAR") & word.re_search(NAME_PATTERN)
    return ibis.ifelse(is_name, word, ibis.null("string"))


def _fault(key: str, value: ir.StringColumn) -> ir.StringColumn:
    """Say why a JSON text is no name, in the words of ``config_values``."""
    kind = json_kind(value)
    return ibis.cases(
        (kind == "NULL", ibis.null("string")),
        (_name(value).notnull(), ibis.null("string")),
        (kind == "VARCHAR", f"{key}: not a name"),
        (kind == "ARRAY", f"{key}: list, not a name"),
        (kind == "OBJECT", f"{key}: object, not a name"),
        (kind == "BOOLEAN", f"{key}: truth value, not a name"),
        (kind.notnull(), f"{key}: number, not a name"),
    )


def _says(value: ir.StringColumn) -> ir.BooleanColumn:
    return value.notnull() & value.notin(_SAYS_NOTHING).fill_null(False)


def _types() -> pa.Table:
    """List what each known type says, one row a type."""
    known = sorted(
        MODEL_FAMILIES.keys()
        | ROPE_TYPES
        | NO_ROPE_TYPES
        | DENSE_TYPES
        | SPARSE_TYPES
        | MULTI_HEAD_TYPES
    )
    columns = {
        "uses_moe": [_either(kind, SPARSE_TYPES, DENSE_TYPES) for kind in known],
        "uses_gqa": [False if kind in MULTI_HEAD_TYPES else None for kind in known],
        "uses_rope": [_either(kind, ROPE_TYPES, NO_ROPE_TYPES) for kind in known],
        "is_flat": [kind in FLAT_TYPES for kind in known],
    }
    return pa.table(
        {
            "kind": known,
            "type_family": pa.array([MODEL_FAMILIES.get(kind) for kind in known], pa.string()),
            **{name: pa.array(values, pa.bool_()) for name, values in columns.items()},
        }
    )


def _stems() -> pa.Table:
    return pa.table(
        {
            "class_stem": list(ARCHITECTURE_FAMILIES),
            "class_family": list(ARCHITECTURE_FAMILIES.values()),
        }
    )


def _either(kind: str, yes: frozenset[str], no: frozenset[str]) -> bool | None:
    if kind in yes:
        return True
    return False if kind in no else None
