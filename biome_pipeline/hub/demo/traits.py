"""What models are like: license, languages, task and card, drifting along the pedigree.

Every model has its traits whether it states them or not; what it states is
drawn apart from that. So the rates between reporting models are the planted
ones, and silence in between does not break a line.

What does not belong here: the words (`words`), the probabilities (`planted`)
and how traits are written into tags and cards (`rows`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from biome_pipeline.hub.demo.planted import PLANTED
from biome_pipeline.hub.demo.words import (
    BOUND_LICENSES,
    FOUNDATIONS,
    LANGUAGES,
    LONER_TASKS,
    OPEN_LICENSES,
    ROOT_LICENSES,
    TASK_LINES,
    Foundation,
)

if TYPE_CHECKING:
    from biome_pipeline.hub.demo.families import Pedigree

__all__ = ["Traits", "draw_traits", "mutate_languages", "mutate_license", "mutate_task"]

_SHARE_MULTILINGUAL = 0.45
_MOST_LANGUAGES = 9
_DOCUMENTED_LONERS = 0.62
_COINS = 12
_FOUNDATIONS_OF_TASK = {
    task: tuple(foundation for foundation in FOUNDATIONS if foundation.line == line)
    for line, tasks in enumerate(TASK_LINES)
    for task, _ in tasks
}


@dataclass
class Traits:
    """The traits of one model.

    Attributes
    ----------
    license : str
        Its license, stated or not.
    languages : tuple of str
        Its languages, stated or not; at least one, sorted.
    task : str
        Its task, stated or not.
    foundation : Foundation
        What its family started from.
    size : int
        Index into the sizes of the foundation.
    states_license, states_languages, states_task : bool
        Whether the model says so.
    is_documented : bool
        Whether it has any front matter.
    card_characters : int
        Length of the text of its card in Unicode code points, counted behind
        the front matter and its line break; 0 if it has no text.
    """

    license: str
    languages: tuple[str, ...]
    task: str
    foundation: Foundation
    size: int
    states_license: bool
    states_languages: bool
    states_task: bool
    is_documented: bool
    card_characters: int


def mutate_license(u: float, v: float, current: str) -> str:
    """Take a license one edge further.

    Parameters
    ----------
    u, v : float
        Uniform on [0, 1): whether it changes, and into what.
    current : str
        License of the parent.

    Returns
    -------
    str
        License of the child.
    """
    if current == "other":
        return OPEN_LICENSES.pick(v) if u < PLANTED["license_from_other"] else current
    is_bound = current in BOUND_LICENSES.words
    across = PLANTED["license_relaxed"] if is_bound else PLANTED["license_tightened"]
    own, opposite = (BOUND_LICENSES, OPEN_LICENSES) if is_bound else (OPEN_LICENSES, BOUND_LICENSES)
    if u < across:
        return opposite.pick(v)
    if u < across + PLANTED["license_sidestepped"]:
        return own.pick_other(v, current)
    if u < across + PLANTED["license_sidestepped"] + PLANTED["license_to_other"]:
        return "other"
    return current


def mutate_languages(u: float, v: float, w: float, current: tuple[str, ...]) -> tuple[str, ...]:
    """Take a set of languages one edge further.

    Parameters
    ----------
    u, v, w : float
        Uniform on [0, 1): whether the set changes, into what, and whether
        English stays.
    current : tuple of str
        Languages of the parent, sorted.

    Returns
    -------
    tuple of str
        Languages of the child, sorted.
    """
    if len(current) > 1:
        leave = PLANTED["languages_narrowed"]
        if u < leave:
            return _narrow(v, w, current)
    elif current == ("en",):
        leave = PLANTED["language_from_english"]
        if u < leave:
            return (LANGUAGES.pick_other(v, "en"),)
    else:
        leave = PLANTED["language_to_english"]
        if u < leave:
            return ("en",)
    if u < leave + PLANTED["languages_widened"]:
        return _widen(v, current)
    return current


def mutate_task(u: float, v: float, w: float, line: int, current: str) -> str:
    """Take a task one edge further.

    Parameters
    ----------
    u, v, w : float
        Uniform on [0, 1): whether it changes, into what, and in which direction.
    line : int
        Its modality, an index into `TASK_LINES`.
    current : str
        Task of the parent, one of the modality.

    Returns
    -------
    str
        Task of the child.
    """
    if u >= PLANTED["task_mutated"]:
        return current
    tasks = TASK_LINES[line]
    place = [task for task, _ in tasks].index(current)
    upstream, downstream = tasks[:place], tasks[place + 1 :]
    is_forward = w < PLANTED["task_forward"] if upstream and downstream else bool(downstream)
    targets = downstream if is_forward else upstream
    left = v * sum(weight for _, weight in targets)
    for task, weight in targets:
        left -= weight
        if left < 0:
            return task
    return targets[-1][0]


def draw_traits(rng: np.random.Generator, pedigree: Pedigree, *, are_loners: bool) -> list[Traits]:
    """Draw the traits of all models of a pedigree.

    Parameters
    ----------
    rng : numpy.random.Generator
        The stream of this layer.
    pedigree : Pedigree
        Who descends from whom.
    are_loners : bool
        Whether the models have no relatives: those have other tasks, and many
        have no card at all.

    Returns
    -------
    list of Traits
        One per model, in the order of the pedigree.
    """
    n = len(pedigree)
    coins = rng.random((n, _COINS)).tolist()
    # The mean of a log-normal with this spread is one.
    spread = 1.0
    lengths = rng.lognormal(-0.5 * spread**2, spread, size=n).tolist()
    traits: list[Traits] = []
    for i in range(n):
        relatives = pedigree.parents[i]
        relation = pedigree.relations[i]
        if not relatives:
            drawn = _root(coins[i], are_loners=are_loners)
        else:
            drawn = _child(coins[i], traits[relatives[0]], relation)
        generation = pedigree.generations[i]
        if drawn.is_documented and coins[i][11] < _card_probability(generation):
            mean = PLANTED["card_characters_at_root"]
            mean *= PLANTED["card_characters_factor"] ** generation
            drawn.card_characters = max(4, round(mean * lengths[i]))
        traits.append(drawn)
    return traits


def _card_probability(generation: int) -> float:
    return PLANTED["card_at_root"] * PLANTED["card_factor"] ** generation


def _foundation(u: float, foundations: tuple[Foundation, ...]) -> Foundation:
    left = u * sum(foundation.weight for foundation in foundations)
    for foundation in foundations:
        left -= foundation.weight
        if left < 0:
            return foundation
    return foundations[-1]


def _root(coins: list[float], *, are_loners: bool) -> Traits:
    is_documented = not are_loners or coins[1] < _DOCUMENTED_LONERS
    if are_loners:
        task = LONER_TASKS.pick(coins[2])
        foundation = _foundation(coins[0], _FOUNDATIONS_OF_TASK.get(task, FOUNDATIONS))
    else:
        foundation = _foundation(coins[0], FOUNDATIONS)
        task = _of(foundation.tasks, coins[2])
    return Traits(
        license=ROOT_LICENSES.pick(coins[3]),
        languages=_first_languages(coins[4], coins[5]),
        task=task,
        foundation=foundation,
        size=int(coins[6] * len(foundation.sizes)),
        states_license=is_documented and coins[7] < PLANTED["license_reported"],
        states_languages=is_documented and coins[8] < PLANTED["language_reported"],
        states_task=coins[9] < PLANTED["task_reported"] * (0.7 if are_loners else 1.0),
        is_documented=is_documented,
        card_characters=0,
    )


def _child(coins: list[float], parent: Traits, relation: str) -> Traits:
    if relation == "quantized":
        return Traits(
            parent.license, parent.languages, parent.task, parent.foundation, parent.size,
            parent.states_license, parent.states_languages, parent.states_task,
            is_documented=True, card_characters=0,
        )  # fmt: skip
    return Traits(
        license=mutate_license(coins[0], coins[1], parent.license),
        languages=mutate_languages(coins[2], coins[3], coins[4], parent.languages),
        task=mutate_task(coins[5], coins[6], coins[10], parent.foundation.line, parent.task),
        foundation=parent.foundation,
        size=parent.size,
        states_license=coins[7] < PLANTED["license_reported"],
        states_languages=coins[8] < PLANTED["language_reported"],
        states_task=coins[9] < PLANTED["task_reported"],
        # A child names its parent, and only front matter can.
        is_documented=True,
        card_characters=0,
    )


def _of(words: tuple[str, ...], u: float) -> str:
    return words[int(u * len(words))]


def _first_languages(u: float, v: float) -> tuple[str, ...]:
    """Draw the languages of a root: one, or several with a falling probability."""
    first = LANGUAGES.pick(v)
    if u >= _SHARE_MULTILINGUAL:
        return (first,)
    languages = {first}
    # The fraction of u within its share is uniform again: it sets the number.
    n_languages = min(_MOST_LANGUAGES, 1 + int(1 / max(u / _SHARE_MULTILINGUAL, 0.05)))
    for code in _walk(v):
        if len(languages) >= n_languages:
            break
        languages.add(code)
    return tuple(sorted(languages))


def _walk(v: float) -> list[str]:
    """List all languages, each twice, from a place that v sets, the frequent ones first."""
    start = int(v * 1009) % 5
    return [*LANGUAGES.words[start:], *LANGUAGES.words]


def _narrow(v: float, w: float, current: tuple[str, ...]) -> tuple[str, ...]:
    """Keep a proper subset: one language mostly, else one language less."""
    keeps_english = "en" in current and w < PLANTED["english_kept"]
    others = [code for code in current if code != "en"]
    n_kept = 1 if v < 0.7 else len(current) - 1
    start = int(v * 1009) % len(others)
    turned = others[start:] + others[:start]
    kept = ["en", *turned[: n_kept - 1]] if keeps_english else turned[:n_kept]
    return tuple(sorted(kept))


def _widen(v: float, current: tuple[str, ...]) -> tuple[str, ...]:
    added = LANGUAGES.pick(v)
    if added in current:
        added = next(code for code in LANGUAGES.words if code not in current)
    return tuple(sorted({*current, added}))
