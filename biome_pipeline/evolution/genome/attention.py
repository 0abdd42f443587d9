"""Attention of a block: heads, positions, sparsity, selector."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from biome_pipeline.evolution.genome.part import Count, Length, Part, Positive, Width

__all__ = ["Attention", "Latent", "Rope", "Selector", "Sparsity", "SparsityKind"]

SparsityKind = Literal["sliding", "block", "local_global", "dilated"]


class Rope(Part):
    """Rotary position embedding (Su et al. 2021).

    Parameters
    ----------
    kind : str
        How angles are stretched beyond the trained length; ``plain`` not at all.
    theta : float
        Base of the angles.
    factor : float, optional
        By how much they are stretched; none under ``plain`` alone.
    share : float
        Part of the head's features that is rotated.
    """

    kind: Literal["plain", "linear", "dynamic", "yarn", "llama3", "longrope"]
    theta: Positive = 10_000.0
    factor: Annotated[float, Field(ge=1, le=65_536)] | None = None
    share: Annotated[float, Field(gt=0, le=1)] = 1.0

    @model_validator(mode="after")
    def _plain_is_not_stretched(self) -> Self:
        if self.kind == "plain" and self.factor is not None:
            raise ValueError("a plain rope has no factor")
        return self


class Sparsity(Part):
    """Which earlier keys a query sees.

    Parameters
    ----------
    kind : str
        ``sliding``: the last `window`; ``block``: those of its own block of
        `window`; ``local_global``: the last `window` and the first
        `global_tokens`; ``dilated``: every `dilation`-th of the last
        ``window x dilation``.
    window : int
        Keys.
    global_tokens : int
        Tokens at the start that all see; ``local_global`` alone.
    dilation : int
        Distance of neighbouring keys; ``dilated`` alone.
    """

    kind: SparsityKind
    window: Length
    global_tokens: Annotated[int, Field(ge=0, le=65_536)] = 0
    dilation: Annotated[int, Field(ge=1, le=1_024)] = 1

    @model_validator(mode="after")
    def _kinds_have_their_own(self) -> Self:
        if (self.kind == "local_global") != (self.global_tokens > 0):
            raise ValueError("global_tokens are of local_global, and of it alone")
        if (self.kind == "dilated") != (self.dilation > 1):
            raise ValueError("a dilation above 1 is of dilated, and of it alone")
        return self


class Selector(Part):
    """A small scorer that picks the keys each query attends to (DeepSeek-V3.2, section 2.1).

    Parameters
    ----------
    top_k : int
        Keys per query.
    heads, head_dim : int
        Size of the scorer.
    """

    top_k: Length
    heads: Count
    head_dim: Width


class Latent(Part):
    """Low-rank keys and values of multi-head latent attention (DeepSeek-V2, section 2.1).

    Parameters
    ----------
    kv_width : int
        Features that keys and values of all heads are made from; these are cached.
    query_width : int, optional
        The same for queries; none: queries are made from the input itself.
    rope_dim : int
        Features of each head's key that carry the position, shared by all heads.
    value_dim : int
        Features of each head's value.
    """

    kv_width: Width
    query_width: Width | None = None
    rope_dim: Width
    value_dim: Width


class Attention(Part):
    """Attention of one block.

    Parameters
    ----------
    kind : str
        ``softmax``; ``linear`` (kernel features, no window); ``mla`` (latent).
    heads, head_dim : int
        Query heads, and features of each; their product need not be the model's width.
    n_kv_heads : int
        Heads of keys and values; divides `heads`.
    rope : Rope, optional
        Rotary positions.
    alibi : bool
        Linear biases by distance (Press et al. 2021) instead.
    sparsity : Sparsity, optional
        Which keys are seen; none: all earlier ones.
    value_gate, output_gate : bool
        Whether values, and outputs of heads, are gated by the input.
    qk_norm : bool
        Whether queries and keys are normed per head.
    logit_cap : float, optional
        Bound of the logits, by tanh.
    selector : Selector, optional
        Picks keys.
    latent : Latent, optional
        Of ``mla`` alone.
    """

    kind: Literal["softmax", "linear", "mla"]
    heads: Count
    head_dim: Width
    n_kv_heads: Count
    rope: Rope | None = None
    alibi: bool = False
    sparsity: Sparsity | None = None
    value_gate: bool = False
    output_gate: bool = False
    qk_norm: bool = False
    logit_cap: Positive | None = None
    selector: Selector | None = None
    latent: Latent | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.heads % self.n_kv_heads:
            raise ValueError(f"n_kv_heads {self.n_kv_heads} does not divide heads {self.heads}")
        if self.rope is not None and self.alibi:
            raise ValueError("rope and alibi exclude each other")
        if self.rope is not None and self.head_dim % 2:
            raise ValueError(f"head_dim {self.head_dim} is odd, and rope rotates pairs")
        if self.kind == "linear" and (self.sparsity or self.selector or self.logit_cap):
            raise ValueError("linear attention sees all keys: no sparsity, selector or logit_cap")
        self._latent_fits()
        return self

    def _latent_fits(self) -> None:
        if (self.kind == "mla") != (self.latent is not None):
            raise ValueError("latent is of mla, and of it alone")
        if self.latent is None:
            return
        if self.rope is None:
            raise ValueError("mla carries positions by rope")
        if self.n_kv_heads != self.heads:
            raise ValueError("mla has as many n_kv_heads as heads")
        if self.latent.rope_dim % 2 or self.latent.rope_dim >= self.head_dim:
            raise ValueError(
                f"latent.rope_dim {self.latent.rope_dim} must be even and below "
                f"head_dim {self.head_dim}"
            )
        if self.value_gate or self.qk_norm:
            raise ValueError("mla has norms of its own and no value_gate or qk_norm")
