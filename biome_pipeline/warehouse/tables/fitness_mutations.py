"""Tables of the schema ``fitness``: how configs change from parent to child."""

from __future__ import annotations

from biome_pipeline.warehouse.spec import TableSpec

__all__ = ["ALL", "CONFIG_MUTATIONS", "CONFIG_MUTATION_KINDS", "RELATION_CONTRADICTIONS"]

CONFIG_MUTATIONS = TableSpec(
    schema="fitness",
    table="config_mutations",
    subject="fitness",
    meaning="How often one fact of the config differs between parent and child.",
    grain=("graph", "relation", "attribute"),
    columns=(
        "snapshot",
        "graph",
        "relation",
        "attribute",
        "n_edges",
        "n_reporting",
        "n_families",
        "n_changed",
        "share_changed",
        "ci_low",
        "ci_high",
        "n_increased",
        "n_decreased",
        "median_ratio",
        "typical_from",
        "typical_to",
        "n_typical",
    ),
    required=("n_edges", "n_reporting", "n_families", "n_changed"),
    requirements=(
        "An edge reports if both ends say the fact.",
        "Relation all is the whole graph, each pair once.",
    ),
    lineage={"share_changed": ("hub.configs.hidden_size", "genealogy.edges.parent_id")},
    may_be_empty=True,
)

CONFIG_MUTATION_KINDS = TableSpec(
    schema="fitness",
    table="config_mutation_kinds",
    subject="fitness",
    meaning="How often children change the config of a parent in one way.",
    grain=("graph", "relation", "kind"),
    columns=(
        "snapshot",
        "graph",
        "relation",
        "kind",
        "n_edges",
        "n_reporting",
        "n_families",
        "n_changed",
        "share_changed",
        "ci_low",
        "ci_high",
        "example_parent_id",
        "example_child_id",
    ),
    required=("n_edges", "n_reporting", "n_families", "n_changed"),
    requirements=("An edge reports if what the kind looks at is known on both ends.",),
    lineage={"share_changed": ("hub.configs.hidden_size", "genealogy.edges.parent_id")},
    may_be_empty=True,
)

RELATION_CONTRADICTIONS = TableSpec(
    schema="fitness",
    table="relation_contradictions",
    subject="fitness",
    meaning="How often configs contradict the declared relation in one way.",
    grain=("relation", "contradiction"),
    columns=(
        "snapshot",
        "relation",
        "contradiction",
        "n_edges",
        "n_reporting",
        "n_families",
        "n_contradicted",
        "share_contradicted",
        "ci_low",
        "ci_high",
        "example_parent_id",
        "example_child_id",
    ),
    required=("n_edges", "n_reporting", "n_families", "n_contradicted"),
    requirements=("An edge reports if what would contradict is known on both ends.",),
    lineage={
        "share_contradicted": (
            "hub.configs.hidden_size",
            "hub.configs.uses_quantization",
            "genealogy.edges.relation",
        )
    },
    may_be_empty=True,
)

ALL = (CONFIG_MUTATIONS, CONFIG_MUTATION_KINDS, RELATION_CONTRADICTIONS)
