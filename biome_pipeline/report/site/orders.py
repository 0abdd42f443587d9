"""The order of the values of each trait: drift graphs, precedence, and their numbers.

What does not belong here: what an order explains (``shares``).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from biome_pipeline.report.figures.drift_graph import drift_graph
from biome_pipeline.report.figures.precedence import precedence_map
from biome_pipeline.report.figures.trait_classes import TRAIT_WORDS, class_of, value_name
from biome_pipeline.report.site.directed import GRAPH_WORDS, DriftOrders
from biome_pipeline.report.site.page import Picture, Section, Table
from biome_pipeline.report.site.tested import why
from biome_pipeline.report.site.wording import percent

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pyarrow as pa

    from biome_pipeline.report.site.contents import Contents

    Orders = Mapping[tuple[str, str], DriftOrders]

__all__ = ["trait_sections"]

_OBJECTIVE = "traffic"
_MOST_DRIFTS = 20
_CLASSES = {
    "license": "Colours are the paper's four groups of licenses; who is in which is ours.",
    "language": "English and Chinese have a colour of their own, as claims are about them.",
    "task": "Colours are the paper's stages of work; who is in which is ours.",
    "library": "",
}


def trait_sections(contents: Contents, orders: Orders) -> Iterator[Section]:
    """Make a section for each trait.

    Parameters
    ----------
    contents : Contents
        The tables.
    orders : mapping
        Orders by trait and graph.

    Yields
    ------
    Section
        Drift graphs and precedence of both graphs, and tables of numbers.
    """
    empty = why(contents, "drift.orderings", "No two values are exchanged along an edge.")
    for trait, words in TRAIT_WORDS.items():
        places = {
            graph: _places(contents, orders.get((trait, graph)), graph, trait)
            for graph in GRAPH_WORDS
        }
        flows = {graph: _transitions(contents, graph, trait) for graph in GRAPH_WORDS}
        yield Section(
            words.capitalize(),
            paragraphs=tuple(filter(None, (_proven(trait, orders), _CLASSES[trait]))),
            pictures=tuple(
                picture
                for graph in GRAPH_WORDS
                for picture in _pictures(
                    (graph, trait),
                    places[graph],
                    flows[graph],
                    _precedence(contents, orders.get((trait, graph)), graph, trait),
                    empty.rstrip("."),
                )
            ),
            tables=(
                _order_table(trait, {g: rows.to_pylist() for g, rows in places.items()}, empty),
                _drift_table(trait, {g: rows.to_pylist() for g, rows in flows.items()}, empty),
            ),
        )


def _proven(trait: str, orders: Orders) -> str:
    """Say whether the orders are the best that there are."""
    found = [
        (GRAPH_WORDS[g], orders[trait, g].traffic) for g in GRAPH_WORDS if (trait, g) in orders
    ]
    said = []
    if found and all(row["is_optimal"] for _, row in found):
        said.append(
            "Both orders are proven to be the best."
            if len(found) == 2
            else f"The order among {found[0][0]} is proven to be the best."
        )
    for words, row in found:
        if not row["is_optimal"]:
            said.append(
                f"The order among {words} is the best that was found: none explains "
                f"{percent(row['gap'])} more."
            )
        if row["n_unproven"]:
            said.append(
                f"Of replicates among {words}, {row['n_unproven']:,} orders are not proven best."
            )
    return " ".join(said)


def _places(contents: Contents, order: DriftOrders | None, graph: str, trait: str) -> pa.Table:
    rows = contents.table("drift.orderings")
    top_n = order.top_n if order else 0
    return contents.rows(
        rows.filter(
            (rows.graph == graph)
            & (rows.trait == trait)
            & (rows.objective == _OBJECTIVE)
            & (rows.top_n == top_n)
        ).order_by("position")
    )


def _transitions(contents: Contents, graph: str, trait: str) -> pa.Table:
    rows = contents.table("drift.transitions")
    return contents.rows(
        rows.filter((rows.graph == graph) & (rows.trait == trait)).order_by("source", "target")
    )


def _precedence(contents: Contents, order: DriftOrders | None, graph: str, trait: str) -> pa.Table:
    rows = contents.table("drift.precedence")
    top_n = order.top_n if order else 0
    return contents.rows(
        rows.filter((rows.graph == graph) & (rows.trait == trait) & (rows.top_n == top_n)).order_by(
            "first", "second"
        )
    )


def _pictures(
    place: tuple[str, str],
    places: pa.Table,
    flows: pa.Table,
    probabilities: pa.Table,
    empty: str,
) -> Iterator[Picture]:
    graph, trait = place
    where = f"{TRAIT_WORDS[trait]} among {GRAPH_WORDS[graph]}"
    note = "Arrows run from parent to child, coloured by where they start; in brackets models"
    if places.num_rows and not all(places["is_linked"].to_pylist()):
        note += ". The place of a value in grey means nothing: no drift touches it"
    yield Picture(
        f"drift-{trait}-{graph}",
        partial(drift_graph, places, flows, trait, f"Drift of {where}", note, empty=empty),
    )
    yield Picture(
        f"precedence-{trait}-{graph}",
        partial(
            precedence_map,
            places["value"].to_pylist(),
            probabilities,
            trait,
            f"How sure is this order of {TRAIT_WORDS[trait]}",
            "Probability that the value of the row stands before that of the "
            "column, in orders of families drawn anew; where nothing links the two it is half",
            empty="Too few families to draw from" if places.num_rows else empty,
        ),
    )


def _order_table(
    trait: str, places: Mapping[str, Sequence[Mapping[str, Any]]], empty: str
) -> Table:
    by_value = {graph: {row["value"]: row for row in rows} for graph, rows in places.items()}
    values = dict.fromkeys(row["value"] for rows in places.values() for row in rows)
    graphs = [graph for graph, rows in places.items() if rows]
    headings = [
        heading
        for graph in graphs
        for heading in (f"Place, {GRAPH_WORDS[graph]}", "95 % from", "to", "Published")
    ]
    lines = []
    for value in values:
        known = next(rows[value] for rows in by_value.values() if value in rows)
        cells: list[object] = []
        for graph in graphs:
            row = by_value[graph].get(value, {})
            cells += [
                row.get(name)
                for name in ("position", "rank_low", "rank_high", "published_position")
            ]
        group = (class_of(trait, value),) if trait in {"license", "task"} else ()
        lines.append((value_name(trait, value), *group, known["n_models"], *cells))
    return Table(
        f"Order of {TRAIT_WORDS[trait]}: numbers",
        (
            "Value",
            *(("Class",) if trait in {"license", "task"} else ()),
            "Models",
            *headings,
        ),
        lines,
        empty=empty,
        is_folded=True,
        is_stacked=True,
    )


def _drift_table(trait: str, flows: Mapping[str, Sequence[Mapping[str, Any]]], empty: str) -> Table:
    counts = {
        graph: {(row["source"], row["target"]): row for row in rows}
        for graph, rows in flows.items()
    }

    def net(graph: str, pair: tuple[str, str]) -> int | None:
        found = [counts[graph].get(ends) for ends in (pair, pair[::-1])]
        if found == [None, None]:
            return None
        return sum(
            sign * row["transitions"]
            for sign, row in zip((1, -1), found, strict=True)
            if row is not None
        )

    drifts = sorted(
        (pair for pair in counts["all"] if (net("all", pair) or 0) > 0),
        key=lambda pair: (-(net("all", pair) or 0), pair),
    )[:_MOST_DRIFTS]
    return Table(
        f"Largest drifts of {TRAIT_WORDS[trait]}",
        (
            "From parent to child",
            "Transitions",
            "Back",
            "Net",
            "Net, fine-tunes",
        ),
        [
            (
                f"{value_name(trait, pair[0])} to {value_name(trait, pair[1])}",
                counts["all"][pair]["transitions"],
                counts["all"][pair[::-1]]["transitions"] if pair[::-1] in counts["all"] else 0,
                net("all", pair),
                net("finetune", pair),
            )
            for pair in drifts
        ],
        empty=empty,
        is_folded=True,
        is_stacked=True,
    )
