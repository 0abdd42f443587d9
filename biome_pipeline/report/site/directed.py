"""Words for the direction of drift, made from the numbers.

What does not belong here: the figure and the table of the same numbers (``shares``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from biome_pipeline.report.figures.trait_classes import TRAIT_WORDS
from biome_pipeline.report.site.page import Finding, Share
from biome_pipeline.report.site.wording import percent, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from biome_pipeline.report.site.contents import Contents

    Row = Mapping[str, Any]

__all__ = [
    "GRAPH_WORDS",
    "DriftOrders",
    "direction_findings",
    "drift_orders",
    "interval_words",
    "share_paragraphs",
]

GRAPH_WORDS = {"all": "all relations", "finetune": "fine-tunes"}
"""Graphs whose values are ordered, in words."""

_SUMMARY = "drift.ordering_summary"
_TESTS = "drift.direction_tests"
_LEVEL = 0.05
_MARGINS = {
    "beyond margins": "more than margins alone make",
    "within margins": "no more and no less than margins alone make",
    "below margins": "less than margins alone make",
    "not decided": "which the margins do not decide",
}


@dataclass(frozen=True)
class DriftOrders:
    """What is known of the orders of one trait in one graph.

    Attributes
    ----------
    graph, trait : str
        Where and what.
    top_n : int
        How many values were to be ordered: as many as published, else most.
    directions, traffic : mapping
        Rows of ``drift.ordering_summary`` of either objective.
    symmetry, quasi_symmetry : mapping or None
        Rows of ``drift.direction_tests``; None if they were not made.
    """

    graph: str
    trait: str
    top_n: int
    directions: Row
    traffic: Row
    symmetry: Row | None
    quasi_symmetry: Row | None

    @property
    def where(self) -> str:
        """Trait and graph in words."""
        return f"{TRAIT_WORDS[self.trait]} among {GRAPH_WORDS[self.graph]}"


def drift_orders(contents: Contents) -> dict[tuple[str, str], DriftOrders]:
    """Find the orders to speak of, by trait and graph.

    Parameters
    ----------
    contents : Contents
        The tables.

    Returns
    -------
    dict of tuple of (str, str) to DriftOrders
        By trait and graph, in the order of pages. Of several numbers of values
        it is the published one that is taken, else the largest.
    """
    rows = contents.rows(contents.table(_SUMMARY)).to_pylist()
    tests = {
        (row["trait"], row["graph"], row["top_n"], row["test"]): row
        for row in contents.rows(contents.table(_TESTS)).to_pylist()
    }
    found = {(r["trait"], r["graph"], r["top_n"], r["objective"]): r for r in rows}
    orders = {}
    for trait in TRAIT_WORDS:
        for graph in GRAPH_WORDS:
            # Published numbers stand beside the order that maximises traffic.
            ranked = sorted(
                (row["published_n_drifts"] is not None, row["top_n"])
                for row in rows
                if (row["trait"], row["graph"], row["objective"]) == (trait, graph, "traffic")
            )
            if not ranked:
                continue
            key = (trait, graph, ranked[-1][1])
            if (*key, "directions") in found:
                orders[trait, graph] = DriftOrders(
                    graph,
                    *(trait, ranked[-1][1]),
                    found[*key, "directions"],
                    found[*key, "traffic"],
                    *(tests.get((*key, test)) for test in ("symmetry", "quasi_symmetry")),
                )
    return orders


def direction_findings(orders: Sequence[DriftOrders]) -> Iterator[Finding]:
    """Say for each trait and graph whether it drifts in a direction.

    Parameters
    ----------
    orders : sequence of DriftOrders
        The orders.

    Yields
    ------
    Finding
        A verdict with its effect, interval and p-value; it rests on mutated edges.
    """
    for order in orders:
        if order.symmetry is None or order.quasi_symmetry is None:
            continue
        n = round(order.symmetry["n_mutated"])
        if not n:
            sentence = f"No edge changes the {order.where}: there is no direction to speak of."
            yield Finding(_capital(sentence), 0)
            continue
        yield Finding(" ".join(_direction(order, order.symmetry, order.quasi_symmetry)), n)


def _direction(order: DriftOrders, symmetry: Row, one_scale: Row) -> Iterator[str]:
    if symmetry["verdict"] == "directed":
        yield _capital(f"{order.where} drift in a direction.")
    else:
        yield _capital(f"{order.where}: no direction is shown.")
    heldout = _heldout(order.traffic)
    if heldout:
        yield f"{heldout}."
    if symmetry["p_value"] is None:
        yield "There are too few families to test symmetry."
    else:
        is_rejected = symmetry["p_value"] <= _LEVEL
        yield (
            f"Symmetry is {'rejected' if is_rejected else 'not rejected'} ({_p(symmetry)}; "
            f"{_bits(symmetry)})."
        )
    match one_scale["verdict"]:
        case "one-dimensional":
            yield f"One scale from upstream to downstream is enough ({_p(one_scale)})."
        case "not one-dimensional":
            yield (
                "One scale from upstream to downstream is not enough "
                f"({_p(one_scale)}; {_bits(one_scale)} beyond it)."
            )


def _heldout(row: Row) -> str:
    """Say what an order of one half of the families is worth for the other half."""
    if row["heldout_share"] is None:
        return ""
    interval = interval_words(row, "heldout_ci_low", "heldout_ci_high", " over halves")
    return (
        f"Of the mutations of families left out, {percent(row['heldout_share'])} run along the "
        f"order of the others{interval}, where half would by chance"
    )


def _p(row: Row) -> str:
    return "no p-value" if row["p_value"] is None else f"p\N{NO-BREAK SPACE}{shown(row['p_value'])}"


def _bits(row: Row) -> str:
    """Say an effect: what noise alone would give belongs to it."""
    told = f"{row['effect']:.3f} bits a mutation"
    if row["null_effect"] is None:
        return told
    return f"{told}, of noise {row['null_effect']:.3f}"


def share_paragraphs(order: DriftOrders | None) -> Iterator[str]:
    """Say what the share of drifts explained is worth, for one trait and graph.

    Parameters
    ----------
    order : DriftOrders or None
        The orders of licenses in the graph that the published 94 % is of.

    Yields
    ------
    str
        Paragraphs made from the numbers; none without drifts.
    """
    if order is None or not order.directions["n_drifts"]:
        return
    row = order.directions
    published = order.traffic["published_drift_share"]
    theirs = f" (published: {percent(published)})" if published is not None else ""
    told = [
        f"In this snapshot the best order of {order.where} explains "
        f"{percent(row['drift_share'])} of {row['n_drifts']:,} drifts{theirs}."
    ]
    if row["drift_share_coin_null"] is not None:
        told.append(
            "If a coin set each direction, the best order would still explain "
            f"{percent(row['drift_share_coin_null'])} of them"
            f"{_chance(row['drift_share_coin_p_value'])}."
        )
    low, high = row["drift_share_margin_null_low"], row["drift_share_margin_null_high"]
    if low is not None and high is not None:
        told.append(
            "If every child that changed drew its new values whatever its parent had, the best "
            f"order would explain {percent(low)} to {percent(high)}: the share is "
            f"{_MARGINS[row['margin_verdict']]}."
        )
    yield " ".join(told)
    heldout = _heldout(order.traffic)
    if heldout:
        is_above = (order.traffic["heldout_ci_low"] or 0) > 0.5
        yield (
            f"What tells is families that the order has not seen. {heldout}. "
            + (
                "So there is a direction, however little the share itself says."
                if is_above
                else "The interval does not lie above half, so that no direction is shown."
            )
        )


def _chance(p_value: float | None) -> str:
    if p_value is None:
        return ""
    return f", and reach the share found in {percent(p_value)} of trials"


def interval_words(row: Row, low: str, high: str, of_what: str = "") -> str:
    """Say an interval of a share in brackets.

    Parameters
    ----------
    row : mapping
        A row of a table.
    low, high : str
        Columns of its ends.
    of_what : str
        What was drawn anew, with a blank before it.

    Returns
    -------
    str
        With a blank before it; empty if there is none.
    """
    if row[low] is None or row[high] is None:
        return ""
    ends = " to ".join(shown(Share(row[end])) for end in (low, high))
    return f" (95\N{NO-BREAK SPACE}% interval{of_what} {ends})"


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
