"""Operators on attention: heads, positions, gates, sparsity, selector, kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from biome_pipeline.evolution.genome import Attention, Latent, Rope, Selector, Sparsity
from biome_pipeline.evolution.genome.attention import SparsityKind
from biome_pipeline.evolution.operators.operator import on_blocks, pick, scaled

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

    from biome_pipeline.evolution.genome import Block, Genome
    from biome_pipeline.evolution.operators.operator import Operator

    Judge = Callable[[Attention], bool]
    Choice = Callable[[Attention, Genome, np.random.Generator], Attention | None]

__all__ = ["OPERATORS"]

_MOST_HEADS = 256
_WIDEST_HEAD = 512
_WIDEST_LATENT = 8_192


def _where(judge: Judge) -> Callable[[Block, Genome], bool]:
    return lambda block, _genome: block.attention is not None and judge(block.attention)


def _makes(choice: Choice) -> Callable[[Block, Genome, np.random.Generator], Block | None]:
    def change(block: Block, genome: Genome, rng: np.random.Generator) -> Block | None:
        assert block.attention is not None
        new = choice(block.attention, genome, rng)
        return None if new is None else block.changed(attention=new)

    return change


def _divisors(n: int) -> list[int]:
    return [part for part in range(1, n + 1) if n % part == 0]


def _has_own_kv(attention: Attention) -> bool:
    return attention.kind != "mla" and attention.heads > 1


def _gqa(attention: Attention, _genome: Genome, rng: np.random.Generator) -> Attention | None:
    fewer = [n for n in _divisors(attention.heads) if n < attention.n_kv_heads]
    return attention.changed(n_kv_heads=pick(rng, fewer)) if fewer else None


def _kv(attention: Attention, _genome: Genome, rng: np.random.Generator) -> Attention | None:
    others = [n for n in _divisors(attention.heads) if n != attention.n_kv_heads]
    return attention.changed(n_kv_heads=pick(rng, others)) if others else None


def _shape(attention: Attention, _genome: Genome, rng: np.random.Generator) -> Attention | None:
    latent = attention.latent
    fields = ["heads", "head_dim"]
    if latent is not None:
        fields += ["kv_width", "query_width", "rope_dim", "value_dim"]
    field = pick(rng, fields)
    if field == "heads":
        groups = 1 if latent is not None else attention.n_kv_heads
        heads = scaled(rng, attention.heads, low=groups, high=_MOST_HEADS, multiple=groups)
        if heads is None:
            return None
        kv = heads if latent is not None else attention.n_kv_heads
        return attention.changed(heads=heads, n_kv_heads=kv)
    if field == "head_dim":
        low = 2 if latent is None else latent.rope_dim + 1
        size = scaled(rng, attention.head_dim, low=low, high=_WIDEST_HEAD, multiple=2)
        return None if size is None else attention.changed(head_dim=size)
    assert latent is not None
    if field == "query_width" and latent.query_width is None:
        return attention.changed(latent=latent.changed(query_width=latent.kv_width))
    value = getattr(latent, field)
    multiple = 2 if field == "rope_dim" else 1
    high = attention.head_dim - 1 if field == "rope_dim" else _WIDEST_LATENT
    size = scaled(rng, value, low=multiple, high=high, multiple=multiple)
    return None if size is None else attention.changed(latent=latent.changed({field: size}))


_THETAS = (1e4, 1e5, 5e5, 1e6, 1e7)
_STRETCHED = ("linear", "dynamic", "yarn", "llama3", "longrope")
_FACTORS = (2.0, 4.0, 8.0, 16.0)
_SHARES = (0.25, 0.5, 0.75, 1.0)


def _rope(attention: Attention, _genome: Genome, rng: np.random.Generator) -> Attention | None:
    rope = attention.rope
    if rope is None:
        # Rotation needs pairs of features.
        if attention.head_dim % 2:
            return None
        return attention.changed(rope=Rope(kind="plain"))
    fields = ["kind", "theta", "share"] + (["factor"] if rope.kind != "plain" else [])
    # Without positions of any kind attention may still be; the latent kind may not.
    field = pick(rng, fields if attention.kind == "mla" else [*fields, "none"])
    if field == "none":
        return attention.changed(rope=None)
    if field == "kind":
        kind = pick(rng, [name for name in ("plain", *_STRETCHED) if name != rope.kind])
        factor = None if kind == "plain" else rope.factor or pick(rng, _FACTORS)
        return attention.changed(rope=rope.changed(kind=kind, factor=factor))
    options = {"theta": _THETAS, "share": _SHARES, "factor": _FACTORS}[field]
    value = pick(rng, [value for value in options if value != getattr(rope, field)])
    return attention.changed(rope=rope.changed({field: value}))


def _gating(attention: Attention, _genome: Genome, rng: np.random.Generator) -> Attention:
    fields = ["output_gate"] + (["value_gate"] if attention.kind != "mla" else [])
    field = pick(rng, fields)
    return attention.changed({field: not getattr(attention, field)})


def _sparsity(attention: Attention, genome: Genome, rng: np.random.Generator) -> Attention | None:
    old = attention.sparsity
    now = None if old is None else old.kind
    field = pick(rng, ("kind",) if old is None else ("kind", "size"))
    if old is not None and field == "size":
        options = ["window"]
        options += ["global_tokens"] if old.kind == "local_global" else []
        options += ["dilation"] if old.kind == "dilated" else []
        name = pick(rng, options)
        low, high = {
            "window": (1, genome.sequence),
            "global_tokens": (1, 1_024),
            "dilation": (2, 64),
        }[name]
        size = scaled(rng, getattr(old, name), low=low, high=high)
        return None if size is None else attention.changed(sparsity=old.changed({name: size}))
    kinds: tuple[SparsityKind | None, ...] = (None, *get_args(SparsityKind))
    kind = pick(rng, [name for name in kinds if name != now])
    if kind is None:
        return attention.changed(sparsity=None)
    window = max(1, genome.sequence // 4) if old is None else old.window
    new = Sparsity(
        kind=kind,
        window=window,
        global_tokens=4 if kind == "local_global" else 0,
        dilation=2 if kind == "dilated" else 1,
    )
    return attention.changed(sparsity=new)


def _selector(attention: Attention, genome: Genome, rng: np.random.Generator) -> Attention:
    if attention.selector is not None:
        return attention.changed(selector=None)
    selector = Selector(
        top_k=max(1, genome.sequence // int(rng.choice((4, 8, 16)))),
        heads=int(rng.choice((1, 2, 4))),
        head_dim=attention.head_dim,
    )
    return attention.changed(selector=selector)


def _tune_selector(
    attention: Attention, genome: Genome, rng: np.random.Generator
) -> Attention | None:
    selector = attention.selector
    assert selector is not None
    field = pick(rng, ("top_k", "heads", "head_dim"))
    high = {"top_k": genome.sequence, "heads": _MOST_HEADS, "head_dim": _WIDEST_HEAD}[field]
    size = scaled(rng, getattr(selector, field), high=high)
    return None if size is None else attention.changed(selector=selector.changed({field: size}))


_CAPS = (15.0, 30.0, 50.0, 100.0)


def _logit_cap(attention: Attention, _genome: Genome, rng: np.random.Generator) -> Attention:
    cap = pick(rng, [cap for cap in (None, *_CAPS) if cap != attention.logit_cap])
    return attention.changed(logit_cap=cap)


def _alibi(attention: Attention, _genome: Genome, _rng: np.random.Generator) -> Attention:
    if not attention.alibi:
        return attention.changed(alibi=True, rope=None)
    # Rotation needs pairs of features.
    rope = None if attention.head_dim % 2 else Rope(kind="plain")
    return attention.changed(alibi=False, rope=rope)


def _can_be_linear(attention: Attention) -> bool:
    bare = attention.sparsity is None and attention.selector is None
    return attention.kind != "mla" and bare and attention.logit_cap is None


def _linear(attention: Attention, _genome: Genome, _rng: np.random.Generator) -> Attention:
    return attention.changed(kind="softmax" if attention.kind == "linear" else "linear")


def _can_be_latent(attention: Attention) -> bool:
    return attention.kind == "mla" or (
        attention.kind == "softmax" and attention.head_dim >= 4 and attention.head_dim % 2 == 0
    )


def _mla(attention: Attention, _genome: Genome, _rng: np.random.Generator) -> Attention:
    if attention.kind == "mla":
        return attention.changed(kind="softmax", latent=None)
    rope_dim = max(2, attention.head_dim // 2 // 2 * 2)
    latent = Latent(
        # DeepSeek-V2 caches four heads' worth (section 2.1.2).
        kv_width=4 * attention.head_dim,
        rope_dim=min(rope_dim, attention.head_dim - 2),
        value_dim=attention.head_dim,
    )
    return attention.changed(
        kind="mla",
        latent=latent,
        n_kv_heads=attention.heads,
        rope=attention.rope or Rope(kind="plain"),
        alibi=False,
        value_gate=False,
        qk_norm=False,
    )


def _operator(
    name: str,
    choice: Choice,
    where: Judge,
    *moves: str,
    inverse: str | None = None,
    part: str = "attention",
) -> Operator:
    return on_blocks(
        name, part, _makes(choice), where=_where(where), moves=moves or None, inverse=inverse
    )


OPERATORS = (
    _operator("make_gqa", _gqa, _has_own_kv, "n_kv_heads"),
    _operator("tune_kv", _kv, _has_own_kv, "n_kv_heads"),
    _operator(
        "tune_attn_shape",
        _shape,
        lambda _attention: True,
        "heads",
        "head_dim",
        "n_kv_heads",
        "latent.kv_width",
        "latent.query_width",
        "latent.rope_dim",
        "latent.value_dim",
    ),
    _operator("tune_rope", _rope, lambda attention: not attention.alibi, part="attention.rope"),
    _operator("tune_attn_gating", _gating, lambda _attention: True, "output_gate", "value_gate"),
    _operator(
        "tune_attn_sparsity",
        _sparsity,
        lambda attention: attention.kind != "linear",
        part="attention.sparsity",
    ),
    _operator(
        "toggle_selector",
        _selector,
        lambda attention: attention.kind != "linear",
        inverse="toggle_selector",
        part="attention.selector",
    ),
    _operator(
        "tune_selector",
        _tune_selector,
        lambda attention: attention.selector is not None,
        part="attention.selector",
    ),
    _operator(
        "toggle_qk_norm",
        lambda attention, _genome, _rng: attention.changed(qk_norm=not attention.qk_norm),
        lambda attention: attention.kind != "mla",
        "qk_norm",
    ),
    _operator(
        "tune_logit_cap", _logit_cap, lambda attention: attention.kind != "linear", "logit_cap"
    ),
    _operator("toggle_alibi", _alibi, lambda attention: attention.kind != "mla", "alibi", "rope"),
    _operator("toggle_linear_attention", _linear, _can_be_linear, "kind"),
    _operator(
        "toggle_mla_attention",
        _mla,
        _can_be_latent,
        "kind",
        "latent",
        "n_kv_heads",
        "rope",
        "alibi",
        "value_gate",
        "qk_norm",
    ),
)
"""From the number of heads to the kind of attention."""
