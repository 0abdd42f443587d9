"""Rows of the schemas ``drift`` and ``documentation``, made up to be drawn."""

from __future__ import annotations

from datetime import date
from typing import Any

import pyarrow as pa

from biome_pipeline.vocabulary.card_sections import SECTIONS
from biome_pipeline.vocabulary.relations import RELATIONS
from biome_pipeline.warehouse.tables import TABLES

VALUES = {
    "license": ("gemma", "openrail", "cc-by-nc-4.0", "apache-2.0", "mit", "gpl-3.0", "odd-one"),
    "language": ("de", "zh", "fr", "en", "multilingual"),
    "task": ("fill-mask", "text-to-image", "text-generation", "text-classification", "robotics"),
    "library": ("transformers", "peft", "gguf"),
}
TOP_N = {"license": 20, "language": 20, "task": 10, "library": 10}
GRAPHS = ("finetune", "all")
ATTRIBUTES = (
    "has_card",
    "is_auto_generated",
    "card_characters",
    "card_characters_bespoke",
    "card_words",
    "n_languages",
    "n_languages_or_none",
    "likes",
    "downloads",
)
GROUPS = (
    "all",
    "with_relatives",
    "without_relatives",
    "roots",
    "parents",
    "children",
    *(f"parents_{name}" for name in RELATIONS),
    *(f"children_{name}" for name in RELATIONS),
)


def table(name: str, rows: list[dict]) -> pa.Table:
    """Rows of one table, typed as the warehouse types them."""
    return pa.Table.from_pylist(rows, schema=TABLES[name].arrow_schema())


def rate(trait: str = "license", graph: str = "all", relation: str = "all", **values: Any) -> dict:
    return {
        "graph": graph,
        "trait": trait,
        "relation": relation,
        "n_edges": 12_000,
        "n_reporting": 9_000,
        "n_families": 300,
        "n_mutations": 1_800.5,
        "rate": 0.2,
        "ci_low": 0.15,
        "ci_high": 0.26,
        "bound_low": 0.15,
        "bound_high": 0.4,
        "published_rate": 0.15 if trait != "library" and relation == "all" else None,
        **values,
    }


def rates() -> list[dict]:
    return [
        *(rate(trait, "finetune", "all") for trait in VALUES),
        *(rate(trait, "all", relation) for trait in VALUES for relation in ("all", *RELATIONS)),
    ]


def transitions(trait: str = "license", graph: str = "all") -> list[dict]:
    """Net traffic runs along the values, but from the last to the first; one pair is a tie."""
    values = VALUES[trait]
    pairs = {
        (i, j): 10 * (len(values) - (j - i)) for i in range(len(values)) for j in range(i + 1, 4)
    }
    pairs |= {(j, i): 2 for i, j in pairs}
    pairs |= {(3 if len(values) > 3 else 2, 0): 100, (1, 0): pairs.get((0, 1), 0)}
    return [
        {
            "graph": graph,
            "trait": trait,
            "source": values[i],
            "target": values[j],
            "n_added": n // 2,
            "n_removed": n - n // 2,
            "transitions": n,
            "mutations": n / 2,
        }
        for (i, j), n in pairs.items()
        if i < len(values) and j < len(values) and n
    ]


def order(trait: str = "license", graph: str = "all", **values: Any) -> list[dict]:
    return [
        {
            "graph": graph,
            "trait": trait,
            "top_n": TOP_N[trait],
            "objective": "traffic",
            "position": place,
            "value": value,
            "n_models": 10_000 // place,
            "is_linked": place <= 4,
            "rank_low": max(place - 1, 1),
            "rank_high": min(place + 2, len(VALUES[trait])),
            "published_position": place % len(VALUES[trait]) + 1 if place % 2 else None,
            **values,
        }
        for place, value in enumerate(VALUES[trait], start=1)
    ]


def precedence(trait: str = "license", graph: str = "all") -> list[dict]:
    """The further apart, the surer; the first pair stands rather the other way."""
    values = VALUES[trait]
    rows = []
    for i, first in enumerate(values):
        for j, second in enumerate(values):
            if i == j:
                continue
            ahead = 0.4 if {i, j} == {0, 1} else min(0.5 + 0.13 * abs(j - i), 1.0)
            rows.append(
                {
                    "graph": graph,
                    "trait": trait,
                    "top_n": TOP_N[trait],
                    "first": first,
                    "second": second,
                    "probability": ahead if i < j else 1 - ahead,
                }
            )
    return rows


def share(name: str, value: float | None, **values: Any) -> dict:
    """One share with its interval and nulls."""
    known = value is not None
    return {
        name: value,
        f"{name}_ci_low": 0.8 if known else None,
        f"{name}_ci_high": 0.93 if known else None,
        f"{name}_coin_null": 0.77 if known else None,
        f"{name}_coin_p_value": 0.005 if known else None,
        f"{name}_margin_null_low": 0.91 if known else None,
        f"{name}_margin_null_high": 0.98 if known else None,
        **{f"{name}_{end}": other for end, other in values.items()},
    }


def summary(
    trait: str = "license", graph: str = "all", objective: str = "traffic", **values: Any
) -> dict:
    is_traffic = objective == "traffic"
    return {
        "graph": graph,
        "trait": trait,
        "top_n": TOP_N[trait],
        "objective": objective,
        "n_values": len(VALUES[trait]),
        "n_families": 250,
        "effective_families": 17.6,
        "n_drifts": 97,
        "n_drifts_explained": 93,
        "traffic": 1_874.0,
        "traffic_explained": 1_850.0,
        "n_transitions": 3_458.0,
        "is_optimal": True,
        "bound": 93.0,
        "gap": 0.0,
        **share("drift_share", 0.95),
        **share("mutation_share", 0.76),
        **share("gradient_share", 0.92),
        "heldout_share": 0.69,
        "heldout_ci_low": 0.6,
        "heldout_ci_high": 0.76,
        "n_halves": 200,
        "margin_verdict": "within margins",
        "n_unproven": 0,
        "published_n_drifts": 140 if is_traffic else None,
        "published_drift_share": 0.943 if is_traffic else None,
        "published_mutation_share": 0.84 if is_traffic else None,
        **values,
    }


def direction_tests(
    trait: str = "license",
    graph: str = "all",
    *,
    verdicts: tuple[str, str] = ("directed", "one-dimensional"),
    p_values: tuple[float | None, float | None] = (0.001, 0.459),
    **values: Any,
) -> list[dict]:
    return [
        {
            "graph": graph,
            "trait": trait,
            "top_n": TOP_N[trait],
            "test": name,
            "statistic": 12.5,
            "df": 15,
            "p_value": p_value,
            "effect": 0.28,
            "null_effect": None if p_value is None else 0.0816,
            "n_mutated": 1_729.0,
            "n_families": 250,
            "verdict": verdict,
            **values,
        }
        for name, p_value, verdict in zip(
            ("symmetry", "quasi_symmetry"), p_values, verdicts, strict=True
        )
    ]


def _with_ends(name: str, value: float | None) -> dict:
    ends = (None, None) if value is None else (0.8 * value, 1.3 * value)
    if value is not None and value < 0:
        ends = ends[::-1]
    return {name: value, f"{name}_ci_low": ends[0], f"{name}_ci_high": ends[1]}


def numeric(
    attribute: str = "card_characters",
    relation: str = "all",
    weighting: str = "edge",
    *,
    parent: float | None = 6_000.0,
    child: float | None = 4_000.0,
    change: float | None = 0.5,
    log_ratio: float | None = -0.4,
    **values: Any,
) -> dict:
    known = parent is not None and child is not None
    return {
        "graph": "all",
        "relation": relation,
        "attribute": attribute,
        "weighting": weighting,
        "n": 12_000,
        "n_missing": 300,
        "n_parents": 800,
        "n_families": 300,
        **_with_ends("mean_parent", parent),
        **_with_ends("mean_child", child),
        **_with_ends("mean_difference", child - parent if known else None),
        **_with_ends("ratio_of_means", child / parent if known else None),
        **_with_ends("share_lower", 0.6 if known else None),
        **_with_ends("share_higher", 0.3 if known else None),
        "n_change": 11_000,
        **_with_ends("mean_change", change),
        "n_log_ratio": 10_000,
        **_with_ends("median_log_ratio", log_ratio),
        "published_mean_parent": 9_773.0
        if (attribute, weighting) == ("card_characters", "edge")
        else None,
        "published_mean_child": 4_402.0
        if (attribute, weighting) == ("card_characters", "edge")
        else None,
        "published_mean_change": None,
        **values,
    }


def numbers() -> list[dict]:
    rows = []
    for attribute in ATTRIBUTES:
        is_flag = attribute in {"has_card", "is_auto_generated"}
        means = {"parent": 0.05, "child": 0.3, "change": None, "log_ratio": None} if is_flag else {}
        rows += [
            numeric(attribute, relation, weighting, **means)
            for relation in ("all", *RELATIONS)
            for weighting in ("edge", "parent")
        ]
    return rows


def quarter(
    trait: str = "license", graph: str = "all", start: date = date(2025, 4, 1), **values: Any
) -> dict:
    parts = ("change", "composition_part", "behaviour_part")
    family = ("family_composition_part", "family_behaviour_part")
    row = {
        "graph": graph,
        "trait": trait,
        "quarter": start,
        "n": 900,
        "n_reporting": 700,
        "n_families": 40,
        "rate": 0.2,
        "ci_low": 0.15,
        "ci_high": 0.3,
    }
    for name, value in zip((*parts, *family), (0.05, 0.02, 0.03, 0.06, -0.01), strict=True):
        row |= _with_ends(name, value)
    return {**row, **values}


def quarters(n: int = 6) -> list[dict]:
    starts = [date(2024 + k // 4, 3 * (k % 4) + 1, 1) for k in range(n)]
    return [
        quarter(trait, graph, start, rate=0.1 + 0.02 * place)
        for trait in VALUES
        for graph in GRAPHS
        for place, start in enumerate(starts)
    ]


def coverage(group: str = "all", **values: Any) -> dict:
    is_all = group == "all"
    row = {
        "group": group,
        "n": 20_000,
        "n_missing": 3_000,
        "n_units": 900,
        "n_with_card": 11_900,
        **_with_ends("share_with_card", 0.7),
        "n_read": 11_800,
        **_with_ends("mean_characters", 5_555.0),
        "median_characters": 3_079.0,
        "min_characters": 14,
        "max_characters": 231_251,
        **_with_ends("mean_words", 981.0),
        "median_words": 518.0,
        "min_words": 4,
        "max_words": 40_536,
        "n_auto_generated": 3_000,
        **_with_ends("share_auto_generated", 0.3),
        "card_outcomes": [("ok", 17_000), ("not_asked", 3_000)],
        "published_share_with_card": 0.6704 if is_all else None,
        "published_mean_characters": 3_575.6 if is_all else None,
        "published_median_characters": 2_073.0 if is_all else None,
        "published_share_auto_generated": 0.3 if group == "children" else None,
    }
    return {**row, **values}


def section_row(group: str, section: str, **values: Any) -> dict:
    return {
        "group": group,
        "section": section,
        "n": 11_800,
        "n_missing": 8_200,
        "n_units": 900,
        "n_with_section": 3_000,
        "share": 0.25,
        "ci_low": 0.2,
        "ci_high": 0.3,
        **values,
    }


def template(number: int, **values: Any) -> dict:
    return {
        "template_id": f"{number:064x}",
        "n_models": 500 - number,
        "n_authors": 40,
        "n_bodies": 9,
        "n_exact": 100,
        "n": 11_000,
        "share": (500 - number) / 11_000,
        "ci_low": 0.01,
        "ci_high": 0.08,
        "is_compared": True,
        "is_auto_generated": number % 2 == 0,
        "example_id": f"owner/model-{number}",
        **values,
    }


DRIFT: dict[str, list[dict]] = {
    "drift.mutation_rates": rates(),
    "drift.transitions": [row for t in VALUES for g in GRAPHS for row in transitions(t, g)],
    "drift.orderings": [row for t in VALUES for g in GRAPHS for row in order(t, g)],
    "drift.precedence": [row for t in VALUES for g in GRAPHS for row in precedence(t, g)],
    "drift.ordering_summary": [
        summary(t, g, objective)
        for t in VALUES
        for g in GRAPHS
        for objective in ("directions", "traffic")
    ],
    "drift.direction_tests": [row for t in VALUES for g in GRAPHS for row in direction_tests(t, g)],
    "drift.numeric": numbers(),
    "drift.by_quarter": quarters(),
}
"""Tables of the page of drift."""

DOCUMENTATION: dict[str, list[dict]] = {
    "documentation.coverage": [coverage(group) for group in GROUPS],
    "documentation.sections": [section_row(g, s) for g in GROUPS for s in SECTIONS],
    "documentation.templates": [template(number) for number in range(25)],
}
"""Tables of the page of documentation."""
