"""One block: mixers in parallel, then a feed-forward.

A block norms its input, adds what its mixers make of it (attention, state space,
memories, plugin), norms again, and adds what the feed-forward makes of that.
"""

from __future__ import annotations

from typing import Self

from pydantic import model_validator

from biome_pipeline.evolution.genome.attention import Attention
from biome_pipeline.evolution.genome.extras import Extras
from biome_pipeline.evolution.genome.feed_forward import FeedForward, Moe
from biome_pipeline.evolution.genome.part import Count, Part, Width

__all__ = ["Block", "Ssm"]


class Ssm(Part):
    """A selective state space (Mamba-2; Dao and Gu 2024).

    Parameters
    ----------
    heads, head_dim : int
        Heads, and features of each.
    state : int
        State per feature.
    groups : int
        Groups of heads that share their input and output maps; divides `heads`.
    conv : int
        Tokens of the convolution before it.
    """

    heads: Count
    head_dim: Width
    state: Width
    groups: Count = 1
    conv: Count = 4

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.heads % self.groups:
            raise ValueError(f"groups {self.groups} does not divide heads {self.heads}")
        return self


class Block(Part):
    """One block of the stack.

    Parameters
    ----------
    attention : Attention, optional
    ssm : Ssm, optional
    feed_forward : Dense or Moe, optional
    extras : Extras
    """

    attention: Attention | None = None
    ssm: Ssm | None = None
    feed_forward: FeedForward | None = None
    extras: Extras = Extras()

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.attention is None and self.ssm is None and self.feed_forward is None:
            raise ValueError("a block needs attention, ssm or feed_forward")
        if self.extras.memory_tokens is not None and self.attention is None:
            raise ValueError("memory_tokens need attention to be seen")
        if self.extras.branch_router is not None and len(self.mixers) < 2:
            raise ValueError("branch_router needs two mixers to choose between")
        if self.extras.gated_mix and not self.mixers:
            raise ValueError("gated_mix needs a mixer to gate")
        return self

    @property
    def mixers(self) -> tuple[str, ...]:
        """Names of the parallel mixers.

        Returns
        -------
        tuple of str
            In the order in which gates and routers count them.
        """
        parts = {
            "attention": self.attention,
            "ssm": self.ssm,
            "retro": self.extras.retro,
            "associative": self.extras.associative,
            "chunk": self.extras.chunk,
            "plugin": self.extras.plugin,
        }
        return tuple(name for name, part in parts.items() if part is not None)

    @property
    def is_moe(self) -> bool:
        """Whether the feed-forward is a mixture of experts.

        Returns
        -------
        bool
            False for a dense one or none.
        """
        return isinstance(self.feed_forward, Moe)

    @property
    def has_selector(self) -> bool:
        """Whether the attention picks its keys.

        Returns
        -------
        bool
            False without attention, too.
        """
        return self.attention is not None and self.attention.selector is not None
