"""Tables of the schema ``evolution``: what the Hub's own mutations teach a search."""

from __future__ import annotations

from biome_pipeline.warehouse.spec import TableSpec

__all__ = ["ALL", "OPERATOR_PRIORS", "PRIOR_SCORES"]

_OBSERVED = ("hub.configs.hidden_size", "hub.configs.raw", "genealogy.edges.parent_id")

OPERATOR_PRIORS = TableSpec(
    schema="evolution",
    table="operator_priors",
    subject="evolution",
    meaning="How often the Hub's config mutations are those of one operator of the search.",
    grain=("operator",),
    columns=(
        "snapshot",
        "operator",
        "is_observable",
        "n_edges",
        "n_successors",
        "n_reporting",
        "observed",
        "observed_families",
        "observed_successors",
        "prior",
        "weight",
        "weight_by_edge",
        "search_weight",
    ),
    required=(
        "is_observable",
        "n_edges",
        "n_successors",
        "n_reporting",
        "observed",
        "observed_families",
        "observed_successors",
        "prior",
        "weight",
        "weight_by_edge",
        "search_weight",
    ),
    requirements=(
        "Each of prior, weight, weight_by_edge and search_weight is positive and sums to 1.",
        "An edge may show several operators; most show none.",
        "Successor pairs are edges of a family of their own, one for each line.",
    ),
    lineage={
        "observed": _OBSERVED,
        "observed_families": (*_OBSERVED, "genealogy.members.family_id"),
    },
)

PRIOR_SCORES = TableSpec(
    schema="evolution",
    table="prior_scores",
    subject="evolution",
    meaning="How well operator weights learned from earlier mutations predict later ones.",
    grain=("weighting",),
    columns=(
        "snapshot",
        "weighting",
        "bits",
        "gain",
        "ci_low",
        "ci_high",
        "n_operators",
        "fitted_until",
        "n_fitted_edges",
        "n_fitted_families",
        "n_edges",
        "n_mutations",
        "n_families",
        "n_missing",
    ),
    required=(
        "n_operators",
        "n_fitted_edges",
        "n_fitted_families",
        "n_edges",
        "n_mutations",
        "n_families",
        "n_missing",
    ),
    requirements=(
        "Weights are learned from the first 80 % of the mutated edges, by the child's creation.",
        "Only operators that a config can show take part.",
    ),
    lineage={"bits": (*_OBSERVED, "hub.models.created_at")},
)

ALL = (OPERATOR_PRIORS, PRIOR_SCORES)
