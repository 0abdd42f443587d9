"""Means of groups of models by both rules: their figure, their table, and which is best.

What does not belong here: what the groups are (``fitness_families``, ``fitness_spots``).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from biome_pipeline.report.figures.fitness_bars import Bar, BarPanel, Group, grouped_bars
from biome_pipeline.report.figures.marks import Kind, Scale
from biome_pipeline.report.site.fitness_words import ends, interval, shares, so_many
from biome_pipeline.report.site.page import Finding, Parameters, Picture, Table
from biome_pipeline.report.site.tested import INTERVAL
from biome_pipeline.report.site.wording import percent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    Rows = Sequence[Mapping[str, Any]]

__all__ = ["RULES", "best_findings", "best_row", "group_table", "mean_bars", "of_rule", "rates"]

RULES = {
    "published": Kind(
        "published rule (of downloaded models)",
        "4",
        "s",
        5.0,
        is_hollow=True,
    ),
    "robust": Kind("robust rule (of all that tell)"),
}
"""The two rules as they are drawn; the published one is hollow."""

_PANELS = (
    ("mean_descendants", "Mean descendants", "Per model", False),
    ("mean_downloads", "Mean downloads", "In 30 days (log scale)", True),
)
# By rule and outcome, what the best group is judged by.
_MEASURES = {
    ("published", "descendants"): ("mean_descendants", "finetune descendants per model"),
    ("published", "downloads"): ("mean_downloads", "downloads per downloaded model"),
    ("robust", "descendants"): ("descendants_per_year", "descendants per model and year"),
    ("robust", "downloads"): ("downloads_per_month", "downloads per model and 30 days"),
}
_SURE = 0.95
FEWEST = 10
"""Models that a group has to exceed to be best."""


def of_rule(rows: Rows, rule: str) -> list[Mapping[str, Any]]:
    """Choose the rows of one rule.

    Parameters
    ----------
    rows : sequence of mapping
        Rows of a table of groups.
    rule : str
        ``published`` or ``robust``.

    Returns
    -------
    list of mapping
        In the same order.
    """
    return [row for row in rows if row["rule"] == rule]


def mean_bars(
    rows: Rows,
    key: str,
    names: Sequence[str],
    picture: str,
    what: str,
    *,
    empty: str,
    note: str = "",
) -> Picture:
    """Make the figure of mean descendants and downloads of groups.

    Parameters
    ----------
    rows : sequence of mapping
        Rows of a table of groups, of both rules.
    key : str
        Column that names the group.
    names : sequence of str
        The groups to draw, from above.
    picture, what : str
        Name of the file, and what is seen.
    empty : str
        Why there is nothing to draw, if there is nothing.
    note : str
        What a reader has to know.

    Returns
    -------
    Picture
        Two panels of bars.
    """
    found = {(row["rule"], row[key]): row for row in rows}
    panels = [
        BarPanel(
            heading,
            Scale(text, is_log=is_log),
            tuple(
                Group(
                    name,
                    tuple(
                        Bar(rule, row[column], *ends(row, column), row["n"])
                        for rule in RULES
                        if (row := found.get((rule, name))) is not None
                    ),
                )
                for name in names
            ),
        )
        for column, heading, text, is_log in _PANELS
    ]
    n = sum(row["n"] for row in of_rule(rows, "robust") if row[key] in names)
    more = f"{note}. " if note else ""
    return Picture(
        picture,
        partial(
            grouped_bars,
            panels,
            RULES,
            what,
            counted=f"n = {n:,} models",
            note=f"{more}Published: descendants by finetune alone; robust: by any relation. Lines "
            "are 95 % intervals over roots. A log scale has no 0: compare ends, not lengths",
            empty=empty.rstrip("."),
        ),
    )


def best_row(rows: Rows, rule: str, outcome: str) -> Mapping[str, Any] | None:
    """Find the best group.

    Parameters
    ----------
    rows : sequence of mapping
        Rows of a table of groups.
    rule, outcome : str
        By which rule, with most of what: ``descendants`` or ``downloads``.

    Returns
    -------
    mapping or None
        Its row; None if no group can be best.
    """
    return next((row for row in of_rule(rows, rule) if row[f"is_best_{outcome}"]), None)


def best_findings(rows: Rows, key: str, noun: str, said: Callable[[str], str]) -> Iterator[Finding]:
    """Say which group is best, by both rules, and how sure that is.

    Parameters
    ----------
    rows : sequence of mapping
        Rows of a table of groups.
    key : str
        Column that names the group.
    noun : str
        What the groups are, such as "size classes".
    said : callable
        How models of a group are named in a sentence.

    Yields
    ------
    Finding
        One for each rule and outcome of which there are rows.
    """
    for (rule, outcome), (column, unit) in _MEASURES.items():
        own = of_rule(rows, rule)
        if not own:
            continue
        row = best_row(rows, rule, outcome)
        n = sum(line["n"] for line in own)
        missing = own[0]["n_missing"] / (n + own[0]["n_missing"]) if n else None
        lead = f"Of {noun}, most {outcome} by the {rule} rule"
        if row is None or row[column] is None:
            yield Finding(
                f"{lead}: none can be named, as none has more than {FEWEST} models with "
                f"known {outcome}.",
                n,
                missing,
            )
            continue
        basis = f"n\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}{row['n']:,}"
        told = (
            f"{lead}: {said(row[key])}, with {so_many(row[column])} {unit}"
            f"{interval(*ends(row, column), so_many, basis)}"
        )
        yield Finding(f"{told}. {_sure(row, outcome, own)}", n, missing)


def _sure(row: Mapping[str, Any], outcome: str, own: Rows) -> str:
    """Say how often the group is best among draws."""
    n_rivals = sum(line[f"is_best_{outcome}"] is not None for line in own)
    if n_rivals < 2:
        return "It is the only one with enough models, so that it is best of one."
    probability = row[f"probability_best_{outcome}"]
    if probability is None:
        return "There are too few roots to say how sure that is."
    told = f"With roots drawn anew it is best in {percent(probability)} of draws"
    if probability >= _SURE:
        return f"{told}."
    return f"{told}: not decided."


def rates(row: Mapping[str, Any]) -> tuple[float | None, ...]:
    """Give the cells of both rates with their intervals.

    Parameters
    ----------
    row : mapping
        A row of a table of groups.

    Returns
    -------
    tuple of float or None
        Rate and ends, twice.
    """
    found: list[float | None] = []
    for name in ("descendants_per_year", "downloads_per_month"):
        found += [row[name], *ends(row, name)]
    return tuple(found)


def group_table(
    rows: Rows, caption: str, names: Callable[[Mapping[str, Any]], str], empty: str
) -> Table:
    """Make the table of all numbers of groups.

    Parameters
    ----------
    rows : sequence of mapping
        Rows of a table of groups, in the order to show them.
    caption : str
        What the rows are.
    names : callable
        Gives the name of a row.
    empty : str
        What to say if there are no rows.

    Returns
    -------
    Table
        A row for each group and rule.
    """
    return Table(
        caption,
        (
            "Group and rule",
            "Models",
            "Not known",
            "Authors",
            "Roots",
            "Mean descendants",
            *INTERVAL,
            "Median",
            "Mean downloads",
            *INTERVAL,
            "Median",
            "Mean likes",
            *INTERVAL,
            "Median",
            "Without downloads",
            "Mean parameters",
            "Descendants a year",
            *INTERVAL,
            "Downloads a month",
            *INTERVAL,
            "Best by descendants",
            "Best by downloads",
        ),
        [
            (
                f"{names(row)}, {row['rule']}",
                row["n"],
                row["n_missing"],
                row["n_authors"],
                row["n_roots"],
                *(
                    cell
                    for outcome in ("descendants", "downloads", "likes")
                    for cell in (
                        row[f"mean_{outcome}"],
                        *ends(row, f"mean_{outcome}"),
                        row[f"median_{outcome}"],
                    )
                ),
                *shares(row, "share_without_downloads"),
                None if row["mean_parameters"] is None else Parameters(row["mean_parameters"]),
                *rates(row),
                *shares(row, "probability_best_descendants", "probability_best_downloads"),
            )
            for row in rows
        ],
        empty=empty,
        is_folded=True,
        is_stacked=True,
    )
