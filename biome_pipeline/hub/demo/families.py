"""Who descends from whom: the pedigree of the demo Hub.

Models are born one after the other. A child chooses its parent by what the
parent already has (preferential attachment, hence the heavy tail of family
sizes) and by how new it is; only few children become parents themselves. One
lineage of finetunes is laid through it, so that the depth is known.

What does not belong here: what a model is like (`traits`, `forms`) and how it
is called (`names`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from biome_pipeline.hub.demo.planted import DEEPEST_GENERATION, PLANTED

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["BACKFILL_SECONDS", "RELATIONS", "Pedigree", "draw_pedigree", "unrelated"]

RELATIONS: tuple[str, ...] = ("adapter", "finetune", "quantized", "merge")
"""The relations of the Hub."""

BACKFILL_SECONDS = 1_646_263_744
"""2022-03-02T23:29:04 UTC: what the Hub gives as creation of all that is older."""

_LAST_SECONDS = 1_751_241_599
"""2025-06-29T23:59:59 UTC."""

_GROWTH = 3.2
"""Births per second grow by exp of this from the first to the last day."""

_SHARE_BACKFILLED = 0.04
_SERVED = 0.35
_RECENT = 0.3
_RECENT_WINDOW = 0.1
_MOST_TICKETS = 40
_PARENTS_OF_MERGES = (0.62, 0.24, 0.08, 0.04, 0.02)


@dataclass(frozen=True)
class Pedigree:
    """The descent of n models, numbered by their birth: parents come first.

    Attributes
    ----------
    parents : list of tuple of int
        Parents of each model; the first one is the one it takes after. Empty
        for roots.
    relations : list of str
        How each model was made from its parents; empty for roots.
    generations : list of int
        Edges on the longest path from a root.
    founders : list of int
        The root that is reached by first parents alone; itself for roots.
    created : list of int
        Seconds since 1970 UTC. A child is younger than each of its parents.
    """

    parents: list[tuple[int, ...]]
    relations: list[str]
    generations: list[int]
    founders: list[int]
    created: list[int]

    def __len__(self) -> int:
        return len(self.parents)


@dataclass
class _Urn:
    """Tickets of all possible parents: one for being there, one for each child."""

    tickets: list[int] = field(default_factory=list)
    by_founder: dict[int, list[int]] = field(default_factory=dict)

    def add(self, model: int, founder: int, n_tickets: int = 1) -> None:
        self.tickets.extend([model] * n_tickets)
        self.by_founder.setdefault(founder, []).extend([model] * n_tickets)


def unrelated(rng: np.random.Generator, n: int) -> Pedigree:
    """Make a pedigree of models without relatives.

    Parameters
    ----------
    rng : numpy.random.Generator
        The stream of this layer.
    n : int
        Number of models.

    Returns
    -------
    Pedigree
        n roots.
    """
    return Pedigree(
        parents=[()] * n,
        relations=[""] * n,
        generations=[0] * n,
        founders=list(range(n)),
        created=_births(rng, n, np.arange(n)),
    )


def draw_pedigree(rng: np.random.Generator, n: int) -> Pedigree:
    """Draw the pedigree of n related models.

    Parameters
    ----------
    rng : numpy.random.Generator
        The stream of this layer.
    n : int
        Number of models, at least 30; each has a parent or a child.

    Returns
    -------
    Pedigree
        Families whose longest path has exactly `DEEPEST_GENERATION` edges.
    """
    spine, roots = _plan(rng, n)
    shares = [PLANTED[f"share_{relation}"] for relation in RELATIONS]
    drawn = rng.choice(len(RELATIONS), size=n, p=np.array(shares) / sum(shares))
    relations = [RELATIONS[index] for index in drawn.tolist()]
    fertile = np.array([PLANTED[f"fertile_{relation}"] for relation in relations])
    is_fertile = (rng.random(n) < fertile).tolist()
    # Few roots are famous from the start: Pareto tickets, cut off so that one
    # root cannot take the whole Hub.
    tickets = np.minimum(1 + rng.pareto(0.9, size=n), _MOST_TICKETS).astype(np.int64).tolist()
    coins = rng.random((n, 4)).tolist()
    n_parents = (2 + rng.choice(5, size=n, p=_PARENTS_OF_MERGES)).tolist()

    parents: list[tuple[int, ...]] = []
    generations: list[int] = []
    founders: list[int] = []
    urn = _Urn()
    waiting: list[int] = []
    births_left = n - len(roots) - len(spine) + 1
    last_of_spine = spine[0]
    on_spine = set(spine)
    for child in range(n):
        if child in roots:
            relations[child] = ""
            parents.append(())
            generations.append(0)
            founders.append(child)
            # The first root is the founder of the largest family.
            urn.add(child, child, _MOST_TICKETS if child == 0 else tickets[child])
            if child not in on_spine:
                waiting.append(child)
            continue
        chosen: tuple[int, ...]
        if child in on_spine:
            relations[child] = "finetune"
            chosen = (last_of_spine,)
            last_of_spine = child
        else:
            chosen = (_choose(urn, waiting, births_left, coins[child]),)
            births_left -= 1
            if relations[child] == "merge":
                chosen = _further_parents(rng, urn, chosen[0], founders, n_parents[child])
                if len(chosen) < 2:
                    relations[child] = "finetune"
        parents.append(chosen)
        founders.append(founders[chosen[0]])
        generations.append(1 + max(generations[parent] for parent in chosen))
        for parent in chosen:
            urn.add(parent, founders[parent])
        if generations[child] == DEEPEST_GENERATION:
            continue
        if child in on_spine:
            urn.add(child, founders[child])
        elif is_fertile[child] and births_left > len(waiting) + 1:
            urn.add(child, founders[child])
            waiting.append(child)
    return Pedigree(
        parents, relations, generations, founders, _births(rng, n, np.array(sorted(roots)))
    )


def _plan(rng: np.random.Generator, n: int) -> tuple[list[int], set[int]]:
    """Lay out the births of the deep lineage and of the roots."""
    steps = np.linspace(0.1 * n, 0.97 * n, DEEPEST_GENERATION).astype(int)
    spine = [1, *np.maximum(steps, 2 + np.arange(DEEPEST_GENERATION)).tolist()]
    n_roots = max(3, round(PLANTED["share_roots"] * n))
    # Late roots would find nobody to be the parent of.
    free = np.setdiff1d(np.arange(2, int(0.9 * n)), spine)
    weights = np.exp(-2.0 * free / n)
    more = rng.choice(free, size=n_roots - 2, replace=False, p=weights / weights.sum())
    return spine, {0, 1, *more.tolist()}


def _choose(urn: _Urn, waiting: list[int], births_left: int, coins: list[float]) -> int:
    """Choose the parent of a child; who was promised children is served before the end."""
    way, u, recent, floor = coins
    if waiting and (way < _SERVED or len(waiting) >= births_left):
        place = int(u * len(waiting))
        waiting[place], waiting[-1] = waiting[-1], waiting[place]
        return waiting.pop()
    # The floor stands for all children, so those that were served are made up for.
    if floor < PLANTED["largest_family_floor"] / (1 - _SERVED):
        tickets = urn.by_founder[0]
    else:
        tickets = urn.tickets
    if recent < _RECENT:
        u = 1 - _RECENT_WINDOW * (1 - u)
    return tickets[int(u * len(tickets))]


def _further_parents(
    rng: np.random.Generator, urn: _Urn, first: int, founders: list[int], n_parents: int
) -> tuple[int, ...]:
    """Give a merge its other parents, of its own family or of any."""
    chosen = [first]
    for across, u in rng.random((4 * n_parents, 2)).tolist():
        is_across = across < PLANTED["merge_across_families"]
        tickets = urn.tickets if is_across else urn.by_founder[founders[first]]
        parent = tickets[int(u * len(tickets))]
        if parent not in chosen:
            chosen.append(parent)
        if len(chosen) == n_parents:
            break
    return tuple(chosen)


def _births(rng: np.random.Generator, n: int, roots: NDArray[np.int64]) -> list[int]:
    """Date n births in their order; of the first, the roots are older than the Hub can tell."""
    u = np.sort(rng.random(n))
    elapsed = np.log1p(u * np.expm1(_GROWTH)) / _GROWTH
    # Every birth has its own second as long as there are seconds enough.
    span = _LAST_SECONDS - BACKFILL_SECONDS - n - 1
    seconds = BACKFILL_SECONDS + 1 + np.floor(elapsed * span).astype(np.int64) + np.arange(n)
    n_backfilled = round(_SHARE_BACKFILLED * n)
    seconds[roots[roots < n_backfilled]] = BACKFILL_SECONDS
    created: list[int] = seconds.tolist()
    return created
