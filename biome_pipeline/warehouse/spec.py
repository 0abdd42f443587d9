"""What a table is: its name, grain, columns and what must hold of it.

One `TableSpec` per table; the specs stand in ``tables``. What does not belong
here: how a table is stored (``lake``, ``database``) or checked (``integrity``).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from biome_pipeline.warehouse.fields import Field, field_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa

__all__ = ["ForeignKey", "TableSpec", "arrow_type"]


@dataclass(frozen=True)
class ForeignKey:
    """Columns whose non-NULL values must stand in another table.

    Parameters
    ----------
    columns : tuple of str
        Columns of this table.
    table : str
        Name of the other table, ``schema.table``.
    references : tuple of str
        Columns of the other table.
    """

    columns: tuple[str, ...]
    table: str
    references: tuple[str, ...]


@dataclass(frozen=True)
class TableSpec:
    """One table: its grain, its columns and its requirements.

    Parameters
    ----------
    schema, table : str
        The two parts of its name.
    subject : str
        Room that makes it.
    meaning : str
        What one row is, in a sentence.
    grain : tuple of str
        Key after that of the partition; empty for one row per partition.
    columns : tuple of str
        All columns, the first is that of the partition.
    required : tuple of str
        Columns that are never NULL; the key is so anyway.
    requirements : tuple of str
        What else holds, in words.
    foreign_keys : tuple of ForeignKey
        References to other tables.
    lake_only_columns : tuple of str
        Columns that are not published.
    is_published : bool
        Whether the database has the table at all.
    is_model_grain : bool
        Whether it grows with the number of models, so that only the newest
        snapshots are published.
    is_shared : bool
        Whether the database has one table of it for all snapshots, without the
        column ``snapshot``: facts that do not change, as papers. The lake keeps
        which snapshot brought which.
    may_be_empty : bool
        Whether no row is a normal state.
    is_sorted : bool
        Whether its rows are stored in the order of the key; the widest tables
        keep the order of their source, which costs nothing.
    lineage : dict of str to tuple of str
        For columns made from others, these as ``schema.table.column``.
    partition : str
        Column that names the partition: ``snapshot``, or ``sweep_id`` for what the
        architecture search makes.
    """

    schema: str
    table: str
    subject: str
    meaning: str
    grain: tuple[str, ...]
    columns: tuple[str, ...]
    required: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    lake_only_columns: tuple[str, ...] = ()
    is_published: bool = True
    is_model_grain: bool = False
    is_shared: bool = False
    may_be_empty: bool = False
    is_sorted: bool = True
    lineage: dict[str, tuple[str, ...]] = field(default_factory=dict)
    partition: str = "snapshot"

    @property
    def name(self) -> str:
        """Full name.

        Returns
        -------
        str
            ``schema.table``.
        """
        return f"{self.schema}.{self.table}"

    @property
    def key(self) -> tuple[str, ...]:
        """Columns that tell rows apart.

        Returns
        -------
        tuple of str
            That of the partition, and the grain.
        """
        return (self.partition, *self.grain)

    @property
    def fields(self) -> tuple[Field, ...]:
        """Descriptions of the columns.

        Returns
        -------
        tuple of Field
            In the order of the columns.
        """
        return tuple(field_of(self.name, column) for column in self.columns)

    @property
    def never_null(self) -> tuple[str, ...]:
        """Columns that must have a value in every row.

        Returns
        -------
        tuple of str
            The key and the required columns, in table order.
        """
        wanted = {*self.key, *self.required}
        return tuple(column for column in self.columns if column in wanted)

    @property
    def published_columns(self) -> tuple[str, ...]:
        """Columns of the published database.

        Returns
        -------
        tuple of str
            All but those that stay in the lake.
        """
        hidden = {*self.lake_only_columns, *(("snapshot",) if self.is_shared else ())}
        return tuple(name for name in self.columns if name not in hidden)

    @property
    def partition_table(self) -> str:
        """Quoted name of the table that holds the partitions in the database.

        Returns
        -------
        str
            The table itself; of a shared one, another from which it is made.
        """
        if self.is_shared:
            return f'"main"."biome_{self.schema}_{self.table}"'
        return f'"{self.schema}"."{self.table}"'

    def arrow_schema(self) -> pa.Schema:
        """Give the Arrow schema of the table.

        Returns
        -------
        pyarrow.Schema
            With the columns in order.
        """
        import pyarrow as pa

        return pa.schema([(column.name, arrow_type(column.type)) for column in self.fields])

    def from_rows(self, rows: Sequence[Mapping[str, Any]]) -> pa.Table:
        """Make rows of one partition into a table, the way an asset gives them.

        Parameters
        ----------
        rows : sequence of mapping of str to Any
            By column; a column that is not there is NULL.

        Returns
        -------
        pyarrow.Table
            All columns but that of the partition.
        """
        import pyarrow as pa

        made = [column for column in self.arrow_schema() if column.name != self.partition]
        return pa.Table.from_pylist(list(rows), schema=pa.schema(made))

    def ddl(self) -> tuple[str, ...]:
        """Give the statements that create the published table.

        Returns
        -------
        tuple of str
            One ``CREATE TABLE`` with comments kept apart; of a shared table a
            second one for its partitions.
        """
        required = set(self.never_null)

        def create(name: str, chosen: tuple[str, ...]) -> str:
            columns = ", ".join(
                f'"{column}" {field_of(self.name, column).type}'
                f"{' NOT NULL' if column in required else ''}"
                for column in chosen
            )
            return f"CREATE TABLE {name} ({columns})"

        own = create(f'"{self.schema}"."{self.table}"', self.published_columns)
        if not self.is_shared:
            return (own,)
        return own, create(self.partition_table, ("snapshot", *self.published_columns))


def arrow_type(duckdb_type: str) -> pa.DataType:
    """Translate the type of a field to Arrow.

    Parameters
    ----------
    duckdb_type : str
        As in `Field.type`.

    Returns
    -------
    pyarrow.DataType
        The type that DuckDB maps to it and back.

    Raises
    ------
    KeyError
        If no field uses the type yet.
    """
    import pyarrow as pa

    if duckdb_type.endswith("[]"):
        return pa.list_(arrow_type(duckdb_type[:-2]))
    return {
        "BIGINT": pa.int64(),
        "BOOLEAN": pa.bool_(),
        "DATE": pa.date32(),
        "DOUBLE": pa.float64(),
        "INTEGER": pa.int32(),
        "TIMESTAMP": pa.timestamp("us"),
        "VARCHAR": pa.string(),
        "MAP(VARCHAR, BIGINT)": pa.map_(pa.string(), pa.int64()),
    }[duckdb_type]
