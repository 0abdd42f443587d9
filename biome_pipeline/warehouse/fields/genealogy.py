"""Columns of the schema ``genealogy``."""

from __future__ import annotations

from biome_pipeline.vocabulary.relations import GRAPHS, RELATIONS
from biome_pipeline.warehouse.fields.field import Field

__all__ = ["ALL"]

ALL = (
    # one edge
    Field(
        "parent_id",
        "VARCHAR",
        "Parent of the edge after resolution; as declared if it cannot be resolved.",
        source="declarations",
    ),
    Field("child_id", "VARCHAR", "Child of the edge.", source="declarations"),
    Field("parent_node", "INTEGER", "Node of the parent; NULL if absent.", source="computed"),
    Field("child_node", "INTEGER", "Node of the child.", source="computed"),
    Field(
        "relation",
        "VARCHAR",
        "How the child was made from the parent; unspecified if only the bare pair is declared.",
        source="declarations",
        values=RELATIONS,
    ),
    Field(
        "declared_by",
        "VARCHAR[]",
        "Places that declare this relation, sorted: base_models, card, tags.",
        source="declarations",
    ),
    Field(
        "pair_declared_by",
        "VARCHAR[]",
        "Places that declare the pair under any relation or none, sorted.",
        source="declarations",
    ),
    Field(
        "unknown_relations",
        "VARCHAR[]",
        "Declared words for the pair that are no known relation, sorted; empty if none.",
        source="declarations",
    ),
    Field(
        "is_parent_in_snapshot",
        "BOOLEAN",
        "Whether the parent is a model of the snapshot.",
        source="computed",
    ),
    Field("is_excluded", "BOOLEAN", "Whether the edge is in no graph.", source="computed"),
    Field(
        "excluded_reason",
        "VARCHAR",
        "Why the edge is in no graph; NULL if it is not excluded.",
        source="computed",
        values=("malformed", "self_loop", "absent", "cycle"),
    ),
    Field(
        "resolved_from",
        "VARCHAR",
        "Legacy id that was declared where parent_id is its present "
        "name; NULL if declared as it is.",
        source="declarations",
    ),
    Field(
        "is_case_mismatch",
        "BOOLEAN",
        "Whether the absent parent would match a model but for upper and lower case.",
        source="computed",
    ),
    Field(
        "is_child_older",
        "BOOLEAN",
        "Whether the child was created before its parent; NULL if a date is unknown or backfilled.",
        source="computed",
    ),
    Field(
        "is_relation_contradicted",
        "BOOLEAN",
        "Whether the child's files contradict the relation; NULL if the files are unknown.",
        source="siblings",
    ),
    # one member of one graph
    Field(
        "graph",
        "VARCHAR",
        "Which edges count: finetune only, asexual (all but merge), or all.",
        source="computed",
        values=GRAPHS,
    ),
    Field(
        "family_id",
        "BIGINT",
        "Number of the family in its graph: 1 is the largest; ties by root_id.",
        source="computed",
    ),
    Field(
        "root_id",
        "VARCHAR",
        "Root of the family: the model without parents with most "
        "descendants; ties by earliest creation, then id.",
        source="computed",
    ),
    Field(
        "generation",
        "INTEGER",
        "Longest path to the model from a model without parents.",
        "edges",
        "computed",
    ),
    Field("n_parents", "BIGINT", "Parents in the graph.", "models", "computed"),
    Field(
        "n_children",
        "BIGINT",
        "Children in the graph; with a relation, models that are a child by it.",
        "models",
        "computed",
    ),
    Field(
        "n_descendants",
        "BIGINT",
        "Models that descend from the model, each counted once.",
        "models",
        "computed",
    ),
    *(
        Field(
            f"n_children_{relation}",
            "BIGINT",
            f"Children in the graph by the relation {relation}.",
            "models",
            "computed",
        )
        for relation in RELATIONS
    ),
    # one family
    Field(
        "n_pairs",
        "BIGINT",
        "Parent-child pairs of the family, each counted once.",
        "pairs",
        "computed",
    ),
    Field("depth", "INTEGER", "Largest generation of the family.", "edges", "computed"),
    Field("n_leaves", "BIGINT", "Members without children.", "models", "computed"),
    Field("max_children", "BIGINT", "Most children of one member.", "models", "computed"),
    Field(
        "is_tree",
        "BOOLEAN",
        "Whether the family has one path between any two members.",
        source="computed",
    ),
    Field(
        "wiener_index",
        "BIGINT",
        "Sum of distances over all unordered pairs of members, "
        "undirected; a rounded estimate if sampled.",
        "edges",
        "computed",
    ),
    Field(
        "structural_virality",
        "DOUBLE",
        "Mean distance over all pairs of members (Goel et al. 2016).",
        "edges",
        "computed",
    ),
    Field(
        "is_virality_exact",
        "BOOLEAN",
        "Whether wiener_index and structural_virality are exact or estimated from sampled sources.",
        source="computed",
    ),
    Field(
        "virality_std_error",
        "DOUBLE",
        "Standard error of structural_virality; 0 if exact.",
        "edges",
        "computed",
    ),
    # fertility and growth
    Field(
        "n_fertile",
        "BIGINT",
        "Children that have children themselves in the graph.",
        "models",
        "computed",
    ),
    Field(
        "share_fertile",
        "DOUBLE",
        "n_fertile over n_children; NULL without children.",
        "share",
        "computed",
    ),
    Field(
        "ci_low",
        "DOUBLE",
        "Lower end of the 95 % interval; NULL with fewer than two families.",
        "as the estimate",
        "bootstrap over families",
    ),
    Field(
        "ci_high",
        "DOUBLE",
        "Upper end of the 95 % interval; NULL with fewer than two families.",
        "as the estimate",
        "bootstrap over families",
    ),
    Field("n_families", "BIGINT", "Families that the estimate rests on.", "families", "computed"),
    Field("month", "DATE", "First day of the calendar month.", "UTC", "created_at"),
    Field(
        "n_models_cumulative",
        "BIGINT",
        "Models of the family created up to the end of the month.",
        "models",
        "computed",
    ),
    Field(
        "n_backfilled", "BIGINT", "Models whose creation date is backfilled.", "models", "computed"
    ),
    Field(
        "n_related", "BIGINT", "Models with a parent or a child in graph all.", "models", "computed"
    ),
)
