"""Whether a partition is what its schema says: types, keys, enums, references.

All rules follow from the table's spec. What does not belong here: rules of one
subject (acyclic, accounting), which stand beside the subject's assets.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from biome_pipeline.warehouse.consistency import tables_with
from biome_pipeline.warehouse.engine.faults import translate_faults

if TYPE_CHECKING:
    from collections.abc import Sequence

    from biome_pipeline.warehouse.engine import Engine
    from biome_pipeline.warehouse.lake import Lake
    from biome_pipeline.warehouse.spec import TableSpec

__all__ = ["RULES", "RowChange", "Verdict", "check_partition", "row_change", "rules_of"]

RULES = {
    "types": "the columns and their types are those of the schema",
    "required": "key and required columns are never NULL",
    "key": "no two rows have the same key",
    "values": "columns with a closed vocabulary hold its words only",
    "references": "what refers to another table is found there",
    "rows": "there are rows",
}


@dataclass(frozen=True)
class Verdict:
    """Whether one rule holds for one partition.

    Parameters
    ----------
    rule : str
        One of `RULES`.
    n_broken : int
        How many rows, columns or values break it.
    detail : str
        What is wrong, in one line; empty if nothing.
    """

    rule: str
    n_broken: int
    detail: str = ""

    @property
    def holds(self) -> bool:
        """Tell whether nothing breaks the rule.

        Returns
        -------
        bool
            Whether the rule holds.
        """
        return self.n_broken == 0


def rules_of(spec: TableSpec) -> tuple[str, ...]:
    """Name the rules that say something about a table.

    Parameters
    ----------
    spec : TableSpec
        The table.

    Returns
    -------
    tuple of str
        Keys of `RULES`.
    """
    chosen = ["types", "required", "key"]
    if any(field.values for field in spec.fields):
        chosen.append("values")
    if spec.foreign_keys:
        chosen.append("references")
    if not spec.may_be_empty:
        chosen.append("rows")
    return tuple(chosen)


def check_partition(engine: Engine, lake: Lake, spec: TableSpec, key: str) -> list[Verdict]:
    """Check one partition against its schema.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    lake : Lake
        The lake.
    spec : TableSpec
        The table.
    key : str
        Partition key.

    Returns
    -------
    list of Verdict
        One per rule of the table.
    """
    with translate_faults(place=str(lake.path(spec, key))):
        wrong_types = _wrong_types(engine, lake, spec, key)
    verdicts = [Verdict("types", len(wrong_types), "; ".join(wrong_types))]
    if wrong_types:
        # The other rules would only repeat it.
        return verdicts
    path = str(lake.path(spec, key))
    checks = {
        "required": _required,
        "key": _key,
        "values": _values,
        "references": _references,
        "rows": _rows,
    }
    with translate_faults(place=path):
        verdicts += [
            checks[rule](engine, lake, spec, key) for rule in rules_of(spec) if rule != "types"
        ]
    return verdicts


def _wrong_types(engine: Engine, lake: Lake, spec: TableSpec, key: str) -> list[str]:
    described = f"DESCRIBE SELECT * FROM {_rows_from(lake, spec, key)}"
    found = {row[0]: row[1] for row in engine.backend.con.execute(described).fetchall()}
    wrong = [f"column {name} is missing" for name in spec.columns if name not in found]
    wrong += [f"column {name} is unknown" for name in found if name not in spec.columns]
    wrong += [
        f"column {field.name} is {found[field.name]} instead of {field.type}"
        for field in spec.fields
        if field.name in found and found[field.name] != field.type
    ]
    return wrong


def _one_row(engine: Engine, query: str) -> tuple[object, ...]:
    row: tuple[object, ...] = engine.backend.con.execute(query).fetchone()
    return row


def _rows_from(lake: Lake, spec: TableSpec, key: str) -> str:
    path = str(lake.path(spec, key)).replace("'", "''")
    return f"read_parquet('{path}')"


def _required(engine: Engine, lake: Lake, spec: TableSpec, key: str) -> Verdict:
    # The footer knows it of flat columns; only lists and maps have to be read.
    found = lake.null_counts(spec, key)
    unknown = [name for name in spec.never_null if name not in found]
    if unknown:
        counts = ", ".join(f'count(*) FILTER ("{name}" IS NULL)' for name in unknown)
        row = _one_row(engine, f"SELECT {counts} FROM {_rows_from(lake, spec, key)}")
        found |= {name: int(str(n)) for name, n in zip(unknown, row, strict=True)}
    broken = {name: found[name] for name in spec.never_null if found[name]}
    detail = ", ".join(f"{name} is NULL in {n} rows" for name, n in broken.items())
    return Verdict("required", sum(broken.values()), detail)


def _key(engine: Engine, lake: Lake, spec: TableSpec, key: str) -> Verdict:
    rows = _rows_from(lake, spec, key)
    columns = ", ".join(f'"{name}"' for name in spec.key)
    # Sorting 64-bit hashes takes a fraction of the time and memory of grouping the
    # keys; different keys with equal hashes are told apart by the exact count of
    # these few. The snapshot is one value throughout.
    digest = _digest(spec.grain or spec.key)
    connection = engine.backend.con
    hashes = connection.execute(f"SELECT {digest} AS digest FROM {rows}").fetchnumpy()["digest"]
    hashes.sort()
    suspects = hashes[1:][hashes[1:] == hashes[:-1]]
    n_broken = 0
    if suspects.size:
        connection.register("suspects", {"digest": suspects})
        exact = (
            f"SELECT count(*) - count(DISTINCT ({columns})) FROM {rows} "
            f"WHERE {digest} IN (SELECT digest FROM suspects)"
        )
        n_broken = int(str(_one_row(engine, exact)[0]))
        connection.unregister("suspects")
    detail = f"{n_broken} rows repeat a key ({columns})" if n_broken else ""
    return Verdict("key", n_broken, detail)


def _digest(columns: Sequence[str]) -> str:
    quoted = ", ".join(f'"{name}"' for name in columns)
    return f"hash({quoted})"


def _values(engine: Engine, lake: Lake, spec: TableSpec, key: str) -> Verdict:
    broken: dict[str, int] = {}
    for field in spec.fields:
        if not field.values:
            continue
        # A closed vocabulary has few words: counting each is quicker than looking
        # every value up.
        words = engine.backend.con.execute(
            f'SELECT "{field.name}", count(*) FROM {_rows_from(lake, spec, key)} '
            f'WHERE "{field.name}" IS NOT NULL GROUP BY ALL'
        ).fetchall()
        n = sum(count for word, count in words if word not in field.values)
        if n:
            broken[field.name] = n
    detail = ", ".join(f"{name} has {n} unknown values" for name, n in broken.items())
    return Verdict("values", sum(broken.values()), detail)


def _references(engine: Engine, lake: Lake, spec: TableSpec, key: str) -> Verdict:
    broken: dict[str, int] = {}
    for foreign in spec.foreign_keys:
        here = ", ".join(f'"{name}"' for name in foreign.columns)
        known = " AND ".join(f'"{name}" IS NOT NULL' for name in foreign.columns)
        same = " AND ".join(
            f'here."{own}" = there."{other}"'
            for own, other in zip(foreign.columns, foreign.references, strict=True)
        )
        others = _rows_from(lake, tables_with(key)[foreign.table], key)
        query = (
            f"SELECT count(DISTINCT ({here})) FROM {_rows_from(lake, spec, key)} AS here "
            f"ANTI JOIN {others} AS there ON {same} "
            f"WHERE {known}"
        )
        n_broken = int(str(_one_row(engine, query)[0]))
        if n_broken:
            broken[f"{here} of {foreign.table}"] = n_broken
    detail = ", ".join(f"{n} values of {name} are not found" for name, n in broken.items())
    return Verdict("references", sum(broken.values()), detail)


def _rows(engine: Engine, lake: Lake, spec: TableSpec, key: str) -> Verdict:
    is_empty = lake.n_rows(spec, key) == 0
    return Verdict("rows", int(is_empty), f"{spec.name} has no rows" if is_empty else "")


@dataclass(frozen=True)
class RowChange:
    """Rows of a partition beside those of the snapshot before.

    Parameters
    ----------
    n_rows : int
        Rows now.
    n_before : int
        Rows before; 0 if there is nothing to compare with.
    before : str or None
        Key of the snapshot before, of the same kind of source.
    """

    n_rows: int
    n_before: int
    before: str | None

    @property
    def share(self) -> float:
        """Rows now over rows before.

        Returns
        -------
        float
            1 if there is nothing to compare with.
        """
        return self.n_rows / self.n_before if self.n_before else 1.0


def row_change(lake: Lake, spec: TableSpec, key: str) -> RowChange:
    """Compare a partition's size with that of the snapshot before.

    Parameters
    ----------
    lake : Lake
        The lake.
    spec : TableSpec
        The table.
    key : str
        Partition key.

    Returns
    -------
    RowChange
        The comparison; only with a snapshot of the same kind of source.
    """
    kind = lake.provenance(spec, key).source.partition(":")[0]
    earlier = [other for other in reversed(lake.keys(spec)) if other < key]
    for other in earlier:
        if lake.provenance(spec, other).source.partition(":")[0] == kind:
            return RowChange(lake.n_rows(spec, key), lake.n_rows(spec, other), other)
    return RowChange(lake.n_rows(spec, key), 0, None)
