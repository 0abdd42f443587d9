"""Generated corpora of three strata, each with something to learn in a small effort.

``code``: lines of a tiny language, whose brackets close and whose names come back.
``math``: sums of two digits with their results. ``recall``: a value told at the start, noise,
and questions for it. All are drawn from seeds; nothing is stored.
What does not belong here: models and training.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Tokens = npt.NDArray[np.int64]
    Flags = npt.NDArray[np.bool_]

__all__ = [
    "CHANCE",
    "SHORTEST",
    "STRATA",
    "VOCABULARY",
    "Batch",
    "batch_of",
    "unigram_entropy",
]

STRATA = ("code", "math", "recall")
"""In the order in which a batch holds them."""

_N_VALUES, _N_PARTS = 8, 8

_SHORTEST_PART = 4

SHORTEST = _N_PARTS * _SHORTEST_PART
"""Tokens that a sequence must have, so that all parts of recall are there."""

CHANCE = float(np.log(_N_VALUES))
"""Loss of one who knows which tokens are values, and nothing else: nats."""

# Tokens: digits and marks of sums, those of code, then those of recall.
_DIGITS = 0
_PLUS, _EQUALS, _STOP = 10, 11, 12
_NAMES, _N_NAMES = 13, 6
_KEYWORDS = 19  # def, return, if, for
_OPEN, _CLOSE, _COMMA, _COLON = 23, 24, 25, 26
_TOLD, _ANSWERS = 27, 27 + _N_VALUES
_QUESTION = _ANSWERS + _N_VALUES
_NOISE, _N_NOISE = _QUESTION + 1, 4

VOCABULARY = _NOISE + _N_NOISE
"""Tokens that the corpora use; a genome must know at least as many."""


class Batch(NamedTuple):
    """Sequences of all strata.

    Attributes
    ----------
    tokens : ndarray of int64, shape (n_strata * per_stratum, length + 1)
        By stratum, in the order of `STRATA`.
    counted : ndarray of bool, shape (n_strata * per_stratum, length)
        Whether the loss of predicting token i + 1 counts for its stratum: of recall
        the answers alone do.
    """

    tokens: Tokens
    counted: Flags


def batch_of(rng: np.random.Generator, *, per_stratum: int, length: int) -> Batch:
    """Draw a batch, the strata mixed within it.

    Parameters
    ----------
    rng : numpy.random.Generator
        The same state gives the same batch.
    per_stratum : int
        Sequences of each stratum.
    length : int
        Tokens that are predicted in each.

    Returns
    -------
    Batch
        The sequences.

    Raises
    ------
    ValueError
        If sequences are shorter than `SHORTEST`.
    """
    if length < SHORTEST:
        raise ValueError(f"sequences of {length} tokens are shorter than {SHORTEST}")
    drawn = {"code": _code, "math": _sums, "recall": _recall}
    made = [drawn[stratum](rng, length + 1) for stratum in STRATA for _ in range(per_stratum)]
    tokens = np.array([sequence for sequence, _ in made], np.int64)
    counted = np.array([flags for _, flags in made], np.bool_)
    return Batch(tokens, counted[:, 1:])


def unigram_entropy(tokens: Tokens, counted: Flags) -> float:
    """Give the loss of one who knows how often each token is the answer, and nothing else.

    Parameters
    ----------
    tokens : ndarray of int64, shape (n, length + 1)
        Whole sequences, the first token too.
    counted : ndarray of bool, shape (n, length)
        As in `Batch`.

    Returns
    -------
    float
        Entropy of the counted tokens: nats.
    """
    _, counts = np.unique(tokens[:, 1:][counted], return_counts=True)
    shares = counts / counts.sum()
    return float(-(shares * np.log(shares)).sum())


def _code(rng: np.random.Generator, length: int) -> tuple[Tokens, Flags]:
    """Write functions: a name, its argument, and a body that uses both."""
    made: list[int] = []
    while len(made) < length:
        name, argument = _NAMES + rng.choice(_N_NAMES, 2, replace=False)
        made += [_KEYWORDS, name, _OPEN, argument, _CLOSE, _COLON]
        for _ in range(int(rng.integers(1, 3))):
            made += [_KEYWORDS + 1 + int(rng.integers(3))]
            made += _expression(rng, int(name), int(argument), depth=2)
            made += [_STOP]
    return np.array(made[:length], np.int64), np.ones(length, np.bool_)


def _expression(rng: np.random.Generator, name: int, argument: int, depth: int) -> list[int]:
    kind = rng.integers(3) if depth else 0
    if kind == 0:
        return [argument]
    if kind == 1:
        return [name, _OPEN, *_expression(rng, name, argument, depth - 1), _CLOSE]
    one, other = (_expression(rng, name, argument, depth - 1) for _ in range(2))
    return [_OPEN, *one, _COMMA, *other, _CLOSE]


def _sums(rng: np.random.Generator, length: int) -> tuple[Tokens, Flags]:
    """Write sums of two digits: ``a + b = c c .``, results with two digits."""
    n = -(-length // 7)
    one, other = rng.integers(10, size=(2, n))
    marks = np.ones(n, np.int64)
    result = one + other
    columns = (
        one,
        _PLUS * marks,
        other,
        _EQUALS * marks,
        result // 10,
        result % 10,
        _STOP * marks,
    )
    made = np.stack(columns, 1).ravel() + _DIGITS
    return made[:length].astype(np.int64), np.ones(length, np.bool_)


def _recall(rng: np.random.Generator, length: int) -> tuple[Tokens, Flags]:
    """Tell a value early, and ask for it again and again, with noise between.

    The sequence has eight parts. The value is told in the first, by a token that is not
    its answer; each other part asks in its second half. So what an answer could be read
    off, the telling or an answer before it, is at least a sixteenth of the sequence back.
    """
    made = _NOISE + rng.integers(_N_NOISE, size=length)
    counted = np.zeros(length, np.bool_)
    value = int(rng.integers(_N_VALUES))
    part = length // _N_PARTS
    made[int(rng.integers(part // 2))] = _TOLD + value
    asked = part * np.arange(1, _N_PARTS)
    asked += rng.integers(part // 2, part - 1, size=len(asked))
    made[asked] = _QUESTION
    made[asked + 1] = _ANSWERS + value
    counted[asked + 1] = True
    return made.astype(np.int64), counted
