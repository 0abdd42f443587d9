"""The page of documentation: who has a card, how long it is, and what it says.

What does not belong here: how figures are drawn (``report.figures``), and other
numbers from parent to child (``numbers``).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from biome_pipeline.report.figures.rows import (
    PUBLISHED,
    Kind,
    Mark,
    Part,
    Row,
    Scale,
    rows_of_marks,
)
from biome_pipeline.report.site.directed import interval_words
from biome_pipeline.report.site.numbers import generated_picture
from biome_pipeline.report.site.page import Finding, Page, Picture, Section, Share, Table
from biome_pipeline.report.site.tested import INTERVAL, why
from biome_pipeline.report.site.wording import percent
from biome_pipeline.vocabulary.card_sections import SECTIONS
from biome_pipeline.vocabulary.relations import RELATIONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from biome_pipeline.report.site.contents import Contents

    Groups = Mapping[str, Mapping[str, Any]]

__all__ = ["DOCUMENTATION", "coverage_findings", "groups_of"]

_COVERAGE = "documentation.coverage"
_SECTIONS = "documentation.sections"
_TEMPLATES = "documentation.templates"
_MOST_TEMPLATES = 20
_NO_CARDS = "No model cards in this snapshot: none was asked for."

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
    "share": Kind("this snapshot, 95 % interval over families and authors"),
    "published": PUBLISHED,
}
_LENGTHS = {
    "mean": Kind("mean, 95 % interval over families and authors", aside=-0.16),
    "median": Kind("median", "2", "s", 5.4, line=0, aside=0.16),
    "published_mean": Kind("published mean", "text", "o", 5.0, is_hollow=True, aside=-0.16),
    "published_median": Kind("published median", "text", "s", 4.8, is_hollow=True, aside=0.16),
}
_COMPARED = {
    "all": Kind("all models", "text", "o", 5.0, aside=-0.3),
    "without_relatives": Kind("without relatives", "4", "D", 4.4, aside=-0.1),
    "parents": Kind("parents", "main", "s", 4.8, aside=0.1),
    "children": Kind("children", "2", "^", 5.4, aside=0.3),
}
_SECTION_WORDS = {name: name.replace("_", " ") for name in SECTIONS}


def groups_of(contents: Contents) -> dict[str, dict[str, Any]]:
    """Read the coverage of every group.

    Parameters
    ----------
    contents : Contents
        The tables.

    Returns
    -------
    dict of str to dict
        Rows by group.
    """
    rows = contents.rows(contents.table(_COVERAGE)).to_pylist()
    return {row["group"]: row for row in rows}


def coverage_findings(groups: Groups) -> Iterator[Finding]:
    """Say who has a card, how long cards are, and who wrote them.

    Parameters
    ----------
    groups : mapping
        As `groups_of` gives them.

    Yields
    ------
    Finding
        Sentences with what they rest on.
    """
    row = groups.get("all")
    if row is None or row["share_with_card"] is None:
        return
    n_known = row["n"] - row["n_missing"]
    yield Finding(
        f"{percent(row['share_with_card'])} of models have a card"
        f"{_interval(row, 'share_with_card')}"
        f"{_theirs(row, 'share_with_card')}.",
        n_known,
        row["n_missing"] / row["n"] if row["n"] else None,
    )
    related, alone = groups.get("with_relatives"), groups.get("without_relatives")
    shares = [group and group["share_with_card"] for group in (related, alone)]
    if related and alone and None not in shares:
        yield Finding(
            f"Of models with relatives {percent(related['share_with_card'])} have a card"
            f"{_interval(related, 'share_with_card')}, of those without "
            f"{percent(alone['share_with_card'])}{_interval(alone, 'share_with_card')}"
            f"{_apart(related, alone, 'share_with_card')}.",
            sum(group["n"] - group["n_missing"] for group in (related, alone)),
        )
    if row["n_read"] and row["mean_characters"] is not None:
        theirs = ""
        if row["published_mean_characters"] is not None:
            theirs = (
                f"; published {row['published_mean_characters']:,.0f} and "
                f"{row['published_median_characters']:,.0f}"
            )
        yield Finding(
            f"A card has {row['mean_characters']:,.0f} characters on average"
            f"{_plain_interval(row, 'mean_characters')}, and {row['median_characters']:,.0f} in "
            f"the median{theirs}.",
            row["n_read"],
        )
    children = groups.get("children")
    if children and children["share_auto_generated"] is not None:
        yield Finding(
            f"{percent(children['share_auto_generated'])} of the cards of children say that they "
            f"were generated automatically{_interval(children, 'share_auto_generated')}"
            f"{_theirs(children, 'share_auto_generated')}.",
            children["n_read"],
        )


def _sections(contents: Contents) -> list[Section]:
    groups = groups_of(contents)
    found = tuple(coverage_findings(groups))
    return [
        Section(
            "What was found",
            paragraphs=(
                "A model has a card if it has more than 3 characters. Whether it has is not known "
                "of models whose card was not asked for, or was not to be had: they count as "
                "missing and never as without. The published share is of all models of its snapshot."
                if found
                else why(contents, _COVERAGE, _NO_CARDS),
            ),
            findings=found,
        ),
        _coverage(contents, groups),
        _lengths(contents, groups),
        _generated(contents, groups),
        _card_sections(contents),
        _templates(contents),
    ]


def _coverage(contents: Contents, groups: Groups) -> Section:
    empty = why(contents, _COVERAGE, _NO_CARDS)
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
                    f"Models with a card, n = {_n(groups, 'n', 'n_missing'):,} models",
                    "In the graph of all relations; a model may be in several groups",
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


def _lengths(contents: Contents, groups: Groups) -> Section:
    empty = why(contents, _COVERAGE, _NO_CARDS)
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
                    f"Length of cards, n = {_n(groups, 'n_read'):,} cards",
                    "Of cards whose text was read; a model may be in several groups",
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


def _generated(contents: Contents, groups: Groups) -> Section:
    empty = why(contents, _COVERAGE, _NO_CARDS)
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
                    f"Cards generated automatically, n = {_n(groups, 'n_read'):,} cards",
                    "Of cards whose text was read; a model may be in several groups",
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


def _card_sections(contents: Contents) -> Section:
    rows = contents.rows(contents.table(_SECTIONS)).to_pylist()
    found = {(row["section"], row["group"]): row for row in rows}
    empty = why(contents, _SECTIONS, _NO_CARDS)
    lines = tuple(
        Row(
            words,
            tuple(
                Mark(group, row["share"], row["ci_low"], row["ci_high"])
                for group in _COMPARED
                if (row := found.get((section, group))) is not None
            ),
        )
        for section, words in _SECTION_WORDS.items()
        if any((section, group) in found for group in _COMPARED)
    )
    counts = {group: row["n"] for (_, group), row in found.items()}
    kinds = {
        group: Kind(
            f"{kind.words} (n = {counts.get(group, 0):,})",
            kind.colour,
            kind.marker,
            kind.size,
            aside=kind.aside,
        )
        for group, kind in _COMPARED.items()
    }
    return Section(
        "What cards say",
        paragraphs=(
            "A section is found by its heading, and counts if it says more than a placeholder: "
            "what stands in a card without a heading of its own is not seen.",
        ),
        pictures=(
            Picture(
                "documentation-sections",
                partial(
                    rows_of_marks,
                    [Part("", lines)] if lines else [],
                    kinds,
                    Scale("Share of cards with the section", low=0, is_share=True),
                    f"Sections of cards, n = {counts.get('all', 0):,} cards",
                    "Lines are 95 % intervals over families and authors",
                    empty=empty.rstrip("."),
                    row=0.58,
                ),
            ),
        ),
        tables=(
            Table(
                "Sections by group: numbers",
                ("Section and models", "Share", *INTERVAL, "With it", "Cards", "No card read"),
                [
                    (
                        f"{words}; {name}",
                        *(
                            None if row[column] is None else Share(row[column])
                            for column in ("share", "ci_low", "ci_high")
                        ),
                        row["n_with_section"],
                        row["n"],
                        row["n_missing"],
                    )
                    for section, words in _SECTION_WORDS.items()
                    for group, name in _group_names().items()
                    if (row := found.get((section, group))) is not None
                ],
                empty=empty,
                is_folded=True,
                is_stacked=True,
            ),
        ),
    )


def _templates(contents: Contents) -> Section:
    table = contents.table(_TEMPLATES)
    summed = contents.rows(
        table.aggregate(
            n_templates=table.count(),
            n_models=table.n_models.sum().cast("int64"),
            n=table.n.max(),
        )
    ).to_pylist()[0]
    rows = contents.rows(
        table.order_by(table.n_models.desc(), "template_id").limit(_MOST_TEMPLATES)
    ).to_pylist()
    told = ""
    if summed["n_templates"]:
        told = (
            f"{summed['n_templates']:,} templates are shared by two models or more, and "
            f"{summed['n_models']:,} of {summed['n']:,} cards with a text are of one of them "
            f"({percent(summed['n_models'] / summed['n'])}); the largest {len(rows)} are below."
        )
    if rows and not all(row["is_compared"] for row in rows):
        told += " Where nearly equal texts were not looked for, a template is one text only."
    return Section(
        "Templates",
        paragraphs=(
            "A template is one text that several cards share but for names, numbers and dates: "
            "equal texts first, then those that have at least 80 % of their runs of three words "
            "in common.",
            *((told.strip(),) if told else ()),
        ),
        tables=(
            Table(
                "Largest templates",
                (
                    "Example",
                    "Models",
                    "Share",
                    *INTERVAL,
                    "Authors",
                    "Texts",
                    "Generated",
                ),
                [
                    (
                        row["example_id"],
                        row["n_models"],
                        *(
                            None if row[column] is None else Share(row[column])
                            for column in ("share", "ci_low", "ci_high")
                        ),
                        row["n_authors"],
                        row["n_bodies"],
                        row["is_auto_generated"],
                    )
                    for row in rows
                ],
                empty=why(
                    contents,
                    _TEMPLATES,
                    "No two cards of this snapshot share a text.",
                ),
                is_stacked=True,
            ),
        ),
    )


def _group_names() -> dict[str, str]:
    """Give every group with its whole name."""
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
    for group, name in _group_names().items():
        if group in groups and groups[group]["n"]:
            yield name, groups[group]


def _parts(groups: Groups, column: str, count: Any) -> list[Part]:
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


def _interval(row: Mapping[str, Any], column: str) -> str:
    return interval_words(row, f"{column}_ci_low", f"{column}_ci_high")


def _plain_interval(row: Mapping[str, Any], column: str) -> str:
    low, high = row[f"{column}_ci_low"], row[f"{column}_ci_high"]
    if low is None or high is None:
        return ""
    return f" (95\N{NO-BREAK SPACE}% interval {low:,.0f} to {high:,.0f})"


def _theirs(row: Mapping[str, Any], column: str) -> str:
    value = row[f"published_{column}"]
    return "" if value is None else f"; published {percent(value)}"


def _apart(one: Mapping[str, Any], other: Mapping[str, Any], column: str) -> str:
    """Say whether two intervals lie apart."""
    ends = [row[f"{column}_ci_{end}"] for row in (one, other) for end in ("low", "high")]
    if None in ends:
        return ""
    is_apart = ends[0] > ends[3] or ends[2] > ends[1]
    return ": the intervals lie apart" if is_apart else ": the intervals overlap"


DOCUMENTATION = Page(
    file="documentation.html",
    title="Documentation",
    lead="Which models have a card, how long it is, who wrote it, and what it says.",
    sections=_sections,
)
