"""Tables of the schema ``fitness``: which architectures spread."""

from __future__ import annotations

from biome_pipeline.warehouse.spec import ForeignKey, TableSpec

__all__ = [
    "ALL",
    "BY_CONTEXT",
    "BY_FAMILY",
    "BY_SIZE",
    "COVERAGE",
    "CURVES",
    "DIAGNOSTICS",
    "FEATURE_IMPACT",
    "MODELS",
    "REGRESSIONS",
    "SUMMARY",
    "SWEET_SPOTS",
]


def _with_ends(*names: str) -> tuple[str, ...]:
    return tuple(f"{name}{end}" for name in names for end in ("", "_ci_low", "_ci_high"))


_TRAITS = (
    "hidden_size",
    "num_layers",
    "num_heads",
    "intermediate_size",
    "vocab_size",
    "context_length",
    "has_tied_embeddings",
    "uses_moe",
    "uses_gqa",
    "uses_rope",
    "uses_quantization",
)

MODELS = TableSpec(
    schema="fitness",
    table="models",
    subject="fitness",
    meaning="One model with its traits, its outcomes and how long it could earn them.",
    grain=("model_id",),
    columns=(
        "snapshot",
        "model_id",
        "node",
        "author",
        "root_id",
        "role",
        "family",
        "has_config",
        "parameters",
        "parameters_source",
        *_TRAITS,
        "n_children",
        "n_descendants",
        "n_descendants_unquantized",
        "n_descendants_finetune",
        "downloads",
        "downloads_all_time",
        "likes",
        "age_days",
        "quarter",
        "is_created_at_backfilled",
    ),
    required=(
        "node",
        "root_id",
        "role",
        "has_config",
        "n_children",
        "n_descendants",
        "n_descendants_unquantized",
        "n_descendants_finetune",
        "is_created_at_backfilled",
    ),
    requirements=(
        "Every model of the snapshot has a row, with a config or without.",
        "A trait that is not known is NULL, which is not false and not 0.",
    ),
    foreign_keys=(ForeignKey(("model_id",), "hub.models", ("model_id",)),),
    lake_only_columns=("node",),
    lineage={
        **{name: (f"hub.configs.{name}",) for name in ("family", *_TRAITS)},
        "parameters": (
            "hub.models.parameters",
            "hub.models.dtype_parameters",
            "hub.configs.computed_parameters",
        ),
        "has_config": ("hub.configs.is_full",),
        "root_id": ("genealogy.members.root_id",),
        "role": ("genealogy.edges.relation",),
        "n_children": ("genealogy.members.n_children",),
        "n_descendants": ("genealogy.members.n_descendants",),
        "n_descendants_finetune": ("genealogy.members.n_descendants",),
        "n_descendants_unquantized": ("genealogy.edges.parent_id", "genealogy.edges.child_id"),
        "age_days": ("hub.models.created_at",),
    },
    is_model_grain=True,
    may_be_empty=True,
)

COVERAGE = TableSpec(
    schema="fitness",
    table="coverage",
    subject="fitness",
    meaning="How models with a config differ from the rest in one attribute.",
    grain=("attribute",),
    columns=(
        "snapshot",
        "attribute",
        "n_with",
        "n_without",
        "share_with",
        "mean_with",
        "mean_without",
        "median_with",
        "median_without",
        "n_unknown_with",
        "n_unknown_without",
        *_with_ends("standardised_difference"),
    ),
    required=("n_with", "n_without", "n_unknown_with", "n_unknown_without"),
    requirements=("n_with and n_without count models in which the attribute is known.",),
    lineage={"n_with": ("fitness.models.has_config",)},
    may_be_empty=True,
)

_GROUP = (
    "n",
    "n_missing",
    "n_authors",
    "n_roots",
    *_with_ends("mean_descendants"),
    "median_descendants",
    *_with_ends("mean_downloads"),
    "median_downloads",
    *_with_ends("mean_likes"),
    "median_likes",
    "share_without_downloads",
    "mean_parameters",
    *_with_ends("descendants_per_year", "downloads_per_month"),
    "probability_best_descendants",
    "probability_best_downloads",
    "is_best_descendants",
    "is_best_downloads",
)


def _grouped(table: str, meaning: str, *grain: str, ends: bool = True) -> TableSpec:
    return TableSpec(
        schema="fitness",
        table=table,
        subject="fitness",
        meaning=meaning,
        grain=("rule", *grain),
        columns=(
            "snapshot",
            "rule",
            *grain,
            *(("bin_low", "bin_high") if ends else ()),
            *_GROUP,
        ),
        required=("n", "n_missing", "n_authors", "n_roots"),
        requirements=(
            "published: models of known hidden size and layers with downloads, descendants in the "
            "finetune graph. robust: all models whose age and whose value of the group are known, "
            "descendants in the graph all.",
            "A group without models has its row, with n 0 and no means.",
            "Only groups of more than 10 models can be best.",
        ),
        lineage={
            "n": ("fitness.models.parameters", "fitness.models.family"),
            "mean_descendants": (
                "fitness.models.n_descendants_finetune",
                "fitness.models.n_descendants",
            ),
            "mean_downloads": ("fitness.models.downloads",),
        },
        may_be_empty=True,
    )


BY_SIZE = _grouped("by_size", "How fit models of one size class are.", "bin")
BY_FAMILY = _grouped("by_family", "How fit models of one family are.", "family", ends=False)
BY_CONTEXT = _grouped(
    "by_context", "How fit models of one family and context length are.", "family", "bin"
)
SWEET_SPOTS = _grouped("sweet_spots", "How fit models near one usual size are.", "bin", ends=False)

SUMMARY = TableSpec(
    schema="fitness",
    table="summary",
    subject="fitness",
    meaning="One figure of the closing summary of the analysis.",
    grain=("rule", "item"),
    columns=("snapshot", "rule", "item", "value", "label", "n"),
    required=("n",),
    requirements=("label names what is best, where the item is one of several.",),
    lineage={"value": ("fitness.by_size.mean_descendants", "fitness.by_family.mean_descendants")},
    may_be_empty=True,
)

REGRESSIONS = TableSpec(
    schema="fitness",
    table="regressions",
    subject="fitness",
    meaning="One term of one regression of one outcome.",
    grain=("outcome", "model", "term"),
    columns=(
        "snapshot",
        "outcome",
        "model",
        "term",
        "term_kind",
        "estimate",
        "std_error",
        "std_error_author",
        "std_error_root",
        "std_error_plain",
        "statistic",
        "df",
        "p_value",
        "p_adjusted",
        "ci_low",
        "ci_high",
        "n",
        "n_missing",
        "n_zero",
        "n_authors",
        "n_roots",
        "goodness",
        "dispersion",
        "reason",
    ),
    required=("term_kind", "n", "n_missing"),
    requirements=(
        "A term without an estimate has a reason, and so has every term of a regression that "
        "could not be made.",
        "No p-value without an estimate.",
        "p_adjusted is within the terms of kind trait of one model, over all outcomes.",
    ),
    lineage={"estimate": ("fitness.models.parameters", "fitness.models.downloads")},
    may_be_empty=True,
)

CURVES = TableSpec(
    schema="fitness",
    table="curves",
    subject="fitness",
    meaning="One point of the curve of an outcome over a trait, all else equal.",
    grain=("outcome", "trait", "value"),
    columns=(
        "snapshot",
        "outcome",
        "trait",
        "value",
        "estimate",
        "ci_low",
        "ci_high",
        "band_low",
        "band_high",
        "n",
        "n_near",
    ),
    required=("estimate", "n", "n_near"),
    requirements=(
        "The estimate is a rate relative to the mean of the logarithm over the models.",
        "The band holds the whole curve with 95 %, the interval each point by itself.",
    ),
    lineage={"estimate": ("fitness.models.parameters", "fitness.models.downloads")},
    may_be_empty=True,
)

DIAGNOSTICS = TableSpec(
    schema="fitness",
    table="diagnostics",
    subject="fitness",
    meaning="What to know of one term of a regression, or of one trait of a forest.",
    grain=("model", "term"),
    columns=(
        "snapshot",
        "model",
        "term",
        "variance_inflation",
        *_with_ends("importance"),
        "missing_share",
        "n",
        "n_heldout",
        "reason",
    ),
    required=("n",),
    requirements=(
        "Regressions have variance inflation, forests importance.",
        "Term (all) of a forest is its share of the held-out variation explained.",
    ),
    lineage={"missing_share": ("fitness.models.parameters", "fitness.models.hidden_size")},
    may_be_empty=True,
)

FEATURE_IMPACT = TableSpec(
    schema="fitness",
    table="feature_impact",
    subject="fitness",
    meaning="How one outcome differs with and without one feature.",
    grain=("feature", "outcome", "rule"),
    columns=(
        "snapshot",
        "feature",
        "outcome",
        "rule",
        "n_with",
        "n_without",
        "n_unknown",
        *_with_ends("mean_with", "mean_without"),
        "effect",
        "ci_low",
        "ci_high",
        "p_value",
        "p_adjusted",
        "n_strata",
        "n_roots",
        "n_permutable",
        "reason",
    ),
    required=("n_with", "n_without", "n_unknown"),
    requirements=(
        "The effect is a ratio: 1 is no difference.",
        "An effect that cannot be had has a reason.",
        "p_adjusted is within one rule, over features and outcomes.",
    ),
    lineage={
        "n_with": (
            "fitness.models.uses_moe",
            "fitness.models.uses_gqa",
            "fitness.models.uses_rope",
            "fitness.models.uses_quantization",
        )
    },
    may_be_empty=True,
)

ALL = (
    MODELS,
    COVERAGE,
    BY_SIZE,
    BY_FAMILY,
    BY_CONTEXT,
    SWEET_SPOTS,
    FEATURE_IMPACT,
    SUMMARY,
    REGRESSIONS,
    CURVES,
    DIAGNOSTICS,
)
