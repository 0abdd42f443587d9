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
_BIRTHS_PER_SCALE = 200
_MOST_SCALE = 20
_ATTEMPTS = 20
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
class _Growth:
    """The families so far, and who may become a parent.

    ``tickets`` is an urn: a possible parent has one ticket for being there and
    one for each child. ``waiting`` are those who were promised children.
    """

    parents: list[tuple[int, ...]] = field(default_factory=list)
    relations: list[str] = field(default_factory=list)
    generations: list[int] = field(default_factory=list)
    founders: list[int] = field(default_factory=list)
    tickets: list[int] = field(default_factory=list)
    tickets_of: dict[int, list[int]] = field(default_factory=dict)
    waiting: list[int] = field(default_factory=list)

    def add_tickets(self, model: int, n_tickets: int = 1) -> None:
        self.tickets.extend([model] * n_tickets)
        of_family = self.tickets_of.setdefault(self.founders[model], [])
        of_family.extend([model] * n_tickets)

    def add_root(self, n_tickets: int) -> None:
        root = len(self.parents)
        self.parents.append(())
        self.relations.append("")
        self.generations.append(0)
        self.founders.append(root)
        # What is new is talked about: a root that comes late starts with more,
        # or the first comers would take all. The limit keeps the urn linear.
        scale = 1 + min(root // _BIRTHS_PER_SCALE, _MOST_SCALE)
        self.add_tickets(root, n_tickets * scale)

    def add_child(self, parents: tuple[int, ...], relation: str) -> None:
        self.parents.append(parents)
        self.relations.append(relation)
        self.generations.append(1 + max(self.generations[parent] for parent in parents))
        self.founders.append(self.founders[parents[0]])
        for parent in parents:
            self.add_tickets(parent)


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
    drawn = rng.choice(len(RELATIONS), size=n, p=np.array(shares) / sum(shares)).tolist()
    fertile = np.array([PLANTED[f"fertile_{relation}"] for relation in RELATIONS])
    is_fertile = (rng.random(n) < fertile[drawn]).tolist()
    # Few roots are famous from the start: Pareto tickets, cut off so that one
    # root cannot take the whole Hub.
    tickets = np.minimum(1 + rng.pareto(0.9, size=n), _MOST_TICKETS).astype(np.int64).tolist()
    coins = rng.random((n, 4)).tolist()
    n_parents = (2 + rng.choice(5, size=n, p=_PARENTS_OF_MERGES)).tolist()

    growth = _Growth()
    n_left = n - len(roots | set(spine))
    for model in range(n):
        if model in roots:
            growth.add_root(tickets[model])
            if model != spine[0]:
                growth.waiting.append(model)
        elif model in spine:
            growth.add_child((spine[spine.index(model) - 1],), "finetune")
            if model != spine[-1]:
                growth.add_tickets(model)
        else:
            relation = RELATIONS[drawn[model]]
            chosen: tuple[int, ...] = ()
            # A merge serves nobody who waits, so it gives way when all births are promised.
            if relation == "merge" and len(growth.waiting) < n_left:
                chosen = _parents_of_merge(rng, growth, n_parents[model])
            if relation == "merge" and not chosen:
                relation = "finetune"
            growth.add_child(chosen or (_parent(growth, n_left, coins[model]),), relation)
            n_left -= 1
            is_deepest = growth.generations[model] == DEEPEST_GENERATION
            if is_fertile[model] and not is_deepest and n_left > len(growth.waiting) + 1:
                growth.add_tickets(model)
                growth.waiting.append(model)
    return Pedigree(
        growth.parents,
        growth.relations,
        growth.generations,
        growth.founders,
        _births(rng, n, np.array(sorted(roots))),
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


def _parent(growth: _Growth, n_left: int, coins: list[float]) -> int:
    """Choose the parent of a child; who was promised children is served before the end."""
    way, u, recent, floor = coins
    waiting = growth.waiting
    if waiting and (way < _SERVED or len(waiting) >= n_left):
        place = int(u * len(waiting))
        waiting[place], waiting[-1] = waiting[-1], waiting[place]
        return waiting.pop()
    # The floor stands for all children, so those that were served are made up for.
    is_largest = floor < PLANTED["largest_family_floor"] / (1 - _SERVED)
    tickets = growth.tickets_of[0] if is_largest else growth.tickets
    if recent < _RECENT:
        u = 1 - _RECENT_WINDOW * (1 - u)
    return tickets[int(u * len(tickets))]


def _parents_of_merge(rng: np.random.Generator, growth: _Growth, n_parents: int) -> tuple[int, ...]:
    """Choose the parents of a merge, of one family or of any; none if no family has two."""
    is_across = rng.random() < PLANTED["merge_across_families"]
    for _ in range(_ATTEMPTS):
        first, *others = rng.random(1 + 4 * n_parents).tolist()
        chosen = [growth.tickets[int(first * len(growth.tickets))]]
        family = growth.tickets_of[growth.founders[chosen[0]]]
        tickets = growth.tickets if is_across else family
        for u in others:
            parent = tickets[int(u * len(tickets))]
            if parent not in chosen and len(chosen) < n_parents:
                chosen.append(parent)
        if len(chosen) > 1:
            return tuple(chosen)
    return ()


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
