"""How fitness is worded: outcomes, traits, and what a ratio of rates means.

What does not belong here: which numbers a sentence is made of (the sections).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from biome_pipeline.report.site.page import Share
from biome_pipeline.report.site.tested import why
from biome_pipeline.report.site.wording import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from biome_pipeline.report.site.contents import Contents

    Row = Mapping[str, Any]

__all__ = [
    "FLAGS",
    "OUTCOMES",
    "TERMS",
    "TRAITS",
    "change",
    "direction",
    "ends",
    "interval",
    "joined",
    "n_configs",
    "no_rows",
    "ratio_text",
    "ratios",
    "rows_of",
    "shares",
    "so_many",
]

OUTCOMES = {
    "descendants": "descendants",
    "downloads": "downloads in 30 days",
    "likes": "likes",
    "children": "children",
    "descendants_unquantized": "descendants but for quantized copies",
    "downloads_all_time": "downloads of all time",
}
"""Outcomes in words, those of the questions first."""

FLAGS = {
    "uses_moe": "mixture of experts",
    "uses_gqa": "grouped queries",
    "uses_rope": "rotary positions",
    "uses_quantization": "quantization",
    "has_tied_embeddings": "tied embeddings",
}
"""Traits that hold or do not, in words."""

TRAITS = {
    "parameters": "parameters",
    "hidden_size": "hidden size",
    "num_layers": "layers",
    "num_heads": "attention heads",
    "intermediate_size": "feed-forward size",
    "vocab_size": "vocabulary",
    "context_length": "context length",
    **FLAGS,
}
"""All traits in words."""

TERMS = {
    name: f"with {words}" if name in FLAGS else f"twice the {words}"
    for name, words in TRAITS.items()
} | {"num_layers": "twice as many layers", "num_heads": "twice as many attention heads"}
"""What a coefficient compares: of a number a doubling, of a flag with and without."""

_MANY = 99.5  # from here on a ratio is a whole number
_JOINED = "\N{NO-BREAK SPACE}"
_LEVEL = f"95{_JOINED}% interval"


def rows_of(contents: Contents, table: str) -> list[dict[str, Any]]:
    """Read a table of one subject, in the order of its grain.

    Parameters
    ----------
    contents : Contents
        The tables.
    table : str
        Its name.

    Returns
    -------
    list of dict
        Its rows; empty if it was not made.
    """
    from biome_pipeline.warehouse.tables import TABLES

    rows = contents.table(table).order_by(*TABLES[table].grain)
    found: list[dict[str, Any]] = contents.rows(rows).to_pylist()
    return found


def n_configs(contents: Contents) -> int | None:
    """Count the models with a config.

    Parameters
    ----------
    contents : Contents
        The tables.

    Returns
    -------
    int or None
        How many; None if that is not known.
    """
    rows = [row for row in rows_of(contents, "fitness.coverage") if row["attribute"] == "models"]
    return int(rows[0]["n_with"]) if rows else None


def no_rows(contents: Contents, table: str, otherwise: str) -> str:
    """Say why a table of fitness has nothing to show.

    Parameters
    ----------
    contents : Contents
        The tables.
    table : str
        Its name.
    otherwise : str
        The reason if it was made and there are configs.

    Returns
    -------
    str
        A sentence.
    """
    if n_configs(contents) == 0:
        otherwise = "No config of any model was read for this snapshot."
    return why(contents, table, otherwise)


def so_many(number: float) -> str:
    """Write a mean or a rate.

    Parameters
    ----------
    number : float
        The number, not below 0.

    Returns
    -------
    str
        Three digits.
    """
    if number >= 1_000:
        return f"{float(f'{number:.3g}'):,.0f}"
    return shown(0 if number == 0 else float(f"{number:.3g}"))


def ratio_text(ratio: float) -> str:
    """Write a ratio.

    Parameters
    ----------
    ratio : float
        A ratio of two rates.

    Returns
    -------
    str
        Two decimals, or two digits if it is very small or large.
    """
    if not ratio:
        return "0"
    if ratio >= 1e6:
        return "over a million"
    if ratio >= _MANY:
        return f"{ratio:,.0f}"
    if 0 < ratio < 0.001:
        return "<0.001"
    return f"{ratio:.3f}" if ratio < 0.1 else f"{ratio:.2f}"


def change(ratio: float) -> str:
    """Say a ratio of rates as a change: 1.3 is 30 % more.

    Parameters
    ----------
    ratio : float
        A ratio of two rates.

    Returns
    -------
    str
        How many more or fewer; the noun follows.
    """
    if not ratio:
        return "none"
    if ratio >= 1.995:
        # The brackets that follow have more digits.
        text = f"{ratio:.2g}" if ratio < _MANY else ratio_text(ratio)
        return f"{text} times as many"
    percent = round(100 * (ratio - 1))
    if not percent:
        return "about as many"
    if percent <= -100:
        return f"over 99{_JOINED}% fewer"
    return f"{abs(percent)}{_JOINED}% {'more' if percent > 0 else 'fewer'}"


def direction(low: float | None, high: float | None) -> int:
    """Say on which side of 1 an interval lies.

    Parameters
    ----------
    low, high : float or None
        Its ends.

    Returns
    -------
    int
        1 above, -1 below, 0 if it holds 1 or there is none.
    """
    if low is None or high is None or low <= 1 <= high:
        return 0
    return 1 if low > 1 else -1


def ratios(row: Row) -> tuple[float | None, float | None, float | None]:
    """Turn a coefficient and its interval into a ratio of rates.

    Parameters
    ----------
    row : mapping
        ``estimate``, ``ci_low``, ``ci_high``, all natural logarithms.

    Returns
    -------
    tuple of float or None
        Ratio and ends; None where there is none.
    """

    def turned(value: float | None) -> float | None:
        # What is beyond all numbers is written as very large.
        return None if value is None else math.exp(min(value, 700.0))

    return turned(row["estimate"]), turned(row["ci_low"]), turned(row["ci_high"])


def interval(
    low: float | None, high: float | None, said: Callable[[float], str], before: str = ""
) -> str:
    """Say an interval in brackets.

    Parameters
    ----------
    low, high : float or None
        Its ends.
    said : callable
        How a number is written.
    before : str
        What else stands in the brackets, in front.

    Returns
    -------
    str
        With a blank before it; that there is no interval, if there is none.
    """
    told = [before] if before else []
    if low is None or high is None:
        told.append("no interval can be had")
    else:
        told.append(f"{_LEVEL} {said(low)} to {said(high)}")
    return f" ({', '.join(told)})"


def ends(row: Row, name: str) -> tuple[float | None, float | None]:
    """Give the ends of the interval of a column.

    Parameters
    ----------
    row : mapping
        A row of a table.
    name : str
        The column.

    Returns
    -------
    tuple of float or None
        Lower and upper end.
    """
    return row[f"{name}_ci_low"], row[f"{name}_ci_high"]


def joined(words: Sequence[str], last: str = "and") -> str:
    """Join words as a sentence does.

    Parameters
    ----------
    words : sequence of str
        At least one.
    last : str
        What stands before the last.

    Returns
    -------
    str
        The words with commas.
    """
    return f" {last} ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else words[0]


def shares(row: Row, *columns: str) -> tuple[Share | None, ...]:
    """Give cells of shares.

    Parameters
    ----------
    row : mapping
        A row of a table.
    *columns : str
        Names of columns.

    Returns
    -------
    tuple of Share or None
        A cell for each column; None where it is NULL.
    """
    return tuple(None if row[name] is None else Share(row[name]) for name in columns)
