"""What assets work with: settings, the lake, an engine, and who is told.

What does not belong here: how anything is computed.
"""

from __future__ import annotations

import datetime as dt
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from biome_pipeline.provenance import Provenance, code_version
from biome_pipeline.settings import load_settings
from biome_pipeline.warehouse.engine import open_engine
from biome_pipeline.warehouse.lake import Lake
from biome_pipeline.warehouse.tables.hub import RAW_MODELS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    import ibis.expr.types as ir

    from biome_pipeline.settings import Settings
    from biome_pipeline.warehouse.engine import Engine
    from biome_pipeline.warehouse.spec import TableSpec

__all__ = ["Reporter", "Step", "Warehouse"]


class Reporter(Protocol):
    """Someone who wants to know how far a run is."""

    def begins(self, name: str) -> None:
        """Hear that a step begins.

        Parameters
        ----------
        name : str
            Name of the table or asset.
        """

    def ends(self, name: str, n_rows: int | None) -> None:
        """Hear that a step ended well.

        Parameters
        ----------
        name : str
            Name of the table or asset.
        n_rows : int or None
            Rows written, where rows were written.
        """

    def says(self, line: str) -> None:
        """Hear how far a long step is.

        Parameters
        ----------
        line : str
            One line.
        """


class _Silence:
    def begins(self, name: str) -> None:
        pass

    def ends(self, name: str, n_rows: int | None) -> None:
        pass

    def says(self, line: str) -> None:
        pass


@dataclass
class Warehouse:
    """The resource of every asset.

    Parameters
    ----------
    settings : Settings
        The settings of the run.
    reporter : Reporter
        Who is told of each step.
    is_attended : bool
        Whether a person waits for the run: who is told at once that the Hub does
        not answer, instead of the step being tried again minutes later.
    """

    settings: Settings = field(default_factory=load_settings)
    reporter: Reporter = field(default_factory=_Silence)
    is_attended: bool = False

    @property
    def lake(self) -> Lake:
        """The lake below the data directory.

        Returns
        -------
        Lake
            Opening nothing.
        """
        return Lake(self.settings.data)

    @contextmanager
    def step(self, spec: TableSpec, key: str) -> Iterator[Step]:
        """Open an engine for one table of one snapshot.

        Parameters
        ----------
        spec : TableSpec
            The table to make or check.
        key : str
            Partition key.

        Yields
        ------
        Step
            To read, compute and write with.
        """
        scratch = self.lake.incoming(self.lake.folder(spec))
        try:
            with open_engine(self.settings, spill=self.lake.spill()) as engine:
                yield Step(engine, self.lake, self.settings, spec, key, scratch, self.reporter.says)
        finally:
            scratch.unlink(missing_ok=True)


@dataclass(frozen=True)
class Step:
    """The making of one table of one snapshot.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    lake : Lake
        Where tables are.
    settings : Settings
        The settings of the run.
    spec : TableSpec
        The table.
    key : str
        Partition key.
    scratch : Path
        Name of a file that may be made; it is removed at the end.
    tell : callable
        Who hears how far a long step is.
    facts : dict of str to str
        What the step found out about its making, for the provenance.
    """

    engine: Engine
    lake: Lake
    settings: Settings
    spec: TableSpec
    key: str
    scratch: Path
    tell: Callable[[str], None]
    facts: dict[str, str] = field(default_factory=dict)

    def read(self, spec: TableSpec) -> ir.Table:
        """Open another table of the same snapshot.

        Parameters
        ----------
        spec : TableSpec
            The table.

        Returns
        -------
        ibis.expr.types.Table
            Its rows.
        """
        return self.lake.read(self.engine, spec, self.key)

    def provenance(self, reads: Sequence[TableSpec]) -> Provenance:
        """Say what makes the table: the snapshot's source, this code, its inputs.

        Parameters
        ----------
        reads : sequence of TableSpec
            Tables that are read.

        Returns
        -------
        Provenance
            Of a table that is made from others.
        """
        raw = self.lake.provenance(RAW_MODELS, self.key)
        return Provenance(
            table=self.spec.name,
            snapshot=self.key,
            source=raw.source,
            source_revision=raw.source_revision,
            code_version=code_version(),
            settings_hash=self.settings.result_hash,
            seed=self.settings.seed,
            created_at=now().isoformat(timespec="microseconds"),
            inputs={spec.name: self.lake.provenance(spec, self.key).fingerprint for spec in reads},
            facts=dict(self.facts),
        )


def now() -> dt.datetime:
    """Give the time as it is written into tables.

    Returns
    -------
    datetime.datetime
        UTC, without a zone, as in every table.
    """
    return dt.datetime.now(dt.UTC).replace(tzinfo=None)
