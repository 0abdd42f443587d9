"""The asset graph is as it was reviewed: ``golden/asset_graph.txt``.

``python -m biome_pipeline_tests.definitions.test_graph`` writes the file.
"""

from __future__ import annotations

from pathlib import Path

import dagster as dg

from biome_pipeline.definitions.build import build
from biome_pipeline.definitions.io import asset_key
from biome_pipeline.warehouse.tables import PUBLISHED, SWEEP_TABLES, TABLES

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "asset_graph.txt"

HEADING = """\
# Every asset, what it reads, and its checks; ! marks a check that blocks.
# Written by: python -m biome_pipeline_tests.definitions.test_graph
"""


def render():
    """Write the graph as text that a person can review."""
    definitions = build()
    graph = definitions.resolve_asset_graph()
    lines = [HEADING]
    for key in graph.toposorted_asset_keys:
        lines.append(_asset(graph, graph.get(key)))
    for job in definitions.jobs or ():
        lines.append(f"job {job.name}: {job.selection}")
    for schedule in definitions.schedules or ():
        lines.append(
            f"schedule {schedule.name}: {schedule.cron_schedule} {schedule.execution_timezone}, "
            f"runs {schedule.job_name}, {schedule.default_status.value.lower()}"
        )
    for sensor in definitions.sensors or ():
        lines.append(
            f"sensor {sensor.name}: every {sensor.minimum_interval_seconds} s, "
            f"runs {sensor.job_name}, {sensor.default_status.value.lower()}"
        )
    return "\n".join(lines) + "\n"


def _asset(graph, node):
    checks = [graph.get_check_spec(check) for check in sorted(node.check_keys)]
    reads = [key.to_user_string() for key in sorted(node.parent_keys)]
    pools = f"; pool {', '.join(node.pools)}" if node.pools else ""
    policy = "; watched for freshness" if node.freshness_policy_or_from_metadata else ""
    lines = [
        node.key.to_user_string(),
        f"  group {node.group_name}; partitions {node.partitions_def.name}; "
        f"kinds {', '.join(sorted(node.kinds))}; owners {', '.join(node.owners)}{pools}{policy}",
        f"  reads {', '.join(reads) or 'nothing'}",
    ]
    if checks:
        names = [f"{check.name}{'!' if check.blocking else ''}" for check in checks]
        lines.append(f"  checks {', '.join(names)}")
    for check in checks:
        others = sorted(dep.asset_key.to_user_string() for dep in check.additional_deps)
        if others:
            lines.append(f"  {check.name} looks into {', '.join(others)}")
    return "\n".join(lines) + "\n"


def test_the_graph_is_as_it_was_reviewed():
    assert GOLDEN.read_text(encoding="utf-8") == render(), (
        "review the change, then run: python -m biome_pipeline_tests.definitions.test_graph"
    )


def test_every_table_is_an_asset_and_there_are_two_more():
    keys = set(build().resolve_asset_graph().get_all_asset_keys())
    tables = (*TABLES.values(), *SWEEP_TABLES.values())
    assert keys == {asset_key(spec) for spec in tables} | {
        dg.AssetKey("database"),
        dg.AssetKey("report"),
    }


def test_the_database_waits_for_every_table_that_it_publishes():
    node = build().resolve_asset_graph().get(dg.AssetKey("database"))
    assert node.parent_keys == {asset_key(spec) for spec in PUBLISHED}


def test_what_an_asset_reads_stands_before_it_in_the_registry():
    graph = build().resolve_asset_graph()
    order = [asset_key(spec) for spec in TABLES.values()]
    for key in order:
        assert all(order.index(read) < order.index(key) for read in graph.get(key).parent_keys)


if __name__ == "__main__":
    GOLDEN.write_text(render(), encoding="utf-8")
