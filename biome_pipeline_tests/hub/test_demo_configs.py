"""Configs of the demo Hub: their facts, their spellings and their mutations along the edges."""

from __future__ import annotations

import json
from collections import Counter, defaultdict

import pytest
from scipy.stats import binom

from biome_pipeline.hub.demo import build_demo_hub
from biome_pipeline.hub.demo.architectures import ARCHITECTURES, architecture_of
from biome_pipeline.hub.demo.words import FOUNDATIONS

# A reader of its own: every name that a number may have, in the order of trust.
NAMES = {
    "hidden_size": ("hidden_size", "n_embd", "d_model", "dim"),
    "num_layers": ("num_hidden_layers", "n_layer", "num_layers", "n_layers", "encoder_layers"),
    "num_heads": (
        "num_attention_heads", "n_head", "num_heads", "n_heads", "encoder_attention_heads",
    ),
    "num_kv_heads": ("num_key_value_heads", "n_head_kv", "num_kv_heads"),
    "head_dim": ("head_dim",),
    "intermediate_size": (
        "intermediate_size", "n_inner", "d_ff", "hidden_dim", "encoder_ffn_dim",
    ),
    "vocab_size": ("vocab_size",),
    "context_length": ("max_position_embeddings", "n_positions", "max_seq_len"),
    "num_experts": ("num_local_experts", "num_experts", "n_routed_experts"),
    "experts_per_token": ("num_experts_per_tok",),
    "dtype": ("dtype", "torch_dtype"),
    "has_tied_embeddings": ("tie_word_embeddings",),
}  # fmt: skip
ROTARY = {"llama", "mistral", "qwen2", "llava"}
DECODERS = {"llama", "mistral", "qwen2"}


def stated(config):
    """Read the facts of one config the plain way."""
    text = {**config, **config.get("text_config", {})}
    facts = {}
    for fact, names in NAMES.items():
        found = [text[name] for name in names if text.get(name) is not None]
        # Shifted windows list their heads stage by stage.
        facts[fact] = found[0] if found and not isinstance(found[0], list) else None
    facts["uses_quantization"] = "quantization_config" in config
    if "model_type" not in config:
        return {**facts, "uses_moe": None, "uses_gqa": None, "uses_rope": None}
    heads, kv_heads = facts["num_heads"], facts["num_kv_heads"]
    facts["uses_gqa"] = None if kv_heads is None else kv_heads < heads
    facts["uses_moe"] = facts["num_experts"] is not None
    facts["uses_rope"] = "rope_theta" in text or "rope_parameters" in text
    return facts


class World:
    def __init__(self, n_models):
        hub = build_demo_hub(n_models)
        self.truth, self.planted = hub.truth, hub.truth.planted
        self.rows = {row["id"]: row for row in hub.table.to_pylist()}
        self.models = {model["id"]: model for model in hub.truth.models.to_pylist()}
        self.files = {row["model_id"]: row for row in hub.configs.to_pylist()}
        self.facts = {row["model_id"]: row for row in hub.truth.configs.to_pylist()}
        self.configs = {name: json.loads(self.files[name]["body"]) for name in self.facts}
        self.edges = hub.truth.edges.to_pylist()
        self.mutations = hub.truth.config_mutations.to_pylist()

    def first_edges(self, relation):
        """Pairs of parent and child by the first parent, both with a config."""
        seen = set()
        for edge in self.edges:
            parent, child = edge["parent_id"], edge["child_id"]
            if edge["relation"] == relation and child not in seen:
                seen.add(child)
                if parent in self.facts and child in self.facts:
                    yield self.facts[parent], self.facts[child]


@pytest.fixture(scope="module")
def hub():
    return World(20_000)


def within(successes, n, probability):
    """Whether a count lies in the central 99.99 % of its binomial distribution."""
    assert n >= 30, "too few cases to say anything"
    low, high = binom.interval(0.9999, n, probability)
    return low <= successes <= high


# Which models have one, and that it agrees with the row


def test_every_model_with_the_file_has_one_row_and_no_other(hub):
    assert list(hub.files) == sorted(hub.files)
    malformed = {case["id"] for case in hub.truth.anomalies["malformed_id"]}
    expected = {
        name
        for name, row in hub.rows.items()
        if name is not None
        and name not in malformed
        and {"rfilename": "config.json"} in row["siblings"]
    }
    assert set(hub.files) == expected
    spoilt = {
        case["id"]
        for cases in hub.truth.anomalies.values()
        for case in cases
        if case.get("file") == "config.json"
    }
    assert set(hub.facts) == expected - spoilt
    assert not spoilt & set(hub.models)


def test_the_file_agrees_with_the_reduced_config(hub):
    kinds = Counter()
    for name, config in hub.configs.items():
        reduced = json.loads(hub.rows[name]["config"])
        for key in ("architectures", "model_type"):
            assert config.get(key) == reduced.get(key)
        quantization = reduced.get("quantization_config")
        assert (quantization is None) == ("quantization_config" not in config)
        if quantization is not None:
            assert quantization.items() <= config["quantization_config"].items()
        if "diffusers" in reduced:
            assert reduced["diffusers"].items() <= config.items()
        kinds[reduced.get("model_type"), quantization is not None] += 1
    assert {kind for kind, _ in kinds} == {*ARCHITECTURES, None}
    assert sum(count for (_, is_quantized), count in kinds.items() if is_quantized) > 500


def test_facts_against_a_plain_reader(hub):
    filled = Counter()
    for name, config in hub.configs.items():
        expected = stated(config)
        facts = {key: hub.facts[name][key] for key in expected}
        assert facts == expected, name
        filled.update(key for key, value in expected.items() if value is not None)
    assert all(filled[key] > 100 for key in NAMES if "expert" not in key)
    assert filled["num_experts"] == filled["experts_per_token"] > 5


def test_a_vision_tower_stands_beside_the_text_model(hub):
    nested = [name for name, c in hub.configs.items() if c.get("model_type") == "llava"]
    assert len(nested) > 100
    for name in nested:
        config = hub.configs[name]
        assert "hidden_size" not in config
        assert config["vision_config"]["hidden_size"] != hub.facts[name]["hidden_size"]


def test_spellings(hub):
    names = Counter(key for config in hub.configs.values() for key in config)
    for name in (
        "n_embd", "d_model", "n_layer", "num_layers", "n_head", "n_head_kv", "num_kv_heads",
        "n_positions", "max_seq_len", "text_config", "torch_dtype", "dtype", "rope_parameters",
        "rope_theta", "encoder_layers",
    ):  # fmt: skip
        assert names[name] > 30, name


# Parameters


def test_parameters_are_the_counted_ones_of_their_foundation():
    n_exact = 0
    for foundation in FOUNDATIONS:
        for size, (_, counted) in enumerate(foundation.sizes):
            architecture = architecture_of(foundation.model_type, size)
            if architecture is None or architecture.parameters is None:
                assert foundation.model_type in {"", "swin", "speecht5"}
                continue
            assert architecture.parameters == counted, (foundation.model_type, size)
            n_exact += 1
    assert n_exact == 23


def matrices(config):
    """Shapes of all weights of a decoder, one by one."""
    facts = stated(config)
    width, inner = facts["hidden_size"], facts["intermediate_size"]
    heads = facts["num_heads"]
    kv_heads = heads if facts["num_kv_heads"] is None else facts["num_kv_heads"]
    head_dim = facts["head_dim"] or width // heads
    yield facts["vocab_size"], width
    if not facts["has_tied_embeddings"]:
        yield facts["vocab_size"], width
    yield 1, width
    for _ in range(facts["num_layers"]):
        for n_out in (heads, kv_heads, kv_heads):
            yield width, n_out * head_dim
            if config["model_type"] == "qwen2":
                yield 1, n_out * head_dim
        yield heads * head_dim, width
        for _ in range(facts["num_experts"] or 1):
            for _ in range(3):
                yield width, inner
        if facts["num_experts"]:
            yield width, facts["num_experts"]
        yield 2, width


def test_parameters_of_decoders_against_their_matrices(hub):
    seen = set()
    for name, config in hub.configs.items():
        if config.get("model_type") in DECODERS:
            expected = sum(rows * columns for rows, columns in matrices(config))
            assert hub.facts[name]["parameters"] == expected, name
            seen.add(expected)
    assert len(seen) > 50


def test_distance_to_the_counted_parameters(hub):
    n_exact = n_off = 0
    for name, facts in hub.facts.items():
        safetensors = hub.rows[name]["safetensors"]
        is_packed = facts["uses_quantization"]
        counted = safetensors["total"] if safetensors and not is_packed else None
        assert facts["counted_parameters"] == counted
        if counted is None or facts["parameters"] is None:
            assert facts["parameters_off"] is None
            continue
        assert facts["parameters_off"] == pytest.approx(facts["parameters"] / counted - 1)
        # Nothing but what mutated in a line of descent moves it.
        if name not in hub.models or hub.models[name]["relation"] is None:
            assert facts["parameters_off"] == 0
            n_exact += 1
        n_off += facts["parameters_off"] != 0
    assert n_exact > 1_000
    assert n_off > 100


def test_dtype_is_that_of_the_counted_weights_or_float32(hub):
    names = {"F32": "float32", "BF16": "bfloat16", "F16": "float16"}
    n_restated = n_half = 0
    for name, facts in hub.facts.items():
        safetensors = hub.rows[name]["safetensors"]
        if safetensors is None or facts["dtype"] is None:
            continue
        counted = {names[k] for k, n in safetensors["parameters"].items() if n and k in names}
        if hub.models.get(name, {}).get("relation") == "finetune" and counted != {"float32"}:
            n_half += 1
            n_restated += facts["dtype"] == "float32"
        else:
            assert {facts["dtype"]} == counted
    assert within(n_restated, n_half, hub.planted["config_states_float32"])


# The planted rates


def changed(pairs, attribute):
    pairs = [(p[attribute], c[attribute]) for p, c in pairs]
    pairs = [(p, c) for p, c in pairs if p is not None and c is not None]
    return sum(p != c for p, c in pairs), len(pairs)


def test_finetunes_resize_vocabularies_and_extend_contexts(hub):
    pairs = list(hub.first_edges("finetune"))
    assert within(*changed(pairs, "vocab_size"), hub.planted["config_vocabulary_resized"])
    rotary = [(p, c) for p, c in pairs if p["uses_rope"] and c["uses_rope"]]
    grown = changed(rotary, "context_length")
    assert within(*grown, hub.planted["config_context_extended"])
    assert all(c["context_length"] >= p["context_length"] for p, c in rotary)
    for attribute in ("hidden_size", "num_layers", "num_heads", "intermediate_size"):
        assert changed(pairs, attribute)[0] == 0


def test_a_longer_context_comes_with_scaled_positions(hub):
    n_scaled = 0
    for name, config in hub.configs.items():
        text = config.get("text_config", config)
        rope = text.get("rope_parameters", text.get("rope_scaling")) or {}
        if "factor" in rope:
            length = rope["factor"] * rope["original_max_position_embeddings"]
            assert length == hub.facts[name]["context_length"]
            n_scaled += 1
    assert n_scaled > 100


def test_a_context_that_grows_twice_remembers_where_it_began():
    first = architecture_of("mistral", 0)
    twice = first.with_longer_context(2).with_longer_context(4)
    assert twice.context_length == 8 * first.context_length
    assert twice.original_context_length == first.context_length


def test_merges_duplicate_layers_and_add_experts(hub):
    types = {name: config.get("model_type") for name, config in hub.configs.items()}
    pairs = [(p, c) for p, c in hub.first_edges("merge") if types[p["model_id"]] in DECODERS]
    more = sum(c["num_layers"] > p["num_layers"] for p, c in pairs)
    assert within(more, len(pairs), hub.planted["config_layers_duplicated"])
    dense = [(p, c) for p, c in pairs if not p["uses_moe"]]
    upcycled = sum(c["uses_moe"] for _, c in dense)
    assert within(upcycled, len(dense), hub.planted["config_experts_added"])


def test_quantized_copies_are_what_they_were(hub):
    pairs = list(hub.first_edges("quantized"))
    assert len(pairs) > 300
    for attribute in ("hidden_size", "num_layers", "vocab_size", "context_length"):
        assert changed(pairs, attribute)[0] == 0
    assert all(child["uses_quantization"] for _, child in pairs)


def test_what_is_not_stated(hub):
    with_numbers = [name for name, facts in hub.facts.items() if facts["hidden_size"]]
    silent = [name for name in with_numbers if hub.facts[name]["dtype"] is None]
    assert within(len(silent), len(with_numbers), hub.planted["config_dtype_omitted"])
    ways = {("dtype" in hub.configs[name], "torch_dtype" in hub.configs[name]) for name in silent}
    assert ways == {(False, False), (True, False), (False, True)}
    # Of the decoders without shared key/value heads, which only llama and llava have.
    equal = [
        name
        for name in with_numbers
        if hub.configs[name]["model_type"] in ROTARY and not hub.facts[name]["uses_gqa"]
    ]
    n_omitted = sum(hub.facts[name]["num_kv_heads"] is None for name in equal)
    assert within(n_omitted, len(equal), hub.planted["config_kv_heads_omitted"])


def test_names_of_newer_versions_and_of_forks(hub):
    rotary = [c for c in hub.configs.values() if c.get("model_type") in ROTARY]
    n_new = sum("rope_parameters" in c.get("text_config", c) for c in rotary)
    assert within(n_new, len(rotary), hub.planted["config_new_names"])
    forks, n_roots = defaultdict(set), 0
    for name, config in hub.configs.items():
        if config.get("model_type") not in DECODERS:
            continue
        fork = "n_embd" in config, "d_model" in config
        if name not in hub.models:
            n_roots += 1
            forks["unrelated", fork].add(name)
    n_forked = n_roots - len(forks["unrelated", (False, False)])
    assert within(n_forked, n_roots, hub.planted["config_fork"])
    for parent, child in hub.first_edges("finetune"):
        mother, daughter = hub.configs[parent["model_id"]], hub.configs[child["model_id"]]
        assert ("n_embd" in mother) == ("n_embd" in daughter)


# The truth of the mutations


def test_mutations_against_a_naive_comparison_along_the_edges(hub):
    def text(value):
        return json.dumps(value).strip('"')

    expected = []
    for edge in hub.edges:
        parent, child = edge["parent_id"], edge["child_id"]
        if parent not in hub.configs or child not in hub.configs:
            continue
        before, after = stated(hub.configs[parent]), stated(hub.configs[child])
        expected += [
            (child, parent, edge["relation"], key, text(before[key]), text(after[key]))
            for key in before
            if before[key] is not None and after[key] is not None and before[key] != after[key]
        ]
    found = [tuple(mutation.values()) for mutation in hub.mutations]
    assert sorted(found) == sorted(expected)
    assert len(found) > 1_000
    assert {"vocab_size", "context_length", "num_layers", "dtype", "uses_quantization"} <= {
        mutation["attribute"] for mutation in hub.mutations
    }
