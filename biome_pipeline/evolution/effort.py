"""How much effort goes into training one candidate: batches, steps, seeds.

What does not belong here: training itself (``surrogate``).
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from biome_pipeline.evolution.genome.part import Count, Part, Positive

__all__ = ["TrainingPlan"]


class TrainingPlan(Part):
    """The effort that the evaluator ``surrogate`` puts into each candidate.

    Every model begins with fresh weights: none are inherited from a parent, whose training
    would count as the child's.

    Parameters
    ----------
    steps : int
        Batches at the last rung.
    per_stratum : int
        Sequences of each stratum in a batch.
    held_out : int
        The same in the batch that models are measured on.
    learning_rate : float
        Of AdamW, after the warm-up.
    warmup : int
        Steps over which the rate rises to that.
    finalists : int
        Candidates alive at the end of a search that are trained anew.
    finalist_seeds : int
        How often each of them is.
    equal_flops : float
        Operations that a finalist's training may spend for ``loss_at_equal_flops``.
    """

    steps: Annotated[int, Field(ge=1, le=1_000_000)] = 30
    per_stratum: Count = 4
    held_out: Count = 32
    learning_rate: Annotated[float, Field(gt=0, le=1)] = 0.005
    warmup: Count = 5
    finalists: Annotated[int, Field(ge=0, le=1_000)] = 3
    finalist_seeds: Annotated[int, Field(ge=1, le=1_000)] = 3
    equal_flops: Positive = 2e10
