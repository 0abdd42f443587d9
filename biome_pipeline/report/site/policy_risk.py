"""License risk on the page of policy: rates, examples with their paths, and the terms.

What does not belong here: what a license asks for (``vocabulary.license_terms``).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from biome_pipeline.report.figures.marks import Kind, Mark, Part, Row, Scale
from biome_pipeline.report.figures.rows import rows_of_marks
from biome_pipeline.report.site.page import Finding, Picture, Section, Share, Table
from biome_pipeline.report.site.tested import INTERVAL, why
from biome_pipeline.report.site.wording import isolated, percent, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from biome_pipeline.report.site.contents import Contents

__all__ = ["dropped", "examples", "rates_by_license", "risk_findings", "terms"]

_RATES = "policy.conflict_rates"
_CONFLICTS = "policy.license_conflicts"
_NOBODY = "No model of this snapshot has an ancestor whose reviewed license has obligations."
_FEWEST = 10  # models that tell, below which a license is in the table only
_MOST = 25
_DIMENSIONS = {
    "relation": "By relation to a parent",
    "license": "By the model's own license",
    "month": "By month of creation",
    "family": "By family: the largest",
}
_KINDS = {
    "low": Kind("any obligation", "main", "o", 5.0, aside=-0.16),
    "high": Kind("a grave one", "2", "D", 4.6, aside=0.16),
}
_SEVERITY = {"high": 0, "medium": 1, "low": 2}


def risk_findings(contents: Contents) -> Iterator[Finding]:
    """Say how often obligations are dropped.

    Parameters
    ----------
    contents : Contents
        The tables.

    Yields
    ------
    Finding
        Of all models that are bound, and of the license that is dropped most.
    """
    rates = _rates(contents)
    every = rates.get(("all", "all", "high"))
    if every is not None and every["share"] is not None:
        n = every["n_models"] - every["n_unknown"]
        low, high = (percent(every[name]) for name in ("bound_low", "bound_high"))
        yield Finding(
            f"Of the models whose own license was reviewed, {percent(every['share'])} drop a grave "
            f"obligation of some ancestor's license{_interval(every)}; counting the models that do "
            f"not tell, it is between {low} and {high}.",
            n,
            every["n_unknown"] / every["n_models"],
        )
    worst = [
        row
        for (dimension, _, floor), row in rates.items()
        if dimension == "ancestor_license"
        and floor == "high"
        and row["n_conflicts"]
        and row["n_models"] - row["n_unknown"] >= _FEWEST
    ]
    if worst:
        row = max(worst, key=lambda row: (row["share"], row["group"]))
        yield Finding(
            f"Most often dropped are grave obligations of {isolated(row['group'])}: by "
            f"{percent(row['share'])} of its descendants that tell{_interval(row)}.",
            row["n_models"] - row["n_unknown"],
            row["n_unknown"] / row["n_models"],
        )


def _interval(row: dict[str, Any]) -> str:
    if row["ci_low"] is None:
        return " (one family, no interval)"
    ends = f"{percent(row['ci_low'])} to {percent(row['ci_high'])}"
    return f" (95\N{NO-BREAK SPACE}% interval {ends})"


def _rates(contents: Contents) -> dict[tuple[str, str, str], dict[str, Any]]:
    rows = contents.rows(contents.table(_RATES)).to_pylist()
    return {(row["dimension"], row["group"], row["severity_floor"]): row for row in rows}


def rates_by_license(contents: Contents) -> Section:
    """Show how often the obligations of each license are dropped.

    Parameters
    ----------
    contents : Contents
        The tables.

    Returns
    -------
    Section
        A figure and its numbers.
    """
    rates = _rates(contents)
    licenses = sorted(
        {group for dimension, group, _ in rates if dimension == "ancestor_license"},
        key=lambda name: (-rates["ancestor_license", name, "low"]["n_models"], name),
    )
    lines = []
    for name in licenses[:_MOST]:
        row = rates["ancestor_license", name, "low"]
        n = row["n_models"] - row["n_unknown"]
        if n >= _FEWEST:
            marks = tuple(
                Mark(floor, own["share"], own["ci_low"], own["ci_high"])
                for floor in _KINDS
                if (own := rates["ancestor_license", name, floor])["share"] is not None
            )
            lines.append(Row(name, marks, f"n = {n:,}"))
    empty = why(contents, _RATES, _NOBODY)
    return Section(
        "Obligations of ancestors' licenses, and who drops them",
        paragraphs=(
            "For every model, against every ancestor and not only its parents: does the model's "
            "own license keep what the ancestor's license asks of derivatives? Grave are use "
            "restrictions, share-alike, non-commercial and no-derivatives. Models whose own "
            "license is missing or was not reviewed do not tell.",
        ),
        pictures=(
            Picture(
                "policy-licenses",
                partial(
                    rows_of_marks,
                    [Part("", tuple(lines))] if lines else [],
                    _KINDS,
                    Scale("Share of descendants that drop it", low=0, is_share=True),
                    "Dropped obligations by the ancestor's license",
                    counted=f"n = {sum(1 for _ in lines)} licenses",
                    note=f"Lines are 95 % intervals over families; licenses with {_FEWEST} "
                    "descendants or more that tell",
                    empty=empty.rstrip("."),
                    row=0.4,
                ),
            ),
        ),
        tables=(
            _rate_table("By the ancestor's license: numbers", rates, "ancestor_license", empty),
        ),
    )


def dropped(contents: Contents) -> Section:
    """Show the rates by relation, own license, month and family.

    Parameters
    ----------
    contents : Contents
        The tables.

    Returns
    -------
    Section
        A table for each, folded.
    """
    rates = _rates(contents)
    empty = why(contents, _RATES, _NOBODY)
    return Section(
        "Where and when they are dropped",
        paragraphs=(
            "A model counts under each of its relations. Within one family the interval resamples "
            "authors, else families.",
        ),
        tables=tuple(
            _rate_table(words, rates, dimension, empty) for dimension, words in _DIMENSIONS.items()
        ),
    )


def _rate_table(
    caption: str,
    rates: dict[tuple[str, str, str], dict[str, Any]],
    dimension: str,
    empty: str,
) -> Table:
    rows = []
    groups = {
        group: row["n_models"]
        for (own, group, floor), row in rates.items()
        if own == dimension and floor == "low"
    }
    # Months keep their order, all else comes by its size.
    by_size = sorted(groups, key=lambda name: (-groups[name], name))
    for group in sorted(groups) if dimension == "month" else by_size:
        for floor, words in (("low", "any"), ("high", "grave")):
            row = rates[dimension, group, floor]
            rows.append(
                (
                    f"{group}; {words}",
                    *(
                        None if row[name] is None else Share(row[name])
                        for name in ("share", "ci_low", "ci_high", "bound_low", "bound_high")
                    ),
                    row["n_conflicts"],
                    row["n_models"],
                    row["n_unknown"],
                )
            )
    return Table(
        caption,
        (
            "Group and obligations",
            "Drop it",
            *INTERVAL,
            "At least",
            "At most",
            "Models with a conflict",
            "Models bound",
            "Do not tell",
        ),
        rows,
        empty=empty,
        is_folded=True,
        is_stacked=True,
    )


def examples(contents: Contents) -> Section:
    """Show the gravest conflicts of the most downloaded models, with their evidence.

    Parameters
    ----------
    contents : Contents
        The tables.

    Returns
    -------
    Section
        A table.
    """
    table = contents.table(_CONFLICTS)
    models = contents.table("hub.models").select("model_id", "downloads")
    grave = table.filter(
        (table.verdict == "conflict")
        & (table.severity == "high")
        & (table.confidence == "declared")
    )
    ordered = grave.join(models, "model_id").order_by(
        [models.downloads.desc(), "model_id", "ancestor_id", "obligation"]
    )
    rows = contents.rows(ordered.limit(_MOST)).to_pylist()
    total = contents.rows(grave.aggregate(n=grave.count())).to_pylist()[0]["n"]
    return Section(
        "Grave conflicts in what is most downloaded",
        paragraphs=(
            f"The first {len(rows):,} of {total:,} in which every license on the path is declared "
            "by the id of a reviewed one, so that nothing is guessed. 'biome license MODEL' shows "
            "all of a model, with every path.",
        )
        if rows
        else (),
        tables=(
            Table(
                "Grave conflicts",
                ("Model", "Its license", "Drops", "Lost between", "Downloads"),
                [
                    (
                        row["model_id"],
                        row["license"],
                        f"{row['obligation']} of {row['ancestor_license']}, "
                        f"{isolated(row['ancestor_id'])}",
                        " and ".join(isolated(name) for name in row["lost_between"]),
                        row["downloads"],
                    )
                    for row in rows
                ],
                empty=why(contents, _CONFLICTS, "No declared license drops a grave obligation."),
                is_stacked=True,
            ),
        ),
    )


def terms(contents: Contents) -> Section:
    """Show what each reviewed license asks for.

    Parameters
    ----------
    contents : Contents
        The tables.

    Returns
    -------
    Section
        A table, folded.
    """
    table = contents.table("policy.license_terms")
    rows = contents.rows(table.order_by("license")).to_pylist()
    reviewed = [row for row in rows if row["is_reviewed"]]
    return Section(
        "What licenses ask of who passes a derivative on",
        paragraphs=(
            f"{len(reviewed):,} licenses were reviewed with their full text at hand; "
            f"{len(rows) - len(reviewed):,} others that are known by name were not, and nothing "
            "is said of them.",
        ),
        tables=(
            Table(
                "Reviewed licenses",
                ("License", "Class", "Obligations and clauses", "Text read in"),
                [
                    (
                        row["license"],
                        row["class"],
                        "; ".join(
                            f"{name} ({clause})"
                            for name, clause in zip(row["obligations"], row["clauses"], strict=True)
                        )
                        or "none",
                        shown(row["source"]),
                    )
                    for row in reviewed
                ],
                empty=why(contents, "policy.license_terms", "No license was reviewed."),
                is_folded=True,
                is_stacked=True,
            ),
        ),
    )
