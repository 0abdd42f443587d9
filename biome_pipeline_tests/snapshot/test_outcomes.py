"""``hub.outcomes``: each model and kind once, against a definition in plain Python."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import Any

import pyarrow as pa
import pytest

from biome_pipeline.snapshot.outcomes import count_unaccounted, outcomes
from biome_pipeline.warehouse.engine import open_engine
from biome_pipeline_tests.reference.rows import assert_same_rows
from biome_pipeline_tests.worlds import chain

Row = dict[str, Any]

ASKED = ("ok", "missing", "empty", "gated", "too_large", "not_utf8", "failed")
READ = ("ok", "bad_yaml", "invalid_json")
RAW = pa.schema(
    {
        "model_id": pa.string(),
        "outcome": pa.string(),
        "attempts": pa.int32(),
        "bytes": pa.int64(),
        "detail": pa.string(),
    }
)
JUDGED = pa.schema({"model_id": pa.string(), "outcome": pa.string()})
KEPT = pa.schema({"model_id": pa.string(), "kind": pa.string()})


@pytest.fixture(scope="module")
def engine():
    with open_engine(chain.settings()) as engine:
        yield engine


def drawn(random: Random, names: list[str]) -> tuple[list[Row], list[Row]]:
    """Draw what was asked for of one kind, and what was read in it.

    Like the configs of a listing, some that were read were never asked for.
    """
    raw = [
        {
            "model_id": name,
            "outcome": random.choice(ASKED),
            "attempts": random.randrange(5),
            "bytes": random.choice([None, random.randrange(10_000)]),
            "detail": random.choice([None, "more"]),
        }
        for name in names
        if random.random() < 0.7
    ]
    read = [
        {"model_id": name, "outcome": random.choice(READ)}
        for name in names
        if random.random() < 0.7
    ]
    return raw, read


def expected(kind: str, name: str, raw: list[Row], read: list[Row]) -> Row:
    row: Row = {"model_id": name, "kind": kind, "outcome": "not_asked", "attempts": 0}
    row |= {"bytes": None, "detail": None}
    row |= next((asked for asked in raw if asked["model_id"] == name), {})
    if row["outcome"] == "ok":
        row["outcome"] = next((r["outcome"] for r in read if r["model_id"] == name), "ok")
    return row


@pytest.mark.parametrize("seed", range(6))
def test_outcomes_are_as_defined(engine, seed: int) -> None:
    random = Random(seed)
    names = [f"org/m-{i}" for i in range((80, 0, 80, 1, 80, 80)[seed])]
    kinds = {kind: drawn(random, names) for kind in ("card", "config")}
    tables = [engine.memory_table(pa.table({"model_id": pa.array(names, pa.string())}))]
    for raw, read in kinds.values():
        tables.append(engine.memory_table(pa.Table.from_pylist(raw, schema=RAW)))
        tables.append(engine.memory_table(pa.Table.from_pylist(read, schema=JUDGED)))
    found = engine.to_arrow(outcomes(*tables))
    wanted = [expected(kind, name, *lists) for kind, lists in kinds.items() for name in names]
    assert_same_rows(found.to_pylist(), wanted, ("kind", "model_id"), f"seed {seed}")
    assert count_unaccounted(engine, len(names), engine.memory_table(found)) == 0


@pytest.mark.parametrize("seed", range(6))
def test_what_has_not_exactly_one_outcome_is_counted(engine, seed: int) -> None:
    random = Random(seed)
    names = [f"org/m-{i}" for i in range(50)]
    rows = [{"model_id": n, "kind": kind} for n in names for kind in ("card", "config")]
    kept = [row for row in rows if random.random() < 0.9]
    kept += random.sample(kept, 7)
    times = Counter((row["model_id"], row["kind"]) for row in kept)
    n_off = sum(times[row["model_id"], row["kind"]] != 1 for row in rows)
    assert n_off > 7
    table = engine.memory_table(pa.Table.from_pylist(kept, schema=KEPT))
    assert count_unaccounted(engine, len(names), table) == n_off


def test_a_kind_that_is_missing_altogether_is_counted(engine) -> None:
    rows = [{"model_id": f"org/m-{i}", "kind": "card"} for i in range(50)]
    table = engine.memory_table(pa.Table.from_pylist(rows, schema=KEPT))
    assert count_unaccounted(engine, 50, table) == 50


def test_a_source_whose_models_are_not_asked_about_has_none(engine) -> None:
    table = engine.memory_table(pa.Table.from_pylist([], schema=KEPT))
    assert count_unaccounted(engine, 50, table) == 0
