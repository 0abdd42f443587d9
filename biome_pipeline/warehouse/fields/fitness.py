"""Columns of the schema ``fitness``: models, and groups of them.

What does not belong here: columns of regressions (``fitness_models``) and of config
mutations (``fitness_mutations``).
"""

from __future__ import annotations

from biome_pipeline.vocabulary.model_families import FAMILIES
from biome_pipeline.vocabulary.relations import RELATIONS
from biome_pipeline.warehouse.fields.field import Field

__all__ = ["ALL"]

_MODELS = "fitness.models"
_COVERAGE = "fitness.coverage"
_SUMMARY = "fitness.summary"
_IMPACT = "fitness.feature_impact"
_GROUPED = ("fitness.by_size", "fitness.by_family", "fitness.by_context", "fitness.sweet_spots")

_INTERVAL = "of its 95 % interval, from resampling roots; NULL with fewer than two."


def _estimate(name: str, meaning: str, unit: str) -> tuple[Field, Field, Field]:
    return (
        Field(name, "DOUBLE", meaning, unit, "computed"),
        Field(f"{name}_ci_low", "DOUBLE", f"Lower end {_INTERVAL}", unit, "bootstrap over roots"),
        Field(f"{name}_ci_high", "DOUBLE", f"Upper end {_INTERVAL}", unit, "bootstrap over roots"),
    )


_OF_MODELS = (
    Field(
        "root_id",
        "VARCHAR",
        "Root of the model's family in the graph all; the model itself if it has no relatives.",
        source="genealogy.members",
        table=_MODELS,
    ),
    Field(
        "role",
        "VARCHAR",
        "How the model was made: the first of its relations to its parents, root if it has "
        "children and no parent, unrelated if neither.",
        source="genealogy.edges",
        values=(*RELATIONS, "root", "unrelated"),
    ),
    Field(
        "has_config",
        "BOOLEAN",
        "Whether the whole config of the model was read.",
        source="hub.configs",
    ),
    Field(
        "parameters",
        "BIGINT",
        "Number of parameters: the total of safetensors unless its numbers are packed, else as "
        "computed from the config, else the packed total.",
        "parameters",
        "safetensors.total, config.json",
        table=_MODELS,
    ),
    Field(
        "parameters_source",
        "VARCHAR",
        "Where the number of parameters comes from; NULL if it is not known.",
        source="computed",
        values=("safetensors", "config", "packed safetensors"),
    ),
    Field(
        "n_children", "BIGINT", "Children, by any relation.", "models", "computed", table=_MODELS
    ),
    Field(
        "n_descendants",
        "BIGINT",
        "Descendants, by any relations.",
        "models",
        "computed",
        table=_MODELS,
    ),
    Field(
        "n_descendants_unquantized",
        "BIGINT",
        "Descendants by any relations but quantized.",
        "models",
        "computed",
    ),
    Field(
        "n_descendants_finetune",
        "BIGINT",
        "Descendants by finetune alone, as the published analysis counts them.",
        "models",
        "computed",
    ),
    Field(
        "age_days",
        "DOUBLE",
        "Time from the model's creation to the end of the snapshot's day, at least 1; NULL if the "
        "date is not known, and too short if it is backfilled.",
        "days",
        "created_at",
    ),
    Field(
        "quarter",
        "DATE",
        "First day of the quarter in which the model was created; NULL if that is not known.",
        "UTC",
        "created_at",
        table=_MODELS,
    ),
    Field(
        "is_created_at_backfilled",
        "BOOLEAN",
        "Whether created_at is the day on which the Hub began to record dates; false if there is "
        "none.",
        source="created_at",
        table=_MODELS,
    ),
)

_OF_COVERAGE = (
    Field(
        "attribute",
        "VARCHAR",
        "What is compared; models is the number of models itself.",
        source="computed",
        values=(
            "models",
            "n_children",
            "n_descendants",
            "downloads",
            "downloads_all_time",
            "likes",
            "age_days",
            "parameters",
            "has_relatives",
        ),
        table=_COVERAGE,
    ),
    Field("n_with", "BIGINT", "Models with a config.", "models", "computed", table=_COVERAGE),
    Field("n_without", "BIGINT", "Models without one.", "models", "computed", table=_COVERAGE),
    Field("share_with", "DOUBLE", "n_with over both.", "share", "computed", table=_COVERAGE),
    Field("n_unknown_with", "BIGINT", "Models with a config that lack it.", "models", "computed"),
    Field("n_unknown_without", "BIGINT", "Models without one that lack it.", "models", "computed"),
    Field("mean_with", "DOUBLE", "Mean of those with it.", "as the attribute", "computed"),
    Field("mean_without", "DOUBLE", "Mean of those without it.", "as the attribute", "computed"),
    Field("median_with", "DOUBLE", "Median of those with it.", "as the attribute", "computed"),
    Field("median_without", "DOUBLE", "Median of those without.", "as the attribute", "computed"),
    *_estimate(
        "standardised_difference",
        "Difference of the means of ln(1 + x), with less without, over the pooled standard "
        "deviation; of has_relatives of the shares.",
        "standard deviations",
    ),
)

_OF_GROUPS = (
    *(
        Field(
            "rule",
            "VARCHAR",
            "Which models count: published takes the notebook's, robust all whose value is known.",
            source="computed",
            values=("published", "robust"),
            table=table,
        )
        for table in (*_GROUPED, _SUMMARY)
    ),
    Field(
        "family",
        "VARCHAR",
        "Family of the architecture; all is every model together.",
        source="model_type, architecture",
        values=("all", *FAMILIES),
        table="fitness.by_context",
    ),
    Field("bin", "VARCHAR", "The class of sizes or lengths.", source="computed"),
    Field("bin_low", "DOUBLE", "What lies in the bin is above this.", "as the bin", "computed"),
    Field(
        "bin_high",
        "DOUBLE",
        "What lies in the bin is at most this; NULL of the last.",
        "as the bin",
        "computed",
    ),
    *(
        Field("n", "BIGINT", "Models of the group.", "models", "computed", table=table)
        for table in _GROUPED
    ),
    *(
        Field(
            "n_missing",
            "BIGINT",
            "Models of the rule that are in no group, as their value is not known.",
            "models",
            "computed",
            table=table,
        )
        for table in _GROUPED
    ),
    Field("n_roots", "BIGINT", "Roots that the numbers rest on.", "roots", "computed"),
    *_estimate("mean_descendants", "Mean number of descendants.", "models"),
    Field("median_descendants", "DOUBLE", "Median number of descendants.", "models", "computed"),
    *_estimate("mean_downloads", "Mean downloads of 30 days.", "downloads"),
    Field("median_downloads", "DOUBLE", "Median downloads of 30 days.", "downloads", "computed"),
    *_estimate("mean_likes", "Mean number of likes.", "likes"),
    Field("median_likes", "DOUBLE", "Median number of likes.", "likes", "computed"),
    Field(
        "share_without_downloads",
        "DOUBLE",
        "Share of the models without downloads in 30 days.",
        "share",
        "computed",
    ),
    Field(
        "mean_parameters",
        "DOUBLE",
        "Mean number of parameters of those of which it is known.",
        "parameters",
        "computed",
    ),
    *_estimate(
        "descendants_per_year", "Descendants by the sum of the models' ages.", "models per year"
    ),
    *_estimate(
        "downloads_per_month",
        "Downloads by the sum of the models' ages, of each at most 30 days.",
        "downloads per 30 days",
    ),
    Field(
        "probability_best_descendants",
        "DOUBLE",
        "Share of the replicates in which the group has most descendants (published: the highest "
        "mean; robust: most per year); ties are shared.",
        "share",
        "bootstrap over roots",
    ),
    Field(
        "probability_best_downloads",
        "DOUBLE",
        "Share of the replicates in which the group has most downloads (published: the highest "
        "mean; robust: most per month); ties are shared.",
        "share",
        "bootstrap over roots",
    ),
    Field(
        "is_best_descendants",
        "BOOLEAN",
        "Whether the group has most descendants, by the same measure; NULL if it cannot be best.",
        source="computed",
    ),
    Field(
        "is_best_downloads",
        "BOOLEAN",
        "Whether the group has most downloads, by the same measure; NULL if it cannot be best.",
        source="computed",
    ),
    Field(
        "item",
        "VARCHAR",
        "What is summed up.",
        source="computed",
        values=(
            "models",
            "descendants",
            "downloads",
            "best_size_descendants",
            "best_size_downloads",
            "best_spot_descendants",
            "best_spot_downloads",
            "best_family_descendants",
            "best_family_downloads",
            "gqa_descendants_with",
            "gqa_descendants_without",
            "moe_descendants_with",
            "moe_descendants_without",
            "gqa_downloads_with",
            "gqa_downloads_without",
            "moe_downloads_with",
            "moe_downloads_without",
        ),
        table=_SUMMARY,
    ),
    Field(
        "value", "DOUBLE", "Total, or mean; NULL if there is none.", "as the item", table=_SUMMARY
    ),
    Field("label", "VARCHAR", "The best group; NULL of totals and means.", source="computed"),
    Field("n", "BIGINT", "Models that it rests on.", "models", "computed", table=_SUMMARY),
)

_OF_FEATURES = (
    Field(
        "feature",
        "VARCHAR",
        "A choice that a config makes or not.",
        source="computed",
        values=("uses_moe", "uses_gqa", "uses_rope", "uses_quantization"),
    ),
    Field(
        "rule",
        "VARCHAR",
        "How models are compared: published takes all alike, matched those of the same family, "
        "size class and quarter.",
        source="computed",
        values=("published", "matched"),
        table=_IMPACT,
    ),
    Field("n_with", "BIGINT", "Models with the feature.", "models", "computed", table=_IMPACT),
    Field("n_without", "BIGINT", "Models without it.", "models", "computed", table=_IMPACT),
    Field("n_unknown", "BIGINT", "Models of which it is not known.", "models", "computed"),
    Field(
        "mean_with",
        "DOUBLE",
        "Mean of those with the feature; matched: of those that have a match.",
        "as the outcome",
        table=_IMPACT,
    ),
    Field(
        "mean_without",
        "DOUBLE",
        "Mean of those without; matched: of those that have a match.",
        "as the outcome",
        table=_IMPACT,
    ),
    *(
        Field(
            f"mean_{side}_ci_{end}",
            "DOUBLE",
            f"{word} {_INTERVAL}",
            "as the outcome",
            "bootstrap over roots",
        )
        for side in ("with", "without")
        for end, word in (("low", "Lower end"), ("high", "Upper end"))
    ),
    Field(
        "effect",
        "DOUBLE",
        "Of published mean_with over mean_without, of matched the Mantel-Haenszel ratio of the "
        "rates.",
        "ratio",
        "computed",
        table=_IMPACT,
    ),
    Field(
        "p_value",
        "DOUBLE",
        "Two-sided, from exchanging the feature within the same root and stratum; NULL if nothing "
        "can be exchanged, and of published.",
        source="permutation",
        table=_IMPACT,
    ),
    Field(
        "p_adjusted",
        "DOUBLE",
        "The p-value adjusted within its rule (Benjamini and Hochberg 1995).",
        source="computed",
        table=_IMPACT,
    ),
    Field("n_strata", "BIGINT", "Strata with models of both kinds.", "strata", "computed"),
    Field(
        "n_permutable",
        "BIGINT",
        "Models that share their root and stratum with one of the other kind.",
        "models",
        "computed",
    ),
    Field(
        "reason",
        "VARCHAR",
        "Why there is no effect, or no p-value; NULL if there are both.",
        source="computed",
        table=_IMPACT,
    ),
)

ALL = (
    *_OF_MODELS,
    *_OF_COVERAGE,
    *_OF_GROUPS,
    *_OF_FEATURES,
)
