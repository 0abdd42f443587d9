"""What the first page says of each subject after genealogy: a line or two.

What does not belong here: more than a line, which has its own page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from biome_pipeline.report.figures.trait_classes import TRAIT_WORDS
from biome_pipeline.report.site.directed import drift_orders, interval_words
from biome_pipeline.report.site.documented import coverage_findings, groups_of
from biome_pipeline.report.site.fitness_line import fitness_line
from biome_pipeline.report.site.page import Finding, Similarity
from biome_pipeline.report.site.policy_market import market_findings
from biome_pipeline.report.site.policy_risk import risk_findings
from biome_pipeline.report.site.rates import rates_of
from biome_pipeline.report.site.tested import GRAPH
from biome_pipeline.report.site.wording import percent, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from biome_pipeline.report.site.contents import Contents

__all__ = ["subject_findings"]


def subject_findings(contents: Contents) -> Iterator[Finding]:
    """Say what stands out of each subject.

    Parameters
    ----------
    contents : Contents
        The tables.

    Yields
    ------
    Finding
        One sentence or two for each subject of which there are numbers.
    """
    yield from _similarity(contents)
    yield from _rates(contents)
    yield from _directions(contents)
    yield from fitness_line(contents)
    # The first of a subject is the one that the others explain.
    yield from list(coverage_findings(groups_of(contents)))[:1]
    yield from list(risk_findings(contents))[:1]
    yield from list(market_findings(contents))[:1]


def _similarity(contents: Contents) -> Iterator[Finding]:
    table = contents.table("similarity.matched")
    rows = contents.rows(
        table.filter(
            (table.graph == GRAPH)
            & (table.text == "metadata")
            & (table.measure == "tfidf")
            & (table.ablation == "traits")
        )
    ).to_pylist()
    for row in rows:
        if row["difference"] is None or row["ci_low"] is None or row["ci_high"] is None:
            continue
        if row["ci_low"] <= 0 <= row["ci_high"]:
            nearer = "is as like its parent as its siblings, as far as can be told"
        else:
            closer, other = ("parent", "siblings")[:: 1 if row["difference"] > 0 else -1]
            nearer = f"is more like its {closer} than its {other}"
        parent, siblings, difference, low, high = (
            shown(Similarity(row[name]))
            for name in ("parent_mean", "sibling_mean", "difference", "ci_low", "ci_high")
        )
        yield Finding(
            f"By its traits a fine-tune {nearer}: similarity (tf-idf) is {parent} to the parent "
            f"and {siblings} to siblings, a difference of {difference} "
            f"(95\N{NO-BREAK SPACE}% interval {low} to {high}).",
            row["n"],
        )


def _rates(contents: Contents) -> Iterator[Finding]:
    rates = rates_of(contents)
    rows = [(words, rates.get((trait, "all", "all"))) for trait, words in TRAIT_WORDS.items()]
    known = [(words, row) for words, row in rows if row is not None and row["rate"] is not None]
    if known:
        told = _listed(
            [
                f"{words} {percent(row['rate'])}{interval_words(row, 'ci_low', 'ci_high')}"
                for words, row in known
            ]
        )
        yield Finding(
            f"From parent to child traits change, of edges that report: {told}.",
            max(row["n_reporting"] for _, row in known),
        )


def _directions(contents: Contents) -> Iterator[Finding]:
    orders = [
        order
        for order in drift_orders(contents).values()
        if order.graph == "all" and order.symmetry is not None and order.symmetry["n_mutated"]
    ]
    if not orders:
        return
    directed, others = (
        [
            TRAIT_WORDS[order.trait]
            for order in orders
            if order.symmetry is not None and (order.symmetry["verdict"] == "directed") == is_so
        ]
        for is_so in (True, False)
    )
    told = []
    if directed:
        told.append(f"a direction is shown for {_listed(directed)}")
    if others:
        told.append(f"none is shown for {_listed(others)}")
    beyond = [
        TRAIT_WORDS[order.trait]
        for order in orders
        if order.directions["margin_verdict"] == "beyond margins"
    ]
    share = (
        f"its order explains more than margins alone would for {_listed(beyond)}"
        if beyond
        else "for none does the best order explain more drifts than margins alone would"
    )
    n = sum(order.symmetry["n_mutated"] for order in orders if order.symmetry is not None)
    yield Finding(f"Of the drift of traits, {'; '.join(told)}; {share}.", round(n))


def _listed(words: Sequence[str]) -> str:
    """Join words as a sentence does."""
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else words[0]
