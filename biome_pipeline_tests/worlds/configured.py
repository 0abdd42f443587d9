"""Hubs with configs, and ``fitness.models`` as the package makes it of them.

What does not belong here: the tables before them (``chain``), and models whose
outcomes follow from their traits (``fitted``).
"""

from __future__ import annotations

import json
import random
import zlib
from functools import cache
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from biome_pipeline.fitness.models import models
from biome_pipeline.snapshot.configs import configs
from biome_pipeline.warehouse.tables import TABLES
from biome_pipeline_tests.worlds.chain import (
    KEY,
    WITH_CARDS,
    Chain,
    chain_of,
    demo_truth,
    with_tables,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["CONFIGURED", "configured_chain_of"]

CONFIGURED = ("demo", *sorted(WITH_CARDS), "seeds 1 to 1")
"""Hubs that are looked at: the last has no config that was asked for."""

_SHAPES = (
    {"model_type": "llama", "hidden_size": 64, "num_hidden_layers": 4, "num_attention_heads": 8},
    {"model_type": "qwen2", "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4},
    {"model_type": "bert", "hidden_size": 48, "num_hidden_layers": 3, "num_attention_heads": 4},
)


def _text(name: str) -> str | None:
    """Write the config that follows from an id; every fourth model has none."""
    rng = random.Random(zlib.crc32(name.encode()))
    if rng.random() < 0.25:
        return None
    config: dict[str, Any] = dict(rng.choice(_SHAPES))
    config |= {"intermediate_size": 4 * config["hidden_size"], "vocab_size": rng.choice((99, 500))}
    config |= {"max_position_embeddings": rng.choice((512, 4096))}
    if rng.random() < 0.2:
        del config[rng.choice(list(config))]
    return "[" if rng.random() < 0.05 else json.dumps(config)


def _raw_configs(name: str, ids: Sequence[str]) -> pa.Table:
    spec = TABLES["hub.raw_configs"]
    if name == "demo":
        known = set(ids)
        found = {
            row["model_id"]: (row["outcome"], row["body"])
            for row in demo_truth().contents.configs.to_pylist()
            if row["model_id"] in known
        }
        texts = {
            model_id: (outcome, body.decode(errors="replace") if outcome == "ok" else None)
            for model_id, (outcome, body) in found.items()
        }
    else:
        drawn = {model_id: _text(model_id) for model_id in (ids if name in WITH_CARDS else [])}
        texts = {
            model_id: ("missing" if text is None else "ok", text)
            for model_id, text in drawn.items()
        }
    rows = [
        {"model_id": model_id, "outcome": outcome, "attempts": 1, "origin": "file", "text": text}
        for model_id, (outcome, text) in texts.items()
    ]
    return pa.Table.from_pylist(rows, schema=pa.schema(list(spec.arrow_schema())[1:]))


@cache
def configured_chain_of(name: str) -> Chain:
    """Compute configs and ``fitness.models`` of a Hub, once per process."""

    def make(given: dict[str, Any], keep: Callable[..., Any]) -> None:
        engine, people = given["engine"], given["hub.models"]
        ids = engine.to_arrow(people.select("model_id"))["model_id"].to_pylist()
        raw = keep("hub.raw_configs", _raw_configs(name, ids))
        read = keep("hub.configs", configs(engine, raw, given["hub.raw_models"], people))
        keep(
            "fitness.models",
            models(
                engine,
                models=people,
                configs=read,
                edges=given["genealogy.edges"],
                members=given["genealogy.members"],
                snapshot=KEY,
            ),
        )

    return with_tables(chain_of(name), make)
