"""What is known of a column: name, type, unit, meaning and source.

What does not belong here: any particular column.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Field"]


@dataclass(frozen=True)
class Field:
    """One column: what it means, in which type and unit.

    Parameters
    ----------
    name : str
        Column name.
    type : str
        DuckDB type.
    meaning : str
        One sentence.
    unit : str
        Unit of a quantity; empty for names, flags and texts.
    source : str
        Where the value comes from.
    values : tuple of str
        All allowed values of a closed vocabulary; empty if open.
    table : str
        The one table, ``schema.table``, in which the name means this; empty for all others.
    """

    name: str
    type: str
    meaning: str
    unit: str = ""
    source: str = ""
    values: tuple[str, ...] = ()
    table: str = ""
