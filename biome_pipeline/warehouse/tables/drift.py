"""Tables of the schema ``drift`` on traits: rates, transitions, orders, and their tests.

What does not belong here: numbers and time (``drift_numeric``).
"""

from __future__ import annotations

from biome_pipeline.warehouse.spec import TableSpec

__all__ = [
    "ALL",
    "DIRECTION_TESTS",
    "MUTATION_RATES",
    "ORDERINGS",
    "ORDERING_SUMMARY",
    "PRECEDENCE",
    "TRANSITIONS",
]

_TRAITS = (
    "hub.models.licenses",
    "hub.models.languages",
    "hub.models.pipeline_tag",
    "hub.models.library_name",
    "genealogy.edges.parent_id",
    "genealogy.edges.child_id",
)

MUTATION_RATES = TableSpec(
    schema="drift",
    table="mutation_rates",
    subject="drift",
    meaning="How often one trait changes from parent to child, by one relation of one graph.",
    grain=("graph", "trait", "relation"),
    columns=(
        "snapshot",
        "graph",
        "trait",
        "relation",
        "n_edges",
        "n_reporting",
        "n_families",
        "n_mutations",
        "rate",
        "ci_low",
        "ci_high",
        "bound_low",
        "bound_high",
        "published_rate",
        "published_n_reporting",
    ),
    required=("n_edges", "n_reporting", "n_families", "n_mutations"),
    requirements=(
        "Relation all is the whole graph, each pair once.",
        "The rate lies between the bounds.",
    ),
    lineage={"rate": _TRAITS},
    may_be_empty=True,
)

TRANSITIONS = TableSpec(
    schema="drift",
    table="transitions",
    subject="drift",
    meaning="How often one value of a trait gives way to another, from parent to child.",
    grain=("graph", "trait", "source", "target"),
    columns=(
        "snapshot",
        "graph",
        "trait",
        "source",
        "target",
        "n_added",
        "n_removed",
        "transitions",
        "mutations",
    ),
    required=("n_added", "n_removed", "transitions", "mutations"),
    requirements=(
        "transitions is n_added and n_removed together, mutations half of it.",
        "No value gives way to itself.",
    ),
    lineage={"transitions": _TRAITS},
    may_be_empty=True,
)

_SHARES = tuple(
    f"{share}{end}"
    for share in ("drift_share", "mutation_share", "gradient_share")
    for end in (
        "",
        "_ci_low",
        "_ci_high",
        "_coin_null",
        "_coin_p_value",
        "_margin_null_low",
        "_margin_null_high",
    )
)

ORDERING_SUMMARY = TableSpec(
    schema="drift",
    table="ordering_summary",
    subject="drift",
    meaning="The best order of the values of one trait, and what it explains.",
    grain=("graph", "trait", "top_n", "objective"),
    columns=(
        "snapshot",
        "graph",
        "trait",
        "top_n",
        "objective",
        "n_values",
        "n_families",
        "effective_families",
        "n_drifts",
        "n_drifts_explained",
        "traffic",
        "traffic_explained",
        "n_transitions",
        "is_optimal",
        "bound",
        "gap",
        *_SHARES,
        "heldout_share",
        "heldout_ci_low",
        "heldout_ci_high",
        "n_halves",
        "margin_verdict",
        "n_unproven",
        "published_n_drifts",
        "published_drift_share",
        "published_mutation_share",
        "ordered_values",
        "ordered_n_models",
        "ordered_is_linked",
        "ordered_rank_low",
        "ordered_rank_high",
        "precedence_matrix",
        "resampled_orders",
    ),
    required=(
        "n_values",
        "n_families",
        "n_drifts",
        "n_drifts_explained",
        "traffic",
        "traffic_explained",
        "n_transitions",
        "is_optimal",
        "bound",
        "gap",
        "margin_verdict",
        "n_unproven",
    ),
    requirements=(
        "An order is called optimal only with a proof; the bound is never below what it reaches.",
        "A share has an interval, and both nulls beside it, wherever families allow them.",
    ),
    lineage={"drift_share": _TRAITS, "mutation_share": _TRAITS},
    lake_only_columns=(
        "ordered_values",
        "ordered_n_models",
        "ordered_is_linked",
        "ordered_rank_low",
        "ordered_rank_high",
        "precedence_matrix",
        "resampled_orders",
    ),
    may_be_empty=True,
)

ORDERINGS = TableSpec(
    schema="drift",
    table="orderings",
    subject="drift",
    meaning="One value of a trait at its place in the best order.",
    grain=("graph", "trait", "top_n", "objective", "position"),
    columns=(
        "snapshot",
        "graph",
        "trait",
        "top_n",
        "objective",
        "position",
        "value",
        "n_models",
        "is_linked",
        "rank_low",
        "rank_high",
        "published_position",
    ),
    required=("value", "n_models", "is_linked"),
    requirements=("Drifts run from position 1 downwards; every value has one position.",),
    lineage={"value": ("drift.ordering_summary.ordered_values",)},
    may_be_empty=True,
)

PRECEDENCE = TableSpec(
    schema="drift",
    table="precedence",
    subject="drift",
    meaning="How sure it is that one value stands before another, by the order of traffic.",
    grain=("graph", "trait", "top_n", "first", "second"),
    columns=("snapshot", "graph", "trait", "top_n", "first", "second", "probability"),
    required=("probability",),
    requirements=("The probabilities of a pair and of its reverse add up to 1.",),
    lineage={"probability": ("drift.ordering_summary.precedence_matrix",)},
    may_be_empty=True,
)

DIRECTION_TESTS = TableSpec(
    schema="drift",
    table="direction_tests",
    subject="drift",
    meaning="Whether a trait drifts in a direction, and whether one scale is enough for it.",
    grain=("graph", "trait", "top_n", "test"),
    columns=(
        "snapshot",
        "graph",
        "trait",
        "top_n",
        "test",
        "statistic",
        "df",
        "p_value",
        "effect",
        "null_effect",
        "n_mutated",
        "n_families",
        "verdict",
    ),
    required=("statistic", "df", "effect", "n_mutated", "n_families", "verdict"),
    requirements=("No p-value without an effect.",),
    lineage={"statistic": _TRAITS},
    may_be_empty=True,
)

ALL = (MUTATION_RATES, TRANSITIONS, ORDERING_SUMMARY, ORDERINGS, PRECEDENCE, DIRECTION_TESTS)
