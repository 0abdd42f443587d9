"""Operators on feed-forwards: dense and mixture of experts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from biome_pipeline.evolution.genome import Dense, Moe
from biome_pipeline.evolution.genome.feed_forward import ACTIVATIONS
from biome_pipeline.evolution.operators.operator import (
    Change,
    Operator,
    on_blocks,
    pick,
    scaled,
    text_of,
)

if TYPE_CHECKING:
    import numpy as np

    from biome_pipeline.evolution.genome import Block, Genome
    from biome_pipeline.evolution.operators.operator import Site

__all__ = ["OPERATORS"]

_WIDEST = 65_536
_MOST_EXPERTS = 512
_MOST_SHARED = 4


def _is_dense(block: Block, _genome: Genome) -> bool:
    return isinstance(block.feed_forward, Dense)


def _is_moe(block: Block, _genome: Genome) -> bool:
    return block.is_moe


def _to_moe(block: Block, _genome: Genome, rng: np.random.Generator) -> Block:
    dense = block.feed_forward
    assert isinstance(dense, Dense)
    n_experts, k = (int(rng.choice((4, 8, 16))), int(rng.integers(1, 3)))
    moe = Moe(
        kind="moe",
        n_experts=n_experts,
        k=k,
        # A token passes as much as before.
        hidden=max(1, dense.hidden // k),
        activation=dense.activation,
        gated=dense.gated,
    )
    return block.changed(feed_forward=moe)


def _to_dense(block: Block, _genome: Genome, _rng: np.random.Generator) -> Block:
    moe = _moe_of(block)
    dense = Dense(
        kind="dense",
        hidden=min(1_048_576, moe.hidden * moe.k),
        activation=moe.activation,
        gated=moe.gated,
    )
    return block.changed(feed_forward=dense)


def _moe_of(block: Block) -> Moe:
    assert isinstance(block.feed_forward, Moe)
    return block.feed_forward


def _pairs(genome: Genome) -> list[Site]:
    kinds = [
        None if block.feed_forward is None else block.feed_forward.kind for block in genome.blocks
    ]
    moes = [place for place, kind in enumerate(kinds) if kind == "moe"]
    denses = [place for place, kind in enumerate(kinds) if kind == "dense"]
    return [(moe, min(denses, key=lambda at: (abs(at - moe), at))) for moe in moes if denses]


def _shift(genome: Genome, site: Site, _rng: np.random.Generator) -> Change:
    moe, dense = site
    stack = list(genome.blocks)
    stack[moe], stack[dense] = (
        stack[moe].changed(feed_forward=stack[dense].feed_forward),
        stack[dense].changed(feed_forward=stack[moe].feed_forward),
    )
    child = genome.changed(blocks=tuple(stack))
    return Change(child, f"blocks.{moe}.feed_forward", text_of(moe), text_of(dense))


def _topk(block: Block, _genome: Genome, rng: np.random.Generator) -> Block | None:
    moe = _moe_of(block)
    k = scaled(rng, moe.k, high=moe.n_experts)
    return None if k is None else block.changed(feed_forward=moe.changed(k=k))


def _experts(block: Block, _genome: Genome, rng: np.random.Generator) -> Block | None:
    moe = _moe_of(block)
    field = pick(rng, ("n_experts", "hidden", "shared_experts", "shared_hidden"))
    if field == "n_experts":
        value = scaled(rng, moe.n_experts, low=moe.k, high=_MOST_EXPERTS)
    elif field == "hidden":
        value = scaled(rng, moe.hidden, high=_WIDEST)
    elif field == "shared_experts":
        n = pick(rng, [n for n in range(_MOST_SHARED + 1) if n != moe.shared_experts])
        hidden = moe.shared_hidden if n else None
        return block.changed(feed_forward=moe.changed(shared_experts=n, shared_hidden=hidden))
    elif not moe.shared_experts:
        return None
    else:
        value = scaled(rng, moe.shared_hidden or moe.hidden, high=_WIDEST)
    if value is None:
        return None
    return block.changed(feed_forward=moe.changed({field: value}))


def _router(block: Block, _genome: Genome, _rng: np.random.Generator) -> Block:
    moe = _moe_of(block)
    kind = "sigmoid" if moe.router.kind == "softmax" else "softmax"
    return block.changed(feed_forward=moe.changed(router=moe.router.changed(kind=kind)))


_TEMPERATURES = (0.5, 0.7, 1.0, 1.5, 2.0)
_BALANCES = (0.0, 0.001, 0.01, 0.1)
_CAPACITIES = (None, 1.0, 1.25, 1.5, 2.0)


def _coeffs(block: Block, _genome: Genome, rng: np.random.Generator) -> Block:
    moe = _moe_of(block)
    router = moe.router
    field = pick(rng, ("temperature", "balance_weight", "capacity"))
    if field == "capacity":
        capacity = pick(rng, [value for value in _CAPACITIES if value != moe.capacity])
        return block.changed(feed_forward=moe.changed(capacity=capacity))
    options = _TEMPERATURES if field == "temperature" else _BALANCES
    value = pick(rng, [value for value in options if value != getattr(router, field)])
    return block.changed(feed_forward=moe.changed(router=router.changed({field: value})))


def _ffn(block: Block, _genome: Genome, rng: np.random.Generator) -> Block | None:
    feed_forward = block.feed_forward
    assert feed_forward is not None
    field = pick(rng, ("hidden", "activation", "gated"))
    if field == "activation":
        others = [name for name in ACTIVATIONS if name != feed_forward.activation]
        return block.changed(feed_forward=feed_forward.changed(activation=pick(rng, others)))
    if field == "gated":
        return block.changed(feed_forward=feed_forward.changed(gated=not feed_forward.gated))
    hidden = scaled(rng, feed_forward.hidden, high=_WIDEST)
    return (
        None if hidden is None else block.changed(feed_forward=feed_forward.changed(hidden=hidden))
    )


OPERATORS = (
    on_blocks("dense_to_moe", "feed_forward", _to_moe, where=_is_dense, inverse="moe_to_dense"),
    on_blocks("moe_to_dense", "feed_forward", _to_dense, where=_is_moe),
    Operator("shift_moe", ("blocks.feed_forward",), _pairs, _shift),
    on_blocks("mutate_topk", "feed_forward", _topk, where=_is_moe, moves=("k",)),
    on_blocks(
        "tune_experts",
        "feed_forward",
        _experts,
        where=_is_moe,
        moves=("n_experts", "hidden", "shared_experts", "shared_hidden"),
    ),
    on_blocks("tune_router", "feed_forward", _router, where=_is_moe, moves=("router.kind",)),
    on_blocks(
        "tune_router_coeffs",
        "feed_forward",
        _coeffs,
        where=_is_moe,
        moves=("router.temperature", "router.balance_weight", "capacity"),
    ),
    on_blocks(
        "tune_ffn_width_activation",
        "feed_forward",
        _ffn,
        where=lambda block, _genome: block.feed_forward is not None,
        moves=("hidden", "activation", "gated"),
    ),
)
"""Dense to experts and back, where experts stand, how many, how they are chosen."""
