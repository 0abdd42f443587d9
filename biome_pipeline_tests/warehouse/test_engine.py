"""The engine: types at the boundary, limits, and files that say what they are."""

from __future__ import annotations

import datetime as dt
import warnings

import ibis
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from biome_pipeline.errors import DataDirectoryError, PartitionCorruptError, WarehouseError
from biome_pipeline.settings import Settings
from biome_pipeline.warehouse.engine import conform, open_engine
from biome_pipeline.warehouse.tables import TABLES
from biome_pipeline.warehouse.tables.genealogy import CREATIONS
from biome_pipeline_tests.warehouse.partitions import arrow_rows, provenance, sample_rows

KEY = "2025-06-30"


@pytest.mark.parametrize("spec", TABLES.values(), ids=TABLES)
def test_rows_are_the_same_after_a_file(engine, lake, spec):
    rows = sample_rows(spec)
    made = provenance(lake, spec, KEY)
    assert lake.write(engine, spec, KEY, arrow_rows(spec, rows), made) == len(rows)
    back = engine.to_arrow(lake.read(engine, spec, KEY)).to_pylist()
    wanted = [{"snapshot": dt.date(2025, 6, 30), **row} for row in rows]
    for row in back:
        for name, value in row.items():
            if isinstance(value, list) and value and isinstance(value[0], tuple):
                row[name] = dict(value)
    key = [name for name in spec.key if name != "snapshot"]
    assert sorted(back, key=lambda r: [r[n] for n in key]) == sorted(
        wanted, key=lambda r: [r[n] for n in key]
    )
    assert pq.read_schema(lake.path(spec, KEY)).names == list(spec.columns)


def months(n: int) -> pa.Table:
    day = dt.date(2024, 1, 1)
    return pa.table(
        {
            "month": pa.array([day] * n, pa.date32()),
            "n_models": pa.array([2**62] * n, pa.int64()),
            "n_related": pa.array([3] * n, pa.int64()),
            "n_backfilled": pa.array([0] * n, pa.int64()),
        }
    )


def summed(engine, n: int):
    rows = engine.memory_table(months(n))
    return rows.group_by("month").agg(
        n_models=rows.n_models.sum(), n_related=rows.n_related.sum(), n_backfilled=rows.count()
    )


def test_sums_of_128_bits_become_64_bit_integers(engine, lake):
    lake.write(engine, CREATIONS, KEY, summed(engine, 1), provenance(lake, CREATIONS, KEY))
    file = pq.read_table(lake.path(CREATIONS, KEY))
    assert file.schema.field("n_models").type == pa.int64()
    assert file["n_models"].to_pylist() == [2**62]


def test_a_sum_that_does_not_fit_raises_and_leaves_the_old_partition(engine, lake):
    made = provenance(lake, CREATIONS, KEY)
    lake.write(engine, CREATIONS, KEY, summed(engine, 1), made)
    before = lake.path(CREATIONS, KEY).read_bytes()
    with pytest.raises(Exception, match="out of range"):
        lake.write(engine, CREATIONS, KEY, summed(engine, 2), made)
    assert lake.path(CREATIONS, KEY).read_bytes() == before
    assert list((lake.data / "incoming").iterdir()) == []


def test_conform_gives_the_columns_in_order_and_drops_others(engine):
    rows = engine.memory_table(months(1)).mutate(odd=ibis.literal(1))
    shuffled = rows.select("odd", "n_backfilled", "n_related", "n_models", "month")
    found = conform(shuffled, CREATIONS, KEY)
    assert list(found.columns) == list(CREATIONS.columns)
    assert engine.to_arrow(found)["snapshot"].to_pylist() == [dt.date(2025, 6, 30)]


def test_conform_names_a_missing_column(engine):
    with pytest.raises(Exception, match="n_related"):
        conform(engine.memory_table(months(1)).drop("n_related"), CREATIONS, KEY)


def test_quotes_in_metadata_and_paths_are_only_text(engine, tmp_path):
    folder = tmp_path / "it's; DROP TABLE x --"
    folder.mkdir()
    path = folder / "a.parquet"
    expression = engine.memory_table(pa.table({"n": [1]}))
    said = {"biome's": "{'a': \"b\"}\n;"}
    engine.copy_to_parquet(expression, path, types={"n": "BIGINT"}, metadata=said)
    assert pq.read_metadata(path).metadata[b"biome's"] == said["biome's"].encode()
    assert engine.to_arrow(engine.scan(path)).to_pylist() == [{"n": 1}]


def test_the_row_number_is_the_place_in_the_file(engine, tmp_path):
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"n": list(range(500))}), path, row_group_size=70)
    found = engine.to_arrow(engine.scan(path, with_row_number=True).order_by("file_row_number"))
    assert found["file_row_number"].to_pylist() == found["n"].to_pylist()


def test_garbage_is_a_corrupt_partition(engine, tmp_path):
    path = tmp_path / "a.parquet"
    path.write_bytes(b"<html>" * 10)
    with pytest.raises(PartitionCorruptError, match=r"a\.parquet"):
        engine.scan(path)


def test_a_place_that_cannot_be_written_is_named(engine, tmp_path):
    expression = engine.memory_table(pa.table({"n": [1]}))
    below_a_file = tmp_path / "file" / "x.parquet"
    below_a_file.parent.write_bytes(b"")
    with pytest.raises(DataDirectoryError, match=r"x\.parquet.*another --data"):
        engine.copy_to_parquet(
            expression, below_a_file, types={"n": "BIGINT"}, metadata={"made": "here"}
        )


def test_a_materialized_table_is_computed_once(engine):
    drawn = engine.materialize(
        engine.memory_table(pa.table({"n": [1, 2, 3]})).mutate(u=ibis.random())
    )
    assert engine.to_arrow(drawn.order_by("n")).equals(engine.to_arrow(drawn.order_by("n")))


def test_batches_together_are_the_rows_and_none_is_larger_than_asked(engine):
    rows = engine.memory_table(pa.table({"n": list(range(10_000))})).mutate(text=ibis.literal("x"))
    batches = list(engine.to_batches(rows.order_by("n"), n_rows=700))
    assert [batch.num_rows for batch in batches] == [700] * 14 + [200]
    assert pa.Table.from_batches(batches).equals(engine.to_arrow(rows.order_by("n")))


def test_a_fault_in_the_midst_of_batches_is_foreseen(engine, tmp_path):
    path = tmp_path / "a.parquet"
    pq.write_table(
        pa.table({"t": [str(i) * 9 for i in range(200_000)]}), path, row_group_size=9_000
    )
    rows = engine.scan(path)
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 20_000] = bytes(20_000)
    path.write_bytes(content)
    with pytest.raises(PartitionCorruptError):
        list(engine.to_batches(rows, n_rows=1_000))


def test_the_limits_of_the_settings_hold(tmp_path):
    settings = Settings(data=tmp_path, threads=1, memory_limit="50MB")
    with open_engine(settings, spill=tmp_path / "spill") as opened:
        ask = opened.backend.con.execute
        assert ask("SELECT current_setting('threads')").fetchone() == (1,)
        assert ask("SELECT current_setting('TimeZone')").fetchone() == ("UTC",)
        assert ask("SELECT current_setting('autoinstall_known_extensions')").fetchone() == (False,)
        assert ask("SELECT current_setting('temp_directory')").fetchone()[0].endswith("spill")
        ask("SET max_temp_directory_size = '0KB'")
        wide = ibis.range(0, 3_000_000).unnest().name("n").as_table()
        with pytest.raises(WarehouseError):
            opened.materialize(wide.mutate(text=wide.n.cast("string").repeat(20)))


def test_an_engine_is_closed_even_after_an_error(tmp_path):
    with (
        pytest.raises(ZeroDivisionError),
        open_engine(Settings(data=tmp_path, threads=1)) as opened,
    ):
        _ = 1 / 0
    with pytest.raises(Exception, match=r"[Cc]losed|NoneType"):
        opened.backend.con.execute("SELECT 1").fetchone()


def test_a_released_table_is_gone_and_the_others_stay(engine):
    first = engine.materialize(engine.memory_table(pa.table({"n": [1]})))
    second = engine.materialize(first.mutate(m=first.n + 1))
    engine.release(first)
    assert engine.to_arrow(second).to_pylist() == [{"n": 1, "m": 2}]
    with pytest.raises(Exception, match="does not exist"):
        engine.to_arrow(first)


@ibis.udf.scalar.pyarrow
def doubled(n: int) -> int:
    return pc.multiply(n, 2)


def test_functions_in_python_are_known_wherever_an_expression_goes(tmp_path):
    rows = pa.table({"n": pa.array([1, 2], pa.int64())})
    path = tmp_path / "a.parquet"
    with open_engine(Settings()) as fresh:
        table = fresh.memory_table(rows)
        asked = table.select(n=doubled(table.n))
        batches = list(fresh.to_batches(asked, n_rows=10))
        assert [row for batch in batches for row in batch.to_pylist()] == [{"n": 2}, {"n": 4}]
    with open_engine(Settings()) as fresh:
        table = fresh.memory_table(rows)
        asked = table.select(n=doubled(table.n))
        fresh.copy_to_parquet(asked, path, types={"n": "BIGINT"}, metadata={"a": "b"})
    assert pq.read_table(path)["n"].to_pylist() == [2, 4]


def test_a_user_does_not_see_what_ibis_and_duckdb_deprecate(settings):
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        with open_engine(settings) as engine:
            rows = engine.memory_table(pa.table({"a": [1]}))
            assert engine.materialize(rows).schema().names == ("a",)
    assert [str(warning.message) for warning in seen] == []
