"""From a model's ``config.json`` to a genome.

Nothing from the Hub is trusted: whatever a config holds, a genome comes out or one
line that names the field at fault. What a genome cannot say is refused or listed, never
guessed. What does not belong here: the way back (``exports``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import ValidationError

from biome_pipeline.errors import ConfigImportError, GenomeError
from biome_pipeline.evolution.genome import Block, Genome
from biome_pipeline.evolution.imports.feed_forwards import dense_of, moe_of
from biome_pipeline.evolution.imports.keys import shown
from biome_pipeline.evolution.imports.mixers import attention_of
from biome_pipeline.evolution.imports.source import Source, import_fault, source_of
from biome_pipeline.evolution.imports.stacks import stack_of
from biome_pipeline.evolution.imports.states import ssm_of

if TYPE_CHECKING:
    from biome_pipeline.evolution.genome import FeedForward
    from biome_pipeline.evolution.imports.layers import Layer

__all__ = ["GENOME_KEY", "Imported", "genome_of_config"]

GENOME_KEY = "biome_genome"
"""Key of an exported config that holds the genome itself."""

_BIASED_NORMS = ("cohere", "cohere2", "olmo", "mpt", "persimmon")
"""Types that norm by mean and variance, though their layout counts no bias of it."""


@dataclass(frozen=True)
class Imported:
    """What became of a config.

    Parameters
    ----------
    genome : Genome
        Of the text model.
    unread : tuple of str
        Paths of keys that a genome does not know.
    assumed : tuple of str
        Keys that the config does not state, and of which its type's default was taken.
    """

    genome: Genome
    unread: tuple[str, ...]
    assumed: tuple[str, ...]


def genome_of_config(config: object, *, place: str) -> Imported:
    """Make a genome from a config.

    Parameters
    ----------
    config : object
        Parsed ``config.json``, whatever it holds: of a decoder of a known type, or
        exported.
    place : str
        Where it is from, for the error.

    Returns
    -------
    Imported
        The genome, and what the config did not say or the genome does not know.

    Raises
    ------
    ConfigImportError
        If it is no config of a decoder that a genome can say, or a field holds what it
        may not; the line names the field.
    """
    if isinstance(config, Mapping) and config.get(GENOME_KEY) is not None:
        return _exported(config[GENOME_KEY], place)
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
        raise import_fault(f"{place}: {GENOME_KEY}", f"it is {shown(content)}, no genome")
    try:
        return Imported(Genome.from_mapping(content, place=place), (), ())
    except GenomeError as error:
        raise ConfigImportError(
            error.fact, place=f"{error.place} in {GENOME_KEY}", remedy="export the genome anew"
        ) from None


def _genome(source: Source) -> Genome:
    kind = source.kind
    made: dict[Layer, Block] = {}
    blocks = []
    for layer in stack_of(source):
        if layer not in made:
            made[layer] = _block(source, layer)
        blocks.append(made[layer])
    is_layernorm = source.layout.norm_vectors == 2 or kind.name in _BIASED_NORMS
    return Genome(
        dim=source.size("hidden_size", kind.hidden),
        vocabulary=_vocabulary(source),
        sequence=source.size("context_length", kind.context),
        norm="layernorm" if is_layernorm else "rmsnorm",
        tied_head=_is_tied(source),
        blocks=tuple(blocks),
    )


def _vocabulary(source: Source) -> int:
    # The one number that composite models also write at the top.
    outer: int | None = source.whole.get("vocab_size") if source.prefix else None
    stated = source.maybe("vocab_size")
    if stated is None and outer is not None:
        return outer
    return source.size("vocab_size", source.kind.vocabulary)


def _is_tied(source: Source) -> bool:
    stated: bool | None = source.value("tie_word_embeddings")
    if stated is None:
        stated = source.whole.get("tie_word_embeddings")
    return source.kind.is_tied if stated is None else stated


def _block(source: Source, layer: Layer) -> Block:
    feed_forward: FeedForward | None = None
    if layer.feed != "none":
        feed_forward = dense_of(source, layer.hidden) if layer.feed == "dense" else moe_of(source)
    return Block(
        attention=None if layer.mixer in ("ssm", "none") else attention_of(source, layer),
        ssm=ssm_of(source) if layer.mixer in ("ssm", "both") else None,
        feed_forward=feed_forward,
    )
