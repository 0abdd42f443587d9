"""Attention of a block as modules: softmax, linear, latent, with all that may be on it.

What does not belong here: which keys are seen and picked (``reading``), the arithmetic
without weights (``kernels``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional

from biome_pipeline.evolution.surrogate import kernels
from biome_pipeline.evolution.surrogate.maps import Map, RmsNorm
from biome_pipeline.evolution.surrogate.reading import Reading

if TYPE_CHECKING:
    from biome_pipeline.evolution.genome import Attention, KvPolicy, Latent

__all__ = ["Attending", "LatentAttending", "LinearAttending", "attending_of"]


class _Attending(nn.Module):
    """What all kinds share: positions, gates of outputs, the way back to the stream."""

    def __init__(
        self, attention: Attention, dim: int, gain: float, *, length: int, value_dim: int
    ) -> None:
        super().__init__()
        self.attention, self.length = attention, length
        inner = attention.heads * value_dim
        self.output_gate = Map(dim, inner) if attention.output_gate else None
        self.output = Map(inner, dim, gain)

    def leave(self, found: Tensor, features: Tensor) -> Tensor:
        """Join heads, shape (batch, heads, n, width), gate them and map them back."""
        joined = found.transpose(1, 2).flatten(2)
        if self.output_gate is not None:
            joined = joined * self.output_gate(features).sigmoid()
        mapped: Tensor = self.output(joined)
        return mapped

    def angles(self, width: int) -> Tensor | None:
        """Give the rotation's angles for `width` features of a head."""
        rope = self.attention.rope
        return None if rope is None else kernels.frequencies(rope, width, self.length)


class _Keyed(_Attending):
    """Maps of queries, keys and values per head, and what is on them."""

    def __init__(self, attention: Attention, dim: int, gain: float, length: int) -> None:
        super().__init__(attention, dim, gain, length=length, value_dim=attention.head_dim)
        kv = attention.n_kv_heads * attention.head_dim
        self.query = Map(dim, attention.heads * attention.head_dim)
        self.key = Map(dim, kv)
        self.value = Map(dim, kv)
        self.query_norm = RmsNorm(attention.head_dim) if attention.qk_norm else None
        self.key_norm = RmsNorm(attention.head_dim) if attention.qk_norm else None
        self.value_gate = Map(dim, kv) if attention.value_gate else None

    def queries(self, features: Tensor) -> Tensor:
        """Make queries, shape (batch, heads, n, head_dim)."""
        made = kernels.in_heads(self.query(features), self.attention.heads)
        return made if self.query_norm is None else self.query_norm(made)

    def keys(self, features: Tensor) -> Tensor:
        """Make keys, shape (batch, n_kv_heads, n, head_dim)."""
        made = kernels.in_heads(self.key(features), self.attention.n_kv_heads)
        return made if self.key_norm is None else self.key_norm(made)

    def values(self, features: Tensor) -> Tensor:
        """Make values, shape (batch, n_kv_heads, n, head_dim)."""
        made = self.value(features)
        if self.value_gate is not None:
            made = made * self.value_gate(features).sigmoid()
        return kernels.in_heads(made, self.attention.n_kv_heads)

    def turned(self, features: Tensor) -> Tensor:
        """Rotate queries or keys by their positions."""
        angles = self.angles(self.attention.head_dim)
        return features if angles is None else kernels.rotated(features, angles)


class Attending(_Keyed):
    """Softmax attention (Vaswani et al. 2017) with grouped keys and values.

    Parameters
    ----------
    attention : Attention
        Of kind ``softmax``.
    dim : int
        Features of the stream.
    gain : float
        Of the map back.
    length : int
        Longest input, in tokens.
    kv_policy : KvPolicy, optional
        What the cache keeps.
    """

    def __init__(
        self,
        attention: Attention,
        dim: int,
        gain: float,
        length: int,
        kv_policy: KvPolicy | None,
    ) -> None:
        super().__init__(attention, dim, gain, length)
        self.reading = Reading(attention, dim, kv_policy)

    def forward(self, features: Tensor, memory: Tensor | None) -> tuple[Tensor, Tensor]:
        """Attend.

        Parameters
        ----------
        features : Tensor, shape (batch, n, dim)
            The normed stream.
        memory : Tensor, optional
            Memory tokens, shape (m, dim).

        Returns
        -------
        Tensor, shape (batch, n, dim)
            What is added to the stream.
        Tensor, shape ()
            Loss of the selector; 0 without one.
        """
        keys = self.reading.stored(self.turned(self.keys(features)))
        values = self.reading.stored(self.values(features))
        if memory is not None:
            early_keys, early_values = self.remembered(memory)
            keys = _after(early_keys, keys)
            values = _after(early_values, values)
        per_key = self.attention.heads // self.attention.n_kv_heads
        found, loss = self.reading(
            self.turned(self.queries(features)),
            keys.repeat_interleave(per_key, 1),
            values.repeat_interleave(per_key, 1),
            features,
        )
        return self.leave(found, features), loss

    def remembered(self, memory: Tensor) -> tuple[Tensor, Tensor]:
        """Make keys and values of memory tokens, which have no position.

        Parameters
        ----------
        memory : Tensor, shape (m, dim)
            Memory tokens.

        Returns
        -------
        tuple of Tensor, shape (1, n_kv_heads, m, head_dim)
            What is added to the stream.
        """
        return self.keys(memory[None]), self.values(memory[None])


class LinearAttending(_Keyed):
    """Linear attention (Katharopoulos et al. 2020), outputs normed per head.

    Features are ``elu + 1``. Outputs are divided by their own size instead of the sum of
    the weights, which rotations could bring to 0 (Qin et al. 2022, section 3.1). Under
    alibi the state of each key-value head decays by its slope.

    Parameters
    ----------
    attention : Attention
        Of kind ``linear``.
    dim, gain, length : int, float and int
        As in `Attending`.
    """

    def forward(self, features: Tensor, memory: Tensor | None) -> tuple[Tensor, Tensor]:
        """Attend.

        Parameters
        ----------
        features, memory : Tensor
            As in `Attending`.

        Returns
        -------
        tuple of Tensor
            As of `Attending`; no loss.
        """
        n, n_states = features.shape[1], self.attention.n_kv_heads
        log_decay = None
        if self.attention.alibi:
            slopes = kernels.alibi_slopes(n_states).to(features.dtype)
            log_decay = -slopes[None, :, None].expand(1, n_states, n)
        found = kernels.decayed_sum(
            self.turned(functional.elu(self.queries(features)) + 1),
            self.turned(functional.elu(self.keys(features)) + 1),
            self.values(features),
            log_decay,
            None if memory is None else self.remembered(memory),
        )
        return self.leave(kernels.rms(found), features), features.new_zeros(())

    def remembered(self, memory: Tensor) -> tuple[Tensor, Tensor]:
        """Make the keys and values that the state begins with.

        Parameters
        ----------
        memory : Tensor, shape (m, dim)
            Memory tokens.

        Returns
        -------
        tuple of Tensor, shape (1, n_kv_heads, m, head_dim)
            What is added to the stream.
        """
        return functional.elu(self.keys(memory[None])) + 1, self.values(memory[None])


class LatentAttending(_Attending):
    """Multi-head latent attention (DeepSeek-V2, section 2.1, equations 9 to 19).

    Parameters
    ----------
    attention : Attention
        Of kind ``mla``.
    latent : Latent
        Its widths.
    dim, gain, length, kv_policy : int, float, int and KvPolicy or None
        As in `Attending`.
    """

    def __init__(
        self,
        attention: Attention,
        latent: Latent,
        dim: int,
        gain: float,
        *,
        length: int,
        kv_policy: KvPolicy | None,
    ) -> None:
        super().__init__(attention, dim, gain, length=length, value_dim=latent.value_dim)
        self.latent = latent
        heads, width = attention.heads, latent.query_width
        self.plain = attention.head_dim - latent.rope_dim
        self.query_down = Map(dim, width) if width is not None else None
        self.query_norm = RmsNorm(width) if width is not None else None
        self.query = Map(width or dim, heads * attention.head_dim)
        self.kv_down = Map(dim, latent.kv_width + latent.rope_dim)
        self.kv_norm = RmsNorm(latent.kv_width)
        self.kv_up = Map(latent.kv_width, heads * (self.plain + latent.value_dim))
        self.reading = Reading(attention, dim, kv_policy)

    def forward(self, features: Tensor, memory: Tensor | None) -> tuple[Tensor, Tensor]:
        """Attend.

        Parameters
        ----------
        features, memory : Tensor
            As in `Attending`.

        Returns
        -------
        tuple of Tensor
            As of `Attending`.
        """
        angles = self.angles(self.latent.rope_dim)
        assert angles is not None  # a rule of the genome
        keys, values = self._keys_and_values(features, angles)
        if memory is not None:
            early_keys, early_values = self.remembered(memory)
            keys, values = _after(early_keys, keys), _after(early_values, values)
        queries = features
        if self.query_down is not None and self.query_norm is not None:
            queries = self.query_norm(self.query_down(features))
        queries = kernels.in_heads(self.query(queries), self.attention.heads)
        turned = kernels.rotated(queries[..., self.plain :], angles)
        queries = torch.cat([queries[..., : self.plain], turned], -1)
        found, loss = self.reading(queries, keys, values, features)
        return self.leave(found, features), loss

    def remembered(self, memory: Tensor) -> tuple[Tensor, Tensor]:
        """Make keys and values of memory tokens, which have no position.

        Parameters
        ----------
        memory : Tensor, shape (m, dim)
            Memory tokens.

        Returns
        -------
        tuple of Tensor
            Shapes (1, heads, m, head_dim) and (1, heads, m, value_dim).
        """
        return self._keys_and_values(memory[None], None)

    def _keys_and_values(self, features: Tensor, angles: Tensor | None) -> tuple[Tensor, Tensor]:
        down = self.kv_down(features)
        width = self.latent.kv_width
        shared = down[:, None, :, width:]
        if angles is not None:
            shared = kernels.rotated(shared, angles)
        kept, shared = self.kv_norm(down[..., :width]), self.reading.stored(shared)
        up = kernels.in_heads(self.kv_up(self.reading.stored(kept)), self.attention.heads)
        spread = shared.expand(-1, self.attention.heads, -1, -1)
        return torch.cat([up[..., : self.plain], spread], -1), up[..., self.plain :]


def attending_of(
    attention: Attention, dim: int, gain: float, length: int, kv_policy: KvPolicy | None
) -> Attending | LinearAttending | LatentAttending:
    """Make the module of an attention.

    Parameters
    ----------
    attention, dim, gain, length, kv_policy : Attention, int, float, int, KvPolicy or None
        As in `Attending`.

    Returns
    -------
    nn.Module
        With fresh weights.
    """
    if attention.latent is not None:
        return LatentAttending(
            attention, attention.latent, dim, gain, length=length, kv_policy=kv_policy
        )
    if attention.kind == "linear":
        return LinearAttending(attention, dim, gain, length)
    return Attending(attention, dim, gain, length, kv_policy)


def _after(early: Tensor, late: Tensor) -> Tensor:
    """Put what is the same for a whole batch before what is not, along the tokens."""
    return torch.cat([early.expand(late.shape[0], -1, -1, -1), late], 2)
