"""What is tested: the matched comparison of relatives, and the findings of any subject.

What does not belong here: means of positions (``similarity``), and the tests
themselves (``biome_pipeline.inference``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from biome_pipeline.report.figures.ladder import MEASURES, STEPS
from biome_pipeline.report.site.page import Finding, Section, Similarity, Table
from biome_pipeline.report.site.wording import shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from biome_pipeline.report.site.contents import Contents

__all__ = ["GRAPH", "INTERVAL", "TEXTS", "findings", "matched", "similarities", "why"]

GRAPH = "finetune"
"""Graph of the published figures."""

TEXTS = {"metadata": "Metadata", "card": "Model cards"}
"""What is compared, in words."""

INTERVAL = ("95 % from", "to")
"""Headings of the ends of an interval."""

_LEVEL = 0.05
_NOBODY = {
    "metadata": "No child has a parent and a sibling.",
    "card": "No child, parent and sibling have model cards to compare.",
}
_WORDS = STEPS | {"first_512": "first 512 characters", "whole": "whole card"}


def matched(contents: Contents) -> Section:
    """Compare the same children with their parents and with their siblings.

    Parameters
    ----------
    contents : Contents
        The tables.

    Returns
    -------
    Section
        A table of every text, measure and step; or why there is none.
    """
    table = contents.table("similarity.matched")
    rows = contents.rows(table.filter(table.graph == GRAPH)).to_pylist()
    found = {(row["text"], row["measure"], row["ablation"]): row for row in rows}
    return Section(
        "The same child beside its parent and its siblings",
        paragraphs=(
            "Means of siblings and of parents and children are of different models, as siblings "
            "come from parents with many children. Here each child is compared with its own "
            "parent, and with all of its siblings. The difference is parent less siblings: below "
            "0, a child is more like its siblings. Interval and p-value are by family.",
        ),
        tables=tuple(
            Table(
                f"Matched comparison: {words.lower()}",
                (
                    "Measure and text",
                    "Parent",
                    "Siblings",
                    "Difference",
                    *INTERVAL,
                    "p",
                    "Children",
                ),
                [
                    (
                        f"{name}, {step_words}",
                        *similarities(row, "parent_mean", "sibling_mean", "difference"),
                        *similarities(row, "ci_low", "ci_high"),
                        row["p_value"],
                        row["n"],
                    )
                    for measure, name in MEASURES.items()
                    for step, step_words in _WORDS.items()
                    if (row := found.get((text, measure, step))) is not None
                ],
                empty=why(contents, "similarity.matched", _NOBODY[text]),
                is_stacked=True,
            )
            for text, words in TEXTS.items()
        ),
    )


def findings(
    contents: Contents,
    *,
    subject: str = "similarity",
    graph: str = GRAPH,
    heading: str = "Findings",
    introduction: str = "Statements of the paper, each tested on the fine-tunes of this snapshot. "
    "P-values are adjusted for the number of statements.",
) -> Section:
    """Say every tested statement of a subject with its verdict.

    Parameters
    ----------
    contents : Contents
        The tables.
    subject : str
        The column ``subject``.
    graph : str
        The graph whose statements are said in sentences.
    heading, introduction : str
        What stands above the statements.

    Returns
    -------
    Section
        Sentences of one graph and a table of all; or why there are none.
    """
    table = contents.table("inference.findings")
    rows = contents.rows(
        table.filter(table.subject == subject).order_by("finding", "graph")
    ).to_pylist()
    empty = why(contents, "inference.findings", "No statement was tested.")
    main = [row for row in rows if row["graph"] == graph]
    return Section(
        heading,
        paragraphs=(introduction,) if main else (),
        findings=tuple(Finding(_in_words(row), row["n"] or 0) for row in main),
        tables=(
            Table(
                "Statements of every graph",
                ("Statement", "Graph", "Verdict", "Estimate", *INTERVAL, "p", "p adjusted", "n"),
                [
                    (
                        row["statement"],
                        row["graph"],
                        row["verdict"],
                        *similarities(row, "estimate", "ci_low", "ci_high"),
                        row["p_value"],
                        row["p_adjusted"],
                        row["n"],
                    )
                    for row in rows
                ],
                empty=empty,
                is_folded=True,
                is_stacked=True,
            ),
        ),
    )


def _in_words(row: Mapping[str, Any]) -> str:
    """Say one tested statement, its verdict first."""
    told = f"{row['statement'].rstrip('.')}: {row['verdict']}."
    if row["estimate"] is None:
        return f"{told} There is no estimate. {row['caveat']}"
    told += f" Estimate {shown(Similarity(row['estimate']))}"
    basis = []
    if row["ci_low"] is not None and row["ci_high"] is not None:
        low, high = (shown(Similarity(row[end])) for end in ("ci_low", "ci_high"))
        basis.append(f"95\N{NO-BREAK SPACE}% interval {low} to {high}")
    basis += [
        f"{name} {shown(row[column])}"
        for name, column in (("p", "p_value"), ("adjusted", "p_adjusted"))
        if row[column] is not None
    ]
    if basis:
        told += f" ({', '.join(basis)})"
    return f"{told}. {_after_adjusting(row)}{row['caveat']}"


def _after_adjusting(row: Mapping[str, Any]) -> str:
    """Say where a verdict is one of many, and would not stand if that were allowed for."""
    is_decided = row["verdict"] != "not decided"
    if is_decided and row["p_adjusted"] is not None and row["p_adjusted"] > _LEVEL:
        return "Adjusted for the number of statements, it is not significant at 5 %. "
    return ""


def similarities(row: Mapping[str, Any], *columns: str) -> tuple[Similarity | None, ...]:
    """Give cells of similarities.

    Parameters
    ----------
    row : mapping
        A row of a table.
    *columns : str
        Names of columns.

    Returns
    -------
    tuple of Similarity or None
        A cell for each column; None where it is NULL.
    """
    return tuple(None if row[name] is None else Similarity(row[name]) for name in columns)


def why(contents: Contents, table: str, otherwise: str) -> str:
    """Say why there is nothing to show.

    Parameters
    ----------
    contents : Contents
        The tables.
    table : str
        Name of the table.
    otherwise : str
        The reason if the table was made.

    Returns
    -------
    str
        A sentence.
    """
    if table in contents.tables:
        return otherwise
    return f"The table {table} was not made for this snapshot."
