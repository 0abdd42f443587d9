"""Operators on edges against a comparison of two dicts, edge by edge."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest

from biome_pipeline.errors import InferenceError
from biome_pipeline.evolution.mechanisms import (
    MECHANISMS,
    mechanisms_of_types,
    read_mechanisms,
)
from biome_pipeline.evolution.observed import OBSERVABLE, observed_operators
from biome_pipeline.evolution.operators import OPERATORS
from biome_pipeline.fitness.mutation_kinds import pairs_of
from biome_pipeline.fitness.mutations import read_configs
from biome_pipeline.snapshot.config_facts import config_facts
from biome_pipeline.vocabulary import model_mechanisms, successors
from biome_pipeline.vocabulary.model_families import MODEL_FAMILIES
from biome_pipeline.vocabulary.model_layouts import LAYOUTS
from biome_pipeline.warehouse.engine import open_engine
from biome_pipeline.warehouse.tables import TABLES
from biome_pipeline_tests.evolution.drawn_ends import arrays_of, draw_ends
from biome_pipeline_tests.worlds.chain import settings
from biome_pipeline_tests.worlds.configs import real_configs

if TYPE_CHECKING:
    import numpy.typing as npt

    from biome_pipeline_tests.evolution.drawn_ends import Config

NAMES = tuple(OPERATORS)

PLAIN = {
    "tune_sequence": ("context_length",),
    "tune_experts": ("num_experts",),
    "mutate_topk": ("experts_per_token",),
    "tune_attn_shape": ("num_heads", "head_dim"),
    "tune_attn_sparsity": ("sliding_window",),
    "toggle_selector": ("has_selector",),
    "toggle_qk_norm": ("has_qk_norm",),
    "toggle_alibi": ("has_alibi",),
    "toggle_linear_attention": ("has_linear_attention",),
    "toggle_mla_attention": ("has_latent_attention",),
    "tune_ffn_width_activation": ("intermediate_size", "activation"),
    "toggle_ssm": ("has_state_space",),
    "tune_width": ("hidden_size",),
    "tune_vocabulary": ("vocab_size",),
    "toggle_tied_head": ("has_tied_embeddings",),
    "toggle_norm": ("norm_vectors",),
}


def naive(operator: str, one: Config, two: Config) -> tuple[bool, bool]:
    """Say whether an edge reports an operator, and whether it shows it."""

    def both(name: str) -> bool:
        return one[name] is not None and two[name] is not None

    def differ(name: str) -> bool:
        return both(name) and one[name] != two[name]

    if operator in PLAIN:
        names = PLAIN[operator]
        return any(both(name) for name in names), any(differ(name) for name in names)
    if operator in {"duplicate_block_span", "remove_block_span"}:
        sign = 1 if operator.startswith("duplicate") else -1
        known = both("num_layers")
        return known, known and sign * (two["num_layers"] - one["num_layers"]) > 0
    if operator in {"dense_to_moe", "moe_to_dense"}:
        wanted = (0, 1) if operator == "dense_to_moe" else (1, 0)
        return both("uses_moe"), (one["uses_moe"], two["uses_moe"]) == wanted
    if operator == "tune_rope":
        known = both("rope_type")
        factors = known and (one["rope_factor"] or 0) != (two["rope_factor"] or 0)
        return (
            known or both("rope_theta"),
            differ("rope_theta") or differ("rope_type") or factors,
        )
    grouped = False
    if both("num_heads") and both("num_kv_heads"):
        if two["num_kv_heads"] < one["num_kv_heads"] and one["num_heads"] == two["num_heads"]:
            grouped = True
        if one["num_kv_heads"] == one["num_heads"] and two["num_kv_heads"] < two["num_heads"]:
            grouped = True
    if operator == "make_gqa":
        return both("num_heads") and both("num_kv_heads"), grouped
    assert operator == "tune_kv"
    return both("num_kv_heads"), differ("num_kv_heads") and not grouped


@pytest.mark.parametrize("seed", range(20))
def test_operators_are_those_of_a_comparison_of_dicts(seed: int) -> None:
    rng = np.random.default_rng(seed)
    ends = draw_ends(rng, 200)
    operators = tuple(rng.permutation(NAMES).tolist())
    found = observed_operators(arrays_of(ends), operators)
    assert found.operators == operators
    for place, name in enumerate(operators):
        assert found.is_observable[place] == (name in OBSERVABLE)
        expected = [naive(name, *pair) for pair in ends] if name in OBSERVABLE else []
        reports = [report for report, _ in expected] or [False] * len(ends)
        hits = [hit for _, hit in expected] or [False] * len(ends)
        assert found.reports[:, place].tolist() == reports, name
        assert found.hits[:, place].tolist() == hits, name
        # Each that can be seen is seen now and then, or the test says little.
        assert any(hits) == (name in OBSERVABLE), name


def test_the_same_config_shows_nothing_and_no_edges_are_no_rows() -> None:
    ends = draw_ends(np.random.default_rng(1), 50)
    same = observed_operators(arrays_of([(one, one) for one, _ in ends]), NAMES)
    assert not same.hits.any()
    assert observed_operators(arrays_of([]), NAMES).hits.shape == (0, len(NAMES))


def test_lists_of_operators_that_lose_some_are_refused() -> None:
    ends = arrays_of(draw_ends(np.random.default_rng(1), 3))
    with pytest.raises(InferenceError, match="listed twice: tune_kv"):
        observed_operators(ends, (*NAMES, "tune_kv"))
    with pytest.raises(InferenceError, match="not in the search: make_gqa"):
        observed_operators(ends, [name for name in NAMES if name != "make_gqa"])
    assert set(OBSERVABLE) < set(NAMES)


def _read(texts: dict[str, str]) -> tuple[dict[str, npt.NDArray[np.float64]], dict]:
    """Read configs as the tables hold them: facts and mechanisms by node."""
    ids = sorted(texts)
    rows = [
        {
            **vars(config_facts(texts[key])),
            "model_id": key,
            "is_full": True,
            "raw": texts[key],
        }
        for key in ids
    ]
    for row in rows:
        row["anomalies"] = list(row["anomalies"])
    with open_engine(settings()) as engine:
        people = pa.table({"model_id": ids, "node": pa.array(range(len(ids)), pa.int32())})
        models = engine.memory_table(people)
        configs = engine.memory_table(TABLES["hub.configs"].from_rows(rows))
        facts = read_configs(engine, configs, models)
        mechanisms = read_mechanisms(engine, configs, models, facts)
    assert set(mechanisms) == set(MECHANISMS)
    return mechanisms, {"facts": facts, "node": {key: k for k, key in enumerate(ids)}}


def text(model_type: str, **keys: object) -> str:
    return json.dumps({"model_type": model_type, "hidden_act": "silu", **keys})


TEXTS = {
    "a/llama": text("llama"),
    "b/mistral": text("mistral", sliding_window=4096),
    "c/mistral": text("mistral", sliding_window=None),
    "d/qwen": text("qwen2", sliding_window=131072, use_sliding_window=False),
    "e/silent": text("mistral"),
    "f/pattern": text("mistral", sliding_window_pattern=6),
    "g/gemma": text("gemma2", hidden_act="relu", hidden_activation="gelu_pytorch_tanh"),
    "h/latent": text("minicpm3", kv_lora_rank=256),
    "i/deepseek": text("deepseek_v3"),
    "j/null": text("minicpm3", kv_lora_rank=None),
    "k/towers": text(
        "llava",
        vision_config={"hidden_act": "quick_gelu", "sliding_window": 7, "model_type": "clip"},
        text_config={"model_type": "llama"},
    ),
    "l/gpt": json.dumps({"model_type": "gpt2", "activation_function": "gelu_new"}),
    "m/mamba": json.dumps({"model_type": "mamba"}),
    "n/unknown": text("no_such_type"),
    "o/bloom": text("bloom"),
    "p/falcon": text("falcon"),
    "q/next": text("qwen3_next"),
    "r/indexed": text("deepseek_v32"),
}


def test_mechanisms_are_read_from_types_and_texts() -> None:
    found, beside = _read(TEXTS)

    def fact(name: str) -> dict[str, float | None]:
        values = {key[0]: found[name][place] for key, place in beside["node"].items()}
        return {key: None if np.isnan(value) else value for key, value in values.items()}

    window = fact("sliding_window")
    assert {key for key, value in window.items() if value == 0} >= set("acdiklop") - {"k"}
    assert (window["b"], window["e"], window["f"], window["k"], window["n"]) == (
        4096,
        None,
        None,
        None,
        None,
    )
    act = fact("activation")
    assert act["a"] == act["b"] != act["g"]
    assert act["g"] == act["l"]
    assert act["k"] is act["m"] is None
    latent = fact("has_latent_attention")
    assert {key for key, value in latent.items() if value == 1} == set("hir")
    assert latent["j"] == latent["a"] == latent["n"] == 0
    assert {key for key, value in fact("has_state_space").items() if value == 1} == {"m"}
    assert fact("has_state_space")["n"] is None
    assert {key for key, value in fact("has_linear_attention").items() if value == 1} == {"q"}
    assert {key for key, value in fact("has_selector").items() if value == 1} == {"r"}
    alibi = fact("has_alibi")
    assert (alibi["o"], alibi["a"], alibi["p"], alibi["n"]) == (1, 0, None, None)
    norm = fact("norm_vectors")
    assert (norm["a"], norm["l"], norm["o"], norm["n"]) == (1, 2, 2, None)


def test_a_search_of_the_text_finds_what_a_parser_does() -> None:
    texts = TEXTS | real_configs()
    found, beside = _read(texts)
    names = {}
    n_windows = 0
    for key, place in beside["node"].items():
        document = json.loads(texts[key])
        if config_facts(texts[key]).has_towers:
            assert np.isnan(found["sliding_window"][place])
            assert np.isnan(found["activation"][place])
            continue
        if document.get("sliding_window") and document.get("use_sliding_window") is not False:
            n_windows += 1
            assert found["sliding_window"][place] == document["sliding_window"], key
        elif "sliding_window" in document:
            assert found["sliding_window"][place] == 0, key
        stated = [document.get(name) for name in ("hidden_activation", "hidden_act")]
        act = next((name for name in stated if isinstance(name, str)), None)
        if act is not None:
            # The same name is the same code: which one is the reader's choice.
            assert names.setdefault(act, found["activation"][place]) == found["activation"][place]
        if "kv_lora_rank" in document:
            assert found["has_latent_attention"][place] == bool(document["kv_lora_rank"]), key
    assert n_windows >= 1
    assert np.isfinite(list(names.values())).all()


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("a/llama", "i/deepseek", {"toggle_mla_attention"}),
        ("i/deepseek", "r/indexed", {"toggle_selector"}),
        ("b/mistral", "c/mistral", {"tune_attn_sparsity"}),
        ("a/llama", "d/qwen", set()),
        ("l/gpt", "m/mamba", {"toggle_ssm"}),
        ("a/llama", "g/gemma", {"tune_ffn_width_activation"}),
        ("e/silent", "b/mistral", set()),
    ],
)
def test_operators_follow_from_the_texts(before: str, after: str, expected: set[str]) -> None:
    mechanisms, beside = _read(TEXTS)
    parent, child = (np.array([beside["node"][key]]) for key in (before, after))
    ends = pairs_of(beside["facts"], parent, child) | {
        name: (values[parent], values[child]) for name, values in mechanisms.items()
    }
    found = observed_operators(ends, NAMES)
    shown = {name for name, hit in zip(NAMES, found.hits[0], strict=True) if hit}
    # What follows from the type beside it is another test's.
    assert shown - {"toggle_norm", "toggle_tied_head", "dense_to_moe", "tune_kv"} == expected


def test_types_are_known_and_each_of_one_kind() -> None:
    known = {*MODEL_FAMILIES, *LAYOUTS}
    for name in model_mechanisms.__all__:
        assert getattr(model_mechanisms, name) <= known, name
    assert not model_mechanisms.STATE_SPACE_TYPES & model_mechanisms.LINEAR_ATTENTION_TYPES
    assert not model_mechanisms.ALIBI_TYPES & model_mechanisms.OPTIONAL_ALIBI_TYPES
    of_types = mechanisms_of_types(["olmo", "llama"])
    assert of_types["norm_vectors"].tolist() == [0, 1]


def test_successors_are_pairs_of_two_models_each_once_and_without_a_loop() -> None:
    pairs = successors.successor_pairs()
    assert len({(before, after) for _, before, after in pairs}) == len(pairs)
    follows: dict[str, set[str]] = {}
    for _, before, after in pairs:
        assert before != after
        assert before.count("/") == after.count("/") == 1
        follows.setdefault(before, set()).add(after)
    # No model is met again on the way from any.
    for start, front in follows.items():
        seen: set[str] = set()
        while front:
            seen |= front
            front = {name for one in front for name in follows.get(one, ())} - seen
        assert start not in seen
