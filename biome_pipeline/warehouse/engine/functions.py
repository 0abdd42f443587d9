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
    "regex_matches",
    "to_json",
]


@ibis.udf.scalar.builtin(name="json_valid")
def json_valid(document: str) -> bool:
    """Tell whether a text is JSON.

    Parameters
    ----------
    document : str
        Any text.

    Returns
    -------
    bool
        NULL for NULL.
    """


@ibis.udf.scalar.builtin(name="json_extract")
def json_fields(document: str, paths: list[str]) -> list[str]:
    """Take several paths out of a JSON text, reading it once.

    Parameters
    ----------
    document : str
        Valid JSON.
    paths : list of str
        Constant paths, as ``$.name``.

    Returns
    -------
    list of str
        JSON texts, NULL where a path leads nowhere.
    """


@ibis.udf.scalar.builtin(name="json_type")
def json_kind(document: str) -> str:
    """Name the kind of a JSON text.

    Parameters
    ----------
    document : str
        Valid JSON.

    Returns
    -------
    str
        VARCHAR, ARRAY, OBJECT, BOOLEAN, DOUBLE, UBIGINT, NULL, ...
    """


@ibis.udf.scalar.builtin(name="json_extract_string")
def json_text(document: str, path: str) -> str:
    """Take one path out of a JSON text, without quotes if it is a string.

    Parameters
    ----------
    document : str
        Valid JSON.
    path : str
        The path; ``$`` is the whole.

    Returns
    -------
    str
        The text, or NULL.
    """


@ibis.udf.scalar.builtin(name="from_json")
def json_strings(document: str, structure: str) -> list[str]:
    """Read a JSON array as a list of strings.

    Parameters
    ----------
    document : str
        A JSON array; what is no string stands in the list as its JSON text.
    structure : str
        The constant ``["VARCHAR"]``.

    Returns
    -------
    list of str
        The elements.
    """


@ibis.udf.scalar.builtin(name="to_json")
def to_json(value) -> dt.json:  # type: ignore[no-untyped-def]  # noqa: ANN001 - any type
    """Write a value as JSON, struct fields in their order.

    Parameters
    ----------
    value : object
        A value of any type.

    Returns
    -------
    str
        As the engine's JSON type; cast it to store it as text.
    """


@ibis.udf.scalar.builtin(name="map_from_entries")
def map_from_entries(entries) -> dict[str, int]:  # type: ignore[no-untyped-def]  # noqa: ANN001 - a list of structs
    """Make a map out of a list of pairs.

    Parameters
    ----------
    entries : list of struct
        Structs of two fields, key and value; no key twice.

    Returns
    -------
    dict of str to int
        The map.
    """


@ibis.udf.scalar.builtin(name="regexp_extract_all")
def regex_matches(text: str, pattern: str) -> list[str]:
    r"""Find all matches of a pattern that do not overlap, from left to right.

    Parameters
    ----------
    text : str
        Any text.
    pattern : str
        Constant pattern of RE2, where ``\w`` is ASCII.

    Returns
    -------
    list of str
        The matches; NULL for NULL.
    """
