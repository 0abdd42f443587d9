"""Families: each type and class is of one, by its own name, and heads do not matter."""

from __future__ import annotations

import re

import duckdb
import pytest

from biome_pipeline.vocabulary.model_families import (
    ARCHITECTURE_FAMILIES,
    ARCHITECTURE_HEADS,
    FAMILIES,
    MODEL_FAMILIES,
    family_of,
)


@pytest.mark.parametrize(
    ("model_type", "architecture", "family"),
    [
        ("llama", None, "llama"),
        (None, "LlamaForCausalLM", "llama"),
        ("mixtral", "MixtralForCausalLM", "mistral"),
        ("qwen3_vl_moe", None, "qwen"),
        (None, "QWenLMHeadModel", "qwen"),
        ("gpt_neox", None, "gpt"),
        (None, "GPT2DoubleHeadsModel", "gpt"),
        ("xlm-roberta", "XLMRobertaForMaskedLM", "bert"),
        ("deepseek_v32", None, "deepseek"),
        ("kimi_k2", "DeepseekV3ForCausalLM", "kimi"),
        (None, "StableDiffusionXLPipeline", "stable-diffusion"),
        ("unheard_of", "GemmaForTokenClassification", "gemma"),
        ("unheard_of", "UnheardForCausalLM", None),
        ("LLAMA", None, None),
        (None, None, None),
        ("", "", None),
    ],
)
def test_family(model_type, architecture, family) -> None:
    assert family_of(model_type, architecture) == family


def test_the_families_of_the_published_rule_are_there() -> None:
    assert {"llama", "mistral", "qwen", "gpt", "bert", "deepseek"} <= set(FAMILIES)
    assert set(MODEL_FAMILIES.values()) | set(ARCHITECTURE_FAMILIES.values()) == set(FAMILIES)


def test_stems_have_no_head() -> None:
    for stem in ARCHITECTURE_FAMILIES:
        assert re.sub(ARCHITECTURE_HEADS, "", stem) == stem


def test_the_pattern_means_the_same_to_the_engine() -> None:
    heads = ("ForCausalLM", "LMHeadModel", "Model", "Pipeline", "ForX_y", "Former", "")
    names = [
        f"{stem}{head}" for stem in (*ARCHITECTURE_FAMILIES, "ForA", "X-y z") for head in heads
    ]
    query = "SELECT regexp_replace(unnest($names), $pattern, '')"
    with duckdb.connect() as connection:
        rows = connection.execute(query, {"names": names, "pattern": ARCHITECTURE_HEADS}).fetchall()
    assert [row[0] for row in rows] == [
        re.sub(ARCHITECTURE_HEADS, "", name, flags=re.ASCII) for name in names
    ]
