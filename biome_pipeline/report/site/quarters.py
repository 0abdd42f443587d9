"""Mutation rates over time, and whether a change comes from who or from what they do.

What does not belong here: rates of all time (``rates``).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from biome_pipeline.report.figures.quarters import FEWEST, quarter_changes, quarter_rates
from biome_pipeline.report.figures.trait_classes import TRAIT_WORDS
from biome_pipeline.report.site.directed import GRAPH_WORDS
from biome_pipeline.report.site.page import Picture, Section, Share, Similarity, Table
from biome_pipeline.report.site.tested import INTERVAL, why

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from biome_pipeline.report.site.contents import Contents

__all__ = ["by_quarter"]

_TABLE = "drift.by_quarter"
_GRAPH = "all"


def by_quarter(contents: Contents) -> Section:
    """Make the section of rates by quarter.

    Parameters
    ----------
    contents : Contents
        The tables.

    Returns
    -------
    Section
        A figure of rates, one of the parts of their changes, and a table.
    """
    table = contents.table(_TABLE)
    rows = contents.rows(table.order_by("graph", "trait", "quarter"))
    own = contents.rows(table.filter(table.graph == _GRAPH).order_by("trait", "quarter"))
    empty = why(contents, _TABLE, "No child of this snapshot has a date.")
    too_few = f"No quarter has {FEWEST} families" if rows.num_rows else empty.rstrip(".")
    note = (
        "Lines are 95 % intervals over families; quarters with fewer than "
        f"{FEWEST} families are left out, and n adds up the traits"
    )
    return Section(
        "By quarter",
        paragraphs=(
            "A rate may change although nobody behaves differently: if quantized copies, which "
            "change little, become more of all edges, the rate falls. The change from one quarter "
            "to the next is parted (Kitagawa 1955) into what comes from other shares of the "
            "relations, and what comes from other rates within them; and again by families in "
            "place of relations, of which the part of shares is drawn. A family of one quarter "
            "alone is in that part whole.",
            "Edges are dated by their child. A date that was filled in later (2022-03-02) is no "
            "date.",
        ),
        pictures=(
            Picture("quarter-rates", partial(quarter_rates, rows, note, empty=too_few)),
            Picture("quarter-changes", partial(quarter_changes, own, note, empty=too_few)),
        ),
        tables=(_table(rows.to_pylist(), empty),),
    )


def _table(rows: Sequence[Mapping[str, Any]], empty: str) -> Table:
    return Table(
        "By quarter: numbers",
        (
            "Trait, graph and quarter",
            "Rate",
            *INTERVAL,
            "Change",
            "Of relations",
            "Within them",
            "Of families",
            "Within them",
            "Reporting",
            "Edges",
            "Families",
        ),
        [
            (
                f"{TRAIT_WORDS[row['trait']]}, {GRAPH_WORDS[row['graph']]}, {_quarter(row)}",
                *(
                    None if row[name] is None else Share(row[name])
                    for name in ("rate", "ci_low", "ci_high")
                ),
                *(
                    None if row[name] is None else Similarity(row[name])
                    for name in (
                        "change",
                        "composition_part",
                        "behaviour_part",
                        "family_composition_part",
                        "family_behaviour_part",
                    )
                ),
                row["n_reporting"],
                row["n"],
                row["n_families"],
            )
            for trait in TRAIT_WORDS
            for graph in GRAPH_WORDS
            for row in rows
            if (row["trait"], row["graph"]) == (trait, graph)
        ],
        empty=empty,
        is_folded=True,
        is_stacked=True,
    )


def _quarter(row: Mapping[str, Any]) -> str:
    date = row["quarter"]
    return f"{date.year} Q{(date.month + 2) // 3}"
