"""When upstream has something new: a sensor on its revision, and a weekly schedule.

Both are idempotent by revision: what the lake already holds is not asked for
again. Both are off until someone turns them on in the UI, because a snapshot
is a large download.
"""

# Dagster reads the annotations of sensors and schedules while they are
# defined, so this module does not postpone them. What asks the Hub is opened
# in functions, so that loading the definitions does not load its client.
from typing import TYPE_CHECKING

import dagster as dg

from biome_pipeline.definitions.jobs import TAKE_SNAPSHOT
from biome_pipeline.definitions.partitions import HUB_SNAPSHOT
from biome_pipeline.definitions.resources import Warehouse
from biome_pipeline.errors import BiomeError

if TYPE_CHECKING:
    from biome_pipeline.hub.fetch import Upstream

__all__ = ["new_revision", "weekly"]

_EVERY_SIX_HOURS = 6 * 60 * 60


@dg.sensor(
    job=TAKE_SNAPSHOT,
    minimum_interval_seconds=_EVERY_SIX_HOURS,
    description="Takes a snapshot when the hub-stats dataset has a new revision.",
)
def new_revision(
    context: dg.SensorEvaluationContext, warehouse: dg.ResourceParam[Warehouse]
) -> dg.SensorResult | dg.SkipReason:
    """Ask upstream for its revision, and request a run if it is new."""
    try:
        upstream = _ask(warehouse)
    except BiomeError as error:
        return dg.SkipReason(str(error))
    held = _held(warehouse, upstream)
    if held:
        return dg.SkipReason(held)
    if upstream.revision == context.cursor:
        return dg.SkipReason(f"revision {upstream.revision} was requested already")
    return dg.SensorResult(
        run_requests=[_request(upstream, run_key=upstream.revision)],
        dynamic_partitions_requests=[HUB_SNAPSHOT.build_add_request([_key(upstream)])],
        cursor=upstream.revision,
    )


@dg.schedule(
    job=TAKE_SNAPSHOT,
    cron_schedule="0 5 * * 1",
    execution_timezone="UTC",
    description="Takes a snapshot every Monday at 05:00 UTC, if upstream has a new revision.",
)
def weekly(
    context: dg.ScheduleEvaluationContext, warehouse: dg.ResourceParam[Warehouse]
) -> dg.RunRequest | dg.SkipReason:
    """Ask upstream for its revision, and request a run if the lake lacks it."""
    try:
        upstream = _ask(warehouse)
    except BiomeError as error:
        return dg.SkipReason(str(error))
    held = _held(warehouse, upstream)
    if held:
        return dg.SkipReason(held)
    # Unlike a sensor, a schedule has to add its partition itself, and first.
    context.instance.add_dynamic_partitions(str(HUB_SNAPSHOT.name), [_key(upstream)])
    return _request(upstream, run_key=f"weekly-{upstream.revision}")


def _ask(warehouse: Warehouse) -> "Upstream":
    from biome_pipeline.hub.fetch import upstream_revision

    settings = warehouse.settings
    return upstream_revision(
        settings.hub_stats_repo,
        endpoint=settings.hf_endpoint,
        token=settings.hf_token.get_secret_value() or None,
        contact=settings.contact,
        attempts=2,
    )


def _key(upstream: "Upstream") -> str:
    return upstream.last_modified.date().isoformat()


def _held(warehouse: Warehouse, upstream: "Upstream") -> str | None:
    """Say why a run would be of no use, if so."""
    from biome_pipeline.hub.claims import holder_of
    from biome_pipeline.hub.sources import HUB_STATS

    holder = holder_of(warehouse.lake, _key(upstream))
    if holder is None:
        return None
    if holder[1] == upstream.revision:
        return f"revision {upstream.revision} is in the lake already"
    if not holder[0].startswith(f"{HUB_STATS}:"):
        return f"the key {_key(upstream)} is held by {holder[0]}"
    return None


def _request(upstream: "Upstream", *, run_key: str) -> dg.RunRequest:
    from biome_pipeline.hub.sources import HUB_STATS

    return dg.RunRequest(
        run_key=run_key,
        partition_key=_key(upstream),
        run_config={
            "ops": {
                "hub__raw_models": {"config": {"source": HUB_STATS, "revision": upstream.revision}}
            }
        },
        tags={"biome/revision": upstream.revision},
    )
