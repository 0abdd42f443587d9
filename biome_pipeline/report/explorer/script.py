"""Calls of the explorer with JSON, as text of a script that no value can leave.

A page opened from disk may not fetch, so data come as scripts. What does not
belong here: what the data are (``families``, ``shards``).
"""

from __future__ import annotations

import json

__all__ = ["call", "to_script_json"]

_OBJECT = "biomeExplorer"

# ASCII output has no U+2028 or U+2029 left; these end a script or begin markup.
_ESCAPES = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"}


def to_script_json(value: object) -> str:
    r"""Write a value as JSON that is safe within a script element.

    Parameters
    ----------
    value : object
        Of lists, dictionaries, texts, integers, booleans and None.

    Returns
    -------
    str
        ASCII without ``<``, ``>`` and ``&``: outside of texts JSON has none of them.
    """
    text = json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    for character, escape in _ESCAPES.items():
        text = text.replace(character, escape)
    return text


def call(name: str, *arguments: object) -> str:
    """Write a call of one of the explorer's functions.

    Parameters
    ----------
    name : str
        ``index``, ``lookup`` or ``family``.
    *arguments : object
        As `to_script_json` takes them.

    Returns
    -------
    str
        One statement and a line end.
    """
    return f"{_OBJECT}.{name}({','.join(map(to_script_json, arguments))});\n"
