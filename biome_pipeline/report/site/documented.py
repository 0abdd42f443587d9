"""Words for documentation, made from the numbers.

What does not belong here: figures and tables of the same numbers (``coverage``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from biome_pipeline.report.site.directed import interval_words
from biome_pipeline.report.site.page import Finding
from biome_pipeline.report.site.wording import percent

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from biome_pipeline.report.site.contents import Contents

    Groups = Mapping[str, Mapping[str, Any]]

__all__ = ["coverage_findings", "groups_of"]


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
    rows = contents.rows(contents.table("documentation.coverage")).to_pylist()
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
