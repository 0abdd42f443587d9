"""The closing summary of the published analysis, by its rule and by the robust one.

What does not belong here: how groups and features are measured.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from biome_pipeline.fitness.groups import RULES, earnings_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from biome_pipeline.fitness.arrays import FitnessModels
    from biome_pipeline.fitness.groups import Rule

__all__ = ["summary_rows"]

_MEASURES: dict[Rule, dict[str, str]] = {
    "published": {"descendants": "mean_descendants", "downloads": "mean_downloads"},
    "robust": {"descendants": "descendants_per_year", "downloads": "downloads_per_month"},
}
_IMPACT_RULES: dict[Rule, str] = {"published": "published", "robust": "matched"}


def summary_rows(
    models: FitnessModels,
    groups: Mapping[str, Sequence[Mapping[str, Any]]],
    impact: Sequence[Mapping[str, Any]],
) -> list[dict[str, Any]]:
    """Make the rows of ``fitness.summary``.

    Parameters
    ----------
    models : FitnessModels
        All models.
    groups : mapping of str to sequence of mapping
        Rows of ``fitness.by_size`` (``size``), ``sweet_spots`` (``spot``) and
        ``by_family`` (``family``).
    impact : sequence of mapping
        Rows of ``fitness.feature_impact``.

    Returns
    -------
    list of dict
        Totals, the best groups with their measure, and means with and without
        grouped queries and experts; matched means by the robust rule.
    """
    rows = []
    for rule in RULES:
        found = [*_totals(models, rule)]
        for name, own in groups.items():
            found += _best(name, [row for row in own if row["rule"] == rule], _MEASURES[rule])
        found += _means([row for row in impact if row["rule"] == _IMPACT_RULES[rule]])
        rows += [{"rule": rule, **row} for row in found]
    return rows


def _totals(models: FitnessModels, rule: Rule) -> Iterator[dict[str, Any]]:
    earnings = earnings_of(models, rule)
    n = int(earnings.rows.size)
    for item, name in (("models", "n"), ("descendants",) * 2, ("downloads",) * 2):
        yield {"item": item, "value": float(earnings.sums[name].sum()), "n": n}


def _best(
    name: str, rows: Sequence[Mapping[str, Any]], measures: Mapping[str, str]
) -> Iterator[dict[str, Any]]:
    for outcome, measure in measures.items():
        item = f"best_{name}_{outcome}"
        best = [row for row in rows if row[f"is_best_{outcome}"]]
        if not best:
            yield {"item": item, "n": sum(row["n"] for row in rows)}
            continue
        label = "family" if name == "family" else "bin"
        yield {
            "item": item,
            "value": best[0][measure],
            "label": ", ".join(sorted(row[label] for row in best)),
            "n": sum(row["n"] for row in best),
        }


def _means(impact: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    for feature in ("gqa", "moe"):
        for outcome in ("descendants", "downloads"):
            own = [
                row
                for row in impact
                if row["feature"] == f"uses_{feature}" and row["outcome"] == outcome
            ]
            for word in ("with", "without"):
                yield {
                    "item": f"{feature}_{outcome}_{word}",
                    "value": own[0][f"mean_{word}"] if own else None,
                    "n": own[0][f"n_{word}"] if own else 0,
                }
