"""Loading the definitions is light: it opens no file and none of the heavy libraries."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import dagster as dg
import yaml

from biome_pipeline.cli.execution import prepare_home, shipped
from biome_pipeline.definitions.build import build

ROOT = Path(__file__).resolve().parents[2]

HEAVY = {
    "duckdb",
    "httpx",
    "httpx2",
    "huggingface_hub",
    "matplotlib",
    "networkx",
    "pandas",
    "requests",
    "scipy",
    "sklearn",
    "torch",
}

LOAD = """
import json, sys
import biome_pipeline.definitions.workspace
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""


def test_loading_the_definitions_imports_nothing_heavy_and_writes_nothing(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", LOAD],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": "", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = set(json.loads(done.stdout))
    assert "dagster" in loaded
    assert loaded & HEAVY == set()
    assert list(tmp_path.iterdir()) == []
    assert done.stderr == ""


def test_definitions_can_be_loaded():
    dg.Definitions.validate_loadable(build())


def test_the_workspace_names_the_definitions():
    (location,) = yaml.safe_load(shipped("workspace.yaml").read_text())["load_from"]
    assert location["python_module"] == {
        "module_name": "biome_pipeline.definitions.workspace",
        "attribute": "definitions",
        "location_name": "biome_pipeline",
    }


def test_the_instance_is_made_as_dagster_yaml_says(tmp_path):
    home = prepare_home(tmp_path / "data")
    assert home.is_absolute()
    with dg.DagsterInstance.from_config(str(home)) as instance:
        assert not instance.telemetry_enabled
        assert not instance.nux_enabled
        assert instance.run_monitoring_enabled
        assert instance.run_monitoring_max_resume_run_attempts == 0
        assert instance.global_op_concurrency_default_limit == 1
        concurrency = instance.get_concurrency_config()
        assert concurrency.run_queue_config.max_concurrent_runs == 2
        (limit,) = concurrency.run_queue_config.tag_concurrency_limits
        assert (limit["key"], limit["limit"]) == ("dagster/partition", 1)
        assert instance.root_directory == str(home)


def test_a_home_with_other_settings_gets_the_current_ones(tmp_path):
    home = prepare_home(tmp_path)
    (home / "dagster.yaml").write_text("telemetry:\n  enabled: true\n")
    assert prepare_home(tmp_path) == home
    assert (home / "dagster.yaml").read_bytes() == shipped("dagster.yaml").read_bytes()
    assert [path.name for path in home.iterdir()] == ["dagster.yaml"]
