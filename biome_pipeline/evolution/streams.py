"""Random numbers of a search: each event has a stream of its own.

A stream depends on the seed, the kind of event and its number, and on nothing that
happened before; so a search goes on after a break without a stored state. What does
not belong here: what is drawn.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np

__all__ = ["Purpose", "stream"]


class Purpose(IntEnum):
    """What random numbers are for."""

    ATTEMPT = 1
    PARENTS = 2
    SURVIVAL = 3
    TRAINING = 4
    RETRAINING = 5


def stream(seed: int, purpose: Purpose, *place: int) -> np.random.Generator:
    """Open the random numbers of one event.

    Parameters
    ----------
    seed : int
        Of the search.
    purpose : Purpose
        What for.
    *place : int
        Number of the event.

    Returns
    -------
    numpy.random.Generator
        PCG64 seeded by all of these (`numpy.random.SeedSequence`).
    """
    sequence = np.random.SeedSequence(entropy=seed, spawn_key=(int(purpose), *place))
    return np.random.Generator(np.random.PCG64(sequence))
