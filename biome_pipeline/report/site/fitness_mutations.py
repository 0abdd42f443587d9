"""Config mutations along edges: what changes from parent to child, by relation.

What does not belong here: where that contradicts the declared relation
(``fitness_contradictions``), and mutations of metadata (``rates``).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from biome_pipeline.report.figures.marks import Kind, Mark, Part, Row, Scale
from biome_pipeline.report.figures.rows import rows_of_marks
from biome_pipeline.report.site.fitness_contradictions import FEWEST
from biome_pipeline.report.site.fitness_words import TRAITS, interval, no_rows, rows_of, shares
from biome_pipeline.report.site.page import Finding, Picture, Section, Table
from biome_pipeline.report.site.tested import INTERVAL
from biome_pipeline.report.site.wording import isolated, percent, shown
from biome_pipeline.vocabulary.relations import RELATIONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from biome_pipeline.report.site.contents import Contents

    Rows = Sequence[Mapping[str, Any]]

__all__ = ["mutation_findings", "mutations"]

_KINDS = "fitness.config_mutation_kinds"
_FACTS = "fitness.config_mutations"
_GRAPH = "all"
_NONE = "No edge of this snapshot has a config at both ends."
_UNCHANGED = "unchanged"
_MOST_FACTS = 5
_ASIDE = 0.17  # from a relation to the next, in rows


def mutations(contents: Contents) -> Section:
    """Make the section of config mutations.

    Parameters
    ----------
    contents : Contents
        The tables.

    Returns
    -------
    Section
        Sentences, a figure by relation, and tables.
    """
    kinds = [row for row in rows_of(contents, _KINDS) if row["graph"] == _GRAPH]
    facts = [row for row in rows_of(contents, _FACTS) if row["graph"] == _GRAPH]
    empty = no_rows(contents, _KINDS, _NONE)
    n_edges = max((row["n_edges"] for row in kinds if row["relation"] == "all"), default=0)
    return Section(
        "Configs from parent to child",
        paragraphs=(
            "A child starts from the weights of its parent, so that its config shows what was "
            "changed. Of each fact an edge tells only if both ends state it; edges without configs "
            "may differ.",
        )
        if kinds or facts
        else (),
        findings=tuple(mutation_findings(kinds, facts)),
        pictures=(
            Picture(
                "fitness-config-mutations",
                partial(
                    rows_of_marks,
                    _parts(kinds),
                    _looks(kinds),
                    Scale(
                        "Share of reporting edges",
                        low=0,
                        is_share=True,
                        beside="n reporting",
                    ),
                    "How configs change from parent to child",
                    counted=f"n = {n_edges:,} edges",
                    note="Lines are 95 % intervals over families. n is of reporting edges; of each "
                    f"relation and kind it stands in the table. Fewer than {FEWEST} are not drawn",
                    empty=empty.rstrip("."),
                    row=0.5,
                ),
            ),
        ),
        tables=(
            _kind_table(kinds, empty),
            _fact_table(facts, no_rows(contents, _FACTS, _NONE)),
        ),
    )


def mutation_findings(kinds: Rows, facts: Rows) -> Iterator[Finding]:
    """Say how often configs change, and what changes most.

    Parameters
    ----------
    kinds, facts : sequence of mapping
        Rows of ``fitness.config_mutation_kinds`` and ``fitness.config_mutations``
        of one graph.

    Yields
    ------
    Finding
        Three sentences at most.
    """
    found = {(row["kind"], row["relation"]): row for row in kinds}
    same = found.get((_UNCHANGED, "all"))
    if same is not None and same["share_changed"] is not None:
        yield Finding(
            f"{percent(same['share_changed'])} of children keep the config of their parent whole"
            f"{_interval(same)}; {_of_edges(same)}.",
            same["n_reporting"],
        )
    changed = sorted(
        (
            row
            for row in kinds
            if row["relation"] == "all" and row["kind"] != _UNCHANGED and row["n_changed"]
        ),
        key=lambda row: (-row["share_changed"], row["kind"]),
    )
    if changed:
        told = "; ".join(
            f"{_words(row['kind'])} {percent(row['share_changed'])}{_interval(row)}"
            for row in changed[:_MOST_FACTS]
        )
        yield Finding(
            f"The commonest changes, each of the edges that tell of it: {told}.",
            max(row["n_reporting"] for row in changed),
        )
    numbers = [
        row
        for row in facts
        if row["relation"] == "all" and row["n_changed"] and row["typical_from"] is not None
    ]
    if numbers:
        row = max(numbers, key=lambda row: (row["share_changed"], row["attribute"]))
        yield Finding(
            f"The fact that changes most is {_fact(row['attribute'])}: on "
            f"{percent(row['share_changed'])} of reporting edges{_interval(row)}, most often from "
            f"{isolated(row['typical_from'])} to {isolated(row['typical_to'])} "
            f"({row['n_typical']:,} of {row['n_changed']:,} changes).",
            row["n_reporting"],
        )


def _interval(row: Mapping[str, Any]) -> str:
    return interval(row["ci_low"], row["ci_high"], percent)


def _of_edges(row: Mapping[str, Any]) -> str:
    share = percent(row["n_reporting"] / row["n_edges"]) if row["n_edges"] else shown(0)
    return f"of {row['n_edges']:,} edges {share} tell"


def _fact(name: str) -> str:
    return TRAITS.get(name, _words(name))


def _words(name: str) -> str:
    return name.replace("_", " ")


def _looks(kinds: Rows) -> dict[str, Kind]:
    n_reporting: dict[str, int] = {}
    for row in kinds:
        relation = row["relation"]
        n_reporting[relation] = max(n_reporting.get(relation, 0), row["n_reporting"])
    return {
        name: Kind(
            f"{name}, up to n = {n_reporting.get(name, 0):,}",
            name,
            size=4.8,
            line=1.8,
            aside=_ASIDE * (place - (len(RELATIONS) - 1) / 2),
        )
        for place, name in enumerate(RELATIONS)
    }


def _parts(kinds: Rows) -> list[Part]:
    found = {(row["kind"], row["relation"]): row for row in kinds}
    order = sorted(
        {row["kind"] for row in kinds if row["n_reporting"]},
        key=lambda kind: (
            kind != _UNCHANGED,
            -(found.get((kind, "all"), {}).get("share_changed") or 0.0),
            kind,
        ),
    )
    rows = []
    for kind in order:
        marks = tuple(
            Mark(name, row["share_changed"], row["ci_low"], row["ci_high"])
            for name in RELATIONS
            if (row := found.get((kind, name))) is not None
            and row["share_changed"] is not None
            and row["n_reporting"] >= FEWEST
        )
        whole = found.get((kind, "all"))
        if marks:
            beside = "" if whole is None else f"{whole['n_reporting']:,}"
            rows.append(Row(_words(kind), marks, beside))
    return [Part("", tuple(rows))] if rows else []


def _kind_table(rows: Rows, empty: str) -> Table:
    return Table(
        "Ways in which configs change",
        (
            "Way and relation",
            "Share",
            *INTERVAL,
            "Changed",
            "Reporting",
            "Edges",
            "Families",
            "Example of a parent",
            "Its child",
        ),
        [
            (
                f"{_words(row['kind'])}; {_relation(row['relation'])}",
                *shares(row, "share_changed", "ci_low", "ci_high"),
                row["n_changed"],
                row["n_reporting"],
                row["n_edges"],
                row["n_families"],
                row["example_parent_id"] or "",
                row["example_child_id"] or "",
            )
            for row in rows
        ],
        empty=empty,
        is_folded=True,
        is_stacked=True,
    )


def _fact_table(rows: Rows, empty: str) -> Table:
    return Table(
        "Facts of the config that change",
        (
            "Fact and relation",
            "Share",
            *INTERVAL,
            "Changed",
            "Grew",
            "Shrank",
            "Median ratio",
            "Reporting",
            "Edges",
            "Families",
            "Most often from",
            "to",
            "So often",
        ),
        [
            (
                f"{_fact(row['attribute'])}; {_relation(row['relation'])}",
                *shares(row, "share_changed", "ci_low", "ci_high"),
                row["n_changed"],
                row["n_increased"],
                row["n_decreased"],
                row["median_ratio"],
                row["n_reporting"],
                row["n_edges"],
                row["n_families"],
                row["typical_from"] or "",
                row["typical_to"] or "",
                row["n_typical"],
            )
            for row in rows
        ],
        empty=empty,
        is_folded=True,
        is_stacked=True,
    )


def _relation(name: str) -> str:
    return "all relations" if name == "all" else name
