"""The relational engine: Ibis on an in-memory DuckDB.

Everything that is peculiar to one engine stands in this folder, so that the
same relational steps can run elsewhere later. No database file is open while
a step computes. What does not belong here: paths and partitions (``lake``).
"""

from __future__ import annotations

import contextlib
import os
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import ibis

from biome_pipeline.warehouse.engine.faults import translate_faults

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import ibis.expr.types as ir
    import pyarrow as pa

    from biome_pipeline.settings import Settings
    from biome_pipeline.warehouse.spec import TableSpec

__all__ = ["Engine", "conform", "ibis_type", "open_engine"]

_ROWS_PER_GROUP = 122_880


@dataclass(frozen=True)
class Engine:
    """An open engine.

    Parameters
    ----------
    backend : ibis.backends.duckdb.Backend
        The Ibis backend; only this folder and the tests look inside.
    threads : int
        Threads it uses; what computes beside it uses no more.
    """

    backend: Any
    threads: int = 1

    def scan(self, path: Path, *, with_row_number: bool = False) -> ir.Table:
        """Open a Parquet file as a table, without reading it yet.

        Parameters
        ----------
        path : Path
            The file.
        with_row_number : bool
            Whether to add ``file_row_number``, the position from 0.

        Returns
        -------
        ibis.expr.types.Table
            The table.

        Raises
        ------
        PartitionCorruptError
            If the file is not readable Parquet.
        """
        options = {"file_row_number": True} if with_row_number else {}
        with translate_faults(place=str(path)):
            return self.backend.read_parquet(str(path), **options)

    def memory_table(self, table: pa.Table) -> ir.Table:
        """Use an Arrow table in expressions.

        Parameters
        ----------
        table : pyarrow.Table
            The rows.

        Returns
        -------
        ibis.expr.types.Table
            The same rows.
        """
        return ibis.memtable(table)

    def materialize(self, expression: ir.Table) -> ir.Table:
        """Compute an expression once, for several uses of its rows.

        Parameters
        ----------
        expression : ibis.expr.types.Table
            What to compute.

        Returns
        -------
        ibis.expr.types.Table
            A temporary table of this engine.
        """
        name = ibis.util.gen_name("step")
        with translate_faults(place="computation"):
            return self.backend.create_table(name, expression, temp=True)

    def release(self, table: ir.Table) -> None:
        """Give the room of a materialized table back, when no use of it is left.

        Parameters
        ----------
        table : ibis.expr.types.Table
            What `materialize` gave; it cannot be read any more.
        """
        with translate_faults(place="computation"):
            made = table.op()
            place = (made.namespace.catalog, made.namespace.database)
            self.backend.drop_table(made.name, database=place)

    def to_arrow(self, expression: ir.Table) -> pa.Table:
        """Compute an expression into memory.

        Parameters
        ----------
        expression : ibis.expr.types.Table
            What to compute.

        Returns
        -------
        pyarrow.Table
            Its rows.
        """
        with translate_faults(place="computation"):
            return self.backend.to_pyarrow(expression)

    def count_rows(self, table: ir.Table) -> int:
        """Count the rows of a table.

        Parameters
        ----------
        table : ibis.expr.types.Table
            The table.

        Returns
        -------
        int
            How many there are.
        """
        return int(self.to_arrow(table.aggregate(n=table.count()))["n"][0].as_py())

    def to_batches(self, expression: ir.Table, *, n_rows: int) -> Iterator[pa.RecordBatch]:
        """Compute an expression piece by piece, for what does not fit into memory.

        Parameters
        ----------
        expression : ibis.expr.types.Table
            What to compute.
        n_rows : int
            Largest number of rows in a batch.

        Yields
        ------
        pyarrow.RecordBatch
            Its rows. The engine can do nothing else until the last one is read.
        """
        # Ibis has a method for this, which asks DuckDB by a name that is deprecated.
        self.backend._run_pre_execute_hooks(expression)
        query = self.backend.compile(expression)
        with translate_faults(place="computation"):
            yield from self.backend.raw_sql(query).to_arrow_reader(n_rows)

    def copy_to_parquet(
        self,
        expression: ir.Table,
        path: Path,
        *,
        types: Mapping[str, str],
        metadata: Mapping[str, str],
    ) -> None:
        """Compute an expression straight into one Parquet file.

        Parameters
        ----------
        expression : ibis.expr.types.Table
            What to compute.
        path : Path
            The file to make.
        types : mapping of str to str
            DuckDB type of each column.
        metadata : mapping of str to str
            Key-value metadata of the file.

        Raises
        ------
        DiskFullError, DataDirectoryError
            If the file cannot be written.
        """
        self.backend._run_pre_execute_hooks(expression)
        query = self.backend.compile(expression)
        # A sum has 128 bits and would become DOUBLE in the file; the cast keeps it
        # an integer, and raises where it does not fit.
        columns = ", ".join(f'CAST("{name}" AS {kind}) AS "{name}"' for name, kind in types.items())
        pairs = ", ".join(f"{_quote(key)}: {_quote(value)}" for key, value in metadata.items())
        with translate_faults(place=str(path)):
            self.backend.raw_sql(
                f"COPY (SELECT {columns} FROM ({query})) TO {_quote(str(path))} "
                # Level 1 is as fast as no compression, and as small as level 3 to 5 %.
                "(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, "
                # To try a dictionary of ids, which are all different, costs a tenth.
                f"DICTIONARY_SIZE_LIMIT 10000, ROW_GROUP_SIZE {_ROWS_PER_GROUP}, "
                f"KV_METADATA {{{pairs}}})"
            )


@contextmanager
def open_engine(settings: Settings, *, spill: Path | None = None) -> Iterator[Engine]:
    """Open an engine within the settings' limits, and close it again.

    Parameters
    ----------
    settings : Settings
        Memory limit and threads.
    spill : Path, optional
        Folder for what does not fit into memory.

    Yields
    ------
    Engine
        The open engine.
    """
    # Ibis 12 calls a method that DuckDB 1.5 deprecates. Python hides this by itself
    # until a library that works in threads mixes up the filters of the process.
    warnings.filterwarnings("ignore", "fetch_arrow_table", DeprecationWarning)
    backend = ibis.duckdb.connect(":memory:")
    threads = settings.threads or os.cpu_count() or 1
    try:
        statements = [
            f"SET memory_limit = {_quote(settings.memory_limit)}",
            f"SET threads = {threads}",
            "SET TimeZone = 'UTC'",
            # Nothing is ever fetched behind the back of the one polite client.
            "SET autoinstall_known_extensions = false",
        ]
        if spill is not None:
            statements.append(f"SET temp_directory = {_quote(str(spill))}")
        for statement in statements:
            backend.raw_sql(statement)
        yield Engine(backend, threads)
    finally:
        with contextlib.suppress(Exception):
            backend.disconnect()


def conform(expression: ir.Table, spec: TableSpec, key: str) -> ir.Table:
    """Give an expression exactly the columns, order and types of a table.

    Parameters
    ----------
    expression : ibis.expr.types.Table
        Rows with at least the table's columns but that of the partition.
    spec : TableSpec
        The table.
    key : str
        Partition key, becomes the first column.

    Returns
    -------
    ibis.expr.types.Table
        The rows of the partition, not yet in order.
    """
    first = spec.fields[0]
    columns = {first.name: ibis.literal(key).cast(ibis_type(first.type))}
    for field in spec.fields[1:]:
        column = expression[field.name]
        wanted = ibis.dtype(ibis_type(field.type))
        columns[field.name] = column if column.type() == wanted else column.cast(wanted)
    return expression.select(**columns)


def ibis_type(duckdb_type: str) -> str:
    """Translate the type of a field to Ibis.

    Parameters
    ----------
    duckdb_type : str
        As in ``Field.type``.

    Returns
    -------
    str
        The name of the Ibis type.
    """
    if duckdb_type.endswith("[]"):
        return f"array<{ibis_type(duckdb_type[:-2])}>"
    return {
        "BIGINT": "int64",
        "BOOLEAN": "boolean",
        "DATE": "date",
        "DOUBLE": "float64",
        "INTEGER": "int32",
        "TIMESTAMP": "timestamp(6)",
        "VARCHAR": "string",
        "MAP(VARCHAR, BIGINT)": "map<string, int64>",
    }[duckdb_type]


def _quote(text: str) -> str:
    escaped = text.replace("'", "''")
    return f"'{escaped}'"
