"""With and without mixture of experts, grouped queries, rope and quantization.

What does not belong here: the same traits in a regression (``fitness_regressions``).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from biome_pipeline.report.figures.fitness_bars import Bar, BarPanel, Group, grouped_bars
from biome_pipeline.report.figures.marks import Kind, Mark, Part, Row, Scale
from biome_pipeline.report.figures.rows import rows_of_marks
from biome_pipeline.report.site.fitness_words import (
    FLAGS,
    OUTCOMES,
    change,
    direction,
    ends,
    interval,
    no_rows,
    ratio_text,
    rows_of,
)
from biome_pipeline.report.site.page import Finding, Picture, Section, Similarity, Table
from biome_pipeline.report.site.tested import INTERVAL
from biome_pipeline.report.site.wording import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from biome_pipeline.report.site.contents import Contents

    Impact = Mapping[tuple[str, str, str], Mapping[str, Any]]

__all__ = ["feature_findings", "features"]

_TABLE = "fitness.feature_impact"
_FEATURES = {name: words for name, words in FLAGS.items() if name != "has_tied_embeddings"}
_MAIN = ("descendants", "downloads")
_BARS = {
    ("published", "with"): Kind("with, published rule", "main", is_hollow=True),
    ("published", "without"): Kind("without, published rule", "second", is_hollow=True),
    ("matched", "with"): Kind("with, matched", "main"),
    ("matched", "without"): Kind("without, matched", "second"),
}
_RULES = {
    "published": Kind(
        "published rule, of all models",
        "text",
        "D",
        4.6,
        is_hollow=True,
        line=1.4,
        aside=0.2,
    ),
    "matched": Kind("matched by family, size, quarter", aside=-0.2),
}
_DRAWN = ("descendants", "downloads", "likes", "children")
_LEVEL = 0.05


def features(contents: Contents) -> Section:
    """Make the section of features.

    Parameters
    ----------
    contents : Contents
        The tables.

    Returns
    -------
    Section
        Sentences, bars of means, ratios, and a table.
    """
    impact = {
        (row["feature"], row["outcome"], row["rule"]): row for row in rows_of(contents, _TABLE)
    }
    empty = no_rows(contents, _TABLE, "No feature of any model is known.")
    n = max((row["n_with"] + row["n_without"] for row in impact.values()), default=0)
    return Section(
        "With and without experts, grouped queries, rope and quantization",
        paragraphs=(
            "The published rule compares all models with a feature with all without, which may be "
            "of other ages, sizes and families, so that this says little of the feature. "
            "Matched, models are compared with those of the same family, size class and quarter, "
            "and p-values come from exchanging the feature among models of the same root.",
        )
        if impact
        else (),
        findings=tuple(feature_findings(impact)),
        pictures=(
            Picture(
                "fitness-features",
                partial(
                    grouped_bars,
                    [
                        _panel(impact, "descendants", "Mean descendants", Scale("Per model")),
                        _panel(
                            impact,
                            "downloads",
                            "Mean downloads",
                            Scale("In 30 days (log scale)", is_log=True),
                        ),
                    ],
                    {"/".join(key): kind for key, kind in _BARS.items()},
                    "With and without a feature",
                    counted=f"up to n = {n:,} models",
                    note="Matched means are of models that have a match. Lines are 95 % intervals "
                    "over roots. A log scale has no 0: compare ends, not lengths",
                    empty=empty.rstrip("."),
                ),
            ),
            Picture(
                "fitness-feature-ratios",
                partial(
                    rows_of_marks,
                    list(_ratio_parts(impact)),
                    _RULES,
                    Scale(
                        "With over without (log scale), 95 % intervals",
                        is_log=True,
                        reference=1,
                        beside="n with / without",
                    ),
                    "What goes with a feature, as a ratio",
                    counted=f"up to n = {n:,} models",
                    note="Right of the line models with the feature have more. n of the matched "
                    "comparison, or of the published where there is none. A ratio of 0 has no "
                    "place here, and an interval that reaches 0 is cut; the table has both",
                    empty=empty.rstrip("."),
                    row=0.36,
                ),
            ),
        ),
        tables=(_impact_table(impact, empty),),
    )


def _panel(impact: Impact, outcome: str, heading: str, scale: Scale) -> BarPanel:
    groups = []
    for feature, words in _FEATURES.items():
        bars = []
        for rule, side in _BARS:
            row = impact.get((feature, outcome, rule))
            if row is not None:
                mean = row[f"mean_{side}"]
                bars.append(
                    Bar(f"{rule}/{side}", mean, *ends(row, f"mean_{side}"), row[f"n_{side}"])
                )
        if bars:
            groups.append(Group(words, tuple(bars)))
    return BarPanel(heading, scale, tuple(groups))


def feature_findings(impact: Impact) -> Iterator[Finding]:
    """Say what goes with each feature, by both rules.

    Parameters
    ----------
    impact : mapping
        Rows of ``fitness.feature_impact`` by feature, outcome and rule.

    Yields
    ------
    Finding
        One for each feature and main outcome.
    """
    for feature, words in _FEATURES.items():
        for outcome in _MAIN:
            rows = {rule: impact.get((feature, outcome, rule)) for rule in _RULES}
            matched, published = rows["matched"], rows["published"]
            if matched is None and published is None:
                continue
            told = [f"{words[:1].upper()}{words[1:]} and {OUTCOMES[outcome]}:"]
            if matched is not None:
                told.append(_matched(matched))
            if published is not None and published["effect"] is not None:
                told.append(f"By the published rule {_size(published)}.")
            elif published is not None:
                told.append(f"The published rule gives no ratio: {_reason(published)}.")
            row = matched if matched is not None else published
            if row is None:
                continue
            told.append(f"It is not known of {row['n_unknown']:,} models.")
            yield Finding(" ".join(told), row["n_with"] + row["n_without"])


def _size(row: Mapping[str, Any]) -> str:
    size = f"ratio {ratio_text(row['effect'])}"
    around = interval(row["ci_low"], row["ci_high"], ratio_text, size)
    return f"models with it have {change(row['effect'])}{around}"


def _matched(row: Mapping[str, Any]) -> str:
    if row["effect"] is None:
        return f"matched, there is no ratio: {_reason(row)}."
    side = direction(row["ci_low"], row["ci_high"])
    told = f"matched, {'' if side else 'it is not decided; '}{_size(row)}"
    if row["p_value"] is not None:
        told += f", p {shown(row['p_value'])}, adjusted {shown(row['p_adjusted'])}"
        if side and row["p_adjusted"] is not None and row["p_adjusted"] > _LEVEL:
            told += ", which is not significant"
    elif row["reason"]:
        told += f", no p-value: {_reason(row)}"
    return f"{told}."


def _reason(row: Mapping[str, Any]) -> str:
    return str(row["reason"] or "not known").rstrip(".")


def _ratio_parts(impact: Impact) -> Iterator[Part]:
    least = _least(impact)
    for feature, words in _FEATURES.items():
        lines = []
        for outcome in _DRAWN:
            found = {rule: impact.get((feature, outcome, rule)) for rule in _RULES}
            marks = tuple(
                Mark(
                    rule,
                    row["effect"],
                    *(None if end is None else max(end, least) for end in around),
                )
                for rule, row in found.items()
                if row is not None and row["effect"]
                for around in [(row["ci_low"], row["ci_high"])]
            )
            row = next((row for row in reversed(found.values()) if row and row["effect"]), None)
            if marks and row is not None:
                counts = f"{row['n_with']:,} / {row['n_without']:,}"
                lines.append(Row(OUTCOMES[outcome], marks, counts))
        if lines:
            yield Part(f"{words[:1].upper()}{words[1:]}", tuple(lines))


def _least(impact: Impact) -> float:
    """Give where intervals are cut: a little below the lowest that has a place on the scale."""
    effects = [row["effect"] for row in impact.values() if row["effect"]]
    lows = [row["ci_low"] for row in impact.values() if row["effect"] and row["ci_low"]]
    return max(min([*effects, *lows], default=1.0) / 2, min(effects, default=1.0) / 100)


def _impact_table(impact: Impact, empty: str) -> Table:
    return Table(
        "Features: numbers",
        (
            "Feature, outcome and rule",
            "Ratio",
            *INTERVAL,
            "p",
            "p adjusted",
            "Mean with",
            *INTERVAL,
            "Mean without",
            *INTERVAL,
            "Models with",
            "Models without",
            "Not known",
            "Strata",
            "Roots",
            "Exchangeable",
            "Why not",
        ),
        [
            (
                f"{_FEATURES[feature]}; {OUTCOMES[outcome]}; {rule}",
                *(
                    None if row[name] is None else Similarity(row[name])
                    for name in ("effect", "ci_low", "ci_high")
                ),
                row["p_value"],
                row["p_adjusted"],
                row["mean_with"],
                *ends(row, "mean_with"),
                row["mean_without"],
                *ends(row, "mean_without"),
                row["n_with"],
                row["n_without"],
                row["n_unknown"],
                row["n_strata"],
                row["n_roots"],
                row["n_permutable"],
                row["reason"] or "",
            )
            for (feature, outcome, rule), row in impact.items()
            if feature in _FEATURES
        ],
        empty=empty,
        is_folded=True,
        is_stacked=True,
    )
