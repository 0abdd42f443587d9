"""Assets say what they are, before and after they are made; the network one is patient."""

from __future__ import annotations

import base64
import time

import dagster as dg
import pytest

from biome_pipeline.definitions.build import build
from biome_pipeline.definitions.io import asset_key, picture
from biome_pipeline.errors import HubUnreachableError, SourceFormatError
from biome_pipeline.hub.demo import DEMO_SNAPSHOT
from biome_pipeline.warehouse.tables import TABLES
from biome_pipeline_tests.definitions.conftest import materialized

GRAPH = build().resolve_asset_graph()
NODES = {key.to_user_string(): GRAPH.get(key) for key in GRAPH.get_all_asset_keys()}


def columns_of(schema):
    """Name, type and whether NULL may stand there."""
    return [(column.name, column.type, column.constraints.nullable) for column in schema.columns]


def columns_of_spec(spec):
    return [
        (field.name, field.type, field.name not in {*spec.key, *spec.required})
        for field in spec.fields
    ]


@pytest.mark.parametrize("name", sorted(NODES))
def test_asset_says_what_it_is_and_whose(name):
    node = NODES[name]
    assert len(node.description.split()) >= 5
    assert node.description.strip()[-1] == "."
    assert node.owners
    assert node.kinds
    assert node.group_name not in {None, "default"}
    assert node.code_version


@pytest.mark.parametrize("spec", TABLES.values(), ids=lambda spec: spec.name)
def test_asset_declares_the_columns_of_its_table(spec):
    metadata = GRAPH.get(asset_key(spec)).metadata
    schema = metadata["dagster/column_schema"]
    assert columns_of(schema) == columns_of_spec(spec)
    assert all(column.description for column in schema.columns)
    assert metadata["dagster/table_name"] == spec.name


@pytest.mark.parametrize("spec", TABLES.values(), ids=lambda spec: spec.name)
def test_made_asset_has_the_rows_and_columns_of_its_file(demo, spec):
    world, result = demo
    (event,) = result.asset_materializations_for_node(f"{spec.schema}__{spec.table}")
    facts = event.metadata
    assert facts["dagster/row_count"].value == world.lake.n_rows(spec, "2025-06-30")
    assert columns_of(facts["dagster/column_schema"].value) == columns_of_spec(spec)
    made = world.lake.provenance(spec, "2025-06-30")
    assert facts["fingerprint"].value == made.fingerprint
    assert facts["source"].value == made.source == "demo"


@pytest.mark.parametrize(
    "spec", [spec for spec in TABLES.values() if spec.lineage], ids=lambda spec: spec.name
)
def test_column_lineage_leads_from_columns_that_exist_and_are_upstream(demo, spec):
    _, result = demo
    (event,) = result.asset_materializations_for_node(f"{spec.schema}__{spec.table}")
    upstream = GRAPH.get_ancestor_asset_keys(asset_key(spec))
    deps_by_column = event.metadata["dagster/column_lineage"].value.deps_by_column
    assert deps_by_column
    for column, deps in deps_by_column.items():
        assert column in spec.columns
        assert deps
        for dep in deps:
            assert dep.asset_key in upstream
            assert dep.column_name in TABLES[".".join(dep.asset_key.path)].columns


@pytest.mark.parametrize(
    ("node", "names"),
    [
        ("genealogy__families", ["largest families", "family sizes"]),
        ("genealogy__growth", ["growth"]),
        ("genealogy__creations", ["creations"]),
        ("drift__orderings", ["drift of licenses", "drift of tasks"]),
        ("drift__numeric", ["card lengths"]),
    ],
)
def test_pictures_stand_in_the_metadata_before_the_provenance(demo, node, names):
    _, result = demo
    (event,) = result.asset_materializations_for_node(node)
    order = list(event.metadata)
    for name in names:
        text = event.metadata[name].value
        _, _, encoded = text.partition("](data:image/png;base64,")
        assert base64.b64decode(encoded.removesuffix(")"), validate=True).startswith(b"\x89PNG")
        assert order.index(name) < order.index("fingerprint")


def test_a_picture_too_large_for_the_catalog_leaves_its_meaning():
    assert picture(b"\0" * 2_000_000, "Sizes of families").value == "Sizes of families"


def test_the_database_says_where_it_is(demo):
    world, result = demo
    (event,) = result.asset_materializations_for_node("database")
    assert event.metadata["path"].value == str(world.warehouse.settings.data / "biome.duckdb")
    assert event.metadata["size in bytes"].value > 0


def test_the_report_says_where_it_is(demo):
    world, result = demo
    (event,) = result.asset_materializations_for_node("report")
    first = world.warehouse.settings.data / "reports" / DEMO_SNAPSHOT / "index.html"
    assert event.metadata["path"].value == str(first)
    assert first.is_file()
    assert event.metadata["size in bytes"].value > first.stat().st_size


@pytest.mark.slow
def test_the_same_snapshot_again_has_the_same_data_versions(demo, copy):
    def versions(result):
        return {
            event.asset_key: event.materialization.tags["dagster/data_version"]
            for event in result.get_asset_materialization_events()
            if event.asset_key not in {dg.AssetKey("database"), dg.AssetKey("report")}
        }

    _, first = demo
    second = copy.run()
    assert second.success
    assert versions(second) == versions(first)
    assert len(versions(second)) == len(TABLES)


@pytest.fixture
def clock(monkeypatch):
    """Waiting takes no time: sleeping moves the clock. Gives the waits, in seconds."""
    waits = []
    now = time.time

    def sleep(seconds):
        waits.append(seconds)

    monkeypatch.setattr(time, "sleep", sleep)
    monkeypatch.setattr(time, "time", lambda: now() + sum(waits))
    return waits


def failing_intake(monkeypatch, error, times):
    """Let taking in fail some times before it does what it does; gives the calls."""
    from biome_pipeline.hub import intake

    genuine, calls = intake.take_in, []

    def take_in(*args, **kwargs):
        calls.append(error)
        if len(calls) <= times:
            raise error
        return genuine(*args, **kwargs)

    monkeypatch.setattr(intake, "take_in", take_in)
    return calls


RAW = dg.AssetKey(["hub", "raw_models"])


def test_a_hub_that_does_not_answer_is_asked_again_later_and_later(empty, clock, monkeypatch):
    calls = failing_intake(monkeypatch, HubUnreachableError("it does not answer"), times=2)
    result = empty.run(RAW)
    assert result.success
    assert len(calls) == 3
    # A minute and three, each give or take a minute, less what the tries took.
    assert 100 < sum(clock) <= 360


def test_a_hub_that_never_answers_is_given_up(empty, clock, monkeypatch):
    calls = failing_intake(monkeypatch, HubUnreachableError("it does not answer"), times=99)
    result = empty.run(RAW)
    assert not result.success
    assert len(calls) == 4
    assert materialized(result) == set()


def test_a_source_in_the_wrong_format_is_not_tried_again(empty, clock, monkeypatch):
    calls = failing_intake(monkeypatch, SourceFormatError("it is a web page"), times=99)
    result = empty.run(RAW)
    assert not result.success
    assert len(calls) == 1
    assert sum(clock) < 10
    (failure,) = [event for event in result.all_events if event.is_step_failure]
    assert "it is a web page" in failure.step_failure_data.user_failure_data.description
