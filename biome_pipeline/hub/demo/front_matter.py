"""The front matter of a model card in YAML, as it stands in README.md.

What does not belong here: the front matter as the Hub delivers it, which is
JSON (`rows`).
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from biome_pipeline.hub.demo.rows import Row

__all__ = ["front_matter"]

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*")
# Plain, these would be read as booleans or as nothing.
_RESERVED = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})


def front_matter(row: Row) -> str:
    """Write the front matter of a model, its two fences included.

    Parameters
    ----------
    row : Row
        The model; text in place of its front matter is written as it stands.

    Returns
    -------
    str
        The first lines of README.md, up to the line break behind the second
        fence; empty if there is no front matter.
    """
    if row.card is None:
        return ""
    if isinstance(row.card, str):
        return f"---\n{row.card}\n---\n"
    return "---\n" + "".join([_entry(key, value) for key, value in row.card.items()]) + "---\n"


def _entry(key: str, value: Any) -> str:  # noqa: ANN401 - front matter holds anything
    if isinstance(value, list):
        return f"{key}:\n" + "".join([f"- {_scalar(item)}\n" for item in value])
    return f"{key}: {_scalar(value)}\n"


def _scalar(value: Any) -> str:  # noqa: ANN401 - front matter holds anything
    if isinstance(value, str) and _PLAIN.fullmatch(value) and value.lower() not in _RESERVED:
        return value
    # JSON is YAML too.
    return json.dumps(value, ensure_ascii=False)
