"""For every rule and every table a planted violation is found, and a clean partition passes."""

from __future__ import annotations

import copy

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from biome_pipeline.errors import PartitionCorruptError, PartitionNotFoundError
from biome_pipeline.warehouse.integrity import RULES, check_partition, row_change, rules_of
from biome_pipeline.warehouse.lake import Lake
from biome_pipeline.warehouse.tables import TABLES
from biome_pipeline.warehouse.tables.hub import MODELS, RAW_MODELS, SNAPSHOTS
from biome_pipeline_tests.warehouse.partitions import (
    arrow_rows,
    fill,
    provenance,
    put,
    sample_rows,
)

KEY = "2025-06-30"


@pytest.fixture(scope="module")
def clean(engine, tmp_path_factory) -> Lake:
    """A lake without fault, for all tests; what is planted goes to a copy of one table."""
    lake = Lake(tmp_path_factory.mktemp("clean"))
    fill(engine, lake, KEY)
    return lake


@pytest.fixture
def plant(engine, clean, lake):
    """Write rows as one table into a lake whose other tables are clean."""

    def _plant(spec, rows):
        for other in TABLES.values():
            link = lake.path(other, KEY)
            link.parent.mkdir(parents=True)
            link.symlink_to(clean.path(other, KEY))
        lake.path(spec, KEY).unlink()
        made = provenance(lake, spec, KEY)
        lake.write(engine, spec, KEY, arrow_rows(spec, rows), made)
        return broken(engine, lake, spec)

    return _plant


def broken(engine, lake, spec):
    return {
        verdict.rule: verdict
        for verdict in check_partition(engine, lake, spec, KEY)
        if not verdict.holds
    }


@pytest.mark.parametrize("spec", TABLES.values(), ids=TABLES)
def test_a_clean_partition_passes_every_rule(engine, clean, spec):
    verdicts = check_partition(engine, clean, spec, KEY)
    assert [verdict.rule for verdict in verdicts] == list(rules_of(spec))
    assert all(verdict.holds and verdict.detail == "" for verdict in verdicts)
    assert set(rules_of(spec)) <= set(RULES)


REQUIRED = [
    (spec, name) for spec in TABLES.values() for name in spec.never_null if name != "snapshot"
]


@pytest.mark.parametrize(
    ("spec", "name"), REQUIRED, ids=[f"{spec.name}.{name}" for spec, name in REQUIRED]
)
def test_a_null_in_a_required_column_is_found(plant, spec, name):
    rows = sample_rows(spec)
    rows[-1][name] = None
    found = plant(spec, rows)
    assert found["required"].n_broken == 1
    assert found["required"].detail == f"{name} is NULL in 1 rows"


@pytest.mark.parametrize("spec", TABLES.values(), ids=TABLES)
def test_a_null_elsewhere_is_no_fault(plant, spec):
    rows = sample_rows(spec)
    for name in set(spec.columns) - set(spec.never_null):
        rows[0][name] = None
    assert plant(spec, rows) == {}


@pytest.mark.parametrize("spec", TABLES.values(), ids=TABLES)
def test_a_repeated_key_is_found(plant, spec):
    rows = sample_rows(spec)
    rows += [copy.deepcopy(rows[0]), copy.deepcopy(rows[0])]
    found = plant(spec, rows)
    assert set(found) == {"key"}
    assert found["key"].n_broken == 2


CLOSED = [(spec, field.name) for spec in TABLES.values() for field in spec.fields if field.values]


@pytest.mark.parametrize(
    ("spec", "name"), CLOSED, ids=[f"{spec.name}.{name}" for spec, name in CLOSED]
)
def test_a_word_outside_the_vocabulary_is_found(plant, spec, name):
    rows = sample_rows(spec)
    rows[-1][name] = "none's word"
    found = plant(spec, rows)
    assert found["values"].n_broken == 1
    assert found["values"].detail == f"{name} has 1 unknown values"


REFERRING = [
    (spec, name, foreign)
    for spec in TABLES.values()
    for foreign in spec.foreign_keys
    for name in foreign.columns
]


@pytest.mark.parametrize(
    ("spec", "name", "foreign"),
    REFERRING,
    ids=[f"{spec.name}.{name}" for spec, name, _ in REFERRING],
)
def test_a_value_that_is_not_in_the_other_table_is_found(plant, spec, name, foreign):
    rows = sample_rows(spec)
    field = next(field for field in spec.fields if field.name == name)
    # A word of the vocabulary, or a number, that stands in another row there.
    rows[-1][name] = field.values[1] if field.values else 10_000
    if field.type == "VARCHAR" and not field.values:
        rows[-1][name] = "nobody/nothing"
    found = plant(spec, rows)
    assert set(found) == {"references"}
    assert found["references"].n_broken == 1
    assert foreign.table in found["references"].detail


@pytest.mark.parametrize("spec", TABLES.values(), ids=TABLES)
def test_no_rows_are_found_where_there_must_be_some(plant, spec):
    found = plant(spec, [])
    assert set(found) == (set() if spec.may_be_empty else {"rows"})


def rewrite(lake, spec, change) -> None:
    """Change the file of a partition behind the back of the lake."""
    path = lake.path(spec, KEY)
    rows = pq.read_table(path)
    kept = rows.schema.metadata
    pq.write_table(change(rows).replace_schema_metadata(kept), path)


@pytest.mark.parametrize("spec", TABLES.values(), ids=TABLES)
def test_a_missing_a_retyped_and_an_unknown_column_are_found(engine, lake, spec):
    fill(engine, lake, KEY)
    last = spec.columns[-1]
    rewrite(lake, spec, lambda rows: rows.drop_columns([last]))
    verdicts = check_partition(engine, lake, spec, KEY)
    assert [verdict.rule for verdict in verdicts] == ["types"]
    assert verdicts[0].detail == f"column {last} is missing"
    rewrite(lake, spec, lambda rows: rows.append_column(last, pa.nulls(len(rows), pa.float32())))
    (verdict,) = check_partition(engine, lake, spec, KEY)
    kind = spec.fields[-1].type
    assert verdict.detail == f"column {last} is FLOAT instead of {kind}"
    rewrite(lake, spec, lambda rows: rows.append_column("odd", pa.nulls(len(rows), pa.int64())))
    (verdict,) = check_partition(engine, lake, spec, KEY)
    assert verdict.n_broken == 2
    assert "column odd is unknown" in verdict.detail


def test_a_partition_that_is_not_parquet_is_named(engine, lake):
    fill(engine, lake, KEY)
    lake.path(MODELS, KEY).write_bytes(b"PAR1 or not")
    with pytest.raises(PartitionCorruptError, match=r"hub/models/snapshot=2025-06-30"):
        check_partition(engine, lake, MODELS, KEY)


def test_equal_hashes_alone_are_no_repeated_key(plant, monkeypatch):
    from biome_pipeline.warehouse import integrity

    monkeypatch.setattr(integrity, "_digest", lambda _columns: "0::UBIGINT")
    assert plant(MODELS, sample_rows(MODELS)) == {}


class TestRowChange:
    """The comparison of sizes."""

    def test_it_compares_with_the_snapshot_before_not_the_newest(self, engine, lake):
        for key, n_rows in (("2025-01-01", 8), ("2025-02-01", 4), ("2025-03-01", 9)):
            put(engine, lake, RAW_MODELS, key, n_rows=n_rows)
        change = row_change(lake, RAW_MODELS, "2025-02-01")
        assert (change.n_rows, change.n_before, change.before) == (4, 8, "2025-01-01")
        assert change.share == 0.5

    def test_the_first_of_its_kind_has_nothing_to_compare_with(self, engine, lake):
        put(engine, lake, SNAPSHOTS, "2025-02-01")
        made = provenance(lake, SNAPSHOTS, "2025-01-01")
        other = type(made)(**{**made.__dict__, "source": "file:/a.parquet"})
        lake.write(
            engine, SNAPSHOTS, "2025-01-01", arrow_rows(SNAPSHOTS, sample_rows(SNAPSHOTS)), other
        )
        change = row_change(lake, SNAPSHOTS, "2025-02-01")
        assert change.before is None
        assert change.share == 1.0

    def test_a_missing_partition_is_named(self, lake):
        with pytest.raises(PartitionNotFoundError, match=r"hub\.snapshots"):
            row_change(lake, SNAPSHOTS, KEY)
