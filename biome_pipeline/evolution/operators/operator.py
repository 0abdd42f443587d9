"""What an operator is: what it moves, where it can work, what it does, what undoes it.

What does not belong here: any particular operator, and how often each is tried.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np

    from biome_pipeline.evolution.genome import Block, Genome

    Site = tuple[int, ...]
    BlockChange = Callable[[Block, Genome, np.random.Generator], Block | None]
    BlockJudge = Callable[[Block, Genome], bool]

_T = TypeVar("_T")

__all__ = ["Change", "NoOp", "Operator", "apply_operator", "on_blocks", "pick", "scaled", "text_of"]


@dataclass(frozen=True)
class Change:
    """What one application of an operator did.

    Parameters
    ----------
    genome : Genome
        The result.
    target : str
        Place in the genome, as ``blocks.3.attention``.
    before, after : str or None
        What stood there and what stands there now, as JSON; none: nothing.
    undo : tuple of int, optional
        Site at which the inverse takes back the structure that was added.
    """

    genome: Genome
    target: str
    before: str | None
    after: str | None
    undo: Site | None = None


@dataclass(frozen=True)
class NoOp:
    """An application that changed nothing.

    Parameters
    ----------
    reason : str
        ``no site``: no precondition is met anywhere; ``no choice``: at the site drawn
        nothing else is possible.
    """

    reason: str


@dataclass(frozen=True)
class Operator:
    """One way of changing a genome.

    Parameters
    ----------
    name : str
        Its name in sweeps and tables.
    moves : tuple of str
        Knobs, as in `knobs.KNOBS`, or a prefix of several.
    sites : callable
        Gives the places where its preconditions hold.
    change : callable
        Takes genome, site and random numbers; none: nothing else is possible there.
    inverse : str, optional
        Operator that restores the structural counts; every operator that can add to
        one has it.
    weight : float
        How often it is tried, relative to others, when nothing is said. Operators on
        what a sweep holds fixed (vocabulary, sequence) have 0.
    """

    name: str
    moves: tuple[str, ...]
    sites: Callable[[Genome], Sequence[Site]]
    change: Callable[[Genome, Site, np.random.Generator], Change | None]
    inverse: str | None = None
    weight: float = 1.0


def apply_operator(
    operator: Operator, genome: Genome, rng: np.random.Generator, *, site: Site | None = None
) -> Change | NoOp:
    """Change a genome once.

    Parameters
    ----------
    operator : Operator
        How.
    genome : Genome
        What.
    rng : numpy.random.Generator
        Draws the site and the change.
    site : tuple of int, optional
        Where; none: drawn from all.

    Returns
    -------
    Change or NoOp
        A genome that differs and is valid, or the reason why there is none.

    Raises
    ------
    ValueError
        If the site is none of the operator's.
    """
    sites = operator.sites(genome)
    if site is not None:
        if site not in sites:
            raise ValueError(f"{operator.name} cannot work at {site}")
    elif not sites:
        return NoOp("no site")
    else:
        site = sites[int(rng.integers(len(sites)))]
    change = operator.change(genome, site, rng)
    if change is None or change.genome == genome:
        return NoOp("no choice")
    return change


def on_blocks(
    name: str,
    part: str,
    change: BlockChange,
    *,
    where: BlockJudge,
    moves: Sequence[str] | None = None,
    also: Sequence[str] = (),
    inverse: str | None = None,
    weight: float = 1.0,
) -> Operator:
    """Make an operator that changes one part of one block.

    Parameters
    ----------
    name : str
        Its name.
    part : str
        Path of the part within the block: what stands before and after.
    change : callable
        Gives the new block; none: nothing else is possible.
    where : callable
        Tells whether the preconditions hold for a block.
    moves : sequence of str, optional
        Fields of the part; none: the whole part.
    also : sequence of str
        Paths within the block of what may go along.
    inverse : str, optional
        What takes it back, at the same block.
    weight : float
        As in `Operator`.

    Returns
    -------
    Operator
        Its sites are the places of blocks.
    """

    def sites(genome: Genome) -> list[Site]:
        return [(place,) for place, block in enumerate(genome.blocks) if where(block, genome)]

    def changed(genome: Genome, site: Site, rng: np.random.Generator) -> Change | None:
        (place,) = site
        old = genome.blocks[place]
        new = change(old, genome, rng)
        if new is None or new == old:
            return None
        blocks = (*genome.blocks[:place], new, *genome.blocks[place + 1 :])
        return Change(
            genome=genome.changed(blocks=blocks),
            target=f"blocks.{place}.{part}",
            before=text_of(_part(old, part)),
            after=text_of(_part(new, part)),
            undo=site if inverse is not None else None,
        )

    fields = [f"blocks.{part}"] if moves is None else [f"blocks.{part}.{field}" for field in moves]
    fields += [f"blocks.{path}" for path in also]
    return Operator(name, tuple(fields), sites, changed, inverse, weight)


def _part(block: Block, path: str) -> Any:  # noqa: ANN401 - a part, number or none
    found: Any = block
    for step in path.split("."):
        found = None if found is None else getattr(found, step, None)
    return found


def text_of(part: object) -> str | None:
    """Write a part of a genome.

    Parameters
    ----------
    part : object
        A part, a number, a text, several of these, or none.

    Returns
    -------
    str or None
        JSON; none of none.
    """
    if part is None:
        return None
    if isinstance(part, BaseModel):
        return part.model_dump_json(exclude_defaults=True)
    if isinstance(part, tuple):
        return f"[{','.join(text_of(piece) or 'null' for piece in part)}]"
    return json.dumps(part)


def pick(rng: np.random.Generator, options: Sequence[_T]) -> _T:
    """Draw one of some options.

    Parameters
    ----------
    rng : numpy.random.Generator
        Draws.
    options : sequence
        At least one; all alike.

    Returns
    -------
    object
        One of them.
    """
    return options[int(rng.integers(len(options)))]


_STEPS = ((1, 2), (3, 4), (3, 2), (2, 1))


def scaled(
    rng: np.random.Generator, value: int, *, high: int, low: int = 1, multiple: int = 1
) -> int | None:
    """Make a size smaller or larger: by half, three quarters, one and a half, or two.

    Parameters
    ----------
    rng : numpy.random.Generator
        Draws the step.
    value : int
        The size.
    high, low : int
        Bounds, both allowed.
    multiple : int
        What the result is a multiple of.

    Returns
    -------
    int or None
        Another size; none if no step stays within the bounds.
    """
    found = {value * up // down // multiple * multiple for up, down in _STEPS}
    # A small size may have all its steps rounded away.
    found |= {value // multiple * multiple + step * multiple for step in (-1, 1)}
    sizes = sorted(size for size in found if low <= size <= high and size != value)
    return pick(rng, sizes) if sizes else None
