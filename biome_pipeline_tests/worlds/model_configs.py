"""Configs of known models, typed by hand, and genomes told in words a person can check.

`told` writes what a block is; the expectations in the tests are written by hand in the
same words, off the published configs and the modelling classes of transformers 5.24.
"""

from __future__ import annotations

import json
from itertools import groupby
from pathlib import Path

from biome_pipeline.evolution.imports import genome_of_config

REAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "real" / "configs.jsonl"
NO_DECODERS = {"bert", None}

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
QWEN3_MOE = {
    **MIXTRAL,
    "model_type": "qwen3_moe",
    "num_experts": 128,
    "num_local_experts": None,
    "decoder_sparse_step": 1,
    "mlp_only_layers": [],
    "moe_intermediate_size": 768,
    "num_experts_per_tok": 8,
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
GEMMA4 = {
    "model_type": "gemma4_text",
    "num_hidden_layers": 6,
    "hidden_size": 2816,
    "intermediate_size": 2112,
    "num_attention_heads": 16,
    "num_key_value_heads": 8,
    "enable_moe_block": True,
    "num_experts": 128,
    "top_k_experts": 8,
    "moe_intermediate_size": 704,
    "attention_k_eq_v": True,
    "num_global_key_value_heads": 2,
}
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
    "rope_scaling": None,
    "rope_parameters": {"rope_type": "default", "rope_theta": 1e7, "partial_rotary_factor": 0.25},
}
LLAMA4 = {
    **MIXTRAL,
    "model_type": "llama4_text",
    "head_dim": 128,
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
    "moe_shared_expert_intermediate_size": 3712,
}
NEMOTRON_NAS = {
    **LLAMA,
    "model_type": "nemotron-nas",
    "hidden_size": 8192,
    "num_attention_heads": 64,
    "num_key_value_heads": None,
    "num_hidden_layers": 2,
    "block_configs": [
        {"attention": {"n_heads_in_group": 16}, "ffn": {"ffn_mult": 5.25}},
        {"attention": {"no_op": True, "n_heads_in_group": None}, "ffn": {"ffn_mult": 1.0}},
    ],
    "intermediate_size": None,
}
DRAWN = {
    "llama": LLAMA,
    "mixtral": MIXTRAL,
    "qwen3_moe": QWEN3_MOE,
    "deepseek_v3": DEEPSEEK,
    "gemma2": GEMMA2,
    "gemma3": GEMMA3,
    "gemma4": GEMMA4,
    "qwen3_5": QWEN3_5,
    "llama4": LLAMA4,
    "nemotron_h": NEMOTRON_H,
    "nemotron-nas": NEMOTRON_NAS,
}


def imported(config, **changes):
    return genome_of_config({**config, **changes}, place="test").genome


def real_configs():
    """Give the real configs, or none where their file is not."""
    if not REAL.is_file():
        return []
    lines = REAL.read_text(encoding="utf-8").splitlines()
    return [(row["id"], row["config"]) for row in map(json.loads, lines)]


def told(genome):
    """Tell runs of equal blocks, from the first to the last."""
    runs = groupby(map(_block, genome.blocks))
    return [f"{sum(1 for _ in run)} x {words}" for words, run in runs]


def head(genome):
    tied = "tied" if genome.tied_head else "untied"
    return f"{genome.dim} {genome.vocabulary} {genome.sequence} {genome.norm} {tied}"


def _block(block):
    parts = [
        _attention(block.attention) if block.attention else "",
        _ssm(block.ssm) if block.ssm else "",
        _feed(block.feed_forward) if block.feed_forward else "",
    ]
    return " | ".join(filter(None, parts))


def _attention(attention):
    words = [attention.kind, f"{attention.heads}/{attention.n_kv_heads}x{attention.head_dim}"]
    if attention.latent is not None:
        latent = attention.latent
        words.append(
            f"kv{latent.kv_width} q{latent.query_width} r{latent.rope_dim} v{latent.value_dim}"
        )
    if attention.sparsity is not None:
        words.append(f"{attention.sparsity.kind} {attention.sparsity.window}")
    if attention.rope is not None:
        rope = attention.rope
        words.append(f"{rope.kind} {rope.theta:g}")
        words += [f"by {rope.factor:g}"] if rope.factor else []
        words += [f"share {rope.share:g}"] if rope.share < 1 else []
    words += ["alibi"] if attention.alibi else []
    words += ["normed"] if attention.qk_norm else []
    words += ["gated"] if attention.output_gate else []
    words += [f"cap {attention.logit_cap:g}"] if attention.logit_cap else []
    if attention.selector is not None:
        scorer = attention.selector
        words.append(f"picks {scorer.top_k} by {scorer.heads}x{scorer.head_dim}")
    return " ".join(words)


def _ssm(ssm):
    return f"ssm {ssm.heads}x{ssm.head_dim} s{ssm.state} g{ssm.groups} c{ssm.conv}"


def _feed(feed):
    shape = f"{feed.hidden} {feed.activation}{'' if feed.gated else ' ungated'}"
    if feed.kind == "dense":
        return shape
    size = f"x{feed.shared_hidden}" if feed.shared_hidden else ""
    router = f"{feed.router.kind} {feed.router.balance_weight:g}"
    return f"{feed.k} of {feed.n_experts} {shape} +{feed.shared_experts}{size} {router}"
