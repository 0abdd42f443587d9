"""The lake: every partition of every table as one Parquet file. It is the truth.

``<data>/lake/<schema>/<table>/snapshot=<key>.parquet``, of a sweep
``sweep_id=<key>.parquet``, is written to a temporary place, fsynced, and moved
into place by one rename, so a reader sees the whole old or the whole new
partition, whatever is killed when. What does not belong here: what the rows
mean, and the published database.
"""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from biome_pipeline.errors import (
    PartitionCorruptError,
    PartitionNotFoundError,
    SnapshotBusyError,
)
from biome_pipeline.provenance import Provenance
from biome_pipeline.warehouse.durable import replace_durably
from biome_pipeline.warehouse.engine import conform
from biome_pipeline.warehouse.engine.faults import translate_faults
from biome_pipeline.warehouse.keys import check_key
from biome_pipeline.warehouse.locks import is_alive, lock_file, take_lock

if TYPE_CHECKING:
    from collections.abc import Iterator

    import ibis.expr.types as ir
    import pyarrow as pa

    from biome_pipeline.warehouse.engine import Engine
    from biome_pipeline.warehouse.spec import TableSpec

__all__ = ["Lake"]

_PROVENANCE_KEY = b"biome.provenance"


@dataclass(frozen=True)
class Lake:
    """The lake below one data directory.

    Parameters
    ----------
    data : Path
        The data directory; made when first written to.
    """

    data: Path

    def path(self, spec: TableSpec, key: str) -> Path:
        """Give the place of one partition.

        Parameters
        ----------
        spec : TableSpec
            The table.
        key : str
            Partition key.

        Returns
        -------
        Path
            The file, whether it is there or not.
        """
        return self.folder(spec) / f"{spec.partition}={check_key(spec.partition, key)}.parquet"

    def folder(self, spec: TableSpec) -> Path:
        """Give the folder of one table.

        Parameters
        ----------
        spec : TableSpec
            The table.

        Returns
        -------
        Path
            The folder, whether it is there or not.
        """
        return self.data / "lake" / spec.schema / spec.table

    def keys(self, spec: TableSpec) -> list[str]:
        """List the partitions of a table.

        Parameters
        ----------
        spec : TableSpec
            The table.

        Returns
        -------
        list of str
            Keys in ascending order; the latest snapshot is the last.
        """
        mark = f"{spec.partition}="
        names = (path.stem for path in self.folder(spec).glob(f"{mark}*.parquet"))
        return sorted(name.removeprefix(mark) for name in names)

    def has(self, spec: TableSpec, key: str) -> bool:
        """Tell whether a partition is there.

        Parameters
        ----------
        spec : TableSpec
            The table.
        key : str
            Partition key.

        Returns
        -------
        bool
            Whether its file exists.
        """
        return self.path(spec, key).is_file()

    def provenance(self, spec: TableSpec, key: str) -> Provenance:
        """Read what made a partition.

        Parameters
        ----------
        spec : TableSpec
            The table.
        key : str
            Partition key.

        Returns
        -------
        Provenance
            As it was written.

        Raises
        ------
        PartitionNotFoundError
            If there is no such partition.
        PartitionCorruptError
            If it cannot be read or names another table or key.
        """
        path = self.path(spec, key)
        text = (self._footer(spec, key).metadata or {}).get(_PROVENANCE_KEY, b"")
        provenance = Provenance.from_json(text.decode(errors="replace"), place=str(path))
        if (provenance.table, provenance.snapshot) != (spec.name, key):
            raise PartitionCorruptError(
                f"it says that it is {provenance.table} of {provenance.snapshot}",
                place=str(path),
                remedy=f"delete the file and {_again(spec)}",
            )
        return provenance

    def n_rows(self, spec: TableSpec, key: str) -> int:
        """Count the rows of a partition without reading them.

        Parameters
        ----------
        spec : TableSpec
            The table.
        key : str
            Partition key.

        Returns
        -------
        int
            The number of rows.

        Raises
        ------
        PartitionNotFoundError, PartitionCorruptError
            If it is not there or cannot be read.
        """
        return int(self._footer(spec, key).num_rows)

    def null_counts(self, spec: TableSpec, key: str) -> dict[str, int]:
        """Count the NULLs of flat columns without reading them.

        Parameters
        ----------
        spec : TableSpec
            The table.
        key : str
            Partition key.

        Returns
        -------
        dict of str to int
            By column; without lists, maps, and columns of which the file does not tell.

        Raises
        ------
        PartitionNotFoundError, PartitionCorruptError
            If it is not there or cannot be read.
        """
        footer = self._footer(spec, key)
        counts: dict[str, int] = {}
        for place in range(footer.num_columns):
            column = footer.schema.column(place)
            if column.max_repetition_level:
                continue
            told = [
                footer.row_group(i).column(place).statistics for i in range(footer.num_row_groups)
            ]
            if all(known is not None and known.has_null_count for known in told):
                counts[column.path] = sum(known.null_count for known in told)
        return counts

    def read(self, engine: Engine, spec: TableSpec, key: str) -> ir.Table:
        """Open a partition as a table, its provenance checked first.

        Parameters
        ----------
        engine : Engine
            Where to compute.
        spec : TableSpec
            The table.
        key : str
            Partition key.

        Returns
        -------
        ibis.expr.types.Table
            Its rows.

        Raises
        ------
        PartitionNotFoundError, PartitionCorruptError
            If it is not there or cannot be trusted.
        """
        self.provenance(spec, key)
        return engine.scan(self.path(spec, key))

    def write(
        self,
        engine: Engine,
        spec: TableSpec,
        key: str,
        rows: ir.Table | pa.Table,
        provenance: Provenance,
    ) -> int:
        """Compute rows and put them in place as one partition.

        Parameters
        ----------
        engine : Engine
            Where to compute.
        spec : TableSpec
            The table.
        key : str
            Partition key.
        rows : ibis.expr.types.Table or pyarrow.Table
            The table's columns but that of the partition; more columns are dropped.
        provenance : Provenance
            What made the rows.

        Returns
        -------
        int
            The number of rows written.

        Raises
        ------
        DiskFullError, DataDirectoryError
            If it cannot be written; the old partition stays as it was.
        """
        import pyarrow as pa

        expression = engine.memory_table(rows) if isinstance(rows, pa.Table) else rows
        ordered = conform(expression, spec, key)
        if spec.is_sorted and spec.grain:
            ordered = ordered.order_by(list(spec.grain))
        final = self.path(spec, key)
        with translate_faults(place=str(final)):
            incoming = self.incoming(final.parent)
            try:
                engine.copy_to_parquet(
                    ordered,
                    incoming,
                    types={field.name: field.type for field in spec.fields},
                    metadata={_PROVENANCE_KEY.decode(): provenance.to_json()},
                )
                replace_durably(incoming, final)
            finally:
                incoming.unlink(missing_ok=True)
        return self.n_rows(spec, key)

    def incoming(self, folder: Path) -> Path:
        """Name a temporary file on the same file system as the lake.

        Parameters
        ----------
        folder : Path
            Folder of the final file; made if needed.

        Returns
        -------
        Path
            A name that no other run uses; it tells which process does.
        """
        folder.mkdir(parents=True, exist_ok=True)
        shelf = self.data / "incoming"
        shelf.mkdir(parents=True, exist_ok=True)
        return shelf / f"{os.getpid()}-{uuid4().hex}.part"

    def spill(self) -> Path:
        """Name a folder for what does not fit into memory.

        Returns
        -------
        Path
            A folder of this process alone: it is cleared when it was killed.
        """
        shelf = self.data / "incoming"
        shelf.mkdir(parents=True, exist_ok=True)
        return shelf / f"{os.getpid()}-spill"

    def clear_incoming(self) -> int:
        """Remove what killed runs left unfinished.

        Returns
        -------
        int
            How many files were removed; files of living processes stay.
        """
        removed = 0
        for path in (self.data / "incoming").glob("*"):
            owner = path.name.split("-", 1)[0]
            if owner.isdigit() and not is_alive(int(owner)):
                if path.is_dir():
                    shutil.rmtree(path, ignore_errors=True)
                else:
                    path.unlink(missing_ok=True)
                removed += 1
        return removed

    @contextmanager
    def hold(self, name: str) -> Iterator[None]:
        """Keep other processes out of one piece of work, without waiting.

        The lock ends with the process, however it ends.

        Parameters
        ----------
        name : str
            What is worked on: a partition key.

        Yields
        ------
        None
            While held.

        Raises
        ------
        SnapshotBusyError
            If another process holds it.
        """
        with lock_file(self.data, name) as handle:
            if not take_lock(handle):
                raise SnapshotBusyError(
                    "another run works on this",
                    place=name,
                    remedy="wait for it to end, or choose another snapshot or sweep",
                )
            yield

    @contextmanager
    def wait_for(self, name: str) -> Iterator[None]:
        """Keep other processes out of one piece of work, waiting for one's turn.

        Parameters
        ----------
        name : str
            What is worked on.

        Yields
        ------
        None
            While held.
        """
        with lock_file(self.data, name) as handle:
            take_lock(handle, waits=True)
            yield

    def _footer(self, spec: TableSpec, key: str) -> pa.parquet.FileMetaData:
        import pyarrow as pa
        import pyarrow.parquet as pq

        path = self.path(spec, key)
        try:
            return pq.read_metadata(path)
        except FileNotFoundError:
            raise PartitionNotFoundError(
                f"there is no {spec.name} of {key}",
                place=str(path),
                remedy=_making(spec, key),
            ) from None
        except (pa.ArrowException, OSError) as error:
            raise PartitionCorruptError(
                f"it cannot be read as Parquet ({error})",
                place=str(path),
                remedy=f"delete the file and {_again(spec)}",
            ) from error


def _again(spec: TableSpec) -> str:
    return f"run the {'snapshot' if spec.partition == 'snapshot' else 'sweep'} again"


def _making(spec: TableSpec, key: str) -> str:
    if spec.partition == "snapshot":
        return f"make it with 'biome run --snapshot {key}' and its source"
    return "make it with 'biome evolve' and its sweep file"
