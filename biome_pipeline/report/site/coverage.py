"""Cards of groups of models: who has one, how long it is, and whether a program wrote it.

What does not belong here: what cards say (``documentation``), and cards of parents
beside those of their children (``numbers``).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from biome_pipeline.report.figures.marks import PUBLISHED, Kind, Mark, Part, Row, Scale
from biome_pipeline.report.figures.rows import rows_of_marks
from biome_pipeline.report.site.numbers import generated_picture
from biome_pipeline.report.site.page import Picture, Section, Share, Table
from biome_pipeline.report.site.tested import INTERVAL, why
from biome_pipeline.vocabulary.relations import RELATIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from biome_pipeline.report.site.contents import Contents

    Groups = Mapping[str, Mapping[str, Any]]

__all__ = [
    "NO_CARDS",
    "coverage_sections",
    "group_names",
]

NO_CARDS = "No model cards in this snapshot: none was asked for."
"""Why there is nothing to show."""

_COVERAGE = "documentation.coverage"
_GROUPS = {
    "Models": {
        "all": "all",
        "with_relatives": "with relatives",
        "without_relatives": "without relatives",
        "roots": "roots",
        "parents": "parents",
        "children": "children",
    },
    "Parents, by relation": {f"parents_{name}": name for name in RELATIONS},
    "Children, by relation": {f"children_{name}": name for name in RELATIONS},
}
_SHARE = {
    "share": Kind("this snapshot, with its 95 % interval"),
    "published": PUBLISHED,
}
_LENGTHS = {
    "mean": Kind("mean, with its 95 % interval", aside=-0.16),
    "median": Kind("median", "2", "s", 5.4, line=0, aside=0.16),
    "published_mean": Kind("published mean", "text", "o", 5.0, is_hollow=True, aside=-0.16),
    "published_median": Kind("published median", "text", "s", 4.8, is_hollow=True, aside=0.16),
}


def coverage_sections(contents: Contents, groups: Groups) -> Iterator[Section]:
    """Make the sections of coverage, lengths, and cards that programs wrote.

    Parameters
    ----------
    contents : Contents
        The tables.
    groups : mapping
        As ``documented.groups_of`` gives them.

    Yields
    ------
    Section
        Figures and tables; or why there are none.
    """
    empty = why(contents, _COVERAGE, NO_CARDS)
    yield _coverage(groups, empty)
    yield _lengths(groups, empty)
    yield _generated(contents, groups, empty)


def _coverage(groups: Groups, empty: str) -> Section:
    return Section(
        "Who has a card",
        pictures=(
            Picture(
                "documentation-coverage",
                partial(
                    rows_of_marks,
                    _parts(groups, "share_with_card", lambda row: row["n"] - row["n_missing"]),
                    _SHARE,
                    Scale("Share with a card", is_share=True, beside="n models"),
                    "Models with a card",
                    counted=f"n = {_n(groups, 'n', 'n_missing'):,} models",
                    note="Of the graph of all relations; intervals are over families and authors",
                    empty=empty.rstrip("."),
                ),
            ),
        ),
        tables=(
            Table(
                "Coverage: numbers",
                (
                    "Models",
                    "With a card",
                    *INTERVAL,
                    "Published",
                    "Cards",
                    "Models in all",
                    "Not known",
                ),
                [
                    (
                        name,
                        *_shares(row, "share_with_card"),
                        *_published(row, "share_with_card"),
                        row["n_with_card"],
                        row["n"],
                        row["n_missing"],
                    )
                    for name, row in _named(groups)
                ],
                empty=empty,
                is_folded=True,
                is_stacked=True,
            ),
        ),
    )


def _lengths(groups: Groups, empty: str) -> Section:
    parts = []
    for heading, names in _GROUPS.items():
        rows = tuple(
            Row(
                words,
                (
                    Mark(
                        "mean",
                        row["mean_characters"],
                        row["mean_characters_ci_low"],
                        row["mean_characters_ci_high"],
                    ),
                    Mark("median", row["median_characters"]),
                    Mark("published_mean", row["published_mean_characters"]),
                    Mark("published_median", row["published_median_characters"]),
                ),
                f"{row['n_read']:,}",
            )
            for group, words in names.items()
            if (row := groups.get(group)) is not None and row["n_read"]
        )
        if rows:
            parts.append(Part(heading, rows))
    columns = {"mean": "Mean", "median": "Median", "min": "Fewest", "max": "Most"}
    return Section(
        "How long cards are",
        paragraphs=(
            "A few cards are very long, so that the mean says more of them than of the card that "
            "most models have: the median is beside it. Lengths count the front matter.",
        ),
        pictures=(
            Picture(
                "documentation-lengths",
                partial(
                    rows_of_marks,
                    parts,
                    _LENGTHS,
                    Scale("Characters of a card (log scale)", is_log=True, beside="n cards"),
                    "Length of cards",
                    counted=f"n = {_n(groups, 'n_read'):,} cards",
                    note="Of cards whose text was read; intervals are over families and authors",
                    empty=empty.rstrip("."),
                    row=0.36,
                ),
            ),
        ),
        tables=(
            Table(
                "Lengths beside those published",
                ("Of all cards", "This snapshot", "Published"),
                [
                    (f"{words} {unit}", row[f"{name}_{unit}"], row.get(f"published_{name}_{unit}"))
                    for row in ([groups["all"]] if "all" in groups else [])
                    for unit in ("characters", "words")
                    for name, words in columns.items()
                    if row["n_read"]
                ],
                empty=empty,
            ),
            Table(
                "Lengths by group: numbers",
                (
                    "Models",
                    "Mean characters",
                    *INTERVAL,
                    "Median",
                    "Least",
                    "Most",
                    "Mean words",
                    "Median words",
                    "Cards",
                ),
                [
                    (
                        name,
                        row["mean_characters"],
                        row["mean_characters_ci_low"],
                        row["mean_characters_ci_high"],
                        *(row[f"{column}_characters"] for column in ("median", "min", "max")),
                        row["mean_words"],
                        row["median_words"],
                        row["n_read"],
                    )
                    for name, row in _named(groups)
                ],
                empty=empty,
                is_folded=True,
                is_stacked=True,
            ),
        ),
    )


def _generated(contents: Contents, groups: Groups, empty: str) -> Section:
    return Section(
        "Cards that programs wrote",
        paragraphs=(
            'A card counts as generated if it says "automatically generated" or "generated '
            'automatically". Programs that do not say so are not seen. The first figure is of '
            "models, each counted once; the second of edges, from parent to child.",
        ),
        pictures=(
            Picture(
                "documentation-generated",
                partial(
                    rows_of_marks,
                    _parts(groups, "share_auto_generated", lambda row: row["n_read"]),
                    _SHARE,
                    Scale("Share of cards that say so", low=0, is_share=True, beside="n cards"),
                    "Cards generated automatically",
                    counted=f"n = {_n(groups, 'n_read'):,} cards",
                    note="Of cards whose text was read; intervals are over families and authors",
                    empty=empty.rstrip("."),
                ),
            ),
            generated_picture(contents),
        ),
        tables=(
            Table(
                "Generated cards: numbers",
                ("Models", "Generated", *INTERVAL, "Published", "Generated cards", "Cards"),
                [
                    (
                        name,
                        *_shares(row, "share_auto_generated"),
                        *_published(row, "share_auto_generated"),
                        row["n_auto_generated"],
                        row["n_read"],
                    )
                    for name, row in _named(groups)
                ],
                empty=empty,
                is_folded=True,
                is_stacked=True,
            ),
        ),
    )


def group_names() -> dict[str, str]:
    """Give every group with its whole name.

    Returns
    -------
    dict of str to str
        Names by group, in the order of tables.
    """
    ends = {
        "Models": "",
        "Parents, by relation": "parents by ",
        "Children, by relation": "children by ",
    }
    return {
        group: f"{ends[heading]}{words}"
        for heading, names in _GROUPS.items()
        for group, words in names.items()
    }


def _named(groups: Groups) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for group, name in group_names().items():
        if group in groups and groups[group]["n"]:
            yield name, groups[group]


def _parts(groups: Groups, column: str, count: Callable[[Mapping[str, Any]], int]) -> list[Part]:
    parts = []
    for heading, names in _GROUPS.items():
        rows = tuple(
            Row(
                words,
                (
                    Mark("share", row[column], row[f"{column}_ci_low"], row[f"{column}_ci_high"]),
                    Mark("published", row[f"published_{column}"]),
                ),
                f"{count(row):,}",
            )
            for group, words in names.items()
            if (row := groups.get(group)) is not None and row["n"]
        )
        if rows:
            parts.append(Part(heading, rows))
    return parts


def _n(groups: Groups, column: str, less: str = "") -> int:
    row = groups.get("all")
    if row is None:
        return 0
    return int(row[column] - (row[less] if less else 0))


def _shares(row: Mapping[str, Any], column: str) -> Sequence[Share | None]:
    names = (column, f"{column}_ci_low", f"{column}_ci_high")
    return [None if row[name] is None else Share(row[name]) for name in names]


def _published(row: Mapping[str, Any], column: str) -> Sequence[Share | None]:
    value = row[f"published_{column}"]
    return [None if value is None else Share(value)]
