"""Which models matter most, against a definition in plain Python."""

from __future__ import annotations

import datetime as dt
from random import Random
from typing import Any

import pyarrow as pa
import pytest

from biome_pipeline.snapshot.choice import by_importance
from biome_pipeline.warehouse.engine import open_engine
from biome_pipeline_tests.worlds import chain

Row = dict[str, Any]

MODELS = pa.schema(
    {
        "node": pa.string(),
        "model_id": pa.string(),
        "row_number": pa.int64(),
        "downloads": pa.int64(),
        "last_modified": pa.timestamp("us"),
        "gated": pa.string(),
        "tags": pa.list_(pa.string()),
    }
)
RAW = pa.schema({"row_number": pa.int64(), "sha": pa.string()})
DAY = dt.datetime(2025, 6, 30, 12, 0, 1, 999_999)


@pytest.fixture(scope="module")
def engine():
    with open_engine(chain.settings()) as engine:
        yield engine


def model(name: str, number: int = 0, **facts: object) -> Row:
    known: Row = {"downloads": 0, "last_modified": DAY, "gated": "false", "tags": []}
    return {"node": name, "model_id": name, "row_number": number} | known | facts


def chosen(engine, models: list[Row], shas: dict[int, str] | None = None) -> list[Row]:
    raw = [
        {"row_number": m["row_number"], "sha": (shas or {}).get(m["row_number"])} for m in models
    ]
    tables = (
        engine.memory_table(pa.Table.from_pylist(rows, schema=schema))
        for rows, schema in ((models, MODELS), (raw, RAW))
    )
    return by_importance(engine, *tables).to_pylist()


def parents(row: Row) -> set[str]:
    """Read the ids that a model names as its parents: ``base_model:relation:id`` or without."""
    tags = [tag for tag in row["tags"] or [] if tag.startswith("base_model:")]
    return {tag.rsplit(":", 1)[1] for tag in tags}


def drawn(random: Random, n: int) -> list[Row]:
    names = [f"org/m-{i:02}" for i in range(n)]

    def tags() -> list[str] | None:
        found = ["region:us"]
        for parent in random.sample([*names, "gone/parent"], random.choice([0, 0, 1, 2])):
            found.append(f"base_model:{parent}")
            if random.random() < 0.5:
                found.append(f"base_model:{random.choice(['finetune', 'merge'])}:{parent}")
        return random.choice([None, found, found, found])

    return [
        model(
            name,
            i,
            downloads=random.choice([None, 0, 5, 5, random.randrange(1_000)]),
            tags=tags(),
            gated=random.choice([None, "false", "auto", "manual"]),
        )
        for i, name in enumerate(random.sample(names, n))
    ]


@pytest.mark.parametrize("seed", range(8))
def test_the_order_is_as_defined(engine, seed: int) -> None:
    random = Random(seed)
    models = drawn(random, 40 if seed else 1)
    named = {parent for row in models for parent in parents(row)}

    def rank(row: Row) -> tuple[object, ...]:
        has_children, is_root = row["model_id"] in named, not parents(row)
        return (not has_children, not (has_children and is_root), -(row["downloads"] or 0))

    wanted = sorted(models, key=lambda row: (*rank(row), row["model_id"]))
    shas = {row["row_number"]: f"{row['row_number']:040x}" for row in models[::2]}
    assert chosen(engine, models, shas) == [
        {
            "model_id": row["model_id"],
            "sha": shas.get(row["row_number"]),
            "modified": "2025-06-30T12:00:01",
            "is_gated": row["gated"] in {"auto", "manual"},
        }
        for row in wanted
    ]


def test_a_parent_comes_before_what_is_downloaded_most(engine) -> None:
    models = [
        model("popular", 0, downloads=10**9),
        model("middle", 1, downloads=7, tags=["base_model:finetune:root"]),
        model("leaf", 2, downloads=8, tags=["base_model:middle", "base_model:middle"]),
        model("root", 3),
    ]
    order = [row["model_id"] for row in chosen(engine, models)]
    assert order == ["root", "middle", "popular", "leaf"]


@pytest.mark.parametrize("at", [None, dt.datetime(1, 1, 1), dt.datetime(9999, 12, 31, 23, 59, 59)])
def test_a_time_is_written_in_whole_seconds(engine, at: dt.datetime | None) -> None:
    """As in the shelf, so that the same revision is known again."""
    (row,) = chosen(engine, [model("org/m", last_modified=at)])
    assert row["modified"] == (None if at is None else at.isoformat())
