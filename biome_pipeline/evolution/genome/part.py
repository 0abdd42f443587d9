"""What all parts share: frozen, strict, validated anew at every change, with named faults."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field

from biome_pipeline.errors import GenomeError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import ValidationError

__all__ = ["Count", "Length", "Part", "Positive", "Width", "genome_error"]

# Beyond these a size is no model's, and arithmetic on it could leave 64 bits.
Width = Annotated[int, Field(ge=1, le=1_048_576)]
"""Number of features of a tensor's side."""

Length = Annotated[int, Field(ge=1, le=134_217_728)]
"""Number of tokens."""

Count = Annotated[int, Field(ge=1, le=65_536)]
"""Number of pieces of one kind."""

Positive = Annotated[float, Field(gt=0, le=1e12)]
"""A real number above 0."""


class Part(BaseModel):
    """A piece of a genome: its values never change, unknown keys are errors."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False, validate_default=True
    )

    def changed(self, changes: Mapping[str, Any] | None = None, /, **more: Any) -> Self:  # noqa: ANN401
        """Give a copy with other values, validated as if it were new.

        Parameters
        ----------
        changes : mapping of str to Any, optional
            New values by field.
        **more : Any
            The same, as keywords.

        Returns
        -------
        Part
            Of the same class.

        Raises
        ------
        pydantic.ValidationError
            If it would break a rule of the class.
        """
        return type(self)(**{**dict(self), **(changes or {}), **more})


def genome_error(error: ValidationError, *, place: str) -> GenomeError:
    """Say in one line what is wrong with a genome.

    Parameters
    ----------
    error : pydantic.ValidationError
        All that is wrong.
    place : str
        Where the genome is from.

    Returns
    -------
    GenomeError
        The first fault, with the path of its field, and how many there are.
    """
    faults = error.errors(include_url=False, include_context=False)
    first = faults[0]
    field = ".".join(str(step) for step in first["loc"])
    more = f", and {len(faults) - 1} more" if len(faults) > 1 else ""
    return GenomeError(
        f"{first['msg'].removeprefix('Value error, ')}{more}",
        place=f"{place}: {field}" if field else place,
        remedy="see docs/explanation/evolution.md for what a genome may hold",
    )
