"""``biome ui`` as a person uses it, over the GraphQL interface that the UI itself speaks.

One server for the module: it is started as a program, asked over HTTP, and
told to end; nothing of it may be left.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from biome_pipeline.hub.demo import DEMO_SNAPSHOT
from biome_pipeline.warehouse.integrity import rules_of
from biome_pipeline.warehouse.tables import SWEEP_TABLES, TABLES
from biome_pipeline.warehouse.tables.genealogy import FAMILIES
from biome_pipeline_tests.hubserver import LocalHub
from biome_pipeline_tests.hubserver.stats import stats_bytes

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
BIOME = (sys.executable, "-m", "biome_pipeline")
REPOSITORY = {"repositoryName": "__repository__", "repositoryLocationName": "biome_pipeline"}
N_MODELS = 300
PATIENCE = 180.0

ADD_PARTITION = """
mutation ($repository: RepositorySelector!, $set: String!, $key: String!) {
  addDynamicPartition(repositorySelector: $repository, partitionsDefName: $set, partitionKey: $key)
  { __typename }
}"""
LAUNCH = """
mutation ($params: ExecutionParams!) {
  launchRun(executionParams: $params) {
    __typename ... on LaunchRunSuccess { run { id } } ... on PythonError { message }
    ... on RunConfigValidationInvalid { errors { message } }
  }
}"""
RUN = "query ($id: ID!) { runOrError(runId: $id) { ... on Run { status tags { key value } } } }"
ASSETS = """
{ assetNodes {
    assetKey { path } groupName kinds description owners { ... on TeamAssetOwner { team } }
    assetMaterializations(limit: 1) {
      partition
      metadataEntries {
        label ... on IntMetadataEntry { intValue } ... on MarkdownMetadataEntry { mdStr }
      }
    }
    assetChecksOrError { ... on AssetChecks { checks {
      name blocking canExecuteIndividually
      executionForLatestMaterialization { status evaluation { success } }
    } } }
} }"""
DRY_SENSOR = """
mutation ($selector: SensorSelector!, $cursor: String) {
  sensorDryRun(selectorData: $selector, cursor: $cursor) {
    __typename ... on PythonError { message }
    ... on DryRunInstigationTick { evaluationResult {
      skipReason cursor error { message } runRequests { runKey runConfigYaml }
      dynamicPartitionsRequests { partitionsDefName partitionKeys type }
    } }
  }
}"""
DRY_SCHEDULE = """
mutation ($selector: ScheduleSelector!) {
  scheduleDryRun(selectorData: $selector, timestamp: 1751864400.0) {
    __typename ... on PythonError { message }
    ... on DryRunInstigationTick { evaluationResult {
      skipReason error { message } runRequests { runKey tags { key value } }
    } }
  }
}"""


class Ui:
    """The running program and its interface."""

    def __init__(self, data, hub):
        self.data, self.hub = data, hub
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.log = (data.parent / "ui.log").open("w+")
        self.process = subprocess.Popen(
            [*BIOME, "ui", "--port", str(self.port), "--data", str(data)],
            cwd=ROOT,
            env={**os.environ, **environment(hub)},
            stdout=self.log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def ask(self, query, **variables):
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/graphql",
            json.dumps({"query": query, "variables": variables}).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as reply:
            answer = json.load(reply)
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    def wait_until(self, found):
        """Ask again until there is an answer; gives it."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            assert self.process.poll() is None, self.said()
            try:
                answer = found()
            except (urllib.error.URLError, ConnectionError):
                answer = None
            if answer:
                return answer
            time.sleep(0.3)
        raise AssertionError(f"nothing after {PATIENCE} s: {self.said()}")

    def said(self):
        return Path(self.log.name).read_text()

    def descendants(self):
        """The programs that it started, and these started, while it runs."""
        listed = subprocess.run(
            ["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True
        )
        parents = dict(tuple(map(int, line.split())) for line in listed.stdout.splitlines())
        found = {self.process.pid}
        while more := {pid for pid, parent in parents.items() if parent in found} - found:
            found |= more
        return found - {self.process.pid}

    def end(self, number):
        """Tell it to end, and give the exit code."""
        self.process.send_signal(number)
        return self.process.wait(60)

    def close(self):
        """End what is left of it, if anything is."""
        for pid in [self.process.pid, *self.descendants()] if self.process.poll() is None else []:
            os.kill(pid, signal.SIGKILL)
        self.process.wait()
        self.log.close()


def environment(hub):
    return {
        "BIOME_DEMO_MODELS": str(N_MODELS),
        "BIOME_BOOTSTRAP_REPLICATES": "99",
        "BIOME_SIMILARITY_DRAWS": "50",
        "BIOME_SOLVED_REPLICATES": "20",
        "BIOME_HUB_STATS_REPO": "org/hub-stats",
        "HF_ENDPOINT": hub.address,
        "HF_TOKEN": "",
    }


@pytest.fixture(scope="module")
def hub():
    with LocalHub() as local:
        local.add_dataset("org/hub-stats").publish(
            # Not on the day of the demo snapshot, whose key the demo holds.
            {"models.parquet": stats_bytes()},
            at=dt.datetime(2025, 7, 6, tzinfo=dt.UTC),
        )
        yield local


@pytest.fixture(scope="module")
def ui(tmp_path_factory, hub):
    started = Ui(tmp_path_factory.mktemp("ui") / "data", hub)
    try:
        started.wait_until(lambda: started.ask("{ version }"))
        started.wait_until(lambda: started.ask("{ assetNodes { id } }")["assetNodes"])
        yield started
        assert_ends_whole(started, signal.SIGTERM)
    finally:
        started.close()


def assert_ends_whole(started, number):
    """Told to end, it does so without complaint, and no program of it is left."""
    programs = started.descendants()
    assert len(programs) >= 4
    assert started.end(number) == 0, started.said()
    assert {pid for pid in programs if Path(f"/proc/{pid}").exists()} == set()
    for word in ("Traceback", "ERROR", "WARNING"):
        assert word not in started.said()


@pytest.fixture(scope="module")
def run(ui):
    """The demo snapshot, taken from the UI; gives the run as the UI shows it."""
    added = ui.ask(ADD_PARTITION, repository=REPOSITORY, set="hub_snapshot", key=DEMO_SNAPSHOT)
    assert added["addDynamicPartition"]["__typename"] == "AddDynamicPartitionSuccess"
    params = {
        "selector": {**REPOSITORY, "jobName": "take_snapshot"},
        "runConfigData": {"ops": {"hub__raw_models": {"config": {"source": "demo"}}}},
        "executionMetadata": {"tags": [{"key": "dagster/partition", "value": DEMO_SNAPSHOT}]},
    }
    launched = ui.ask(LAUNCH, params=params)["launchRun"]
    assert launched["__typename"] == "LaunchRunSuccess", launched

    def ended():
        found = ui.ask(RUN, id=launched["run"]["id"])["runOrError"]
        return found if found["status"] in {"SUCCESS", "FAILURE", "CANCELED"} else None

    return ui.wait_until(ended)


def test_a_snapshot_is_taken_from_the_ui(run):
    assert run["status"] == "SUCCESS"


def test_every_asset_is_made_and_says_what_it_is(ui, run):
    nodes = {".".join(node["assetKey"]["path"]): node for node in ui.ask(ASSETS)["assetNodes"]}
    assert nodes.keys() == {*TABLES, *SWEEP_TABLES, "database", "report"}
    for name in SWEEP_TABLES:
        assert nodes.pop(name)["assetMaterializations"] == []
    for name, node in nodes.items():
        (made,) = node["assetMaterializations"]
        assert made["partition"] == DEMO_SNAPSHOT
        assert node["description"]
        assert node["owners"] == [{"team": "biome"}]
        assert node["kinds"]
        if name in TABLES:
            assert node["groupName"] == TABLES[name].subject
            entries = {entry["label"]: entry for entry in made["metadataEntries"]}
            assert entries["dagster/row_count"]["intValue"] >= 0
    entries = {
        entry["label"]: entry
        for entry in nodes[FAMILIES.name]["assetMaterializations"][0]["metadataEntries"]
    }
    assert "](data:image/png;base64," in entries["largest families"]["mdStr"]


def test_every_check_ran_passed_and_can_be_run_alone(ui, run):
    nodes = {".".join(node["assetKey"]["path"]): node for node in ui.ask(ASSETS)["assetNodes"]}
    for spec in TABLES.values():
        checks = {
            check["name"]: check for check in nodes[spec.name]["assetChecksOrError"]["checks"]
        }
        assert {*rules_of(spec), "row_drop"} <= checks.keys()
        for check in checks.values():
            assert check["canExecuteIndividually"] == "CAN_EXECUTE"
            execution = check["executionForLatestMaterialization"]
            assert execution["status"] == "SUCCEEDED"
            assert execution["evaluation"]["success"]


def test_the_sensor_requests_the_revision_that_the_hub_has(ui, hub):
    selector = {**REPOSITORY, "sensorName": "new_revision"}
    revision = hub.datasets["org/hub-stats"].commits[-1].sha
    tick = ui.ask(DRY_SENSOR, selector=selector, cursor=None)["sensorDryRun"]
    found = tick["evaluationResult"]
    assert found["error"] is None
    (request,) = found["runRequests"]
    assert request["runKey"] == revision
    assert revision in request["runConfigYaml"]
    (added,) = found["dynamicPartitionsRequests"]
    assert added["partitionsDefName"] == "hub_snapshot"
    again = ui.ask(DRY_SENSOR, selector=selector, cursor=found["cursor"])["sensorDryRun"]
    assert "requested already" in again["evaluationResult"]["skipReason"]


def test_the_schedule_requests_the_revision_that_the_hub_has(ui, hub):
    selector = {**REPOSITORY, "scheduleName": "weekly"}
    tick = ui.ask(DRY_SCHEDULE, selector=selector)["scheduleDryRun"]
    found = tick["evaluationResult"]
    assert found["error"] is None
    (request,) = found["runRequests"]
    assert request["runKey"] == f"weekly-{hub.datasets['org/hub-stats'].commits[-1].sha}"


def test_biome_sql_sees_what_the_ui_made(ui, run):
    query = "SELECT count(*) AS n, min(snapshot)::VARCHAR AS key FROM hub.models"
    done = subprocess.run(
        [*BIOME, "sql", query, "--data", str(ui.data), "--format", "csv"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    heading, row = done.stdout.split()
    assert heading == "n,key"
    n_models, key = row.split(",")
    assert 200 < int(n_models) <= N_MODELS
    assert key == DEMO_SNAPSHOT


def test_a_port_in_use_is_refused_with_the_remedy(ui):
    done = subprocess.run(
        [*BIOME, "ui", "--port", str(ui.port), "--data", str(ui.data)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert f"port {ui.port} cannot be used" in done.stderr
    assert done.stderr.count("\n") == 1


def test_ctrl_c_leaves_no_program_behind(tmp_path, hub):
    """The shared server is told with SIGTERM, when the module ends."""
    started = Ui(tmp_path / "data", hub)
    try:
        started.wait_until(lambda: started.ask("{ version }"))
        assert_ends_whole(started, signal.SIGINT)
    finally:
        started.close()
