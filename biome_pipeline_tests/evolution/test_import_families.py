"""One small config per family, and its genome told by hand off the class of its type."""

import pytest

from biome_pipeline_tests.worlds.model_configs import head, imported, told

TINY = {
    "hidden_size": 64,
    "num_hidden_layers": 4,
    "num_attention_heads": 4,
    "intermediate_size": 96,
    "vocab_size": 100,
    "max_position_embeddings": 512,
}
WINDOWED = {**TINY, "sliding_window": 32}
GPT2 = {"n_embd": 64, "n_layer": 2, "n_head": 4, "vocab_size": 100, "n_positions": 512}
MAMBA = {"mamba_n_heads": 16, "mamba_d_head": 8, "mamba_d_state": 32}
S, F = "softmax 4/4x16 sliding 32", "softmax 4/4x16"

FAMILIES = {
    "smollm3": (
        {**TINY, "num_key_value_heads": 2, "no_rope_layers": [1, 0, 1, 1]},
        [
            "1 x softmax 4/2x16 plain 2e+06 | 96 silu",
            "1 x softmax 4/2x16 | 96 silu",
            "2 x softmax 4/2x16 plain 2e+06 | 96 silu",
        ],
    ),
    "cohere": (
        {**TINY, "use_qk_norm": True},
        ["4 x softmax 4/4x16 plain 500000 normed | 96 silu"],
    ),
    "cohere2": (WINDOWED, [f"3 x {S} plain 10000 | 96 silu", f"1 x {F} | 96 silu"]),
    "exaone": (
        {**TINY, "activation_function": "silu", "rope_theta": 5e5},
        [f"4 x {F} plain 500000 | 96 silu"],
    ),
    "ministral3": (
        {**TINY, "head_dim": 16, "num_key_value_heads": 2},
        ["4 x softmax 4/2x16 yarn 1e+06 by 16 | 96 silu"],
    ),
    "exaone4": (
        {**WINDOWED, "sliding_window_pattern": "LLLG"},
        [f"3 x {S} plain 10000 normed | 96 silu", f"1 x {F} normed | 96 silu"],
    ),
    "olmo": (TINY, [f"4 x {F} plain 10000 | 96 silu"]),
    "olmo2": (TINY, [f"4 x {F} plain 10000 normed | 96 silu"]),
    "olmo3": (
        {**WINDOWED, "rope_scaling": {"rope_type": "yarn", "factor": 8.0}},
        [
            f"3 x {S} plain 500000 normed | 96 silu",
            f"1 x {F} yarn 500000 by 8 normed | 96 silu",
        ],
    ),
    "stablelm": (TINY, [f"4 x {F} plain 10000 share 0.25 | 96 silu"]),
    "starcoder2": (
        {**WINDOWED, "num_key_value_heads": 2},
        ["4 x softmax 4/2x16 sliding 32 plain 10000 | 96 gelu ungated"],
    ),
    "phi3": (TINY, [f"4 x {F} plain 10000 | 96 silu"]),
    "phi": (
        {**TINY, "qk_layernorm": True},
        [f"4 x {F} plain 10000 share 0.5 normed | 96 gelu ungated"],
    ),
    "persimmon": (TINY, [f"4 x {F} plain 10000 share 0.5 normed | 96 relu2 ungated"]),
    "nemotron": (TINY, [f"4 x {F} plain 10000 share 0.5 | 96 relu2 ungated"]),
    "chameleon": (TINY, [f"4 x {F} plain 10000 normed | 96 silu"]),
    "hunyuan_v1_dense": (TINY, [f"4 x {F} plain 10000 normed | 96 silu"]),
    "glm": ({**TINY, "head_dim": 16}, ["4 x softmax 4/2x16 plain 10000 share 0.5 | 96 silu"]),
    "chatglm": (
        {
            "hidden_size": 64,
            "num_layers": 4,
            "num_attention_heads": 4,
            "ffn_hidden_size": 96,
            "padded_vocab_size": 100,
            "seq_length": 512,
            "multi_query_attention": True,
            "multi_query_group_num": 2,
            "rope_ratio": 500,
        },
        ["4 x softmax 4/2x16 plain 5e+06 share 0.5 | 96 silu"],
    ),
    "glm4_moe": (
        {
            **TINY,
            "head_dim": 16,
            "num_key_value_heads": 2,
            "use_qk_norm": True,
            "moe_intermediate_size": 24,
            "n_routed_experts": 8,
            "num_experts_per_tok": 2,
        },
        [
            "1 x softmax 4/2x16 plain 10000 share 0.5 normed | 96 silu",
            "3 x softmax 4/2x16 plain 10000 share 0.5 normed | 2 of 8 24 silu +1 sigmoid 0",
        ],
    ),
    "ernie4_5_moe": (
        {
            **TINY,
            "num_key_value_heads": 2,
            "moe_num_experts": 8,
            "moe_k": 2,
            "moe_intermediate_size": 24,
            "moe_num_shared_experts": 2,
            "moe_layer_start_index": 1,
            "moe_layer_end_index": 2,
        },
        [
            "1 x softmax 4/2x16 plain 500000 | 96 silu",
            "2 x softmax 4/2x16 plain 500000 | 2 of 8 24 silu +2 softmax 0.001",
            "1 x softmax 4/2x16 plain 500000 | 96 silu",
        ],
    ),
    "olmoe": (TINY, [f"4 x {F} plain 10000 normed | 8 of 64 96 silu +0 softmax 0.01"]),
    "phimoe": (
        {**TINY, "num_key_value_heads": 2},
        ["4 x softmax 4/2x16 plain 1e+06 | 2 of 16 96 silu +0 softmax 0.001"],
    ),
    "granitemoe": (TINY, [f"4 x {F} plain 10000 | 2 of 8 96 silu +0 softmax 0.001"]),
    "granitemoeshared": (
        {**TINY, "shared_intermediate_size": 48},
        [f"4 x {F} plain 10000 | 2 of 8 96 silu +1x48 softmax 0.001"],
    ),
    "qwen2_moe": (
        {**TINY, "moe_intermediate_size": 24, "shared_expert_intermediate_size": 48},
        [f"4 x {F} plain 10000 | 4 of 60 24 silu +1x48 softmax 0.001"],
    ),
    "qwen3_next": (
        {**TINY, "num_key_value_heads": 2, "num_experts": 8, "num_experts_per_tok": 2},
        [
            "3 x linear 32/16x128 gated | 2 of 8 512 silu +1 softmax 0.001",
            "1 x softmax 4/2x256 plain 10000 share 0.25 normed gated "
            "| 2 of 8 512 silu +1 softmax 0.001",
        ],
    ),
    "minimax_text_01": (
        {**TINY, "attn_type_list": [0, 0, 0, 1], "rotary_dim": 8, "num_key_value_heads": 2},
        [
            "3 x linear 4/4x16 gated | 2 of 8 96 silu +0 softmax 0.001",
            "1 x softmax 4/2x16 plain 1e+06 share 0.5 | 2 of 8 96 silu +0 softmax 0.001",
        ],
    ),
    "step3p7": (
        {
            **WINDOWED,
            "head_dim": 16,
            "num_key_value_heads": 2,
            "num_sliding_attention_heads": 6,
            "layer_types": ["full_attention", "sliding_attention"] * 2,
            "mlp_layer_types": ["dense", "dense", "sparse", "sparse"],
        },
        [
            "1 x softmax 4/2x16 plain 10000 normed | 96 silu",
            "1 x softmax 6/2x16 sliding 32 plain 10000 normed | 96 silu",
            "1 x softmax 4/2x16 plain 10000 normed | 8 of 288 1280 silu +1 sigmoid 0",
            "1 x softmax 6/2x16 sliding 32 plain 10000 normed | 8 of 288 1280 silu +1 sigmoid 0",
        ],
    ),
    "gpt2": (GPT2, ["2 x softmax 4/4x16 | 256 gelu ungated"]),
    "gpt_bigcode": (GPT2, ["2 x softmax 4/1x16 | 256 gelu ungated"]),
    "gptj": (
        {**GPT2, "rotary_dim": 8},
        ["2 x softmax 4/4x16 plain 10000 share 0.5 | 256 gelu ungated"],
    ),
    "gpt_neo": (
        {**WINDOWED, "window_size": 32, "attention_types": [[["global", "local"], 2]]},
        [f"1 x {F} | 96 gelu ungated", f"1 x {S} | 96 gelu ungated"] * 2,
    ),
    "gpt_neox": (
        {**TINY, "rotary_pct": 0.5, "rotary_emb_base": 2e4, "hidden_act": "gelu"},
        [f"4 x {F} plain 20000 share 0.5 | 96 gelu ungated"],
    ),
    "opt": ({**TINY, "ffn_dim": 96}, [f"4 x {F} | 96 relu ungated"]),
    "bloom": (
        {"hidden_size": 64, "n_layer": 4, "n_head": 4},
        [f"4 x {F} alibi | 256 gelu ungated"],
    ),
    "falcon": (
        {"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "alibi": True},
        ["2 x softmax 4/1x16 alibi | 256 gelu ungated"],
    ),
    "RefinedWeb": (
        {
            "hidden_size": 64,
            "n_layer": 2,
            "n_head": 4,
            "n_head_kv": 2,
            "new_decoder_architecture": True,
        },
        ["2 x softmax 4/2x16 plain 10000 | 256 gelu ungated"],
    ),
    "mpt": (
        {"d_model": 64, "n_layers": 2, "n_heads": 4, "expansion_ratio": 2, "max_seq_len": 512},
        ["2 x softmax 4/4x16 alibi | 128 gelu ungated"],
    ),
    "baichuan": (TINY, [f"4 x {F} alibi | 96 silu"]),
    "mamba2": (
        {"hidden_size": 64, "num_hidden_layers": 4, "num_heads": 16, "head_dim": 8},
        ["4 x ssm 16x8 s128 g8 c4"],
    ),
    "bamba": (
        {**TINY, **MAMBA, "num_key_value_heads": 2, "attn_layer_indices": [2]},
        [
            "2 x ssm 16x8 s32 g1 c4 | 96 silu",
            "1 x softmax 4/2x16 plain 10000 share 0.5 | 96 silu",
            "1 x ssm 16x8 s32 g1 c4 | 96 silu",
        ],
    ),
    "falcon_h1": (
        {**TINY, **MAMBA, "num_key_value_heads": 2, "mamba_d_ssm": 128},
        ["4 x softmax 4/2x16 plain 10000 | ssm 16x8 s32 g1 c4 | 96 silu"],
    ),
    "granitemoehybrid": (
        {
            **TINY,
            **MAMBA,
            "mamba_d_head": "auto",
            "layer_types": ["mamba", "mamba", "attention", "mamba"],
            "shared_intermediate_size": 48,
            "num_local_experts": 4,
        },
        [
            "2 x ssm 16x8 s32 g1 c4 | 2 of 4 96 silu +1x48 softmax 0.001",
            "1 x softmax 4/4x16 | 2 of 4 96 silu +1x48 softmax 0.001",
            "1 x ssm 16x8 s32 g1 c4 | 2 of 4 96 silu +1x48 softmax 0.001",
        ],
    ),
    "nemotron_h": (
        {
            **TINY,
            "hybrid_override_pattern": "M*-E",
            "mamba_num_heads": 16,
            "mamba_head_dim": 4,
            "num_key_value_heads": 2,
            "head_dim": 16,
        },
        [
            "1 x ssm 16x4 s128 g8 c4",
            "1 x softmax 4/2x16",
            "1 x 96 relu2 ungated",
            "1 x 2 of 8 7688 relu2 ungated +1 sigmoid 0",
        ],
    ),
    "deepseek_v4": (
        {**TINY, "head_dim": 128, "num_key_value_heads": 1, "compress_ratios": [0, 4, 128, 0]},
        [
            "1 x softmax 4/1x128 sliding 128 plain 10000 share 0.5 "
            "| 6 of 256 2048 silu +1 sigmoid 0.001",
            "1 x softmax 4/1x128 plain 160000 share 0.5 picks 512 by 64x128 "
            "| 6 of 256 2048 silu +1 sigmoid 0.001",
            "1 x softmax 4/1x128 plain 160000 share 0.5 | 6 of 256 2048 silu +1 sigmoid 0.001",
            "1 x softmax 4/1x128 sliding 128 plain 10000 share 0.5 "
            "| 6 of 256 2048 silu +1 sigmoid 0.001",
        ],
    ),
}


@pytest.mark.parametrize("model_type", FAMILIES)
def test_a_family_is_read_as_its_class_makes_it(model_type):
    config, expected = FAMILIES[model_type]
    assert told(imported(config, model_type=model_type)) == expected


@pytest.mark.parametrize(
    ("model_type", "words"),
    [
        ("gemma", "3072 256000 8192 rmsnorm tied"),
        ("gemma3_text", "2304 262208 131072 rmsnorm tied"),
        ("gemma4", "2304 262144 131072 rmsnorm tied"),
        ("qwen3_5", "4096 248320 32768 rmsnorm untied"),
        ("gpt_oss", "2880 201088 131072 rmsnorm untied"),
        ("cohere", "8192 256000 8192 layernorm tied"),
        ("olmo", "4096 50304 2048 layernorm untied"),
        ("bloom", "64 250880 2048 layernorm tied"),
        ("deepseek_v3", "7168 129280 4096 rmsnorm untied"),
        ("smollm3", "2048 128256 32768 rmsnorm tied"),
    ],
)
def test_a_silent_config_is_what_its_class_declares(model_type, words):
    assert head(imported({"model_type": model_type})) == words


@pytest.mark.parametrize(
    ("model_type", "words"),
    [
        ("gemma", ["28 x softmax 16/16x256 plain 10000 | 24576 gelu"]),
        (
            "gemma2",
            [
                "1 x softmax 8/4x256 sliding 4096 plain 10000 cap 50 | 9216 gelu",
                "1 x softmax 8/4x256 plain 10000 cap 50 | 9216 gelu",
            ]
            * 13,
        ),
        (
            "gemma3",
            [
                "5 x softmax 8/4x256 sliding 4096 plain 10000 normed | 9216 gelu",
                "1 x softmax 8/4x256 plain 1e+06 normed | 9216 gelu",
            ]
            * 4
            + ["2 x softmax 8/4x256 sliding 4096 plain 10000 normed | 9216 gelu"],
        ),
        (
            "gemma4",
            [
                "5 x softmax 8/4x256 sliding 512 plain 10000 normed | 9216 gelu",
                "1 x softmax 8/4x512 plain 1e+06 share 0.25 normed | 9216 gelu",
            ]
            * 5,
        ),
        ("mistral", ["32 x softmax 32/8x128 sliding 4096 plain 10000 | 14336 silu"]),
        (
            "gpt_oss",
            [
                "1 x softmax 64/8x64 sliding 128 yarn 150000 by 32 "
                "| 4 of 128 2880 silu +0 softmax 0.001",
                "1 x softmax 64/8x64 yarn 150000 by 32 | 4 of 128 2880 silu +0 softmax 0.001",
            ]
            * 18,
        ),
    ],
)
def test_silent_layers_are_those_of_the_class(model_type, words):
    assert told(imported({"model_type": model_type})) == words


def test_baichuan_of_7_billion_rotates():
    config = {**TINY, "model_type": "baichuan", "hidden_size": 4096}
    assert told(imported(config)) == ["4 x softmax 4/4x1024 plain 10000 | 96 silu"]


def test_a_composite_may_leave_out_the_type_of_its_text_model():
    inner = {"num_hidden_layers": 1}
    config = {"model_type": "gemma3", "text_config": inner}
    assert imported(config) == imported({**inner, "model_type": "gemma3_text"})
