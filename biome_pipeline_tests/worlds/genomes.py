"""Random valid genomes: small ones that between them hold every part and value kind."""

from biome_pipeline.evolution.genome import (
    AssociativeMemory,
    Attention,
    Block,
    BranchRouter,
    ChunkMemory,
    Dense,
    Extras,
    Genome,
    KvPolicy,
    Latent,
    LayerScale,
    MemoryTokens,
    Moe,
    Plugin,
    Recurrence,
    RetroMemory,
    Rope,
    Router,
    Selector,
    Sparsity,
    Ssm,
)


def _one(rng, *options):
    return options[int(rng.integers(len(options)))]


def _size(rng, low, high):
    return int(rng.integers(low, high + 1))


def _maybe(rng, make, share=0.5):
    return make() if rng.random() < share else None


def random_rope(rng):
    kind = _one(rng, "plain", "linear", "dynamic", "yarn", "llama3", "longrope")
    return Rope(
        kind=kind,
        theta=_one(rng, 1e4, 5e5, 1e6),
        factor=None if kind == "plain" else _one(rng, None, 2.0, 8.0),
        share=_one(rng, 0.25, 0.5, 1.0),
    )


def random_sparsity(rng, sequence):
    kind = _one(rng, "sliding", "block", "local_global", "dilated")
    return Sparsity(
        kind=kind,
        window=_size(rng, 1, sequence),
        global_tokens=_size(rng, 1, 8) if kind == "local_global" else 0,
        dilation=_size(rng, 2, 4) if kind == "dilated" else 1,
    )


def random_attention(rng, sequence):
    kind = _one(rng, "softmax", "softmax", "softmax", "linear", "mla")
    n_kv_heads = _size(rng, 1, 4)
    heads = n_kv_heads * _size(rng, 1, 4)
    head_dim = 2 * _size(rng, 2, 16)
    position = _one(rng, "rope", "rope", "alibi", "none") if kind != "mla" else "rope"
    if position != "rope" and rng.random() < 0.3:
        head_dim += 1
    sees_some = kind != "linear"
    return Attention(
        kind=kind,
        heads=heads,
        head_dim=head_dim,
        n_kv_heads=heads if kind == "mla" else n_kv_heads,
        rope=random_rope(rng) if position == "rope" else None,
        alibi=position == "alibi",
        sparsity=_maybe(rng, lambda: random_sparsity(rng, sequence)) if sees_some else None,
        value_gate=kind != "mla" and rng.random() < 0.3,
        output_gate=rng.random() < 0.3,
        qk_norm=kind != "mla" and rng.random() < 0.3,
        logit_cap=_maybe(rng, lambda: _one(rng, 30.0, 50.0), 0.2) if sees_some else None,
        selector=_maybe(
            rng,
            lambda: Selector(
                top_k=_size(rng, 1, sequence), heads=_size(rng, 1, 4), head_dim=_size(rng, 1, 16)
            ),
            0.3,
        )
        if sees_some
        else None,
        latent=Latent(
            kv_width=_size(rng, 1, 32),
            query_width=_maybe(rng, lambda: _size(rng, 1, 32)),
            rope_dim=2 * _size(rng, 1, (head_dim - 1) // 2),
            value_dim=_size(rng, 1, 32),
        )
        if kind == "mla"
        else None,
    )


def random_feed_forward(rng, dim):
    activation = _one(rng, "silu", "gelu", "relu", "relu2")
    gated = bool(rng.integers(2))
    if rng.random() < 0.5:
        return Dense(
            kind="dense", hidden=_size(rng, 1, 4 * dim), activation=activation, gated=gated
        )
    n_experts = _size(rng, 1, 16)
    shared = _size(rng, 0, 2)
    return Moe(
        kind="moe",
        n_experts=n_experts,
        k=_size(rng, 1, n_experts),
        hidden=_size(rng, 1, 2 * dim),
        activation=activation,
        gated=gated,
        shared_experts=shared,
        shared_hidden=_maybe(rng, lambda: _size(rng, 1, 2 * dim)) if shared else None,
        router=Router(
            kind=_one(rng, "softmax", "sigmoid"),
            temperature=_one(rng, 0.5, 1.0, 2.0),
            balance_weight=_one(rng, 0.0, 0.01),
        ),
        capacity=_one(rng, None, 1.25, 2.0),
    )


def random_ssm(rng):
    groups = _size(rng, 1, 3)
    return Ssm(
        heads=groups * _size(rng, 1, 4),
        head_dim=_size(rng, 1, 16),
        state=_size(rng, 1, 16),
        groups=groups,
        conv=_size(rng, 1, 5),
    )


def random_block(rng, dim, sequence):
    kinds = _one(rng, "af", "af", "af", "asf", "sf", "a", "s", "f", "as")
    attention = random_attention(rng, sequence) if "a" in kinds else None
    ssm = random_ssm(rng) if "s" in kinds else None
    retro = _maybe(
        rng,
        lambda: RetroMemory(
            size=_size(rng, 1, 16),
            stride=_size(rng, 1, sequence),
            width=_size(rng, 1, 32),
            gate=bool(rng.integers(2)),
        ),
        0.2,
    )
    associative = _maybe(
        rng, lambda: AssociativeMemory(slots=_size(rng, 1, 32), width=_size(rng, 1, 32)), 0.2
    )
    chunk = _maybe(
        rng,
        lambda: ChunkMemory(
            length=_size(rng, 1, sequence), slots=_size(rng, 1, 8), width=_size(rng, 1, 32)
        ),
        0.2,
    )
    plugin = _maybe(
        rng,
        lambda: Plugin(name=_one(rng, "causal_conv", "bottleneck"), width=_size(rng, 1, 8)),
        0.2,
    )
    n_mixers = sum(part is not None for part in (attention, ssm, retro, associative, chunk, plugin))
    return Block(
        attention=attention,
        ssm=ssm,
        feed_forward=random_feed_forward(rng, dim) if "f" in kinds else None,
        extras=Extras(
            retro=retro,
            associative=associative,
            memory_tokens=_maybe(rng, lambda: MemoryTokens(n=_size(rng, 1, 8)), 0.2)
            if attention
            else None,
            chunk=chunk,
            gated_mix=n_mixers > 0 and rng.random() < 0.3,
            branch_router=_maybe(
                rng,
                lambda: BranchRouter(
                    kind=_one(rng, "softmax", "sigmoid"), temperature=_one(rng, 0.5, 1.0)
                ),
            )
            if n_mixers >= 2
            else None,
            layer_scale=_maybe(rng, lambda: LayerScale(initial=_one(rng, 1e-4, 0.1)), 0.2),
            plugin=plugin,
        ),
    )


def random_recurrences(rng, n_blocks):
    spans, place = [], 0
    while place + 2 <= n_blocks:
        stop = _size(rng, place + 2, n_blocks)
        if rng.random() < 0.4:
            fewest = _size(rng, 1, 2)
            spans.append(
                Recurrence(
                    start=place,
                    stop=stop,
                    min_loops=fewest,
                    max_loops=_size(rng, fewest + 1, 5),
                )
            )
        place = stop
    return tuple(spans)


def random_genome(rng):
    """Draw one; the same state of the generator gives the same genome."""
    dim, sequence = 8 * _size(rng, 2, 8), _size(rng, 8, 64)
    n_blocks = _size(rng, 1, 8)
    return Genome(
        dim=dim,
        vocabulary=_size(rng, 2, 512),
        sequence=sequence,
        norm=_one(rng, "rmsnorm", "layernorm"),
        tied_head=bool(rng.integers(2)),
        blocks=tuple(random_block(rng, dim, sequence) for _ in range(n_blocks)),
        recurrences=random_recurrences(rng, n_blocks),
        kv_policy=_maybe(
            rng,
            lambda: KvPolicy(
                bits=_one(rng, 4, 8, 16), keep=_size(rng, 1, sequence), sinks=_size(rng, 0, 8)
            ),
            0.3,
        ),
    )
