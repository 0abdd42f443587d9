"""Which layers have a window, a rotation, experts: lists first, then the type's rule."""

import pytest

from biome_pipeline_tests.worlds.model_configs import (
    DEEPSEEK,
    GEMMA2,
    GEMMA3,
    GEMMA4,
    LLAMA,
    LLAMA4,
    MIXTRAL,
    QWEN3_5,
    QWEN3_MOE,
    imported,
)

TINY = {**LLAMA, "num_hidden_layers": 4, "rope_scaling": None}
ON = {"use_sliding_window": True, "sliding_window": 64}


def windows(config, **changes):
    """Give the window of each layer, or None."""
    blocks = imported(config, **changes).blocks
    found = [block.attention.sparsity for block in blocks]
    return [each and each.window for each in found]


def rotated(config, **changes):
    return [block.attention.rope is not None for block in imported(config, **changes).blocks]


def feeds(config, **changes):
    kinds = [block.feed_forward.kind for block in imported(config, **changes).blocks]
    return "".join(kind[0] for kind in kinds)


@pytest.mark.parametrize(
    ("model_type", "changes", "expected"),
    [
        ("mistral", {"sliding_window": 64}, [64] * 4),
        ("mistral", {"sliding_window": None}, [None] * 4),
        ("mistral", {}, [4096] * 4),
        ("mistral", {"sliding_window": 131072}, [None] * 4),
        ("mixtral", {}, [None] * 4),
        ("phi3", {"sliding_window": 64}, [64] * 4),
        # Its class reads no window, whatever the config says.
        ("llama", {"sliding_window": 64}, [None] * 4),
        ("qwen2", {"sliding_window": 64, "use_sliding_window": False}, [None] * 4),
        ("qwen2", {"sliding_window": 0, "use_sliding_window": False}, [None] * 4),
        ("qwen2", {"sliding_window": 64}, [None] * 4),
        ("qwen2", {**ON, "max_window_layers": 3}, [None, None, None, 64]),
        ("qwen2", ON, [None] * 4),
        ("qwen3", {**ON, "max_window_layers": 0}, [64] * 4),
        ("qwen3", {**ON, "sliding_window": None, "max_window_layers": 0}, [None] * 4),
        ("qwen2_5_vl", {**ON, "max_window_layers": 2}, [None, None, 64, 64]),
        ("qwen2_moe", {**ON, "max_window_layers": 3, "hidden_size": 4096}, [64, None, 64, None]),
        ("qwen3_moe", ON, [64] * 4),
        ("qwen3_moe", {"sliding_window": 64}, [None] * 4),
        ("gemma2", {"sliding_window": 64}, [64, None, 64, None]),
        ("gemma3_text", {"sliding_window": 64, "sliding_window_pattern": 2}, [64, None] * 2),
        ("cohere2", {"sliding_window": 64}, [64, 64, 64, None]),
        ("olmo3", {"sliding_window": 64}, [64, 64, 64, None]),
        ("exaone4", {"sliding_window": None}, [None] * 4),
        ("smollm3", {**ON, "no_rope_layers": [1, 0, 1, 1]}, [None, 64, None, None]),
        ("smollm3", {"sliding_window": 64, "no_rope_layers": [1, 0, 1, 1]}, [None] * 4),
        ("gpt_oss", {"sliding_window": 64}, [64, None, 64, None]),
    ],
)
def test_windows_are_where_the_class_has_them(model_type, changes, expected):
    assert windows(TINY, model_type=model_type, **changes) == expected


@pytest.mark.parametrize(
    "model_type", ["qwen2", "gemma2", "gpt_oss", "mistral", "olmo3", "step3p7"]
)
def test_a_list_of_kinds_counts_before_the_rule(model_type):
    kinds = ["full_attention", "sliding_attention", "sliding_attention", "full_attention"]
    changes = {"layer_types": kinds, "sliding_window": 64, "use_sliding_window": True}
    expected = [None, 64, 64, None]
    assert windows(TINY, model_type=model_type, **changes) == expected
    # What is beyond predicts more than one token.
    changes["layer_types"] = [*kinds, "sliding_attention"]
    assert windows(TINY, model_type=model_type, **changes) == expected


def test_the_last_layer_of_gemma_4_sees_all():
    found = windows(GEMMA4, layer_types=["sliding_attention"] * 6)
    assert found == [512] * 5 + [None]


def test_gemma_4_has_other_heads_where_it_sees_all():
    last = imported(GEMMA4).blocks[-1].attention
    assert (last.head_dim, last.n_kv_heads) == (512, 2)
    # The number counts only where values are keys.
    apart = imported(GEMMA4, attention_k_eq_v=False).blocks[-1].attention
    assert (apart.head_dim, apart.n_kv_heads) == (512, 8)


def test_llama_4_forgets_positions_on_every_fourth_layer():
    genome = imported(LLAMA4)
    attention = [block.attention for block in genome.blocks[:4]]
    assert [each.rope is None for each in attention] == [False, False, False, True]
    assert [each.sparsity is None for each in attention] == [False, False, False, True]
    assert [each.qk_norm for each in attention] == [True, True, True, False]
    assert attention[0].sparsity.kind == "block"
    assert rotated(LLAMA4, no_rope_layers=[0, 1] * 16)[:3] == [False, True, False]
    assert rotated(LLAMA4, no_rope_layers=[], nope_layer_interval=2)[:2] == [True, False]
    assert windows(LLAMA4, attention_chunk_size=None) == [None] * 32


@pytest.mark.parametrize("model_type", ["cohere2", "exaone4"])
def test_layers_that_see_all_may_have_no_positions(model_type):
    assert rotated(TINY, model_type=model_type, sliding_window=64) == [True, True, True, False]


def test_exaone_4_without_windows_rotates_everywhere():
    assert rotated(TINY, model_type="exaone4", sliding_window=None) == [True] * 4


def test_gemma_3_rotates_by_its_layers():
    ropes = [block.attention.rope for block in imported(GEMMA3).blocks[:6]]
    assert [rope.theta for rope in ropes] == [1e4] * 5 + [1e6]
    stretched = imported(GEMMA3, rope_scaling={"rope_type": "linear", "factor": 8.0})
    kinds = [block.attention.rope.kind for block in stretched.blocks[:6]]
    assert kinds == ["plain"] * 5 + ["linear"]
    flat = imported(GEMMA3, rope_parameters={"rope_type": "default", "rope_theta": 3e5})
    assert [block.attention.rope.theta for block in flat.blocks[4:6]] == [1e4, 3e5]
    nested = {
        "sliding_attention": {"rope_type": "default", "rope_theta": 5e3},
        "full_attention": {"rope_type": "linear", "rope_theta": 5e5, "factor": 4.0},
    }
    newer = imported(GEMMA3, rope_theta=None, rope_local_base_freq=None, rope_parameters=nested)
    found = [block.attention.rope for block in newer.blocks[4:6]]
    assert [(rope.kind, rope.theta, rope.factor) for rope in found] == [
        ("plain", 5e3, None),
        ("linear", 5e5, 4.0),
    ]


@pytest.mark.parametrize(
    ("scaling", "expected"),
    [
        ({"rope_type": "llama3", "factor": 8.0}, ("llama3", 8.0)),
        ({"type": "linear", "factor": 2}, ("linear", 2.0)),
        ({"type": "dynamic", "factor": 4.0}, ("dynamic", 4.0)),
        ({"rope_type": "yarn", "factor": 40}, ("yarn", 40.0)),
        ({"type": "su", "original_max_position_embeddings": 4096}, ("longrope", 32.0)),
        ({"type": "yarn", "original_max_position_embeddings": 32768}, ("yarn", 4.0)),
        ({"type": "mrope", "mrope_section": [1, 2]}, ("plain", None)),
        ({"type": "default"}, ("plain", None)),
        ({}, ("plain", None)),
        (None, ("plain", None)),
    ],
)
def test_stretching_has_its_kind_and_factor(scaling, expected):
    rope = imported(LLAMA, rope_scaling=scaling).blocks[0].attention.rope
    assert (rope.kind, rope.factor) == expected
    newer = imported(LLAMA, rope_scaling=None, rope_parameters=scaling).blocks[0].attention.rope
    assert (newer.kind, newer.factor) == expected


def test_the_cap_of_gemma_2_may_be_switched_off():
    assert imported(GEMMA2).blocks[0].attention.logit_cap == 50.0
    assert imported(GEMMA2, attn_logit_softcapping=30.0).blocks[0].attention.logit_cap == 30.0
    assert imported(GEMMA2, attn_logit_softcapping=None).blocks[0].attention.logit_cap is None


@pytest.mark.parametrize(
    ("config", "changes", "expected"),
    [
        (DEEPSEEK, {"num_hidden_layers": 5}, "dddmm"),
        (DEEPSEEK, {"num_hidden_layers": 5, "first_k_dense_replace": 0}, "mmmmm"),
        (DEEPSEEK, {"num_hidden_layers": 6, "moe_layer_freq": 2}, "ddddmd"),
        (
            DEEPSEEK,
            {
                "num_hidden_layers": 3,
                "model_type": "glm_moe_dsa",
                "mlp_layer_types": ["dense", "sparse", "dense"],
                "first_k_dense_replace": 9,
            },
            "dmd",
        ),
        (QWEN3_MOE, {"num_hidden_layers": 4}, "mmmm"),
        (QWEN3_MOE, {"num_hidden_layers": 4, "decoder_sparse_step": 2}, "dmdm"),
        (QWEN3_MOE, {"num_hidden_layers": 4, "mlp_only_layers": [1, 3]}, "mdmd"),
        (QWEN3_MOE, {"num_hidden_layers": 4, "num_experts": 0}, "dddd"),
        (LLAMA4, {"num_hidden_layers": 4}, "dmdm"),
        (LLAMA4, {"num_hidden_layers": 4, "moe_layers": [0]}, "mddd"),
        (MIXTRAL, {"num_hidden_layers": 2}, "mm"),
        # Keys of experts are no keys of a dense type.
        (LLAMA, {"num_hidden_layers": 2, "num_experts": 8}, "dd"),
    ],
)
def test_experts_are_where_the_class_has_them(config, changes, expected):
    assert feeds(config, **changes) == expected


@pytest.mark.parametrize(
    ("config", "changes", "expected"),
    [
        (DEEPSEEK, {}, (1, None)),
        (DEEPSEEK, {"n_shared_experts": 0}, (0, None)),
        (DEEPSEEK, {"n_shared_experts": 2}, (2, None)),
        (QWEN3_MOE, {"shared_expert_intermediate_size": 0}, (0, None)),
        (QWEN3_MOE, {"model_type": "qwen2_moe"}, (1, 5632)),
        (QWEN3_MOE, {"model_type": "qwen2_moe", "shared_expert_intermediate_size": 99}, (1, 99)),
        (QWEN3_MOE, {"model_type": "qwen3_5_moe"}, (1, 512)),
        (MIXTRAL, {}, (0, None)),
    ],
)
def test_shared_experts_are_counted_and_sized(config, changes, expected):
    moe = imported(config, **changes).blocks[-1].feed_forward
    assert (moe.shared_experts, moe.shared_hidden) == expected


def test_queries_may_be_made_from_the_input_itself():
    assert imported(DEEPSEEK, q_lora_rank=None).blocks[0].attention.latent.query_width is None
    silent = {key: value for key, value in DEEPSEEK.items() if key != "q_lora_rank"}
    assert imported(silent).blocks[0].attention.latent.query_width == 1536


@pytest.mark.parametrize(
    ("config", "changes", "expected"),
    [
        (LLAMA, {"model_type": "qwen3"}, True),
        (LLAMA, {"model_type": "qwen2"}, False),
        (LLAMA, {"model_type": "cohere"}, False),
        (LLAMA, {"model_type": "cohere", "use_qk_norm": True}, True),
        (LLAMA4, {"use_qk_norm": False}, False),
        (LLAMA, {"model_type": "llama", "use_qk_norm": True}, False),
        (LLAMA, {"model_type": "persimmon", "qk_layernorm": False}, False),
        (QWEN3_5, {"layer_types": ["full_attention"] * 32}, True),
        (GEMMA4, {}, True),
    ],
)
def test_queries_and_keys_are_normed_by_type_or_flag(config, changes, expected):
    assert imported(config, **changes).blocks[0].attention.qk_norm is expected


def test_qwen_3_5_gates_what_it_puts_out():
    last = imported(QWEN3_5).blocks[3].attention
    assert last.output_gate
    assert not imported(QWEN3_5, attn_output_gate=False).blocks[3].attention.output_gate
