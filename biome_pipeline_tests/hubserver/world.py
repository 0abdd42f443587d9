"""A drawn world of models to serve: deterministic, plausible, and of any size.

It has what a client of the Hub meets: many equal dates of creation, lineage in
tags and cards, gated, disabled and private models, missing cards and configs,
missing parents, old names. Equal parts of records are shared: replace them, do not
change them. What does not belong here: odd values and faults
(`raw` and `faults`), and what a demo shows to users.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterator
from functools import partial
from random import Random
from typing import TYPE_CHECKING, Any

from biome_pipeline_tests.hubserver.models import Bodies, ModelRepo

if TYPE_CHECKING:
    from biome_pipeline_tests.hubserver.server import LocalHub

__all__ = ["drawn_models", "fill"]

_FIRST_DAY = dt.datetime(2022, 3, 2, 23, 29, 4, tzinfo=dt.UTC)
_RELATIONS = ("finetune", "finetune", "adapter", "quantized", "merge")
_ARCHITECTURES = (
    ("llama", "LlamaForCausalLM", "text-generation"),
    ("qwen2", "Qwen2ForCausalLM", "text-generation"),
    ("bert", "BertForMaskedLM", "fill-mask"),
    ("vit", "ViTForImageClassification", "image-classification"),
)
_SIZES = (22_713_216, 109_482_240, 494_032_768, 1_235_814_400, 8_030_261_248)
_LICENSES = ("apache-2.0", "mit", "llama3", "cc-by-nc-4.0")
_CONFIGS = tuple(
    {"architectures": [architecture], "model_type": model_type}
    for model_type, architecture, _ in _ARCHITECTURES
)
_SAFETENSORS = tuple({"parameters": {"BF16": size}, "total": size} for size in _SIZES)
_CARDS = {text: {"license": text} for text in _LICENSES}
_NAMES = {
    (has_card, has_config): ("README.md",) * has_card
    + ("config.json",) * has_config
    + ("model.safetensors",)
    for has_card in (False, True)
    for has_config in (False, True)
}
_PAPERS = ("1706.03762", "2106.09685", "cs/0501001")


def drawn_models(n: int, seed: int) -> Iterator[ModelRepo]:
    """Draw models in the order of their creation; fewer are the first of more."""
    random = Random(seed)
    at = _FIRST_DAY
    # Parents are remembered with what their children take over.
    known: list[tuple[str, int, int]] = []
    for i in range(n):
        # Old models were all entered within a second; later, some still are.
        if i >= 40 and random.random() < 0.6:
            at += dt.timedelta(seconds=random.randrange(1, 300))
        yield _drawn(random, seed, i, at, known)


def fill(hub: LocalHub, n: int, seed: int) -> None:
    """Put a drawn world into a local Hub."""
    for repo in drawn_models(n, seed):
        hub.models[repo.id] = repo


def _drawn(
    random: Random, seed: int, i: int, at: dt.datetime, known: list[tuple[str, int, int]]
) -> ModelRepo:
    name = f"model-{i}" if random.random() < 0.01 else f"org-{random.randrange(1 + i // 5)}/m-{i}"
    kind, size = random.randrange(len(_ARCHITECTURES)), random.randrange(len(_SIZES))
    parents: list[str] = []
    relation = random.choice(_RELATIONS)
    if known and random.random() < 0.6:
        # Few have most of the children.
        parent, kind, size = known[int(len(known) * random.random() ** 3)]
        parents = [parent]
        if relation == "merge":
            parents += [known[random.randrange(len(known))][0] for _ in range(2)]
        if random.random() < 0.03:
            parents = [f"gone/parent-{i}"]
    known.append((name, kind, size))
    has_card, has_config = random.random() < 0.85, random.random() < 0.8
    model_type, _, task = _ARCHITECTURES[kind]
    card: dict[str, Any] = _CARDS[random.choice(_LICENSES)]
    if parents:
        card = card | {"base_model": parents[0] if len(parents) == 1 else parents}
    tags = [model_type, f"license:{card['license']}", "region:us"] if has_card else ["region:us"]
    if has_card:
        tags += [f"base_model:{p}" for p in dict.fromkeys(parents)]
        tags += [f"base_model:{relation}:{p}" for p in dict.fromkeys(parents)]
    if random.random() < 0.2:
        tags.append(f"arxiv:{random.choice(_PAPERS)}")
    downloads = int(random.paretovariate(0.6)) % 50_000_000
    config = _CONFIGS[kind] if has_config else None
    names = _NAMES[has_card, has_config]
    facts = (name, card if has_card else None, config, size)
    return ModelRepo(
        id=name,
        created_at=at,
        last_modified=at + dt.timedelta(seconds=random.randrange(5_000_000)),
        files=partial(_files, *facts),
        names=names,
        sha=hashlib.sha1(f"{seed} {i}".encode()).hexdigest(),
        is_private=random.random() < 0.01,
        is_disabled=random.random() < 0.002,
        gated=random.choice(("auto", "manual")) if random.random() < 0.03 else False,
        downloads=downloads,
        downloads_all_time=3 * downloads,
        likes=downloads // 1_000,
        trending_score=random.randrange(3),
        pipeline_tag=task if has_card else None,
        library_name="transformers" if has_config else None,
        tags=tags,
        card_data=card if has_card else None,
        config=config,
        safetensors=_SAFETENSORS[size],
        renamed_from=(f"old/m-{i}",) if random.random() < 0.005 else (),
    )


def _files(
    name: str, card: dict[str, Any] | None, config: dict[str, Any] | None, size: int
) -> Bodies:
    """Write the files of a model: the card with its front matter, the whole config."""
    files: Bodies = {"model.safetensors": b"\0" * 8}
    if card is not None:
        parents = card.get("base_model", [])
        lines = [f"license: {card['license']}"]
        if isinstance(parents, str):
            lines.append(f"base_model: {parents}")
        elif parents:
            lines += ["base_model:", *(f"- {parent}" for parent in parents)]
        front = "\n".join(lines)
        files["README.md"] = f"---\n{front}\n---\n# {name}\n\nA model called {name}.\n".encode()
    if config is not None:
        whole = config | {"hidden_size": 256 << size, "num_hidden_layers": 6 * (size + 1)}
        files["config.json"] = json.dumps(whole, indent=2).encode()
    return files
