"""What happens in a search, as records: the whole state is a fold over them.

What does not belong here: what happens next (``search``), where records are kept
(``journal``).
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from biome_pipeline.evolution.genome.part import Part

__all__ = ["EVENT", "Attempt", "Event", "GateRecord", "Measured", "Step", "Turn"]


class Step(Part):
    """One operator that changed a child on its way.

    Parameters
    ----------
    operator, target : str
        Which, and where.
    before, after : str, optional
        What stood there and what stands there now, as JSON.
    """

    operator: str
    target: str
    before: str | None = None
    after: str | None = None


class GateRecord(Part):
    """A gate that a child did not pass.

    Parameters
    ----------
    gate : str
    value, bound : float
    """

    gate: str
    value: float
    bound: float


class Attempt(Part):
    """One try to have a child.

    Parameters
    ----------
    kind : str
        ``attempt``.
    attempt : int
        Its number, from 0; founders first.
    generation : int
        Founders are of 0.
    outcome : str
        ``born``; ``rejected`` by gates; ``duplicate`` of a candidate; ``no-op``.
    origin : str
        ``founder``, ``mutation`` or ``crossover``.
    parents : tuple of int
        Candidates: none, the parent, or the parent and its mate.
    genome : str, optional
        JSON of the child; none of a no-op.
    steps : tuple of Step
        What changed it, in order.
    no_ops : tuple of str
        Operators that were tried and changed nothing.
    gates : tuple of GateRecord
        Those that were not passed.
    """

    kind: Literal["attempt"]
    attempt: int
    generation: int
    outcome: Literal["born", "rejected", "duplicate", "no-op"]
    origin: Literal["founder", "mutation", "crossover"]
    parents: tuple[int, ...] = ()
    genome: str | None = None
    steps: tuple[Step, ...] = ()
    no_ops: tuple[str, ...] = ()
    gates: tuple[GateRecord, ...] = ()


class Measured(Part):
    """What an evaluator found.

    Parameters
    ----------
    kind : str
        ``measured``.
    candidate, rung, train_seed : int
        Who, with how much effort, and with which random numbers.
    metrics : dict of str to float
        By name; what could not be measured is not there.
    """

    kind: Literal["measured"]
    candidate: int
    rung: int
    train_seed: int
    metrics: dict[str, float]


class Turn(Part):
    """The end of a generation.

    Parameters
    ----------
    kind : str
        ``turn``.
    generation : int
        Which one ended.
    novelty : dict of int to float
        Of the children; one without any other to compare with is not there.
    alive, elites, stopped, ineligible : tuple of int
        Candidates that live on; those of them protected for their structure; children
        not promoted to the last rung; children that lack the metric of an objective.
    """

    kind: Literal["turn"]
    generation: int
    novelty: dict[int, float]
    alive: tuple[int, ...]
    elites: tuple[int, ...] = ()
    stopped: tuple[int, ...] = ()
    ineligible: tuple[int, ...] = ()


Event = Annotated[Attempt | Measured | Turn, Field(discriminator="kind")]

EVENT: TypeAdapter[Attempt | Measured | Turn] = TypeAdapter(Event)
"""Reads one record from JSON."""
