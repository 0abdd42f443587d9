"""The state of a search: all candidates so far, and who of them lives.

It is a fold over events and nothing else, so that reading the events again gives
the same state. What does not belong here: what happens next (``search``).
"""

from __future__ import annotations

from bisect import insort
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from biome_pipeline.errors import SweepError
from biome_pipeline.evolution.analytic import analytic_metrics
from biome_pipeline.evolution.events import Attempt, Measured, Turn
from biome_pipeline.evolution.genome import Genome, digest_of
from biome_pipeline.evolution.structure import descriptor_of

if TYPE_CHECKING:
    from biome_pipeline.evolution.events import Step

__all__ = ["Candidate", "Made", "Measurement", "Population"]

_ARCHIVE = 1_000


class Made(NamedTuple):
    """A child that was just made.

    Attributes
    ----------
    genome : Genome
    analytic : dict of str to float
        Its metrics by formula.
    """

    genome: Genome
    analytic: dict[str, float]


@dataclass(frozen=True)
class Measurement:
    """One result of an evaluator.

    Parameters
    ----------
    rung, train_seed : int
    metrics : dict of str to float
    """

    rung: int
    train_seed: int
    metrics: dict[str, float]


@dataclass
class Candidate:
    """One genome that was born.

    Parameters
    ----------
    candidate_id : int
        In the order of births.
    genome : Genome
    digest : str
        Its name.
    attempt, generation : int
        When it was born.
    origin : str
        As in `Attempt`.
    parents : tuple of int
    steps : tuple of Step
    analytic : dict of str to float
        Metrics by formula.
    descriptor : tuple of int
        Its place among structures.
    measurements : list of Measurement
        In the order of rungs.
    status : str
        ``young`` until its generation ends; ``alive``, ``trimmed``, ``stopped`` or
        ``ineligible`` then.
    is_elite : bool
        Whether it is protected for its structure now.
    novelty : float, optional
        At birth.
    """

    candidate_id: int
    genome: Genome
    digest: str
    attempt: int
    generation: int
    origin: str
    parents: tuple[int, ...]
    steps: tuple[Step, ...]
    analytic: dict[str, float]
    descriptor: tuple[int, ...]
    measurements: list[Measurement] = field(default_factory=list)
    status: str = "young"
    is_elite: bool = False
    novelty: float | None = None

    def metrics(self, rung: int) -> dict[str, float]:
        """Give all that is known at a rung.

        Parameters
        ----------
        rung : int
            Place in the evaluator's rungs.

        Returns
        -------
        dict of str to float
            By formula, novelty, and measured at that rung.
        """
        known = dict(self.analytic)
        if self.novelty is not None:
            known["novelty"] = self.novelty
        for found in self.measurements:
            if found.rung == rung:
                known.update(found.metrics)
        return known


class Population:
    """All candidates and attempts of one search.

    Attributes
    ----------
    candidates : list of Candidate
        By id.
    attempts : list of Attempt
        All tries, those without a birth, too.
    generation, first_attempt : int
        The present one, and the attempt that it began with.
    alive, young : list of int
        Candidates that can be parents; those born in this generation.
    digests : set of str
        Names of all candidates.
    archive : list of tuple of str and int
        A sample of the candidates for novelty: those with the smallest names, which
        are as good as random, and do not depend on the order of births.
    """

    def __init__(self) -> None:
        self.candidates: list[Candidate] = []
        self.attempts: list[Attempt] = []
        self.generation = 0
        self.first_attempt = 0
        self.alive: list[int] = []
        self.young: list[int] = []
        self.digests: set[str] = set()
        self.archive: list[tuple[str, int]] = []

    def apply(self, event: Attempt | Measured | Turn, made: Made | None = None) -> None:
        """Take in what happened.

        Parameters
        ----------
        event : Attempt, Measured or Turn
            The next event.
        made : Made, optional
            The child of the event, if it is at hand; else it is read from the event.

        Raises
        ------
        SweepError
            If the event does not follow on those before it.
        """
        if isinstance(event, Attempt):
            self._attempt(event, made)
        elif isinstance(event, Measured):
            result = Measurement(event.rung, event.train_seed, event.metrics)
            self._candidate(event.candidate).measurements.append(result)
        else:
            self._turn(event)

    def _attempt(self, event: Attempt, made: Made | None) -> None:
        if event.attempt != len(self.attempts):
            raise _broken(f"attempt {event.attempt} follows on {len(self.attempts)} attempts")
        self.attempts.append(event)
        if event.outcome != "born":
            return
        if event.genome is None:
            raise _broken(f"attempt {event.attempt} was born without a genome")
        if made is None:
            genome = Genome.from_json(event.genome, place=f"attempt {event.attempt}")
            made = Made(genome, analytic_metrics(genome))
        candidate = Candidate(
            candidate_id=len(self.candidates),
            genome=made.genome,
            digest=digest_of(event.genome),
            attempt=event.attempt,
            generation=event.generation,
            origin=event.origin,
            parents=event.parents,
            steps=event.steps,
            analytic=made.analytic,
            descriptor=descriptor_of(made.genome),
        )
        self.candidates.append(candidate)
        self.digests.add(candidate.digest)
        insort(self.archive, (candidate.digest, candidate.candidate_id))
        del self.archive[_ARCHIVE:]
        self.young.append(candidate.candidate_id)

    def _turn(self, event: Turn) -> None:
        if event.generation != self.generation:
            raise _broken(f"generation {event.generation} ended in generation {self.generation}")
        for place, value in event.novelty.items():
            self._candidate(place).novelty = value
        for place in (*self.alive, *self.young):
            self.candidates[place].status = "trimmed"
            self.candidates[place].is_elite = False
        for status in ("stopped", "ineligible", "alive"):
            for place in getattr(event, status):
                self._candidate(place).status = status
        for place in event.elites:
            self._candidate(place).is_elite = True
        self.alive, self.young = list(event.alive), []
        self.generation += 1
        self.first_attempt = len(self.attempts)

    def _candidate(self, place: int) -> Candidate:
        if not 0 <= place < len(self.candidates):
            raise _broken(f"there is no candidate {place}")
        return self.candidates[place]


def _broken(fact: str) -> SweepError:
    return SweepError(fact, place="journal", remedy="begin the sweep anew with --restart")
