"""What a block may have beyond attention and feed-forward: memories, gates, scales."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from biome_pipeline.evolution.genome.part import Count, Length, Part, Positive, Width

__all__ = [
    "PLUGINS",
    "AssociativeMemory",
    "BranchRouter",
    "ChunkMemory",
    "Extras",
    "LayerScale",
    "MemoryTokens",
    "Plugin",
    "RetroMemory",
]


class RetroMemory(Part):
    """Attention to earlier states, one of every `stride`.

    Parameters
    ----------
    size : int
        States kept, the newest.
    stride : int
        Tokens between them.
    width : int
        Features of query, key and value.
    gate : bool
        Whether what is read is gated, feature by feature.
    """

    size: Length
    stride: Length
    width: Width
    gate: bool = True


class AssociativeMemory(Part):
    """Learned pairs of key and value that every token reads by similarity.

    Parameters
    ----------
    slots : int
        Pairs.
    width : int
        Features of a key.
    """

    slots: Count
    width: Width


class MemoryTokens(Part):
    """Learned tokens that the block's attention sees before all others.

    Parameters
    ----------
    n : int
        Tokens.
    """

    n: Count


class ChunkMemory(Part):
    """Attention to means of finished chunks.

    Parameters
    ----------
    length : int
        Tokens of a chunk.
    slots : int
        Chunks kept, the newest.
    width : int
        Features of query, key and value.
    """

    length: Length
    slots: Count
    width: Width


class BranchRouter(Part):
    """Weighs the block's mixers token by token.

    Parameters
    ----------
    kind : str
        How scores become weights.
    temperature : float
        Divides the scores.
    """

    kind: Literal["softmax", "sigmoid"] = "softmax"
    temperature: Positive = 1.0


class LayerScale(Part):
    """A learned factor per feature on what a block adds (Touvron et al. 2021).

    Parameters
    ----------
    initial : float
        Value before training.
    """

    initial: Annotated[float, Field(gt=0, le=1)] = 1e-4


PLUGINS = ("causal_conv", "bottleneck")


class Plugin(Part):
    """A custom module beside the mixers.

    Parameters
    ----------
    name : str
        ``causal_conv``: a depthwise convolution over the last `width` tokens;
        ``bottleneck``: two projections by way of `width` features.
    width : int
        Its size.
    """

    name: Literal["causal_conv", "bottleneck"]
    width: Width


class Extras(Part):
    """The extras of one block; none by default.

    Parameters
    ----------
    retro : RetroMemory, optional
    associative : AssociativeMemory, optional
    memory_tokens : MemoryTokens, optional
    chunk : ChunkMemory, optional
    gated_mix : bool
        Whether each mixer has a learned gate per feature.
    branch_router : BranchRouter, optional
    layer_scale : LayerScale, optional
    plugin : Plugin, optional
    """

    retro: RetroMemory | None = None
    associative: AssociativeMemory | None = None
    memory_tokens: MemoryTokens | None = None
    chunk: ChunkMemory | None = None
    gated_mix: bool = False
    branch_router: BranchRouter | None = None
    layer_scale: LayerScale | None = None
    plugin: Plugin | None = None

    @property
    def has_memory(self) -> bool:
        """Whether any memory is among them.

        Returns
        -------
        bool
            True for retro, associative, chunk memory or memory tokens.
        """
        return any((self.retro, self.associative, self.memory_tokens, self.chunk))
