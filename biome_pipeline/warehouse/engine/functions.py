"""Functions of the engine that Ibis has no word for, by name and type.

Each is one DuckDB function; on another engine this module would be another.
What does not belong here: anything that Ibis can say itself.
"""

from __future__ import annotations

import ibis
import ibis.expr.datatypes as dt

__all__ = [
    "json_fields",
    "json_kind",
    "json_strings",
    "json_text",
    "json_valid",
    "map_from_entries",
    "split_words",
    "to_json",
]


@ibis.udf.scalar.builtin(name="json_valid")
def json_valid(document: str) -> bool:
    """Tell whether a text is JSON."""


@ibis.udf.scalar.builtin(name="json_extract")
def json_fields(document: str, paths: list[str]) -> list[str]:
    """Take several paths out of a JSON text, reading it once; NULL where absent."""


@ibis.udf.scalar.builtin(name="json_type")
def json_kind(document: str) -> str:
    """Name the kind of a JSON text: VARCHAR, ARRAY, OBJECT, BOOLEAN, DOUBLE, ..."""


@ibis.udf.scalar.builtin(name="json_extract_string")
def json_text(document: str, path: str) -> str:
    """Take one path out of a JSON text, without quotes if it is a string."""


@ibis.udf.scalar.builtin(name="from_json")
def json_strings(document: str, structure: str) -> list[str]:
    """Read a JSON array as a list of strings; the structure is '["VARCHAR"]'."""


@ibis.udf.scalar.builtin(name="to_json")
def to_json(value) -> dt.json:  # type: ignore[no-untyped-def, valid-type]  # noqa: ANN001 - any type
    """Write a value as JSON, struct fields in their order."""


@ibis.udf.scalar.builtin(name="string_split_regex")
def split_words(text: str, pattern: str) -> list[str]:
    """Split a text at every match of a pattern."""


@ibis.udf.scalar.builtin(name="map_from_entries")
def map_from_entries(entries) -> dict[str, int]:  # type: ignore[no-untyped-def]  # noqa: ANN001 - a list of structs
    """Make a map out of a list of key-value structs."""
