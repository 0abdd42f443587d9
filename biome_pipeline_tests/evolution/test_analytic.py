"""Costs by formula against tensors that are really there, and keys that are really counted."""

import numpy as np
import pytest

from biome_pipeline.evolution.analytic import (
    ANALYTIC_METRICS,
    analytic_metrics,
    sum_of_seen,
    sum_of_stored,
)
from biome_pipeline.evolution.genome import Attention, Genome, Moe, Recurrence, Selector
from biome_pipeline.evolution.structure import descriptor_of, structure_of, tokens_of
from biome_pipeline.evolution.tensors import tensors_of
from biome_pipeline_tests.worlds.genomes import random_genome, random_sparsity


def drawn(seed):
    return random_genome(np.random.default_rng([5, seed]))


def mlp(dim, hidden, gated):
    return (3 if gated else 2) * dim * hidden


def parameters_by_hand(genome):
    """Count from the definitions of the parts, without the list of tensors."""
    d = genome.dim
    norm = 2 * d if genome.norm == "layernorm" else d
    total = genome.vocabulary * d * (1 if genome.tied_head else 2) + norm
    unused = 0
    for block in genome.blocks:
        n, x = len(block.mixers), block.extras
        total += norm * ((n > 0) + (block.feed_forward is not None))
        if (a := block.attention) is not None:
            heads, kv = a.heads * a.head_dim, a.n_kv_heads * a.head_dim
            out = heads
            if (m := a.latent) is not None:
                out = a.heads * m.value_dim
                q = m.query_width
                total += d * heads if q is None else d * q + q + q * heads
                total += d * (m.kv_width + m.rope_dim) + m.kv_width
                total += m.kv_width * a.heads * (a.head_dim - m.rope_dim + m.value_dim)
            else:
                total += d * heads + 2 * d * kv
            total += out * d + 2 * a.head_dim * a.qk_norm
            total += d * kv * a.value_gate + d * out * a.output_gate
            if (s := a.selector) is not None:
                total += d * (s.heads * s.head_dim + s.head_dim + s.heads)
        if (m := block.ssm) is not None:
            inner = m.heads * m.head_dim
            both = inner + 2 * m.groups * m.state
            total += d * (inner + both + m.heads) + both * (m.conv + 1) + 3 * m.heads
            total += inner + inner * d
        f = block.feed_forward
        if isinstance(f, Moe):
            total += d * f.n_experts + f.n_experts * mlp(d, f.hidden, f.gated)
            total += f.shared_experts * mlp(d, f.shared_hidden or f.hidden, f.gated)
            unused += (f.n_experts - f.k) * mlp(d, f.hidden, f.gated)
        elif f is not None:
            total += mlp(d, f.hidden, f.gated)
        total += 4 * d * x.retro.width + d * x.retro.gate if x.retro else 0
        total += x.associative.width * (d + x.associative.slots) if x.associative else 0
        total += x.associative.slots * d if x.associative else 0
        total += x.memory_tokens.n * d if x.memory_tokens else 0
        total += 4 * d * x.chunk.width if x.chunk else 0
        total += n * d * (x.gated_mix + (x.branch_router is not None))
        if x.layer_scale is not None:
            total += d * ((n > 0) + (f is not None))
        if x.plugin is not None:
            total += d * x.plugin.width * (1 if x.plugin.name == "causal_conv" else 2)
    return total, total - unused


@pytest.mark.parametrize("seed", range(200))
def test_parameters_equal_tensors_that_are_allocated(seed):
    genome = drawn(seed)
    allocated = {name: np.empty(shape, np.float16) for name, shape in tensors_of(genome).items()}
    metrics = analytic_metrics(genome)
    assert metrics["parameters"] == sum(tensor.size for tensor in allocated.values())
    assert (metrics["parameters"], metrics["active_parameters"]) == parameters_by_hand(genome)


def llama_like(layers, dim, hidden, heads, kv, vocabulary, *, tied=False, **moe):
    feed = {"kind": "moe", "hidden": hidden, **moe} if moe else {"kind": "dense", "hidden": hidden}
    attention = {"kind": "softmax", "heads": heads, "head_dim": 128, "n_kv_heads": kv}
    content = {
        "dim": dim,
        "vocabulary": vocabulary,
        "sequence": 4096,
        "tied_head": tied,
        "blocks": [{"attention": attention, "feed_forward": feed}] * layers,
    }
    return Genome.from_mapping(content, place="known")


def test_parameters_of_known_models():
    """The totals that their makers' checkpoints hold, number by number."""
    known = [
        (llama_like(32, 4096, 11008, 32, 32, 32000), 6_738_415_616),  # Llama-2-7b
        (llama_like(80, 8192, 28672, 64, 8, 32000), 68_976_648_192),  # Llama-2-70b
        (llama_like(32, 4096, 14336, 32, 8, 128256), 8_030_261_248),  # Llama-3-8B
        (llama_like(32, 4096, 14336, 32, 8, 32000), 7_241_732_096),  # Mistral-7B-v0.1
        (llama_like(32, 4096, 14336, 32, 8, 32000, n_experts=8, k=2), 46_702_792_704),  # Mixtral
    ]
    for genome, total in known:
        assert analytic_metrics(genome)["parameters"] == total
    assert analytic_metrics(known[-1][0])["active_parameters"] == 12_879_925_248


def sees(sparsity, query, key):
    """Tell whether a query at one place sees the key at another, both from 0."""
    if key > query:
        return False
    if sparsity is None:
        return True
    distance, window = query - key, sparsity.window
    return {
        "sliding": distance < window,
        "block": query // window == key // window,
        "local_global": distance < window or key < sparsity.global_tokens,
        "dilated": distance % sparsity.dilation == 0 and distance < window * sparsity.dilation,
    }[sparsity.kind]


@pytest.mark.parametrize("seed", range(300))
def test_keys_seen_equal_keys_counted_one_by_one(seed):
    rng = np.random.default_rng([6, seed])
    sequence = int(rng.integers(1, 40))
    sparsity = random_sparsity(rng, sequence) if rng.random() < 0.8 else None
    top_k = int(rng.integers(1, 2 * sequence))
    selector = Selector(top_k=top_k, heads=1, head_dim=1) if rng.random() < 0.5 else None
    attention = Attention(
        kind="softmax", heads=1, head_dim=2, n_kv_heads=1, sparsity=sparsity, selector=selector
    )
    counted = [
        sum(sees(sparsity, query, key) for key in range(sequence)) for query in range(sequence)
    ]
    if selector is not None:
        counted = [min(n, top_k) for n in counted]
    assert sum_of_seen(sequence, attention) == sum(counted)


@pytest.mark.parametrize("seed", range(200))
def test_stored_states_equal_states_counted_one_by_one(seed):
    rng = np.random.default_rng([7, seed])
    sequence, distance, slots = (int(rng.integers(1, high)) for high in (60, 20, 9))
    counted = sum(min(place // distance, slots) for place in range(sequence))
    assert sum_of_stored(sequence, distance, slots) == counted


def test_operations_of_a_plain_decoder():
    """Kaplan et al. 2020, table 1: two per parameter, and the attention's own."""
    genome = llama_like(32, 4096, 11008, 32, 32, 32000)
    metrics = analytic_metrics(genome)
    maps = metrics["parameters"] - 32000 * 4096 - (2 * 32 + 1) * 4096
    attention = 32 * 2 * 2 * 4096 * (4096 + 1) / 2
    assert metrics["flops_per_token"] == pytest.approx(2 * maps + attention, rel=1e-12)
    assert metrics["throughput"] == pytest.approx(1e12 / metrics["flops_per_token"])
    # Two bytes for each number of keys and values, of every layer.
    assert metrics["kv_bytes_per_token"] == 2 * 2 * 4096 * 32
    assert metrics["memory_bytes"] == 2 * metrics["parameters"] + 4096 * 2 * 2 * 4096 * 32


def test_loops_cost_operations_and_cache_but_no_parameters():
    plain = llama_like(4, 64, 32, 2, 1, 100)
    looped = plain.changed(recurrences=(Recurrence(start=1, stop=3, max_loops=3),))
    before, after = analytic_metrics(plain), analytic_metrics(looped)
    head = 2 * 100 * 64
    assert after["parameters"] == before["parameters"]
    assert after["flops_per_token"] - head == 2 * (before["flops_per_token"] - head)
    assert after["kv_bytes_per_token"] == 2 * before["kv_bytes_per_token"]
    assert after["recurrences"] == 1


@pytest.mark.parametrize("seed", range(100))
def test_metrics_have_all_names_and_are_finite(seed):
    genome = drawn(seed)
    metrics = analytic_metrics(genome)
    assert tuple(metrics) == ANALYTIC_METRICS
    assert all(np.isfinite(value) and value >= 0 for value in metrics.values())
    assert metrics["active_parameters"] <= metrics["parameters"]
    assert metrics["flops_per_token"] > 0


@pytest.mark.parametrize("seed", range(100))
def test_descriptors_count_the_tokens(seed):
    genome = drawn(seed)
    layers, *counts = descriptor_of(genome)
    assert layers == structure_of(genome).layers == len(genome.blocks)
    assert sum(counts) == len(tokens_of(genome))
