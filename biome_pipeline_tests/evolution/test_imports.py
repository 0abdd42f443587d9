"""Configs to genomes and back: what is taken, assumed, listed and refused."""

import json

import numpy as np
import pytest

from biome_pipeline.errors import ConfigImportError
from biome_pipeline.evolution.analytic import analytic_metrics
from biome_pipeline.evolution.exports import config_of_genome
from biome_pipeline.evolution.imports import GENOME_KEY, genome_of_config
from biome_pipeline.evolution.imports.kinds import KINDS, REFUSED, kind_of
from biome_pipeline.vocabulary.model_layouts import LAYOUTS
from biome_pipeline_tests.worlds.genomes import random_genome
from biome_pipeline_tests.worlds.model_configs import (
    DEEPSEEK,
    DRAWN,
    GEMMA4,
    LLAMA,
    LLAMA4,
    MIXTRAL,
    NEMOTRON_H,
    NEMOTRON_NAS,
    QWEN3_5,
    imported,
    told,
)


def billions(genome, which="parameters"):
    return analytic_metrics(genome)[which] / 1e9


def test_llama_3():
    genome = imported(LLAMA)
    assert told(genome) == ["32 x softmax 32/8x128 llama3 500000 by 8 | 14336 silu"]
    assert analytic_metrics(genome)["parameters"] == 8_030_261_248


def test_mixtral():
    genome = imported(MIXTRAL)
    expected = "32 x softmax 32/8x128 plain 500000 | 2 of 8 14336 silu +0 softmax 0.02"
    assert told(genome) == [expected]
    assert analytic_metrics(genome)["parameters"] == 46_702_792_704


def test_deepseek_v3():
    """671 billion in all and 37 for each token (DeepSeek-V3, abstract)."""
    genome = imported(DEEPSEEK)
    assert round(billions(genome)) == 671
    assert 36.5 < billions(genome, "active_parameters") < 38


def test_layers_that_were_searched_for_have_sizes_of_their_own():
    assert told(imported(NEMOTRON_NAS)) == [
        "1 x softmax 64/4x128 llama3 500000 by 8 | 28672 silu",
        "1 x 5632 silu",
    ]


def test_the_dense_part_of_gemma_4_stands_beside_its_experts():
    moe = imported(GEMMA4).blocks[0].feed_forward
    assert (moe.shared_experts, moe.shared_hidden, moe.hidden, moe.k) == (1, 2112, 704, 8)
    dense = imported(GEMMA4, enable_moe_block=False).blocks[0].feed_forward
    assert (dense.kind, dense.hidden) == ("dense", 2112)


def test_layers_of_gemma_4_that_share_keys_may_be_twice_as_wide():
    found = genome_of_config(
        {
            **GEMMA4,
            "enable_moe_block": False,
            "num_kv_shared_layers": 2,
            "use_double_wide_mlp": True,
        },
        place="test",
    )
    hidden = [block.feed_forward.hidden for block in found.genome.blocks]
    assert hidden == [2112] * 4 + [4224] * 2
    assert "num_kv_shared_layers" in found.unread


def test_what_is_not_said_is_said_to_be_assumed():
    bare = {k: v for k, v in LLAMA.items() if k not in ("rope_theta", "hidden_act")}
    found = genome_of_config({**bare, "attention_bias": False, "odd": 1}, place="test")
    assert set(found.assumed) == {"rope_theta", "hidden_act"}
    assert found.unread == ("attention_bias", "odd")


def test_parts_of_an_object_that_nobody_read_are_listed():
    scaling = {"rope_type": "yarn", "factor": 4.0, "beta_fast": 32}
    config = {"model_type": "llava", "image_size": 3, "text_config": {**LLAMA, "bias": 1}}
    config["text_config"]["rope_scaling"] = scaling
    found = genome_of_config(config, place="test")
    assert found.unread == ("image_size", "text_config.bias", "text_config.rope_scaling.beta_fast")


def test_a_score_beyond_the_two_of_a_genome_is_listed():
    found = genome_of_config({**DEEPSEEK, "scoring_func": "sqrtsoftplus"}, place="test")
    assert "scoring_func" in found.unread
    assert found.genome == imported(DEEPSEEK)
    softmax = imported(DEEPSEEK, scoring_func="softmax").blocks[-1].feed_forward
    assert softmax.router.kind == "softmax"


def test_values_of_another_width_than_keys_are_listed():
    found = genome_of_config({**QWEN3_5, "linear_value_head_dim": 64}, place="test")
    assert "linear_value_head_dim" in found.unread
    same = genome_of_config({**QWEN3_5, "linear_value_head_dim": 128}, place="test")
    assert "linear_value_head_dim" not in same.unread


def test_the_text_model_of_a_composite_is_taken():
    whole = {"model_type": "llava", "vision_config": {"hidden_size": 1024}}
    assert imported({**whole, "text_config": LLAMA}) == imported(LLAMA)
    no_vocabulary = {key: value for key, value in LLAMA.items() if key != "vocab_size"}
    genome = imported({**whole, "text_config": no_vocabulary, "vocab_size": 77})
    assert genome.vocabulary == 77
    no_tie = {key: value for key, value in LLAMA.items() if key != "tie_word_embeddings"}
    assert imported({**whole, "text_config": no_tie, "tie_word_embeddings": True}).tied_head


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({}, "model_type: it is not stated"),
        ([], "it is [], no config"),
        ("llama", 'it is "llama", no config'),
        (None, "it is null, no config"),
        (3, "it is 3, no config"),
        ({**LLAMA, "model_type": "bert"}, "model_type: bert is no decoder"),
        ({**LLAMA, "model_type": "t5"}, "model_type: t5 is no decoder"),
        ({**LLAMA, "model_type": ["llama"]}, 'model_type: it is ["llama"], no text'),
        ({**LLAMA, "model_type": "novel"}, 'model_type: the layers of "novel" are not known'),
        ({**LLAMA, "is_encoder_decoder": True}, "is_encoder_decoder: it is true"),
        ({"model_type": "gemma3", "use_bidirectional_attention": True}, "text sees what follows"),
        ({**GEMMA4, "use_bidirectional_attention": "all"}, "text sees what follows"),
        ({"model_type": "gemma3", "text_config": [LLAMA]}, "text_config: it is [{"),
        ({**LLAMA, "num_hidden_layers": 10**9}, "num_hidden_layers: it is 1000000000, no whole"),
        ({**LLAMA, "vocab_size": None}, "vocab_size: it is null"),
        ({**LLAMA, "num_key_value_heads": 5}, "num_key_value_heads: 5 does not divide 32 heads"),
        ({**LLAMA, "hidden_size": 4095}, "head_dim: it is not stated, and 32 heads"),
        ({**LLAMA, "head_dim": 7}, "head_dim: it is 7, and rotation takes pairs"),
        ({**LLAMA, "hidden_act": "xielu"}, 'hidden_act: it is "xielu", no activation'),
        ({**LLAMA, "layer_types": ["full_attention"]}, "layer_types: 1 kinds are too few for 32"),
        ({**LLAMA, "layer_types": ["odd"] * 32}, 'layer_types.0: it is "odd"'),
        ({**LLAMA, "layer_types": ["linear_attention"] * 32}, "layer_types: linear layers"),
        ({**LLAMA, "rope_scaling": {"type": "odd"}}, 'rope_scaling.type: it is "odd", no rotation'),
        ({**LLAMA, "rope_scaling": {"type": "linear"}}, "rope_scaling.factor: a linear rope needs"),
        ({**MIXTRAL, "num_experts_per_tok": 9}, "num_experts_per_tok: it is 9, of 8 experts"),
        ({**DEEPSEEK, "qk_rope_head_dim": None}, "qk_rope_head_dim: it is null"),
        ({**DEEPSEEK, "qk_head_dim": 100}, "qk_head_dim: it is 100, not 128 + 64"),
        ({**DEEPSEEK, "mlp_layer_types": ["sparse"]}, "mlp_layer_types: 1 kinds are too few"),
        ({**DEEPSEEK, "mlp_layer_types": ["odd"] * 61}, 'mlp_layer_types: it holds "odd"'),
        ({**LLAMA4, "no_rope_layers": [1]}, "no_rope_layers: it is no list of 32 zeros and ones"),
        (
            {**NEMOTRON_H, "hybrid_override_pattern": "MX-*EM"},
            'hybrid_override_pattern.1: it is "X"',
        ),
        ({**NEMOTRON_H, "hybrid_override_pattern": "M"}, "1 entries do not fit 6 layers"),
        ({**NEMOTRON_H, "n_groups": 7}, "n_groups: 7 does not divide 64 heads"),
        ({**NEMOTRON_NAS, "block_configs": None}, "block_configs: it is not stated"),
        ({"model_type": "mamba2", "num_heads": 3}, "head_dim: 3 heads of 64 features"),
        ({**LLAMA, GENOME_KEY: 3}, f"{GENOME_KEY}: it is 3, no genome"),
        ({**LLAMA, GENOME_KEY: {"dim": 3}}, "Field required"),
    ],
)
def test_what_is_no_decoder_is_one_line(config, words):
    with pytest.raises(ConfigImportError) as caught:
        genome_of_config(config, place="org/model")
    told_fault = str(caught.value)
    assert told_fault.startswith("org/model")
    assert words in told_fault
    assert "\n" not in told_fault


@pytest.mark.parametrize("model_type", REFUSED)
def test_a_type_that_no_genome_can_say_is_refused_with_its_reason(model_type):
    with pytest.raises(ConfigImportError, match=f"model_type: {model_type} fits no genome: "):
        genome_of_config({**LLAMA, "model_type": model_type}, place="test")


@pytest.mark.parametrize("part", ["attention", "ffn"])
def test_a_linear_map_in_place_of_a_part_is_refused(part):
    block = {**NEMOTRON_NAS["block_configs"][0], part: {"replace_with_linear": True}}
    blocks = [block, NEMOTRON_NAS["block_configs"][1]]
    with pytest.raises(ConfigImportError, match=f"block_configs.0.{part}.replace_with_linear"):
        imported(NEMOTRON_NAS, block_configs=blocks)


def test_types_are_decoders_and_never_both_read_and_refused():
    assert not [name for name in REFUSED if kind_of(name)]
    stacks = {name: LAYOUTS[name].stack for name in KINDS if name in LAYOUTS}
    assert set(stacks.values()) == {"decoder"}


@pytest.mark.parametrize("seed", range(200))
def test_an_export_is_taken_back_exactly(seed):
    genome = random_genome(np.random.default_rng([3, seed]))
    config = json.loads(json.dumps(config_of_genome(genome), allow_nan=False))
    assert genome_of_config(config, place="export").genome == genome
    assert config["hidden_size"] == genome.dim
    assert config["num_hidden_layers"] == len(genome.blocks)


@pytest.mark.parametrize("name", DRAWN)
def test_a_known_model_goes_round(name):
    genome = imported(DRAWN[name])
    exported = json.loads(json.dumps(config_of_genome(genome), allow_nan=False))
    assert genome_of_config(exported, place="export").genome == genome
