"""Tables of the schema ``drift`` on numbers and on time."""

from __future__ import annotations

from biome_pipeline.warehouse.spec import TableSpec

__all__ = ["ALL", "BY_QUARTER", "NUMERIC"]


def _with_ends(*names: str) -> tuple[str, ...]:
    return tuple(f"{name}{end}" for name in names for end in ("", "_ci_low", "_ci_high"))


NUMERIC = TableSpec(
    schema="drift",
    table="numeric",
    subject="drift",
    meaning="How one number changes from parent to child, in one graph and by one relation.",
    grain=("graph", "relation", "attribute", "weighting"),
    columns=(
        "snapshot",
        "graph",
        "relation",
        "attribute",
        "weighting",
        "n",
        "n_missing",
        "n_parents",
        "n_families",
        *_with_ends(
            "mean_parent",
            "mean_child",
            "mean_difference",
            "ratio_of_means",
            "share_lower",
            "share_higher",
        ),
        "n_change",
        *_with_ends("mean_change"),
        "n_log_ratio",
        *_with_ends("median_log_ratio"),
        "published_mean_parent",
        "published_mean_child",
        "published_mean_difference",
        "published_mean_change",
    ),
    required=("n", "n_missing", "n_parents", "n_families", "n_change", "n_log_ratio"),
    requirements=(
        "Relation all is the whole graph, each pair once.",
        "n and n_missing are the edges of the graph, or of the relation in it.",
        "An edge counts in n if both ends are known, in n_change if the parent is above 0 besides, "
        "in n_log_ratio if both are; flags have neither.",
        "Without any card there are no rows of cards.",
    ),
    lineage=dict.fromkeys(
        ("mean_parent", "mean_child"),
        (
            "hub.cards.characters",
            "hub.cards.words",
            "hub.cards.is_auto_generated",
            "hub.models.languages",
            "hub.models.likes",
            "hub.models.downloads",
            "genealogy.edges.parent_id",
            "genealogy.edges.child_id",
        ),
    ),
    may_be_empty=True,
)

BY_QUARTER = TableSpec(
    schema="drift",
    table="by_quarter",
    subject="drift",
    meaning="How often one trait mutated along the edges of one quarter, and why that changed.",
    grain=("graph", "trait", "quarter"),
    columns=(
        "snapshot",
        "graph",
        "trait",
        "quarter",
        "n",
        "n_reporting",
        "n_families",
        "rate",
        "ci_low",
        "ci_high",
        "compared_with",
        *_with_ends("change", "composition_part", "behaviour_part"),
        "share_common",
        *_with_ends("family_composition_part", "family_behaviour_part"),
        "family_share_common",
    ),
    required=("n", "n_reporting", "n_families"),
    requirements=(
        "composition_part and behaviour_part add up to change, and so do the two by family.",
        "Children whose date is missing or backfilled are in no quarter.",
    ),
    lineage={
        "rate": (
            "hub.models.licenses",
            "hub.models.languages",
            "hub.models.pipeline_tag",
            "hub.models.library_name",
            "genealogy.edges.parent_id",
        ),
        "quarter": ("hub.models.created_at",),
    },
    may_be_empty=True,
)

ALL = (NUMERIC, BY_QUARTER)
