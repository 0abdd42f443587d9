"""``make bench-drift``: drift and documentation at full size, beside the naive loop.

One run measures three things on the same generated Hub: the whole subject by
asset, with its default replicates; transitions against a Python loop over edges
and sets; the solver of orderings (``benchmarks.ordering``). Results go to
``benchmarks/drift.json`` and into ``docs/reference/benchmarks-drift.md``.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import networkx as nx

from benchmarks import ordering
from benchmarks.hub_at_scale import FULL_SIZE, write_hub
from benchmarks.run import ROOT, Meter, machine

if TYPE_CHECKING:
    from collections.abc import Callable

RESULTS = ROOT / "benchmarks" / "drift.json"
PAGE = ROOT / "docs" / "reference" / "benchmarks-drift.md"
_GRAPH = "all"
_SUBJECTS = ("drift", "documentation")


def _execute(file: Path, data: Path, subjects: tuple[str, ...]) -> Meter:
    from biome_pipeline.cli.execution import execute
    from biome_pipeline.hub.intake import Intake
    from biome_pipeline.hub.sources import resolve_source
    from biome_pipeline.settings import load_settings
    from biome_pipeline.warehouse.tables import TABLES, tables_of

    settings = load_settings(data=data)
    source = resolve_source(str(file), settings)
    tables = tables_of(("genealogy",))
    if subjects != ("genealogy",):
        tables = tuple(spec for spec in TABLES.values() if spec.subject in subjects)
    meter = Meter()
    execute(settings, source.snapshot, Intake(name=str(file)), tables, meter)
    meter.begins("end")
    return meter


def prepare(file: Path, data: Path) -> None:
    """Make everything that the subject needs."""
    _execute(file, data, ("genealogy",))


def measure_subject(file: Path, data: Path) -> dict[str, Any]:
    """Make the tables of the subject on what is there, and its findings."""
    import resource

    steps = {
        name: step
        for name, step in _execute(file, data, _SUBJECTS).steps.items()
        if name.startswith(_SUBJECTS)
    }
    steps["findings of drift"] = _findings(data)
    return {
        "cpu": sum(step["cpu"] for step in steps.values()),
        "wall": sum(step["wall"] for step in steps.values()),
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "steps": steps,
    }


def _findings(data: Path) -> dict[str, Any]:
    """Test the claims of the subject, which share a table with those of others."""
    import resource

    from biome_pipeline.drift.stated import findings
    from biome_pipeline.settings import load_settings
    from biome_pipeline.warehouse.engine import open_engine
    from biome_pipeline.warehouse.lake import Lake
    from biome_pipeline.warehouse.tables.drift import ORDERING_SUMMARY
    from biome_pipeline.warehouse.tables.genealogy import EDGES, MEMBERS
    from biome_pipeline.warehouse.tables.hub import MODELS

    settings, lake = load_settings(data=data), Lake(data)
    key = lake.keys(EDGES)[0]
    cpu, wall = time.process_time(), time.perf_counter()
    with open_engine(settings) as engine:
        found = findings(
            engine,
            models=lake.read(engine, MODELS, key),
            edges=lake.read(engine, EDGES, key),
            members=lake.read(engine, MEMBERS, key),
            solved=lake.read(engine, ORDERING_SUMMARY, key),
            settings=settings,
        )
    return {
        "cpu": time.process_time() - cpu,
        "wall": time.perf_counter() - wall,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "rows": len(found),
    }


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    started = time.process_time()
    found = work()
    return time.process_time() - started, found


def _loop(network: nx.DiGraph, trait: str) -> int:
    """Count the transitions of one trait edge by edge, into a graph of its values."""
    flow = nx.DiGraph()

    def add(source: str, target: str) -> None:
        if flow.has_edge(source, target):
            flow[source][target]["weight"] += 1
        else:
            flow.add_edge(source, target, weight=1)

    for parent, child in network.edges:
        before, after = set(network.nodes[parent][trait]), set(network.nodes[child][trait])
        if not before or not after:
            continue
        for added in after - before:
            for value in before:
                add(value, added)
        for removed in before - after:
            for value in after:
                add(removed, value)
    return int(flow.size(weight="weight"))


def measure_transitions(data: Path) -> dict[str, float]:
    """Count the transitions of every trait, and let a loop over edges do it."""
    from biome_pipeline.drift.edges import trait_edges
    from biome_pipeline.drift.traits import TRAITS, trait_values
    from biome_pipeline.drift.transitions import edge_transitions, transition_counts
    from biome_pipeline.genealogy.lineages import edges_of_graphs
    from biome_pipeline.settings import load_settings
    from biome_pipeline.warehouse.engine import open_engine
    from biome_pipeline.warehouse.lake import Lake
    from biome_pipeline.warehouse.tables.genealogy import EDGES, MEMBERS
    from biome_pipeline.warehouse.tables.hub import MODELS

    lake = Lake(data)
    key = lake.keys(EDGES)[0]
    with open_engine(load_settings(data=data)) as engine:
        models = lake.read(engine, MODELS, key)
        traits = [trait_values(engine, models, name) for name in TRAITS]
        (lineage,) = edges_of_graphs(
            engine,
            edges=lake.read(engine, EDGES, key),
            members=lake.read(engine, MEMBERS, key),
            n_nodes=engine.count_rows(models),
            graphs=(_GRAPH,),
        )

    def ours() -> list[int]:
        totals = []
        for trait in traits:
            edges = trait_edges(trait.sets, lineage.parent, lineage.child, lineage.family)
            counts = transition_counts(edge_transitions(edges), len(trait.values))
            totals.append(int(counts.transitions.sum()))
        return totals

    network = nx.DiGraph()
    network.add_edges_from(zip(lineage.parent.tolist(), lineage.child.tolist(), strict=True))
    for trait in traits:
        start, codes = trait.sets.indptr.tolist(), trait.sets.indices.tolist()
        for node, attributes in network.nodes(data=True):
            own = codes[start[node] : start[node + 1]]
            attributes[trait.trait] = [trait.values[code] for code in own]

    def naive() -> list[int]:
        return [_loop(network, trait.trait) for trait in traits]

    ours_cpu, ours_totals = _timed(ours)
    naive_cpu, naive_totals = _timed(naive)
    if ours_totals != naive_totals:
        raise AssertionError(f"the two counts differ: {ours_totals} and {naive_totals}")
    return {
        "ours": ours_cpu,
        "naive": naive_cpu,
        "ratio": naive_cpu / ours_cpu,
        "n_edges": float(network.number_of_edges()),
        "n_transitions": float(sum(ours_totals)),
    }


_PARTS: dict[str, Callable[[Path, Path], Any]] = {
    "prepare": prepare,
    "subject": measure_subject,
    "transitions": lambda _, data: measure_transitions(data),
    "ordering": lambda *_: ordering.measure(),
}


def _in_process(part: str, file: Path, data: Path) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.drift", "--part", part, str(file), str(data)],
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def page_of(result: dict[str, Any]) -> str:
    """Write the results as a page of the docs."""
    subject, transitions = result["subject"], result["transitions"]
    lines = [
        "# Benchmarks of drift",
        "",
        "<!-- Made by `make bench-drift`; do not edit. -->",
        "",
        f"Measured {result['date']} on {result['machine']}, by",
        f"`make bench-drift`: a generated Hub of {result['n_models']:,} models whose traits drift",
        "along its lineages, with as many licenses, languages, tasks and libraries as the real one",
        "and no cards. The whole subject, with its default replicates (999 bootstraps; 200 orders",
        f"solved anew, 200 halves and 200 of each null for each of {result['n_orders']} orders),",
        f"takes {subject['wall']:.0f} s wall and {subject['cpu']:.0f} s CPU, with "
        f"{subject['peak'] / 2**30:.1f} GiB at most;",
        f"{result['n_unproven']:,} of the replicates' orders were not proven best in time.",
        "",
        "Beside it, in the same run, the published way to count transitions: a loop over the",
        f"{transitions['n_edges']:,.0f} edges of a networkx graph, into a graph of values.",
        "",
        "| | CPU, s | loop over edges, CPU s | times faster |",
        "|---|---:|---:|---:|",
        f"| {transitions['n_transitions']:,.0f} transitions of four traits, graph `{_GRAPH}` "
        f"| {transitions['ours']:.2f} | {transitions['naive']:.2f} | {transitions['ratio']:.0f} |",
        "",
        "By asset; the checks of a table count with it:",
        "",
        "| asset | rows | CPU, s | wall, s | peak memory, GiB |",
        "|---|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {name} | {int(step.get('rows', 0)):,} | {step['cpu']:.1f} | {step['wall']:.1f} "
        f"| {step['peak'] / 2**30:.2f} |"
        for name, step in subject["steps"].items()
    ]
    lines += ["", "## Orderings", "", ordering.table_of(result["ordering"])]
    return "\n".join(lines).rstrip("\n") + "\n"


def main() -> None:
    """Run the benchmark, or one part of it in its own process."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", type=int, default=FULL_SIZE, help="models at full size")
    parser.add_argument("--part", choices=_PARTS, help=argparse.SUPPRESS)
    parser.add_argument("paths", type=Path, nargs="*", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.part:
        print(json.dumps(_PARTS[chosen.part](*chosen.paths)))
        return
    with tempfile.TemporaryDirectory() as folder:
        file, data = Path(folder) / "hub.parquet", Path(folder) / "data"
        write_hub(file, chosen.models, is_drifting=True)
        parts = {part: _in_process(part, file, data) for part in _PARTS}
        n_orders, n_unproven = _counted(data)
    result = {
        "machine": machine(),
        "date": datetime.now(UTC).date().isoformat(),
        "n_models": chosen.models,
        "n_orders": n_orders,
        "n_unproven": n_unproven,
        **{name: found for name, found in parts.items() if name != "prepare"},
    }
    page = page_of(result)
    if chosen.models == FULL_SIZE:
        RESULTS.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
        PAGE.write_text(page, encoding="utf-8")
    print(page)


def _counted(data: Path) -> tuple[int, int]:
    """Count the orders, and their replicates that were not proven best."""
    from biome_pipeline.settings import load_settings
    from biome_pipeline.warehouse.engine import open_engine
    from biome_pipeline.warehouse.lake import Lake
    from biome_pipeline.warehouse.tables.drift import ORDERING_SUMMARY

    lake = Lake(data)
    key = lake.keys(ORDERING_SUMMARY)[0]
    with open_engine(load_settings(data=data)) as engine:
        solved = lake.read(engine, ORDERING_SUMMARY, key)
        found = engine.to_arrow(
            solved.aggregate(n=solved.count(), n_unproven=solved.n_unproven.sum())
        ).to_pylist()[0]
    return int(found["n"]), int(found["n_unproven"] or 0)


if __name__ == "__main__":
    main()
