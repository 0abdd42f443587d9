"""Small Hubs, drawn from a seed: rows of hub-stats with everything that goes wrong.

Families of all forms, declared in any of three places and in every clumsy way,
beside odd dates, numbers, JSON and ids. Ids carry the seed (``Owner17/...``), so
that several Hubs can stand in one table and a fault still names its seed. Only
the well-known ids that the Hub renamed are shared. The same seed draws the same
rows on any machine.

What does not belong here: the right answers, which are in
``biome_pipeline_tests.reference``.
"""

from __future__ import annotations

import datetime as dt
import json
import math
import random
from typing import Any

import pyarrow as pa

from biome_pipeline.vocabulary.renamed_ids import RENAMED_IDS

__all__ = ["BATCHES", "SCHEMA", "SEEDS", "draw_batch", "draw_hub"]

SEEDS = range(300)
"""Seeds of the Hubs that every table is compared on."""

BATCHES: list[tuple[int, ...]] = [
    *((seed,) for seed in SEEDS[:6]),
    *(tuple(SEEDS[start : start + 42]) for start in range(6, 300, 42)),
]
"""All seeds, a few alone and the others many to a table, as steps cost more than rows."""

SCHEMA = pa.schema(
    {
        "_id": pa.string(),
        "id": pa.string(),
        "author": pa.string(),
        "pipeline_tag": pa.string(),
        "library_name": pa.string(),
        "createdAt": pa.timestamp("ms"),
        "lastModified": pa.timestamp("ms"),
        "likes": pa.int64(),
        "downloads": pa.int64(),
        "downloadsAllTime": pa.int64(),
        "trendingScore": pa.float64(),
        "tags": pa.list_(pa.string()),
        "siblings": pa.list_(pa.struct({"rfilename": pa.string()})),
        "cardData": pa.string(),
        "config": pa.string(),
        "gguf": pa.string(),
        "safetensors": pa.struct(
            {"parameters": pa.struct({"BF16": pa.int64(), "F32": pa.int64()}), "total": pa.int64()}
        ),
        "baseModels": pa.struct(
            {
                "models": pa.list_(pa.struct({"_id": pa.string(), "id": pa.string()})),
                "relation": pa.string(),
            }
        ),
        "private": pa.bool_(),
        "gated": pa.string(),
    }
)

Row = dict[str, Any]

_DAY = dt.timedelta(days=1)
_BACKFILL = dt.datetime(2022, 3, 2, 23, 29, 4)
_ODD_DATES = (
    None,
    _BACKFILL,
    dt.datetime(1, 1, 1),
    dt.datetime(1970, 1, 1),
    dt.datetime(2015, 12, 31, 23, 59, 59),
    dt.datetime(2016, 1, 1),
    dt.datetime(2099, 12, 31, 23, 59, 59),
    dt.datetime(2100, 1, 1),
    dt.datetime(9999, 12, 31),
)
_ODD_IDS = (
    None, "", "../etc/passwd", "a/b/c", "has space/plover", "./x", "...", "owner/..", "owner/",
    "/name", "naïve/model", "line\nbreak", "trailing/name\n", "x" * 201,
    "y" * 100 + "/" + "y" * 100,
)  # fmt: skip
_MALFORMED = (
    "", " ", "/cache/models/plover-7b", "./out", "C:\\models", "d:\\models\\plover", "~/plover",
    "../runs/last", "https://huggingface.co/heron/serval", "hf://heron", "outputs/run/last",
    "heron/", "a/b\n/c",
)  # fmt: skip
_ODD_CARDS = (
    "", "{", '{"license": "mit"', "license: mit", "[1, 2", "{'license': 1}", "[]", "null", '"mit"',
    "3", '{"license": "mit", "loss": NaN}', '{"license": "mit", "tokens": 18446744073709551617}',
    '{"license": "mit", "license": "apache-2.0"}', '{"base_model": ["heron/serval"',
)  # fmt: skip
_LICENSES = (
    "mit", "Apache-2.0", " mit ", "", None, ["mit", "Apache-2.0"], [], ["", "mit"], [None, "MIT"],
    7, True, {"name": "mit"}, ["mit", 7, {"a": [1, "b"]}, False], ["mit", "mit"],
)  # fmt: skip
_LANGUAGES = (
    "en", "EN", ["en", "fr"], ["pt-BR", "zh_Hans", "pt"], "English", ["german", "deu", "ger"],
    False, [False, "en"], True, "klingon", [], None, 3, ["ami", "grc"], "multilingual",
    ["code", "xx", ""], ["kan", "the"], " en ", "en, fr",
)  # fmt: skip
_LANGUAGE_TAGS = (
    "en", "fr", "EN", "eng", "grc", "kan", "rag", "ML", "ml", "ger", "multilingual", "xx",
    "french",
)  # fmt: skip
_TAGS = (
    "license:mit", "license:GPL-3.0", "license:", "dataset:b", "dataset:a", "dataset:a",
    "dataset:", "arxiv:1910.09700", "arxiv:1910.09700v2", "arxiv:2508.06811", "arxiv:v1", "arxiv:",
    "doi:10.1/x", "doi:10.2/y", "doi:", "region:us", "region:eu", "region:us", "region:",
    "safetensors", "\x1b[31m", "invoice\u202efdp", "a\nb", 'say "hi"', "back\\slash", "日本",
    "base_model", "License:mit",
)  # fmt: skip
_FILES = (
    "README.md", "config.json", "adapter_config.json", "adapter_model.safetensors",
    "lora/adapter_model.bin", "model.safetensors", "model-00001-of-00002.safetensors",
    "unet/model.safetensors", "pytorch_model.bin", "consolidated.00.pth", "plover.Q4_K_M.gguf",
    "optimizer.pt", "optimizer.safetensors", "MODEL.SAFETENSORS", "rng_state_0.pth",
    "training_args.bin", "tokenizer.json", "tokenizer.pkl", "optimizer.h5", "my_optimizer.pt",
    "weights.ckpt", "vae/diffusion.onnx", "model.safetensors.index.json", None,
)  # fmt: skip
_UNKNOWN_WORDS = ("distill", "Distillation", " fine-tuned", "self_merge")
_TYPED = ("finetune", "adapter", "quantized", "merge")


def draw_hub(seed: int) -> pa.Table:
    """Draw one Hub.

    Parameters
    ----------
    seed : int
        Seed of the draw; the kind of descent follows from it, and some Hubs have none.

    Returns
    -------
    pyarrow.Table
        20 to 80 rows in `SCHEMA`.
    """
    draw = random.Random(seed)
    names = ("plain", "forest", "merges", "cycles")
    kind = names[seed % len(names)] if seed % 12 else "nothing"
    rows = [_model(draw, seed, place) for place in range(draw.randrange(20, 60))]
    if kind != "plain":
        rows += _well_known(draw)
    draw.shuffle(rows)
    if kind != "nothing":
        _relate(draw, rows, kind)
    if kind != "plain":
        for row in draw.sample(rows, len(rows) // 4):
            _spoil(draw, row)
        rows += _repeats(draw, rows)
        draw.shuffle(rows)
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def draw_batch(seeds: tuple[int, ...]) -> pa.Table:
    """Draw several Hubs into one table.

    Parameters
    ----------
    seeds : tuple of int
        Their seeds.

    Returns
    -------
    pyarrow.Table
        Their rows, in `SCHEMA`.
    """
    return pa.concat_tables([draw_hub(seed) for seed in seeds])


def _model(draw: random.Random, seed: int, place: int) -> Row:
    owner = f"Owner{seed}"
    is_legacy = draw.random() < 0.05
    name = f"Model-{place}"
    created = dt.datetime(2021, 6, 1) + draw.randrange(1200) * _DAY / draw.choice((1, 24))
    created = created.replace(microsecond=0)
    card: Row = {}
    if draw.random() < 0.5:
        card["license"] = draw.choice(_LICENSES)
    if draw.random() < 0.5:
        card["language"] = draw.choice(_LANGUAGES)
    tags = draw.sample(_TAGS, draw.randrange(6))
    tags += draw.sample(_LANGUAGE_TAGS, draw.choice((0, 0, 1, 3)))
    return {
        "_id": f"{seed:08x}{place:016x}" if draw.random() < 0.9 else None,
        "id": f"{owner}-{name}" if is_legacy else f"{owner}/{name}",
        "author": draw.choice((owner, owner, "", None)),
        "pipeline_tag": draw.choice(("text-generation", "fill-mask", "", None)),
        "library_name": draw.choice(("transformers", "peft", "", None)),
        "createdAt": created,
        "lastModified": created + draw.randrange(100) * _DAY,
        "likes": draw.choice((0, 3, None)),
        "downloads": draw.choice((0, 12, 2**40, None)),
        "downloadsAllTime": draw.choice((0, 120, None)),
        "trendingScore": draw.choice((0.0, 1.5, None)),
        "tags": tags if tags or draw.random() < 0.7 else None,
        "siblings": _files(draw),
        "cardData": json.dumps(card) if card or draw.random() < 0.3 else None,
        "config": draw.choice((None, "{}", '{"model_type": "llama"}')),
        "gguf": None,
        "safetensors": draw.choice(
            (
                None,
                {"parameters": {"BF16": 7}, "total": 7},
                {"parameters": None, "total": 9},
                {"parameters": {"F32": 4}, "total": None},
                {"parameters": {}, "total": None},
            )
        ),
        "baseModels": draw.choice((None, {"models": [], "relation": None})),
        "private": draw.choice((None, False)),
        "gated": draw.choice((None, "false", "auto")),
    }


def _files(draw: random.Random) -> list[Row] | None:
    if draw.random() < 0.3:
        return None
    return [{"rfilename": name} for name in draw.sample(_FILES, draw.randrange(5))]


def _well_known(draw: random.Random) -> list[Row]:
    """Models that the Hub renamed: under the present name, the old one, or both."""
    rows = []
    for old in draw.sample(sorted(RENAMED_IDS), 2):
        for model_id in draw.choice(([old], [RENAMED_IDS[old]], [old, RENAMED_IDS[old]])):
            row = _model(draw, 0, 0)
            rows.append({**row, "id": model_id, "_id": None, "createdAt": _BACKFILL})
    return rows


def _relate(draw: random.Random, rows: list[Row], kind: str) -> None:
    ids = [row["id"] for row in rows]
    for place, row in enumerate(rows):
        if draw.random() < 0.25:
            continue
        earlier = ids[:place] or ids
        parents = {
            "plain": lambda earlier=earlier: [draw.choice(earlier)],
            "forest": lambda earlier=earlier: [draw.choice(earlier)],
            "merges": lambda earlier=earlier: draw.choices(earlier, k=draw.choice((1, 1, 2, 5))),
            "cycles": lambda: draw.choices(ids, k=draw.choice((1, 1, 2))),
        }[kind]()
        if kind != "plain" and draw.random() < 0.3:
            parents.append(_odd_parent(draw, row["id"], ids))
        relation = draw.choice((*_TYPED, "finetune", None))
        for parent in parents:
            _declare(draw, row, parent, relation)
            if draw.random() < 0.1:
                _declare(draw, row, parent, draw.choice(_TYPED))


def _odd_parent(draw: random.Random, own: str, ids: list[str]) -> str:
    """A parent that is none, is nowhere, or is spelt in another way."""
    return draw.choice(
        (
            own,
            own.swapcase(),
            draw.choice(ids).lower(),
            draw.choice(ids).upper(),
            f" {draw.choice(ids)} ",
            f"{draw.choice(ids)}, {draw.choice(ids)}",
            f"{draw.choice(ids)},,",
            ",",
            "Nobody/nothing",
            "nobody-legacy",
            "GPT2",
            draw.choice(sorted(RENAMED_IDS)),
            draw.choice(sorted(RENAMED_IDS)),
            draw.choice(_MALFORMED),
            draw.choice(_MALFORMED),
        )
    )


def _declare(draw: random.Random, row: Row, parent: str, relation: str | None) -> None:
    """Declare a parent in one place or several, with, without or with a wrong relation."""
    places = draw.choice((("tags",), ("card",), ("structure",), ("tags", "card", "structure")))
    if "tags" in places:
        row["tags"] = list(row["tags"] or [])
        word = relation if relation or draw.random() < 0.6 else "distill"
        forms = draw.choice((("bare", "typed"), ("typed",), ("bare",)))
        if word and "typed" in forms:
            row["tags"].append(f"base_model:{word}:{parent}")
        if not word or "bare" in forms:
            row["tags"].append(f"base_model:{parent}")
    if "card" in places:
        card = json.loads(row["cardData"] or "{}")
        before = card.get("base_model", [])
        named = [*(before if isinstance(before, list) else [before]), parent]
        odd = draw.choice((*[named] * 6, [*named, None, 7], {"id": parent}, 7, None))
        card["base_model"] = parent if named == [parent] and draw.random() < 0.6 else odd
        if relation and draw.random() < 0.6:
            card["base_model_relation"] = draw.choice(
                (relation, relation.upper(), f" {relation} ", [relation, "merge"], "", None, 7)
            )
        elif draw.random() < 0.1:
            card["base_model_relation"] = draw.choice(_UNKNOWN_WORDS)
        row["cardData"] = json.dumps(card)
    if "structure" in places:
        before = (row["baseModels"] or {}).get("models") or []
        named = [*before, {"_id": None, "id": parent if draw.random() < 0.95 else None}]
        word = draw.choice((relation, relation, None, draw.choice(_UNKNOWN_WORDS)))
        row["baseModels"] = {"models": named, "relation": word}


def _spoil(draw: random.Random, row: Row) -> None:
    """Make one or two values of a row impossible."""
    for _ in range(draw.choice((1, 2))):
        name, value = draw.choice(
            (
                ("id", draw.choice(_ODD_IDS)),
                ("createdAt", draw.choice(_ODD_DATES)),
                ("createdAt", _BACKFILL),
                ("lastModified", draw.choice(_ODD_DATES)),
                ("likes", -1),
                ("downloads", -5),
                ("downloadsAllTime", -(2**40)),
                ("trendingScore", draw.choice((math.nan, math.inf, -math.inf, -1.0))),
                ("safetensors", {"parameters": {"F32": -4, "BF16": 4}, "total": 0}),
                ("safetensors", {"parameters": {"F32": 4}, "total": -4}),
                ("cardData", draw.choice(_ODD_CARDS)),
                ("cardData", draw.choice(_ODD_CARDS)),
                ("config", draw.choice(("", "{", "[1]", '{"a": NaN}'))),
                ("tags", None),
                ("siblings", []),
                ("private", True),
            )
        )
        row[name] = value


def _repeats(draw: random.Random, rows: list[Row]) -> list[Row]:
    """List some models again: changed earlier, later, at the same time, or nobody knows when."""
    again = []
    for row in draw.sample(rows, draw.randrange(6)):
        for _ in range(draw.choice((1, 1, 2))):
            known = row["lastModified"]
            # In the years 1 and 9999 a day more or less is no date any more.
            moves = known is not None and 2000 < known.year < 2100
            days = draw.choice((-1, 0, 1, None)) if moves else None
            changed = draw.choice((None, known)) if days is None else known + days * _DAY
            again.append({**row, "lastModified": changed, "likes": draw.randrange(9)})
    return again
