"""A genome as a PyTorch model that predicts the next token.

What does not belong here: training (``training``), corpora (``corpora``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor, nn

from biome_pipeline.evolution.genome import Dense, Moe
from biome_pipeline.evolution.surrogate.attending import attending_of
from biome_pipeline.evolution.surrogate.feeding import Experts, Mixture, Routing
from biome_pipeline.evolution.surrogate.maps import Map, norm_of
from biome_pipeline.evolution.surrogate.mixers import (
    Associating,
    Bottleneck,
    CausalConvolution,
    Scanning,
    StoredStates,
)

if TYPE_CHECKING:
    from biome_pipeline.evolution.genome import Block, Genome

__all__ = ["Decoder", "Output"]


class Output(NamedTuple):
    """What a model makes of a batch.

    Attributes
    ----------
    logits : Tensor, shape (batch, n, vocabulary)
        Of the next token, after each.
    extra_loss : Tensor, shape ()
        Of routers and selectors; added to the loss in training alone.
    routings : tuple of Routing
        Of the mixtures, in the order in which they ran.
    """

    logits: Tensor
    extra_loss: Tensor
    routings: tuple[Routing, ...]


class _BlockModule(nn.Module):
    """One block: mixers side by side, then a feed-forward."""

    def __init__(self, block: Block, genome: Genome, gain: float) -> None:
        super().__init__()
        self.block = block
        dim, length, extras = genome.dim, genome.sequence, block.extras
        n = len(block.mixers)
        self.mixer_norm = norm_of(genome.norm, dim) if n else None
        self.attention = (
            attending_of(block.attention, dim, gain, length, genome.kv_policy)
            if block.attention is not None
            else None
        )
        others: dict[str, nn.Module] = {}
        if block.ssm is not None:
            others["ssm"] = Scanning(block.ssm, dim, gain)
        if extras.retro is not None:
            others["retro"] = StoredStates(extras.retro, dim, gain)
        if extras.associative is not None:
            others["associative"] = Associating(extras.associative, dim, gain)
        if extras.chunk is not None:
            others["chunk"] = StoredStates(extras.chunk, dim, gain)
        if extras.plugin is not None:
            others["plugin"] = (
                CausalConvolution(dim, extras.plugin.width)
                if extras.plugin.name == "causal_conv"
                else Bottleneck(extras.plugin.width, dim, gain)
            )
        self.others = nn.ModuleDict(others)
        self.memory_tokens = (
            nn.Parameter(torch.randn(extras.memory_tokens.n, dim))
            if extras.memory_tokens is not None
            else None
        )
        self.mixer_gates = nn.Parameter(torch.zeros(n, dim)) if extras.gated_mix else None
        self.branch_router = Map(dim, n) if extras.branch_router is not None else None
        self._feed(block, genome, gain)
        self._scale(block, dim)

    def _feed(self, block: Block, genome: Genome, gain: float) -> None:
        feed, dim = block.feed_forward, genome.dim
        self.feed_forward_norm = norm_of(genome.norm, dim) if feed is not None else None
        self.dense = self.mixture = None
        if isinstance(feed, Dense):
            self.dense = Experts(
                1, dim, feed.hidden, activation=feed.activation, gated=feed.gated, gain=gain
            )
        if isinstance(feed, Moe):
            self.mixture = Mixture(feed, dim, gain, genome.sequence)

    def _scale(self, block: Block, dim: int) -> None:
        self.mixer_scale = self.feed_forward_scale = None
        if block.extras.layer_scale is not None:
            initial = block.extras.layer_scale.initial
            if self.mixer_norm is not None:
                self.mixer_scale = nn.Parameter(torch.full((dim,), initial))
            if self.feed_forward_norm is not None:
                self.feed_forward_scale = nn.Parameter(torch.full((dim,), initial))

    def forward(self, stream: Tensor) -> tuple[Tensor, Tensor, Routing | None]:
        loss, routing = stream.new_zeros(()), None
        if self.mixer_norm is not None:
            mixed, loss = self._mixed(self.mixer_norm(stream))
            stream = stream + (mixed if self.mixer_scale is None else mixed * self.mixer_scale)
        if self.feed_forward_norm is not None:
            features = self.feed_forward_norm(stream)
            if self.mixture is not None:
                fed, routing = self.mixture(features)
                loss = loss + routing.loss
            else:
                assert self.dense is not None
                fed = self.dense(features, 0)
            scale = self.feed_forward_scale
            stream = stream + (fed if scale is None else fed * scale)
        return stream, loss, routing

    def _mixed(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Sum the mixers, each gated by feature and weighed by token, and give their loss."""
        found, loss = [], features.new_zeros(())
        if self.attention is not None:
            attended, loss = self.attention(features, self.memory_tokens)
            found.append(attended)
        found += [mixer(features) for mixer in self.others.values()]
        stacked = torch.stack(found, -2)
        if self.mixer_gates is not None:
            # A gate of 0 begins at 1.
            stacked = stacked * (2 * self.mixer_gates.sigmoid())
        router = self.block.extras.branch_router
        if self.branch_router is not None and router is not None:
            scores = self.branch_router(features) / router.temperature
            weights = scores.softmax(-1) if router.kind == "softmax" else scores.sigmoid()
            stacked = stacked * weights[..., None]
        return stacked.sum(-2), loss


class Decoder(nn.Module):
    """A decoder with fresh weights.

    Parameters
    ----------
    genome : Genome
        Its architecture; no part of it is left out.

    Notes
    -----
    Weights are drawn from PyTorch's own stream: seed it first. Maps back to the stream
    begin smaller the more often the stream is added to (Radford et al. 2019, section 2.3).
    """

    def __init__(self, genome: Genome) -> None:
        super().__init__()
        self.genome = genome
        n_runs = len(self._route(most_loops=True))
        gain = (2.0 * n_runs) ** -0.5
        self.embedding = nn.Parameter(torch.randn(genome.vocabulary, genome.dim) * 0.5)
        self.blocks = nn.ModuleList(_BlockModule(block, genome, gain) for block in genome.blocks)
        self.norm = norm_of(genome.norm, genome.dim)
        self.head = None if genome.tied_head else Map(genome.dim, genome.vocabulary)

    def forward(self, tokens: Tensor, *, most_loops: bool = True) -> Output:
        """Predict the next token after each.

        Parameters
        ----------
        tokens : Tensor of int64, shape (batch, n)
            At most the genome's sequence.
        most_loops : bool
            Whether recurrences run as often as they may, or as seldom.

        Returns
        -------
        Output
            Logits, and what training needs.
        """
        stream, extra_loss = self.embedding[tokens], self.embedding.new_zeros(())
        routings = []
        for place in self._route(most_loops=most_loops):
            stream, loss, routing = self.blocks[place](stream)
            extra_loss = extra_loss + loss
            if routing is not None:
                routings.append(routing)
        stream = self.norm(stream)
        if self.head is None:
            # Rows of the embedding are larger than columns of a head.
            logits = stream @ self.embedding.T * self.genome.dim**-0.5
        else:
            logits = self.head(stream)
        return Output(logits, extra_loss, tuple(routings))

    def _route(self, *, most_loops: bool) -> list[int]:
        """Name the blocks in the order in which a token passes them."""
        route: list[int] = []
        place = 0
        for span in self.genome.recurrences:
            route += range(place, span.start)
            loops = span.max_loops if most_loops else span.min_loops
            route += list(range(span.start, span.stop)) * loops
            place = span.stop
        return [*route, *range(place, len(self.genome.blocks))]
