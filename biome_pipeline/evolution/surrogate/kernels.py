"""What mixers are made of: who sees whom, reads of keys and of states, rotations.

All of it is causal: row t of every result depends on tokens up to t alone, and not on how
many come after it. What does not belong here: anything with weights (``mixers``).
"""

from __future__ import annotations

from functools import lru_cache
from math import pi
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn import functional

if TYPE_CHECKING:
    from biome_pipeline.evolution.genome import KvPolicy, Rope, Sparsity

__all__ = [
    "alibi_slopes",
    "decayed_sum",
    "frequencies",
    "in_heads",
    "picked",
    "quantised",
    "read",
    "rms",
    "rotated",
    "scored",
    "visible_keys",
    "visible_states",
]

_HIDDEN = -1e30
"""Score of a key that is not seen; finite, so that a query that sees none has no NaN."""


@lru_cache(maxsize=1_024)
def visible_keys(sparsity: Sparsity | None, kv_policy: KvPolicy | None, length: int) -> Tensor:
    """Tell which keys each query sees.

    Parameters
    ----------
    sparsity : Sparsity, optional
        Rule of the attention; none: all earlier keys.
    kv_policy : KvPolicy, optional
        What the cache still holds.
    length : int
        Tokens.

    Returns
    -------
    Tensor of bool, shape (length, length)
        Row: query; column: key.
    """
    query, key = torch.arange(length)[:, None], torch.arange(length)[None, :]
    distance = query - key
    seen = distance >= 0
    if sparsity is not None:
        window = sparsity.window
        if sparsity.kind == "block":
            seen &= query // window == key // window
        elif sparsity.kind == "dilated":
            seen &= distance % sparsity.dilation == 0
            seen &= distance < window * sparsity.dilation
        else:
            seen &= (distance < window) | (key < sparsity.global_tokens)
    if kv_policy is not None:
        seen &= (distance < kv_policy.keep) | (key < kv_policy.sinks)
    return seen


@lru_cache(maxsize=1_024)
def visible_states(length: int, distance: int, slots: int) -> Tensor:
    """Tell which stored states each token sees.

    Parameters
    ----------
    length : int
        Tokens.
    distance : int
        Tokens from one stored state to the next; the first is stored after `distance`.
    slots : int
        States kept, the newest.

    Returns
    -------
    Tensor of bool, shape (length, length // distance)
        Row: token; column: state. A state is seen by the tokens after the one that
        completed it.
    """
    stored = torch.arange(length)[:, None] // distance
    state = torch.arange(length // distance)[None, :]
    return (state < stored) & (state >= stored - slots)


def read(
    queries: Tensor,
    keys: Tensor,
    values: Tensor,
    visible: Tensor,
    *,
    bias: Tensor | None = None,
    cap: float | None = None,
) -> tuple[Tensor, Tensor]:
    """Attend to what is visible.

    Parameters
    ----------
    queries : Tensor, shape (batch, heads, n, width)
        What each query asks for.
    keys : Tensor, shape (batch, heads, m, width)
        What each key answers to.
    values : Tensor, shape (batch, heads, m, value_width)
        What is read.
    visible : Tensor of bool, shape (..., n, m)
        Which keys each query sees.
    bias : Tensor, optional
        Added to the scores, shape (heads, n, m).
    cap : float, optional
        Bound of the scores, by tanh.

    Returns
    -------
    found : Tensor, shape (batch, heads, n, value_width)
        Weighted means of values; 0 for a query that sees nothing.
    weights : Tensor, shape (batch, heads, n, m)
        The weights.
    """
    scores = queries @ keys.transpose(-1, -2) * queries.shape[-1] ** -0.5
    if cap is not None:
        scores = cap * torch.tanh(scores / cap)
    if bias is not None:
        scores = scores + bias
    weights = scores.masked_fill(~visible, _HIDDEN).softmax(-1)
    sees_some = visible.any(-1, keepdim=True)
    if not sees_some.all():
        weights = weights * sees_some
    return weights @ values, weights


def scored(queries: Tensor, keys: Tensor, weights: Tensor, visible: Tensor) -> Tensor:
    """Score keys for a selector (DeepSeek-V3.2, section 2.1, equation 1).

    Parameters
    ----------
    queries : Tensor, shape (batch, heads, n, width)
        What each query asks for.
    keys : Tensor, shape (batch, n, width)
        The scorer's one key of each token.
    weights : Tensor, shape (batch, heads, n)
        Of the heads.
    visible : Tensor of bool, shape (n, n)
        Which keys each query may be given.

    Returns
    -------
    Tensor, shape (batch, n, n)
        Sum over heads of weight times the positive part of the product; a large
        negative number where nothing is visible.
    """
    products = (queries @ keys.transpose(-1, -2)[:, None]).relu()
    return (products * weights[..., None]).sum(1).masked_fill(~visible, _HIDDEN)


def picked(scores: Tensor, visible: Tensor, top_k: int) -> Tensor:
    """Pick the keys with the highest scores; among equals the newest.

    Parameters
    ----------
    scores : Tensor, shape (batch, n, n)
        As `scored` gives them.
    visible : Tensor of bool, shape (n, n)
        Which keys may be picked.
    top_k : int
        How many for each query.

    Returns
    -------
    Tensor of bool, shape (batch, n, n)
        All visible ones where there are no more than `top_k`.
    """
    newest_first = scores.detach().flip(-1)
    order = newest_first.sort(dim=-1, descending=True, stable=True).indices[..., :top_k]
    chosen = torch.zeros_like(scores, dtype=torch.bool).scatter_(-1, order, value=True)
    return chosen.flip(-1) & visible


def decayed_sum(
    queries: Tensor,
    keys: Tensor,
    values: Tensor,
    log_decay: Tensor | None = None,
    first: tuple[Tensor, Tensor] | None = None,
) -> Tensor:
    """Read a state that every token adds an outer product to, and that decays.

    The state of a head is S(t) = decay(t) S(t-1) + key(t) value(t)', and what is read is
    S(t)' query(t). It is computed for all t at once (Dao and Gu 2024, section 6).

    Parameters
    ----------
    queries : Tensor, shape (batch, heads, n, width)
        What each token reads with.
    keys : Tensor, shape (batch, states, n, width)
        The number of states divides that of heads.
    values : Tensor, shape (batch, states, n, value_width)
        What each token adds to the states.
    log_decay : Tensor, optional
        Logarithm of the decays, at most 0, shape (batch or 1, states, n); none: nothing
        is forgotten.
    first : tuple of Tensor, optional
        Keys and values, shapes (1, states, m, width) and (1, states, m, value_width),
        that are there from the start and never decay.

    Returns
    -------
    Tensor, shape (batch, heads, n, value_width)
        What each token reads, its own addition among it.
    """
    per_state = queries.shape[1] // keys.shape[1]
    length = queries.shape[2]

    def spread(tensor: Tensor) -> Tensor:
        return tensor.repeat_interleave(per_state, 1)

    weights = queries @ spread(keys).transpose(-1, -2)
    past = torch.ones(length, length, dtype=torch.bool).tril()
    if log_decay is None:
        weights = weights * past
    else:
        total = spread(log_decay.cumsum(-1))
        # The exponent is bounded before it is taken: future ones would overflow.
        fade = (total[..., :, None] - total[..., None, :]).masked_fill(~past, _HIDDEN).exp()
        weights = weights * fade
    found = weights @ spread(values)
    if first is not None:
        early_keys, early_values = (spread(part) for part in first)
        found = found + queries @ (early_keys.transpose(-1, -2) @ early_values)
    return found


def in_heads(features: Tensor, n: int) -> Tensor:
    """Split features into those of heads.

    Parameters
    ----------
    features : Tensor, shape (batch, tokens, n * width)
        Of all heads, one after the other.
    n : int
        Heads.

    Returns
    -------
    Tensor, shape (batch, n, tokens, width)
        The same numbers.
    """
    return features.unflatten(-1, (n, -1)).transpose(1, 2)


def alibi_slopes(heads: int) -> Tensor:
    """Give the slopes of linear biases (Press et al. 2021, section 3).

    Parameters
    ----------
    heads : int
        How many.

    Returns
    -------
    Tensor, shape (heads,)
        2^(-8/heads), and its powers.
    """
    return 2.0 ** (-8.0 * torch.arange(1, heads + 1) / heads)


def frequencies(rope: Rope, width: int, length: int) -> Tensor:
    """Give the angles by which pairs of features turn from token to token.

    Parameters
    ----------
    rope : Rope
        Base, stretching, and the share of features that is rotated.
    width : int
        Features of a head that could be rotated.
    length : int
        Longest input; ``yarn`` and ``llama3`` were trained on `length` / factor tokens.

    Returns
    -------
    Tensor, shape (n_pairs,)
        At least one pair. ``linear`` divides all by the factor (Chen et al. 2023);
        ``dynamic`` raises the base; ``yarn`` and ``llama3`` divide those that turn less
        than once in the trained length, and blend up to 32 and 4 turns (Peng et al.
        2023, section 3.2); ``longrope``, whose factors are searched for, divides from
        the fastest to the slowest by 1 to the factor, geometrically.
    """
    n = max(1, int(width * rope.share) // 2)
    steps = torch.arange(n, dtype=torch.float64) / n
    theta, factor = rope.theta, rope.factor or 1.0
    if rope.kind == "dynamic" and n > 1:
        theta *= factor ** (n / (n - 1))
    angles = theta**-steps
    if rope.kind == "linear":
        return angles / factor
    if rope.kind == "longrope":
        return angles / factor ** (torch.arange(n) / max(1, n - 1))
    if rope.kind in ("yarn", "llama3"):
        turns = length / factor * angles / (2 * pi)
        kept = ((turns - 1) / ((32 if rope.kind == "yarn" else 4) - 1)).clamp(0, 1)
        return angles * (kept + (1 - kept) / factor)
    return angles


def rotated(features: Tensor, angles: Tensor) -> Tensor:
    """Rotate pairs of features by position (Su et al. 2021, equation 34).

    Parameters
    ----------
    features : Tensor, shape (..., n, width)
        Of tokens 0 to n - 1.
    angles : Tensor, shape (n_pairs,)
        Of the first 2 n_pairs features; the others stay.

    Returns
    -------
    Tensor, shape (..., n, width)
        Feature i is paired with feature i + n_pairs.
    """
    n = len(angles)
    turned = torch.arange(features.shape[-2], dtype=torch.float64)[:, None] * angles
    cos, sin = turned.cos().to(features.dtype), turned.sin().to(features.dtype)
    one, other, rest = features[..., :n], features[..., n : 2 * n], features[..., 2 * n :]
    return torch.cat([one * cos - other * sin, one * sin + other * cos, rest], -1)


def quantised(features: Tensor, bits: int) -> Tensor:
    """Round features to what a cache of few bits holds.

    Parameters
    ----------
    features : Tensor, shape (..., width)
        Vectors along the last side.
    bits : int
        Of a stored number; 16: nothing is rounded.

    Returns
    -------
    Tensor, shape (..., width)
        In even steps between the largest absolute value of a vector and its negative;
        gradients pass as if nothing were rounded (Bengio et al. 2013).
    """
    if bits >= 16:
        return features
    step = features.detach().abs().amax(-1, keepdim=True) / (2 ** (bits - 1) - 1)
    rounded = (features / step.clamp_min(1e-12)).round() * step
    return features + (rounded - features).detach()


def rms(features: Tensor) -> Tensor:
    """Divide vectors by their root mean square (Zhang and Sennrich 2019).

    Parameters
    ----------
    features : Tensor, shape (..., width)
        Vectors along the last side.

    Returns
    -------
    Tensor, shape (..., width)
        Of mean square 1; a vector of zeros stays one.
    """
    return functional.rms_norm(features, features.shape[-1:], eps=1e-6)
