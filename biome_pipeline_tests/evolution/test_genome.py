"""The genome: text forms, names, and every rule it must keep."""

import json
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from biome_pipeline.errors import GenomeError
from biome_pipeline.evolution.genome import Genome
from biome_pipeline_tests.worlds.genomes import random_genome

PLAIN = {
    "dim": 64,
    "vocabulary": 256,
    "sequence": 128,
    "blocks": [
        {
            "attention": {
                "kind": "softmax",
                "heads": 8,
                "head_dim": 16,
                "n_kv_heads": 2,
                "rope": {"kind": "plain"},
            },
            "feed_forward": {"kind": "dense", "hidden": 128},
        },
    ]
    * 3,
}

ATTENTION = PLAIN["blocks"][0]["attention"]
LATENT = {"kv_width": 8, "rope_dim": 8, "value_dim": 16}
MOE = {"kind": "moe", "n_experts": 4, "k": 2, "hidden": 32}


def with_block(**parts):
    return {**PLAIN, "blocks": [{**PLAIN["blocks"][0], **parts}]}


def with_attention(**fields):
    return with_block(attention={**ATTENTION, **fields})


@pytest.mark.parametrize("seed", range(200))
def test_texts_round_trip(seed):
    genome = random_genome(np.random.default_rng(seed))
    for again in (
        Genome.from_json(genome.to_json(), place="json"),
        Genome.from_yaml(genome.to_yaml(), place="yaml"),
        Genome.from_mapping(json.loads(genome.model_dump_json()), place="full"),
    ):
        assert again == genome
        assert again.digest() == genome.digest()
        assert again.to_json() == genome.to_json()


def test_names_differ_where_genomes_do():
    genomes = [random_genome(np.random.default_rng(seed)) for seed in range(500)]
    assert len({genome.digest() for genome in genomes}) == len(set(genomes))


def test_a_name_is_the_same_in_another_process():
    program = (
        "import numpy as np\n"
        "from biome_pipeline_tests.worlds.genomes import random_genome\n"
        "print(random_genome(np.random.default_rng(5)).digest())"
    )
    told = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == random_genome(np.random.default_rng(5)).digest()


FAULTS = [
    ({**PLAIN, "layers": 3}, "layers", "Extra inputs"),
    ({k: v for k, v in PLAIN.items() if k != "dim"}, "dim", "required"),
    ({**PLAIN, "dim": "64"}, "dim", "integer"),
    ({**PLAIN, "dim": 0}, "dim", "greater"),
    ({**PLAIN, "dim": True}, "dim", "integer"),
    ({**PLAIN, "dim": 10**30}, "dim", ""),
    ({**PLAIN, "norm": "batchnorm"}, "norm", "rmsnorm"),
    ({**PLAIN, "blocks": []}, "blocks", "at least 1"),
    (with_block(attention=None, feed_forward=None), "blocks.0", "needs attention"),
    (with_block(feed_forward={"kind": "dense", "hiden": 1, "hidden": 1}), "hiden", "Extra"),
    (with_block(feed_forward={"kind": "sparse"}), "blocks.0.feed_forward", "sparse"),
    (with_block(feed_forward={**MOE, "k": 5}), "blocks.0.feed_forward", "k 5 is above"),
    (with_block(feed_forward={**MOE, "k": 0}), "blocks.0.feed_forward.moe.k", "greater"),
    (with_block(feed_forward={**MOE, "shared_hidden": 8}), "feed_forward", "shared_experts"),
    (with_attention(n_kv_heads=3), "blocks.0.attention", "does not divide"),
    (with_attention(head_dim=15), "blocks.0.attention", "odd"),
    (with_attention(alibi=True), "blocks.0.attention", "exclude"),
    (with_attention(rope={"kind": "plain", "factor": 2.0}), "attention.rope", "no factor"),
    (with_attention(rope={"kind": "plain", "theta": float("inf")}), "", "JSON compliant"),
    (with_attention(sparsity={"kind": "sliding", "window": 129}), "", "above sequence 128"),
    (with_attention(sparsity={"kind": "local_global", "window": 9}), "sparsity", "global_tokens"),
    (with_attention(sparsity={"kind": "dilated", "window": 9}), "sparsity", "dilation"),
    (with_attention(kind="linear", logit_cap=9.0), "attention", "linear attention"),
    (with_attention(latent=LATENT), "attention", "of mla"),
    (with_attention(kind="mla", latent=LATENT), "attention", "as many n_kv_heads"),
    (
        with_attention(kind="mla", n_kv_heads=8, latent={**LATENT, "rope_dim": 16}),
        "attention",
        "rope_dim 16",
    ),
    (with_attention(kind="mla", n_kv_heads=8, latent=LATENT, rope=None), "attention", "by rope"),
    (with_block(ssm={"heads": 3, "head_dim": 4, "state": 4, "groups": 2}), "ssm", "divide"),
    (with_block(extras={"branch_router": {}}), "blocks.0", "two mixers"),
    (with_block(attention=None, extras={"gated_mix": True}), "blocks.0", "a mixer"),
    (with_block(attention=None, extras={"memory_tokens": {"n": 2}}), "blocks.0", "attention"),
    ({**PLAIN, "recurrences": [{"start": 1, "stop": 2}]}, "recurrences.0", "below 2"),
    ({**PLAIN, "recurrences": [{"start": 2, "stop": 4}]}, "", "beyond 3 blocks"),
    (
        {**PLAIN, "recurrences": [{"start": 0, "stop": 2}, {"start": 1, "stop": 3}]},
        "",
        "begins inside",
    ),
    (
        {**PLAIN, "recurrences": [{"start": 0, "stop": 2, "min_loops": 3, "max_loops": 3}]},
        "recurrences.0",
        "not below",
    ),
    ({**PLAIN, "kv_policy": {"keep": 129}}, "", "above sequence"),
]


@pytest.mark.parametrize(("content", "field", "words"), FAULTS)
def test_a_fault_is_one_line_that_names_its_field(content, field, words):
    with pytest.raises(GenomeError) as caught:
        Genome.from_mapping(content, place="seed.yaml")
    told = str(caught.value)
    assert "\n" not in told
    assert told.startswith("seed.yaml")
    assert field in told
    assert words in told


@pytest.mark.parametrize("text", ["", "- 1", "3", "dim: [", "a: &a [*a]", "!!python/object:os 1"])
def test_what_is_no_yaml_mapping_is_refused(text):
    with pytest.raises(GenomeError, match=r"seed\.yaml"):
        Genome.from_yaml(text, place="seed.yaml")


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=10,
)


@given(st.sampled_from(["dim", "blocks", "recurrences", "kv_policy", "norm"]), junk)
def test_junk_is_a_genome_error_or_a_genome(name, value):
    try:
        genome = Genome.from_mapping({**PLAIN, name: value}, place="junk")
    except GenomeError:
        return  # any other error fails the test
    assert Genome.from_json(genome.to_json(), place="again") == genome


def test_a_genome_never_changes():
    genome = Genome.from_mapping(PLAIN, place="plain")
    with pytest.raises(ValueError, match="frozen"):
        genome.dim = 32
    assert genome.changed(dim=32).dim == 32
    with pytest.raises(ValueError, match="greater"):
        genome.changed(dim=-1)
