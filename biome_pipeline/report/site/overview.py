"""The first page: what the snapshot is, and what stands out.

What does not belong here: details of one subject, which has its own page.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from biome_pipeline.report.site.page import Finding, Page, Section
from biome_pipeline.report.site.snapshot import top_values
from biome_pipeline.report.site.subjects import subject_findings
from biome_pipeline.report.site.wording import isolated, parameters, percent, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from biome_pipeline.report.site.contents import Contents

__all__ = ["OVERVIEW"]

# Statistic, field of the coverage, and how a sentence names it.
_TRAITS = (
    ("license", "license", "license"),
    ("task", "pipeline_tag", "task"),
    ("library", "library_name", "library"),
    ("language", "languages", "language"),
)


def _sections(contents: Contents) -> list[Section]:
    return [
        *_warning(contents),
        _origin(contents),
        _found(contents),
        Section(
            "Most frequent values",
            paragraphs=("The page Snapshot has the numbers, and more values of each.",),
            pictures=(top_values(contents),),
        ),
        *_making(contents),
    ]


def _warning(contents: Contents) -> Iterator[Section]:
    if contents.facts.get("source") == "demo":
        words = "The demo Hub is made up: right for trying things, wrong for citing numbers."
        yield Section("Synthetic data", paragraphs=(words,), is_warning=True)


def _origin(contents: Contents) -> Section:
    facts = contents.facts
    if not facts:
        note = "The table hub.snapshots was not made for this snapshot."
        return Section("Where it comes from", paragraphs=(note,))
    return Section(
        "Where it comes from",
        facts=(
            ("Source", facts["source"]),
            ("Revision", facts["source_revision"]),
            ("Observed", facts["upstream_at"]),
            ("Taken", facts["started_at"]),
            ("Models", facts["n_models"]),
            ("Rows set aside", facts["n_rejected"]),
        ),
    )


def _found(contents: Contents) -> Section:
    findings = tuple(_findings(contents))
    return Section(
        "Findings",
        paragraphs=(
            "Each says how many models it rests on (n), or edges where it is of parents and "
            "children, and what share of all models does not tell. A number that is an estimate "
            "has its interval."
            if findings
            else "No statistics were made for this snapshot: run it without --select.",
        ),
        findings=findings,
    )


def _making(contents: Contents) -> Iterator[Section]:
    if not contents.facts:
        return
    manifest = json.loads(contents.facts["manifest"])
    made = [(name, str(manifest[field])) for field, name in _MADE.items() if field in manifest]
    counted = [
        *((f"Set aside: {name}", n) for name, n in sorted(_counts(manifest, "rejects"))),
        *((f"Odd value: {name}", n) for name, n in sorted(_counts(manifest, "anomalies"))),
    ]
    if made or counted:
        yield Section("How it was made", facts=(*counted, *made))


_MADE = {"code_version": "Code", "settings_hash": "Settings", "seed": "Seed"}


def _counts(manifest: dict[str, dict[str, int]], name: str) -> list[tuple[str, int]]:
    return [(key.replace("_", " "), n) for key, n in manifest.get(name, {}).items()]


def _findings(contents: Contents) -> Iterator[Finding]:
    yield from _genealogy(contents)
    for statistic, field, word in _TRAITS:
        top = contents.top(statistic, 1)
        if top and top[0].share_of_reporting is not None:
            first = top[0]
            yield Finding(
                f"The most frequent {word} is {isolated(first.item)}: {first.value:,.0f} models, "
                f"{percent(first.share_of_reporting or 0)} of those that name one.",
                first.n,
                _missing(contents, field),
            )
    yield from _downloads(contents)
    median = contents.statistic("parameters").get("p50")
    if median is not None:
        yield Finding(
            f"The median model has {parameters(median.value)} parameters.",
            median.n,
            _missing(contents, "parameters"),
        )
    yield from subject_findings(contents)


def _genealogy(contents: Contents) -> Iterator[Finding]:
    families = contents.table("genealogy.families")
    rows = contents.rows(
        families.filter(families.graph == "all")
        .select("family_id", "root_id", "n_models", "depth")
        .order_by("family_id")
    ).to_pylist()
    if rows:
        n_related = sum(row["n_models"] for row in rows)
        largest = rows[0]
        n_models = contents.facts.get("n_models")
        share = f" ({percent(n_related / n_models)})" if n_models else ""
        yield Finding(
            f"{n_related:,} models{share} belong to {len(rows):,} "
            f"{'family' if len(rows) == 1 else 'families'}; the largest has "
            f"{largest['n_models']:,} models around {isolated(largest['root_id'])}, and the "
            f"deepest goes {max(row['depth'] for row in rows):,} generations down.",
            n_models or n_related,
        )
    relations = contents.top("relation", 1)
    if relations and relations[0].n:
        first = relations[0]
        yield Finding(
            f"The most frequent relation to a parent is {isolated(first.item)}: "
            f"{first.value:,.0f} models, {percent(first.value / first.n)} of those with a parent.",
            first.n,
            _missing_of(contents, first.n),
        )
    fertility = contents.table("genealogy.fertility")
    fertile = [
        row
        for row in contents.rows(fertility.filter(fertility.graph == "all")).to_pylist()
        if row["share_fertile"] is not None and row["ci_low"] is not None
    ]
    if fertile:
        # A few children may have many by chance: what counts is what is sure.
        *others, best = sorted(fertile, key=lambda row: (row["ci_low"], row["relation"]))
        is_most = others and best["ci_low"] > max(row["ci_high"] for row in others)
        yield Finding(
            f"Of children by {best['relation']}, {percent(best['share_fertile'])} have children "
            f"themselves (95\N{NO-BREAK SPACE}% interval {percent(best['ci_low'])} to "
            f"{percent(best['ci_high'])})"
            f"{', more than of those by any other relation' if is_most else ''}.",
            best["n_children"],
        )


def _downloads(contents: Contents) -> Iterator[Finding]:
    for statistic, field, word in (
        ("downloads", "downloads", "in the last 30 days or so"),
        ("downloads_all_time", "downloads_all_time", "since they were made"),
    ):
        rows = contents.statistic(statistic)
        if {"share_positive", "mean", "median"} <= rows.keys():
            yield Finding(
                f"{percent(rows['share_positive'].value)} of models were downloaded {word}; "
                f"the mean is {shown(rows['mean'].value)}, "
                f"the median {shown(rows['median'].value)} downloads.",
                rows["mean"].n,
                _missing(contents, field),
            )


def _missing(contents: Contents, field: str) -> float | None:
    row = contents.statistic("coverage").get(field)
    return 1 - row.value / row.n if row is not None and row.n else None


def _missing_of(contents: Contents, n: int) -> float | None:
    n_models = contents.facts.get("n_models")
    return 1 - n / n_models if n_models else None


OVERVIEW = Page(
    file="index.html",
    title="Overview",
    lead="What this snapshot of the Hugging Face Hub is, and what stands out in it.",
    sections=_sections,
)
