"""Configs to genomes and back: known models, real files, junk."""

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from biome_pipeline.errors import ConfigImportError
from biome_pipeline.evolution.analytic import analytic_metrics
from biome_pipeline.evolution.exports import config_of_genome
from biome_pipeline.evolution.imports import GENOME_KEY, genome_of_config
from biome_pipeline.evolution.structure import tokens_of
from biome_pipeline_tests.worlds.genomes import random_genome

REAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "real" / "configs.jsonl"

LLAMA = {
    "model_type": "llama",
    "hidden_size": 4096,
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "intermediate_size": 14336,
    "vocab_size": 128256,
    "max_position_embeddings": 131072,
    "hidden_act": "silu",
    "rope_theta": 500000.0,
    "rope_scaling": {"rope_type": "llama3", "factor": 8.0},
    "tie_word_embeddings": False,
}
MIXTRAL = {
    **LLAMA,
    "model_type": "mixtral",
    "num_local_experts": 8,
    "num_experts_per_tok": 2,
    "vocab_size": 32000,
    "rope_scaling": None,
    "router_aux_loss_coef": 0.02,
}
DEEPSEEK = {
    "model_type": "deepseek_v3",
    "hidden_size": 7168,
    "num_hidden_layers": 61,
    "num_attention_heads": 128,
    "num_key_value_heads": 128,
    "intermediate_size": 18432,
    "moe_intermediate_size": 2048,
    "n_routed_experts": 256,
    "n_shared_experts": 1,
    "num_experts_per_tok": 8,
    "first_k_dense_replace": 3,
    "moe_layer_freq": 1,
    "q_lora_rank": 1536,
    "kv_lora_rank": 512,
    "qk_nope_head_dim": 128,
    "qk_rope_head_dim": 64,
    "v_head_dim": 128,
    "scoring_func": "sigmoid",
    "vocab_size": 129280,
    "max_position_embeddings": 163840,
    "hidden_act": "silu",
    "rope_theta": 10000,
    "rope_scaling": {"type": "yarn", "factor": 40},
    "tie_word_embeddings": False,
}
GEMMA2 = {
    **LLAMA,
    "model_type": "gemma2",
    "hidden_size": 2304,
    "num_hidden_layers": 26,
    "num_attention_heads": 8,
    "num_key_value_heads": 4,
    "head_dim": 256,
    "intermediate_size": 9216,
    "hidden_act": "gelu_pytorch_tanh",
    "attn_logit_softcapping": 50.0,
    "sliding_window": 4096,
    "max_position_embeddings": 8192,
    "rope_scaling": None,
    "rope_theta": 10000.0,
}
GEMMA3 = {**GEMMA2, "model_type": "gemma3_text", "rope_local_base_freq": 1e4, "rope_theta": 1e6}
QWEN3_5 = {
    **LLAMA,
    "model_type": "qwen3_5_text",
    "rope_theta": None,
    "full_attention_interval": 4,
    "head_dim": 256,
    "linear_num_key_heads": 16,
    "linear_num_value_heads": 48,
    "linear_key_head_dim": 128,
    "attn_output_gate": True,
    "rope_parameters": {"rope_type": "default", "rope_theta": 1e7, "partial_rotary_factor": 0.25},
}
LLAMA4 = {
    **MIXTRAL,
    "model_type": "llama4_text",
    "attention_chunk_size": 8192,
    "interleave_moe_layer_step": 2,
    "intermediate_size_mlp": 16384,
}
NEMOTRON_H = {
    **LLAMA,
    "model_type": "nemotron_h",
    "num_hidden_layers": 6,
    "hybrid_override_pattern": "M-M*EM",
    "mamba_num_heads": 64,
    "mamba_head_dim": 64,
    "ssm_state_size": 128,
    "n_groups": 8,
    "conv_kernel": 4,
    "mlp_hidden_act": "relu2",
    "n_routed_experts": 128,
    "num_experts_per_tok": 6,
    "moe_intermediate_size": 1856,
}


def imported(config, **changes):
    return genome_of_config({**config, **changes}, place="test").genome


def billions(genome, which="parameters"):
    return analytic_metrics(genome)[which] / 1e9


def counts(genome):
    return Counter(tokens_of(genome))


def test_llama_3():
    genome = imported(LLAMA)
    (block,) = set(genome.blocks)
    attention = block.attention
    assert (attention.heads, attention.n_kv_heads, attention.head_dim) == (32, 8, 128)
    assert (attention.rope.kind, attention.rope.factor, attention.rope.theta) == ("llama3", 8, 5e5)
    assert (block.feed_forward.hidden, block.feed_forward.gated) == (14336, True)
    assert analytic_metrics(genome)["parameters"] == 8_030_261_248


def test_what_is_not_said_is_said_to_be_assumed():
    bare = {k: v for k, v in LLAMA.items() if k not in ("rope_theta", "hidden_act")}
    found = genome_of_config({**bare, "attention_bias": False, "odd": 1}, place="test")
    assert set(found.assumed) == {"rope_theta", "hidden_act"}
    assert set(found.unread) >= {"attention_bias", "odd"}
    assert "hidden_size" not in found.unread


def test_mixtral():
    genome = imported(MIXTRAL)
    moe = genome.blocks[0].feed_forward
    assert (moe.n_experts, moe.k, moe.hidden, moe.shared_experts) == (8, 2, 14336, 0)
    assert moe.router.balance_weight == 0.02
    assert analytic_metrics(genome)["parameters"] == 46_702_792_704
    assert counts(genome)["moe"] == 32


def test_deepseek_v3():
    """671 billion in all and 37 for each token (DeepSeek-V3, abstract)."""
    genome = imported(DEEPSEEK)
    first, last = genome.blocks[2], genome.blocks[3]
    assert (first.feed_forward.kind, last.feed_forward.kind) == ("dense", "moe")
    latent = last.attention.latent
    assert (latent.kv_width, latent.query_width, latent.rope_dim, latent.value_dim) == (
        512,
        1536,
        64,
        128,
    )
    assert last.attention.head_dim == 192
    assert last.feed_forward.router.kind == "sigmoid"
    assert last.attention.rope.kind == "yarn"
    assert round(billions(genome)) == 671
    assert 36.5 < billions(genome, "active_parameters") < 38


def test_deepseek_v3_2_selects():
    genome = imported(
        DEEPSEEK, model_type="deepseek_v32", index_topk=2048, index_n_heads=64, index_head_dim=128
    )
    selector = genome.blocks[0].attention.selector
    assert (selector.top_k, selector.heads, selector.head_dim) == (2048, 64, 128)


def test_glm_dense_layers_by_list():
    kinds = ["dense"] * 2 + ["sparse"] * 59
    genome = imported(
        DEEPSEEK, model_type="glm_moe_dsa", mlp_layer_types=kinds, first_k_dense_replace=9
    )
    assert [block.feed_forward.kind for block in genome.blocks[:3]] == ["dense", "dense", "moe"]


def test_gemma_2_alternates():
    genome = imported(GEMMA2)
    windows = [block.attention.sparsity for block in genome.blocks]
    assert [window is None for window in windows] == [False, True] * 13
    assert windows[0].window == 4096
    assert genome.blocks[0].attention.logit_cap == 50.0
    assert genome.blocks[0].feed_forward.activation == "gelu"


def test_gemma_3_rotates_by_its_layers():
    genome = imported(GEMMA3)
    thetas = [block.attention.rope.theta for block in genome.blocks[:6]]
    assert thetas == [1e4] * 5 + [1e6]
    assert genome.blocks[0].attention.qk_norm


@pytest.mark.parametrize(
    ("changes", "n_windows"),
    [
        ({"sliding_window": 4096}, 32),
        ({"sliding_window": None}, 0),
        ({"sliding_window": 4096, "use_sliding_window": False}, 0),
        ({"sliding_window": 131072}, 0),
        ({"sliding_window": 4096, "sliding_window_pattern": 4}, 24),
    ],
)
def test_windows_are_where_they_hide_something(changes, n_windows):
    genome = imported(LLAMA, model_type="mistral", **changes)
    assert counts(genome)["sparsity:sliding"] == n_windows


def test_qwen_3_norms_queries_and_keys():
    assert imported(LLAMA, model_type="qwen3").blocks[0].attention.qk_norm
    assert not imported(LLAMA, model_type="qwen2").blocks[0].attention.qk_norm


def test_qwen_3_5_is_mostly_linear():
    genome = imported(QWEN3_5)
    kinds = [block.attention.kind for block in genome.blocks[:4]]
    assert kinds == ["linear"] * 3 + ["softmax"]
    linear, full = genome.blocks[0].attention, genome.blocks[3].attention
    assert (linear.heads, linear.n_kv_heads, linear.head_dim) == (48, 16, 128)
    assert (full.rope.share, full.rope.theta, full.output_gate) == (0.25, 1e7, True)


def test_qwen_3_moe_may_have_dense_layers():
    genome = imported(
        MIXTRAL,
        model_type="qwen3_moe",
        num_experts=128,
        decoder_sparse_step=2,
        mlp_only_layers=[1],
        moe_intermediate_size=768,
        num_experts_per_tok=8,
    )
    kinds = [block.feed_forward.kind for block in genome.blocks[:4]]
    assert kinds == ["dense", "dense", "dense", "moe"]


def test_llama_4_forgets_positions_on_every_fourth_layer():
    genome = imported(LLAMA4)
    attention = [block.attention for block in genome.blocks[:4]]
    assert [each.rope is None for each in attention] == [False, False, False, True]
    assert [each.sparsity is None for each in attention] == [False, False, False, True]
    assert attention[0].sparsity.kind == "block"
    feeds = [block.feed_forward for block in genome.blocks[:2]]
    assert (feeds[0].hidden, feeds[1].kind, feeds[1].shared_experts) == (16384, "moe", 1)


def test_nemotron_h_has_a_mixer_or_a_feed_forward():
    genome = imported(NEMOTRON_H)
    kinds = [
        "ssm" if block.ssm else "attention" if block.attention else block.feed_forward.kind
        for block in genome.blocks
    ]
    assert kinds == ["ssm", "dense", "ssm", "attention", "moe", "ssm"]
    assert not genome.blocks[1].feed_forward.gated
    assert genome.blocks[0].ssm.groups == 8


def test_layers_that_were_searched_for_have_sizes_of_their_own():
    blocks = [
        {"attention": {"n_heads_in_group": 8}, "ffn": {"ffn_mult": 5.25}},
        {"attention": {"no_op": True, "n_heads_in_group": None}, "ffn": {"ffn_mult": 1.0}},
    ]
    genome = imported(
        LLAMA,
        model_type="nemotron-nas",
        hidden_size=8192,
        num_attention_heads=64,
        num_hidden_layers=2,
        block_configs=blocks,
        intermediate_size=None,
    )
    assert genome.blocks[0].attention.n_kv_heads == 8
    assert genome.blocks[0].feed_forward.hidden == 28672
    assert genome.blocks[1].attention is None
    assert genome.blocks[1].feed_forward.hidden == 5632


def test_gpt_2_is_plain():
    genome = imported(
        {
            "model_type": "gpt2",
            "n_embd": 768,
            "n_layer": 12,
            "n_head": 12,
            "vocab_size": 50257,
            "n_positions": 1024,
            "activation_function": "gelu_new",
        }
    )
    block = genome.blocks[0]
    assert (genome.norm, genome.tied_head) == ("layernorm", True)
    assert (block.feed_forward.hidden, block.feed_forward.gated) == (3072, False)
    assert block.attention.rope is None


def test_bloom_is_biased_by_distance():
    genome = imported(
        {
            "model_type": "bloom",
            "hidden_size": 1024,
            "n_layer": 24,
            "n_head": 16,
            "vocab_size": 250880,
            "seq_length": 2048,
        }
    )
    assert genome.blocks[0].attention.alibi


def test_the_text_model_of_a_composite_is_taken():
    genome = imported(
        {"model_type": "llava", "text_config": LLAMA, "vision_config": {"hidden_size": 1024}}
    )
    assert genome == imported(LLAMA)


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({}, "num_layers"),
        ({**LLAMA, "model_type": "bert"}, "bert is no decoder"),
        ({**LLAMA, "model_type": "t5"}, "t5 is no decoder"),
        ({**LLAMA, "is_encoder_decoder": True}, "no decoder"),
        ({**LLAMA, "num_hidden_layers": 10**9}, "more than 4096"),
        ({**LLAMA, "num_hidden_layers": 0}, "num_layers"),
        ({**LLAMA, "num_hidden_layers": "32"}, "num_layers"),
        ({**LLAMA, "hidden_size": -1}, "hidden_size"),
        ({**LLAMA, "hidden_size": 10**12}, "dim"),
        ({**LLAMA, "num_key_value_heads": 5}, "does not divide"),
        ({**LLAMA, "vocab_size": None}, "vocab_size"),
        ({**LLAMA, "intermediate_size": [1]}, "intermediate_size"),
        ({**MIXTRAL, "num_experts_per_tok": 9}, "k 9 is above"),
        ({**DEEPSEEK, "qk_rope_head_dim": None}, "qk_rope_head_dim"),
        ({**LLAMA, GENOME_KEY: 3}, "it is no genome"),
        ({**LLAMA, GENOME_KEY: {"dim": 3}}, "Field required"),
    ],
)
def test_what_is_no_decoder_is_one_line(config, words):
    with pytest.raises(ConfigImportError) as caught:
        genome_of_config(config, place="org/model")
    told = str(caught.value)
    assert told.startswith("org/model")
    assert words in told
    assert "\n" not in told


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)


@pytest.mark.parametrize("config", [LLAMA, DEEPSEEK, GEMMA3, QWEN3_5, LLAMA4, NEMOTRON_H])
@given(data=st.data())
def test_junk_is_a_genome_or_one_line(config, data):
    names = [
        *config,
        "layer_types",
        "block_configs",
        "rope_scaling",
        "rope_parameters",
        "alibi",
        "mlp_layer_types",
        "layers_block_type",
        "index_topk",
        "text_config",
        GENOME_KEY,
    ]
    changes = data.draw(st.dictionaries(st.sampled_from(names), values, max_size=4))
    try:
        found = genome_of_config({**config, **changes}, place="junk")
    except ConfigImportError as error:
        told = str(error)
    else:
        told = found.genome.to_json()
    assert told
    assert "\n" not in told


@pytest.mark.parametrize("seed", range(200))
def test_an_export_is_taken_back_exactly(seed):
    genome = random_genome(np.random.default_rng([3, seed]))
    config = json.loads(json.dumps(config_of_genome(genome), allow_nan=False))
    assert genome_of_config(config, place="export").genome == genome
    assert config["hidden_size"] == genome.dim
    assert config["num_hidden_layers"] == len(genome.blocks)


SAME = {
    "hidden_size": ("hidden_size",),
    "num_hidden_layers": ("num_hidden_layers", "num_layers"),
    "num_attention_heads": ("num_attention_heads",),
    "num_key_value_heads": ("num_key_value_heads",),
    "vocab_size": ("vocab_size", "padded_vocab_size"),
    "max_position_embeddings": ("max_position_embeddings",),
    "num_experts": ("num_experts", "n_routed_experts", "num_local_experts"),
    "num_experts_per_tok": ("num_experts_per_tok", "top_k_experts"),
    "moe_intermediate_size": ("moe_intermediate_size",),
    "kv_lora_rank": ("kv_lora_rank",),
    "q_lora_rank": ("q_lora_rank",),
    "index_topk": ("index_topk",),
    "v_head_dim": ("v_head_dim",),
    "tie_word_embeddings": ("tie_word_embeddings",),
}
NO_DECODERS = {"bert", None}


def text_of(config):
    for name in ("text_config", "language_config", "llm_config"):
        if isinstance(config.get(name), dict):
            return config[name]
    return config


def test_real_configs_import_and_export_without_loss():
    if not REAL.is_file():
        return
    n_taken = 0
    for line in REAL.read_text(encoding="utf-8").splitlines():
        config = json.loads(line)["config"]
        if config.get("model_type") in NO_DECODERS:
            with pytest.raises(ConfigImportError):
                genome_of_config(config, place="real")
            continue
        genome = genome_of_config(config, place="real").genome
        exported = config_of_genome(genome)
        assert genome_of_config(exported, place="export").genome == genome
        text = text_of(config)
        for ours, theirs in SAME.items():
            stated = next((text[name] for name in theirs if text.get(name) is not None), None)
            if stated is not None and ours in exported:
                assert exported[ours] == stated, (config["model_type"], ours)
        n_taken += 1
    assert n_taken == 83
