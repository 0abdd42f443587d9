"""What a genome costs, by formula: parameters, operations, memory.

Nothing is trained here, so nothing is said about loss. What does not belong here:
the list of tensors that the counts must equal (``tensors``).
"""

from __future__ import annotations

from functools import lru_cache
from math import prod
from typing import TYPE_CHECKING, NamedTuple

from biome_pipeline.evolution.entropy import token_entropy
from biome_pipeline.evolution.genome import Moe
from biome_pipeline.evolution.structure import structure_of, tokens_of
from biome_pipeline.evolution.tensors import block_tensors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from biome_pipeline.evolution.genome import Attention, Block, Genome, KvPolicy

__all__ = ["ANALYTIC_METRICS", "analytic_metrics", "sum_of_seen", "sum_of_stored"]

_WEIGHT_BYTES = 2
_STATE_BYTES = 2
_TERA = 1e12

ANALYTIC_METRICS = (
    "parameters",
    "active_parameters",
    "flops_per_token",
    "throughput",
    "kv_bytes_per_token",
    "memory_bytes",
    "layers",
    "moe_blocks",
    "selector_blocks",
    "memory_blocks",
    "recurrences",
    "graph_entropy",
)
"""Names of what `analytic_metrics` gives."""


class _Cost(NamedTuple):
    parameters: int
    active: int
    flops: float
    cache_bytes: float


def analytic_metrics(genome: Genome) -> dict[str, float]:
    """Compute all metrics that need no training.

    Parameters
    ----------
    genome : Genome
        Any valid one.

    Returns
    -------
    dict of str to float
        By the names in `ANALYTIC_METRICS`:

        - ``parameters``: trainable numbers;
        - ``active_parameters``: those that one token passes: all but the experts it
          is not sent to;
        - ``flops_per_token``: operations forward, two for each number of a map (of the
          experts, those it is sent to), and the scores, sums and scans of attention,
          states and memories, mean over the positions of a full sequence;
          element-wise work is not counted; the blocks of a recurrence count
          ``max_loops`` times;
        - ``throughput``: tokens per 10^12 operations;
        - ``kv_bytes_per_token``: bytes of keys, values and states at the end of a full
          sequence, over its tokens;
        - ``memory_bytes``: weights at 16 bits, and that cache;
        - ``layers``, ``moe_blocks``, ``selector_blocks``, ``memory_blocks``,
          ``recurrences``: as in `Structure`;
        - ``graph_entropy``: bits, of the components' tokens.
    """
    loops = [1] * len(genome.blocks)
    for span in genome.recurrences:
        for place in range(span.start, span.stop):
            loops[place] = span.max_loops
    embedding = genome.vocabulary * genome.dim
    norm = genome.dim * (2 if genome.norm == "layernorm" else 1)
    parameters = active = embedding * (1 if genome.tied_head else 2) + norm
    flops, cache = 2.0 * embedding, 0.0
    for block, runs in zip(genome.blocks, loops, strict=True):
        cost = _block_cost(block, genome.dim, genome.norm, genome.sequence, genome.kv_policy)
        parameters += cost.parameters
        active += cost.active
        flops += cost.flops * runs
        cache += cost.cache_bytes * runs
    structure = structure_of(genome)
    return {
        "parameters": float(parameters),
        "active_parameters": float(active),
        "flops_per_token": flops,
        "throughput": _TERA / flops,
        "kv_bytes_per_token": cache / genome.sequence,
        "memory_bytes": _WEIGHT_BYTES * parameters + cache,
        **{name: float(count) for name, count in structure._asdict().items()},
        "graph_entropy": token_entropy(tokens_of(genome)),
    }


# Children share most of their blocks with their parents.
@lru_cache(maxsize=65_536)
def _block_cost(
    block: Block, dim: int, norm: str, sequence: int, kv_policy: KvPolicy | None
) -> _Cost:
    parameters = active = mapped = 0
    for name, shape in block_tensors(block, dim=dim, norm=norm):
        size = prod(shape)
        parameters += size
        if isinstance(block.feed_forward, Moe) and name.startswith("feed_forward.experts."):
            size = size // block.feed_forward.n_experts * block.feed_forward.k
        active += size
        if len(shape) > 1 and name not in _NOT_PER_TOKEN:
            mapped += size
    flops, cache = 2.0 * mapped, 0.0
    for more, kept in _reads(block, dim, sequence, kv_policy):
        flops += more
        cache += kept
    return _Cost(parameters, active, flops, cache)


_NOT_PER_TOKEN = (
    # Tensors with two sides that multiply features one by one, or are input themselves.
    "memory_tokens",
    "mixer_gates",
    # Maps of stored states, of which there are fewer than tokens.
    "retro.key",
    "retro.value",
    "chunk.key",
    "chunk.value",
)


def _reads(
    block: Block, dim: int, sequence: int, kv_policy: KvPolicy | None
) -> Iterator[tuple[float, float]]:
    """Give operations per token, and bytes at the end, of all that looks back."""
    if block.attention is not None:
        tokens = block.extras.memory_tokens.n if block.extras.memory_tokens else 0
        yield _attention(block.attention, sequence, tokens, kv_policy)
    if block.ssm is not None:
        ssm = block.ssm
        inner = ssm.heads * ssm.head_dim
        convolved = inner + 2 * ssm.groups * ssm.state
        # The state is updated by one outer product, and read by one inner one.
        yield (
            4.0 * inner * ssm.state,
            _STATE_BYTES * (inner * ssm.state + convolved * (ssm.conv - 1)),
        )
    for memory in (_retro(block), _chunk(block)):
        if memory is not None:
            distance, slots, width = memory
            seen = sum_of_stored(sequence, distance, slots) / sequence
            stored = sequence // distance
            flops = 4.0 * width * seen + 4.0 * dim * width * stored / sequence
            yield flops, _STATE_BYTES * 2 * width * min(stored, slots)
    if block.extras.plugin is not None and block.extras.plugin.name == "causal_conv":
        yield 0.0, _STATE_BYTES * dim * (block.extras.plugin.width - 1)


def _retro(block: Block) -> tuple[int, int, int] | None:
    retro = block.extras.retro
    return None if retro is None else (retro.stride, retro.size, retro.width)


def _chunk(block: Block) -> tuple[int, int, int] | None:
    chunk = block.extras.chunk
    return None if chunk is None else (chunk.length, chunk.slots, chunk.width)


def _attention(
    attention: Attention, sequence: int, tokens: int, kv_policy: KvPolicy | None
) -> tuple[float, float]:
    latent, selector = attention.latent, attention.selector
    key_dim = attention.head_dim
    value_dim = attention.head_dim if latent is None else latent.value_dim
    if attention.kind == "linear":
        # Each key-value head adds an outer product to its state; each head reads one.
        size = key_dim * value_dim
        flops = 2.0 * size * (attention.n_kv_heads + attention.heads)
        return flops, _STATE_BYTES * attention.n_kv_heads * size
    seen = sum_of_seen(sequence, attention) / sequence + tokens
    flops = 2.0 * attention.heads * (key_dim + value_dim) * seen
    stored = (
        attention.n_kv_heads * (key_dim + value_dim)
        if latent is None
        else latent.kv_width + latent.rope_dim
    )
    if selector is not None:
        scored = sum_of_seen(sequence, attention.changed(selector=None)) / sequence
        flops += 2.0 * selector.heads * selector.head_dim * scored
        stored += selector.head_dim
    bits, kept = 8 * _STATE_BYTES, _kept(sequence, attention)
    if kv_policy is not None:
        bits, kept = kv_policy.bits, min(kept, kv_policy.keep + kv_policy.sinks)
    return flops, bits / 8 * stored * kept + _STATE_BYTES * stored * tokens


def _kept(sequence: int, attention: Attention) -> int:
    """Count the tokens whose keys may be asked for again."""
    sparsity = attention.sparsity
    if sparsity is None:
        return sequence
    reach = sparsity.window * sparsity.dilation + sparsity.global_tokens
    return min(sequence, reach)


def sum_of_seen(sequence: int, attention: Attention) -> int:
    """Count the keys that all queries of a sequence see.

    Parameters
    ----------
    sequence : int
        Tokens.
    attention : Attention
        Softmax or latent.

    Returns
    -------
    int
        Sum over positions of the keys at or before it, within the window, and no
        more than the selector picks.
    """
    sparsity = attention.sparsity
    most = attention.selector.top_k if attention.selector is not None else sequence
    if sparsity is None:
        return _sum_of_capped(sequence, most)
    if sparsity.kind == "block":
        whole, rest = divmod(sequence, sparsity.window)
        return whole * _sum_of_capped(sparsity.window, most) + _sum_of_capped(rest, most)
    if sparsity.kind == "dilated":
        whole, rest = divmod(sequence, sparsity.dilation)
        cap = min(sparsity.window, most)
        return sparsity.dilation * _sum_of_capped(whole, cap) + rest * min(whole + 1, cap)
    # The first tokens come into sight as global ones when they leave the window.
    return _sum_of_capped(sequence, min(sparsity.window + sparsity.global_tokens, most))


def sum_of_stored(sequence: int, distance: int, slots: int) -> int:
    """Count the stored states that all tokens of a sequence read.

    Parameters
    ----------
    sequence : int
        Tokens.
    distance : int
        Tokens from one stored state to the next.
    slots : int
        States kept.

    Returns
    -------
    int
        Sum over positions of the states stored before it, at most `slots`.
    """
    whole, rest = divmod(sequence, distance)
    return distance * _sum_of_capped(whole - 1, slots) + rest * min(whole, slots)


def _sum_of_capped(n: int, cap: int) -> int:
    """Sum min(i, cap) over i from 1 to n."""
    if n <= 0:
        return 0
    rising = min(n, cap)
    return rising * (rising + 1) // 2 + (n - rising) * cap
