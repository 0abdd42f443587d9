"""Where configs contradict the declared relation.

What does not belong here: how configs change (``fitness_mutations``).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from biome_pipeline.report.figures.marks import Kind, Mark, Part, Row, Scale
from biome_pipeline.report.figures.rows import rows_of_marks
from biome_pipeline.report.site.fitness_words import interval, no_rows, rows_of, shares
from biome_pipeline.report.site.page import Finding, Picture, Section, Table
from biome_pipeline.report.site.tested import INTERVAL
from biome_pipeline.report.site.wording import isolated, percent

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from biome_pipeline.report.site.contents import Contents

    Rows = Sequence[Mapping[str, Any]]

__all__ = ["FEWEST", "contradictions"]

FEWEST = 10
"""Reporting edges from which on a share is drawn."""

_CONTRADICTIONS = "fitness.relation_contradictions"
_NONE = "No edge of this snapshot has a config at both ends."
_MOST = 4


def contradictions(contents: Contents) -> Section:
    """Make the section of contradictions between configs and declarations.

    Parameters
    ----------
    contents : Contents
        The tables.

    Returns
    -------
    Section
        Sentences, a figure and a table.
    """
    rows = rows_of(contents, _CONTRADICTIONS)
    empty = no_rows(contents, _CONTRADICTIONS, _NONE)
    known = [row for row in rows if row["share_contradicted"] is not None]
    drawn = [row for row in known if row["n_reporting"] >= FEWEST]
    n = sum(row["n_reporting"] for row in drawn)
    few = f"Of no contradiction {FEWEST} edges tell"
    return Section(
        "Where configs contradict the declared relation",
        paragraphs=(
            "A quantized copy should be quantized and of the same sizes; a fine-tune should keep "
            "them. Where the configs say otherwise, either the declaration is wrong or the config "
            "is, and the numbers of descendants above count the edge all the same.",
        )
        if rows
        else (),
        findings=tuple(_contradicted(known)),
        pictures=(
            Picture(
                "fitness-contradictions",
                partial(
                    rows_of_marks,
                    [
                        Part(
                            "",
                            tuple(
                                Row(
                                    row["contradiction"],
                                    (
                                        Mark(
                                            "share",
                                            row["share_contradicted"],
                                            row["ci_low"],
                                            row["ci_high"],
                                        ),
                                    ),
                                    f"{row['n_reporting']:,}",
                                )
                                for row in drawn
                            ),
                        )
                    ]
                    if drawn
                    else [],
                    {"share": Kind("share, 95 % interval over families")},
                    Scale("Share of reporting edges", low=0, is_share=True, beside="n reporting"),
                    "Configs against declared relations",
                    counted=f"n = {n:,} edges that tell",
                    note="An edge counts for each contradiction that it could show. Fewer than "
                    f"{FEWEST} reporting edges are not drawn",
                    empty=few if known else empty.rstrip("."),
                ),
            ),
        ),
        tables=(
            Table(
                "Contradictions: numbers",
                (
                    "Contradiction",
                    "Share",
                    *INTERVAL,
                    "Contradicted",
                    "Reporting",
                    "Edges",
                    "Families",
                    "Example of a parent",
                    "Its child",
                ),
                [
                    (
                        row["contradiction"],
                        *shares(row, "share_contradicted", "ci_low", "ci_high"),
                        row["n_contradicted"],
                        row["n_reporting"],
                        row["n_edges"],
                        row["n_families"],
                        row["example_parent_id"] or "",
                        row["example_child_id"] or "",
                    )
                    for row in rows
                ],
                empty=empty,
                is_folded=True,
                is_stacked=True,
            ),
        ),
    )


def _contradicted(rows: Rows) -> Iterator[Finding]:
    """Say the most frequent contradictions, and how many others there are."""
    shown_first = sorted(
        (row for row in rows if row["n_contradicted"]),
        key=lambda row: (-row["n_contradicted"], row["contradiction"]),
    )
    for row in shown_first[:_MOST]:
        words = row["contradiction"]
        yield Finding(
            f"{words[:1].upper()}{words[1:]}: {row['n_contradicted']:,} of "
            f"{row['n_reporting']:,} edges that tell, "
            f"{percent(row['share_contradicted'])}"
            f"{interval(row['ci_low'], row['ci_high'], percent)}{_example(row)}.",
            row["n_reporting"],
        )
    if rows and not shown_first:
        n = max(row["n_reporting"] for row in rows)
        yield Finding("No edge that tells contradicts its declared relation.", n)


def _example(row: Mapping[str, Any]) -> str:
    if row["example_child_id"] is None:
        return ""
    return f", such as {isolated(row['example_child_id'])}"
