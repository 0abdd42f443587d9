"""A sweep as its author writes it: arms, seeds, gates, objectives, budgets.

What does not belong here: its file (``sweep_files``), running it (``search``, ``sweep``).
"""

from __future__ import annotations

import hashlib
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from biome_pipeline.evolution.effort import TrainingPlan
from biome_pipeline.evolution.evaluators import EvaluatorName
from biome_pipeline.evolution.founders import FOUNDERS
from biome_pipeline.evolution.gates import Gates
from biome_pipeline.evolution.genome import Genome
from biome_pipeline.evolution.genome.part import Count, Length, Part
from biome_pipeline.evolution.operators import OPERATORS
from biome_pipeline.evolution.surrogate.corpora import SHORTEST, VOCABULARY
from biome_pipeline.warehouse.keys import is_sweep_id

__all__ = [
    "MIXES",
    "Arm",
    "Elites",
    "ObjectivePlan",
    "Sweep",
]

_STRUCTURAL = (
    "duplicate_block_span",
    "template_mutation",
    "dense_to_moe",
    "toggle_selector",
    "insert_retro_module",
    "insert_associative_memory",
    "add_recurrence",
    "add_additional_recurrence",
)

MIXES: dict[str, dict[str, float]] = {
    "uniform": {},
    "structural": dict.fromkeys(_STRUCTURAL, 5.0),
}
"""How often operators are tried, by name; what is not named keeps the operator's own weight.

``hub`` is made from the priors of a snapshot.
"""

_LONGEST = 2_048
"""Tokens beyond which a mask of queries and keys would fill the memory."""

_Weight = Annotated[float, Field(ge=0, le=1e6)]
_Share = Annotated[float, Field(ge=0, le=1)]


class ObjectivePlan(Part):
    """One objective.

    Parameters
    ----------
    metric : str
        What is compared.
    direction : str
        ``maximise`` or ``minimise``.
    weight : float
        Its share in weighted ranks, relative to the others.
    """

    metric: Annotated[str, Field(min_length=1, max_length=64)]
    direction: Literal["maximise", "minimise"]
    weight: Annotated[float, Field(gt=0, le=1e6)] = 1.0


class Elites(Part):
    """Candidates kept for their structure, whatever they score.

    Parameters
    ----------
    n : int
        How many.
    layers, moe_blocks, selector_blocks : float
        Weights of the counts.
    """

    n: Annotated[int, Field(ge=0, le=1_000)] = 0
    layers: _Weight = 1.0
    moe_blocks: _Weight = 1.0
    selector_blocks: _Weight = 1.0


class Arm(Part):
    """The rules of one search.

    Parameters
    ----------
    vocabulary, sequence : int
        What all genomes share.
    founders : str
        A set of `FOUNDERS`, or ``hub``: the imported configs of a snapshot.
    genomes : tuple of Genome
        Founders of one's own instead.
    gates : Gates
        Floors and caps.
    objectives : tuple of ObjectivePlan
        What is wanted.
    selection : str
        One of `selection.SCHEMES`.
    elites : Elites
        Who is protected for its structure.
    protect_frontier : bool
        Whether the first front is protected.
    population : int
        Candidates that live on from one generation to the next.
    children : int
        Candidates born in one generation.
    budget : int
        Candidates evaluated in all, founders among them.
    mix : str
        One of `MIXES`, or ``hub``.
    mutation_weights : dict of str to float
        Weights of single operators, over those of the mix.
    mutation_steps : int
        Operators applied to one child.
    crossover_rate : float
        Share of children spliced from two parents before they are mutated.
    """

    vocabulary: Annotated[int, Field(ge=2, le=16_777_216)] = 256
    sequence: Length = 128
    founders: str = "minimal"
    genomes: tuple[Genome, ...] = ()
    gates: Gates = Gates()
    objectives: Annotated[tuple[ObjectivePlan, ...], Field(min_length=1, max_length=16)] = (
        ObjectivePlan(metric="throughput", direction="maximise"),
        ObjectivePlan(metric="memory_bytes", direction="minimise"),
        ObjectivePlan(metric="graph_entropy", direction="maximise"),
    )
    selection: Literal["pareto", "lexicase", "tournament", "map_elites", "random", "single"] = (
        "pareto"
    )
    elites: Elites = Elites()
    protect_frontier: bool = True
    population: Annotated[int, Field(ge=2, le=10_000)] = 24
    children: Count = 24
    budget: Annotated[int, Field(ge=1, le=10_000_000)] = 480
    mix: str = "uniform"
    mutation_weights: dict[str, _Weight] = Field(default_factory=dict)
    mutation_steps: Annotated[int, Field(ge=1, le=64)] = 1
    crossover_rate: _Share = 0.2

    @field_validator("founders")
    @classmethod
    def _founders_are_known(cls, name: str) -> str:
        return _one_of(name, (*FOUNDERS, "hub"))

    @field_validator("mix")
    @classmethod
    def _mix_is_known(cls, name: str) -> str:
        return _one_of(name, (*MIXES, "hub"))

    @field_validator("mutation_weights")
    @classmethod
    def _operators_are_known(cls, weights: dict[str, float]) -> dict[str, float]:
        for name in weights:
            _one_of(name, tuple(OPERATORS))
        return weights

    @model_validator(mode="after")
    def _objectives_differ(self) -> Self:
        names = [objective.metric for objective in self.objectives]
        if len(set(names)) < len(names):
            raise ValueError("a metric is an objective twice")
        return self

    def config_hash(self) -> str:
        """Name the rules by their content.

        Returns
        -------
        str
            The first 16 hexadecimal digits of SHA-256 over the JSON of all fields.
        """
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:16]


def _one_of(name: str, options: tuple[str, ...]) -> str:
    if name not in options:
        raise ValueError(f"{name!r} is none of {', '.join(options)}")
    return name


class Sweep(Part):
    """Several arms, each with several seeds.

    Parameters
    ----------
    sweep_id : str
        Its name: small letters, digits and hyphens.
    evaluator : str
        ``analytic``: what follows from the genome by formula; ``surrogate``: candidates
        are trained as well, which needs PyTorch.
    training : TrainingPlan
        Effort of the latter.
    seeds : tuple of int
        Of random numbers; every arm is searched once with each.
    baseline : str
        Arm that the others are compared with, and which may be itself.
    controls : dict of str to str
        For single arms another one to compare with: the same gates and founders, where
        only chance selects.
    arms : dict of str to Arm
        Rules by name.
    """

    sweep_id: str
    evaluator: EvaluatorName = "analytic"
    training: TrainingPlan = TrainingPlan()
    seeds: Annotated[tuple[Annotated[int, Field(ge=0, lt=2**63)], ...], Field(min_length=1)] = (0,)
    baseline: str
    controls: dict[str, str] = Field(default_factory=dict)
    arms: Annotated[dict[str, Arm], Field(min_length=1)]

    @model_validator(mode="after")
    def _fits(self) -> Self:
        for name in (self.sweep_id, *self.arms):
            if not is_sweep_id(name):
                raise ValueError(
                    f"{name!r} is no name: a small letter, then small letters, digits, hyphens"
                )
        if len(set(self.seeds)) < len(self.seeds):
            raise ValueError("a seed is there twice")
        for name in (self.baseline, *self.controls, *self.controls.values()):
            _one_of(name, tuple(self.arms))
        if self.evaluator == "surrogate":
            for name, arm in self.arms.items():
                _check_trainable(name, arm)
        return self

    def compared_with(self, arm: str) -> str:
        """Name the arm that another one is compared with.

        Parameters
        ----------
        arm : str
            One of the arms.

        Returns
        -------
        str
            Its control, or else the baseline.
        """
        return self.controls.get(arm, self.baseline)


def _check_trainable(name: str, arm: Arm) -> None:
    if arm.vocabulary < VOCABULARY:
        raise ValueError(
            f"arms.{name}.vocabulary {arm.vocabulary} is below the {VOCABULARY} tokens of the "
            "surrogate's corpora"
        )
    if not SHORTEST <= arm.sequence <= _LONGEST:
        raise ValueError(
            f"arms.{name}.sequence {arm.sequence} is not within the {SHORTEST} to {_LONGEST} "
            "tokens that the surrogate can train on"
        )
