"""Queries of users: read-only, of the database or of the lake, and their formats.

What does not belong here: queries of the project itself.
"""

from __future__ import annotations

import csv
import io
import json
import math
from contextlib import contextmanager
from typing import TYPE_CHECKING

from biome_pipeline.errors import DatabaseNotFoundError, QueryError
from biome_pipeline.warehouse.engine.faults import fault_of
from biome_pipeline.warehouse.lake import Lake
from biome_pipeline.warehouse.published import open_database
from biome_pipeline.warehouse.tables import SWEEP_TABLES, TABLES

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb
    import pyarrow as pa

    from biome_pipeline.settings import Settings

__all__ = ["run_query", "to_csv", "to_json_lines", "to_parquet"]

# Programs that open CSV take cells that begin so for formulas.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def run_query(settings: Settings, query: str, *, uses_lake: bool = False) -> pa.Table:
    """Run a query that can change nothing and read nothing else.

    Parameters
    ----------
    settings : Settings
        Where the data is, and the limits.
    query : str
        One SQL statement.
    uses_lake : bool
        Whether to ask the lake instead of the database.

    Returns
    -------
    pyarrow.Table
        The rows.

    Raises
    ------
    QueryError
        If the statement is wrong or not allowed.
    DatabaseNotFoundError
        If there is nothing to ask yet.
    """
    import duckdb

    opened = _open_lake(settings) if uses_lake else open_database(settings.data)
    try:
        with opened as connection:
            return connection.execute(_only_query(connection, query)).to_arrow_table()
    except duckdb.Error as error:
        fault = fault_of(error, place=str(settings.data))
        if fault is not None:
            raise fault from error
        raise QueryError(
            str(error).replace("\n", " "),
            remedy="see 'biome dictionary' for tables and columns",
        ) from error


def _only_query(connection: duckdb.DuckDBPyConnection, query: str) -> duckdb.Statement:
    """Accept one SELECT, the only statement that writes no file.

    The folder of the lake has to be open for reading, and DuckDB has no such
    permission that does not allow COPY, EXPORT and ATTACH to write there.
    """
    import duckdb

    statements = connection.extract_statements(query)
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise QueryError(
            "only one query at a time can be asked, and nothing can be changed",
            remedy="give one SELECT (or FROM, DESCRIBE, SUMMARIZE); 'biome dictionary' lists "
            "tables and columns",
        )
    return statements[0]


@contextmanager
def _open_lake(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """Show every partition of the lake as one table each, and nothing else."""
    import duckdb

    lake = Lake(settings.data)
    present = [spec for spec in (*TABLES.values(), *SWEEP_TABLES.values()) if lake.keys(spec)]
    if not present:
        raise DatabaseNotFoundError(
            "there is nothing in the lake yet",
            place=str(settings.data / "lake"),
            remedy="run 'biome run' first, or name the right folder with --data",
        )
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"SET memory_limit = '{settings.memory_limit}'")
        connection.execute("SET TimeZone = 'UTC'")
        for schema in sorted({spec.schema for spec in present}):
            connection.execute(f'CREATE SCHEMA "{schema}"')
        for spec in present:
            pattern = str(lake.folder(spec).resolve() / "*.parquet").replace("'", "''")
            connection.execute(
                f'CREATE VIEW "{spec.schema}"."{spec.table}" AS '
                f"SELECT * FROM read_parquet('{pattern}', union_by_name = true, "
                "hive_partitioning = false)"
            )
        folder = str((settings.data / "lake").resolve()).replace("'", "''")
        connection.execute(f"SET allowed_directories = ['{folder}']")
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
        yield connection


def to_csv(rows: pa.Table) -> bytes:
    """Write rows as CSV in which no text is a formula.

    Parameters
    ----------
    rows : pyarrow.Table
        The rows.

    Returns
    -------
    bytes
        UTF-8; lists and maps as JSON.
    """
    lines = _Lines()
    # Only characters of the line's end are quoted, so both must be in it.
    writer = csv.writer(lines, lineterminator="\r\n")
    writer.writerow(_harmless(name) for name in rows.column_names)
    for batch in rows.to_batches(max_chunksize=10_000):
        writer.writerows(zip(*(_cells(column) for column in batch.columns), strict=True))
    return "".join(lines).encode()


class _Lines(list[str]):
    """Records of a CSV writer, each ended as on Unix."""

    def write(self, record: str) -> None:
        self.append(f"{record.removesuffix(chr(13) + chr(10))}\n")


def to_json_lines(rows: pa.Table) -> bytes:
    """Write rows as JSON, one object a line.

    Parameters
    ----------
    rows : pyarrow.Table
        The rows.

    Returns
    -------
    bytes
        UTF-8; what is no number (NaN, infinity) is null, as JSON has no word for it.
    """
    lines = (_json(row) + "\n" for row in rows.to_pylist())
    return "".join(lines).encode()


def to_parquet(rows: pa.Table) -> bytes:
    """Write rows as a Parquet file.

    Parameters
    ----------
    rows : pyarrow.Table
        The rows.

    Returns
    -------
    bytes
        The file.
    """
    import pyarrow.parquet as pq

    out = io.BytesIO()
    pq.write_table(rows, out)
    return out.getvalue()


def _json(value: object) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, default=str, allow_nan=False)
    except ValueError:
        return json.dumps(_without_nan(value), ensure_ascii=False, default=str)


def _without_nan(value: object) -> object:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {name: _without_nan(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(inner) for inner in value]
    return value


def _cells(column: pa.Array) -> list[object]:
    """Give the cells of a column; numbers, which are most, need no look at each."""
    import pyarrow as pa

    kind, values = column.type, column.to_pylist()
    if pa.types.is_boolean(kind) or pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return values
    return [_cell(value) for value in values]


def _cell(value: object) -> object:
    if value is None:
        return value
    if isinstance(value, list | dict | tuple):
        value = _json(value)
    return _harmless(str(value))


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
