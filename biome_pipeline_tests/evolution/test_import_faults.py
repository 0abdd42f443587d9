"""Damaged configs: a genome or one line that names the field, whatever the damage."""

import copy
import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from biome_pipeline.errors import ConfigImportError
from biome_pipeline.evolution.imports import GENOME_KEY, genome_of_config
from biome_pipeline.evolution.imports.keys import RULES
from biome_pipeline.snapshot.config_document import parse_config
from biome_pipeline_tests.worlds.model_configs import DRAWN, LLAMA, imported, real_configs

NO_COUNTS = ["8", -8, 0, True, False, 8.5, 4096.0, math.nan, math.inf, 1e400, [8], {"a": 8}, 10**30]
NO_REALS = ["8", -8.0, 0, True, math.nan, math.inf, -math.inf, [8.0], {}, 10**30]
NO_FLAGS = ["true", 0, 1, 0.5, [], {}]
NO_WORDS = [8, 0.5, True, ["silu"], {"a": 1}]
NO_LISTS = ["full", 8, {"a": 1}, True, [None], [["x"]], [{}], [1.5]]
NO_OBJECTS = ["yarn", 8, ["yarn"], True]
BY_KIND = {
    "whole": NO_COUNTS,
    "real": NO_REALS,
    "flag": NO_FLAGS,
    "word": NO_WORDS,
    "wholes": [*NO_LISTS, [-1], ["0"]],
    "words": [*NO_LISTS, [8]],
    "object": NO_OBJECTS,
    "objects": [*NO_OBJECTS, [8]],
    "list": NO_OBJECTS[:2],
}
DAMAGE = [*NO_COUNTS, None, "", "x\ny", {}, [], [None], [1, 2], ["full_attention"], 1, 3, 1e300]


def fault_of(config):
    """Import a config; give the line of the error, or nothing."""
    try:
        found = genome_of_config(config, place="org/model")
    except ConfigImportError as error:
        line = str(error)
        assert line.startswith("org/model: ")
        assert "\n" not in line
        return line
    assert found.genome.to_json()
    return ""


def is_allowed(rule, value):
    """A size of 0, or a weight, that the rule itself allows is no damage."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return (
        value == 0 and is_number and (rule.has_zero or (rule.kind == "whole" and rule.lowest <= 0))
    )


@pytest.mark.parametrize("name", DRAWN)
def test_a_known_key_of_another_type_is_named(name):
    config = DRAWN[name]
    for key in config:
        rule = RULES.get(key)
        for value in BY_KIND[rule.kind] if rule and key != "model_type" else ():
            if is_allowed(rule, value) or (rule.kind == "list" and value == []):
                continue
            line = fault_of({**config, key: value})
            assert f"{key}: it is " in line or f"{key}.0" in line, (key, value, line)


@pytest.mark.parametrize("key", [key for key in RULES if "." not in key and key != "model_type"])
def test_no_known_key_is_passed_over_in_silence(key):
    """Whatever the type: a key that means something somewhere is never misread as missing."""
    for value in BY_KIND[RULES[key].kind]:
        if not is_allowed(RULES[key], value):
            assert f"org/model: {key}: it is " in fault_of({**LLAMA, key: value}), value


@pytest.mark.parametrize(
    ("config", "line"),
    [
        (
            {**LLAMA, "num_attention_heads": "8"},
            'org/model: num_attention_heads: it is "8", no whole number from 1 to 65536; '
            "mend it, or choose another model",
        ),
        (
            {**LLAMA, "rope_scaling": "yarn"},
            'org/model: rope_scaling: it is "yarn", no object; mend it, or choose another model',
        ),
        (
            {**LLAMA, "rope_scaling": {"rope_type": "yarn", "factor": "4"}},
            'org/model: rope_scaling.factor: it is "4", no number from 1 up to 65536; '
            "mend it, or choose another model",
        ),
        (
            {"model_type": "llava", "text_config": {**LLAMA, "num_hidden_layers": True}},
            "org/model: text_config.num_hidden_layers: it is true, "
            "no whole number from 1 to 4096; mend it, or choose another model",
        ),
        (
            {**LLAMA, "layer_types": 3},
            "org/model: layer_types: it is 3, no list of texts; mend it, or choose another model",
        ),
        (
            {"model_type": "llava", "text_config": LLAMA, "quantization_config": "fp8"},
            'org/model: quantization_config: it is "fp8", no object; '
            "mend it, or choose another model",
        ),
    ],
)
def test_the_line_says_field_value_and_remedy(config, line):
    assert fault_of(config) == line


def test_parts_of_a_nested_rotation_are_named():
    nested = {"full_attention": {"rope_theta": -1}, "sliding_attention": None}
    line = fault_of({**DRAWN["gemma3"], "rope_parameters": nested})
    assert "org/model: rope_parameters.full_attention.rope_theta: it is -1" in line


def test_parts_of_searched_blocks_are_named():
    config = copy.deepcopy(DRAWN["nemotron-nas"])
    config["block_configs"][1]["ffn"]["ffn_mult"] = "1"
    assert "org/model: block_configs.1.ffn.ffn_mult: it is" in fault_of(config)


def test_a_number_beyond_64_bits_is_named():
    text = json.dumps({**LLAMA, "hidden_size": 7}).replace(": 7,", f": {'9' * 60},")
    assert "org/model: hidden_size: it is " in fault_of(parse_config(text).document)


def test_null_says_none_or_is_named():
    assert imported(LLAMA, num_key_value_heads=None).blocks[0].attention.n_kv_heads == 32
    assert imported(LLAMA, head_dim=None) == imported(LLAMA)
    for key in ("hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size"):
        assert fault_of({**LLAMA, key: None}).startswith(f"org/model: {key}: it is null")


def paths(value, steps=()):
    """Give the path of every value, of lists of the first two elements alone."""
    if isinstance(value, dict):
        parts = value.items()
    elif isinstance(value, list):
        parts = list(enumerate(value))[:2]
    else:
        return
    for step, inner in parts:
        yield (*steps, step)
        yield from paths(inner, (*steps, step))


def damaged(config, steps, value):
    made = copy.deepcopy(config)
    holder = made
    for step in steps[:-1]:
        holder = holder[step]
    holder[steps[-1]] = value
    return made


def test_every_damage_of_a_drawn_config_is_a_genome_or_one_line():
    n = 0
    for config in DRAWN.values():
        for steps in paths(config):
            for value in DAMAGE:
                fault_of(damaged(config, steps, value))
                n += 1
    assert n > 4_000


def test_drawn_damage_of_real_configs_is_a_genome_or_one_line():
    generator = np.random.default_rng(85)
    for _, config in real_configs():
        small = {key: value for key, value in config.items() if key != "quantization_config"}
        places = list(paths(small))
        for place in generator.integers(len(places), size=12):
            value = DAMAGE[int(generator.integers(len(DAMAGE)))]
            fault_of(damaged(small, places[int(place)], value))


def test_two_damages_at_once_are_a_genome_or_one_line():
    generator = np.random.default_rng(86)
    names = [name for name in RULES if "." not in name]
    for _ in range(1_000):
        config = DRAWN[list(DRAWN)[int(generator.integers(len(DRAWN)))]]
        keys = generator.choice(names, size=3, replace=False)
        sizes = generator.choice([1, 2, 3, 4, 8, 64, 128, 4096], size=3)
        fault_of({**config, **dict(zip(map(str, keys), map(int, sizes), strict=True))})


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)


EXAMPLES = settings(max_examples=100, deadline=None, derandomize=True, database=None)

NAMES = sorted({*RULES, *(key for config in DRAWN.values() for key in config)})


@EXAMPLES
@given(
    name=st.sampled_from(sorted(DRAWN)),
    changes=st.dictionaries(
        st.sampled_from([*NAMES, "text_config", GENOME_KEY]), values, max_size=4
    ),
)
def test_junk_is_a_genome_or_one_line(name, changes):
    fault_of({**DRAWN[name], **changes})


@EXAMPLES
@given(config=values)
def test_anything_at_all_is_a_genome_or_one_line(config):
    assert fault_of(config)
