"""The size of each family over time, month by month.

What does not belong here: how a creation date becomes a month, and which
families are worth following.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from biome_pipeline.errors import GenealogyError

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["Growth", "cumulative_growth"]


class Growth(NamedTuple):
    """Size of families by month, sorted by family, then month.

    Attributes
    ----------
    family : ndarray of int32, shape (n_rows,)
        The family.
    month : ndarray of int32, shape (n_rows,)
        Months since January 1970.
    n_cumulative : ndarray of int64, shape (n_rows,)
        Members created in that month or before.
    """

    family: npt.NDArray[np.int32]
    month: npt.NDArray[np.int32]
    n_cumulative: npt.NDArray[np.int64]


def cumulative_growth(
    member_family: npt.NDArray[np.int32],
    member_month: npt.NDArray[np.int32],
    families: npt.NDArray[np.integer[Any]],
) -> Growth:
    """Count the members of families created up to each month.

    Each family has one row for every month from that of its first dated member
    to the last known month of all members given, whatever their family, so that
    the lines of several families end together. Members without a month are not
    counted, and a family without a dated member has no row.

    Parameters
    ----------
    member_family : ndarray of int32, shape (n_members,)
        Family of each member.
    member_month : ndarray of int32, shape (n_members,)
        Month of creation since January 1970; negative when unknown.
    families : ndarray of integers, shape (k,)
        Families to follow; each is followed once.

    Returns
    -------
    Growth
        Family, month and cumulative count.

    Raises
    ------
    GenealogyError
        If the members' arrays differ in shape.
    """
    if member_family.shape != member_month.shape:
        raise GenealogyError(
            f"members have {member_family.size} families and {member_month.size} months",
            remedy="give one family and one month per member",
        )
    followed = np.unique(families)
    is_dated = member_month >= 0
    last = int(member_month[is_dated].max()) if is_dated.any() else -1
    member = is_dated & np.isin(member_family, followed)
    index = np.searchsorted(followed, member_family[member])
    month = member_month[member]

    first = np.full(followed.size, last + 1, dtype=np.int64)
    np.minimum.at(first, index, month)
    n_months = last + 1 - first
    start = np.cumsum(n_months) - n_months
    n_rows = int(n_months.sum())
    n_new = np.bincount(start[index] + month - first[index], minlength=n_rows)
    total = np.cumsum(n_new)
    # One running total over all rows, less what the earlier families added to it.
    n_before = np.concatenate(([0], total))[start]
    return Growth(
        family=np.repeat(followed, n_months).astype(np.int32),
        month=(np.arange(n_rows) - np.repeat(start - first, n_months)).astype(np.int32),
        n_cumulative=(total - np.repeat(n_before, n_months)).astype(np.int64),
    )
