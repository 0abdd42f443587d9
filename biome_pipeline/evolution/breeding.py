"""How a child is made: spliced from two parents or not, then changed step by step.

What does not belong here: who the parents are (``selection``), who lives (``search``).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from biome_pipeline.errors import SweepError
from biome_pipeline.evolution.analytic import analytic_metrics
from biome_pipeline.evolution.events import Attempt, GateRecord, Step
from biome_pipeline.evolution.gates import broken_gates
from biome_pipeline.evolution.genome import digest_of
from biome_pipeline.evolution.operators import (
    CROSSOVER,
    OPERATORS,
    Change,
    NoOp,
    apply_operator,
    splice,
)
from biome_pipeline.evolution.population import Made

if TYPE_CHECKING:
    from collections.abc import Mapping

    from biome_pipeline.evolution.genome import Genome
    from biome_pipeline.evolution.plan import Arm
    from biome_pipeline.evolution.population import Population

__all__ = ["Breeder"]

_TRIES = 8
"""Operators tried for one step before it is given up."""


@dataclass
class _Descent:
    """A child on its way."""

    genome: Genome
    steps: list[Step] = field(default_factory=list)
    no_ops: list[str] = field(default_factory=list)

    def take(self, name: str, change: Change | NoOp) -> bool:
        """Go one step on, or note that it was none."""
        if isinstance(change, NoOp):
            self.no_ops.append(name)
            return False
        self.genome = change.genome
        step = Step(operator=name, target=change.target, before=change.before, after=change.after)
        self.steps.append(step)
        return True


class Breeder:
    """Makes children by the rules of an arm.

    Parameters
    ----------
    arm : Arm
        Steps, crossover and gates.
    weights : mapping of str to float
        How often each operator is tried, relative to the others; operators that are
        not named are never tried.

    Raises
    ------
    SweepError
        If no operator has a weight.
    """

    def __init__(self, arm: Arm, weights: Mapping[str, float]) -> None:
        self._arm = arm
        self._names = tuple(name for name in OPERATORS if weights.get(name, 0) > 0)
        if not self._names:
            raise SweepError(
                "every operator has weight 0", place="mutation_weights", remedy="give one a weight"
            )
        shares = np.array([weights[name] for name in self._names], np.float64)
        self._cumulative = np.cumsum(shares) / shares.sum()

    def breed(
        self, population: Population, parent: int, mate: int, rng: np.random.Generator
    ) -> tuple[Attempt, Made | None]:
        """Try to have a child.

        Parameters
        ----------
        population : Population
            The candidates.
        parent, mate : int
            Two of them, or one twice.
        rng : numpy.random.Generator
            Draws all.

        Returns
        -------
        attempt : Attempt
            What came of it.
        made : Made or None
            The child, if it was born.
        """
        people = population.candidates
        child = _Descent(people[parent].genome)
        is_spliced = (
            rng.random() < self._arm.crossover_rate
            and parent != mate
            and child.take(CROSSOVER, splice(child.genome, people[mate].genome, rng))
        )
        for _ in range(self._arm.mutation_steps):
            self._mutate(child, rng)
        attempt = Attempt(
            kind="attempt",
            attempt=len(population.attempts),
            generation=population.generation,
            outcome="no-op",
            origin="crossover" if is_spliced else "mutation",
            parents=(parent, mate) if is_spliced else (parent,),
            no_ops=tuple(child.no_ops),
        )
        if not child.steps:
            return attempt, None
        text = child.genome.to_json()
        attempt = attempt.changed(genome=text, steps=tuple(child.steps))
        if digest_of(text) in population.digests:
            return attempt.changed(outcome="duplicate"), None
        made = Made(child.genome, analytic_metrics(child.genome))
        broken = broken_gates(self._arm.gates, made.analytic)
        if broken:
            gates = tuple(GateRecord(**one._asdict()) for one in broken)
            return attempt.changed(outcome="rejected", gates=gates), None
        return attempt.changed(outcome="born"), made

    def _mutate(self, child: _Descent, rng: np.random.Generator) -> None:
        for _ in range(_TRIES):
            place = int(np.searchsorted(self._cumulative, rng.random(), side="right"))
            name = self._names[min(place, len(self._names) - 1)]
            if child.take(name, apply_operator(OPERATORS[name], child.genome, rng)):
                return
