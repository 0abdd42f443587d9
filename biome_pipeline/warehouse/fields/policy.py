"""Columns of the schema ``policy``."""

from __future__ import annotations

from biome_pipeline.vocabulary.relations import RELATIONS
from biome_pipeline.warehouse.fields.field import Field

__all__ = ["ALL"]

_TERMS = "policy.license_terms"
_CONFLICTS = "policy.license_conflicts"
_INHERITED = "policy.inherited_terms"
_RATES = "policy.conflict_rates"
_CONCENTRATION = "policy.concentration"
_TRANSPARENCY = "policy.transparency"

_RESAMPLED = "family bootstrap"
_BY_FAMILY = "of the 95 % interval, from resampling families and authors."

_DISCLOSED = {
    "completeness": "Mean share of the seven sections that a card has, 0 without a card",
    "missing_license": "Share of models that state no license",
    "missing_parent": "Share of models that name no parent",
    "missing_lineage": "Share of models that name no parent, of those whose tags or library say "
    "that they were made from another model",
}


def _disclosed() -> tuple[Field, ...]:
    fields = []
    for name, meaning in _DISCLOSED.items():
        fields.append(
            Field(name, "DOUBLE", f"{meaning}; NULL where no model tells.", "share", "computed")
        )
        fields += [
            Field(
                f"{name}_ci_{end}",
                "DOUBLE",
                f"{place} end {_BY_FAMILY}",
                "share",
                "family bootstrap",
            )
            for end, place in (("low", "Lower"), ("high", "Upper"))
        ]
    return tuple(fields)


ALL = (
    # terms
    *(
        Field(
            "license",
            "VARCHAR",
            "Reviewed license of the model; NULL where its license has no reviewed terms.",
            source="hub.models, license_name",
            table=table,
        )
        for table in (_CONFLICTS, _INHERITED)
    ),
    Field("license", "VARCHAR", "Id of the license.", source="vocabulary", table=_TERMS),
    Field(
        "class",
        "VARCHAR",
        "What the license asks for, in one word.",
        source="reviewed",
        values=(
            "permissive",
            "weak copyleft",
            "copyleft",
            "non-commercial",
            "no-derivatives",
            "use-restricted",
            "community",
            "public domain",
            "other",
            "unknown",
        ),
    ),
    Field(
        "is_reviewed",
        "BOOLEAN",
        "Whether the full text was read for its obligations.",
        source="reviewed",
    ),
    Field(
        "obligations",
        "VARCHAR[]",
        "What the license asks of who passes a derivative on.",
        source="reviewed",
    ),
    Field(
        "clauses",
        "VARCHAR[]",
        "Clause of the text that each obligation comes from.",
        source="reviewed",
    ),
    Field(
        "source",
        "VARCHAR",
        "Where the full text was read; NULL if it was not at hand.",
        source="reviewed",
        table=_TERMS,
    ),
    # conflicts
    Field("ancestor_id", "VARCHAR", "Model that it descends from.", source="genealogy.edges"),
    Field("obligation", "VARCHAR", "What the ancestor's license asks for.", source="reviewed"),
    Field(
        "verdict",
        "VARCHAR",
        "A conflict if the model's reviewed license does not keep the obligation, unknown if its "
        "license has no reviewed terms.",
        source="computed",
        values=("conflict", "unknown"),
        table=_CONFLICTS,
    ),
    Field(
        "verdict",
        "VARCHAR",
        "Whether the model's license keeps all obligations of the ancestors' license, drops some "
        "(conflict), or has no reviewed terms (unknown).",
        source="computed",
        values=("kept", "conflict", "unknown"),
        table=_INHERITED,
    ),
    Field("path", "VARCHAR[]", "Models from the ancestor to the model.", source="genealogy.edges"),
    Field(
        "lost_between",
        "VARCHAR[]",
        "Parent and child on the path between which the obligation was last and no longer stated.",
        source="computed",
    ),
    Field(
        "lost_relation",
        "VARCHAR",
        "Relation of that edge, the first one where it has several.",
        source="genealogy.edges",
        values=RELATIONS,
    ),
    Field(
        "severity",
        "VARCHAR",
        "How much hangs on the obligation.",
        source="reviewed",
        values=("low", "medium", "high"),
        table=_CONFLICTS,
    ),
    Field(
        "severity",
        "VARCHAR",
        "The largest severity of the dropped obligations; NULL where none is known to be dropped.",
        source="reviewed",
        values=("low", "medium", "high"),
        table=_INHERITED,
    ),
    *(
        Field(
            "confidence",
            "VARCHAR",
            f"{meaning}: declared by the id of a reviewed license, named by the license_name of "
            "another one, unknown (not reviewed, or several), or missing.",
            source="computed",
            values=("declared", "named", "unknown", "missing"),
            table=table,
        )
        for table, meaning in (
            (_CONFLICTS, "The weakest statement of a license on the path"),
            (_INHERITED, "How the model states its license"),
        )
    ),
    Field(
        "ancestor_license",
        "VARCHAR",
        "Reviewed license of the ancestor.",
        source="hub.models, license_name",
    ),
    Field("n_ancestors", "BIGINT", "Ancestors under that license.", "models", "computed"),
    Field(
        "dropped",
        "VARCHAR[]",
        "Obligations of it that the model's own license does not keep.",
        source="computed",
    ),
    # rates and shares
    Field(
        "dimension",
        "VARCHAR",
        "By what models are grouped: license is the model's own, month that of its creation, "
        "relation that to a parent, family one of the largest.",
        source="computed",
        values=("all", "ancestor_license", "license", "relation", "month", "family"),
        table=_RATES,
    ),
    Field(
        "dimension",
        "VARCHAR",
        "Who holds.",
        source="computed",
        values=("author", "family", "language", "license"),
        table=_CONCENTRATION,
    ),
    Field(
        "dimension",
        "VARCHAR",
        "By what models are grouped: their generation in the graph of all relations, or one of "
        "the largest families.",
        source="computed",
        values=("all", "generation", "family"),
        table=_TRANSPARENCY,
    ),
    *(
        Field("group", "VARCHAR", meaning, source="computed", table=table)
        for table, meaning in (
            (_RATES, "License, relation, month or root of the family; all for the whole snapshot."),
            (
                _TRANSPARENCY,
                "Generation, root of the family, or without relatives; all for the whole snapshot.",
            ),
        )
    ),
    Field(
        "severity_floor",
        "VARCHAR",
        "Least severity of an obligation that counts: low for any.",
        source="computed",
        values=("low", "high"),
    ),
    Field(
        "n_models",
        "BIGINT",
        "Models with an ancestor whose license has obligations.",
        "models",
        "computed",
        table=_RATES,
    ),
    Field(
        "n_unknown",
        "BIGINT",
        "Those whose own license has no reviewed terms.",
        "models",
        "computed",
        table=_RATES,
    ),
    Field("n_conflicts", "BIGINT", "Those that dropped an obligation.", "models", "computed"),
    *(
        Field(
            "n_units",
            "BIGINT",
            "Units that it rests on: families, and authors of models without relatives or within "
            "one family.",
            "units",
            "computed",
            table=table,
        )
        for table in (_RATES, _CONCENTRATION, _TRANSPARENCY)
    ),
    Field(
        "share",
        "DOUBLE",
        "n_conflicts over the models that tell; NULL where none does.",
        "share",
        "computed",
        table=_RATES,
    ),
    Field("ci_low", "DOUBLE", f"Lower end {_BY_FAMILY}", "share", "family bootstrap", table=_RATES),
    Field(
        "ci_high", "DOUBLE", f"Upper end {_BY_FAMILY}", "share", "family bootstrap", table=_RATES
    ),
    Field(
        "bound_low",
        "DOUBLE",
        "Share of all models of the group if no unknown one dropped an obligation.",
        "share",
        "computed",
        table=_RATES,
    ),
    Field(
        "bound_high",
        "DOUBLE",
        "Share of all models of the group if every unknown one did.",
        "share",
        "computed",
        table=_RATES,
    ),
    Field(
        "measure",
        "VARCHAR",
        "What is measured: hhi is the sum of squared shares, gini the Gini coefficient, the others "
        "what the largest 1, 10 or 100 hold together.",
        source="computed",
        values=("hhi", "gini", "top_1_share", "top_10_share", "top_100_share"),
        table=_CONCENTRATION,
    ),
    Field(
        "weighting",
        "VARCHAR",
        "What is held: models, or their downloads of the last 30 days.",
        source="computed",
        values=("models", "downloads"),
        table=_CONCENTRATION,
    ),
    Field(
        "is_without_largest",
        "BOOLEAN",
        "Whether the largest holder is left out.",
        source="computed",
    ),
    Field(
        "value",
        "DOUBLE",
        "The measure, from 0 to 1; NULL where nobody holds anything.",
        "share",
        "computed",
        table=_CONCENTRATION,
    ),
    Field(
        "ci_low",
        "DOUBLE",
        "Lower end of the 95 % interval, linearised over families.",
        "share",
        "linearised",
        table=_CONCENTRATION,
    ),
    Field(
        "ci_high",
        "DOUBLE",
        "Upper end of the 95 % interval, linearised over families.",
        "share",
        "linearised",
        table=_CONCENTRATION,
    ),
    Field("n_holders", "BIGINT", "Holders of more than nothing.", "holders", "computed"),
    Field(
        "n_models",
        "BIGINT",
        "Models that name a holder, and whose downloads are known where these count.",
        "models",
        "computed",
        table=_CONCENTRATION,
    ),
    Field(
        "n_missing",
        "BIGINT",
        "Models that do not.",
        "models",
        "computed",
        table=_CONCENTRATION,
    ),
    Field("largest", "VARCHAR", "The largest holder; NULL if there is none.", source="computed"),
    Field("n", "BIGINT", "Models of the group.", "models", "computed", table=_TRANSPARENCY),
    Field(
        "n_missing",
        "BIGINT",
        "Models whose card was not asked for, or could not be read.",
        "models",
        "computed",
        table=_TRANSPARENCY,
    ),
    Field(
        "n_derived",
        "BIGINT",
        "Models whose tags or library say that they were made from another model.",
        "models",
        "computed",
    ),
    *_disclosed(),
)
