"""Columns of the tables of the schema ``drift`` on traits."""

from __future__ import annotations

from biome_pipeline.vocabulary.relations import RELATIONS
from biome_pipeline.warehouse.fields.field import Field

__all__ = ["ALL"]

_RATES = "drift.mutation_rates"
_SUMMARY = "drift.ordering_summary"
_ORDERINGS = "drift.orderings"
_TESTS = "drift.direction_tests"
_PAPER = "arXiv 2508.06811, its code"
_NOT_PUBLIC = "of the paper's snapshot of 2025, which is not public; NULL if it has none."


def _share(name: str, meaning: str) -> tuple[Field, ...]:
    own = f"of {name}"
    return (
        Field(name, "DOUBLE", f"{meaning} NULL if there is none.", "share", "computed"),
        Field(
            f"{name}_ci_low",
            "DOUBLE",
            f"Lower end of the 95 % interval {own}, families resampled under the order as it is.",
            "share",
            "bootstrap over families",
        ),
        Field(
            f"{name}_ci_high",
            "DOUBLE",
            f"Upper end of the 95 % interval {own}, families resampled under the order as it is.",
            "share",
            "bootstrap over families",
        ),
        Field(
            f"{name}_coin_null",
            "DOUBLE",
            f"Mean {own} when coins set the directions, each time with its own best order.",
            "share",
            "simulated",
        ),
        Field(
            f"{name}_coin_p_value",
            "DOUBLE",
            "Share of these that explain as much.",
            source="simulated",
        ),
        Field(
            f"{name}_margin_null_low",
            "DOUBLE",
            f"Percentile 2.5 {own} when mutated children draw their values whatever their "
            "parents had.",
            "share",
            "simulated",
        ),
        Field(
            f"{name}_margin_null_high",
            "DOUBLE",
            "Percentile 97.5 of the same.",
            "share",
            "simulated",
        ),
    )


ALL = (
    Field(
        "relation",
        "VARCHAR",
        "How the child was made from the parent; all is every edge of the graph.",
        source="declarations",
        values=("all", *RELATIONS),
        table=_RATES,
    ),
    Field(
        "n_edges",
        "BIGINT",
        "Edges of the relation in the graph, each pair once, silent ones too.",
        "edges",
        "computed",
    ),
    Field(
        "n_mutations",
        "DOUBLE",
        "Sum over reporting edges of 1 less the share of common values.",
        "mutations",
        "computed",
    ),
    Field(
        "bound_low",
        "DOUBLE",
        "The rate over all edges if no silent edge mutated.",
        "share",
        "computed",
    ),
    Field(
        "bound_high",
        "DOUBLE",
        "The rate over all edges if every silent edge mutated.",
        "share",
        "computed",
    ),
    Field("published_rate", "DOUBLE", f"Published rate {_NOT_PUBLIC}", "share", _PAPER),
    Field(
        "published_n_reporting",
        "BIGINT",
        f"Published number of reporting edges {_NOT_PUBLIC}",
        "edges",
        _PAPER,
    ),
    # from which value to which
    Field(
        "source", "VARCHAR", "Value of the parent.", source="hub.models", table="drift.transitions"
    ),
    Field(
        "target", "VARCHAR", "Value of the child.", source="hub.models", table="drift.transitions"
    ),
    Field(
        "n_added",
        "BIGINT",
        "Edges on which the child has the target, the parent does not, and has the source.",
        "edges",
        "computed",
    ),
    Field(
        "n_removed",
        "BIGINT",
        "Edges on which the parent has the source, the child does not, and has the target.",
        "edges",
        "computed",
    ),
    Field(
        "transitions",
        "BIGINT",
        "n_added and n_removed together, as published: one value for one other counts twice.",
        "transitions",
        "computed",
    ),
    Field(
        "mutations",
        "DOUBLE",
        "Half of transitions: one value that gives way to one counts once.",
        "mutations",
        "computed",
    ),
    # orders
    Field(
        "top_n",
        "INTEGER",
        "How many of the most frequent values are ordered; other and unknown are none of them.",
        "values",
        "published: 20 licenses and languages, 10 or 20 tasks and libraries",
    ),
    Field(
        "objective",
        "VARCHAR",
        "What the order maximises: directions counts drifts that point forward, traffic adds up "
        "their transitions less those back.",
        source="computed",
        values=("directions", "traffic"),
    ),
    Field("n_values", "INTEGER", "Values that are ordered.", "values", "computed"),
    Field(
        "n_families",
        "INTEGER",
        "Families with a transition among the values.",
        "families",
        "computed",
        table=_SUMMARY,
    ),
    Field(
        "effective_families",
        "DOUBLE",
        "Number of equal families that would be as sure (Kish), by mutated edges.",
        "families",
        "computed",
    ),
    Field(
        "n_drifts",
        "INTEGER",
        "Pairs of values of which one gives way to the other more often than the reverse.",
        "pairs",
        "computed",
    ),
    Field("n_drifts_explained", "INTEGER", "Drifts that point forward.", "pairs", "computed"),
    Field(
        "traffic",
        "DOUBLE",
        "Sum over drifts of transitions one way less those back.",
        "transitions",
        "computed",
    ),
    Field("traffic_explained", "DOUBLE", "The same over drifts that point forward.", "transitions"),
    Field("n_transitions", "DOUBLE", "Transitions among the values.", "transitions", "computed"),
    Field(
        "is_optimal", "BOOLEAN", "Whether it is proven that no order is better.", source="solver"
    ),
    Field("bound", "DOUBLE", "No order reaches more.", "as the objective", "solver"),
    Field(
        "gap", "DOUBLE", "What the bound exceeds the order by, over the bound.", "share", "solver"
    ),
    *_share("drift_share", "Share of the drifts that point forward."),
    *_share("mutation_share", "Share of all transitions among the values that run forward."),
    *_share(
        "gradient_share",
        "Share of the energy of the flow that one height per value explains (HodgeRank).",
    ),
    Field(
        "heldout_share",
        "DOUBLE",
        "Share of the mutations of one half of the families that run along the order of the other "
        "half, mean over halves; 0.5 is chance.",
        "share",
        "computed",
    ),
    Field("heldout_ci_low", "DOUBLE", "Percentile 2.5 over halves.", "share", "computed"),
    Field("heldout_ci_high", "DOUBLE", "Percentile 97.5 over halves.", "share", "computed"),
    Field("n_halves", "INTEGER", "Halves with a share.", "halves", "computed"),
    Field(
        "margin_verdict",
        "VARCHAR",
        "What the margin null says of the share that the order maximises.",
        source="computed",
        values=("beyond margins", "within margins", "below margins", "not decided"),
    ),
    Field(
        "n_unproven",
        "INTEGER",
        "Orders of replicates and nulls not proven best when the time was out.",
        "orders",
        "solver",
    ),
    Field("published_n_drifts", "INTEGER", f"Published drifts {_NOT_PUBLIC}", "pairs", _PAPER),
    Field(
        "published_drift_share",
        "DOUBLE",
        f"Published share of drifts {_NOT_PUBLIC}",
        "share",
        _PAPER,
    ),
    Field(
        "published_mutation_share",
        "DOUBLE",
        f"Published share of transitions {_NOT_PUBLIC}",
        "share",
        _PAPER,
    ),
    Field("ordered_values", "VARCHAR[]", "The values in order.", source="computed"),
    Field("ordered_n_models", "BIGINT[]", "Models with each of them.", "models", "computed"),
    Field("ordered_is_linked", "BOOLEAN[]", "Whether a drift touches each.", source="computed"),
    Field(
        "ordered_rank_low", "INTEGER[]", "Percentile 2.5 of the rank of each.", source="computed"
    ),
    Field(
        "ordered_rank_high",
        "INTEGER[]",
        "Percentile 97.5 of the rank of each.",
        source="computed",
    ),
    Field(
        "precedence_matrix",
        "DOUBLE[]",
        "Probability that each value stands before each other, row by row in order.",
        source="bootstrap over families",
    ),
    Field(
        "resampled_orders",
        "INTEGER[]",
        "Orders of resampled families one after the other, values by position from 1.",
        source="bootstrap over families",
    ),
    Field(
        "position",
        "INTEGER",
        "Place in the order, from 1 upstream.",
        source="solver",
        table=_ORDERINGS,
    ),
    Field("value", "VARCHAR", "The value.", source="hub.models", table=_ORDERINGS),
    Field("n_models", "BIGINT", "Models with the value.", "models", "computed", table=_ORDERINGS),
    Field(
        "is_linked",
        "BOOLEAN",
        "Whether any drift touches the value; without one its place means nothing.",
        source="computed",
    ),
    Field(
        "rank_low",
        "INTEGER",
        "Percentile 2.5 of its place over resampled families, from 1; NULL if not linked.",
        source="bootstrap over families",
    ),
    Field(
        "rank_high",
        "INTEGER",
        "Percentile 97.5 of its place over resampled families, from 1; NULL if not linked.",
        source="bootstrap over families",
    ),
    Field("published_position", "INTEGER", f"Published place {_NOT_PUBLIC}", source=_PAPER),
    Field("first", "VARCHAR", "A value.", source="hub.models"),
    Field("second", "VARCHAR", "Another value.", source="hub.models"),
    Field(
        "probability",
        "DOUBLE",
        "Share of resampled families in which the first stands before the second; one in which "
        "nothing links the two counts half.",
        "share",
        "bootstrap over families",
    ),
    # tests
    Field(
        "test",
        "VARCHAR",
        "Hypothesis: symmetry (exchanges run both ways alike), quasi_symmetry (one strength per "
        "value says which way they run).",
        source="computed",
        values=("symmetry", "quasi_symmetry"),
    ),
    Field(
        "statistic",
        "DOUBLE",
        "Deviance of symmetry less that of quasi-symmetry; Pearson's chi-square of quasi-symmetry.",
        source="computed",
        table=_TESTS,
    ),
    Field("df", "INTEGER", "Degrees of freedom.", source="computed"),
    Field(
        "p_value",
        "DOUBLE",
        "From resampling families; NULL with fewer than two.",
        source="wild bootstrap over families",
        table=_TESTS,
    ),
    Field(
        "effect",
        "DOUBLE",
        "What the direction of a mutation is known by.",
        "bits per mutated edge",
        "computed",
    ),
    Field(
        "null_effect",
        "DOUBLE",
        "The same that noise alone would give.",
        "bits per mutated edge",
        "computed",
    ),
    Field("n_mutated", "DOUBLE", "Mutated edges among the values.", "edges", "computed"),
    Field(
        "n_families",
        "INTEGER",
        "Families with a mutated edge.",
        "families",
        "computed",
        table=_TESTS,
    ),
    Field(
        "verdict",
        "VARCHAR",
        "What is shown; directed: symmetry is rejected at 5 %, the held-out share lies above 0.5; "
        "one-dimensional: besides, quasi-symmetry is not rejected.",
        source="computed",
        values=("directed", "one-dimensional", "no direction shown", "not one-dimensional"),
        table=_TESTS,
    ),
)
