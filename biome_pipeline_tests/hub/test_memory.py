"""A hundred thousand models taken in from a Hub that falters: memory, rows and requests."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from biome_pipeline_tests.hubserver import LocalHub, answer, broken_json, reset, truncate
from biome_pipeline_tests.hubserver.faults import LIST
from biome_pipeline_tests.hubserver.world import fill

ROOT = Path(__file__).parents[2]
# One in a hundred is private.
N_MODELS, PAGE_SIZE = 101_500, 1_000
SHARDS = ("README.md", *(f"model-{i:05}-of-00080.safetensors" for i in range(80)))
MOST_BYTES = 2 * 10**9
# In a process of its own: the largest size that a process ever had is never less again.
TAKE_IN = """
import json, resource, sys
from pathlib import Path
from biome_pipeline.hub.intake import Intake, take_in
from biome_pipeline.settings import load_settings
from biome_pipeline.snapshot.accounting import count_rejects
from biome_pipeline.warehouse.engine import open_engine
from biome_pipeline.warehouse.lake import Lake

settings = load_settings(data=Path(sys.argv[1]), hf_endpoint=sys.argv[2], memory_limit="512MB")
with open_engine(settings) as engine:
    n_rows, provenance = take_in(
        engine, Lake(settings.data), settings, "2025-06-30", Intake("hub"),
        count_rejects=count_rejects,
    )
peak = 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
asked = json.loads(provenance.facts["asked"])
print(json.dumps({"rows": n_rows, "peak": peak, **asked}))
"""


@pytest.mark.slow
def test_a_hundred_thousand_models_are_taken_in_below_two_gigabytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with LocalHub() as hub:
        fill(hub, N_MODELS, seed=1)
        for repo in hub.models.values():
            # As long as rows of the Hub are.
            repo.names = SHARDS
        hub.faults += [
            answer(503, skip=10),
            reset(skip=20, path=LIST),
            truncate(100_000, skip=40, path=LIST),
            broken_json(skip=60),
        ]
        run = subprocess.run(
            [sys.executable, "-c", TAKE_IN, tmp_path, hub.address],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert run.returncode == 0, run.stderr
        said = json.loads(run.stdout.splitlines()[-1])
        public = {repo.id for repo in hub.models.values() if not repo.is_private}
        assert len(public) > 100_000
        n_pages = -(-len(public) // PAGE_SIZE)
        assert [fault.times for fault in hub.faults] == [0] * 4
        assert said["retries"] == 4
        assert said["requests"] == len(hub.requests) == n_pages + said["retries"]
    (path,) = tmp_path.glob("lake/hub/raw_models/*.parquet")
    ids = pq.read_table(path, columns=["model_id"])["model_id"].to_pylist()
    assert said["rows"] == len(ids) == len(public)
    assert set(ids) == public
    assert said["bytes"] > 3_000 * len(public)
    assert said["peak"] < MOST_BYTES, said
