"""The genome: a typed description of one decoder, strict about what it accepts.

What does not belong here: how a genome changes (``operators``), and what it costs
(``analytic``).
"""

from biome_pipeline.evolution.genome.attention import Attention, Latent, Rope, Selector, Sparsity
from biome_pipeline.evolution.genome.block import Block, Ssm
from biome_pipeline.evolution.genome.extras import (
    AssociativeMemory,
    BranchRouter,
    ChunkMemory,
    Extras,
    LayerScale,
    MemoryTokens,
    Plugin,
    RetroMemory,
)
from biome_pipeline.evolution.genome.feed_forward import Dense, FeedForward, Moe, Router
from biome_pipeline.evolution.genome.model import Genome, KvPolicy, Recurrence, digest_of

__all__ = [
    "AssociativeMemory",
    "Attention",
    "Block",
    "BranchRouter",
    "ChunkMemory",
    "Dense",
    "Extras",
    "FeedForward",
    "Genome",
    "KvPolicy",
    "Latent",
    "LayerScale",
    "MemoryTokens",
    "Moe",
    "Plugin",
    "Recurrence",
    "RetroMemory",
    "Rope",
    "Router",
    "Selector",
    "Sparsity",
    "Ssm",
    "digest_of",
]
