"""One partition is one snapshot: a run touches its own and no other."""

from __future__ import annotations

from types import SimpleNamespace

import dagster as dg
import pytest

from biome_pipeline.definitions.build import build
from biome_pipeline.definitions.io import asset_key
from biome_pipeline.definitions.partitions import EVOLUTION_SWEEP, HUB_SNAPSHOT, snapshot_of
from biome_pipeline.hub.demo import DEMO_SNAPSHOT
from biome_pipeline.warehouse.tables import SWEEP_TABLES
from biome_pipeline_tests.definitions.conftest import materialized

LATER = "2025-07-31"
RAW = dg.AssetKey(["hub", "raw_models"])


def context_of(instance, partition_key=None):
    """What a step knows, with the tag that Dagster gives to runs of a partition."""
    tags = {} if partition_key is None else {"dagster/partition": partition_key}
    return SimpleNamespace(instance=instance, run=SimpleNamespace(tags=tags))


def files(data):
    """Every partition of the lake with what tells whether it was written again."""
    return {
        path.relative_to(data): (path.stat().st_ino, path.stat().st_mtime_ns)
        for path in (data / "lake").rglob("*.parquet")
    }


def test_every_asset_has_one_partition_per_snapshot_or_per_sweep():
    graph = build().resolve_asset_graph()
    of_sweeps = {asset_key(spec) for spec in SWEEP_TABLES.values()}
    for key in graph.get_all_asset_keys():
        wanted = EVOLUTION_SWEEP if key in of_sweeps else HUB_SNAPSHOT
        assert graph.get(key).partitions_def == wanted


def test_a_step_works_on_the_partition_of_its_run(instance):
    instance.add_dynamic_partitions(HUB_SNAPSHOT.name, [LATER])
    assert snapshot_of(context_of(instance, DEMO_SNAPSHOT)) == DEMO_SNAPSHOT


def test_without_a_partition_the_greatest_key_counts_not_the_last_inserted(instance):
    instance.add_dynamic_partitions(HUB_SNAPSHOT.name, [DEMO_SNAPSHOT, LATER, "2024-01-01"])
    assert snapshot_of(context_of(instance)) == LATER


def test_without_any_snapshot_the_step_fails_for_good(instance):
    with pytest.raises(dg.Failure, match="no snapshot yet") as caught:
        snapshot_of(context_of(instance))
    assert not caught.value.allow_retries


@pytest.mark.slow
def test_a_second_snapshot_leaves_the_files_of_the_first_alone(copy):
    data = copy.warehouse.settings.data
    before = files(data)
    result = copy.run(key=LATER)
    assert result.success
    graph = build().resolve_asset_graph()
    assert materialized(result) == {
        key.to_user_string()
        for key in graph.get_all_asset_keys()
        if graph.get(key).partitions_def == HUB_SNAPSHOT
    }
    after = files(data)
    assert {path: after[path] for path in before} == before
    assert {path.stem for path in after.keys() - before.keys()} == {f"snapshot={LATER}"}
    assert len(after) == 2 * len(before)


def test_a_run_without_a_source_takes_what_the_partition_held(copy):
    """Materialize in the UI, with no config, repeats the snapshot."""
    result = copy.run(RAW, source="")
    assert result.success
    (event,) = result.get_asset_materialization_events()
    assert event.materialization.metadata["source"].value == "demo"


def test_an_unknown_partition_without_a_source_is_refused_with_the_remedy(empty):
    result = empty.run(RAW, key="2020-01-01", source="")
    assert not result.success
    (failure,) = [event for event in result.all_events if event.is_step_failure]
    assert "name a source" in failure.step_failure_data.user_failure_data.description
