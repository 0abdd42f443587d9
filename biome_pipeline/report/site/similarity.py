"""The page of the similarity of relatives: topologies, positions, ladder, weights.

What does not belong here: how they are drawn (``report.figures``), the words for
the ladder (``gaps``), and what is tested (``tested``).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from biome_pipeline.report.figures.ladder import (
    MEASURES,
    STEPS,
    WEIGHTINGS,
    gap_of,
    ladder,
    weightings,
)
from biome_pipeline.report.figures.pictograms import SHAPES, topology_key
from biome_pipeline.report.figures.similarity import similarity_panel
from biome_pipeline.report.site.gaps import ladder_paragraphs
from biome_pipeline.report.site.page import Page, Picture, Section, Similarity, Table
from biome_pipeline.report.site.tested import (
    GRAPH,
    INTERVAL,
    TEXTS,
    findings,
    matched,
    similarities,
    why,
)
from biome_pipeline.report.site.wording import percent
from biome_pipeline.vocabulary.relations import GRAPHS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import ibis.expr.types as ir

    from biome_pipeline.report.site.contents import Contents

    Row = Mapping[str, Any]

__all__ = ["PUBLISHED_OCCURRENCES", "SIMILARITY"]

_SUMMARY = "similarity.summary"
_PUBLISHED = {"metadata": "all", "card": "first_512"}  # what the paper compares of each text

PUBLISHED_OCCURRENCES = {
    "pair": 3_470_193_356_870,
    "edge": 191_072,
    "siblings": 119_795_843,
    "chain3": 40_922,
    "star3": 193_010_561_824,
    "fork": 11_847_103,
    "uncle": 19_932_645,
    "chain4": 10_965,
}
"""Table 1 of arXiv 2508.06811, for fine-tunes; random pairs are ordered ones there."""


def _sections(contents: Contents) -> list[Section]:
    summary = contents.table(_SUMMARY)
    rows = contents.rows(
        summary.filter(summary.graph == GRAPH).order_by(
            "text", "ablation", "measure", "weighting", "topology", "position"
        )
    ).to_pylist()
    return [
        _topologies(contents),
        *(_positions(contents, text, rows) for text in TEXTS),
        _ladder(contents, rows),
        _weightings(contents, rows),
        matched(contents),
        findings(contents),
    ]


def _topologies(contents: Contents) -> Section:
    rows = contents.rows(contents.table("similarity.topologies")).to_pylist()
    counts = {(row["graph"], row["topology"]): row["occurrences"] for row in rows}
    ordered = PUBLISHED_OCCURRENCES["pair"]
    return Section(
        "What was compared",
        paragraphs=(
            "Relatives are compared in eight small shapes, called topologies. Each names its "
            "models by letters, so that u-v of siblings are parent and child, and v-w are "
            "siblings. Occurrences are drawn with equal chance, and all positions of a topology "
            "come from the same draws.",
            "Published numbers are of fine-tunes, from Table 1 of arXiv 2508.06811. There a "
            f"random pair counts twice, once in each order: {ordered:,} is n(n-1) and stands for "
            f"{ordered // 2:,} pairs. Here a pair counts once.",
        ),
        pictures=(Picture("topologies", topology_key),),
        tables=(
            Table(
                "Occurrences of each topology",
                ("Topology", *GRAPHS, "Published"),
                [
                    (
                        shape.title,
                        *(counts.get((graph, name)) for graph in GRAPHS),
                        PUBLISHED_OCCURRENCES[name],
                    )
                    for name, shape in SHAPES.items()
                ]
                if counts
                else [],
                empty=why(contents, "similarity.topologies", "No topology was counted."),
                is_stacked=True,
            ),
        ),
    )


def _positions(contents: Contents, text: str, rows: Sequence[Row]) -> Section:
    summary = contents.table(_SUMMARY)
    ablation = _PUBLISHED[text]
    chosen = [
        row
        for row in rows
        if (row["text"], row["ablation"], row["weighting"]) == (text, ablation, "pair")
    ]
    empty = _no_text(contents, text, chosen)
    paragraphs = {
        "metadata": (
            "Metadata is a model's listing record on the Hub, written as one line.",
            "Bag of words and tf-idf are cosines over the 512 most frequent words and pairs of "
            "words; edit distance is 1 less the Levenshtein distance over the longer length. "
            "Pairs of one large family are no separate evidence: the interval over families says "
            "what is known.",
        ),
        "card": (
            "Model cards are compared by their first 512 characters; shorter cards and those that "
            "were generated automatically are left out.",
        ),
    }
    return Section(
        f"{TEXTS[text]} of relatives",
        paragraphs=(*paragraphs[text],),
        pictures=tuple(
            Picture(
                f"similarity-{text}-{measure}",
                partial(
                    similarity_panel,
                    contents.rows(
                        summary.filter(
                            (summary.graph == GRAPH)
                            & (summary.text == text)
                            & (summary.measure == measure)
                            & (summary.ablation == ablation)
                            & (summary.weighting == "pair")
                        )
                    ),
                    f"{TEXTS[text]} by {name}",
                    "Fine-tuned relatives; every pair weighs the same"
                    + _lacking([row for row in chosen if row["measure"] == measure]),
                    empty=empty.rstrip("."),
                ),
            )
            for measure, name in MEASURES.items()
        ),
        tables=tuple(_numbers(text, rows_of, empty) for rows_of in _by_measure(chosen)),
    )


def _lacking(rows: Sequence[Row]) -> str:
    """Say what share of the drawn pairs has nothing to compare."""
    n_missing = sum(row["n_missing"] for row in rows)
    n_drawn = n_missing + sum(row["n"] for row in rows)
    if not n_missing:
        return ""
    share = percent(n_missing / n_drawn).replace("\N{NO-BREAK SPACE}", " ")
    return f". Of drawn pairs, {share} have nothing to compare"


def _by_measure(rows: Sequence[Row]) -> list[list[Row]]:
    """Part rows by measure, in the order of positions; without any, one part is empty."""
    place = {
        (topology, position): (number, k)
        for number, (topology, shape) in enumerate(SHAPES.items())
        for k, position in enumerate(shape.positions)
    }
    parts = [
        sorted(
            (row for row in rows if row["measure"] == measure),
            key=lambda row: place[row["topology"], row["position"]],
        )
        for measure in MEASURES
    ]
    return [part for part in parts if part] or [[]]


def _numbers(text: str, rows: Sequence[Row], empty: str) -> Table:
    """Make the table of every position, of one text and measure."""
    measure = f" by {MEASURES[rows[0]['measure']]}" if rows else ""
    return Table(
        f"{TEXTS[text]}{measure}: numbers",
        (
            "Position",
            "Mean",
            *INTERVAL,
            "By family from",
            "to",
            "Published",
            "Pairs",
        ),
        [
            (
                f"{row['position']}, {SHAPES[row['topology']].title}",
                *similarities(row, "mean", "ci_low", "ci_high"),
                *similarities(row, "family_ci_low", "family_ci_high", "published"),
                row["n"],
            )
            for row in rows
        ],
        empty=empty,
        is_folded=True,
        is_stacked=True,
    )


def _ladder(contents: Contents, rows: Sequence[Row]) -> Section:
    summary = contents.table(_SUMMARY)
    chosen = [
        row for row in _of_siblings(rows) if row["weighting"] == "pair" and row["ablation"] in STEPS
    ]
    empty = _no_text(contents, "metadata", chosen)
    return Section(
        "What siblings share by bookkeeping",
        paragraphs=(
            "Siblings name the same base model, which their parent does not: part of what makes "
            "them alike is this line of their metadata. So the comparison is made again with less "
            "and less of it, and the vocabulary anew at each step. The gap is the similarity of "
            "siblings less that of parent and child, in the same draws.",
            *ladder_paragraphs(chosen),
        ),
        pictures=(
            Picture(
                "similarity-ladder",
                partial(
                    ladder,
                    contents.rows(_siblings(summary).filter(summary.weighting == "pair")),
                    "Metadata of fine-tunes; every pair weighs the same. Lines are 95 % intervals "
                    "over families. Gap: siblings less parent and child",
                    empty=empty.rstrip("."),
                ),
            ),
        ),
        tables=(
            _comparison(
                "Ladder: numbers", "ablation", "Measure and text", STEPS, chosen, empty=empty
            ),
        ),
    )


def _weightings(contents: Contents, rows: Sequence[Row]) -> Section:
    summary = contents.table(_SUMMARY)
    chosen = [row for row in _of_siblings(rows) if row["ablation"] == "all"]
    empty = _no_text(contents, "metadata", chosen)
    return Section(
        "What weighs the same",
        paragraphs=(
            "A parent with many children supplies most pairs of siblings. The published means give "
            "every pair the same weight. The others take the mean within each parent, or within "
            "each family, first; of those that were drawn.",
        ),
        pictures=(
            Picture(
                "similarity-weightings",
                partial(
                    weightings,
                    contents.rows(_siblings(summary).filter(summary.ablation == "all")),
                    "All metadata of fine-tunes. Lines are 95 % intervals over families. "
                    "Gap: siblings less parent and child",
                    empty=empty.rstrip("."),
                ),
            ),
        ),
        tables=(
            _comparison(
                "Weights: numbers",
                "weighting",
                "Measure and weight",
                WEIGHTINGS,
                chosen,
                empty=empty,
            ),
        ),
    )


def _comparison(
    caption: str,
    column: str,
    heading: str,
    words: Mapping[str, str],
    rows: Sequence[Row],
    *,
    empty: str,
) -> Table:
    """Make the table of siblings beside parent and child."""
    found = {(row["measure"], row[column], row["position"]): row for row in rows}
    lines = []
    for measure, measure_name in MEASURES.items():
        for step, name in words.items():
            siblings, parent_child = (found.get((measure, step, p)) for p in ("v-w", "u-v"))
            gap = gap_of(siblings, parent_child)
            if gap is None or siblings is None or parent_child is None:
                continue
            ends = ("mean", "family_ci_low", "family_ci_high")
            lines.append(
                (
                    f"{measure_name}, {name}",
                    *similarities(siblings, *ends),
                    *similarities(parent_child, *ends),
                    Similarity(gap),
                    siblings["n"],
                )
            )
    return Table(
        caption,
        (
            heading,
            "Siblings",
            *INTERVAL,
            "Parent-child",
            *INTERVAL,
            "Gap",
            "Pairs",
        ),
        lines,
        empty=empty,
        is_folded=True,
        is_stacked=True,
    )


def _siblings(summary: ir.Table) -> ir.Table:
    return summary.filter(
        (summary.graph == GRAPH) & (summary.text == "metadata") & (summary.topology == "siblings")
    )


def _of_siblings(rows: Sequence[Row]) -> list[Row]:
    return [row for row in rows if row["text"] == "metadata" and row["topology"] == "siblings"]


def _no_text(contents: Contents, text: str, rows: Sequence[Row]) -> str:
    """Say in a few words why no pair has a similarity."""
    if _SUMMARY not in contents.tables:
        return "Similarity was not computed."
    if text == "card" and not rows:
        return "No model cards in this snapshot."
    return "No pair of models to compare."


SIMILARITY = Page(
    file="similarity.html",
    title="Similarity",
    lead="How alike relatives are, and how much of it is bookkeeping.",
    sections=_sections,
)
