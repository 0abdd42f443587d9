"""Operators on the whole model: width, head, norm, cache; vocabulary and sequence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from biome_pipeline.evolution.genome import KvPolicy
from biome_pipeline.evolution.operators.operator import Change, Operator, pick, scaled, text_of

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

    from biome_pipeline.evolution.genome import Genome
    from biome_pipeline.evolution.operators.operator import Site

__all__ = ["OPERATORS"]

_WIDEST = 16_384
_LARGEST_VOCABULARY = 1_048_576
_LONGEST = 1_048_576


def _always(_genome: Genome) -> list[Site]:
    return [()]


def _field(
    name: str, value: Callable[[Genome, np.random.Generator], object]
) -> Callable[[Genome, Site, np.random.Generator], Change | None]:
    def change(genome: Genome, _site: Site, rng: np.random.Generator) -> Change | None:
        new = value(genome, rng)
        old = getattr(genome, name)
        if new == old or (new is None and name != "kv_policy"):
            return None
        child = genome.changed({name: new})
        return Change(child, name, text_of(old), text_of(child.__dict__[name]), undo=())

    return change


def _width(genome: Genome, rng: np.random.Generator) -> int | None:
    return scaled(rng, genome.dim, low=8, high=_WIDEST, multiple=8)


def _vocabulary(genome: Genome, rng: np.random.Generator) -> int | None:
    return scaled(rng, genome.vocabulary, low=2, high=_LARGEST_VOCABULARY)


def _sequence(genome: Genome, rng: np.random.Generator) -> int | None:
    windows = [
        block.attention.sparsity.window
        for block in genome.blocks
        if block.attention is not None and block.attention.sparsity is not None
    ]
    # No window and no cache may reach beyond the sequence.
    kept = [genome.kv_policy.keep] if genome.kv_policy is not None else []
    return scaled(rng, genome.sequence, low=max(1, *windows, *kept, 1), high=_LONGEST)


def _toggle_policy(genome: Genome, rng: np.random.Generator) -> KvPolicy | None:
    if genome.kv_policy is not None:
        return None
    return KvPolicy(
        bits=pick(rng, (4, 8, 16)), keep=max(1, genome.sequence // int(rng.choice((1, 2, 4))))
    )


def _tune_policy(genome: Genome, rng: np.random.Generator) -> KvPolicy | None:
    policy = genome.kv_policy
    assert policy is not None
    field = pick(rng, ("bits", "keep", "sinks"))
    if field == "bits":
        return policy.changed(bits=pick(rng, [bits for bits in (4, 8, 16) if bits != policy.bits]))
    if field == "sinks":
        return policy.changed(sinks=pick(rng, [n for n in (0, 1, 4, 16) if n != policy.sinks]))
    keep = scaled(rng, policy.keep, high=genome.sequence)
    return policy if keep is None else policy.changed(keep=keep)


OPERATORS = (
    Operator("tune_width", ("dim",), _always, _field("dim", _width)),
    Operator(
        "tune_vocabulary", ("vocabulary",), _always, _field("vocabulary", _vocabulary), weight=0.0
    ),
    Operator("tune_sequence", ("sequence",), _always, _field("sequence", _sequence), weight=0.0),
    Operator(
        "toggle_tied_head",
        ("tied_head",),
        _always,
        _field("tied_head", lambda genome, _rng: not genome.tied_head),
    ),
    Operator(
        "toggle_norm",
        ("norm",),
        _always,
        _field(
            "norm",
            lambda genome, _rng: "layernorm" if genome.norm == "rmsnorm" else "rmsnorm",
        ),
    ),
    Operator(
        "toggle_kv_policy",
        ("kv_policy",),
        _always,
        _field("kv_policy", _toggle_policy),
        "toggle_kv_policy",
    ),
    Operator(
        "tune_kv_policy",
        ("kv_policy",),
        lambda genome: [()] if genome.kv_policy is not None else [],
        _field("kv_policy", _tune_policy),
    ),
)
"""What holds for all blocks."""
