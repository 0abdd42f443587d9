"""Statistics and missing values of a snapshot, recomputed plainly with pandas.

One definition per function, on the models and edges of ``reference.hub`` and
``reference.descent``. Nothing here shares code with the package; the reviewed
vocabularies are data and are shared.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from biome_pipeline.vocabulary.dtypes import DTYPE_BITS
from biome_pipeline.vocabulary.relations import RELATIONS
from biome_pipeline_tests.reference.hub import traits

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["matched_doi", "quality", "statistics"]

Row = dict[str, Any]

_LISTS = {"languages", "datasets", "arxiv_ids", "tags", "dtype_parameters"}
_FIELDS = (
    "hub_id", "author", "created_at", "last_modified", "likes", "downloads", "downloads_all_time",
    "trending_score", "pipeline_tag", "library_name", "license", "languages", "datasets",
    "arxiv_ids", "doi", "parameters", "dtype_parameters", "gated", "has_weights", "tags",
)  # fmt: skip
_CLASSES = (
    ("<1B", 0, 1), ("1-3B", 1, 3), ("3-7B", 3, 7), ("7-15B", 7, 15), ("15-100B", 15, 100),
    ("100B+", 100, np.inf),
)  # fmt: skip


def quality(people: Sequence[Row]) -> list[Row]:
    """Count the models without each field."""
    n_models = len(people)
    found = []
    for field in _FIELDS:
        values = [row[field] for row in people]
        n_missing = sum(value is None or (field in _LISTS and not value) for value in values)
        share = n_missing / n_models if n_models else None
        found.append(
            {
                "field": field,
                "n_models": n_models,
                "n_missing": n_missing,
                "share_missing": share,
            }
        )
    return found


def statistics(
    people: Sequence[Row], descents: Sequence[Row], papers: Sequence[Row], today: str
) -> list[Row]:
    """Give every statistic but the interval, which is drawn."""
    frame = pd.DataFrame(people)
    n_models = len(people)
    return [
        *_coverage(people),
        *_shares(people),
        *_tops(people),
        *_subjects(people, papers),
        *(row for name in ("downloads", "downloads_all_time") for row in _downloads(frame, name)),
        *_ratios(frame, today),
        *_doi(frame),
        *_parameters(frame),
        *_dtypes(people),
        *_descent(descents, n_models),
    ]


def _row(statistic: str, item: str, value: float, n: int, of: Any = None, among: Any = None) -> Row:
    return {
        "statistic": statistic,
        "item": item,
        "value": float(value),
        "n": int(n),
        "share_of_models": of,
        "share_of_reporting": among,
    }


def _count(statistic: str, item: str, count: int, n: int, n_models: int) -> Row:
    return _row(
        statistic,
        item,
        count,
        n,
        float(count) / n_models if n_models else None,
        float(count) / n if n else None,
    )


def _coverage(people: Sequence[Row]) -> Iterable[Row]:
    n_models = len(people)
    for row in quality(people):
        n = n_models - row["n_missing"]
        yield _row("coverage", row["field"], n, n_models, n / n_models if n_models else None)


def _shares(people: Sequence[Row]) -> Iterable[Row]:
    with_weights = [row for row in people if row["has_weights"]]
    gating = [row["gated"] for row in people if row["gated"] is not None]
    flags = {
        "autotrain_compatible": ["autotrain_compatible" in (row["tags"] or []) for row in people],
        "endpoints_compatible": ["endpoints_compatible" in (row["tags"] or []) for row in people],
        "safetensors": [row["has_safetensors"] for row in people],
        "safetensors_of_models_with_weights": [row["has_safetensors"] for row in with_weights],
        "doi": [row["doi"] is not None for row in people],
        "gated": [word != "false" for word in gating],
    }
    for item, values in flags.items():
        if values:
            yield _row("share", item, sum(values) / len(values), len(values))


def _tops(people: Sequence[Row]) -> Iterable[Row]:
    listed = pd.DataFrame(traits(people), columns=["model_id", "trait", "value"])
    for trait, rows in listed.groupby("trait"):
        name = "arxiv_paper" if trait == "arxiv" else trait
        n = rows.model_id.nunique()
        counts = rows.value.value_counts().to_dict()
        first = sorted(counts, key=lambda item: (-counts[item], item.encode()))[:1000]
        for item in first:
            yield _count(name, item, counts[item], n, len(people))
    for column, name in (
        ("downloads", "most_downloaded"),
        ("downloads_all_time", "most_downloaded_all_time"),
    ):
        known = [row for row in people if row[column] is not None]
        total = sum(row[column] for row in known)
        known.sort(key=lambda row: (-row[column], row["model_id"].encode()))
        for row in known[:100]:
            share = row[column] / total if total else None
            yield _row(name, row["model_id"], row[column], len(known), share)


def _subjects(people: Sequence[Row], papers: Sequence[Row]) -> Iterable[Row]:
    of_paper = {row["arxiv_id"]: set(row["categories"]) for row in papers if row["categories"]}
    of_model = [
        set().union(*(of_paper.get(paper, set()) for paper in row["arxiv_ids"])) for row in people
    ]
    known = [subjects for subjects in of_model if subjects]
    for code in sorted(set().union(*of_paper.values(), set())):
        n_papers = sum(code in subjects for subjects in of_paper.values())
        share = n_papers / len(of_paper)
        yield _row("arxiv_category_papers", code, n_papers, len(of_paper), None, share)
        n_naming = sum(code in subjects for subjects in known)
        yield _count("arxiv_category", code, n_naming, len(known), len(people))


def _downloads(frame: pd.DataFrame, column: str) -> Iterable[Row]:
    if frame.empty:
        return
    values = frame[column].dropna().astype("int64")
    n = len(values)
    if not n:
        return
    n_positive = int((values > 0).sum())
    total = sum(values.tolist())
    yield _count(column, "n_positive", n_positive, n, len(frame))
    yield _row(column, "share_positive", n_positive / n, n)
    yield _row(column, "mean", Fraction(total, n), n)
    yield _row(column, "median", values.median(), n)
    yield _row(column, "total", total, n)
    yield _row(column, "max", values.max(), n)


def _ratios(frame: pd.DataFrame, today: str) -> Iterable[Row]:
    if frame.empty:
        return
    known = frame[frame.downloads.notna() & (frame.downloads_all_time > 0)].copy()
    n = len(known)
    if not n:
        return
    recent = known.downloads.astype("float64")
    ever = known.downloads_all_time.astype("float64")
    known["ratio"] = recent / ever
    born = pd.to_datetime(known.created_at).dt.normalize()
    age = (pd.Timestamp(today) - born).dt.days
    is_true = (known.is_created_at_backfilled == False) & (age >= 0)  # noqa: E712 - NULL is not False
    dated = known[is_true].assign(age=age[is_true])
    yield _row("downloads_ratio", "ratio_of_totals", recent.sum() / ever.sum(), n)
    for year, rows in dated.groupby(dated.age // 365):
        yield _row("downloads_ratio", f"age_{int(year)}", rows.ratio.median(), len(rows))
    n_trending = int((known.ratio > 0.10).sum())
    yield _count("trending", "n_trending", n_trending, n, len(frame))
    yield _row("trending", "share", n_trending / n, n)
    if len(dated):
        even = 30 / dated.age.clip(lower=30)
        n_declining = int((dated.ratio < 0.10 * even).sum())
        yield _count("declining", "n_declining", n_declining, len(dated), len(frame))
        yield _row("declining", "share", n_declining / len(dated), len(dated))


def _doi(frame: pd.DataFrame) -> Iterable[Row]:
    if frame.empty:
        return
    known = frame[frame.downloads.notna()]
    known = known.assign(downloads=known.downloads.astype("float64"))
    with_doi, without = known[known.doi.notna()], known[known.doi.isna()]
    if with_doi.empty or without.empty:
        return
    mean_with, mean_without = with_doi.downloads.mean(), without.downloads.mean()
    yield _row("downloads_by_doi", "mean_with", mean_with, len(with_doi))
    yield _row("downloads_by_doi", "mean_without", mean_without, len(without))
    if mean_without:
        yield _row("downloads_by_doi", "ratio", mean_with / mean_without, len(known))
    treated, expected = matched_doi(known)
    if sum(expected):
        ratio = sum(treated) / sum(expected)
        yield _row("downloads_by_doi", "matched_ratio", ratio, len(treated))


def matched_doi(known: pd.DataFrame) -> tuple[list[float], list[float]]:
    """Pair each model that has a DOI with the mean of its equals that have none."""
    known = known[known.created_at.notna()]
    quarter = pd.to_datetime(known.created_at).dt.to_period("Q").astype(str)
    keys = [
        (row.library_name or "", row.pipeline_tag or "", when, row.is_created_at_backfilled)
        for row, when in zip(
            known.astype(object).where(known.notna(), None).itertuples(), quarter, strict=True
        )
    ]
    known = known.assign(stratum=pd.Series(keys, index=known.index, dtype=object))
    means = known[known.doi.isna()].groupby("stratum").downloads.mean()
    treated, expected = [], []
    for row in known[known.doi.notna()].itertuples():
        if row.stratum in means.index:
            treated.append(row.downloads)
            expected.append(means[row.stratum])
    return treated, expected


def _parameters(frame: pd.DataFrame) -> Iterable[Row]:
    if frame.empty:
        return
    known = frame[frame.parameters.notna()]
    values = known.parameters.astype("int64")
    n = len(values)
    if not n:
        return
    yield _count("parameters", "n", n, n, len(frame))
    for p in (0, 25, 50, 75, 100):
        yield _row("parameters", f"p{p}", values.astype("float64").quantile(p / 100), n)
    yield _row("parameters", "mean", Fraction(sum(values.tolist()), n), n)
    for name, low, high in _CLASSES:
        inside = known[(values >= low * 1e9) & (values < high * 1e9)]
        yield _count("parameters_class", name, len(inside), n, len(frame))
        ranked = inside[inside.downloads.notna()].sort_values(
            ["downloads", "model_id"], ascending=[False, True]
        )
        for row in ranked.head(10).itertuples():
            yield _row("largest_of_class", f"{name}: {row.model_id}", row.downloads, len(inside))


def _dtypes(people: Sequence[Row]) -> Iterable[Row]:
    typed = [row["dtype_parameters"] for row in people if row["dtype_parameters"]]
    for dtype in sorted({name for held in typed for name in held}):
        counts = [held[dtype] for held in typed if dtype in held]
        yield _count("dtype", dtype, len(counts), len(typed), len(people))
        yield _row("dtype_parameters", dtype, sum(counts), len(counts))
        if dtype in DTYPE_BITS:
            yield _row("dtype_bits", dtype, DTYPE_BITS[dtype], len(counts))


def _descent(descents: Sequence[Row], n_models: int) -> Iterable[Row]:
    kept = [row for row in descents if not row["is_excluded"]]
    absent = [row for row in descents if row["excluded_reason"] == "absent"]
    pairs = {(row["parent_id"], row["child_id"]) for row in kept}
    n = len({child for _, child in pairs})
    for relation in RELATIONS:
        children = {row["child_id"] for row in kept if row["relation"] == relation}
        yield _count("relation", relation, len(children), n, n_models)
    counts: dict[str, int] = {}
    for parent, _ in pairs:
        counts[parent] = counts.get(parent, 0) + 1
    for parent in sorted(counts, key=lambda item: (-counts[item], item.encode()))[:1000]:
        yield _count("parent", parent, counts[parent], n, n_models)
    declaring = len({row["child_id"] for row in descents})
    for item, count in (
        ("n_models_with_parent", n),
        ("n_models_declaring_parent", declaring),
        ("n_models_with_absent_parent", len({row["child_id"] for row in absent})),
        ("n_parents", len(counts)),
    ):
        yield _count("base_models", item, count, n_models, n_models)
    yield _row("base_models", "n_pairs", len(pairs), n)
    yield _row(
        "base_models", "n_absent_parents", len({row["parent_id"] for row in absent}), declaring
    )
