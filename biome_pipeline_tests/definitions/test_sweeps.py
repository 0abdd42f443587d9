"""Sweeps in Dagster: a partition each, all tables with pictures, checks that pass."""

from __future__ import annotations

import dagster as dg
import pytest

from biome_pipeline.definitions.build import build
from biome_pipeline.definitions.io import asset_key
from biome_pipeline.definitions.jobs import RUN_SWEEP, TAKE_SNAPSHOT
from biome_pipeline.definitions.partitions import EVOLUTION_SWEEP
from biome_pipeline.definitions.resources import Warehouse
from biome_pipeline.evolution.orders import Order, write_order
from biome_pipeline.evolution.sweep_files import sweep_of
from biome_pipeline.warehouse.tables import SWEEP_TABLES, TABLES
from biome_pipeline_tests.definitions.conftest import broken_checks, settings_of

PLAN = sweep_of(
    {
        "sweep_id": "mine",
        "seeds": [0, 1],
        "baseline": "chance",
        "base": {"budget": 30, "population": 6, "children": 6, "founders": "rich"},
        "arms": {"chance": {"selection": "random"}, "cost": {}},
    },
    place="test",
)


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    warehouse = Warehouse(settings_of(tmp_path_factory.mktemp("sweeps")))
    write_order(warehouse.lake, Order(sweep=PLAN))
    definitions = build(resources={"warehouse": warehouse})
    job = definitions.resolve_job_def(RUN_SWEEP.name)
    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions(EVOLUTION_SWEEP.name, ["mine"])
        yield warehouse, job.execute_in_process(instance=instance, partition_key="mine")


def test_a_sweep_makes_all_its_tables_and_passes_all_checks(done):
    warehouse, result = done
    assert result.success
    assert broken_checks(result) == set()
    graph = build().resolve_asset_graph()
    wanted = {
        check for spec in SWEEP_TABLES.values() for check in graph.get(asset_key(spec)).check_keys
    }
    assert {found.asset_check_key for found in result.get_asset_check_evaluations()} == wanted
    assert len(wanted) > 20
    assert not any(check.name == "row_drop" for check in wanted)
    for spec in SWEEP_TABLES.values():
        assert warehouse.lake.keys(spec) == ["mine"]


def test_pictures_stand_where_a_person_would_look(done):
    _, result = done
    made = {
        ".".join(event.asset_key.path): event.materialization.metadata
        for event in result.get_asset_materialization_events()
    }
    assert made.keys() == set(SWEEP_TABLES)
    for name in ("evolution.ablation", "evolution.frontier", "evolution.lineage"):
        assert "](data:image/png;base64," in made[name]["picture"].value
    assert "| cost | " in made["evolution.ablation"]["depth"].value
    assert made["evolution.candidates"]["dagster/row_count"].value == 120


def test_a_sweep_that_nobody_ordered_fails_in_one_line(tmp_path):
    warehouse = Warehouse(settings_of(tmp_path))
    job = build(resources={"warehouse": warehouse}).resolve_job_def(RUN_SWEEP.name)
    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions(EVOLUTION_SWEEP.name, ["other"])
        result = job.execute_in_process(
            instance=instance, partition_key="other", raise_on_error=False
        )
    assert not result.success
    (failure,) = (event for event in result.all_events if event.event_type_value == "STEP_FAILURE")
    assert "other: there is no such sweep" in str(failure.event_specific_data.error_display_string)


def test_no_job_mixes_snapshots_and_sweeps():
    graph = build().resolve_asset_graph()
    of_sweeps = {asset_key(spec) for spec in SWEEP_TABLES.values()}
    chosen = {job.name: job.selection.resolve(graph) for job in (TAKE_SNAPSHOT, RUN_SWEEP)}
    assert chosen["run_sweep"] == of_sweeps
    assert chosen["take_snapshot"] >= {asset_key(spec) for spec in TABLES.values()}
    assert not chosen["take_snapshot"] & of_sweeps
