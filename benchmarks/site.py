"""``make bench-site``: the whole report at the size of the real Hub.

A file of that size is taken in and every table is made, which
is not measured here; then the report is built in a process of its own, with its
families, pictures and files of tables. Beside it, in the same run, stands decoding
every column of the file once. Results go to ``benchmarks/site.json`` and into
``docs/reference/benchmarks-site.md``.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.hub_at_scale import FULL_SIZE, write_hub
from benchmarks.run import ROOT, machine

RESULTS = ROOT / "benchmarks" / "site.json"
PAGE = ROOT / "docs" / "reference" / "benchmarks-site.md"


def take_in(file: Path, data: Path) -> dict[str, Any]:
    """Make every table of a file; what the report says does not hang on the replicates."""
    started = time.monotonic()
    call = ["-m", "biome_pipeline", "run", "--source", str(file), "--data", str(data)]
    subprocess.run(
        [sys.executable, *call],
        cwd=ROOT,
        check=True,
        stdout=sys.stderr,
        env={**os.environ, "BIOME_REPORT": "false", "BIOME_BOOTSTRAP_REPLICATES": "199"},
    )
    return {"wall": time.monotonic() - started}


def build(data: Path) -> dict[str, Any]:
    """Build the report of the only snapshot there is."""
    from biome_pipeline.report.site.build import build_report
    from biome_pipeline.settings import load_settings
    from biome_pipeline.warehouse.engine import open_engine
    from biome_pipeline.warehouse.lake import Lake

    settings = load_settings(data=data)
    (seal,) = (data / "lake" / "sealed").glob("*.json")
    cpu, wall = time.process_time(), time.monotonic()
    with open_engine(settings, spill=Lake(settings.data).spill()) as engine:
        path = build_report(engine, settings, seal.stem)
    folder = path.parent
    overview = path.read_text(encoding="utf-8")
    pictures = [p for p in folder.rglob("*.svg") if f"pictures/{p.name}" in overview]
    # A reader loads one of the four versions of a picture; all are counted.
    return {
        "cpu": time.process_time() - cpu,
        "wall": time.monotonic() - wall,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "files": sum(1 for p in folder.rglob("*") if p.is_file()),
        "bytes": sum(p.stat().st_size for p in folder.rglob("*") if p.is_file()),
        "explorer_bytes": sum(p.stat().st_size for p in (folder / "explorer").rglob("*")),
        "overview_bytes": path.stat().st_size + sum(p.stat().st_size for p in pictures),
    }


def _in_process(*words: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.site", *words],
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def page_of(result: dict[str, Any]) -> str:
    """Write the results as a page of the docs."""
    site, floor = result["site"], result["floor"]
    return "\n".join(
        [
            "# Benchmark of the report",
            "",
            "<!-- Made by `make bench-site`; do not edit. -->",
            "",
            f"Measured {result['date']} on {result['machine']}, by `make bench-site`:",
            f"{result['n_models']:,} models, every table, which took "
            f"{result['taken']['wall'] / 60:.0f} minutes before (with 199 replicates).",
            "",
            "| | |",
            "|---|---:|",
            f"| building the report, wall | {site['wall']:.0f} s |",
            f"| CPU | {site['cpu']:.0f} s |",
            f"| beside decoding the source once | {site['cpu'] / floor['cpu']:.0f} times |",
            f"| peak memory | {site['peak'] / 2**30:.2f} GiB |",
            f"| files | {site['files']:,} |",
            f"| all of it | {site['bytes'] / 1e6:,.0f} MB |",
            f"| families of the explorer | {site['explorer_bytes'] / 1e6:.1f} MB |",
            f"| the overview with all its pictures | {site['overview_bytes'] / 1e6:.2f} MB |",
            "",
        ]
    )


def main() -> None:
    """Run the benchmark, or one part of it in its own process."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", type=int, default=FULL_SIZE, help="models of the Hub")
    parser.add_argument("--build", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--floor", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.build:
        print(json.dumps(build(chosen.build)))
        return
    if chosen.floor:
        from benchmarks.run import measure_floor

        print(json.dumps(measure_floor(chosen.floor)))
        return
    with tempfile.TemporaryDirectory() as folder:
        file, data = Path(folder) / "hub.parquet", Path(folder) / "data"
        write_hub(file, chosen.models, is_drifting=True)
        taken = take_in(file, data)
        floor = _in_process("--floor", str(file))
        site = _in_process("--build", str(data))
    result = {
        "machine": machine(),
        "date": datetime.now(UTC).date().isoformat(),
        "n_models": chosen.models,
        "taken": taken,
        "floor": floor,
        "site": site,
    }
    page = page_of(result)
    if chosen.models == FULL_SIZE:
        RESULTS.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
        PAGE.write_text(page, encoding="utf-8")
    print(page)


if __name__ == "__main__":
    main()
