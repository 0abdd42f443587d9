"""What a genome is made of: structural counts, and the tokens of its graph.

What does not belong here: what it costs (``analytic``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from biome_pipeline.evolution.genome import Moe

if TYPE_CHECKING:
    from biome_pipeline.evolution.genome import Block, Genome

__all__ = ["Structure", "descriptor_of", "structure_of", "tokens_of"]


class Structure(NamedTuple):
    """Structural counts of a genome.

    Attributes
    ----------
    layers : int
        Blocks of the stack.
    moe_blocks, selector_blocks, memory_blocks : int
        Blocks with a mixture of experts, with a selector, with any memory.
    recurrences : int
        Spans that are run several times.
    """

    layers: int
    moe_blocks: int
    selector_blocks: int
    memory_blocks: int
    recurrences: int


def structure_of(genome: Genome) -> Structure:
    """Count the structural pieces of a genome.

    Parameters
    ----------
    genome : Genome
        Any valid one.

    Returns
    -------
    Structure
        The counts.
    """
    return Structure(
        layers=len(genome.blocks),
        moe_blocks=sum(block.is_moe for block in genome.blocks),
        selector_blocks=sum(block.has_selector for block in genome.blocks),
        memory_blocks=sum(block.extras.has_memory for block in genome.blocks),
        recurrences=len(genome.recurrences),
    )


def tokens_of(genome: Genome) -> tuple[str, ...]:
    """Name the components of a genome, one token for each.

    Parameters
    ----------
    genome : Genome
        Any valid one.

    Returns
    -------
    tuple of str
        In the order of the stack; two components of one kind have one token.
    """
    tokens = [token for block in genome.blocks for token in _block_tokens(block)]
    tokens += ["recurrence"] * len(genome.recurrences)
    if genome.kv_policy is not None:
        tokens.append("kv_policy")
    return tuple(tokens)


def _block_tokens(block: Block) -> list[str]:
    found = []
    if block.attention is not None:
        attention = block.attention
        found.append(f"attention:{attention.kind}")
        if attention.sparsity is not None:
            found.append(f"sparsity:{attention.sparsity.kind}")
        if attention.selector is not None:
            found.append("selector")
    if block.ssm is not None:
        found.append("ssm")
    if block.feed_forward is not None:
        found.append("moe" if isinstance(block.feed_forward, Moe) else "dense")
    extras = block.extras
    kinds = ("retro", "associative", "memory_tokens", "chunk", "branch_router", "layer_scale")
    found += [kind for kind in kinds if getattr(extras, kind) is not None]
    if extras.gated_mix:
        found.append("gated_mix")
    if extras.plugin is not None:
        found.append(f"plugin:{extras.plugin.name}")
    return found


_KINDS = (
    "attention:softmax",
    "attention:linear",
    "attention:mla",
    "sparsity:sliding",
    "sparsity:block",
    "sparsity:local_global",
    "sparsity:dilated",
    "selector",
    "ssm",
    "dense",
    "moe",
    "retro",
    "associative",
    "memory_tokens",
    "chunk",
    "gated_mix",
    "branch_router",
    "layer_scale",
    "plugin:causal_conv",
    "plugin:bottleneck",
    "recurrence",
    "kv_policy",
)


def descriptor_of(genome: Genome) -> tuple[int, ...]:
    """Place a genome in the space of structures, for novelty.

    Parameters
    ----------
    genome : Genome
        Any valid one.

    Returns
    -------
    tuple of int
        Layers, then the number of components of each kind.
    """
    tokens = tokens_of(genome)
    return (len(genome.blocks), *(tokens.count(kind) for kind in _KINDS))
