"""What orders explain beside what chance explains, and the tests of direction.

What does not belong here: the same in words (``directed``), and the orders
themselves (``orders``).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from biome_pipeline.report.figures.marks import PUBLISHED, Kind, Mark, Part, Row, Scale
from biome_pipeline.report.figures.rows import rows_of_marks
from biome_pipeline.report.figures.trait_classes import TRAIT_WORDS
from biome_pipeline.report.site.directed import GRAPH_WORDS, DriftOrders, share_paragraphs
from biome_pipeline.report.site.page import Picture, Section, Share, Table
from biome_pipeline.report.site.tested import INTERVAL, why

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    from biome_pipeline.report.site.contents import Contents

    Orders = Mapping[tuple[str, str], DriftOrders]

__all__ = ["explained_shares", "tests_of_direction"]

_KINDS = {
    "margins": Kind("margins alone: 95 % of draws", "muted", "", is_band=True),
    "coin": Kind("coins for directions: mean", "4", "x", 5.5, line=0),
    "share": Kind("this snapshot, 95 % interval over families"),
    "heldout": Kind("families left out, 95 % of halves", "2", "s", 5.2),
    "published": PUBLISHED,
}
_SHARES = (
    ("drift_share", "directions", "drifts"),
    ("mutation_share", "traffic", "mutations"),
    ("gradient_share", "traffic", "flow downhill"),
)


def explained_shares(contents: Contents, orders: Orders) -> Section:
    """Make the section of explained shares, which asks whether 94 % is anything.

    Parameters
    ----------
    contents : Contents
        The tables.
    orders : mapping
        Orders by trait and graph.

    Returns
    -------
    Section
        Words made of the numbers of licenses, a figure for each graph, a table.
    """
    empty = why(contents, "drift.ordering_summary", "No trait has two values to order.")
    return Section(
        "Is 94 % anything?",
        paragraphs=(
            "The paper finds that 94 % of the drifts of licenses run along one order, and that a "
            "random order would explain about half. But the order is the best of all, chosen to "
            "explain as many as it can: so it has to be compared with the best orders of data in "
            "which nothing drifts.",
            *share_paragraphs(orders.get(("license", "all"))),
            "An interval over families holds the order fixed. It was made for the whole sample "
            "and fits that best, so that its share may lie above its own interval. Flow downhill "
            "is the share of the energy of the net flow that one height per value explains.",
        ),
        pictures=tuple(
            Picture(
                f"drift-shares-{graph}",
                partial(
                    rows_of_marks,
                    _parts(orders, graph),
                    _KINDS,
                    Scale(
                        "Share explained",
                        high=1,
                        is_share=True,
                        reference=0.5,
                        beside="n",
                    ),
                    f"Shares explained among {words}",
                    counted=_counted(orders, graph),
                    note="Each share by the order that makes it largest; the line is at half. "
                    "Published: by the order of most net transitions",
                    empty=empty.rstrip("."),
                ),
            )
            for graph, words in GRAPH_WORDS.items()
        ),
        tables=(_share_table(orders, empty),),
    )


def _counted(orders: Orders, graph: str) -> str:
    n = sum(o.directions["n_drifts"] for o in orders.values() if o.graph == graph)
    return f"n = {n:,} drifts"


def _parts(orders: Orders, graph: str) -> list[Part]:
    return [
        Part(
            f"{words.capitalize()}, {orders[trait, graph].traffic['n_values']} values",
            tuple(_rows(orders[trait, graph])),
        )
        for trait, words in TRAIT_WORDS.items()
        if (trait, graph) in orders and orders[trait, graph].directions["n_drifts"]
    ]


def _rows(order: DriftOrders) -> Iterator[Row]:
    counts = {
        "drift_share": f"{order.directions['n_drifts']:,} drifts",
        "mutation_share": f"{order.traffic['n_transitions']:,.0f} transitions",
        "gradient_share": "",
    }
    for name, objective, words in _SHARES:
        row = order.directions if objective == "directions" else order.traffic
        yield Row(
            words,
            (
                Mark(
                    "margins",
                    None,
                    row[f"{name}_margin_null_low"],
                    row[f"{name}_margin_null_high"],
                ),
                Mark("share", row[name], row[f"{name}_ci_low"], row[f"{name}_ci_high"]),
                Mark("coin", row[f"{name}_coin_null"]),
                Mark("published", order.traffic.get(f"published_{name}")),
            ),
            counts[name],
        )
    row = order.traffic
    yield Row(
        "mutations, left out",
        (Mark("heldout", row["heldout_share"], row["heldout_ci_low"], row["heldout_ci_high"]),),
        f"{row['n_halves'] or 0:,} halves",
    )


def _share_table(orders: Orders, empty: str) -> Table:
    lines = []
    for order in orders.values():
        for name, objective, words in _SHARES:
            row = order.directions if objective == "directions" else order.traffic
            lines.append(
                (
                    f"{order.where}: {words}",
                    *_cells(row, name, f"{name}_ci_low", f"{name}_ci_high"),
                    *_cells(row, f"{name}_coin_null"),
                    row[f"{name}_coin_p_value"],
                    *_cells(row, f"{name}_margin_null_low", f"{name}_margin_null_high"),
                    # The verdict is about the share that the order makes largest.
                    row["margin_verdict"] if name != "gradient_share" else "",
                    *_cells(order.traffic, f"published_{name}"),
                )
            )
        row = order.traffic
        lines.append(
            (
                f"{order.where}: mutations, left out",
                *_cells(row, "heldout_share", "heldout_ci_low", "heldout_ci_high"),
                *(None, None, None, None, "", None),
            )
        )
    return Table(
        "Shares explained: numbers",
        (
            "What is explained",
            "Share",
            *INTERVAL,
            "Coins",
            "p",
            "Margins from",
            "to",
            "Verdict",
            "Published",
        ),
        lines,
        empty=empty,
        is_folded=True,
        is_stacked=True,
    )


def tests_of_direction(contents: Contents, orders: Orders) -> Table:
    """Make the table of the tests of direction.

    Parameters
    ----------
    contents : Contents
        The tables.
    orders : mapping
        Orders by trait and graph.

    Returns
    -------
    Table
        Two rows for each trait and graph.
    """
    words = {"symmetry": "both ways alike", "quasi_symmetry": "one scale is enough"}
    return Table(
        "Tests of direction",
        (
            "Hypothesis",
            "Verdict",
            "p",
            "Bits a mutation",
            "Of noise",
            "Statistic",
            "Degrees",
            "Mutated edges",
            "Families",
            "Effective",
        ),
        [
            (
                f"{order.where}: {words[test]}",
                row["verdict"],
                row["p_value"],
                row["effect"],
                row["null_effect"],
                row["statistic"],
                row["df"],
                round(row["n_mutated"]),
                row["n_families"],
                None
                if order.traffic["effective_families"] is None
                else round(order.traffic["effective_families"]),
            )
            for order in orders.values()
            for test, row in (
                ("symmetry", order.symmetry),
                ("quasi_symmetry", order.quasi_symmetry),
            )
            if row is not None
        ],
        empty=why(contents, "drift.direction_tests", "No trait has two values to test."),
        is_folded=True,
        is_stacked=True,
    )


def _cells(row: Mapping[str, Any], *columns: str) -> Sequence[Share | None]:
    """Give cells of shares; a column that there is not counts as unknown."""
    values = (row.get(name) for name in columns)
    return [None if value is None else Share(value) for value in values]
