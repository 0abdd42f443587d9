"""Checks follow from the schema, and wrong data goes no further than the check."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace

import dagster as dg
import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from biome_pipeline.definitions.build import build
from biome_pipeline.definitions.io import asset_key
from biome_pipeline.definitions.resources import Warehouse
from biome_pipeline.hub.demo import DEMO_SNAPSHOT
from biome_pipeline.warehouse.integrity import rules_of
from biome_pipeline.warehouse.lake import Lake
from biome_pipeline.warehouse.tables import SWEEP_TABLES, TABLES
from biome_pipeline_tests.definitions.conftest import (
    World,
    broken_checks,
    materialized,
    settings_of,
)

GRAPH = build().resolve_asset_graph()

EARLIER = "2025-06-29"


@pytest.mark.parametrize("spec", TABLES.values(), ids=lambda spec: spec.name)
def test_every_rule_of_a_table_is_a_check_that_blocks(spec):
    checks = {key.name: GRAPH.get_check_spec(key) for key in GRAPH.get(asset_key(spec)).check_keys}
    for rule in rules_of(spec):
        assert checks[rule].blocking, rule
    assert not checks["row_drop"].blocking
    assert all(check.description for check in checks.values())


def test_all_checks_run_on_a_snapshot_and_pass(demo):
    _, result = demo
    found = result.get_asset_check_evaluations()
    of_sweeps = {asset_key(spec) for spec in SWEEP_TABLES.values()}
    wanted = {check for check in GRAPH.asset_check_keys if check.asset_key not in of_sweeps}
    assert {evaluation.asset_check_key for evaluation in found} == wanted
    assert broken_checks(result) == set()


# One violation for each rule: what the SQL makes of the table that was written.
VIOLATIONS = {
    ("hub.raw_models", "rows"): "SELECT * FROM rows LIMIT 0",
    ("hub.models", "key"): "SELECT * FROM rows UNION ALL (SELECT * FROM rows LIMIT 1)",
    ("hub.models", "accounting"): "SELECT * FROM rows OFFSET 1",
    ("hub.models", "required"): "SELECT * REPLACE (NULL::VARCHAR AS model_id) FROM rows",
    ("hub.models", "types"): "SELECT * REPLACE (CAST(likes AS DOUBLE) AS likes) FROM rows",
    ("hub.model_traits", "references"): (
        "SELECT * REPLACE ('nobody/knows-it' AS model_id) FROM rows LIMIT 1"
    ),
    ("genealogy.edges", "values"): "SELECT * REPLACE ('cloned' AS relation) FROM rows LIMIT 1",
    ("genealogy.edges", "acyclic"): (
        "SELECT * FROM rows UNION ALL BY NAME "
        "(SELECT * REPLACE (child_id AS parent_id, parent_id AS child_id, "
        "child_node AS parent_node, parent_node AS child_node) FROM rows "
        "WHERE NOT is_excluded AND is_parent_in_snapshot LIMIT 1)"
    ),
}


@dataclass(frozen=True)
class SpoiledLake(Lake):
    """A lake in which one table is written wrong, under its rightful provenance."""

    table: str = ""
    query: str = ""

    def write(self, engine, spec, key, rows, provenance):
        n_rows = super().write(engine, spec, key, rows, provenance)
        if spec.name == self.table:
            spoil(self.path(spec, key), self.query)
        return n_rows


@dataclass
class SpoiledWarehouse(Warehouse):
    table: str = ""
    query: str = ""

    @property
    def lake(self):
        return SpoiledLake(self.settings.data, self.table, self.query)

    @contextmanager
    def step(self, spec, key):
        with super().step(spec, key) as step:
            yield replace(step, lake=self.lake)


def spoil(path, query):
    """Replace the rows of a partition, and keep what it says of itself."""
    footer = pq.read_schema(path).metadata
    with duckdb.connect() as connection:
        connection.execute(f"CREATE VIEW rows AS SELECT * FROM read_parquet('{path}')")
        wrong: pa.Table = connection.sql(query).to_arrow_table()
    pq.write_table(wrong.replace_schema_metadata(footer), path)


@pytest.mark.parametrize(("table", "rule"), VIOLATIONS)
def test_wrong_data_stops_everything_downstream(copy, table, rule):
    world = World(
        SpoiledWarehouse(copy.warehouse.settings, table=table, query=VIOLATIONS[table, rule]),
        copy.instance,
    )
    database = copy.warehouse.settings.data / "biome.duckdb"
    published = database.stat()
    key = asset_key(TABLES[table])
    downstream = dg.AssetSelection.assets(key).downstream().resolve(GRAPH) - {key}
    assert dg.AssetKey("database") in downstream

    result = world.run(key, *downstream)

    assert not result.success
    assert (key.to_user_string(), rule) in broken_checks(result)
    assert materialized(result) == {key.to_user_string()}
    assert (database.stat().st_ino, database.stat().st_mtime_ns) == (
        published.st_ino,
        published.st_mtime_ns,
    )


def test_a_drop_in_rows_warns_and_goes_on(demo, tmp_path, instance):
    world = World(Warehouse(settings_of(tmp_path / "data", demo_models=400)), instance)
    raw = asset_key(TABLES["hub.raw_models"])
    assert world.run(raw, key=EARLIER).success
    smaller = World(Warehouse(settings_of(tmp_path / "data", min_row_share=0.9)), instance)
    result = smaller.run(raw, key=DEMO_SNAPSHOT, is_forced=True)
    assert result.success
    assert broken_checks(result) == {("hub/raw_models", "row_drop")}
    (found,) = [f for f in result.get_asset_check_evaluations() if f.check_name == "row_drop"]
    assert found.severity == dg.AssetCheckSeverity.WARN
    assert found.metadata["compared with"].value == EARLIER
    assert (found.metadata["rows before"].value, found.metadata["rows"].value) == (400, 200)


def test_one_check_can_be_run_alone_on_the_latest_snapshot(copy):
    """The UI offers a check for itself: no asset is made, the greatest key is looked at."""
    spoil(copy.lake.path(TABLES["hub.models"], DEMO_SNAPSHOT), VIOLATIONS["hub.models", "key"])
    copy.instance.add_dynamic_partitions("hub_snapshot", [DEMO_SNAPSHOT, EARLIER])
    wanted = dg.AssetCheckKey(asset_key(TABLES["hub.models"]), "key")
    alone = dg.define_asset_job("alone", selection=dg.AssetSelection.checks(wanted))
    definitions = dg.Definitions.merge(
        build(resources={"warehouse": copy.warehouse}), dg.Definitions(jobs=[alone])
    )
    result = definitions.resolve_job_def("alone").execute_in_process(
        instance=copy.instance, raise_on_error=False
    )
    assert materialized(result) == set()
    (found,) = result.get_asset_check_evaluations()
    assert found.asset_check_key == wanted
    assert not found.passed
    assert found.metadata["violations"].value == 1
    assert found.metadata["snapshot"].value == DEMO_SNAPSHOT
