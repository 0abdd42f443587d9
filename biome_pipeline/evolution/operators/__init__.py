"""The operator registry: every way in which a genome can change.

What does not belong here: which operator is tried when (``search``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from biome_pipeline.evolution.operators import (
    attending,
    depth,
    experts,
    mixing,
    recurring,
    remembering,
    whole,
)
from biome_pipeline.evolution.operators.crossover import CROSSOVER, splice
from biome_pipeline.evolution.operators.knobs import KNOBS
from biome_pipeline.evolution.operators.operator import Change, NoOp, Operator, apply_operator

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "CROSSOVER",
    "KNOBS",
    "OPERATORS",
    "Change",
    "NoOp",
    "Operator",
    "apply_operator",
    "splice",
]

OPERATORS: Mapping[str, Operator] = {
    operator.name: operator
    for operator in (
        *depth.OPERATORS,
        *experts.OPERATORS,
        *attending.OPERATORS,
        *remembering.OPERATORS,
        *recurring.OPERATORS,
        *mixing.OPERATORS,
        *whole.OPERATORS,
    )
}
"""By name; the order is fixed, as random numbers are spent by it."""
