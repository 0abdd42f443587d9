"""``make bench-similarity``: the subject similarity at full size, beside the published procedure.

One run measures three things on the same generated Hub: the whole subject by
asset; sampling against a scan of a networkx graph for every draw; vectors
against scikit-learn's vectorizers with dense rows. The published procedure
cannot finish at this size: it is timed on a part and multiplied up, which the
page says. Results go to ``benchmarks/similarity.json`` and into
``docs/reference/benchmarks-similarity.md``.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from math import comb
from pathlib import Path
from typing import TYPE_CHECKING, Any

import networkx as nx

from benchmarks.run import ROOT, Meter, machine

if TYPE_CHECKING:
    from collections.abc import Callable

    from biome_pipeline.settings import Settings

RESULTS = ROOT / "benchmarks" / "similarity.json"
PAGE = ROOT / "docs" / "reference" / "benchmarks-similarity.md"
_DRAWS = 10_000
_GRAPH = "all"
_NAIVE_DRAWS = 2
_NAIVE_TEXTS = 60_000
_SAMPLED_TEXTS = 50_000


def _settings(data: Path, **more: int) -> Settings:
    from biome_pipeline.settings import load_settings

    return load_settings(data=data, similarity_draws=_DRAWS, **more)


def prepare(file: Path, data: Path) -> None:
    """Make everything that the subject needs."""
    _execute(file, data, "genealogy")


def _execute(file: Path, data: Path, subject: str) -> Meter:
    from biome_pipeline.cli.execution import execute
    from biome_pipeline.hub.intake import Intake
    from biome_pipeline.hub.sources import resolve_source
    from biome_pipeline.warehouse.tables import TABLES, tables_of

    settings = _settings(data)
    source = resolve_source(str(file), settings)
    tables = tables_of((subject,))
    if subject == "similarity":
        tables = tuple(spec for spec in TABLES.values() if spec.subject == subject)
    meter = Meter()
    execute(settings, source.snapshot, Intake(name=str(file)), tables, meter)
    meter.begins("end")
    return meter


def measure_subject(file: Path, data: Path) -> dict[str, Any]:
    """Make the tables of the subject, on what is there."""
    import resource

    steps = {
        name: step
        for name, step in _execute(file, data, "similarity").steps.items()
        if name.startswith("similarity.")
    }
    steps["findings of similarity"] = _findings(data)
    return {
        "cpu": sum(step["cpu"] for step in steps.values()),
        "wall": sum(step["wall"] for step in steps.values()),
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "steps": steps,
    }


def _findings(data: Path) -> dict[str, Any]:
    """Test the claims of the subject, which share a table with those of others."""
    import resource

    from biome_pipeline.similarity.findings import findings
    from biome_pipeline.similarity.kinds import Sources
    from biome_pipeline.similarity.vocabularies import read_vocabularies
    from biome_pipeline.warehouse.engine import open_engine
    from biome_pipeline.warehouse.lake import Lake
    from biome_pipeline.warehouse.tables.cards import CARDS, RAW_CARDS
    from biome_pipeline.warehouse.tables.genealogy import MEMBERS
    from biome_pipeline.warehouse.tables.hub import MODELS, RAW_MODELS
    from biome_pipeline.warehouse.tables.similarity import PAIRS, VOCABULARY

    settings, lake = _settings(data), Lake(data)
    key = lake.keys(PAIRS)[0]
    cpu, wall = time.process_time(), time.perf_counter()
    with open_engine(settings) as engine:
        found = findings(
            engine,
            Sources(
                *(lake.read(engine, spec, key) for spec in (RAW_MODELS, MODELS, RAW_CARDS, CARDS))
            ),
            members=lake.read(engine, MEMBERS, key),
            pairs=lake.read(engine, PAIRS, key),
            vocabularies=read_vocabularies(engine, lake.read(engine, VOCABULARY, key)),
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


def measure_sampling(data: Path) -> dict[str, float]:
    """Draw all positions, and scan a networkx graph for each of a few draws."""
    from biome_pipeline.genealogy.tables import RelationEdges
    from biome_pipeline.similarity.sampling import sample_positions
    from biome_pipeline.warehouse.engine import open_engine
    from biome_pipeline.warehouse.lake import Lake
    from biome_pipeline.warehouse.tables.genealogy import EDGES
    from biome_pipeline.warehouse.tables.hub import MODELS

    lake = Lake(data)
    key = lake.keys(EDGES)[0]
    with open_engine(_settings(data)) as engine:
        related = RelationEdges(engine, lake.read(engine, EDGES, key))
    graph = related.graph(_GRAPH, lake.n_rows(MODELS, key))
    ours, _ = _timed(lambda: sample_positions(graph, _DRAWS, seed=1))
    network = nx.DiGraph()
    network.add_nodes_from(range(graph.n_nodes))
    network.add_edges_from(zip(graph.parent.tolist(), graph.child.tolist(), strict=True))
    naive = 0.0
    for draw in _SCANS.values():
        cpu, _ = _timed(lambda draw=draw: [draw(network) for _ in range(_NAIVE_DRAWS)])
        naive += cpu / _NAIVE_DRAWS * _DRAWS
    return {"ours": ours, "naive": naive, "ratio": naive / ours}


def _node(network: nx.DiGraph, weight: Callable[[int], int]) -> int:
    """Scan all nodes, and choose one by the weight of its number of children."""
    nodes = [node for node in network.nodes if weight(network.out_degree(node))]
    weights = [weight(network.out_degree(node)) for node in nodes]
    return int(random.choices(nodes, weights)[0])


def _edge(network: nx.DiGraph, weight: Callable[[int, int], int]) -> tuple[int, int]:
    edges = [(one, two) for one, two in network.edges if weight(one, two)]
    weights = [weight(one, two) for one, two in edges]
    return random.choices(edges, weights)[0]


def _scan_pair(network: nx.DiGraph) -> list[int]:
    return random.sample(list(network.nodes), 2)


def _scan_children(network: nx.DiGraph, n: int) -> list[int]:
    node = _node(network, lambda degree: comb(degree, n))
    return [node, *random.sample(list(network.successors(node)), n)]


def _scan_chain(network: nx.DiGraph, n: int) -> list[int]:
    one, two = _edge(network, lambda _, low: comb(network.out_degree(low), n))
    return [one, two, *random.sample(list(network.successors(two)), n)]


def _scan_uncle(network: nx.DiGraph) -> list[int]:
    degree = network.out_degree
    one, two = _edge(network, lambda up, low: degree(low) * (degree(up) - 1))
    others = [node for node in network.successors(one) if node != two]
    return [one, two, *random.sample(list(network.successors(two)), 1), random.choice(others)]


def _scan_chain4(network: nx.DiGraph) -> list[int]:
    one, two = _edge(network, lambda up, low: network.in_degree(up) * network.out_degree(low))
    return [random.choice(list(network.predecessors(one))), one, two]


_SCANS: dict[str, Callable[[Any], Any]] = {
    "pair": _scan_pair,
    "edge": lambda network: _edge(network, lambda *_: 1),
    "siblings": lambda network: _scan_children(network, 2),
    "chain3": lambda network: _scan_chain(network, 1),
    "star3": lambda network: _scan_children(network, 3),
    "fork": lambda network: _scan_chain(network, 2),
    "uncle": _scan_uncle,
    "chain4": _scan_chain4,
}


def measure_vectors(data: Path) -> dict[str, float]:
    """Count vocabulary and vectors of the drawn models, and let scikit-learn do it."""
    import numpy as np
    import pyarrow as pa
    from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer

    from biome_pipeline.similarity.kinds import KINDS, Sources
    from biome_pipeline.similarity.vectors import count_vectors, tfidf
    from biome_pipeline.similarity.vocabulary import build_vocabulary, draw_nodes
    from biome_pipeline.warehouse.engine import open_engine
    from biome_pipeline.warehouse.lake import Lake
    from biome_pipeline.warehouse.tables.cards import CARDS, RAW_CARDS
    from biome_pipeline.warehouse.tables.hub import MODELS, RAW_MODELS
    from biome_pipeline.warehouse.tables.similarity import PAIRS

    lake = Lake(data)
    key = lake.keys(PAIRS)[0]
    n_models = lake.n_rows(MODELS, key)
    kind = KINDS[0]
    # One thread, as the peer has one: two at once take more CPU time together than alone.
    with open_engine(_settings(data, threads=1)) as engine:
        sources = Sources(
            *(lake.read(engine, spec, key) for spec in (RAW_MODELS, MODELS, RAW_CARDS, CARDS))
        )
        pairs = lake.read(engine, PAIRS, key)
        related = engine.to_arrow(pairs.select("first_node", "second_node"))
        nodes = np.unique(
            np.concatenate([related[name].to_numpy() for name in related.column_names])
        )

        def ours(n_sampled: int | None) -> None:
            drawn = None
            if n_sampled is not None:
                drawn = draw_nodes(engine, sources.nodes(kind), n_sampled, seed=1)
            found = build_vocabulary(
                engine, sources.texts(kind, drawn), is_sampled=drawn is not None
            )
            wanted = engine.memory_table(pa.table({"node": nodes}))
            texts = sources.texts(kind, wanted)
            tfidf(count_vectors(engine, texts, found, nodes), found)

        exact, _ = _timed(lambda: ours(None))
        sampled, _ = _timed(lambda: ours(_SAMPLED_TEXTS))
        texts = sources.texts(kind)
        part = engine.to_arrow(texts.filter(texts.node < _NAIVE_TEXTS).select("text"))
    corpus = part["text"].to_pylist()

    def naive() -> None:
        # Each measure has a vectorizer of its own.
        for kind in (CountVectorizer, TfidfVectorizer):
            kind(ngram_range=(1, 2), max_features=512).fit_transform(corpus).toarray()

    cpu, _ = _timed(naive)
    whole = cpu / len(corpus) * n_models
    return {
        "exact": exact,
        "sampled": sampled,
        "naive": whole,
        "ratio_exact": whole / exact,
        "ratio_sampled": whole / sampled,
        "n_vectors": float(nodes.size),
    }


_PARTS: dict[str, Callable[[Path, Path], Any]] = {
    "prepare": prepare,
    "subject": measure_subject,
    "sampling": lambda _, data: measure_sampling(data),
    "vectors": lambda _, data: measure_vectors(data),
}


def _in_process(part: str, file: Path, data: Path) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.similarity", "--part", part, str(file), str(data)],
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def page_of(result: dict[str, Any]) -> str:
    """Write the results as a page of the docs."""
    subject, sampling, vectors = (result[name] for name in ("subject", "sampling", "vectors"))
    lines = [
        "# Benchmarks of similarity",
        "",
        "<!-- Made by `make bench-similarity`; do not edit. -->",
        "",
        f"Measured {result['date']} on {result['machine']}, by",
        f"`make bench-similarity`: a generated Hub of {result['n_models']:,} models,",
        f"{_DRAWS:,} draws for each position of each graph. The whole subject takes",
        f"{subject['wall']:.0f} s wall and {subject['cpu']:.0f} s CPU, with "
        f"{subject['peak'] / 2**30:.1f} GiB at most.",
        "",
        "Beside it the published procedure, in the same run: for every draw a scan over a networkx",
        f"graph (timed for {_NAIVE_DRAWS} draws of each topology), and scikit-learn's vectorizers",
        "of counts and of tf-idf, one for each measure, with dense rows over all texts (timed for",
        f"{_NAIVE_TEXTS:,} of them). Both are multiplied up to the full size, where they would not",
        "finish. They have one thread, and so have the vectors beside them.",
        "",
        "| | CPU, s | published procedure, CPU s | times faster |",
        "|---|---:|---:|---:|",
        f"| sampling, graph `{_GRAPH}` | {sampling['ours']:.2f} | {sampling['naive']:,.0f} "
        f"| {sampling['ratio']:,.0f} |",
        f"| vocabulary of all texts, {vectors['n_vectors']:,.0f} vectors | {vectors['exact']:.1f} "
        f"| {vectors['naive']:,.0f} | {vectors['ratio_exact']:.1f} |",
        f"| vocabulary of {_SAMPLED_TEXTS:,} texts, the same vectors | {vectors['sampled']:.1f} "
        f"| {vectors['naive']:,.0f} | {vectors['ratio_sampled']:.1f} |",
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
    return "\n".join(lines) + "\n"


def main() -> None:
    """Run the benchmark, or one part of it in its own process."""
    from benchmarks.hub_at_scale import FULL_SIZE, write_hub

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
        write_hub(file, chosen.models)
        parts = {part: _in_process(part, file, data) for part in _PARTS}
    result = {
        "machine": machine(),
        "date": datetime.now(UTC).date().isoformat(),
        "n_models": chosen.models,
        **{name: found for name, found in parts.items() if name != "prepare"},
    }
    page = page_of(result)
    if chosen.models == FULL_SIZE:
        RESULTS.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
        PAGE.write_text(page, encoding="utf-8")
    print(page)


if __name__ == "__main__":
    main()
