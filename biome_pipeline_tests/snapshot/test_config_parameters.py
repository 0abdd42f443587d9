"""Counted parameters are those of real modules, of published models, and of the shapes.

``python -m biome_pipeline_tests.snapshot.test_config_parameters`` prints the error
against each published total.
"""

from __future__ import annotations

import json
import math
import random
from collections import Counter

import pytest

from biome_pipeline.snapshot.config_facts import config_facts
from biome_pipeline.vocabulary.model_layouts import LAYOUTS
from biome_pipeline_tests.worlds.configs import golden, real_configs

MODULES = golden("module_parameters")
PUBLISHED = golden("published_parameters")


def counted(config: dict) -> int | None:
    return config_facts(json.dumps(config)).computed_parameters


# Modules of transformers, see reference.module_parameters


@pytest.mark.parametrize("kind", sorted({row["config"]["model_type"] for row in MODULES}))
def test_counts_are_those_of_the_modules(kind: str) -> None:
    rows = [row for row in MODULES if row["config"]["model_type"] == kind]
    assert len(rows) >= 3
    assert len({row["parameters"] for row in rows}) > 1
    for row in rows:
        assert counted(row["config"]) == row["parameters"], row["config"]


def test_every_layout_is_compared_with_something() -> None:
    compared = Counter(row["config"]["model_type"] for row in [*MODULES, *PUBLISHED])
    # Layouts of another type's name: the same object, or the same code.
    alike = {"Yi": "llama", "xverse": "mistral", "qwen2_5_vl": "qwen2_vl", "phi3_v": "phi3"}
    alike |= {"kimi_k2": "deepseek_v3"}
    for kind, other in alike.items():
        assert LAYOUTS[kind] == LAYOUTS[other]
    assert set(LAYOUTS) == set(compared) - {"gemma3", "llava"} | set(alike)


# Published totals


@pytest.mark.parametrize("row", PUBLISHED, ids=lambda row: row["model"])
def test_counts_are_those_published(row) -> None:
    error = counted(row["config"]) / row["parameters"] - 1
    if "beside" not in row:
        assert error == 0.0
    else:
        # The published total has what is named there, and is larger by it.
        assert -0.1 < error < 0.0


def test_totals_of_real_files() -> None:
    if not real_configs():
        assert len(PUBLISHED) > 80
        return
    totals = {
        "meta-llama/Meta-Llama-3.1-405B": 405_853_388_800,
        "mistralai/Mixtral-8x22B-v0.1": 140_620_634_112,
        "Qwen/Qwen3-32B": 32_762_123_264,
        "nvidia/Qwen3-235B-A22B-NVFP4": 235_093_634_560,
        "THUDM/glm-4-9b": 9_399_951_360,
    }
    for key, total in totals.items():
        assert config_facts(real_configs()[key]).computed_parameters == total, key


# The shapes of each matrix, written out by another hand


def shapes_of_decoder(c: dict) -> list[tuple[int, ...]]:
    """List every tensor of a gated decoder, with experts or without."""
    h, d = c["hidden_size"], c["head_dim"]
    heads, kv = c["num_attention_heads"], c["num_key_value_heads"]
    shapes: list[tuple[int, ...]] = [(c["vocab_size"], h), (h,)]
    if not c["tie_word_embeddings"]:
        shapes.append((c["vocab_size"], h))
    for layer in range(c["num_hidden_layers"]):
        shapes += [(heads * d, h), (kv * d, h), (kv * d, h), (h, heads * d), (h,), (h,)]
        if c["model_type"] == "qwen2":
            shapes += [(heads * d,), (kv * d,), (kv * d,)]
        if c["model_type"].startswith("qwen3"):
            shapes += [(d,), (d,)]
        is_sparse = c["model_type"] == "mixtral" or (
            c["model_type"] == "qwen3_moe"
            and layer not in c["mlp_only_layers"]
            and (layer + 1) % c["decoder_sparse_step"] == 0
        )
        n_experts = c.get("num_local_experts") or c.get("num_experts") or 0
        wide = c["moe_intermediate_size"] if c["model_type"] == "qwen3_moe" else None
        blocks = n_experts if is_sparse else 1
        if is_sparse:
            shapes.append((n_experts, h))
        for _ in range(blocks):
            size = wide if is_sparse and wide else c["intermediate_size"]
            shapes += [(size, h), (size, h), (h, size)]
    return shapes


def shapes_of_latent(c: dict) -> list[tuple[int, ...]]:
    """List every tensor of DeepSeek-V3."""
    h, heads = c["hidden_size"], c["num_attention_heads"]
    plain, rotated, value = c["qk_nope_head_dim"], c["qk_rope_head_dim"], c["v_head_dim"]
    shapes: list[tuple[int, ...]] = [(c["vocab_size"], h), (h,), (c["vocab_size"], h)]
    for layer in range(c["num_hidden_layers"]):
        if c["q_lora_rank"] is None:
            shapes += [(heads * (plain + rotated), h)]
        else:
            rank = c["q_lora_rank"]
            shapes += [(rank, h), (rank,), (heads * (plain + rotated), rank)]
        rank = c["kv_lora_rank"]
        shapes += [(rank + rotated, h), (rank,), (heads * (plain + value), rank)]
        shapes += [(h, heads * value), (h,), (h,)]
        if layer < c["first_k_dense_replace"]:
            sizes = [c["intermediate_size"]]
        else:
            shapes.append((c["n_routed_experts"], h))
            sizes = [c["moe_intermediate_size"]] * c["n_routed_experts"]
            sizes.append(c["moe_intermediate_size"] * c["n_shared_experts"])
        for size in sizes:
            shapes += [(size, h), (size, h), (h, size)]
    return shapes


def shapes_of_gpt2(c: dict) -> list[tuple[int, ...]]:
    h = c["n_embd"]
    inner = c["n_inner"] or 4 * h
    shapes: list[tuple[int, ...]] = [(c["vocab_size"], h), (c["n_positions"], h), (h,), (h,)]
    for _ in range(c["n_layer"]):
        shapes += [(h, 3 * h), (3 * h,), (h, h), (h,), (h, inner), (inner,), (inner, h), (h,)]
        shapes += [(h,)] * 4
    return shapes


def shapes_of_bert(c: dict) -> list[tuple[int, ...]]:
    h, i = c["hidden_size"], c["intermediate_size"]
    rows = (c["vocab_size"], c["max_position_embeddings"], c["type_vocab_size"])
    shapes: list[tuple[int, ...]] = [*((row, h) for row in rows), (h,), (h,), (h, h), (h,)]
    for _ in range(c["num_hidden_layers"]):
        shapes += [(h, h), (h,)] * 4 + [(i, h), (i,), (h, i), (h,)] + [(h,)] * 4
    return shapes


def shapes_of_t5(c: dict) -> list[tuple[int, ...]]:
    h, inner, ff = c["d_model"], c["num_heads"] * c["d_kv"], c["d_ff"]
    buckets = (c["relative_attention_num_buckets"], c["num_heads"])
    shapes: list[tuple[int, ...]] = [(c["vocab_size"], h), buckets, buckets, (h,), (h,)]
    gated = c["feed_forward_proj"].startswith("gated")
    attention = [(h, inner)] * 3 + [(inner, h), (h,)]
    feed_forward = [(h, ff)] * (2 if gated else 1) + [(ff, h), (h,)]
    shapes += (attention + feed_forward) * c["num_layers"]
    shapes += (attention * 2 + feed_forward) * c["num_decoder_layers"]
    return shapes if c["tie_word_embeddings"] else [*shapes, (c["vocab_size"], h)]


def draw(kind: str, rng: random.Random) -> dict:
    heads = rng.choice([4, 8, 12])
    layers = rng.randint(1, 9)
    sizes = {name: rng.randint(10, 999) for name in ("intermediate_size", "vocab_size", "d_ff")}
    sizes |= {name: rng.randint(3, 99) for name in ("moe_intermediate_size", "n_positions")}
    return {
        **sizes,
        "model_type": kind,
        "hidden_size": heads * rng.randint(3, 30),
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "num_key_value_heads": rng.choice([1, 2, 4]),
        "head_dim": rng.randint(3, 40),
        "tie_word_embeddings": kind != "deepseek_v3" and rng.random() < 0.5,
        **({"num_local_experts": rng.randint(2, 9)} if kind == "mixtral" else {}),
        **({"num_experts": rng.randint(2, 9)} if kind == "qwen3_moe" else {}),
        "n_routed_experts": rng.randint(2, 9) if kind == "deepseek_v3" else None,
        "n_shared_experts": rng.randint(1, 3),
        "mlp_only_layers": rng.sample(range(12), 2),
        "decoder_sparse_step": rng.randint(1, 3),
        "first_k_dense_replace": rng.randint(0, layers) if kind == "deepseek_v3" else 0,
        "q_lora_rank": rng.choice([None, 17]),
        "kv_lora_rank": 13,
        "qk_nope_head_dim": 11,
        "qk_rope_head_dim": 6,
        "v_head_dim": 7,
        "n_embd": heads * 5,
        "n_head": heads,
        "n_layer": layers,
        "n_inner": rng.choice([None, 33]),
        "max_position_embeddings": rng.randint(3, 99),
        "type_vocab_size": rng.randint(0, 3),
        "d_model": heads * 6,
        "d_kv": rng.randint(3, 40),
        "num_heads": heads,
        "num_layers": layers,
        "num_decoder_layers": rng.randint(1, 9),
        "feed_forward_proj": rng.choice(["relu", "gated-gelu"]),
        "relative_attention_num_buckets": rng.randint(2, 32),
    }


DECODER = (
    "model_type hidden_size num_hidden_layers num_attention_heads num_key_value_heads head_dim "
    "intermediate_size vocab_size tie_word_embeddings "
)
# Of each kind, only the keys that its class has.
KEYS = {
    **dict.fromkeys(("llama", "mistral", "qwen2", "qwen3"), DECODER),
    "mixtral": DECODER + "num_local_experts",
    "qwen3_moe": DECODER + "num_experts moe_intermediate_size mlp_only_layers decoder_sparse_step",
    "deepseek_v3": "model_type hidden_size num_hidden_layers num_attention_heads intermediate_size "
    "vocab_size tie_word_embeddings n_routed_experts n_shared_experts moe_intermediate_size "
    "first_k_dense_replace q_lora_rank kv_lora_rank qk_nope_head_dim qk_rope_head_dim v_head_dim",
    "gpt2": "model_type n_embd n_layer n_head n_inner n_positions vocab_size",
    "bert": "model_type hidden_size num_hidden_layers num_attention_heads intermediate_size "
    "vocab_size max_position_embeddings type_vocab_size",
    "t5": "model_type d_model d_kv d_ff num_heads num_layers num_decoder_layers vocab_size "
    "feed_forward_proj relative_attention_num_buckets tie_word_embeddings",
}
SHAPES = {
    "deepseek_v3": shapes_of_latent,
    "gpt2": shapes_of_gpt2,
    "bert": shapes_of_bert,
    "t5": shapes_of_t5,
}


@pytest.mark.parametrize("kind", KEYS)
def test_counts_are_the_sum_of_the_shapes(kind: str) -> None:
    rng = random.Random(kind)
    for _ in range(60):
        drawn = draw(kind, rng)
        config = {name: drawn[name] for name in KEYS[kind].split() if name in drawn}
        shapes = SHAPES.get(kind, shapes_of_decoder)(config)
        assert counted(config) == sum(math.prod(shape) for shape in shapes), config


# What is not computable


@pytest.mark.parametrize("kind", sorted(LAYOUTS))
def test_without_a_width_nothing_is_counted(kind: str) -> None:
    assert counted({"model_type": kind}) is None
    row = next((each for each in MODULES if each["config"]["model_type"] == kind), None)
    if row is not None:
        widths = {"hidden_size", "d_model", "n_embd", "dim", "embed_dim", "emb_dim"}
        without = {key: value for key, value in row["config"].items() if key not in widths}
        assert counted(without) is None


def test_an_unknown_type_is_not_guessed_at() -> None:
    config = dict(PUBLISHED[0]["config"])
    assert counted(config) is not None
    assert counted({**config, "model_type": "unheard_of"}) is None
    assert counted({**config, "hidden_size": 2**62}) is None


def test_untied_tables_of_an_encoder_and_decoder_are_not_guessed_at() -> None:
    config = next(row["config"] for row in PUBLISHED if row["config"]["model_type"] == "bart")
    assert counted({**config, "tie_word_embeddings": True}) == counted(config)
    assert counted({**config, "tie_word_embeddings": False}) is None


@pytest.mark.parametrize(
    ("architecture", "has_head"),
    [
        ("LlamaForCausalLM", True),
        ("LlamaModel", False),
        ("LlamaForSequenceClassification", False),
        ("SomethingElse", True),
        ("GPT2LMHeadModel", True),
        (None, True),
    ],
)
def test_the_output_layer_is_there_if_the_class_has_one(architecture, has_head) -> None:
    config = dict(PUBLISHED[0]["config"])
    if architecture:
        config["architectures"] = [architecture]
    head = config["vocab_size"] * config["hidden_size"]
    assert counted(config) == PUBLISHED[0]["parameters"] - (0 if has_head else head)


if __name__ == "__main__":
    for each in PUBLISHED:
        error = counted(each["config"]) / each["parameters"] - 1
        print(f"{each['model']:45} {each['parameters']:>16,} {error:+.2%} {each.get('beside', '')}")  # noqa: T201
