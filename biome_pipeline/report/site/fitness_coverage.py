"""Who has a config, and how these models differ from the rest.

What does not belong here: what the configs tell (``fitness_known``).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from biome_pipeline.report.figures.marks import Kind, Mark, Part, Row, Scale
from biome_pipeline.report.figures.rows import rows_of_marks
from biome_pipeline.report.site.fitness_words import (
    ends,
    interval,
    joined,
    rows_of,
)
from biome_pipeline.report.site.page import Finding, Parameters, Picture, Section, Share, Table
from biome_pipeline.report.site.tested import INTERVAL, why
from biome_pipeline.report.site.wording import percent

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from biome_pipeline.report.site.contents import Contents

__all__ = ["coverage_findings", "who_has_a_config"]

_COVERAGE = "fitness.coverage"
_ATTRIBUTES = {
    "n_children": "children",
    "n_descendants": "descendants",
    "downloads": "downloads in 30 days",
    "downloads_all_time": "downloads of all time",
    "likes": "likes",
    "age_days": "age in days",
    "parameters": "parameters",
    "has_relatives": "has relatives",
}
# What more and less of an attribute are called.
_MORE = {
    "age_days": ("are older", "are younger"),
    "has_relatives": ("have relatives more often", "have relatives less often"),
}


def who_has_a_config(contents: Contents) -> Section:
    """Say how many models have a config, and how they differ from the rest.

    Parameters
    ----------
    contents : Contents
        The tables.

    Returns
    -------
    Section
        Sentences, a figure of differences and a table.
    """
    rows = {row["attribute"]: row for row in rows_of(contents, _COVERAGE)}
    empty = why(contents, _COVERAGE, "The snapshot has no models.")
    compared = [rows[name] for name in _ATTRIBUTES if name in rows]
    n = rows["models"]["n_with"] + rows["models"]["n_without"] if "models" in rows else 0
    return Section(
        "How many models have a config, and how they differ from the rest",
        paragraphs=(
            "Configs are fetched of models that matter, and many models have none. Whatever this "
            "page says of traits, it says of models of which they are known, and these are no "
            "random sample.",
        ),
        findings=tuple(coverage_findings(rows)),
        pictures=(
            Picture(
                "fitness-coverage",
                partial(
                    rows_of_marks,
                    [Part("", tuple(_differences(compared)))],
                    {"difference": Kind("with less without, 95 % interval")},
                    Scale(
                        "Difference in standard deviations",
                        reference=0,
                        beside="n with / without",
                    ),
                    "Models with a config beside those without",
                    counted=f"n = {n:,} models",
                    note="Right of the line models with a config have more. Intervals are over "
                    "roots. Means of ln(1 + x); of relatives the share of models that have any",
                    empty=_no_difference(rows, empty),
                ),
            ),
        ),
        tables=(_coverage_table(compared, empty),),
    )


def _no_difference(rows: Mapping[str, Mapping[str, Any]], empty: str) -> str:
    models = rows.get("models")
    if models is None:
        return empty.rstrip(".")
    if not models["n_with"]:
        return "No model has a config"
    if not models["n_without"]:
        return "Every model has a config"
    return "No difference can be had"


def coverage_findings(rows: Mapping[str, Mapping[str, Any]]) -> Iterator[Finding]:
    """Say how many models have a config and how they differ.

    Parameters
    ----------
    rows : mapping of str to mapping
        Rows of ``fitness.coverage`` by attribute.

    Yields
    ------
    Finding
        Two sentences at most.
    """
    models = rows.get("models")
    if models is None:
        return
    n = models["n_with"] + models["n_without"]
    if not models["n_with"]:
        yield Finding(f"None of the {n:,} models of this snapshot has a config that was read.", n)
        return
    yield Finding(
        f"{models['n_with']:,} of {n:,} models ({percent(models['n_with'] / n)}) have a config "
        "that was read.",
        n,
    )
    more: list[str] = []
    less: list[str] = []
    open_: list[str] = []
    for name, words in _ATTRIBUTES.items():
        row = rows.get(name)
        if row is None or row["standardised_difference"] is None:
            continue
        low, high = ends(row, "standardised_difference")
        size = interval(low, high, "{:.2f}".format, f"{row['standardised_difference']:.2f}")
        higher, lower = _MORE.get(name, (f"have more {words}", f"have fewer {words}"))
        if low is None or high is None or low <= 0 <= high:
            open_.append(f"{words}{size}")
        else:
            (more if low > 0 else less).append(f"{higher if low > 0 else lower}{size}")
    told = []
    if more or less:
        told.append(f"Models with a config {joined([*more, *less])}.")
    if open_:
        told.append(f"It is not decided whether they differ in {joined(open_)}.")
    if told:
        yield Finding(f"{' '.join(told)} Differences are in standard deviations of ln(1 + x).", n)


def _differences(rows: Sequence[Mapping[str, Any]]) -> Iterator[Row]:
    for row in rows:
        mark = Mark(
            "difference", row["standardised_difference"], *ends(row, "standardised_difference")
        )
        if mark.is_drawn:
            yield Row(
                _ATTRIBUTES[row["attribute"]],
                (mark,),
                f"{row['n_with']:,} / {row['n_without']:,}",
            )


def _coverage_table(rows: Sequence[Mapping[str, Any]], empty: str) -> Table:
    return Table(
        "Models with and without a config: numbers",
        (
            "What is compared",
            "Mean with",
            "Mean without",
            "Median with",
            "Median without",
            "Difference",
            *INTERVAL,
            "Models with",
            "Models without",
            "Not known, with",
            "Not known, without",
        ),
        [
            (
                _ATTRIBUTES[row["attribute"]],
                *(
                    _cell(row["attribute"], row[name])
                    for name in ("mean_with", "mean_without", "median_with", "median_without")
                ),
                row["standardised_difference"],
                *ends(row, "standardised_difference"),
                row["n_with"],
                row["n_without"],
                row["n_unknown_with"],
                row["n_unknown_without"],
            )
            for row in rows
        ],
        empty=empty,
        is_folded=True,
        is_stacked=True,
    )


def _cell(attribute: str, value: float | None) -> float | None:
    if value is None:
        return None
    if attribute == "has_relatives":
        return Share(value)
    return Parameters(value) if attribute == "parameters" else value
