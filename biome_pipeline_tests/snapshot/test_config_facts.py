"""Facts are those of the file: renamed, nested, absent, null, or plainly hostile."""

from __future__ import annotations

import json
import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from biome_pipeline.snapshot.config_facts import FACTS, ConfigFacts, config_facts
from biome_pipeline.snapshot.config_names import NAMES, TEXT_SECTIONS, TOWER_SECTIONS
from biome_pipeline.vocabulary.model_families import FAMILIES
from biome_pipeline_tests.worlds.configs import golden, real_configs

EXAMPLES = settings(max_examples=200, deadline=None, derandomize=True, database=None)

NUMBERS = tuple(NAMES)
FLAGS = (
    "has_tied_embeddings",
    "uses_moe",
    "uses_gqa",
    "uses_rope",
    "uses_quantization",
    "has_towers",
)


def facts_of(**config) -> ConfigFacts:
    return config_facts(json.dumps(config))


def assert_typed(facts: ConfigFacts) -> None:
    """Check what the columns promise, whatever was read."""
    for name in (*NUMBERS, "computed_parameters"):
        value = getattr(facts, name)
        assert value is None or (type(value) is int and 0 <= value < 2**63), name
    for name in FLAGS:
        assert getattr(facts, name) in {None, True, False}, name
    assert facts.family is None or facts.family in FAMILIES
    for name in ("model_type", "architecture", "dtype"):
        value = getattr(facts, name)
        assert value is None or (value.isascii() and value.isprintable() and len(value) <= 120)
    assert all(isinstance(each, str) and each.isascii() for each in facts.anomalies)


# Real files


@pytest.mark.parametrize("row", golden("config_facts"), ids=lambda row: row["key"])
def test_facts_of_real_files_are_as_they_were_read_by_hand(row) -> None:
    # Without the real files only the figures themselves can be looked at.
    if not real_configs():
        assert set(row) == {*FACTS, "key", "checked"} - {"computed_parameters"}
        return
    found = vars(config_facts(real_configs()[row["key"]]))
    wanted = {name: value for name, value in row.items() if name not in {"key", "checked"}}
    wanted["anomalies"] = tuple(wanted["anomalies"])
    assert {name: found[name] for name in wanted} == wanted, row["checked"]


def test_the_figures_cover_many_types() -> None:
    rows = golden("config_facts")
    assert len({row["model_type"] for row in rows}) >= 40
    assert all(row["checked"] for row in rows)


def test_every_real_file_is_read_without_a_fault() -> None:
    for key, text in real_configs().items():
        facts = config_facts(text)
        assert_typed(facts)
        assert (facts.outcome, facts.anomalies) == ("ok", ()), key
        if facts.model_type is not None:
            assert facts.hidden_size, key
            assert facts.num_layers, key
            assert facts.context_length, key


# Towers

TEXT = {"model_type": "llama", "hidden_size": 64, "num_hidden_layers": 3, "num_attention_heads": 4}
FLAT = {
    "num_key_value_heads": 2,
    "intermediate_size": 96,
    "vocab_size": 500,
    "max_position_embeddings": 77,
    "num_local_experts": 6,
    "num_experts_per_tok": 2,
}


@pytest.mark.parametrize("section", [name for name in TEXT_SECTIONS if name != "global_config"])
@pytest.mark.parametrize("tower", TOWER_SECTIONS)
def test_a_tower_never_stands_for_the_text_model(section: str, tower: str) -> None:
    other = {
        name: 1_000 + place for place, names in enumerate(NAMES.values()) for name in names.names
    }
    text = {**TEXT, **FLAT, "model_type": "unheard_of"}
    config = {"model_type": "composite", tower: {"model_type": "vit", **other}, section: text}
    found, alone = facts_of(**config), facts_of(**text)
    for name in NUMBERS:
        assert getattr(found, name) == getattr(alone, name), name
    assert found.has_towers is True
    # Nor where the text section says nothing of the kind.
    sparse = facts_of(model_type="composite", **{tower: other, section: {"model_type": "none"}})
    assert [getattr(sparse, name) for name in NUMBERS] == [None] * len(NUMBERS)


def test_a_flat_text_model_beside_a_tower_keeps_its_numbers() -> None:
    found = facts_of(**{**TEXT, "model_type": "qwen2_vl"}, vision_config={"hidden_size": 9})
    assert (found.hidden_size, found.num_layers, found.has_towers) == (64, 3, True)


@pytest.mark.parametrize("value", [None, {}, [], "en", 7, True, {"hidden_size": 8}])
@pytest.mark.parametrize("section", ["decoder", "generator", "language"])
def test_words_that_are_no_text_section_are_passed_over(section: str, value) -> None:
    found = facts_of(**{**TEXT, "model_type": "unheard_of"}, **{section: value})
    is_object = section == "language" and value == {"hidden_size": 8}
    assert found.hidden_size == (8 if is_object else 64)


def test_sections_nest_and_end() -> None:
    inner = {"model_type": "vlm", "text_config": {**TEXT, "tie_word_embeddings": True}}
    assert facts_of(model_type="colpali", vlm_config=inner).hidden_size == 64
    config: dict = {"hidden_size": 5}
    for _ in range(50):
        config = {"text_config": config}
    assert facts_of(model_type="x", **config).hidden_size is None


def test_a_nested_config_leaves_out_the_defaults_of_its_class() -> None:
    text = {"model_type": "llama", "max_position_embeddings": 4096}
    found = facts_of(model_type="llava", text_config=text, vocab_size=32064, vision_config={})
    assert (found.hidden_size, found.num_layers, found.num_heads) == (4096, 32, 32)
    assert (found.num_kv_heads, found.intermediate_size) == (32, 11008)
    # What the top says counts more than a default, what the section says most.
    assert (found.context_length, found.vocab_size) == (4096, 32064)
    # At the top a class writes its keys in any case: what is not there is unknown.
    assert facts_of(**text).hidden_size is None
    assert facts_of(model_type="llava", text_config={"model_type": "x"}).hidden_size is None


def test_only_the_vocabulary_is_also_read_at_the_top() -> None:
    flat = {**TEXT, **FLAT}
    found = facts_of(**{**flat, "model_type": "composite"}, text_config={"model_type": "y"})
    assert found.vocab_size == 500
    assert [getattr(found, name) for name in NUMBERS if name != "vocab_size"] == [None] * 9


# Hostile values

ODD = st.one_of(
    st.sampled_from(
        ["4096", "", "\x1b[31m", "\u202eevil", True, False, -1, -(2**70), 2**63, 2**64]
    ),
    st.sampled_from([0.5, 1e300, -2.0, math.nan, math.inf, -math.inf]),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
    st.text(max_size=5),
)


@pytest.mark.parametrize("fact", NUMBERS)
@given(value=ODD)
@EXAMPLES
def test_an_odd_number_is_null_and_named(fact: str, value) -> None:
    name = NAMES[fact].names[0]
    facts = facts_of(model_type="unheard_of", **{name: value})
    assert getattr(facts, fact) is None
    assert [each.split(":")[0] for each in facts.anomalies] == [name]
    assert_typed(facts)


@pytest.mark.parametrize("fact", NUMBERS)
@pytest.mark.parametrize(
    ("value", "wanted"), [(1, 1), (2**63 - 1, 2**63 - 1), (4096.0, 4096), (1e3, 1000), (None, None)]
)
def test_whole_numbers_are_taken_and_null_is_no_fault(fact: str, value, wanted) -> None:
    facts = facts_of(model_type="unheard_of", **{NAMES[fact].names[0]: value})
    assert getattr(facts, fact) == wanted
    assert facts.anomalies == ()


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ('"4096"', "text, not a number"),
        ("true", "truth value, not a number"),
        ("[4096]", "list, not a number"),
        ('{"a": 1}', "object, not a number"),
        ("NaN", "not finite"),
        ("-Infinity", "not finite"),
        ("1e400", "not finite"),
        ("0", "below 1"),
        ("-4096", "below 1"),
        ("40.5", "not whole"),
        (str(2**64 + 1), "beyond 64 bits"),
        ("9" * 50_000, "beyond 64 bits"),
        ("1e30", "beyond 64 bits"),
    ],
)
def test_the_reason_says_what_stood_there(value: str, reason: str) -> None:
    facts = config_facts(f'{{"hidden_size": {value}, "n_embd": 12}}')
    assert facts.anomalies == (f"hidden_size: {reason}",)
    assert facts.hidden_size == 12


JSON = st.recursive(
    ODD | st.none() | st.integers(0, 100) | st.sampled_from(["llama", "t5", "rope", "bert"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    *(name.removesuffix("[]") for names in NAMES.values() for name in names.names),
                    *TEXT_SECTIONS,
                    "model_type",
                    "architectures",
                    "alibi",
                    "multi_query",
                    "kv_lora_rank",
                    "qk_rope_head_dim",
                    "qk_nope_head_dim",
                    "tie_word_embeddings",
                    "quantization_config",
                    "rope_scaling",
                    "torch_dtype",
                    "attn_config",
                    "ffn_config",
                    "mlp_only_layers",
                ]
            ),
            inner,
            max_size=8,
        )
    ),
    max_leaves=25,
)


@given(
    config=st.dictionaries(st.sampled_from(["text_config", "decoder", "config"]), JSON, max_size=2),
    top=JSON,
    model_type=st.sampled_from(["llama", "t5", "deepseek_v3", "mamba", "bart", "falcon", "mpt"]),
)
@EXAMPLES
def test_nothing_that_a_config_holds_raises(config, top, model_type) -> None:
    document = {**(top if isinstance(top, dict) else {}), **config}
    document.setdefault("model_type", model_type)
    facts = config_facts(json.dumps(document))
    assert facts.outcome == "ok"
    assert_typed(facts)


@given(
    kind=st.sampled_from(
        sorted({row["config"]["model_type"] for row in golden("module_parameters")})
    ),
    numbers=st.lists(st.integers(0, 2**63 - 1), min_size=10, max_size=10),
)
@EXAMPLES
def test_huge_models_are_counted_or_not_but_end(kind: str, numbers: list[int]) -> None:
    names = [entry.names[0] for entry in NAMES.values()]
    facts = facts_of(model_type=kind, **dict(zip(names, numbers, strict=True)))
    assert_typed(facts)


ODD_JSON = (
    '"4096"', '""', '"\\u202e"', "true", "false", "null", "NaN", "Infinity", "-1", "0", "0.5",
    "1e400", str(2**63), str(2**64 + 1), "9" * 5000,
    "[]", "[1, [2]]", "{}", '{"a": {"b": 1}}', '["x"]',
)  # fmt: skip


@pytest.mark.parametrize("seed", range(8))
def test_configs_with_odd_values_anywhere_are_read(seed: int) -> None:
    rng = random.Random(seed)
    n_odd = 0
    for row in golden("module_parameters"):
        places = {key: json.dumps(value) for key, value in row["config"].items()}
        keys = rng.sample([*places, "text_config", "quantization_config", "rope_scaling"], 4)
        places |= {key: rng.choice(ODD_JSON) for key in keys}
        pairs = ", ".join(f"{json.dumps(key)}: {value}" for key, value in places.items())
        text = f"{{{pairs}}}"
        for content in (text, f'{{"model_type": "vlm", "{rng.choice(TEXT_SECTIONS)}": {text}}}'):
            facts = config_facts(content)
            assert facts.outcome == "ok"
            assert_typed(facts)
            n_odd += bool(facts.anomalies)
    assert n_odd > 100


@pytest.mark.parametrize(
    ("classes", "architecture", "anomalies"),
    [
        (["A", "B"], "A", ()),
        ([], None, ()),
        (None, None, ()),
        ([None], None, ()),
        ("A", None, ("architectures: not a list",)),
        ([7], None, ("architectures: number, not a name",)),
        (["\x1b]0;x"], None, ("architectures: not a name",)),
        (["A" * 121], None, ("architectures: not a name",)),
        (["A\n"], None, ("architectures: not a name",)),
    ],
)
def test_only_a_name_is_an_architecture(classes, architecture, anomalies) -> None:
    facts = facts_of(model_type="llama", architectures=classes)
    assert (facts.architecture, facts.anomalies) == (architecture, anomalies)


def test_of_repeated_keys_the_last_counts_and_it_is_said() -> None:
    facts = config_facts('{"hidden_size": 1, "hidden_size": 2, "x": 1, "x": 2}')
    assert facts.hidden_size == 2
    assert facts.anomalies == ("hidden_size: repeated, the last one counts",)


@pytest.mark.parametrize(
    ("content", "outcome"),
    [
        ("", "empty"),
        (b"\xff", "not_utf8"),
        ("[" * 999, "too_deep"),
        ("{", "invalid_json"),
        ("7", "not_object"),
    ],
)
def test_what_is_no_object_has_no_facts(content, outcome: str) -> None:
    assert config_facts(content) == ConfigFacts(outcome)


# Rules

HEADS = {"hidden_size": 64, "num_attention_heads": 8}


@pytest.mark.parametrize(
    ("config", "kv_heads", "gqa"),
    [
        ({"model_type": "falcon", "multi_query": True}, 1, True),
        ({"model_type": "falcon", "multi_query": False}, 8, False),
        ({"model_type": "falcon", "multi_query": True, "num_kv_heads": 8}, 1, True),
        ({"model_type": "falcon", "new_decoder_architecture": True, "num_kv_heads": 2}, 2, True),
        ({"model_type": "gpt_bigcode", "multi_query": True}, 1, True),
        ({"model_type": "gpt_bigcode", "multi_query": False}, 8, False),
        (
            {"model_type": "chatglm", "multi_query_attention": True, "multi_query_group_num": 2},
            2,
            True,
        ),
        ({"model_type": "chatglm", "multi_query_group_num": 2}, 8, False),
        ({"model_type": "mpt", "attn_config": {"kv_n_heads": 2}}, 2, True),
        ({"model_type": "mpt", "attn_config": {"attn_type": "multiquery_attention"}}, 1, True),
        ({"model_type": "mpt"}, 8, False),
        ({"model_type": "llama"}, 8, False),
        ({"model_type": "llama", "num_key_value_heads": None}, 8, False),
        ({"model_type": "llama", "num_key_value_heads": 2}, 2, True),
        ({"model_type": "qwen2"}, None, None),
        ({"model_type": "bert"}, 8, False),
        ({"model_type": "bert", "num_key_value_heads": 2}, 8, False),
        ({"model_type": "unheard_of"}, None, None),
        ({"model_type": "unheard_of", "num_key_value_heads": 16}, 16, None),
    ],
)
def test_key_heads(config, kv_heads, gqa) -> None:
    facts = facts_of(**HEADS, **config)
    assert (facts.num_kv_heads, facts.uses_gqa) == (kv_heads, gqa)


@pytest.mark.parametrize(
    ("config", "wanted"),
    [
        ({"model_type": "llama"}, True),
        ({"model_type": "bert", "rope_theta": 1.0}, False),
        ({"model_type": "unheard_of"}, None),
        ({"model_type": "unheard_of", "rope_theta": 10000.0}, True),
        ({"model_type": "unheard_of", "rope_theta": None, "rope_scaling": None}, None),
        ({"model_type": "unheard_of", "rope_parameters": {"rope_type": "default"}}, True),
        ({"model_type": "unheard_of", "position_embedding_type": "absolute"}, False),
        ({"model_type": "unheard_of", "position_embedding_type": "rotary"}, True),
        ({"model_type": "unheard_of", "rope_theta": 1e4, "alibi": True}, False),
        ({"model_type": "falcon", "alibi": False}, True),
        ({"model_type": "falcon", "alibi": True}, False),
        ({"model_type": "falcon"}, None),
        ({"model_type": "mpt", "attn_config": {"alibi": True}}, False),
        ({"model_type": "nemotron_h", "rope_theta": 1e4}, False),
    ],
)
def test_rotated_positions(config, wanted) -> None:
    assert facts_of(**config).uses_rope is wanted


@pytest.mark.parametrize(
    ("config", "wanted"),
    [
        ({"model_type": "llama"}, False),
        ({"model_type": "llama", "num_local_experts": 8}, False),
        ({"model_type": "mixtral"}, True),
        ({"model_type": "unheard_of"}, None),
        ({"model_type": "unheard_of", "num_experts": None}, False),
        ({"model_type": "unheard_of", "num_experts": 0}, False),
        ({"model_type": "unheard_of", "num_experts": 1}, False),
        ({"model_type": "unheard_of", "num_experts": 2}, True),
        ({"model_type": "unheard_of", "num_experts": 8, "enable_moe_block": False}, False),
        ({"model_type": "unheard_of", "num_experts": "8"}, None),
    ],
)
def test_experts(config, wanted) -> None:
    assert facts_of(**config).uses_moe is wanted


def test_an_expert_of_a_dense_type_is_no_fact() -> None:
    facts = facts_of(model_type="llama", num_local_experts=8)
    assert facts.num_experts is None
    assert facts.anomalies == ("num_experts: no fact of a llama",)


@pytest.mark.parametrize(
    ("config", "wanted"),
    [
        ({"model_type": "llama"}, False),
        ({"architectures": ["A"]}, False),
        ({"model_type": "llama", "quantization_config": {"quant_method": "awq"}}, True),
        ({"model_type": "llama", "compression_config": {"format": "x"}}, True),
        ({"model_type": "llama", "quantization_config": None}, False),
        ({"model_type": "llama", "quantization_config": {}}, False),
        ({"model_type": "x", "text_config": {"quantization_config": {"bits": 4}}}, True),
        ({"model_type": "llama", "text_config": {"quantization_config": {"bits": 4}}}, False),
        ({"prompts": {}}, None),
    ],
)
def test_quantization(config, wanted) -> None:
    assert facts_of(**config).uses_quantization is wanted


@pytest.mark.parametrize(
    ("config", "wanted"),
    [
        ({"torch_dtype": "bfloat16"}, "bfloat16"),
        ({"dtype": "float16", "torch_dtype": "float32"}, "float16"),
        ({"torch_dtype": "torch.float16"}, "float16"),
        ({"torch_dtype": "auto"}, None),
        ({"torch_dtype": 7}, None),
        ({"text_config": {"model_type": "y"}, "dtype": "float32"}, "float32"),
    ],
)
def test_number_formats(config, wanted) -> None:
    assert facts_of(model_type="x", **config).dtype == wanted


@pytest.mark.parametrize(
    ("config", "wanted"),
    [
        ({"head_dim": 128}, 128),
        ({}, 8),
        ({"hidden_size": 65}, None),
        ({"kv_lora_rank": 5, "head_dim": 4, "qk_nope_head_dim": 12, "qk_rope_head_dim": 4}, 16),
        ({"kv_lora_rank": 5, "head_dim": 4, "qk_head_dim": 20}, 20),
        ({"kv_lora_rank": 5}, None),
    ],
)
def test_head_sizes(config, wanted) -> None:
    assert facts_of(model_type="x", **{**HEADS, **config}).head_dim == wanted
