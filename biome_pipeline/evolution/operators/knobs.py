"""The knobs of the genome: every field that holds a value, found in its classes."""

from __future__ import annotations

import typing
from types import UnionType
from typing import TYPE_CHECKING, Any

from biome_pipeline.evolution.genome import Genome
from biome_pipeline.evolution.genome.part import Part

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["KNOBS"]


def _parts(annotation: Any) -> Iterator[type[Part]]:  # noqa: ANN401 - any annotation
    if isinstance(annotation, type) and issubclass(annotation, Part):
        yield annotation
        return
    for inner in typing.get_args(annotation):
        if isinstance(inner, type | UnionType) or typing.get_origin(inner) is not None:
            yield from _parts(inner)


def _knobs(part: type[Part], prefix: str) -> Iterator[str]:
    for name, field in part.model_fields.items():
        inner = list(_parts(field.annotation))
        if not inner:
            yield f"{prefix}{name}"
        for kind in inner:
            yield from _knobs(kind, f"{prefix}{name}.")


KNOBS: tuple[str, ...] = tuple(dict.fromkeys(_knobs(Genome, "")))
"""Dotted paths without places: ``blocks.attention.heads``."""
