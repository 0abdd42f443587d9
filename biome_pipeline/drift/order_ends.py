"""What stands first and last in an order of licenses, as tested claims.

Source: "Anatomy of a Machine Learning Ecosystem" (arXiv 2508.06811), section 4: of
the first eight licenses seven are commercial or restrictive, and of the last eight
none is commercial. The p-value is exact, of licenses laid out at random: an order
has no more independent information than its places. The interval comes from orders
that were solved anew on resampled families, where the caller has them.

What does not belong here: how orders are found, and flows between classes
(``findings``).
"""

from __future__ import annotations

from math import comb
from typing import TYPE_CHECKING

import numpy as np

from biome_pipeline.drift.claims import SUBJECT
from biome_pipeline.drift.net_shares import Direction, verdict_by_both
from biome_pipeline.errors import InferenceError
from biome_pipeline.inference.findings import Finding
from biome_pipeline.inference.resampling import Estimate, percentile_interval
from biome_pipeline.vocabulary.licenses import license_group

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Literal

    import numpy.typing as npt

__all__ = ["END", "first_licenses_bound", "last_licenses_not_commercial", "placement_p_value"]

END = 8
"""Licenses at either end of an order that the paper speaks of."""


def first_licenses_bound(
    order: Sequence[str], *, graph: str, resampled: Sequence[Sequence[str]] = ()
) -> Finding:
    """Test whether the first licenses are more often commercial or restrictive.

    Parameters
    ----------
    order : sequence of str
        Licenses, upstream first, each once.
    graph : str
        The graph of the order.
    resampled : sequence of sequences of str, optional
        Orders of the same licenses on resampled families.

    Returns
    -------
    Finding
        Share of the first eight that are, less the share of the rest; `n` counts
        licenses.

    Raises
    ------
    InferenceError
        If a license stands in an order twice, or a resampled order has others.
    """
    return _placed(
        order,
        resampled,
        {"commercial", "restrictive"},
        graph=graph,
        is_first=True,
        finding="first_licenses_bound",
        statement="The first eight licenses are commercial or restrictive more often than the "
        "rest ({inside} of {end} against {outside} of {rest}).",
        sign=1,
    )


def last_licenses_not_commercial(
    order: Sequence[str], *, graph: str, resampled: Sequence[Sequence[str]] = ()
) -> Finding:
    """Test whether the last licenses are less often commercial.

    Parameters
    ----------
    order : sequence of str
        Licenses, upstream first, each once.
    graph : str
        The graph of the order.
    resampled : sequence of sequences of str, optional
        Orders of the same licenses on resampled families.

    Returns
    -------
    Finding
        Share of the last eight that are, less the share of the rest; `n` counts
        licenses.

    Raises
    ------
    InferenceError
        If a license stands in an order twice, or a resampled order has others.
    """
    return _placed(
        order,
        resampled,
        {"commercial"},
        graph=graph,
        is_first=False,
        finding="last_licenses_not_commercial",
        statement="The last eight licenses are commercial less often than the rest "
        "({inside} of {end} against {outside} of {rest}).",
        sign=-1,
    )


def placement_p_value(n_inside: int, n_marked: int, n_places: int, n_all: int) -> float:
    """Give the p-value of so many marked items in so many of all places.

    Parameters
    ----------
    n_inside : int
        Marked items in the places.
    n_marked, n_places, n_all : int
        Marked items, places, and items in all.

    Returns
    -------
    float
        Two-sided and exact: the probability of all numbers that are no more likely
        than this one when items are laid out at random (hypergeometric; Fisher 1935).
    """
    ways = [
        comb(n_marked, k) * comb(n_all - n_marked, n_places - k)
        for k in range(min(n_marked, n_places) + 1)
    ]
    return sum(way for way in ways if way <= ways[n_inside]) / comb(n_all, n_places)


def _placed(
    order: Sequence[str],
    resampled: Sequence[Sequence[str]],
    groups: set[str],
    *,
    graph: str,
    is_first: bool,
    finding: str,
    statement: str,
    sign: Literal[-1, 1],
) -> Finding:
    _check_orders(order, resampled)
    is_marked = np.array([license_group(name) in groups for name in order], dtype=np.bool_)
    n, n_marked = is_marked.size, int(is_marked.sum())
    rest = n - END
    estimate, p_value = Estimate(None, None, None, n, 0, None), None
    inside = outside = 0
    if rest >= END:
        inside = _inside(is_marked, is_first=is_first)
        outside = n_marked - inside
        place = {name: k for k, name in enumerate(order)}
        replicates = [
            _gap(is_marked[[place[name] for name in other]], is_first=is_first)
            for other in resampled
        ]
        low, high = percentile_interval(np.array(replicates, dtype=np.float64))
        estimate = Estimate(_gap(is_marked, is_first=is_first), low, high, n, 0, None)
        p_value = placement_p_value(inside, n_marked, END, n)
    caveat = (
        "Difference of shares among the licenses of the order, each counted once however many "
        "models have it; which license belongs to which group is ours. The p-value is that of "
        "licenses laid out at random."
    )
    if n < 2 * END:
        caveat += f" With {n} licenses the ends overlap, and nothing is estimated."
    elif not resampled:
        caveat += " Without resampled orders there is no interval, and nothing is decided."
    return Finding(
        subject=SUBJECT,
        finding=finding,
        graph=graph,
        statement=statement.format(inside=inside, end=END, outside=outside, rest=max(rest, 0)),
        estimate=estimate.value,
        ci_low=estimate.ci_low,
        ci_high=estimate.ci_high,
        p_value=p_value,
        n=n,
        verdict=verdict_by_both(Direction(estimate, p_value), sign=sign),
        caveat=caveat,
    )


def _inside(is_marked: npt.NDArray[np.bool_], *, is_first: bool) -> int:
    return int((is_marked[:END] if is_first else is_marked[-END:]).sum())


def _gap(is_marked: npt.NDArray[np.bool_], *, is_first: bool) -> float:
    """Give the share of marked items at the end less the share of the rest."""
    inside = _inside(is_marked, is_first=is_first)
    return inside / END - (int(is_marked.sum()) - inside) / (is_marked.size - END)


def _check_orders(order: Sequence[str], resampled: Sequence[Sequence[str]]) -> None:
    if len(set(order)) != len(order):
        raise InferenceError("a license stands in the order twice", remedy="list each once")
    wrong = [k for k, other in enumerate(resampled) if sorted(other) != sorted(order)]
    if wrong:
        raise InferenceError(
            "a resampled order has other licenses",
            place=f"order {wrong[0]}",
            remedy="solve all orders for the same licenses",
        )
