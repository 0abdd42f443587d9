"""Feed-forward of a block: dense, or a mixture of experts."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from biome_pipeline.evolution.genome.part import Count, Part, Positive, Width

__all__ = ["ACTIVATIONS", "Activation", "Dense", "FeedForward", "Moe", "Router"]

Activation = Literal["silu", "gelu", "relu", "relu2"]
ACTIVATIONS: tuple[Activation, ...] = ("silu", "gelu", "relu", "relu2")


class Dense(Part):
    """A feed-forward that every token passes.

    Parameters
    ----------
    kind : str
        ``dense``.
    hidden : int
        Inner features.
    activation : str
        Its nonlinearity.
    gated : bool
        Whether a second projection gates the first (GLU, Shazeer 2020).
    """

    kind: Literal["dense"]
    hidden: Width
    activation: Activation = "silu"
    gated: bool = True


class Router(Part):
    """Which experts a token goes to.

    Parameters
    ----------
    kind : str
        How scores become weights.
    temperature : float
        Divides the scores.
    balance_weight : float
        Weight of the loss that spreads tokens over experts (Fedus et al. 2022, eq. 4).
    """

    kind: Literal["softmax", "sigmoid"] = "softmax"
    temperature: Positive = 1.0
    balance_weight: Annotated[float, Field(ge=0, le=100)] = 0.01


class Moe(Part):
    """A mixture of experts.

    Parameters
    ----------
    kind : str
        ``moe``.
    n_experts, k : int
        Routed experts, and how many of them each token passes.
    hidden : int
        Inner features of each routed expert.
    activation, gated
        As in `Dense`.
    shared_experts : int
        Experts that every token passes.
    shared_hidden : int, optional
        Inner features of each shared expert; none: as `hidden`.
    router : Router
        Chooses.
    capacity : float, optional
        Most tokens of an expert, in multiples of an even share; none: no bound.
    """

    kind: Literal["moe"]
    n_experts: Count
    k: Count
    hidden: Width
    activation: Activation = "silu"
    gated: bool = True
    shared_experts: Annotated[int, Field(ge=0, le=1_024)] = 0
    shared_hidden: Width | None = None
    router: Router = Router()
    capacity: Positive | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.k > self.n_experts:
            raise ValueError(f"k {self.k} is above n_experts {self.n_experts}")
        if self.shared_hidden is not None and not self.shared_experts:
            raise ValueError("shared_hidden needs shared_experts")
        return self


FeedForward = Annotated[Dense | Moe, Field(discriminator="kind")]
