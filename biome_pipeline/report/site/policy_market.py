"""Concentration and transparency on the page of policy.

What does not belong here: licenses along family trees (``policy_risk``).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from biome_pipeline.report.figures.marks import Kind, Mark, Part, Row, Scale
from biome_pipeline.report.figures.rows import rows_of_marks
from biome_pipeline.report.site.page import Finding, Picture, Section, Share, Similarity, Table
from biome_pipeline.report.site.tested import INTERVAL, why
from biome_pipeline.report.site.wording import isolated, percent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from biome_pipeline.report.site.contents import Contents

__all__ = ["concentrated", "disclosed", "market_findings"]

_CONCENTRATION = "policy.concentration"
_TRANSPARENCY = "policy.transparency"
_HOLDERS = {
    "author": "authors",
    "family": "families",
    "language": "languages",
    "license": "licenses",
}
_MEASURES = {
    "top_1_share": "largest",
    "top_10_share": "largest 10",
    "top_100_share": "largest 100",
    "gini": "Gini coefficient",
    "hhi": "Herfindahl index",
}
_WEIGHTINGS = {
    "models": Kind("of models", "main", "o", 5.0, aside=-0.16),
    "downloads": Kind("of downloads", "2", "D", 4.6, aside=0.16),
}
_DISCLOSED = {
    "completeness": "Sections of a card that are there",
    "missing_license": "No license",
    "missing_parent": "No parent named",
    "missing_lineage": "No parent named, though derived",
}
_NAMES = {"all": "all models", "without relatives": "without relatives"}


def market_findings(contents: Contents) -> Iterator[Finding]:
    """Say who holds most, and what is missing.

    Parameters
    ----------
    contents : Contents
        The tables.

    Yields
    ------
    Finding
        Of authors by downloads, and of derived models without a parent.
    """
    found = _concentration(contents)
    row = found.get(("author", "top_10_share", "downloads", False))
    rest = found.get(("author", "top_10_share", "downloads", True))
    if row is not None and rest is not None and row["value"] is not None:
        without = "" if rest["value"] is None else f"; without it, {percent(rest['value'])}"
        yield Finding(
            f"Ten of {row['n_holders']:,} authors hold {percent(row['value'])} of downloads"
            f"{_interval(row)}; the largest is {isolated(row['largest'])}{without}.",
            row["n_models"],
            row["n_missing"] / max(1, row["n_models"] + row["n_missing"]),
        )
    every = _transparency(contents).get(("all", "all"))
    if every is not None and every["missing_lineage"] is not None:
        ends = {
            "ci_low": every["missing_lineage_ci_low"],
            "ci_high": every["missing_lineage_ci_high"],
        }
        yield Finding(
            f"Of the models whose tags or library say that they were made from another one, "
            f"{percent(every['missing_lineage'])} name no parent{_interval(ends)}.",
            every["n_derived"],
        )


def _interval(row: dict[str, Any]) -> str:
    if row["ci_low"] is None:
        return ""
    ends = f"{percent(row['ci_low'])} to {percent(row['ci_high'])}"
    return f" (95\N{NO-BREAK SPACE}% interval {ends})"


def _concentration(contents: Contents) -> dict[tuple[str, str, str, bool], dict[str, Any]]:
    rows = contents.rows(contents.table(_CONCENTRATION)).to_pylist()
    return {
        (row["dimension"], row["measure"], row["weighting"], row["is_without_largest"]): row
        for row in rows
    }


def _transparency(contents: Contents) -> dict[tuple[str, str], dict[str, Any]]:
    rows = contents.rows(contents.table(_TRANSPARENCY)).to_pylist()
    return {(row["dimension"], row["group"]): row for row in rows}


def concentrated(contents: Contents) -> Iterator[Section]:
    """Show how much few hold.

    Parameters
    ----------
    contents : Contents
        The tables.

    Yields
    ------
    Section
        A figure and its numbers.
    """
    found = _concentration(contents)
    empty = why(contents, _CONCENTRATION, "No model names an author, a language or a license.")
    parts = []
    for dimension, words in _HOLDERS.items():
        lines = []
        for measure in ("top_1_share", "top_10_share", "gini"):
            marks = tuple(
                Mark(weighting, row["value"], row["ci_low"], row["ci_high"])
                for weighting in _WEIGHTINGS
                if (row := found.get((dimension, measure, weighting, False))) is not None
            )
            lines.append(Row(_MEASURES[measure], marks))
        sizes = [row["n_holders"] for key, row in found.items() if key[0] == dimension]
        if sizes:
            parts.append(Part(f"{words} (n = {max(sizes):,})", tuple(lines)))
    n_models = max((row["n_models"] for row in found.values()), default=0)
    yield Section(
        "Concentration",
        paragraphs=(
            "What the largest hold, and how unequal holdings are: 0 if all hold the same, near 1 "
            "if one holds all. A model with several languages or licenses is shared out among "
            "them; one without relatives is a family of its own. A snapshot is a census, so the "
            "intervals are about other families that the same process might have brought.",
        ),
        pictures=(
            Picture(
                "policy-concentration",
                partial(
                    rows_of_marks,
                    parts,
                    _WEIGHTINGS,
                    Scale("Share held, or Gini coefficient", low=0, high=1),
                    "Concentration",
                    counted=f"n = {n_models:,} models",
                    note="Lines are 95 % intervals, linearised over families",
                    empty=empty.rstrip("."),
                    row=0.4,
                ),
            ),
        ),
        tables=(
            Table(
                "Concentration: numbers",
                (
                    "Holders and measure",
                    "Value",
                    *INTERVAL,
                    "Without the largest",
                    "Largest",
                    "Holders",
                    "Models",
                    "Missing",
                ),
                [
                    (
                        f"{dimension}, {_MEASURES[measure]} of {weighting}",
                        *(
                            None if row[name] is None else Similarity(row[name])
                            for name in ("value", "ci_low", "ci_high")
                        ),
                        None if rest["value"] is None else Similarity(rest["value"]),
                        row["largest"],
                        row["n_holders"],
                        row["n_models"],
                        row["n_missing"],
                    )
                    for dimension in _HOLDERS
                    for measure in _MEASURES
                    for weighting in _WEIGHTINGS
                    if (row := found.get((dimension, measure, weighting, False))) is not None
                    and (rest := found.get((dimension, measure, weighting, True))) is not None
                ],
                empty=empty,
                is_folded=True,
                is_stacked=True,
            ),
        ),
    )


def disclosed(contents: Contents) -> Iterator[Section]:
    """Show what models disclose.

    Parameters
    ----------
    contents : Contents
        The tables.

    Yields
    ------
    Section
        A figure by generation, and tables.
    """
    found = _transparency(contents)
    empty = why(contents, _TRANSPARENCY, "There are no models.")
    generations = [row for (dimension, _), row in found.items() if dimension == "generation"]
    generations.sort(key=lambda row: -1 if not row["group"].isdigit() else int(row["group"]))
    every = [row for (dimension, _), row in found.items() if dimension == "all"]
    kinds = {"share": Kind("share", "main", "o", 5.0)}
    parts = []
    for measure in ("completeness", "missing_license"):
        lines = tuple(
            Row(
                _generation(row["group"]),
                (
                    Mark(
                        "share",
                        row[measure],
                        row[f"{measure}_ci_low"],
                        row[f"{measure}_ci_high"],
                    ),
                ),
                f"n = {row['n']:,}",
            )
            for row in (*every, *generations)
            if row[measure] is not None
        )
        if lines:
            parts.append(Part(_DISCLOSED[measure], lines))
    families = [row for (dimension, _), row in found.items() if dimension == "family"]
    families.sort(key=lambda row: (-row["n"], row["group"]))
    yield Section(
        "Transparency",
        paragraphs=(
            "Seven sections are asked of a card: intended use, limits, training data, evaluation, "
            "license, citation, environment. A model without a card has none of them, one whose "
            "card was not read does not tell. The generation is the longest path from a model "
            "without parents.",
        ),
        pictures=(
            Picture(
                "policy-transparency",
                partial(
                    rows_of_marks,
                    parts,
                    kinds,
                    Scale("Share", low=0, is_share=True),
                    "What models disclose, by generation",
                    counted=f"n = {every[0]['n'] if every else 0:,} models",
                    note="Lines are 95 % intervals over families and authors",
                    empty=empty.rstrip("."),
                ),
            ),
        ),
        tables=(
            _disclosure_table("By generation: numbers", [*every, *generations], empty),
            _disclosure_table("By family: the largest", families, empty),
        ),
    )


def _generation(group: str) -> str:
    return f"generation {group}" if group.isdigit() else _NAMES.get(group, group)


def _disclosure_table(caption: str, rows: list[dict[str, Any]], empty: str) -> Table:
    lines = []
    for row in rows:
        name = row["group"] if row["dimension"] == "family" else _generation(row["group"])
        for measure, words in _DISCLOSED.items():
            basis = {
                "completeness": row["n"] - row["n_missing"],
                "missing_lineage": row["n_derived"],
            }.get(measure, row["n"])
            lines.append(
                (
                    f"{name}; {words[0].lower()}{words[1:]}",
                    *(
                        None if row[column] is None else Share(row[column])
                        for column in (measure, f"{measure}_ci_low", f"{measure}_ci_high")
                    ),
                    basis,
                    row["n"],
                )
            )
    return Table(
        caption,
        ("Models and measure", "Share", *INTERVAL, "Models that tell", "Models"),
        lines,
        empty=empty,
        is_folded=True,
        is_stacked=True,
    )
