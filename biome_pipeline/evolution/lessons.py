"""What a snapshot of the Hub teaches a sweep: operator weights, and founders.

What does not belong here: how weights are learned (``priors``), how configs are read
(``imports``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from biome_pipeline.errors import ConfigImportError, SweepError
from biome_pipeline.evolution.imports import genome_of_config
from biome_pipeline.evolution.sweep import HubLessons
from biome_pipeline.snapshot.config_document import parse_config
from biome_pipeline.warehouse.tables.configs import CONFIGS
from biome_pipeline.warehouse.tables.evolution_priors import OPERATOR_PRIORS
from biome_pipeline.warehouse.tables.genealogy import EDGES

if TYPE_CHECKING:
    from biome_pipeline.warehouse.engine import Engine
    from biome_pipeline.warehouse.lake import Lake

__all__ = ["hub_lessons"]

_MOST_FOUNDERS = 12
_MOST_READ = 500


def hub_lessons(engine: Engine, lake: Lake, snapshot: str | None) -> HubLessons | None:
    """Read what the Hub teaches.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    lake : Lake
        The lake.
    snapshot : str, optional
        Key of the snapshot; none: the latest one that has operator priors.

    Returns
    -------
    HubLessons or None
        None if no snapshot was asked for and there is none.

    Raises
    ------
    SweepError
        If the snapshot that was asked for has no operator priors.
    """
    keys = lake.keys(OPERATOR_PRIORS)
    if snapshot is not None and snapshot not in keys:
        raise SweepError(
            "it has no operator priors",
            place=f"snapshot {snapshot}",
            remedy="make them with 'biome run --select evolution'",
        )
    key = snapshot or (keys[-1] if keys else None)
    if key is None:
        return None
    rows = lake.read(engine, OPERATOR_PRIORS, key).select("operator", "search_weight")
    found = engine.to_arrow(rows.order_by("operator")).to_pylist()
    weights = {row["operator"]: row["search_weight"] for row in found}
    return HubLessons(key, weights, tuple(_founders(engine, lake, key)))


def _founders(engine: Engine, lake: Lake, key: str) -> list[str]:
    """Make genomes of the models with most children whose config can be read."""
    edges = lake.read(engine, EDGES, key)
    configs = lake.read(engine, CONFIGS, key)
    kept = edges.filter(~edges.is_excluded)
    children = kept.group_by("parent_id").aggregate(n_children=kept.child_id.nunique())
    known = configs.filter(configs.raw.notnull()).select("model_id", "raw")
    ranked = known.join(children, known.model_id == children.parent_id)
    ordered = ranked.order_by(ranked.n_children.desc(), ranked.model_id).limit(_MOST_READ)
    found: dict[str, str] = {}
    for row in engine.to_arrow(ordered.select("model_id", "raw")).to_pylist():
        parsed = parse_config(row["raw"])
        if parsed.outcome != "ok":
            continue
        try:
            genome = genome_of_config(parsed.document, place=row["model_id"]).genome
        except ConfigImportError:
            continue  # an encoder, a type that no genome can say, or a damaged config
        found.setdefault(genome.to_json(), row["model_id"])
        if len(found) == _MOST_FOUNDERS:
            break
    return list(found)
