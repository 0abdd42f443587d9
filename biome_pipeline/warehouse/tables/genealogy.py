"""Tables of the schema ``genealogy``: who descends from whom."""

from __future__ import annotations

from biome_pipeline.vocabulary.relations import RELATIONS
from biome_pipeline.warehouse.spec import ForeignKey, TableSpec

__all__ = ["ALL", "CREATIONS", "EDGES", "FAMILIES", "FERTILITY", "GROWTH", "MEMBERS"]

EDGES = TableSpec(
    schema="genealogy",
    table="edges",
    subject="genealogy",
    meaning="One declared descent: a child, a parent and the relation between them.",
    grain=("parent_id", "child_id", "relation"),
    columns=(
        "snapshot",
        "parent_id",
        "child_id",
        "relation",
        "declared_by",
        "pair_declared_by",
        "unknown_relations",
        "is_parent_in_snapshot",
        "is_excluded",
        "excluded_reason",
        "resolved_from",
        "is_case_mismatch",
        "is_child_older",
        "is_relation_contradicted",
        "parent_node",
        "child_node",
    ),
    required=(
        "declared_by",
        "pair_declared_by",
        "unknown_relations",
        "is_parent_in_snapshot",
        "is_excluded",
        "is_case_mismatch",
        "child_node",
    ),
    requirements=(
        "An edge runs from parent to child.",
        "A pair that has a typed relation has no unspecified row.",
        "The edges that are not excluded have no cycle, whatever their relations.",
        "is_excluded holds exactly where excluded_reason has a value.",
    ),
    foreign_keys=(ForeignKey(("child_id",), "hub.models", ("model_id",)),),
    lake_only_columns=("parent_node", "child_node"),
    lineage={
        **dict.fromkeys(
            ("parent_id", "declared_by", "pair_declared_by"),
            ("hub.raw_models.tags", "hub.raw_models.base_models", "hub.raw_models.card_data"),
        ),
        "relation": (
            "hub.raw_models.tags",
            "hub.raw_models.base_models_relation",
            "hub.raw_models.card_data",
        ),
        "child_id": ("hub.models.model_id",),
        "is_parent_in_snapshot": ("hub.models.model_id",),
        "is_child_older": ("hub.models.created_at",),
        "is_relation_contradicted": ("hub.raw_models.siblings",),
    },
    is_model_grain=True,
    may_be_empty=True,
)

MEMBERS = TableSpec(
    schema="genealogy",
    table="members",
    subject="genealogy",
    meaning="One model in one graph in which it has a relative.",
    grain=("graph", "model_id"),
    columns=(
        "snapshot",
        "graph",
        "model_id",
        "node",
        "family_id",
        "root_id",
        "generation",
        "n_parents",
        "n_children",
        "n_descendants",
        *(f"n_children_{relation}" for relation in RELATIONS),
    ),
    required=(
        "node",
        "family_id",
        "root_id",
        "generation",
        "n_parents",
        "n_children",
        "n_descendants",
        *(f"n_children_{relation}" for relation in RELATIONS),
    ),
    requirements=(
        "A model without relatives in a graph has no row for it.",
        "The generation of a child is larger than that of each of its parents.",
        "A pair under two relations counts once in n_children and once in each of the two.",
    ),
    foreign_keys=(
        ForeignKey(("model_id",), "hub.models", ("model_id",)),
        ForeignKey(("root_id",), "hub.models", ("model_id",)),
    ),
    lake_only_columns=("node",),
    lineage={
        **dict.fromkeys(
            ("family_id", "generation", "n_parents", "n_children", "n_descendants"),
            ("genealogy.edges.parent_id", "genealogy.edges.child_id"),
        ),
        "root_id": ("genealogy.edges.parent_id", "hub.models.created_at"),
        "model_id": ("hub.models.model_id",),
    },
    is_model_grain=True,
    may_be_empty=True,
    # Made graph by graph, in the order of the nodes.
    is_sorted=False,
)

FAMILIES = TableSpec(
    schema="genealogy",
    table="families",
    subject="genealogy",
    meaning="One family: a weakly connected component of a graph with at least one edge.",
    grain=("graph", "family_id"),
    columns=(
        "snapshot",
        "graph",
        "family_id",
        "root_id",
        "n_models",
        "n_pairs",
        "depth",
        "n_leaves",
        "max_children",
        "is_tree",
        "wiener_index",
        "structural_virality",
        "is_virality_exact",
        "virality_std_error",
    ),
    required=(
        "root_id",
        "n_models",
        "n_pairs",
        "depth",
        "n_leaves",
        "max_children",
        "is_tree",
        "wiener_index",
        "structural_virality",
        "is_virality_exact",
        "virality_std_error",
    ),
    requirements=(
        "structural_virality = 2 wiener_index / (n_models (n_models - 1)).",
        "is_tree holds exactly where n_pairs = n_models - 1.",
    ),
    foreign_keys=(ForeignKey(("root_id",), "hub.models", ("model_id",)),),
    is_model_grain=True,
    may_be_empty=True,
)

FERTILITY = TableSpec(
    schema="genealogy",
    table="fertility",
    subject="genealogy",
    meaning="How many children by one relation have children themselves.",
    grain=("graph", "relation"),
    columns=(
        "snapshot",
        "graph",
        "relation",
        "n_children",
        "n_fertile",
        "share_fertile",
        "ci_low",
        "ci_high",
        "n_families",
    ),
    required=("n_children", "n_fertile", "n_families"),
    requirements=("A model that is a child by two relations counts in both rows.",),
    may_be_empty=True,
)

GROWTH = TableSpec(
    schema="genealogy",
    table="growth",
    subject="genealogy",
    meaning="Size of one of the largest families at the end of one month.",
    grain=("graph", "family_id", "month"),
    columns=("snapshot", "graph", "family_id", "month", "n_models_cumulative"),
    required=("n_models_cumulative",),
    requirements=("Members without a creation date are not counted.",),
    foreign_keys=(
        ForeignKey(("graph", "family_id"), "genealogy.families", ("graph", "family_id")),
    ),
    may_be_empty=True,
)

CREATIONS = TableSpec(
    schema="genealogy",
    table="creations",
    subject="genealogy",
    meaning="Models created in one month, with and without relatives.",
    grain=("month",),
    columns=("snapshot", "month", "n_models", "n_related", "n_backfilled"),
    required=("n_models", "n_related", "n_backfilled"),
    requirements=("Models without a creation date are not counted.",),
    may_be_empty=True,
)

ALL = (EDGES, MEMBERS, FAMILIES, FERTILITY, GROWTH, CREATIONS)
