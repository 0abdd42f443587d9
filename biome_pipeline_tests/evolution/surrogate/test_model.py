"""Models of random genomes: causal, whole, and as costly as the formulas say."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the extra 'evolve' is not installed")

from torch.utils.flop_counter import FlopCounterMode  # noqa: E402

from biome_pipeline.evolution.analytic import analytic_metrics  # noqa: E402
from biome_pipeline.evolution.genome import Dense, Moe  # noqa: E402
from biome_pipeline.evolution.surrogate import kernels  # noqa: E402
from biome_pipeline.evolution.surrogate.attending import (  # noqa: E402
    Attending,
    LatentAttending,
    LinearAttending,
)
from biome_pipeline.evolution.surrogate.model import Decoder  # noqa: E402
from biome_pipeline_tests.worlds.genomes import random_genome  # noqa: E402

SEEDS = range(200)


def drawn(seed):
    """A genome, its model in double precision, and tokens for it."""
    genome = random_genome(np.random.default_rng([5, seed]))
    torch.manual_seed(seed)
    model = Decoder(genome).double()
    with torch.no_grad():
        # Scales of layers begin so small that nothing behind them could be seen.
        for name, weight in model.named_parameters():
            if name.endswith("_scale"):
                weight.fill_(0.5)
    return genome, model, torch.randint(genome.vocabulary, (2, genome.sequence))


def kinds(genome):
    """What a genome has that could look ahead."""
    found = set()
    for block in genome.blocks:
        attention = block.attention
        if attention is not None:
            found.add(attention.kind)
            found.add(attention.sparsity.kind if attention.sparsity else "dense")
            found |= {"selector"} if attention.selector else set()
            found |= {"alibi"} if attention.alibi else set()
        found |= set(block.mixers)
        found |= {"memory tokens"} if block.extras.memory_tokens else set()
        found |= {"capacity"} if block.is_moe and block.feed_forward.capacity else set()
    found |= {"recurrence"} if genome.recurrences else set()
    found |= {"kv policy"} if genome.kv_policy else set()
    return found


def test_the_genomes_hold_whatever_could_look_ahead():
    found = set().union(*(kinds(drawn(seed)[0]) for seed in SEEDS))
    assert found == {
        *("softmax", "linear", "mla", "dense", "sliding", "block", "local_global", "dilated"),
        *("selector", "alibi", "attention", "ssm", "retro", "associative", "chunk", "plugin"),
        *("memory tokens", "capacity", "recurrence", "kv policy"),
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_future_tokens_change_no_past_logit(seed):
    genome, model, tokens = drawn(seed)
    cut = genome.sequence // 2
    other = tokens.clone()
    other[:, cut:] = (other[:, cut:] + 1) % genome.vocabulary
    with torch.no_grad():
        before, after = model(tokens).logits, model(other).logits
        short = model(tokens[:, :cut]).logits
    torch.testing.assert_close(after[:, :cut], before[:, :cut], rtol=0, atol=1e-9)
    torch.testing.assert_close(short, before[:, :cut], rtol=0, atol=1e-9)
    # The change was seen where it may be.
    assert (after[:, cut] - before[:, cut]).abs().max() > 1e-9


@pytest.mark.parametrize("seed", SEEDS)
def test_parameters_equal_the_formulas(seed):
    genome, model, _ = drawn(seed)
    metrics = analytic_metrics(genome)
    sizes = {name: weight.numel() for name, weight in model.named_parameters()}
    assert metrics["parameters"] == sum(sizes.values())
    idle = 0
    for place, block in enumerate(genome.blocks):
        if isinstance(block.feed_forward, Moe):
            moe = block.feed_forward
            routed = f"blocks.{place}.mixture.experts."
            size = sum(n for name, n in sizes.items() if name.startswith(routed))
            idle += size // moe.n_experts * (moe.n_experts - moe.k)
    assert metrics["active_parameters"] == sum(sizes.values()) - idle


class Counted:
    """Counts operations of a forward pass: maps as they run, reads by what is visible.

    A dense product computes what a mask then hides, and a sum over all pairs stands for a
    scan; so whatever looks back is counted by the number of keys that each query sees, or
    of states that each token updates and reads.
    """

    def __init__(self, monkeypatch):
        self.looking_back = self.inside = 0
        for name in ("read", "scored", "decayed_sum"):
            self._wrap(monkeypatch, kernels, name, getattr(self, f"_{name}"))
        for kind in (Attending, LinearAttending, LatentAttending):
            # Memory tokens are mapped once for a model, not for each token.
            self._wrap(monkeypatch, kind, "remembered", lambda *_args: 0)

    def _wrap(self, monkeypatch, owner, name, count):
        original = getattr(owner, name)

        def wrapped(*args, **options):
            self.looking_back += count(*args)
            with FlopCounterMode(display=False) as counter:
                result = original(*args, **options)
            self.inside += counter.get_total_flops()
            return result

        monkeypatch.setattr(owner, name, wrapped)

    @staticmethod
    def _read(queries, keys, values, visible):
        batch, heads, n, width = queries.shape
        pairs = int(visible.expand(batch, heads, n, keys.shape[2]).sum())
        return 2 * pairs * (width + values.shape[-1])

    @staticmethod
    def _scored(queries, _keys, _weights, visible):
        batch, heads, _, width = queries.shape
        return 2 * batch * heads * width * int(visible.sum())

    @staticmethod
    def _decayed_sum(queries, keys, values, *_):
        batch, states, n, width = keys.shape
        return 2 * batch * n * width * values.shape[-1] * (states + queries.shape[1])

    def of(self, model, tokens):
        self.looking_back = self.inside = 0
        model.requires_grad_(False)
        with FlopCounterMode(display=False) as counter:
            model(tokens)
        return counter.get_total_flops() - self.inside + self.looking_back


def without_bounds(genome):
    """The genome whose cache evicts nothing and whose experts drop nothing."""
    blocks = []
    for block in genome.blocks:
        feed = block.feed_forward
        if isinstance(feed, Moe) and feed.capacity is not None:
            block = block.changed(feed_forward=feed.changed(capacity=None))
        blocks.append(block)
    return genome.changed(blocks=tuple(blocks), kv_policy=None)


@pytest.mark.parametrize("seed", SEEDS)
def test_operations_equal_the_formulas(seed, monkeypatch):
    genome, _, tokens = drawn(seed)
    genome = without_bounds(genome)
    model = Decoder(genome).double()
    counted = Counted(monkeypatch).of(model, tokens)
    expected = analytic_metrics(genome)["flops_per_token"]
    assert counted / tokens.numel() == pytest.approx(expected, rel=1e-12)


def has_choice(genome):
    """Names of modules whose weights decide between more than one thing."""
    idle = set()
    for place, block in enumerate(genome.blocks):
        path = f"blocks.{place}."
        for name, memory in (("retro", block.extras.retro), ("chunk", block.extras.chunk)):
            if memory is None:
                continue
            distance, slots = (
                (memory.stride, memory.size) if name == "retro" else (memory.length, memory.slots)
            )
            most = min((genome.sequence - 1) // distance, slots)
            if most < 1:
                idle |= {f"{path}others.{name}."}
            elif most < 2:
                idle |= {f"{path}others.{name}.query", f"{path}others.{name}.key"}
        if block.extras.associative is not None and block.extras.associative.slots == 1:
            idle |= {f"{path}others.associative.query", f"{path}others.associative.keys"}
            if block.mixers == ("associative",) and block.extras.branch_router is None:
                idle |= {f"{path}mixer_norm"}
        feed = block.feed_forward
        if isinstance(feed, Moe):
            is_alone = feed.n_experts == 1
            if is_alone and (feed.k > 1 or feed.router.kind == "softmax"):
                idle |= {f"{path}mixture.router"}
            # Experts that no token chose, or none had room for, are not trained.
            idle |= {f"{path}mixture.experts."}
        if isinstance(feed, Dense) and feed.activation.startswith("relu"):
            idle |= {f"{path}dense."} if feed.hidden < 3 else set()
        attention = block.attention
        if attention is not None and attention.kind != "linear":
            sees = kernels.visible_keys(attention.sparsity, genome.kv_policy, genome.sequence)
            most = int(sees.sum(1).max())
            if attention.selector is not None:
                most = min(most, attention.selector.top_k)
            if block.extras.memory_tokens is not None:
                most += block.extras.memory_tokens.n
            if most < 2:
                idle |= {f"{path}attention."}
    return idle


@pytest.mark.parametrize("seed", SEEDS)
def test_every_weight_takes_part(seed):
    """A part without a gradient would be a part that is not there."""
    genome, model, tokens = drawn(seed)
    output = model(tokens)
    # Which tokens are asked for does not matter here, but that each position is.
    targets = tokens.roll(-1, 1).flatten()
    loss = torch.nn.functional.cross_entropy(output.logits.flatten(0, 1), targets)
    (loss + output.extra_loss).backward()
    idle = tuple(has_choice(genome))
    without = [
        name
        for name, weight in model.named_parameters()
        if not name.startswith(idle) and (weight.grad is None or not weight.grad.abs().sum() > 0)
    ]
    assert without == []
