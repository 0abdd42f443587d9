"""Small valid partitions, generated from the specs alone, and lakes full of them.

What does not belong here: rows that mean something (``worlds`` and the demo
have those).
"""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa

from biome_pipeline.provenance import Provenance
from biome_pipeline.report.scorecard.readings import READ
from biome_pipeline.warehouse.tables import PUBLISHED, TABLES

if TYPE_CHECKING:
    from pathlib import Path

    from biome_pipeline.warehouse.engine import Engine
    from biome_pipeline.warehouse.fields import Field
    from biome_pipeline.warehouse.lake import Lake
    from biome_pipeline.warehouse.spec import TableSpec

__all__ = [
    "READS",
    "arrow_rows",
    "database_digests",
    "fill",
    "provenance",
    "put",
    "sample_rows",
]

_TEXTS = ("hub.raw_models", "hub.models", "hub.raw_cards", "hub.cards")
_RELATIVES = ("hub.models", "genealogy.edges", "genealogy.members")
_CARDED_RELATIVES = ("hub.cards", *_RELATIVES)
_CONFIGURED_RELATIVES = ("hub.configs", *_RELATIVES)
_FITNESS = ("fitness.models",)

# What each table is made from, in the tests: enough of a graph to go stale in.
READS: dict[str, tuple[str, ...]] = {
    "hub.raw_models": (),
    "hub.rejects": ("hub.raw_models",),
    "hub.models": ("hub.raw_models", "hub.rejects"),
    "hub.model_traits": ("hub.models",),
    "hub.snapshots": (
        "hub.raw_models",
        "hub.models",
        "hub.rejects",
        "hub.raw_cards",
        "hub.raw_configs",
        "hub.papers",
        "hub.outcomes",
    ),
    "hub.raw_cards": ("hub.raw_models", "hub.models"),
    "hub.cards": ("hub.raw_cards",),
    "hub.raw_configs": ("hub.raw_models", "hub.models"),
    "hub.configs": ("hub.raw_configs", "hub.raw_models", "hub.models"),
    "hub.papers": ("hub.raw_models", "hub.model_traits"),
    "hub.outcomes": (
        "hub.raw_models",
        "hub.models",
        "hub.raw_cards",
        "hub.cards",
        "hub.raw_configs",
        "hub.configs",
    ),
    "genealogy.edges": ("hub.raw_models", "hub.models"),
    "genealogy.members": ("genealogy.edges", "hub.models"),
    "genealogy.families": ("genealogy.edges", "genealogy.members", "hub.models"),
    "genealogy.fertility": ("genealogy.edges", "genealogy.members"),
    "genealogy.growth": ("genealogy.members", "hub.models"),
    "genealogy.creations": ("hub.models", "genealogy.members"),
    "hub.quality": ("hub.models",),
    "hub.statistics": ("hub.models", "hub.model_traits", "hub.quality", "genealogy.edges"),
    "similarity.topologies": ("genealogy.edges", "hub.models"),
    "similarity.pairs": ("genealogy.edges", "hub.models"),
    "similarity.vocabulary": _TEXTS,
    "similarity.matched": (
        *_TEXTS,
        "genealogy.edges",
        "genealogy.members",
        "similarity.vocabulary",
    ),
    "similarity.summary": (
        *_TEXTS,
        "genealogy.members",
        "similarity.pairs",
        "similarity.vocabulary",
        "similarity.matched",
    ),
    "inference.findings": (
        *_TEXTS,
        "genealogy.edges",
        "genealogy.members",
        "similarity.pairs",
        "similarity.vocabulary",
        "drift.ordering_summary",
        "fitness.models",
        "fitness.regressions",
        "fitness.feature_impact",
    ),
    "report.scorecard": READ,
    "documentation.coverage": _CARDED_RELATIVES,
    "documentation.sections": _CARDED_RELATIVES,
    "documentation.templates": ("hub.cards", "hub.raw_cards", "hub.models"),
    "drift.numeric": _CARDED_RELATIVES,
    "drift.by_quarter": _RELATIVES,
    "drift.mutation_rates": _RELATIVES,
    "drift.transitions": _RELATIVES,
    "drift.ordering_summary": _RELATIVES,
    "drift.orderings": ("drift.ordering_summary", "drift.transitions"),
    "drift.precedence": ("drift.ordering_summary",),
    "drift.direction_tests": (*_RELATIVES, "drift.ordering_summary"),
    "fitness.models": _CONFIGURED_RELATIVES,
    "fitness.coverage": _FITNESS,
    "fitness.by_size": _FITNESS,
    "fitness.by_family": _FITNESS,
    "fitness.by_context": _FITNESS,
    "fitness.sweet_spots": _FITNESS,
    "fitness.feature_impact": _FITNESS,
    "fitness.summary": (
        *_FITNESS,
        "fitness.by_size",
        "fitness.by_family",
        "fitness.sweet_spots",
        "fitness.feature_impact",
    ),
    "fitness.regressions": _FITNESS,
    "fitness.curves": _FITNESS,
    "fitness.diagnostics": _FITNESS,
    "fitness.config_mutations": _CONFIGURED_RELATIVES,
    "fitness.config_mutation_kinds": _CONFIGURED_RELATIVES,
    "fitness.relation_contradictions": _CONFIGURED_RELATIVES,
    "policy.license_terms": ("hub.models",),
    "policy.license_conflicts": ("hub.raw_models", "hub.models", "genealogy.edges"),
    "policy.inherited_terms": ("hub.raw_models", "hub.models", "genealogy.edges"),
    "policy.conflict_rates": ("policy.inherited_terms", *_RELATIVES),
    "policy.concentration": ("hub.models", "genealogy.members"),
    "policy.transparency": _CARDED_RELATIVES,
    "evolution.operator_priors": _CONFIGURED_RELATIVES,
    "evolution.prior_scores": _CONFIGURED_RELATIVES,
}


def sample_rows(spec: TableSpec, n_rows: int = 4, *, salt: str = "") -> list[dict[str, Any]]:
    """Draw rows that break no rule; the salt changes values that are no key.

    Row i of every table holds the i-th value of every column, so that what
    refers to another table finds its values there.
    """
    rows = 1 if not spec.grain else n_rows
    if len(spec.grain) == 1 and (known := spec.fields[spec.columns.index(spec.grain[0])].values):
        rows = min(rows, len(known))
    names = {*spec.key, *(name for foreign in spec.foreign_keys for name in foreign.columns)}
    for other in TABLES.values():
        names |= {
            name
            for foreign in other.foreign_keys
            if foreign.table == spec.name
            for name in foreign.references
        }
    return [
        {
            field.name: _value(field, i, "" if field.name in names else salt)
            for field in spec.fields[1:]
        }
        for i in range(rows)
    ]


def _value(field: Field, i: int, salt: str) -> object:
    shift = int.from_bytes(hashlib.sha256(salt.encode()).digest()[:2], "big") if salt else 0
    if field.values:
        return field.values[i % len(field.values)]
    if field.type.endswith("[]") and field.type != "VARCHAR[]":
        one = _of_type(field.type[:-2], i, shift, salt)
        return [one, one][: 1 + i % 2]
    return _of_type(field.type, i, shift, salt)


def _of_type(kind: str, i: int, shift: int, salt: str) -> object:
    return {
        "BIGINT": i + shift,
        "BOOLEAN": (i + shift) % 2 == 0,
        "DATE": dt.date(2024, 1, 1) + dt.timedelta(days=i),
        "DOUBLE": i + shift / 7,
        "INTEGER": i + shift,
        "TIMESTAMP": dt.datetime(2024, 1, 1) + dt.timedelta(hours=i, seconds=shift),
        "VARCHAR": f"org/näme-{i:03d}{salt}",
        "VARCHAR[]": [f"a{i}", f"é'{salt}"][: 1 + i % 2],
        "MAP(VARCHAR, BIGINT)": {"BF16": i, "F32": shift},
    }[kind]


def arrow_rows(spec: TableSpec, rows: list[dict[str, Any]]) -> pa.Table:
    """Give rows as Arrow, without ``snapshot``, as a step hands them over."""
    schema = pa.schema(list(spec.arrow_schema())[1:])
    columns = {
        field.name: pa.array(
            [
                list(value.items()) if isinstance(value := row[field.name], dict) else value
                for row in rows
            ],
            field.type,
        )
        for field in schema
    }
    return pa.table(columns, schema=schema)


def provenance(lake: Lake, spec: TableSpec, key: str, *, revision: str = "1") -> Provenance:
    """Say what makes a table of the tests, from its inputs as they are now."""
    return Provenance(
        table=spec.name,
        snapshot=key,
        source="demo",
        source_revision=revision,
        code_version="0",
        settings_hash="0" * 16,
        seed=1,
        created_at="2025-06-30T00:00:00.000000",
        inputs={
            name: lake.provenance(TABLES[name], key).fingerprint
            for name in READS[spec.name]
            if lake.has(TABLES[name], key)
        },
    )


def put(
    engine: Engine, lake: Lake, spec: TableSpec, key: str, *, revision: str = "1", n_rows: int = 4
) -> Provenance:
    """Write one partition as a run with this revision of the source would."""
    made = provenance(lake, spec, key, revision=revision)
    rows = arrow_rows(spec, sample_rows(spec, n_rows, salt=revision))
    lake.write(engine, spec, key, rows, made)
    return made


def fill(engine: Engine, lake: Lake, key: str, *, revision: str = "1", n_rows: int = 4) -> None:
    """Write every table of a snapshot, in the order of the registry."""
    for spec in TABLES.values():
        put(engine, lake, spec, key, revision=revision, n_rows=n_rows)


def database_digests(path: Path) -> dict[str, str]:
    """Digest every published table and the ledger, whatever the order of rows."""
    digests = {}
    with duckdb.connect(str(path), read_only=True) as connection:
        names = [f'"{spec.schema}"."{spec.table}"' for spec in PUBLISHED]
        for name in [*names, "main.biome_partitions"]:
            rows = connection.execute(f"SELECT * FROM {name}").fetchall()
            text = "\n".join(sorted(map(repr, rows)))
            digests[name] = hashlib.sha256(text.encode()).hexdigest()
    return digests
