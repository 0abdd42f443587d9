"""Which partitions of a snapshot or sweep belong together, by their provenance.

A run that is killed between two tables leaves whole partitions of different
ages. They are told apart here: a partition is consistent when each input that
it names still has the fingerprint that it was made from, and these inputs are
consistent too. A run that ends well seals what belongs together; only what is
as it was sealed is published. What does not belong here: writing tables.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from biome_pipeline.errors import PartitionCorruptError
from biome_pipeline.warehouse.durable import replace_durably
from biome_pipeline.warehouse.keys import check_key, is_sweep_id
from biome_pipeline.warehouse.tables import SWEEP_TABLES, TABLES

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from biome_pipeline.provenance import Provenance
    from biome_pipeline.warehouse.lake import Lake
    from biome_pipeline.warehouse.spec import TableSpec

__all__ = ["consistent_partitions", "is_current", "seal", "sealed_partitions", "tables_with"]


def tables_with(key: str) -> dict[str, TableSpec]:
    """List the tables that can have a partition of a key.

    Parameters
    ----------
    key : str
        Partition key.

    Returns
    -------
    dict of str to TableSpec
        By name: those of sweeps, or those of snapshots.
    """
    return SWEEP_TABLES if is_sweep_id(key) else TABLES


def consistent_partitions(lake: Lake, key: str) -> dict[str, Provenance]:
    """Find the partitions of a snapshot that belong together.

    Parameters
    ----------
    lake : Lake
        The lake.
    key : str
        Partition key.

    Returns
    -------
    dict of str to Provenance
        Provenance of each consistent partition by table name, in the order
        of the registry.
    """
    present: dict[str, Provenance] = {}
    for name, spec in tables_with(key).items():
        if lake.has(spec, key):
            try:
                present[name] = lake.provenance(spec, key)
            except PartitionCorruptError:
                continue
    verdicts: dict[str, bool] = {}

    def holds(name: str) -> bool:
        if name not in verdicts:
            verdicts[name] = False
            verdicts[name] = all(
                given in present and present[given].fingerprint == fingerprint and holds(given)
                for given, fingerprint in present[name].inputs.items()
            )
        return verdicts[name]

    return {name: provenance for name, provenance in present.items() if holds(name)}


def seal(lake: Lake, key: str) -> dict[str, str]:
    """Write down which partitions of a snapshot belong together now.

    Parameters
    ----------
    lake : Lake
        The lake.
    key : str
        Partition key.

    Returns
    -------
    dict of str to str
        Fingerprint of each consistent partition by table name.
    """
    chosen = {name: made.fingerprint for name, made in consistent_partitions(lake, key).items()}
    if sealed_partitions(lake, key) == chosen:
        return chosen
    path = _seal_path(lake, key)
    incoming = lake.incoming(path.parent)
    try:
        incoming.write_text(json.dumps(chosen, sort_keys=True), encoding="utf-8")
        replace_durably(incoming, path)
    finally:
        incoming.unlink(missing_ok=True)
    return chosen


def sealed_partitions(lake: Lake, key: str) -> dict[str, str] | None:
    """Read which partitions belong together, if they still are as sealed.

    Parameters
    ----------
    lake : Lake
        The lake.
    key : str
        Partition key.

    Returns
    -------
    dict of str to str or None
        Fingerprint by table name; ``None`` if the snapshot was never sealed
        or a partition changed since, for instance in a run that was killed.
    """
    try:
        sealed = json.loads(_seal_path(lake, key).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    present = {name: made.fingerprint for name, made in consistent_partitions(lake, key).items()}
    if not isinstance(sealed, dict) or any(
        present.get(name) != value for name, value in sealed.items()
    ):
        return None
    return {str(name): str(value) for name, value in sealed.items()}


def is_current(lake: Lake, key: str, names: Iterable[str], wanted: Provenance) -> bool:
    """Tell whether tables stand sealed as a run would make them again.

    Parameters
    ----------
    lake : Lake
        The lake.
    key : str
        Partition key.
    names : iterable of str
        Tables that the run would make.
    wanted : Provenance
        What the run would write, but for table, inputs and times.

    Returns
    -------
    bool
        Whether a run would change nothing.
    """
    sealed = sealed_partitions(lake, key)
    if sealed is None or any(name not in sealed for name in names):
        return False
    return all(_run_of(lake.provenance(TABLES[name], key)) == _run_of(wanted) for name in names)


def _run_of(made: Provenance) -> tuple[object, ...]:
    return (
        made.source,
        made.source_revision,
        made.code_version,
        made.settings_hash,
        made.seed,
    )


def _seal_path(lake: Lake, key: str) -> Path:
    kind = "sweep_id" if is_sweep_id(key) else "snapshot"
    return lake.data / "lake" / "sealed" / f"{check_key(kind, key)}.json"
