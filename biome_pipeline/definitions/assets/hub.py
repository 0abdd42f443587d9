"""The source of a snapshot as an asset."""

import dagster as dg

from biome_pipeline.definitions.io import (
    HUB_POOL,
    HUB_RETRIES,
    OWNERS,
    asset_key,
    both,
    fail_clearly,
    static_metadata,
    written,
)
from biome_pipeline.definitions.partitions import HUB_SNAPSHOT, snapshot_of
from biome_pipeline.definitions.resources import Warehouse
from biome_pipeline.provenance import code_version
from biome_pipeline.snapshot.accounting import count_rejects
from biome_pipeline.warehouse.tables.hub import RAW_MODELS

__all__ = ["SourceConfig", "raw_models"]


class SourceConfig(dg.Config):
    """What to take in, and what the user knows about it."""

    source: str = ""
    """demo, hub-stats, hub or a file; empty takes what the partition held before."""
    revision: str = ""
    """Commit of hub-stats; empty takes the newest."""
    is_forced: bool = False
    """Accept far fewer rows than last time."""
    may_reject: bool = False
    """Set rows of a file aside that are no models of their own."""
    replaces: bool = False
    """Take the key over from another source."""


@dg.asset(
    key=asset_key(RAW_MODELS),
    partitions_def=HUB_SNAPSHOT,
    group_name=RAW_MODELS.subject,
    owners=OWNERS,
    kinds={"parquet", "huggingface"},
    description=RAW_MODELS.meaning,
    metadata=static_metadata(RAW_MODELS),
    code_version=code_version(),
    retry_policy=HUB_RETRIES,
    pool=HUB_POOL,
)
def raw_models(
    context: dg.AssetExecutionContext, config: SourceConfig, warehouse: dg.ResourceParam[Warehouse]
) -> dg.MaterializeResult[None]:
    """Take the source in as it comes."""
    # Opened here, so that loading the definitions does not load the Hub's client.
    from biome_pipeline.hub.intake import Intake, take_in

    key = snapshot_of(context)
    warehouse.reporter.begins(RAW_MODELS.name)
    waits = not warehouse.is_attended
    with fail_clearly(waits_for_hub=waits), warehouse.step(RAW_MODELS, key) as step:
        n_rows, provenance = take_in(
            step.engine,
            step.lake,
            step.settings,
            key,
            Intake(
                name=config.source,
                revision=config.revision or None,
                is_forced=config.is_forced,
                may_reject=config.may_reject,
                replaces=config.replaces,
            ),
            count_rejects=count_rejects,
            tell=both(context.log.info, warehouse.reporter.says),
        )
    warehouse.reporter.ends(RAW_MODELS.name, n_rows)
    facts = {f"source {name}": text for name, text in sorted(provenance.facts.items())}
    return written(RAW_MODELS, n_rows, provenance, facts)
