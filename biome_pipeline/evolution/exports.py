"""From a genome to a ``config.json``: what all blocks share by its usual names, and the rest.

What does not belong here: the way back (``imports``).
"""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from biome_pipeline.evolution.genome import Dense, Moe
from biome_pipeline.evolution.imports import GENOME_KEY

if TYPE_CHECKING:
    from collections.abc import Iterable

    from biome_pipeline.evolution.genome import Attention, Genome

__all__ = ["config_of_genome"]


def config_of_genome(genome: Genome) -> dict[str, Any]:
    """Write a genome as a config.

    Parameters
    ----------
    genome : Genome
        Any valid one.

    Returns
    -------
    dict of str to Any
        Ready for JSON. What a reader of configs looks for stands under its usual name:
        of what differs from block to block, the commonest value, the first of equally
        common ones. The whole genome stands under ``biome_genome``, from which
        `genome_of_config` takes it back exactly.
    """
    attentions = [block.attention for block in genome.blocks if block.attention is not None]
    feeds = [block.feed_forward for block in genome.blocks if block.feed_forward is not None]
    denses = [feed for feed in feeds if isinstance(feed, Dense)]
    moes = [feed for feed in feeds if isinstance(feed, Moe)]
    content: dict[str, Any] = {
        "model_type": "biome_genome",
        "hidden_size": genome.dim,
        "num_hidden_layers": len(genome.blocks),
        "vocab_size": genome.vocabulary,
        "max_position_embeddings": genome.sequence,
        "tie_word_embeddings": genome.tied_head,
        **_attention(attentions),
    }
    if feeds:
        content["hidden_act"] = _common(feed.activation for feed in feeds)
    if denses:
        content["intermediate_size"] = _common(feed.hidden for feed in denses)
    if moes:
        content |= {
            "num_experts": _common(feed.n_experts for feed in moes),
            "num_experts_per_tok": _common(feed.k for feed in moes),
            "moe_intermediate_size": _common(feed.hidden for feed in moes),
            "n_shared_experts": _common(feed.shared_experts for feed in moes),
        }
    content[GENOME_KEY] = json.loads(genome.to_json())
    return content


def _attention(attentions: list[Attention]) -> dict[str, Any]:
    # Linear attention has heads of its own, which no usual key counts.
    own = [each for each in attentions if each.kind != "linear"] or attentions
    if not own:
        return {}
    content: dict[str, Any] = {
        "num_attention_heads": _common(each.heads for each in own),
        "num_key_value_heads": _common(each.n_kv_heads for each in own),
        "head_dim": _common(each.head_dim for each in own),
    }
    ropes = [each.rope for each in own if each.rope is not None]
    if ropes:
        content["rope_theta"] = _common(rope.theta for rope in ropes)
    windows = [each.sparsity.window for each in own if each.sparsity is not None]
    if windows:
        content["sliding_window"] = _common(windows)
    latents = [each.latent for each in own if each.latent is not None]
    if latents:
        content["kv_lora_rank"] = _common(latent.kv_width for latent in latents)
        content["q_lora_rank"] = _common(latent.query_width for latent in latents)
        content["qk_rope_head_dim"] = _common(latent.rope_dim for latent in latents)
        content["v_head_dim"] = _common(latent.value_dim for latent in latents)
    selectors = [each.selector for each in own if each.selector is not None]
    if selectors:
        content["index_topk"] = _common(selector.top_k for selector in selectors)
        content["index_n_heads"] = _common(selector.heads for selector in selectors)
        content["index_head_dim"] = _common(selector.head_dim for selector in selectors)
    return content


def _common(values: Iterable[Any]) -> Any:  # noqa: ANN401 - whatever the values are
    return Counter(values).most_common(1)[0][0]
