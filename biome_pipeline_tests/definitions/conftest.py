"""What tests of the Dagster side share: a made snapshot, and runs of the job on it."""

from __future__ import annotations

import shutil
from dataclasses import dataclass

import dagster as dg
import pytest

from biome_pipeline.definitions.build import build
from biome_pipeline.definitions.jobs import TAKE_SNAPSHOT
from biome_pipeline.definitions.partitions import HUB_SNAPSHOT
from biome_pipeline.definitions.resources import Warehouse
from biome_pipeline.hub.demo import DEMO_SNAPSHOT
from biome_pipeline.settings import load_settings


@dataclass
class World:
    """A data directory, an instance of its own, and the job that fills it."""

    warehouse: Warehouse
    instance: dg.DagsterInstance

    @property
    def lake(self):
        return self.warehouse.lake

    def run(self, *keys, key=DEMO_SNAPSHOT, source="demo", **config):
        """Run the job, or some assets of it with their checks; never raises."""
        definitions = build(resources={"warehouse": self.warehouse})
        job = definitions.resolve_job_def(TAKE_SNAPSHOT.name)
        self.instance.add_dynamic_partitions(HUB_SNAPSHOT.name, [key])
        takes_source = not keys or dg.AssetKey(["hub", "raw_models"]) in keys
        ops = {"hub__raw_models": {"config": {"source": source, **config}}}
        return job.execute_in_process(
            instance=self.instance,
            partition_key=key,
            asset_selection=list(keys) or None,
            raise_on_error=False,
            run_config={
                "ops": ops if takes_source else {},
                "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
            },
        )


def settings_of(data, **chosen):
    """Small and quick, and of this data directory alone."""
    small = {"demo_models": 200, "bootstrap_replicates": 99, "similarity_draws": 50, "threads": 1}
    return load_settings(data=data, **{**small, **chosen})


@pytest.fixture
def instance():
    with dg.DagsterInstance.ephemeral() as made:
        yield made


@pytest.fixture
def empty(tmp_path, instance):
    """A world with nothing in it."""
    return World(Warehouse(settings_of(tmp_path / "data")), instance)


@pytest.fixture(scope="session")
def demo(tmp_path_factory):
    """The demo snapshot, made once by the job, with the result of the run; look, do not touch."""
    with dg.DagsterInstance.ephemeral() as instance:
        settings = settings_of(tmp_path_factory.mktemp("definitions") / "data")
        world = World(Warehouse(settings), instance)
        result = world.run()
        assert result.success
        yield world, result


@pytest.fixture
def copy(demo, tmp_path, instance):
    """A copy of the demo snapshot, to spoil."""
    made, _ = demo
    shutil.copytree(made.warehouse.settings.data, tmp_path / "data")
    return World(Warehouse(settings_of(tmp_path / "data")), instance)


def materialized(result):
    """Name the assets that a run made."""
    return {event.asset_key.to_user_string() for event in result.get_asset_materialization_events()}


def broken_checks(result):
    """Name the checks of a run that found something, as asset and check."""
    return {
        (found.asset_key.to_user_string(), found.check_name)
        for found in result.get_asset_check_evaluations()
        if not found.passed
    }
