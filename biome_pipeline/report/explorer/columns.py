"""Columns of many families at once, as numbers that count from 0 in each family.

What does not belong here: what the columns are (``families``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

__all__ = ["Named", "name_places", "numbers"]


@dataclass(frozen=True, eq=False)
class Named:
    """A column of few texts: in each group its own names, and places in these.

    Attributes
    ----------
    names : tuple of str
        Names of all groups, one group after the other, sorted in each.
    starts : ndarray of int64, shape (n_groups + 1,)
        Where the names of each group begin.
    places : ndarray of object, shape (n_rows,)
        Place of each row among the names of its group; None where there is no text.
    """

    names: tuple[str, ...]
    starts: npt.NDArray[np.int64]
    places: npt.NDArray[np.object_]

    def of_group(self, group: int) -> list[str]:
        """Give the names of one group.

        Parameters
        ----------
        group : int
            Its place.

        Returns
        -------
        list of str
            Sorted.
        """
        return list(self.names[self.starts[group] : self.starts[group + 1]])


def name_places(texts: pa.ChunkedArray, group: npt.NDArray[np.int64], n_groups: int) -> Named:
    """Give the texts of each group numbers.

    Parameters
    ----------
    texts : pyarrow.ChunkedArray of string
        One text per row, or null.
    group : ndarray of int64, shape (n_rows,)
        The group of each row.
    n_groups : int
        Number of groups.

    Returns
    -------
    Named
        Names and places.
    """
    codes, names = _sorted_codes(texts)
    is_there = codes >= 0
    n_names = max(len(names), 1)
    keys, inverse = np.unique(group[is_there] * n_names + codes[is_there], return_inverse=True)
    starts = np.searchsorted(keys // n_names, np.arange(n_groups + 1)).astype(np.int64)
    places = np.full(len(codes), None, dtype=object)
    places[is_there] = inverse - starts[group[is_there]]
    return Named(tuple(names[code] for code in (keys % n_names).tolist()), starts, places)


def _sorted_codes(texts: pa.ChunkedArray) -> tuple[npt.NDArray[np.int64], Sequence[str]]:
    """Give the distinct texts numbers in their order; -1 stands for null."""
    encoded = pc.dictionary_encode(texts.cast(pa.string()).combine_chunks())
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    found: list[str] = encoded.dictionary.to_pylist()
    order = sorted(range(len(found)), key=found.__getitem__)
    rank = np.full(len(found) + 1, -1, dtype=np.int64)
    rank[np.array(order, dtype=np.int64)] = np.arange(len(found))
    indices = pc.fill_null(encoded.indices.cast(pa.int64()), len(found)).to_numpy(
        zero_copy_only=False
    )
    return rank[indices], [found[place] for place in order]


def numbers(column: pa.ChunkedArray) -> npt.NDArray[Any]:
    """Take a column of integers for JSON.

    Parameters
    ----------
    column : pyarrow.ChunkedArray
        Integers or null.

    Returns
    -------
    ndarray, shape (n_rows,)
        Integers; of objects, with None for null, if there is a null.
    """
    values = pc.fill_null(column.cast(pa.int64()), 0).to_numpy()
    if not column.null_count:
        return values
    found = values.astype(object)
    found[pc.is_null(column).to_numpy()] = None
    return found
