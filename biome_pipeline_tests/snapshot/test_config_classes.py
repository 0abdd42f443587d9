"""Against transformers: every configuration class, and what it says of itself.

The oracle is what a class declares: attributes of the default config's text part,
resolved through its ``attribute_map``. Where the package reads something else, the
reason stands here, one by one; a reason that no longer holds fails, too.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from transformers import CONFIG_MAPPING
from transformers.integrations.heterogeneity.configuration_utils import (
    AmbiguousGlobalPerLayerAttributeError,
)
from transformers.utils import logging

from biome_pipeline.snapshot.config_facts import ConfigFacts, config_facts
from biome_pipeline.snapshot.config_names import EXCEPTIONS, NAMES, TEXT_SECTIONS
from biome_pipeline.vocabulary import model_types
from biome_pipeline.vocabulary.model_layouts import LAYOUTS
from biome_pipeline_tests.worlds.configs import golden

if TYPE_CHECKING:
    from collections.abc import Iterator

DECLARED = {
    "hidden_size": ("hidden_size",),
    "num_layers": ("num_hidden_layers",),
    "num_heads": ("num_attention_heads",),
    "num_kv_heads": ("num_key_value_heads",),
    "head_dim": ("head_dim",),
    "intermediate_size": ("intermediate_size",),
    "vocab_size": ("vocab_size",),
    "context_length": ("max_position_embeddings",),
    "num_experts": ("num_experts", "num_local_experts", "n_routed_experts"),
    "experts_per_token": ("num_experts_per_tok",),
    "has_tied_embeddings": ("tie_word_embeddings",),
}

NOT_BUILT = {
    "gemma4_assistant": "its default contradicts itself and is refused by its own class",
    "nougat": "its default asks for a type that the mapping does not have",
    "musicgen": "two text models, an encoder and a decoder; transformers refuses to choose",
    "musicgen_melody": "two text models, as musicgen",
}

_WIDTH_OF_ANOTHER = "the attribute is computed from an object inside, and no key of its own"

EXPLAINED: dict[tuple[str, str], str] = {
    ("gemma4_unified_audio", "hidden_size"): "named audio_embed_dim: a tower, not read alone",
    ("higgs_audio_v2_tokenizer", "hidden_size"): _WIDTH_OF_ANOTHER,
    ("nemotron3_5_transcribe_audio", "hidden_size"): _WIDTH_OF_ANOTHER,
    ("xcodec", "hidden_size"): _WIDTH_OF_ANOTHER,
    ("dory", "num_layers"): "the class writes attention and feed-forward as two layers each",
    ("longcat_flash", "num_layers"): "the class counts two attentions of a layer as two layers",
    ("funnel", "num_layers"): "the sum of block_sizes, no key of its own",
    ("xlnet", "context_length"): "without limit, which the class writes as -1",
}


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Default configs of small vocabularies make transformers talk."""
    before = logging.get_verbosity()
    logging.set_verbosity_error()
    yield
    logging.set_verbosity(before)


@cache
def default_of(kind: str) -> Any:
    return CONFIG_MAPPING[kind]()


@cache
def facts_of(kind: str) -> ConfigFacts:
    return config_facts(json.dumps(default_of(kind).to_dict()))


KINDS = sorted(set(CONFIG_MAPPING.keys()) - set(NOT_BUILT))


def declared(kind: str, fact: str) -> Any:
    """Give what the class says of a fact; None if it says nothing or says several."""
    text = default_of(kind).get_text_config()
    for name in DECLARED[fact]:
        try:
            value = getattr(text, name, None)
        except AmbiguousGlobalPerLayerAttributeError:
            # Some classes forbid to ask for what differs from layer to layer.
            continue
        wanted = bool if fact == "has_tied_embeddings" else int
        if type(value) is wanted:
            return value
    return None


def is_latent(kind: str) -> bool:
    """Tell whether the head is a plain and a rotated part; the class names one of them."""
    return default_of(kind).get_text_config().to_dict().get("kv_lora_rank") is not None


def test_the_classes_are_there() -> None:
    assert len(KINDS) > 800
    for kind, reason in NOT_BUILT.items():
        assert reason
        with pytest.raises(Exception, match=r"."):
            default_of(kind).get_text_config()


@pytest.mark.parametrize("fact", DECLARED)
def test_every_class_is_read_as_it_declares(fact: str) -> None:
    faults, covered = {}, 0
    for kind in KINDS:
        wanted, found = declared(kind, fact), getattr(facts_of(kind), fact)
        if wanted is None or (fact == "head_dim" and is_latent(kind)):
            continue
        if fact == "has_tied_embeddings" and found is None:
            # The key stands at neither place: unknown is no contradiction.
            continue
        if found == wanted:
            covered += 1
        elif (kind, fact) not in EXPLAINED:
            faults[kind] = (wanted, found)
    assert faults == {}
    least = {"num_kv_heads": 300, "head_dim": 150, "num_experts": 90, "experts_per_token": 90}
    assert covered >= least.get(fact, 400 if fact != "has_tied_embeddings" else 350)


def test_every_exception_is_still_one() -> None:
    for kind, fact in EXPLAINED:
        assert getattr(facts_of(kind), fact) != declared(kind, fact)


def test_the_head_of_latent_attention_is_both_parts() -> None:
    latent = [kind for kind in KINDS if is_latent(kind)]
    assert len(latent) > 20
    for kind in latent:
        text = default_of(kind).get_text_config().to_dict()
        assert facts_of(kind).head_dim == text["qk_nope_head_dim"] + text["qk_rope_head_dim"], kind


def test_every_class_is_read_without_a_fault() -> None:
    # Pyramids have lists: one size a stage, so that there is no one number.
    by_stage = ("num_heads", "num_attention_heads", "embed_dim", "depth", "intermediate_size")
    for kind in KINDS:
        for anomaly in facts_of(kind).anomalies:
            key = anomaly.split(":")[0].split(".")[-1]
            is_stage = key in by_stage and anomaly.endswith("list, not a number")
            is_known = kind in {"lxmert", "glm5_next", "glm5_next_text"}
            assert is_stage or is_known, (kind, anomaly)


# What a type alone says


def keys_of(kind: str) -> set[str]:
    return {
        f"{key}.{inner}" if inner else key
        for key, value in default_of(kind).get_text_config().to_dict().items()
        for inner in ("", *(value if isinstance(value, dict) else ()))
    }


ROTATION = {"rope_parameters", "rope_theta", "rotary_dim"}
EXPERTS = {"num_experts", "num_local_experts", "n_routed_experts", "ffn_config.moe_num_experts"}
KEY_HEADS = {"num_key_value_heads", "num_kv_heads", "multi_query"}


@pytest.mark.parametrize(
    ("types", "keys", "has"),
    [
        ("ROPE_TYPES", ROTATION, True),
        ("NO_ROPE_TYPES", ROTATION, False),
        ("SPARSE_TYPES", EXPERTS, True),
        ("DENSE_TYPES", EXPERTS, False),
        ("MULTI_HEAD_TYPES", KEY_HEADS, False),
    ],
)
def test_a_type_says_what_its_class_has_keys_for(types: str, keys: set[str], has: bool) -> None:
    looked_at = getattr(model_types, types) & set(KINDS)
    wrong = {kind for kind in looked_at if bool(keys_of(kind) & keys) != has}
    assert wrong == set()
    assert len(looked_at) >= 19


def test_flat_types_have_no_text_model_inside() -> None:
    for kind in model_types.FLAT_TYPES & set(KINDS):
        assert default_of(kind).get_text_config() is default_of(kind), kind


def test_types_of_two_kinds_do_not_meet() -> None:
    assert not model_types.ROPE_TYPES & model_types.NO_ROPE_TYPES
    assert not model_types.DENSE_TYPES & model_types.SPARSE_TYPES


@pytest.mark.parametrize("kind", model_types.CONFIG_DEFAULTS)
def test_defaults_are_those_of_the_class(kind: str) -> None:
    default = facts_of(kind)
    for fact, value in model_types.CONFIG_DEFAULTS[kind].items():
        assert getattr(default, fact) == value, fact
    nested = config_facts(json.dumps({"model_type": "x", "text_config": {"model_type": kind}}))
    assert nested.hidden_size == default.hidden_size
    assert config_facts(json.dumps({"model_type": kind})).hidden_size is None


@pytest.mark.parametrize("kind", sorted(set(LAYOUTS) & set(KINDS)))
def test_ties_of_a_layout_are_those_of_the_class(kind: str) -> None:
    text = default_of(kind).get_text_config()
    assert getattr(text, "tie_word_embeddings", LAYOUTS[kind].is_tied) == LAYOUTS[kind].is_tied


def test_the_page_lists_every_name_in_its_order() -> None:
    page = Path(__file__).resolve().parents[2] / "docs/explanation/configs.md"
    text = page.read_text(encoding="utf-8")
    for fact, entry in NAMES.items():
        assert f"| {fact} | {', '.join(f'`{name}`' for name in entry.names)} |" in text
    for exception in EXCEPTIONS:
        assert exception.reason in text
    assert all(f"`{section}`" in text for section in TEXT_SECTIONS)
    assert f"For {len(LAYOUTS)} model types" in text
    assert f"all {len(KINDS)} model types" in text


@pytest.mark.parametrize("row", golden("config_defaults"), ids=lambda row: row["model_type"])
def test_declared_defaults_are_as_they_were_read_by_hand(row) -> None:
    # Types that the real files lack, checked against the papers' and model cards' numbers.
    document = CONFIG_MAPPING[row["model_type"]]().to_dict()
    found = vars(config_facts(json.dumps(document, default=str)))
    wanted = {name: value for name, value in row.items() if name != "checked"}
    assert {name: found[name] for name in wanted} == wanted
