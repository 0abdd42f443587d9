"""Tables of the schema ``policy``: license risk, concentration, transparency."""

from __future__ import annotations

from biome_pipeline.warehouse.spec import ForeignKey, TableSpec

__all__ = [
    "ALL",
    "CONCENTRATION",
    "CONFLICT_RATES",
    "INHERITED_TERMS",
    "LICENSE_CONFLICTS",
    "LICENSE_TERMS",
    "TRANSPARENCY",
]

_MODEL = ForeignKey(("model_id",), "hub.models", ("model_id",))

LICENSE_TERMS = TableSpec(
    schema="policy",
    table="license_terms",
    subject="policy",
    meaning="What one license asks of who passes a derivative on; no legal advice.",
    grain=("license",),
    columns=("snapshot", "license", "class", "is_reviewed", "obligations", "clauses", "source"),
    required=("class", "is_reviewed", "obligations", "clauses"),
    requirements=(
        "Reviewed only with the full text at hand; any other license has no obligations here.",
        "The clauses stand in the order of the obligations.",
    ),
    is_shared=True,
)

LICENSE_CONFLICTS = TableSpec(
    schema="policy",
    table="license_conflicts",
    subject="policy",
    meaning="One obligation of an ancestor's license that a model is not known to keep.",
    grain=("model_id", "ancestor_id", "obligation"),
    columns=(
        "snapshot",
        "model_id",
        "ancestor_id",
        "obligation",
        "verdict",
        "path",
        "lost_between",
        "lost_relation",
        "severity",
        "confidence",
        "license",
        "ancestor_license",
    ),
    required=(
        "verdict",
        "path",
        "lost_between",
        "lost_relation",
        "severity",
        "confidence",
        "ancestor_license",
    ),
    requirements=(
        "In the graph of all relations, against every ancestor and not only the parents.",
        "The path is the shortest one from the ancestor to the model, of equally short ones the "
        "first by its models; lost_between is an edge of it.",
        "A model whose license has no reviewed terms yields unknowns, never a conflict.",
        "Risk information and no legal advice.",
    ),
    foreign_keys=(_MODEL, ForeignKey(("ancestor_id",), "hub.models", ("model_id",))),
    lineage={
        "path": ("genealogy.edges.parent_id", "genealogy.edges.child_id"),
        "verdict": ("hub.models.licenses", "hub.raw_models.card_data"),
    },
    is_model_grain=True,
    may_be_empty=True,
)

INHERITED_TERMS = TableSpec(
    schema="policy",
    table="inherited_terms",
    subject="policy",
    meaning="What a model owes to one license among its ancestors', and whether it keeps it.",
    grain=("model_id", "ancestor_license"),
    columns=(
        "snapshot",
        "model_id",
        "ancestor_license",
        "n_ancestors",
        "license",
        "confidence",
        "verdict",
        "dropped",
        "severity",
    ),
    required=("n_ancestors", "confidence", "verdict", "dropped"),
    requirements=(
        "Only licenses with obligations; a model without such an ancestor has no row.",
        "There is a severity if and only if the verdict is conflict.",
    ),
    foreign_keys=(_MODEL,),
    lineage={"verdict": ("hub.models.licenses", "hub.raw_models.card_data")},
    is_model_grain=True,
    may_be_empty=True,
)

CONFLICT_RATES = TableSpec(
    schema="policy",
    table="conflict_rates",
    subject="policy",
    meaning="How many models of a group dropped an obligation of an ancestor's license.",
    grain=("dimension", "group", "severity_floor"),
    columns=(
        "snapshot",
        "dimension",
        "group",
        "severity_floor",
        "n_models",
        "n_unknown",
        "n_conflicts",
        "n_units",
        "share",
        "ci_low",
        "ci_high",
        "bound_low",
        "bound_high",
    ),
    required=("n_models", "n_unknown", "n_conflicts", "n_units", "bound_low", "bound_high"),
    requirements=(
        "The models of a group are those with an ancestor whose license has obligations.",
        "The share is of n_models less n_unknown.",
        "Intervals resample families, within one family its authors.",
    ),
    lineage={"n_conflicts": ("policy.inherited_terms.verdict", "policy.inherited_terms.severity")},
    may_be_empty=True,
)

CONCENTRATION = TableSpec(
    schema="policy",
    table="concentration",
    subject="policy",
    meaning="How much of the models or downloads few authors, families, languages or licenses "
    "hold.",
    grain=("dimension", "measure", "weighting", "is_without_largest"),
    columns=(
        "snapshot",
        "dimension",
        "measure",
        "weighting",
        "is_without_largest",
        "value",
        "ci_low",
        "ci_high",
        "n_holders",
        "n_models",
        "n_missing",
        "n_units",
        "largest",
    ),
    required=("n_holders", "n_models", "n_missing", "n_units"),
    requirements=(
        "A model with several languages or licenses is shared out in equal parts; one without "
        "relatives is a family of its own.",
        "Intervals are linearised, with families as units: ranks and the largest are held fixed.",
    ),
    lineage={
        "value": ("hub.models.author", "hub.models.languages", "hub.models.licenses"),
    },
)

TRANSPARENCY = TableSpec(
    schema="policy",
    table="transparency",
    subject="policy",
    meaning="What the models of a group disclose: cards, licenses, descent.",
    grain=("dimension", "group"),
    columns=(
        "snapshot",
        "dimension",
        "group",
        "n",
        "n_missing",
        "n_derived",
        "n_units",
        *(
            f"{name}{end}"
            for name in ("completeness", "missing_license", "missing_parent", "missing_lineage")
            for end in ("", "_ci_low", "_ci_high")
        ),
    ),
    required=("n", "n_missing", "n_derived", "n_units"),
    requirements=(
        "Completeness rests on n less n_missing, missing_lineage on n_derived, the others on n.",
        "Intervals resample families and, of models without relatives, authors; within one "
        "family its authors.",
    ),
    lineage={
        "completeness": ("hub.cards.outcome",),
        "missing_license": ("hub.models.license",),
        "missing_lineage": ("hub.models.tags", "genealogy.edges.child_id"),
    },
    may_be_empty=True,
)

ALL = (
    LICENSE_TERMS,
    LICENSE_CONFLICTS,
    INHERITED_TERMS,
    CONFLICT_RATES,
    CONCENTRATION,
    TRANSPARENCY,
)
