"""The page of the snapshot: which values are frequent, downloads, and sizes.

What does not belong here: who descends from whom (``genealogy``), and which fields are
filled (``quality``).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from biome_pipeline.report.figures.statistics import Bars, bar_panels
from biome_pipeline.report.site.page import Page, Parameters, Picture, Section, Share, Table
from biome_pipeline.vocabulary.arxiv_categories import category_name

if TYPE_CHECKING:
    from biome_pipeline.report.site.contents import Contents, Statistic

__all__ = ["SNAPSHOT", "top_values"]

# Statistic, title of its panel, and what to say if there is nothing.
_TOP = (
    ("license", "Licenses", "No model names a license"),
    ("task", "Tasks", "No model names a task"),
    ("language", "Languages", "No model names a language"),
    ("library", "Libraries", "No model names a library"),
    ("parent", "Parents by children", "No model names a parent"),
    ("dataset", "Datasets", "No model names a dataset"),
    ("arxiv_paper", "arXiv papers", "No model names a paper"),
    ("most_downloaded", "Recent downloads", "No downloads are known"),
)

# Where arXiv was asked, its subjects say more than the ids of papers.
_SUBJECTS = ("arxiv_category", "arXiv subjects", "No model names a paper with a known subject")

_CLASSES = ("<1B", "1-3B", "3-7B", "7-15B", "15-100B", "100B+")
_OF_CLASS = 3

_DOWNLOADS = (
    ("n_positive", "models downloaded"),
    ("share_positive", "share of models downloaded"),
    ("mean", "mean"),
    ("median", "median"),
    ("max", "largest"),
    ("total", "total"),
)

_MOST_DOWNLOADED = (
    ("most_downloaded", "Most downloaded recently", "recent"),
    ("most_downloaded_all_time", "Most downloaded of all time", "all-time"),
)

# Statistic, item, and how the table of comparisons names it.
_COMPARED = (
    ("downloads_by_doi", "mean_with", "Mean of models with a DOI"),
    ("downloads_by_doi", "mean_without", "Mean of models without a DOI"),
    ("downloads_by_doi", "ratio", "Ratio of the two"),
    ("downloads_by_doi", "matched_ratio", "Ratio within library, task and quarter"),
    ("downloads_by_doi", "ci_low", "Its 95 % interval, from"),
    ("downloads_by_doi", "ci_high", "Its 95 % interval, to"),
    ("downloads_ratio", "ratio_of_totals", "Recent to all-time downloads, totals"),
    ("trending", "n_trending", "Trending models (recent/all-time above 0.10)"),
    ("trending", "share", "Share of trending models"),
    ("declining", "n_declining", "Declining models (below a tenth of what their age lets expect)"),
    ("declining", "share", "Share of declining models"),
)


def _sections(contents: Contents) -> list[Section]:
    return [_top_values(contents), _downloads(contents), _sizes(contents)]


def _tops(contents: Contents) -> list[tuple[str, str, str]]:
    """Name the statistics of the eight panels, as far as this snapshot has them."""
    has_subjects = bool(contents.statistic(_SUBJECTS[0]))
    return [_SUBJECTS if has_subjects and row[0] == "arxiv_paper" else row for row in _TOP]


def _shown(statistic: str, item: str) -> str:
    return category_name(item) if statistic == _SUBJECTS[0] else item


def _bars(contents: Contents, statistic: str, title: str, empty: str) -> Bars:
    rows = contents.top(statistic)
    is_count_of_models = statistic != "most_downloaded"
    return Bars(
        title=title,
        items=tuple(_shown(statistic, row.item) for row in rows),
        counts=tuple(row.value for row in rows),
        # The share of all downloads is the only one that downloads have.
        shares=tuple(
            row.share_of_reporting if is_count_of_models else row.share_of_models for row in rows
        ),
        n=rows[0].n if rows else 0,
        empty=empty,
    )


def top_values(contents: Contents) -> Picture:
    """Give the summary of the snapshot: eight panels of its most frequent values.

    Parameters
    ----------
    contents : Contents
        The tables of the snapshot.

    Returns
    -------
    Picture
        The picture, one for all pages that show it.
    """
    panels = [_bars(contents, *names) for names in _tops(contents)]
    note = (
        "Share of the n models that report the field; of downloads, share of all downloads.\n"
        "A model with several values counts for each"
    )
    return Picture(
        "top-values",
        partial(bar_panels, panels, "The ten most frequent values of each field", note),
    )


def _top_values(contents: Contents) -> Section:
    return Section(
        "Most frequent values",
        pictures=(top_values(contents),),
        tables=tuple(
            Table(
                f"{title}: numbers",
                ("Value", "Models", "Share of all", "Of reporting"),
                [
                    (
                        _shown(statistic, row.item),
                        row.value,
                        *_shares(row.share_of_models, row.share_of_reporting),
                    )
                    for row in contents.top(statistic, 20)
                ],
                empty=f"{empty} in this snapshot.",
                is_folded=True,
            )
            for statistic, title, empty in _tops(contents)
            if statistic != "most_downloaded"
        ),
    )


def _shares(*shares: float | None) -> tuple[Share | None, ...]:
    return tuple(None if share is None else Share(share) for share in shares)


def _downloads(contents: Contents) -> Section:
    recent, ever = (contents.statistic(name) for name in ("downloads", "downloads_all_time"))

    def cell(rows: dict[str, Statistic], item: str) -> object:
        row = rows.get(item)
        if row is None:
            return None
        return Share(row.value) if item.startswith("share") else row.value

    n_recent, n_ever = (next((row.n for row in r.values()), 0) for r in (recent, ever))
    compared = []
    for statistic, item, words in _COMPARED:
        row = contents.statistic(statistic).get(item)
        if row is not None:
            value = Share(row.value) if item == "share" else row.value
            compared.append((words, value, row.n))
    ages = sorted(
        (int(row.item.removeprefix("age_")), row)
        for row in contents.statistic("downloads_ratio").values()
        if row.item.startswith("age_")
    )
    return Section(
        "Downloads",
        paragraphs=(
            "Recent downloads are those of about 30 days. Where few models have most of the "
            "downloads, the mean is far above the median.",
        ),
        tables=(
            Table(
                "Downloads of a model",
                ("", f"recent (n = {n_recent:,})", f"all time (n = {n_ever:,})"),
                [
                    (words, cell(recent, item), cell(ever, item))
                    for item, words in _DOWNLOADS
                    if item in recent or item in ever
                ],
                empty="No downloads are known in this snapshot.",
            ),
            Table(
                "Downloads compared",
                ("", "Value", "n"),
                compared,
                empty="There is nothing to compare: no model has a DOI or both counts.",
            ),
            Table(
                "Median of recent to all-time downloads by age of the model",
                ("Age in years", "Median ratio", "n"),
                [(age, row.value, row.n) for age, row in ages],
                empty="No model has both counts and a date of creation.",
                is_folded=True,
            ),
            *(
                Table(
                    title,
                    ("Model", "Downloads", "Share of all"),
                    [
                        (row.item, row.value, *_shares(row.share_of_models))
                        for row in contents.top(statistic, 20)
                    ],
                    empty=f"No {word} downloads are known in this snapshot.",
                    is_folded=True,
                )
                for statistic, title, word in _MOST_DOWNLOADED
            ),
        ),
    )


def _sizes(contents: Contents) -> Section:
    classes = contents.statistic("parameters_class")
    dtypes = contents.top("dtype")
    present = [classes[name] for name in _CLASSES if name in classes]
    n = present[0].n if present else 0
    panels = [
        Bars(
            "Parameters",
            tuple(row.item for row in present),
            tuple(row.value for row in present),
            tuple(row.share_of_reporting for row in present),
            n,
            "No model tells its parameters",
        ),
        Bars(
            "Number formats",
            tuple(row.item for row in dtypes),
            tuple(row.value for row in dtypes),
            tuple(row.share_of_reporting for row in dtypes),
            dtypes[0].n if dtypes else 0,
            "No model tells its number formats",
        ),
    ]
    title = "Models by number of parameters and by number format"
    note = "From the headers of safetensors files; a model may have several formats"
    percentiles = contents.statistic("parameters")
    bits = contents.statistic("dtype_bits")
    totals = contents.statistic("dtype_parameters")
    of_class = [
        (name, model, row)
        for row in contents.top("largest_of_class", 1_000)
        for name, _, model in [row.item.partition(": ")]
    ]
    most_downloaded = [
        (model, name, row.value)
        for size_class in _CLASSES
        for name, model, row in [found for found in of_class if found[0] == size_class][:_OF_CLASS]
    ]
    return Section(
        "Size of models",
        pictures=(Picture("sizes-of-models", partial(bar_panels, panels, title, note)),),
        tables=(
            Table(
                "Parameters of a model",
                ("", "Parameters", "n"),
                [
                    (words, Parameters(percentiles[item].value), percentiles[item].n)
                    for item, words in _PERCENTILES
                    if item in percentiles
                ],
                empty="No model of this snapshot tells its parameters.",
            ),
            Table(
                "Number formats",
                ("Format", "Bits", "Models", "Parameters in it"),
                [
                    (
                        row.item,
                        bits[row.item].value if row.item in bits else None,
                        row.value,
                        Parameters(totals[row.item].value) if row.item in totals else None,
                    )
                    for row in dtypes
                ],
                empty="No model of this snapshot tells its number formats.",
                is_folded=True,
            ),
            Table(
                "Most downloaded models of each size",
                ("Model", "Parameters", "Recent downloads"),
                most_downloaded,
                empty="No model tells both its parameters and its downloads.",
            ),
        ),
    )


_PERCENTILES = (
    ("p0", "smallest"),
    ("p25", "a quarter has at most"),
    ("p50", "median"),
    ("p75", "three quarters have at most"),
    ("p100", "largest"),
    ("mean", "mean"),
)


SNAPSHOT = Page(
    file="snapshot.html",
    title="Snapshot",
    lead="Licenses, tasks, languages, libraries, downloads and sizes.",
    sections=_sections,
)
