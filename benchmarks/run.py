"""``make bench``: the whole run at full size and at a quarter of it, by asset.

Each run is a process of its own: a file of the size of the Hub goes in, a
published database comes out, three times. CPU and wall time are measured by asset (its
checks included), and the total is given as a ratio to decoding every column of
the same file once, measured in the same run, because absolute times are noise
on shared machines. Results go to ``benchmarks/results.json`` and into
``docs/reference/benchmarks.md``.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime
from math import log
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results.json"
PAGE = ROOT / "docs" / "reference" / "benchmarks.md"
_REPEATS = 3


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def measure_floor(file: Path) -> dict[str, float]:
    """Decode every column of a file once."""
    import duckdb

    with duckdb.connect() as connection:
        names = [
            row[0] for row in connection.execute(f"DESCRIBE SELECT * FROM '{file}'").fetchall()
        ]
        # The bitwise sum of hashes touches every value and keeps none.
        touched = ", ".join(f'bit_xor(hash("{name}"))' for name in names)
        before, started = _cpu(), time.monotonic()
        connection.execute(f"SELECT {touched} FROM '{file}'").fetchall()
        return {"cpu": _cpu() - before, "wall": time.monotonic() - started}


class Meter:
    """Hears of each step, and remembers what it cost."""

    def __init__(self) -> None:
        self.steps: dict[str, dict[str, float]] = {}
        self._last = (_cpu(), time.monotonic())
        self._peak = 0
        self._name = "start"
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        page = os.sysconf("SC_PAGE_SIZE")
        while True:
            resident = int(Path("/proc/self/statm").read_text().split()[1]) * page
            self._peak = max(self._peak, resident)
            time.sleep(0.02)

    def begins(self, name: str) -> None:
        """Count what passed since the last step to that one: its checks."""
        self._book(self._name)
        self._name = name

    def ends(self, name: str, n_rows: int | None) -> None:
        """Count what the step took."""
        self._book(name)
        self.steps[name]["rows"] = n_rows or 0

    def says(self, line: str) -> None:
        """Pass on how far a step is."""
        print(line, file=sys.stderr)

    def _book(self, name: str) -> None:
        cpu, wall = _cpu(), time.monotonic()
        step = self.steps.setdefault(name, {"cpu": 0.0, "wall": 0.0, "peak": 0.0})
        step["cpu"] += cpu - self._last[0]
        step["wall"] += wall - self._last[1]
        step["peak"] = max(step["peak"], self._peak)
        self._last, self._peak = (cpu, wall), 0


def measure_run(file: Path, data: Path) -> dict[str, object]:
    """Take one file in, publish the database, and build the report after that."""
    meter = Meter()
    from biome_pipeline.cli.execution import execute
    from biome_pipeline.hub.intake import Intake
    from biome_pipeline.hub.sources import resolve_source
    from biome_pipeline.settings import load_settings
    from biome_pipeline.warehouse.tables import tables_of

    settings = load_settings(data=data)
    source = resolve_source(str(file), settings)
    execute(settings, source.snapshot, Intake(name=str(file)), tables_of(("genealogy",)), meter)
    meter.begins("end")
    to_database = [step for name, step in meter.steps.items() if name != "report"]
    return {
        "cpu": sum(step["cpu"] for step in to_database),
        "wall": sum(step["wall"] for step in to_database),
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "database_bytes": (data / "biome.duckdb").stat().st_size,
        "steps": meter.steps,
    }


def _in_process(*words: str) -> dict[str, object]:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.run", *words],
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    result: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return result


def _beside_floor(file: Path, data: Path) -> dict[str, object]:
    """Run once, and decode before and after, so that a drift of the machine shows."""
    before = [_in_process("--floor", str(file)) for _ in range(2)]
    run = _in_process("--once", str(file), "--into", str(data))
    shutil.rmtree(data)
    floors = [*before, *(_in_process("--floor", str(file)) for _ in range(2))]
    floor = median(float(str(found["cpu"])) for found in floors)
    return {**run, "floor_cpu": floor, "ratio_to_floor": float(str(run["cpu"])) / floor}


def machine() -> str:
    """Describe the machine in a line."""
    model = "unknown processor"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    cores = len(os.sched_getaffinity(0))
    return f"{cores} cores ({model}), {memory:.0f} GiB, Python {platform.python_version()}"


def bench(n_models: int) -> dict[str, object]:
    """Measure the full size and a quarter of it."""
    from benchmarks.hub_at_scale import write_hub

    sizes: dict[str, dict[str, object]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, n in (("quarter", n_models // 4), ("full", n_models)):
            print(f"{name}: {n:,} models", file=sys.stderr)
            file = Path(folder) / f"{name}.parquet"
            write_hub(file, n)
            runs = sorted(
                (_beside_floor(file, Path(folder) / name) for _ in range(_REPEATS)),
                key=lambda run: float(str(run["ratio_to_floor"])),
            )
            sizes[name] = {
                **runs[_REPEATS // 2],
                "n_models": n,
                "file_bytes": file.stat().st_size,
                "ratios": [run["ratio_to_floor"] for run in runs],
            }
            file.unlink()
    quarter, full = sizes["quarter"], sizes["full"]
    exponent = log(float(str(full["cpu"])) / float(str(quarter["cpu"]))) / log(4)
    return {
        "machine": machine(),
        "date": datetime.now(UTC).date().isoformat(),
        "growth_exponent": exponent,
        **sizes,
    }


def page_of(result: dict[str, object]) -> str:
    """Write the results as a page of the docs."""
    full, quarter = result["full"], result["quarter"]
    assert isinstance(full, dict)
    assert isinstance(quarter, dict)
    lines = [
        "# Benchmarks",
        "",
        "<!-- Made by `make bench`; do not edit. -->",
        "",
        f"Measured {result['date']} on {result['machine']}, by `make bench`: a generated hub-stats",
        f"file of {full['n_models']:,} models becomes a published database, checks included; then",
        "the report is built, which counts to the peak of memory only.",
        "",
        "| | quarter | full |",
        "|---|---:|---:|",
    ]
    rows = (
        ("models", "n_models", "{:,}", 1),
        ("wall to the published database, s", "wall", "{:.1f}", 1),
        ("CPU to the published database, s", "cpu", "{:.1f}", 1),
        ("decoding every column once, CPU s", "floor_cpu", "{:.2f}", 1),
        ("CPU as a multiple of decoding", "ratio_to_floor", "{:.1f}", 1),
        ("peak memory, GiB", "peak", "{:.2f}", 2**30),
        ("database, MiB", "database_bytes", "{:.0f}", 2**20),
    )
    for label, name, form, unit in rows:
        cells = (
            form.format(size[name] / unit if unit > 1 else size[name]) for size in (quarter, full)
        )
        lines.append(f"| {label} | {' | '.join(cells)} |")
    ratios = full["ratios"]
    lines += [
        "",
        f"Each size was run {len(ratios)} times; the table shows the run in the middle. At full",
        f"size the multiples were {', '.join(f'{ratio:.1f}' for ratio in ratios)}.",
        "",
        f"Growth exponent of the CPU time from a quarter to the full size: "
        f"{result['growth_exponent']:.2f}.",
        "",
        "By asset at full size; the checks of a table count with it:",
        "",
        "| asset | rows | CPU, s | wall, s | peak memory, GiB |",
        "|---|---:|---:|---:|---:|",
    ]
    for name, step in full["steps"].items():
        lines.append(
            f"| {name} | {int(step.get('rows', 0)):,} | {step['cpu']:.1f} | {step['wall']:.1f} "
            f"| {step['peak'] / 2**30:.2f} |"
        )
    return "\n".join(lines) + "\n"


def main() -> None:
    """Run the benchmark, or one part of it in its own process."""
    from benchmarks.hub_at_scale import FULL_SIZE

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", type=int, default=FULL_SIZE, help="models at full size")
    parser.add_argument("--floor", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--once", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--into", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.floor is not None:
        print(json.dumps(measure_floor(chosen.floor)))
        return
    if chosen.once is not None:
        print(json.dumps(measure_run(chosen.once, chosen.into)))
        return
    result = bench(chosen.models)
    page = page_of(result)
    if chosen.models == FULL_SIZE:
        RESULTS.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
        PAGE.write_text(page, encoding="utf-8")
    print(page)


if __name__ == "__main__":
    main()
