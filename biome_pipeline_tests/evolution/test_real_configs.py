"""Real configs, read in place: what each holds, told by hand, and there and back."""

import json

import pytest

from biome_pipeline.errors import ConfigImportError
from biome_pipeline.evolution.analytic import analytic_metrics
from biome_pipeline.evolution.exports import config_of_genome
from biome_pipeline.evolution.imports import genome_of_config
from biome_pipeline_tests.worlds.model_configs import NO_DECODERS, head, real_configs, told

CONFIGS = real_configs()

GLM5 = "64/64x256 kv512 q2048 r64 v256 plain 1e+06 picks 2048 by 32x128"
GLM52 = "64/64x256 kv512 q2048 r64 v256 plain 8e+06 picks 2048 by 32x128"
V3 = "mla 128/128x192 kv512 q1536 r64 v128 yarn 10000 by 40"
KIMI = "mla 64/64x192 kv512 q1536 r64 v128 yarn 50000 by 64"
DELTA = "linear 48/16x128 gated | 17408 silu"
GEMMA4_SLIDING = "softmax 16/8x256 sliding 1024 plain 10000 normed"
GEMMA4_FULL = "softmax 16/2x512 plain 1e+06 share 0.25 normed"
GEMMA4_FEED = "8 of 128 704 gelu +1x2112 softmax 0"
GEMMA3_SLIDING = "softmax 32/16x128 sliding 1024 plain 10000 normed | 21504 gelu"
GEMMA3_FULL = "softmax 32/16x128 linear 1e+06 by 8 normed | 21504 gelu"
GEMMA3_1B = "softmax 4/1x256 sliding 512 plain 10000 normed | 6912 gelu"
GPT_OSS = "yarn 150000 by 32 | 4 of 128 2880 silu +0 softmax 0.9"
SCOUT = "1 of 16 8192 silu +1 sigmoid 0.001"
MAVERICK = "softmax 40/8x128 block 8192 plain 500000"
MAVERICK_FEED = "1 of 128 8192 silu +1 sigmoid 0.001"

# By id, or by type, width and layers where a config has no id: head, and blocks.
TOLD = {
    "MiniMaxAI/MiniMax-M2.5": (
        "3072 200064 196608 rmsnorm untied",
        [
            "62 x softmax 48/8x128 plain 5e+06 share 0.5 normed "
            "| 8 of 256 1536 silu +0 sigmoid 0.001"
        ],
    ),
    "Qwen/Qwen3-8B": (
        "4096 151936 40960 rmsnorm untied",
        ["36 x softmax 32/8x128 plain 1e+06 normed | 12288 silu"],
    ),
    "Qwen/Qwen3-Coder-480B-A35B-Instruct": (
        "6144 151936 262144 rmsnorm untied",
        ["62 x softmax 96/8x128 plain 1e+07 normed | 8 of 160 2560 silu +0 softmax 0"],
    ),
    "Qwen/Qwen3-VL-4B-Instruct": (
        "2560 151936 262144 rmsnorm tied",
        ["36 x softmax 32/8x128 plain 5e+06 normed | 9728 silu"],
    ),
    "Qwen/Qwen3.5-27B": (
        "5120 248320 262144 rmsnorm untied",
        [
            f"3 x {DELTA}",
            "1 x softmax 24/4x256 plain 1e+07 share 0.25 normed gated | 17408 silu",
        ]
        * 16,
    ),
    "deepseek-ai/DeepSeek-V3": (
        "7168 129280 163840 rmsnorm untied",
        [f"3 x {V3} | 18432 silu", f"58 x {V3} | 8 of 256 2048 silu +1 sigmoid 0"],
    ),
    "deepseek-ai/DeepSeek-V3.2": (
        "7168 129280 163840 rmsnorm untied",
        [
            f"3 x {V3} picks 2048 by 64x128 | 18432 silu",
            f"58 x {V3} picks 2048 by 64x128 | 8 of 256 2048 silu +1 sigmoid 0",
        ],
    ),
    ("deepseek_v2", 2048, 27): (
        "2048 102400 163840 rmsnorm untied",
        [
            "1 x mla 16/16x192 kv512 qNone r64 v128 yarn 10000 by 40 | 10944 silu",
            "26 x mla 16/16x192 kv512 qNone r64 v128 yarn 10000 by 40 "
            "| 6 of 64 1408 silu +2 softmax 0.001",
        ],
    ),
    "nvidia/Kimi-K2.5-NVFP4": (
        "7168 163840 262144 rmsnorm untied",
        [f"1 x {KIMI} | 18432 silu", f"60 x {KIMI} | 8 of 384 2048 silu +1 sigmoid 0.001"],
    ),
    "zai-org/GLM-5": (
        "6144 154880 202752 rmsnorm untied",
        [f"3 x mla {GLM5} | 12288 silu", f"75 x mla {GLM5} | 8 of 256 2048 silu +1 sigmoid 0"],
    ),
    "zai-org/GLM-5.2": (
        "6144 154880 1048576 rmsnorm untied",
        [f"3 x mla {GLM52} | 12288 silu", f"75 x mla {GLM52} | 8 of 256 2048 silu +1 sigmoid 0"],
    ),
    "THUDM/glm-4-9b": (
        "4096 151552 8192 rmsnorm untied",
        ["40 x softmax 32/2x128 plain 10000 share 0.5 | 13696 silu"],
    ),
    ("llama4", 5120, 48, 16): (
        "5120 202048 10485760 rmsnorm untied",
        [
            f"3 x softmax 40/8x128 block 8192 llama3 500000 by 16 normed | {SCOUT}",
            f"1 x softmax 40/8x128 | {SCOUT}",
        ]
        * 12,
    ),
    "meta-llama/Llama-4-Maverick-17B-128E-Instruct": (
        "5120 202048 1048576 rmsnorm untied",
        [
            f"1 x {MAVERICK} | 16384 silu",
            f"1 x {MAVERICK} | {MAVERICK_FEED}",
            f"1 x {MAVERICK} | 16384 silu",
            f"1 x softmax 40/8x128 | {MAVERICK_FEED}",
        ]
        * 12,
    ),
    "meta-llama/Meta-Llama-3.1-8B": (
        "4096 128256 131072 rmsnorm untied",
        ["32 x softmax 32/8x128 llama3 500000 by 8 | 14336 silu"],
    ),
    "mistralai/Mixtral-8x22B-v0.1": (
        "6144 32000 65536 rmsnorm untied",
        ["56 x softmax 48/8x128 plain 1e+06 | 2 of 8 16384 silu +0 softmax 0.001"],
    ),
    ("mistral", 4096, 32): (
        "4096 32000 32768 rmsnorm untied",
        ["32 x softmax 32/8x128 sliding 4096 plain 10000 | 14336 silu"],
    ),
    "nvidia/Gemma-4-26B-A4B-NVFP4": (
        "2816 262144 262144 rmsnorm tied",
        [f"5 x {GEMMA4_SLIDING} | {GEMMA4_FEED}", f"1 x {GEMMA4_FULL} | {GEMMA4_FEED}"] * 5,
    ),
    ("gemma3", 5376, 62): (
        "5376 262208 131072 rmsnorm tied",
        [f"5 x {GEMMA3_SLIDING}", f"1 x {GEMMA3_FULL}"] * 10 + [f"2 x {GEMMA3_SLIDING}"],
    ),
    ("gemma3_text", 1152, 26): (
        "1152 262144 32768 rmsnorm tied",
        [f"5 x {GEMMA3_1B}", "1 x softmax 4/1x256 plain 1e+06 normed | 6912 gelu"] * 4
        + [f"2 x {GEMMA3_1B}"],
    ),
    ("gemma2", 2304, 26): (
        "2304 256000 8192 rmsnorm tied",
        [
            "1 x softmax 8/4x256 sliding 4096 plain 10000 cap 50 | 9216 gelu",
            "1 x softmax 8/4x256 plain 10000 cap 50 | 9216 gelu",
        ]
        * 13,
    ),
    ("gpt_oss", 2880, 36): (
        "2880 201088 131072 rmsnorm untied",
        [f"1 x softmax 64/8x64 sliding 128 {GPT_OSS}", f"1 x softmax 64/8x64 {GPT_OSS}"] * 18,
    ),
    ("phi3", 3072, 32): (
        "3072 32064 131072 rmsnorm untied",
        ["32 x softmax 32/32x96 longrope 10000 by 32 | 8192 silu"],
    ),
    ("qwen", 4096, 32): (
        "4096 151936 32768 rmsnorm untied",
        ["32 x softmax 32/32x128 plain 10000 | 11008 silu"],
    ),
    ("qwen2", 1536, 28): (
        "1536 151936 131072 rmsnorm tied",
        ["28 x softmax 12/2x128 plain 1e+06 | 8960 silu"],
    ),
    ("qwen2_5_vl", 3584, 28): (
        "3584 152064 128000 rmsnorm untied",
        ["28 x softmax 28/4x128 plain 1e+06 | 18944 silu"],
    ),
    ("phi", 32, 2): (
        "32 1024 512 layernorm untied",
        ["2 x softmax 4/4x8 plain 10000 share 0.5 | 37 gelu ungated"],
    ),
    ("llava", None, None): (
        "4096 32064 4096 rmsnorm untied",
        ["32 x softmax 32/32x128 plain 10000 | 11008 silu"],
    ),
    ("internlm2", 4096, 32): (
        "4096 92544 32768 rmsnorm untied",
        ["32 x softmax 32/8x128 plain 1e+06 | 14336 silu"],
    ),
}
BILLIONS = {
    "deepseek-ai/DeepSeek-V3": 671.03,
    "meta-llama/Meta-Llama-3.1-405B": 405.85,
    "nvidia/Llama-3_3-Nemotron-Super-49B-v1": 49.87,
    "nvidia/NVIDIA-Nemotron-3-Nano-30B-A3B-BF16": 31.58,
}
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


def text_of(config):
    names = ("text_config", "language_config", "llm_config")
    return next((config[name] for name in names if isinstance(config.get(name), dict)), config)


def config_of(key):
    """Find a real config by its id, or by its type and sizes."""
    for name, config in CONFIGS:
        text = text_of(config)
        sizes = [text.get("hidden_size"), text.get("num_hidden_layers")]
        by_sizes = (config.get("model_type"), *sizes)
        if key in (name, by_sizes, (*by_sizes, text.get("num_local_experts"))):
            return config
    raise AssertionError(key)


@pytest.mark.skipif(not CONFIGS, reason="the real configs are not here")
@pytest.mark.parametrize("key", TOLD, ids=str)
def test_a_real_model_is_what_its_makers_say(key):
    genome = genome_of_config(config_of(key), place="real").genome
    assert (head(genome), told(genome)) == TOLD[key]


@pytest.mark.skipif(not CONFIGS, reason="the real configs are not here")
@pytest.mark.parametrize("key", BILLIONS)
def test_parameters_are_those_of_the_checkpoint(key):
    genome = genome_of_config(config_of(key), place="real").genome
    assert round(analytic_metrics(genome)["parameters"] / 1e9, 2) == BILLIONS[key]


@pytest.mark.skipif(not CONFIGS, reason="the real configs are not here")
def test_real_configs_import_and_export_without_loss():
    n_taken = 0
    for name, config in CONFIGS:
        if config.get("model_type") in NO_DECODERS:
            with pytest.raises(ConfigImportError, match="model_type") as caught:
                genome_of_config(config, place="real")
            assert "\n" not in str(caught.value)
            continue
        genome = genome_of_config(config, place="real").genome
        exported = json.loads(json.dumps(config_of_genome(genome), allow_nan=False))
        again = genome_of_config(exported, place="export")
        assert (again.genome, again.unread, again.assumed) == (genome, (), ())
        text = text_of(config)
        for ours, theirs in SAME.items():
            stated = next((text[each] for each in theirs if text.get(each) is not None), None)
            if stated is not None and ours in exported:
                assert exported[ours] == stated, (name, config["model_type"], ours)
        n_taken += 1
    assert n_taken == 83


@pytest.mark.skipif(not CONFIGS, reason="the real configs are not here")
@pytest.mark.parametrize(
    ("key", "lost"),
    [
        ("nvidia/Gemma-4-26B-A4B-NVFP4", {"vision_config", "text_config.attention_k_eq_v"}),
        ("zai-org/GLM-5.2", {"indexer_types", "num_nextn_predict_layers"}),
        ("nvidia/NVIDIA-Nemotron-3-Ultra-550B-A55B-BF16", {"moe_latent_size"}),
        (
            "nvidia/DeepSeek-V4-Flash-NVFP4",
            {"compress_ratios", "hc_mult", "o_lora_rank", "q_lora_rank", "scoring_func"},
        ),
        ("meta-llama/Meta-Llama-3.1-8B", {"rope_scaling.low_freq_factor"}),
    ],
)
def test_what_a_genome_cannot_say_is_listed(key, lost):
    assert set(genome_of_config(config_of(key), place="real").unread) >= lost
