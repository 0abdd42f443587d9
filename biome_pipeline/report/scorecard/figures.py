"""The published figures, as reviewed data with their sources.

What does not belong here: what ours are (``readings``), and what is compared (``rules``).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from biome_pipeline.errors import ReferenceDataError
from biome_pipeline.vocabulary.reference import reference_file

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["Figure", "published_figures", "read_figures"]

_REQUIRED = ("key", "value", "kind", "source")


@dataclass(frozen=True)
class Figure:
    """One published figure.

    Attributes
    ----------
    key : str
        Its name, unique.
    value : int, float, str or list
        What was published.
    kind : str
        How: printed by code, stated in text, read off a figure, or derived.
    source : str
        Where.
    note : str
        What is known of it; may be empty.
    graph : str or None
        Graph that it is of; None if of none.
    """

    key: str
    value: Any
    kind: str
    source: str
    note: str = ""
    graph: str | None = None

    @property
    def number(self) -> float | None:
        """The value as a number; None if it is none."""
        is_number = isinstance(self.value, int | float) and not isinstance(self.value, bool)
        return float(self.value) if is_number else None

    @property
    def precision(self) -> float:
        """Half of the last digit that is given: of what is read off a figure, its error."""
        if self.kind == "figure-measured":
            # Similarities are read to 0.005; means of other figures to 1 % of the axis.
            return 0.005 if self.key.startswith("similarity.") else 0.02 * abs(self.number or 0)
        words = repr(self.value)
        if "e" in words or "." not in words:
            return 0.5 if isinstance(self.value, int) else 0.0
        return float(0.5 * 10.0 ** -len(words.partition(".")[2]))


@cache
def published_figures() -> Mapping[str, Figure]:
    """Give all published figures.

    Returns
    -------
    mapping of str to Figure
        By key, in order.

    Raises
    ------
    ReferenceDataError
        If the data is missing or wrong.
    """
    return read_figures(reference_file("published.jsonl"))


def read_figures(path: Path) -> Mapping[str, Figure]:
    """Read and check a file of figures.

    Parameters
    ----------
    path : Path
        One JSON object per line.

    Returns
    -------
    mapping of str to Figure
        By key, in order.

    Raises
    ------
    ReferenceDataError
        If a line is no object, lacks a field, or a key comes twice.
    """
    found: dict[str, Figure] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        place = f"{path.name}, line {number}"
        try:
            row = json.loads(line)
        except ValueError as error:
            raise _wrong(f"it is no JSON ({error})", place, path) from error
        lacking = [name for name in _REQUIRED if not isinstance(row, dict) or name not in row]
        if lacking:
            raise _wrong(f"{lacking[0]} is missing", place, path)
        if row["key"] in found:
            raise _wrong(f"key {row['key']} comes twice", place, path)
        found[row["key"]] = Figure(
            row["key"],
            row["value"],
            row["kind"],
            row["source"],
            row.get("note", ""),
            row.get("graph"),
        )
    return dict(sorted(found.items()))


def _wrong(fact: str, place: str, path: Path) -> ReferenceDataError:
    return ReferenceDataError(fact, place=place, remedy=f"correct {path}")
