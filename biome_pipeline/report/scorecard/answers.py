"""What is said of one published figure, and the registry of who says it.

What does not belong here: any particular figure (``identities`` and the rules).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from biome_pipeline.report.scorecard.figures import Figure
    from biome_pipeline.report.scorecard.readings import Readings

    Rule = Callable[["Asked"], "Answer | None"]

__all__ = ["Answer", "Asked", "How", "Rules", "absent", "differs", "follows", "same"]

How = Literal["follows", "same", "differs", "absent"]
"""From what it was computed: published figures, this snapshot by the same rule, this
snapshot by another rule, or nothing."""


@dataclass(frozen=True)
class Asked:
    """One figure that is asked for.

    Attributes
    ----------
    figure : Figure
        The figure.
    words : tuple of str
        Groups of the pattern that its key matches.
    published : mapping of str to Figure
        All figures.
    read : Readings
        The tables of the snapshot.
    """

    figure: Figure
    words: tuple[str, ...]
    published: Mapping[str, Figure]
    read: Readings

    def number(self, key: str) -> float:
        """Give another published number.

        Parameters
        ----------
        key : str
            Its key.

        Returns
        -------
        float
            Its value.

        Raises
        ------
        KeyError
            If there is no such key.
        """
        return float(self.published[key].value)


@dataclass(frozen=True)
class Answer:
    """What was found for a figure.

    Attributes
    ----------
    value : float, str or None
        Ours; None if it cannot be had.
    how : str
        Where it comes from.
    statement : str or None
        What is computed: a clause; None if nothing is.
    why : str or None
        How the rules differ, what is missing, or why what follows may be another number: a
        clause; None where the rules are one.
    n : int or None
        Models, edges or pairs that it rests on.
    tolerance : float or None
        How far from the published number it may be; None for the precision that the
        number is given with.
    """

    value: float | str | None
    how: How
    statement: str | None = None
    why: str | None = None
    n: int | None = None
    tolerance: float | None = None


def follows(
    value: float | str, statement: str, tolerance: float | None = None, *, why: str | None = None
) -> Answer:
    """Answer by published figures alone.

    Parameters
    ----------
    value : float or str
        What follows from them.
    statement : str
        From which, and how.
    tolerance : float, optional
        For words like "roughly".
    why : str, optional
        Why the published number may be another one.

    Returns
    -------
    Answer
        The answer.
    """
    return Answer(value, "follows", statement, why, tolerance=tolerance)


def same(value: float | str | None, statement: str, n: int | None = None) -> Answer:
    """Answer by the same rule on this snapshot.

    Parameters
    ----------
    value : float, str or None
        Ours; None if this snapshot does not tell.
    statement : str
        The rule.
    n : int, optional
        What it rests on.

    Returns
    -------
    Answer
        The answer; `absent` where there is no value.
    """
    if value is None:
        return absent(f"this snapshot does not tell: {statement}")
    return Answer(value, "same", statement, n=n)


def differs(value: float | str | None, statement: str, n: int | None = None, *, why: str) -> Answer:
    """Answer by another rule on this snapshot.

    Parameters
    ----------
    value : float, str or None
        Ours.
    statement : str
        Our rule.
    n : int, optional
        What it rests on.
    why : str
        How the published rule differs.

    Returns
    -------
    Answer
        The answer; `absent` where there is no value.
    """
    if value is None:
        return absent(f"this snapshot does not tell: {statement}")
    return Answer(value, "differs", statement, why, n)


def absent(why: str) -> Answer:
    """Say that there is nothing to compare.

    Parameters
    ----------
    why : str
        What is missing.

    Returns
    -------
    Answer
        The answer.
    """
    return Answer(None, "absent", None, why)


class Rules:
    """Rules by patterns of keys, in the order in which they are asked."""

    def __init__(self) -> None:
        self._rules: list[tuple[re.Pattern[str], Rule]] = []

    def rule(self, pattern: str) -> Callable[[Rule], Rule]:
        """Register a rule.

        Parameters
        ----------
        pattern : str
            Regular expression that whole keys match.

        Returns
        -------
        callable
            A decorator; the rule gives None for what it leaves to later ones.
        """

        def register(rule: Rule) -> Rule:
            self._rules.append((re.compile(pattern), rule))
            return rule

        return register

    def answer(
        self, figure: Figure, published: Mapping[str, Figure], read: Readings
    ) -> Answer | None:
        """Ask the rules for one figure.

        Parameters
        ----------
        figure : Figure
            The figure.
        published : mapping of str to Figure
            All figures.
        read : Readings
            The tables of the snapshot.

        Returns
        -------
        Answer or None
            Of the first rule that has one; None if nobody knows the key.
        """
        for pattern, rule in self._rules:
            found = pattern.fullmatch(figure.key)
            if found is not None:
                answer = rule(Asked(figure, _groups(found), published, read))
                if answer is not None:
                    return answer
        return None


def _groups(found: re.Match[str]) -> tuple[Any, ...]:
    return found.groups()
