"""Comparing the rows of two tables, so that a fault names its row and column."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["assert_same_rows"]

Row = dict[str, Any]


def assert_same_rows(
    found: Sequence[Row], expected: Sequence[Row], key: Sequence[str], place: str
) -> None:
    """Fail unless both hold the same rows, in any order; numbers to one part in 10^12.

    Columns that only ``found`` has are not compared.
    """
    by_key = {tuple(row[name] for name in key): row for row in found}
    wanted = {tuple(row[name] for name in key): row for row in expected}
    assert len(by_key) == len(found), f"{place}: rows of the package share a key"
    assert len(wanted) == len(expected), f"{place}: rows of the definition share a key"
    missing, surplus = wanted.keys() - by_key.keys(), by_key.keys() - wanted.keys()
    assert not missing, f"{place}: missing {sorted(map(repr, missing))[:3]}"
    assert not surplus, f"{place}: too many {sorted(map(repr, surplus))[:3]}"
    for at, row in wanted.items():
        for name, value in row.items():
            got = by_key[at][name]
            assert _is_same(got, value), f"{place}, {at}, {name}: {got!r}, not {value!r}"


def _is_same(got: Any, wanted: Any) -> bool:
    if isinstance(got, float) and isinstance(wanted, float):
        return abs(got - wanted) <= 1e-12 * abs(wanted)
    return bool(got == wanted and type(got) is type(wanted))
