"""Tables of the schema ``similarity``: how alike relatives are."""

from __future__ import annotations

from biome_pipeline.warehouse.spec import ForeignKey, TableSpec

__all__ = ["ALL", "MATCHED", "PAIRS", "SUMMARY", "TOPOLOGIES", "VOCABULARY"]

TOPOLOGIES = TableSpec(
    schema="similarity",
    table="topologies",
    subject="similarity",
    meaning="How often one small shape of related models occurs in one graph.",
    grain=("graph", "topology"),
    columns=("snapshot", "graph", "topology", "occurrences"),
    required=("occurrences",),
    requirements=("Every graph has all eight topologies; a count is exact or there is none.",),
    lineage={"occurrences": ("genealogy.edges.parent_id", "genealogy.edges.child_id")},
)

PAIRS = TableSpec(
    schema="similarity",
    table="pairs",
    subject="similarity",
    meaning="One drawn pair of models, at one position of one topology.",
    grain=("graph", "topology", "position", "draw"),
    columns=(
        "snapshot",
        "graph",
        "topology",
        "position",
        "draw",
        "first_id",
        "second_id",
        "generation_gap",
        "distance",
        "first_node",
        "second_node",
        "top_node",
    ),
    required=("first_id", "second_id", "first_node", "second_node"),
    requirements=(
        "Occurrences are drawn with equal chance, with replacement; all positions of a topology "
        "come from the same draws.",
        "Where one model descends from the other, it is the second.",
    ),
    foreign_keys=(
        ForeignKey(("first_id",), "hub.models", ("model_id",)),
        ForeignKey(("second_id",), "hub.models", ("model_id",)),
    ),
    lake_only_columns=("first_node", "second_node", "top_node"),
    lineage=dict.fromkeys(
        ("first_id", "second_id"), ("genealogy.edges.parent_id", "genealogy.edges.child_id")
    ),
    is_model_grain=True,
    may_be_empty=True,
    is_sorted=False,
)

VOCABULARY = TableSpec(
    schema="similarity",
    table="vocabulary",
    subject="similarity",
    meaning="One of the most frequent words, or pairs of neighbouring words, of all texts.",
    grain=("text", "ablation", "place"),
    columns=(
        "snapshot",
        "text",
        "ablation",
        "place",
        "term",
        "occurrences",
        "document_frequency",
        "n_documents",
        "is_sampled",
    ),
    required=("term", "occurrences", "document_frequency", "n_documents", "is_sampled"),
    requirements=("The most frequent term has place 0; ties stand in the order of terms.",),
    lineage={
        "term": ("hub.raw_models.tags", "hub.models.licenses", "hub.raw_cards.text"),
    },
    may_be_empty=True,
)

MATCHED = TableSpec(
    schema="similarity",
    table="matched",
    subject="similarity",
    meaning="The same children beside their parents and beside their siblings.",
    grain=("graph", "text", "measure", "ablation"),
    columns=(
        "snapshot",
        "graph",
        "text",
        "measure",
        "ablation",
        "n",
        "n_missing",
        "n_families",
        "parent_mean",
        "sibling_mean",
        "difference",
        "ci_low",
        "ci_high",
        "p_value",
        "n_sibling_pairs",
        "n_sibling_pairs_missing",
        "n_sibling_families",
        "mean_by_parent",
        "mean_by_parent_ci_low",
        "mean_by_parent_ci_high",
        "mean_by_family",
        "mean_by_family_ci_low",
        "mean_by_family_ci_high",
    ),
    required=("n", "n_missing"),
    requirements=(
        "All siblings of a child count, none is drawn.",
        "A child of several parents counts under each of them.",
    ),
    lineage={"difference": ("genealogy.edges.parent_id", "hub.raw_models.tags")},
    may_be_empty=True,
)

SUMMARY = TableSpec(
    schema="similarity",
    table="summary",
    subject="similarity",
    meaning="Mean similarity at one position, by one measure, with its interval.",
    grain=("graph", "topology", "position", "text", "measure", "ablation", "weighting"),
    columns=(
        "snapshot",
        "graph",
        "topology",
        "position",
        "text",
        "measure",
        "ablation",
        "weighting",
        "generation_gap",
        "distance",
        "n",
        "n_missing",
        "n_families",
        "mean",
        "ci_low",
        "ci_high",
        "family_ci_low",
        "family_ci_high",
        "published",
    ),
    required=("n", "n_missing"),
    requirements=(
        "Every measure compares the same pairs.",
        "A mean without any pair that has a similarity is NULL.",
    ),
    lineage={
        "mean": (
            "similarity.pairs.first_id",
            "similarity.pairs.second_id",
            "hub.raw_models.tags",
            "hub.raw_cards.text",
        )
    },
    may_be_empty=True,
)

ALL = (TOPOLOGIES, PAIRS, VOCABULARY, MATCHED, SUMMARY)
