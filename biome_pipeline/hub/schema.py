"""The contract of hub-stats' ``models.parquet``: its columns and their types.

The contract is data (`REQUIRED`, `OPTIONAL`, `IGNORED`) and is held against an
Arrow schema, which comes from the footer of the file: no row is read. A type
is accepted by what it can hold, not by its exact width or encoding, because
the file was written by several programs over the years. A column of type
``null`` says that nothing in it is known, which only ``id`` may not be.

What does not belong here: opening files (`source`), values and rows
(``snapshot``), how a column is called in the project's tables (``warehouse``).
"""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import pyarrow as pa
import pyarrow.types as pt

from biome_pipeline.errors import SourceSchemaError

__all__ = [
    "IGNORED",
    "OPTIONAL",
    "REQUIRED",
    "Expected",
    "SchemaReport",
    "check_schema",
    "printable",
]

ParametersKind = Literal["struct", "map", "null"]

_UTC_NAMES = frozenset({"UTC", "Etc/UTC", "GMT", "Etc/GMT", "Z", "+00:00", "Zulu"})
_LONGEST_TYPE = 160


@dataclass(frozen=True)
class Expected:
    """What a column has to be.

    Attributes
    ----------
    name : str
        The expected type in words, as shown in an error.
    accepts : callable
        Whether an Arrow type will do; ``null`` is not its business.
    """

    name: str
    accepts: Callable[[pa.DataType], bool]


@dataclass(frozen=True)
class SchemaReport:
    """What a schema that fits the contract contains.

    Attributes
    ----------
    present : tuple of str
        The required columns, in the order of the contract, then the optional
        ones that are there.
    dtype_names : tuple of str
        The fields of ``safetensors.parameters``; empty for a map.
    parameters_kind : {"struct", "map", "null"}
        How ``safetensors.parameters`` is written; "null" if it is unknown.
    extra : tuple of str
        Columns that the contract does not know, worth a warning.
    """

    present: tuple[str, ...]
    dtype_names: tuple[str, ...]
    parameters_kind: ParametersKind
    extra: tuple[str, ...]


def _plain(kind: pa.DataType) -> pa.DataType:
    """Give the type of the values of a dictionary-encoded column."""
    return kind.value_type if pt.is_dictionary(kind) else kind


def _is_string(kind: pa.DataType) -> bool:
    kind = _plain(kind)
    return pt.is_string(kind) or pt.is_large_string(kind) or pt.is_string_view(kind)


def _is_integer(kind: pa.DataType) -> bool:
    return pt.is_integer(_plain(kind))


def _is_number(kind: pa.DataType) -> bool:
    return _is_integer(kind) or pt.is_floating(_plain(kind))


def _is_boolean(kind: pa.DataType) -> bool:
    return pt.is_boolean(_plain(kind))


def _is_utc_timestamp(kind: pa.DataType) -> bool:
    return pt.is_timestamp(kind) and (kind.tz is None or kind.tz in _UTC_NAMES)


def _is_list_of(kind: pa.DataType, accepts: Callable[[pa.DataType], bool]) -> bool:
    is_list = (
        pt.is_list(kind)
        or pt.is_large_list(kind)
        or pt.is_fixed_size_list(kind)
        or pt.is_list_view(kind)
        or pt.is_large_list_view(kind)
    )
    return is_list and _fits(kind.value_type, accepts)


def _is_struct_with(kind: pa.DataType, **fields: Callable[[pa.DataType], bool]) -> bool:
    """Tell whether a struct has these fields; others beside them do no harm."""
    if not pt.is_struct(kind):
        return False
    # An index of -1 means that the field is missing or there twice.
    indices = {name: kind.get_field_index(name) for name in fields}
    return all(
        indices[name] >= 0 and _fits(kind.field(indices[name]).type, accepts)
        for name, accepts in fields.items()
    )


def _fits(kind: pa.DataType, accepts: Callable[[pa.DataType], bool]) -> bool:
    return pt.is_null(kind) or accepts(kind)


def _is_parameters(kind: pa.DataType) -> bool:
    if pt.is_map(kind):
        return _fits(kind.key_type, _is_string) and _fits(kind.item_type, _is_integer)
    return pt.is_struct(kind) and all(_fits(field.type, _is_integer) for field in kind)


def _is_safetensors(kind: pa.DataType) -> bool:
    return _is_struct_with(kind, parameters=_is_parameters, total=_is_integer)


def _is_siblings(kind: pa.DataType) -> bool:
    return _is_list_of(kind, lambda item: _is_struct_with(item, rfilename=_is_string))


def _is_parent(kind: pa.DataType) -> bool:
    return _is_struct_with(kind, _id=_is_string, id=_is_string)


def _is_base_models(kind: pa.DataType) -> bool:
    return _is_struct_with(
        kind, models=lambda models: _is_list_of(models, _is_parent), relation=_is_string
    )


_STRING = Expected("string", _is_string)
_INTEGER = Expected("integer", _is_integer)
_TIMESTAMP = Expected("timestamp (no zone, or UTC)", _is_utc_timestamp)

REQUIRED: dict[str, Expected] = {
    "_id": _STRING,
    "id": _STRING,
    "author": _STRING,
    "pipeline_tag": _STRING,
    "library_name": _STRING,
    "createdAt": _TIMESTAMP,
    "lastModified": _TIMESTAMP,
    "likes": _INTEGER,
    "downloads": _INTEGER,
    "downloadsAllTime": _INTEGER,
    "trendingScore": Expected("number", _is_number),
    "tags": Expected("list<string>", lambda kind: _is_list_of(kind, _is_string)),
    "siblings": Expected("list<struct<rfilename: string>>", _is_siblings),
    "cardData": _STRING,
    "config": _STRING,
    "gguf": _STRING,
    "safetensors": Expected(
        "struct<parameters: struct<any dtype: integer> or map<string, integer>, total: integer>",
        _is_safetensors,
    ),
    "baseModels": Expected(
        "struct<models: list<struct<_id: string, id: string>>, relation: string>", _is_base_models
    ),
}
"""Columns that must be there."""

OPTIONAL: dict[str, Expected] = {
    "gated": Expected("string or boolean", lambda kind: _is_string(kind) or _is_boolean(kind)),
    "private": Expected("boolean", _is_boolean),
    "sha": _STRING,
    "disabled": Expected("boolean", _is_boolean),
    "anomalies": Expected("list<string>", lambda kind: _is_list_of(kind, _is_string)),
}
"""Columns that the list API has and hub-stats has not: held to a type if they are there."""

IGNORED: frozenset[str] = frozenset(
    {
        "inferenceProviderMapping",
        "mask_token",
        "model-index",
        "modelId",
        "resourceGroup",
        "spaces",
        "transformersInfo",
        "usedStorage",
        "widgetData",
        "xetEnabled",
    }
)
"""Columns of the Hub's answers that the project does not use."""


def check_schema(schema: pa.Schema, *, place: str) -> SchemaReport:
    """Hold a schema against the contract.

    Parameters
    ----------
    schema : pyarrow.Schema
        The schema of the file, from its footer.
    place : str
        What the schema belongs to, as shown in an error: a path, or a
        repository with its revision.

    Returns
    -------
    SchemaReport
        What is there.

    Raises
    ------
    SourceSchemaError
        A column is missing, is there twice, or has another type. All of them
        are named at once, with the expected and the found type.
    """
    known = REQUIRED | OPTIONAL
    extra = tuple(
        name for name in dict.fromkeys(schema.names) if name not in known and name not in IGNORED
    )
    faults = [
        fault
        for name, expected in known.items()
        if (fault := _fault(name, expected, schema, extra)) is not None
    ]
    if faults:
        raise SourceSchemaError(
            "; ".join(faults),
            place=place,
            remedy="give a file in the schema of hub-stats' models.parquet",
        )
    kind, dtype_names = _parameters(schema.field("safetensors").type)
    return SchemaReport(
        present=tuple(name for name in known if name in schema.names),
        dtype_names=dtype_names,
        parameters_kind=kind,
        extra=extra,
    )


def _fault(name: str, expected: Expected, schema: pa.Schema, extra: tuple[str, ...]) -> str | None:
    """Say what is wrong with one column, if anything is."""
    indices = schema.get_all_field_indices(name)
    if not indices:
        if name in OPTIONAL:
            return None
        renamed = _closest(name, extra)
        hint = f" (renamed to {printable(renamed)}?)" if renamed else ""
        return f"column {name} is missing: expected {expected.name}, found no such column{hint}"
    if len(indices) > 1:
        return f"column {name} is there {len(indices)} times: expected one {expected.name}"
    found = schema.field(indices[0]).type
    # A model without an id is nothing, so that an unknown id column is no source.
    is_fit = _fits(found, expected.accepts) if name != "id" else expected.accepts(found)
    if is_fit:
        return None
    return f"column {name} has another type: expected {expected.name}, found {_type_name(found)}"


def _closest(name: str, candidates: tuple[str, ...]) -> str | None:
    """Find the candidate that reads most like a name, whatever its case and underscores."""
    plain = {candidate: candidate.replace("_", "").lower() for candidate in candidates}
    close = difflib.get_close_matches(name.replace("_", "").lower(), plain.values(), n=1)
    return next((candidate for candidate in candidates if plain[candidate] in close), None)


def _parameters(safetensors: pa.DataType) -> tuple[ParametersKind, tuple[str, ...]]:
    """Tell how the parameters per dtype are written, and under which names."""
    if pt.is_null(safetensors):
        return "null", ()
    parameters = safetensors.field("parameters").type
    if pt.is_null(parameters):
        return "null", ()
    if pt.is_map(parameters):
        return "map", ()
    return "struct", tuple(field.name for field in parameters)


def _type_name(kind: pa.DataType) -> str:
    text = printable(str(kind))
    return text if len(text) <= _LONGEST_TYPE else f"{text[:_LONGEST_TYPE]}..."


def printable(text: str) -> str:
    r"""Write control and direction characters as escapes, for a terminal's sake.

    Parameters
    ----------
    text : str
        A name that somebody else chose.

    Returns
    -------
    str
        The same text, with every character that is not printable as ``\x..``
        or ``\u....``.
    """
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
