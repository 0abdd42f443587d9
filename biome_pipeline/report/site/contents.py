"""The tables that a report is made of: those of one snapshot that belong together.

What does not belong here: what is said of them (one module per page).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from biome_pipeline.errors import SnapshotNotFoundError
from biome_pipeline.warehouse.consistency import sealed_partitions
from biome_pipeline.warehouse.tables import PUBLISHED, SWEEP_TABLES, TABLES
from biome_pipeline.warehouse.tables.evolution import SWEEPS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import ibis.expr.types as ir

    from biome_pipeline.provenance import Provenance
    from biome_pipeline.warehouse.engine import Engine
    from biome_pipeline.warehouse.lake import Lake

__all__ = ["Contents", "Statistic", "open_contents"]


@dataclass(frozen=True)
class Statistic:
    """One row of ``hub.statistics``.

    Parameters
    ----------
    item : str
        What is counted or measured.
    value : float
        Its count or measure.
    n : int
        Models or rows that it rests on.
    share_of_models, share_of_reporting : float or None
        Shares from 0 to 1, where they mean something.
    """

    item: str
    value: float
    n: int
    share_of_models: float | None
    share_of_reporting: float | None


@dataclass(frozen=True)
class Contents:
    """The published columns of the tables of one snapshot.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    key : str
        Partition key.
    tables : mapping of str to ibis.expr.types.Table
        Tables that are there, by name; what was not made is missing.
    provenance : mapping of str to Provenance
        What made each of them, by name.
    sweeps : mapping of str to mapping of str to ibis.expr.types.Table
        Tables of every sweep of the architecture search, by its name; they are of no
        snapshot, so every report has them.
    """

    engine: Engine
    key: str
    tables: Mapping[str, ir.Table]
    provenance: Mapping[str, Provenance] = field(default_factory=dict)
    sweeps: Mapping[str, Mapping[str, ir.Table]] = field(default_factory=dict)

    def table(self, name: str) -> ir.Table:
        """Give a table, without rows if it was not made.

        Parameters
        ----------
        name : str
            Name of a table of the warehouse, ``schema.table``.

        Returns
        -------
        ibis.expr.types.Table
            Its rows.
        """
        found = self.tables.get(name)
        if found is not None:
            return found
        return self.engine.memory_table(TABLES[name].arrow_schema().empty_table())

    def rows(self, expression: ir.Table) -> pa.Table:
        """Compute an expression.

        Parameters
        ----------
        expression : ibis.expr.types.Table
            Made of tables of these contents.

        Returns
        -------
        pyarrow.Table
            Its rows.
        """
        return self.engine.to_arrow(expression)

    @cached_property
    def facts(self) -> dict[str, Any]:
        """The row of ``hub.snapshots``; empty if it was not made."""
        found: list[dict[str, Any]] = self.rows(self.table("hub.snapshots")).to_pylist()
        return found[0] if found else {}

    @cached_property
    def _statistics(self) -> dict[str, dict[str, Statistic]]:
        found: dict[str, dict[str, Statistic]] = {}
        if "hub.statistics" not in self.tables:
            return found
        rows = self.rows(self.tables["hub.statistics"])
        for row in sorted(rows.to_pylist(), key=lambda row: (row["statistic"], row["item"])):
            found.setdefault(row["statistic"], {})[row["item"]] = Statistic(
                row["item"],
                row["value"],
                row["n"],
                row["share_of_models"],
                row["share_of_reporting"],
            )
        return found

    def statistic(self, name: str) -> dict[str, Statistic]:
        """Give the rows of one statistic.

        Parameters
        ----------
        name : str
            The column ``statistic``.

        Returns
        -------
        dict of str to Statistic
            By item, in the order of items; rows without a value are left out.
        """
        found = self._statistics.get(name, {})
        return {item: row for item, row in found.items() if row.value is not None}

    def top(self, name: str, most: int = 10) -> list[Statistic]:
        """Give the largest rows of one statistic.

        Parameters
        ----------
        name : str
            The column ``statistic``.
        most : int
            How many.

        Returns
        -------
        list of Statistic
            Largest first, ties by item.
        """
        return sorted(self.statistic(name).values(), key=lambda row: (-row.value, row.item))[:most]

    def value(self, name: str, item: str) -> float | None:
        """Give one value.

        Parameters
        ----------
        name, item : str
            The columns ``statistic`` and ``item``.

        Returns
        -------
        float or None
            The value; None if there is no such row.
        """
        found = self.statistic(name).get(item)
        return None if found is None else found.value


def open_contents(engine: Engine, lake: Lake, key: str) -> Contents:
    """Find the tables of a snapshot that belong together.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    lake : Lake
        Where the tables are; so older snapshots have whole reports too.
    key : str
        Partition key.

    Returns
    -------
    Contents
        Of the tables that are published, or would be if the snapshot were new.

    Raises
    ------
    SnapshotNotFoundError
        If no run of the snapshot has ended, or a new one is under way.
    """
    sealed = sealed_partitions(lake, key)
    if sealed is None:
        raise SnapshotNotFoundError(
            "no run of it has ended well since it was last changed",
            place=f"snapshot {key}",
            remedy=f"make it with 'biome run --snapshot {key}' and its source",
        )
    made = [spec for spec in PUBLISHED if spec.name in sealed]
    return Contents(
        engine,
        key,
        {spec.name: lake.read(engine, spec, key).select(*spec.published_columns) for spec in made},
        {spec.name: lake.provenance(spec, key) for spec in made},
        dict(_sweeps(engine, lake)),
    )


def _sweeps(engine: Engine, lake: Lake) -> Iterator[tuple[str, dict[str, ir.Table]]]:
    """Find the sweeps whose tables belong together, the one that was written last at the end."""
    found = []
    for sweep_id in lake.keys(SWEEPS):
        sealed = sealed_partitions(lake, sweep_id)
        if sealed is not None and set(sealed) == set(SWEEP_TABLES):
            found.append((lake.provenance(SWEEPS, sweep_id).created_at, sweep_id))
    for _, sweep_id in sorted(found):
        yield (
            sweep_id,
            {name: lake.read(engine, spec, sweep_id) for name, spec in SWEEP_TABLES.items()},
        )
