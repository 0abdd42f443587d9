"""Rows of the schemas ``similarity`` and ``inference``, made up to be drawn."""

from __future__ import annotations

import pyarrow as pa

from biome_pipeline.report.figures.pictograms import SHAPES
from biome_pipeline.warehouse.tables import TABLES

MEASURES = ("bow", "tfidf", "levenshtein")
ABLATIONS = {
    "metadata": ("all", "no_parent", "no_bookkeeping", "traits"),
    "card": ("first_512", "whole"),
}
POSITIONS = [(name, position) for name, shape in SHAPES.items() for position in shape.positions]


def gap_and_distance(topology: str, position: str) -> tuple[int | None, int | None]:
    """Generations and edges between the two, told from the drawing: all are trees."""
    shape = SHAPES[topology]
    if not shape.edges:
        return None, None
    parent = {child: parent for parent, child in shape.edges}
    lines = []
    for node in position.split("-"):
        line = [node]
        while line[-1] in parent:
            line.append(parent[line[-1]])
        lines.append(line[::-1])
    shared = sum(one == other for one, other in zip(*lines, strict=False))
    depths = [len(line) for line in lines]
    return abs(depths[0] - depths[1]), sum(depths) - 2 * shared


def summary_row(topology: str = "siblings", position: str = "v-w", **values) -> dict:
    gap, distance = gap_and_distance(topology, position)
    row = {
        "graph": "finetune",
        "topology": topology,
        "position": position,
        "text": "metadata",
        "measure": "tfidf",
        "ablation": "all",
        "weighting": "pair",
        "generation_gap": gap,
        "distance": distance,
        "n": 9_000,
        "n_missing": 100,
        "n_families": 300,
        "mean": 0.5,
        **values,
    }
    if row["mean"] is not None:
        row.setdefault("ci_low", max(row["mean"] - 0.01, 0))
        row.setdefault("ci_high", min(row["mean"] + 0.01, 1))
        has_families = topology != "pair"
        row.setdefault("family_ci_low", max(row["mean"] - 0.05, 0) if has_families else None)
        row.setdefault("family_ci_high", min(row["mean"] + 0.05, 1) if has_families else None)
    return row


def positions(**values) -> list[dict]:
    """Every position of one text and measure; the first of them has 9,000 pairs."""
    return [
        summary_row(
            topology,
            position,
            **{
                "n": 9_000 + place,
                "mean": 0.3 + 0.02 * place,
                "published": None if position == "u-x" else 0.29 + 0.02 * place,
                **values,
            },
        )
        for place, (topology, position) in enumerate(POSITIONS)
    ]


def gaps(column: str, means: dict[str, tuple[float, float]], **values) -> list[dict]:
    """Siblings and parent with child, by step of the ladder or by weighting."""
    return [
        summary_row(position=position, **{column: step, "mean": mean, **values})
        for step, pair in means.items()
        for position, mean in zip(("v-w", "u-v"), pair, strict=True)
    ]


def whole_summary() -> list[dict]:
    rows = []
    for text, ablations in ABLATIONS.items():
        for ablation in ablations:
            for measure in MEASURES:
                named = {"text": text, "ablation": ablation, "measure": measure}
                rows += positions(**named)
                for weighting in ("parent", "family"):
                    rows += [
                        row
                        for row in positions(**named, weighting=weighting)
                        if row["topology"] != "pair"
                    ]
    return rows


def summary(rows: list[dict]) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=TABLES["similarity.summary"].arrow_schema())


LADDER = {
    "all": (0.84, 0.66),
    "no_parent": (0.8, 0.7),
    "no_bookkeeping": (0.75, 0.7),
    "traits": (0.72, 0.7),
}


def ladder_table() -> pa.Table:
    return summary(
        [row for measure in MEASURES for row in gaps("ablation", LADDER, measure=measure)]
    )


def weightings_table() -> pa.Table:
    means = {"pair": (0.84, 0.66), "parent": (0.8, 0.6), "family": (0.7, 0.6)}
    return summary(
        [row for measure in MEASURES for row in gaps("weighting", means, measure=measure)]
    )
