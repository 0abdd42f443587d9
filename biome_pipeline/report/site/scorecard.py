"""The page of the scorecard: every published figure beside ours, with a verdict.

What does not belong here: how a verdict is found (``report.scorecard``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from biome_pipeline.report.site.page import Finding, Page, Section, Table
from biome_pipeline.report.site.tested import why

if TYPE_CHECKING:
    from collections.abc import Sequence

    from biome_pipeline.report.site.contents import Contents

__all__ = ["SCORECARD"]

_TABLE = "report.scorecard"
_VERDICTS = ("reproduced", "drifted", "definition differs", "not computable")
_SAID = {
    "reproduced": "The same definition on the same input gives the same number, within the "
    "precision it is published with.",
    "drifted": "The same definition on another Hub: an equal number would be chance.",
    "definition differs": "Ours is made by another rule, or the sources contradict themselves.",
    "not computable": "Something is missing, and the reason says what.",
}


def _sections(contents: Contents) -> list[Section]:
    rows = contents.rows(contents.table(_TABLE).order_by("key")).to_pylist()
    empty = why(contents, _TABLE, "No figure was scored.")
    return [
        _verdicts(rows, empty),
        _contradictions(rows, empty),
        *(
            Section(
                f"Figures: {name}",
                tables=(_figures(f"All figures of {name}", own, empty),),
            )
            for name, own in _grouped(rows).items()
        ),
    ]


def _grouped(rows: Sequence[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row["key"].partition(".")[0], []).append(row)
    return found


def _verdicts(rows: Sequence[dict[str, Any]], empty: str) -> Section:
    counts = {name: sum(row["verdict"] == name for row in rows) for name in _VERDICTS}
    alone = [row["verdict"] for row in rows if row["computed_from"] == "published figures"]
    return Section(
        "Verdicts",
        paragraphs=(
            "Every figure that the paper, its code, the hub-stats report and other documents "
            "publish is computed anew, if it can be. Their snapshots are not public, so that a "
            "number which only that Hub gives can drift, but not be reproduced; what follows from "
            f"other published figures can: {alone.count('reproduced'):,} of {len(alone):,} are.",
        )
        if rows
        else (),
        findings=tuple(
            Finding(f"{name[0].upper()}{name[1:]}: {_SAID[name]}", counts[name])
            for name in _VERDICTS
            if rows
        ),
        tables=(
            Table(
                "Verdicts by group of figures",
                ("Group", *(name[0].upper() + name[1:] for name in _VERDICTS), "All"),
                [
                    (
                        name,
                        *(sum(row["verdict"] == verdict for row in own) for verdict in _VERDICTS),
                        len(own),
                    )
                    for name, own in _grouped(rows).items()
                ],
                empty=empty,
                is_stacked=True,
            ),
        ),
    )


def _contradictions(rows: Sequence[dict[str, Any]], empty: str) -> Section:
    found = {row["key"]: row for row in rows}
    return Section(
        "Where published figures contradict each other",
        paragraphs=("The two are said of one thing, and are not the same.",) if rows else (),
        tables=(
            Table(
                "Contradictions",
                ("Figure", "Says", "While", "Says", "Verdict on the first"),
                [
                    (
                        row["key"],
                        row["published_text"],
                        row["contradicts"],
                        found[row["contradicts"]]["published_text"],
                        row["verdict"],
                    )
                    for row in rows
                    if row["contradicts"] in found
                ],
                empty=empty,
                is_stacked=True,
            ),
        ),
    )


def _figures(caption: str, rows: Sequence[dict[str, Any]], empty: str) -> Table:
    return Table(
        caption,
        (
            "Figure",
            "Published",
            "Ours",
            "Difference",
            "Verdict",
            "Why",
            "What is computed",
            "n",
            "Source",
        ),
        [
            (
                row["key"],
                row["published_text"] if row["published"] is None else row["published"],
                row["computed_text"] if row["computed"] is None else row["computed"],
                row["difference"],
                row["verdict"],
                row["reason"],
                row["statement"],
                row["n"],
                row["source"],
            )
            for row in rows
        ],
        empty=empty,
        is_folded=True,
        is_stacked=True,
    )


SCORECARD = Page(
    file="scorecard.html",
    title="Scorecard",
    lead="Every published figure beside ours: reproduced, drifted, defined otherwise, or missing.",
    sections=_sections,
)
"""The page of published figures."""
