"""Reading the published database: where it is, and how it is opened.

What does not belong here: publishing (``database``) and what a user asks
(``query``).
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from biome_pipeline.errors import DatabaseNotFoundError, WarehouseError
from biome_pipeline.warehouse.engine import Engine
from biome_pipeline.warehouse.engine.faults import translate_faults
from biome_pipeline.warehouse.keys import check_snapshot_key
from biome_pipeline.warehouse.tables.hub import SNAPSHOTS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import duckdb
    import ibis.expr.types as ir

    from biome_pipeline.warehouse.spec import TableSpec

__all__ = ["database_path", "open_database", "open_published", "published_keys", "published_table"]


def database_path(data: Path) -> Path:
    """Give the place of the published database.

    Parameters
    ----------
    data : Path
        The data directory.

    Returns
    -------
    Path
        The file, whether it is there or not.
    """
    return data / "biome.duckdb"


def open_database(data: Path) -> duckdb.DuckDBPyConnection:
    """Open the published database for reading only.

    Parameters
    ----------
    data : Path
        The data directory.

    Returns
    -------
    duckdb.DuckDBPyConnection
        A connection that reads this file and nothing else.

    Raises
    ------
    DatabaseNotFoundError
        If nothing was published yet.
    WarehouseError
        If the file cannot be opened.
    """
    import duckdb

    path = _existing(data)
    with _opening(path):
        connection = duckdb.connect(str(path), read_only=True)
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def _existing(data: Path) -> Path:
    path = database_path(data)
    if not path.is_file():
        raise DatabaseNotFoundError(
            "nothing was published here yet",
            place=str(path),
            remedy="run 'biome run' first, or name the right folder with --data",
        )
    return path


@contextmanager
def _opening(path: Path) -> Iterator[None]:
    """Say how to mend a file that is no database, or one of another release."""
    import duckdb

    try:
        with translate_faults(place=str(path)):
            yield
    except duckdb.Error as error:
        raise WarehouseError(
            f"it cannot be opened as a database ({str(error)[:200]})",
            place=str(path),
            remedy="make it anew from the lake with 'biome run --rebuild-database'",
        ) from error


@contextmanager
def open_published(data: Path) -> Iterator[Engine]:
    """Open the published database as an engine, for reading only.

    Parameters
    ----------
    data : Path
        The data directory.

    Yields
    ------
    Engine
        Whose tables `published_table` gives.

    Raises
    ------
    DatabaseNotFoundError
        If nothing was published yet.
    WarehouseError
        If the file cannot be opened.
    """
    import ibis

    path = _existing(data)
    with _opening(path):
        backend = ibis.duckdb.connect(str(path), read_only=True)
    try:
        yield Engine(backend)
    finally:
        backend.disconnect()


def published_table(engine: Engine, spec: TableSpec, key: str) -> ir.Table:
    """Take one snapshot of a published table.

    Parameters
    ----------
    engine : Engine
        As `open_published` gave it.
    spec : TableSpec
        The table.
    key : str
        Partition key.

    Returns
    -------
    ibis.expr.types.Table
        Its published columns; of a shared table all rows, which are of no snapshot.
    """
    import ibis

    rows = engine.backend.table(spec.table, database=spec.schema)
    if spec.is_shared:
        return rows
    return rows.filter(rows.snapshot == ibis.date(check_snapshot_key(key)))


def published_keys(engine: Engine) -> list[str]:
    """List the published snapshots.

    Parameters
    ----------
    engine : Engine
        As `open_published` gave it.

    Returns
    -------
    list of str
        Keys in ascending order.
    """
    rows = engine.backend.table(SNAPSHOTS.table, database=SNAPSHOTS.schema)
    keys = engine.to_arrow(rows.select(key=rows.snapshot.cast("string")).order_by("key"))
    return [str(key) for key in keys["key"].to_pylist()]
