"""``make bench-fitness``: all of fitness at half a million models, beside statsmodels.

One run measures two things on the same drawn models: every table that is made
of ``fitness.models``, with its default replicates; and one Poisson regression with
clustered errors against statsmodels on a part of them, both with one thread.
Results go to ``benchmarks/fitness.json`` and into
``docs/reference/benchmarks-fitness.md``.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
import warnings
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from benchmarks.fitting_models import draw_models
from benchmarks.run import ROOT, machine

if TYPE_CHECKING:
    from collections.abc import Callable

RESULTS = ROOT / "benchmarks" / "fitness.json"
PAGE = ROOT / "docs" / "reference" / "benchmarks-fitness.md"
SIZE = 500_000
_PART = 50_000
_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def measure_tables(n: int) -> dict[str, Any]:
    """Make every table of fitness that is made of its models."""
    from biome_pipeline.fitness import diagnostics, group_tables, regression_tables
    from biome_pipeline.settings import load_settings
    from biome_pipeline.warehouse.engine import open_engine

    settings = load_settings()
    makers: dict[str, Callable[..., Any]] = {
        "fitness.coverage": group_tables.coverage,
        "fitness.by_size": group_tables.by_size,
        "fitness.by_family": group_tables.by_family,
        "fitness.by_context": group_tables.by_context,
        "fitness.sweet_spots": group_tables.sweet_spots,
        "fitness.feature_impact": group_tables.feature_impact,
        "fitness.regressions": regression_tables.regressions,
        "fitness.curves": regression_tables.curves,
        "fitness.diagnostics": diagnostics.diagnostics,
    }
    steps = {}
    with open_engine(settings) as engine:
        models = engine.materialize(engine.memory_table(draw_models(n)))
        for name, make in makers.items():
            cpu, wall = time.process_time(), time.perf_counter()
            made = make(engine, models=models, settings=settings)
            steps[name] = {
                "rows": made.num_rows,
                "cpu": time.process_time() - cpu,
                "wall": time.perf_counter() - wall,
                "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
            }
    return {
        "cpu": sum(step["cpu"] for step in steps.values()),
        "wall": sum(step["wall"] for step in steps.values()),
        "peak": max(step["peak"] for step in steps.values()),
        "steps": steps,
    }


def measure_peer(n: int) -> dict[str, Any]:
    """Fit one regression with errors by author, and let statsmodels do the same."""
    import numpy as np
    import statsmodels.api as sm

    from biome_pipeline.fitness.arrays import read_models
    from biome_pipeline.fitness.clustered import sandwich_covariance
    from biome_pipeline.fitness.counts import robust_sample
    from biome_pipeline.fitness.design import assemble, robust_columns
    from biome_pipeline.fitness.glm import fit_poisson
    from biome_pipeline.settings import load_settings
    from biome_pipeline.warehouse.engine import open_engine

    with open_engine(load_settings(threads=1)) as engine:
        models = read_models(engine, engine.memory_table(draw_models(n)))
    sample = robust_sample(models, "downloads")
    design = assemble(robust_columns(models, sample.rows)).matrix
    author = np.unique(models.author[sample.rows], return_inverse=True)[1]
    started = time.process_time()
    fit = fit_poisson(design, sample.outcome, sample.log_exposure)
    errors = np.sqrt(np.diag(sandwich_covariance(design, fit, author)))
    ours = time.process_time() - started
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        started = time.process_time()
        peer = sm.GLM(
            sample.outcome, design, family=sm.families.Poisson(), offset=sample.log_exposure
        ).fit(tol=1e-10, maxiter=200, cov_type="cluster", cov_kwds={"groups": author})
        naive = time.process_time() - started
    if not np.allclose(fit.coefficients, peer.params, rtol=1e-4, atol=1e-5):
        raise AssertionError("the two estimates differ")
    if not np.allclose(errors, peer.bse, rtol=1e-2):
        raise AssertionError("the two errors differ")
    return {
        "n": int(sample.rows.size),
        "n_terms": int(design.shape[1]),
        "ours": ours,
        "naive": naive,
        "ratio": naive / ours,
    }


_PARTS: dict[str, Callable[[int], dict[str, Any]]] = {
    "tables": measure_tables,
    "peer": measure_peer,
}


def _in_process(part: str, n: int) -> dict[str, Any]:
    # One thread on both sides of the comparison; the tables have all.
    environment = {**os.environ, **(dict.fromkeys(_ONE_THREAD, "1") if part == "peer" else {})}
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.fitness", "--part", part, "--models", str(n)],
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def page_of(result: dict[str, Any]) -> str:
    """Write the results as a page of the docs."""
    tables, peer = result["tables"], result["peer"]
    lines = [
        "# Benchmarks of fitness",
        "",
        "<!-- Made by `make bench-fitness`; do not edit. -->",
        "",
        f"Measured {result['date']} on {result['machine']}, by",
        f"`make bench-fitness`: {result['n_models']:,} drawn models with 12 traits, each missing",
        "of a tenth, six outcomes, and authors and roots with heavy tails. All regressions,",
        "curves, bootstraps (999 replicates), exchanges and forests (on 20,000 models) take",
        f"{tables['wall']:.0f} s wall and {tables['cpu']:.0f} s CPU, with "
        f"{tables['peak'] / 2**30:.1f} GiB at most.",
        "",
        "| table | rows | CPU, s | wall, s | peak memory so far, GiB |",
        "|---|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {name} | {step['rows']:,} | {step['cpu']:.1f} | {step['wall']:.1f} "
        f"| {step['peak'] / 2**30:.2f} |"
        for name, step in tables["steps"].items()
    ]
    lines += [
        "",
        "Beside it, in the same run and with one thread on both sides, one Poisson regression",
        "with errors clustered by author, by statsmodels (`GLM`), on a part of the models; the",
        "estimates and errors are compared.",
        "",
        "| models | terms | CPU, s | statsmodels, CPU s | times faster |",
        "|---:|---:|---:|---:|---:|",
        f"| {peer['n']:,} | {peer['n_terms']} | {peer['ours']:.2f} | {peer['naive']:.2f} "
        f"| {peer['ratio']:.0f} |",
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Run the benchmark, or one part of it in its own process."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", type=int, default=SIZE, help="models to draw")
    parser.add_argument("--part", choices=_PARTS, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.part:
        print(json.dumps(_PARTS[chosen.part](chosen.models)))
        return
    result = {
        "machine": machine(),
        "date": datetime.now(UTC).date().isoformat(),
        "n_models": chosen.models,
        "tables": _in_process("tables", chosen.models),
        "peer": _in_process("peer", min(chosen.models, _PART)),
    }
    page = page_of(result)
    if chosen.models == SIZE:
        RESULTS.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
        PAGE.write_text(page, encoding="utf-8")
    print(page)


if __name__ == "__main__":
    main()
