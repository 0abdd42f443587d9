"""``hub.configs``: file and listing agree, and every model has the row that it should."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from biome_pipeline.snapshot.config_facts import FACTS, config_facts
from biome_pipeline.snapshot.configs import configs
from biome_pipeline.snapshot.listed_configs import LISTED_FACTS, listed_configs
from biome_pipeline.vocabulary.model_families import ARCHITECTURE_FAMILIES, MODEL_FAMILIES
from biome_pipeline.vocabulary.model_types import FLAT_TYPES, ROPE_TYPES
from biome_pipeline.warehouse.engine import conform, open_engine
from biome_pipeline.warehouse.tables.configs import CONFIGS, RAW_CONFIGS
from biome_pipeline_tests.reference.rows import assert_same_rows
from biome_pipeline_tests.worlds import chain

if TYPE_CHECKING:
    from collections.abc import Sequence

Row = dict[str, Any]

OUTCOMES = ("ok", "missing", "gated", "too_large", "not_utf8", "failed", "not_asked")


@pytest.fixture(scope="module")
def engine():
    with open_engine(chain.settings()) as engine:
        yield engine


def listed_rows(engine, texts: list[str]) -> list[Row]:
    table = pa.table({"config": sorted(set(texts))})
    found = engine.to_arrow(listed_configs(engine, engine.memory_table(table))).to_pylist()
    by_text = {row.pop("config"): row for row in found}
    assert len(by_text) == len(found) == len(table)
    return [by_text[text] for text in texts]


# Agreement of the listing with the file

TYPES = (*sorted({*MODEL_FAMILIES, *FLAT_TYPES}), "unheard_of", "é", "a\nb", "")
CLASSES = (
    *(f"{stem}ForCausalLM" for stem in ARCHITECTURE_FAMILIES),
    "GPT2LMHeadModel",
    "BertModel",
    "X" * 130,
)
ODD = (None, 7, 1.5, True, False, [], {}, ["a"], {"a": 1}, "", "x\x1b[0m", 2**70)
QUANTIZATION = (None, {}, [], "", False, True, 0, {"quant_method": "awq"}, {"a": {}}, "fp8", [1])
NUMBERS = ("hidden_size", "num_attention_heads", "num_key_value_heads", "num_experts", "alibi")


def draw_config(rng: random.Random) -> Row:
    """Draw a config of the keys that the listing repeats, and of some that it does not."""

    def usual(words: Sequence[Any]) -> Any:
        return rng.choice(words if rng.random() < 0.8 else ODD)

    config: Row = {name: usual(range(9)) for name in NUMBERS if rng.random() < 0.4}
    if rng.random() < 0.8:
        config["model_type"] = usual(TYPES)
    if rng.random() < 0.8:
        classes = [usual(CLASSES) for _ in range(rng.randint(0, 2))]
        config["architectures"] = usual([classes])
    for key in ("quantization_config", "compression_config"):
        if rng.random() < 0.3:
            config[key] = rng.choice(QUANTIZATION)
    if rng.random() < 0.3:
        config["text_config"] = {
            "model_type": usual(TYPES),
            "num_key_value_heads": rng.randint(1, 4),
            "num_attention_heads": 4,
            **({"quantization_config": {"bits": 4}} if rng.random() < 0.5 else {}),
        }
    return config


@pytest.mark.parametrize("seed", range(6))
def test_the_listing_says_nothing_but_what_the_file_says(engine, seed: int) -> None:
    rng = random.Random(seed)
    drawn = [draw_config(rng) for _ in range(700)]
    kept = ("model_type", "architectures", "quantization_config", "compression_config")
    reduced = [{key: config[key] for key in kept if key in config} for config in drawn]
    rows = listed_rows(engine, [json.dumps(config) for config in reduced])
    for config, small, row in zip(drawn, reduced, rows, strict=True):
        whole, same = config_facts(json.dumps(config)), config_facts(json.dumps(small))
        assert row["outcome"] == whole.outcome == "ok"
        for fact in LISTED_FACTS:
            assert row[fact] is None or row[fact] == getattr(whole, fact), (fact, config)
        # What the reduced document itself tells must not be lost.
        for fact in ("model_type", "family", "architecture"):
            assert row[fact] == getattr(same, fact), (fact, small)
        assert tuple(row["anomalies"]) == same.anomalies, small
        if whole.uses_quantization and any(small.get(key) for key in kept[2:]):
            assert row["uses_quantization"] is True


def test_the_listing_tells_what_a_type_alone_tells(engine) -> None:
    kinds = sorted({*FLAT_TYPES, *MODEL_FAMILIES})
    rows = listed_rows(engine, [json.dumps({"model_type": kind}) for kind in kinds])
    told = 0
    for kind, row in zip(kinds, rows, strict=True):
        facts = config_facts(json.dumps({"model_type": kind}))
        for fact in ("uses_rope", "uses_moe", "uses_gqa"):
            assert row[fact] == getattr(facts, fact), (kind, fact)
            told += row[fact] is not None
        assert row["uses_quantization"] is (False if kind in FLAT_TYPES else None)
    assert told > 2 * len(ROPE_TYPES)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "{",
        "null",
        "[]",
        "7",
        '"x"',
        "{'a': 1}",
        '{"loss": NaN}',
        "{}",
        '{ "model_type" : "gpt2" }',
    ],
)
def test_outcomes_of_the_listing_are_those_of_the_file(engine, text: str) -> None:
    (row,) = listed_rows(engine, [text])
    assert row["outcome"] == config_facts(text).outcome
    assert row["model_type"] == config_facts(text).model_type


@pytest.mark.parametrize(
    "text", ['{"a":' * 50_000 + "1" + "}" * 50_000, "[" * 50_000, '{"a":' * 50_000]
)
def test_a_depth_bomb_in_the_listing_harms_nobody(engine, text: str) -> None:
    rows = listed_rows(engine, ['{"model_type": "llama"}', text, '{"model_type": "opt"}'])
    assert [row["model_type"] for row in rows] == ["llama", None, "opt"]


# Rows of the table


def draw_tables(seed: int) -> tuple[list[Row], list[Row], list[Row]]:
    """Draw models, raw rows (some repeated, some without a config) and asked files."""
    rng = random.Random(seed)
    kinds = ["llama", "bert", "mixtral", "qwen3_vl", "unheard_of", "t5"]
    models, raw, asked = [], [], []
    for place in range(400):
        model_id = f"owner/model-{place:03}"
        small = rng.choice(
            [None, "", "{", "[]", "{}", json.dumps({"model_type": rng.choice(kinds)})]
        )
        raw.append({"row_number": 2 * place, "model_id": model_id, "config": small})
        # A row of the same model that was not kept.
        raw.append(
            {"row_number": 2 * place + 1, "model_id": model_id, "config": '{"model_type": "no"}'}
        )
        if rng.random() < 0.9:
            models.append({"model_id": model_id, "row_number": 2 * place})
        if rng.random() < 0.7:
            outcome = rng.choice(OUTCOMES)
            whole = {
                "model_type": rng.choice(kinds),
                "hidden_size": rng.randint(1, 99),
                "num_heads": "x",
            }
            text = rng.choice([json.dumps(whole), json.dumps(whole), "", "{", "[]", "[" * 200])
            asked.append(
                {
                    "model_id": model_id,
                    "outcome": outcome,
                    "text": text if outcome == "ok" else None,
                }
            )
    rng.shuffle(raw)
    rng.shuffle(asked)
    return models, raw, asked


def naive_configs(models: list[Row], raw: list[Row], asked: list[Row], listed: Row) -> list[Row]:
    """Give the table by definition, model by model."""
    config_of = {row["row_number"]: row["config"] for row in raw}
    file_of = {row["model_id"]: row for row in asked if row["outcome"] != "not_asked"}
    rows = []
    for model in models:
        small, file = config_of[model["row_number"]], file_of.get(model["model_id"])
        if small is None and file is None:
            continue
        row: Row = {"model_id": model["model_id"], "raw": None, "is_full": False, "outcome": None}
        row |= {fact: None for fact in FACTS if fact != "outcome"} | {"anomalies": []}
        if small is not None:
            row |= {fact: listed[small][fact] for fact in (*LISTED_FACTS, "outcome", "anomalies")}
        if file is not None:
            row |= {"outcome": file["outcome"], "raw": file["text"]}
        if file is not None and file["text"] is not None:
            facts = vars(config_facts(file["text"]))
            row["outcome"] = facts["outcome"]
            if facts["outcome"] == "ok":
                row |= facts | {"is_full": True, "anomalies": list(facts["anomalies"])}
        rows.append(row)
    return rows


def table_of(engine, models: list[Row], raw: list[Row], asked: list[Row]) -> Any:
    text, number = pa.string(), pa.int64()
    tables = [
        (asked, {"model_id": text, "outcome": text, "text": text}),
        (raw, {"row_number": number, "model_id": text, "config": text}),
        (models, {"model_id": text, "row_number": number}),
    ]
    opened = [
        engine.memory_table(pa.Table.from_pylist(rows, schema=pa.schema(list(types.items()))))
        for rows, types in tables
    ]
    return configs(engine, *opened)


def made(engine, models: list[Row], raw: list[Row], asked: list[Row]) -> list[Row]:
    return engine.to_arrow(table_of(engine, models, raw, asked)).to_pylist()


@pytest.mark.parametrize("seed", range(12))
def test_rows_are_those_of_the_definition(engine, seed: int, monkeypatch) -> None:
    # Several batches, the last one not full.
    monkeypatch.setattr("biome_pipeline.snapshot.configs._FILES_PER_BATCH", 7)
    models, raw, asked = draw_tables(seed)
    texts = sorted({row["config"] for row in raw if row["config"] is not None})
    listed = dict(zip(texts, listed_rows(engine, texts), strict=True))
    expected = naive_configs(models, raw, asked, listed)
    found = made(engine, models, raw, asked)
    assert_same_rows(found, expected, ["model_id"], f"seed {seed}")
    assert {row["is_full"] for row in found} == {True, False}
    assert {"too_deep", "missing", "invalid_json", "ok"} <= {row["outcome"] for row in found}


def test_without_files_and_without_models(engine) -> None:
    models = [{"model_id": "a/b", "row_number": 0}]
    raw = [{"row_number": 0, "model_id": "a/b", "config": '{"model_type": "opt"}'}]
    (row,) = made(engine, models, raw, [])
    assert (row["outcome"], row["is_full"], row["model_type"], row["raw"]) == (
        "ok",
        False,
        "opt",
        None,
    )
    assert made(engine, [], raw, []) == []
    assert made(engine, models, [{**raw[0], "config": None}], []) == []


def test_columns_are_those_of_the_contract(engine) -> None:
    (row,) = made(
        engine,
        [{"model_id": "a/b", "row_number": 0}],
        [],
        [{"model_id": "a/b", "outcome": "ok", "text": '{"model_type": "llama"}'}],
    )
    assert {"snapshot", *row} == set(CONFIGS.columns)
    assert set(FACTS) < set(CONFIGS.columns)
    conformed = conform(table_of(engine, *draw_tables(1)), CONFIGS, chain.KEY)
    rows = engine.to_arrow(conformed)
    assert rows.schema.names == list(CONFIGS.columns)
    assert rows.schema.types == CONFIGS.arrow_schema().types
    for name in CONFIGS.never_null:
        assert rows[name].null_count == 0, name
    assert RAW_CONFIGS.columns[-1] == "text"
    assert not RAW_CONFIGS.is_published
    assert CONFIGS.lake_only_columns == ("raw",)
