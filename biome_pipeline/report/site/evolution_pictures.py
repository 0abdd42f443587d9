"""The pictures of a sweep: depth and loss of its arms, cost of the living, a lineage.

What does not belong here: what is said of them (``evolution``).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from biome_pipeline.evolution.plan import Arm
from biome_pipeline.report.figures.evolution import frontier_plot, lineage_picture
from biome_pipeline.report.figures.marks import Kind, Mark, Part, Row, Scale
from biome_pipeline.report.figures.rows import rows_of_marks
from biome_pipeline.report.site.page import Picture

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import ibis.expr.types as ir

    from biome_pipeline.report.site.page import Draw
    from biome_pipeline.warehouse.engine import Engine

__all__ = ["arms_of", "sweep_pictures"]

_DEPTH = {
    "floor": Kind("floor of the gate", "text", "|", 12.0),
    "chance": Kind("chance alone, same gates and founders", "2", "D", 4.6, aside=0.16),
    "arm": Kind("the arm", "main", "o", 5.0, aside=-0.16),
}

_LOSS = {
    "chance": Kind("the arm that it is held against, trained anew", "2", "D", 4.6, aside=0.2),
    "search": Kind("those alive, as the search saw them", "text", "o", 3.6),
    "arm": Kind("finalists trained anew", "main", "o", 5.0, aside=-0.2),
}


def arms_of(searches: Sequence[Mapping[str, Any]]) -> dict[str, Arm]:
    """Read the rules of the arms of a sweep.

    Parameters
    ----------
    searches : sequence of mapping of str to Any
        Rows of ``evolution.sweeps``.

    Returns
    -------
    dict of str to Arm
        In the order of their names.
    """
    ordered = sorted(searches, key=lambda row: str(row["arm"]))
    return {row["arm"]: Arm.model_validate_json(row["config"]) for row in ordered}


def sweep_pictures(
    engine: Engine, tables: Mapping[str, ir.Table], sweep_id: str
) -> dict[str, Picture]:
    """Give the pictures of a sweep.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    tables : mapping of str to ibis.expr.types.Table
        The sweep's tables by name.
    sweep_id : str
        Its name.

    Returns
    -------
    dict of str to Picture
        By the table that a picture shows: the ablation, the frontier, the lineage of
        the last arm's last seed, and, where candidates were trained, the metrics.
    """
    rows = engine.to_arrow(tables["evolution.ablation"]).to_pylist()
    searches = engine.to_arrow(tables["evolution.sweeps"]).to_pylist()
    last = max(searches, key=lambda row: (row["arm"], row["seed"]))
    draws = {
        "evolution.ablation": _depth(rows, arms_of(searches)),
        "evolution.frontier": partial(frontier_plot, _costs(engine, tables), sweep=sweep_id),
        "evolution.lineage": partial(
            lineage_picture,
            _lineage(engine, tables, last["arm"], last["seed"]),
            arm=last["arm"],
            seed=last["seed"],
        ),
    }
    if any(row["measure"] == "retrained_loss" for row in rows):
        draws["evolution.metrics"] = _losses(rows)
    return {
        table: Picture(f"{table.replace('.', '-')}-{sweep_id}", draw)
        for table, draw in draws.items()
    }


def _depth(rows: Sequence[Mapping[str, Any]], arms: Mapping[str, Arm]) -> Draw:
    found = {(row["arm"], row["measure"]): row for row in rows}
    n_seeds = max((row["n_seeds"] for row in rows), default=0)
    lines = []
    for arm, rules in arms.items():
        own = found[arm, "layers"]
        marks = [Mark("arm", own["mean"], own["ci_low"], own["ci_high"])]
        other = found.get((own["baseline"], "layers"))
        if other is not None and rules.selection != "random":
            marks.append(Mark("chance", other["mean"], other["ci_low"], other["ci_high"]))
        if rules.gates.min_layers:
            marks.append(Mark("floor", float(rules.gates.min_layers)))
        lines.append(Row(arm, tuple(marks), f"{own['n_seeds']}"))
    return partial(
        rows_of_marks,
        [Part("", tuple(lines))],
        _DEPTH,
        Scale("Layers, mean of those alive at the end", is_log=True, beside="seeds"),
        "Depth at the end",
        counted=f"n = {n_seeds} seeds",
        note="Lines are 95 % intervals over seeds (Student's t)",
        empty="No search has ended",
        row=0.4,
    )


def _losses(rows: Sequence[Mapping[str, Any]]) -> Draw:
    found = {(row["arm"], row["measure"]): row for row in rows}
    lines = []
    for arm in sorted({str(row["arm"]) for row in rows}):
        own = found[arm, "retrained_loss"]
        other = found.get((own["baseline"], "retrained_loss"), own)
        marks = [
            Mark(kind, row["mean"], row["ci_low"], row["ci_high"])
            for kind, row in (("chance", other), ("search", found[arm, "loss"]), ("arm", own))
            if row["mean"] is not None and (kind != "chance" or own["baseline"] != arm)
        ]
        lines.append(Row(arm, tuple(marks), f"{own['n_seeds']}"))
    n_seeds = max((found[row.name, "retrained_loss"]["n_seeds"] for row in lines), default=0)
    return partial(
        rows_of_marks,
        [Part("", tuple(lines))],
        _LOSS,
        Scale("Held-out loss, nats per token", beside="seeds"),
        "Loss of the finalists",
        counted=f"n = {n_seeds} seeds",
        note="Mean of code, sums and recall; 95 % intervals over seeds (Student's t)",
        empty="No search has ended",
        row=0.45,
    )


def _costs(engine: Engine, tables: Mapping[str, ir.Table]) -> list[dict[str, Any]]:
    key = ["arm", "seed", "candidate_id"]
    metrics, front = tables["evolution.metrics"], tables["evolution.frontier"]
    wanted = metrics.filter(metrics.metric.isin(["flops_per_token", "memory_bytes"]))
    joined = wanted.join(front.select(*key, "front"), key)
    rows = engine.to_arrow(
        joined.select(*key, "metric", "value", "front").order_by(*key)
    ).to_pylist()
    found: dict[tuple[object, ...], dict[str, Any]] = {}
    for row in rows:
        one = found.setdefault((row["arm"], row["seed"], row["candidate_id"]), {"arm": row["arm"]})
        one |= {row["metric"]: row["value"], "is_first": row["front"] == 0}
    return list(found.values())


def _lineage(
    engine: Engine, tables: Mapping[str, ir.Table], arm: str, seed: int
) -> list[dict[str, Any]]:
    people, parents = tables["evolution.candidates"], tables["evolution.lineage"]
    own = people.filter((people.arm == arm) & (people.seed == seed))
    kin = parents.filter((parents.arm == arm) & (parents.seed == seed))
    names = ("candidate_id", "birth", "layers", "status")
    rows = engine.to_arrow(own.select(*names).order_by("candidate_id")).to_pylist()
    links = engine.to_arrow(kin.select("child_id", "parent_id").order_by("child_id", "parent_id"))
    above: dict[int, list[int]] = {}
    for link in links.to_pylist():
        above.setdefault(link["child_id"], []).append(link["parent_id"])
    return [
        {**row, "parent_id": parent}
        for row in rows
        for parent in above.get(row["candidate_id"], [None])
    ]
