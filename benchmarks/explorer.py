"""``make bench-explorer``: panning and recolouring a family of 30,000 models.

A family is drawn and opened as a page of its own in headless Chromium without a
graphics card. The page is dragged a hundred steps and recoloured thirty times; what
is measured is the drawing itself and the time from frame to frame. Beside it stands a
plain drawing that paints every line and point, in the same run. Results go to
``benchmarks/explorer.json`` and into ``docs/reference/benchmarks-explorer.md``.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from benchmarks.run import ROOT, machine
from biome_pipeline.report.explorer.bundle import REMEDY, read_bundle
from biome_pipeline.report.explorer.script import call

RESULTS = ROOT / "benchmarks" / "explorer.json"
PAGE = ROOT / "docs" / "reference" / "benchmarks-explorer.md"
SIZE = 30_000
_PANS, _COLOURS = 100, 30


def draw_family(n: int, seed: int = 7) -> dict[str, Any]:
    """Draw a family with a few founders, few prolific parents and a dozen generations."""
    rng = np.random.default_rng(seed)
    parent = np.floor(np.arange(n) * rng.random(n) ** 6).astype(int)
    generation = np.zeros(n, int)
    for node in range(5, n):
        generation[node] = generation[parent[node]] + 1
    child = np.arange(5, n)
    day = np.sort(rng.integers(19_000, 20_400, n))

    def some(most: int) -> list[int | None]:
        return [None if rng.random() < 0.1 else int(rng.integers(0, most)) for _ in range(n)]

    return {
        "format": 1,
        "snapshot": "2026-01-01",
        "graph": "all",
        "family_id": 1,
        "root_id": "owner/model-000000",
        "ids": [f"owner/model-{k:06d}" for k in range(n)],
        "generation": generation.tolist(),
        "created": [None if rng.random() < 0.05 else int(d) for d in day],
        "downloads": some(1_000_000),
        "likes": some(1_000),
        "licenses": ["apache-2.0", "llama3.1", "cc-by-nc-4.0", "gpl-3.0"],
        "license": some(4),
        "tasks": [f"task-{k}" for k in range(20)],
        "task": some(20),
        "languages": [f"l{k}" for k in range(30)],
        "language": some(30),
        "relations": ["adapter", "finetune", "quantized", "merge"],
        "parent": parent[5:].tolist(),
        "child": child.tolist(),
        "relation": rng.integers(0, 4, n - 5).tolist(),
        "obligations": [],
        "conflicts": {
            name: []
            for name in (
                "model",
                "ancestor",
                "obligation",
                "lost_parent",
                "lost_child",
                "severity",
                "verdict",
                "confidence",
            )
        },
    }


def write_page(folder: Path, n: int) -> Path:
    """Write the page of a drawn family."""
    bundle = read_bundle()
    if bundle is None:
        sys.exit(f"the explorer is not there: {REMEDY}")
    family = draw_family(n)
    entry = {
        "family_id": 1,
        "root_id": family["root_id"],
        "n_models": n,
        "depth": max(family["generation"]),
        "file": "family-1.js",
    }
    classes = {"apache-2.0": "permissive", "llama3.1": "community"}
    index = {
        "format": 1,
        "snapshot": family["snapshot"],
        "graph": "all",
        "families": [entry],
        "n_families": 1,
        "n_models": n,
        "n_models_shipped": n,
        "notable": [],
        "n_buckets": 1,
        "licenses": {
            name: {"class": kind, "is_reviewed": True, "obligations": []}
            for name, kind in classes.items()
        },
        "obligations": {},
    }
    page = folder / "family.html"
    page.write_text(
        f"<!doctype html><meta charset='utf-8'><style>:root{{--background:#fff;--text:#111;"
        f"--muted:#555;--line:#ddd;--link:#05a}}{bundle.style}</style><div id='explorer'></div>"
        f"<script>{bundle.script}</script><script>{call('index', index)}</script>"
        f"<script>{call('family', family)}</script><script>"
        "const explorer = biomeExplorer.start(document.getElementById('explorer'));</script>",
        encoding="utf-8",
    )
    return page


_MEASURE = """
async ({ pans, colours }) => {
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  const times = { draw: [], pan: [], recolour: [], naive: [] };
  const timed = (act) => {
    const from = performance.now();
    act();
    return performance.now() - from;
  };
  // A third of the way in, so that rows are apart and labels are not yet drawn.
  explorer.view.ky *= 20;
  for (let k = 0; k < pans; k++) {
    const from = performance.now();
    explorer.view.ox += 3;
    explorer.view.oy -= 7 + (k % 5);
    times.draw.push(timed(() => explorer.drawNow()));
    await frame();
    times.pan.push(performance.now() - from);
  }
  explorer.view.ky /= 20;
  explorer.view.oy = 36;
  const names = ["class", "task", "language", "relation", "downloads", "date"];
  for (let k = 0; k < colours; k++) {
    const from = performance.now();
    explorer.recolour(names[k % names.length]);
    explorer.drawNow();
    await frame();
    times.recolour.push(performance.now() - from);
  }
  // Every line and point of its own, as a first program would draw them.
  const context = document.createElement("canvas").getContext("2d");
  context.canvas.width = 900; context.canvas.height = 700;
  for (let k = 0; k < 5; k++) {
    times.naive.push(timed(() => {
      for (const node of explorer.layout.shown) {
        const y = 30 + explorer.layout.row[node] * 0.02;
        context.beginPath(); context.moveTo(0, y); context.lineTo(node % 900, y); context.stroke();
        context.fillRect(node % 900, y, 5, 5);
      }
      context.getImageData(0, 0, 1, 1);
    }));
    await frame();
  }
  return times;
}
"""


def measure(n: int) -> dict[str, Any]:
    """Open the page and move it."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        sys.exit("chromium is not installed: apt-get install chromium")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        page_file = write_page(Path(folder), n)
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(page_file.as_uri())
        page.wait_for_function("explorer.data !== null && explorer.layout")
        times = page.evaluate(_MEASURE, {"pans": _PANS, "colours": _COLOURS})
        browser.close()
    if errors:
        sys.exit(f"the page failed: {errors[0]}")
    return {
        name: {
            "median": median(values),
            "p95": sorted(values)[int(0.95 * (len(values) - 1))],
            "max": max(values),
        }
        for name, values in times.items()
    }


def page_of(result: dict[str, Any]) -> str:
    """Write the results as a page of the docs."""
    words = {
        "draw": "drawing one step of a drag",
        "pan": "one step of a drag, frame to frame",
        "recolour": "recolouring, frame to frame",
        "naive": "every line and point for itself, for comparison",
    }
    return "\n".join(
        [
            "# Benchmark of the tree explorer",
            "",
            "<!-- Made by `make bench-explorer`; do not edit. -->",
            "",
            f"Measured {result['date']} on {result['machine']}, by `make bench-explorer`: a drawn",
            f"family of {result['n_models']:,} models in headless Chromium without a graphics",
            f"card, {_PANS} steps of a drag and {_COLOURS} changes of colour. Milliseconds.",
            "",
            "| | median | 95 % | largest |",
            "|---|---:|---:|---:|",
            *(
                f"| {words[name]} | {row['median']:.1f} | {row['p95']:.1f} | {row['max']:.1f} |"
                for name, row in result["times"].items()
            ),
            "",
        ]
    )


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", type=int, default=SIZE, help="models of the family")
    chosen = parser.parse_args()
    result = {
        "machine": machine(),
        "date": datetime.now(UTC).date().isoformat(),
        "n_models": chosen.models,
        "times": measure(chosen.models),
    }
    page = page_of(result)
    if chosen.models == SIZE:
        RESULTS.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
        PAGE.write_text(page, encoding="utf-8")
    print(page)


if __name__ == "__main__":
    main()
