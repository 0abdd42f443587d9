"""Sensor and schedule ask a Hub over HTTP, and ask for each revision once."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import dagster as dg
import pytest

from biome_pipeline.cli.execution import open_instance
from biome_pipeline.definitions.partitions import HUB_SNAPSHOT
from biome_pipeline.definitions.resources import Warehouse
from biome_pipeline.definitions.upstream import new_revision, weekly
from biome_pipeline.warehouse.tables.hub import RAW_MODELS
from biome_pipeline_tests.definitions.conftest import World, settings_of
from biome_pipeline_tests.hubserver import LocalHub, answer
from biome_pipeline_tests.hubserver.stats import stats_bytes

REPO = "org/hub-stats"
DAY = dt.datetime(2025, 6, 30, 4, 5, 6, tzinfo=dt.UTC)
KEY = "2025-06-30"
RAW = dg.AssetKey(["hub", "raw_models"])


@pytest.fixture
def hub():
    with LocalHub() as local:
        local.add_dataset(REPO).publish({"models.parquet": stats_bytes()}, at=DAY)
        yield local


@pytest.fixture
def world(hub, tmp_path, instance):
    settings = settings_of(tmp_path / "data", hub_stats_repo=REPO, hf_endpoint=hub.address)
    return World(Warehouse(settings), instance)


def publish(hub, n_models, days):
    """Add a commit some days after the first."""
    return hub.datasets[REPO].publish(
        {"models.parquet": stats_bytes(n_models)}, at=DAY + dt.timedelta(days=days)
    )


@dataclass(frozen=True)
class Tick:
    """What came of asking sensor or schedule once."""

    requests: tuple[dg.RunRequest, ...] = ()
    partitions: tuple[object, ...] = ()
    cursor: str | None = None
    skipped: str = ""


def tick_sensor(world, cursor=None):
    with dg.build_sensor_context(
        world.instance, cursor=cursor, resources={"warehouse": world.warehouse}
    ) as context:
        outcome = new_revision(context)
    if isinstance(outcome, dg.SkipReason):
        return Tick(skipped=outcome.skip_message)
    return Tick(
        tuple(outcome.run_requests), tuple(outcome.dynamic_partitions_requests), outcome.cursor
    )


def tick_schedule(world):
    with dg.build_schedule_context(
        world.instance, resources={"warehouse": world.warehouse}
    ) as context:
        outcome = weekly(context)
    if isinstance(outcome, dg.SkipReason):
        return Tick(skipped=outcome.skip_message)
    return Tick((outcome,))


def take(world, request):
    """Do what a run request asks for."""
    config = request.run_config["ops"]["hub__raw_models"]["config"]
    return world.run(RAW, key=request.partition_key, **config)


def test_a_new_revision_is_one_run_and_one_partition(world, hub):
    revision = hub.datasets[REPO].commits[-1].sha
    tick = tick_sensor(world)
    (request,) = tick.requests
    assert request.partition_key == KEY
    assert request.run_key == revision
    assert request.tags["biome/revision"] == revision
    assert request.run_config["ops"]["hub__raw_models"]["config"] == {
        "source": "hub-stats",
        "revision": revision,
    }
    (added,) = tick.partitions
    assert (added.partitions_def_name, list(added.partition_keys)) == (HUB_SNAPSHOT.name, [KEY])
    assert tick.cursor == revision
    # To ask costs one small request; the file is the run's to fetch.
    assert hub.asked(path="/resolve/") == []


def test_a_revision_is_requested_once(world):
    tick = tick_sensor(world, cursor=tick_sensor(world).cursor)
    assert tick.requests == ()
    assert "requested already" in tick.skipped


def test_a_revision_in_the_lake_is_not_requested_whoever_took_it(world):
    assert take(world, tick_sensor(world).requests[0]).success
    tick = tick_sensor(world, cursor=None)
    assert tick.requests == ()
    assert "in the lake already" in tick.skipped
    assert "in the lake already" in tick_schedule(world).skipped


def test_the_revision_after_it_is_requested(world, hub):
    first = tick_sensor(world)
    assert take(world, first.requests[0]).success
    newer = publish(hub, 60, days=1)
    (request,) = tick_sensor(world, cursor=first.cursor).requests
    assert (request.run_key, request.partition_key) == (newer, "2025-07-01")
    assert take(world, request).success
    assert world.lake.keys(RAW_MODELS) == [KEY, "2025-07-01"]


def test_a_newer_revision_of_the_same_day_replaces_the_partition(world, hub):
    assert take(world, tick_sensor(world).requests[0]).success
    newer = publish(hub, 60, days=0.5)
    (request,) = tick_sensor(world).requests
    assert (request.run_key, request.partition_key) == (newer, KEY)
    assert take(world, request).success
    assert world.lake.provenance(RAW_MODELS, KEY).source_revision == newer
    assert world.lake.n_rows(RAW_MODELS, KEY) == 60


def test_a_run_takes_the_revision_that_it_was_requested_for(world, hub):
    (request,) = tick_sensor(world).requests
    publish(hub, 60, days=1)
    assert take(world, request).success
    assert world.lake.provenance(RAW_MODELS, KEY).source_revision == request.run_key
    assert world.lake.n_rows(RAW_MODELS, KEY) == 50


@pytest.mark.parametrize("tick", [tick_sensor, tick_schedule])
def test_a_hub_that_is_down_is_a_skip_with_the_reason(world, hub, tick):
    hub.faults.append(answer(503, times=None))
    outcome = tick(world)
    assert outcome.requests == ()
    assert hub.address in outcome.skipped
    assert "503" in outcome.skipped


@pytest.mark.parametrize("tick", [tick_sensor, tick_schedule])
def test_a_dataset_that_is_gone_is_a_skip_with_the_reason(world, hub, tick):
    del hub.datasets[REPO]
    outcome = tick(world)
    assert outcome.requests == ()
    assert REPO in outcome.skipped


@pytest.mark.parametrize("tick", [tick_sensor, tick_schedule])
def test_a_key_that_another_source_holds_is_left_to_it(world, tick):
    assert world.run(RAW, key=KEY, source="demo").success
    outcome = tick(world)
    assert outcome.requests == ()
    assert f"the key {KEY} is held by demo" in outcome.skipped


def test_the_schedule_adds_the_partition_before_it_requests_the_run(world, hub):
    # A schedule opens the instance anew, so that it has to be on disk.
    with open_instance(world.warehouse.settings.data) as instance:
        on_disk = World(world.warehouse, instance)
        (request,) = tick_schedule(on_disk).requests
        assert request.partition_key == KEY
        assert instance.get_dynamic_partitions(HUB_SNAPSHOT.name) == [KEY]
        assert request.run_key == f"weekly-{hub.datasets[REPO].commits[-1].sha}"
        # Dagster drops a request whose key it has seen.
        assert [again.run_key for again in tick_schedule(on_disk).requests] == [request.run_key]
