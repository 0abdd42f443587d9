"""``make bench-evolution``: 40,000 analytic evaluations, and the whole ablation.

The evaluations are one search with 12-layer founders, gates and the journal on disk, so
that mutation, selection and novelty are counted, too. Beside it stands, in the same run,
a floor: writing and reading the same genomes as JSON, which any such search has to do.
Results go to ``benchmarks/evolution.json`` and ``docs/reference/benchmarks-evolution.md``.
"""

from __future__ import annotations

import argparse
import json
import resource
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.run import ROOT, machine
from biome_pipeline.cli.main import run_command_line
from biome_pipeline.evolution.genome import Genome
from biome_pipeline.evolution.sweep import run_search, tasks_of
from biome_pipeline.evolution.sweep_files import read_sweep, sweep_of
from biome_pipeline.vocabulary.reference import shipped_folder

RESULTS = ROOT / "benchmarks" / "evolution.json"
PAGE = ROOT / "docs" / "reference" / "benchmarks-evolution.md"
EVALUATIONS = 40_000


def search(n: int, folder: Path) -> dict[str, float]:
    """Do one search of so many evaluations, and what it cannot do without."""
    rules = {
        "budget": n,
        "founders": "rich",
        "gates": {"min_layers": 12, "min_moe_blocks": 5, "min_selector_blocks": 5},
    }
    plan = sweep_of({"sweep_id": "bench", "arms": {"main": rules}}, place="benchmark")
    (task,) = tasks_of(plan, folder)
    wall, cpu = time.perf_counter(), time.process_time()
    result = run_search(task)
    taken = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
    texts = result.rows["evolution.candidates"]["genome"].to_pylist()
    assert len(texts) == n, f"{len(texts)} candidates instead of {n}"
    cpu = time.process_time()
    for text in texts:
        Genome.from_json(text, place="benchmark").to_json()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {**taken, "floor_cpu": time.process_time() - cpu, "peak": float(peak)}


def ablation(data: Path) -> dict[str, float]:
    """Do the built-in ablation as a user does."""
    plan = read_sweep(shipped_folder("reference") / "sweeps" / "ablation.yaml")
    wall = time.perf_counter()
    code = run_command_line(["evolve", "ablation", "--data", str(data)])
    assert code == 0, f"biome evolve ended with code {code}"
    return {
        "wall": time.perf_counter() - wall,
        "searches": float(len(plan.arms) * len(plan.seeds)),
        "evaluations": float(sum(arm.budget for arm in plan.arms.values()) * len(plan.seeds)),
    }


def page_of(result: dict[str, Any]) -> str:
    """Write the results as a page of the docs."""
    one, all_ = result["search"], result["ablation"]
    return "\n".join(
        [
            "# Benchmark of simulated evolution",
            "",
            "<!-- Made by `make bench-evolution`; do not edit. -->",
            "",
            f"Measured {result['date']} on {result['machine']}, by `make bench-evolution`.",
            "",
            "| | |",
            "|---|---:|",
            f"| {result['n']:,} analytic evaluations in one search, wall | {one['wall']:.1f} s |",
            f"| CPU for each of them | {one['cpu'] / result['n'] * 1e3:.2f} ms |",
            "| beside reading and writing the same genomes as JSON | "
            f"{one['cpu'] / one['floor_cpu']:.1f} times |",
            f"| peak memory | {one['peak'] / 2**20:,.0f} MiB |",
            f"| the ablation, {all_['searches']:.0f} searches, {all_['evaluations']:,.0f} "
            f"evaluations, tables and all, wall | {all_['wall']:.1f} s |",
            "",
        ]
    )


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--evaluations", type=int, default=EVALUATIONS)
    n = parser.parse_args().evaluations
    with tempfile.TemporaryDirectory() as folder:
        result = {
            "machine": machine(),
            "date": datetime.now(UTC).date().isoformat(),
            "n": n,
            "search": search(n, Path(folder) / "journals"),
            "ablation": ablation(Path(folder) / "data"),
        }
    page = page_of(result)
    if n == EVALUATIONS:
        RESULTS.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
        PAGE.write_text(page, encoding="utf-8")
    print(page)


if __name__ == "__main__":
    main()
