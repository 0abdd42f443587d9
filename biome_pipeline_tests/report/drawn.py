"""Small tables to draw, and every figure drawn of them."""

from __future__ import annotations

from datetime import date
from xml.etree import ElementTree

import pyarrow as pa

from biome_pipeline.report.figures.drift_graph import drift_graph
from biome_pipeline.report.figures.fitness_bars import Bar, BarPanel, Group, grouped_bars
from biome_pipeline.report.figures.fitness_curves import rate_curves
from biome_pipeline.report.figures.fitness_lines import Line, LinePanel, class_lines
from biome_pipeline.report.figures.genealogy import (
    creation_histogram,
    family_sizes,
    growth_curves,
    largest_families,
)
from biome_pipeline.report.figures.ladder import ladder, weightings
from biome_pipeline.report.figures.marks import PUBLISHED, Kind, Mark, Part, Row, Scale
from biome_pipeline.report.figures.numeric import parent_child_means
from biome_pipeline.report.figures.precedence import precedence_map
from biome_pipeline.report.figures.quarters import quarter_changes, quarter_rates
from biome_pipeline.report.figures.rows import rows_of_marks
from biome_pipeline.report.figures.similarity import similarity_panel
from biome_pipeline.report.figures.statistics import Bars, bar_panels, fertility_intervals
from biome_pipeline.vocabulary.relations import RELATIONS
from biome_pipeline_tests.report import drifting, fitted_rows
from biome_pipeline_tests.report.relatives import (
    ladder_table,
    positions,
    summary,
    weightings_table,
)
from biome_pipeline_tests.worlds.families import draw_family

N_FAMILIES = 12
LABELS = {family: f"owner-{family}/model-{family}" for family in range(1, N_FAMILIES + 1)}


def growth(n_families: int = N_FAMILIES, n_months: int = 30, factor: int = 7) -> pa.Table:
    """Family f of n has ``factor * (n + 1 - f)`` more models each month."""
    rows = [
        (family, date(2022 + m // 12, m % 12 + 1, 1), factor * (n_families + 1 - family) * (m + 1))
        for m in range(n_months)
        for family in range(1, n_families + 1)
    ]
    names = ("family_id", "month", "n_models_cumulative")
    return pa.table({name: [row[place] for row in rows] for place, name in enumerate(names)})


def creations(n_models: tuple[int, ...] = (50, 3, 20, 21), n_backfilled: int = 40) -> pa.Table:
    return pa.table(
        {
            # A month without models has no row.
            "month": [
                date(2022, 3, 1),
                *(
                    date(2022 + (4 + m) // 12, (4 + m) % 12 + 1, 1)
                    for m in range(len(n_models) - 1)
                ),
            ],
            "n_models": n_models,
            "n_related": [n // 3 for n in n_models],
            "n_backfilled": [n_backfilled, *[0] * (len(n_models) - 1)],
        }
    )


def sizes() -> pa.Table:
    return pa.table({"n_models": [100, 40, 7, 7, 7, 2, 2], "depth": [4, 2, 1, 1, 1, 1, 1]})


def trees() -> list:
    return [draw_family(seed, n) for seed, n in enumerate((80, 12, 2))]


WIDE = "W" * 40 + "/" + "M" * 55
"""As wide as an id of the Hub can be."""


def bars(n_values: int = 10, items: tuple[str, ...] = ()) -> Bars:
    names = (*items, *(f"owner/value-{v}" for v in range(len(items), n_values)))
    counts = tuple(10.0 ** (11 - v) for v in range(n_values))
    shares = tuple(0.5 / (v + 1) for v in range(n_values))
    return Bars("Values", names, counts, shares, 1_234, "No model names a value")


def fertility() -> pa.Table:
    rows = [
        {
            "relation": name,
            "n_children": 10_000 - n,
            "share_fertile": 0.01 * n,
            "ci_low": None if n == 0 else 0.008 * n,
            "ci_high": None if n == 0 else 0.09 * n,
        }
        for n, name in enumerate(RELATIONS)
    ]
    return pa.Table.from_pylist(rows)


def marks(**size):
    """Rows with every kind of mark."""
    kinds = {
        "null": Kind("margins alone: 95 % of draws", "muted", "", is_band=True),
        "own": Kind("this snapshot, 95 % interval over families"),
        "coin": Kind("coins for directions: mean", "4", "x", line=0),
        "published": PUBLISHED,
    }
    rows = tuple(
        Row(
            f"row {place}",
            (
                Mark("null", None, 0.5, 0.6),
                Mark("own", 0.1 * place, 0.0, 1.0),
                Mark("coin", 0.4),
                Mark("published", 0.9),
            ),
            f"n = {10**place:,}",
        )
        for place in range(6)
    )
    return rows_of_marks(
        [Part("First", rows), Part("Second", rows)],
        kinds,
        Scale("Share", low=0, high=1, is_share=True, reference=0.5, beside="edges"),
        "Shares explained",
        counted="n = 12,345 edges",
        note="A note that says what is seen, and of what kind of models it is",
        empty="Nothing to show",
        **size,
    )


def arrows(**size):
    """Arrows for card lengths."""
    rows = [row for row in drifting.numbers() if row["attribute"] == "card_characters"]
    return parent_child_means(
        drifting.table("drift.numeric", rows),
        "Length of cards from parent to child",
        "Mean number of characters",
        "A note",
        **size,
    )


RULES = {
    "published": Kind("published rule", "4", "s", is_hollow=True),
    "robust": Kind("robust rule"),
}
MEASURES = (
    ("Mean descendants", Scale("Per model")),
    ("Mean downloads", Scale("Per model (log scale)", is_log=True)),
)


def groups(**size):
    """Bars of every state: whole, reaching nothing, nothing, not known, no model."""
    states = ((30.0, 20.0, 45.0, 7), (40.0, 0.0, 90.0, 7), (0.0, 0.0, 0.0, 5))
    states = (*states, (None, None, None, 3), (None, None, None, 0))
    found = tuple(
        Group(f"{place}-{place + 1}B", tuple(Bar(rule, *state) for rule in RULES))
        for place, state in enumerate(states)
    )
    return grouped_bars(
        [BarPanel(heading, scale, found) for heading, scale in MEASURES],
        RULES,
        "Fitness by size class",
        counted="n = 12,345 models",
        note="A note that says what is seen, and of what kind of models it is",
        empty="Nothing to show",
        **size,
    )


def points(**size):
    """Lines of every state."""
    marks = (Mark("", 30.0, 20.0, 45.0), Mark("", 0.0, 0.0, 0.0), Mark("", None))
    marks = (*marks, Mark("", 40.0, 0.0, 90.0), Mark("", 50.0))
    lines = tuple(Line(rule, marks) for rule in RULES)
    return class_lines(
        ["0-2k", "2-8k", "8-32k", "32-128k", "128k+"],
        [LinePanel(heading, scale, lines) for heading, scale in MEASURES],
        RULES,
        {rule: (rule, [12, 345, 6_789, 0, 1]) for rule in RULES},
        "Fitness over context length",
        axis="Context length in tokens",
        counted="n = 12,345 models",
        note="A note",
        empty="Nothing to show",
        **size,
    )


def curves(**size):
    """Curves over size."""
    own = [row for row in fitted_rows.curves() if row["trait"] == "parameters"]
    return rate_curves(
        fitted_rows.table("fitness.curves", own),
        {"descendants": "Descendants", "downloads": "Downloads in 30 days"},
        "Fitness over size",
        axis="Parameters",
        counted="n = 8,000 models",
        note="A note",
        empty="Nothing to show",
        **size,
    )


DRAWN = {
    "grouped bars": lambda theme, **size: groups(theme=theme, **size),
    "class lines": lambda theme, **size: points(theme=theme, **size),
    "rate curves": lambda theme, **size: curves(theme=theme, **size),
    "largest families": lambda theme, **size: largest_families(trees(), theme=theme, **size),
    "growth": lambda theme, **size: growth_curves(growth(), LABELS, theme=theme, **size),
    "creations": lambda theme, **size: creation_histogram(creations(), theme=theme, **size),
    "sizes": lambda theme, **size: family_sizes(sizes(), theme=theme, **size),
    "fertility": lambda theme, **size: fertility_intervals(fertility(), theme=theme, **size),
    "bars": lambda theme, **size: bar_panels([bars()], "By value", "A note", theme=theme, **size),
    "similarity": lambda theme, **size: similarity_panel(
        summary(positions()), "Metadata by tf-idf", "A note", theme=theme, **size
    ),
    "ladder": lambda theme, **size: ladder(ladder_table(), "A note", theme=theme, **size),
    "drift graph": lambda theme, **size: drift_graph(
        drifting.table("drift.orderings", drifting.order("task")),
        drifting.table("drift.transitions", drifting.transitions("task")),
        "task",
        "Drift of tasks among all relations",
        "A note",
        theme=theme,
        **size,
    ),
    "precedence": lambda theme, **size: precedence_map(
        drifting.VALUES["license"],
        drifting.table("drift.precedence", drifting.precedence()),
        "license",
        "How sure is this order of licenses",
        "A note",
        theme=theme,
        **size,
    ),
    "marks": lambda theme, **size: marks(theme=theme, **size),
    "parent and child": lambda theme, **size: arrows(theme=theme, **size),
    "quarters": lambda theme, **size: quarter_rates(
        drifting.table("drift.by_quarter", drifting.quarters()), "A note", theme=theme, **size
    ),
    "changes": lambda theme, **size: quarter_changes(
        drifting.table("drift.by_quarter", drifting.quarters(3)), "A note", theme=theme, **size
    ),
    "weightings": lambda theme, **size: weightings(
        weightings_table(), "A note", theme=theme, **size
    ),
}


def texts_of(svg: str) -> list[str]:
    root = ElementTree.fromstring(svg)
    return [
        "".join(text.itertext()).strip() for text in root.iter("{http://www.w3.org/2000/svg}text")
    ]
