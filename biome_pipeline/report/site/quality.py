"""The page of data quality: what is missing and why, what was set aside, what was not to be had.

What does not belong here: the values themselves (``snapshot``).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from biome_pipeline.report.site.page import Page, Section, Share, Table
from biome_pipeline.report.site.tested import why

if TYPE_CHECKING:
    from biome_pipeline.report.site.contents import Contents

__all__ = ["QUALITY"]

_FEATURES = {
    "safetensors": "weights as safetensors",
    "safetensors_of_models_with_weights": "weights as safetensors, of models with weights",
    "endpoints_compatible": "tag endpoints_compatible",
    "autotrain_compatible": "tag autotrain_compatible",
    "doi": "a DOI",
    "gated": "gated access",
}


def _sections(contents: Contents) -> list[Section]:
    return [*_fields(contents), _set_aside(contents), _outcomes(contents), _excluded(contents)]


def _fields(contents: Contents) -> list[Section]:
    coverage = contents.top("coverage", 100)
    shares = contents.top("share", 100)
    quality = []
    if "hub.quality" in contents.tables:
        found = contents.rows(contents.tables["hub.quality"]).to_pylist()
        quality = sorted(found, key=lambda row: (row["share_missing"] or 0.0, row["field"]))
    return [
        Section(
            "What models tell of themselves",
            tables=(
                Table(
                    "Coverage of each field",
                    ("Field", "Models", "Share", "of n"),
                    [
                        (row.item, row.value, Share(row.value / row.n) if row.n else None, row.n)
                        for row in coverage
                    ],
                    empty="The coverage was not made for this snapshot.",
                ),
                Table(
                    "Features of models",
                    ("What", "Share", "of n"),
                    [
                        (_FEATURES.get(row.item, row.item), Share(row.value), row.n)
                        for row in shares
                    ],
                    empty="Shares were not made for this snapshot.",
                ),
            ),
        ),
        Section(
            "What is missing, and why",
            tables=(
                Table(
                    "Missing values by field",
                    ("Field", "Missing", "Share", "Why"),
                    [
                        (
                            row["field"],
                            row["n_missing"],
                            None if row["share_missing"] is None else Share(row["share_missing"]),
                            # Where nothing is missing there is nothing to explain.
                            row["reason"] if row["n_missing"] else "",
                        )
                        for row in quality
                    ],
                    empty="The table hub.quality was not made for this snapshot.",
                    is_stacked=True,
                ),
            ),
        ),
    ]


def _set_aside(contents: Contents) -> Section:
    manifest = json.loads(contents.facts["manifest"]) if contents.facts else {}
    rows = [
        (key.replace("_", " "), words, n)
        for name, words in (("rejects", "row set aside"), ("anomalies", "value made unknown"))
        for key, n in sorted(manifest.get(name, {}).items())
    ]
    return Section(
        "What was set aside or mended",
        paragraphs=(
            "A row that is no model is set aside, with its number and reason, in hub.rejects. A "
            "value of the wrong kind becomes unknown and is named in source_anomalies.",
        ),
        tables=(
            Table(
                "Rows and values",
                ("Reason", "What became of it", "Times"),
                rows,
                empty=why(contents, "hub.snapshots", "Nothing was set aside or mended."),
            ),
        ),
    )


def _outcomes(contents: Contents) -> Section:
    table = contents.table("hub.outcomes")
    counted = table.group_by("kind", "outcome").aggregate(n=table.count())
    rows = contents.rows(counted.order_by("kind", counted.n.desc(), "outcome")).to_pylist()
    totals: dict[str, int] = {}
    for row in rows:
        totals[row["kind"]] = totals.get(row["kind"], 0) + row["n"]
    return Section(
        "What became of cards and configs",
        tables=(
            Table(
                "Outcomes of cards and configs",
                ("Kind and outcome", "Models", "Share"),
                [
                    (
                        f"{row['kind']}: {row['outcome'].replace('_', ' ')}",
                        row["n"],
                        Share(row["n"] / totals[row["kind"]]),
                    )
                    for row in rows
                ],
                empty=why(
                    contents,
                    "hub.outcomes",
                    "No card or config was asked for: a file is read without the network.",
                ),
            ),
        ),
    )


def _excluded(contents: Contents) -> Section:
    table = contents.table("genealogy.edges")
    counted = table.group_by("excluded_reason").aggregate(n=table.count())
    rows = contents.rows(counted.order_by(counted.n.desc(), "excluded_reason")).to_pylist()
    total = sum(row["n"] for row in rows)
    return Section(
        "Declared parents that are in no graph",
        paragraphs=(
            "Absent parents are not in the snapshot, malformed ones are no ids, and an edge that "
            "closes a cycle is left out, so that descent has a direction.",
        ),
        tables=(
            Table(
                "Declared edges",
                ("What became of it", "Edges", "Share"),
                [
                    (
                        (row["excluded_reason"] or "kept").replace("_", " "),
                        row["n"],
                        Share(row["n"] / total),
                    )
                    for row in rows
                ],
                empty=why(contents, "genealogy.edges", "No model names a parent."),
            ),
        ),
    )


QUALITY = Page(
    file="quality.html",
    title="Data quality",
    lead="What is missing and why, what was set aside, and what was not to be had.",
    sections=_sections,
)
"""The page of missing values, outcomes and exclusions."""
