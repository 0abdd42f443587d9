"""The published database: one DuckDB file that people open.

It is a function of the lake. Publishing copies the last file, applies the
partitions that changed in one transaction, and replaces the file by one
rename: a notebook that keeps it open never stops a run, and a reader never
sees half a snapshot. What does not belong here: computing tables.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from biome_pipeline.warehouse.consistency import seal, sealed_partitions, tables_with
from biome_pipeline.warehouse.durable import replace_durably
from biome_pipeline.warehouse.engine.faults import translate_faults
from biome_pipeline.warehouse.published import database_path
from biome_pipeline.warehouse.tables import PUBLISHED, SWEEP_TABLES
from biome_pipeline.warehouse.tables.evolution import SWEEPS
from biome_pipeline.warehouse.tables.hub import SNAPSHOTS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import duckdb

    from biome_pipeline.settings import Settings
    from biome_pipeline.warehouse.lake import Lake
    from biome_pipeline.warehouse.spec import TableSpec

__all__ = ["Publication", "publish"]

_TABLES = (*PUBLISHED, *SWEEP_TABLES.values())

# What the file holds, beside the tables: the schema that it was made with and
# the fingerprint of every partition, so that publishing knows what changed.
_LEDGER = 'CREATE TABLE "main"."biome_partitions" (name VARCHAR, key VARCHAR, fingerprint VARCHAR)'


@dataclass(frozen=True)
class Publication:
    """What one publishing did.

    Parameters
    ----------
    path : Path
        The database.
    n_written : int
        Partitions put in or replaced.
    n_removed : int
        Partitions taken out.
    withheld : tuple of str
        Partitions of the lake, as ``table@key``, that are not shown because
        their inputs changed under them.
    """

    path: Path
    n_written: int
    n_removed: int
    withheld: tuple[str, ...]


def publish(
    lake: Lake, settings: Settings, *, key: str | None = None, rebuild: bool = False
) -> Publication:
    """Bring the database up to the lake.

    Parameters
    ----------
    lake : Lake
        The lake.
    settings : Settings
        How many snapshots are kept, and the limits.
    key : str, optional
        Snapshot or sweep whose run has just ended, to be sealed as it is now.
    rebuild : bool
        Whether to make the file anew instead of from the last one.

    Returns
    -------
    Publication
        What was done.

    Raises
    ------
    DiskFullError, DataDirectoryError
        If the file cannot be written; the last one stays as it was.
    """
    final = database_path(lake.data)
    with lake.wait_for("database"), translate_faults(place=str(final)):
        if key is not None:
            seal(lake, key)
        found = None if rebuild else _ledger_of(lake, final)
        usable, published = found is not None, found or {}
        wanted, withheld = _wanted_partitions(lake, settings.keep_snapshots, published)
        if usable and published == wanted:
            return Publication(final, 0, 0, withheld)
        incoming = lake.incoming(lake.data)
        try:
            if usable:
                shutil.copyfile(final, incoming)
            done = _apply(lake, settings, incoming, wanted, published)
            replace_durably(incoming, final)
        finally:
            incoming.unlink(missing_ok=True)
            incoming.with_name(f"{incoming.name}.wal").unlink(missing_ok=True)
    return Publication(final, *done, withheld)


_Place = tuple[str, str]


def _wanted_partitions(
    lake: Lake, keep: int, published: dict[_Place, str]
) -> tuple[dict[_Place, str], tuple[str, ...]]:
    """Find what the database should hold, and what must not be shown."""
    wanted: dict[_Place, str] = {}
    withheld: list[str] = []
    keys = lake.keys(SNAPSHOTS)
    newest = set(keys[-keep:])
    for key in (*keys, *lake.keys(SWEEPS)):
        sealed = sealed_partitions(lake, key)
        for spec in tables_with(key).values():
            if not spec.is_published:
                continue
            place = (spec.name, key)
            if spec.is_model_grain and key not in newest:
                continue
            if sealed is None:
                # A run is under way, or was killed: what was published stays.
                if place in published:
                    wanted[place] = published[place]
            elif spec.name in sealed:
                wanted[place] = sealed[spec.name]
            elif lake.has(spec, key):
                withheld.append(f"{spec.name}@{key}")
    return wanted, tuple(withheld)


def _ledger_of(lake: Lake, path: Path) -> dict[_Place, str] | None:
    """Read what the last file holds; ``None`` if it cannot be carried on.

    It can if it is readable and has the present schema. DuckDB hands out a file
    that this process has open already, by its name, even if another file has
    that name now: so it is read under a name of its own.
    """
    import duckdb

    if not path.is_file():
        return None
    alias = lake.incoming(lake.data)
    try:
        _link(path, alias)
        with duckdb.connect(str(alias), read_only=True) as connection:
            is_carried_on = _schema_of(connection) == _wanted_schema()
            return _ledger(connection) if is_carried_on else None
    except duckdb.Error:
        return None
    finally:
        alias.unlink(missing_ok=True)


def _link(path: Path, alias: Path) -> None:
    """Give a file a second name; a copy where the file system has no links."""
    try:
        alias.hardlink_to(path)
    except OSError:
        shutil.copyfile(path, alias)


def _wanted_schema() -> list[tuple[str, str, str, str]]:
    return sorted(
        (spec.schema, spec.table, name, field.type)
        for spec in _TABLES
        for name, field in zip(spec.columns, spec.fields, strict=True)
        if name in spec.published_columns
    )


def _schema_of(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str, str, str]]:
    rows: list[Any] = connection.execute(
        "SELECT schema_name, table_name, column_name, data_type FROM duckdb_columns() "
        "WHERE NOT internal AND schema_name <> 'main'"
    ).fetchall()
    return sorted(tuple(row) for row in rows)


def _ledger(connection: duckdb.DuckDBPyConnection) -> dict[_Place, str]:
    rows = connection.execute("SELECT name, key, fingerprint FROM main.biome_partitions").fetchall()
    return {(name, key): fingerprint for name, key, fingerprint in rows}


def _apply(
    lake: Lake,
    settings: Settings,
    incoming: Path,
    wanted: dict[_Place, str],
    published: dict[_Place, str],
) -> tuple[int, int]:
    """Change the incoming file from what it holds to what it should hold."""
    import duckdb

    specs = {spec.name: spec for spec in _TABLES}
    is_new = not incoming.exists()
    stale = [at for at, found in published.items() if wanted.get(at) != found]
    fresh = [at for at in wanted if wanted[at] != published.get(at)]
    options: dict[str, Any] = {
        "memory_limit": settings.memory_limit,
        "temp_directory": str(lake.spill()),
        # Of this release on, texts with few values take a sixth less space and time.
        "storage_compatibility_version": "v1.4.0",
    }
    if settings.threads:
        options["threads"] = settings.threads
    with duckdb.connect(str(incoming), config=options) as connection:
        if is_new:
            _create(connection)
        connection.execute("BEGIN TRANSACTION")
        for name, key in stale:
            connection.execute(
                f"DELETE FROM {specs[name].partition_table} WHERE {specs[name].partition} = ?",
                [key],
            )
            connection.execute(
                "DELETE FROM main.biome_partitions WHERE name = ? AND key = ?", [name, key]
            )
        for name, key in fresh:
            spec = specs[name]
            own = ("snapshot",) if spec.is_shared else ()
            connection.execute(
                f"INSERT INTO {spec.partition_table} BY NAME "
                f"SELECT {_columns((*own, *spec.published_columns))} FROM read_parquet(?)",
                [str(lake.path(spec, key))],
            )
            connection.execute(
                "INSERT INTO main.biome_partitions VALUES (?, ?, ?)", [name, key, wanted[name, key]]
            )
        for name in {name for name, _ in (*stale, *fresh) if specs[name].is_shared}:
            _share(connection, specs[name])
        connection.execute("COMMIT")
        connection.execute("CHECKPOINT")
    return len(fresh), len([at for at in stale if at not in wanted])


def _share(connection: duckdb.DuckDBPyConnection, spec: TableSpec) -> None:
    """Make a shared table from its partitions: of each key the newest."""
    columns = _columns(spec.published_columns)
    connection.execute(f'DELETE FROM "{spec.schema}"."{spec.table}"')
    connection.execute(
        f'INSERT INTO "{spec.schema}"."{spec.table}" BY NAME SELECT {columns} '
        f"FROM {spec.partition_table} QUALIFY row_number() OVER "
        f"(PARTITION BY {_columns(spec.grain)} ORDER BY snapshot DESC) = 1 "
        f"ORDER BY {_columns(spec.grain)}"
    )


def _columns(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _create(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the empty tables, with every meaning as a comment in the file."""
    connection.execute(_LEDGER)
    for schema in sorted({spec.schema for spec in _TABLES}):
        connection.execute(f'CREATE SCHEMA "{schema}"')
    for spec in _TABLES:
        for statement in spec.ddl():
            connection.execute(statement)
        name = f'"{spec.schema}"."{spec.table}"'
        connection.execute(f"COMMENT ON TABLE {name} IS {_text(spec.meaning)}")
        for field in spec.fields:
            if field.name in spec.published_columns:
                meaning = f"{field.meaning} [{field.unit}]" if field.unit else field.meaning
                connection.execute(f'COMMENT ON COLUMN {name}."{field.name}" IS {_text(meaning)}')


def _text(value: str) -> str:
    escaped = value.replace("'", "''")
    return f"'{escaped}'"
