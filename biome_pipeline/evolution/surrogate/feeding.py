"""Feed-forwards as modules: dense, and mixtures of experts with their router.

What does not belong here: mixers (``attending``, ``mixers``).
"""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from biome_pipeline.evolution.surrogate.maps import Map, drawn

if TYPE_CHECKING:
    from collections.abc import Callable

    from biome_pipeline.evolution.genome import Moe
    from biome_pipeline.evolution.genome.feed_forward import Activation

__all__ = ["Experts", "Mixture", "Routing"]


def _relu2(features: Tensor) -> Tensor:
    return features.relu().square()


_ACTIVATIONS: dict[Activation, Callable[[Tensor], Tensor]] = {
    "silu": functional.silu,
    "gelu": functional.gelu,
    "relu": functional.relu,
    "relu2": _relu2,
}


class Routing(NamedTuple):
    """Where the tokens of a batch went.

    Attributes
    ----------
    loss : Tensor, shape ()
        Of the balance, weighted (Fedus et al. 2022, equation 4).
    load : Tensor, shape (n_experts,)
        Share of the choices that each expert got; sums to 1.
    """

    loss: Tensor
    load: Tensor


class Experts(nn.Module):
    """Feed-forwards of one shape; a dense one is a stack of one.

    Parameters
    ----------
    n, dim, hidden : int
        How many, features of the stream, inner features.
    activation : str
        Nonlinearity.
    gated : bool
        Whether a second map gates the first (GLU, Shazeer 2020).
    gain : float
        Of the map back.
    """

    def __init__(
        self, n: int, dim: int, hidden: int, *, activation: Activation, gated: bool, gain: float
    ) -> None:
        super().__init__()
        self.up = drawn(n, dim, hidden, fan_in=dim)
        self.gate = drawn(n, dim, hidden, fan_in=dim) if gated else None
        self.down = drawn(n, hidden, dim, fan_in=hidden, gain=gain)
        self.activation = _ACTIVATIONS[activation]

    def forward(self, features: Tensor, expert: int) -> Tensor:
        """Pass features through one of them.

        Parameters
        ----------
        features : Tensor, shape (..., dim)
            The normed stream.
        expert : int
            Which.

        Returns
        -------
        Tensor, shape (..., dim)
            What is added to the stream.
        """
        inner = features @ self.up[expert]
        if self.gate is None:
            return self.activation(inner) @ self.down[expert]
        return (self.activation(features @ self.gate[expert]) * inner) @ self.down[expert]


class Mixture(nn.Module):
    """A mixture of experts: each token passes `k` of them, and the shared ones.

    An expert with a capacity takes the first tokens of a sequence that choose it, up to
    ``capacity * k * length / n_experts``; later ones pass by it. Which come first is known
    to each token, so that nothing depends on what follows.

    Parameters
    ----------
    moe : Moe
        Sizes and router.
    dim : int
        Features of the stream.
    gain : float
        Of the maps back.
    length : int
        Longest input, in tokens.
    """

    def __init__(self, moe: Moe, dim: int, gain: float, length: int) -> None:
        super().__init__()
        self.moe = moe
        self.router = Map(dim, moe.n_experts)

        def stack(n: int, hidden: int) -> Experts:
            return Experts(n, dim, hidden, activation=moe.activation, gated=moe.gated, gain=gain)

        self.experts = stack(moe.n_experts, moe.hidden)
        hidden = moe.shared_hidden or moe.hidden
        self.shared = stack(moe.shared_experts, hidden) if moe.shared_experts else None
        even = moe.k * length / moe.n_experts
        self.most = None if moe.capacity is None else ceil(moe.capacity * even)

    def forward(self, features: Tensor) -> tuple[Tensor, Routing]:
        """Route tokens.

        Parameters
        ----------
        features : Tensor, shape (batch, n, dim)
            The normed stream.

        Returns
        -------
        Tensor, shape (batch, n, dim)
            What is added to the stream.
        Routing
            Where tokens went.
        """
        moe = self.moe
        scores = self.router(features) / moe.router.temperature
        chances = scores.softmax(-1)
        weights, chosen = self._choices(scores, chances)
        load = functional.one_hot(chosen, moe.n_experts).to(features.dtype).mean((0, 1, 2))
        balance = moe.n_experts * (load * chances.mean((0, 1))).sum()
        weights = weights * self._admitted(chosen)
        mixed = self._dispatched(
            features.flatten(0, 1), weights.flatten(0, 1), chosen.flatten(0, 1)
        )
        found = mixed.view_as(features)
        if self.shared is not None:
            for expert in range(moe.shared_experts):
                found = found + self.shared(features, expert)
        return found, Routing(moe.router.balance_weight * balance, load.detach())

    def _choices(self, scores: Tensor, chances: Tensor) -> tuple[Tensor, Tensor]:
        """Give weights and experts, shape (batch, n, k); weights of several sum to 1.

        A single weight is left as it is: 1 would give the router no gradient.
        """
        raw = chances if self.moe.router.kind == "softmax" else scores.sigmoid()
        weights, chosen = raw.topk(self.moe.k, dim=-1)
        if self.moe.k > 1:
            weights = weights / weights.sum(-1, keepdim=True).clamp_min(1e-9)
        return weights, chosen

    def _admitted(self, chosen: Tensor) -> Tensor:
        """Tell which choices the experts have room for, shape (batch, n, k)."""
        if self.most is None:
            return torch.ones_like(chosen, dtype=torch.bool)
        # A token chooses an expert at most once, so that tokens alone are counted.
        asked = functional.one_hot(chosen, self.moe.n_experts).sum(2).cumsum(1)
        return asked.gather(-1, chosen) <= self.most

    def _dispatched(self, features: Tensor, weights: Tensor, chosen: Tensor) -> Tensor:
        """Send tokens, shape (tokens, dim), to the experts that have room for them."""
        found = torch.zeros_like(features)
        tokens, places = (weights > 0).nonzero(as_tuple=True)
        experts = chosen[tokens, places]
        order = experts.argsort(stable=True)
        counts = experts.bincount(minlength=self.moe.n_experts).tolist()
        for expert, own in enumerate(order.split(counts)):
            if len(own):
                rows = tokens[own]
                made = self.experts(features[rows], expert)
                found = found.index_add(0, rows, made * weights[rows, places[own], None])
        return found
