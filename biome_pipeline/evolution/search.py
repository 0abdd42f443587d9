"""One search: what happens next, given all that has happened.

What does not belong here: several searches, and where events are kept (``sweep``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from biome_pipeline.errors import SweepError
from biome_pipeline.evolution.analytic import analytic_metrics
from biome_pipeline.evolution.breeding import Breeder
from biome_pipeline.evolution.elites import structural_elites
from biome_pipeline.evolution.events import Attempt, Event, Measured, Turn
from biome_pipeline.evolution.fronts import crowding_distances, non_dominated_fronts
from biome_pipeline.evolution.gates import broken_gates
from biome_pipeline.evolution.novelty import novelty
from biome_pipeline.evolution.objectives import Objective, oriented, weighted_ranks
from biome_pipeline.evolution.population import Made, Population
from biome_pipeline.evolution.selection import Pool, select_parents, select_survivors
from biome_pipeline.evolution.streams import Purpose, stream

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from biome_pipeline.evolution.evaluators import Evaluator
    from biome_pipeline.evolution.genome import Genome
    from biome_pipeline.evolution.plan import Arm
    from biome_pipeline.evolution.population import Candidate

    Losses = npt.NDArray[np.float64]
    Places = npt.NDArray[np.int64]

__all__ = ["Search"]

_PARENTS = 64
"""Parents drawn at a time."""

_ATTEMPTS_PER_EVALUATION = 50
"""A search whose gates reject nearly all ends by this bound instead of never."""

_NEIGHBOURS = 15
_STRUCTURE = ("layers", "moe_blocks", "selector_blocks")


@dataclass
class _Brood:
    """Parents drawn for one generation."""

    generation: int
    parents: list[int]


class Search:
    """One arm with one seed.

    Parameters
    ----------
    arm : Arm
        The rules.
    seed : int
        Of all random numbers.
    founders : sequence of Genome
        What it begins with.
    weights : mapping of str to float
        How often each operator is tried, relative to the others; operators that are
        not named are never tried.
    evaluator : Evaluator
        Measures candidates.

    Raises
    ------
    SweepError
        If a founder does not pass the gates or none is there, no operator has a
        weight, or an objective is measured by nobody.
    """

    def __init__(
        self,
        arm: Arm,
        seed: int,
        *,
        founders: Sequence[Genome],
        weights: Mapping[str, float],
        evaluator: Evaluator,
    ) -> None:
        self.arm, self.seed = arm, seed
        self.population = Population()
        self._founders = tuple(dict.fromkeys(founders))
        self._evaluator = evaluator
        self._objectives = tuple(
            Objective(plan.metric, plan.direction, plan.weight) for plan in arm.objectives
        )
        self._importance = np.array([goal.weight for goal in self._objectives])
        self._breeder = Breeder(arm, weights)
        self._made: Made | None = None
        self._brood: _Brood | None = None
        self._check()

    def _check(self) -> None:
        if not self._founders:
            raise SweepError("no founder", place="founders", remedy="name another set")
        for place, genome in enumerate(self._founders):
            for gate, value, bound in broken_gates(self.arm.gates, analytic_metrics(genome)):
                raise SweepError(
                    f"founder {place} does not pass it: {value:g} against {bound:g}",
                    place=f"gates.{gate}",
                    remedy="choose richer founders or other gates",
                )
        known = {*analytic_metrics(self._founders[0]), *self._evaluator.metrics, "novelty"}
        for goal in self._objectives:
            if goal.metric not in known:
                raise SweepError(
                    f"nobody measures {goal.metric!r}",
                    place="objectives",
                    remedy=f"choose from {', '.join(sorted(known))}",
                )

    @property
    def n_evaluated(self) -> int:
        """Count the candidates born so far, which the budget bounds.

        Returns
        -------
        int
            Founders among them.
        """
        return len(self.population.candidates)

    @property
    def last_rung(self) -> int:
        """Give the rung that candidates are compared at.

        Returns
        -------
        int
            Finalists are measured anew at the one beyond it.
        """
        return len(self._evaluator.rungs) - 1

    def next_event(self) -> Event | None:
        """Decide what happens next.

        Returns
        -------
        Attempt, Measured, Turn or None
            The same whenever the same has happened; none at the end.
        """
        state = self.population
        if len(state.attempts) < len(self._founders):
            return self._found()
        if not self._brood_is_complete():
            return self._attempt()
        if not state.young:
            return self._retrain()
        return self._measure() or self._turn()

    def apply(self, event: Event) -> None:
        """Take in what happened.

        Parameters
        ----------
        event : Attempt, Measured or Turn
            The event that `next_event` gave, now or when it was recorded.

        Raises
        ------
        SweepError
            If it does not follow on those before it.
        """
        self.population.apply(event, self._made)
        self._made = None

    def fronts(self) -> tuple[list[int], Places, npt.NDArray[np.float64]]:
        """Sort those alive into fronts.

        Returns
        -------
        candidates : list of int
            Who is alive.
        fronts : ndarray of int64
            As in `non_dominated_fronts`.
        crowding : ndarray of float64
            As in `crowding_distances`.
        """
        alive = self.population.alive
        losses, places = self._losses([self.population.candidates[place] for place in alive])
        fronts = non_dominated_fronts(losses)
        return [alive[int(one)] for one in places], fronts, crowding_distances(losses, fronts)

    def _brood_is_complete(self) -> bool:
        state = self.population
        if state.generation == 0:
            return True
        most = self.arm.budget * _ATTEMPTS_PER_EVALUATION
        is_over = self.n_evaluated >= self.arm.budget or len(state.attempts) >= most
        return is_over or len(state.young) >= self.arm.children

    def _found(self) -> Attempt:
        place = len(self.population.attempts)
        genome = self._founders[place]
        self._made = Made(genome, analytic_metrics(genome))
        return Attempt(
            kind="attempt",
            attempt=place,
            generation=0,
            outcome="born",
            origin="founder",
            genome=genome.to_json(),
        )

    def _attempt(self) -> Attempt:
        number = len(self.population.attempts)
        rng = stream(self.seed, Purpose.ATTEMPT, number)
        attempt, self._made = self._breeder.breed(self.population, *self._parents(number), rng)
        return attempt

    def _parents(self, number: int) -> tuple[int, int]:
        state = self.population
        if self._brood is None or self._brood.generation != state.generation:
            self._brood = _Brood(state.generation, [])
        at = 2 * (number - state.first_attempt)
        while len(self._brood.parents) < at + 2:
            batch = len(self._brood.parents) // _PARENTS
            rng = stream(self.seed, Purpose.PARENTS, state.generation, batch)
            pool = [state.candidates[place] for place in state.alive]
            losses, places = self._losses(pool)
            drawn = select_parents(self.arm.selection, self._pool(pool, losses), _PARENTS, rng)
            self._brood.parents += [state.alive[int(places[one])] for one in drawn]
        return self._brood.parents[at], self._brood.parents[at + 1]

    def _losses(self, pool: Sequence[Candidate], rung: int | None = None) -> tuple[Losses, Places]:
        last = self.last_rung if rung is None else rung
        return oriented([one.metrics(last) for one in pool], self._objectives)

    def _measure(self) -> Measured | None:
        """Measure the next of the young: all at the first rung, the better half at the next."""
        if not self._evaluator.metrics:
            return None
        state = self.population
        for rung in range(len(self._evaluator.rungs)):
            for place in self._promoted(rung):
                candidate = state.candidates[place]
                if all(past.rung != rung for past in candidate.measurements):
                    seed = _train_seed(self.seed, Purpose.TRAINING, place)
                    found = self._evaluator.evaluate(candidate.genome, rung=rung, train_seed=seed)
                    return _measured(place, rung, seed, found)
        return None

    def finalists(self) -> list[int]:
        """Name those alive who are best by the objectives, and so are measured anew.

        Returns
        -------
        list of int
            As many as the evaluator asks for, the best first.
        """
        alive = self.population.alive
        losses, places = self._losses([self.population.candidates[place] for place in alive])
        order = np.lexsort((places, weighted_ranks(losses, self._importance)))
        return [alive[int(places[one])] for one in order[: self._evaluator.n_finalists]]

    def _retrain(self) -> Measured | None:
        """Measure the finalists anew; their seeds are the same, so that they can be compared."""
        rung = self.last_rung + 1
        for place in self.finalists():
            candidate = self.population.candidates[place]
            known = {past.train_seed for past in candidate.measurements if past.rung == rung}
            for number in range(self._evaluator.n_retrainings):
                seed = _train_seed(self.seed, Purpose.RETRAINING, number)
                if seed not in known:
                    found = self._evaluator.retrain(candidate.genome, train_seed=seed)
                    return _measured(place, rung, seed, found)
        return None

    def _promoted(self, rung: int) -> list[int]:
        """Name the young that are measured at a rung; founders always are."""
        state = self.population
        promoted = list(state.young)
        for before in range(rung if state.generation else 0):
            pool = [state.candidates[place] for place in promoted]
            losses, places = self._losses(pool, before)
            scores = weighted_ranks(losses, self._importance)
            n = -(-len(promoted) // 2)
            best = np.lexsort((places, scores))[:n]
            promoted = sorted(promoted[int(places[one])] for one in best)
        return promoted

    def _turn(self) -> Turn:
        state = self.population
        found = self._novelty()
        measured = set(self._promoted(self.last_rung))
        for place, value in found.items():
            # Objectives may ask for it; applying the event sets it again.
            state.candidates[place].novelty = value
        stopped = [place for place in state.young if place not in measured]
        pool = [*state.alive, *(place for place in state.young if place in measured)]
        people = [state.candidates[place] for place in pool]
        losses, places = self._losses(people)
        if not len(places):
            raise SweepError(
                "no candidate has all metrics of the objectives",
                place=f"generation {state.generation}",
                remedy="drop an objective, or begin with more founders",
            )
        eligible = [pool[int(place)] for place in places]
        people = [state.candidates[place] for place in eligible]
        elites, protected = self._protected(people, losses)
        kept = select_survivors(
            self.arm.selection,
            self._pool(people, losses),
            protected,
            self.arm.population,
            stream(self.seed, Purpose.SURVIVAL, state.generation),
        )
        alive = tuple(eligible[int(one)] for one in kept)
        return Turn(
            kind="turn",
            generation=state.generation,
            novelty=found,
            alive=alive,
            elites=tuple(sorted({eligible[int(one)] for one in elites} & set(alive))),
            stopped=tuple(stopped),
            ineligible=tuple(place for place in pool if place not in set(eligible)),
        )

    def _protected(self, people: Sequence[Candidate], losses: Losses) -> tuple[Places, Places]:
        """Name the structural elites, and with them the frontier by crowding."""
        rule = self.arm.elites
        counts = np.array([[one.analytic[name] for name in _STRUCTURE] for one in people])
        weights = np.array([getattr(rule, name) for name in _STRUCTURE])
        elites = structural_elites(counts, weights, rule.n)
        if not self.arm.protect_frontier:
            return elites, elites
        fronts = non_dominated_fronts(losses)
        crowding = crowding_distances(losses, fronts)
        first = np.flatnonzero(fronts == 0)
        first = first[np.lexsort((first, -crowding[first]))]
        return elites, np.concatenate([elites, first[~np.isin(first, elites)]])

    def _novelty(self) -> dict[int, float]:
        state = self.population
        sample = [place for _, place in state.archive]
        archive = np.array([state.candidates[place].descriptor for place in sample], np.float64)
        where = {candidate: place for place, candidate in enumerate(sample)}
        own = np.array([where.get(place, -1) for place in state.young])
        rows = np.array([state.candidates[place].descriptor for place in state.young], np.float64)
        found = novelty(rows, archive, k=_NEIGHBOURS, own=own)
        pairs = zip(state.young, found, strict=True)
        return {place: float(value) for place, value in pairs if np.isfinite(value)}

    def _pool(self, people: Sequence[Candidate], losses: Losses) -> Pool:
        """Give the candidates to selection; a cell is one triple of structural counts."""
        keys = [tuple(one.analytic[name] for name in _STRUCTURE) for one in people]
        numbers = {key: place for place, key in enumerate(sorted(set(keys)))}
        cells = np.array([numbers[key] for key in keys], np.int64)
        return Pool(losses, self._importance, cells)


def _train_seed(seed: int, purpose: Purpose, number: int) -> int:
    return int(stream(seed, purpose, number).integers(2**31, dtype=np.int64))


def _measured(place: int, rung: int, seed: int, found: Mapping[str, float]) -> Measured:
    # What is not finite was not measured.
    known = {name: value for name, value in found.items() if np.isfinite(value)}
    return Measured(kind="measured", candidate=place, rung=rung, train_seed=seed, metrics=known)
