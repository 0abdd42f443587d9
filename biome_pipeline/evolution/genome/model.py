"""The whole genome: stack, recurrences, cache policy; hash and text forms."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import Field, ValidationError, model_validator

from biome_pipeline.errors import GenomeError
from biome_pipeline.evolution.genome.block import Block
from biome_pipeline.evolution.genome.part import Count, Length, Part, Width, genome_error

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Genome", "KvPolicy", "Recurrence", "digest_of"]


class Recurrence(Part):
    """A span of blocks that is run several times with the same weights.

    Parameters
    ----------
    start, stop : int
        First block, and the one after the last; at least 2 blocks.
    min_loops, max_loops : int
        Fewest and most runs.
    """

    start: Annotated[int, Field(ge=0)]
    stop: Annotated[int, Field(ge=2)]
    min_loops: Count = 1
    max_loops: Annotated[int, Field(ge=2, le=64)] = 2

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.stop - self.start < 2:
            raise ValueError(f"a span of {self.stop - self.start} blocks is below 2")
        if self.min_loops >= self.max_loops:
            raise ValueError(f"min_loops {self.min_loops} is not below max_loops {self.max_loops}")
        return self


class KvPolicy(Part):
    """What the cache of keys and values keeps.

    Parameters
    ----------
    bits : int
        Bits of a stored number.
    keep : int
        Newest tokens that are kept.
    sinks : int
        First tokens that are kept as well (Xiao et al. 2023).
    """

    bits: Literal[4, 8, 16] = 8
    keep: Length
    sinks: Annotated[int, Field(ge=0, le=65_536)] = 4


class Genome(Part):
    """A decoder, from the embedding to the head.

    Parameters
    ----------
    dim : int
        Features of the residual stream.
    vocabulary : int
        Tokens it knows.
    sequence : int
        Longest input, in tokens.
    norm : str
        Kind of norm everywhere but inside attention.
    tied_head : bool
        Whether the head is the embedding.
    blocks : tuple of Block
        The stack.
    recurrences : tuple of Recurrence
        Disjoint spans, in order.
    kv_policy : KvPolicy, optional
        None: all is cached at 16 bits.
    """

    dim: Width
    vocabulary: Annotated[int, Field(ge=2, le=16_777_216)]
    sequence: Length
    norm: Literal["rmsnorm", "layernorm"] = "rmsnorm"
    tied_head: bool = False
    blocks: Annotated[tuple[Block, ...], Field(min_length=1, max_length=4_096)]
    recurrences: tuple[Recurrence, ...] = ()
    kv_policy: KvPolicy | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        for place, block in enumerate(self.blocks):
            sparsity = block.attention.sparsity if block.attention is not None else None
            if sparsity is not None and sparsity.window > self.sequence:
                raise ValueError(
                    f"blocks.{place}.attention.sparsity.window {sparsity.window} is above "
                    f"sequence {self.sequence}"
                )
        end = 0
        for place, span in enumerate(self.recurrences):
            if span.start < end:
                raise ValueError(f"recurrences.{place} begins inside the one before it")
            if span.stop > len(self.blocks):
                raise ValueError(f"recurrences.{place} ends beyond {len(self.blocks)} blocks")
            end = span.stop
        if self.kv_policy is not None and self.kv_policy.keep > self.sequence:
            raise ValueError(
                f"kv_policy.keep {self.kv_policy.keep} is above sequence {self.sequence}"
            )
        return self

    def to_json(self) -> str:
        """Write the canonical text: equal genomes give equal texts.

        Returns
        -------
        str
            JSON without values that are defaults.
        """
        return self.model_dump_json(exclude_defaults=True)

    def to_yaml(self) -> str:
        """Write the genome for people.

        Returns
        -------
        str
            YAML of the same content as `to_json`.
        """
        import yaml  # type: ignore[import-untyped]

        return yaml.safe_dump(json.loads(self.to_json()), sort_keys=False)

    def digest(self) -> str:
        """Name the genome by its content.

        Returns
        -------
        str
            The first 16 hexadecimal digits of SHA-256 over `to_json`.
        """
        return digest_of(self.to_json())

    @classmethod
    def from_json(cls, text: str, *, place: str) -> Genome:
        """Read a genome.

        Parameters
        ----------
        text : str
            JSON.
        place : str
            Where the text is from, for the error.

        Returns
        -------
        Genome
            Valid in all rules.

        Raises
        ------
        GenomeError
            If the text is no valid genome; it names the field.
        """
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            raise genome_error(error, place=place) from None

    @classmethod
    def from_mapping(cls, content: Mapping[str, Any], *, place: str) -> Genome:
        """Read a genome out of plain values.

        Parameters
        ----------
        content : mapping of str to Any
            As parsed from YAML or JSON.
        place : str
            Where they are from, for the error.

        Returns
        -------
        Genome
            Valid in all rules.

        Raises
        ------
        GenomeError
            If they make no valid genome; it names the field.
        """
        try:
            text = json.dumps(content, allow_nan=False)
        except (TypeError, ValueError, RecursionError) as error:
            raise GenomeError(
                f"a value that is neither number, text, list nor mapping ({error})",
                place=place,
                remedy="write plain YAML or JSON",
            ) from error
        return cls.from_json(text, place=place)

    @classmethod
    def from_yaml(cls, text: str, *, place: str) -> Genome:
        """Read a genome written as YAML.

        Parameters
        ----------
        text : str
            YAML.
        place : str
            Where the text is from, for the error.

        Returns
        -------
        Genome
            Valid in all rules.

        Raises
        ------
        GenomeError
            If the text is no YAML mapping or no valid genome.
        """
        import yaml

        try:
            content = yaml.safe_load(text)
        except (yaml.YAMLError, RecursionError, ValueError) as error:
            line = str(error).splitlines()[0]
            raise GenomeError(f"no YAML ({line})", place=place, remedy="mend the syntax") from error
        if not isinstance(content, dict):
            raise GenomeError(
                "no mapping of fields", place=place, remedy="begin with 'dim:' and 'blocks:'"
            )
        return cls.from_mapping(content, place=place)


def digest_of(text: str) -> str:
    """Name a genome by its canonical text.

    Parameters
    ----------
    text : str
        As `Genome.to_json` gives it.

    Returns
    -------
    str
        The first 16 hexadecimal digits of SHA-256.
    """
    return hashlib.sha256(text.encode()).hexdigest()[:16]
