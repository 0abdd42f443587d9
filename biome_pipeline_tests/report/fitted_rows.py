"""Rows of the schema ``fitness``, made up to be drawn and put into words."""

from __future__ import annotations

import math
from datetime import date
from typing import Any

import pyarrow as pa

from biome_pipeline.fitness.arrays import FLAGS, NUMBERS, OUTCOMES, TRAITS
from biome_pipeline.vocabulary.relations import RELATIONS
from biome_pipeline.warehouse.fields import field_of
from biome_pipeline.warehouse.tables import TABLES

SIZES = ("0-1B", "1-3B", "3-7B", "7-13B", "13-30B", "30-70B", "70-200B", "200B+")
SIZE_ENDS = (0, 1, 3, 7, 13, 30, 70, 200, None)
FAMILIES = ("llama", "mistral", "qwen", "gpt", "bert", "deepseek")
CONTEXTS = ("0-2048", "2048-8192", "8192-32768", "32768-131072", "131072+")
CONTEXT_ENDS = (0, 2048, 8192, 32768, 131072, None)
SPOTS = ("1B", "3B", "7B", "13B", "30B", "70B")
FEATURES = ("uses_moe", "uses_gqa", "uses_rope", "uses_quantization")
RULES = ("published", "robust")
ATTRIBUTES = (
    "models",
    "n_children",
    "n_descendants",
    "downloads",
    "downloads_all_time",
    "likes",
    "age_days",
    "parameters",
    "has_relatives",
)
REGRESSIONS = ("poisson", "negative_binomial", "poisson_reduced")


def values_of(name: str, column: str) -> tuple[str, ...]:
    """The values that a column may have."""
    return field_of(name, column).values or ()


def table(name: str, rows: list[dict]) -> pa.Table:
    """Rows of one table, typed as the warehouse types them."""
    return pa.Table.from_pylist(rows, schema=TABLES[name].arrow_schema())


def ended(name: str, value: float | None, low: float | None, high: float | None) -> dict:
    return {name: value, f"{name}_ci_low": low, f"{name}_ci_high": high}


def coverage(attribute: str = "downloads", **values: Any) -> dict:
    return {
        "attribute": attribute,
        "n_with": 10_000,
        "n_without": 30_000,
        "share_with": 0.25,
        "mean_with": 0.6 if attribute == "has_relatives" else 900.0,
        "mean_without": 0.2 if attribute == "has_relatives" else 40.0,
        "median_with": 0.0 if attribute == "has_relatives" else 12.0,
        "median_without": 0.0,
        "n_unknown_with": 7,
        "n_unknown_without": 8,
        **ended("standardised_difference", 0.8, 0.7, 0.9),
        **values,
    }


def coverages() -> list[dict]:
    """More of most, younger, and as many children as can be told."""
    none = ended("standardised_difference", None, None, None)
    other = {
        "models": {**none, "mean_with": None, "mean_without": None},
        "age_days": ended("standardised_difference", -0.3, -0.4, -0.2),
        "n_children": ended("standardised_difference", 0.05, -0.02, 0.12),
    }
    return [coverage(name, **other.get(name, {})) for name in ATTRIBUTES]


def group(rule: str = "robust", **values: Any) -> dict:
    n = 200 if rule == "published" else 900
    return {
        "rule": rule,
        "n": n,
        "n_missing": 300,
        "n_authors": n // 2,
        "n_roots": n // 3,
        **ended("mean_descendants", 3.0, 2.0, 5.0),
        "median_descendants": 0.0,
        **ended("mean_downloads", 1_500.0, 700.0, 4_000.0),
        "median_downloads": 12.0,
        **ended("mean_likes", 4.0, 3.0, 5.5),
        "median_likes": 1.0,
        "share_without_downloads": 0.0 if rule == "published" else 0.6,
        "mean_parameters": 7.1e9,
        **ended("descendants_per_year", 2.5, 1.5, 4.5),
        **ended("downloads_per_month", 800.0, 300.0, 2_000.0),
        "probability_best_descendants": 0.1,
        "probability_best_downloads": 0.1,
        "is_best_descendants": False,
        "is_best_downloads": False,
        **values,
    }


EMPTY_GROUP: dict[str, Any] = {
    "n": 0,
    "n_authors": 0,
    "n_roots": 0,
    **dict.fromkeys(
        name for name in group() if name.startswith(("mean", "median", "desc", "down", "share"))
    ),
    **dict.fromkeys(name for name in group() if name.startswith(("probability", "is_best"))),
}
"""A group without models."""

BEST: dict[str, Any] = {
    "probability_best_descendants": 0.97,
    "probability_best_downloads": 0.41,
    "is_best_descendants": True,
    "is_best_downloads": True,
}
"""Surely best by descendants, and by downloads only just."""

UNLOVED: dict[str, Any] = {
    **ended("mean_downloads", 0.0, 0.0, 0.0),
    "median_downloads": 0.0,
    **ended("downloads_per_month", 0.0, 0.0, 0.0),
}
"""A group that nobody downloads."""


def by_size() -> list[dict]:
    """The largest class is empty, the smallest is not downloaded."""
    special = {SIZES[3]: BEST, SIZES[-1]: EMPTY_GROUP, SIZES[0]: UNLOVED}
    return [
        group(
            rule,
            bin=name,
            bin_low=float(SIZE_ENDS[place] or 0),
            bin_high=SIZE_ENDS[place + 1],
            **{**ended("mean_descendants", 1.0 + place, 0.5 + place, 2.0 + 2 * place)},
            **special.get(name, {}) if name != SIZES[-1] else {},
        )
        if name != SIZES[-1]
        else {**group(rule), **EMPTY_GROUP, "bin": name, "bin_low": 200.0, "bin_high": None}
        for rule in RULES
        for place, name in enumerate(SIZES)
    ]


def by_family() -> list[dict]:
    """By the robust rule there is one more family."""
    return [
        group(
            rule,
            family=name,
            **ended("mean_descendants", 9.0 - place, 7.0 - place, 12.0 - place),
            **(BEST if not place else {}),
        )
        for rule in RULES
        for place, name in enumerate((*FAMILIES, "t5")[: 6 if rule == "published" else 7])
    ]


def by_context() -> list[dict]:
    """Qwen has too few models, and one class of mistral no download."""
    return [
        group(
            rule,
            family=family,
            bin=name,
            bin_low=float(CONTEXT_ENDS[place] or 0),
            bin_high=CONTEXT_ENDS[place + 1],
            **({"n": 2} if family == "qwen" else {}),
            **(UNLOVED if family == "mistral" and place == 1 else {}),
        )
        for rule in RULES
        for family in ("llama", "mistral", "qwen")
        for place, name in enumerate(CONTEXTS)
    ]


def sweet_spots() -> list[dict]:
    return [
        group(rule, bin=name, **(BEST if name == "7B" else {})) for rule in RULES for name in SPOTS
    ]


def impact(
    feature: str = "uses_gqa", outcome: str = "descendants", rule: str = "matched", **values: Any
) -> dict:
    is_matched = rule == "matched"
    return {
        "feature": feature,
        "outcome": outcome,
        "rule": rule,
        "n_with": 400,
        "n_without": 600,
        "n_unknown": 1_000,
        **ended("mean_with", 6.0, 4.0, 9.0),
        **ended("mean_without", 4.0, 3.0, 6.0),
        "effect": 1.3 if is_matched else 1.5,
        "ci_low": 1.1 if is_matched else 1.2,
        "ci_high": 1.6 if is_matched else 2.1,
        "p_value": 0.01 if is_matched else None,
        "p_adjusted": 0.03 if is_matched else None,
        "n_strata": 40 if is_matched else None,
        "n_roots": 80,
        "n_permutable": 120 if is_matched else None,
        "reason": None,
        **values,
    }


def impacts() -> list[dict]:
    """Of moe too little is known, quantized models have no downloads."""
    found = []
    for feature in FEATURES:
        for outcome in OUTCOMES:
            for rule in ("published", "matched"):
                values: dict[str, Any] = {}
                if feature == "uses_moe":
                    values = {
                        **dict.fromkeys(("effect", "ci_low", "ci_high", "p_value", "p_adjusted")),
                        "n_with": 3,
                        "reason": "fewer than 11 models with it",
                    }
                elif feature == "uses_quantization" and outcome == "downloads":
                    values = {
                        **ended("mean_with", 0.0, 0.0, 0.0),
                        "effect": 0.0,
                        "ci_low": 0.0,
                        "ci_high": 0.0,
                    }
                elif feature == "uses_rope":
                    values = {"ci_low": 0.9, "p_value": None, "p_adjusted": None}
                    if rule == "matched":
                        values["reason"] = "nothing can be exchanged"
                found.append(impact(feature, outcome, rule, **values))
    return found


def term(
    outcome: str = "descendants",
    model: str = "poisson_reduced",
    name: str = "parameters",
    **values: Any,
) -> dict:
    return {
        "outcome": outcome,
        "model": model,
        "term": name,
        "term_kind": "trait",
        "estimate": math.log(1.3),
        "std_error": 0.05,
        "std_error_author": 0.05,
        "std_error_root": 0.04,
        "std_error_plain": 0.01,
        "statistic": 5.2,
        "df": 99.0,
        "p_value": 0.0001,
        "p_adjusted": 0.0004,
        "ci_low": math.log(1.18),
        "ci_high": math.log(1.44),
        "n": 9_000,
        "n_missing": 1_000,
        "n_zero": 6_000,
        "n_authors": 100,
        "n_roots": 400,
        "goodness": 0.31,
        "dispersion": 2.0,
        "reason": None,
        **values,
    }


NO_ESTIMATE: dict[str, Any] = dict.fromkeys(
    (
        "estimate",
        "std_error",
        "std_error_author",
        "std_error_root",
        "std_error_plain",
        "statistic",
        "df",
        "p_value",
        "p_adjusted",
        "ci_low",
        "ci_high",
    )
)
"""What a term without an estimate lacks."""


def regressions() -> list[dict]:
    """Context is open, moe is dropped, one interval reaches very far."""
    found = []
    for outcome in OUTCOMES:
        for model in REGRESSIONS:
            for name in TRAITS:
                if model == "poisson_reduced" and name in NUMBERS[1:5]:
                    continue
                values: dict[str, Any] = {}
                if name == "context_length":
                    values = {"ci_low": math.log(0.8), "ci_high": math.log(2.1), "p_value": 0.3}
                elif name == "uses_moe":
                    values = {**NO_ESTIMATE, "reason": "constant"}
                elif name == "vocab_size":
                    values = {"ci_low": -20.0, "ci_high": 30.0}
                elif name == "uses_quantization":
                    values = {
                        "estimate": math.log(0.6),
                        "ci_low": math.log(0.4),
                        "ci_high": math.log(0.9),
                        "p_adjusted": 0.07,
                    }
                found.append(term(outcome, model, name, **values))
            found.append(term(outcome, model, "intercept", term_kind="intercept"))
            found.append(term(outcome, model, "missing(parameters)", term_kind="missing"))
            found.append(term(outcome, model, "age", term_kind="control"))
        for trait in ("parameters", "context_length"):
            found.append(
                term(
                    outcome,
                    "poisson_spline",
                    f"nonlinear({trait})",
                    term_kind="test",
                    **{**NO_ESTIMATE, "statistic": 6.1, "df": 99.0, "p_value": 0.002},
                )
            )
    for outcome in ("downloads", "descendants"):
        found += [
            term(
                outcome,
                "published",
                name,
                estimate=0.4,
                ci_low=0.3,
                ci_high=0.5,
                term_kind="intercept" if name == "intercept" else "trait",
                goodness=0.123,
                n=1_500,
                n_missing=8_500,
            )
            for name in ("intercept", "hidden_size", "num_layers", "context_length", "parameters")
        ]
    return found


def curves() -> list[dict]:
    """A hill over size, a slope over context."""
    found = []
    for outcome in OUTCOMES:
        for trait, low, high in (("parameters", 8.0, 11.3), ("context_length", 2.7, 6.0)):
            for place in range(41):
                x = place / 40
                height = -6 * (x - 0.6) ** 2 + 1 if trait == "parameters" else x - 0.5
                wide = 0.2 + 0.8 * abs(x - 0.5)
                found.append(
                    {
                        "outcome": outcome,
                        "trait": trait,
                        "value": 10 ** (low + x * (high - low)),
                        "estimate": math.exp(height),
                        "ci_low": math.exp(height - wide),
                        "ci_high": math.exp(height + wide),
                        "band_low": math.exp(height - 1.5 * wide),
                        "band_high": math.exp(height + 1.5 * wide),
                        "n": 8_000,
                        "n_near": int(400 * math.exp(-20 * (x - 0.5) ** 2)),
                    }
                )
    return found


def diagnostic(model: str = "poisson", name: str = "parameters", **values: Any) -> dict:
    is_forest = model.startswith("forest_")
    return {
        "model": model,
        "term": name,
        "variance_inflation": None if is_forest else 3.0,
        **(
            ended("importance", 0.1, 0.05, 0.16)
            if is_forest
            else ended("importance", None, None, None)
        ),
        "missing_share": 0.2,
        "n": 9_000,
        "n_heldout": 2_000 if is_forest else None,
        "reason": None,
        **values,
    }


def diagnostics() -> list[dict]:
    high = {"hidden_size": 45.0, "num_layers": 12.0}
    return [
        *(
            diagnostic(model, name, variance_inflation=high.get(name, 3.0))
            for model in ("poisson", "poisson_reduced")
            for name in TRAITS
            if model == "poisson" or name not in NUMBERS[1:5]
        ),
        *(
            diagnostic(f"forest_{outcome}", name, **ended("importance", *ends))
            for outcome in OUTCOMES
            for name, ends in (
                ("(all)", (0.4, 0.3, 0.5)),
                *(
                    (name, (0.1 / (1 + place), -0.01 if place > 4 else 0.01, 0.2 / (1 + place)))
                    for place, name in enumerate(TRAITS)
                ),
            )
        ),
    ]


def mutation_kind(kind: str = "unchanged", relation: str = "all", **values: Any) -> dict:
    return {
        "graph": "all",
        "relation": relation,
        "kind": kind,
        "n_edges": 5_000,
        "n_reporting": 2_000,
        "n_families": 150,
        "n_changed": 200,
        "share_changed": 0.1,
        "ci_low": 0.06,
        "ci_high": 0.15,
        "example_parent_id": "owner/parent",
        "example_child_id": "owner/child",
        **values,
    }


def mutation_kinds() -> list[dict]:
    kinds = values_of("fitness.config_mutation_kinds", "kind")
    return [
        mutation_kind(
            kind,
            relation,
            **(
                {"n_changed": 1_600, "share_changed": 0.8, "ci_low": 0.7, "ci_high": 0.88}
                if kind == "unchanged"
                else {"share_changed": 0.3 / (1 + place), "ci_low": 0.0, "ci_high": 0.4}
            ),
        )
        for place, kind in enumerate(kinds)
        for relation in ("all", *RELATIONS)
    ]


def mutation(attribute: str = "vocab_size", relation: str = "all", **values: Any) -> dict:
    return {
        "graph": "all",
        "relation": relation,
        "attribute": attribute,
        "n_edges": 5_000,
        "n_reporting": 2_000,
        "n_families": 150,
        "n_changed": 300,
        "share_changed": 0.15,
        "ci_low": 0.1,
        "ci_high": 0.22,
        "n_increased": 250,
        "n_decreased": 50,
        "median_ratio": 1.001,
        "typical_from": "32000",
        "typical_to": "32001",
        "n_typical": 80,
        **values,
    }


def mutations() -> list[dict]:
    return [
        mutation(name, relation, **({} if name == "vocab_size" else {"share_changed": 0.05}))
        for name in ("vocab_size", "context_length", "dtype")
        for relation in ("all", *RELATIONS)
    ]


def contradiction(name: str = "finetune with other sizes", **values: Any) -> dict:
    return {
        "relation": name.split(maxsplit=1)[0],
        "contradiction": name,
        "n_edges": 3_000,
        "n_reporting": 1_200,
        "n_families": 90,
        "n_contradicted": 60,
        "share_contradicted": 0.05,
        "ci_low": 0.03,
        "ci_high": 0.08,
        "example_parent_id": "owner/parent",
        "example_child_id": "owner/child",
        **values,
    }


def contradictions() -> list[dict]:
    return [
        contradiction(name)
        for name in values_of("fitness.relation_contradictions", "contradiction")
    ]


def summary() -> list[dict]:
    return [
        {
            "rule": rule,
            "item": item,
            "value": 1_234.5,
            "label": "7-13B" if item.startswith("best") else None,
            "n": 900,
        }
        for rule in RULES
        for item in values_of("fitness.summary", "item")
    ]


def model(number: int = 0, **values: Any) -> dict:
    return {
        "model_id": f"owner-{number % 7}/model-{number}",
        "node": number,
        "author": f"owner-{number % 7}",
        "root_id": f"owner-{number % 5}/model-{number % 5}",
        "role": "finetune" if number % 3 else "root",
        "family": ("llama", "mistral", None)[number % 3],
        "has_config": number % 3 != 2,
        "parameters": (7_000_000_000, 13_000_000_000, 70_000_000_000, None)[number % 4],
        "parameters_source": "safetensors" if number % 4 != 3 else None,
        **dict.fromkeys(NUMBERS[1:], None if number % 3 == 2 else 2 ** (5 + number % 4)),
        **{name: None if number % 3 == 2 else bool(number % 2) for name in FLAGS},
        "n_children": number % 4,
        "n_descendants": 2 * (number % 4),
        "n_descendants_unquantized": number % 4,
        "n_descendants_finetune": number % 3,
        "downloads": (number * 37) % 101,
        "downloads_all_time": (number * 370) % 1_001,
        "likes": number % 6,
        "age_days": 100.0 + number,
        "quarter": date(2024, 1 + 3 * (number % 4), 1),
        "is_created_at_backfilled": False,
        **values,
    }


def finding(name: str, **values: Any) -> dict:
    return {
        "subject": "fitness",
        "finding": name,
        "graph": "all",
        "statement": "Models have more of it.",
        "estimate": 1.4,
        "ci_low": 1.1,
        "ci_high": 1.9,
        "n": 479,
        "p_value": 0.01,
        "p_adjusted": 0.03,
        "verdict": "holds",
        "caveat": "It says what goes together, not why.",
        **values,
    }


NOTHING: dict[str, Any] = {
    **dict.fromkeys(("estimate", "ci_low", "ci_high", "p_value", "p_adjusted")),
    "verdict": "not decided",
}
"""What a statement without an estimate lacks."""


def findings() -> list[dict]:
    return [
        finding("parameters/descendants"),
        finding("spot/descendants/7B/13B"),
        finding("spot/descendants/7B/70B", ci_low=0.8, verdict="not decided"),
        finding(
            "spot/downloads/7B/13B",
            estimate=0.5,
            ci_low=0.3,
            ci_high=0.8,
            verdict="does not hold",
        ),
        finding("spot/downloads/7B/70B", **{**NOTHING, "caveat": "Reason: no models."}),
    ]


FITNESS: dict[str, list[dict]] = {
    "fitness.models": [model(number) for number in range(60)],
    "fitness.coverage": coverages(),
    "fitness.by_size": by_size(),
    "fitness.by_family": by_family(),
    "fitness.by_context": by_context(),
    "fitness.sweet_spots": sweet_spots(),
    "fitness.feature_impact": impacts(),
    "fitness.summary": summary(),
    "fitness.regressions": regressions(),
    "fitness.curves": curves(),
    "fitness.diagnostics": diagnostics(),
    "fitness.config_mutations": mutations(),
    "fitness.config_mutation_kinds": mutation_kinds(),
    "fitness.relation_contradictions": contradictions(),
    "inference.findings": findings(),
}
"""Rows of every table that the page reads."""
