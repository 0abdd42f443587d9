"""What stands beside attention in a block: state spaces, memories, plugins.

What does not belong here: attention (``attending``), the block itself (``model``).
"""

from __future__ import annotations

from math import log
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional

from biome_pipeline.evolution.genome import RetroMemory
from biome_pipeline.evolution.surrogate import kernels
from biome_pipeline.evolution.surrogate.maps import Map, RmsNorm, drawn

if TYPE_CHECKING:
    from biome_pipeline.evolution.genome import AssociativeMemory, ChunkMemory, Ssm

__all__ = ["Associating", "Bottleneck", "CausalConvolution", "Scanning", "StoredStates"]


class Scanning(nn.Module):
    """A selective state space (Mamba-2; Dao and Gu 2024, section 7).

    Parameters
    ----------
    ssm : Ssm
        Its sizes.
    dim : int
        Features of the stream.
    gain : float
        Of the map back.
    """

    def __init__(self, ssm: Ssm, dim: int, gain: float) -> None:
        super().__init__()
        self.ssm, self.inner = ssm, ssm.heads * ssm.head_dim
        shared = ssm.groups * ssm.state
        self.split = (self.inner, self.inner, shared, shared, ssm.heads)
        self.input = Map(dim, sum(self.split))
        self.conv = CausalConvolution(self.inner + 2 * shared, ssm.conv)
        self.conv_bias = nn.Parameter(torch.zeros(self.inner + 2 * shared))
        # Rates from 1 to 16, and steps from 0.001 to 0.1, as Mamba-2 begins.
        self.decay = nn.Parameter(torch.linspace(0.0, log(16.0), ssm.heads))
        steps = torch.logspace(-3, -1, ssm.heads)
        self.step_bias = nn.Parameter(steps.expm1().log())
        self.skip = nn.Parameter(torch.ones(ssm.heads))
        self.norm = RmsNorm(self.inner)
        self.output = Map(self.inner, dim, gain)

    def forward(self, features: Tensor) -> Tensor:
        """Scan.

        Parameters
        ----------
        features : Tensor, shape (batch, n, dim)
            The normed stream.

        Returns
        -------
        Tensor, shape (batch, n, dim)
            What is added to the stream.
        """
        ssm = self.ssm
        gate, values, keys, queries, step = self.input(features).split(self.split, -1)
        mixed = self.conv(torch.cat([values, keys, queries], -1)) + self.conv_bias
        values, keys, queries = functional.silu(mixed).split(self.split[1:4], -1)
        step = functional.softplus(step + self.step_bias).transpose(1, 2)
        values = values.unflatten(-1, (ssm.heads, -1)).transpose(1, 2)
        per_group = ssm.heads // ssm.groups
        keys, queries = (
            part.unflatten(-1, (ssm.groups, -1)).transpose(1, 2).repeat_interleave(per_group, 1)
            for part in (keys, queries)
        )
        log_decay = -self.decay.exp()[:, None] * step
        found = kernels.decayed_sum(queries, keys, values * step[..., None], log_decay)
        found = found + self.skip[:, None, None] * values
        joined = found.transpose(1, 2).flatten(2) * functional.silu(gate)
        mapped: Tensor = self.output(self.norm(joined))
        return mapped


class StoredStates(nn.Module):
    """Attention to a few stored states: one of every `stride`, or means of chunks.

    Parameters
    ----------
    memory : RetroMemory or ChunkMemory
        Its sizes.
    dim, gain : int and float
        As in `Scanning`.
    """

    def __init__(self, memory: RetroMemory | ChunkMemory, dim: int, gain: float) -> None:
        super().__init__()
        self.is_retro = isinstance(memory, RetroMemory)
        if isinstance(memory, RetroMemory):
            self.distance, self.slots = memory.stride, memory.size
        else:
            self.distance, self.slots = memory.length, memory.slots
        self.query = Map(dim, memory.width)
        self.key = Map(dim, memory.width)
        self.value = Map(dim, memory.width)
        self.output = Map(memory.width, dim, gain)
        has_gate = isinstance(memory, RetroMemory) and memory.gate
        self.gate = nn.Parameter(torch.zeros(dim)) if has_gate else None

    def forward(self, features: Tensor) -> Tensor:
        """Read what was stored before each token.

        Parameters
        ----------
        features : Tensor, shape (batch, n, dim)
            The normed stream.

        Returns
        -------
        Tensor, shape (batch, n, dim)
            What is added to the stream.
        """
        n = features.shape[1]
        n_states = n // self.distance
        chunks = features[:, : n_states * self.distance].unflatten(1, (n_states, self.distance))
        states = chunks[:, :, -1] if self.is_retro else chunks.mean(2)
        visible = kernels.visible_states(n, self.distance, self.slots)
        found, _ = kernels.read(
            self.query(features)[:, None],
            self.key(states)[:, None],
            self.value(states)[:, None],
            visible,
        )
        mapped: Tensor = self.output(found[:, 0])
        # A gate of 0 begins half open.
        return mapped if self.gate is None else mapped * self.gate.sigmoid()


class Associating(nn.Module):
    """Learned pairs of key and value (product keys without products; Lample et al. 2019).

    Parameters
    ----------
    memory : AssociativeMemory
        Its sizes.
    dim, gain : int and float
        As in `Scanning`.
    """

    def __init__(self, memory: AssociativeMemory, dim: int, gain: float) -> None:
        super().__init__()
        self.query = Map(dim, memory.width)
        self.keys = drawn(memory.slots, memory.width, fan_in=memory.width)
        self.values = drawn(memory.slots, dim, fan_in=1, gain=gain)

    def forward(self, features: Tensor) -> Tensor:
        """Read the pairs whose keys are like what is asked.

        Parameters
        ----------
        features : Tensor, shape (batch, n, dim)
            The normed stream.

        Returns
        -------
        Tensor, shape (batch, n, dim)
            What is added to the stream.
        """
        return (self.query(features) @ self.keys.T).softmax(-1) @ self.values


class CausalConvolution(nn.Module):
    """A depthwise convolution over the last tokens.

    Parameters
    ----------
    channels : int
        Features.
    width : int
        Tokens.
    """

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.weight = drawn(channels, width, fan_in=width)

    def forward(self, features: Tensor) -> Tensor:
        """Convolve.

        Parameters
        ----------
        features : Tensor, shape (batch, n, channels)
            The normed stream.

        Returns
        -------
        Tensor, shape (batch, n, channels)
            What is added to the stream.
        """
        channels, width = self.weight.shape
        padded = functional.pad(features.transpose(1, 2), (width - 1, 0))
        return functional.conv1d(padded, self.weight[:, None], groups=channels).transpose(1, 2)


class Bottleneck(nn.Module):
    """Two maps by way of few features.

    Parameters
    ----------
    width : int
        Features between them.
    dim, gain : int and float
        As in `Scanning`.
    """

    def __init__(self, width: int, dim: int, gain: float) -> None:
        super().__init__()
        self.down, self.up = Map(dim, width), Map(width, dim, gain)

    def forward(self, features: Tensor) -> Tensor:
        """Squeeze features.

        Parameters
        ----------
        features : Tensor, shape (batch, n, dim)
            The normed stream.

        Returns
        -------
        Tensor, shape (batch, n, dim)
            What is added to the stream.
        """
        squeezed: Tensor = self.up(functional.silu(self.down(features)))
        return squeezed
