"""Fitness by family of architectures, and over context length within three families.

What does not belong here: sizes (``fitness_spots``).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from biome_pipeline.report.figures.fitness_lines import Line, LinePanel, class_lines
from biome_pipeline.report.figures.marks import Kind, Mark, Scale
from biome_pipeline.report.site.fitness_groups import (
    FEWEST,
    best_findings,
    group_table,
    mean_bars,
    of_rule,
)
from biome_pipeline.report.site.fitness_words import ends, no_rows, rows_of
from biome_pipeline.report.site.page import Finding, Picture, Section
from biome_pipeline.report.site.wording import isolated

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from biome_pipeline.report.site.contents import Contents

    Rows = Sequence[Mapping[str, Any]]

__all__ = ["by_context", "families", "family_picture"]

_FAMILY = "fitness.by_family"
_CONTEXT = "fitness.by_context"
_MOST = 14
_LINES = {
    "llama": Kind("llama", "0", "o", 5.4),
    "mistral": Kind("mistral", "1", "s", 5.2),
    "qwen": Kind("qwen", "2", "^", 5.8),
}
_RULES = {
    "published": "published rule",
    "robust": "robust rule",
}
_NO_FAMILY = "The family of no model is known."


def families(contents: Contents) -> Section:
    """Answer the fourth question: how families compare.

    Parameters
    ----------
    contents : Contents
        The tables.

    Returns
    -------
    Section
        Sentences, bars and a table.
    """
    rows = rows_of(contents, _FAMILY)
    empty = no_rows(contents, _FAMILY, _NO_FAMILY)
    known = [row for row in rows if row["n"]]
    findings: list[Finding] = []
    names = {row["family"] for row in of_rule(known, "robust")}
    if len(names) == 1:
        n = sum(row["n"] for row in of_rule(known, "robust"))
        findings.append(
            Finding(
                f"Every model of known family is of {isolated(next(iter(names)))}: there is "
                "nothing to compare.",
                n,
            )
        )
    elif known:
        findings += best_findings(rows, "family", "families", isolated)
    return Section(
        "4. Which families are fit?",
        paragraphs=(
            "The published rule knows six families by words in the type of the model. The robust "
            "rule takes all that occur, and counts models without downloads. A family differs in "
            "sizes, age and makers too; only the regressions hold these alike.",
        )
        if known
        else (),
        findings=tuple(findings),
        pictures=(family_picture(rows, empty),),
        tables=(
            group_table(_sorted(rows), "Families: numbers", lambda row: str(row["family"]), empty),
        ),
    )


def _sorted(rows: Rows) -> list[Mapping[str, Any]]:
    """Sort families by mean descendants, published ones by their own rule."""
    return sorted(
        rows,
        key=lambda row: (row["rule"], -(row["mean_descendants"] or 0.0), row["family"]),
    )


def family_picture(rows: Rows, empty: str) -> Picture:
    """Make the figure of families.

    Parameters
    ----------
    rows : sequence of mapping
        Rows of ``fitness.by_family``.
    empty : str
        Why there is nothing to draw, if there is nothing.

    Returns
    -------
    Picture
        Horizontal bars, most descendants by the robust rule on top: the published
        families, and the largest others.
    """
    robust = {row["family"]: row for row in of_rule(rows, "robust") if row["n"]}
    published = [row["family"] for row in of_rule(rows, "published") if row["n"]]
    others = sorted(
        (name for name in robust if name not in published and robust[name]["n"] > FEWEST),
        key=lambda name: (-robust[name]["n"], name),
    )
    names = [*published, *others[: max(0, _MOST - len(published))]]
    first = {row["family"]: row["mean_descendants"] for row in of_rule(rows, "published")}

    def height(name: str) -> tuple[float, str]:
        row = robust.get(name)
        mean = first.get(name) if row is None else row["mean_descendants"]
        return -(mean or 0.0), name

    n_left = len([name for name in robust if name not in names])
    left = f". {n_left:,} smaller families stand in the table" if n_left else ""
    if n_left == 1:
        left = ". One smaller family stands in the table"
    return mean_bars(
        rows,
        "family",
        sorted(names, key=height),
        "fitness-families",
        "Fitness by family",
        empty=empty,
        note=f"Most descendants on top{left}",
    )


def by_context(contents: Contents) -> Section:
    """Make the section of context lengths within three families.

    Parameters
    ----------
    contents : Contents
        The tables.

    Returns
    -------
    Section
        A figure for each rule and a table.
    """
    rows = sorted(
        rows_of(contents, _CONTEXT),
        key=lambda row: (row["rule"], row["family"], row["bin_low"] or 0.0),
    )
    empty = no_rows(contents, _CONTEXT, "The context length of no model is known.")
    return Section(
        "Context length within families",
        paragraphs=(
            "Newer models tend to have longer contexts, and had less time: means of the published "
            "rule mix the two. The ratio of rates for twice the context length "
            "is in the regressions, and its curve below.",
        )
        if rows
        else (),
        pictures=tuple(_lines(of_rule(rows, rule), rule, empty) for rule in _RULES),
        tables=(
            group_table(
                rows,
                "Context lengths: numbers",
                lambda row: f"{row['family']}, {row['bin']}",
                empty,
            ),
        ),
    )


def _lines(rows: Rows, rule: str, empty: str) -> Picture:
    bins = list(
        dict.fromkeys(row["bin"] for row in sorted(rows, key=lambda row: row["bin_low"] or 0.0))
    )
    found = {(row["family"], row["bin"]): row for row in rows}
    kept = [
        name
        for name in _LINES
        if sum(found[name, bin_]["n"] for bin_ in bins if (name, bin_) in found) > FEWEST
    ]

    def marks(column: str, family: str) -> tuple[Mark, ...]:
        return tuple(
            Mark(family, None)
            if (row := found.get((family, bin_))) is None
            else Mark(family, row[column], *ends(row, column))
            for bin_ in bins
        )

    n = sum(row["n"] for row in rows if row["family"] in kept)
    few = "No family has more than 10 models of known context length" if rows else empty
    return Picture(
        f"fitness-context-{rule}",
        partial(
            class_lines,
            [_short(found, bin_) for bin_ in bins],
            [
                LinePanel(heading, scale, tuple(Line(name, marks(column, name)) for name in kept))
                for column, heading, scale in (
                    ("mean_descendants", "Mean descendants", Scale("Per model")),
                    (
                        "mean_downloads",
                        "Mean downloads",
                        Scale("In 30 days (log)", is_log=True),
                    ),
                )
            ],
            _LINES,
            {
                name: (
                    name,
                    [0 if (name, bin_) not in found else found[name, bin_]["n"] for bin_ in bins],
                )
                for name in kept
            },
            f"Fitness over context length, {_RULES[rule]}",
            axis="Context length in tokens (k = 1,024)",
            counted=f"n = {n:,} models",
            note="Families of more than 10 models; lines up and down are 95 % intervals over roots",
            empty=few.rstrip("."),
        ),
    )


def _short(rows: Mapping[tuple[str, str], Mapping[str, Any]], name: str) -> str:
    """Write a class of context lengths in a few characters."""
    row = next(row for (_, found), row in rows.items() if found == name)
    low, high = row["bin_low"], row["bin_high"]
    if low is None:
        return name
    if high is None:
        return f"{low / 1024:.4g}k+"
    return f"{low / 1024:.4g}-{high / 1024:.4g}k"
