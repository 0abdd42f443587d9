"""Columns of the tables of the schema ``drift`` on numbers and on time."""

from __future__ import annotations

from biome_pipeline.vocabulary.relations import RELATIONS
from biome_pipeline.warehouse.fields.field import Field

__all__ = ["ALL"]

_NUMERIC = "drift.numeric"
_QUARTER = "drift.by_quarter"

_INTERVAL = "of its 95 % interval, from resampling families; NULL with fewer than two."


def _estimate(
    name: str, meaning: str, unit: str, *, source: str = "computed"
) -> tuple[Field, Field, Field]:
    return (
        Field(name, "DOUBLE", meaning, unit, source),
        Field(
            f"{name}_ci_low", "DOUBLE", f"Lower end {_INTERVAL}", unit, "bootstrap over families"
        ),
        Field(
            f"{name}_ci_high", "DOUBLE", f"Upper end {_INTERVAL}", unit, "bootstrap over families"
        ),
    )


ALL = (
    Field(
        "relation",
        "VARCHAR",
        "How the child was made from the parent; all is every edge of the graph.",
        source="declarations",
        values=("all", *RELATIONS),
        table=_NUMERIC,
    ),
    Field(
        "attribute",
        "VARCHAR",
        "What changes: has_card and is_auto_generated are 0 or 1; a length is that of a card that "
        "was read, bespoke that of one no program wrote; n_languages is missing where none is "
        "stated, n_languages_or_none is 0 there.",
        source="computed",
        values=(
            "has_card",
            "is_auto_generated",
            "card_characters",
            "card_characters_bespoke",
            "card_words",
            "n_languages",
            "n_languages_or_none",
            "likes",
            "downloads",
        ),
    ),
    Field(
        "weighting",
        "VARCHAR",
        "What weighs the same: every edge (published), or every parent.",
        source="computed",
        values=("edge", "parent"),
        table=_NUMERIC,
    ),
    Field(
        "n",
        "BIGINT",
        "Edges on which both ends are known.",
        "edges",
        "computed",
        table=_NUMERIC,
    ),
    Field(
        "n_missing",
        "BIGINT",
        "Edges on which one of the ends is not known.",
        "edges",
        "computed",
        table=_NUMERIC,
    ),
    Field(
        "n_parents",
        "BIGINT",
        "Parents of the edges on which both ends are known.",
        "models",
        "computed",
        table=_NUMERIC,
    ),
    *_estimate("mean_parent", "Mean of the parents; NULL without edges.", "as the attribute"),
    *_estimate("mean_child", "Mean of the children; NULL without edges.", "as the attribute"),
    *_estimate("mean_difference", "Mean of child less parent.", "as the attribute"),
    *_estimate("ratio_of_means", "mean_child over mean_parent; NULL if that is 0.", "ratio"),
    *_estimate("share_lower", "Share of edges on which the child has less.", "share"),
    *_estimate("share_higher", "Share of edges on which the child has more.", "share"),
    Field(
        "n_change",
        "BIGINT",
        "Edges of n on which the parent is above 0; 0 for flags.",
        "edges",
        "computed",
    ),
    *_estimate(
        "mean_change",
        "Mean of (child - parent) / parent over edges with a parent above 0; NULL for flags.",
        "ratio",
    ),
    Field(
        "n_log_ratio",
        "BIGINT",
        "Edges of n on which both ends are above 0; 0 for flags.",
        "edges",
        "computed",
    ),
    *_estimate(
        "median_log_ratio",
        "Median of ln(child / parent) over edges with both ends above 0; NULL for flags.",
        "natural logarithm",
    ),
    *(
        Field(
            f"published_{name}",
            "DOUBLE",
            f"Published {name} of the graph all by edge, of the paper's snapshot of 2025, which is "
            "not public; by relation read off a figure.",
            unit,
            "arXiv 2508.06811, its code",
        )
        for name, unit in (
            ("mean_parent", "as the attribute"),
            ("mean_child", "as the attribute"),
            ("mean_difference", "as the attribute"),
            ("mean_change", "ratio"),
        )
    ),
    # by quarter
    Field(
        "quarter",
        "DATE",
        "First day of the quarter in which the child was created.",
        "UTC",
        "created_at",
    ),
    Field(
        "n",
        "BIGINT",
        "Edges of the quarter, each pair once, silent ones too.",
        "edges",
        "computed",
        table=_QUARTER,
    ),
    Field(
        "n_reporting", "BIGINT", "Edges of which both ends report the trait.", "edges", "computed"
    ),
    Field(
        "rate",
        "DOUBLE",
        "Mean over reporting edges of 1 less the share of common values; NULL without any.",
        "share",
        "computed",
    ),
    Field(
        "compared_with",
        "DATE",
        "First day of the last quarter before that has a rate; NULL for the first.",
        "UTC",
        "computed",
    ),
    *_estimate("change", "rate less that of compared_with.", "share"),
    *_estimate(
        "composition_part",
        "Part of the change that comes from other shares of the relations.",
        "share",
        source="Kitagawa 1955",
    ),
    *_estimate(
        "behaviour_part",
        "Part of the change that comes from other rates within the relations.",
        "share",
        source="Kitagawa 1955",
    ),
    Field(
        "share_common",
        "DOUBLE",
        "Share of the reporting edges in relations that both quarters have, mean of the two.",
        "share",
        "computed",
    ),
    *_estimate(
        "family_composition_part",
        "Part of the change that comes from other shares of the families; a family of one quarter "
        "only is in it whole.",
        "share",
        source="Kitagawa 1955",
    ),
    *_estimate(
        "family_behaviour_part",
        "Part of the change that comes from other rates within the families of both quarters.",
        "share",
        source="Kitagawa 1955",
    ),
    Field(
        "family_share_common",
        "DOUBLE",
        "Share of the reporting edges in families that both quarters have, mean of the two.",
        "share",
        "computed",
    ),
)
