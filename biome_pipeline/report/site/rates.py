"""How often traits change from parent to child: the section of mutation rates.

What does not belong here: rates by quarter (``quarters``).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from biome_pipeline.report.figures.marks import PUBLISHED, Kind, Mark, Part, Row, Scale
from biome_pipeline.report.figures.rows import rows_of_marks
from biome_pipeline.report.figures.trait_classes import TRAIT_WORDS
from biome_pipeline.report.site.directed import interval_words
from biome_pipeline.report.site.page import Finding, Picture, Section, Share, Table
from biome_pipeline.report.site.tested import INTERVAL, why
from biome_pipeline.report.site.wording import percent
from biome_pipeline.vocabulary.relations import RELATIONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from biome_pipeline.report.site.contents import Contents

    Rates = Mapping[tuple[str, str, str], Mapping[str, Any]]

__all__ = ["mutation_rates", "rate_findings", "rates_of"]

_TABLE = "drift.mutation_rates"
_KINDS = {
    "rate": Kind("this snapshot, 95 % interval over families"),
    "bounds": Kind("bounds, if none or all of the silent edges mutated", "muted", "", line=1),
    "published": PUBLISHED,
}


def rates_of(contents: Contents) -> dict[tuple[str, str, str], dict[str, Any]]:
    """Read the mutation rates.

    Parameters
    ----------
    contents : Contents
        The tables.

    Returns
    -------
    dict of tuple of (str, str, str) to dict
        Rows by trait, graph and relation.
    """
    rows = contents.rows(contents.table(_TABLE)).to_pylist()
    return {(row["trait"], row["graph"], row["relation"]): row for row in rows}


def rate_findings(rates: Rates) -> Iterator[Finding]:
    """Say how often each trait changes, over all relations.

    Parameters
    ----------
    rates : mapping
        As `rates_of` gives them.

    Yields
    ------
    Finding
        A sentence that rests on reporting edges.
    """
    for trait, words in TRAIT_WORDS.items():
        row = rates.get((trait, "all", "all"))
        if row is None or row["rate"] is None:
            continue
        published = row["published_rate"]
        theirs = f", published {percent(published)}" if published is not None else ""
        yield Finding(
            f"{words.capitalize()}: {percent(row['rate'])} change from parent to child"
            f"{interval_words(row, 'ci_low', 'ci_high', ' over families')}{theirs}. Of "
            f"{row['n_edges']:,} edges {percent(row['n_reporting'] / row['n_edges'])} report on "
            f"both ends; whatever happened on the others, the rate of all lies from "
            f"{percent(row['bound_low'])} to {percent(row['bound_high'])}.",
            row["n_reporting"],
        )


def mutation_rates(contents: Contents, rates: Rates) -> Section:
    """Make the section of mutation rates.

    Parameters
    ----------
    contents : Contents
        The tables.
    rates : mapping
        As `rates_of` gives them.

    Returns
    -------
    Section
        A figure and a table of every trait by relation.
    """
    empty = why(contents, _TABLE, "No model of this snapshot has a parent.")
    return Section(
        "How often traits change",
        paragraphs=(
            "The mutation rate is the mean over edges of 1 less the share of common values: of "
            "two sets the number of values in both, by the number in either. An edge on which an "
            "end names no value tells nothing; the bounds say what the rate over all edges would "
            "be if none of these had changed, or all of them whole.",
            "Published rates are of the graph of all relations and of fine-tunes, of a snapshot "
            "of 2025 that is not public. No rate of libraries was published.",
        ),
        pictures=(
            Picture(
                "drift-rates",
                partial(
                    rows_of_marks,
                    _parts(rates),
                    _KINDS,
                    Scale(
                        "Mutation rate",
                        low=0,
                        high=1,
                        is_share=True,
                        beside="n = reporting edges",
                    ),
                    "Mutation rates by relation",
                    counted=f"n = {_n_edges(rates):,} edges",
                    note="From parent to child; a pair by several relations counts once in all",
                    empty=empty.rstrip("."),
                    # Lower rows, so that the figure fits on a printed page.
                    row=0.26,
                ),
            ),
        ),
        tables=(_table(rates, empty),),
    )


def _n_edges(rates: Rates) -> int:
    """Give the edges of the graph of all relations: they are the same for every trait."""
    return max(
        (row["n_edges"] for key, row in rates.items() if key[1:] == ("all", "all")), default=0
    )


def _lines(rates: Rates, trait: str) -> list[tuple[str, Mapping[str, Any]]]:
    """Give the rows of a trait with their names; fine-tunes are those of their own graph."""
    places = [("all relations", "all", "all"), ("finetune", "finetune", "all")]
    places += [(name, "all", name) for name in RELATIONS if name != "finetune"]
    found = ((name, rates.get((trait, graph, relation))) for name, graph, relation in places)
    return [(name, row) for name, row in found if row is not None]


def _parts(rates: Rates) -> list[Part]:
    parts = []
    for trait, words in TRAIT_WORDS.items():
        rows = tuple(
            Row(
                name,
                (
                    Mark("bounds", None, row["bound_low"], row["bound_high"]),
                    Mark("rate", row["rate"], row["ci_low"], row["ci_high"]),
                    Mark("published", row["published_rate"]),
                ),
                f"{row['n_reporting']:,} ({100 * row['n_reporting'] / row['n_edges']:.0f} %)",
            )
            for name, row in _lines(rates, trait)
            if row["n_edges"]
        )
        if rows:
            parts.append(Part(words.capitalize(), rows))
    return parts


def _table(rates: Rates, empty: str) -> Table:
    return Table(
        "Mutation rates: numbers",
        (
            "Trait and relation",
            "Rate",
            *INTERVAL,
            "Bounds from",
            "to",
            "Published",
            "Mutations",
            "Reporting",
            "Edges",
            "Families",
        ),
        [
            (
                f"{TRAIT_WORDS[trait]}, {name}",
                *_shares(row, "rate", "ci_low", "ci_high", "bound_low", "bound_high"),
                *_shares(row, "published_rate"),
                row["n_mutations"],
                row["n_reporting"],
                row["n_edges"],
                row["n_families"],
            )
            for trait in TRAIT_WORDS
            for name, row in _lines(rates, trait)
        ],
        empty=empty,
        is_folded=True,
        is_stacked=True,
    )


def _shares(row: Mapping[str, Any], *columns: str) -> Sequence[Share | None]:
    return [None if row[name] is None else Share(row[name]) for name in columns]
