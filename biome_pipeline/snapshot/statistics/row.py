"""One row of ``hub.statistics``, and how rows become a table.

What does not belong here: any statistic.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pyarrow as pa

__all__ = ["Statistic", "counted", "measured", "share_of", "to_table"]


class Statistic(NamedTuple):
    """One row of ``hub.statistics`` but ``snapshot``."""

    statistic: str
    item: str
    value: float
    n: int
    share_of_models: float | None = None
    share_of_reporting: float | None = None


def share_of(part: float, whole: float) -> float | None:
    """Divide, where there is something to divide by.

    Parameters
    ----------
    part, whole : float
        Numerator and denominator.

    Returns
    -------
    float or None
        ``None`` if the denominator is 0.
    """
    return part / whole if whole else None


def counted(statistic: str, item: str, count: int, n: int, n_models: int) -> Statistic:
    """Make the row of a number of models, with both shares.

    Parameters
    ----------
    statistic, item : str
        Key of the row.
    count : int
        Models with the item.
    n : int
        Models that report the field.
    n_models : int
        All models.

    Returns
    -------
    Statistic
        The row.
    """
    return Statistic(
        statistic, item, float(count), n, share_of(count, n_models), share_of(count, n)
    )


def measured(statistic: str, values: Mapping[str, float | None], n: int) -> list[Statistic]:
    """Make rows of measures that are no counts of models, without shares.

    Parameters
    ----------
    statistic : str
        Name of the statistic.
    values : mapping of str to float or None
        Measures by item; what is ``None`` has no row.
    n : int
        Models that they rest on.

    Returns
    -------
    list of Statistic
        The rows.
    """
    return [
        Statistic(statistic, item, float(value), n)
        for item, value in values.items()
        if value is not None
    ]


def to_table(rows: Iterable[Statistic]) -> pa.Table:
    """Put rows together.

    Parameters
    ----------
    rows : iterable of Statistic
        The rows.

    Returns
    -------
    pyarrow.Table
        Columns of ``hub.statistics`` but ``snapshot``.
    """
    import pyarrow as pa

    schema = pa.schema(
        [
            ("statistic", pa.string()),
            ("item", pa.string()),
            ("value", pa.float64()),
            ("n", pa.int64()),
            ("share_of_models", pa.float64()),
            ("share_of_reporting", pa.float64()),
        ]
    )
    return pa.Table.from_pylist([row._asdict() for row in rows], schema=schema)
