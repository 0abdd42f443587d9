"""``make bench-drift``: drift and documentation at full size, beside the naive loop.

One run measures three things on the same generated Hub: the whole subject by
asset, with its default replicates; transitions against a Python loop over edges
and sets; the solver of orderings (``benchmarks.ordering``). Results go to
``benchmarks/drift.json`` and into ``docs/reference/benchmarks-drift.md``.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import networkx as nx

from benchmarks.run import ROOT, Meter

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
    from biome_pipeline.drift.lineages import edges_of_graphs
    from biome_pipeline.drift.traits import TRAITS, trait_values
    from biome_pipeline.drift.transitions import edge_transitions, transition_counts
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
