"""Gates: what a candidate must have, and may cost, before it is evaluated.

What does not belong here: what is wanted beyond that (``objectives``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NamedTuple

from pydantic import Field

from biome_pipeline.evolution.genome.part import Part

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Broken", "Gates", "broken_gates"]

_Floor = Annotated[int, Field(ge=0, le=4_096)]
_Cap = Annotated[float, Field(gt=0)] | None


class Gates(Part):
    """Floors of structure and caps of cost; by default everything passes.

    Parameters
    ----------
    min_layers, min_moe_blocks, min_selector_blocks, min_memory_blocks, min_recurrences : int
        Fewest of each that pass.
    max_parameters, max_kv_bytes_per_token, max_flops_per_token : float, optional
        Most of each that passes.
    """

    min_layers: _Floor = 0
    min_moe_blocks: _Floor = 0
    min_selector_blocks: _Floor = 0
    min_memory_blocks: _Floor = 0
    min_recurrences: _Floor = 0
    max_parameters: _Cap = None
    max_kv_bytes_per_token: _Cap = None
    max_flops_per_token: _Cap = None


class Broken(NamedTuple):
    """A gate that a candidate did not pass.

    Attributes
    ----------
    gate : str
        Its name in `Gates`.
    value : float
        What the candidate has.
    bound : float
        The floor or cap.
    """

    gate: str
    value: float
    bound: float


def broken_gates(gates: Gates, metrics: Mapping[str, float]) -> tuple[Broken, ...]:
    """Hold a candidate against all gates.

    Parameters
    ----------
    gates : Gates
        Floors and caps.
    metrics : mapping of str to float
        Analytic metrics of the candidate.

    Returns
    -------
    tuple of Broken
        Those that it does not pass; empty if it passes all.
    """
    found = []
    for gate, bound in gates:
        if bound is None:
            continue
        side, metric = gate.split("_", 1)
        value = metrics[metric]
        if value < bound if side == "min" else value > bound:
            found.append(Broken(gate, value, float(bound)))
    return tuple(found)
