"""Arithmetic of the surrogate against loops that follow the definitions."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the extra 'evolve' is not installed")

from biome_pipeline.evolution.genome import KvPolicy, Rope  # noqa: E402
from biome_pipeline.evolution.surrogate import kernels  # noqa: E402
from biome_pipeline_tests.evolution.test_analytic import sees  # noqa: E402
from biome_pipeline_tests.worlds.genomes import random_sparsity  # noqa: E402


def normal(rng, *shape):
    return torch.from_numpy(rng.normal(size=shape))


@pytest.mark.parametrize("seed", range(100))
def test_keys_are_visible_by_definition(seed):
    rng = np.random.default_rng([31, seed])
    length = int(rng.integers(1, 30))
    sparsity = random_sparsity(rng, length) if rng.random() < 0.8 else None
    policy = (
        KvPolicy(keep=int(rng.integers(1, length + 1)), sinks=int(rng.integers(0, 4)))
        if rng.random() < 0.5
        else None
    )
    expected = [
        [
            sees(sparsity, query, key)
            and (policy is None or query - key < policy.keep or key < policy.sinks)
            for key in range(length)
        ]
        for query in range(length)
    ]
    assert kernels.visible_keys(sparsity, policy, length).tolist() == expected


@pytest.mark.parametrize("seed", range(100))
def test_states_are_visible_by_definition(seed):
    rng = np.random.default_rng([32, seed])
    length, distance, slots = (int(rng.integers(1, high)) for high in (40, 12, 6))
    ends = [place for place in range(length) if place % distance == distance - 1]
    expected = []
    for token in range(length):
        past = [place for place in ends if place < token][-slots:]
        expected.append([place in past for place in ends])
    assert kernels.visible_states(length, distance, slots).tolist() == expected


@pytest.mark.parametrize("seed", range(50))
def test_decayed_sums_equal_the_recurrence(seed):
    rng = np.random.default_rng([33, seed])
    batch, states, per, n, width, out = (int(rng.integers(1, 5)) for _ in range(6))
    queries = normal(rng, batch, states * per, n, width)
    keys, values = normal(rng, batch, states, n, width), normal(rng, batch, states, n, out)
    decays = torch.from_numpy(rng.uniform(0.1, 1.0, (batch, states, n)))
    early = (normal(rng, 1, states, 3, width), normal(rng, 1, states, 3, out))
    has_decay, has_first = rng.random(2) < 0.7
    found = kernels.decayed_sum(
        queries, keys, values, decays.log() if has_decay else None, early if has_first else None
    )
    for b in range(batch):
        for head in range(states * per):
            own = head // per
            state = torch.zeros(width, out, dtype=torch.float64)
            fixed = early[0][0, own].T @ early[1][0, own] if has_first else 0.0
            for t in range(n):
                decay = decays[b, own, t] if has_decay else 1.0
                state = decay * state + torch.outer(keys[b, own, t], values[b, own, t])
                expected = (state + fixed).T @ queries[b, head, t]
                torch.testing.assert_close(found[b, head, t], expected)


@pytest.mark.parametrize("seed", range(50))
def test_reads_equal_the_definition(seed):
    rng = np.random.default_rng([34, seed])
    n, m, width, out = (int(rng.integers(1, 7)) for _ in range(4))
    queries, keys, values = (
        normal(rng, 1, 1, *shape) for shape in ((n, width), (m, width), (m, out))
    )
    visible = torch.from_numpy(rng.random((n, m)) < 0.6)
    cap = 2.0 if rng.random() < 0.5 else None
    found, _ = kernels.read(queries, keys, values, visible, cap=cap)
    for query in range(n):
        seen = visible[query].nonzero()[:, 0]
        if not len(seen):
            assert not found[0, 0, query].any()
            continue
        scores = keys[0, 0, seen] @ queries[0, 0, query] / width**0.5
        scores = scores if cap is None else cap * (scores / cap).tanh()
        weights = scores.exp() / scores.exp().sum()
        torch.testing.assert_close(found[0, 0, query], weights @ values[0, 0, seen])


@pytest.mark.parametrize("seed", range(50))
def test_picked_keys_are_the_best_and_among_equals_the_newest(seed):
    rng = np.random.default_rng([35, seed])
    n, top_k = int(rng.integers(1, 12)), int(rng.integers(1, 8))
    scores = torch.from_numpy(rng.integers(0, 3, (1, n, n)).astype(float))
    visible = torch.ones(n, n, dtype=torch.bool).tril()
    found = kernels.picked(scores.masked_fill(~visible, -1e30), visible, top_k)
    for query in range(n):
        order = sorted(range(query + 1), key=lambda key: (-scores[0, query, key].item(), -key))
        assert found[0, query].nonzero()[:, 0].tolist() == sorted(order[:top_k])


@pytest.mark.parametrize("kind", ["plain", "linear", "dynamic", "yarn", "llama3", "longrope"])
def test_rotations_know_distances_alone(kind):
    """The product of rotated query and key is the same wherever both are moved."""
    rng = np.random.default_rng(36)
    angles = kernels.frequencies(Rope(kind=kind, factor=None if kind == "plain" else 4.0), 16, 64)
    query, key = normal(rng, 16).expand(40, 16), normal(rng, 16).expand(40, 16)
    products = kernels.rotated(query, angles) @ kernels.rotated(key, angles).T
    for distance in range(20):
        along = products.diagonal(-distance)
        torch.testing.assert_close(along, along[:1].expand_as(along))
    assert products[20, 0] != pytest.approx(float(products[0, 0]))


def test_stretched_rotations_turn_slower():
    plain = kernels.frequencies(Rope(kind="plain"), 16, 64)
    for kind in ("linear", "dynamic", "yarn", "llama3", "longrope"):
        stretched = kernels.frequencies(Rope(kind=kind, factor=4.0), 16, 64)
        assert (stretched <= plain + 1e-12).all()
        # The slowest pair is stretched by the whole factor, by every kind.
        assert stretched[-1] == pytest.approx(float(plain[-1]) / 4)
    half = kernels.frequencies(Rope(kind="plain", share=0.5), 16, 64)
    assert len(half) == 4


def test_alibi_slopes_are_the_published_ones():
    assert kernels.alibi_slopes(8).tolist() == [2.0**-i for i in range(1, 9)]


def test_caches_of_few_bits_hold_few_values():
    features = torch.linspace(-1, 1, 301, dtype=torch.float64)
    for bits in (4, 8):
        held = kernels.quantised(features, bits)
        assert len(held.unique()) == 2**bits - 1
        assert (held - features).abs().max() <= 0.5 / (2 ** (bits - 1) - 1) + 1e-12
    assert kernels.quantised(features, 16) is features
