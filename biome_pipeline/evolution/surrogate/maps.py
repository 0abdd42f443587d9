"""Linear maps and norms, as the tensors of a genome are listed: (in, out), no biases."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from biome_pipeline.evolution.surrogate.kernels import rms

__all__ = ["Map", "RmsNorm", "drawn", "norm_of"]


def drawn(*shape: int, fan_in: int, gain: float = 1.0) -> nn.Parameter:
    """Draw weights whose products keep the size of their input.

    Parameters
    ----------
    *shape : int
        Of the tensor.
    fan_in : int
        Features that one product sums over.
    gain : float
        By how much the size changes.

    Returns
    -------
    nn.Parameter
        Normal, with deviation ``gain / sqrt(fan_in)``, from PyTorch's own stream.
    """
    return nn.Parameter(torch.randn(*shape) * (gain * fan_in**-0.5))


class Map(nn.Module):
    """A linear map without bias.

    Parameters
    ----------
    n_in, n_out : int
        Features.
    gain : float
        As in `drawn`.
    """

    def __init__(self, n_in: int, n_out: int, gain: float = 1.0) -> None:
        super().__init__()
        self.weight = drawn(n_in, n_out, fan_in=n_in, gain=gain)

    def forward(self, features: Tensor) -> Tensor:
        """Map features.

        Parameters
        ----------
        features : Tensor, shape (..., n_in)
            Vectors along the last side.

        Returns
        -------
        Tensor, shape (..., n_out)
            The same vectors, mapped.
        """
        return features @ self.weight


class RmsNorm(nn.Module):
    """Root mean square norm with a weight per feature.

    Parameters
    ----------
    width : int
        Features.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, features: Tensor) -> Tensor:
        """Norm features.

        Parameters
        ----------
        features : Tensor, shape (..., width)
            Vectors along the last side.

        Returns
        -------
        Tensor, shape (..., width)
            The same vectors, normed.
        """
        return rms(features) * self.weight


def norm_of(kind: str, width: int) -> nn.Module:
    """Make the norm of a genome.

    Parameters
    ----------
    kind : str
        ``rmsnorm`` or ``layernorm``.
    width : int
        Features.

    Returns
    -------
    nn.Module
        With fresh weights.
    """
    return nn.LayerNorm(width) if kind == "layernorm" else RmsNorm(width)
