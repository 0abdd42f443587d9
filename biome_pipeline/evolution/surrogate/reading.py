"""Which keys an attention sees and picks, and what it reads off them.

What does not belong here: how queries, keys and values are made (``attending``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional

from biome_pipeline.evolution.surrogate import kernels
from biome_pipeline.evolution.surrogate.maps import Map

if TYPE_CHECKING:
    from biome_pipeline.evolution.genome import Attention, KvPolicy, Selector

__all__ = ["Reading"]


class _Scorer(nn.Module):
    """Picks the keys that each query attends to (DeepSeek-V3.2, section 2.1)."""

    def __init__(self, selector: Selector, dim: int) -> None:
        super().__init__()
        self.selector = selector
        self.query = Map(dim, selector.heads * selector.head_dim)
        self.key = Map(dim, selector.head_dim)
        self.weight = Map(dim, selector.heads)

    def forward(self, features: Tensor, visible: Tensor) -> Tensor:
        queries = kernels.in_heads(self.query(features), self.selector.heads)
        weights = self.weight(features).transpose(-1, -2)
        return kernels.scored(queries, self.key(features), weights, visible)


class Reading(nn.Module):
    """Reads keys by softmax: masks, biases, the selector and its own loss.

    Parameters
    ----------
    attention : Attention
        Of kind ``softmax`` or ``mla``.
    dim : int
        Features of the stream.
    kv_policy : KvPolicy, optional
        What the cache keeps.
    """

    def __init__(self, attention: Attention, dim: int, kv_policy: KvPolicy | None) -> None:
        super().__init__()
        self.attention, self.kv_policy = attention, kv_policy
        self.scorer = _Scorer(attention.selector, dim) if attention.selector is not None else None

    def stored(self, features: Tensor) -> Tensor:
        """Give keys or values as the cache holds them.

        Parameters
        ----------
        features : Tensor, shape (..., width)
            As they were made.

        Returns
        -------
        Tensor, shape (..., width)
            Rounded to the bits of the policy.
        """
        policy = self.kv_policy
        return features if policy is None else kernels.quantised(features, policy.bits)

    def forward(
        self, queries: Tensor, keys: Tensor, values: Tensor, features: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Read what is seen and picked.

        Parameters
        ----------
        queries : Tensor, shape (batch, heads, n, width)
            What each token asks for.
        keys : Tensor, shape (batch, heads, m, width)
            Those beyond the n tokens are of memory tokens: they come first, and all see
            them.
        values : Tensor, shape (batch, heads, m, value_width)
            What is read.
        features : Tensor, shape (batch, n, dim)
            The normed stream, for the selector.

        Returns
        -------
        Tensor, shape (batch, heads, n, value_width)
            What each token reads.
        Tensor, shape ()
            Loss of the selector; 0 without one.
        """
        n = features.shape[1]
        n_memory = keys.shape[2] - n
        visible = kernels.visible_keys(self.attention.sparsity, self.kv_policy, n)
        scores = None
        if self.scorer is not None:
            scores = self.scorer(features, visible)
            visible = kernels.picked(scores, visible, self.scorer.selector.top_k)[:, None]
        seen = functional.pad(visible, (n_memory, 0), value=True)
        bias = functional.pad(self._bias(n), (n_memory, 0)) if self.attention.alibi else None
        found, weights = kernels.read(
            queries, keys, values, seen, bias=bias, cap=self.attention.logit_cap
        )
        if scores is None:
            return found, features.new_zeros(())
        return found, _selector_loss(scores, weights[..., n_memory:], visible[:, 0])

    def _bias(self, n: int) -> Tensor:
        distance = torch.arange(n)[:, None] - torch.arange(n)[None, :]
        return -kernels.alibi_slopes(self.attention.heads)[:, None, None] * distance


def _selector_loss(scores: Tensor, weights: Tensor, visible: Tensor) -> Tensor:
    """Hold the scorer to the attention it picks for (DeepSeek-V3.2, section 2.1, equation 4).

    The divergence of the scores' softmax from the mean of the heads' weights; that
    mean is a goal, not a way for gradients.
    """
    goal = weights.detach().mean(1)
    goal = goal / goal.sum(-1, keepdim=True).clamp_min(1e-9)
    logs = scores.masked_fill(~visible, torch.finfo(scores.dtype).min / 2).log_softmax(-1)
    terms = torch.where(goal > 0, goal * (goal.clamp_min(1e-30).log() - logs), 0.0)
    return terms.sum(-1).mean()
