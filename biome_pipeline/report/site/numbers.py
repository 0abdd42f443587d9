"""Numbers from parent to child: cards, languages, likes and downloads.

What does not belong here: traits (``rates``), and cards of all models
(``documentation``).
"""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Any

from biome_pipeline.report.figures.marks import Kind, Mark, Part, Row, Scale
from biome_pipeline.report.figures.numeric import parent_child_means
from biome_pipeline.report.figures.rows import rows_of_marks
from biome_pipeline.report.site.directed import interval_words
from biome_pipeline.report.site.page import Finding, Picture, Section, Share, Similarity, Table
from biome_pipeline.report.site.tested import INTERVAL, why
from biome_pipeline.report.site.wording import percent, shown
from biome_pipeline.vocabulary.relations import RELATIONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from biome_pipeline.report.site.contents import Contents

    Rows = Sequence[Mapping[str, Any]]

__all__ = ["generated_picture", "number_findings", "numbers"]

_TABLE = "drift.numeric"
_GRAPH = "all"
_ATTRIBUTES = {
    "has_card": "has a card",
    "is_auto_generated": "card generated automatically",
    "card_characters": "card, characters",
    "card_characters_bespoke": "bespoke card, characters",
    "card_words": "card, words",
    "n_languages": "languages, of those that state any",
    "n_languages_or_none": "languages, none if not stated",
    "likes": "likes",
    "downloads": "downloads, 30 days",
}
_FLAGS = {"has_card", "is_auto_generated"}
_WEIGHTS = {"edge": "by edge", "parent": "by parent"}
_CHANGED = {
    "card_characters": "Characters of cards",
    "card_characters_bespoke": "Characters of bespoke cards",
    "n_languages": "Languages, of those that state any",
}
_KINDS = {
    "ratio": Kind("ratio of means, 95 % interval over families", aside=-0.26),
    "change": Kind("mean of ratios, of each edge", "4", "s", 5.2),
    "median": Kind("median ratio, of each edge", "2", "^", 5.6, aside=0.24),
    "published_ratio": Kind(
        "published ratio of means", "text", "o", 5.0, is_hollow=True, aside=-0.26
    ),
    "published_change": Kind("published mean of ratios", "text", "s", 4.6, is_hollow=True),
}


def numbers(contents: Contents) -> Section:
    """Make the section of numbers.

    Parameters
    ----------
    contents : Contents
        The tables.

    Returns
    -------
    Section
        Figures of cards and languages, ratios, and tables of all numbers.
    """
    table = contents.table(_TABLE)
    rows = contents.rows(table.filter(table.graph == _GRAPH)).to_pylist()
    empty = _reason(contents, rows)
    return Section(
        "Numbers from parent to child",
        paragraphs=(
            "Each arrow runs from the mean of parents to the mean of their children. With every "
            "edge weighing the same, as published, a parent counts once for each child, so that a "
            "few parents with very many children make the means; with every parent weighing the "
            "same, its children are averaged first.",
            "Beware of ratios. The ratio of the means tells how much less text there is in all; "
            "the mean of the ratios of single edges is drawn up by short parents, and by one "
            "child a hundred times as long as its parent; the median ratio is that of the edge in "
            "the middle. They may disagree in sign: the paper publishes that cards halve, and its "
            "code that bespoke cards, which no program says it wrote, grow by 93 % on average.",
            *_disagreement(rows),
        ),
        pictures=(
            _means_picture(
                contents,
                "card_characters",
                "Length of cards from parent to child",
                "Mean number of characters",
                empty,
            ),
            generated_picture(contents),
            _means_picture(
                contents,
                "n_languages",
                "Languages from parent to child",
                "Mean number of languages",
                empty,
                note="; models that state no language are not known",
            ),
            _ratio_picture(rows, empty),
        ),
        tables=tuple(_table(rows, weighting, empty) for weighting in _WEIGHTS),
    )


def generated_picture(contents: Contents) -> Picture:
    """Give the figure of automatic generation, which two pages show.

    Parameters
    ----------
    contents : Contents
        The tables.

    Returns
    -------
    Picture
        From parent to child by relation.
    """
    table = contents.table(_TABLE)
    rows = contents.rows(table.filter(table.graph == _GRAPH)).to_pylist()
    return _means_picture(
        contents,
        "is_auto_generated",
        "Automatic generation of cards from parent to child",
        "Share of cards that say so",
        _reason(contents, rows),
        is_share=True,
    )


def number_findings(contents: Contents) -> Iterator[Finding]:
    """Say what becomes of cards and languages from parent to child.

    Parameters
    ----------
    contents : Contents
        The tables.

    Yields
    ------
    Finding
        Sentences that rest on edges with both ends known.
    """
    table = contents.table(_TABLE)
    rows = contents.rows(
        table.filter(
            (table.graph == _GRAPH) & (table.relation == "all") & (table.weighting == "edge")
        )
    ).to_pylist()
    found = {row["attribute"]: row for row in rows}
    for attribute, subject, unit in (
        ("card_characters", "Cards", "characters"),
        ("n_languages", "Lists of languages", "languages"),
    ):
        row = found.get(attribute)
        if row is None or row["mean_parent"] is None or row["ratio_of_means"] is None:
            continue
        told = (
            f"{subject} go from {_number(row['mean_parent'])} {unit} of the parent to "
            f"{_number(row['mean_child'])} of the child on average, a ratio of "
            f"{shown(Similarity(row['ratio_of_means']))}{_ratio_interval(row)}"
        )
        if row["median_log_ratio"] is not None:
            told += f"; the median ratio of an edge is {math.exp(row['median_log_ratio']):.3f}"
        told += f", and {percent(row['share_lower'])} of children have less than their parent."
        yield Finding(told, row["n"])
    row = found.get("is_auto_generated")
    if row is not None and row["mean_parent"] is not None:
        yield Finding(
            f"Cards say that they were generated automatically for {percent(row['mean_parent'])} "
            f"of parents{interval_words(row, 'mean_parent_ci_low', 'mean_parent_ci_high')} and "
            f"{percent(row['mean_child'])} of children"
            f"{interval_words(row, 'mean_child_ci_low', 'mean_child_ci_high')}.",
            row["n"],
        )


def _reason(contents: Contents, rows: Rows) -> str:
    if _TABLE in contents.tables and rows:
        return "No model cards in this snapshot."
    return why(contents, _TABLE, "No model of this snapshot has a parent.")


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.2f}"


def _ratio_interval(row: Mapping[str, Any]) -> str:
    low, high = row["ratio_of_means_ci_low"], row["ratio_of_means_ci_high"]
    if low is None or high is None:
        return ""
    return f" (95\N{NO-BREAK SPACE}% interval over families {low:.3f} to {high:.3f})"


def _disagreement(rows: Rows) -> Iterator[str]:
    """Say by the numbers whether the ratios of card lengths disagree here too."""
    found = (
        row
        for row in rows
        if (row["attribute"], row["relation"], row["weighting"])
        == ("card_characters", "all", "edge")
    )
    row = next(found, None)
    if row is None or row["ratio_of_means"] is None or row["mean_change"] is None:
        return
    ratio, mean = row["ratio_of_means"], 1 + row["mean_change"]
    told = (
        f"Here the ratio of the mean lengths of cards is {ratio:.3f}, and the mean of the ratios "
        f"{mean:.3f}"
    )
    if row["median_log_ratio"] is not None:
        told += f"; the median ratio is {math.exp(row['median_log_ratio']):.3f}"
    is_split = (ratio - 1) * (mean - 1) < 0
    yield f"{told}: {'they disagree in sign' if is_split else 'they agree in sign'}."


def _means_picture(
    contents: Contents,
    attribute: str,
    what: str,
    unit: str,
    empty: str,
    *,
    note: str = "",
    is_share: bool = False,
) -> Picture:
    table = contents.table(_TABLE)
    own = contents.rows(
        table.filter((table.graph == _GRAPH) & (table.attribute == attribute)).order_by(
            "weighting", "relation"
        )
    )
    return Picture(
        f"numeric-{attribute.replace('_', '-')}",
        partial(
            parent_child_means,
            own,
            what,
            unit,
            f"Edges of the graph of all relations of which both ends are known{note}",
            is_share=is_share,
            empty=empty.rstrip("."),
        ),
    )


def _ratio_picture(rows: Rows, empty: str) -> Picture:
    found = {(row["attribute"], row["relation"]): row for row in rows if row["weighting"] == "edge"}
    parts = []
    for attribute, words in _CHANGED.items():
        lines = tuple(
            Row(
                "all relations" if relation == "all" else relation,
                tuple(_ratios(row)),
                f"{percent(row['share_lower'])} of {row['n']:,}",
            )
            for relation in ("all", *RELATIONS)
            if (row := found.get((attribute, relation))) is not None
            and row["ratio_of_means"] is not None
        )
        if lines:
            parts.append(Part(words, lines))
    n = max((row["n"] for (_, relation), row in found.items() if relation == "all"), default=0)
    return Picture(
        "numeric-ratios",
        partial(
            rows_of_marks,
            parts,
            _KINDS,
            Scale(
                "Child over parent",
                is_log=True,
                reference=1,
                beside="fewer, of n edges",
            ),
            "Ratios of child and parent",
            counted=f"n = up to {n:,} edges",
            note="Every edge weighs the same. Left of the line children have less. "
            "Ratios of edges are of those with both ends, or the parent, above 0",
            empty=empty.rstrip("."),
            row=0.42,
        ),
    )


def _ratios(row: Mapping[str, Any]) -> Iterator[Mark]:
    """Give the marks of one relation; a ratio of 0 has no place on a logarithmic scale."""
    for kind, column, turn in (
        ("ratio", "ratio_of_means", lambda value: value),
        ("change", "mean_change", lambda value: 1 + value),
        ("median", "median_log_ratio", math.exp),
    ):
        ends = [
            None if row[name] is None else turn(row[name])
            for name in (column, f"{column}_ci_low", f"{column}_ci_high")
        ]
        if ends[0] is not None and all(end is None or end > 0 for end in ends):
            yield Mark(kind, *ends)
    parent, child = row["published_mean_parent"], row["published_mean_child"]
    if parent and child:
        yield Mark("published_ratio", child / parent)
    if row["published_mean_change"] is not None:
        yield Mark("published_change", 1 + row["published_mean_change"])


def _table(rows: Rows, weighting: str, empty: str) -> Table:
    found = {
        (row["attribute"], row["relation"]): row for row in rows if row["weighting"] == weighting
    }
    lines = []
    for attribute, words in _ATTRIBUTES.items():
        for relation in ("all", *RELATIONS):
            row = found.get((attribute, relation))
            if row is None or row["mean_parent"] is None:
                continue
            lines.append(
                (
                    f"{words}; {'all relations' if relation == 'all' else relation}",
                    *_means(row, attribute, "mean_parent", "mean_child"),
                    *_published(row, attribute),
                    *(
                        None if row[name] is None else Similarity(row[name])
                        for name in (
                            "ratio_of_means",
                            "ratio_of_means_ci_low",
                            "ratio_of_means_ci_high",
                        )
                    ),
                    None
                    if row["median_log_ratio"] is None
                    else Similarity(math.exp(row["median_log_ratio"])),
                    None if row["mean_change"] is None else Similarity(1 + row["mean_change"]),
                    None if row["share_lower"] is None else Share(row["share_lower"]),
                    row["n"],
                    row["n_missing"],
                    row["n_parents"],
                )
            )
    return Table(
        f"Numbers from parent to child, {_WEIGHTS[weighting]}",
        (
            "What, and by which relation",
            "Parent",
            "Child",
            "Published parent",
            "Published child",
            "Ratio of means",
            *INTERVAL,
            "Median ratio",
            "Mean of ratios",
            "Fewer",
            "Edges",
            "Not known",
            "Parents",
        ),
        lines,
        empty=empty,
        is_folded=True,
        is_stacked=True,
    )


def _means(row: Mapping[str, Any], attribute: str, *columns: str) -> Sequence[float | None]:
    kind = Share if attribute in _FLAGS else float
    return [None if row[name] is None else kind(row[name]) for name in columns]


def _published(row: Mapping[str, Any], attribute: str) -> Sequence[float | None]:
    return _means(row, attribute, "published_mean_parent", "published_mean_child")
