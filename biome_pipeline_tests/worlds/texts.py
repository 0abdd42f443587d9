"""Random texts: records like JSON, cards in several scripts, and corpora full of ties.

What does not belong here: the definitions (``biome_pipeline_tests.reference``).
"""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Sequence

    import ibis.expr.types as ir

    from biome_pipeline.warehouse.engine import Engine

__all__ = ["draw_texts", "draw_tied_corpus", "table_of"]

# Scripts, digits that are none of ASCII, one letter alone, marks that combine, and
# white space of every kind within a word.
_WORDS = [
    *"""
    model the a I Llama_3 fine-tuned BERT of data 2024 v2 _ __ x1 don't e.g. U.S.A. --- ## `code`
    naïve Äpfel STRASSE Straße ẞ İstanbul ISPARTA ΟΔΟΣ Σ ΣΑΣ. σοφός МОДЕЛЬ модель 模型 語言
    日本語モデル 한국어 हिन्दी العربية ½ ²³ Ⅳ x² ٣٤ ǅ 🤗 🇫🇷
    """.split(),  # noqa: SIM905 - as readable as a text
    *("cafe\u0301", "e\u0301a", "n\u0303", "\U0001f469\u200d\U0001f4bb"),
    *("\uff19\uff19", "\ufb01ne", "\U0001d400\U0001d401"),
    *("\u00a0", "\u200b\u200d", "a\u00adb", "\u2028", "\x1c\x1d", "ab\u3000cd"),
]
_TAGS = """
    transformers safetensors text-generation region:us license:mit license:apache-2.0 en fr zh
    base_model:Org/Base-7B base_model:quantized:Org/Base-7B dataset:org/set arxiv:2508.06811
    """.split()  # noqa: SIM905 - as readable as a text


def draw_texts(n_texts: int, seed: int) -> list[str]:
    """Draw records and cards, some of them empty or of one word."""
    rng = random.Random(seed)
    draws = (_draw_record, _draw_card, _draw_card, _draw_short, _draw_noise)
    return [rng.choice(draws)(rng) for _ in range(n_texts)]


def draw_tied_corpus(seed: int) -> list[str]:
    """Draw few short texts of few words, so that most counts are equal to others."""
    rng = random.Random(seed)
    words = rng.sample(
        [
            "aa",
            "ab",
            "b_",
            "Bb",
            "zz",
            "été",
            "été2",
            "10",
            "9a",
            "模型",
            "\U0001d400\U0001d401",
            "\ufb00\ufb01",
            "q",
        ],
        rng.randint(1, 13),
    )
    return [
        rng.choice([" ", ", ", "-", "\n"]).join(rng.choices(words, k=rng.randint(0, 6)))
        for _ in range(rng.randint(0, 12))
    ]


def table_of(engine: Engine, texts: Sequence[str | None]) -> ir.Table:
    """Give texts their places as nodes."""
    nodes = pa.array(range(len(texts)), pa.int32())
    return engine.memory_table(pa.table({"node": nodes, "text": pa.array(texts, pa.string())}))


def _draw_record(rng: random.Random) -> str:
    record = {
        "_id": f"{rng.getrandbits(96):024x}",
        "createdAt": f"202{rng.randint(2, 5)}-0{rng.randint(1, 9)}-10T00:00:00.000Z",
        "downloads": rng.choice([0, 0, rng.randint(1, 10**6)]),
        "id": f"user{rng.randint(0, 99)}/{rng.choice(_WORDS)}-{rng.randint(1, 70)}B",
        "library_name": rng.choice(["transformers", "peft", None]),
        "tags": rng.sample(_TAGS, rng.randint(0, 6)),
    }
    return json.dumps(record, ensure_ascii=False, separators=(",", ":"))


def _draw_card(rng: random.Random) -> str:
    words = [_in_any_case(rng, rng.choice(_WORDS)) for _ in range(rng.randint(1, 30))]
    return "".join(word + rng.choice([" ", " ", " ", "\n", "/", ", ", ""]) for word in words)


def _draw_short(rng: random.Random) -> str:
    return rng.choice(["", " ", "a", "ab", "a b", "a bc", "\n", *_WORDS])


def _draw_noise(rng: random.Random) -> str:
    """Draw from what is assigned in every version of Unicode that is in use."""
    ranges = [(0x20, 0x250), (0x300, 0x3FF), (0x400, 0x500), (0x4E00, 0x4E40), (0x1F600, 0x1F640)]
    return "".join(chr(rng.randrange(*rng.choice(ranges))) for _ in range(rng.randint(1, 40)))


def _in_any_case(rng: random.Random, word: str) -> str:
    return rng.choice([word, word, word.upper(), word.lower(), word.title()])
