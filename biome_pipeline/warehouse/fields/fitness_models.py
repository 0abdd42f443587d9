"""Columns of the schema ``fitness``: regressions, curves and forests."""

from __future__ import annotations

from biome_pipeline.warehouse.fields.field import Field

__all__ = ["ALL"]

_REGRESSIONS = "fitness.regressions"
_CURVES = "fitness.curves"
_DIAGNOSTICS = "fitness.diagnostics"

_OUTCOMES = (
    "children",
    "descendants",
    "descendants_unquantized",
    "downloads",
    "downloads_all_time",
    "likes",
)
_CLUSTERED = "standard error, clustered by"

ALL = (
    Field(
        "outcome",
        "VARCHAR",
        "What is earned: children and descendants by any relation, descendants_unquantized by any "
        "but quantized, downloads of 30 days or of all time, likes.",
        source="computed",
        values=_OUTCOMES,
        table=_REGRESSIONS,
    ),
    *(
        Field(
            "outcome",
            "VARCHAR",
            "What is earned, as in fitness.regressions; of published descendants by finetune.",
            source="computed",
            values=_OUTCOMES,
            table=table,
        )
        for table in (_CURVES, "fitness.feature_impact")
    ),
    Field(
        "model",
        "VARCHAR",
        "Which regression: published is ordinary least squares of ln(1 + outcome) on four "
        "standardised traits; poisson and negative_binomial are of counts on all traits, controls "
        "and exposure; poisson_reduced has parameters as its only size; poisson_spline is its "
        "curve; forest_ and an outcome, in diagnostics, is a random forest.",
        source="computed",
    ),
    Field(
        "term",
        "VARCHAR",
        "What the coefficient belongs to; missing(x) tells models whose x is not known, "
        "nonlinear(x) is the joint test of the curve's bend.",
        source="computed",
        table=_REGRESSIONS,
    ),
    Field(
        "term",
        "VARCHAR",
        "Term of the regression, or trait of the forest.",
        source="computed",
        table=_DIAGNOSTICS,
    ),
    Field(
        "term_kind",
        "VARCHAR",
        "Kind of the term: missing is the indicator of a trait, test a joint test.",
        source="computed",
        values=("intercept", "trait", "missing", "control", "test"),
    ),
    Field(
        "estimate",
        "DOUBLE",
        "Coefficient: of counts the change of ln(rate), by doubling of a number; of published of "
        "ln(1 + outcome), by standard deviation of ln(1 + trait); of a test NULL.",
        "natural logarithm",
        "computed",
        table=_REGRESSIONS,
    ),
    Field(
        "estimate",
        "DOUBLE",
        "Rate relative to the mean of its logarithm over the models.",
        "ratio",
        "computed",
        table=_CURVES,
    ),
    Field(
        "std_error",
        "DOUBLE",
        "The standard error used: the largest of those clustered by author, by root and by both; "
        "of published the plain one.",
        "natural logarithm",
        "computed",
        table=_REGRESSIONS,
    ),
    Field(
        "std_error_author", "DOUBLE", f"Jackknife {_CLUSTERED} author.", "natural logarithm", "CV3"
    ),
    Field("std_error_root", "DOUBLE", f"Jackknife {_CLUSTERED} root.", "natural logarithm", "CV3"),
    Field(
        "std_error_plain",
        "DOUBLE",
        "Standard error if models were independent and the model right.",
        "natural logarithm",
        "computed",
    ),
    Field(
        "statistic",
        "DOUBLE",
        "Estimate over standard error; of a test F.",
        source="computed",
        table=_REGRESSIONS,
    ),
    Field(
        "df",
        "DOUBLE",
        "Degrees of freedom of the t or F distribution: fewest clusters less 1.",
        source="computed",
        table=_REGRESSIONS,
    ),
    Field(
        "p_adjusted",
        "DOUBLE",
        "The p-value adjusted within the traits of one model, over all outcomes (Benjamini and "
        "Hochberg 1995).",
        source="computed",
        table=_REGRESSIONS,
    ),
    *(
        Field(
            f"ci_{end}",
            "DOUBLE",
            f"{word} end of the 95 % interval of the estimate.",
            unit,
            "computed",
            table=table,
        )
        for end, word in (("low", "Lower"), ("high", "Upper"))
        for table, unit in ((_REGRESSIONS, "natural logarithm"), (_CURVES, "ratio"))
    ),
    *(
        Field(
            f"ci_{end}",
            "DOUBLE",
            f"{word} end of the 95 % interval, from resampling roots; NULL with fewer than two.",
            unit,
            "bootstrap over roots",
            table=table,
        )
        for end, word in (("low", "Lower"), ("high", "Upper"))
        for table, unit in (
            ("fitness.feature_impact", "ratio"),
            ("fitness.config_mutations", "share"),
            ("fitness.config_mutation_kinds", "share"),
            ("fitness.relation_contradictions", "share"),
        )
    ),
    Field(
        "n_missing",
        "BIGINT",
        "Models left out: age not known, or the outcome, or outside the rule's models.",
        "models",
        "computed",
        table=_REGRESSIONS,
    ),
    Field("n_zero", "BIGINT", "Models of n whose outcome is 0.", "models", "computed"),
    Field(
        "goodness",
        "DOUBLE",
        "Of published R squared, of counts the share of the deviance explained beyond exposure.",
        "share",
        "computed",
    ),
    Field(
        "dispersion",
        "DOUBLE",
        "Of negative_binomial alpha in the variance mean + alpha mean squared, of poisson "
        "Pearson's chi squared by degree of freedom.",
        source="computed",
    ),
    *(
        Field(
            "reason",
            "VARCHAR",
            "Why there is no estimate; NULL if there is one.",
            source="computed",
            table=table,
        )
        for table in (_REGRESSIONS, _DIAGNOSTICS)
    ),
    # curves
    Field(
        "trait",
        "VARCHAR",
        "The trait along which the curve runs.",
        source="computed",
        values=("parameters", "context_length"),
        table=_CURVES,
    ),
    Field("value", "DOUBLE", "Value of the trait.", "as the trait", "computed", table=_CURVES),
    Field("band_low", "DOUBLE", "Lower end of the simultaneous 95 % band.", "ratio", "computed"),
    Field("band_high", "DOUBLE", "Upper end of the simultaneous 95 % band.", "ratio", "computed"),
    Field(
        "n_near",
        "BIGINT",
        "Models whose trait is nearer to this point than to the others.",
        "models",
        "computed",
    ),
    # diagnostics
    Field(
        "variance_inflation",
        "DOUBLE",
        "The ratio 1 / (1 - R squared) of the term on all other terms; NULL of forests.",
        "ratio",
        "computed",
    ),
    Field(
        "importance",
        "DOUBLE",
        "Loss of the held-out share of variation explained when the trait is shuffled; of (all) "
        "that share itself.",
        "share",
        "permutation",
    ),
    *(
        Field(
            f"importance_ci_{end}",
            "DOUBLE",
            f"{word} end of the 95 % interval, from resampling held-out roots.",
            "share",
            "bootstrap over roots",
        )
        for end, word in (("low", "Lower"), ("high", "Upper"))
    ),
    Field("missing_share", "DOUBLE", "Share of n whose trait is not known.", "share", "computed"),
    Field(
        "n_heldout",
        "BIGINT",
        "Models of other roots on which the forest is judged; NULL of regressions.",
        "models",
        "computed",
    ),
    Field("n", "BIGINT", "Models fitted on.", "models", "computed", table=_DIAGNOSTICS),
    Field("n", "BIGINT", "Models fitted on.", "models", "computed", table=_REGRESSIONS),
    Field("n", "BIGINT", "Models fitted on.", "models", "computed", table=_CURVES),
)
