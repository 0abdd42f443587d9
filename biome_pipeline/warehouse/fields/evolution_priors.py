"""Columns of the schema ``evolution``: what the Hub's own mutations teach a search."""

from __future__ import annotations

from biome_pipeline.warehouse.fields.field import Field

__all__ = ["ALL"]

_PRIORS = "evolution.operator_priors"
_SCORES = "evolution.prior_scores"

ALL = (
    Field("operator", "VARCHAR", "Operator of the search.", source="registry of the operators"),
    Field(
        "is_observable",
        "BOOLEAN",
        "Whether a config can show the operator at all.",
        source="computed",
    ),
    Field(
        "n_edges",
        "BIGINT",
        "Edges, each pair once, with the successor pairs among them.",
        "edges",
        "computed",
        table=_PRIORS,
    ),
    Field(
        "n_successors",
        "BIGINT",
        "Successor pairs whose configs are both in the snapshot, and that are no edges.",
        "edges",
        "computed",
    ),
    Field(
        "n_reporting",
        "BIGINT",
        "Edges of which both ends say what the operator moves.",
        "edges",
        "computed",
        table=_PRIORS,
    ),
    Field(
        "observed",
        "BIGINT",
        "Edges that show the operator (published rule).",
        "edges",
        "computed",
    ),
    Field(
        "observed_families",
        "BIGINT",
        "Families with an edge that shows it (robust rule).",
        "families",
        "computed",
    ),
    Field(
        "observed_successors",
        "BIGINT",
        "Successor pairs that show it; also in observed.",
        "edges",
        "computed",
    ),
    Field("prior", "DOUBLE", "Base share before any mutation was seen.", "share", "computed"),
    Field(
        "weight",
        "DOUBLE",
        "Share by families, smoothed: (observed_families + prior K/2) over their sum + K/2, "
        "for K operators.",
        "share",
        "computed",
    ),
    Field("weight_by_edge", "DOUBLE", "The same by edges.", "share", "computed"),
    Field(
        "search_weight",
        "DOUBLE",
        "Share for a search: the prior of an operator that no config can show; the others share "
        "the rest by weight.",
        "share",
        "computed",
    ),
    Field(
        "weighting",
        "VARCHAR",
        "What weighs the same: every family once for each operator (robust), every edge "
        "(published), or every operator, whatever was seen.",
        source="computed",
        values=("robust", "edge", "uniform"),
        table=_SCORES,
    ),
    Field(
        "bits",
        "DOUBLE",
        "Log loss of the weights on later mutations; NULL without one.",
        "bits per mutation",
        "computed",
    ),
    Field(
        "gain",
        "DOUBLE",
        "Bits of equal weights less bits; above 0 the learned weights predict better.",
        "bits per mutation",
        "computed",
    ),
    *(
        Field(
            name,
            "DOUBLE",
            f"{end} end of the gain's 95 % interval, from resampling the later families; NULL "
            "with fewer than two.",
            "bits per mutation",
            "bootstrap over families",
            table=_SCORES,
        )
        for name, end in (("ci_low", "Lower"), ("ci_high", "Upper"))
    ),
    Field(
        "n_operators",
        "BIGINT",
        "Operators that a config can show.",
        "operators",
        "computed",
    ),
    Field(
        "fitted_until",
        "TIMESTAMP",
        "Last creation of a child that weights are learned from; NULL without one.",
        "UTC",
        "hub.models",
    ),
    Field(
        "n_fitted_edges",
        "BIGINT",
        "Mutated edges that weights are learned from.",
        "edges",
        "computed",
    ),
    Field("n_fitted_families", "BIGINT", "Families of these.", "families", "computed"),
    Field("n_edges", "BIGINT", "Later mutated edges.", "edges", "computed", table=_SCORES),
    Field(
        "n_mutations",
        "BIGINT",
        "Operators that the later edges show, in all.",
        "mutations",
        "computed",
        table=_SCORES,
    ),
    Field(
        "n_families",
        "BIGINT",
        "Families of the later edges.",
        "families",
        "computed",
        table=_SCORES,
    ),
    Field(
        "n_missing",
        "BIGINT",
        "Mutated edges whose child has no known date.",
        "edges",
        "computed",
        table=_SCORES,
    ),
)
