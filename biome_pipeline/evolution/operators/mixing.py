"""Operators on how a block mixes: gates, routers, scales, state space, plugins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from biome_pipeline.evolution.genome import BranchRouter, LayerScale, Plugin, Ssm
from biome_pipeline.evolution.genome.extras import PLUGINS
from biome_pipeline.evolution.operators.operator import on_blocks, pick, scaled
from biome_pipeline.evolution.operators.parts import MIXING, can_lose, with_extra, without
from biome_pipeline.evolution.operators.remembering import MEMORIES

if TYPE_CHECKING:
    import numpy as np

    from biome_pipeline.evolution.genome import Block, Genome
    from biome_pipeline.evolution.genome.part import Part

__all__ = ["OPERATORS"]

_WIDEST = 65_536


def _with(block: Block, **extras: object) -> Block:
    return block.changed(extras=block.extras.changed(**extras))


# A combination is one memory and one way of mixing it in.
def _combo(block: Block, genome: Genome, rng: np.random.Generator) -> Block:
    memory = pick(rng, ("retro", "associative", "chunk"))
    made = with_extra(block, memory, MEMORIES[memory](genome, rng))
    if len(made.mixers) >= 2 and rng.integers(2):
        return _with(made, branch_router=BranchRouter())
    return _with(made, gated_mix=True)


def _no_combo(block: Block, _genome: Genome, _rng: np.random.Generator) -> Block:
    bare = _with(block, gated_mix=False, branch_router=None)
    for memory in ("retro", "associative", "chunk"):
        bare = with_extra(bare, memory, None)
    return bare


def _has_combo(block: Block, _genome: Genome) -> bool:
    extras = block.extras
    mixes = extras.gated_mix or extras.branch_router is not None
    return mixes and any((extras.retro, extras.associative, extras.chunk))


def _is_bare(block: Block, _genome: Genome) -> bool:
    extras = block.extras
    mixes = extras.gated_mix or extras.branch_router is not None
    return not mixes and not any((extras.retro, extras.associative, extras.chunk))


def _toggle_router(block: Block, _genome: Genome, rng: np.random.Generator) -> Block:
    if block.extras.branch_router is not None:
        return _with(block, branch_router=None)
    return _with(block, branch_router=BranchRouter(kind=pick(rng, ("softmax", "sigmoid"))))


_TEMPERATURES = (0.5, 0.7, 1.0, 1.5, 2.0)


def _tune_router(block: Block, _genome: Genome, rng: np.random.Generator) -> Block:
    router = block.extras.branch_router
    assert router is not None
    if rng.integers(2):
        kind = "sigmoid" if router.kind == "softmax" else "softmax"
        return _with(block, branch_router=router.changed(kind=kind))
    other = pick(rng, [value for value in _TEMPERATURES if value != router.temperature])
    return _with(block, branch_router=router.changed(temperature=other))


_INITIALS = (1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1.0)


def _insert_scale(block: Block, _genome: Genome, rng: np.random.Generator) -> Block:
    return _with(block, layer_scale=LayerScale(initial=pick(rng, _INITIALS)))


def _tune_scale(block: Block, _genome: Genome, rng: np.random.Generator) -> Block:
    assert block.extras.layer_scale is not None
    now = block.extras.layer_scale.initial
    return _with(
        block,
        layer_scale=LayerScale(initial=pick(rng, [value for value in _INITIALS if value != now])),
    )


def _toggle_ssm(block: Block, genome: Genome, rng: np.random.Generator) -> Block:
    if block.ssm is not None:
        return without(block, "ssm")
    head_dim = max(1, min(64, genome.dim // 4))
    heads = max(1, 2 * genome.dim // head_dim)
    state = int(rng.choice((8, 16, 32, 64)))
    return block.changed(ssm=Ssm(heads=min(65_536, heads), head_dim=head_dim, state=state))


def _tune_ssm(block: Block, _genome: Genome, rng: np.random.Generator) -> Block | None:
    ssm = block.ssm
    assert ssm is not None
    field = pick(rng, ("heads", "head_dim", "state", "groups", "conv"))
    if field == "groups":
        most = min(ssm.heads, 64)
        others = [n for n in range(1, most + 1) if not ssm.heads % n and n != ssm.groups]
        return block.changed(ssm=ssm.changed(groups=pick(rng, others))) if others else None
    multiple = ssm.groups if field == "heads" else 1
    high = {"heads": 1_024, "head_dim": 512, "state": 512, "conv": 16}[field]
    size = scaled(rng, getattr(ssm, field), low=multiple, high=high, multiple=multiple)
    return None if size is None else block.changed(ssm=ssm.changed({field: size}))


def _insert_plugin(block: Block, genome: Genome, rng: np.random.Generator) -> Block:
    return with_extra(block, "plugin", _plugin(genome, pick(rng, PLUGINS)))


def _plugin(genome: Genome, name: str) -> Part:
    width = 4 if name == "causal_conv" else max(1, genome.dim // 4)
    return Plugin.model_validate({"name": name, "width": width})


def _tune_plugin(block: Block, genome: Genome, rng: np.random.Generator) -> Block | None:
    plugin = block.extras.plugin
    assert plugin is not None
    if rng.integers(2):
        other = next(name for name in PLUGINS if name != plugin.name)
        return with_extra(block, "plugin", _plugin(genome, other))
    high = 16 if plugin.name == "causal_conv" else _WIDEST
    width = scaled(rng, plugin.width, high=high)
    return None if width is None else with_extra(block, "plugin", plugin.changed(width=width))


OPERATORS = (
    on_blocks(
        "toggle_gated_mix",
        "extras.gated_mix",
        lambda block, _genome, _rng: _with(block, gated_mix=not block.extras.gated_mix),
        where=lambda block, _genome: bool(block.mixers),
        inverse="toggle_gated_mix",
    ),
    on_blocks("add_extra_combo", "extras", _combo, where=_is_bare, inverse="remove_extra_combo"),
    on_blocks("remove_extra_combo", "extras", _no_combo, where=_has_combo),
    on_blocks(
        "toggle_branch_router",
        "extras.branch_router",
        _toggle_router,
        where=lambda block, _genome: len(block.mixers) >= 2,
        inverse="toggle_branch_router",
    ),
    on_blocks(
        "tune_branch_router",
        "extras.branch_router",
        _tune_router,
        where=lambda block, _genome: block.extras.branch_router is not None,
    ),
    on_blocks(
        "insert_layer_scale",
        "extras.layer_scale",
        _insert_scale,
        where=lambda block, _genome: block.extras.layer_scale is None,
        inverse="remove_layer_scale",
    ),
    on_blocks(
        "remove_layer_scale",
        "extras.layer_scale",
        lambda block, _genome, _rng: _with(block, layer_scale=None),
        where=lambda block, _genome: block.extras.layer_scale is not None,
    ),
    on_blocks(
        "tune_layer_scale",
        "extras.layer_scale",
        _tune_scale,
        where=lambda block, _genome: block.extras.layer_scale is not None,
    ),
    on_blocks(
        "toggle_ssm",
        "ssm",
        _toggle_ssm,
        where=lambda block, _genome: block.ssm is None or can_lose(block, "ssm"),
        also=MIXING,
        inverse="toggle_ssm",
    ),
    on_blocks("tune_ssm", "ssm", _tune_ssm, where=lambda block, _genome: block.ssm is not None),
    on_blocks(
        "insert_custom_module",
        "extras.plugin",
        _insert_plugin,
        where=lambda block, _genome: block.extras.plugin is None,
        inverse="remove_custom_module",
    ),
    on_blocks(
        "remove_custom_module",
        "extras.plugin",
        lambda block, _genome, _rng: with_extra(block, "plugin", None),
        also=MIXING,
        where=lambda block, _genome: block.extras.plugin is not None,
    ),
    on_blocks(
        "tune_custom_module",
        "extras.plugin",
        _tune_plugin,
        where=lambda block, _genome: block.extras.plugin is not None,
    ),
)
"""Gates and routers of mixers, scales, the state-space branch, custom modules."""
