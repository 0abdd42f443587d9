"""Cards by node are those of the table, and four states are kept apart."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from biome_pipeline.snapshot.card_arrays import NOT_ASKED, card_arrays
from biome_pipeline.vocabulary.card_sections import SECTIONS
from biome_pipeline.warehouse.engine import open_engine
from biome_pipeline_tests.reference.documentation import standing
from biome_pipeline_tests.worlds.chain import settings

OUTCOMES = ("ok", "missing", "empty", "gated", "too_large", "not_utf8", "bad_yaml", "not_asked")
FLAGS = tuple(f"has_{section}" for section in SECTIONS)
SCHEMA = pa.schema(
    {
        "model_id": pa.string(),
        "outcome": pa.string(),
        "characters": pa.int64(),
        "words": pa.int64(),
        "is_auto_generated": pa.bool_(),
        **dict.fromkeys(FLAGS, pa.bool_()),
    }
)


@pytest.fixture(scope="module")
def engine():
    with open_engine(settings()) as opened:
        yield opened


def draw(seed: int) -> tuple[list[str], list[dict[str, Any]]]:
    draw = random.Random(seed)
    ids = sorted(f"org/model-{draw.randrange(10**6)}" for _ in range(draw.randrange(0, 40)))
    ids = list(dict.fromkeys(ids))
    rows = []
    for name in ids:
        if draw.random() < 0.2:
            continue
        outcome = draw.choice(OUTCOMES)
        row: dict[str, Any] = {"model_id": name, "outcome": outcome}
        if outcome in {"ok", "bad_yaml", "empty"} and draw.random() < 0.9:
            n = draw.randrange(0, 3) if outcome == "empty" else draw.choice((0, 3, 4, 900))
            row |= {
                "characters": n,
                "words": n // 5,
                "is_auto_generated": draw.random() < 0.5,
                **{flag: draw.random() < 0.3 for flag in FLAGS},
            }
        rows.append(row)
    draw.shuffle(rows)
    return ids, rows


def test_arrays_are_the_rows_by_node(engine) -> None:
    for seed in range(40):
        ids, rows = draw(seed)
        # Rows of models are in any order, and nodes are the ranks of ids.
        order = random.Random(seed).sample(range(len(ids)), len(ids))
        models = pa.table(
            {
                "model_id": pa.array([ids[k] for k in order], pa.string()),
                "node": pa.array(order, pa.int32()),
            }
        )
        cards = pa.Table.from_pylist(rows, schema=SCHEMA)
        found = card_arrays(engine, engine.memory_table(cards), engine.memory_table(models))
        by_id = {row["model_id"]: row for row in cards.to_pylist()}
        assert found.outcomes[0] == NOT_ASKED
        assert found.is_empty == ({row["outcome"] for row in rows} <= {NOT_ASKED})
        for node, name in enumerate(ids):
            row = by_id.get(name)
            has, is_read = standing(row)
            assert found.outcomes[found.outcome[node]] == (row or {"outcome": NOT_ASKED})["outcome"]
            assert same(found.has_card[node], has)
            assert found.is_read[node] == is_read
            for column in ("characters", "words", "is_auto_generated"):
                assert same(getattr(found, column)[node], row[column] if is_read else None)
            sections = [bool(is_read and row[flag]) for flag in FLAGS]
            assert found.sections[node].tolist() == sections


def same(number: float, value: float | None) -> bool:
    return bool(np.isnan(number)) if value is None else number == float(value)


def test_no_models_have_no_cards(engine) -> None:
    models = pa.table({"model_id": pa.array([], pa.string()), "node": pa.array([], pa.int32())})
    cards = SCHEMA.empty_table()
    found = card_arrays(engine, engine.memory_table(cards), engine.memory_table(models))
    assert found.is_empty
    assert found.has_card.size == 0
    assert found.sections.shape == (0, 7)
