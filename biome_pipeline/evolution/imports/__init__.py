"""From a model's ``config.json`` to a genome.

Nothing from the Hub is trusted: whatever a config holds, a genome comes out or one
line that says why not. What does not belong here: the way back (``exports``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from biome_pipeline.errors import ConfigImportError, GenomeError
from biome_pipeline.evolution.genome import Block, Genome
from biome_pipeline.evolution.imports.feed_forwards import dense_of, moe_of
from biome_pipeline.evolution.imports.layers import Layer, layers_of
from biome_pipeline.evolution.imports.mixers import attention_of, ssm_of
from biome_pipeline.evolution.imports.source import Source, source_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from biome_pipeline.evolution.genome import FeedForward

__all__ = ["GENOME_KEY", "Imported", "genome_of_config"]

GENOME_KEY = "biome_genome"
"""Key of an exported config that holds the genome itself."""


@dataclass(frozen=True)
class Imported:
    """What became of a config.

    Parameters
    ----------
    genome : Genome
        Of the text model.
    unread : tuple of str
        Keys that a genome does not know.
    assumed : tuple of str
        What the config does not say and its type has by default.
    """

    genome: Genome
    unread: tuple[str, ...]
    assumed: tuple[str, ...]


def genome_of_config(config: Mapping[str, Any], *, place: str) -> Imported:
    """Make a genome from a config.

    Parameters
    ----------
    config : mapping of str to Any
        Parsed ``config.json``: of a decoder by its usual names, or exported.
    place : str
        Where it is from, for the error.

    Returns
    -------
    Imported
        The genome, and what the config did not say or the genome does not know.

    Raises
    ------
    ConfigImportError
        If it is no config of a decoder, or says what cannot be.
    """
    own = config.get(GENOME_KEY)
    if own is not None:
        return _exported(own, place)
    source = source_of(config, place=place)
    try:
        genome = _genome(source)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        field = ".".join(str(step) for step in first["loc"]) or "its sizes"
        message = first["msg"].removeprefix("Value error, ")
        raise source.fault(field, f"they fit no genome: {message}") from None
    return Imported(genome, source.unread(), tuple(dict.fromkeys(source.assumed)))


def _exported(content: object, place: str) -> Imported:
    if not isinstance(content, dict):
        raise ConfigImportError(
            "it is no genome", place=f"{place}: {GENOME_KEY}", remedy="export the genome anew"
        )
    try:
        return Imported(Genome.from_mapping(content, place=place), (), ())
    except GenomeError as error:
        raise ConfigImportError(
            error.fact, place=f"{error.place} in {GENOME_KEY}", remedy="export the genome anew"
        ) from None


def _genome(source: Source) -> Genome:
    facts = source.facts
    dim = source.needed("hidden_size", facts.hidden_size)
    vocabulary = source.needed("vocab_size", facts.vocab_size)
    made: dict[Layer, Block] = {}
    blocks = []
    for layer in layers_of(source):
        if layer not in made:
            made[layer] = _block(source, layer)
        blocks.append(made[layer])
    fields: dict[str, Any] = {
        "dim": dim,
        "vocabulary": vocabulary,
        "sequence": source.or_else("max_position_embeddings", facts.context_length, 2_048),
        "norm": "layernorm" if source.layout.norm_vectors == 2 else "rmsnorm",
        "tied_head": facts.has_tied_embeddings is True,
        "blocks": tuple(blocks),
    }
    return Genome(**fields)


def _block(source: Source, layer: Layer) -> Block:
    has_attention = layer.mixer not in ("ssm", "none")
    feed_forward: FeedForward | None = None
    if layer.feed != "none":
        feed_forward = dense_of(source, layer.hidden) if layer.feed == "dense" else moe_of(source)
    return Block(
        attention=attention_of(source, layer) if has_attention else None,
        ssm=ssm_of(source) if layer.mixer == "ssm" else None,
        feed_forward=feed_forward,
    )
