"""A listing that is killed anywhere goes on where it was, and a large one stays small."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from biome_pipeline.hub.crawl import finished_crawl
from biome_pipeline.hub.listing import PAGE_SIZE
from biome_pipeline.hub.records import records_of
from biome_pipeline.warehouse.lake import Lake
from biome_pipeline_tests.hub.listing_process import KEY, PAGE
from biome_pipeline_tests.hubserver import LocalHub
from biome_pipeline_tests.hubserver.world import drawn_models, fill

MODULE = "biome_pipeline_tests.hub.listing_process"
_GIB = 2**30


def run(what: str, address: str, folder: Path) -> str:
    command = [sys.executable, "-m", MODULE, what, address, str(folder)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def test_killed_before_any_file_operation_it_asks_for_one_page_again_at_most(
    hub: LocalHub, tmp_path: Path
) -> None:
    fill(hub, 24, seed=4)
    public = sorted(model.id for model in hub.models.values() if not model.is_private)
    n_pages = -(-len(public) // PAGE)
    n_kills = int(run("kills", hub.address, tmp_path))
    # To begin, to keep each page, to finish: each takes several.
    assert n_kills >= 4 * (n_pages + 2)
    n_requests = Counter(request.user_agent for request in hub.requests)
    for operation in range(1, n_kills + 1):
        place = tmp_path / f"killed-at-{operation}"
        crawl = finished_crawl(Lake(place), KEY)
        assert crawl is not None
        ids = [row["id"] for body in crawl.bodies() for row in records_of(body)]
        assert sorted(ids) == public
        assert n_pages <= n_requests[place.name] <= n_pages + 1


@pytest.mark.slow
def test_100_000_models_are_listed_in_less_than_two_gigabytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    n_models, log = 100_000, tmp_path / "requests.jsonl"
    arguments = ["--models", str(n_models), "--seed", "5", "--log", str(log), "--seconds", "280"]
    command = [sys.executable, "-m", "biome_pipeline_tests.hubserver", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        address = server.stdout.readline().strip()
        n_rows, peak = ast.literal_eval(run("measure", address, tmp_path / "data"))
        server.terminate()
    assert n_rows == sum(not model.is_private for model in drawn_models(n_models, seed=5))
    assert peak * 1024 < 2 * _GIB
    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    assert {line["status"] for line in lines} == {200}
    assert len(lines) == -(-n_rows // PAGE_SIZE)
